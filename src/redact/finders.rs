//! Finders of what is no number of fixed spellings, one a file.

pub(super) mod account;
pub(super) mod birth;
pub(super) mod email;
pub(super) mod phone;
pub(super) mod wrapped;

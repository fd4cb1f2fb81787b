//! What the tests of the whole program share.

pub mod pattern;
pub mod player;
pub mod program;
pub mod pty;
pub mod transcript;

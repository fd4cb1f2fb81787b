//! The access log: who did what, when, to which customer. Anyone can append, only auditors and
//! owners read, and nobody rewrites it unseen.
//!
//! One line an entry, chained by SHA-256 across the months' files; the entry itself is sealed to the
//! log's recipient and signed by the person who acted. [`Unlogged`] keeps the promise *logged before
//! shown*: what it holds comes out only when its entry is on the disk.

pub mod entry;
pub mod export;
pub(crate) mod find;
pub mod json_line;
pub mod line_file;
pub mod links;
pub mod log;
pub mod naming;
pub mod paper;
pub mod reading;
pub mod report;
pub mod reserve;
pub(crate) mod tail;
pub mod unlogged;
pub mod verify;

pub use entry::{Action, Actor, Entry, EntryError, Event, Outcome, Role};
pub use log::{
    AccessLog, Author, KeyError, KeyInForce, LogError, LogKeys, LogPlace, Receipt, Standing, Witness,
};
pub use naming::Makes;
pub use tail::Damage;
pub use unlogged::Unlogged;

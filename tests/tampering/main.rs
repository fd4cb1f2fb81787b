//! Tampering: whatever is changed in a store's files is noticed, or changes nothing that is read. `group`
//! has one group's files by themselves; the other modules a whole office's, in everybody's hands.
//!
//! `VAULT_SWEEP` says how much is tried: unset, what fits into a minute; `ci`, into some two; `full`, every
//! bit, every length and every pair.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "../support/sealed_group.rs"]
mod sealed_group;
#[path = "../support/sweep.rs"]
mod share;
#[path = "../support/simulated_disk.rs"]
mod simulated_disk;

mod bits;
mod change;
mod files;
mod group;
mod judge;
mod kinds;
mod lines;
mod links;
mod look;

mod office;
mod records;
mod replay;
mod sweep;
mod unread;

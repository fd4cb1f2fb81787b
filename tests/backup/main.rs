//! Backups from outside: media, snapshots, what is written and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod creating;
mod media;
#[path = "../store/office.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod office;
#[path = "../support/retail.rs"]
mod retail;

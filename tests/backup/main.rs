//! Backups from outside: media, snapshots, what is written and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod accepting;
#[path = "../store/canary.rs"]
mod canary;
mod creating;
#[path = "../support/dump.rs"]
mod dump;
mod erasing;
#[path = "../support/every_byte.rs"]
mod every_byte;
mod fat;
mod media;
mod mounted;
#[path = "../store/office.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod office;
mod pruning;
mod pulled_stick;
mod restoring;
#[path = "../support/retail.rs"]
mod retail;
#[path = "../store/shop.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod shop;
#[path = "../support/simulated_disk.rs"]
mod simulated_disk;
#[path = "../support/sweep.rs"]
mod sweep;
#[path = "../support/trial_office.rs"]
mod trial_office;
mod verifying;

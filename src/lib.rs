//! The map of the house.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`cli`] | the command line: one file a command, the terminal, exit codes |
//! | [`store`] | a store: its folder, roster, staff identities, seen notes; an unlocked person |
//! | [`group`] | an open customer group: fields, records, codes, search, history, import |
//! | [`backup`] | backups: media, snapshots, keyless verification, restore, retention |
//! | [`access_log`] | the access log: entries, their chain, *logged before shown* |
//! | [`identifier`] | numbers that tell whether they are written right: accounts, cards, personal numbers |
//! | [`redact`] | redaction: what identifies a person is blacked out of texts and office files |
//! | [`machine`] | the machine: is a network near, is memory to spare; locked memory, no core dumps |
//! | [`surroundings`] | what the caller hands in: disk, clock, randomness, host, work factor |
//! | [`sealed`] | age and SQLite: identities, the VFS, head, base, log, fold, checkpoint |
//!
//! Imports point one way: `cli → store, group, backup → access_log → sealed → machine` (and `backup → store`), which knows none of them.
#![deny(unsafe_code)]

pub mod access_log;
pub mod backup;
pub mod cli;
pub mod group;
pub mod identifier;
pub mod machine;
pub mod redact;
pub mod sealed;
pub mod store;
pub mod surroundings;

/// Every heap block is wiped when it is freed or moved, so that a record or a key does not outlive
/// its use in freed memory. SQLite's blocks as well: `sealed/sqlite_memory.rs`.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

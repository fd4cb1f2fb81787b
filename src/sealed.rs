//! age and SQLite, and nothing between them: identities and passphrases, sealed files, the SQLite
//! VFS, a group's head, base and log, fold and checkpoint. Knows nothing of customers.

pub mod access;
pub mod age_file;
pub mod checkpoint;
pub mod disk;
pub mod documents;
pub mod group_file;
pub mod head;
pub mod identity;
pub mod ledger;
pub mod lock;
pub mod log;
pub mod passphrase;
pub mod record;
pub mod signed;
pub mod sqlite_memory;
pub mod vfs;
pub mod volume;
pub mod wal;

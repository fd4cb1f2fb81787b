//! age and SQLite, and nothing between them: identities and passphrases, sealed files, the SQLite
//! VFS, a group's head, base and log, fold and checkpoint. Knows nothing of customers.

pub mod age_file;
pub mod disk;
pub mod identity;
pub mod lock;
pub mod passphrase;
pub mod signed;

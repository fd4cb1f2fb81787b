//! A group's head: one signed JSON line that names its current files. Replacing it by a rename is
//! the one commit point of every change of whole files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{self, Disk, DiskError};
use super::signed::{Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, sign};

/// The longest head accepted, in bytes.
pub const LIMIT: u64 = 16 * 1024;

/// The highest number that a generation or a record may have. No office gets there; whoever counts on from a
/// number that was read never counts beyond what a number holds.
pub const LAST_NUMBER: u64 = u64::MAX / 2;

/// A group's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The format's version, 1.
    pub v: u32,
    /// The store's id.
    pub store: StoreId,
    /// The group's name.
    pub group: String,
    /// Counted from 1; every new head has the next one.
    pub generation: u64,
    /// The key epoch of base and log.
    pub epoch: u32,
    /// The sealed database.
    pub base: BaseFile,
    /// The log of records since that base.
    pub log: LogFile,
    /// The erasure ledger's end.
    pub ledger: Mark,
    /// The roster that the signer went by. In a `head.next`: the roster line that makes it valid.
    pub roster: Mark,
    /// Its entry in the access log.
    pub entry: Mark,
    /// `name.number` of the identity that signed.
    pub signer: String,
}

/// The base that a head names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseFile {
    /// File name within the group's folder.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of the whole file: checked by `verify` and by backups.
    pub sha256: Digest,
    /// SHA-256 of header, nonce and length: checked at every open.
    pub id: Digest,
}

/// The log that a head names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// File name within the group's folder.
    pub name: String,
    /// Length in bytes when the head was written; what comes after is the tail.
    pub bytes: u64,
    /// Sequence number of the log's first record.
    pub first: u64,
    /// Sequence number of the last record that the head covers; `first - 1` when there is none.
    pub last: u64,
    /// Hash of the record before `first`.
    pub continues: Digest,
    /// Hash of record `last`.
    pub ends: Digest,
}

/// A head can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// It can't be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is not a sound head.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The head's path.
        path: PathBuf,
        /// What is wrong.
        reason: SignedError,
    },
    /// A newer program wrote it.
    #[error("{} has format version {version}; this program reads version 1", path.display())]
    NewerFormat {
        /// The head's path.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
}

/// Reads a head without verifying it.
pub fn read(disk: &dyn Disk, path: &Path) -> Result<Unverified<Head>, HeadError> {
    parse(&disk::read_small(disk, path, LIMIT)?, path)
}

/// The head in a file's bytes; `path` is where it was read.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Unverified<Head>, HeadError> {
    let damaged = |reason| HeadError::Damaged { path: path.to_owned(), reason };
    let line = bytes
        .strip_suffix(b"\n")
        .ok_or_else(|| damaged(SignedError::Malformed("no newline at its end".to_owned())))?;
    if let Some(version) = version_of(line)
        && version > 1
    {
        return Err(HeadError::NewerFormat { path: path.to_owned(), version });
    }
    Unverified::parse(line).map_err(damaged)
}

/// The `"v"` that a JSON object claims, whatever else it holds.
fn version_of(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    serde_json::from_slice::<Versioned>(line).ok().map(|versioned| versioned.v)
}

/// A head as the bytes of its file.
pub fn encode(head: &Head, key: &SigningKey) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = sign(head, Purpose::Head, &head.store, key)?;
    bytes.push(b'\n');
    Ok(bytes)
}

//! What a person needs to open a group's files: its key, their own, and whom to believe.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disk::{Disk, DiskError};
use super::identity::Identity;
use super::signed::{Mark, SigningKey, StoreId, VerifyingKey};

/// The roster, as far as sealed files need it.
pub trait Signers: Send + Sync {
    /// The key of `signer` (`name.number`) if they might change `group` as the roster stood at
    /// `roster`, and that mark is the roster's own.
    fn key(&self, signer: &str, group: &str, roster: Mark) -> Option<VerifyingKey>;
    /// Whether the roster holds that line.
    fn holds(&self, roster: Mark) -> bool;
    /// Flushes the roster and reads it again, so that what [`Signers::holds`] says next is on the disk:
    /// before a `head.next` that a line makes valid takes the head's place, or is removed for want of it.
    /// Fails when the roster can't be read, or has lost a line that it held.
    fn make_durable(&self) -> Result<(), DiskError>;
}

/// What one machine saw of a group before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The head's generation.
    pub generation: u64,
    /// The last record.
    pub log: Mark,
}

/// A person's seen notes.
pub trait Witness: Send + Sync {
    /// What was seen of `group`; `None` when nothing was.
    fn seen(&self, group: &str) -> Option<Seen>;
    /// Notes it. A note that can't be written is no error: it only protects less.
    fn note(&self, group: &str, seen: Seen);
}

/// What it takes to check a group's head and its records' headers, which needs no key.
pub struct Outside<'a> {
    /// The files.
    pub disk: &'a dyn Disk,
    /// The group's folder.
    pub folder: &'a Path,
    /// The store's id.
    pub store: StoreId,
    /// The group's name.
    pub group: &'a str,
    /// The key epoch in force.
    pub epoch: u32,
    /// The roster line since which it is.
    pub since: u64,
    /// Whom to believe.
    pub signers: &'a dyn Signers,
}

/// One person's access to one group.
pub struct Access {
    /// The files.
    pub disk: Arc<dyn Disk>,
    /// The group's folder.
    pub folder: PathBuf,
    /// The store's id.
    pub store: StoreId,
    /// The group's name.
    pub group: String,
    /// The key epoch of `identity`.
    pub epoch: u32,
    /// The roster line since which that epoch is in force: a head that names an earlier one is by somebody
    /// who went by what held then, and perhaps may not any more.
    pub since: u64,
    /// The group's identity.
    pub identity: Identity,
    /// Who acts: `name.number`.
    pub signer: String,
    /// Their signing key.
    pub signing_key: Arc<SigningKey>,
    /// The roster's end when they were unlocked. Records and heads name it, or the later one that the
    /// group names already.
    pub roster: Mark,
    /// Whom to believe.
    pub signers: Arc<dyn Signers>,
    /// What was seen before.
    pub witness: Arc<dyn Witness>,
    /// How long to wait for the group's lock.
    pub patience: Duration,
}

impl Access {
    /// The part of it that opens nothing.
    pub fn outside(&self) -> Outside<'_> {
        Outside {
            disk: &*self.disk,
            folder: &self.folder,
            store: self.store,
            group: &self.group,
            epoch: self.epoch,
            since: self.since,
            signers: &*self.signers,
        }
    }
}

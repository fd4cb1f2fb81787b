//! The mark of a restored store, `restored/`: from which snapshot it came, and what the medium had that is
//! newer. While it is there, nothing works but an owner's `accept`, which removes it last.
//!
//! People, rights and the access log are those of the medium's newest snapshot; only the groups go back. So
//! whoever was removed since stays removed, and the log goes on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::name::Name;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::signed::{Digest, Mark, StoreId};

/// The longest mark accepted, in bytes.
const LIMIT: u64 = 4 << 20;
const VERSION: u32 = 1;
/// What the mark is called when it is over, until it is removed.
pub(super) const ACCEPTED: &str = "restored.over";

/// Where a group stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupAt {
    /// The group.
    pub name: Name,
    /// Its head's generation.
    pub generation: u64,
    /// Its key epoch.
    pub epoch: u32,
    /// Its last record.
    pub record: Mark,
}

/// A snapshot, as the mark names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotAt {
    /// Its name.
    pub snapshot: String,
    /// Its manifest's hash.
    pub manifest: Digest,
    /// When it was made.
    pub time: Timestamp,
    /// The roster's end in it.
    pub roster: Mark,
    /// The access log's end in it.
    pub log: Mark,
    /// Its groups, by name.
    pub groups: Vec<GroupAt>,
}

/// From where a store was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restored {
    v: u32,
    /// The store's id.
    pub store: StoreId,
    /// The medium's ID.
    pub medium: String,
    /// What the office calls the medium.
    pub label: String,
    /// The snapshot that the groups are from.
    pub from: SnapshotAt,
    /// The medium's newest snapshot that goes on from that one: people, rights and the access log are from
    /// it, and groups that the other did not have yet. The same one where nothing is newer.
    pub newest: SnapshotAt,
    /// Newer snapshots of the medium that were too damaged for that: what is in them, such as somebody's removal,
    /// is not in this store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// Where the newest snapshot's erasure ledgers end, of groups in which somebody was erased since: they lie in
    /// `restored/erased/`, and accepting erases those customers again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub erased: BTreeMap<Name, Mark>,
}

/// The mark can't be read.
#[derive(Debug, thiserror::Error)]
pub enum RestoredError {
    /// It is none, or another store's.
    #[error("the mark of the restore, {}, is damaged", path.display())]
    Damaged {
        /// The mark.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Restored {
    /// A mark.
    pub fn new(
        store: StoreId,
        medium: String,
        label: String,
        from: SnapshotAt,
        newest: SnapshotAt,
        passed_over: Vec<String>,
    ) -> Self {
        Self { v: VERSION, store, medium, label, from, newest, passed_over, erased: BTreeMap::new() }
    }

    /// Writes it into a store that is being built; fsync of the folder's name is the caller's.
    pub fn write(&self, disk: &dyn Disk, layout: &Layout) -> Result<(), DiskError> {
        let folder = layout.restored();
        disk.create_dir_all(&folder).at("create", &folder)?;
        let path = layout.restored_mark();
        let bytes = serde_json::to_vec(self).map_err(std::io::Error::from).at("write", &path)?;
        disk::write_new(disk, &path, &bytes)?;
        disk.sync_dir(&folder).at("flush", &folder)
    }

    /// Reads the mark of a store; `None` where there is none.
    pub(super) fn read(
        disk: &dyn Disk,
        layout: &Layout,
        store: StoreId,
    ) -> Result<Option<Self>, RestoredError> {
        if !Self::is_there(disk, layout)? {
            return Ok(None);
        }
        let path = layout.restored_mark();
        let bytes = disk::read_small(disk, &path, LIMIT)?;
        let mark = serde_json::from_slice::<Self>(&bytes).ok();
        let mark = mark.filter(|mark| mark.v == VERSION && mark.store == store);
        mark.map(Some).ok_or(RestoredError::Damaged { path })
    }

    /// Whether the store bears the mark, be it whole or not.
    pub(super) fn is_there(disk: &dyn Disk, layout: &Layout) -> Result<bool, DiskError> {
        let folder = layout.restored();
        disk.exists(&folder).at("look for", &folder)
    }

    /// Takes the mark off an accepted store: the store is like any other when this returns.
    pub(super) fn remove(disk: &dyn Disk, layout: &Layout) -> Result<(), DiskError> {
        let over = layout.root().join(ACCEPTED);
        if disk.exists(&over).at("look for", &over)? {
            disk.remove_dir_all(&over).at("remove", &over)?;
        }
        // At once, or not at all: half a mark could be read by nobody.
        let folder = layout.restored();
        disk.rename(&folder, &over).at("rename", &folder)?;
        disk.sync_dir(layout.root()).at("flush", layout.root())?;
        disk.remove_dir_all(&over).at("remove", &over)
    }
}

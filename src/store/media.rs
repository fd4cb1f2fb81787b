//! What this machine remembers of backups: the media that are the office's own, the snapshots on them, the
//! last backup and the last drill. Without it, a medium's ID that was copied would not be noticed.
//!
//! `<state>/<store id>/media.notes.json`, beside the seen notes and under their lock. Flushed, other than those:
//! a nightly job would find no medium that it knows, until somebody enrolls one again.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Digest, Mark, StoreId};
use crate::surroundings::Surroundings;

/// The longest file accepted, in bytes: some 20,000 snapshots.
const LIMIT: u64 = 8 << 20;
const VERSION: u32 = 1;

/// A snapshot on a medium, as this machine made or found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotedSnapshot {
    /// Its name.
    pub snapshot: String,
    /// Its manifest's hash.
    pub manifest: Digest,
    /// When it was made.
    pub time: Timestamp,
    /// The roster's end in it: who could open it.
    pub roster: Mark,
    /// The bytes of all its files.
    pub bytes: u64,
    /// Whether this machine made it, and read back from the medium what it wrote.
    pub read_back: bool,
    /// When every byte of it was last checked, and good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Timestamp>,
    /// Whether it was last found to be damaged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bad: bool,
}

impl NotedSnapshot {
    /// Whether nothing is known against it, and something for it.
    pub fn is_verified(&self) -> bool {
        !self.bad && (self.read_back || self.checked.is_some())
    }
}

/// A medium that is the office's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotedMedium {
    /// Its ID.
    pub medium: String,
    /// What the office calls it.
    pub label: String,
    /// The hash of its newest manifest; `None` before its first.
    pub newest: Option<Digest>,
    /// Its snapshots, oldest first.
    pub snapshots: Vec<NotedSnapshot>,
}

/// A backup or a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// On which medium: its ID.
    pub medium: String,
    /// What the office called it then.
    pub label: String,
    /// Which snapshot.
    pub snapshot: String,
    /// Whether all of it was good.
    pub good: bool,
}

/// What this machine remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaNotes {
    v: u32,
    /// The office's media, in the order in which they were enrolled.
    pub media: Vec<NotedMedium>,
    /// The last backup.
    pub backup: Option<Done>,
    /// The last drill.
    pub drill: Option<Done>,
}

impl Default for MediaNotes {
    fn default() -> Self {
        Self { v: VERSION, media: Vec::new(), backup: None, drill: None }
    }
}

/// The notes can't be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum MediaNotesError {
    /// They are none of ours, or damaged.
    #[error("this machine's notes of backups, {}, cannot be read", path.display())]
    Unreadable {
        /// Where they lie.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Another command held the notes for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl MediaNotes {
    /// Reads what this machine remembers of a store's backups.
    pub fn read(surroundings: &Surroundings, store: StoreId) -> Result<Self, MediaNotesError> {
        let (disk, path) = (&*surroundings.disk, path(surroundings, store));
        if !disk.exists(&path).at("look for", &path)? {
            return Ok(Self::default());
        }
        let bytes = disk::read_small(disk, &path, LIMIT)?;
        let notes = serde_json::from_slice::<Self>(&bytes).ok().filter(|notes| notes.v == VERSION);
        notes.ok_or(MediaNotesError::Unreadable { path })
    }

    /// Changes them, under the seen notes' lock. What can't be read counts as nothing and is replaced.
    pub fn change<T>(
        surroundings: &Surroundings,
        store: StoreId,
        change: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, MediaNotesError> {
        let (disk, folder) = (&*surroundings.disk, folder(surroundings, store));
        disk.create_dir_all(&folder).at("create", &folder)?;
        let _lock = Lock::acquire(disk, &folder, Mode::Exclusive, surroundings.patience)?;
        let mut notes = match Self::read(surroundings, store) {
            Err(MediaNotesError::Unreadable { .. }) => Self::default(),
            read => read?,
        };
        let changed = change(&mut notes);
        let path = path(surroundings, store);
        let bytes =
            serde_json::to_vec(&notes).map_err(|_| MediaNotesError::Unreadable { path: path.clone() })?;
        disk::replace(disk, &path, &bytes)?;
        // The folder may be as new as the notes.
        disk.sync_dir(&surroundings.state).at("flush", &surroundings.state)?;
        Ok(changed)
    }

    /// The medium of that ID.
    pub fn medium(&self, medium: &str) -> Option<&NotedMedium> {
        self.media.iter().find(|noted| noted.medium == medium)
    }

    /// The same, to be changed; as a new one if it is not known.
    pub fn medium_mut(&mut self, medium: &str, label: &str) -> &mut NotedMedium {
        let known = self.media.iter().position(|noted| noted.medium == medium);
        let place = known.unwrap_or_else(|| {
            let (medium, label) = (medium.to_owned(), label.to_owned());
            self.media.push(NotedMedium { medium, label, newest: None, snapshots: Vec::new() });
            self.media.len() - 1
        });
        &mut self.media[place]
    }
}

impl NotedMedium {
    /// The snapshot whose manifest has that hash.
    pub fn snapshot_mut(&mut self, manifest: Digest) -> Option<&mut NotedSnapshot> {
        self.snapshots.iter_mut().find(|noted| noted.manifest == manifest)
    }
}

fn folder(surroundings: &Surroundings, store: StoreId) -> PathBuf {
    surroundings.state.join(store.to_string())
}

fn path(surroundings: &Surroundings, store: StoreId) -> PathBuf {
    // No person's note: no name has a dot.
    folder(surroundings, store).join("media.notes.json")
}

impl Store {
    /// What this machine remembers of the store's backups.
    pub fn media_notes(&self) -> Result<MediaNotes, MediaNotesError> {
        MediaNotes::read(&self.surroundings, self.store_id())
    }
}

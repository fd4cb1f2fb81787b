//! A medium: its folder, its ID, and who may use it at a time.
//!
//! ```text
//! MEDIUM/vault-backup/
//!   medium.json              {"v":1,"medium":ID,"store":ID,"label":…}
//!   objects/ab/<sha256>      pieces of the store's files
//!   snapshots/<time>.json    manifests
//!   lock, turn               advisory locks
//! ```
//!
//! Names are fit for FAT; nothing relies on atomic rename, links or permissions there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::manifest::SnapshotName;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Digest, StoreId};
use crate::surroundings::Surroundings;

/// The longest `medium.json` accepted, in bytes.
const CARD_LIMIT: u64 = 16 << 10;
/// The format's version.
const VERSION: u32 = 1;
/// The longest label, in bytes.
pub const LABEL_LIMIT: usize = 64;

/// The folder, on the medium, in which everything of this program lies.
pub const FOLDER: &str = "vault-backup";

/// Where everything lies on a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediumLayout {
    root: PathBuf,
}

impl MediumLayout {
    /// The medium that is mounted at `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { root: folder.join(FOLDER) }
    }

    /// The folder of this program's own, which also holds the lock.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the medium says of itself.
    pub fn card(&self) -> PathBuf {
        self.root.join("medium.json")
    }

    /// The folder of objects.
    pub fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// The folder of an object: by the first two digits of its name.
    pub fn objects_of(&self, object: Digest) -> PathBuf {
        self.objects().join(&object.to_string()[..2])
    }

    /// An object.
    pub fn object(&self, object: Digest) -> PathBuf {
        self.objects_of(object).join(object.to_string())
    }

    /// The folder of manifests.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// A manifest.
    pub fn manifest(&self, snapshot: &SnapshotName) -> PathBuf {
        self.snapshots().join(format!("{snapshot}.json"))
    }
}

/// What a medium says of itself, in `medium.json`: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The format's version, 1.
    pub v: u32,
    /// Random, 32 hexadecimal digits.
    pub medium: String,
    /// Of which store it holds snapshots.
    pub store: StoreId,
    /// What the office calls it.
    pub label: String,
}

impl Card {
    /// A medium's card.
    pub fn new(medium: String, store: StoreId, label: String) -> Self {
        Self { v: VERSION, medium, store, label }
    }
}

/// A medium can't be used.
#[derive(Debug, thiserror::Error)]
pub enum MediumError {
    /// There is no such folder.
    #[error("there is no folder {}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Nobody made it the office's own.
    #[error("{} is no medium for backups: it was not enrolled", folder.display())]
    NotEnrolled {
        /// The folder.
        folder: PathBuf,
    },
    /// It holds backups of another store.
    #[error("{} is a medium of another store", folder.display())]
    OtherStore {
        /// The folder.
        folder: PathBuf,
    },
    /// What it says of itself is damaged.
    #[error("{} is damaged", path.display())]
    Card {
        /// The card.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{} has format version {version}; this program reads version {VERSION}", path.display())]
    NewerFormat {
        /// The card.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// Another command used it for too long.
    #[error("{} is in use by another vault command", folder.display())]
    Busy {
        /// The medium's folder.
        folder: PathBuf,
    },
    /// A file operation on it failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A medium that is in use by this command.
pub struct Medium {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    layout: MediumLayout,
    card: Card,
    _lock: Option<Lock>,
}

impl Medium {
    /// The enrolled medium at `folder`, for this command alone.
    pub fn open_to_change(folder: &Path, surroundings: &Surroundings) -> Result<Self, MediumError> {
        let layout = MediumLayout::new(folder);
        // Before the lock, which would leave its file on what is no medium.
        read_card(&*surroundings.disk, folder, &layout)?;
        let lock = lock_alone(folder, &layout, surroundings)?;
        Self::locked(folder, layout, Some(lock), surroundings)
    }

    /// The enrolled medium at `folder`, to be read, beside others that read it. It may be one that can't be
    /// written.
    pub fn open_to_read(folder: &Path, surroundings: &Surroundings) -> Result<Self, MediumError> {
        let layout = MediumLayout::new(folder);
        read_card(&*surroundings.disk, folder, &layout)?;
        let lock = Lock::acquire_to_read(&*surroundings.disk, layout.root(), surroundings.patience);
        let lock = lock.map_err(|error| busy(folder, error))?;
        Self::locked(folder, layout, lock, surroundings)
    }

    fn locked(
        folder: &Path,
        layout: MediumLayout,
        lock: Option<Lock>,
        surroundings: &Surroundings,
    ) -> Result<Self, MediumError> {
        let disk = Arc::clone(&surroundings.disk);
        let card = read_card(&*disk, folder, &layout)?;
        Ok(Self { disk, folder: folder.to_owned(), layout, card, _lock: lock })
    }

    /// The files.
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where everything lies on it.
    pub fn layout(&self) -> &MediumLayout {
        &self.layout
    }

    /// What it says of itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// It must be that store's.
    pub fn must_be_of(&self, store: StoreId) -> Result<(), MediumError> {
        if self.card.store == store {
            Ok(())
        } else {
            Err(MediumError::OtherStore { folder: self.folder.clone() })
        }
    }
}

/// The lock of a medium, for one command alone.
pub(super) fn lock_alone(
    folder: &Path,
    layout: &MediumLayout,
    surroundings: &Surroundings,
) -> Result<Lock, MediumError> {
    let lock = Lock::acquire(&*surroundings.disk, layout.root(), Mode::Exclusive, surroundings.patience);
    lock.map_err(|error| busy(folder, error))
}

fn busy(folder: &Path, error: LockError) -> MediumError {
    match error {
        LockError::Busy { .. } => MediumError::Busy { folder: folder.to_owned() },
        LockError::Disk(error) => error.into(),
    }
}

/// Reads what a medium says of itself.
pub(super) fn read_card(disk: &dyn Disk, folder: &Path, layout: &MediumLayout) -> Result<Card, MediumError> {
    if !disk.exists(folder).at("look for", folder)? {
        return Err(MediumError::Missing { folder: folder.to_owned() });
    }
    let path = layout.card();
    let bytes = match disk::read_small(disk, &path, CARD_LIMIT) {
        Err(error)
            if matches!(error.source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Err(MediumError::NotEnrolled { folder: folder.to_owned() });
        }
        read => read?,
    };
    let damaged = || MediumError::Card { path: path.clone() };
    let line = bytes.strip_suffix(b"\n").ok_or_else(damaged)?;
    match serde_json::from_slice(line) {
        Ok(Version { v: version }) if version > u64::from(VERSION) => {
            return Err(MediumError::NewerFormat { path, version });
        }
        _ => {}
    }
    let card: Card = serde_json::from_slice(line).map_err(|_| damaged())?;
    let is_id = card.medium.len() == 32
        && card.medium.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let sound = card.v == VERSION && is_id && card.label.len() <= LABEL_LIMIT;
    if sound { Ok(card) } else { Err(damaged()) }
}

/// The one key that every version has.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

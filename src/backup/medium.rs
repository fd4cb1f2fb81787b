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

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::SnapshotName;
use crate::sealed::signed::{Digest, StoreId};

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

//! The snapshots on a medium: whole ones by their number, and what can't be read told apart.

use std::io::ErrorKind;
use std::sync::Arc;

use super::manifest::{LIMIT, ManifestFault, SnapshotName, Written};
use super::medium::{Medium, MediumError};
use super::snapshot_disk::SnapshotDisk;
use crate::sealed::disk::{self, IoContext};
use crate::sealed::signed::Digest;
use crate::store::media::{NotedMedium, NotedSnapshot};

/// A manifest that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Of which snapshot.
    pub name: SnapshotName,
    /// What is wrong with it.
    pub fault: ManifestFault,
}

/// No snapshot is meant by a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchSnapshot {
    /// There is none at all.
    #[error("there is no whole snapshot on this medium")]
    NoneAtAll,
    /// None is called so, or begins so.
    #[error("there is no snapshot {asked} on this medium")]
    NotThere {
        /// The text.
        asked: String,
    },
    /// The one that is called so can't be used.
    #[error("snapshot {name}: {fault}")]
    Unusable {
        /// Its name.
        name: SnapshotName,
        /// What is wrong with it.
        fault: ManifestFault,
    },
    /// Several begin so.
    #[error("several snapshots begin with {asked}: {}", names.join(", "))]
    Several {
        /// The text.
        asked: String,
        /// Their names.
        names: Vec<String>,
    },
}

/// A medium's snapshots.
#[derive(Debug, Default)]
pub struct Shelf {
    /// The whole ones, oldest first, by their number.
    pub whole: Vec<Written>,
    /// The others, by name.
    pub unusable: Vec<Unusable>,
}

impl Shelf {
    /// Reads every manifest of a medium.
    pub fn read(medium: &Medium) -> Result<Self, MediumError> {
        let (disk, layout) = (&**medium.disk(), medium.layout());
        let folder = layout.snapshots();
        let names = match disk.list(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            listed => listed.at("list", &folder)?,
        };
        let mut shelf = Self::default();
        let names = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse::<SnapshotName>().ok());
        for name in names {
            let bytes = disk::read_small(disk, &layout.manifest(&name), LIMIT)?;
            match Written::parse(&bytes) {
                Ok(written) if written.manifest.snapshot != name => {
                    let fault = ManifestFault::Damaged("it is another snapshot's".to_owned());
                    shelf.unusable.push(Unusable { name, fault });
                }
                Ok(written) if written.manifest.store != medium.card().store => {
                    let fault = ManifestFault::Damaged("it is another store's".to_owned());
                    shelf.unusable.push(Unusable { name, fault });
                }
                Ok(mut written) => {
                    if let (Some(before), Some(manifest)) =
                        (shelf.newest(), Arc::get_mut(&mut written.manifest))
                    {
                        manifest.share_files_with(&before.manifest);
                    }
                    shelf.whole.push(written);
                }
                Err(fault) => shelf.unusable.push(Unusable { name, fault }),
            }
        }
        shelf.whole.sort_by_key(|written| written.manifest.number);
        Ok(shelf)
    }

    /// Reads every manifest of a medium on which something is built or given up. The newest may be one that a
    /// killed run wrote and never flushed: it is flushed, and read again from the medium itself.
    pub fn read_to_change(medium: &Medium) -> Result<Self, MediumError> {
        let shelf = Self::read(medium)?;
        let Some(newest) = shelf.newest() else { return Ok(shelf) };
        let (disk, layout) = (&**medium.disk(), medium.layout());
        let path = layout.manifest(&newest.manifest.snapshot);
        let file = disk.open_for_writing(&path).at("open", &path)?;
        file.sync_all().at("flush", &path)?;
        for folder in [&layout.snapshots(), layout.root()] {
            disk.sync_dir(folder).at("flush", folder)?;
        }
        file.forget_cached().at("read", &path)?;
        Self::read(medium)
    }

    /// The newest whole snapshot.
    pub fn newest(&self) -> Option<&Written> {
        self.whole.last()
    }

    /// The whole snapshot of that name.
    pub fn named(&self, name: &SnapshotName) -> Option<&Written> {
        self.whole.iter().find(|written| written.manifest.snapshot == *name)
    }

    /// The snapshot that is meant: by its name, or by the beginning of no other's; the newest where none is asked
    /// for.
    pub fn find(&self, asked: Option<&str>) -> Result<&Written, NoSuchSnapshot> {
        let Some(asked) = asked else { return self.newest().ok_or(NoSuchSnapshot::NoneAtAll) };
        let name = |written: &&Written| written.manifest.snapshot.as_str().to_owned();
        if let Some(written) = self.whole.iter().find(|written| name(written) == asked) {
            return Ok(written);
        }
        if let Some(Unusable { name, fault }) =
            self.unusable.iter().find(|other| other.name.as_str() == asked)
        {
            return Err(NoSuchSnapshot::Unusable { name: name.clone(), fault: fault.clone() });
        }
        let beginning: Vec<&Written> =
            self.whole.iter().filter(|written| name(written).starts_with(asked)).collect();
        match beginning.as_slice() {
            [only] if !asked.is_empty() => Ok(only),
            _ if asked.is_empty() => Err(NoSuchSnapshot::NotThere { asked: "of no name".to_owned() }),
            [] => Err(NoSuchSnapshot::NotThere { asked: asked.to_owned() }),
            several => {
                let names = several.iter().map(name).collect();
                Err(NoSuchSnapshot::Several { asked: asked.to_owned(), names })
            }
        }
    }

    /// Whether the newest snapshot is the one with that hash, or goes on from it; of `None`, from nothing.
    pub fn goes_on_from(&self, noted: Option<Digest>) -> bool {
        let noted = noted.unwrap_or(Digest::ZERO);
        let mut at = self.newest().map_or(Digest::ZERO, |newest| newest.hash);
        // Each step goes to a lower number, so it ends.
        let mut before = u64::MAX;
        while at != noted {
            let known = self.whole.iter().find(|written| written.hash == at);
            let Some(written) = known.filter(|written| written.manifest.number < before) else {
                return false;
            };
            before = written.manifest.number;
            at = written.manifest.prev;
        }
        true
    }

    /// Makes this machine's notes of the medium say what is on it. What is known of a snapshot is kept.
    pub fn note(&self, noted: &mut NotedMedium) {
        noted.newest = self.newest().map(|newest| newest.hash);
        let known = std::mem::take(&mut noted.snapshots);
        let snapshots = self.whole.iter().map(|written| {
            let known = known.iter().find(|known| known.manifest == written.hash);
            known.cloned().unwrap_or_else(|| noted_as(written, false))
        });
        noted.snapshots = snapshots.collect();
    }
}

/// A snapshot, as it is noted.
pub fn noted_as(written: &Written, read_back: bool) -> NotedSnapshot {
    let manifest = &written.manifest;
    NotedSnapshot {
        snapshot: manifest.snapshot.to_string(),
        manifest: written.hash,
        time: manifest.time,
        roster: manifest.roster,
        bytes: manifest.bytes(),
        read_back,
        checked: None,
        bad: false,
    }
}

impl Medium {
    /// The files of one of its snapshots.
    pub fn snapshot_disk(&self, written: &Written) -> SnapshotDisk {
        let root = written.place(&self.layout().snapshots());
        let manifest = Arc::clone(&written.manifest);
        SnapshotDisk::new(Arc::clone(self.disk()), self.layout().clone(), root, manifest)
    }
}

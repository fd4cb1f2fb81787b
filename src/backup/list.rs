//! What is on a medium, and what this machine knows of it. No store is needed.

use std::path::Path;

use jiff::Timestamp;

use super::manifest::{ManifestFault, SnapshotName};
use super::medium::{Card, Medium, MediumError};
use super::shelf::Shelf;
use crate::store::MediaNotes;
use crate::store::media::NotedSnapshot;
use crate::surroundings::Surroundings;

/// A snapshot on a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: SnapshotName,
    /// What its manifest says, or why that can't be used.
    pub read: Result<ListedSnapshot, ManifestFault>,
}

/// A whole snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSnapshot {
    /// When it was made.
    pub time: Timestamp,
    /// The bytes of all its files.
    pub bytes: u64,
    /// Its line of snapshots, from 1.
    pub line: u32,
    /// What this machine knows of it.
    pub noted: Option<NotedSnapshot>,
}

impl ListedSnapshot {
    /// Whether it was read back from the medium when it was made, or checked since, and nothing is known
    /// against it.
    pub fn is_verified(&self) -> bool {
        self.noted.as_ref().is_some_and(NotedSnapshot::is_verified)
    }
}

/// Lists a medium's snapshots, oldest first; those that can't be used come last.
pub fn list(folder: &Path, surroundings: &Surroundings) -> Result<(Card, Vec<Listed>), MediumError> {
    let medium = Medium::open_to_read(folder, surroundings)?;
    let shelf = Shelf::read(&medium)?;
    let card = medium.card().clone();
    // Notes that can't be read know nothing.
    let remembered = MediaNotes::read(surroundings, card.store).unwrap_or_default();
    let known = remembered.medium(&card.medium);
    let whole = shelf.whole.iter().map(|written| {
        let manifest = &written.manifest;
        let noted =
            known.and_then(|known| known.snapshots.iter().find(|noted| noted.manifest == written.hash));
        let (time, bytes, line) = (manifest.time, manifest.bytes(), manifest.line);
        let read = Ok(ListedSnapshot { time, bytes, line, noted: noted.cloned() });
        Listed { name: manifest.snapshot.clone(), read }
    });
    let unusable =
        shelf.unusable.iter().map(|bad| Listed { name: bad.name.clone(), read: Err(bad.fault.clone()) });
    Ok((card, whole.chain(unusable).collect()))
}

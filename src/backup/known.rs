//! Whether a medium is one that this machine knows, as this machine left it.

use std::path::PathBuf;

use super::medium::Medium;
use super::shelf::Shelf;
use crate::store::media::NotedMedium;
use crate::store::{MediaNotesError, Store};

/// A medium is not to be written.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// The medium is not one that this machine knows as the store's.
    #[error("medium {label} at {} is not known on this machine", folder.display())]
    Unknown {
        /// Where it is mounted.
        folder: PathBuf,
        /// What it calls itself.
        label: String,
    },
    /// It does not go on from what this machine noted of the medium of that ID.
    #[error("medium {label} at {} is not as this machine left it: it is a copy, or was put back", folder.display())]
    Strange {
        /// Where it is mounted.
        folder: PathBuf,
        /// What it calls itself.
        label: String,
    },
    /// This machine's notes can't be read.
    #[error(transparent)]
    Notes(#[from] MediaNotesError),
}

/// What this machine noted of the medium, which must be as it was left, or go on from there.
pub fn known(store: &Store, medium: &Medium, shelf: &Shelf) -> Result<NotedMedium, KnownError> {
    let (folder, label) = (medium.folder().to_owned(), medium.card().label.clone());
    let remembered = store.media_notes()?;
    match remembered.medium(&medium.card().medium) {
        None => Err(KnownError::Unknown { folder, label }),
        Some(noted) if shelf.goes_on_from(noted.newest) => Ok(noted.clone()),
        Some(_) => Err(KnownError::Strange { folder, label }),
    }
}

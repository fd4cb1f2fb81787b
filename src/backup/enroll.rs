//! A folder on a medium becomes the office's own: it gets a random ID, which this machine remembers.

use std::io;
use std::path::Path;

use super::medium::{Card, Medium, MediumError, MediumLayout, lock_alone, read_card};
use super::shelf::Shelf;
use crate::access_log::entry::random_id;
use crate::access_log::{Action, Event, LogError, Outcome};
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::signed::StoreId;
use crate::store::{MediaNotes, MediaNotesError, Store};

/// What became of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolling {
    /// It got an ID.
    New,
    /// It was the store's already; this machine did not know it.
    Adopted,
    /// It was the store's already, and known.
    Known,
    /// It was a copy of a known medium, or that one put back, and got an ID of its own.
    Copy,
}

/// An enrolled medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// What became of it.
    pub enrolling: Enrolling,
    /// Its ID.
    pub medium: String,
    /// What the office calls it.
    pub label: String,
    /// What it was called before, if that was something else.
    pub was: Option<String>,
    /// How many whole snapshots it holds.
    pub snapshots: usize,
}

/// A medium could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// It can't be used.
    #[error(transparent)]
    Medium(#[from] MediumError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It can't be noted on this machine.
    #[error(transparent)]
    Notes(#[from] MediaNotesError),
    /// No randomness was to be had for an ID.
    #[error("no randomness for the medium's ID")]
    Random(#[source] io::Error),
    /// What it would say of itself could not be put into JSON.
    #[error("the medium's card cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl From<DiskError> for EnrollError {
    fn from(error: DiskError) -> Self {
        Self::Medium(error.into())
    }
}

/// Makes the medium that is mounted at `folder` the store's own, or adopts one that is already. Without a
/// label it keeps its own; a new one is called as its folder is.
pub fn enroll(store: &Store, folder: &Path, label: Option<&str>) -> Result<Enrolled, EnrollError> {
    let surroundings = store.surroundings();
    let disk = &*surroundings.disk;
    let layout = MediumLayout::new(folder);
    let card = match read_card(disk, folder, &layout) {
        Err(MediumError::NotEnrolled { .. }) => None,
        read => Some(read?),
    };
    let mut event = Event::new(Action::Backup, Outcome::Success);
    if card.is_some() {
        let medium = Medium::open_to_change(folder, surroundings)?;
        medium.must_be_of(store.store_id())?;
        // Whoever enrolled it before may have been stopped before its names were flushed.
        for flushed in [layout.root(), folder] {
            disk.sync_dir(flushed).at("flush", flushed)?;
        }
        let shelf = Shelf::read_to_change(&medium)?;
        // Notes that can't be read know nothing, and are written anew.
        let remembered = match store.media_notes() {
            Err(MediaNotesError::Unreadable { .. }) => MediaNotes::default(),
            read => read?,
        };
        let card = medium.card();
        let enrolling = match remembered.medium(&card.medium) {
            None => Enrolling::Adopted,
            Some(known) if shelf.goes_on_from(known.newest) => Enrolling::Known,
            Some(_) => Enrolling::Copy,
        };
        let label = label.unwrap_or(&card.label).to_owned();
        let id = match enrolling {
            Enrolling::Copy => new_id(store)?,
            _ => card.medium.clone(),
        };
        let card = Card::new(id, card.store, label);
        event.detail = Some(format!("enroll; medium {}", card.medium));
        return store.log_of_job()?.around(&[event], |_| {
            if card != *medium.card() {
                replace_card(store, &layout, &card)?;
            }
            note(store, &card, &shelf)?;
            let snapshots = shelf.whole.len();
            let was = Some(medium.card().label.clone()).filter(|was| *was != card.label);
            Ok(Enrolled { enrolling, medium: card.medium, label: card.label, was, snapshots })
        });
    }
    let label = label.map(str::to_owned).or_else(|| Some(folder.file_name()?.to_str()?.to_owned()));
    let card = Card::new(new_id(store)?, store.store_id(), label.unwrap_or_else(|| "backup".to_owned()));
    event.detail = Some(format!("enroll; medium {}", card.medium));
    store.log_of_job()?.around(&[event], |_| {
        for made in [layout.root(), &layout.objects(), &layout.snapshots()] {
            disk.create_dir_all(made).at("create", made)?;
        }
        let lock = lock_alone(folder, &layout, surroundings)?;
        replace_card(store, &layout, &card)?;
        disk.sync_dir(folder).at("flush", folder)?;
        drop(lock);
        // There are some where only the card was lost.
        let shelf = Shelf::read(&Medium::open_to_read(folder, surroundings)?)?;
        note(store, &card, &shelf)?;
        let snapshots = shelf.whole.len();
        Ok(Enrolled {
            enrolling: Enrolling::New,
            medium: card.medium,
            label: card.label,
            was: None,
            snapshots,
        })
    })
}

fn new_id(store: &Store) -> Result<String, EnrollError> {
    random_id(&*store.surroundings().random).map_err(EnrollError::Random)
}

fn replace_card(store: &Store, layout: &MediumLayout, card: &Card) -> Result<(), EnrollError> {
    let mut bytes = serde_json::to_vec(card)?;
    bytes.push(b'\n');
    Ok(disk::replace(&*store.surroundings().disk, &layout.card(), &bytes)?)
}

fn note(store: &Store, card: &Card, shelf: &Shelf) -> Result<(), MediaNotesError> {
    let id: StoreId = store.store_id();
    MediaNotes::change(store.surroundings(), id, |notes| {
        let noted = notes.medium_mut(&card.medium, &card.label);
        noted.label.clone_from(&card.label);
        shelf.note(noted);
    })
}

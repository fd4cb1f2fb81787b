//! A snapshot is made: the store is captured under its locks, and copied when they are let go. Only what the
//! medium does not have is written.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::backwards::{self, CompareError, Line};
use super::known::{KnownError, known};
use super::manifest::{
    APPENDED_PIECE, LIMIT, Manifest, NoStorePath, SnapshotName, StoredFile, VERSION, WHOLE_PIECE, Written,
};
use super::medium::{Medium, MediumError};
use super::objects::{ObjectError, Objects, Source, Stretch, hash_pieces};
use super::shelf::{Shelf, noted_as};
use crate::access_log::{Action, Event, LogError, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{self, Disk, DiskError, DiskFile, IoContext, is_full};
use crate::sealed::signed::Digest;
use crate::store::capture::{Capture, CaptureError, CapturedFile, Contents};
use crate::store::media::Done;
use crate::store::restored::GroupAt;
use crate::store::{MediaNotes, MediaNotesError, Store};

/// So many bytes of what the snapshot before shares are read again each time.
const READ_AGAIN: u64 = 32 << 20;
/// How often a snapshot is begun again because a document was removed while it was made.
const TRIES: u32 = 5;

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The snapshot.
    pub snapshot: SnapshotName,
    /// What the office calls the medium.
    pub label: String,
    /// Counted from 1 on each medium.
    pub line: u32,
    /// The bytes of the objects that were written.
    pub new_bytes: u64,
    /// The bytes of all the store's files.
    pub total_bytes: u64,
    /// How many pieces of the snapshot before were gone or damaged on the medium, and are written anew.
    pub lost_pieces: u64,
    /// It could not be noted on this machine; the snapshot is as good.
    pub not_noted: Option<MediaNotesError>,
}

/// No snapshot was made. Those before are as they were.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The medium can't be used.
    #[error(transparent)]
    Medium(#[from] MediumError),
    /// It is not one that this machine knows, as it was left.
    #[error(transparent)]
    Known(#[from] KnownError),
    /// It lies where the store lies.
    #[error("{} is on the store's own file system: is the medium mounted?", folder.display())]
    SameFilesystem {
        /// The folder.
        folder: PathBuf,
    },
    /// The store does not go on from the medium's newest snapshot, or that can't be told.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store can't be captured.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A file can't be put on the medium.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// A group's base is not the one that its head names.
    #[error("{} does not have the SHA-256 that the group's head names", path.display())]
    Base {
        /// The base.
        path: PathBuf,
    },
    /// Documents were removed each time that the snapshot was begun.
    #[error("{} was removed while the snapshot was made, and others each time before", path.display())]
    Unsteady {
        /// The last of them.
        path: PathBuf,
    },
    /// A file of the store has a name that no medium keeps.
    #[error("{} has a name that can't be kept on a medium", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: NoStorePath,
    },
    /// The medium has no room. What was written is removed again.
    #[error("medium {label} at {} is full", folder.display())]
    Full {
        /// Where it is mounted.
        folder: PathBuf,
        /// What it calls itself.
        label: String,
    },
    /// The manifest could not be put into JSON.
    #[error("the manifest cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Makes a snapshot of the store on the medium that is mounted at `folder`. On the store's own file system
/// only where `same_filesystem` allows it.
pub fn create(store: &Store, folder: &Path, same_filesystem: bool) -> Result<Created, CreateError> {
    create_and_tell(store, folder, same_filesystem, &|_, _| ())
}

/// The same, told of its progress: bytes of the store's files that are on the medium, of all of them.
pub fn create_and_tell(
    store: &Store,
    folder: &Path,
    same_filesystem: bool,
    progress: Progress<'_>,
) -> Result<Created, CreateError> {
    let surroundings = store.surroundings();
    let disk = &*surroundings.disk;
    refuse_same_filesystem(disk, store.layout().root(), folder, same_filesystem)?;
    let medium = Medium::open_to_change(folder, surroundings)?;
    medium.must_be_of(store.store_id())?;
    let shelf = Shelf::read_to_change(&medium)?;
    let noted = known(store, &medium, &shelf)?;
    // What was found damaged is built on by nobody: each piece is read before it is shared.
    let doubtful = noted.snapshots.iter().any(|snapshot| snapshot.bad);
    let mut event = Event::new(Action::Backup, Outcome::Success);
    event.detail = Some(format!("create; medium {}", medium.card().medium));
    let log = store.log_of_job()?;
    log.around(&[event], |_| {
        Run::new(store, &medium, &shelf, doubtful, progress).make().inspect_err(|error| {
            if matches!(error, CreateError::Capture(CaptureError::Unflushed(_))) {
                log.close();
            }
        })
    })
}

fn refuse_same_filesystem(
    disk: &dyn Disk,
    root: &Path,
    folder: &Path,
    allowed: bool,
) -> Result<(), CreateError> {
    let on_medium = |error| CreateError::Medium(MediumError::Disk(error));
    if allowed || !disk.exists(folder).at("look for", folder).map_err(on_medium)? {
        return Ok(());
    }
    let theirs = disk.filesystem(folder).at("look at", folder).map_err(on_medium)?;
    let ours = disk.filesystem(root).at("look at", root).map_err(CaptureError::Disk)?;
    if theirs == ours { Err(CreateError::SameFilesystem { folder: folder.to_owned() }) } else { Ok(()) }
}

/// Which pieces of the snapshot before are read once more: all of them where the medium is doubtful, else a share,
/// in turn, so that each is read every so many nights however the store grows.
fn suspects(newest: &Written, doubtful: bool) -> HashSet<Digest> {
    let lengths: BTreeMap<Digest, u64> =
        newest.manifest.files.iter().flat_map(|file| file.lengths()).collect();
    if doubtful {
        return lengths.into_keys().collect();
    }
    let total = lengths.values().fold(0, |sum: u64, length| sum.saturating_add(*length)).max(1);
    let from = newest.manifest.number.wrapping_mul(READ_AGAIN) % total;
    let mut at = 0;
    let mut chosen = HashSet::new();
    for (object, length) in lengths {
        let end = at + length;
        // The share goes on at the beginning where it passes the end.
        let within = |from: u64| at < from.saturating_add(READ_AGAIN) && end > from;
        if within(from) || from.saturating_add(READ_AGAIN) > total && at < (from + READ_AGAIN) - total {
            chosen.insert(object);
        }
        at = end;
    }
    chosen
}

/// One attempt to copy what was captured.
enum Copied {
    All(Vec<StoredFile>),
    /// A document is gone.
    Gone(PathBuf),
}

struct Run<'a> {
    store: &'a Store,
    medium: &'a Medium,
    shelf: &'a Shelf,
    objects: Objects<'a>,
    /// The manifest, once it was begun.
    begun: Option<PathBuf>,
    progress: Progress<'a>,
    done: u64,
    total: u64,
}

impl<'a> Run<'a> {
    fn new(
        store: &'a Store,
        medium: &'a Medium,
        shelf: &'a Shelf,
        doubtful: bool,
        progress: Progress<'a>,
    ) -> Self {
        let pieces = shelf.newest().into_iter().flat_map(|newest| &newest.manifest.files);
        let known: HashSet<Digest> = pieces.flat_map(|file| file.pieces.iter().copied()).collect();
        let suspects = shelf.newest().map(|newest| suspects(newest, doubtful)).unwrap_or_default();
        let objects = Objects::new(&**medium.disk(), medium.layout(), known, suspects);
        Self { store, medium, shelf, objects, begun: None, progress, done: 0, total: 0 }
    }

    fn make(mut self) -> Result<Created, CreateError> {
        let made = self.try_to();
        let (folder, label) = (self.medium.folder().to_owned(), self.medium.card().label.clone());
        if let (Err(_), Some(begun)) = (&made, &self.begun) {
            // It may read whole by now, and never have reached the medium. What can't be removed is told from a
            // whole one after the next start, and goes with a `prune`.
            let disk = self.medium.disk();
            if disk.remove_file(begun).is_ok() {
                let _ = disk.sync_dir(&self.medium.layout().snapshots());
            }
        }
        match made {
            Err(error) if error.is_full_medium() => {
                self.objects.take_back();
                Err(CreateError::Full { folder, label })
            }
            made => made,
        }
    }

    fn try_to(&mut self) -> Result<Created, CreateError> {
        let mut tries = 0;
        let (capture, line, files) = loop {
            let mut capture = self.store.capture()?;
            let (disk, layout) = (&*self.store.surroundings().disk, self.store.layout());
            let before = self.shelf.newest();
            let line = before
                .map(|before| backwards::compare(self.medium, before, &capture, disk, layout))
                .transpose()?;
            match self.copy(std::mem::take(&mut capture.files), line)? {
                Copied::All(files) => break (capture, line, files),
                Copied::Gone(_) if tries < TRIES => tries += 1,
                Copied::Gone(path) => return Err(CreateError::Unsteady { path }),
            }
        };
        self.objects.flush().map_err(ObjectError::Medium)?;
        let manifest = self.manifest(capture, line, files)?;
        let written = self.write(manifest)?;
        let not_noted = self.note(&written).err();
        Ok(Created {
            label: self.medium.card().label.clone(),
            line: written.manifest.line,
            new_bytes: self.objects.new_bytes(),
            total_bytes: written.manifest.bytes(),
            lost_pieces: self.objects.lost(),
            snapshot: written.manifest.snapshot.clone(),
            not_noted,
        })
    }

    fn copy(&mut self, files: Vec<CapturedFile>, line: Option<Line>) -> Result<Copied, CreateError> {
        // Documents are not counted, which are many and small.
        let lengths = files.iter().map(|file| match &file.contents {
            Contents::Read(bytes) => bytes.len() as u64,
            Contents::Open(_, bytes) => *bytes,
            Contents::Named => 0,
        });
        (self.done, self.total) = (0, lengths.fold(0, u64::saturating_add));
        let mut stored = Vec::new();
        for file in files {
            let named = self.shelf.newest().and_then(|newest| newest.manifest.file(&file.place));
            // In a new line of snapshots a name may stand for something else than it did; a base is told by
            // its hash.
            let before = named.filter(|_| line == Some(Line::Same) || file.sha256.is_some());
            match &file.contents {
                Contents::Read(bytes) => {
                    stored.push(self.put(&file, &Source::Bytes(bytes), bytes.len() as u64, None)?);
                }
                Contents::Open(open, bytes) => {
                    stored.push(self.put(&file, &Source::File(&**open), *bytes, before)?);
                }
                Contents::Named => {
                    let disk = &*self.store.surroundings().disk;
                    let open: Box<dyn DiskFile> = match disk.open(&file.path) {
                        Err(error) if error.kind() == ErrorKind::NotFound => {
                            return Ok(Copied::Gone(file.path));
                        }
                        opened => opened.at("open", &file.path).map_err(ObjectError::Source)?,
                    };
                    let bytes = open.len().at("read", &file.path).map_err(ObjectError::Source)?;
                    stored.push(self.put(&file, &Source::File(&*open), bytes, before)?);
                }
            }
        }
        Ok(Copied::All(stored))
    }

    /// Puts a file on the medium: what the snapshot before has of it, which was `before`, is not read again.
    fn put(
        &mut self,
        file: &CapturedFile,
        source: &Source<'_>,
        bytes: u64,
        before: Option<&StoredFile>,
    ) -> Result<StoredFile, CreateError> {
        let path =
            file.place.parse().map_err(|error| CreateError::Name { path: file.path.clone(), error })?;
        let piece = if file.grows { APPENDED_PIECE } else { WHOLE_PIECE };
        let before = before.filter(|before| before.piece == piece && before.bytes <= bytes);
        let before = before.filter(|before| file.grows || before.bytes == bytes);
        let before = before.filter(|before| file.sha256.is_none() || before.whole() == file.sha256);
        let mut pieces = Vec::new();
        for (object, length) in before.iter().flat_map(|before| before.lengths()) {
            let is_last = before.is_some_and(|before| before.bytes == bytes);
            if (length < piece && !is_last) || !self.objects.keeps(object, length)? {
                break;
            }
            pieces.push(object);
        }
        let all = before.filter(|before| before.bytes == bytes && before.pieces.len() == pieces.len());
        if let Some(all) = all {
            self.got_on(bytes);
            return Ok(all.clone());
        }
        if !file.grows {
            // Its hash is that of all of it.
            pieces.clear();
        }
        let from = piece * pieces.len() as u64;
        self.got_on(from);
        let whole = !file.grows && bytes > piece;
        let stretch = Stretch { from, to: bytes };
        let (new, whole) = hash_pieces(source, &file.path, stretch, piece, whole)?;
        let found = if let [only] = new.as_slice() { Some(*only) } else { whole };
        if file.sha256.is_some() && found != file.sha256 {
            return Err(CreateError::Base { path: file.path.clone() });
        }
        let mut at = from;
        for object in new {
            let to = bytes.min(at + piece);
            self.objects.put(object, source, &file.path, Stretch { from: at, to })?;
            self.got_on(to - at);
            pieces.push(object);
            at = to;
        }
        Ok(StoredFile { path, bytes, piece, pieces, sha256: whole })
    }

    fn got_on(&mut self, bytes: u64) {
        self.done += bytes;
        (self.progress)(self.done.min(self.total), self.total);
    }

    fn manifest(
        &self,
        capture: Capture,
        line: Option<Line>,
        files: Vec<StoredFile>,
    ) -> Result<Manifest, CreateError> {
        let time = self.store.surroundings().clock.now();
        let before = self.shelf.newest();
        // Nobody signs a manifest: whoever had the medium may have counted to the end.
        let number = before.map_or(0, |before| before.manifest.number).checked_add(1);
        let line =
            before.map_or(0, |before| before.manifest.line).checked_add(u32::from(line != Some(Line::Same)));
        let (Some(number), Some(line)) = (number, line) else {
            let (folder, label) = (self.medium.folder().to_owned(), self.medium.card().label.clone());
            return Err(KnownError::Strange { folder, label }.into());
        };
        let groups = capture.groups.into_iter().map(|group| GroupAt {
            name: group.name,
            generation: group.generation,
            epoch: group.epoch,
            record: group.record,
        });
        Ok(Manifest {
            v: VERSION,
            store: self.store.store_id(),
            medium: self.medium.card().medium.clone(),
            snapshot: self.free_name(time)?,
            number,
            line,
            time: time.round(jiff::Unit::Millisecond).unwrap_or(time),
            prev: before.map_or(Digest::ZERO, |before| before.hash),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            roster: capture.roster.mark(),
            log: capture.log,
            groups: groups.collect(),
            files: files.into_iter().map(Arc::new).collect(),
        })
    }

    /// A name that no manifest has, be it whole or not.
    fn free_name(&self, time: Timestamp) -> Result<SnapshotName, CreateError> {
        let (disk, layout) = (self.medium.disk(), self.medium.layout());
        let mut copy = 1;
        loop {
            let name = SnapshotName::new(time, copy);
            let path = layout.manifest(&name);
            if !disk.exists(&path).at("look for", &path).map_err(ObjectError::Medium)? {
                return Ok(name);
            }
            copy += 1;
        }
    }

    /// Writes the manifest: with its last byte on the medium, the snapshot is there.
    fn write(&mut self, manifest: Manifest) -> Result<Written, CreateError> {
        let disk = &**self.medium.disk();
        let layout = self.medium.layout();
        let (bytes, hash) = manifest.encode()?;
        let (path, folder) = (layout.manifest(&manifest.snapshot), layout.snapshots());
        let on_medium = ObjectError::Medium;
        disk.create_dir_all(&folder).at("create", &folder).map_err(on_medium)?;
        self.begun = Some(path.clone());
        disk::write_new(disk, &path, &bytes).map_err(on_medium)?;
        for folder in [&folder, layout.root()] {
            disk.sync_dir(folder).at("flush", folder).map_err(on_medium)?;
        }
        disk.open(&path).and_then(|file| file.forget_cached()).at("read", &path).map_err(on_medium)?;
        if disk::read_small(disk, &path, LIMIT).map_err(on_medium)? != bytes {
            return Err(ObjectError::ReadBack { path }.into());
        }
        Ok(Written { manifest: manifest.into(), hash })
    }

    fn note(&self, written: &Written) -> Result<(), MediaNotesError> {
        let card = self.medium.card();
        MediaNotes::change(self.store.surroundings(), self.store.store_id(), |notes| {
            let noted = notes.medium_mut(&card.medium, &card.label);
            noted.label.clone_from(&card.label);
            self.shelf.note(noted);
            noted.newest = Some(written.hash);
            noted.snapshots.push(noted_as(written, true));
            notes.backup = Some(Done {
                at: written.manifest.time,
                medium: card.medium.clone(),
                label: card.label.clone(),
                snapshot: written.manifest.snapshot.to_string(),
                good: true,
            });
        })
    }
}

impl CreateError {
    /// Whether the medium has no room; that the store's own disk has none is another matter.
    fn is_full_medium(&self) -> bool {
        let source = |error: &DiskError| is_full(&error.source);
        match self {
            Self::Object(ObjectError::Medium(error)) | Self::Medium(MediumError::Disk(error)) => {
                source(error)
            }
            _ => false,
        }
    }
}

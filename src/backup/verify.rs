//! A medium is verified without any key: each object once, from the medium itself; then what the snapshots say
//! of themselves and of each other, and every signature and chain in the clear.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use sha2::{Digest as _, Sha256};

use super::backwards::Gone;
use super::manifest::{SnapshotName, StoredFile, Written};
use super::medium::Medium;
use super::objects::hash_of_object;
use super::shelf::Shelf;
use crate::access_log::find;
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::signed::Digest;
use crate::store::outside::{self, AtRestStore, OutsideError};
use crate::store::roster::GoesOn;
use crate::store::{Layout, Name};

/// Bytes read at once.
const BLOCK: usize = 1 << 20;

/// What is wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// A piece is missing, short, or not what its name says.
    #[error("object {object}, a piece of {of}, is missing or damaged")]
    Object {
        /// The object.
        object: Digest,
        /// The file of the store.
        of: String,
    },
    /// The pieces are sound, and the file that they make is another.
    #[error("the pieces of {of} do not make the file that was backed up")]
    Whole {
        /// The file of the store.
        of: String,
    },
    /// The store in it is not sound.
    #[error(transparent)]
    Outside(Box<OutsideError>),
    /// The manifest and the store in it do not agree.
    #[error("its manifest names other ends of roster, log or groups than it holds")]
    Marks,
    /// It does not continue the snapshot before it.
    #[error("it does not continue the snapshot before it, {before}")]
    Chain {
        /// The one before.
        before: SnapshotName,
    },
    /// The roster went back.
    #[error("its roster does not go on from that of the snapshot before it, {before}")]
    Roster {
        /// The one before.
        before: SnapshotName,
    },
    /// The access log went back.
    #[error("its access log does not go on from that of the snapshot before it, {before}")]
    Log {
        /// The one before.
        before: SnapshotName,
    },
    /// A group went back.
    #[error("group {group} is not as far as in the snapshot before it, {before}: {gone}")]
    Group {
        /// The group.
        group: Name,
        /// What is missing.
        gone: Gone,
        /// The one before.
        before: SnapshotName,
    },
    /// An erasure ledger went back.
    #[error(
        "the erasure ledger of group {group} does not go on from that of the snapshot before it, {before}"
    )]
    Ledger {
        /// The group.
        group: Name,
        /// The one before.
        before: SnapshotName,
    },
    /// The medium can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<OutsideError> for SnapshotFault {
    fn from(error: OutsideError) -> Self {
        Self::Outside(Box::new(error))
    }
}

impl SnapshotFault {
    /// Whether the medium could not be read, which says nothing about what is on it.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Disk(_) => true,
            Self::Outside(error) => matches!(**error, OutsideError::Disk(_)),
            _ => false,
        }
    }
}

/// One snapshot, as it was found.
#[derive(Debug)]
pub struct Checked {
    /// Its name.
    pub name: SnapshotName,
    /// Its manifest's hash.
    pub manifest: Digest,
    /// The bytes of all its files.
    pub bytes: u64,
    /// How many files it has.
    pub files: u64,
    /// How many signatures were checked, or what is wrong.
    pub found: Result<u64, SnapshotFault>,
}

/// What was found on a medium.
#[derive(Debug)]
pub struct VerifiedMedium {
    /// Every snapshot that was looked at, oldest first.
    pub snapshots: Vec<Checked>,
    /// How many objects were read.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Verifies the snapshots of a medium, or the one that is named: every byte of it from the medium itself.
pub fn verify(
    medium: &Medium,
    shelf: &Shelf,
    only: Option<&SnapshotName>,
    progress: Progress<'_>,
) -> VerifiedMedium {
    let chosen = |written: &&Written| only.is_none_or(|only| written.manifest.snapshot == *only);
    let looked_at: Vec<&Written> = shelf.whole.iter().filter(chosen).collect();
    let objects = Objects::read(medium, &looked_at, progress);
    let mut snapshots = Vec::new();
    let mut before: Option<(&Written, AtRestStore)> = None;
    for (index, written) in shelf.whole.iter().enumerate() {
        if !looked_at.iter().any(|other| other.hash == written.hash) {
            before = None;
            continue;
        }
        let linked = index.checked_sub(1).map_or(Ok(()), |place| linked(&shelf.whole[place], written));
        let found = linked.and_then(|()| objects.check(medium, written)).and_then(|found| {
            if let Some((before, of_before)) = &before {
                goes_on(medium, before, of_before, written, &found)?;
            }
            Ok(found)
        });
        let manifest = &written.manifest;
        let (files, bytes) = (manifest.files.len() as u64, manifest.bytes());
        let name = manifest.snapshot.clone();
        before = None;
        let found = found.map(|found| {
            let signatures = found.signatures;
            before = Some((written, found));
            signatures
        });
        snapshots.push(Checked { name, manifest: written.hash, bytes, files, found });
    }
    VerifiedMedium { snapshots, objects: objects.count, bytes: objects.bytes }
}

/// Whether a snapshot names the one before it, where none between them was pruned.
fn linked(before: &Written, written: &Written) -> Result<(), SnapshotFault> {
    let (number, next) = (before.manifest.number, written.manifest.number);
    let sound = match number.checked_add(1) {
        Some(following) if following == next => written.manifest.prev == before.hash,
        _ => number < next,
    };
    let line = written.manifest.line >= before.manifest.line;
    if sound && line {
        Ok(())
    } else {
        Err(SnapshotFault::Chain { before: before.manifest.snapshot.clone() })
    }
}

/// Whether the store went on from one snapshot to the next, or a restored one was accepted between them.
fn goes_on(
    medium: &Medium,
    before: &Written,
    of_before: &AtRestStore,
    written: &Written,
    found: &AtRestStore,
) -> Result<(), SnapshotFault> {
    let named = || before.manifest.snapshot.clone();
    match found.roster.goes_on_from(&of_before.roster.known()) {
        Err(_) => return Err(SnapshotFault::Roster { before: named() }),
        Ok(GoesOn::Restored(_)) => return Ok(()),
        Ok(GoesOn::Further) => {}
    }
    let disk = medium.snapshot_disk(written);
    let log = find::hash_at(&disk, &Layout::new(disk.root()).access_log(), of_before.log.seq)
        .map_err(OutsideError::Log)?;
    if log != Some(of_before.log.hash) {
        return Err(SnapshotFault::Log { before: named() });
    }
    for group in &of_before.groups {
        let now = found.groups.iter().find(|now| now.name == group.name);
        let gone = match now {
            None => Some(Gone::Group),
            Some(now) if now.generation < group.generation => Some(Gone::Generation(group.generation)),
            Some(now) if now.record.seq < group.record.seq => Some(Gone::Record(group.record.seq)),
            Some(now) if now.record.seq == group.record.seq && now.record != group.record => {
                Some(Gone::Record(group.record.seq))
            }
            Some(_) => None,
        };
        if let Some(gone) = gone {
            return Err(SnapshotFault::Group { group: group.name.clone(), gone, before: named() });
        }
    }
    Ok(())
}

/// Checks the store in a snapshot from outside. What its files' SHA-256 is, `whole` tells; nothing else of the
/// objects is believed to be checked.
pub(super) fn check_outside(
    medium: &Medium,
    written: &Written,
    whole: &dyn Fn(&StoredFile) -> Option<Digest>,
) -> Result<AtRestStore, SnapshotFault> {
    let manifest = &written.manifest;
    let disk = medium.snapshot_disk(written);
    let root = disk.root().to_owned();
    let known = |path: &std::path::Path| {
        let place = path.strip_prefix(&root).ok()?.to_str()?;
        whole(manifest.file(place)?)
    };
    let disk: Arc<dyn Disk> = Arc::new(disk);
    let found = outside::check(&disk, &Layout::new(&root), &known)?;
    let marks = found.roster.store_id() == manifest.store
        && found.roster.mark() == manifest.roster
        && found.log == manifest.log
        && found.groups == manifest.groups;
    if marks { Ok(found) } else { Err(SnapshotFault::Marks) }
}

/// Each piece of one file is what its name says.
pub(super) fn check_pieces(medium: &Medium, file: &StoredFile) -> Result<(), SnapshotFault> {
    for (object, length) in file.lengths() {
        if !is_sound(medium, object, length)? {
            return Err(SnapshotFault::Object { object, of: file.path.to_string() });
        }
    }
    Ok(())
}

/// Whether an object is there, with that length and hash.
fn is_sound(medium: &Medium, object: Digest, length: u64) -> Result<bool, DiskError> {
    match hash_of_object(&**medium.disk(), &medium.layout().object(object), length) {
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => Ok(false),
        hash => Ok(hash? == Some(object)),
    }
}

/// Every object of some snapshots, read once.
struct Objects {
    /// Those that are not what they should be: missing, damaged, or not to be read.
    bad: HashMap<Digest, Option<DiskError>>,
    /// What files in several pieces are as a whole.
    whole: HashMap<Vec<Digest>, Digest>,
    count: u64,
    bytes: u64,
}

impl Objects {
    fn read(medium: &Medium, snapshots: &[&Written], progress: Progress<'_>) -> Self {
        let mut large: BTreeMap<&[Digest], &StoredFile> = BTreeMap::new();
        let mut lengths: BTreeMap<Digest, u64> = BTreeMap::new();
        for file in snapshots.iter().flat_map(|written| &written.manifest.files) {
            if file.sha256.is_some() {
                large.insert(&file.pieces, file);
            }
            lengths.extend(file.lengths());
        }
        let total: u64 = lengths.values().fold(0, |sum, length| sum.saturating_add(*length));
        let mut objects =
            Self { bad: HashMap::new(), whole: HashMap::new(), count: lengths.len() as u64, bytes: total };
        let (mut seen, mut done) = (HashSet::new(), 0);
        for file in large.into_values() {
            objects.read_large(medium, file, &mut |object, count| {
                if seen.insert(object) {
                    done += count;
                }
                progress(done, total);
            });
        }
        for (object, length) in lengths {
            if seen.contains(&object) {
                continue;
            }
            match is_sound(medium, object, length) {
                Ok(true) => {}
                Ok(false) => drop(objects.bad.insert(object, None)),
                Err(error) => drop(objects.bad.insert(object, Some(error))),
            }
            done += length;
            progress(done, total);
        }
        objects
    }

    /// Reads a file in several pieces; another thread finds the hash of the whole meanwhile.
    fn read_large(&mut self, medium: &Medium, file: &StoredFile, read: &mut dyn FnMut(Digest, u64)) {
        let whole = std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Arc<Vec<u8>>>(2);
            let hashing = scope.spawn(move || {
                let mut hash = Sha256::new();
                while let Ok(block) = receive.recv() {
                    hash.update(&*block);
                }
                Digest::from(hash)
            });
            for (object, length) in file.lengths() {
                match hash_piece(medium, object, length, &mut |block| drop(send.send(block))) {
                    Ok(true) => {}
                    Ok(false) => drop(self.bad.insert(object, None)),
                    Err(error) => drop(self.bad.insert(object, Some(error))),
                }
                read(object, length);
            }
            drop(send);
            hashing.join().ok()
        });
        self.whole.extend(whole.map(|whole| (file.pieces.clone(), whole)));
    }

    fn check(&self, medium: &Medium, written: &Written) -> Result<AtRestStore, SnapshotFault> {
        for file in &written.manifest.files {
            let of = || file.path.to_string();
            if let Some((object, error)) =
                file.pieces.iter().find_map(|object| Some((*object, self.bad.get(object)?)))
            {
                return Err(match error {
                    None => SnapshotFault::Object { object, of: of() },
                    Some(DiskError { what, path, source }) => {
                        let source = std::io::Error::new(source.kind(), source.to_string());
                        DiskError { what, path: path.clone(), source }.into()
                    }
                });
            }
            if file.sha256.is_some() && self.whole.get(&file.pieces).copied() != file.sha256 {
                return Err(SnapshotFault::Whole { of: of() });
            }
        }
        check_outside(medium, written, &StoredFile::whole)
    }
}

/// Hashes an object from the medium itself, and gives its blocks on.
fn hash_piece(
    medium: &Medium,
    object: Digest,
    length: u64,
    each: &mut dyn FnMut(Arc<Vec<u8>>),
) -> Result<bool, DiskError> {
    let path = medium.layout().object(object);
    let file = match medium.disk().open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened.at("open", &path)?,
    };
    if file.len().at("read", &path)? != length {
        return Ok(false);
    }
    file.forget_cached().at("read", &path)?;
    let mut hash = Sha256::new();
    let mut at = 0;
    while at < length {
        let wanted = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
        let mut block = vec![0; wanted];
        if file.read_at(&mut block, at).at("read", &path)? < wanted {
            return Ok(false);
        }
        let block = Arc::new(block);
        each(Arc::clone(&block));
        hash.update(&*block);
        at += wanted as u64;
    }
    Ok(Digest::from(hash) == object)
}

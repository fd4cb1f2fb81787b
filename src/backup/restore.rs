//! The way back: a snapshot's files, put together in a new folder.
//!
//! People, rights and the access log never go back. They are those of the medium's newest snapshot that goes on
//! from the one that is restored; only groups are of that one.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::manifest::{Manifest, StorePath, StoredFile, Written};
use super::medium::Medium;
use super::shelf::Shelf;
use super::verify::{self, SnapshotFault};
use crate::access_log::{Action, Event, LogError, Outcome, find, links};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{self, Disk, DiskError, DiskFile, IoContext};
use crate::sealed::ledger::Ledger;
use crate::sealed::signed::Digest;
use crate::store::building::{BuildError, Building};
use crate::store::outside::{self, OutsideError};
use crate::store::restored::{Restored, SnapshotAt};
use crate::store::{Layout, Name, Roster, Store, StoreError};
use crate::surroundings::Surroundings;

/// Bytes copied at once.
const BLOCK: usize = 1 << 20;

/// A store that was restored.
#[derive(Debug)]
pub struct RestoredStore {
    /// Its mark.
    pub mark: Restored,
    /// The bytes of its files.
    pub bytes: u64,
    /// Newer snapshots whose people and log could not be used, and why.
    pub passed_over: Vec<(String, SnapshotFault)>,
}

/// A snapshot could not be restored; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The new folder can't be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The snapshot is damaged.
    #[error("snapshot {snapshot}: {fault}")]
    Snapshot {
        /// The snapshot.
        snapshot: String,
        /// What is wrong with it.
        fault: Box<SnapshotFault>,
    },
    /// The restored store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file of the new folder can't be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Restores a snapshot into a new folder, where an owner is to accept it.
pub fn restore(
    medium: &Medium,
    shelf: &Shelf,
    from: &Written,
    into: &Path,
    surroundings: &Surroundings,
    progress: Progress<'_>,
) -> Result<RestoredStore, RestoreError> {
    let building = Building::begin(into, surroundings)?;
    let root = building.path();
    let Newest { written: newest, erased, passed_over } = newest_of(medium, shelf, from);
    let mut files = composed(&from.manifest, &newest.manifest);
    // Torn tails of then may hold whoever was erased since, and nothing is ever read from them.
    files.retain(|(file, _)| {
        group_of(file).is_none_or(|(group, place)| !(place.starts_with("aside/") && is_in(&erased, group)))
    });
    let bytes = files.iter().map(|(file, _)| file.bytes).fold(0, u64::saturating_add);
    let copied = copy(medium, &files, root, &*surroundings.disk, progress, &mut |_, fault| Err(fault));
    copied.map_err(|error| error.of(from))?;
    check(medium, from)?;

    let card = medium.card();
    let mut event = Event::new(Action::Restore, Outcome::Success);
    event.detail = Some(format!("snapshot {}; medium {}", from.manifest.snapshot, card.medium));
    // Whoever damages a newer snapshot may want what is in it forgotten.
    event.count = (!passed_over.is_empty()).then_some(passed_over.len() as u64);
    Store::open_any(root, surroundings)?.log_of_job()?.append(&event)?;
    let unused: Vec<String> = passed_over.iter().map(|(snapshot, _)| snapshot.clone()).collect();
    let (id, label) = (card.medium.clone(), card.label.clone());
    let mut mark =
        Restored::new(from.manifest.store, id, label, snapshot_at(from), snapshot_at(newest), unused);
    let layout = Layout::new(root);
    write_ledgers(&*surroundings.disk, &layout, &erased)?;
    mark.erased = erased.into_iter().map(|(group, ledger)| (group, ledger.end)).collect();
    mark.write(&*surroundings.disk, &layout)?;
    building.publish()?;
    Ok(RestoredStore { mark, bytes, passed_over })
}

/// Puts a snapshot together in a folder just as it was, to try whether it opens. The folder must not exist. Gives
/// the groups of which files are damaged, and what is wrong with the first of them: the others can be tried.
pub fn restore_to_scratch(
    medium: &Medium,
    from: &Written,
    scratch: &Path,
    surroundings: &Surroundings,
    progress: Progress<'_>,
) -> Result<BTreeMap<String, SnapshotFault>, RestoreError> {
    let files = composed(&from.manifest, &from.manifest);
    let mut damaged = BTreeMap::new();
    let copied = copy(medium, &files, scratch, &*surroundings.disk, progress, &mut |file, fault| {
        match group_of(file).filter(|_| !fault.is_unreadable()) {
            Some((group, _)) => damaged.entry(group.to_owned()).or_insert(fault),
            None => return Err(fault),
        };
        Ok(())
    });
    copied.map_err(|error| error.of(from))?;
    Ok(damaged)
}

/// How the mark names a snapshot.
fn snapshot_at(written: &Written) -> SnapshotAt {
    let manifest = &written.manifest;
    SnapshotAt {
        snapshot: manifest.snapshot.to_string(),
        manifest: written.hash,
        time: manifest.time,
        roster: manifest.roster,
        log: manifest.log,
        groups: manifest.groups.clone(),
    }
}

/// The outside of the snapshot is sound. That its files hold what their pieces' names say was checked when they
/// were copied.
fn check(medium: &Medium, from: &Written) -> Result<(), RestoreError> {
    verify::check_outside(medium, from, &|file| file.whole()).map(drop).map_err(|fault| {
        RestoreError::Snapshot { snapshot: from.manifest.snapshot.to_string(), fault: Box::new(fault) }
    })
}

/// Puts the ledgers where accepting finds them.
fn write_ledgers(
    disk: &dyn Disk,
    layout: &Layout,
    ledgers: &BTreeMap<Name, Ledger>,
) -> Result<(), DiskError> {
    if ledgers.is_empty() {
        return Ok(());
    }
    let folder = layout.restored_ledgers();
    disk.create_dir_all(&folder).at("create", &folder)?;
    for (group, ledger) in ledgers {
        disk::write_new(disk, &layout.restored_ledger(group.as_str()), ledger.text())?;
    }
    disk.sync_dir(&folder).at("flush", &folder)
}

fn is_in(ledgers: &BTreeMap<Name, Ledger>, group: &str) -> bool {
    ledgers.keys().any(|name| name.as_str() == group)
}

/// What people, rights, the access log and erasures are taken over from.
struct Newest<'shelf> {
    written: &'shelf Written,
    /// The erasure ledgers of groups in which somebody was erased since.
    erased: BTreeMap<Name, Ledger>,
    /// Snapshots that are newer still and can't be used, and why.
    passed_over: Vec<(String, SnapshotFault)>,
}

/// The newest snapshot that goes on from this one and of which people, log and erasures are sound; itself if there
/// is none. Also those that are newer and were passed over.
fn newest_of<'shelf>(medium: &Medium, shelf: &'shelf Shelf, from: &'shelf Written) -> Newest<'shelf> {
    let mut passed_over = Vec::new();
    let newer = shelf.whole.iter().rev().filter(|other| other.manifest.number > from.manifest.number);
    for candidate in newer {
        let erased = match people_go_on(medium, candidate, &from.manifest) {
            Ok(true) => erased_since(medium, candidate, from),
            // Of another line: a restored store was accepted in between, and lines were given up.
            Ok(false) => continue,
            Err(fault) => Err(fault),
        };
        match erased {
            Ok(erased) => return Newest { written: candidate, erased, passed_over },
            Err(fault) => passed_over.push((candidate.manifest.snapshot.to_string(), fault)),
        }
    }
    Newest { written: from, erased: BTreeMap::new(), passed_over }
}

/// The erasure ledgers of a newer snapshot that are longer than those of `from`.
fn erased_since(
    medium: &Medium,
    newer: &Written,
    from: &Written,
) -> Result<BTreeMap<Name, Ledger>, SnapshotFault> {
    let of = |written: &Written| {
        let disk = medium.snapshot_disk(written);
        let layout = Layout::new(disk.root());
        let disk: Arc<dyn Disk> = Arc::new(disk);
        outside::ledgers(&disk, &layout)
    };
    let (then, mut since) = (of(from)?, of(newer)?);
    for (group, ledger) in &then {
        if since.get(group).is_some_and(|now| !now.goes_on_from(ledger)) {
            let before = from.manifest.snapshot.clone();
            return Err(SnapshotFault::Ledger { group: group.clone(), before });
        }
    }
    // A group that the other one did not have is taken over whole.
    since.retain(|group, now| then.get(group).is_some_and(|then| then.end.seq < now.end.seq));
    Ok(since)
}

/// Whether roster and log of a snapshot go on from those of `from`, all being sound that would be taken over from it.
fn people_go_on(medium: &Medium, written: &Written, from: &Manifest) -> Result<bool, SnapshotFault> {
    let disk = medium.snapshot_disk(written);
    let layout = Layout::new(disk.root());
    let roster = Roster::read(&disk, &layout.roster())
        .map_err(|error| SnapshotFault::from(OutsideError::from(error)))?;
    let log = links::follow(&disk, &layout.access_log(), |_| ())
        .map_err(|error| SnapshotFault::from(OutsideError::from(error)))?;
    if roster.mark() != written.manifest.roster || log != written.manifest.log {
        return Err(SnapshotFault::Marks);
    }
    if !roster.holds(from.roster) {
        return Ok(false);
    }
    for file in &written.manifest.files {
        let taken =
            group_of(file).is_none_or(|(group, place)| taken_over(from, &written.manifest, group, place));
        if taken {
            verify::check_pieces(medium, file)?;
        }
    }
    // The records to be restored name entries of the log: those of one that was given up are not in it.
    let held = find::hash_at(&disk, &layout.access_log(), from.log.seq)
        .map_err(|error| SnapshotFault::from(OutsideError::from(error)))?;
    let given_up = roster.accepts().iter().any(|accepted| accepted.line.seq > from.roster.seq);
    match held == Some(from.log.hash) {
        false if !given_up => Err(SnapshotFault::Log { before: from.snapshot.clone() }),
        held => Ok(held),
    }
}

/// The group whose file it is, and its place in the group's folder.
fn group_of(file: &StoredFile) -> Option<(&str, &str)> {
    file.path.as_str().strip_prefix("groups/")?.split_once('/')
}

/// Whether a group's file is that of the newest snapshot: of groups that are newer, and key files of the epoch
/// that was in force then already, because grants made since have theirs there.
fn taken_over(from: &Manifest, newest: &Manifest, group: &str, place: &str) -> bool {
    let Some(then) = from.group(group) else { return true };
    let same_key = newest.group(group).is_some_and(|now| now.epoch == then.epoch);
    place.starts_with("keys/") && same_key
}

/// Which file goes where.
fn composed<'manifest>(
    from: &'manifest Manifest,
    newest: &'manifest Manifest,
) -> Vec<(&'manifest StoredFile, StorePath)> {
    let mut files: Vec<(&StoredFile, StorePath)> = Vec::new();
    for file in &newest.files {
        let taken = match group_of(file) {
            None => true,
            Some((group, rest)) => taken_over(from, newest, group, rest),
        };
        if taken {
            files.push((file, file.path.clone()));
        }
    }
    for file in &from.files {
        match group_of(file) {
            Some((group, rest)) if !taken_over(from, newest, group, rest) => {
                files.push((file, file.path.clone()));
            }
            Some(_) => {}
            // Log-ins of then: keys of the groups may be sealed to them.
            None => {
                let is_over =
                    file.path.as_str().starts_with("staff/") && newest.file(file.path.as_str()).is_none();
                if let Some(Ok(path)) = is_over.then(|| format!("restored/{}", file.path).parse()) {
                    files.push((file, path));
                }
            }
        }
    }
    files
}

/// A file could not be copied.
enum CopyError {
    Fault(SnapshotFault),
    Disk(DiskError),
}

impl CopyError {
    fn of(self, from: &Written) -> RestoreError {
        match self {
            Self::Fault(fault) => RestoreError::Snapshot {
                snapshot: from.manifest.snapshot.to_string(),
                fault: Box::new(fault),
            },
            Self::Disk(error) => error.into(),
        }
    }
}

impl From<DiskError> for CopyError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

/// What becomes of a file that is damaged on the medium: it is borne, or it ends the copying.
type Bear<'a> = &'a mut dyn FnMut(&StoredFile, SnapshotFault) -> Result<(), SnapshotFault>;

fn copy(
    medium: &Medium,
    files: &[(&StoredFile, StorePath)],
    root: &Path,
    disk: &dyn Disk,
    progress: Progress<'_>,
    bear: Bear<'_>,
) -> Result<(), CopyError> {
    let total = files.iter().map(|(file, _)| file.bytes).fold(0, u64::saturating_add);
    // Folders of a store that may be empty.
    let layout = Layout::new(root);
    for folder in [layout.staff(), layout.groups(), layout.access_log()] {
        disk.create_dir_all(&folder).at("create", &folder)?;
    }
    let mut done = 0;
    for (file, place) in files {
        let path = root.join(place.as_str());
        if let Some(folder) = path.parent() {
            disk.create_dir_all(folder).at("create", folder)?;
        }
        let target = disk.create_new(&path).at("create", &path)?;
        let copied = copy_file(medium, file, &*target, &path, &mut |count| {
            done += count;
            progress(done, total);
        });
        match copied {
            Err(CopyError::Fault(fault)) => bear(file, fault).map_err(CopyError::Fault)?,
            copied => copied?,
        }
        target.sync_all().at("flush", &path)?;
    }
    Ok(())
}

/// Copies a file's pieces, each of which must be what its name says.
fn copy_file(
    medium: &Medium,
    file: &StoredFile,
    target: &dyn DiskFile,
    path: &Path,
    copied: &mut dyn FnMut(u64),
) -> Result<(), CopyError> {
    let disk: &Arc<dyn Disk> = medium.disk();
    let mut whole = file.sha256.map(|_| Sha256::new());
    let mut block = vec![0; BLOCK];
    let mut end = 0;
    for (object, length) in file.lengths() {
        let damaged = || CopyError::Fault(SnapshotFault::Object { object, of: file.path.to_string() });
        let source = medium.layout().object(object);
        let opened = match disk.open(&source) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged()),
            opened => opened.at("open", &source).map_err(|error| CopyError::Fault(error.into()))?,
        };
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < length {
            let wanted = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
            let read = opened.read_at(&mut block[..wanted], at).at("read", &source);
            let count = read.map_err(|error| CopyError::Fault(error.into()))?;
            if count < wanted {
                return Err(damaged());
            }
            hash.update(&block[..count]);
            if let Some(whole) = &mut whole {
                whole.update(&block[..count]);
            }
            target.write_all_at(&block[..count], end).at("write", path)?;
            at += count as u64;
            end += count as u64;
            copied(count as u64);
        }
        if Digest::from(hash) != object {
            return Err(damaged());
        }
    }
    match whole.map(Digest::from) {
        Some(hash) if Some(hash) != file.sha256 => {
            Err(CopyError::Fault(SnapshotFault::Whole { of: file.path.to_string() }))
        }
        _ => Ok(()),
    }
}

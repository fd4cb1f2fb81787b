//! What whoever has a store's files, and no key, can check: every signature in the clear, every link of every
//! chain, and the SHA-256 of all that a signature covers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::layout::Layout;
use super::live_roster::LiveRoster;
use super::name::Name;
use super::restored::GroupAt;
use super::roster::{Fault, Group, Roster, RosterError};
use crate::access_log::{LogError, links};
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::group_file::{AtRest, OpenGroupError, at_rest, ledger_at_rest};
use crate::sealed::head::BaseFile;
use crate::sealed::ledger::Ledger;
use crate::sealed::signed::{Digest, Mark};

/// Bytes hashed at once.
const PIECE: usize = 1 << 20;

/// A store at rest whose outside is sound.
#[derive(Debug, Clone)]
pub struct AtRestStore {
    /// Its roster.
    pub roster: Roster,
    /// The access log's end.
    pub log: Mark,
    /// Every group, by name.
    pub groups: Vec<GroupAt>,
    /// How many signatures were checked: roster lines, heads, records.
    pub signatures: u64,
}

/// What is wrong with a store, seen from outside.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The roster does not verify.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A group's head or a record does not verify.
    #[error("group {group}: {source}")]
    Group {
        /// The group.
        group: Name,
        /// What is wrong.
        source: Box<OpenGroupError>,
    },
    /// A group's base is not the one that its head names.
    #[error("group {group}: the SHA-256 of {} is not the one that the head names", path.display())]
    Base {
        /// The group.
        group: Name,
        /// The base.
        path: PathBuf,
    },
    /// The access log's chain does not hold.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Something names an entry that the access log does not hold.
    #[error("{what} names entry {entry} of the access log, which is not there")]
    Entry {
        /// `line 7 of the roster`, `the head of group retail`, `record 9 of group retail`.
        what: String,
        /// The entry.
        entry: u64,
    },
    /// A file can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Tells a base's SHA-256, where it was read anyway.
pub type KnownHash<'a> = &'a dyn Fn(&Path) -> Option<Digest>;

/// Checks a store at rest on any disk: nothing is written, no lock is taken, and nothing may be torn.
pub fn check(
    disk: &Arc<dyn Disk>,
    layout: &Layout,
    known: KnownHash<'_>,
) -> Result<AtRestStore, OutsideError> {
    let roster = Roster::read(&**disk, &layout.roster())?;
    if roster.is_torn() {
        let (path, line) = (layout.roster(), roster.mark().seq + 2);
        return Err(RosterError::Damaged { path, line, fault: Fault::Missing }.into());
    }
    let live = LiveRoster::new(Arc::clone(disk), roster.clone());
    let mut named: BTreeMap<u64, Vec<(Digest, String)>> = BTreeMap::new();
    let mut name = |mark: Mark, what: String| named.entry(mark.seq).or_default().push((mark.hash, what));
    for (line, entry) in roster.entries() {
        name(entry, format!("line {} of the roster", line + 1));
    }
    let mut signatures = roster.mark().seq + 1;
    let mut groups = Vec::new();
    for group in roster.groups() {
        let folder = layout.group(group.name.as_str());
        let outside = group.outside(&**disk, &folder, roster.store_id(), &live);
        let found = at_rest(&outside)
            .map_err(|source| OutsideError::Group { group: group.name.clone(), source: Box::new(source) })?;
        check_base(&**disk, &group.name, &folder.join(&found.head.base.name), &found.head.base, known)?;
        signatures += 1 + found.records.len() as u64;
        name(found.head.entry, format!("the head of group {}", group.name));
        for record in &found.records {
            name(record.entry, format!("record {} of group {}", record.record, group.name));
        }
        signatures += found.ledger.lines.len() as u64;
        for (line, entry) in found.ledger.entries() {
            name(entry, format!("line {line} of the erasure ledger of group {}", group.name));
        }
        let AtRest { head, last, .. } = found;
        let (generation, epoch) = (head.generation, head.epoch);
        groups.push(GroupAt { name: group.name.clone(), generation, epoch, record: last });
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let log = links::follow(&**disk, &layout.access_log(), |mark| {
        if let Some(waiting) = named.get_mut(&mark.seq) {
            waiting.retain(|(hash, _)| *hash != mark.hash);
            if waiting.is_empty() {
                named.remove(&mark.seq);
            }
        }
    })?;
    match named.into_iter().find_map(|(entry, mut waiting)| Some((entry, waiting.pop()?.1))) {
        Some((entry, what)) => Err(OutsideError::Entry { what, entry }),
        None => Ok(AtRestStore { roster, log, groups, signatures }),
    }
}

/// The erasure ledger of every group of a store at rest.
pub fn ledgers(disk: &Arc<dyn Disk>, layout: &Layout) -> Result<BTreeMap<Name, Ledger>, OutsideError> {
    let roster = Roster::read(&**disk, &layout.roster())?;
    let live = LiveRoster::new(Arc::clone(disk), roster.clone());
    let ledger = |group: &Group| {
        let folder = layout.group(group.name.as_str());
        let read = ledger_at_rest(&group.outside(&**disk, &folder, roster.store_id(), &live));
        let in_group = |source| OutsideError::Group { group: group.name.clone(), source: Box::new(source) };
        read.map(|ledger| (group.name.clone(), ledger)).map_err(in_group)
    };
    roster.groups().iter().map(ledger).collect()
}

fn check_base(
    disk: &dyn Disk,
    group: &Name,
    path: &Path,
    named: &BaseFile,
    known: KnownHash<'_>,
) -> Result<(), OutsideError> {
    let file = disk.open(path).at("open", path)?;
    let mut sound = file.len().at("read", path)? == named.bytes;
    if sound {
        let hash = match known(path) {
            Some(hash) => hash,
            None => hash_of(&*file, path)?,
        };
        sound = hash == named.sha256;
    }
    if sound { Ok(()) } else { Err(OutsideError::Base { group: group.clone(), path: path.to_owned() }) }
}

fn hash_of(file: &dyn crate::sealed::disk::DiskFile, path: &Path) -> Result<Digest, DiskError> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    loop {
        let count = file.read_at(&mut piece, at).at("read", path)?;
        if count == 0 {
            return Ok(hash.into());
        }
        hash.update(&piece[..count]);
        at += count as u64;
    }
}

//! A store as it stood at one moment, with its files open or read: what a backup copies afterwards, while
//! everybody works on.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::live_roster::LiveRoster;
use super::name::Name;
use super::roster::{Roster, RosterError};
use super::{Layout, Store};
use crate::access_log::{LogError, tail};
use crate::sealed::disk::{self, Disk, DiskError, DiskFile, IoContext};
use crate::sealed::group_file::{OpenGroupError, Standing, standing};
use crate::sealed::ledger;
use crate::sealed::lock::{Lock, LockError};
use crate::sealed::signed::{Digest, Mark};

/// The longest key or identity file accepted, in bytes.
const KEY_LIMIT: u64 = 1 << 20;

/// Where a captured file's bytes are to be had.
pub enum Contents {
    /// Here.
    Read(Vec<u8>),
    /// In a file that stays readable when its name is gone; so many bytes of it count.
    Open(Box<dyn DiskFile>, u64),
    /// Under its name, where they never change. It may be gone by then.
    Named,
}

/// A file of the store.
pub struct CapturedFile {
    /// Where it lies in the store, with `/` between the parts.
    pub place: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it is only ever appended to.
    pub grows: bool,
    /// Its bytes.
    pub contents: Contents,
    /// The SHA-256 that it must have, of a base.
    pub sha256: Option<Digest>,
}

/// Where a group stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedGroup {
    /// The group.
    pub name: Name,
    /// Its head's generation.
    pub generation: u64,
    /// Its key epoch.
    pub epoch: u32,
    /// Its last record.
    pub record: Mark,
    /// The records of its generation, and first the one that they continue.
    pub chain: Vec<Mark>,
}

/// A store as it stood at one moment.
pub struct Capture {
    /// The roster.
    pub roster: Roster,
    /// The access log's end.
    pub log: Mark,
    /// Every group, by name.
    pub groups: Vec<CapturedGroup>,
    /// Every file, by place.
    pub files: Vec<CapturedFile>,
}

/// A store can't be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Somebody held a part of it for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The roster can't be read, or is not the one that was opened.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The access log is damaged or can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A group is damaged or can't be read.
    #[error("group {group}: {error}")]
    Group {
        /// The group.
        group: Name,
        /// What is wrong with it.
        #[source]
        error: Box<OpenGroupError>,
    },
    /// What was captured could not be flushed in the store itself. Nobody may flush it again, so nothing more is
    /// written to the access log either.
    #[error(transparent)]
    Unflushed(DiskError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Store {
    /// Looks at the whole store at one moment, under all its locks, which are let go before this returns:
    /// others wait for milliseconds. What was captured is durable in the store itself.
    pub fn capture(&self) -> Result<Capture, CaptureError> {
        let disk = &*self.surroundings.disk;
        let mut roster = self.roster.clone();
        let capture = loop {
            let locks = Lock::acquire_all(disk, &folders(&self.layout, &roster), self.surroundings.patience)?;
            if let Some(now) = roster.read_on(disk)? {
                let same = now.groups().len() == roster.groups().len();
                roster = now;
                if !same {
                    // A new group, whose lock is not held.
                    continue;
                }
            }
            let capture = capture(&self.surroundings.disk, &self.layout, roster)?;
            drop(locks);
            break capture;
        };
        // Else a power cut could take from the store what a medium has, and the store would have gone back.
        for file in capture.files.iter().filter(|file| file.grows) {
            if let Contents::Open(open, _) = &file.contents {
                open.sync_data().at("flush", &file.path).map_err(CaptureError::Unflushed)?;
            }
        }
        for group in &capture.groups {
            let folder = self.layout.group(group.name.as_str());
            disk.sync_dir(&folder).at("flush", &folder)?;
        }
        Ok(capture)
    }
}

/// Whose locks are taken, in the order of locks.
fn folders(layout: &Layout, roster: &Roster) -> Vec<PathBuf> {
    let mut groups: Vec<&str> = roster.groups().iter().map(|group| group.name.as_str()).collect();
    groups.sort_unstable();
    let groups = groups.into_iter().map(|group| layout.group(group));
    [layout.root().to_owned()].into_iter().chain(groups).chain([layout.access_log()]).collect()
}

fn capture(disk: &Arc<dyn Disk>, layout: &Layout, roster: Roster) -> Result<Capture, CaptureError> {
    let live = LiveRoster::new(Arc::clone(disk), roster.clone());
    let disk = &**disk;
    let mut files = Files { disk, root: layout.root(), found: Vec::new() };
    files.growing(&layout.roster(), Some(roster.bytes()))?;
    files.small_below(&layout.staff())?;
    files.named_in(&layout.aside())?;
    let mut groups = Vec::new();
    for group in roster.groups() {
        let folder = layout.group(group.name.as_str());
        let outside = group.outside(disk, &folder, roster.store_id(), &live);
        let in_group = |error| CaptureError::Group { group: group.name.clone(), error: Box::new(error) };
        let Standing { head, heads, files: open, chain, ledger } = standing(&outside).map_err(in_group)?;
        for (name, bytes) in heads {
            files.push(&folder.join(name), false, Contents::Read(bytes), None);
        }
        for file in open {
            let contents = Contents::Open(file.file, file.bytes);
            files.push(&folder.join(&file.name), file.sha256.is_none(), contents, file.sha256);
        }
        files.small_below(&layout.keys(group.name.as_str()))?;
        // What stands behind the end that the head names did not happen.
        let bytes = ledger.text().len() as u64;
        if bytes > 0 {
            files.growing(&folder.join(ledger::NAME), Some(bytes))?;
        }
        files.named_in(&folder.join("documents"))?;
        files.named_in(&folder.join("aside"))?;
        let (generation, epoch) = (head.generation, head.epoch);
        let record = chain.last().copied().unwrap_or(Mark::NOTHING);
        groups.push(CapturedGroup { name: group.name.clone(), generation, epoch, record, chain });
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let folder = layout.access_log();
    let end = tail::read(disk, &folder)?;
    for month in tail::months(disk, &folder)? {
        let bytes = (Some(&month) == end.newest.as_ref()).then_some(end.end);
        files.growing(&month, bytes)?;
    }
    files.small_below(&layout.access_log_keys())?;
    files.named_in(&folder.join("aside"))?;
    let mut files = files.found;
    files.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(Capture { roster, log: end.head, groups, files })
}

/// The files as they are found.
struct Files<'a> {
    disk: &'a dyn Disk,
    root: &'a Path,
    found: Vec<CapturedFile>,
}

impl Files<'_> {
    fn push(&mut self, path: &Path, grows: bool, contents: Contents, sha256: Option<Digest>) {
        // What is no UTF-8 is none of the store's; a disk does not even list it.
        if let Some(place) = path.strip_prefix(self.root).ok().and_then(Path::to_str) {
            let (place, path) = (place.to_owned(), path.to_owned());
            self.found.push(CapturedFile { place, path, grows, contents, sha256 });
        }
    }

    /// A file that is only appended to, up to so many bytes; nothing where there is none.
    fn growing(&mut self, path: &Path, bytes: Option<u64>) -> Result<(), DiskError> {
        let file = match self.disk.open(path).at("open", path) {
            Err(error) if bytes.is_none() && error.source.kind() == ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => file.len().at("read", path)?,
        };
        self.push(path, true, Contents::Open(file, bytes), None);
        Ok(())
    }

    /// The sealed keys in a folder and in the folders in it.
    fn small_below(&mut self, folder: &Path) -> Result<(), DiskError> {
        for name in names(self.disk, folder)? {
            let path = folder.join(&name);
            if Path::new(&name).extension().is_some_and(|kind| kind == "age") {
                let bytes = disk::read_small(self.disk, &path, KEY_LIMIT)?;
                self.push(&path, false, Contents::Read(bytes), None);
            } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
                self.small_below(&path)?;
            }
        }
        Ok(())
    }

    /// What never changes under its name, and is copied by it.
    fn named_in(&mut self, folder: &Path) -> Result<(), DiskError> {
        for name in names(self.disk, folder)? {
            // What is not whole yet has another name; what is called as no file of a store, somebody dropped.
            let ours = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            let is_ours =
                !name.starts_with('.') && name.bytes().all(ours) && name != "lock" && name != "turn";
            if is_ours && name.strip_suffix(".new").is_none() {
                self.push(&folder.join(&name), false, Contents::Named, None);
            }
        }
        Ok(())
    }
}

fn names(disk: &dyn Disk, folder: &Path) -> Result<Vec<String>, DiskError> {
    match disk.list(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.at("list", folder),
    }
}

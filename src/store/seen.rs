//! Seen notes: what this machine last saw of a store, one file a person, outside the store. A store
//! that does not extend them was put back or cut.
//!
//! `<state>/<store id>/alice.json`, replaced by rename without fsync: losing the newest note to a
//! power cut loses a witness, never data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::name::Name;
use super::roster::{Accepted, GoesOn, Known, Roster, RosterError};
use crate::access_log::Witness;
use crate::sealed::access;
pub use crate::sealed::access::Seen as SeenGroup;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Digest, Mark, StoreId, VerifyingKey};
use crate::surroundings::Surroundings;

/// The longest note accepted, in bytes.
const LIMIT: u64 = 1024 * 1024;
const VERSION: u32 = 1;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    v: u32,
    /// The roster's last line.
    pub roster: Mark,
    /// What the owners of then sign with: only they may bring a roster that lost lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<VerifyingKey>,
    /// The lines by which restored stores were accepted, of every history that was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<Mark>,
    /// The access log's last line.
    pub log: Mark,
    /// Groups' logs, by name.
    pub groups: BTreeMap<String, SeenGroup>,
    /// The person's identity file, by its SHA-256: its name is known to be on the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Digest>,
}

impl Default for Note {
    fn default() -> Self {
        Self {
            v: VERSION,
            roster: Mark::NOTHING,
            owners: Vec::new(),
            accepts: Vec::new(),
            log: Mark::NOTHING,
            groups: BTreeMap::new(),
            login: None,
        }
    }
}

impl Note {
    /// What is known of the roster.
    pub fn known(&self) -> Known {
        let (owners, accepts) = (self.owners.clone(), self.accepts.clone());
        Known { roster: self.roster, owners, accepts }
    }

    /// The roster goes on.
    fn saw_roster(&mut self, known: &Known) {
        if is_further(self.roster, known.roster) || self.roster == known.roster {
            (self.roster, self.owners) = (known.roster, known.owners.clone());
        }
        self.knows_accepts(&known.accepts);
    }

    /// A restored store was accepted, and the access log holds the entry about it: what was seen before may
    /// be given up.
    fn start_over(&mut self, known: &Known, entry: Mark) {
        (self.roster, self.owners) = (known.roster, known.owners.clone());
        self.knows_accepts(&known.accepts);
        self.log = entry;
        self.groups.clear();
    }

    fn saw_log(&mut self, log: Mark) {
        if is_further(self.log, log) {
            self.log = log;
        }
    }

    fn saw_group(&mut self, name: &str, theirs: SeenGroup) {
        let ours = self.groups.entry(name.to_owned()).or_insert(theirs);
        if (theirs.generation, theirs.log.seq) > (ours.generation, ours.log.seq) {
            *ours = theirs;
        }
    }

    fn knows_accepts(&mut self, accepts: &[Mark]) {
        for accepted in accepts {
            if !self.accepts.contains(accepted) {
                self.accepts.push(*accepted);
            }
        }
    }

    fn knows_all_accepts_of(&self, other: &Self) -> bool {
        other.accepts.iter().all(|accepted| self.accepts.contains(accepted))
    }

    /// Takes in what another note has seen, never going back: but a note that knows of an accepted restore
    /// is further than one that does not.
    fn merge(&mut self, other: &Self) {
        let login = self.login.or(other.login);
        match (self.knows_all_accepts_of(other), other.knows_all_accepts_of(self)) {
            (false, true) => *self = other.clone(),
            (true, false) => {}
            _ => {
                self.saw_roster(&other.known());
                self.saw_log(other.log);
                other.groups.iter().for_each(|(name, theirs)| self.saw_group(name, *theirs));
            }
        }
        self.login = login;
    }
}

/// Whether a chain that was seen up to `ours` was seen further by `theirs`.
fn is_further(ours: Mark, theirs: Mark) -> bool {
    theirs.seq > ours.seq || ours == Mark::NOTHING
}

/// A note can't be read or kept; nothing is refused for it. An unlock says and logs that one can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SeenError {
    /// The note is not one of ours, and counts as none.
    #[error("the seen note {} cannot be read and counts as none", path.display())]
    Unreadable {
        /// The note.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Another command held the notes for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// One person's seen note.
pub struct Seen {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    path: PathBuf,
    patience: Duration,
    state: Mutex<State>,
}

struct State {
    note: Note,
    trouble: Option<SeenError>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Seen").field("path", &self.path).finish_non_exhaustive()
    }
}

impl access::Witness for Seen {
    fn seen(&self, group: &str) -> Option<SeenGroup> {
        self.group(group)
    }

    fn note(&self, group: &str, seen: SeenGroup) {
        self.saw_group(group, seen.generation, seen.log);
    }
}

impl Seen {
    /// Reads the person's note of this store. One that can't be read counts as none: see
    /// [`Seen::trouble`].
    pub fn read(surroundings: &Surroundings, store: &StoreId, person: &Name) -> Self {
        let disk = surroundings.disk.clone();
        let folder = surroundings.state.join(store.to_string());
        let path = folder.join(format!("{person}.json"));
        let (note, trouble) = match read(&*disk, &path) {
            Ok(note) => (note.unwrap_or_default(), None),
            Err(trouble) => (Note::default(), Some(trouble)),
        };
        let state = Mutex::new(State { note, trouble });
        Self { disk, folder, path, patience: surroundings.patience, state }
    }

    /// What was seen so far, by this session and those before it.
    pub fn note(&self) -> Note {
        self.state().note.clone()
    }

    /// What was seen of a group.
    pub fn group(&self, group: &str) -> Option<SeenGroup> {
        self.state().note.groups.get(group).copied()
    }

    /// Takes the last trouble with the note out.
    pub fn trouble(&self) -> Option<SeenError> {
        self.state().trouble.take()
    }

    /// The roster goes on so. After a restore that an owner accepted, what was seen before may be given up.
    /// Fails, and notes nothing, if it does not go on from what was seen.
    pub fn follow(&self, roster: &Roster) -> Result<Option<Box<Accepted>>, RosterError> {
        let goes_on = roster.goes_on_from(&self.note().known())?;
        let known = roster.known();
        Ok(match goes_on {
            GoesOn::Further => {
                self.saw(|note| note.saw_roster(&known));
                None
            }
            GoesOn::Restored(accepted) => {
                self.saw(|note| note.start_over(&known, accepted.entry));
                Some(accepted)
            }
        })
    }

    /// The identity file of this hash was opened, and its name is on the disk.
    pub fn saw_login(&self, sha256: Digest) {
        self.saw(|note| note.login = Some(sha256));
    }

    /// A group's log ends here.
    pub fn saw_group(&self, group: &str, generation: u64, log: Mark) {
        self.saw(|note| note.saw_group(group, SeenGroup { generation, log }));
    }

    fn saw(&self, news: impl FnOnce(&mut Note)) {
        let mut state = self.state();
        let before = state.note.clone();
        news(&mut state.note);
        if state.note == before {
            return;
        }
        if let Err(trouble) = self.write(&mut state.note) {
            state.trouble = Some(trouble);
        }
    }

    /// Joins with what other sessions of the person wrote meanwhile, and replaces the file.
    fn write(&self, note: &mut Note) -> Result<(), SeenError> {
        let (disk, path) = (&*self.disk, &self.path);
        disk.create_dir_all(&self.folder).at("create", &self.folder)?;
        let _lock = Lock::acquire(disk, &self.folder, Mode::Exclusive, self.patience)?;
        // An unreadable one was reported when it was read first; here it is replaced.
        if let Ok(Some(others)) = read(disk, path) {
            note.merge(&others);
        }
        let bytes = serde_json::to_vec(note).map_err(|_| SeenError::Unreadable { path: path.clone() })?;
        Ok(replace(disk, path, &bytes)?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves at worst an older note.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Seen {
    fn saw(&self, head: Mark) {
        Self::saw(self, |note| note.saw_log(head));
    }
}

/// Everybody's notes of a store on this machine; those that can't be read count as none.
pub(super) fn all(surroundings: &Surroundings, store: &StoreId) -> Result<Vec<(Name, Note)>, DiskError> {
    let disk = &*surroundings.disk;
    let folder = surroundings.state.join(store.to_string());
    if !disk.exists(&folder).at("look for", &folder)? {
        return Ok(Vec::new());
    }
    let names = disk.list(&folder).at("list", &folder)?;
    let people = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse::<Name>().ok());
    Ok(people
        .filter_map(|person| {
            let note = read(disk, &folder.join(format!("{person}.json"))).ok()??;
            Some((person, note))
        })
        .collect())
}

/// Replaces a file by rename, without fsync; the folder's lock is held.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let beside = path.with_extension("json.new");
    if disk.exists(&beside).at("look for", &beside)? {
        disk.remove_file(&beside).at("remove", &beside)?;
    }
    let file = disk.create_new(&beside).at("create", &beside)?;
    file.write_all_at(bytes, 0).at("write", &beside)?;
    disk.rename(&beside, path).at("rename", &beside)
}

fn read(disk: &dyn Disk, path: &Path) -> Result<Option<Note>, SeenError> {
    if !disk.exists(path).at("look for", path)? {
        return Ok(None);
    }
    let bytes = disk::read_small(disk, path, LIMIT)?;
    match serde_json::from_slice::<Note>(&bytes) {
        Ok(note) if note.v == VERSION => Ok(Some(note)),
        _ => Err(SeenError::Unreadable { path: path.to_owned() }),
    }
}

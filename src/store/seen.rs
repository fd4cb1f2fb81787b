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
use crate::access_log::Witness;
use crate::sealed::access;
pub(super) use crate::sealed::access::Seen as SeenGroup;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Digest, Mark, StoreId};
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
        Self { v: VERSION, roster: Mark::NOTHING, log: Mark::NOTHING, groups: BTreeMap::new(), login: None }
    }
}

impl Note {
    /// Takes in what another note has seen, never going back.
    fn merge(&mut self, other: &Self) {
        let newer = |ours: Mark, theirs: Mark| {
            let further = theirs.seq > ours.seq || ours == Mark::NOTHING;
            if further { theirs } else { ours }
        };
        self.roster = newer(self.roster, other.roster);
        self.log = newer(self.log, other.log);
        self.login = self.login.or(other.login);
        for (name, theirs) in &other.groups {
            let ours = self.groups.entry(name.clone()).or_insert(*theirs);
            if (theirs.generation, theirs.log.seq) > (ours.generation, ours.log.seq) {
                *ours = *theirs;
            }
        }
    }
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

    /// The roster ends here.
    pub fn saw_roster(&self, mark: Mark) {
        self.saw(&Note { roster: mark, ..Note::default() });
    }

    /// The identity file of this hash was opened, and its name is on the disk.
    pub fn saw_login(&self, sha256: Digest) {
        self.saw(&Note { login: Some(sha256), ..Note::default() });
    }

    /// A group's log ends here.
    pub fn saw_group(&self, group: &str, generation: u64, log: Mark) {
        let groups = BTreeMap::from([(group.to_owned(), SeenGroup { generation, log })]);
        self.saw(&Note { groups, ..Note::default() });
    }

    fn saw(&self, news: &Note) {
        let mut state = self.state();
        let before = state.note.clone();
        state.note.merge(news);
        state.note.login = news.login.or(state.note.login);
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
        Self::saw(self, &Note { log: head, ..Note::default() });
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

//! A store: its folder, its roster, the people in it. A [`Store`] is locked; [`Store::unlock`] makes
//! a [`Session`] of it, an unlocked person.

pub mod accept;
pub mod account;
pub mod amend;
pub mod building;
pub mod capture;
pub mod diceware;
mod erased_again;
pub mod examined;
pub mod failures;
pub mod fitness;
pub mod init;
mod job;
pub mod layout;
mod live_roster;
pub mod log_reading;
pub mod log_verifying;
mod login;
pub mod manifest;
pub mod media;
pub mod name;
pub mod new_group;
pub mod outside;
pub mod precaution;
pub mod recovery;
pub mod rekeying;
pub mod restored;
pub mod roster;
pub mod seen;
pub mod session;
pub mod settle;
pub mod staff;
pub mod staff_file;
pub mod strength;
pub mod unlock;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::accept::{AcceptError, Accepting, Losses};
pub use self::amend::{ChangeError, Rekeying};
pub use self::failures::Failures;
pub use self::fitness::{Fit, Unfit};
pub use self::init::{Founding, InitError, InitOptions};
pub use self::layout::Layout;
use self::live_roster::LiveRoster;
pub use self::log_reading::{LogReading, ReadLogError};
pub use self::log_verifying::{Elsewhere, VerifiedLog, Verifier, VerifyLogError};
pub use self::login::Login;
pub use self::manifest::{Vouched, VouchedError};
pub use self::media::{MediaNotes, MediaNotesError};
pub use self::name::{InvalidName, Name};
pub use self::new_group::{NewGroup, NewGroupError};
pub use self::precaution::{Precaution, Standing};
pub use self::recovery::Recovery;
pub use self::restored::{Restored, RestoredError};
pub use self::roster::{Member, Person, Roster, RosterError, Strictness};
pub use self::seen::Seen;
pub use self::session::{Ended, GroupKey, GroupKeyError, Notice, Session};
pub use self::settle::SettleError;
pub use self::staff::NewStaff;
pub use self::unlock::UnlockFailure;
pub use crate::access_log::Role;
use crate::access_log::{LogError, LogPlace, log};
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Mark, StoreId};
use crate::surroundings::Surroundings;

/// A store that nobody has unlocked.
pub struct Store {
    layout: Layout,
    roster: Roster,
    surroundings: Surroundings,
    /// Restored, and not accepted yet.
    is_restored: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("root", &self.layout.root()).finish_non_exhaustive()
    }
}

/// A store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is nothing at the path.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is something else at the path.
    #[error("{} is not a vault store", path.display())]
    NotAStore {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It was restored, and no owner has accepted it yet.
    #[error("the store at {} was restored from a backup, and no owner has accepted it yet", path.display())]
    Restored {
        /// The store.
        path: PathBuf,
    },
    /// It was not restored, or was accepted already.
    #[error("the store at {} is no restored one, or was accepted already", path.display())]
    NotRestored {
        /// The store.
        path: PathBuf,
    },
    /// The mark of the restore can't be read.
    #[error(transparent)]
    Mark(#[from] RestoredError),
    /// The roster is damaged, of a newer format, or unreadable.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// Another command held the store for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// It can't be told who is at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhoError {
    /// Nobody of that name is in the roster.
    #[error("there is nobody called {name} in this store")]
    NoSuchPerson {
        /// The name asked for.
        name: String,
    },
    /// Several people are enrolled and none was named.
    #[error("several people are enrolled ({}), and none was named", people.join(", "))]
    Unnamed {
        /// Who is enrolled.
        people: Vec<String>,
    },
}

/// What can be told of a store without a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The store's id.
    pub store: StoreId,
    /// Each group and the bytes that it takes on the disk.
    pub groups: Vec<(Name, u64)>,
    /// The access log's count and head.
    pub log: Mark,
}

/// A store's outline can't be told.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The access log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Store {
    /// Opens the store at `root` and verifies its roster. One that was restored is refused: see
    /// [`Store::open_restored`].
    pub fn open(root: &Path, surroundings: &Surroundings) -> Result<Self, StoreError> {
        let store = Self::open_any(root, surroundings)?;
        if store.is_restored {
            return Err(StoreError::Restored { path: root.to_owned() });
        }
        Ok(store)
    }

    /// Opens a restored store, to accept it.
    pub fn open_restored(root: &Path, surroundings: &Surroundings) -> Result<(Self, Restored), StoreError> {
        let store = Self::open_any(root, surroundings)?;
        let mark = Restored::read(&*surroundings.disk, &store.layout, store.store_id())?;
        let mark = mark.ok_or_else(|| StoreError::NotRestored { path: root.to_owned() })?;
        Ok((store, mark))
    }

    /// Opens a store, be it restored or not: for the restore itself, and for the recovery sheet, because where
    /// every owner's passphrase is lost, nobody could accept it.
    pub fn open_any(root: &Path, surroundings: &Surroundings) -> Result<Self, StoreError> {
        let disk = &*surroundings.disk;
        let layout = Layout::new(root);
        if !disk.exists(root).at("look for", root)? {
            return Err(StoreError::Missing { path: root.to_owned() });
        }
        // Before the lock, which would leave its file in a folder that is none of ours.
        let path = layout.roster();
        match disk.exists(&path) {
            Ok(true) => {}
            Ok(false) => return Err(StoreError::NotAStore { path: root.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(StoreError::NotAStore { path: root.to_owned() });
            }
            Err(error) => return Err(error).at("look for", &path).map_err(Into::into),
        }
        let _lock = Lock::acquire(disk, root, Mode::Shared, surroundings.patience)?;
        let roster = Roster::read(disk, &path)?;
        let is_restored = Restored::is_there(disk, &layout)?;
        Ok(Self { layout, roster, surroundings: surroundings.clone(), is_restored })
    }

    /// The store's id.
    pub fn store_id(&self) -> StoreId {
        self.roster.store_id()
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The roster as it was when the store was opened.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// What the caller handed in.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// The enrolled people.
    pub fn people(&self) -> Vec<&Member> {
        self.roster.people().collect()
    }

    /// Who is meant: the one asked for, else the OS account's name if it is enrolled, else the only
    /// one enrolled.
    pub fn default_person(&self, asked: Option<&str>, os_user: &str) -> Result<&Member, WhoError> {
        if let Some(name) = asked {
            return self.roster.person(name).ok_or_else(|| WhoError::NoSuchPerson { name: name.to_owned() });
        }
        if let Some(person) = self.roster.person(os_user) {
            return Ok(person);
        }
        match *self.people() {
            [only] => Ok(only),
            ref people => Err(WhoError::Unnamed {
                people: people.iter().map(|person| person.name.to_string()).collect(),
            }),
        }
    }

    /// What can be told without a passphrase.
    pub fn status(&self) -> Result<Status, StatusError> {
        let disk = &*self.surroundings.disk;
        let mut groups = Vec::new();
        for group in self.roster.groups() {
            groups.push((group.name.clone(), bytes_below(disk, &self.layout.group(group.name.as_str()))?));
        }
        let log = log::head(disk, &self.layout.access_log())?;
        Ok(Status { store: self.store_id(), groups, log })
    }

    /// The access log's count and head.
    pub fn log_head(&self) -> Result<Mark, LogError> {
        log::head(&*self.surroundings.disk, &self.layout.access_log())
    }

    fn log_place(&self) -> LogPlace {
        let keys = Arc::new(LiveRoster::new(Arc::clone(&self.surroundings.disk), self.roster.clone()));
        LogPlace { folder: self.layout.access_log(), store: self.store_id(), keys }
    }
}

/// What stands at a path of the store.
enum Node {
    File,
    Folder(Vec<String>),
}

/// Whether `path` is a file or a folder, and what is in that.
fn node(disk: &dyn Disk, path: &Path) -> Result<Node, DiskError> {
    match disk.list(path) {
        Ok(names) => Ok(Node::Folder(names)),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(Node::File),
        Err(error) => Err(error).at("list", path),
    }
}

/// The bytes of all files below `path`; what another command removes meanwhile counts as nothing.
fn bytes_below(disk: &dyn Disk, path: &Path) -> Result<u64, DiskError> {
    let or_gone = |counted: Result<u64, DiskError>| match counted {
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(0),
        counted => counted,
    };
    let node = match node(disk, path) {
        Ok(node) => node,
        Err(error) => return or_gone(Err(error)),
    };
    match node {
        Node::File => or_gone(disk.open(path).and_then(|file| file.len()).at("read", path)),
        Node::Folder(names) => names
            .iter()
            .try_fold(0_u64, |sum, name| Ok(sum.saturating_add(bytes_below(disk, &path.join(name))?))),
    }
}

/// Flushes every file and folder below `path`.
fn flush_below(disk: &dyn Disk, path: &Path) -> Result<(), DiskError> {
    match node(disk, path)? {
        Node::File => disk.open(path).and_then(|file| file.sync_all()).at("flush", path),
        Node::Folder(names) => {
            names.iter().try_for_each(|name| flush_below(disk, &path.join(name)))?;
            disk.sync_dir(path).at("flush", path)
        }
    }
}

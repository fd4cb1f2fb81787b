//! Creating a group. Its files come first, with a `head.next` that names the coming roster line; that
//! line is the commit point; then `head.next` becomes the head.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::flush_below;
use super::layout::Layout;
use super::name::Name;
use super::roster::{Change, GroupChange, PREFIX_ALPHABET, PreparedLine, Roster, RosterError, commitment};
use super::session::{GroupKey, Notice, Session};
use crate::access_log::{Action, Event, LogError, Outcome, Role};
use crate::sealed::age_file::SealError;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::group_file::{self, CreateError};
use crate::sealed::head;
use crate::sealed::identity::Identity;
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::Mark;

const EPOCH: u32 = 1;

/// A group was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewGroupError {
    /// There is a group of that name.
    #[error("there is a group {name} already")]
    Exists {
        /// The group's name.
        name: Name,
    },
    /// Only owners create groups.
    #[error("{person} is no owner, and only owners create groups")]
    NotOwner {
        /// Who tried.
        person: Name,
    },
    /// Every code prefix is taken.
    #[error("there are as many groups as there are code prefixes")]
    NoPrefix,
    /// A folder stands where the group's would, with a head that the roster does not know.
    #[error("{} is in the way: the roster knows no such group", path.display())]
    InTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// A group of the roster has no usable head.
    #[error("the head of group {name} is missing or damaged: {}", path.display())]
    Head {
        /// The group.
        name: String,
        /// The head that should be there.
        path: PathBuf,
    },
    /// No randomness was to be had.
    #[error("no randomness for the new group")]
    Random(#[source] io::Error),
    /// The roster can't be read or changed.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A key could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The group's files can't be written.
    #[error(transparent)]
    Files(#[from] CreateError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Another command held the store for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A group whose folder and key files are written, and of which the roster knows nothing yet. Holds
/// the store's lock; when dropped, the next change of the store removes the folder.
#[derive(Debug)]
#[must_use = "a group exists only after commit_group"]
pub struct NewGroup {
    key: GroupKey,
    line: PreparedLine,
    _lock: Lock,
}

impl NewGroup {
    /// The group's key and folder.
    pub fn key(&self) -> &GroupKey {
        &self.key
    }

    /// The coming roster line, to be named in `head.next` under the key `roster`.
    pub fn roster_mark(&self) -> Mark {
        self.line.mark()
    }
}

impl Session {
    /// Creates a group that holds the database that `image` makes of its code prefix.
    pub fn create_group<E: From<NewGroupError>>(
        &mut self,
        name: &Name,
        image: impl FnOnce(&str) -> Result<Zeroizing<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let new = self.prepare_group(name)?;
        let image = image(&new.key().prefix)?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(name.to_string());
        event.detail = Some("create".to_owned());
        let receipt = self.log().append(&event).map_err(NewGroupError::from)?;
        let written = group_file::create(&self.access_to_new(&new), &image, receipt.mark());
        let created = written.map_err(NewGroupError::from).and_then(|()| self.commit_group(new));
        if created.is_err() {
            event.outcome = Outcome::Failure;
            // The error itself is what the person must hear.
            let _ = self.log().append(&event);
        }
        Ok(created?)
    }

    /// Begins a group: writes its folder and its members' key files. The caller writes base, log and
    /// `head.next` into the folder, and then calls [`Session::commit_group`].
    pub fn prepare_group(&mut self, name: &Name) -> Result<NewGroup, NewGroupError> {
        if self.role() != Role::Owner {
            return Err(NewGroupError::NotOwner { person: self.person().name.clone() });
        }
        let lock = self.settle_store()?;
        if self.roster.group(name.as_str()).is_some() {
            return Err(NewGroupError::Exists { name: name.clone() });
        }
        let disk = &*self.surroundings.disk;
        let dir = self.layout.group(name.as_str());
        if disk.exists(&dir).at("look for", &dir)? {
            return Err(NewGroupError::InTheWay { path: dir });
        }
        let prefix = self.free_prefix()?;
        let identity = Identity::generate();
        let commitment = commitment(&self.store_id(), name, EPOCH, &identity.recipient());
        let change = GroupChange { name: name.clone(), prefix: prefix.clone(), epoch: EPOCH, commitment };
        let now = self.surroundings.clock.now();
        let line = self.roster.prepare(Change::Group(change), self.signing_key(), &self.signer_id(), now)?;

        let keys = self.layout.epoch(name.as_str(), EPOCH);
        disk.create_dir_all(&keys).at("create", &keys)?;
        for member in self.roster.members(name.as_str()) {
            let sealed = member.recipient.seal(identity.to_text().as_bytes())?;
            disk::write_new(disk, &self.layout.key(name.as_str(), EPOCH, member.name.as_str()), &sealed)?;
        }
        let key = GroupKey { name: name.clone(), prefix, epoch: EPOCH, identity, dir };
        Ok(NewGroup { key, line, _lock: lock })
    }

    /// Makes a prepared group exist: flushes its folder, appends the roster line, renames
    /// `head.next` to `head`.
    pub fn commit_group(&mut self, new: NewGroup) -> Result<(), NewGroupError> {
        let disk = &*self.surroundings.disk;
        let name = new.key.name.as_str();
        let next = self.layout.next_head(name);
        if named_mark(disk, &next)? != Some(new.line.mark()) {
            return Err(NewGroupError::Head { name: name.to_owned(), path: next });
        }
        flush_below(disk, &new.key.dir)?;
        let groups = self.layout.groups();
        disk.sync_dir(&groups).at("flush", &groups)?;
        self.roster.append(disk, &new.line)?;
        self.seen().saw_roster(self.roster.mark());
        // The group exists from here on. Openers take `head.next` as long as it stands, and the next
        // change of the store renames it, so a failure here is none of the person's.
        let _ = publish(disk, &self.layout, name);
        // The store's lock goes with it.
        drop(new);
        Ok(())
    }

    /// Finishes or removes what a crash left between the steps of creating a group.
    pub fn finish_pending(&mut self) -> Result<(), NewGroupError> {
        self.settle_store().map(drop)
    }

    /// Takes the store's lock alone, reads the roster again, and puts in order what crashes left.
    fn settle_store(&mut self) -> Result<Lock, NewGroupError> {
        let disk = &*self.surroundings.disk;
        let lock = Lock::acquire(disk, self.layout.root(), Mode::Exclusive, self.surroundings.patience)?;
        let mut roster = Roster::read(disk, &self.layout.roster())?;
        roster.check_seen(self.roster.mark())?;
        roster.check_seen(self.seen().note().roster)?;
        if let Some(path) = roster.settle(disk, &self.layout.aside())? {
            let mut event = Event::new(Action::Log, Outcome::Success);
            event.detail = Some("torn roster line moved to aside".to_owned());
            self.log().append(&event)?;
            self.notices.push(Notice::TornLine { path });
        }
        settle_groups(disk, &self.layout, &roster)?;
        self.roster = roster;
        Ok(lock)
    }

    /// A random code prefix that no group has.
    fn free_prefix(&self) -> Result<String, NewGroupError> {
        let taken = self.roster.groups();
        if taken.len() >= PREFIX_ALPHABET.len() * PREFIX_ALPHABET.len() {
            return Err(NewGroupError::NoPrefix);
        }
        loop {
            let mut bytes = [0; 2];
            self.surroundings.random.fill(&mut bytes).map_err(NewGroupError::Random)?;
            let prefix: String =
                bytes.iter().map(|byte| char::from(PREFIX_ALPHABET[usize::from(byte & 31)])).collect();
            if taken.iter().all(|group| group.prefix != prefix) {
                return Ok(prefix);
            }
        }
    }
}

/// The one key of a head that names its roster line.
#[derive(Deserialize)]
struct NamedMark {
    roster: Mark,
}

/// The roster line that a `head.next` names; `None` when it names none.
fn named_mark(disk: &dyn Disk, next: &Path) -> Result<Option<Mark>, DiskError> {
    if !disk.exists(next).at("look for", next)? {
        return Ok(None);
    }
    let bytes = disk::read_small(disk, next, head::LIMIT)?;
    Ok(serde_json::from_slice::<NamedMark>(&bytes).ok().map(|named| named.roster))
}

/// `head.next` becomes the head.
fn publish(disk: &dyn Disk, layout: &Layout, group: &str) -> Result<(), DiskError> {
    let (next, folder) = (layout.next_head(group), layout.group(group));
    disk.rename(&next, &layout.head(group)).at("rename", &next)?;
    disk.sync_dir(&folder).at("flush", &folder)
}

/// Finishes every group whose `head.next` the roster holds; removes a stale `head.next`, and the
/// folder of a group that never came to be. The roster is on the disk already.
fn settle_groups(disk: &dyn Disk, layout: &Layout, roster: &Roster) -> Result<(), NewGroupError> {
    let groups = layout.groups();
    for name in disk.list(&groups).at("list", &groups)? {
        // What does not bear a group's name was not made by us.
        if name.parse::<Name>().is_err() {
            continue;
        }
        let (next, head) = (layout.next_head(&name), layout.head(&name));
        let has_head = disk.exists(&head).at("look for", &head)?;
        let has_next = disk.exists(&next).at("look for", &next)?;
        let holds = named_mark(disk, &next)?.is_some_and(|mark| roster.holds(mark));
        if holds && has_head {
            // Which of the two is in force is for whoever opens the group, and can verify them.
        } else if holds {
            publish(disk, layout, &name)?;
        } else if roster.group(&name).is_some() && !has_head {
            return Err(NewGroupError::Head { name, path: head });
        } else if has_next && has_head {
            disk.remove_file(&next).at("remove", &next)?;
            let folder = layout.group(&name);
            disk.sync_dir(&folder).at("flush", &folder)?;
        } else if !has_head {
            let folder = layout.group(&name);
            disk.remove_dir_all(&folder).at("remove", &folder)?;
            disk.sync_dir(&groups).at("flush", &groups)?;
        }
    }
    Ok(())
}

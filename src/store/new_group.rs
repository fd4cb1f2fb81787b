//! Creating a group. Its files come first, with a `head.next` that names the coming roster line; that
//! line is the commit point; then `head.next` becomes the head.

use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::flush_below;
use super::name::Name;
use super::roster::{Change, GroupChange, PREFIX_ALPHABET, PreparedLine, Roster, RosterError, commitment};
use super::session::{GroupKey, Session};
use super::settle::{SettleError, Settled, named_mark, publish};
use crate::access_log::{Action, Event, LogError, Makes, Outcome, Role};
use crate::sealed::age_file::SealError;
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::group_file::{self, CreateError};
use crate::sealed::identity::Identity;
use crate::sealed::lock::LockError;
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
    /// The new group's own files name another line of the roster.
    #[error("{} was not written for this group", path.display())]
    Head {
        /// The coming head.
        path: PathBuf,
    },
    /// The store could not be put in order first.
    #[error(transparent)]
    Settle(#[from] SettleError),
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
#[must_use = "a group exists only after commit_group"]
pub struct NewGroup {
    key: GroupKey,
    change: Change,
    line: PreparedLine,
    settled: Settled,
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
        &self,
        name: &Name,
        image: impl FnOnce(&str) -> Result<Zeroizing<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(name.to_string());
        event.detail = Some("create".to_owned());
        let new = match self.prepare_group(name) {
            Err(NewGroupError::NotOwner { person }) => {
                self.log()
                    .append(&Event { outcome: Outcome::Denied, ..event })
                    .map_err(NewGroupError::from)?;
                return Err(NewGroupError::NotOwner { person }.into());
            }
            prepared => prepared?,
        };
        let image = image(&new.key().prefix)?;
        let made = [Makes::Generation(group_file::FIRST_GENERATION), Makes::Roster(new.line.mark().seq)];
        let mut event = made.into_iter().fold(event, |event, made| event.making(made));
        let receipt = self.log().append(&event).map_err(NewGroupError::from)?;
        let new = self.name_entry(new, receipt.mark())?;
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
    pub fn prepare_group(&self, name: &Name) -> Result<NewGroup, NewGroupError> {
        if self.role() != Role::Owner {
            return Err(NewGroupError::NotOwner { person: self.person().name.clone() });
        }
        let settled = self.settle_store()?;
        let roster = &settled.roster;
        if roster.group(name.as_str()).is_some() {
            return Err(NewGroupError::Exists { name: name.clone() });
        }
        let disk = &*self.surroundings().disk;
        let dir = self.layout().group(name.as_str());
        if disk.exists(&dir).at("look for", &dir)? {
            return Err(NewGroupError::InTheWay { path: dir });
        }
        let prefix = self.free_prefix(roster)?;
        let identity = Identity::generate();
        let commitment = commitment(&self.store_id(), name, EPOCH, &identity.recipient());
        let change = GroupChange { name: name.clone(), prefix: prefix.clone(), epoch: EPOCH, commitment };
        let now = self.surroundings().clock.now();
        let change = Change::Group(change);
        let line = roster.prepare(change.clone(), None, self.signing_key(), &self.signer_id(), now)?;

        let keys = self.layout().epoch(name.as_str(), EPOCH);
        disk.create_dir_all(&keys).at("create", &keys)?;
        for member in roster.members(name.as_str()) {
            let sealed = member.recipient.seal(identity.to_text().as_bytes())?;
            disk::write_new(disk, &self.layout().key(name.as_str(), EPOCH, member.name.as_str()), &sealed)?;
        }
        let since = line.mark().seq;
        let key = GroupKey { name: name.clone(), prefix, epoch: EPOCH, since, identity, dir };
        Ok(NewGroup { key, change, line, settled })
    }

    /// The coming line names its entry, which is written by now.
    fn name_entry(&self, new: NewGroup, entry: Mark) -> Result<NewGroup, NewGroupError> {
        let (now, roster) = (self.surroundings().clock.now(), &new.settled.roster);
        let change = new.change.clone();
        let line = roster.prepare(change, Some(entry), self.signing_key(), &self.signer_id(), now)?;
        Ok(NewGroup { line, ..new })
    }

    /// Makes a prepared group exist: flushes its folder, appends the roster line, renames
    /// `head.next` to `head`.
    pub fn commit_group(&self, mut new: NewGroup) -> Result<(), NewGroupError> {
        let disk = &*self.surroundings().disk;
        let name = new.key.name.as_str();
        let next = self.layout().next_head(name);
        if named_mark(disk, &next)? != Some(new.line.mark()) {
            return Err(NewGroupError::Head { path: next });
        }
        flush_below(disk, &new.key.dir)?;
        let groups = self.layout().groups();
        disk.sync_dir(&groups).at("flush", &groups)?;
        new.settled.roster.append(disk, &new.line)?;
        self.went_on(&new.settled.roster);
        // The group exists from here on. Openers take `head.next` as long as it stands, and the next
        // change of the store renames it, so a failure here is none of the person's.
        let _ = publish(disk, self.layout(), name);
        // The store's lock goes with it.
        drop(new);
        Ok(())
    }

    /// A random code prefix that no group has.
    fn free_prefix(&self, roster: &Roster) -> Result<String, NewGroupError> {
        let taken = roster.groups();
        if taken.len() >= PREFIX_ALPHABET.len() * PREFIX_ALPHABET.len() {
            return Err(NewGroupError::NoPrefix);
        }
        loop {
            let mut bytes = [0; 2];
            self.surroundings().random.fill(&mut bytes).map_err(NewGroupError::Random)?;
            let prefix: String =
                bytes.iter().map(|byte| char::from(PREFIX_ALPHABET[usize::from(byte & 31)])).collect();
            if taken.iter().all(|group| group.prefix != prefix) {
                return Ok(prefix);
            }
        }
    }
}

//! An unlocked person.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::layout::Layout;
use super::live_roster::LiveRoster;
use super::name::Name;
use super::new_group::NewGroup;
use super::roster::{Group, Member, Roster, commitment};
use super::seen::{Seen, SeenError};
use crate::access_log::{AccessLog, Role};
use crate::sealed::access::{Access, Witness};
use crate::sealed::age_file::OpenError;
use crate::sealed::disk::{self, DiskError};
use crate::sealed::identity::Identity;
use crate::sealed::signed::{Mark, SigningKey, StoreId};
use crate::surroundings::Surroundings;

/// The longest key file accepted, in bytes: a real one has about 350.
const KEY_LIMIT: u64 = 16 * 1024;

/// Something that the person should be told, and that stopped nothing.
#[derive(Debug, thiserror::Error)]
pub enum Notice {
    /// A torn last line of the access log or the roster was moved out of the way.
    #[error("a line that was cut off by a crash was moved to {}", path.display())]
    TornLine {
        /// Where it is now.
        path: PathBuf,
    },
    /// The seen note can't be read: an older store put back would not be noticed this time.
    #[error(transparent)]
    SeenNote(SeenError),
    /// Wrong passphrases were typed for this person before.
    #[error("{} typed for {person} since the last unlocking",
        if *.count == 1 { "1 wrong passphrase was".to_owned() } else { format!("{count} wrong passphrases were") })]
    WrongPassphrases {
        /// Whose passphrase it was to be.
        person: Name,
        /// How many.
        count: u32,
    },
}

/// An unlocked person in a store. The entry about it is in the access log.
pub struct Session {
    pub(super) layout: Layout,
    pub(super) roster: Roster,
    pub(super) surroundings: Surroundings,
    person: Member,
    identity: Identity,
    signing_key: SigningKey,
    log: AccessLog,
    seen: Arc<Seen>,
    pub(super) notices: Vec<Notice>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("person", &self.person.name).finish_non_exhaustive()
    }
}

/// A group's key, opened and held against the roster.
#[derive(Debug, Clone)]
pub struct GroupKey {
    /// The group.
    pub name: Name,
    /// The two characters that its customers' codes begin with.
    pub prefix: String,
    /// The key epoch.
    pub epoch: u32,
    /// What its files are sealed to.
    pub identity: Identity,
    /// Its folder.
    pub dir: PathBuf,
}

/// A group's key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum GroupKeyError {
    /// There is no such group.
    #[error("there is no group {name}")]
    UnknownGroup {
        /// The name asked for.
        name: String,
    },
    /// The person was not granted this group.
    #[error("{person} has no grant for group {group}")]
    NoGrant {
        /// Who asked.
        person: Name,
        /// The group.
        group: Name,
    },
    /// The key file of somebody who holds the grant is gone.
    #[error("the key file {} is missing", path.display())]
    Missing {
        /// The key file.
        path: PathBuf,
    },
    /// The key file does not open.
    #[error("the key file {} is damaged: {fault}", path.display())]
    Damaged {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        fault: OpenError,
    },
    /// The key file opens, and its key is not the one that the roster vouches for.
    #[error("the key in {} is not the one that the roster vouches for", path.display())]
    OtherKey {
        /// The key file.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Session {
    #[allow(clippy::too_many_arguments, reason = "called once, by unlock, which has them all")]
    pub(super) fn new(
        layout: Layout,
        roster: Roster,
        surroundings: Surroundings,
        person: Member,
        identity: Identity,
        log: AccessLog,
        seen: Arc<Seen>,
        notices: Vec<Notice>,
    ) -> Self {
        let signing_key = identity.signing_key();
        Self { layout, roster, surroundings, person, identity, signing_key, log, seen, notices }
    }

    /// Who is unlocked.
    pub fn person(&self) -> &Member {
        &self.person
    }

    /// What they may do.
    pub fn role(&self) -> Role {
        self.person.role
    }

    /// How what they sign names them: `alice.1`.
    pub fn signer_id(&self) -> String {
        self.person.signer_id()
    }

    /// What they sign with.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// The access log, written in their name.
    pub fn log(&self) -> &AccessLog {
        &self.log
    }

    /// What this machine has seen of the store in their hands.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The roster as it was when the store was opened or last changed by this session.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The store's id.
    pub fn store_id(&self) -> StoreId {
        self.roster.store_id()
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What the caller handed in.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// What the person should be told; each notice is given out once.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The groups that the person may open.
    pub fn groups(&self) -> Vec<&Group> {
        self.roster.groups().iter().filter(|group| self.is_member(group.name.as_str())).collect()
    }

    fn is_member(&self, group: &str) -> bool {
        self.roster.members(group).contains(&&self.person)
    }

    /// Opens the person's key file of a group and holds it against the roster's commitment.
    pub fn group_key(&self, name: &str) -> Result<GroupKey, GroupKeyError> {
        let group =
            self.roster.group(name).ok_or_else(|| GroupKeyError::UnknownGroup { name: name.to_owned() })?;
        if !self.is_member(name) {
            let (person, group) = (self.person.name.clone(), group.name.clone());
            return Err(GroupKeyError::NoGrant { person, group });
        }
        let path = self.layout.key(name, group.epoch, self.person.name.as_str());
        let sealed = match disk::read_small(&*self.surroundings.disk, &path, KEY_LIMIT) {
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
                return Err(GroupKeyError::Missing { path });
            }
            read => read?,
        };
        let plaintext = match self.identity.open(&sealed) {
            Ok(plaintext) => plaintext,
            Err(fault) => return Err(GroupKeyError::Damaged { path, fault }),
        };
        let identity =
            std::str::from_utf8(&plaintext).ok().and_then(|text| Identity::from_file_text(text).ok());
        let vouched = identity.filter(|identity| {
            let recipient = identity.recipient();
            commitment(&self.store_id(), &group.name, group.epoch, &recipient) == group.commitment
        });
        let identity = vouched.ok_or(GroupKeyError::OtherKey { path })?;
        Ok(GroupKey {
            name: group.name.clone(),
            prefix: group.prefix.clone(),
            epoch: group.epoch,
            identity,
            dir: self.layout.group(name),
        })
    }

    /// What it takes to open a group's files.
    pub fn access(&self, name: &str) -> Result<Access, GroupKeyError> {
        Ok(self.access_with(self.group_key(name)?, self.roster.mark()))
    }

    /// The same for a group in the making, whose roster line is still to come.
    pub fn access_to_new(&self, new: &NewGroup) -> Access {
        self.access_with(new.key().clone(), new.roster_mark())
    }

    fn access_with(&self, key: GroupKey, roster: Mark) -> Access {
        let disk = Arc::clone(&self.surroundings.disk);
        Access {
            disk: Arc::clone(&disk),
            folder: key.dir,
            store: self.store_id(),
            group: key.name.to_string(),
            epoch: key.epoch,
            identity: key.identity,
            signer: self.signer_id(),
            signing_key: Arc::new(self.identity.signing_key()),
            roster,
            signers: Arc::new(LiveRoster::new(disk, self.layout.roster(), self.roster.clone())),
            witness: Arc::clone(&self.seen) as Arc<dyn Witness>,
            patience: self.surroundings.patience,
        }
    }
}

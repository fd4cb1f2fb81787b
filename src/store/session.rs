//! An unlocked person.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::fitness::{Fit, Unfit};
use super::layout::Layout;
use super::live_roster::LiveRoster;
use super::name::Name;
use super::new_group::NewGroup;
use super::roster::{Group, Member, Person, Roster, RosterError, commitment};
use super::seen::{Seen, SeenError};
use super::settle::StrayKey;
use crate::access_log::{AccessLog, Role};
use crate::sealed::access::{Access, Signers, Witness};
use crate::sealed::age_file::OpenError;
use crate::sealed::disk::{self, DiskError};
use crate::sealed::identity::Identity;
use crate::sealed::passphrase::WorkFactor;
use crate::sealed::signed::Digest;
use crate::sealed::signed::{Mark, SigningKey, StoreId};
use crate::surroundings::Surroundings;

/// The longest key file accepted, in bytes: a group's has about 350, the access log's 75 more an epoch.
const KEY_LIMIT: u64 = 1024 * 1024;

/// Something that the person should be told, and that stopped nothing.
#[derive(Debug, thiserror::Error)]
pub enum Notice {
    /// A torn last line of the access log or the roster was moved out of the way.
    #[error("a line that was cut off by a crash was moved to {}", path.display())]
    TornLine {
        /// Where it is now.
        path: PathBuf,
    },
    /// Since this person was unlocked last, a restored store was accepted.
    #[error("a restored store was accepted by {by} on {}: what was entered after its snapshot is not in it", at.strftime("%Y-%m-%d"))]
    Restored {
        /// When, by their clock.
        at: Timestamp,
        /// Who: `alice.1`.
        by: String,
    },
    /// A torn record of a group was moved out of the way before the group was re-keyed.
    #[error("group {group}: a change that was cut off by a crash was moved to {}", path.display())]
    TornRecord {
        /// The group.
        group: Name,
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
    /// What a re-key superseded could not be removed yet. It opens with the old keys only, as copies do.
    #[error("files sealed to old keys could not be removed, and are by the next change: {0}")]
    NotRemoved(String),
    /// Customers whom the restored snapshot had, and who were erased after it.
    #[error("group {group}: {} erased after the snapshot, and {} erased again",
        if *.count == 1 { "1 customer was".to_owned() } else { format!("{count} customers were") },
        if *.count == 1 { "is" } else { "are" })]
    ErasedAgain {
        /// The group.
        group: Name,
        /// How many.
        count: u64,
    },
    /// A broken-off change left somebody a key.
    #[error("{0}")]
    StrayKey(StrayKey),
}

/// An unlocked person in a store. The entry about it is in the access log.
pub struct Session {
    layout: Layout,
    roster: Arc<LiveRoster>,
    surroundings: Surroundings,
    person: Member,
    key: Key,
    signing_key: SigningKey,
    log: AccessLog,
    seen: Arc<Seen>,
    notices: Mutex<Vec<Notice>>,
    waived: Mutex<Vec<Unfit>>,
}

/// What the passphrase opened.
pub(super) struct Key {
    pub identity: Identity,
    /// The scrypt cost under which it is kept.
    pub work_factor: WorkFactor,
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
    /// The roster line since which that epoch is in force.
    pub since: u64,
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
    /// The person may not see records for now.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The person was not granted this group.
    #[error("{person} has no grant for group {group}")]
    NoGrant {
        /// Who asked.
        person: Name,
        /// The group.
        group: Name,
    },
    /// The text of a note about somebody does not open.
    #[error("the text of a note in the roster is damaged")]
    Note,
    /// Only owners and auditors read the access log.
    #[error("{person} is neither owner nor auditor, who alone read the access log")]
    NotALogReader {
        /// Who asked.
        person: Name,
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

/// A session is over: what was unlocked is not in force any more.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The person's identity was replaced or removed.
    #[error("the log-in of {person} was changed or removed meanwhile")]
    Identity {
        /// Who was unlocked.
        person: Name,
    },
    /// The roster can't be read, or is not the one that it was.
    #[error(transparent)]
    Roster(#[from] RosterError),
}

impl Session {
    #[allow(clippy::too_many_arguments, reason = "called once, by unlock, which has them all")]
    pub(super) fn new(
        layout: Layout,
        roster: Arc<LiveRoster>,
        surroundings: Surroundings,
        person: Member,
        key: Key,
        log: AccessLog,
        seen: Arc<Seen>,
        notices: Vec<Notice>,
    ) -> Self {
        let signing_key = key.identity.signing_key();
        let notices = Mutex::new(notices);
        let waived = Mutex::default();
        Self { layout, roster, surroundings, person, key, signing_key, log, seen, notices, waived }
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

    /// The roster as this session read or changed it last.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.known()
    }

    /// Reads the roster on, as a session that lives longer than one command must before each: somebody
    /// else may have changed people, rights or keys.
    pub fn refresh(&self) -> Result<(), Ended> {
        let roster = self.roster.read_on()?;
        if !roster.is_active(&self.person) {
            return Err(Ended::Identity { person: self.person.name.clone() });
        }
        self.seen.follow(&roster)?;
        Ok(())
    }

    /// This session's change is in the roster, or it read on under the store's lock.
    pub(super) fn went_on(&self, roster: &Roster) {
        self.roster.replace(roster.clone());
        // It extends what this session went by, which its note was held against.
        let _ = self.seen.follow(roster);
    }

    /// The store's id.
    pub fn store_id(&self) -> StoreId {
        self.roster().store_id()
    }

    /// All that the roster knows of the person; `None` once they were removed.
    pub fn self_in(&self, roster: &Roster) -> Option<Person> {
        roster.active(&self.person.name).cloned()
    }

    /// Their identity.
    pub(super) fn identity(&self) -> &Identity {
        &self.key.identity
    }

    /// The scrypt cost of their passphrase, which those that they enrol get as well.
    pub fn work_factor(&self) -> WorkFactor {
        self.key.work_factor
    }

    /// Whose signatures count, by the roster.
    pub(super) fn signers(&self) -> &dyn Signers {
        &*self.roster
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
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    /// Whether it is news to this session that the policy only warned of something.
    pub(super) fn waive(&self, unfit: &Unfit) -> bool {
        let mut waived = self.waived.lock().unwrap_or_else(PoisonError::into_inner);
        let news = !waived.contains(unfit);
        if news {
            waived.push(unfit.clone());
        }
        news
    }

    /// The groups that the person may open.
    pub fn groups(&self) -> Vec<Group> {
        let roster = self.roster();
        let may_open = |group: &&Group| roster.members(group.name.as_str()).contains(&&self.person);
        roster.groups().iter().filter(may_open).cloned().collect()
    }

    /// Opens the person's key file of a group and holds it against the roster's commitment.
    pub fn group_key(&self, name: &str) -> Result<GroupKey, GroupKeyError> {
        self.by_roster(|roster| self.group_key_in(roster, name))
    }

    /// Asks the roster as it was read last; where that leads to a key file that is gone, the roster as it
    /// is now: a re-key by somebody else, as while a person typed, takes the old key files away.
    fn by_roster<T>(&self, ask: impl Fn(&Roster) -> Result<T, GroupKeyError>) -> Result<T, GroupKeyError> {
        let known = self.roster();
        let asked = ask(&known);
        if !matches!(asked, Err(GroupKeyError::Missing { .. })) {
            return asked;
        }
        match self.roster.read_on() {
            Ok(now) if now.mark() != known.mark() => ask(&now),
            // One that can't be read is told by whoever reads it next.
            _ => asked,
        }
    }

    pub(super) fn group_key_in(&self, roster: &Roster, name: &str) -> Result<GroupKey, GroupKeyError> {
        let group =
            roster.group(name).ok_or_else(|| GroupKeyError::UnknownGroup { name: name.to_owned() })?;
        self.group_key_with(roster, group, &self.key.identity)
    }

    /// The same of an epoch that `group` may have left behind, with an identity of theirs of then.
    pub(super) fn group_key_with(
        &self,
        roster: &Roster,
        group: &Group,
        own: &Identity,
    ) -> Result<GroupKey, GroupKeyError> {
        let name = group.name.as_str();
        if !roster.members(name).contains(&&self.person) {
            let (person, group) = (self.person.name.clone(), group.name.clone());
            return Err(GroupKeyError::NoGrant { person, group });
        }
        let path = self.layout.key(name, group.epoch, self.person.name.as_str());
        let vouched = |identity: &Identity| {
            let recipient = identity.recipient();
            let found: Digest = commitment(&roster.store_id(), &group.name, group.epoch, &recipient);
            found == group.commitment
        };
        let [identity] = self.open_key_file_with(&path, own)?.try_into().map_err(|_| other_key(&path))?;
        if !vouched(&identity) {
            return Err(other_key(&path));
        }
        Ok(GroupKey {
            name: group.name.clone(),
            prefix: group.prefix.clone(),
            epoch: group.epoch,
            since: group.key_since,
            identity,
            dir: self.layout.group(name),
        })
    }

    /// The access log's identities of every epoch, the newest first, from the person's key file: the
    /// newest is held against the roster.
    pub fn log_identities(&self) -> Result<Vec<Identity>, GroupKeyError> {
        self.by_roster(|roster| self.log_identities_in(roster))
    }

    pub(super) fn log_identities_in(&self, roster: &Roster) -> Result<Vec<Identity>, GroupKeyError> {
        if !self.person.reads_log() {
            return Err(GroupKeyError::NotALogReader { person: self.person.name.clone() });
        }
        if !roster.is_active(&self.person) {
            return Err(GroupKeyError::NotALogReader { person: self.person.name.clone() });
        }
        let key = roster.log_key();
        let path = self.layout.access_log_key(key.epoch, self.person.name.as_str());
        let identities = self.open_key_file(&path)?;
        let newest = identities.first().map(Identity::recipient);
        let complete = usize::try_from(key.epoch).is_ok_and(|epochs| epochs == identities.len());
        if newest.as_ref() == Some(&key.recipient) && complete {
            Ok(identities)
        } else {
            Err(other_key(&path))
        }
    }

    /// A key file of this person's: identities, one a line.
    fn open_key_file(&self, path: &Path) -> Result<Vec<Identity>, GroupKeyError> {
        self.open_key_file_with(path, &self.key.identity)
    }

    /// The same with an identity of theirs that it was sealed to.
    fn open_key_file_with(&self, path: &Path, own: &Identity) -> Result<Vec<Identity>, GroupKeyError> {
        let sealed = match disk::read_small(&*self.surroundings.disk, path, KEY_LIMIT) {
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
                return Err(GroupKeyError::Missing { path: path.to_owned() });
            }
            read => read?,
        };
        let damaged = |fault| GroupKeyError::Damaged { path: path.to_owned(), fault };
        let plaintext = own.open(&sealed).map_err(damaged)?;
        let text = std::str::from_utf8(&plaintext).map_err(|_| other_key(path))?;
        text.lines().map(|line| Identity::from_file_text(line).map_err(|_| other_key(path))).collect()
    }

    /// What it takes to open a group's files, for somebody who may see records.
    pub fn access(&self, name: &str) -> Result<Access, GroupKeyError> {
        let (key, mark) = self.by_roster(|roster| Ok((self.group_key_in(roster, name)?, roster.mark())))?;
        self.check_fit()?;
        Ok(self.access_with(key, mark))
    }

    /// The same in a copy that is tried and thrown away, for somebody whom the store at work finds fit: what
    /// the copy's older roster says of that counts no more.
    pub fn access_in_copy(&self, name: &str, fit: &Fit) -> Result<Access, GroupKeyError> {
        if !fit.is_of(&self.person.name) {
            self.check_fit()?;
        }
        let roster = self.roster();
        Ok(self.access_with(self.group_key_in(&roster, name)?, roster.mark()))
    }

    /// The same for changing keys, which shows no record: nobody has to be fit for that.
    pub(super) fn access_to_rekey(&self, roster: &Roster, name: &str) -> Result<Access, GroupKeyError> {
        Ok(self.access_with(self.group_key_in(roster, name)?, roster.mark()))
    }

    /// The same for a group in the making, whose roster line is still to come.
    pub fn access_to_new(&self, new: &NewGroup) -> Access {
        self.access_with(new.key().clone(), new.roster_mark())
    }

    pub(super) fn access_with(&self, key: GroupKey, roster: Mark) -> Access {
        Access {
            disk: Arc::clone(&self.surroundings.disk),
            folder: key.dir,
            store: self.store_id(),
            group: key.name.to_string(),
            epoch: key.epoch,
            since: key.since,
            identity: key.identity,
            signer: self.signer_id(),
            signing_key: Arc::new(self.key.identity.signing_key()),
            roster,
            signers: Arc::clone(&self.roster) as Arc<dyn Signers>,
            witness: Arc::clone(&self.seen) as Arc<dyn Witness>,
            patience: self.surroundings.patience,
        }
    }
}

fn other_key(path: &Path) -> GroupKeyError {
    GroupKeyError::OtherKey { path: path.to_owned() }
}

//! An owner accepts a restored store: it becomes the office's again. One roster line says so and gives every
//! group a new key; from then on no head of what is given up counts any more.

use std::sync::Arc;

use super::amend::{ChangeError, Plan, Rekeying};
use super::name::Name;
use super::restored::{GroupAt, Restored};
use super::roster::{AcceptChange, Change, GivenUp, GivenUpGroup, GoesOn, Roster, RosterError};
use super::seen::{self, Note, Seen};
use super::session::{GroupKeyError, Notice, Session};
use super::staff_file::{self, StaffFileError};
use super::unlock::{Purpose, UnlockFailure};
use super::{MediaNotes, Member, Store};
use crate::access_log::{AccessLog, Action, Event, Outcome, Role};
use crate::sealed::access::{Access, Seen as SeenGroup, Witness};
use crate::sealed::age_file::OpenError;
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::head::{self, HeadError};
use crate::sealed::identity::Identity;
use crate::sealed::passphrase::{Passphrase, UnlockError};
use crate::sealed::signed::Mark;

/// Somebody who was unlocked only to accept a restored store.
#[derive(Debug)]
pub struct Accepting {
    session: Session,
    restored: Restored,
    /// Identities that the person had when the snapshot was made, opened.
    former: Vec<Identity>,
    notes: Vec<(Name, Note)>,
}

/// A restored store could not be accepted; it is as it was, and can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// This machine has seen the person removed, or their log-in replaced.
    #[error(
        "this machine has seen the store further, and {person}, with this log-in, was no owner any more then"
    )]
    NoOwnerAsSeen {
        /// Who tries.
        person: Name,
    },
    /// The person could not open a group when the snapshot was made.
    #[error("{person} can't open group {group} as it was in the snapshot")]
    NotThen {
        /// Who tries.
        person: Name,
        /// The group.
        group: Name,
        /// The owners of today who could.
        owners: Vec<String>,
    },
    /// A group's head can't be read.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A group's head names a key that the group never had.
    #[error("the head of group {group} names key epoch {epoch}, which the group never had")]
    Epoch {
        /// The group.
        group: Name,
        /// The epoch.
        epoch: u32,
    },
    /// A former log-in can't be opened.
    #[error("the identity file of a former log-in of {person} is damaged: {fault}")]
    Former {
        /// Whose.
        person: Name,
        /// What is wrong with it.
        fault: StaffFileError,
    },
    /// The store can't be changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<RosterError> for AcceptError {
    fn from(error: RosterError) -> Self {
        ChangeError::from(error).into()
    }
}

/// A group that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLoss {
    /// The group.
    pub name: Name,
    /// The last record that is kept.
    pub kept: u64,
    /// The last one that the medium or this machine knew of.
    pub known: u64,
}

/// What is lost by accepting, as far as the medium and this machine's notes know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// The groups that go back.
    pub groups: Vec<GroupLoss>,
    /// Changes of people, rights and policy that nobody has any more.
    pub lines: u64,
    /// Entries of the access log that nobody has any more.
    pub entries: u64,
}

impl Losses {
    /// Whether nothing is known to be lost.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What the store was like is no witness against it while it is accepted.
struct Blind;

impl Witness for Blind {
    fn seen(&self, _: &str) -> Option<SeenGroup> {
        None
    }

    fn note(&self, _: &str, _: SeenGroup) {}
}

impl Store {
    /// Unlocks an owner to accept a restored store. Who is none is refused, and it is logged.
    pub fn unlock_to_accept(
        self,
        restored: Restored,
        name: &str,
        passphrase: &Passphrase,
    ) -> Result<Accepting, UnlockFailure> {
        // Before this unlocking adds to them.
        let notes = seen::all(&self.surroundings, &self.store_id())?;
        let session = self.unlock_as(|roster| roster.person(name), name, passphrase, Purpose::Accept)?;
        Ok(Accepting { session, restored, former: Vec::new(), notes })
    }
}

impl Accepting {
    /// Who is unlocked.
    pub fn person(&self) -> &Member {
        self.session.person()
    }

    /// From where the store was restored.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// The roster as it was read last.
    pub fn roster(&self) -> Arc<Roster> {
        self.session.roster()
    }

    /// The access log, written in the person's name.
    pub fn log(&self) -> &AccessLog {
        self.session.log()
    }

    /// What this machine has seen of the store in their hands.
    pub fn seen(&self) -> &Seen {
        self.session.seen()
    }

    /// What the person should be told; each notice is given out once.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.session.take_notices()
    }

    fn event(&self) -> Event {
        let mut event = Event::new(Action::Accept, Outcome::Success);
        let Restored { medium, from, .. } = &self.restored;
        event.detail = Some(format!("snapshot {} of medium {medium}", from.snapshot));
        event
    }

    /// Refuses, and logs, whoever may not: only an owner may, and one whom every note of this machine knows
    /// as an owner that saw more than this store holds.
    pub fn check_owner(&self) -> Result<(), AcceptError> {
        self.session.require_owner(&self.event())?;
        let roster = self.roster();
        let known_as_owner = |note: &Note| note.owners.contains(&self.person().key);
        let refusing = |note: &Note| roster.goes_on_from(&note.known()).is_err() && !known_as_owner(note);
        if self.notes.iter().any(|(_, note)| refusing(note)) {
            self.log()
                .append(&Event { outcome: Outcome::Denied, ..self.event() })
                .map_err(ChangeError::from)?;
            return Err(AcceptError::NoOwnerAsSeen { person: self.person().name.clone() });
        }
        Ok(())
    }

    /// This machine's notes that saw what the store may lack.
    fn notes_ahead(&self) -> impl Iterator<Item = &Note> {
        let roster = self.roster();
        let given_up_before =
            move |note: &Note| matches!(roster.goes_on_from(&note.known()), Ok(GoesOn::Restored(_)));
        self.notes.iter().map(|(_, note)| note).filter(move |note| !given_up_before(note))
    }

    /// What is lost.
    pub fn losses(&self) -> Losses {
        let given_up = self.given_up();
        let (from, newest) = (&self.restored.from, &self.restored.newest);
        let kept = |name: &Name| {
            let group = from.groups.iter().chain(&newest.groups).find(|group| group.name == *name);
            group.map_or(0, |group| group.record.seq)
        };
        let groups = given_up.groups.iter().map(|group| GroupLoss {
            name: group.name.clone(),
            kept: kept(&group.name),
            known: group.record.seq,
        });
        let beyond =
            |lost: Option<Mark>, end: u64| lost.map_or(0, |mark| mark.seq.saturating_sub(end).max(1));
        Losses {
            groups: groups.collect(),
            lines: beyond(given_up.roster, newest.roster.seq),
            entries: beyond(given_up.log, newest.log.seq),
        }
    }

    fn given_up(&self) -> GivenUp {
        let (from, newest) = (&self.restored.from, &self.restored.newest);
        let roster = self.roster();
        let later = |one: &Mark, other: &Mark| one.seq.cmp(&other.seq);
        let lines = self
            .notes_ahead()
            .map(|note| note.roster)
            .filter(|mark| *mark != Mark::NOTHING && !roster.holds(*mark));
        // What can't be looked up counts as lost: more is said then, not less.
        let has = |log: Mark| self.session.log().holds(log).unwrap_or(false);
        let entries =
            self.notes_ahead().map(|note| note.log).filter(|log| *log != Mark::NOTHING && !has(*log));
        let ahead = |group: &GroupAt| {
            let kept = from.groups.iter().find(|kept| kept.name == group.name).unwrap_or(group);
            let on_medium =
                GivenUpGroup { name: group.name.clone(), generation: group.generation, record: group.record };
            let seen = self.notes_ahead().filter_map(|note| note.groups.get(group.name.as_str()));
            let seen = seen.map(|seen| GivenUpGroup {
                name: group.name.clone(),
                generation: seen.generation,
                record: seen.log,
            });
            let furthest = seen.chain([on_medium]).max_by_key(|group| group.record.seq)?;
            (furthest.record.seq > kept.record.seq).then_some(furthest)
        };
        GivenUp {
            roster: lines.max_by(later),
            log: entries.max_by(later),
            groups: newest.groups.iter().filter_map(ahead).collect(),
        }
    }

    /// Numbers of the person's former log-ins to which keys of the snapshot may be sealed; to be opened
    /// where [`Accepting::check_groups`] fails.
    pub fn former_log_ins(&self) -> Result<Vec<u32>, DiskError> {
        let disk = &*self.session.surroundings().disk;
        let folder = self.session.layout().restored_staff();
        if !disk.exists(&folder).at("look for", &folder)? {
            return Ok(Vec::new());
        }
        let own = format!("{}.", self.person().name);
        let names = disk.list(&folder).at("list", &folder)?;
        let number = |name: &String| name.strip_prefix(&own)?.strip_suffix(".age")?.parse().ok();
        Ok(names.iter().filter_map(number).collect())
    }

    /// Opens a former log-in with the passphrase that it had; `false` if it is another one.
    pub fn open_former(&mut self, number: u32, passphrase: &Passphrase) -> Result<bool, AcceptError> {
        let surroundings = self.session.surroundings();
        let path =
            self.session.layout().restored_staff().join(format!("{}.{number}.age", self.person().name));
        let sealed = disk::read_small(&*surroundings.disk, &path, staff_file::LIMIT)?;
        let store = self.session.store_id();
        match staff_file::open(&sealed, &store, passphrase, surroundings.lowest_work_factor) {
            Ok(identity) => {
                self.former.push(identity);
                Ok(true)
            }
            Err(StaffFileError::Unlock(UnlockError::WrongPassphrase)) => Ok(false),
            Err(fault) => Err(AcceptError::Former { person: self.person().name.clone(), fault }),
        }
    }

    /// Whether the log-ins of the person that are opened by now open every group: else
    /// [`AcceptError::NotThen`].
    pub fn check_groups(&self) -> Result<(), AcceptError> {
        if self.is_accepted(&self.roster()) {
            return Ok(());
        }
        self.roster().groups().iter().try_for_each(|group| self.access(&group.name).map(drop))
    }

    fn access(&self, name: &Name) -> Result<Access, AcceptError> {
        self.session.access_as_restored(name, &self.former)
    }

    /// Whether the roster holds the line already: an accepting that was broken off after it.
    fn is_accepted(&self, roster: &Roster) -> bool {
        let Restored { from, newest, .. } = &self.restored;
        let mut accepts = roster.accepts().iter();
        accepts.any(|accepted| accepted.manifest == from.manifest && accepted.line.seq > newest.roster.seq)
    }

    /// Makes the store the office's again. Everything that was restored is sealed to new keys; the mark goes
    /// last, so that what is broken off can be done again.
    pub fn accept(self, work: Rekeying<'_>) -> Result<Session, AcceptError> {
        self.check_owner()?;
        let settled = self.session.settle_roster().map_err(ChangeError::from)?;
        if self.is_accepted(&settled.roster) {
            drop(settled);
        } else {
            let mut groups: Vec<Name> =
                settled.roster.groups().iter().map(|group| group.name.clone()).collect();
            groups.sort();
            let opening = |name: &Name| self.access(name).map_err(|error| key_error(error, name));
            let erased = self.restored.erased.clone();
            let plan = Plan { groups, opening: Some(&opening), erased, ..Plan::of(self.event()) };
            let change = AcceptChange {
                manifest: self.restored.from.manifest,
                medium: self.restored.medium.clone(),
                given_up: self.given_up(),
                rekey: super::roster::Rekey::default(),
            };
            self.session.amend(settled, &plan, work, |rekey| {
                Change::Accept(Box::new(AcceptChange { rekey, ..change }))
            })?;
        }
        let Self { session, .. } = self;
        session.finish_accepting()?;
        Ok(session)
    }
}

/// The cause of what [`Accepting::check_groups`] would have told, had it been asked.
pub(super) fn key_error(error: AcceptError, name: &Name) -> GroupKeyError {
    match error {
        AcceptError::NotThen { person, group, .. } => GroupKeyError::NoGrant { person, group },
        AcceptError::Disk(error) | AcceptError::Head(HeadError::Disk(error)) => error.into(),
        _ => GroupKeyError::UnknownGroup { name: name.to_string() },
    }
}

impl Session {
    /// What opens a group as it was restored: its head says with which key. `former` are log-ins of the
    /// person that are over.
    pub(super) fn access_as_restored(&self, name: &Name, former: &[Identity]) -> Result<Access, AcceptError> {
        let roster = self.roster();
        let epoch = self.restored_epoch(&roster, name)?;
        let group = roster.group(name.as_str()).and_then(|group| group.at_epoch(epoch));
        let group = group.ok_or_else(|| AcceptError::Epoch { group: name.clone(), epoch })?;
        for identity in std::iter::once(self.identity()).chain(former) {
            match self.group_key_with(&roster, &group, identity) {
                Ok(key) => {
                    let access = self.access_with(key, roster.mark());
                    return Ok(Access { witness: Arc::new(Blind), ..access });
                }
                // Sealed to a log-in of before, or to nobody of that name yet.
                Err(
                    GroupKeyError::Missing { .. } | GroupKeyError::Damaged { fault: OpenError::NoMatch, .. },
                ) => {}
                Err(error) => return Err(ChangeError::from(error).into()),
            }
        }
        let (person, group) = (self.person().name.clone(), name.clone());
        Err(AcceptError::NotThen { person, group, owners: self.owners_with_key(&roster, name, epoch)? })
    }

    fn restored_epoch(&self, roster: &Roster, name: &Name) -> Result<u32, AcceptError> {
        let (disk, layout) = (&*self.surroundings().disk, self.layout());
        let next = layout.next_head(name.as_str());
        if disk.exists(&next).at("look for", &next)? {
            match head::read(disk, &next) {
                Ok(head) if roster.holds(head.claimed().roster) => return Ok(head.claimed().epoch),
                // Its commit never happened: an accepting was broken off.
                Ok(_) | Err(HeadError::Damaged { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(head::read(disk, &layout.head(name.as_str()))?.claimed().epoch)
    }

    /// The other owners to whom the key of an epoch is sealed.
    fn owners_with_key(&self, roster: &Roster, name: &Name, epoch: u32) -> Result<Vec<String>, DiskError> {
        let disk = &*self.surroundings().disk;
        let mut owners = Vec::new();
        for member in roster.people().filter(|member| member.role == Role::Owner) {
            let path = self.layout().key(name.as_str(), epoch, member.name.as_str());
            if *member != *self.person() && disk.exists(&path).at("look for", &path)? {
                owners.push(member.name.to_string());
            }
        }
        Ok(owners)
    }

    /// The line holds: what it supersedes goes, the mark after it.
    fn finish_accepting(&self) -> Result<(), AcceptError> {
        self.refresh().map_err(ChangeError::from)?;
        let settled = self.settle_roster().map_err(ChangeError::from)?;
        Restored::remove(&*self.surroundings().disk, self.layout())?;
        drop(settled);
        // Backups and drills of before are of keys that are over. That this can't be noted stops nothing.
        let _ = MediaNotes::change(self.surroundings(), self.store_id(), |notes| {
            (notes.backup, notes.drill) = (None, None);
        });
        Ok(self.finish_pending().map_err(ChangeError::from)?)
    }
}

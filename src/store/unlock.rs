//! From a locked store to an unlocked person.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::Store;
use super::failures;
use super::live_roster::LiveRoster;
use super::log_verifying::Verifier;
use super::name::RECOVERY;
use super::recovery::Recovery;
use super::roster::{GoesOn, Member, Roster, RosterError};
use super::seen::{Note, Seen};
use super::session::{Key, Notice, Session};
use super::staff_file::{self, StaffFileError};
use crate::access_log::entry::random_id;
use crate::access_log::{
    AccessLog, Action, Actor, Author, Event, LogError, LogKeys, LogPlace, Outcome, Receipt,
};
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::identity::Identity;
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::passphrase::{self, Passphrase, UnlockError, WorkFactor};
use crate::sealed::signed::{Digest, Mark};

/// Nobody was unlocked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockFailure {
    /// Nobody of that name is in the roster.
    #[error("there is nobody called {name} in this store")]
    NoSuchPerson {
        /// The name asked for.
        name: String,
    },
    /// The passphrase is not this person's. Nothing else is said.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The person's identity file is gone.
    #[error("the identity file {} is missing", path.display())]
    IdentityMissing {
        /// The identity file.
        path: PathBuf,
    },
    /// The person's identity file is damaged or another store's.
    #[error("the identity file {} is damaged: {fault}", path.display())]
    Identity {
        /// The identity file.
        path: PathBuf,
        /// What is wrong with it.
        fault: StaffFileError,
    },
    /// The identity file holds another identity than the roster names.
    #[error("the identity file {} holds another identity than the roster names", path.display())]
    OtherIdentity {
        /// The identity file.
        path: PathBuf,
    },
    /// The roster does not extend the one that was seen before.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Another command held the store for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// No randomness was to be had for the session's id.
    #[error("no randomness for the session")]
    Random(#[source] io::Error),
}

/// For what somebody is unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For anything that they may do.
    Work,
    /// Only to verify the access log, which may be damaged and unable to tell of it.
    VerifyLog,
    /// Only to accept a restored store, which may lack what was seen before.
    Accept,
}

impl Store {
    /// Unlocks a person. That they did, or that somebody failed to, is in the access log when this
    /// returns.
    pub fn unlock(self, name: &str, passphrase: &Passphrase) -> Result<Session, UnlockFailure> {
        self.unlock_as(|roster| roster.person(name), name, passphrase, Purpose::Work)
    }

    /// Unlocks somebody only to verify the access log. Unlike any other unlocking, this is possible when
    /// the log is damaged and can't tell of it.
    pub fn unlock_to_verify(self, name: &str, passphrase: &Passphrase) -> Result<Verifier, UnlockFailure> {
        let session = self.unlock_as(|roster| roster.person(name), name, passphrase, Purpose::VerifyLog)?;
        Ok(Verifier::new(session))
    }

    /// Opens the recovery sheet, which can only recover.
    pub fn unlock_recovery(self, passphrase: &Passphrase) -> Result<Recovery, UnlockFailure> {
        self.unlock_as(Roster::recovery, RECOVERY, passphrase, Purpose::Work).map(Recovery::new)
    }

    pub(super) fn unlock_as(
        mut self,
        find: impl Fn(&Roster) -> Option<&Member>,
        name: &str,
        passphrase: &Passphrase,
        purpose: Purpose,
    ) -> Result<Session, UnlockFailure> {
        let no_such = || UnlockFailure::NoSuchPerson { name: name.to_owned() };
        let known = find(&self.roster).ok_or_else(no_such)?.name.clone();
        let seen = Arc::new(Seen::read(&self.surroundings, &self.store_id(), &known));
        // After the note, which may tell of lines that came while the passphrase was typed.
        self.read_on()?;
        let person = find(&self.roster).cloned().ok_or_else(no_such)?;
        let unlocked = self.identity(&person, passphrase).and_then(|unlocked| {
            self.check_seen(&seen.note(), &person, purpose)?;
            Ok(unlocked)
        });
        let (identity, work_factor, login) = match unlocked {
            Ok(unlocked) => unlocked,
            Err(failure) => {
                if matches!(failure, UnlockFailure::WrongPassphrase) {
                    // Whether or not it can be counted: it is refused, and logged.
                    let _ = failures::count(&self.surroundings, &self.store_id(), &person.name);
                }
                let logged = self.log_unsigned(&person, seen, failure.outcome(), failure.detail());
                return match (failure, logged) {
                    (UnlockFailure::WrongPassphrase, Err(error)) => Err(error.into()),
                    // The damage is to be told whether or not it could be logged.
                    (failure, _) => Err(failure),
                };
            }
        };

        if seen.note().roster != self.roster.mark() {
            // A power cut must not take a line that this session goes by, nor one that it notes.
            self.roster.flush(&*self.surroundings.disk)?;
        }
        if seen.note().login != Some(login) {
            // Nor must it bring back the old passphrase of somebody whom the new one let in.
            let staff = self.layout.staff();
            self.surroundings.disk.sync_dir(&staff).at("flush", &staff)?;
        }
        let mut notices = Vec::new();
        // That it could not be read is another trouble than that it can't be kept.
        let unreadable = seen.trouble();
        // Before the access log is held against the note. A restored store is followed once it is accepted.
        let accepted = if purpose == Purpose::Accept { None } else { seen.follow(&self.roster)? };
        notices.extend(accepted.map(|accepted| Notice::Restored { at: accepted.at, by: accepted.by }));
        let known_log = self.known_log(&seen.note());
        let session_id = random_id(&*self.surroundings.random).map_err(UnlockFailure::Random)?;
        let actor = Actor { staff: person.name.to_string(), role: person.role, session_id };
        let author = Author::signing(actor, person.signer_id(), identity.signing_key());
        let witness = Arc::clone(&seen);
        let store = self.store_id();
        let Self { layout, roster, surroundings, .. } = self;
        let roster = Arc::new(LiveRoster::new(Arc::clone(&surroundings.disk), roster));
        let keys = Arc::clone(&roster) as Arc<dyn LogKeys>;
        let place = LogPlace { folder: layout.access_log(), store, keys };
        let log = AccessLog::open(place, author, known_log, witness, &surroundings);
        let action = if person.is_recovery() { Action::Recover } else { Action::Unlock };
        let mut event = Event::new(action, Outcome::Success);
        event.detail = person.is_recovery().then(|| "sheet opened".to_owned());
        let writable = match log.append(&event) {
            Err(LogError::Damaged { .. }) if purpose == Purpose::VerifyLog => false,
            logged => {
                let receipt = logged?;
                notices.extend(receipt.moved_aside().map(|path| Notice::TornLine { path: path.to_owned() }));
                log.keep_reserve();
                true
            }
        };
        if let Some(trouble) = unreadable {
            if writable {
                let mut event = Event::new(Action::Log, Outcome::Failure);
                event.detail = Some("seen note unreadable".to_owned());
                log.append(&event)?;
            }
            notices.push(Notice::SeenNote(trouble));
        }
        match failures::forget(&surroundings, &store, &person.name) {
            Ok(0) => {}
            Ok(count) => notices.push(Notice::WrongPassphrases { person: person.name.clone(), count }),
            Err(trouble) => notices.push(Notice::SeenNote(trouble)),
        }
        seen.saw_login(login);
        let key = Key { identity, work_factor };
        Ok(Session::new(layout, roster, surroundings, person, key, log, seen, notices))
    }

    /// The roster goes on from what the person's note saw of it; or, of a restored store that is to be
    /// accepted, the note knows the person as an owner.
    fn check_seen(&self, note: &Note, person: &Member, purpose: Purpose) -> Result<(), RosterError> {
        match self.roster.goes_on_from(&note.known()) {
            Err(_) if purpose == Purpose::Accept && note.owners.contains(&person.key) => Ok(()),
            checked => checked.map(drop),
        }
    }

    /// The newest entry of the access log that a note saw and that was not given up since.
    fn known_log(&self, note: &Note) -> Mark {
        match self.roster.goes_on_from(&note.known()) {
            Ok(GoesOn::Further) if !self.is_restored => note.log,
            Ok(GoesOn::Restored(accepted)) => accepted.entry,
            // A restored store has the log of its medium, which may end before. What is wrong otherwise is
            // told by whoever is to be unlocked.
            Ok(GoesOn::Further) => Mark::NOTHING,
            Err(_) if self.is_restored => Mark::NOTHING,
            Err(_) => note.log,
        }
    }

    /// Reads the roster again; it must extend the one that the store was opened with.
    fn read_on(&mut self) -> Result<(), UnlockFailure> {
        let disk = &*self.surroundings.disk;
        let _lock = Lock::acquire(disk, self.layout.root(), Mode::Shared, self.surroundings.patience)?;
        if let Some(roster) = self.roster.read_on(disk)? {
            self.roster = roster;
        }
        Ok(())
    }

    /// Logs that an unlock was refused before a passphrase was asked for, as on a networked machine.
    /// `detail` says why, in fixed words.
    pub fn log_denied(&self, person: &Member, detail: &'static str) -> Result<Receipt, LogError> {
        let seen = Arc::new(Seen::read(&self.surroundings, &self.store_id(), &person.name));
        self.log_unsigned(person, seen, Outcome::Denied, Some(detail))
    }

    /// An entry about somebody who only claims to be `person`.
    fn log_unsigned(
        &self,
        person: &Member,
        seen: Arc<Seen>,
        outcome: Outcome,
        detail: Option<&'static str>,
    ) -> Result<Receipt, LogError> {
        let session_id = random_id(&*self.surroundings.random).map_err(LogError::Random)?;
        let actor = Actor { staff: person.name.to_string(), role: person.role, session_id };
        let known = self.known_log(&seen.note());
        let log = AccessLog::open(self.log_place(), Author::unsigned(actor), known, seen, &self.surroundings);
        let mut event = Event::new(Action::Unlock, outcome);
        event.detail = detail.map(ToOwned::to_owned);
        log.append(&event)
    }

    /// Opens the person's identity file and holds it against the roster. Gives the file's hash as well.
    fn identity(
        &self,
        person: &Member,
        passphrase: &Passphrase,
    ) -> Result<(Identity, WorkFactor, Digest), UnlockFailure> {
        let path = self.layout.identity(person.name.as_str(), person.number);
        let sealed = match disk::read_small(&*self.surroundings.disk, &path, staff_file::LIMIT) {
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
                return Err(UnlockFailure::IdentityMissing { path });
            }
            read => read?,
        };
        let lowest = self.surroundings.lowest_work_factor;
        let identity = match staff_file::open(&sealed, &self.store_id(), passphrase, lowest) {
            Err(StaffFileError::Unlock(UnlockError::WrongPassphrase)) => {
                return Err(UnlockFailure::WrongPassphrase);
            }
            Err(fault) => return Err(UnlockFailure::Identity { path, fault }),
            Ok(identity) => identity,
        };
        let work_factor = passphrase::work_factor_of(&sealed).map_err(|fault| UnlockFailure::Identity {
            path: path.clone(),
            fault: UnlockError::from(fault).into(),
        })?;
        if identity.recipient() == person.recipient && identity.verifying_key() == person.key {
            Ok((identity, work_factor, Digest::of(&sealed)))
        } else {
            Err(UnlockFailure::OtherIdentity { path })
        }
    }
}

impl UnlockFailure {
    fn outcome(&self) -> Outcome {
        match self {
            Self::WrongPassphrase => Outcome::Denied,
            _ => Outcome::Failure,
        }
    }

    /// What the access log says of it.
    fn detail(&self) -> Option<&'static str> {
        match self {
            Self::WrongPassphrase => Some("wrong passphrase"),
            Self::IdentityMissing { .. } => Some("identity file missing"),
            Self::Identity { .. } => Some("identity file damaged"),
            Self::OtherIdentity { .. } => Some("identity file holds another identity"),
            Self::Roster(_) => Some("roster does not extend the one seen before"),
            _ => None,
        }
    }
}

//! From arguments to an unlocked person and an open group. What can be refused without a passphrase
//! is refused before one is asked for.

use std::rc::Rc;
use std::time::Duration;

use super::Context;
use super::bar::Bar;
use super::circumstances::Circumstances;
use super::error::{CommandError, Kind};
use super::terminal::{PromptError, Terminal};
use crate::access_log::{AccessLog, Action, Event, Outcome, Receipt};
use crate::group::change::ChangeError;
use crate::group::code::CustomerCode;
use crate::group::upkeep::UpkeepError;
use crate::group::{Group, NoSuchCustomer, OpenError};
use crate::sealed::access::Access;
use crate::sealed::group_file::{Notice as GroupNotice, OpenGroupError};
use crate::sealed::lock::{LockError, Mode};
use crate::sealed::passphrase::Passphrase;
use crate::store::roster::Group as RosterGroup;
use crate::store::{GroupKeyError, Member, Notice, Seen, Session, Store, Strictness, Verifier};

/// How long a wait for a group is not worth a word.
const SILENCE: Duration = Duration::from_secs(1);
/// How often a group may be re-keyed under an opener's hands before it counts as damage.
const TRIES_AT_A_KEY: usize = 3;

/// A head that no roster vouches for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Forged(String);

impl Context {
    /// The store, locked.
    pub(super) fn store(&self) -> Result<Store, CommandError> {
        Ok(Store::open(&self.store_folder()?, &self.surroundings)?)
    }

    /// Unlocks whoever is to see or change records: they have signed the agreement, and their screening and
    /// training hold.
    pub(super) fn unlock(&self, store: Store) -> Result<Unlocked<'_>, CommandError> {
        let unlocked = self.unlock_for_the_office(store)?;
        self.heed_fitness(&unlocked)?;
        Ok(unlocked)
    }

    /// The same with a passphrase that is typed now, which is handed back.
    pub(super) fn unlock_by_typing_now(
        &self,
        store: Store,
    ) -> Result<(Unlocked<'_>, Passphrase), CommandError> {
        let (unlocked, passphrase) = self.unlock_by_typing(store)?;
        self.heed_fitness(&unlocked)?;
        Ok((unlocked, passphrase))
    }

    fn heed_fitness(&self, unlocked: &Unlocked<'_>) -> Result<(), CommandError> {
        for (unfit, strictness) in unlocked.session.against() {
            match strictness {
                Strictness::Warn => {
                    unlocked.session.log_waived(&unfit)?;
                    self.warn(&unfit.to_string());
                }
                Strictness::Refuse => {
                    unlocked.session.log_unfit(&unfit)?;
                    return Err(unfit.into());
                }
            }
        }
        Ok(())
    }

    /// Tests for networks, asks for the passphrase, unlocks, and says what the person should know. For what
    /// touches no record: people, policy, one's own log-in.
    pub(super) fn unlock_for_the_office(&self, store: Store) -> Result<Unlocked<'_>, CommandError> {
        if let Some(Held { session, terminal }) = self.held.clone() {
            return Ok(Unlocked { context: self, session, terminal });
        }
        self.unlock_by_typing(store).map(|(unlocked, _)| unlocked)
    }

    /// The same with a passphrase that is typed now, in a shell as well, and handed back: whoever only
    /// passes by an unlocked shell can't do what begins with this.
    pub(super) fn unlock_by_typing(&self, store: Store) -> Result<(Unlocked<'_>, Passphrase), CommandError> {
        let (locked, passphrase, terminal) = self.ask_who(store)?;
        let unlocked = self.unlock_with(locked, &passphrase, terminal)?;
        Ok((unlocked, passphrase))
    }

    /// Tests for networks and asks for the passphrase of whoever is meant.
    pub(super) fn ask_who(&self, store: Store) -> Result<(Locked, Passphrase, Rc<Terminal>), CommandError> {
        let held = self.held.as_ref();
        let asked = held.map(|held| held.session.person().name.to_string()).or_else(|| self.staff());
        let person = store.default_person(asked.as_deref(), &self.surroundings.os_user)?.clone();
        let circumstances = self.heed_machine(&store, &person)?;
        let terminal = self.terminal_for(&store, &person)?;
        self.slow_down(&store, &person, &terminal)?;
        let passphrase = ask_passphrase(&terminal, &format!("Passphrase for {}: ", person.name))?;
        Ok((Locked { store, person, circumstances }, passphrase, terminal))
    }

    /// Whoever a shell keeps unlocked.
    pub(super) fn session(&self) -> Option<Rc<Session>> {
        self.held.as_ref().map(|held| Rc::clone(&held.session))
    }

    /// Unlocks somebody only to verify the access log, be it damaged.
    pub(super) fn unlock_to_verify(&self, store: Store) -> Result<Verifier, CommandError> {
        let (locked, passphrase, _terminal) = self.ask_who(store)?;
        let verifier = locked.store.unlock_to_verify(locked.person.name.as_str(), &passphrase)?;
        match self.log_circumstances(verifier.log(), &verifier.roster(), locked.circumstances) {
            // That it can't be written is what the verifying tells.
            Err(error) if error.kind() == Kind::Damaged => {}
            logged => logged?,
        }
        self.tell_notices(&verifier.take_notices());
        self.tell_precautions(&verifier.roster());
        Ok(verifier)
    }

    /// Unlocks somebody whose passphrase was typed, and says what they should know.
    pub(super) fn unlock_with(
        &self,
        locked: Locked,
        passphrase: &Passphrase,
        terminal: Rc<Terminal>,
    ) -> Result<Unlocked<'_>, CommandError> {
        let session = Rc::new(locked.store.unlock(locked.person.name.as_str(), passphrase)?);
        self.log_circumstances(session.log(), &session.roster(), locked.circumstances)?;
        let unlocked = Unlocked { context: self, session, terminal };
        unlocked.tell_notices();
        self.tell_precautions(&unlocked.session.roster());
        Ok(unlocked)
    }

    /// The terminal: a shell's own, which knows of its idle minutes, or a newly opened one.
    pub(super) fn terminal(&self) -> Result<Rc<Terminal>, CommandError> {
        match &self.held {
            Some(held) => Ok(Rc::clone(&held.terminal)),
            None => Ok(Rc::new(Terminal::open()?)),
        }
    }

    /// The same for `person`; that there is none, as for a script that tries to get in, is logged.
    pub(super) fn terminal_for(&self, store: &Store, person: &Member) -> Result<Rc<Terminal>, CommandError> {
        self.terminal().inspect_err(|_| self.log_refused(store, person, "no terminal"))
    }

    /// Waits, after several wrong passphrases in a row, before the next one is asked for.
    pub(super) fn slow_down(
        &self,
        store: &Store,
        person: &Member,
        terminal: &Terminal,
    ) -> Result<(), PromptError> {
        let failures = store.failures(person);
        let wait = failures.wait(self.surroundings.clock.now());
        if wait.is_zero() {
            return Ok(());
        }
        let seconds = wait.as_millis().div_ceil(1000);
        self.say(&format!(
            "{} wrong passphrases in a row for {}; the next try waits {seconds} second{}",
            failures.count,
            person.name,
            if seconds == 1 { "" } else { "s" }
        ));
        terminal.pause(wait)
    }

    pub(super) fn tell_notices(&self, notices: &[Notice]) {
        for notice in notices {
            let error: &dyn std::error::Error = match notice {
                Notice::TornLine { .. }
                | Notice::TornRecord { .. }
                | Notice::Restored { .. }
                | Notice::WrongPassphrases { .. }
                | Notice::NotRemoved(_)
                | Notice::ErasedAgain { .. }
                | Notice::StrayKey(_) => notice,
                Notice::SeenNote(error) => error,
            };
            self.warn(CommandError::of(Kind::Failed, error).message());
        }
    }

    /// A seen note that could not be kept stops nothing, and is not kept silent.
    pub(super) fn tell_seen(&self, seen: &Seen) {
        if let Some(trouble) = seen.trouble() {
            self.warn(CommandError::of(Kind::Failed, &trouble).message());
        }
    }

    /// The disk is full, and the access log lives on what it kept for that.
    pub(super) fn tell_reserve(&self, log: &AccessLog) {
        if let Some(entries) = log.take_entries_left() {
            self.warn(&format!(
                "the disk is full, and the access log lives on its reserve: room for about {entries} more \
                 entries, then nothing can be opened; make room on that disk now"
            ));
        }
    }
}

/// Asks for a passphrase; a stray key, such as an arrow, is no answer.
pub(super) fn ask_passphrase(terminal: &Terminal, prompt: &str) -> Result<Passphrase, PromptError> {
    loop {
        match terminal.passphrase(prompt) {
            Err(PromptError::ControlKey) => {
                terminal.show("A key that is no character was typed (an arrow?). Once more.\n")?;
            }
            answer => return answer,
        }
    }
}

/// The group of that name, as the roster lists it: asked before the passphrase.
pub(super) fn known_group<'store>(
    store: &'store Store,
    name: &str,
) -> Result<&'store RosterGroup, CommandError> {
    let roster = store.roster();
    roster.group(name).ok_or_else(|| {
        let names: Vec<&str> = roster.groups().iter().map(|group| group.name.as_str()).collect();
        let hint = if names.is_empty() {
            "there is no group yet: `vault group create NAME` makes one".to_owned()
        } else {
            format!("the groups are: {}", names.join(", "))
        };
        CommandError::new(Kind::NotFound, format!("there is no group {name}")).hint(hint)
    })
}

/// The group whose customers' codes begin as this one.
pub(super) fn group_of_code(store: &Store, code: CustomerCode) -> Result<String, CommandError> {
    let prefix = code.prefix().to_string();
    let group = store.roster().groups().iter().find(|group| group.prefix == prefix);
    group.map(|group| group.name.to_string()).ok_or_else(|| {
        CommandError::new(Kind::NotFound, format!("there is no customer {code}"))
            .hint(format!("no group of this store has codes that begin with {prefix}"))
    })
}

/// Whom to unlock, once their passphrase was typed.
pub(super) struct Locked {
    pub store: Store,
    pub person: Member,
    pub circumstances: Circumstances,
}

/// An unlocked person whom a shell keeps from one command to the next.
#[derive(Clone)]
pub(super) struct Held {
    pub session: Rc<Session>,
    pub terminal: Rc<Terminal>,
}

/// An unlocked person at their terminal.
pub(super) struct Unlocked<'context> {
    context: &'context Context,
    pub session: Rc<Session>,
    pub terminal: Rc<Terminal>,
}

impl Drop for Unlocked<'_> {
    fn drop(&mut self) {
        self.context.tell_seen(self.session.seen());
        self.context.tell_reserve(self.session.log());
    }
}

impl Unlocked<'_> {
    /// The group that is asked for, or every one that the person may open, by name.
    pub fn groups(&self, asked: Option<&str>) -> Vec<String> {
        let mut names: Vec<String> = match asked {
            Some(name) => vec![name.to_owned()],
            None => self.session.groups().iter().map(|group| group.name.to_string()).collect(),
        };
        names.sort();
        names
    }

    /// Opens a group; what was mended in it is said and logged.
    pub fn open(&self, name: &str, mode: Mode) -> Result<Group, CommandError> {
        let group = self.open_told(name, mode)?;
        if mode == Mode::Shared || !group.is_older() {
            return Ok(group);
        }
        let bar = Bar::new(self.context);
        let upgraded =
            group.upgrade(self.session.log(), &|done, total| bar.reached("upgrading", done, total));
        bar.clear();
        upgraded.map_err(|error| CommandError::from(error).in_group(name))?;
        self.context
            .say(&format!("group {name}, made by an older program, was brought to this one's version"));
        self.open_told(name, mode)
    }

    fn open_told(&self, name: &str, mode: Mode) -> Result<Group, CommandError> {
        let group = self.open_patiently(name, mode)?;
        for notice in group.notices() {
            let GroupNotice::MovedAside { path, bytes } = notice;
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let mut event = Event::new(Action::Log, Outcome::Success);
            event.group = Some(name.to_owned());
            event.detail = Some(format!("torn record moved to aside/{file}"));
            self.session.log().append(&event)?;
            let path = path.display();
            self.context.warn(&format!(
                "group {name}: a change that was cut off by a crash ({bytes} bytes) was moved to {path}"
            ));
        }
        Ok(group)
    }

    /// Says that it waits when somebody else holds the group: a silent wait looks like a hang.
    fn open_patiently(&self, name: &str, mode: Mode) -> Result<Group, CommandError> {
        let mut access = self.access(name)?;
        let patience = access.patience;
        if patience > SILENCE {
            access.patience = SILENCE;
            match Group::open(access, mode) {
                Err(OpenError::Files(OpenGroupError::Lock(LockError::Busy { .. }))) => {
                    self.context.say(&format!("group {name} is in use by another command; waiting for it"));
                }
                Err(OpenError::Files(OpenGroupError::Rekeyed { .. })) => {}
                opened => return Ok(opened?),
            }
        }
        // Whoever held it may have changed its key, or taken the grant away.
        for _ in 0..TRIES_AT_A_KEY {
            self.session.refresh()?;
            let mut access = self.access(name)?;
            access.patience = patience.saturating_sub(SILENCE);
            match Group::open(access, mode) {
                Err(OpenError::Files(OpenGroupError::Rekeyed { .. })) => {}
                opened => return Ok(opened?),
            }
        }
        let what = format!("the head of group {name} claims a key of which the roster knows nothing");
        Err(CommandError::damaged(&Forged(what)))
    }

    /// What it takes to open a group; an attempt without a grant is logged.
    fn access(&self, name: &str) -> Result<Access, CommandError> {
        let patience = self.context.surroundings.patience;
        // A shell's session is older than the command, whose --wait counts.
        let access = self.session.access(name).map(|access| Access { patience, ..access });
        access.or_else(|error| {
            match &error {
                GroupKeyError::NoGrant { .. } => {
                    let mut event = Event::new(Action::Group, Outcome::Denied);
                    event.group = Some(name.to_owned());
                    event.detail = Some("no grant".to_owned());
                    self.session.log().append(&event)?;
                }
                // Since the unlock, as over midnight.
                GroupKeyError::Unfit(unfit) => self.session.log_unfit(unfit)?,
                _ => {}
            }
            Err(error.into())
        })
    }

    /// Logs that a code named nobody: that tells something too.
    pub fn log_miss<T>(
        &self,
        action: Action,
        group: &str,
        done: Result<T, ChangeError>,
    ) -> Result<T, CommandError> {
        if let Err(ChangeError::NoSuchCustomer(NoSuchCustomer { code, .. })) = &done {
            let mut event = Event::new(action, Outcome::Failure);
            event.group = Some(group.to_owned());
            event.customer = Some(code.to_string());
            event.detail = Some("no such customer".to_owned());
            self.tell_receipt(&self.session.log().append(&event)?);
        }
        Ok(done?)
    }

    /// Folds or checkpoints a group after the answer was given; what fails there is no failure of the
    /// command.
    pub fn tidy(&self, group: Group) {
        let name = group.name().to_owned();
        if let Err(error) = group.tidy(self.session.log()) {
            self.tell_untidy(&name, error);
        }
    }

    fn tell_untidy(&self, group: &str, error: UpkeepError) {
        let error = CommandError::from(error).in_group(group);
        self.context.warn(&format!(
            "what you did is stored; putting the group in order failed and will be tried again: {}",
            error.message()
        ));
    }

    /// Says that a cut line of the access log was moved, if it was.
    pub fn tell_receipt(&self, receipt: &Receipt) {
        if let Some(path) = receipt.moved_aside() {
            self.context.warn(&Notice::TornLine { path: path.to_owned() }.to_string());
        }
    }

    /// Says what the session has noticed by now.
    pub fn tell_notices(&self) {
        self.context.tell_notices(&self.session.take_notices());
    }
}

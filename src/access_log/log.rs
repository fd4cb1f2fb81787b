//! Appending to the access log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{self, Action, Actor, Entry, Event, Outcome, Place};
use super::find;
use super::line_file::{self, AppendError};
use super::naming::Makes;
use super::reserve;
use super::tail::{self, Damage, Tail, damaged};
use super::unlogged::Unlogged;
use crate::sealed::age_file::SealError;
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::identity::Recipient;
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::{Digest, Mark, SigningKey, StoreId};
use crate::surroundings::Surroundings;

/// The folder, inside the log's, of torn lines that were moved out of the way.
const ASIDE: &str = "aside";
/// What the entry about such a line begins with.
pub(super) const TORN_LINE: &str = "torn line moved to aside/";
/// Ends the detail of what was tried by a session whose log-in is over.
const LOGIN_OVER: &str = "log-in over";

/// The access log can't be written: nothing may be shown. [`LogError::Damaged`] alone means that
/// somebody changed it, or the medium did.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The log is not as it was left.
    #[error("the access log {} is damaged: {damage}", path.display())]
    Damaged {
        /// The file, or the folder when there is none.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// Somebody else held it for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The key to seal it to can't be told.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The entry could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The entry could not be put into JSON.
    #[error("the entry cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// No randomness was to be had for the event's id.
    #[error("no randomness for the entry's id")]
    Random(#[source] io::Error),
    /// The entry would not fit into a line.
    #[error("the entry is longer than a line of the access log may be")]
    TooLong,
    /// Something was to be shown without any entry about it.
    #[error("there is no entry to write")]
    NoEvent,
    /// The disk did not confirm an entry: whether it is durable can't be known.
    #[error("the disk did not confirm an entry")]
    Unconfirmed(#[source] DiskError),
    /// An earlier entry could not be made durable, so later ones are not to be trusted either.
    #[error("an earlier entry could not be flushed to the disk")]
    Failed,
    /// Who acts may sign no more. The attempt is in the log, signed by nobody; nothing may be done.
    #[error("the log-in of {person} was changed or removed meanwhile")]
    LoginOver {
        /// Who acted.
        person: String,
    },
}

/// Proof that an entry is on the disk. Only the access log makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    mark: Mark,
    moved_aside: Option<PathBuf>,
}

impl Receipt {
    /// The entry's place in the chain, for what names it: a record, a head, a roster line.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Where a torn line was moved to before this entry was written, to be said to the person.
    pub fn moved_aside(&self) -> Option<&Path> {
        self.moved_aside.as_deref()
    }
}

/// Remembers the newest line seen, outside the store.
pub trait Witness: Send + Sync {
    /// The chain ends here; called while the log is locked.
    fn saw(&self, head: Mark);
}

/// To whom entries are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInForce {
    /// The key epoch.
    pub epoch: u32,
    /// The log's recipient of that epoch.
    pub recipient: Recipient,
}

/// What the roster says of an entry that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// To whom it is sealed.
    pub key: KeyInForce,
    /// Whether the identity that would sign it is in force.
    pub may_sign: bool,
}

/// The log's key in force can't be told.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct KeyError(pub Box<dyn std::error::Error + Send + Sync>);

/// The roster, as far as the access log needs it. Asked while the log is locked: who changes it so that
/// an identity ends, or re-keys the log, holds that lock too. So no entry is sealed to a key that somebody
/// removed still has, and none is signed by an identity that is over.
pub trait LogKeys: Send + Sync {
    /// The key in force, and whether `signer` is: `None` signs nothing.
    fn in_force(&self, signer: Option<&str>) -> Result<Standing, KeyError>;
}

/// A key alone, without a roster: every signer is in force.
impl LogKeys for KeyInForce {
    fn in_force(&self, _: Option<&str>) -> Result<Standing, KeyError> {
        Ok(Standing { key: self.clone(), may_sign: true })
    }
}

/// Which log, and to whom it is sealed.
#[derive(Clone)]
pub struct LogPlace {
    /// The store's `log` folder.
    pub folder: PathBuf,
    /// The store's id.
    pub store: StoreId,
    /// The log's recipient, from the roster.
    pub keys: Arc<dyn LogKeys>,
}

/// Who writes the entries.
#[derive(Debug)]
pub struct Author {
    actor: Actor,
    signs: Option<(String, SigningKey)>,
}

impl Author {
    /// A person who was authenticated: `signer` is the name and number of their identity, `alice.1`.
    pub fn signing(actor: Actor, signer: String, key: SigningKey) -> Self {
        Self { actor, signs: Some((signer, key)) }
    }

    /// Somebody who only claims to be `actor`, or a job without a person: the entries say that nobody
    /// signed them.
    pub fn unsigned(actor: Actor) -> Self {
        Self { actor, signs: None }
    }
}

/// The access log, open for appending.
pub struct AccessLog {
    place: LogPlace,
    author: Author,
    surroundings: Surroundings,
    witness: Option<Arc<dyn Witness>>,
    new: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The newest line known to this session; the chain must extend it.
    seen: Mark,
    /// Set when a flush failed: it must never be tried again.
    failed: bool,
    /// What is left of the reserve, in bytes, when the disk is full, until that was told.
    left: Option<u64>,
}

impl std::fmt::Debug for AccessLog {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AccessLog").field("folder", &self.place.folder).finish_non_exhaustive()
    }
}

impl AccessLog {
    /// The log of an existing store. Every line that is seen is told to `witness`; the chain must
    /// extend `seen`, what that witness remembers from before.
    pub fn open(
        place: LogPlace,
        author: Author,
        seen: Mark,
        witness: Arc<dyn Witness>,
        surroundings: &Surroundings,
    ) -> Self {
        Self::with(place, author, seen, Some(witness), surroundings)
    }

    /// The log of a store that is being founded: its folder is empty.
    pub fn found(place: LogPlace, author: Author, surroundings: &Surroundings) -> Self {
        Self { new: true, ..Self::with(place, author, Mark::NOTHING, None, surroundings) }
    }

    fn with(
        place: LogPlace,
        author: Author,
        seen: Mark,
        witness: Option<Arc<dyn Witness>>,
        surroundings: &Surroundings,
    ) -> Self {
        let state = Mutex::new(State { seen, failed: false, left: None });
        Self { place, author, surroundings: surroundings.clone(), witness, new: false, state }
    }

    /// Who writes.
    pub fn actor(&self) -> &Actor {
        &self.author.actor
    }

    /// Writes one entry and flushes it. By somebody whose log-in is over an entry is written that nobody
    /// signed and by which nothing was done; then this is [`LogError::LoginOver`].
    pub fn append(&self, event: &Event) -> Result<Receipt, LogError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Writes the entries of an act and then does it, handing it the place of the last one. If the act
    /// fails, one more entry says so, while we live.
    pub fn around<T, E: From<LogError>>(
        &self,
        events: &[Event],
        act: impl FnOnce(Mark) -> Result<T, E>,
    ) -> Result<T, E> {
        let receipt = self.append_all(events)?;
        act(receipt.mark()).inspect_err(|_| self.tell_failure(events))
    }

    /// The same with the log's lock held until the act is over: nobody's entry comes between the entries
    /// and what they are about. For an act that ends somebody's log-in or re-keys the log. The act must
    /// not write to the log.
    pub fn around_alone<T, E: From<LogError>>(
        &self,
        events: &[Event],
        act: impl FnOnce(Mark) -> Result<T, E>,
    ) -> Result<T, E> {
        let (receipt, alone) = self.append_and_hold(events)?;
        let done = act(receipt.mark());
        drop(alone);
        done.inspect_err(|_| self.tell_failure(events))
    }

    /// For each entry that names what it was to make, or for the act where none does. The act's own error is
    /// what the person must hear, so that this could be written is not asked.
    fn tell_failure(&self, events: &[Event]) {
        let makes =
            |event: &&Event| event.detail.as_deref().is_some_and(|detail| Makes::of(detail).next().is_some());
        let mut failed: Vec<&Event> = events.iter().filter(makes).collect();
        if failed.is_empty() {
            failed.extend(events.last());
        }
        for event in failed {
            let _ = self.append(&Event { outcome: Outcome::Failure, ..event.clone() });
        }
    }

    /// Gives out a value once the entries about it are on the disk.
    pub fn release<T>(&self, unlogged: Unlogged<T>) -> Result<(T, Receipt), LogError> {
        let (value, events) = unlogged.into_parts();
        let receipt = self.append_all(&events)?;
        Ok((value, receipt))
    }

    /// Makes the reserve or fills it up again, if the disk has room. That it has none stops nothing.
    pub fn keep_reserve(&self) {
        let Surroundings { disk, patience, log_reserve: full, .. } = &self.surroundings;
        let (disk, folder) = (&**disk, &self.place.folder);
        let Ok(before) = reserve::length(disk, folder) else { return };
        if before.unwrap_or(0) >= *full {
            return;
        }
        let Ok(_lock) = Lock::acquire(disk, folder, Mode::Exclusive, *patience) else { return };
        if let Err(error) = reserve::fill(disk, folder, *full)
            && reserve::would_help(&error)
        {
            self.state().left = before;
        }
    }

    /// About how many more entries the reserve has room for, if the disk is full; told once.
    pub fn take_entries_left(&self) -> Option<u64> {
        self.state().left.take().map(reserve::entries)
    }

    /// Whether the reserve gave room to try again what found none.
    fn makes_room(&self, state: &mut State, error: &DiskError) -> bool {
        if !reserve::would_help(error) {
            return false;
        }
        let left = reserve::give(&*self.surroundings.disk, &self.place.folder);
        state.left = left.or(state.left);
        left.is_some()
    }

    /// Whether the log holds that entry.
    pub fn holds(&self, entry: Mark) -> Result<bool, LogError> {
        let found = find::hash_at(&*self.surroundings.disk, &self.place.folder, entry.seq)?;
        Ok(found == Some(entry.hash))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: each of its fields is set at once.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes no more, because the log could not be flushed by somebody else.
    pub fn close(&self) {
        self.state().failed = true;
    }

    fn append_all(&self, events: &[Event]) -> Result<Receipt, LogError> {
        self.append_and_hold(events).map(|(receipt, _lock)| receipt)
    }

    fn append_and_hold(&self, events: &[Event]) -> Result<(Receipt, Lock), LogError> {
        if events.is_empty() {
            return Err(LogError::NoEvent);
        }
        let mut state = self.state();
        if state.failed {
            return Err(LogError::Failed);
        }
        let written = self.append_locked(&mut state, events);
        if let Err(LogError::Unconfirmed(_)) = written {
            state.failed = true;
        }
        written
    }

    fn append_locked(&self, state: &mut State, events: &[Event]) -> Result<(Receipt, Lock), LogError> {
        let disk = &*self.surroundings.disk;
        let folder = &self.place.folder;
        let lock = Lock::acquire(disk, folder, Mode::Exclusive, self.surroundings.patience)?;
        let mut tail = tail::read(disk, folder)?;
        self.check_seen(&tail, state.seen)?;
        let signer = self.author.signs.as_ref().map(|(signer, _)| signer.as_str());
        let standing = self.place.keys.in_force(signer)?;
        let mut moved_aside = None;
        if tail.head != state.seen {
            flush_older(disk, &tail)?;
        }
        if tail.torn
            && let Some(newest) = &tail.newest
        {
            let kept = loop {
                match line_file::move_aside(disk, newest, tail.end, &folder.join(ASIDE)) {
                    Err(error) if self.makes_room(state, &error) => {}
                    moved => break moved?,
                }
            };
            let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut event = Event::new(Action::Log, Outcome::Success);
            event.detail = Some(format!("{TORN_LINE}{name}"));
            moved_aside = Some(kept);
            self.append_one(&mut tail, state, &standing, &event)?;
        }
        for event in events {
            if standing.may_sign {
                self.append_one(&mut tail, state, &standing, event)?;
            } else {
                self.append_one(&mut tail, state, &standing, &of_nobody(event))?;
            }
        }
        if standing.may_sign {
            Ok((Receipt { mark: tail.head, moved_aside }, lock))
        } else {
            Err(LogError::LoginOver { person: self.author.actor.staff.clone() })
        }
    }

    /// The chain must hold what was seen of it before.
    fn check_seen(&self, tail: &Tail, seen: Mark) -> Result<(), LogError> {
        let disk = &*self.surroundings.disk;
        let path = tail.newest.as_deref().unwrap_or(&self.place.folder);
        if tail.head.seq < seen.seq {
            return Err(damaged(path, Damage::Shorter { found: tail.head.seq, seen: seen.seq }));
        }
        if tail.head == Mark::NOTHING && !self.new {
            return Err(damaged(path, Damage::Gone));
        }
        let extends = tail.head == seen
            || seen == Mark::NOTHING
            || find::hash_at(disk, &self.place.folder, seen.seq)? == Some(seen.hash);
        if extends { Ok(()) } else { Err(damaged(path, Damage::Rewritten { seq: seen.seq })) }
    }

    fn append_one(
        &self,
        tail: &mut Tail,
        state: &mut State,
        standing: &Standing,
        event: &Event,
    ) -> Result<(), LogError> {
        let Surroundings { disk, clock, random, host, os_user, .. } = &self.surroundings;
        let now = clock.now();
        let event_id = entry::random_id(&**random).map_err(LogError::Random)?;
        let place = Place { time: format!("{now:.3}"), event_id, host, os_user };
        let signs = self.author.signs.as_ref().filter(|_| standing.may_sign);
        let signs = signs.map(|(signer, key)| (signer.as_str(), key));
        let LogPlace { folder, store, .. } = &self.place;
        let KeyInForce { epoch, recipient } = &standing.key;
        let line =
            Entry::of(event, &self.author.actor, tail.head, place).seal(store, signs, *epoch, recipient)?;

        // By the clock, but never before the newest file: a clock that goes back breaks no chain.
        let month = folder.join(format!("{}.jsonl", now.strftime("%Y-%m")));
        // One of a later month that was only begun, before the clock went back, is none: its first line
        // would not belong there. Whether its removal is durable does not matter.
        while let Some(begun) = tail.newest.as_ref().filter(|newest| tail.end == 0 && **newest > month) {
            disk.remove_file(begun).at("remove", begun)?;
            *tail = tail::read(&**disk, folder)?;
        }
        let current = tail.newest.take().filter(|newest| *newest >= month);
        let (path, file) = if let Some(newest) = current {
            let file = disk.open_for_writing(&newest).at("open", &newest)?;
            (newest, file)
        } else {
            tail.end = 0;
            let file = loop {
                match disk.create_new(&month).at("create", &month) {
                    Err(error) if self.makes_room(state, &error) => {}
                    created => break created?,
                }
            };
            (month, file)
        };
        loop {
            match line_file::append(&*file, &path, tail.end, &line) {
                Ok(()) => break,
                Err(AppendError::Write(error)) if self.makes_room(state, &error) => {}
                Err(AppendError::Write(error) | AppendError::Torn(error)) => return Err(error.into()),
                Err(AppendError::Flush(error)) => return Err(LogError::Unconfirmed(error)),
            }
        }
        if tail.end == 0 {
            disk.sync_dir(folder).at("flush", folder).map_err(LogError::Unconfirmed)?;
        }
        tail.head = Mark { seq: tail.head.seq.saturating_add(1), hash: Digest::of(&line[..line.len() - 1]) };
        tail.end += line.len() as u64;
        tail.newest = Some(path);
        state.seen = tail.head;
        if let Some(witness) = &self.witness {
            witness.saw(tail.head);
        }
        Ok(())
    }
}

/// What is left of an event when who acts may sign no more: that it was tried.
fn of_nobody(event: &Event) -> Event {
    let outcome = match event.outcome {
        Outcome::Success => Outcome::Denied,
        told => told,
    };
    let detail = match &event.detail {
        Some(detail) => format!("{detail}; {LOGIN_OVER}"),
        None => LOGIN_OVER.to_owned(),
    };
    Event { outcome, detail: Some(detail), ..event.clone() }
}

/// Flushes what another process wrote last and perhaps did not live to flush, so that no line that
/// survives a power cut follows one that does not.
fn flush_older(disk: &dyn Disk, tail: &Tail) -> Result<(), LogError> {
    for path in tail.older.iter().chain(&tail.newest) {
        let file = disk.open_for_writing(path).at("open", path)?;
        file.sync_data().at("flush", path).map_err(LogError::Unconfirmed)?;
    }
    if let Some(folder) = tail.newest.as_deref().and_then(Path::parent) {
        disk.sync_dir(folder).at("flush", folder).map_err(LogError::Unconfirmed)?;
    }
    Ok(())
}

/// The count and head of the log in `folder`: no key needed, nothing written, a torn line ignored.
pub fn head(disk: &dyn Disk, folder: &Path) -> Result<Mark, LogError> {
    Ok(tail::read(disk, folder)?.head)
}

//! Verifying the access log: gathering what remembers it, and holding it against that. The one thing that
//! can be done with a log that can't be written any more.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::log_reading::ReadLogError;
use super::name::Name;
use super::roster::{Accepted, GoesOn, Group, Roster};
use super::seen::{self, Seen, SeenGroup};
use super::session::{Ended, Notice, Session};
use crate::access_log::reading::{Extent, Reader};
use crate::access_log::verify::{self, Finding, Made, Source, Verification, Witness};
use crate::access_log::{AccessLog, Event, LogError, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::DiskError;
use crate::sealed::group_file::{OpenGroupError, Outline, outline};
use crate::sealed::head::HeadError;
use crate::sealed::ledger::LedgerError;
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::log;
use crate::sealed::signed::StoreId;

/// Somebody who was unlocked only to verify the log: it may be damaged, so that nothing can be written to
/// it, and so nothing else may be done.
#[derive(Debug)]
pub struct Verifier(Session);

/// The log could not be verified, whatever its state.
#[derive(Debug, thiserror::Error)]
pub enum VerifyLogError {
    /// It may not or can't be read.
    #[error(transparent)]
    Read(#[from] ReadLogError),
    /// A group is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<LogError> for VerifyLogError {
    fn from(error: LogError) -> Self {
        ReadLogError::from(error).into()
    }
}

impl From<Ended> for VerifyLogError {
    fn from(error: Ended) -> Self {
        ReadLogError::from(error).into()
    }
}

/// What remembers the log, and groups, from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// What saw entries.
    pub witnesses: Vec<Witness>,
    /// What saw groups, by name. Of none that may have seen what was given up since.
    pub groups: Vec<(Source, BTreeMap<String, SeenGroup>)>,
}

impl From<Vec<Witness>> for Elsewhere {
    fn from(witnesses: Vec<Witness>) -> Self {
        Self { witnesses, groups: Vec::new() }
    }
}

/// A log that was verified.
#[derive(Debug)]
pub struct VerifiedLog {
    /// The store's id.
    pub store: StoreId,
    /// What was found.
    pub found: Verification,
    /// Restored stores that were accepted, oldest first.
    pub accepts: Vec<Accepted>,
    /// Why the verifying itself is not in the log: it is damaged.
    pub unlogged: Option<LogError>,
}

impl Verifier {
    pub(super) fn new(session: Session) -> Self {
        Self(session)
    }

    /// See [`Session::verify_log`].
    pub fn verify(
        &self,
        event: &Event,
        more: impl Into<Elsewhere>,
        threads: NonZeroUsize,
        progress: Progress<'_>,
    ) -> Result<VerifiedLog, VerifyLogError> {
        self.0.verify_log(event, more, threads, progress)
    }

    /// The access log, written in the person's name while that can be.
    pub fn log(&self) -> &AccessLog {
        self.0.log()
    }

    /// The roster as it was read last.
    pub fn roster(&self) -> Arc<Roster> {
        self.0.roster()
    }

    /// What this machine has seen of the store in their hands.
    pub fn seen(&self) -> &Seen {
        self.0.seen()
    }

    /// What the person should be told; each notice is given out once.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.0.take_notices()
    }
}

impl Session {
    /// Verifies the whole log against the roster, every group's head and records, this machine's seen
    /// notes, and the witnesses that the caller knows of. `event` is written before, and again after with
    /// the count and the outcome; a log that is too damaged for that is verified all the same.
    pub fn verify_log(
        &self,
        event: &Event,
        more: impl Into<Elsewhere>,
        threads: NonZeroUsize,
        progress: Progress<'_>,
    ) -> Result<VerifiedLog, VerifyLogError> {
        drop(self.log_identities_for(event)?);
        let (as_of, mut unlogged) = match self.log().append(event) {
            Ok(receipt) => (receipt.mark().seq, None),
            Err(error @ LogError::Damaged { .. }) => (0, Some(error)),
            Err(error) => return Err(error.into()),
        };
        // Each under its lock, after that entry: whatever an earlier entry was about is done by then.
        let surroundings = self.surroundings();
        let (disk, root) = (&*surroundings.disk, self.layout().root());
        {
            let _lock = Lock::acquire(disk, root, Mode::Shared, surroundings.patience)?;
            self.refresh()?;
        }
        // Before the outlines, which only grow: they must hold what was seen.
        let mut notes = seen::all(self.surroundings(), &self.store_id())?;
        let (made, mut known) = self.made(as_of)?;
        // What was seen before a restore that an owner accepted is no witness any more; the next unlocking
        // of that person begins a new note.
        let roster = self.roster();
        notes.retain(|(_, note)| !matches!(roster.goes_on_from(&note.known()), Ok(GoesOn::Restored(_))));
        let Elsewhere { mut witnesses, groups: mut seen } = more.into();
        let of_notes =
            |(person, note): &(Name, seen::Note)| (Source::SeenNote(person.to_string()), note.groups.clone());
        seen.extend(notes.iter().map(of_notes));
        known.extend(cut_groups(&made, &seen));
        witnesses.extend(witnesses_in(&made));
        witnesses.extend(
            notes
                .into_iter()
                .filter_map(|(person, note)| Witness::of(Source::SeenNote(person.to_string()), note.log)),
        );
        let folder = self.layout().access_log();
        let extent = Extent::whole(disk, &folder, surroundings.patience)?;
        // Once more, after that: whoever signed an entry meanwhile, and to what key, is in the roster by now.
        self.refresh()?;
        let identities = self.log_identities().map_err(ReadLogError::from)?;
        let keyring = self.roster().keyring(identities);
        let reader = Reader { disk, folder: &folder, keyring: &keyring, threads };
        let found = verify::verify(&reader, &extent, &made, witnesses, known, progress)?;
        if unlogged.is_none() {
            let outcome = if found.is_sound() { Outcome::Success } else { Outcome::Failure };
            let detail = Some("verified".to_owned());
            let event = Event { outcome, detail, count: Some(found.entries), ..event.clone() };
            match self.log().append(&event) {
                // What is wrong is told even where that can't be logged any more.
                Err(error) if !found.is_sound() => unlogged = Some(error),
                logged => drop(logged?),
            }
        }
        let accepts = self.roster().accepts().to_vec();
        Ok(VerifiedLog { store: self.store_id(), found, accepts, unlogged })
    }

    /// What was made with entries of the log, and what is so damaged that it can't tell.
    fn made(&self, as_of: u64) -> Result<(Made, Vec<Finding>), VerifyLogError> {
        let roster = self.roster();
        let accepts = roster.accepts().iter().map(|accepted| accepted.entry).collect();
        let lines = roster.entries().collect();
        let mut made = Made { groups: BTreeMap::new(), lines, accepts, as_of };
        let mut known = Vec::new();
        for group in roster.groups() {
            let mut read = self.outline_of(group);
            let mut epoch = group.epoch;
            while matches!(read, Err(OpenGroupError::Rekeyed { .. })) {
                // Re-keyed meanwhile, if the roster says so by now.
                self.refresh()?;
                let now = self.roster();
                let Some(rekeyed) = now.group(group.name.as_str()).filter(|now| now.epoch > epoch) else {
                    break;
                };
                epoch = rekeyed.epoch;
                read = self.outline_of(rekeyed);
            }
            match read {
                Ok(outline) => {
                    made.groups.insert(group.name.to_string(), outline);
                }
                Err(OpenGroupError::Lock(error)) => return Err(error.into()),
                // A disk that can't be read says nothing about what lies on it.
                Err(
                    OpenGroupError::Disk(error)
                    | OpenGroupError::Head(HeadError::Disk(error))
                    | OpenGroupError::Log(log::LogError::Disk(error))
                    | OpenGroupError::Ledger(LedgerError::Disk(error)),
                ) if error.source.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Err(error) => {
                    known.push(Finding::Group { group: group.name.to_string(), reason: error.to_string() });
                }
            }
        }
        Ok((made, known))
    }

    /// A group's outline, by its key in force.
    fn outline_of(&self, group: &Group) -> Result<Outline, OpenGroupError> {
        let folder = self.layout().group(group.name.as_str());
        let disk = &*self.surroundings().disk;
        let outside = group.outside(disk, &folder, self.store_id(), self.signers());
        outline(&outside, self.surroundings().patience)
    }
}

/// Groups that lost records which somebody has seen: a log of records cut at its end looks sound by
/// itself, and its entries as if a crash had come between.
fn cut_groups(made: &Made, seen: &[(Source, BTreeMap<String, SeenGroup>)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (group, outline) in &made.groups {
        let seen = seen.iter().filter_map(|(source, groups)| Some((source, groups.get(group)?)));
        let missing = |seen: &SeenGroup| {
            outline.generation < seen.generation
                || (outline.generation == seen.generation && outline.last() < seen.log.seq)
        };
        let furthest =
            seen.filter(|(_, seen)| missing(seen)).max_by_key(|(_, seen)| (seen.generation, seen.log.seq));
        found.extend(furthest.map(|(source, seen)| Finding::Cut {
            group: group.clone(),
            last: outline.last(),
            seen: seen.log.seq,
            from: source.clone(),
        }));
    }
    found
}

fn witnesses_in(made: &Made) -> Vec<Witness> {
    let lines = made.lines.iter().map(|(line, entry)| (Source::Line(line + 1), *entry));
    let groups = made.groups.iter().flat_map(|(name, outline)| {
        let records = outline.records.iter();
        let records = records.map(|named| (Source::Record(name.clone(), named.record), named.entry));
        let erasures = outline.erasures.iter();
        let erasures = erasures.map(|(line, entry)| (Source::Erasure(name.clone(), *line), *entry));
        records.chain(erasures).chain([(Source::Head(name.clone()), outline.entry)])
    });
    lines.chain(groups).filter_map(|(source, entry)| Witness::of(source, entry)).collect()
}

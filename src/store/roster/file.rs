//! The roster's file: reading it whole, appending a line.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::line::VERSION;
use super::{Fault, Roster};
use crate::access_log::line_file::{self, AppendError};
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::signed::{Digest, Mark, SignedError};

/// The longest roster accepted, in bytes: some 20,000 changes.
pub(super) const LIMIT: u64 = 16 * 1024 * 1024;

/// The roster can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The store was written by a newer version of the program.
    #[error("{} has format version {version}, and this program knows {VERSION}", path.display())]
    NewerFormat {
        /// The roster's path.
        path: PathBuf,
        /// The version that it names.
        version: u64,
    },
    /// Somebody changed it, or the medium did.
    #[error("{} is damaged in line {line}: {fault}", path.display())]
    Damaged {
        /// The roster's path.
        path: PathBuf,
        /// The line, counted from 1 as an editor does.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The change is not one that could stand in the roster.
    #[error("{0}")]
    Refused(#[source] Fault),
    /// The line could not be put into JSON.
    #[error("the roster line cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The disk did not confirm the line: whether it is durable can't be known.
    #[error("the disk did not confirm the change of the roster")]
    Unconfirmed(#[source] DiskError),
    /// Somebody else changed the roster since it was read.
    #[error("{} was changed meanwhile", path.display())]
    Moved {
        /// The roster's path.
        path: PathBuf,
    },
}

/// A signed line that is not in the file yet.
#[derive(Debug, Clone)]
pub struct PreparedLine {
    bytes: Vec<u8>,
    after: Box<Roster>,
}

impl PreparedLine {
    pub(super) fn new(mut bytes: Vec<u8>, after: Roster) -> Self {
        bytes.push(b'\n');
        Self { bytes, after: Box::new(after) }
    }

    /// The line with its newline.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the line will stand.
    pub fn mark(&self) -> Mark {
        self.after.mark()
    }

    /// The roster as it will be.
    pub fn after(&self) -> &Roster {
        &self.after
    }
}

impl Roster {
    /// Reads and verifies every line. A torn last line is left out: see [`Roster::is_torn`].
    pub fn read(disk: &dyn Disk, path: &Path) -> Result<Self, RosterError> {
        Self::parse(path, &disk::read_small(disk, path, LIMIT)?)
    }

    /// Verifies a roster that is in no store, as a manifest carries it. `place` is named in errors.
    pub fn from_text(place: &Path, text: &str) -> Result<Self, RosterError> {
        let damaged = |line, fault| RosterError::Damaged { path: place.to_owned(), line, fault };
        if text.len() as u64 > LIMIT {
            return Err(damaged(1, Fault::Full));
        }
        let roster = Self::parse(place, text.as_bytes())?;
        // No power cut tears a text.
        if roster.torn { Err(damaged(roster.hashes.len() as u64 + 1, Fault::Missing)) } else { Ok(roster) }
    }

    /// The file's text, up to where this roster was verified.
    pub fn text(&self, disk: &dyn Disk) -> Result<String, RosterError> {
        let moved = || RosterError::Moved { path: self.path.clone() };
        let mut bytes = disk::read_small(disk, &self.path, LIMIT)?;
        let length = usize::try_from(self.length).ok().filter(|length| *length <= bytes.len());
        bytes.truncate(length.ok_or_else(moved)?);
        if Digest::of(&bytes) != self.content.clone().into() {
            return Err(moved());
        }
        String::from_utf8(bytes).map_err(|_| moved())
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RosterError> {
        let damaged = |fault| RosterError::Damaged { path: path.to_owned(), line: 1, fault };
        // The genesis was flushed before the store had its name: it can't be torn.
        let newline = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged(Fault::Missing));
        let first = &bytes[..newline.as_ref().map_or(bytes.len(), |newline| *newline)];
        refuse_newer(path, first)?;
        let newline = newline?;
        let mut roster = Self::begin(path.to_owned(), first).map_err(damaged)?;
        roster.take_lines(&bytes[newline + 1..])?;
        Ok(roster)
    }

    /// Reads on where this roster ended: what was verified is not verified again. `None` when nothing
    /// was added.
    pub fn read_on(&self, disk: &dyn Disk) -> Result<Option<Self>, RosterError> {
        let path = &self.path;
        let length = disk.open(path).and_then(|file| file.len()).at("read", path)?;
        if length == self.length {
            return Ok(None);
        }
        let bytes = disk::read_small(disk, path, LIMIT)?;
        let known = usize::try_from(self.length).ok().and_then(|length| bytes.split_at_checked(length));
        let more = known.filter(|(known, _)| Digest::of(known) == self.content.clone().into());
        let Some((_, more)) = more else {
            // Not the file that was read: tells which line was changed.
            let found = Self::read(disk, path)?;
            found.check_seen(self.mark())?;
            return Ok(Some(found));
        };
        let mut roster = Self { torn: false, ..self.clone() };
        roster.take_lines(more)?;
        Ok((roster.mark() != self.mark()).then_some(roster))
    }

    /// Takes in the lines after the ones known; a torn last one is left out.
    fn take_lines(&mut self, mut rest: &[u8]) -> Result<(), RosterError> {
        while !rest.is_empty() {
            let newline = rest.iter().position(|byte| *byte == b'\n');
            let line = &rest[..newline.unwrap_or(rest.len())];
            rest = newline.map_or(&[], |newline| &rest[newline + 1..]);
            refuse_newer(&self.path, line)?;
            if newline.is_none() {
                self.torn = true;
                break;
            }
            let number = self.hashes.len() as u64 + 1;
            match self.extend(line) {
                Ok(()) => {}
                Err(Fault::Signed(SignedError::Malformed(_)))
                    if rest.is_empty() && line_file::is_torn(line, true) =>
                {
                    self.torn = true;
                }
                Err(fault) => {
                    return Err(RosterError::Damaged { path: self.path.clone(), line: number, fault });
                }
            }
        }
        Ok(())
    }

    /// The length of its good lines, in bytes.
    pub fn bytes(&self) -> u64 {
        self.length
    }

    /// Whether a torn line stands at the end, which readers ignore and the next writer moves aside.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// The roster must hold the line that was seen before.
    pub fn check_seen(&self, seen: Mark) -> Result<(), RosterError> {
        let fault = match self.hash_at(seen.seq) {
            _ if seen == Mark::NOTHING => return Ok(()),
            Some(hash) if hash == seen.hash => return Ok(()),
            Some(_) => Fault::Rewritten,
            None => Fault::Shorter,
        };
        Err(RosterError::Damaged { path: self.path.clone(), line: seen.seq.saturating_add(1), fault })
    }

    /// Makes durable what another process appended last and perhaps did not live to flush: before it is
    /// noted as seen, and before anything that is written names it.
    pub fn flush(&self, disk: &dyn Disk) -> Result<(), DiskError> {
        let path = &self.path;
        disk.open_for_writing(path).at("open", path)?.sync_data().at("flush", path)
    }

    /// Flushes what another process appended last and perhaps did not live to flush, and moves a torn
    /// line to `aside`; returns its new path. For whoever holds the store's lock alone.
    pub fn settle(&mut self, disk: &dyn Disk, aside: &Path) -> Result<Option<PathBuf>, RosterError> {
        self.flush(disk)?;
        if !self.torn {
            return Ok(None);
        }
        let path = &self.path;
        let kept = line_file::move_aside(disk, path, self.length, aside)?;
        self.torn = false;
        Ok(Some(kept))
    }

    /// Appends a prepared line and flushes it: what it says holds when this returns. For whoever holds
    /// the store's lock alone since the line was prepared.
    pub fn append(&mut self, disk: &dyn Disk, prepared: &PreparedLine) -> Result<(), RosterError> {
        let file = disk.open_for_writing(&self.path).at("open", &self.path)?;
        let moved = || RosterError::Moved { path: self.path.clone() };
        let length = file.len().at("read", &self.path)?;
        if self.torn || length != self.length {
            return Err(moved());
        }
        let after = &*prepared.after;
        if after.hashes.len() != self.hashes.len() + 1 || !after.holds(self.mark()) {
            return Err(moved());
        }
        line_file::append(&*file, &self.path, length, &prepared.bytes).map_err(|error| match error {
            AppendError::Write(error) | AppendError::Torn(error) => RosterError::Disk(error),
            AppendError::Flush(error) => RosterError::Unconfirmed(error),
        })?;
        *self = after.clone();
        Ok(())
    }
}

/// A line of a newer format is named as such, before the strict parser, which knows nothing of what comes
/// later.
fn refuse_newer(path: &Path, line: &[u8]) -> Result<(), RosterError> {
    match serde_json::from_slice(line) {
        Ok(Version { v: version }) if version > u64::from(VERSION) => {
            Err(RosterError::NewerFormat { path: path.to_owned(), version })
        }
        _ => Ok(()),
    }
}

/// The one key of a line that every version has.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

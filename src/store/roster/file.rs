//! The roster's file: reading it whole, appending a line.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::line::VERSION;
use super::{Fault, Roster};
use crate::access_log::line_file::{self, AppendError};
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::signed::{Digest, Mark, SignedError};

/// The longest roster accepted, in bytes: some 20,000 changes.
const LIMIT: u64 = 16 * 1024 * 1024;

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
    /// Somebody else changed the roster since it was read.
    #[error("{} was changed meanwhile", path.display())]
    Moved {
        /// The roster's path.
        path: PathBuf,
    },
}

/// A signed line that is not in the file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedLine {
    bytes: Vec<u8>,
    mark: Mark,
}

impl PreparedLine {
    pub(super) fn new(mut bytes: Vec<u8>, seq: u64) -> Self {
        let mark = Mark { seq, hash: Digest::of(&bytes) };
        bytes.push(b'\n');
        Self { bytes, mark }
    }

    /// The line with its newline.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the line will stand.
    pub fn mark(&self) -> Mark {
        self.mark
    }
}

impl Roster {
    /// Reads and verifies every line. A torn last line is left out: see [`Roster::is_torn`].
    pub fn read(disk: &dyn Disk, path: &Path) -> Result<Self, RosterError> {
        let bytes = disk::read_small(disk, path, LIMIT)?;
        let mut roster: Option<Self> = None;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let newline = rest.iter().position(|byte| *byte == b'\n');
            let line = &rest[..newline.unwrap_or(rest.len())];
            rest = newline.map_or(&[], |newline| &rest[newline + 1..]);
            let number = roster.as_ref().map_or(1, |roster| roster.hashes.len() as u64 + 1);
            let damaged = |fault| RosterError::Damaged { path: path.to_owned(), line: number, fault };
            // Before the strict parser, which knows nothing of what comes later.
            if let Ok(Version { v: version }) = serde_json::from_slice(line)
                && version > u64::from(VERSION)
            {
                return Err(RosterError::NewerFormat { path: path.to_owned(), version });
            }
            let Some(roster) = &mut roster else {
                // The genesis was flushed before the store had its name: it can't be torn.
                newline.ok_or_else(|| damaged(Fault::Missing))?;
                roster = Some(Self::begin(path.to_owned(), line).map_err(damaged)?);
                continue;
            };
            if rest.is_empty() && newline.is_none() {
                roster.torn = true;
                break;
            }
            match roster.extend(line) {
                Ok(()) => {}
                Err(Fault::Signed(SignedError::Malformed(_)))
                    if rest.is_empty() && line_file::is_torn(line, true) =>
                {
                    roster.torn = true;
                }
                Err(fault) => return Err(damaged(fault)),
            }
        }
        roster.ok_or(RosterError::Damaged { path: path.to_owned(), line: 1, fault: Fault::Missing })
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
        let line = prepared.bytes.strip_suffix(b"\n").unwrap_or(&prepared.bytes);
        let mut extended = self.clone();
        extended.extend(line).map_err(|_| moved())?;
        line_file::append(&*file, &self.path, length, &prepared.bytes)
            .map_err(|(AppendError::Write(error) | AppendError::Flush(error))| error)?;
        *self = extended;
        Ok(())
    }
}

/// The one key of a line that every version has.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

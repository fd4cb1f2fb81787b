//! A stretch of the log: which bytes of which months' files are read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::access_log::entry::LINE_LIMIT;
use crate::access_log::find;
use crate::access_log::log::LogError;
use crate::access_log::tail;
use crate::sealed::disk::{Disk, IoContext};
use crate::sealed::lock::{Lock, Mode};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which of the extent's files.
    pub file: usize,
    /// Where it begins there, in bytes.
    pub at: u64,
}

/// One month's file, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub path: PathBuf,
    pub from: u64,
    pub to: u64,
}

impl Stretch {
    /// Where the first line begins of those that begin at `at` or after it. Where none does within a line's
    /// length, the stretch's own beginning: what stands there is no line, and whoever reads it will see.
    pub(super) fn line_near(&self, disk: &dyn Disk, at: u64) -> Result<u64, LogError> {
        if at <= self.from {
            return Ok(self.from);
        }
        let file = disk.open(&self.path).at("open", &self.path)?;
        let before = at - 1;
        let piece =
            tail::read_range(&*file, &self.path, before, self.to.min(before + 1 + LINE_LIMIT as u64))?;
        let newline = piece.iter().position(|byte| *byte == b'\n');
        let begin = newline.map_or(self.from, |newline| before + newline as u64 + 1);
        Ok(if begin < self.to { begin } else { self.from })
    }
}

/// Whole lines, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    pub(super) files: Vec<Stretch>,
    /// Whether it begins with the log's first line.
    pub(super) from_the_first: bool,
    /// Whether a line that a power cut tore stands after it.
    pub torn: bool,
}

impl Extent {
    /// The whole log, as it is now. A log whose end is damaged is taken as it stands.
    pub fn whole(disk: &dyn Disk, folder: &Path, patience: Duration) -> Result<Self, LogError> {
        // Held for the moment of looking only: no line is half written then.
        let _lock = Lock::acquire(disk, folder, Mode::Shared, patience)?;
        let mut files = Vec::new();
        for path in tail::months(disk, folder)? {
            let to = disk.open(&path).and_then(|file| file.len()).at("read", &path)?;
            files.push(Stretch { path, from: 0, to });
        }
        let mut torn = false;
        match tail::read(disk, folder) {
            Ok(tail) => {
                torn = tail.torn;
                if let Some(newest) = files.last_mut() {
                    newest.to = tail.end;
                }
            }
            Err(LogError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        files.retain(|file| file.to > 0);
        Ok(Self { files, from_the_first: true, torn })
    }

    /// From entry `first` on, which must be there.
    pub fn from(mut self, disk: &dyn Disk, folder: &Path, first: u64) -> Result<Self, LogError> {
        if first <= 1 {
            return Ok(self);
        }
        let Some(found) = find::line_at(disk, folder, first)? else { return Ok(self) };
        self.files.retain(|file| file.path >= found.path);
        if let Some(file) = self.files.first_mut() {
            file.from = found.at;
        }
        self.from_the_first = false;
        Ok(self)
    }

    /// Up to the entry before `end`.
    pub fn before(mut self, disk: &dyn Disk, folder: &Path, end: u64) -> Result<Self, LogError> {
        if let Some(found) = find::line_at(disk, folder, end)? {
            self.files.retain(|file| file.path <= found.path);
            if let Some(file) = self.files.last_mut()
                && file.path == found.path
            {
                file.to = found.at;
            }
            self.files.retain(|file| file.to > file.from);
            self.torn = false;
        }
        Ok(self)
    }

    /// Without the months' files that can hold no entry of `since` or later. No clock is trusted for it: the
    /// writer puts no line into an earlier file than that of the line's own time.
    #[must_use]
    pub fn since(mut self, since: Timestamp) -> Self {
        let month = since.strftime("%Y-%m.jsonl").to_string();
        let files = self.files.len();
        self.files.retain(|file| file.path.file_name().is_none_or(|name| *name >= *month));
        self.from_the_first &= self.files.len() == files;
        self
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.to - file.from).sum()
    }

    /// Whether it has no line.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The name of one of its files: `2026-11.jsonl`.
    pub fn name(&self, file: usize) -> String {
        let path = self.files.get(file).and_then(|file| file.path.file_name());
        path.unwrap_or_default().to_string_lossy().into_owned()
    }
}

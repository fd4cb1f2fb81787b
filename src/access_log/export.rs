//! Taking entries out of the access log, for auditors: a file of JSON Lines or CSV, and a manifest beside
//! it in which whoever exported them vouches for the file.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `row_text` | one entry as a line of such a file, and back |
//! | `manifest` | what is said of the file, and signed |
//! | `check` | the file held against its manifest, without a store |

pub mod check;
pub mod manifest;
mod row_text;

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::check::{CheckError, RowFault};
pub use self::manifest::{Manifest, ManifestError};
pub use self::row_text::{neutralised, restored};
use super::entry::Opened;
use super::log::LogError;
use super::reading::{Extent, Filter, ReadError, Reader, Row};
use crate::sealed::signed::{Digest, Mark};

/// The form of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON Lines.
    Jsonl,
    /// CSV after RFC 4180.
    Csv,
}

impl std::fmt::Display for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        })
    }
}

/// The entries that were looked at, in their order and without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first one.
    pub first: Mark,
    /// The last one: the log's head at that time.
    pub last: Mark,
}

impl Range {
    /// How many entries it has; `None` where it ends before it begins.
    pub fn entries(&self) -> Option<u64> {
        self.last.seq.checked_sub(self.first.seq)?.checked_add(1)
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The file's length.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The entries that were looked at.
    pub range: Range,
    /// How many of them are in the file.
    pub entries: u64,
    /// How many of those nobody signed.
    pub unsigned: u64,
    /// How many the filter left out.
    pub left_out: u64,
}

/// Entries can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log can't be read, or is damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log's end is not the entry about this export.
    #[error("the access log does not end with the entry about this export: it was cut meanwhile")]
    Cut,
    /// The file can't be written.
    #[error("cannot write the file")]
    Write(#[source] io::Error),
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
}

impl From<LogError> for ExportError {
    fn from(error: LogError) -> Self {
        Self::Read(error.into())
    }
}

/// Is told the stage, how far it is and how far it goes; may ask to stop.
pub type Watch<'a> = &'a dyn Fn(&'static str, u64, u64) -> ControlFlow<()>;

/// An export.
pub struct Export<'a> {
    /// The log.
    pub reader: Reader<'a>,
    /// What of it is looked at.
    pub extent: &'a Extent,
    /// With which entry that ends.
    pub head: Mark,
    /// The file's form.
    pub format: Format,
    /// Which entries.
    pub filter: &'a Filter,
}

/// What became of an entry on the thread that opened it.
struct Made {
    mark: Mark,
    unsigned: bool,
    /// The row's bytes, unless the filter leaves it out.
    text: Option<io::Result<Vec<u8>>>,
}

impl Export<'_> {
    /// Writes the file to `sink`, with every entry opened, verified and held against the chain; memory is
    /// bounded however long the log is.
    pub fn write<W: Write>(&self, sink: W, watch: Watch<'_>) -> Result<Written, ExportError> {
        let first = self.first(watch)?;
        let mut file = Measured { sink, bytes: 0, hash: Sha256::new() };
        file.write(self.format.header().as_bytes())?;
        let (mut range, mut entries, mut unsigned, mut left_out) = (None::<Range>, 0, 0, 0);
        self.each(
            "exporting",
            watch,
            |opened| self.make(opened, first),
            |made| {
                range = Some(Range { first: range.map_or(made.mark, |range| range.first), last: made.mark });
                match made.text {
                    Some(text) => {
                        file.write(&text.map_err(ExportError::Write)?)?;
                        entries += 1;
                        unsigned += u64::from(made.unsigned);
                    }
                    None => left_out += 1,
                }
                Ok(())
            },
        )?;
        let range = range.filter(|range| range.last == self.head).ok_or(ExportError::Cut)?;
        let Measured { mut sink, bytes, hash } = file;
        sink.flush().map_err(ExportError::Write)?;
        Ok(Written { bytes, sha256: hash.into(), range, entries, unsigned, left_out })
    }

    fn make(&self, opened: Opened, first: u64) -> Made {
        let mark = Mark { seq: opened.entry.seq, hash: opened.hash };
        let wanted = mark.seq >= first && self.filter.lets_through(&opened.entry);
        let row = Row::from(opened);
        Made { mark, unsigned: row.is_unsigned(), text: wanted.then(|| self.format.render(&row)) }
    }

    /// With which entry the newest begin that a limit leaves: sought backwards.
    fn first(&self, watch: Watch<'_>) -> Result<u64, ExportError> {
        let Some(limit) = self.filter.limit else { return Ok(0) };
        let stopped = Cell::new(false);
        let progress = |done, total| stopped.set(stopped.get() || watch("looking", done, total).is_break());
        let seq = |opened: Opened| self.filter.lets_through(&opened.entry).then_some(opened.entry.seq);
        let newest = self.reader.newest(self.extent, limit, &progress, seq)?;
        if stopped.get() { Err(ExportError::Stopped) } else { Ok(newest.first().copied().unwrap_or(0)) }
    }

    fn each<T: Send>(
        &self,
        stage: &'static str,
        watch: Watch<'_>,
        work: impl Fn(Opened) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let stopped = Cell::new(false);
        let progress = |done, total| stopped.set(stopped.get() || watch(stage, done, total).is_break());
        let go_on = || if stopped.get() { Err(ExportError::Stopped) } else { Ok(()) };
        self.reader.each(
            self.extent,
            &progress,
            |opened| Some(work(opened)),
            |made| {
                go_on()?;
                take(made)
            },
        )?;
        go_on()
    }
}

/// Counts and hashes what goes through.
struct Measured<W> {
    sink: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.sink.write_all(bytes).map_err(ExportError::Write)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

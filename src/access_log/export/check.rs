//! An exported file held against its manifest: no store is needed, and no more memory than a row takes.

use std::io::{self, BufRead, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::{Format, Manifest};
use crate::access_log::reading::Row;
use crate::sealed::checkpoint::Progress;
use crate::sealed::signed::{Digest, Mark};

/// The longest row accepted, in bytes: six times the longest line of the log, as JSON escapes make of it.
const ROW_LIMIT: u64 = 6 * crate::access_log::entry::LINE_LIMIT as u64;

/// The file is not the one that the manifest is about, or the manifest is wrong about it.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It can't be read.
    #[error("cannot read the file")]
    Read(#[from] io::Error),
    /// It has another length.
    #[error("this is not the file that was exported: it has {found} bytes, and the manifest says {said}{}", at(fault.as_ref()))]
    Length {
        /// The file's.
        found: u64,
        /// The manifest's.
        said: u64,
        /// The first row that shows it, if one does.
        fault: Option<Fault>,
    },
    /// It has the length, and other contents.
    #[error("this is not the file that was exported: its SHA-256 is not the one in the manifest{}", at(fault.as_ref()))]
    Contents {
        /// The first row that shows it, if one does.
        fault: Option<Fault>,
    },
    /// The file is as it was signed, and its rows are not what the manifest says of them.
    #[error("the manifest is wrong about its file: {0}")]
    Row(Fault),
    /// The number of rows is another.
    #[error("the manifest is wrong about its file: it says {said} entries, and there are {found}")]
    Entries {
        /// The file's.
        found: u64,
        /// The manifest's.
        said: u64,
    },
    /// The number of unsigned rows is another.
    #[error("the manifest is wrong about its file: it says {said} unsigned entries, and there are {found}")]
    Unsigned {
        /// The file's.
        found: u64,
        /// The manifest's.
        said: u64,
    },
}

fn at(fault: Option<&Fault>) -> String {
    fault.map(|fault| format!(" ({fault})")).unwrap_or_default()
}

/// A row that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct Fault {
    /// The line on which it begins, counted from 1 as an editor does.
    pub line: u64,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// A CSV file begins with the columns' names.
    #[error("the columns' names are not those of an export")]
    Header,
    /// It is not as this program writes rows.
    #[error("this is no row of an export")]
    NoRow,
    /// It does not come after the one before.
    #[error("entry {seq} stands after entry {after}")]
    Order {
        /// The entry.
        seq: u64,
        /// The one before.
        after: u64,
    },
    /// One number, two rows.
    #[error("entry {seq} stands there twice")]
    Twice {
        /// The entry.
        seq: u64,
    },
    /// It is none of the entries that were looked at.
    #[error("entry {seq} lies outside of the range")]
    Range {
        /// The entry.
        seq: u64,
    },
    /// Entries of an export that is not filtered are missing.
    #[error("entries are missing: entry {seq} follows entry {after}")]
    Gap {
        /// The entry.
        seq: u64,
        /// The one before; one before the range when there is none.
        after: u64,
    },
    /// It does not continue the entry before it.
    #[error("entry {seq} does not continue the entry before it: one of the two was changed")]
    Chain {
        /// The entry.
        seq: u64,
    },
    /// The range names another entry of that number.
    #[error("entry {seq} is not the one with which the range begins or ends")]
    Mark {
        /// The entry.
        seq: u64,
    },
    /// The filter would have left it out.
    #[error("entry {seq} is none that the filter lets through")]
    Filter {
        /// The entry.
        seq: u64,
    },
    /// It names somebody whom the roster never knew.
    #[error("entry {seq} is signed by {staff}, whom the roster never knew")]
    Staff {
        /// The entry.
        seq: u64,
        /// Whom it names.
        staff: String,
    },
}

/// Holds `file` against `manifest`. `known` tells whether somebody of that name was ever in the roster;
/// `progress` is told bytes.
pub fn check(
    manifest: &Manifest,
    known: &dyn Fn(&str) -> bool,
    file: impl Read,
    progress: Progress<'_>,
) -> Result<(), CheckError> {
    let mut rows = Rows::new(manifest.format, BufReader::with_capacity(1 << 16, file));
    let mut expected = Expected { manifest, known, last: None, entries: 0, unsigned: 0 };
    let mut fault = None;
    while let Some((line, found)) = rows.next()? {
        let wrong = match found {
            Ok(None) => None,
            Ok(Some(row)) => expected.take(&row),
            Err(fault) => Some(fault),
        };
        progress(rows.bytes, manifest.bytes);
        if let Some(wrong) = wrong {
            // What follows is judged by its length and SHA-256 alone.
            fault = Some(Fault { line, fault: wrong });
            break;
        }
    }
    let (found, sha256) = rows.rest()?;
    let said = manifest.bytes;
    if found != said {
        return Err(CheckError::Length { found, said, fault });
    }
    if sha256 != manifest.sha256 {
        return Err(CheckError::Contents { fault });
    }
    if let Some(fault) = fault {
        return Err(CheckError::Row(fault));
    }
    let Expected { entries, unsigned, .. } = expected;
    if entries != manifest.entries {
        return Err(CheckError::Entries { found: entries, said: manifest.entries });
    }
    if unsigned != manifest.unsigned {
        return Err(CheckError::Unsigned { found: unsigned, said: manifest.unsigned });
    }
    Ok(())
}

/// What the next row must be.
struct Expected<'a> {
    manifest: &'a Manifest,
    known: &'a dyn Fn(&str) -> bool,
    last: Option<Mark>,
    entries: u64,
    unsigned: u64,
}

impl Expected<'_> {
    /// The next row; gives what is wrong with it.
    fn take(&mut self, row: &Row) -> Option<RowFault> {
        let Manifest { range, filter, filtered, .. } = self.manifest;
        let (seq, here) = (row.seq, Mark { seq: row.seq, hash: row.hash });
        let before = self.last.replace(here);
        if let Some(Mark { seq: after, .. }) = before.filter(|before| seq <= before.seq) {
            return Some(if seq == after { RowFault::Twice { seq } } else { RowFault::Order { seq, after } });
        }
        if seq < range.first.seq || seq > range.last.seq {
            return Some(RowFault::Range { seq });
        }
        if [range.first, range.last].iter().any(|end| end.seq == seq && *end != here) {
            return Some(RowFault::Mark { seq });
        }
        // Before the log's first entry stands nothing.
        let before = before.or((seq == 1).then_some(Mark::NOTHING));
        let after = before.map_or(range.first.seq.saturating_sub(1), |before| before.seq);
        let follows = after.saturating_add(1) == seq;
        if !follows && !filtered {
            return Some(RowFault::Gap { seq, after });
        }
        if follows && before.is_some_and(|before| before.hash != row.prev) {
            return Some(RowFault::Chain { seq });
        }
        if !filter.lets_row_through(row) {
            return Some(RowFault::Filter { seq });
        }
        self.entries += 1;
        if row.is_unsigned() {
            self.unsigned += 1;
        } else if !(self.known)(&row.staff) {
            return Some(RowFault::Staff { seq, staff: row.staff.clone() });
        }
        None
    }
}

/// A row, or what is wrong with it; `None` for the columns' names, of which there is nothing to say.
type Found = Result<Option<Row>, RowFault>;

/// Cuts a file into rows, and measures it.
struct Rows<R> {
    format: Format,
    file: R,
    /// Lines before the next row.
    lines: u64,
    /// Bytes taken, and their hash.
    bytes: u64,
    hash: Sha256,
    buffer: Vec<u8>,
    header_due: bool,
}

impl<R: BufRead> Rows<R> {
    fn new(format: Format, file: R) -> Self {
        let header_due = !format.header().is_empty();
        Self { format, file, lines: 0, bytes: 0, hash: Sha256::new(), buffer: Vec::new(), header_due }
    }

    /// The next row and the line on which it begins; `None` at the file's end.
    fn next(&mut self) -> io::Result<Option<(u64, Found)>> {
        let line = self.lines + 1;
        self.read_row()?;
        self.hash.update(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        if std::mem::take(&mut self.header_due) {
            let is_header = self.buffer == self.format.header().as_bytes();
            return Ok(Some((line, if is_header { Ok(None) } else { Err(RowFault::Header) })));
        }
        if self.buffer.is_empty() {
            return Ok(None);
        }
        Ok(Some((line, self.format.parse(&self.buffer).map(Some).ok_or(RowFault::NoRow))))
    }

    /// Fills the buffer with one row: of CSV, up to the line's end that stands between no quotes.
    fn read_row(&mut self) -> io::Result<()> {
        self.buffer.clear();
        let mut quoted = false;
        loop {
            let begun = self.buffer.len();
            let room = ROW_LIMIT.saturating_sub(begun as u64);
            let count = self.file.by_ref().take(room).read_until(b'\n', &mut self.buffer)?;
            self.lines += 1;
            for byte in &self.buffer[begun..] {
                quoted ^= *byte == b'"';
            }
            let whole = self.format == Format::Jsonl || !quoted;
            if count == 0 || whole || !self.buffer.ends_with(b"\n") {
                return Ok(());
            }
        }
    }

    /// Length and SHA-256 of the whole file.
    fn rest(mut self) -> io::Result<(u64, Digest)> {
        loop {
            let piece = self.file.fill_buf()?;
            if piece.is_empty() {
                return Ok((self.bytes, self.hash.into()));
            }
            self.hash.update(piece);
            let length = piece.len();
            self.bytes += length as u64;
            self.file.consume(length);
        }
    }
}

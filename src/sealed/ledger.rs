//! A group's erasure ledger, `erased.jsonl`: which customers were erased, by their codes alone. Signed lines,
//! each of which continues the one before; the head names where they end. What stands behind that did not happen.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Access, Outside};
use super::disk::{self, Disk, DiskError, IoContext};
use super::signed::{self, Digest, Mark, Purpose, SignedError, Unverified};

/// The ledger's name in its group's folder.
pub const NAME: &str = "erased.jsonl";
/// The longest ledger accepted, in bytes: some 400,000 erasures.
const LIMIT: u64 = 256 << 20;
/// The longest line, in bytes, newline included.
const LINE_LIMIT: usize = 2 * 1024;
/// The longest code, in bytes.
const CODE_LIMIT: usize = 32;
const VERSION: u32 = 1;

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    v: u32,
    /// Counted from 1.
    pub seq: u64,
    /// The hash of the line before; zeroes in the first.
    prev: Digest,
    /// When, by the clock of whoever did it.
    pub at: Timestamp,
    group: String,
    /// Whose record it was.
    pub code: String,
    /// The roster that the signer went by.
    roster: Mark,
    /// Its entry in the access log.
    pub entry: Mark,
    /// Who did it: `alice.1`.
    pub signer: String,
}

/// A ledger that was verified up to where its head says that it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The erasures, in their order.
    pub lines: Vec<Line>,
    /// Where it ends.
    pub end: Mark,
    /// How many of the file's bytes count.
    bytes: usize,
    /// The hash of each line.
    hashes: Vec<Digest>,
    text: Vec<u8>,
}

/// What is wrong with a ledger.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ends before the place that the head names.
    #[error("it is cut: the head names line {0}")]
    Cut(u64),
    /// A line is none.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Nobody entitled signed it.
    #[error("nobody who might do so signed it")]
    Signer,
    /// It does not follow the line before, or is another group's.
    #[error("it does not belong there")]
    Misplaced,
    /// It is not the line that the head names.
    #[error("it is not the one that the head names")]
    OtherEnd,
}

/// A ledger can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It is damaged.
    #[error("line {line} of {} is damaged: {fault}", path.display())]
    Damaged {
        /// The ledger's path.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        #[source]
        fault: Fault,
    },
    /// It can't be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A line can't be written as JSON.
    #[error("cannot write the erasure ledger")]
    Json(#[from] serde_json::Error),
}

impl Ledger {
    /// Reads a group's ledger up to `end`, which the head names, and verifies every line of it.
    pub fn read(outside: &Outside<'_>, end: Mark) -> Result<Self, LedgerError> {
        Self::read_at(outside, outside.folder.join(NAME), end)
    }

    /// Reads another copy of a group's ledger, as one that a medium had, up to `end`.
    pub fn read_copy(outside: &Outside<'_>, path: PathBuf, end: Mark) -> Result<Self, LedgerError> {
        Self::read_at(outside, path, end)
    }

    fn read_at(outside: &Outside<'_>, path: PathBuf, end: Mark) -> Result<Self, LedgerError> {
        if end == Mark::NOTHING {
            return Ok(Self::empty());
        }
        let text = match disk::read_small(outside.disk, &path, LIMIT) {
            Err(error) if error.source.kind() == ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let mut ledger = Self::empty();
        let mut roster = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if ledger.end.seq >= end.seq {
                break;
            }
            let number = ledger.end.seq + 1;
            let damaged = |fault| LedgerError::Damaged { path: path.clone(), line: number, fault };
            let (read, hash) = ledger.next(line, outside, roster).map_err(damaged)?;
            roster = read.roster.seq;
            ledger.end = Mark { seq: number, hash };
            ledger.bytes += line.len();
            ledger.hashes.push(hash);
            ledger.lines.push(read);
        }
        let line = ledger.end.seq.max(1);
        if ledger.end.seq < end.seq {
            return Err(LedgerError::Damaged { path, line: ledger.end.seq + 1, fault: Fault::Cut(end.seq) });
        }
        if ledger.end != end {
            return Err(LedgerError::Damaged { path, line, fault: Fault::OtherEnd });
        }
        ledger.text = text;
        ledger.text.truncate(ledger.bytes);
        Ok(ledger)
    }

    fn empty() -> Self {
        Self { lines: Vec::new(), end: Mark::NOTHING, bytes: 0, hashes: Vec::new(), text: Vec::new() }
    }

    /// Its lines as they are written, without what stands behind its end.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The access-log entry of each line, by the line's number.
    pub fn entries(&self) -> impl Iterator<Item = (u64, Mark)> {
        self.lines.iter().map(|line| (line.seq, line.entry))
    }

    fn next(&self, line: &[u8], outside: &Outside<'_>, roster: u64) -> Result<(Line, Digest), Fault> {
        let text = line.strip_suffix(b"\n").filter(|line| line.len() < LINE_LIMIT);
        let text = text.ok_or_else(|| SignedError::Malformed("no line of a ledger".to_owned()))?;
        let unverified = Unverified::<Line>::parse(text)?;
        let claimed = unverified.claimed();
        let key = outside.signers.key(&claimed.signer, outside.group, claimed.roster);
        let line = unverified.verify(Purpose::Ledger, &outside.store, &key.ok_or(Fault::Signer)?)?;
        let belongs = line.v == VERSION
            && line.seq == self.end.seq + 1
            && line.prev == self.end.hash
            && line.group == outside.group
            && line.roster.seq >= roster
            && is_code(&line.code);
        if belongs { Ok((line, Digest::of(text))) } else { Err(Fault::Misplaced) }
    }

    /// Whether it goes on from another one of the same group, or is the same.
    pub fn goes_on_from(&self, earlier: &Self) -> bool {
        self.hashes.starts_with(&earlier.hashes)
    }

    /// The line of a code that was erased.
    pub fn line_of(&self, code: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.code == code)
    }

    /// Appends a line for each code, durably, in the place of what did not happen. It counts once a head names
    /// its end, which is given.
    pub fn append(
        &self,
        access: &Access,
        codes: &[String],
        (roster, entry, at): (Mark, Mark, Timestamp),
    ) -> Result<Mark, LedgerError> {
        let mut end = self.end;
        let mut lines = Vec::new();
        for code in codes {
            let line = Line {
                v: VERSION,
                seq: end.seq + 1,
                prev: end.hash,
                at,
                group: access.group.clone(),
                code: code.clone(),
                roster,
                entry,
                signer: access.signer.clone(),
            };
            let line = signed::sign(&line, Purpose::Ledger, &access.store, &access.signing_key)?;
            end = Mark { seq: end.seq + 1, hash: Digest::of(&line) };
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
        let disk = &*access.disk;
        let path = access.folder.join(NAME);
        let file = match disk.open_for_writing(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                disk.create_new(&path).at("create", &path)?
            }
            opened => opened.at("open", &path)?,
        };
        let bytes = self.bytes as u64;
        if file.len().at("read", &path)? > bytes {
            file.set_len(bytes).at("cut", &path)?;
        }
        file.write_all_at(&lines, bytes).at("write to", &path)?;
        file.sync_all().at("flush", &path)?;
        disk.sync_dir(&access.folder).at("flush", &access.folder)?;
        Ok(end)
    }

    /// Puts this ledger, read from elsewhere, in the place of the group's own: durably, whole or not at all.
    pub fn put_in_place(&self, disk: &dyn Disk, folder: &Path) -> Result<(), DiskError> {
        disk::replace(disk, &folder.join(NAME), &self.text)
    }
}

/// The codes in a ledger, without a word of who signed for them: enough for who only looks for one that was never
/// used.
#[derive(Debug, Default)]
pub struct UsedCodes(HashSet<String>);

impl UsedCodes {
    /// Those in the ledger of the group in `folder`.
    pub fn read(disk: &dyn Disk, folder: &Path) -> Result<Self, DiskError> {
        let path = folder.join(NAME);
        let text = match disk::read_small(disk, &path, LIMIT) {
            Err(error) if error.source.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            read => read?,
        };
        let codes = text.split(|byte| *byte == b'\n').filter_map(|line| {
            let unverified = Unverified::<Line>::parse(line).ok()?;
            Some(unverified.claimed().code.clone())
        });
        Ok(Self(codes.collect()))
    }

    /// Whether a code is among them.
    pub fn contains(&self, code: &str) -> bool {
        self.0.contains(code)
    }
}

fn is_code(text: &str) -> bool {
    (1..=CODE_LIMIT).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

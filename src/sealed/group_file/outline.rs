//! What a group's head and records say on the outside: which entries of the access log they name. Signed,
//! chained, and readable without the group's key, so that auditors can hold the log against it.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{OpenGroupError, current_head};
use crate::sealed::access::Outside;
use crate::sealed::disk::{DiskError, DiskFile, IoContext};
use crate::sealed::head::{Head, LAST_NUMBER, LogFile};
use crate::sealed::ledger::Ledger;
use crate::sealed::lock::{Lock, Mode};
use crate::sealed::log::{Fault, LogError, verified};
use crate::sealed::record::{self, Header};
use crate::sealed::signed::{Digest, Mark};

/// Bytes hashed at once.
const PIECE: usize = 1 << 20;

/// What a record says on the outside of the entry that it was written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEntry {
    /// The record's number.
    pub record: u64,
    /// The entry that it names.
    pub entry: Mark,
    /// Whose record it is: `bea.1`.
    pub signer: String,
}

/// The outside of a group's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The head's generation.
    pub generation: u64,
    /// The head's entry in the access log.
    pub entry: Mark,
    /// The log's first record, be it written or still to come.
    pub first: u64,
    /// Every record in the log, in its order.
    pub records: Vec<NamedEntry>,
    /// The entry that each line of the erasure ledger names, by the line's number.
    pub erasures: Vec<(u64, Mark)>,
}

impl Outline {
    /// The last record's number; the one before the log's first when there is none.
    pub fn last(&self) -> u64 {
        self.records.last().map_or(self.first.saturating_sub(1), |last| last.record)
    }

    /// The entry that a record of the log names.
    pub fn entry_of(&self, record: u64) -> Option<Mark> {
        let place = self.records.binary_search_by_key(&record, |named| named.record).ok()?;
        self.records.get(place).map(|named| named.entry)
    }
}

/// Reads a group's outline under its shared lock. A torn record at the end is left out, as readers do.
pub fn outline(outside: &Outside<'_>, patience: Duration) -> Result<Outline, OpenGroupError> {
    let _lock = Lock::acquire(outside.disk, outside.folder, Mode::Shared, patience)?;
    let head = current_head(outside, Mode::Shared)?.head;
    let path = outside.folder.join(&head.log.name);
    let file = outside.disk.open(&path).at("open", &path)?;
    let mut log = Log { outside, named: &head.log, file: &*file, path: &path, last: before_first(&head.log) };
    let (records, _) = log.records(false)?;
    let erasures = Ledger::read(outside, head.ledger)?.entries().collect();
    Ok(Outline { generation: head.generation, entry: head.entry, first: head.log.first, records, erasures })
}

/// A group's files at rest, checked as far as that takes no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRest {
    /// The head in force.
    pub head: Head,
    /// Every record in the log, in its order.
    pub records: Vec<NamedEntry>,
    /// The last record, be it in the log or taken in by the base.
    pub last: Mark,
    /// The erasure ledger.
    pub ledger: Ledger,
}

/// Checks the head, every record's header and the SHA-256 of what each holds, of files that nobody changes: no
/// lock is taken, and nothing may be torn. The base's SHA-256 is the caller's to check.
pub fn at_rest(outside: &Outside<'_>) -> Result<AtRest, OpenGroupError> {
    let head = current_head(outside, Mode::Shared)?.head;
    let path = outside.folder.join(&head.log.name);
    let file = outside.disk.open(&path).at("open", &path)?;
    let mut log = Log { outside, named: &head.log, file: &*file, path: &path, last: before_first(&head.log) };
    let (records, end) = log.records(true)?;
    let last = log.last;
    if end < file.len().at("read", &path)? {
        return Err(LogError::Damaged { path, at: end, fault: Fault::Header }.into());
    }
    let ledger = Ledger::read(outside, head.ledger)?;
    Ok(AtRest { head, records, last, ledger })
}

fn before_first(log: &LogFile) -> Mark {
    Mark { seq: log.first.saturating_sub(1), hash: log.continues }
}

/// A log whose headers are followed.
struct Log<'a> {
    outside: &'a Outside<'a>,
    named: &'a LogFile,
    file: &'a dyn DiskFile,
    path: &'a Path,
    /// The last good record.
    last: Mark,
}

impl Log<'_> {
    /// Every record, and where the last one ends. With `contents`, the SHA-256 of what each holds is checked.
    fn records(&mut self, contents: bool) -> Result<(Vec<NamedEntry>, u64), LogError> {
        let damaged = |at, fault| LogError::Damaged { path: self.path.to_owned(), at, fault };
        let length = self.file.len().at("read", self.path)?;
        let (mut records, mut at) = (Vec::new(), 0);
        let mut line = vec![0; record::LINE_LIMIT];
        while at < length {
            // The head's own records end with the one that it names.
            if at == self.named.bytes && self.last != (Mark { seq: self.named.last, hash: self.named.ends }) {
                return Err(damaged(at, Fault::Chain));
            }
            let count = self.file.read_at(&mut line, at).at("read", self.path)?;
            let found = record::parse(&line[..count]).map_err(|_| Fault::Header);
            let read = found.and_then(|found| self.next(found, at, length));
            let read = match read {
                Ok((header, _, begin)) if contents && !self.holds(&header, begin)? => Err(Fault::Contents),
                read => read,
            };
            match read {
                Ok((header, hash, begin)) => {
                    self.last = Mark { seq: header.seq, hash };
                    at = begin + header.bytes;
                    let (record, entry, signer) = (header.seq, header.entry, header.signer);
                    records.push(NamedEntry { record, entry, signer });
                }
                Err(fault) if at < self.named.bytes => return Err(damaged(at, fault)),
                // A tear, or what `vault verify` calls by its name: it reads the records themselves.
                Err(_) => break,
            }
        }
        if length < self.named.bytes {
            return Err(damaged(length, Fault::Cut));
        }
        Ok((records, at))
    }

    /// The record at `at`, if it belongs there, and where its contents begin.
    fn next(&self, found: record::Found, at: u64, length: u64) -> Result<(Header, Digest, u64), Fault> {
        let outside = self.outside;
        let header = verified(found.header, outside)?;
        let belongs = header.group == outside.group
            && header.epoch == outside.epoch
            && header.prev == self.last.hash
            && Some(header.seq) == self.last.seq.checked_add(1)
            && header.seq <= LAST_NUMBER;
        if !belongs {
            return Err(Fault::Misplaced);
        }
        let begin = at.checked_add(found.length as u64);
        let end = begin.and_then(|begin| begin.checked_add(header.bytes));
        match (begin, end.filter(|end| *end <= length)) {
            (Some(begin), Some(_)) => Ok((header, found.hash, begin)),
            _ => Err(Fault::Cut),
        }
    }

    /// Whether a record holds what its header says.
    fn holds(&self, header: &Header, begin: u64) -> Result<bool, DiskError> {
        let mut hash = Sha256::new();
        let (mut at, end) = (begin, begin + header.bytes);
        let mut piece = vec![0; usize::try_from(header.bytes).unwrap_or(PIECE).min(PIECE)];
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(PIECE).min(piece.len());
            let count = self.file.read_at(&mut piece[..wanted], at).at("read", self.path)?;
            if count == 0 {
                break;
            }
            hash.update(&piece[..count]);
            at += count as u64;
        }
        Ok(Digest::from(hash) == header.sha256)
    }
}

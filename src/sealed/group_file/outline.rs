//! What a group's head and records say on the outside: which entries of the access log they name. Signed,
//! chained, and readable without the group's key, so that auditors can hold the log against it.

use std::path::Path;
use std::time::Duration;

use super::{OpenGroupError, current_head};
use crate::sealed::access::Outside;
use crate::sealed::disk::{DiskFile, IoContext};
use crate::sealed::head::{LAST_NUMBER, LogFile};
use crate::sealed::lock::{Lock, Mode};
use crate::sealed::log::{Fault, LogError, verified};
use crate::sealed::record;
use crate::sealed::signed::Mark;

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
    let head = current_head(outside, Mode::Shared)?;
    let path = outside.folder.join(&head.log.name);
    let file = outside.disk.open(&path).at("open", &path)?;
    let records = records(outside, &head.log, &*file, &path)?;
    Ok(Outline { generation: head.generation, entry: head.entry, first: head.log.first, records })
}

fn records(
    outside: &Outside<'_>,
    log: &LogFile,
    file: &dyn DiskFile,
    path: &Path,
) -> Result<Vec<NamedEntry>, LogError> {
    let length = file.len().at("read", path)?;
    let mut last = Mark { seq: log.first.saturating_sub(1), hash: log.continues };
    let (mut records, mut at) = (Vec::new(), 0);
    let mut line = vec![0; record::LINE_LIMIT];
    while at < length {
        let count = file.read_at(&mut line, at).at("read", path)?;
        let read = record::parse(&line[..count]).map_err(|_| Fault::Header).and_then(|found| {
            let header = verified(found.header, outside)?;
            let belongs = header.group == outside.group
                && header.epoch == outside.epoch
                && header.prev == last.hash
                && Some(header.seq) == last.seq.checked_add(1)
                && header.seq <= LAST_NUMBER;
            let end = at.checked_add(found.length as u64).and_then(|end| end.checked_add(header.bytes));
            match end.filter(|end| *end <= length) {
                _ if !belongs => Err(Fault::Misplaced),
                None => Err(Fault::Cut),
                Some(end) => Ok((header, found.hash, end)),
            }
        });
        match read {
            Ok((header, hash, end)) => {
                last = Mark { seq: header.seq, hash };
                let (record, entry, signer) = (header.seq, header.entry, header.signer);
                records.push(NamedEntry { record, entry, signer });
                at = end;
            }
            Err(fault) if at < log.bytes => {
                return Err(LogError::Damaged { path: path.to_owned(), at, fault });
            }
            // A tear, or what `vault verify` calls by its name: it reads the records themselves.
            Err(_) => break,
        }
    }
    if length < log.bytes {
        return Err(LogError::Damaged { path: path.to_owned(), at: length, fault: Fault::Cut });
    }
    Ok(records)
}

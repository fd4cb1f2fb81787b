//! SQLite's write-ahead log format (<https://www.sqlite.org/fileformat2.html#walformat>): reading
//! which page versions a log holds, and writing a compact log of the same content.

use std::collections::BTreeMap;
use std::ops::Range;

use zeroize::Zeroizing;

/// The log's header, in bytes.
pub const HEADER: usize = 32;
/// A frame's header, in bytes; a page follows it.
pub const FRAME_HEADER: usize = 24;

const MAGIC_LITTLE: u32 = 0x377f_0682;
const MAGIC_BIG: u32 = 0x377f_0683;
const VERSION: u32 = 3_007_000;

/// A log's bytes are not a sound write-ahead log that ends in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged write-ahead log at byte {at}")]
pub struct DamagedWal {
    /// Offset in the log's plaintext.
    pub at: usize,
}

/// The latest committed version of each page in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Bytes a page.
    pub page_size: usize,
    /// The database's size after the last commit, in pages.
    pub count: u32,
    /// Page number (from 1) → where its bytes stand in the log.
    pub latest: BTreeMap<u32, Range<usize>>,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// SQLite's WAL checksum: two running 32-bit sums over pairs of words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Checksum {
    sums: (u32, u32),
    big_endian: bool,
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let (mut first, mut second) = self.sums;
        for pair in bytes.chunks_exact(8) {
            let mut halves = [[0; 4]; 2];
            halves[0].copy_from_slice(&pair[..4]);
            halves[1].copy_from_slice(&pair[4..]);
            let [one, two] =
                if self.big_endian { halves.map(u32::from_be_bytes) } else { halves.map(u32::from_le_bytes) };
            first = first.wrapping_add(one).wrapping_add(second);
            second = second.wrapping_add(two).wrapping_add(first);
        }
        self.sums = (first, second);
    }

    fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        self.sums == (word(bytes, at), word(bytes, at + 4))
    }
}

/// Reads a whole log, checking every checksum. An empty log has no pages: `None`.
pub fn pages(log: &[u8]) -> Result<Option<Pages>, DamagedWal> {
    if log.is_empty() {
        return Ok(None);
    }
    let magic = word(log, 0);
    let page_size = word(log, 8) as usize;
    let sound_header = log.len() >= HEADER
        && (magic == MAGIC_LITTLE || magic == MAGIC_BIG)
        && word(log, 4) == VERSION
        && page_size.is_power_of_two()
        && (512..=65_536).contains(&page_size);
    let mut sum = Checksum { sums: (0, 0), big_endian: magic == MAGIC_BIG };
    if sound_header {
        sum.add(&log[..24]);
    }
    if !sound_header || !sum.stands_at(log, 24) {
        return Err(DamagedWal { at: 0 });
    }

    let mut pages = Pages { page_size, count: 0, latest: BTreeMap::new() };
    let mut ends_in_commit = false;
    let mut at = HEADER;
    while at < log.len() {
        let page = at + FRAME_HEADER..at + FRAME_HEADER + page_size;
        let number = word(log, at);
        let salts_fit = log.get(at + 8..at + 16) == log.get(16..24);
        if page.end > log.len() || number == 0 || !salts_fit {
            return Err(DamagedWal { at });
        }
        sum.add(&log[at..at + 8]);
        sum.add(&log[page.clone()]);
        if !sum.stands_at(log, at + 16) {
            return Err(DamagedWal { at });
        }
        let size_after_commit = word(log, at + 4);
        ends_in_commit = size_after_commit != 0;
        if ends_in_commit {
            pages.count = size_after_commit;
        }
        pages.latest.insert(number, page.clone());
        at = page.end;
    }
    if !ends_in_commit {
        return Err(DamagedWal { at: log.len() });
    }
    // A page past the end of the last commit was dropped by it.
    let count = pages.count;
    pages.latest.retain(|number, _| *number <= count);
    Ok(Some(pages))
}

/// Whether `stretch`, the part of a log from `start` on, ends with a frame that commits.
pub fn ends_in_commit(log: &[u8], start: usize) -> bool {
    let page_size = word(log, 8) as usize;
    let frame = FRAME_HEADER + page_size;
    let first = start.max(HEADER);
    page_size != 0
        && log.len() > first
        && (log.len() - first).is_multiple_of(frame)
        && word(log, log.len() - frame + 4) != 0
}

/// Writes a log that holds just the latest version of each page, as one commit under `salts`.
pub fn compact(log: &[u8], pages: &Pages, salts: [u8; 8]) -> Zeroizing<Vec<u8>> {
    let frame = FRAME_HEADER + pages.page_size;
    let mut compacted = Zeroizing::new(Vec::with_capacity(HEADER + pages.latest.len() * frame));
    compacted.extend_from_slice(&MAGIC_LITTLE.to_be_bytes());
    compacted.extend_from_slice(&VERSION.to_be_bytes());
    // The header keeps the page size and the checkpoint sequence number.
    compacted.extend_from_slice(&log[8..16]);
    compacted.extend_from_slice(&salts);
    let mut sum = Checksum { sums: (0, 0), big_endian: false };
    sum.add(&compacted);
    push_sum(&mut compacted, &sum);
    let last = pages.latest.keys().next_back().copied();
    for (number, place) in &pages.latest {
        let size_after_commit = if Some(*number) == last { pages.count } else { 0 };
        let start = compacted.len();
        compacted.extend_from_slice(&number.to_be_bytes());
        compacted.extend_from_slice(&size_after_commit.to_be_bytes());
        sum.add(&compacted[start..]);
        compacted.extend_from_slice(&salts);
        let page = &log[place.clone()];
        sum.add(page);
        push_sum(&mut compacted, &sum);
        compacted.extend_from_slice(page);
    }
    compacted
}

fn push_sum(bytes: &mut Vec<u8>, sum: &Checksum) {
    bytes.extend_from_slice(&sum.sums.0.to_be_bytes());
    bytes.extend_from_slice(&sum.sums.1.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use std::path::Path;

    /// A database and its log as SQLite itself writes them, the log not checkpointed.
    fn database_with_log(folder: &Path, statements: &str) -> (Vec<u8>, Vec<u8>) {
        let path = folder.join("plain.db");
        crate::sealed::sqlite_memory::wipe_when_freed().unwrap();
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
                 CREATE TABLE t(a INTEGER PRIMARY KEY, b);
                 PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .unwrap();
        connection.execute_batch(statements).unwrap();
        let pair = (std::fs::read(&path).unwrap(), std::fs::read(folder.join("plain.db-wal")).unwrap());
        drop(connection);
        pair
    }

    fn rows(folder: &Path, base: &[u8], log: &[u8]) -> Vec<(i64, String)> {
        let path = folder.join("copy.db");
        std::fs::write(&path, base).unwrap();
        std::fs::write(folder.join("copy.db-wal"), log).unwrap();
        crate::sealed::sqlite_memory::wipe_when_freed().unwrap();
        let connection = Connection::open(&path).unwrap();
        let mut statement = connection.prepare("SELECT a, b FROM t ORDER BY a").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    const EDITS: &str = "INSERT INTO t VALUES(1, 'one');
        INSERT INTO t SELECT value, hex(randomblob(200)) FROM generate_series(2, 60);
        UPDATE t SET b = 'changed' WHERE a = 7; DELETE FROM t WHERE a > 50;";

    fn edits() -> String {
        // generate_series is not in the bundled library.
        EDITS.replace(
            "SELECT value, hex(randomblob(200)) FROM generate_series(2, 60)",
            "WITH RECURSIVE n(v) AS (SELECT 2 UNION ALL SELECT v + 1 FROM n WHERE v < 60)
             SELECT v, hex(randomblob(200)) FROM n",
        )
    }

    #[test]
    fn a_compacted_log_reads_as_the_log_did() {
        let folder = tempfile::tempdir().unwrap();
        let (base, log) = database_with_log(folder.path(), &edits());
        let found = pages(&log).unwrap().unwrap();
        let compacted = compact(&log, &found, *b"saltsalt");
        assert!(compacted.len() < log.len());
        let again = pages(&compacted).unwrap().unwrap();
        assert_eq!(again.count, found.count);
        assert_eq!(again.latest.len(), found.latest.len());
        assert_eq!(rows(folder.path(), &base, &compacted), rows(folder.path(), &base, &log));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_log_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (_, log) = database_with_log(folder.path(), "INSERT INTO t VALUES(1, 'one')");
        for at in 0..log.len() {
            // The checkpoint sequence number and the salts are covered by the header's sum as well.
            let mut damaged = log.clone();
            damaged[at] ^= 1;
            assert!(pages(&damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_cut_log_is_noticed_at_every_length() {
        let folder = tempfile::tempdir().unwrap();
        let (_, log) = database_with_log(folder.path(), "INSERT INTO t VALUES(1, randomblob(3000))");
        for length in 1..log.len() {
            assert!(pages(&log[..length]).is_err(), "length {length}");
        }
        assert_eq!(pages(&[]), Ok(None));
    }
}

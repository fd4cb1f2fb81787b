//! A group's log: the chain of records since its base. Reading it, judging its tail, appending.

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::access::{Access, Outside, Seen};
use super::age_file::{OpenError, open_section};
use super::disk::{DiskError, DiskFile, IoContext};
use super::head;
use super::record::{self, Header};
use super::signed::{Digest, Mark, Purpose, Unverified};

/// What is wrong with a record or with the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is shorter than the head says.
    #[error("it is cut: the head names more bytes")]
    Cut,
    /// No well-formed record stands here.
    #[error("no sound record header")]
    Header,
    /// The record was moved here from another group, epoch or place in the chain.
    #[error("a record that does not belong here")]
    Misplaced,
    /// The signer is unknown, had no grant then, or did not sign this.
    #[error("a record without a valid signature")]
    Signature,
    /// The ciphertext is not the one that was signed.
    #[error("damaged record contents")]
    Contents,
    /// A bad record is followed by a good one.
    #[error("a damaged record before a good one")]
    Hole,
    /// The chain ends before, or differs from, what this machine saw earlier.
    #[error("it does not hold the records that this machine has seen")]
    Seen,
    /// What follows the last record is longer than any record.
    #[error("more bytes at its end than a record has")]
    Tail,
    /// The chain's end is not the one that the head names.
    #[error("its chain does not end as the head says")]
    Chain,
}

/// A log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It can't be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Tampering or damage.
    #[error("{} at byte {at}: {fault}", path.display())]
    Damaged {
        /// The log's path.
        path: PathBuf,
        /// Where.
        at: u64,
        /// What.
        fault: Fault,
    },
}

/// A log as it was read.
pub struct Scan {
    /// The joined plaintexts: SQLite's write-ahead log.
    pub wal: Zeroizing<Vec<u8>>,
    /// Where the last good record ends, in bytes.
    pub end: u64,
    /// The last good record.
    pub mark: Mark,
    /// Record → access-log entry, for every record in the file.
    pub entries: Vec<(u64, Mark)>,
    /// The newest roster that head and records name: what comes next never names an older one.
    pub roster: Mark,
    /// Length of a torn tail after `end`, in bytes; 0 when there is none.
    pub torn: u64,
}

/// Reads and verifies the log that `head` names. A torn tail is reported, not touched.
pub fn scan(
    file: &dyn DiskFile,
    path: &std::path::Path,
    head: &head::Head,
    access: &Access,
    seen: Option<Mark>,
) -> Result<Scan, LogError> {
    let named = &head.log;
    let damaged = |at, fault| LogError::Damaged { path: path.to_owned(), at, fault };
    let length = file.len().at("read", path)?;
    if length < named.bytes {
        return Err(damaged(length, Fault::Cut));
    }
    let capacity = usize::try_from(length.min(TAIL_LIMIT)).unwrap_or(0) + SPARE;
    let mut scan = Scan {
        wal: Zeroizing::new(Vec::with_capacity(capacity)),
        end: 0,
        mark: Mark { seq: named.first.saturating_sub(1), hash: named.continues },
        entries: Vec::new(),
        roster: head.roster,
        torn: 0,
    };
    let mut seen_fits = seen.is_none_or(|seen| seen.seq < scan.mark.seq || seen == scan.mark);
    loop {
        if scan.end == named.bytes && scan.mark != (Mark { seq: named.last, hash: named.ends }) {
            return Err(damaged(scan.end, Fault::Chain));
        }
        if scan.end == length {
            break;
        }
        let place = Place { file, path, length, at: scan.end };
        match place.read(&mut scan, access)? {
            Ok(record) => {
                let end = scan.end + record.length;
                if scan.end < named.bytes && end > named.bytes {
                    return Err(damaged(scan.end, Fault::Chain));
                }
                scan.entries.push((record.header.seq, record.header.entry));
                scan.mark = Mark { seq: record.header.seq, hash: record.hash };
                scan.end = end;
                scan.roster = record.header.roster;
                seen_fits |= seen == Some(scan.mark);
            }
            Err(fault) if scan.end < named.bytes => return Err(damaged(scan.end, fault)),
            Err(_) if length - scan.end > TAIL_LIMIT => return Err(damaged(scan.end, Fault::Tail)),
            Err(_) => {
                if place.later_header_follows(scan.mark.seq, access)? {
                    return Err(damaged(scan.end, Fault::Hole));
                }
                scan.torn = length - scan.end;
                break;
            }
        }
    }
    if seen_fits { Ok(scan) } else { Err(damaged(scan.end, Fault::Seen)) }
}

/// The longest tail that can be a torn record, in bytes: far more than any command commits at once.
const TAIL_LIMIT: u64 = 64 << 20;
/// Room for the commit of one command, so that an append does not move the log in memory.
const SPARE: usize = 128 * 1024;

struct Place<'a> {
    file: &'a dyn DiskFile,
    path: &'a std::path::Path,
    length: u64,
    at: u64,
}

struct Record {
    header: Header,
    hash: Digest,
    length: u64,
}

impl Place<'_> {
    fn bytes(&self, at: u64, wanted: u64) -> Result<Vec<u8>, DiskError> {
        let wanted = usize::try_from(wanted.min(self.length - at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; wanted];
        let count = self.file.read_at(&mut bytes, at).at("read", self.path)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// The record at this place, its plaintext appended to `scan.wal`: an outer error is the disk's, an
    /// inner one the record's.
    fn read(&self, scan: &mut Scan, access: &Access) -> Result<Result<Record, Fault>, DiskError> {
        let start = self.bytes(self.at, record::LINE_LIMIT as u64)?;
        let Ok(found) = record::parse(&start) else { return Ok(Err(Fault::Header)) };
        let header = match verified(found.header, &access.outside()) {
            Ok(header) => header,
            Err(fault) => return Ok(Err(fault)),
        };
        let belongs = header.group == access.group
            && header.epoch == access.epoch
            && header.prev == scan.mark.hash
            && Some(header.seq) == scan.mark.seq.checked_add(1)
            && header.seq <= head::LAST_NUMBER
            && header.roster.seq >= scan.roster.seq;
        if !belongs {
            return Ok(Err(Fault::Misplaced));
        }
        let sealed_at = self.at + found.length as u64;
        if header.bytes > self.length.saturating_sub(sealed_at) {
            return Ok(Err(Fault::Cut));
        }
        let before = scan.wal.len();
        let identity = access.identity.as_age();
        let opened = open_section(identity, self.file, sealed_at, header.bytes, &mut scan.wal);
        let length = found.length as u64 + header.bytes;
        match opened {
            Ok(sha256) if sha256 == header.sha256 => Ok(Ok(Record { header, hash: found.hash, length })),
            // What can't be read is no tear: nothing may be cut off for it.
            Err(OpenError::Io(source)) => Err(source).at("read", self.path),
            _ => {
                scan.wal.truncate(before);
                Ok(Err(Fault::Contents))
            }
        }
    }

    /// Whether a record of this group stands somewhere after this place, or here one that should come later.
    /// Records are written only when the one before is durable, so then this place was damaged, not torn.
    fn later_header_follows(&self, after: u64, access: &Access) -> Result<bool, DiskError> {
        const STEP: u64 = 1 << 20;
        let mut from = self.at;
        while from < self.length {
            // Windows overlap by a whole header line, so that none is missed at a seam.
            let window = self.bytes(from, STEP + record::LINE_LIMIT as u64)?;
            let marks = window
                .windows(record::MARK.len())
                .enumerate()
                .filter(|(_, bytes)| bytes == record::MARK)
                .map(|(place, _)| place);
            for place in marks {
                // What should stand here is the record that is torn.
                let torn = after.saturating_add(u64::from(from + place as u64 == self.at));
                if let Ok(found) = record::parse(&window[place..])
                    && let Ok(header) = verified(found.header, &access.outside())
                    && header.group == access.group
                    && header.seq > torn
                {
                    return Ok(true);
                }
            }
            from += STEP;
        }
        Ok(false)
    }
}

/// A record's header, if somebody signed it who might change the group.
pub(super) fn verified(header: Unverified<Header>, outside: &Outside<'_>) -> Result<Header, Fault> {
    let claimed = header.claimed();
    let key = outside.signers.key(&claimed.signer, outside.group, claimed.roster).ok_or(Fault::Signature)?;
    header.verify(Purpose::Record, &outside.store, &key).map_err(|_| Fault::Signature)
}

/// The later of two marks of one chain.
pub(super) fn newer(one: Mark, other: Mark) -> Mark {
    if other.seq > one.seq { other } else { one }
}

/// Appends records to a log.
pub struct Appender {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    access: Arc<Access>,
    generation: u64,
    roster: Mark,
    end: u64,
    mark: Mark,
    entries: Vec<(u64, Mark)>,
}

/// A record could not be appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The log could not be written; the record is not in it.
    #[error("nothing was stored")]
    NotStored(#[source] DiskError),
    /// `fdatasync` failed: whether the record is durable can't be known, and is never tried again.
    #[error("the disk did not confirm the change: look it up before you enter it again")]
    Unconfirmed(#[source] DiskError),
    /// The record could not be sealed.
    #[error("nothing was stored")]
    Seal(#[source] super::age_file::SealError),
    /// Its header could not be written as JSON.
    #[error("nothing was stored")]
    Json(#[source] serde_json::Error),
}

impl Appender {
    /// Takes over the log `file` whose good records were scanned.
    pub fn new(
        file: Arc<dyn DiskFile>,
        path: PathBuf,
        access: Arc<Access>,
        generation: u64,
        scan: &Scan,
    ) -> Self {
        let Scan { end, mark, ref entries, .. } = *scan;
        let roster = newer(access.roster, scan.roster);
        Self { file, path, access, generation, roster, end, mark, entries: entries.clone() }
    }

    /// The last record.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Where the last record ends, in bytes.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Record → access-log entry, for every record in the log.
    pub fn entries(&self) -> &[(u64, Mark)] {
        &self.entries
    }

    /// Appends one record that holds `plaintext` and names `entry`. It is durable, and noted as
    /// seen, when this returns.
    pub fn append(&mut self, plaintext: &[u8], entry: Mark) -> Result<(), AppendError> {
        self.append_unseen(plaintext, entry)?;
        self.access.witness.note(&self.access.group, Seen { generation: self.generation, log: self.mark });
        Ok(())
    }

    /// As [`Appender::append`], for a log that no head names yet: its note waits for the head.
    pub fn append_unseen(&mut self, plaintext: &[u8], entry: Mark) -> Result<(), AppendError> {
        let access = &self.access;
        let sealed = access.identity.recipient().seal(plaintext).map_err(AppendError::Seal)?;
        let header = Header {
            v: 1,
            seq: self.mark.seq + 1,
            prev: self.mark.hash,
            group: access.group.clone(),
            epoch: access.epoch,
            roster: self.roster,
            entry,
            signer: access.signer.clone(),
            bytes: 0,
            sha256: Digest::ZERO,
        };
        let encoded =
            record::encode(header, &sealed, &access.store, &access.signing_key).map_err(AppendError::Json)?;
        if let Err(error) = self.file.write_all_at(&encoded.bytes, self.end).at("write", &self.path) {
            // What got there is a tear; cut it off while we can, else the next writer moves it aside.
            let _ = self.file.set_len(self.end);
            return Err(AppendError::NotStored(error));
        }
        if let Err(error) = self.file.sync_data().at("flush", &self.path) {
            // The kernel may show a record that is on no disk, and say yes to the next flush: nobody
            // must build on it.
            let _ = self.file.set_len(self.end);
            return Err(AppendError::Unconfirmed(error));
        }
        self.end += encoded.bytes.len() as u64;
        self.mark = encoded.mark;
        self.entries.push((encoded.mark.seq, entry));
        Ok(())
    }
}

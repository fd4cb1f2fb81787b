//! What one SQLite connection stands on: a sealed base and the log's plaintext, with the one way in
//! which a commit leaves memory.

use zeroize::Zeroizing;

use super::age_file::{OpenError, SealedReader};
use super::log::{AppendError, Appender};
use super::signed::Mark;
use super::wal;

/// A base and a log, as one SQLite connection sees them.
pub struct Volume {
    base: SealedReader,
    log: Zeroizing<Vec<u8>>,
    /// How much of `log` is in records, or taken over; what follows is an unfinished commit.
    kept: usize,
    sink: Sink,
    failure: Option<VolumeError>,
    /// After one failure nothing is tried again; the connection is to be dropped.
    failed: bool,
}

/// Where commits go.
pub enum Sink {
    /// Nowhere: the connection only reads.
    None,
    /// Each becomes a record, once the access-log entry that it names is given.
    Records {
        /// The group's log.
        appender: Box<Appender>,
        /// The entry of the commit that may happen next.
        permit: Option<Mark>,
    },
    /// They stay in memory, to be published together or not at all.
    Staged,
}

/// The volume refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The base is damaged or can't be read.
    #[error("the base is damaged")]
    Base(#[source] OpenError),
    /// The record could not be appended.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// SQLite tried what it must not: a write to a reader, a change of what was committed, a commit
    /// that no access-log entry vouches for.
    #[error("SQLite tried to {0}")]
    Refused(&'static str),
}

impl Volume {
    /// A volume over `base` whose committed log is `log`.
    pub fn new(base: SealedReader, log: Zeroizing<Vec<u8>>, sink: Sink) -> Self {
        let kept = log.len();
        Self { base, log, kept, sink, failure: None, failed: false }
    }

    /// Why the last operation failed, once.
    pub fn take_failure(&mut self) -> Option<VolumeError> {
        self.failure.take()
    }

    /// The sink.
    pub fn sink(&self) -> &Sink {
        &self.sink
    }

    /// The sink, to be changed.
    pub fn sink_mut(&mut self) -> &mut Sink {
        &mut self.sink
    }

    /// The committed log.
    pub fn log(&self) -> &[u8] {
        &self.log[..self.kept]
    }

    /// Makes room for a log of `bytes` in all.
    pub fn reserve_log(&mut self, bytes: usize) {
        let more = bytes.saturating_sub(self.log.len());
        self.log.reserve_exact(more);
    }

    /// Base and committed log at once.
    pub fn parts(&mut self) -> (&mut SealedReader, &[u8]) {
        (&mut self.base, &self.log[..self.kept])
    }

    /// The base.
    pub fn base_mut(&mut self) -> &mut SealedReader {
        &mut self.base
    }

    pub(super) fn base_length(&self) -> u64 {
        self.base.length()
    }

    pub(super) fn log_length(&self) -> u64 {
        self.log.len() as u64
    }

    /// The volume failed; the details wait in [`Volume::take_failure`], SQLite gets a code.
    fn fail(&mut self, error: VolumeError) -> Failed {
        self.failed = true;
        self.failure.get_or_insert(error);
        Failed
    }

    pub(super) fn read_base(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, Failed> {
        self.base.read_at(buffer, offset).map_err(|error| self.fail(VolumeError::Base(error)))
    }

    pub(super) fn read_log(&self, buffer: &mut [u8], offset: u64) -> usize {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.log.get(offset..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        count
    }

    pub(super) fn write_log(&mut self, bytes: &[u8], offset: u64) -> Result<(), Failed> {
        if self.failed {
            return Err(Failed);
        }
        if matches!(self.sink, Sink::None) {
            return Err(self.fail(VolumeError::Refused("write through a reader")));
        }
        let place = usize::try_from(offset).ok().filter(|place| (self.kept..=self.log.len()).contains(place));
        let Some(place) = place else {
            return Err(self.fail(VolumeError::Refused("change what was committed")));
        };
        let overlap = (self.log.len() - place).min(bytes.len());
        self.log[place..place + overlap].copy_from_slice(&bytes[..overlap]);
        self.log.extend_from_slice(&bytes[overlap..]);
        Ok(())
    }

    /// SQLite syncs the log after its header and after each commit; only a commit is kept.
    pub(super) fn sync_log(&mut self) -> Result<(), Failed> {
        if self.failed {
            return Err(Failed);
        }
        if !wal::ends_in_commit(&self.log, self.kept) {
            return Ok(());
        }
        let appended = match &mut self.sink {
            Sink::None => Err(VolumeError::Refused("commit through a reader")),
            Sink::Staged => Ok(()),
            Sink::Records { appender, permit } => match permit.take() {
                None => Err(VolumeError::Refused("commit without an access-log entry")),
                Some(entry) => appender.append(&self.log[self.kept..], entry).map_err(VolumeError::from),
            },
        };
        appended.map_err(|error| self.fail(error))?;
        self.kept = self.log.len();
        Ok(())
    }
}

/// A marker: the volume keeps the details.
pub(super) struct Failed;

//! Reading the access log, for those who may: the entry about it is written before anything is read.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::session::{Ended, GroupKeyError, Session};
use crate::access_log::reading::{Extent, Keyring, Reader};
use crate::access_log::{Event, LogError, Outcome, Receipt};
use crate::sealed::disk::Disk;
use crate::sealed::identity::Identity;
use crate::sealed::signed::Mark;

/// The access log may not or can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadLogError {
    /// The log's key can't be had; [`GroupKeyError::NotALogReader`] is who may not, which is logged.
    #[error(transparent)]
    Key(#[from] GroupKeyError),
    /// The session is over.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The access log can't be written, so it is not read either; or it is damaged.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The log up to the entry that tells of this reading.
pub struct LogReading {
    disk: Arc<dyn Disk>,
    folder: std::path::PathBuf,
    keyring: Keyring,
    extent: Extent,
    receipt: Receipt,
}

impl std::fmt::Debug for LogReading {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LogReading").field("head", &self.head()).finish_non_exhaustive()
    }
}

impl Session {
    /// Writes the entry about it and opens the log for reading, up to that entry. Who is neither owner nor
    /// auditor is refused, and that is logged.
    pub fn read_log(&self, event: &Event) -> Result<LogReading, ReadLogError> {
        drop(self.log_identities_for(event)?);
        let receipt = self.log().append(event)?;
        // After the entry: whoever wrote before it is in the roster by now.
        self.refresh()?;
        // Asked again: the log may have a new key since, and that entry be sealed to it.
        let identities = self.log_identities()?;
        let surroundings = self.surroundings();
        let (disk, folder) = (Arc::clone(&surroundings.disk), self.layout().access_log());
        let whole = Extent::whole(&*disk, &folder, surroundings.patience)?;
        let extent = whole.before(&*disk, &folder, receipt.mark().seq.saturating_add(1))?;
        let keyring = self.roster().keyring(identities);
        Ok(LogReading { disk, folder, keyring, extent, receipt })
    }
}

impl Session {
    /// The log's identities, for what `event` tells of. Who is neither owner nor auditor is refused, and
    /// that is logged.
    pub(super) fn log_identities_for(&self, event: &Event) -> Result<Vec<Identity>, ReadLogError> {
        let identities = self.log_identities();
        if let Err(GroupKeyError::NotALogReader { .. }) = &identities {
            self.log().append(&Event { outcome: Outcome::Denied, ..event.clone() })?;
        }
        Ok(identities?)
    }
}

impl LogReading {
    /// All entries up to and with the one about this reading.
    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The entry about this reading: the last of the extent.
    pub fn head(&self) -> Mark {
        self.receipt.mark()
    }

    /// Proof of that entry.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The entries from number `first` up to before `end`.
    pub fn part(&self, first: u64, end: u64) -> Result<Extent, LogError> {
        let (disk, folder) = (&*self.disk, &*self.folder);
        let extent = self.extent.clone().from(disk, folder, first)?;
        if end > self.head().seq { Ok(extent) } else { extent.before(disk, folder, end) }
    }

    /// Opens entries with `threads` threads.
    pub fn reader(&self, threads: NonZeroUsize) -> Reader<'_> {
        Reader { disk: &*self.disk, folder: &self.folder, keyring: &self.keyring, threads }
    }
}

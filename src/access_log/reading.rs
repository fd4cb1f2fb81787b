//! Reading the access log, for owners and auditors: every entry opened, verified and held against the
//! chain, on all cores, in bounded memory however long the log is.

pub mod chain;
pub mod columns;
pub mod extent;
pub mod filter;
pub mod keyring;
mod lanes;
mod newest;

use std::num::NonZeroUsize;
use std::path::Path;

pub use self::chain::{Chain, Fault};
pub use self::columns::{COLUMNS, Row};
pub use self::extent::{Extent, Place};
pub use self::filter::Filter;
pub use self::keyring::{EntryFault, Keyring, Signer};
use super::entry::Opened;
use super::log::LogError;
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::Disk;
use crate::sealed::signed::Digest;

/// The log can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Somebody changed it, or the medium did.
    #[error("the access log {}: {fault}", folder.display())]
    Fault {
        /// The log's folder.
        folder: std::path::PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A file of it can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A line of the log, as it was found.
#[derive(Debug)]
pub struct Walked<T> {
    /// Where it stands.
    pub place: Place,
    /// Its SHA-256.
    pub hash: Digest,
    /// What it says of its place in the chain, if it is one of the log's lines.
    pub link: Option<Link>,
    /// What became of its entry.
    pub entry: Result<T, EntryFault>,
}

/// What a line says of its place in the chain, outside of the seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Counted from 1.
    pub seq: u64,
    /// SHA-256 of the line before.
    pub prev: Digest,
}

/// The log, for somebody who may read it.
pub struct Reader<'a> {
    /// The files.
    pub disk: &'a dyn Disk,
    /// The store's `log` folder.
    pub folder: &'a Path,
    /// What opens and verifies entries.
    pub keyring: &'a Keyring,
    /// How many entries are opened side by side.
    pub threads: NonZeroUsize,
}

impl Reader<'_> {
    /// Hands out every line of `extent` in its order, whatever is wrong with it. `work` makes something of
    /// each good entry, on many threads at once; `take` gets it on this one. `progress` is told bytes.
    pub fn walk<T: Send, E: From<LogError>>(
        &self,
        extent: &Extent,
        progress: Progress<'_>,
        work: impl Fn(Opened) -> T + Sync,
        take: impl FnMut(Walked<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        lanes::walk(self, extent, progress, &work, take)
    }

    /// Hands out the entries of `extent` of which `work` makes something, in their order. The first that
    /// is not sound, or does not continue the one before it, ends the reading.
    pub fn each<T: Send, E: From<ReadError> + From<LogError>>(
        &self,
        extent: &Extent,
        progress: Progress<'_>,
        work: impl Fn(Opened) -> Option<T> + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut chain = Chain::at(extent);
        self.walk(extent, progress, work, |walked| {
            let fault = chain.take(&walked);
            if let Some(fault) = fault {
                return Err(ReadError::Fault { folder: self.folder.to_owned(), fault }.into());
            }
            match walked.entry {
                Ok(Some(made)) => take(made),
                _ => Ok(()),
            }
        })
    }
}

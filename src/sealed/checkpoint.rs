//! Merging a log into its base: the old base's pages and the log's newer ones, in order, into a new
//! sealed stream.
//!
//! SQLite is not asked to do it: a write-ahead log says by itself which pages it holds, so the
//! database file is never written by SQLite at all, and the VFS can refuse every such write.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use zeroize::Zeroizing;

use super::age_file::{OpenError, SealError, SealedReader, SealedWriter, Written};
use super::disk::DiskFile;
use super::identity::Recipient;
use super::wal::{self, DamagedWal, Pages};
use crate::machine::stack;

/// A log could not be merged into its base.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The base is damaged or can't be read.
    #[error("the base is damaged")]
    Base(#[source] OpenError),
    /// The log's plaintext is no sound write-ahead log, or not one of this base.
    #[error("the log does not fit its base")]
    Log(#[from] DamagedWal),
    /// The new base could not be written.
    #[error("cannot write the new base")]
    Seal(#[from] SealError),
}

/// Told how many bytes of how many are done.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// Plaintext handed from the decrypting to the sealing thread at once, in bytes.
const PIECE: usize = 1 << 20;

/// Writes the database that `base` and `log` make up, sealed to `recipient`, into the empty `file`,
/// and fsyncs it. Decrypts on a second thread while this one seals.
pub fn merge(
    base: &mut SealedReader,
    log: &[u8],
    file: Arc<dyn DiskFile>,
    recipient: &Recipient,
    progress: Progress<'_>,
) -> Result<Written, MergeError> {
    let pages = wal::pages(log)?;
    let total = match &pages {
        Some(pages) => u64::from(pages.count) * pages.page_size as u64,
        None => base.length(),
    };
    let mut writer = SealedWriter::create(file, recipient.as_age())?;
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<Result<Zeroizing<Vec<u8>>, OpenError>>(4);
        let pages = pages.as_ref();
        let decrypt = move || {
            let mut done = 0;
            while done < total {
                let length = usize::try_from(total - done).map_or(PIECE, |left| left.min(PIECE));
                let piece = piece(base, log, pages, done, length);
                let failed = piece.is_err();
                // A closed channel means that sealing failed; its error is the one that is told.
                if sender.send(piece).is_err() || failed {
                    return;
                }
                done += length as u64;
            }
        };
        scope.spawn(|| stack::wiped_after(decrypt));
        let mut done = 0;
        for piece in receiver {
            let piece = piece.map_err(MergeError::Base)?;
            writer.write(&piece)?;
            done += piece.len() as u64;
            progress(done, total);
        }
        Ok(writer.finish()?)
    })
}

/// The merged database's bytes from `start` on.
fn piece(
    base: &mut SealedReader,
    log: &[u8],
    pages: Option<&Pages>,
    start: u64,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut piece = Zeroizing::new(vec![0; length]);
    base.read_at(&mut piece, start)?;
    if let Some(pages) = pages {
        // Pieces begin and end on page boundaries: both sizes are powers of two.
        let page_number =
            |offset: u64| u32::try_from(offset / pages.page_size as u64 + 1).unwrap_or(u32::MAX);
        for (number, place) in pages.latest.range(page_number(start)..page_number(start + length as u64)) {
            let offset = u64::from(number - 1) * pages.page_size as u64 - start;
            let offset = usize::try_from(offset).unwrap_or(length);
            piece[offset..offset + pages.page_size].copy_from_slice(&log[place.clone()]);
        }
    }
    Ok(piece)
}

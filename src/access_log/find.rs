//! Finds one line of the chain by its sequence number, in a few reads however long the log is.

use std::path::{Path, PathBuf};

use super::entry::{LINE_LIMIT, Line};
use super::log::LogError;
use super::tail::{self, Damage, damaged, read_range};
use crate::sealed::disk::{Disk, DiskFile, IoContext};
use crate::sealed::signed::Digest;

/// Below this many bytes a stretch is read whole.
const STRETCH: u64 = 4 * LINE_LIMIT as u64;

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub path: PathBuf,
    /// Where it begins, in bytes.
    pub at: u64,
    pub hash: Digest,
}

/// The hash of line `seq`, or `None` when no file holds it.
pub(crate) fn hash_at(disk: &dyn Disk, folder: &Path, seq: u64) -> Result<Option<Digest>, LogError> {
    Ok(line_at(disk, folder, seq)?.map(|found| found.hash))
}

/// Where line `seq` stands, or `None` when no file holds it.
pub(crate) fn line_at(disk: &dyn Disk, folder: &Path, seq: u64) -> Result<Option<Found>, LogError> {
    for path in tail::months(disk, folder)?.into_iter().rev() {
        let file = disk.open(&path).at("open", &path)?;
        let length = file.len().at("read", &path)?;
        if length > 0 && seq_at(&*file, &path, 0)?.is_some_and(|first| first <= seq) {
            let found = within(&*file, &path, length, seq)?;
            return Ok(found.map(|(at, hash)| Found { path, at, hash }));
        }
    }
    Ok(None)
}

/// Halves the file until the stretch that must hold the line is short.
fn within(
    file: &dyn DiskFile,
    path: &Path,
    length: u64,
    seq: u64,
) -> Result<Option<(u64, Digest)>, LogError> {
    let (mut low, mut high) = (0, length);
    while high - low > STRETCH {
        let middle = low + (high - low) / 2;
        let piece = read_range(file, path, middle, middle + LINE_LIMIT as u64)?;
        let newline = piece
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(|| damaged(path, Damage::Malformed { near: middle }))?;
        let begin = middle + newline as u64 + 1;
        match seq_at(file, path, begin)? {
            Some(found) if found <= seq => low = begin,
            Some(_) => high = begin,
            // The torn end of the newest file.
            None if begin + LINE_LIMIT as u64 >= length => high = begin,
            None => return Err(damaged(path, Damage::Malformed { near: begin })),
        }
    }
    let mut at = low;
    for line in read_range(file, path, low, high)?.split(|byte| *byte == b'\n') {
        if Line::parse(line).is_some_and(|parsed| parsed.seq == seq) {
            return Ok(Some((at, Digest::of(line))));
        }
        at += line.len() as u64 + 1;
    }
    Ok(None)
}

/// The sequence number of the line that begins at `begin`, or `None` when no whole line stands there.
fn seq_at(file: &dyn DiskFile, path: &Path, begin: u64) -> Result<Option<u64>, LogError> {
    let piece = read_range(file, path, begin, begin + LINE_LIMIT as u64)?;
    let line = piece.iter().position(|byte| *byte == b'\n').map(|newline| &piece[..newline]);
    Ok(line.and_then(Line::parse).map(|line| line.seq))
}

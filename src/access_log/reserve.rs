//! Room that the access log keeps for a full disk: a file of bytes that mean nothing, cut piece by piece
//! when an entry finds no room, so that nobody is locked out at once.

use std::io;
use std::path::{Path, PathBuf};

use crate::sealed::disk::{Disk, DiskError, DiskFile, IoContext, is_full};
use crate::sealed::signed::Digest;

/// How long the reserve is, in bytes: some nine hundred entries.
pub const FULL: u64 = 1024 * 1024;
/// Bytes that are given up at once.
const PIECE: u64 = 64 * 1024;
/// Bytes that an entry takes, about.
const ENTRY: u64 = 1200;

/// The reserve's file in the log's folder.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// How many entries fit into a reserve of `length` bytes, about.
pub fn entries(length: u64) -> u64 {
    length / ENTRY
}

/// Its length; `None` when there is none.
pub fn length(disk: &dyn Disk, folder: &Path) -> io::Result<Option<u64>> {
    let path = path(folder);
    if disk.exists(&path)? { disk.open(&path)?.len().map(Some) } else { Ok(None) }
}

/// Whether room would help: the disk was full, and no flush failed, which must not be tried again.
pub fn would_help(error: &DiskError) -> bool {
    is_full(&error.source) && error.what != "flush"
}

/// Cuts a piece off. Tells how long it still is; `None` when there was nothing to give.
pub fn give(disk: &dyn Disk, folder: &Path) -> Option<u64> {
    let before = length(disk, folder).ok()?.filter(|length| *length > 0)?;
    let left = before.saturating_sub(PIECE);
    disk.open_for_writing(&path(folder)).and_then(|file| file.set_len(left)).ok()?;
    Some(left)
}

/// Makes it, or fills it up, to `full` bytes on the disk. Where that fails it is as long as before. For
/// whoever holds the log's lock.
pub fn fill(disk: &dyn Disk, folder: &Path, full: u64) -> Result<(), DiskError> {
    let path = path(folder);
    let before = length(disk, folder).at("look for", &path)?;
    let file = match before {
        Some(_) => disk.open_for_writing(&path).at("open", &path)?,
        None => disk.create_new(&path).at("create", &path)?,
    };
    let start = before.unwrap_or(0);
    if let Err(error) = write(&*file, start, full) {
        // What can't be cut back is filled up by the next.
        let _ = if before.is_some() { file.set_len(start) } else { disk.remove_file(&path) };
        return Err(error).at("write to", &path);
    }
    if let Err(error) = file.sync_all() {
        // Never flushed again: the next makes another file.
        let _ = disk.remove_file(&path);
        return Err(error).at("flush", &path);
    }
    if before.is_none() { disk.sync_dir(folder).at("flush", folder) } else { Ok(()) }
}

/// Bytes that no file system compresses or shares: hashes of their places.
fn write(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let end = to.min(at + PIECE);
        let places = at / 32..=end / 32;
        let bytes: Vec<u8> = places.flat_map(|place| Digest::of(&place.to_le_bytes()).0).collect();
        let skipped = usize::try_from(at % 32).unwrap_or(0);
        let count = usize::try_from(end - at).unwrap_or(0);
        file.write_all_at(&bytes[skipped..skipped + count], at)?;
        at = end;
    }
    Ok(())
}

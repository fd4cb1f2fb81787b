//! Append-only files of lines, as the access log and the roster are: a line is appended whole or not
//! at all, and what a power cut left of one is moved aside, never thrown away.
//!
//! Assumed of the medium: bytes that were appended and not yet flushed may be missing from the end or
//! read as zeroes, in any pattern; bytes once flushed stay. Each line is flushed before the next one
//! is written, so a power cut can tear the last line only.

use std::path::{Path, PathBuf};

use crate::sealed::disk::{self, Disk, DiskError, DiskFile, IoContext};

/// A line could not be appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// It was not written, and the file is as before.
    #[error(transparent)]
    Write(DiskError),
    /// It was not written, and a part of it may stand there: the next writer finds a torn line. Not to be
    /// tried again: cutting it back, or flushing the cut, failed.
    #[error(transparent)]
    Torn(DiskError),
    /// It could not be made durable. Never to be tried again: the kernel may have dropped the pages.
    #[error(transparent)]
    Flush(DiskError),
}

/// Whether a line that does not parse can be what a power cut left: it lacks its newline, or has
/// holes. Any other malformed line was made by somebody.
pub fn is_torn(line: &[u8], has_newline: bool) -> bool {
    !has_newline || line.contains(&0)
}

/// Appends `line` (with its newline) at `end` and flushes it.
pub fn append(file: &dyn DiskFile, path: &Path, end: u64, line: &[u8]) -> Result<(), AppendError> {
    if let Err(error) = file.write_all_at(line, end).at("write to", path) {
        // The cut is flushed, so that no power cut mixes what was written with the line that comes next.
        return Err(match file.set_len(end).and_then(|()| file.sync_data()) {
            Ok(()) => AppendError::Write(error),
            Err(_) => AppendError::Torn(error),
        });
    }
    file.sync_data().at("flush", path).map_err(|error| {
        // Cut back, and never flushed again: the kernel may have dropped the bytes and would say yes.
        let _ = file.set_len(end);
        AppendError::Flush(error)
    })
}

/// Moves everything from `end` on into a new file in `aside`, durable before it is cut off. Returns
/// that file's path.
pub fn move_aside(disk: &dyn Disk, path: &Path, end: u64, aside: &Path) -> Result<PathBuf, DiskError> {
    let file = disk.open_for_writing(path).at("open", path)?;
    let length = file.len().at("read", path)?.saturating_sub(end);
    let mut torn = vec![0; usize::try_from(length).unwrap_or(0)];
    let count = file.read_at(&mut torn, end).at("read", path)?;
    torn.truncate(count);
    disk.create_dir_all(aside).at("create", aside)?;
    let kept = free_name(disk, path, end, aside)?;
    disk::write_new(disk, &kept, &torn)?;
    disk.sync_dir(aside).at("flush", aside)?;
    if let Some(folder) = aside.parent() {
        disk.sync_dir(folder).at("flush", folder)?;
    }
    file.set_len(end).at("cut", path)?;
    file.sync_data().at("flush", path)?;
    Ok(kept)
}

/// `<file>-<offset>-<n>` for the first n that is free.
fn free_name(disk: &dyn Disk, path: &Path, end: u64, aside: &Path) -> Result<PathBuf, DiskError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 1_u64;
    loop {
        let candidate = aside.join(format!("{name}-{end}-{number}"));
        if !disk.exists(&candidate).at("look for", &candidate)? {
            return Ok(candidate);
        }
        number += 1;
    }
}

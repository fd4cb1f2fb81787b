//! The file layer under everything sealed: the few operations that a store needs, behind a trait,
//! so that tests can make any one of them fail, tear or vanish.
//!
//! What the system may do to a single call and is no failure, such as reading or writing less than was asked
//! for, or being interrupted by a signal, is dealt with here and nowhere else.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// One open file. Positions are bytes from its beginning.
///
/// A disk gives single attempts; [`DiskFile::read_at`] and [`DiskFile::write_all_at`], which everybody uses,
/// make of them what was asked for.
pub trait DiskFile: Send + Sync {
    /// One attempt to read at `offset`: how many bytes came, which may be fewer than asked for; 0 only at
    /// the end of the file. One that a signal interrupted is of kind `Interrupted`.
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// One attempt to write at `offset`: how many bytes went, which may be fewer than given. One that a
    /// signal interrupted is of kind `Interrupted`.
    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Reads at `offset`; fewer bytes than asked for mean the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_once(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
    /// Writes all of `bytes` at `offset`. After an error a part of them may be there.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write_once(&bytes[written..], offset + written as u64) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
    /// The file's length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file is empty.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Cuts the file to `length` bytes.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// `fdatasync`, once. After a failure, an interruption included, nobody may try again: the kernel may
    /// have dropped the pages and would answer yes.
    fn sync_data(&self) -> io::Result<()>;
    /// `fsync`, once, with the same rule.
    fn sync_all(&self) -> io::Result<()>;
    /// Asks the system to forget what it holds of the file in memory, so that the next read comes from the
    /// medium. To be called after a flush: what is not flushed stays.
    fn forget_cached(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The files of one machine.
pub trait Disk: Send + Sync {
    /// Opens an existing file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for reading and writing.
    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Creates a file, mode 0600, that must not exist yet.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Creates a folder, mode 0700, and its missing parents.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Renames, replacing what `to` named.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes one file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and all in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// `fsync` of a folder, once: its names are durable afterwards.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder, sorted.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Whether the path names something.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// Opens (creating it when missing) a file that serves only to be locked.
    fn open_lock(&self, path: &Path) -> io::Result<File>;
    /// Opens such a file where it is, only to read, as on a disk that can't be written.
    fn open_lock_there(&self, path: &Path) -> io::Result<File> {
        File::open(path)
    }
    /// Which file system a path lies on: equal for two paths exactly if it is the same one.
    fn filesystem(&self, path: &Path) -> io::Result<u64>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

struct RealFile(File);

/// Opens what must be a file: a pipe would be waited for, and a device has no end.
fn open_file(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    match file.metadata()?.file_type() {
        kind if kind.is_file() => Ok(file),
        kind if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a file")),
    }
}

impl DiskFile for RealFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.size())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        // Not the standard library's, which tries again when a signal interrupts it.
        Ok(rustix::fs::fdatasync(&self.0)?)
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    fn forget_cached(&self) -> io::Result<()> {
        Ok(rustix::fs::fadvise(&self.0, 0, None, rustix::fs::Advice::DontNeed)?)
    }
}

impl Disk for RealDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(open_file(OpenOptions::new().read(true), path)?)))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(open_file(OpenOptions::new().read(true).write(true), path)?)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let flags = OFlags::DIRECTORY.bits().cast_signed();
        let folder = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(rustix::fs::fsync(folder)?)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            // A name that is not UTF-8 can't be one of ours; it is left alone.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        Ok(std::fs::metadata(path)?.dev())
    }
}

/// A file operation that failed, with the path it concerned.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}", path.display())]
pub struct DiskError {
    /// What was tried: `read`, `write`, …
    pub what: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Whether the disk, or what the account may use of it, has no room.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether what stands at a path can't be what the store left there: it is gone, no file, or too long.
pub fn is_foreign(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidData, IsADirectory, NotADirectory, NotFound};
    // A link that leads to itself has no kind yet in the standard library.
    let is_loop = error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
    is_loop || matches!(error.kind(), NotFound | IsADirectory | NotADirectory | FileTooLarge | InvalidData)
}

/// Names the operation and the path in an I/O error.
pub trait IoContext<T> {
    /// `cannot {what} {path}`.
    fn at(self, what: &'static str, path: &Path) -> Result<T, DiskError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, DiskError> {
        self.map_err(|source| DiskError { what, path: path.to_owned(), source })
    }
}

/// Reads a small file whole; one of more than `limit` bytes is an error of kind `FileTooLarge`.
pub fn read_small(disk: &dyn Disk, path: &Path, limit: u64) -> Result<Vec<u8>, DiskError> {
    let file = disk.open(path).at("open", path)?;
    let length = file.len().at("read", path)?;
    if length > limit {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge)).at("read", path);
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    let count = file.read_at(&mut bytes, 0).at("read", path)?;
    bytes.truncate(count);
    Ok(bytes)
}

/// Writes a new file and fsyncs it; its folder is the caller's to fsync.
pub fn write_new(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let file = disk.create_new(path).at("create", path)?;
    file.write_all_at(bytes, 0).at("write", path)?;
    file.sync_all().at("flush", path)
}

/// Puts `bytes` in place of whatever `path` named: a new file beside it, fsync, rename, fsync of
/// the folder. When it returns an error, `path` holds the old bytes or the new, never a mixture.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    if disk.exists(&beside).at("look for", &beside)? {
        disk.remove_file(&beside).at("remove", &beside)?;
    }
    write_new(disk, &beside, bytes)?;
    disk.rename(&beside, path).at("rename", &beside)?;
    match path.parent() {
        Some(folder) => disk.sync_dir(folder).at("flush", folder),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rustix::io::Errno;

    use super::*;

    /// A file of which every attempt does what comes next: so many bytes, or an error.
    struct Erratic {
        bytes: Mutex<Vec<u8>>,
        attempts: Mutex<Vec<Result<usize, Errno>>>,
    }

    impl Erratic {
        fn of(bytes: &[u8], attempts: &[Result<usize, Errno>]) -> Self {
            let attempts = attempts.iter().rev().copied().collect();
            Self { bytes: Mutex::new(bytes.to_vec()), attempts: Mutex::new(attempts) }
        }

        fn attempt(&self, most: usize) -> io::Result<usize> {
            let next = self.attempts.lock().unwrap().pop().unwrap();
            Ok(next?.min(most))
        }
    }

    impl DiskFile for Erratic {
        fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let bytes = self.bytes.lock().unwrap();
            let rest = &bytes[usize::try_from(offset).unwrap()..];
            let count = self.attempt(buffer.len().min(rest.len()))?;
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }

        fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
            let count = self.attempt(bytes.len())?;
            let mut content = self.bytes.lock().unwrap();
            assert_eq!(content.len() as u64, offset);
            content.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn len(&self) -> io::Result<u64> {
            Ok(self.bytes.lock().unwrap().len() as u64)
        }

        fn set_len(&self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn sync_data(&self) -> io::Result<()> {
            Ok(())
        }

        fn sync_all(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_and_interrupted_attempts_are_made_good() {
        let attempts = [Ok(2), Err(Errno::INTR), Ok(1), Err(Errno::INTR), Err(Errno::INTR), Ok(9)];
        let file = Erratic::of(b"", &attempts);
        file.write_all_at(b"abcdef", 0).unwrap();
        assert_eq!(*file.bytes.lock().unwrap(), b"abcdef");
        let file = Erratic::of(b"abcdef", &attempts);
        let mut buffer = [0; 5];
        assert_eq!(file.read_at(&mut buffer, 1).unwrap(), 5);
        assert_eq!(&buffer, b"bcdef");
    }

    #[test]
    fn what_ends_or_fails_is_not_tried_again() {
        let file = Erratic::of(b"abc", &[Ok(2), Ok(1), Ok(0)]);
        assert_eq!(file.read_at(&mut [0; 5], 0).unwrap(), 3);
        for (attempts, kind) in [
            ([Ok(1), Ok(0)], io::ErrorKind::WriteZero),
            ([Ok(1), Err(Errno::NOSPC)], io::ErrorKind::StorageFull),
        ] {
            let file = Erratic::of(b"", &attempts);
            assert_eq!(file.write_all_at(b"abc", 0).unwrap_err().kind(), kind);
            assert_eq!(*file.bytes.lock().unwrap(), b"a");
        }
    }
}

//! The real disk, counting what a backup reads of the store and writes to the medium.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use vault::sealed::disk::{Disk, DiskFile, RealDisk};

/// Bytes that were read or written since the beginning.
#[derive(Debug, Default)]
struct Counters {
    base_read: AtomicU64,
    store_read: AtomicU64,
    medium_read: AtomicU64,
    medium_written: AtomicU64,
}

/// A reading of the counters, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// Read of groups' bases.
    pub base_read: u64,
    /// Read of everything else in the store.
    pub store_read: u64,
    pub medium_read: u64,
    pub medium_written: u64,
}

pub struct CountingDisk {
    counters: Arc<Counters>,
    store: PathBuf,
    medium: PathBuf,
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Base,
    Store,
    Medium,
    Elsewhere,
}

impl CountingDisk {
    pub fn new(store: PathBuf, medium: PathBuf) -> Self {
        Self { counters: Arc::default(), store, medium }
    }

    pub fn read(&self) -> Counted {
        let counters = &self.counters;
        Counted {
            base_read: counters.base_read.load(Relaxed),
            store_read: counters.store_read.load(Relaxed),
            medium_read: counters.medium_read.load(Relaxed),
            medium_written: counters.medium_written.load(Relaxed),
        }
    }

    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let is_base =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("base."));
        let place = match (path.starts_with(&self.store), path.starts_with(&self.medium)) {
            (true, _) if is_base => Place::Base,
            (true, _) => Place::Store,
            (false, true) => Place::Medium,
            (false, false) => Place::Elsewhere,
        };
        Box::new(CountingFile { file, counters: Arc::clone(&self.counters), place })
    }
}

struct CountingFile {
    file: Box<dyn DiskFile>,
    counters: Arc<Counters>,
    place: Place,
}

impl DiskFile for CountingFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.file.read_once(buffer, offset)?;
        let counter = match self.place {
            Place::Base => &self.counters.base_read,
            Place::Store => &self.counters.store_read,
            Place::Medium => &self.counters.medium_read,
            Place::Elsewhere => return Ok(read),
        };
        counter.fetch_add(read as u64, Relaxed);
        Ok(read)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let written = self.file.write_once(bytes, offset)?;
        if self.place == Place::Medium {
            self.counters.medium_written.fetch_add(written as u64, Relaxed);
        }
        Ok(written)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn forget_cached(&self) -> io::Result<()> {
        self.file.forget_cached()
    }
}

impl Disk for CountingDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open(path).map(|file| self.wrap(path, file))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open_for_writing(path).map(|file| self.wrap(path, file))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.create_new(path).map(|file| self.wrap(path, file))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        RealDisk.exists(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        RealDisk.open_lock(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        RealDisk.filesystem(path)
    }
}

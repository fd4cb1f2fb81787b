//! The real disk, counting what is written where and how long flushes take.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use vault::sealed::disk::{Disk, DiskFile, RealDisk};

/// What was counted since the beginning.
#[derive(Default)]
struct Counters {
    flushes: AtomicU64,
    flush_nanos: AtomicU64,
    group_bytes: AtomicU64,
    other_bytes: AtomicU64,
}

/// A reading of the counters.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub flushes: u64,
    pub flushing: Duration,
    /// Bytes written to the group's files.
    pub group_bytes: u64,
    /// Bytes written to the access log and to seen notes.
    pub other_bytes: u64,
}

impl Reading {
    /// What was counted between `earlier` and this reading.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            flushes: self.flushes - earlier.flushes,
            flushing: self.flushing.saturating_sub(earlier.flushing),
            group_bytes: self.group_bytes - earlier.group_bytes,
            other_bytes: self.other_bytes - earlier.other_bytes,
        }
    }
}

pub struct TimedDisk {
    counters: Arc<Counters>,
    /// The folder whose files are the group's.
    group: PathBuf,
}

impl TimedDisk {
    pub fn new(group: PathBuf) -> Self {
        Self { counters: Arc::default(), group }
    }

    pub fn read(&self) -> Reading {
        let counters = &self.counters;
        Reading {
            flushes: counters.flushes.load(Relaxed),
            flushing: Duration::from_nanos(counters.flush_nanos.load(Relaxed)),
            group_bytes: counters.group_bytes.load(Relaxed),
            other_bytes: counters.other_bytes.load(Relaxed),
        }
    }

    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let counters = Arc::clone(&self.counters);
        Box::new(TimedFile { file, counters, is_group: path.starts_with(&self.group) })
    }
}

impl Counters {
    fn flush(&self, flush: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let start = Instant::now();
        let result = flush();
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.flush_nanos.fetch_add(nanos, Relaxed);
        self.flushes.fetch_add(1, Relaxed);
        result
    }
}

struct TimedFile {
    file: Box<dyn DiskFile>,
    counters: Arc<Counters>,
    is_group: bool,
}

impl DiskFile for TimedFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_once(buffer, offset)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let counter = if self.is_group { &self.counters.group_bytes } else { &self.counters.other_bytes };
        let written = self.file.write_once(bytes, offset)?;
        counter.fetch_add(written as u64, Relaxed);
        Ok(written)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.counters.flush(|| self.file.sync_data())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.counters.flush(|| self.file.sync_all())
    }
}

impl Disk for TimedDisk {
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
        self.counters.flush(|| RealDisk.sync_dir(path))
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

//! The proof that nobody reads what `KINDS` lists as unread, and that everything else is read: a disk that
//! notes which bytes it is asked for.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vault::sealed::disk::{Disk, DiskFile};

use crate::change::Change;
use crate::kinds::{self, Read};
use crate::simulated_disk::SimulatedDisk;
use crate::sweep::{Bench, Machine, Outcome, Share, short};

/// Notes of which files bytes are read.
struct Watched {
    disk: SimulatedDisk,
    read: Arc<Mutex<BTreeSet<PathBuf>>>,
}

struct WatchedFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    read: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Watched {
    fn watch(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(WatchedFile { file, path: path.to_owned(), read: Arc::clone(&self.read) })
    }
}

impl DiskFile for WatchedFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read.lock().unwrap().insert(self.path.clone());
        self.file.read_once(buffer, offset)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.file.write_once(bytes, offset)
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
}

impl Disk for Watched {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.watch(path, self.disk.open(path)?))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.watch(path, self.disk.open_for_writing(path)?))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create_new(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.disk.exists(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.disk.open_lock(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        self.disk.filesystem(path)
    }
}

#[test]
fn nobody_reads_what_is_listed_as_unread_and_somebody_everything_else() {
    let bench = Bench::new();
    let worker = SimulatedDisk::new();
    let read = Arc::new(Mutex::new(BTreeSet::new()));
    for reader in kinds::all_readers() {
        let disk = worker.resumed(bench.moment(Machine::Known).clone());
        reader.read_on(Arc::new(Watched { disk, read: Arc::clone(&read) })).unwrap();
    }
    let read = read.lock().unwrap();
    for path in bench.files.keys() {
        let kind = kinds::kind(path).unwrap();
        match kind.read {
            Read::By(_) => assert!(read.contains(path), "nobody reads {}", short(path)),
            Read::ByNobody(why) => {
                assert!(!read.contains(path), "{} is read, and was to be {why}", short(path));
            }
        }
    }
}

#[test]
fn what_nobody_reads_may_be_changed_or_gone() {
    let bench = Bench::new();
    let mut changes = Vec::new();
    for (path, bytes) in &bench.files {
        if let Read::ByNobody(_) = kinds::kind(path).unwrap().read {
            changes.push(Change::new("unread removed", short(path)).remove(path));
            changes.push(Change::new("unread emptied", short(path)).put(path, []));
            for byte in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[byte] ^= 1 << (byte % 8);
                changes.push(
                    Change::new("unread byte", format!("{} at {byte}", short(path))).put(path, flipped),
                );
            }
        }
    }
    let changes = Share::asked().of(changes, 17, 5);
    bench.try_all(&changes, &[Machine::Known], |_, _, outcome| *outcome == Outcome::Unchanged);
    assert!(bench.report("unread") > 5);
}

//! A stick as it is bought: FAT32 or exFAT. Names, sizes, no links, no permissions; a rename there is two changes, and
//! nothing may hang on it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use vault::backup::create::create;
use vault::backup::enroll::enroll;
use vault::backup::medium::{Medium, MediumLayout};
use vault::backup::prune::{Keeps, prune};
use vault::backup::restore::restore;
use vault::backup::shelf::Shelf;
use vault::backup::verify::verify;
use vault::sealed::disk::{Disk, DiskFile, RealDisk};

use super::office::Office;
use super::retail;

/// The longest file, in bytes.
const LONGEST: u64 = u32::MAX as u64;
/// UTF-16 units of the longest name.
const NAME: usize = 255;

/// The operating system's files, of which those below one folder lie on such a stick.
#[derive(Clone)]
struct FatDisk {
    medium: PathBuf,
    /// What no such stick allows, and was tried.
    refused: Arc<Mutex<Vec<String>>>,
    renames: Arc<AtomicUsize>,
}

impl FatDisk {
    fn new(medium: &Path) -> Self {
        Self { medium: medium.to_owned(), refused: Arc::default(), renames: Arc::default() }
    }

    fn is_there(&self, path: &Path) -> bool {
        path.starts_with(&self.medium)
    }

    fn refuse<T>(&self, path: &Path, why: &str) -> io::Result<T> {
        self.refused.lock().unwrap().push(format!("{}: {why}", path.display()));
        Err(io::Error::new(io::ErrorKind::InvalidInput, why))
    }

    /// A name that is to be made.
    fn check(&self, path: &Path) -> io::Result<()> {
        if !self.is_there(path) || path == self.medium {
            return Ok(());
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.chars().any(|sign| sign < ' ' || r#""*/:<>?\|"#.contains(sign)) {
            return self.refuse(path, "a sign that no name may have");
        }
        if name.ends_with(['.', ' ']) {
            return self.refuse(path, "a dot or a blank at its end, which is dropped");
        }
        if name.encode_utf16().count() > NAME {
            return self.refuse(path, "too long");
        }
        let beside = path.parent().and_then(|folder| RealDisk.list(folder).ok()).unwrap_or_default();
        if beside.iter().any(|other| other != name && other.to_lowercase() == name.to_lowercase()) {
            return self.refuse(path, "another name differs by capitals only");
        }
        Ok(())
    }

    fn file(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FatFile { file, longest: if self.is_there(path) { LONGEST } else { u64::MAX } })
    }
}

struct FatFile {
    file: Box<dyn DiskFile>,
    longest: u64,
}

impl DiskFile for FatFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_once(buffer, offset)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if offset + bytes.len() as u64 > self.longest {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
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

    fn forget_cached(&self) -> io::Result<()> {
        self.file.forget_cached()
    }
}

impl Disk for FatDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(path, RealDisk.open(path)?))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(path, RealDisk.open_for_writing(path)?))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.check(path)?;
        Ok(self.file(path, RealDisk.create_new(path)?))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        for folder in path.ancestors().filter(|folder| !folder.exists()) {
            self.check(folder)?;
        }
        RealDisk.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.check(to)?;
        if self.is_there(to) {
            self.renames.fetch_add(1, Ordering::SeqCst);
        }
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
        self.check(path)?;
        RealDisk.open_lock(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        Ok(RealDisk.filesystem(path)? + u64::from(self.is_there(path)))
    }
}

fn sound(office: &Office, medium: &Path) -> Vec<bool> {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    let found = verify(&opened, &Shelf::read(&opened).unwrap(), None, &|_, _| ());
    found.snapshots.iter().map(|checked| checked.found.is_ok()).collect()
}

#[test]
fn a_stick_of_fat_takes_all_that_a_medium_needs() {
    let (mut office, session) = retail::office();
    // As a camera's stick is called.
    let stick = office.folder.path().join("NO NAME");
    std::fs::create_dir(&stick).unwrap();
    let disk = FatDisk::new(&stick);
    office.surroundings.disk = Arc::new(disk.clone());
    // Names that FAT would not take stay within manifests.
    let documents = office.layout().group("retail").join("documents");
    std::fs::create_dir(&documents).unwrap();
    for name in ["Aa.1", "aA.1"] {
        std::fs::write(documents.join(name), name).unwrap();
    }
    enroll(&office.open(), &stick, None).unwrap();
    let of_the_card = disk.renames.load(Ordering::SeqCst);
    for day in 23..27 {
        office.clock.set(&format!("2026-11-{day}T02:00:00Z"));
        retail::add(&session, &[("name", &format!("Customer of day {day}"))]);
        create(&office.open(), &stick, false).unwrap();
    }
    assert_eq!(sound(&office, &stick), [true; 4]);
    let keeps = Keeps { daily: 2, weekly: 0, monthly: 0 };
    let pruned = prune(&office.open(), &stick, keeps, false).unwrap();
    assert_eq!((pruned.removed.len(), sound(&office, &stick)), (2, vec![true; 2]));
    assert_eq!(disk.renames.load(Ordering::SeqCst), of_the_card, "snapshots come and go without a rename");

    // Whoever calls it otherwise replaces its card.
    enroll(&office.open(), &stick, Some("blue")).unwrap();
    let opened = Medium::open_to_read(&stick, &office.surroundings).unwrap();
    let shelf = Shelf::read(&opened).unwrap();
    let into = office.folder.path().join("restored");
    restore(&opened, &shelf, shelf.newest().unwrap(), &into, &office.surroundings, &|_, _| ()).unwrap();
    for name in ["Aa.1", "aA.1"] {
        let restored = into.join("groups/retail/documents").join(name);
        assert_eq!(std::fs::read_to_string(restored).unwrap(), name);
    }
    assert_eq!(*disk.refused.lock().unwrap(), [""; 0]);
}

/// A replaced card is gone for a moment on such a stick: whoever pulls it out then enrolls it anew and keeps all.
#[test]
fn a_card_that_was_lost_with_a_pulled_stick_costs_no_snapshot() {
    let (mut office, _session) = retail::office();
    let stick = office.folder.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    office.surroundings.disk = Arc::new(FatDisk::new(&stick));
    enroll(&office.open(), &stick, None).unwrap();
    create(&office.open(), &stick, false).unwrap();
    std::fs::remove_file(MediumLayout::new(&stick).card()).unwrap();
    assert!(create(&office.open(), &stick, false).is_err());
    assert_eq!(enroll(&office.open(), &stick, None).unwrap().snapshots, 1);
    create(&office.open(), &stick, false).unwrap();
    assert_eq!(sound(&office, &stick), [true; 2]);
}

#[test]
fn names_that_such_a_stick_refuses_are_refused_here_too() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FatDisk::new(folder.path());
    let longest = "ä".repeat(NAME / 2);
    for name in ["2026-11-22T02:00:00Z.json", "a.", "a ", "what?", "a\\b", &format!("{longest}{longest}ab")] {
        assert!(disk.create_new(&folder.path().join(name)).is_err(), "{name}");
    }
    disk.create_new(&folder.path().join("Lock")).unwrap();
    assert!(disk.create_new(&folder.path().join("lock")).is_err());
    let file = disk.create_new(&folder.path().join("fine.json")).unwrap();
    assert!(file.write_all_at(b"12", LONGEST - 1).is_err() && file.write_all_at(b"1", LONGEST - 1).is_ok());
}

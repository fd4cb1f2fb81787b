//! A made-up office: a folder, a clock that is set by hand, cheap passphrases, a disk that fails on
//! demand.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use vault::access_log::entry::Opened;
use vault::access_log::{Entry, EntryError};
use vault::sealed::disk::{Disk, DiskFile, RealDisk};
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::{InitOptions, Layout, Session, Store, Strictness, staff_file};
use vault::surroundings::{Clock, Random, Surroundings};
use zeroize::Zeroizing;

pub const ALICE: &str = "violet-harbour-engine-seventeen";
pub const SHEET: &str = "granite-parade-oyster-muffin-trolley";

pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

/// Seconds since 1970, set by hand.
pub struct HandClock(pub AtomicI64);

impl HandClock {
    pub fn set(&self, time: &str) {
        self.0.store(time.parse::<Timestamp>().unwrap().as_second(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The same bytes in every run.
struct Repeatable(AtomicU64);

impl Random for Repeatable {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        for chunk in bytes.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&Digest::of(&number.to_le_bytes()).0[..chunk.len()]);
        }
        Ok(())
    }
}

/// What a [`FaultyDisk`] does once it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The changing operation of this number fails, and so do all later ones but removals.
    Change(u64),
    /// Writes put down half of their bytes and fail; cutting fails too.
    HalfWrites,
    /// Flushing data fails.
    Flushes,
    /// There is no room but what is given up: files grow by no more than others are cut.
    Full,
    /// Opening to write fails, and creating: with `EROFS`, `EACCES`, `ENOENT` or `EIO`.
    Refused(io::ErrorKind),
}

/// The operating system's files, failing on demand.
#[derive(Default)]
pub struct FaultyDisk {
    state: Arc<FaultState>,
}

#[derive(Default)]
struct FaultState {
    fault: Mutex<Option<Fault>>,
    changes: AtomicU64,
    /// Bytes that were given up since the disk was full.
    room: AtomicU64,
}

impl FaultState {
    /// Takes room for what a write adds to a file.
    fn grow(&self, bytes: u64) -> io::Result<()> {
        let room = self.room.load(Ordering::SeqCst);
        if self.is(Fault::Full) {
            let left = room.checked_sub(bytes).ok_or(io::ErrorKind::StorageFull)?;
            self.room.store(left, Ordering::SeqCst);
        }
        Ok(())
    }

    fn refuse(&self) -> io::Result<()> {
        match *self.fault.lock().unwrap() {
            Some(Fault::Refused(kind)) => Err(kind.into()),
            _ => Ok(()),
        }
    }

    fn change(&self) -> io::Result<()> {
        let number = self.changes.fetch_add(1, Ordering::SeqCst);
        match *self.fault.lock().unwrap() {
            Some(Fault::Change(limit)) if number >= limit => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        *self.fault.lock().unwrap() == Some(fault)
    }
}

impl FaultyDisk {
    /// The changing operations since [`FaultyDisk::set`].
    pub fn changes(&self) -> u64 {
        self.state.changes.load(Ordering::SeqCst)
    }

    pub fn set(&self, fault: Option<Fault>) {
        self.state.changes.store(0, Ordering::SeqCst);
        self.state.room.store(0, Ordering::SeqCst);
        *self.state.fault.lock().unwrap() = fault;
    }
}

struct FaultyFile {
    file: Box<dyn DiskFile>,
    state: Arc<FaultState>,
}

impl DiskFile for FaultyFile {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_once(buffer, offset)
    }

    fn write_once(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.state.change()?;
        if self.state.is(Fault::HalfWrites) {
            self.file.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.state.grow((offset + bytes.len() as u64).saturating_sub(self.file.len()?))?;
        self.file.write_all_at(bytes, offset)?;
        Ok(bytes.len())
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if self.state.is(Fault::HalfWrites) {
            return Err(io::ErrorKind::Other.into());
        }
        self.state.room.fetch_add(self.file.len()?.saturating_sub(length), Ordering::SeqCst);
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.state.change()?;
        if self.state.is(Fault::Flushes) {
            return Err(io::ErrorKind::Other.into());
        }
        self.file.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.state.change()?;
        self.file.sync_all()
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile { file: RealDisk.open(path)?, state: self.state.clone() }))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.state.refuse()?;
        Ok(Box::new(FaultyFile { file: RealDisk.open_for_writing(path)?, state: self.state.clone() }))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.state.change()?;
        self.state.refuse()?;
        Ok(Box::new(FaultyFile { file: RealDisk.create_new(path)?, state: self.state.clone() }))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.state.change()?;
        RealDisk.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.change()?;
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.state.change()?;
        RealDisk.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        RealDisk.exists(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.state.change()?;
        RealDisk.open_lock(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        RealDisk.filesystem(path)
    }
}

pub struct Office {
    pub folder: tempfile::TempDir,
    pub root: PathBuf,
    pub clock: Arc<HandClock>,
    pub disk: Arc<FaultyDisk>,
    pub surroundings: Surroundings,
}

impl Office {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(0)));
        clock.set("2026-11-22T08:00:00Z");
        let disk = Arc::new(FaultyDisk::default());
        let surroundings = Surroundings {
            disk: disk.clone(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: clock.clone(),
            random: Arc::new(Repeatable(AtomicU64::new(0))),
            host: "front-desk".to_owned(),
            os_user: "office".to_owned(),
            state: folder.path().join("state"),
            system_root: folder.path().join("system"),
            lowest_work_factor: WorkFactor::for_tests(2),
            work_factor: WorkFactor::for_tests(2),
            patience: Duration::from_secs(10),
            log_reserve: 0,
            idle_minute: Duration::from_mins(1),
        };
        Self { root: folder.path().join("store"), folder, clock, disk, surroundings }
    }

    /// A store with the owner alice and a recovery sheet.
    pub fn founded() -> Self {
        let office = Self::empty();
        Store::create(&office.root, &options(), &office.surroundings).unwrap();
        office
    }

    pub fn layout(&self) -> Layout {
        Layout::new(&self.root)
    }

    pub fn open(&self) -> Store {
        Store::open(&self.root, &self.surroundings).unwrap()
    }

    pub fn unlocked(&self) -> Session {
        self.open().unlock("alice", &passphrase(ALICE)).unwrap()
    }

    pub fn identity(&self, name: &str, text: &str) -> Identity {
        let sealed = std::fs::read(self.layout().identity(name, 1)).unwrap();
        let cheap = WorkFactor::for_tests(2);
        staff_file::open(&sealed, &self.open().store_id(), &passphrase(text), cheap).unwrap()
    }

    /// Every entry of the access log, opened with alice's key; the chain is checked.
    pub fn entries(&self) -> Vec<Opened> {
        self.entries_with(&[self.log_identity()])
    }

    /// The same with the log's identities of every epoch, the newest first.
    pub fn entries_with(&self, identities: &[Identity]) -> Vec<Opened> {
        let store = self.open();
        let mut prev = Digest::ZERO;
        let mut entries: Vec<Opened> = Vec::new();
        for line in self.log_lines() {
            let outer: serde_json::Value = serde_json::from_str(&line).unwrap();
            let epoch = usize::try_from(outer["epoch"].as_u64().unwrap()).unwrap();
            let opened = entry(line.as_bytes(), &identities[identities.len() - epoch], &store).unwrap();
            assert_eq!((opened.entry.seq, opened.entry.prev), (entries.len() as u64 + 1, prev));
            prev = opened.hash;
            entries.push(opened);
        }
        entries
    }

    /// What of every entry of the access log is sealed.
    pub fn sealed_entries(&self) -> Vec<Vec<u8>> {
        let sealed = self.log_lines().into_iter().map(|line| {
            let outer: serde_json::Value = serde_json::from_str(&line).unwrap();
            data_encoding::BASE64.decode(outer["sealed"].as_str().unwrap().as_bytes()).unwrap()
        });
        sealed.collect()
    }

    fn log_lines(&self) -> Vec<String> {
        let months = self.months().into_iter().map(|path| std::fs::read_to_string(path).unwrap());
        months.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    pub fn log_identity(&self) -> Identity {
        let sealed = std::fs::read(self.layout().access_log_key(1, "alice")).unwrap();
        let text = self.identity("alice", ALICE).open(&sealed).unwrap();
        Identity::from_file_text(std::str::from_utf8(&text).unwrap()).unwrap()
    }

    /// The access log's files, oldest first.
    pub fn months(&self) -> Vec<PathBuf> {
        let folder = self.layout().access_log();
        let names = RealDisk.list(&folder).unwrap();
        names.iter().filter(|name| name.starts_with("20")).map(|name| folder.join(name)).collect()
    }
}

/// Opens a line of a store's log.
pub fn entry(line: &[u8], key: &Identity, store: &Store) -> Result<Opened, EntryError> {
    Entry::open(line, key, &store.store_id(), |signer| store.roster().key_of(signer))
}

pub fn options() -> InitOptions {
    InitOptions {
        owner: "alice".parse().unwrap(),
        passphrase: passphrase(ALICE),
        work_factor: WorkFactor::for_tests(2),
        recovery: Some(passphrase(SHEET)),
        network: Strictness::Refuse,
    }
}

/// Copies a folder with all in it, in place of what is there.
pub fn put_back(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            put_back(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a power cut can leave of `bytes` when all from `flushed` on was not flushed: every length,
/// and every pattern of 512-byte sectors that read as zeroes.
pub fn power_cuts(bytes: &[u8], flushed: usize) -> Vec<Vec<u8>> {
    let mut left: Vec<Vec<u8>> = (flushed..bytes.len()).map(|length| bytes[..length].to_vec()).collect();
    let sectors: Vec<usize> = (flushed / 512..=(bytes.len() - 1) / 512).collect();
    for pattern in 1_usize..1 << sectors.len() {
        let mut holed = bytes.to_vec();
        for (index, sector) in sectors.iter().enumerate() {
            if pattern & (1 << index) != 0 {
                holed[(sector * 512).max(flushed)..((sector + 1) * 512).min(bytes.len())].fill(0);
            }
        }
        left.push(holed);
    }
    left
}

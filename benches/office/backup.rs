//! The nightly backup: the first snapshot beside `cp`, `sync -f` and `sha256sum`, a night after a day of adds,
//! and verification beside `sha256sum`.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::fs::{Advice, fadvise};
use vault::backup::create::create;
use vault::backup::enroll::enroll;
use vault::group::Group;
use vault::group::bulk::Options;
use vault::group::database::new_image;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::sealed::disk::{Disk, RealDisk};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::WorkFactor;
use vault::store::{InitOptions, Layout, Name, Session, Store, Strictness};
use vault::surroundings::Surroundings;

use crate::adds::record;
use crate::counting_disk::CountingDisk;
use crate::desk::SystemRandom;
use crate::staff::{OWNER, passphrase, surroundings};
use crate::table::{Amount, Many, Table, mib};
use crate::{SEED, customers, errand};

type Failure = Box<dyn std::error::Error>;

/// Customers of a group of 440 MB; `VAULT_BENCH_CUSTOMERS` takes another number.
const CUSTOMERS: u64 = 700_000;
const GROUP: &str = "retail";
/// Adds of the day before the night, each in a run of its own.
const ADDS: u64 = 200;
const ROUNDS: usize = 3;
/// The first argument of errands of this file begins so.
pub const ERRAND: &str = "backup-";

/// An office in a folder: its store, what the machine remembers, a medium.
struct Office {
    folder: PathBuf,
    customers: u64,
}

/// The figures.
pub fn measure() {
    let start = Instant::now();
    eprintln!("backup:");
    let given = std::env::var("VAULT_BENCH_CUSTOMERS").ok().and_then(|given| given.parse().ok());
    let customers = given.unwrap_or(CUSTOMERS);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let office = Office { folder: folder.path().to_owned(), customers };
    office.found();
    let base = office.base();
    let length = fs::metadata(&base).unwrap().len();

    let mut table = Table::new(customers >= CUSTOMERS);
    office.first_snapshots(&base, &mut table);
    office.night(&mut table);
    office.verifications(&mut table);
    table.print(&format!("backup of a group of {customers} customers, a base of {}", Amount::Bytes(length)));
    eprintln!("backup took {:.0} s", start.elapsed().as_secs_f64());
}

/// What an errand in a process of its own does.
pub fn run(folder: &Path, errand: &str) {
    let office = Office { folder: folder.to_owned(), customers: 0 };
    match errand {
        "backup-create" => office.back_up(Arc::new(RealDisk)),
        _ => office.verify(),
    }
}

impl Office {
    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn medium(&self) -> PathBuf {
        self.folder.join("medium")
    }

    /// Passphrases are cheap here: what they cost is no figure of backups.
    fn surroundings(&self, disk: Arc<dyn Disk>) -> Surroundings {
        let cheap = WorkFactor::for_tests(2);
        Surroundings { disk, lowest_work_factor: cheap, work_factor: cheap, ..surroundings(&self.folder) }
    }

    fn unlock(&self) -> Session {
        let surroundings = self.surroundings(Arc::new(RealDisk));
        Store::open(&self.store(), &surroundings).unwrap().unlock(OWNER, &passphrase()).unwrap()
    }

    /// A store with one group, all of whose customers are in its base.
    fn found(&self) {
        let options = InitOptions {
            owner: OWNER.parse().unwrap(),
            passphrase: passphrase(),
            work_factor: WorkFactor::for_tests(2),
            recovery: None,
            network: Strictness::Warn,
        };
        Store::create(&self.store(), &options, &self.surroundings(Arc::new(RealDisk))).unwrap();
        let alice = self.unlock();
        let image = |prefix: &str| -> Result<_, Failure> {
            Ok(new_image(&Fields::standard(), prefix.parse()?, &Identity::generate())?)
        };
        alice.create_group(&GROUP.parse::<Name>().unwrap(), image).unwrap();
        let path = self.folder.join("customers.csv");
        let mut csv = BufWriter::new(File::create(&path).unwrap());
        customers::csv(self.customers, SEED, &mut csv).unwrap();
        csv.flush().unwrap();
        let group = Self::open(&alice);
        let fields = group.fields().clone();
        let file = BufReader::new(File::open(&path).unwrap());
        let source = Source::open(Box::new(file), &fields, &Mapping::default()).unwrap();
        let options = Options { allow_duplicate: true, ..Options::default() };
        group.import(source, options, alice.log(), &SystemRandom, Timestamp::now(), &|_, _| ()).unwrap();
        Self::open(&alice).checkpoint(alice.log(), &|_, _| ()).unwrap();
        fs::remove_file(path).unwrap();
    }

    fn open(session: &Session) -> Group {
        Group::open(session.access(GROUP).unwrap(), Mode::Exclusive).unwrap()
    }

    fn base(&self) -> PathBuf {
        let folder = Layout::new(self.store()).group(GROUP);
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let is_base = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("base.");
        files.into_iter().find(is_base).unwrap()
    }

    /// An empty medium, enrolled.
    fn new_medium(&self) {
        let _ = fs::remove_dir_all(self.medium());
        fs::create_dir(self.medium()).unwrap();
        let store = Store::open(&self.store(), &self.surroundings(Arc::new(RealDisk))).unwrap();
        enroll(&store, &self.medium(), Some("blue")).unwrap();
    }

    /// A backup as `vault backup create` makes it.
    fn back_up(&self, disk: Arc<dyn Disk>) {
        let store = Store::open(&self.store(), &self.surroundings(disk)).unwrap();
        create(&store, &self.medium(), true).unwrap();
    }

    /// Verifies the medium as `vault backup verify` does.
    fn verify(&self) {
        let medium = vault::backup::medium::Medium::open_to_read(
            &self.medium(),
            &self.surroundings(Arc::new(RealDisk)),
        )
        .unwrap();
        let snapshots = vault::backup::shelf::Shelf::read(&medium).unwrap();
        let verified = vault::backup::verify::verify(&medium, &snapshots, None, &|_, _| ());
        assert!(verified.snapshots.iter().all(|checked| checked.found.is_ok()));
    }

    /// Each on an empty medium, in turn with what stock tools do.
    fn first_snapshots(&self, base: &Path, table: &mut Table) {
        let (mut ours, mut theirs, mut memory) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let copy = self.folder.join("copy");
            fs::create_dir(&copy).unwrap();
            settle(&[base]);
            theirs.push(copied(base, &copy.join("base")));
            fs::remove_dir_all(copy).unwrap();
            self.new_medium();
            settle(&[base]);
            let cost = errand::at(&self.folder, "backup-create");
            ours.push(cost.whole);
            memory = cost.memory.max(memory);
        }
        let (ours, theirs) = (Many::of(ours).median(), Many::of(theirs).median());
        let note = format!("{} against {}", Amount::Time(ours), Amount::Time(theirs));
        let figure = "the first snapshot, of the speed of `cp`, `sync -f` and `sha256sum` of both";
        table.put_least(figure, 0.8, theirs.as_secs_f64() / ours.as_secs_f64(), &note);
        table.put("the first snapshot, peak memory", Some(mib(64)), Amount::Bytes(memory), "", None);
    }

    /// The night after a day of adds.
    fn night(&self, table: &mut Table) {
        let base = self.base();
        for index in 0..ADDS {
            let alice = self.unlock();
            let mut group = Self::open(&alice);
            let record = record(group.fields(), self.customers + index);
            group.add(&record, true, alice.log(), &SystemRandom, Timestamp::now()).unwrap();
            group.tidy(alice.log()).unwrap();
        }
        let rewritten = if self.base() == base { "" } else { ", the base was rewritten that day" };
        let disk = Arc::new(CountingDisk::new(self.store(), self.medium()));
        let start = Instant::now();
        self.back_up(Arc::clone(&disk) as Arc<dyn Disk>);
        let took = start.elapsed();
        let counted = disk.read();
        let day = format!("a night after {ADDS} adds in {ADDS} runs");
        let note = format!("in {}{rewritten}", Amount::Time(took));
        let written = Amount::Bytes(counted.medium_written);
        table.put(&format!("{day}, written"), Some(mib(20)), written, &note, None);
        let read = Amount::Bytes(counted.base_read);
        table.put(&format!("{day}, read of the base"), Some(Amount::Bytes(0)), read, "", None);
        let note = format!("and {} of the medium, read back or compared", Amount::Bytes(counted.medium_read));
        let read = Amount::Bytes(counted.store_read);
        table.put(&format!("{day}, read of the rest of the store"), Some(mib(20)), read, &note, None);
    }

    /// All snapshots of the medium, in turn with `sha256sum` of all objects.
    fn verifications(&self, table: &mut Table) {
        let objects = files_below(&self.medium().join("vault-backup/objects"));
        let paths: Vec<&Path> = objects.iter().map(PathBuf::as_path).collect();
        let (mut ours, mut theirs, mut memory) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            settle(&paths);
            theirs.push(timed(Command::new("sha256sum").args(&paths)));
            settle(&paths);
            let cost = errand::at(&self.folder, "backup-verify");
            ours.push(cost.whole);
            memory = cost.memory.max(memory);
        }
        let (ours, theirs) = (Many::of(ours).median(), Many::of(theirs).median());
        let note =
            format!("{} against {}, {} objects", Amount::Time(ours), Amount::Time(theirs), objects.len());
        let speed = theirs.as_secs_f64() / ours.as_secs_f64();
        table.put_least("verify, of the speed of `sha256sum` of all objects", 0.8, speed, &note);
        table.put("verify, peak memory", Some(mib(64)), Amount::Bytes(memory), "", None);
    }
}

/// What a careful person does with stock tools: copy, flush, and compare sums, the copy's from the medium.
fn copied(from: &Path, to: &Path) -> Duration {
    let start = Instant::now();
    timed(Command::new("cp").args([from, to]));
    timed(Command::new("sync").arg("-f").arg(to));
    timed(Command::new("sha256sum").arg(from));
    forget(to);
    timed(Command::new("sha256sum").arg(to));
    start.elapsed()
}

fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    start.elapsed()
}

/// Nothing is left to write, and these files have to be read from the disk.
fn settle(files: &[&Path]) {
    timed(&mut Command::new("sync"));
    for file in files {
        forget(file);
    }
}

fn forget(file: &Path) {
    fadvise(File::open(file).unwrap(), 0, None, Advice::DontNeed).unwrap();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

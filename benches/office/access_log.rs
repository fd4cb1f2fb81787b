//! An access log of a million entries: appending to it, reading it whole against what this machine's cores
//! can do in age openings and Ed25519 verifications, and what only looks at its end.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use vault::access_log::entry::Opened;
use vault::access_log::export::{Export, Format};
use vault::access_log::reading::Filter;
use vault::access_log::{Action, Entry, Event, Outcome, Role};
use vault::sealed::disk::{Disk, RealDisk};
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::{self, Digest, Mark, Purpose, StoreId, Unverified};
use vault::store::{InitOptions, Layout, Session, Store, Strictness, staff_file};
use vault::surroundings::{Clock, Surroundings};
use zeroize::Zeroizing;

use crate::desk::SystemRandom;
use crate::errand;
use crate::table::{Amount, Many, Table, mib, ms};
use crate::timed_disk::TimedDisk;

const ENTRIES: u64 = 1_000_000;
/// Months over which they are spread.
const MONTHS: u64 = 24;
/// Entries that are opened and verified to learn what the cores can do.
const SAMPLE: usize = 40_000;
const APPENDS: usize = 500;
const LOOKS: usize = 200;
const OWNER: &str = "alice";
const PASSPHRASE: &str = "violet-harbour-engine-seventeen";

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2024-01-15T12:00:00Z".parse().unwrap()
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(Zeroizing::new(PASSPHRASE.to_owned()))
}

fn surroundings(folder: &Path, disk: Arc<dyn Disk>) -> Surroundings {
    Surroundings {
        disk,
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(Noon),
        random: Arc::new(SystemRandom),
        host: "front-desk".into(),
        os_user: "office".into(),
        state: folder.join("state"),
        system_root: folder.to_owned(),
        lowest_work_factor: WorkFactor::for_tests(2),
        work_factor: WorkFactor::for_tests(2),
        patience: Duration::from_secs(5),
        idle_minute: Duration::from_mins(1),
        log_reserve: vault::access_log::reserve::FULL,
    }
}

fn open(folder: &Path, disk: Arc<dyn Disk>) -> Store {
    Store::open(&folder.join("store"), &surroundings(folder, disk)).unwrap()
}

fn unlock(folder: &Path) -> Session {
    open(folder, Arc::new(RealDisk)).unlock(OWNER, &passphrase()).unwrap()
}

/// All cores.
fn threads() -> NonZeroUsize {
    thread::available_parallelism().unwrap()
}

pub fn measure() {
    let start = Instant::now();
    let entries = std::env::var("VAULT_BENCH_ENTRIES").map_or(ENTRIES, |entries| entries.parse().unwrap());
    eprintln!("an access log of {entries} entries:");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    found(folder);
    let mut table = Table::new(entries == ENTRIES);
    let few = head_time(folder);
    let small = errand::at(folder, "log-verify");
    let sample = fill(folder, entries);
    eprintln!("  written after {:.0} s", start.elapsed().as_secs_f64());

    measure_appends(folder, &mut table);
    let many = head_time(folder);
    let note = format!("{} with {} entries", Amount::Time(few), 2);
    table.put("count and head, as `status` asks for them", Some(ms(1)), Amount::Time(many), &note, None);

    table.put(
        "the newest 50 entries, as `log show` reads them",
        Some(ms(100)),
        Amount::Time(show(folder)),
        "",
        None,
    );
    for (errand, figure) in
        [("log-verify", "verify"), ("log-jsonl", "export, JSON Lines"), ("log-csv", "export, CSV")]
    {
        let before = sample.rate();
        let cost = errand::at(folder, errand);
        let can = f64::midpoint(before, sample.rate());
        #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
        let rate = entries as f64 / cost.whole.as_secs_f64();
        let note = format!(
            "{:.0} entries a second on {} cores in {}; they open and verify {can:.0}",
            rate,
            threads(),
            Amount::Time(cost.whole)
        );
        table.put_least(&format!("{figure}, of what the cores can do"), 0.8, rate / can, &note);
        let note = format!("{} at {} entries", Amount::Bytes(small.memory), 2);
        table.put(&format!("{figure}, peak memory"), Some(mib(64)), Amount::Bytes(cost.memory), &note, None);
    }
    table.print(&format!("an access log of {entries} entries"));
    eprintln!("took {:.0} s", start.elapsed().as_secs_f64());
}

fn found(folder: &Path) {
    let options = InitOptions {
        owner: OWNER.parse().unwrap(),
        passphrase: passphrase(),
        work_factor: WorkFactor::for_tests(2),
        recovery: None,
        network: Strictness::Warn,
    };
    Store::create(&folder.join("store"), &options, &surroundings(folder, Arc::new(RealDisk))).unwrap();
}

fn owner(folder: &Path) -> Identity {
    let store = open(folder, Arc::new(RealDisk)).store_id();
    let sealed = fs::read(Layout::new(folder.join("store")).identity(OWNER, 1)).unwrap();
    staff_file::open(&sealed, &store, &passphrase(), WorkFactor::for_tests(2)).unwrap()
}

fn months(folder: &Path) -> Vec<PathBuf> {
    let log = Layout::new(folder.join("store")).access_log();
    let names = RealDisk.list(&log).unwrap();
    names.iter().filter(|name| name.starts_with("20")).map(|name| log.join(name)).collect()
}

/// Some sealed entries and what they hold, to learn what the cores can do with them.
struct Sample {
    store: StoreId,
    log: Identity,
    signer: Identity,
    sealed: Vec<(Vec<u8>, Unverified<Entry>)>,
}

impl Sample {
    /// Entries a second, opened by age and verified by Ed25519, on all cores, nothing else done.
    fn rate(&self) -> f64 {
        let key = self.signer.verifying_key();
        let start = Instant::now();
        thread::scope(|scope| {
            for part in self.sealed.chunks(self.sealed.len().div_ceil(threads().get())) {
                scope.spawn(move || {
                    for (sealed, entry) in part {
                        self.log.open(sealed).unwrap();
                        entry.clone().verify(Purpose::Entry, &self.store, &key).unwrap();
                    }
                });
            }
        });
        #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
        let count = self.sealed.len() as f64;
        count / start.elapsed().as_secs_f64()
    }
}

/// Writes lookups into the log as the program does, but flushes none.
fn fill(folder: &Path, entries: u64) -> Sample {
    let store = open(folder, Arc::new(RealDisk));
    let (id, signer) = (store.store_id(), owner(folder));
    let signing_key = signer.signing_key();
    let recipient = store.roster().log_key().recipient.clone();
    let mut head = store.log_head().unwrap();
    let begin: Timestamp = Noon.now();
    let log = Layout::new(folder.join("store")).access_log();
    let span = SignedDuration::from_hours(24 * 30 * i64::try_from(MONTHS).unwrap());
    let step = span / i32::try_from(entries).unwrap();
    let (mut file, mut month) = (None, String::new());
    let mut sealed = Vec::new();
    let mut time = begin;
    while head.seq < entries {
        time += step;
        let own = time.strftime("%Y-%m").to_string();
        if own != month {
            let path = log.join(format!("{own}.jsonl"));
            let opened = File::options().append(true).create(true).open(path).unwrap();
            file = Some(BufWriter::new(opened));
            month = own;
        }
        let entry = lookup(head, time);
        let plaintext = signed::sign(&entry, Purpose::Entry, &id, &signing_key).unwrap();
        let ciphertext = recipient.seal(&plaintext).unwrap();
        let text = data_encoding::BASE64.encode(&ciphertext);
        let line = format!(r#"{{"seq":{},"epoch":1,"prev":"{}","sealed":"{text}"}}"#, entry.seq, head.hash);
        writeln!(file.as_mut().unwrap(), "{line}").unwrap();
        if sealed.len() < SAMPLE {
            sealed.push((ciphertext, Unverified::parse(&plaintext).unwrap()));
        }
        head = Mark { seq: entry.seq, hash: Digest::of(line.as_bytes()) };
    }
    drop(file);
    for path in months(folder) {
        File::open(path).unwrap().sync_all().unwrap();
    }
    let keys = unlock(folder).log_identities().unwrap();
    Sample { store: id, log: keys[0].clone(), signer, sealed }
}

/// One customer looked up, as offices do all day.
fn lookup(before: Mark, time: Timestamp) -> Entry {
    Entry {
        v: 1,
        seq: before.seq + 1,
        time: format!("{time:.3}"),
        event_id: format!("{:032x}", before.seq),
        session_id: format!("{:032x}", before.seq / 40),
        staff: OWNER.into(),
        role: Role::Owner,
        action: Action::Lookup,
        group: Some("retail".into()),
        customer: Some("4T-7K3M-Q9TD".into()),
        fields: Vec::new(),
        reason: None,
        outcome: Outcome::Success,
        detail: None,
        count: Some(1),
        host: "front-desk".into(),
        os_user: "office".into(),
        version: "0.1.0".into(),
        prev: before.hash,
        signer: Some(format!("{OWNER}.1")),
        unsigned: false,
    }
}

fn measure_appends(folder: &Path, table: &mut Table) {
    let disk = Arc::new(TimedDisk::new(folder.join("none")));
    let session = open(folder, Arc::clone(&disk) as Arc<dyn Disk>).unlock(OWNER, &passphrase()).unwrap();
    let (mut beyond, mut flushes) = (Vec::new(), 0);
    for _ in 0..APPENDS {
        let (before, start) = (disk.read(), Instant::now());
        session.log().append(&Event::new(Action::Search, Outcome::Success)).unwrap();
        let took = start.elapsed();
        let counted = disk.read().since(before);
        flushes = flushes.max(counted.flushes);
        beyond.push(took.saturating_sub(counted.flushing));
    }
    let beyond = Many::of(beyond);
    let note = format!("worst of {APPENDS}: {}; flushes each: {flushes}", Amount::Time(beyond.max()));
    table.put("append, beyond its one flush", Some(ms(1)), Amount::Time(beyond.median()), &note, None);
}

fn head_time(folder: &Path) -> Duration {
    let store = open(folder, Arc::new(RealDisk));
    let times = (0..LOOKS).map(|_| {
        let start = Instant::now();
        store.log_head().unwrap();
        start.elapsed()
    });
    Many::of(times.collect()).median()
}

/// Opens the newest entries, the entry about it included.
fn show(folder: &Path) -> Duration {
    let session = unlock(folder);
    let times = (0..9).map(|_| {
        let start = Instant::now();
        let reading = session.read_log(&Event::new(Action::Log, Outcome::Success)).unwrap();
        let work = |opened: Opened| Some(opened.entry.seq);
        let shown = reading.reader(threads()).newest(reading.extent(), 50, &|_, _| (), work).unwrap();
        assert_eq!(shown.last(), Some(&reading.head().seq));
        start.elapsed()
    });
    Many::of(times.collect()).median()
}

/// One of the whole-log figures, in a process of its own.
pub fn run(folder: &Path, errand: &str) {
    let session = unlock(folder);
    let event = Event::new(Action::Log, Outcome::Success);
    match errand {
        "log-verify" => {
            let verified = session.verify_log(&event, Vec::new(), threads(), &|_, _| ()).unwrap();
            assert!(verified.found.is_sound(), "{:#?}", verified.found.findings);
        }
        "log-jsonl" => export(folder, &session, Format::Jsonl),
        "log-csv" => export(folder, &session, Format::Csv),
        _ => panic!("{errand}"),
    }
}

fn export(folder: &Path, session: &Session, format: Format) {
    let reading = session.read_log(&Event::new(Action::Log, Outcome::Success)).unwrap();
    let filter = Filter::default();
    let export = Export {
        reader: reading.reader(threads()),
        extent: reading.extent(),
        head: reading.head(),
        format,
        filter: &filter,
    };
    let file = File::create(folder.join(format!("export.{format}"))).unwrap();
    let mut file = BufWriter::new(file);
    let written = export.write(&mut file, &|_, _, _| std::ops::ControlFlow::Continue(())).unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    assert_eq!(written.left_out, 0);
}

//! Power cuts and kills between any two file operations of a sealed group on which SQL is done, with plain
//! SQLite as the oracle: whatever the crash, the group opens, and every row of every table is as plain
//! SQLite has it after all acknowledged transactions, or after the one under way as well.
//!
//! How much is tried: `docs/reliability.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/diary.rs"]
mod diary;
#[path = "support/dump.rs"]
mod dump;
#[path = "support/rekeyed_group.rs"]
mod rekeyed_group;
#[path = "support/sealed_group.rs"]
mod sealed_group;
#[path = "support/simulated_disk.rs"]
mod simulated_disk;
#[path = "support/sql_twins.rs"]
mod sql_twins;
#[path = "support/sweep.rs"]
mod sweep;

use std::path::Path;
use std::sync::Arc;

use diary::Diary;
use rusqlite::{Connection, MAIN_DB};
use sealed_group::Notes;
use simulated_disk::chance::Chance;
use simulated_disk::{Cut, Moment, SimulatedDisk};
use sql_twins::{Deed, SealedTwin, plain};
use sweep::{Sweep, Tally, spread};
use vault::sealed::access::Witness;
use vault::sealed::disk::Disk;
use vault::sealed::lock::Mode;

const MODES: [Mode; 2] = [Mode::Shared, Mode::Exclusive];
/// Things done in one workload: each of [`Deed::ALL`] five times, and a commit before each.
const DEEDS: usize = Deed::ALL.len() * 10;
/// Ways to crash at a moment that the full sweep tries.
const WAYS: usize = 24;
/// What the next program does after a crash.
const MORE: &str = "INSERT INTO t(b, c) VALUES('more', 7); INSERT INTO words(b) VALUES('more words');
    UPDATE t SET c = c + 1 WHERE a % 3 = 1";

/// What plain SQLite held at some point.
#[derive(Clone)]
struct Point {
    dump: Arc<String>,
    /// The database itself, for what is done afterwards.
    image: Arc<Vec<u8>>,
}

impl Point {
    fn of(plain: &mut Connection) -> Self {
        let dump = Arc::new(dump::of(plain).unwrap());
        Self { dump, image: Arc::new(plain.serialize(MAIN_DB).unwrap().to_vec()) }
    }

    /// What plain SQLite holds once it did `sql` as well.
    fn and(&self, sql: &str) -> Self {
        let mut plain = Connection::open_in_memory().unwrap();
        let length = self.image.len();
        plain.deserialize_read_exact(MAIN_DB, &self.image[..], length, false).unwrap();
        plain.execute_batch(&format!("BEGIN; {sql}; COMMIT")).unwrap();
        Self::of(&mut plain)
    }
}

/// Something that was done, by the moments at which it began and had its answer.
struct Step {
    deed: Deed,
    begun: usize,
    answered: usize,
    before: Point,
    after: Point,
}

/// A workload, recorded.
struct Recording {
    twin: SealedTwin,
    disk: SimulatedDisk,
    diary: Arc<Diary>,
    film: Vec<Moment>,
    steps: Vec<Step>,
}

impl Recording {
    fn of(seed: u64) -> Self {
        Self::on(seed, |_| ())
    }

    fn on(seed: u64, prepare: fn(&SimulatedDisk)) -> Self {
        let first = SimulatedDisk::new();
        let disk = Arc::new(first.clone()) as Arc<dyn Disk>;
        let founded = SealedTwin::found(&disk, Path::new("/office"));
        let disk = first.restarted(first.now().live);
        prepare(&disk);
        disk.record();
        let diary = Arc::new(Diary::of(&disk));
        let mut twin = founded.on(Arc::new(disk.clone()), Arc::clone(&diary) as Arc<dyn Witness>);
        let (mut plain, mut chance, mut steps) = (plain(), Chance::new(seed), Vec::new());
        let mut before = Point::of(&mut plain);
        for number in 0..DEEDS {
            let (deed, begun) = (Deed::chosen(number), disk.recorded());
            let done = twin.run(deed, number as u64, &mut chance);
            let transactions = done.unwrap_or_else(|failure| panic!("{deed:?}: {failure}"));
            let answered = disk.recorded();
            for sql in transactions {
                plain.execute_batch(&format!("BEGIN; {sql}; COMMIT")).unwrap();
            }
            let after = Point::of(&mut plain);
            // Looked at on a copy, so that the looking is not recorded.
            let copy = disk.resumed(disk.now());
            let found = twin.on(Arc::new(copy), Arc::new(Notes::default()));
            same(&dump::of(found.open(Mode::Shared).unwrap().connection()).unwrap(), &[&after])
                .unwrap_or_else(|why| panic!("seed {seed}: {deed:?} without a crash: {why}"));
            steps.push(Step { deed, begun, answered, before, after: after.clone() });
            before = after;
        }
        assert_eq!(disk.violations(), [""; 0]);
        Self { twin, film: disk.film(), disk, diary, steps }
    }

    /// Crashes, and returns how many states that were.
    fn sweep(&self, seed: u64, count: usize) -> usize {
        for (number, at) in spread(self.film.len(), count).enumerate() {
            let way = number % WAYS;
            let step = self.steps.iter().rfind(|step| step.begun <= at).unwrap();
            let allowed =
                if step.answered <= at { vec![&step.after] } else { vec![&step.before, &step.after] };
            let mut chance = Chance::new(seed << 48 ^ (at as u64) << 20 ^ number as u64);
            if let Err(why) = self.crash(at, &allowed, way, &mut chance) {
                panic!("seed {seed}, {:?}, moment {at} of {}, way {way}: {why}", step.deed, self.film.len());
            }
        }
        println!("seed {seed}: {count} crash states at {} moments", self.film.len());
        count
    }

    fn crash(&self, at: usize, allowed: &[&Point], way: usize, chance: &mut Chance) -> Result<(), String> {
        let moment = &self.film[at];
        // Notes are never flushed: a power cut may take any of them.
        let notes = if chance.happens(70) { self.diary.until(at) } else { Arc::default() };
        let cut = match way {
            0 => Cut::AllLost,
            1 => Cut::AllKept,
            _ => Cut::Torn,
        };
        let on = |disk: &SimulatedDisk, notes| self.twin.on(Arc::new(disk.clone()), notes);
        if !way.is_multiple_of(4) || way == 0 {
            let disk = self.disk.restarted(moment.after_power_cut(cut, chance));
            return goes_on(&on(&disk, notes as Arc<dyn Witness>), &disk, allowed, chance);
        }
        // Killed; the next program works on what it finds, and only then the power fails.
        let disk = self.disk.resumed(moment.clone());
        let twin = on(&disk, self.diary.until(at) as Arc<dyn Witness>);
        let found = holds(&twin, allowed, chance).map_err(|why| format!("killed: {why}"))?;
        let mut now = allowed[found].clone();
        if chance.happens(50) {
            twin.commit(MORE).map_err(|failure| format!("killed, then a commit: {failure}"))?;
            now = now.and(MORE);
        }
        let later = disk.restarted(disk.now().after_power_cut(cut, chance));
        let twin = twin.on(Arc::new(later.clone()), twin.witness());
        goes_on(&twin, &later, &[&now], chance).map_err(|why| format!("killed, then cut: {why}"))
    }
}

/// The first of `points` whose dump it is.
fn same(dump: &str, points: &[&Point]) -> Result<usize, String> {
    let found = points.iter().position(|point| *point.dump == dump);
    found.ok_or_else(|| {
        let (expected, lines) = (points[0].dump.lines(), dump.lines());
        let differing = lines.zip(expected).find(|(found, expected)| found != expected);
        format!("it holds none of {} allowed databases: {differing:.300?}", points.len())
    })
}

/// The group opens, for reading or changing, and holds one of `points`.
fn holds(twin: &SealedTwin, points: &[&Point], chance: &mut Chance) -> Result<usize, String> {
    let mode = MODES[chance.below(2)];
    let file = twin.open(mode).map_err(|failure| format!("{mode:?}: {failure}"))?;
    same(&dump::of(file.connection()).map_err(|error| format!("{mode:?}: {error}"))?, points)
}

/// The group holds one of `points`, takes another transaction, and holds it after a power cut.
fn goes_on(
    twin: &SealedTwin,
    disk: &SimulatedDisk,
    points: &[&Point],
    chance: &mut Chance,
) -> Result<(), String> {
    let found = holds(twin, points, chance)?;
    if chance.happens(30) {
        twin.commit(MORE).map_err(|failure| format!("the next commit: {failure}"))?;
        let now = points[found].and(MORE);
        let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
        let twin = twin.on(Arc::new(later), twin.witness());
        holds(&twin, &[&now], chance).map_err(|why| format!("after the next power cut: {why}"))?;
    }
    disk.violations().first().map_or(Ok(()), |violation| Err(violation.clone()))
}

/// Crash states of this run.
static STATES: Tally = Tally::new();

macro_rules! workloads {
    ($($test:ident $number:literal,)*) => {
        const WORKLOADS: usize = [$($number),*].len();

        $(#[test]
        fn $test() {
            let seed = sweep::seed() * 1_000 + $number;
            let recording = Recording::of(seed);
            let count = Sweep::asked().pick(100, 1_000, recording.film.len() * WAYS);
            if let Some(all) = STATES.add(recording.sweep(seed, count), WORKLOADS) {
                println!("{all} crash states of sealed groups in all, seed {}", sweep::seed());
                assert!(all >= Sweep::asked().pick(1_200, 12_000, 100_000), "only {all} states");
            }
        })*
    };
}
workloads! {
    workload_1 1, workload_2 2, workload_3 3, workload_4 4, workload_5 5, workload_6 6,
    workload_7 7, workload_8 8, workload_9 9, workload_10 10, workload_11 11, workload_12 12,
}

/// What shows that the sweep would notice: on a medium that does not flush, acknowledged transactions are
/// lost.
#[test]
fn a_medium_that_lies_about_flushes_is_noticed() {
    let recording = Recording::on(1, SimulatedDisk::lie);
    let lost = (0..recording.film.len()).filter(|at| {
        let step = recording.steps.iter().rfind(|step| step.begun <= *at).unwrap();
        let allowed = if step.answered <= *at { vec![&step.after] } else { vec![&step.before, &step.after] };
        recording.crash(*at, &allowed, 2, &mut Chance::new(*at as u64)).is_err()
    });
    let (lost, moments) = (lost.count(), recording.film.len());
    assert!(lost > moments / 2, "{lost} of {moments}");
}

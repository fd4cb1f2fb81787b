//! A thousand customers added, each by an opening of its own, with the folds and checkpoints between.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use vault::group::code::GroupPrefix;
use vault::group::field::Fields;
use vault::group::record::Record;
use vault::sealed::group_file::Tidying;
use vault::sealed::lock::Mode;

use crate::customers::customer;
use crate::desk::{Desk, SystemRandom, Visit};
use crate::lookups::codes;
use crate::plain::{Codes, Plain, Row};
use crate::table::{Amount, Many, Table, mib, ms};
use crate::timed_disk::Reading;
use crate::{SEED, errand};

const ADDS: u64 = 1_000;
/// Records since the last fold, or bytes of log, from which on openings are measured.
const LATE: u64 = 31;
const LONG: u64 = 19 << 18;

/// One add, from the first look at the disk to the answer.
struct Add {
    whole: Duration,
    /// Of that, the change itself, the group being open.
    change: Duration,
    counted: Reading,
}

fn given(index: u64) -> Vec<(&'static str, String)> {
    customer(index, SEED)
}

pub fn record(fields: &Fields, index: u64) -> Record {
    let given = given(index);
    Record::check(fields, given.iter().map(|(name, value)| (*name, value.as_str()))).unwrap()
}

/// Adds a customer as `vault add` does, up to the answer.
fn add(desk: &Desk, index: u64) -> (Add, Visit) {
    let before = desk.disk.read();
    let start = Instant::now();
    let mut visit = desk.visit(Mode::Exclusive);
    let record = record(visit.group.fields(), index);
    let opened = start.elapsed();
    // The generator's few pairs of one name and date of birth are two customers.
    visit.group.add(&record, true, &visit.log, &SystemRandom, Timestamp::now()).unwrap();
    let whole = start.elapsed();
    (Add { whole, change: whole.saturating_sub(opened), counted: desk.disk.read().since(before) }, visit)
}

/// Adds one customer, so that there is something to merge.
pub fn add_one(desk: &Desk, index: u64) {
    add(desk, index);
}

/// What was found at the moments when the log was longest.
#[derive(Default)]
struct Worst {
    open: Duration,
    memory_before_fold: u64,
    memory_before_checkpoint: u64,
    log: u64,
}

pub fn measure(desk: &Desk, customers: u64, table: &mut Table) {
    let code = codes(desk, customers, 1).remove(0);
    let begun = desk.disk.read();
    let mut adds = Vec::new();
    let mut tidied = Vec::new();
    let mut worst = Worst::default();
    let (mut folds, mut checkpoints, mut since) = (0, 0, 0);
    for index in customers..customers + ADDS {
        let (added, mut visit) = add(desk, index);
        adds.push(added);
        since += 1;
        let mut memory = 0;
        let log = log_length(desk);
        if since >= LATE || log >= LONG {
            drop(visit);
            worst.open = worst.open.max(shared_open(desk));
            worst.log = worst.log.max(log);
            memory = errand::lookup(desk, &code).memory;
            visit = desk.visit(Mode::Exclusive);
        }
        let start = Instant::now();
        match visit.group.tidy(&visit.log).unwrap() {
            Some(Tidying::Fold) => {
                folds += 1;
                worst.memory_before_fold = worst.memory_before_fold.max(memory);
            }
            Some(Tidying::Checkpoint) => {
                checkpoints += 1;
                worst.memory_before_checkpoint = worst.memory_before_checkpoint.max(memory);
            }
            None => continue,
        }
        tidied.push(start.elapsed());
        since = 0;
    }
    let counted = desk.disk.read().since(begun);
    let plain = plain_adds(desk, customers);
    put(table, &adds, &plain, counted);
    table.put(
        "open at the worst moment among them",
        Some(ms(30)),
        Amount::Time(worst.open),
        &format!("log of {}, {folds} folds, {checkpoints} checkpoints", Amount::Bytes(worst.log)),
        None,
    );
    let memory = worst.memory_before_fold.max(worst.memory_before_checkpoint);
    table.put(
        "peak memory of a lookup, log at its bound",
        Some(mib(32)),
        Amount::Bytes(memory),
        &match worst.memory_before_checkpoint {
            0 => "before a fold".to_owned(),
            before => format!(
                "before a checkpoint {}, before a fold {}",
                Amount::Bytes(before),
                Amount::Bytes(worst.memory_before_fold)
            ),
        },
        None,
    );
    let tidied = Many::of(tidied);
    table.put(
        "fold or checkpoint after the answer, median",
        None,
        Amount::Time(tidied.median()),
        &format!("slowest {}", Amount::Time(tidied.max())),
        None,
    );
}

fn put(table: &mut Table, adds: &[Add], plain: &Many<Duration>, counted: Reading) {
    let of = |part: fn(&Add) -> Duration| Many::of(adds.iter().map(part).collect());
    let beyond = of(|add| add.change.saturating_sub(add.counted.flushing)).median();
    let flushing = of(|add| add.counted.flushing).median();
    let flushes = Many::of(adds.iter().map(|add| add.counted.flushes).collect()).median();
    let bytes = |part: fn(&Reading) -> u64| Many::of(adds.iter().map(|add| part(&add.counted)).collect());
    let group_bytes = bytes(|counted| counted.group_bytes);
    let all_bytes = bytes(|counted| counted.group_bytes + counted.other_bytes).median();
    table.put(
        "one durable add beyond its fsyncs, median",
        Some(ms(5)),
        Amount::Time(beyond),
        &format!("and {} in {flushes} fsyncs", Amount::Time(flushing)),
        None,
    );
    table.put(
        "one durable add, bytes written, median",
        Some(Amount::Bytes(32 << 10)),
        Amount::Bytes(group_bytes.median()),
        &format!(
            "max {}; {} with access log and seen notes",
            Amount::Bytes(group_bytes.max()),
            Amount::Bytes(all_bytes)
        ),
        None,
    );
    let whole = of(|add| add.whole);
    table.put(
        "open + add up to the answer, slowest of 1,000",
        Some(ms(150)),
        Amount::Time(whole.max()),
        &format!("median {}", Amount::Time(whole.median())),
        Some(Amount::Time(plain.max())),
    );
    table.put(
        "open + add up to the answer, median",
        None,
        Amount::Time(whole.median()),
        "",
        Some(Amount::Time(plain.median())),
    );
    table.put(
        "bytes written per add, folds and checkpoints included",
        Some(Amount::Bytes(1_258_291)),
        Amount::Bytes(counted.group_bytes / ADDS),
        &format!(
            "{} with access log and seen notes",
            Amount::Bytes((counted.group_bytes + counted.other_bytes) / ADDS)
        ),
        None,
    );
}

fn plain_adds(desk: &Desk, customers: u64) -> Many<Duration> {
    let plain = Plain::at(desk);
    // Of another prefix: none is there yet.
    let mut new = Codes::of(GroupPrefix::random(&SystemRandom).unwrap());
    let fields = Fields::standard();
    let each = (customers..customers + ADDS).map(|index| {
        let row = Row::of(&fields, new.draw(), &record(&fields, index));
        let start = Instant::now();
        plain.add(&row);
        start.elapsed()
    });
    Many::of(each.collect())
}

/// The median of three openings.
fn shared_open(desk: &Desk) -> Duration {
    let open = |_| {
        let start = Instant::now();
        let visit = desk.visit(Mode::Shared);
        let time = start.elapsed();
        drop(visit);
        time
    };
    Many::of((0..3).map(open).collect()).median()
}

/// The length of the group's log in bytes.
fn log_length(desk: &Desk) -> u64 {
    let files = std::fs::read_dir(desk.group_folder()).unwrap().map(Result::unwrap);
    let logs = files.filter(|file| file.file_name().to_string_lossy().starts_with("log."));
    logs.map(|file| file.metadata().unwrap().len()).max().unwrap_or(0)
}

//! Records of groups' logs: dropped, doubled, swapped, taken from another group, generation, epoch or store.

use std::path::PathBuf;

use crate::change::{self, Change};
use crate::kinds;
use crate::sweep::{Bench, Machine, Outcome, Share, short};

const BOTH: [Machine; 2] = [Machine::Known, Machine::New];

/// What else than damage may come of records that are not where they were, and why that is right.
fn is_right(change: &Change, machine: Machine, outcome: &Outcome) -> bool {
    match change.kind {
        // After the last record, one that does not continue it is what a power cut tore: readers leave it
        // out, and the next writer moves it aside and says so.
        "record after the last" => *outcome == Outcome::Told,
        // Gone from the end: unless somebody has seen it, it was never flushed.
        "last record dropped" => machine == Machine::New && *outcome == Outcome::Older,
        _ => false,
    }
}

#[test]
fn every_record_that_is_dropped_doubled_or_swapped_is_noticed() {
    let bench = Bench::new();
    let mut changes = Vec::new();
    for (path, bytes) in kinds::of_kind(&bench.files, "group log") {
        let records = change::records(bytes);
        let count = records.len();
        for (how, which, made) in change::rearranged(&records) {
            let kind = match how {
                "dropped" if which == format!("{}", count - 1) => "last record dropped",
                "dropped" => "record dropped",
                "doubled" if which.ends_with(&format!("before {count}")) => "record after the last",
                "doubled" => "record doubled",
                _ => "records swapped",
            };
            // The last one put in before its end and after it is the same.
            let kind = if made.starts_with(bytes) { "record after the last" } else { kind };
            changes.push(Change::new(kind, format!("{} {which}", short(path))).put(path, made));
        }
    }
    changes.retain(|change| change.changes(&bench.files));
    assert!(changes.len() > 20, "only {}", changes.len());
    bench.try_all(&changes, &BOTH, is_right);
    bench.report("records");
}

#[test]
fn every_record_of_another_group_generation_epoch_or_store_is_noticed() {
    let bench = Bench::new();
    let other = &bench.scene.other;
    let mut foreign: Vec<(&'static str, PathBuf, Vec<u8>)> = Vec::new();
    let mut take = |kind, files: &change::Files| {
        for (path, bytes) in kinds::of_kind(files, "group log") {
            foreign.extend(change::records(bytes).into_iter().map(|record| (kind, path.clone(), record)));
        }
    };
    take("another store's", other);
    take("another group's", &bench.files);
    for picture in &bench.office.pictures {
        take("an earlier one's", &change::files(picture));
    }
    foreign.sort();
    foreign.dedup_by(|one, other| one.2 == other.2);
    let mut changes = Vec::new();
    for (path, bytes) in kinds::of_kind(&bench.files, "group log") {
        let records = change::records(bytes);
        for (from, source, record) in foreign.iter().filter(|(.., record)| !records.contains(record)) {
            for (place, made) in change::transplanted(&records, record) {
                let kind =
                    if made.starts_with(bytes) { "record after the last" } else { "record transplanted" };
                let what = format!("{from} {} {place} of {}", short(source), short(path));
                changes.push(Change::new(kind, what).put(path, made));
            }
        }
    }
    assert!(changes.len() > 50, "only {}", changes.len());
    let changes = Share::asked().of(changes, 2, 1);
    bench.try_all(&changes, &BOTH, |change, machine, outcome| {
        // In place of the last: as if that had been torn.
        let last = change.what.contains("in place of")
            && machine == Machine::New
            && matches!(outcome, Outcome::Older);
        is_right(change, machine, outcome) || last
    });
    bench.report("foreign records");
}

//! Lines of the roster and of the access log: dropped, doubled, swapped, taken from elsewhere.

use std::path::Path;

use crate::change::{self, Change};
use crate::kinds;
use crate::sweep::{Bench, Machine, Outcome, Share, short};

const BOTH: [Machine; 2] = [Machine::Known, Machine::New];

/// The last line of its chain, gone: what a power cut before its flush leaves, unless somebody has seen it.
fn is_end(change: &Change, machine: Machine, outcome: &Outcome) -> bool {
    machine == Machine::New && change.kind == "last line dropped" && *outcome == Outcome::Older
}

fn rearranged(path: &Path, bytes: &[u8]) -> Vec<Change> {
    let lines = change::lines(bytes);
    let last = format!("{}", lines.len() - 1);
    let made = change::rearranged(&lines).into_iter().filter(|(.., made)| made != bytes);
    made.map(|(how, which, made)| {
        let kind = match how {
            "dropped" if which == last => "last line dropped",
            "dropped" => "line dropped",
            "doubled" => "line doubled",
            _ => "lines swapped",
        };
        Change::new(kind, format!("{} {which}", short(path))).put(path, made)
    })
    .collect()
}

fn transplanted(kind: &'static str, path: &Path, bytes: &[u8], foreign: &[u8]) -> Vec<Change> {
    let lines = change::lines(bytes);
    let from = change::lines(foreign);
    let mut changes = Vec::new();
    for (number, line) in from.iter().enumerate() {
        for (place, made) in change::transplanted(&lines, line) {
            changes.push(Change::new(kind, format!("{} line {number} {place}", short(path))).put(path, made));
        }
    }
    changes
}

#[test]
fn every_line_that_is_dropped_doubled_or_swapped_is_noticed() {
    let bench = Bench::new();
    let share = Share::asked();
    let mut changes =
        rearranged(&crate::office::layout().roster(), &bench.files[&crate::office::layout().roster()]);
    for (path, bytes) in kinds::of_kind(&bench.files, "access log") {
        changes.extend(share.of(rearranged(path, bytes), 7, 3));
    }
    bench.try_all(&changes, &BOTH, is_end);
    bench.report("lines");
}

#[test]
fn every_line_of_another_store_month_or_moment_is_noticed() {
    let bench = Bench::new();
    let share = Share::asked();
    let other = &bench.scene.other;
    let roster = crate::office::layout().roster();
    let mut changes = transplanted("another store's line", &roster, &bench.files[&roster], &other[&roster]);
    let months = kinds::of_kind(&bench.files, "access log");
    for (path, bytes) in &months {
        let foreign = transplanted("another store's line", path, bytes, &other[*path]);
        changes.extend(share.of(foreign, 67, 17));
        for (from, others) in months.iter().filter(|(from, _)| from != path) {
            let what = if from < path { "an earlier month's line" } else { "a later month's line" };
            changes.extend(share.of(transplanted(what, path, bytes, others), 67, 17));
        }
    }
    changes.retain(|change| change.changes(&bench.files));
    bench.try_all(&changes, &BOTH, |_, _, _| false);
    bench.report("foreign lines");
}

#[test]
fn the_newest_month_gone_is_noticed_and_so_is_one_under_another_name() {
    let bench = Bench::new();
    let log = crate::office::layout().access_log();
    let months = kinds::of_kind(&bench.files, "access log");
    let mut changes = Vec::new();
    for (path, bytes) in &months {
        for name in ["2026-10.jsonl", "2026-11.jsonl", "2026-12.jsonl", "2027-01.jsonl"] {
            let to = log.join(name);
            changes.push(
                Change::new("month doubled", format!("{} as {name}", short(path))).put(&to, bytes.as_slice()),
            );
            let moved = Change::new("month moved", format!("{} to {name}", short(path)));
            changes.push(moved.remove(path).put(&to, bytes.as_slice()));
        }
    }
    changes.retain(|change| change.changes(&bench.files));
    // A month's file may have a later month's name: the clock may have gone back. Nothing in it reads otherwise.
    bench.try_all(&changes, &BOTH, |change, _, outcome| {
        change.what.ends_with("2026-12.jsonl to 2027-01.jsonl") && *outcome == Outcome::Unchanged
    });
    bench.report("months");
}

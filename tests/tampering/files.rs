//! Whole files: lengthened, blotted out, removed, swapped, doubled, taken from elsewhere.

use std::path::{Path, PathBuf};

use crate::change::{self, Change, Files};
use crate::kinds::{self, Read};
use crate::office::layout;
use crate::sweep::{Bench, Machine, Outcome, Share, short};

const BOTH: [Machine; 2] = [Machine::Known, Machine::New];
const SECTOR: usize = 512;

/// Files that somebody reads, and of what kind each is.
fn read_files(files: &Files) -> Vec<(&PathBuf, &'static str, &Vec<u8>)> {
    let all = files.iter().map(|(path, bytes)| (path, kinds::kind(path).unwrap(), bytes));
    all.filter(|(_, kind, _)| matches!(kind.read, Read::By(_)))
        .map(|(path, kind, bytes)| (path, kind.name, bytes))
        .collect()
}

fn is(change: &Change, name: &str) -> bool {
    change.puts.keys().any(|path| kinds::kind(path).is_some_and(|kind| kind.name == name))
}

/// What else than damage may come of any file that was changed or is gone, and why that is right.
fn is_right(change: &Change, machine: Machine, outcome: &Outcome) -> bool {
    // What no note covers can't be told from what a power cut left undone.
    let is_end = ["roster", "group log", "access log"].iter().any(|kind| is(change, kind));
    match outcome {
        Outcome::Older | Outcome::Told if is_end => machine == Machine::New,
        // No part of the store: without it this machine is a new one; what does not fit is told.
        Outcome::Unchanged | Outcome::Told => {
            change.puts.keys().all(|path| kinds::kind(path).is_some_and(|kind| kind.name == "seen note"))
        }
        // A file sealed with another passphrase, for whoever types theirs.
        Outcome::Refused(3) => is(change, "identity"),
        _ => false,
    }
}

#[test]
fn whatever_is_appended_is_noticed_or_told_by_the_next_writer() {
    let bench = Bench::new();
    let mut changes = Vec::new();
    for (path, _, bytes) in read_files(&bench.files) {
        let more: [(&str, Vec<u8>); 6] = [
            ("a byte", b"x".to_vec()),
            ("a newline", b"\n".to_vec()),
            ("a line", b"{\"v\":1}\n".to_vec()),
            ("zeroes", vec![0; 700]),
            ("more than it may have", vec![b'x'; 2 << 20]),
            ("itself", bytes.clone()),
        ];
        for (what, more) in more {
            let change = Change::new("appended", format!("{what} to {}", short(path)));
            changes.push(change.put(path, [&bytes[..], &more].concat()));
        }
    }
    // After the last whole line or record, what is none is what a power cut left of the next one.
    let is_tail = |change: &Change| ["roster", "group log", "access log"].iter().any(|kind| is(change, kind));
    // What stands behind the end that the head names did not happen.
    let is_beyond = |change: &Change| is(change, "erasure ledger");
    bench.try_all(&changes, &BOTH, |change, machine, outcome| {
        is_right(change, machine, outcome)
            || (is_tail(change) && *outcome == Outcome::Told)
            || (is_beyond(change) && *outcome == Outcome::Unchanged)
    });
    bench.report("appended");
}

#[test]
fn every_sector_that_reads_as_zeroes_is_noticed() {
    let bench = Bench::new();
    let mut changes = Vec::new();
    for (path, _, bytes) in read_files(&bench.files) {
        for start in (0..bytes.len()).step_by(SECTOR) {
            let mut zeroed = bytes.clone();
            let end = zeroed.len().min(start + SECTOR);
            zeroed[start..end].fill(0);
            changes
                .push(Change::new("zeroed sector", format!("{} at {start}", short(path))).put(path, zeroed));
        }
    }
    let changes = Share::asked().of(changes, 3, 1);
    bench.try_all(&changes, &BOTH, is_right);
    bench.report("zeroed");
}

#[test]
fn every_file_that_is_gone_or_swapped_with_another_is_noticed() {
    let bench = Bench::new();
    let files = read_files(&bench.files);
    let mut changes = Vec::new();
    let mut swaps = Vec::new();
    for (number, (path, kind, bytes)) in files.iter().enumerate() {
        changes.push(Change::new("removed", short(path)).remove(path));
        for (other, other_kind, others) in &files[number + 1..] {
            let what = format!("{} with {}", short(path), short(other));
            let same = kind == other_kind;
            let change = Change::new(
                if same { "swapped with one of its kind" } else { "swapped with another kind" },
                what,
            );
            let change = change.put(path, others.as_slice()).put(other, bytes.as_slice());
            if same { changes.push(change) } else { swaps.push(change) }
        }
    }
    changes.extend(Share::asked().of(swaps, 5, 2));
    bench.try_all(&changes, &BOTH, |change, machine, outcome| {
        is_right(change, machine, outcome) || is_gone(change, outcome)
    });
    bench.report("files");
}

/// What is said of a store without a roster: that it is none; and of files that can't be what they are called,
/// by their length alone.
fn is_gone(change: &Change, outcome: &Outcome) -> bool {
    is(change, "roster") && *outcome == Outcome::Refused(1)
}

#[test]
fn a_file_of_another_group_store_or_moment_is_noticed() {
    let bench = Bench::new();
    let other = &bench.scene.other;
    let older: Vec<Files> = bench.office.pictures.iter().map(change::files).collect();
    let mut changes = Vec::new();
    for (path, kind, _) in read_files(&bench.files) {
        for (other_path, others) in kinds::of_kind(&bench.files, kind) {
            let what = format!("{} in place of {}", short(other_path), short(path));
            changes.push(Change::new("another one's", what).put(path, others.as_slice()));
        }
        for (other_path, others) in kinds::of_kind(other, kind) {
            let what = format!("{} in place of {}", short(other_path), short(path));
            changes.push(Change::new("another store's", what).put(path, others.as_slice()));
        }
        for (number, picture) in older.iter().enumerate() {
            for (other_path, others) in kinds::of_kind(picture, kind) {
                let what = format!("{} of moment {number} in place of {}", short(other_path), short(path));
                changes.push(Change::new("an older one", what).put(path, others.as_slice()));
            }
        }
    }
    changes.retain(|change| change.changes(&bench.files));
    changes.dedup_by(|one, other| one.puts == other.puts);
    let changes = Share::asked().of(changes, 3, 1);
    bench.try_all(&changes, &BOTH, is_right);
    bench.report("transplants");
}

#[test]
fn every_folder_of_another_group_epoch_or_store_is_noticed() {
    let bench = Bench::new();
    let other = &bench.scene.other;
    let folders = change::folders(&bench.files);
    let mut changes = Vec::new();
    // The whole store of somebody's with the same passphrase is no change of this one: it is that store.
    for folder in folders.iter().filter(|folder| **folder != layout().root()) {
        changes.push(Change::new("folder gone", short(folder)).put_folder(
            folder,
            &bench.files,
            &Files::new(),
        ));
        let foreign = Change::new("another store's folder", short(folder));
        changes.push(foreign.put_folder(folder, &bench.files, other));
        for with in folders.iter().filter(|with| *with > folder && with.parent() == folder.parent()) {
            let swapped = Change::new("folders swapped", format!("{} with {}", short(folder), short(with)));
            let swapped = swapped.put_folder(folder, &bench.files, &moved(&bench.files, with, folder));
            changes.push(swapped.put_folder(with, &bench.files, &moved(&bench.files, folder, with)));
        }
    }
    let nobody_reads = |change: &Change| {
        change
            .puts
            .keys()
            .all(|path| matches!(kinds::kind(path).map(|kind| kind.read), Some(Read::ByNobody(_))))
    };
    bench.try_all(&changes, &BOTH, |change, machine, outcome| {
        is_right(change, machine, outcome)
            // Where nothing can be logged, nothing is shown.
            || *outcome == Outcome::Refused(7)
            || (nobody_reads(change) && *outcome == Outcome::Unchanged)
    });
    bench.report("folders");
}

/// The files below `from`, as if they lay below `to`.
fn moved(files: &Files, from: &Path, to: &Path) -> Files {
    let below = files
        .iter()
        .filter_map(|(path, bytes)| Some((to.join(path.strip_prefix(from).ok()?), bytes.clone())));
    below.collect()
}

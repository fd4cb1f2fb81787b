//! What was once true, put back: whole stores, groups, logs, rosters; heads under the coming one's name; and
//! files under names that nobody looks for.

use std::path::Path;
use std::sync::Arc;

use vault::store::Store;

use crate::change::{self, Change, Files};
use crate::kinds;
use crate::office::{GROUPS, LATER, ROOT, layout, passphrase, surroundings};
use crate::simulated_disk::SimulatedDisk;
use crate::sweep::{Bench, Machine, Outcome, short};

const BOTH: [Machine; 2] = [Machine::Known, Machine::New];

#[test]
fn a_whole_older_store_put_back_is_noticed_by_whoever_has_seen_a_later_one() {
    let bench = Bench::new();
    let earlier: Vec<Files> = bench.office.pictures.iter().map(change::files).collect();
    let mut changes = Vec::new();
    for (number, picture) in earlier.iter().enumerate() {
        for (kind, folder) in
            [("older store", layout().root().to_owned()), ("older access log", layout().access_log())]
        {
            let change = Change::new(kind, format!("of moment {number}"));
            changes.push(change.put_folder(&folder, &bench.files, picture));
        }
        for group in GROUPS {
            let change = Change::new("older group", format!("{group} of moment {number}"));
            changes.push(change.put_folder(&layout().group(group), &bench.files, picture));
        }
        let roster = layout().roster();
        changes.push(
            Change::new("older roster", format!("of moment {number}"))
                .put(&roster, picture[&roster].as_slice()),
        );
    }
    changes.retain(|change| change.changes(&bench.files));
    bench.try_all(&changes, &BOTH, |_, machine, outcome| {
        // The documented limit: on a machine that has never seen the store there is no later witness.
        // Who was not enrolled yet is not known there either.
        machine == Machine::New && matches!(outcome, Outcome::Older | Outcome::Refused(4))
    });
    bench.report("replays");
}

/// Who has the same passphrase in both opens the other one: it is no change of this store, but another, by its
/// id, which nothing that was seen of this one is held against.
#[test]
fn another_store_in_its_place_is_that_store() {
    let bench = Bench::new();
    let change = Change::new("another store", String::new());
    let change = change.put_folder(layout().root(), &bench.files, &bench.scene.other);
    let disk = Arc::new(change.made(bench.moment(Machine::Known), &SimulatedDisk::new()));
    let store = Store::open(layout().root(), &surroundings(disk, LATER)).unwrap();
    let (ours, theirs) = (id(&bench.files), id(&bench.scene.other));
    assert_ne!(ours, theirs);
    assert_eq!(store.store_id().to_string(), theirs);
    let session = store.unlock("alice", &passphrase("alice")).unwrap();
    assert_eq!(session.store_id().to_string(), theirs);
}

/// The store's id, as the folder of its seen notes is called.
fn id(files: &Files) -> String {
    let (note, _) = kinds::of_kind(files, "seen note")[0];
    note.strip_prefix(ROOT).unwrap().iter().nth(1).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_head_planted_as_the_coming_one_changes_nothing() {
    let bench = Bench::new();
    let other = &bench.scene.other;
    let mut changes = Vec::new();
    let mut plant = |from: &str, files: &Files| {
        for (path, head) in kinds::of_kind(files, "head") {
            for group in GROUPS {
                let next = layout().next_head(group);
                let what = format!("{from} {} as {}", short(path), short(&next));
                changes.push(Change::new("head.next planted", what).put(&next, head.as_slice()));
            }
        }
    };
    plant("the present", &bench.files);
    plant("another store's", other);
    for (number, picture) in bench.office.pictures.iter().enumerate() {
        plant(&format!("moment {number}'s"), &change::files(picture));
    }
    for group in GROUPS {
        let next = layout().next_head(group);
        for bytes in [&b""[..], b"\n", b"{}\n", &[0; 600]] {
            changes.push(
                Change::new("head.next planted", format!("{} bytes for {group}", bytes.len()))
                    .put(&next, bytes),
            );
        }
    }
    bench.try_all(&changes, &BOTH, |_, _, outcome| *outcome == Outcome::Unchanged);
    bench.report("head.next");
}

/// Nothing but its own name makes a file one of the store's: what stands beside is not read, and what could be
/// taken for a key that was never granted is removed and told.
#[test]
fn a_file_under_another_name_changes_nothing() {
    let bench = Bench::new();
    let older: Vec<Files> = bench.office.pictures.iter().map(change::files).collect();
    let mut changes = Vec::new();
    for picture in &older {
        for (path, bytes) in picture.iter().filter(|(path, _)| path.starts_with(layout().root())) {
            if !bench.files.contains_key(path) {
                changes.push(Change::new("removed file put back", short(path)).put(path, bytes.as_slice()));
            }
        }
    }
    for group in GROUPS {
        let folder = layout().group(group);
        let doubles = [("head", "head.new"), ("head", "head.old"), ("head", "HEAD")];
        for (from, to) in doubles {
            changes.push(doubled(&bench.files, &folder.join(from), &folder.join(to)));
        }
        for kind in ["base", "group log"] {
            let (path, _) = kinds::of_kind(&bench.files, kind)
                .into_iter()
                .find(|(path, _)| path.starts_with(&folder))
                .unwrap();
            for name in ["base.99.age", "log.99", "base.1.age", "log.1", "stage.1"] {
                if !bench.files.contains_key(&folder.join(name)) {
                    changes.push(doubled(&bench.files, path, &folder.join(name)));
                }
            }
        }
        let key = kinds::of_kind(&bench.files, "group key")
            .into_iter()
            .find(|(path, _)| path.starts_with(&folder))
            .unwrap()
            .0;
        for name in ["dana.age", "mallory.age", "alice.age.bak"] {
            changes.push(doubled(&bench.files, key, &key.with_file_name(name)));
        }
        for epoch in [0, 9] {
            changes.push(doubled(&bench.files, key, &layout().key(group, epoch, "alice")));
        }
    }
    for name in ["alice.9.age", "mallory.1.age", "alice.1.age.new", "alice.0.age"] {
        changes.push(doubled(&bench.files, &layout().identity("alice", 1), &layout().staff().join(name)));
    }
    for name in ["bob.age", "mallory.age"] {
        changes.push(doubled(
            &bench.files,
            &layout().access_log_key(1, "alice"),
            &layout().access_log_epoch(1).join(name),
        ));
    }
    for name in ["roster.jsonl.bak", "roster", "lock.bak"] {
        changes.push(doubled(&bench.files, &layout().roster(), &layout().root().join(name)));
    }
    for name in ["2026-13.txt", "2026-12.jsonl.bak", "head"] {
        changes.push(doubled(
            &bench.files,
            &layout().access_log().join("2026-12.jsonl"),
            &layout().access_log().join(name),
        ));
    }
    changes.retain(|change| change.changes(&bench.files));
    bench.try_all(&changes, &BOTH, |_, _, outcome| matches!(outcome, Outcome::Unchanged | Outcome::Told));
    bench.report("other names");
}

fn doubled(files: &Files, from: &Path, to: &Path) -> Change {
    Change::new("doubled under another name", format!("{} as {}", short(from), short(to)))
        .put(to, files[from].as_slice())
}

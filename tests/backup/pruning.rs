//! Old snapshots are given up: what the others need stays, and nothing stops it halfway for good.

use std::path::Path;

use vault::access_log::{Action, Outcome};
use vault::backup::create::CreateError;
use vault::backup::manifest::ManifestFault;
use vault::backup::medium::MediumLayout;
use vault::backup::prune::{Keeps, PruneError, Pruned, prune};
use vault::store::MediaNotes;

use super::media::{backup, copy_out, enrolled, object_bytes, objects, shelf, try_backup};
use super::office::{Fault, Office};
use super::retail;

const TWO_DAYS: Keeps = Keeps { daily: 2, weekly: 0, monthly: 0 };

fn try_prune(office: &Office, medium: &Path) -> Result<Pruned, PruneError> {
    prune(&office.open(), medium, TWO_DAYS, false)
}

/// Four nights, with a customer more each day.
fn four_nights() -> (Office, std::path::PathBuf) {
    let (office, session) = retail::office();
    let blue = enrolled(&office, "blue");
    for day in 23..27 {
        office.clock.set(&format!("2026-11-{day}T02:00:00Z"));
        retail::add(&session, &[("name", &format!("Customer of day {day}"))]);
        backup(&office, &blue);
    }
    (office, blue)
}

fn names(office: &Office, medium: &Path) -> Vec<String> {
    shelf(office, medium).whole.iter().map(|written| written.manifest.snapshot.to_string()).collect()
}

/// What is left reads whole, and nothing lies there that no snapshot needs.
fn assert_tidy(office: &Office, medium: &Path) {
    let copy = tempfile::tempdir().unwrap();
    copy_out(office, medium, copy.path());
    let shelf = shelf(office, medium);
    let mut needed: Vec<String> = shelf
        .whole
        .iter()
        .flat_map(|written| &written.manifest.files)
        .flat_map(|file| file.pieces.iter().map(ToString::to_string))
        .collect();
    needed.sort();
    needed.dedup();
    let there: Vec<String> =
        objects(medium).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(there, needed);
}

#[test]
fn what_no_snapshot_needs_any_more_is_freed() {
    let (office, blue) = four_nights();
    let before = object_bytes(&blue);
    let would = prune(&office.open(), &blue, TWO_DAYS, true).unwrap();
    assert_eq!((object_bytes(&blue), names(&office, &blue).len()), (before, 4), "a dry run changes nothing");
    let pruned = try_prune(&office, &blue).unwrap();
    assert_eq!(pruned, would);
    assert_eq!(pruned.removed.len(), 2);
    assert_eq!(names(&office, &blue), ["2026-11-25T02-00-00Z", "2026-11-26T02-00-00Z"]);
    assert!(pruned.freed > 0 && object_bytes(&blue) == before - pruned.freed);
    assert_tidy(&office, &blue);
    let noted = office.open().media_notes().unwrap();
    assert_eq!(noted.media[0].snapshots.len(), 2);
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome, last.count), (Action::Backup, Outcome::Success, Some(2)));
    assert!(last.unsigned && last.detail.unwrap().starts_with("prune; medium "));
    // And the medium goes on.
    backup(&office, &blue);
}

#[test]
fn the_last_one_that_was_verified_stays_however_old() {
    let (office, blue) = four_nights();
    let store = office.open();
    MediaNotes::change(&office.surroundings, store.store_id(), |notes| {
        let snapshots = &mut notes.media[0].snapshots;
        snapshots[0].checked = Some(snapshots[0].time);
        (snapshots[1].checked, snapshots[1].bad) = (Some(snapshots[1].time), true);
    })
    .unwrap();
    try_prune(&office, &blue).unwrap();
    assert_eq!(
        names(&office, &blue),
        ["2026-11-23T02-00-00Z", "2026-11-25T02-00-00Z", "2026-11-26T02-00-00Z"]
    );
    assert_tidy(&office, &blue);
}

#[test]
fn interrupted_anywhere_it_leaves_whole_snapshots_and_the_next_one_ends_it() {
    for limit in 0.. {
        let (office, blue) = four_nights();
        let store = office.open();
        office.disk.set(Some(Fault::Change(limit)));
        let done = prune(&store, &blue, TWO_DAYS, false);
        office.disk.set(None);
        let left = names(&office, &blue);
        assert!(left.len() >= 2 && left[left.len() - 1] == "2026-11-26T02-00-00Z", "{left:?}");
        copy_out(&office, &blue, tempfile::tempdir().unwrap().path());
        if done.is_ok() {
            assert!(limit > 5, "nothing was ever interrupted");
            break;
        }
        try_prune(&office, &blue).unwrap();
        assert_tidy(&office, &blue);
    }
}

#[test]
fn nothing_goes_while_it_cannot_be_told_what_is_needed() {
    let (office, blue) = four_nights();
    let layout = MediumLayout::new(&blue);
    let path = |name: &str| layout.snapshots().join(format!("{name}.json"));
    let (whole, before) = (std::fs::read(path("2026-11-24T02-00-00Z")).unwrap(), object_bytes(&blue));
    let mut damaged = whole.clone();
    damaged[40] ^= 1;
    // One that was whole once and is cut now is damaged, too: its objects may be all that is left of a day.
    for bytes in [damaged.as_slice(), &whole[..whole.len() / 2]] {
        std::fs::write(path("2026-11-24T02-00-00Z"), bytes).unwrap();
        assert!(matches!(try_prune(&office, &blue), Err(PruneError::Snapshot { .. })));
        assert_eq!(object_bytes(&blue), before);
    }
    std::fs::write(path("2026-11-24T02-00-00Z"), &whole).unwrap();
    // One that was broken off while it was made never was.
    std::fs::write(path("2026-11-27T02-00-00Z"), &whole[..whole.len() / 2]).unwrap();
    assert_eq!(shelf(&office, &blue).unusable[0].fault, ManifestFault::BrokenOff);
    assert_eq!(try_prune(&office, &blue).unwrap().broken_off.len(), 1);
    assert_tidy(&office, &blue);
}

#[test]
fn broken_off_anywhere_a_backup_leaves_earlier_snapshots_whole_and_the_next_one_is_made() {
    for limit in 0.. {
        let (office, session) = retail::office();
        let blue = enrolled(&office, "blue");
        backup(&office, &blue);
        office.clock.set("2026-11-23T02:00:00Z");
        retail::add(&session, &[("name", "Ana Lund")]);
        let store = office.open();
        office.disk.set(Some(Fault::Change(limit)));
        let made = vault::backup::create::create(&store, &blue, true);
        office.disk.set(None);
        let left = shelf(&office, &blue);
        assert!(!left.whole.is_empty());
        copy_out(&office, &blue, tempfile::tempdir().unwrap().path());
        if made.is_ok() {
            assert!(limit > 10, "nothing was ever interrupted");
            break;
        }
        backup(&office, &blue);
        copy_out(&office, &blue, tempfile::tempdir().unwrap().path());
        try_prune(&office, &blue).unwrap();
        assert_tidy(&office, &blue);
    }
}

#[test]
fn a_full_medium_is_called_full_and_gets_its_room_back() {
    let (office, session) = retail::office();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    retail::add(&session, &[("name", "Ana Lund")]);
    let before = object_bytes(&blue);
    let store = office.open();
    let mut full = 0;
    for limit in 0.. {
        office.disk.set(Some(Fault::Change(limit)));
        let made = vault::backup::create::create(&store, &blue, true);
        office.disk.set(None);
        match made {
            // The medium's: everything that the run wrote is gone again.
            Err(CreateError::Full { .. }) => {
                full += 1;
                assert_eq!((object_bytes(&blue), names(&office, &blue).len()), (before, 1), "at {limit}");
            }
            // The store's own, or the medium's lock.
            Err(_) => assert_eq!(names(&office, &blue).len(), 1),
            Ok(_) => break,
        }
    }
    assert!(full > 5, "the medium was full {full} times");
    drop(try_backup(&office, &blue));
}

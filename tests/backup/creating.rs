//! Snapshots are made: while everybody works on, of what changed only, and never going back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vault::access_log::{Action, Outcome};
use vault::backup::backwards::{Backwards, CompareError, Gone};
use vault::backup::create::{CreateError, create};
use vault::backup::enroll::{Enrolling, enroll};
use vault::backup::known::KnownError;
use vault::backup::manifest::Written;
use vault::backup::medium::{MediumError, MediumLayout};
use vault::group::Group;
use vault::sealed::lock::{Lock, Mode};
use vault::store::Store;
use vault::surroundings::Surroundings;

use super::media::{backup, copy_out, enrolled, object_bytes, objects, shelf, try_backup};
use super::office::{ALICE, Office, passphrase, put_back};
use super::retail;

/// How many customers the copied store has; it is opened with alice's passphrase and seen notes of its own.
fn customers(office: &Office, root: &std::path::Path) -> u64 {
    let surroundings = Surroundings { state: root.with_extension("state"), ..office.surroundings.clone() };
    let session = Store::open(root, &surroundings).unwrap().unlock("alice", &passphrase(ALICE)).unwrap();
    let group = Group::open(session.access("retail").unwrap(), Mode::Shared).unwrap();
    let verified = group.verify(session.log(), &|_, _| {}).unwrap();
    verified.customers
}

#[test]
fn a_snapshot_holds_what_was_committed_and_opens() {
    let (office, session) = retail::office();
    retail::add(&session, &[("name", "Ana Lund")]);
    let blue = enrolled(&office, "blue");
    let made = backup(&office, &blue);
    assert_eq!((made.snapshot.as_str(), made.label.as_str(), made.line), ("2026-11-22T08-00-00Z", "blue", 1));
    assert_eq!(made.new_bytes, object_bytes(&blue));
    let copy = office.folder.path().join("copy");
    copy_out(&office, &blue, &copy);
    assert!(!copy.join("log/reserve").exists() && !copy.join("lock").exists());
    assert_eq!(customers(&office, &copy), 1);
}

#[test]
fn a_document_is_copied_once_and_is_in_every_snapshot_until_it_is_removed() {
    let (office, session) = retail::office();
    let (code, _) = retail::add(&session, &[("name", "Ana Lund")]);
    let scan: Vec<u8> = (0_u32..100_000).flat_map(u32::to_le_bytes).collect();
    retail::attach(&session, code, "scan.tif", &scan);
    let blue = enrolled(&office, "blue");
    let first = backup(&office, &blue);
    assert!(first.new_bytes > scan.len() as u64, "{}", first.new_bytes);
    let documents = |medium: &std::path::Path| -> Vec<_> {
        let shelf = shelf(&office, medium);
        let files = &shelf.newest().unwrap().manifest.files;
        let named = files.iter().filter(|file| file.path.as_str().contains("/documents/"));
        named.map(|file| file.path.as_str().to_owned()).collect()
    };
    let once = documents(&blue);
    assert_eq!(once.len(), 1, "{once:?}");
    retail::add(&session, &[("name", "Bo Ek")]);
    let second = backup(&office, &blue);
    assert!(second.new_bytes < scan.len() as u64 / 4, "{}", second.new_bytes);
    assert_eq!(documents(&blue), once);
    let copy = office.folder.path().join("copy");
    copy_out(&office, &blue, &copy);
    assert_eq!(customers(&office, &copy), 2, "and its documents are verified");
    retail::group(&session).remove_document(code, &"scan.tif".parse().unwrap(), session.log()).unwrap();
    backup(&office, &blue);
    assert_eq!(documents(&blue), [] as [String; 0]);
}

#[test]
fn a_snapshot_taken_while_clerks_add_opens_to_a_committed_state_and_they_wait_for_moments() {
    let (office, session) = retail::office();
    retail::add(&session, &[("name", "Ana Lund")]);
    drop(session);
    let blue = enrolled(&office, "blue");
    let stop = AtomicBool::new(false);
    let (done, longest) = std::thread::scope(|scope| {
        let clerks: Vec<_> = (0..2)
            .map(|clerk| {
                let (office, stop) = (&office, &stop);
                scope.spawn(move || {
                    let session = office.unlocked();
                    let mut added = 0;
                    while !stop.load(Ordering::SeqCst) {
                        added += 1;
                        retail::add(&session, &[("name", &format!("Customer {clerk} {added}"))]);
                    }
                    added
                })
            })
            .collect();
        // How long a clerk's lock takes while nothing is held but by the snapshot.
        for _ in 0..6 {
            backup(&office, &blue);
        }
        stop.store(true, Ordering::SeqCst);
        let done: u64 = clerks.into_iter().map(|clerk| clerk.join().unwrap()).sum();
        let group = office.layout().group("retail");
        let waiting = scope.spawn(move || {
            let mut longest = Duration::ZERO;
            for _ in 0..300 {
                let begun = Instant::now();
                drop(Lock::acquire(
                    &vault::sealed::disk::RealDisk,
                    &group,
                    Mode::Exclusive,
                    Duration::from_secs(9),
                ));
                longest = longest.max(begun.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            longest
        });
        let store = office.open();
        while !waiting.is_finished() {
            drop(store.capture().unwrap());
        }
        (done, waiting.join().unwrap())
    });
    let copy = office.folder.path().join("copy");
    copy_out(&office, &blue, &copy);
    let kept = customers(&office, &copy);
    assert!(kept > 1 && kept <= done + 1, "{kept} of {done}");
    assert!(longest < Duration::from_millis(250), "a clerk waited {longest:?}");
    println!("{kept} of {done} customers; the longest wait for a capture was {longest:?}");
}

#[test]
fn only_what_changed_is_written_and_what_is_the_same_is_shared() {
    let (office, session) = retail::office();
    for number in 0..5 {
        retail::add(&session, &[("name", &format!("Customer {number}"))]);
    }
    let blue = enrolled(&office, "blue");
    let first = backup(&office, &blue);
    office.clock.set("2026-11-23T02:00:00Z");
    retail::add(&session, &[("name", "Ana Lund")]);
    let second = backup(&office, &blue);
    let base = std::fs::metadata(office.layout().base("retail", 1)).unwrap().len();
    assert!(
        first.new_bytes == first.total_bytes && second.new_bytes + base < second.total_bytes,
        "{second:?}"
    );
    assert_eq!(object_bytes(&blue), first.new_bytes + second.new_bytes);
    let shelf = shelf(&office, &blue);
    let manifests: Vec<_> = shelf.whole.iter().map(|written| &written.manifest).collect();
    assert_eq!(manifests.iter().map(|manifest| manifest.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(manifests[1].prev, shelf.whole[0].hash);
    let (one, two) =
        (manifests[0].file("groups/retail/base.1.age"), manifests[1].file("groups/retail/base.1.age"));
    assert_eq!(one, two);
}

#[test]
fn two_media_in_rotation_each_stand_alone() {
    let (office, session) = retail::office();
    let (blue, red) = (enrolled(&office, "blue"), enrolled(&office, "red"));
    for (day, medium) in [(23, &blue), (24, &red), (25, &blue), (26, &red)] {
        office.clock.set(&format!("2026-11-{day}T02:00:00Z"));
        retail::add(&session, &[("name", &format!("Customer of day {day}"))]);
        backup(&office, medium);
    }
    for (medium, expected) in [(&blue, 3), (&red, 4)] {
        let copy = office.folder.path().join(format!("copy-{expected}"));
        copy_out(&office, medium, &copy);
        assert_eq!(customers(&office, &copy), expected);
        assert_eq!(shelf(&office, medium).whole.len(), 2);
    }
    let notes = office.open().media_notes().unwrap();
    assert_eq!(notes.backup.map(|done| done.label).as_deref(), Some("red"));
    assert!(notes.media.iter().all(|medium| medium.snapshots.len() == 2));
}

#[test]
fn a_store_that_went_back_is_refused_and_the_snapshots_stay() {
    let (office, session) = retail::office();
    let blue = enrolled(&office, "blue");
    let old = office.folder.path().join("old");
    put_back(&office.root, &old);
    let log = office.folder.path().join("old-log");
    retail::add(&session, &[("name", "Ana Lund")]);
    backup(&office, &blue);
    put_back(&office.layout().access_log(), &log);
    put_back(&old, &office.root);
    let refused = try_backup(&office, &blue).unwrap_err();
    assert!(
        matches!(refused, CreateError::Compare(CompareError::Backwards(Backwards::Log { .. }))),
        "{refused:?}"
    );
    // Nor with the log of today.
    put_back(&log, &office.layout().access_log());
    let refused = try_backup(&office, &blue).unwrap_err();
    let gone = |error: &CreateError| match error {
        CreateError::Compare(CompareError::Backwards(Backwards::Group { gone, .. })) => Some(*gone),
        _ => None,
    };
    assert_eq!(gone(&refused), Some(Gone::Record(1)), "{refused:?}");
    assert_eq!(shelf(&office, &blue).whole.len(), 1);
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome, last.unsigned), (Action::Backup, Outcome::Failure, true));
}

#[test]
fn a_copy_of_a_medium_is_noticed_once_one_of_both_went_on_and_gets_an_id_of_its_own() {
    let (office, _session) = retail::office();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    let twin = office.folder.path().join("twin");
    put_back(&blue, &twin);
    backup(&office, &blue);
    assert!(matches!(try_backup(&office, &twin), Err(CreateError::Known(KnownError::Strange { .. }))));
    let enrolled = enroll(&office.open(), &twin, Some("green")).unwrap();
    assert_eq!((enrolled.enrolling, enrolled.snapshots), (Enrolling::Copy, 1));
    assert_eq!(backup(&office, &twin).label, "green");
    backup(&office, &blue);
}

#[test]
fn a_medium_of_another_store_and_one_that_nobody_enrolled_are_refused() {
    let (office, _session) = retail::office();
    let (other, _session) = retail::office();
    let theirs = enrolled(&other, "theirs");
    // The same bytes come from both offices' randomness, so that only the roster's clock parts them.
    let (_dir, another) = {
        let office = Office::empty();
        office.clock.set("2026-11-01T08:00:00Z");
        Store::create(&office.root, &super::office::options(), &office.surroundings).unwrap();
        let medium = enrolled(&office, "another");
        (office, medium)
    };
    let is_other = |error| matches!(error, CreateError::Medium(MediumError::OtherStore { .. }));
    assert!(is_other(try_backup(&office, &another).unwrap_err()));
    drop(theirs);
    let plain = office.folder.path().join("plain");
    std::fs::create_dir(&plain).unwrap();
    assert!(matches!(try_backup(&office, &plain), Err(CreateError::Medium(MediumError::NotEnrolled { .. }))));
    assert!(matches!(create(&office.open(), &plain, false), Err(CreateError::SameFilesystem { .. })));
    assert_eq!(std::fs::read_dir(&plain).unwrap().count(), 0, "nothing is left on what is no medium");
}

#[test]
fn a_medium_that_this_machine_does_not_know_is_adopted_by_enrolling_it() {
    let (mut office, _session) = retail::office();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    office.surroundings.state = office.folder.path().join("another machine");
    assert!(matches!(try_backup(&office, &blue), Err(CreateError::Known(KnownError::Unknown { .. }))));
    let enrolled = enroll(&office.open(), &blue, None).unwrap();
    assert_eq!((enrolled.enrolling, enrolled.label.as_str()), (Enrolling::Adopted, "blue"));
    backup(&office, &blue);
    assert_eq!(enroll(&office.open(), &blue, None).unwrap().enrolling, Enrolling::Known);
}

#[test]
fn a_medium_in_use_is_waited_for_and_then_busy() {
    let (mut office, _session) = retail::office();
    let blue = enrolled(&office, "blue");
    office.surroundings.patience = Duration::from_millis(20);
    let root = MediumLayout::new(&blue).root().to_owned();
    let held = Lock::acquire(&*office.surroundings.disk, &root, Mode::Exclusive, Duration::ZERO).unwrap();
    assert!(matches!(try_backup(&office, &blue), Err(CreateError::Medium(MediumError::Busy { .. }))));
    drop(held);
    backup(&office, &blue);
}

#[test]
fn an_object_that_a_broken_off_run_left_is_written_anew_if_it_does_not_read_right() {
    let (office, session) = retail::office();
    retail::add(&session, &[("name", "Ana Lund")]);
    let (blue, red) = (enrolled(&office, "blue"), enrolled(&office, "red"));
    backup(&office, &blue);
    // What a pulled plug left on the other one: half of each object, or the right length of zeroes.
    for (index, object) in objects(&blue).iter().enumerate() {
        let mut bytes = std::fs::read(object).unwrap();
        if index % 2 == 0 {
            bytes.truncate(bytes.len() / 2);
        } else {
            bytes.fill(0);
        }
        let folder = MediumLayout::new(&red).objects().join(object.parent().unwrap().file_name().unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(object.file_name().unwrap()), bytes).unwrap();
    }
    backup(&office, &red);
    let copy = office.folder.path().join("copy");
    copy_out(&office, &red, &copy);
    assert_eq!(customers(&office, &copy), 1);
}

#[test]
fn documents_are_kept_by_name_and_one_that_is_removed_meanwhile_is_not_missed() {
    let (office, _session) = retail::office();
    let documents = office.layout().group("retail").join("documents");
    std::fs::create_dir(&documents).unwrap();
    std::fs::write(documents.join("a.1"), b"sealed one").unwrap();
    std::fs::write(documents.join("b.1"), b"sealed two").unwrap();
    let captured = office.open().capture().unwrap();
    let places: Vec<_> = captured.files.iter().map(|file| file.place.as_str()).collect();
    assert!(places.contains(&"groups/retail/documents/a.1"), "{places:?}");
    let blue = enrolled(&office, "blue");
    // Comes and goes while snapshots are made.
    let (come, stop) = (documents.join("c.1"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                std::fs::write(&come, b"for a moment").unwrap();
                std::fs::remove_file(&come).unwrap();
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        for _ in 0..10 {
            match try_backup(&office, &blue) {
                Ok(_) | Err(CreateError::Unsteady { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    let _ = std::fs::remove_file(documents.join("c.1"));
    backup(&office, &blue);
    let copy = office.folder.path().join("copy");
    copy_out(&office, &blue, &copy);
    assert_eq!(std::fs::read(copy.join("groups/retail/documents/b.1")).unwrap(), b"sealed two");
}

#[test]
fn entries_about_backups_are_signed_by_nobody_and_say_which_medium() {
    let (office, _session) = retail::office();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    let medium = office.open().media_notes().unwrap().media[0].medium.clone();
    let entries = office.entries();
    let told: Vec<_> = entries.iter().filter(|opened| opened.entry.action == Action::Backup).collect();
    let details: Vec<_> = told.iter().filter_map(|opened| opened.entry.detail.as_deref()).collect();
    assert_eq!(details, [format!("enroll; medium {medium}"), format!("create; medium {medium}")]);
    assert!(told.iter().all(|opened| opened.entry.unsigned && opened.entry.staff == "office"));
}

#[test]
fn a_medium_on_which_somebody_counted_to_the_end_is_refused() {
    let (office, _session) = retail::office();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    let newest = shelf(&office, &blue).whole.pop().unwrap();
    for (number, line) in [(u64::MAX, 1), (2, u32::MAX)] {
        // Whole, and going on from the one that this machine noted: nobody needs a key for that.
        let mut manifest = (*newest.manifest).clone();
        manifest.snapshot = "2026-11-22T09-00-00Z".parse().unwrap();
        (manifest.number, manifest.line, manifest.prev) = (number, line, newest.hash);
        let path = MediumLayout::new(&blue).manifest(&manifest.snapshot);
        std::fs::write(path, manifest.encode().unwrap().0).unwrap();
        let refused = try_backup(&office, &blue).map(|made| made.line);
        if number == u64::MAX {
            assert!(matches!(refused, Err(CreateError::Known(KnownError::Strange { .. }))), "{refused:?}");
        } else {
            // In the same line of snapshots there is nothing to count.
            assert_eq!(refused.unwrap(), u32::MAX);
        }
    }
}

#[test]
fn a_piece_that_went_bad_on_the_medium_is_noticed_the_next_night_and_written_anew() {
    let (office, session) = retail::office();
    retail::add(&session, &[("name", "Ana Lund")]);
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    // Without the roster nobody could tell whether the store goes on from that snapshot: that is refused.
    let roster = shelf(&office, &blue).newest().unwrap().manifest.file("roster.jsonl").unwrap().pieces[0];
    for object in objects(&blue).iter().filter(|path| !path.ends_with(roster.to_string())) {
        let whole = std::fs::read(object).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        std::fs::write(object, flipped).unwrap();
    }
    let made = backup(&office, &blue);
    assert!(made.lost_pieces > 5, "{}", made.lost_pieces);
    let copy = office.folder.path().join("copy");
    copy_out(&office, &blue, &copy);
    assert_eq!(customers(&office, &copy), 1);
    assert_eq!(backup(&office, &blue).lost_pieces, 0);
}

/// A medium with a snapshot a day of an office with a hundred thousand documents once took gigabytes to be read.
#[test]
fn snapshots_share_what_is_the_same_in_them_when_they_are_read() {
    let office = Office::founded();
    let blue = enrolled(&office, "blue");
    backup(&office, &blue);
    drop(office.unlocked());
    backup(&office, &blue);
    let whole = shelf(&office, &blue).whole;
    let [first, second] = whole.as_slice() else { panic!("{} snapshots", whole.len()) };
    let shared = |place: &str| {
        let of = |written: &Written| {
            written.manifest.files.iter().find(|file| file.path.as_str() == place).cloned().unwrap()
        };
        Arc::ptr_eq(&of(first), &of(second))
    };
    assert!(shared("roster.jsonl"));
    assert!(!shared("log/2026-11.jsonl"), "it has grown");
}

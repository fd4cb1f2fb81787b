//! The way back: a snapshot becomes a store again, and an owner accepts it.

use std::fs;
use std::path::{Path, PathBuf};

use vault::access_log::{Action, Outcome, Role};
use vault::backup::backwards::{Backwards, CompareError};
use vault::backup::create::CreateError;
use vault::backup::medium::{Medium, MediumLayout};
use vault::backup::restore::{RestoreError, RestoredStore, restore};
use vault::backup::shelf::Shelf;
use vault::backup::verify::{SnapshotFault, verify};
use vault::sealed::lock::Mode;
use vault::store::building::BuildError;
use vault::store::{Session, Store, StoreError};
use vault::surroundings::Surroundings;

use super::media::{backup, enrolled, objects, shelf, try_backup};
use super::office::{ALICE, Fault, Office, passphrase, put_back};
use super::shop::{BOB, CAROL, GROUPS, Shop, WORK, add, enrol, entries, files, name, open};
use super::verifying::{forge, older};

pub fn restored(
    office: &Office,
    medium: &Path,
    snapshot: Option<&str>,
    into: &Path,
) -> Result<RestoredStore, RestoreError> {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    let snapshots = Shelf::read(&opened).unwrap();
    let written = snapshots.find(snapshot).unwrap();
    restore(&opened, &snapshots, written, into, &office.surroundings, &|_, _| ())
}

/// Another machine, on which there is nothing but what is brought there.
pub fn elsewhere(office: &Office) -> Office {
    let root = office.folder.path().join("elsewhere/store");
    let state = office.folder.path().join("elsewhere/state");
    let surroundings = Surroundings { state, ..office.surroundings.clone() };
    Office { root, surroundings, ..Office::empty() }
}

pub fn accept(office: &Office, who: &str, text: &str) -> Session {
    let (store, mark) = Store::open_restored(&office.root, &office.surroundings).unwrap();
    store.unlock_to_accept(mark, who, &passphrase(text)).unwrap().accept(WORK).unwrap()
}

fn customers(session: &Session, group: &str) -> u64 {
    open(session, group, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers
}

pub fn is_sound(office: &Office, medium: &Path) -> bool {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    let found = verify(&opened, &Shelf::read(&opened).unwrap(), None, &|_, _| ());
    found.snapshots.iter().all(|checked| checked.found.is_ok())
}

#[test]
fn a_machine_burns_and_the_office_goes_on_from_a_stick() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    add(&shop.alice, "retail", "The last one before the night");
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    let new = elsewhere(&shop.office);
    let done = restored(&new, &blue, None, &new.root).unwrap();
    assert_eq!(done.mark.from, done.mark.newest);
    assert!(matches!(Store::open(&new.root, &new.surroundings), Err(StoreError::Restored { .. })));
    // But for the entry about it and the mark, every file is what it was.
    for path in files(&new.root) {
        let place = path.strip_prefix(&new.root).unwrap();
        let fresh =
            place.starts_with("restored") || ["lock", "turn"].iter().any(|name| place.ends_with(name));
        if !fresh && !place.starts_with("log/2026-11.jsonl") {
            assert_eq!(
                fs::read(&path).unwrap(),
                fs::read(shop.office.root.join(place)).unwrap(),
                "{place:?}"
            );
        }
    }

    let alice = accept(&new, "alice", ALICE);
    assert_eq!(customers(&alice, "retail"), 3);
    let told: Vec<(Action, bool)> =
        entries(&new, &alice).iter().map(|opened| (opened.entry.action, opened.entry.unsigned)).collect();
    assert!(told.contains(&(Action::Restore, true)) && told.contains(&(Action::Accept, false)));
    // The clerk's key is among the new ones; the office works on, and backs up in a new line of snapshots.
    let bob = new.open().unlock("bob", &passphrase(BOB)).unwrap();
    add(&bob, "retail", "The first one of the morning");
    vault::backup::enroll::enroll(&new.open(), &blue, None).unwrap();
    let made = backup(&new, &blue);
    assert_eq!(made.line, 2);
    let next = backup(&new, &blue);
    assert_eq!(next.line, 2);
    assert!(is_sound(&new, &blue));
}

#[test]
fn an_older_snapshot_takes_groups_back_and_nobody_comes_back_with_them() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let blue = enrolled(&shop.office, "blue");
    let first = backup(&shop.office, &blue).snapshot;
    shop.office.clock.set("2026-11-24T08:00:00Z");
    add(&shop.alice, "retail", "Given up");
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    super::shop::create(&shop.alice, "later");
    add(&shop.alice, "later", "Of a group that came later");
    let newest = backup(&shop.office, &blue).snapshot;

    let new = elsewhere(&shop.office);
    let done = restored(&new, &blue, Some(first.as_str()), &new.root).unwrap();
    assert_eq!(
        (done.mark.from.snapshot.as_str(), done.mark.newest.snapshot.as_str()),
        (first.as_str(), newest.as_str())
    );
    let alice = accept(&new, "alice", ALICE);
    assert_eq!(customers(&alice, "retail"), 2, "as they were then");
    assert_eq!(customers(&alice, "later"), 1, "what the snapshot did not know is not lost");
    assert!(new.open().unlock("bob", &passphrase(BOB)).is_err());
    let log = entries(&new, &alice);
    let removal = log
        .iter()
        .find(|opened| opened.entry.detail.as_deref().is_some_and(|text| text.starts_with("remove bob")));
    assert!(removal.is_some_and(|opened| opened.entry.outcome == Outcome::Success), "the log is the newest");
    // Whoever put the removed clerk's time back on the medium gets a line of its own there.
    vault::backup::enroll::enroll(&new.open(), &blue, None).unwrap();
    assert_eq!(backup(&new, &blue).line, 2);
    assert!(is_sound(&new, &blue));
}

#[test]
fn a_removed_owner_with_an_old_stick_is_refused_by_the_offices_media() {
    let shop = Shop::new();
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    let hers = shop.office.folder.path().join("hers");
    put_back(&blue, &hers);
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    backup(&shop.office, &blue);

    let new = elsewhere(&shop.office);
    restored(&new, &hers, None, &new.root).unwrap();
    let crowned = accept(&new, "carol", CAROL);
    crowned.remove_staff(&name("alice"), WORK).unwrap();
    // Her store is put in place of the office's; that night the stick knows better.
    put_back(&new.root, &shop.office.root);
    let refused = try_backup(&shop.office, &blue);
    assert!(
        matches!(refused, Err(CreateError::Compare(CompareError::Backwards(Backwards::Roster { .. })))),
        "{refused:?}"
    );
}

#[test]
fn people_of_a_damaged_newest_snapshot_are_passed_over() {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    let first = backup(&shop.office, &blue).snapshot;
    shop.office.clock.set("2026-11-24T08:00:00Z");
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    backup(&shop.office, &blue);
    let newest = shelf(&shop.office, &blue).newest().unwrap().manifest.clone();
    let roster = newest.file("roster.jsonl").unwrap().pieces[0];
    let object = MediumLayout::new(&blue).object(roster);
    let mut bytes = fs::read(&object).unwrap();
    bytes[7] ^= 1;
    fs::write(&object, bytes).unwrap();
    let new = elsewhere(&shop.office);
    let failed = restored(&new, &blue, None, &new.root);
    assert!(matches!(failed, Err(RestoreError::Snapshot { .. })));
    assert!(!new.root.exists());
    let done = restored(&new, &blue, Some(first.as_str()), &new.root).unwrap();
    assert_eq!(done.passed_over.len(), 1);
    assert_eq!(done.mark.newest.snapshot, first.as_str());
    assert_eq!(customers(&accept(&new, "alice", ALICE), "retail"), 2);
}

#[test]
fn people_of_a_newest_snapshot_whose_log_somebody_cut_are_passed_over() {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    shop.office.clock.set("2026-11-23T08:00:00Z");
    add(&shop.alice, "retail", "One");
    let second = backup(&shop.office, &blue).snapshot;
    shop.office.clock.set("2026-11-24T08:00:00Z");
    let third = backup(&shop.office, &blue).snapshot;
    // A log from before the groups that are restored, so that it does not tell who wrote into them. By itself
    // it is sound, and the manifest names its end.
    let snapshots = shelf(&shop.office, &blue);
    let first = &snapshots.whole[0].manifest;
    forge(&blue, &snapshots.whole[2], |manifest| {
        older(manifest, first, "log/");
        manifest.log = first.log;
    });
    let new = elsewhere(&shop.office);
    let done = restored(&new, &blue, Some(second.as_str()), &new.root).unwrap();
    assert_eq!(done.mark.newest.snapshot, second.as_str());
    let [(name, fault)] = &done.passed_over[..] else { panic!("{:?}", done.passed_over) };
    assert_eq!(name, third.as_str());
    assert!(matches!(fault, SnapshotFault::Log { .. }), "{fault}");
}

#[test]
fn a_restore_writes_into_no_folder_that_is_there_and_leaves_none_when_it_fails() {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    let taken = restored(&shop.office, &blue, None, &shop.office.root);
    assert!(matches!(taken, Err(RestoreError::Build(BuildError::Exists { .. }))));

    let left_over = |office: &Office| -> Vec<PathBuf> {
        let parent = office.root.parent().unwrap();
        if parent.exists() {
            fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path()).collect()
        } else {
            Vec::new()
        }
    };
    let new = elsewhere(&shop.office);
    // A disk that is full from its n-th change on, wherever that is.
    for number in 0.. {
        shop.office.disk.set(Some(Fault::Change(number)));
        let done = restored(&new, &blue, None, &new.root);
        shop.office.disk.set(None);
        if done.is_ok() {
            assert!(number > 30, "{number}");
            break;
        }
        assert_eq!(left_over(&new), Vec::<PathBuf>::new(), "after change {number}: {:?}", done.unwrap_err());
    }
    assert_eq!(customers(&accept(&new, "alice", ALICE), "retail"), 2);
}

#[test]
fn every_object_that_is_damaged_stops_a_restore() {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    let new = elsewhere(&shop.office);
    for object in objects(&blue) {
        let whole = fs::read(&object).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(&object, flipped).unwrap();
        assert!(restored(&new, &blue, None, &new.root).is_err());
        fs::write(&object, whole).unwrap();
    }
    restored(&new, &blue, None, &new.root).unwrap();
    for group in GROUPS {
        assert!(new.layout().head(group).exists());
    }
}

#[test]
fn a_snapshot_of_what_was_given_up_comes_back_with_the_people_and_the_log_of_its_own() {
    let shop = Shop::new();
    let (blue, green) = (enrolled(&shop.office, "blue"), enrolled(&shop.office, "green"));
    backup(&shop.office, &blue);
    shop.office.clock.set("2026-11-23T08:00:00Z");
    add(&shop.alice, "retail", "On the green stick only");
    let tuesday = backup(&shop.office, &green).snapshot;
    // The machine burns; only the blue stick, one day older, is at hand.
    let new = elsewhere(&shop.office);
    restored(&new, &blue, None, &new.root).unwrap();
    let alice = accept(&new, "alice", ALICE);
    add(&alice, "retail", "After the fire");
    add(&alice, "retail", "And another");
    vault::backup::enroll::enroll(&new.open(), &green, None).unwrap();
    assert_eq!(backup(&new, &green).line, 2);
    assert!(is_sound(&new, &green));
    // Then the green one is found, and Tuesday is what they want: its log is not that of the blue line.
    fs::rename(&new.root, new.root.with_extension("before")).unwrap();
    let done = restored(&new, &green, Some(tuesday.as_str()), &new.root).unwrap();
    assert_eq!(done.mark.newest.snapshot, tuesday.as_str());
    assert!(done.passed_over.is_empty());
    let alice = accept(&new, "alice", ALICE);
    assert_eq!(customers(&alice, "retail"), 3);
    let event = vault::access_log::Event::new(Action::Log, Outcome::Success);
    let threads = std::num::NonZeroUsize::MIN;
    let found = alice.verify_log(&event, Vec::new(), threads, &|_, _| ()).unwrap().found;
    assert!(found.is_sound(), "{:?}", found.findings);
    assert_eq!(backup(&new, &green).line, 3);
    assert!(is_sound(&new, &green));
}

#[test]
fn a_mark_that_somebody_took_off_by_hand_is_found_by_the_auditor() {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    let new = elsewhere(&shop.office);
    restored(&new, &blue, None, &new.root).unwrap();
    fs::remove_dir_all(new.layout().restored()).unwrap();
    let verify = |session: &Session| {
        let event = vault::access_log::Event::new(Action::Log, Outcome::Success);
        session.verify_log(&event, Vec::new(), std::num::NonZeroUsize::MIN, &|_, _| ()).unwrap().found
    };
    let found = verify(&new.unlocked());
    let said: Vec<String> = found.findings.first.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("no owner accepted"), "{said:?}");
}

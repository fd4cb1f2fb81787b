//! Entries and what was made with them: what has none of its own, what never came to be, and what others do
//! while the log is verified.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use vault::access_log::entry::Opened;
use vault::access_log::verify::{Finding, Source, Verification};
use vault::access_log::{Action, Event, Outcome, Role};
use vault::sealed::disk::{Disk, DiskFile};
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;

use super::log_verify::{THREADS, event, found};
use super::office::{ALICE, passphrase};
use super::shop::{BOB, CAROL, Shop, WORK, add, enrol, files, name, open};

#[test]
fn an_entry_whose_change_never_came_to_be_is_told_and_no_damage() {
    let shop = Shop::new();
    let code = add(&shop.alice, "retail", "Ada");
    // The entry is written; the crash comes before the record.
    let access = shop.alice.access("retail").unwrap();
    let record = GroupFile::open(access.into(), Mode::Shared).unwrap().last_record().seq + 1;
    let mut event = Event::new(Action::Edit, Outcome::Success);
    event.group = Some("retail".into());
    event.customer = Some(code.to_string());
    event.detail = Some(format!("record {record}"));
    let lost = shop.alice.log().append(&event).unwrap().mark().seq;
    add(&shop.alice, "retail", "Bo");
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    let [entry] = &found.uncommitted.first[..] else { panic!("{:?}", found.uncommitted) };
    assert_eq!((entry.seq, entry.staff.as_str(), entry.action), (lost, "alice", Action::Edit));
}

#[test]
fn a_change_that_the_log_itself_says_has_failed_is_not_told_again_and_may_be_there() {
    // A disk that does not confirm a commit: nobody knows whether the record is there.
    let shop = Shop::new();
    for is_there in [false, true] {
        let access = shop.alice.access("retail").unwrap();
        let mut file = GroupFile::open(access.into(), Mode::Exclusive).unwrap();
        let change = file.change().unwrap();
        let mut event = Event::new(Action::Edit, Outcome::Success);
        event.group = Some("retail".into());
        event.detail = Some(format!("record {}", change.record()));
        let entry = shop.alice.log().append(&event).unwrap().mark();
        event.outcome = Outcome::Failure;
        shop.alice.log().append(&event).unwrap();
        if is_there {
            change.connection().execute_batch("UPDATE customer SET updated = updated + 1").unwrap();
            change.commit(entry).unwrap();
        }
    }
    add(&shop.alice, "retail", "Bo");
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.uncommitted.count, 0);
}

#[test]
fn what_nobody_logged_is_told() {
    // A record that names an entry about something else hides what was done.
    let shop = Shop::new();
    let lookup = shop.alice.log().append(&Event::new(Action::Search, Outcome::Success)).unwrap().mark();
    let access = shop.alice.access("retail").unwrap();
    let mut file = GroupFile::open(access.into(), Mode::Exclusive).unwrap();
    let change = file.change().unwrap();
    change.connection().execute_batch("UPDATE customer SET updated = updated + 1").unwrap();
    change.commit(lookup).unwrap();
    drop(file);
    let found = found(&shop);
    let from = match &found.findings.first[..] {
        [Finding::NotItsEntry { from, seq }] if *seq == lookup.seq => from,
        other => panic!("{other:#?}"),
    };
    assert!(matches!(from, Source::Record(group, _) if group == "retail"));
}

#[test]
fn a_fold_that_failed_however_often_leaves_every_record_its_entry() {
    let mut shop = Shop::new();
    let alice = shop.unlock("alice", ALICE);
    for _ in 0..2 {
        for _ in 0..33 {
            shop.add(&alice, "retail");
        }
        // The entry is written, and the new files are not.
        for _ in 0..9 {
            shop.office.disk.set(Some(super::office::Fault::Change(6)));
            assert!(open(&alice, "retail", Mode::Exclusive).tidy(alice.log()).is_err());
            shop.office.disk.set(None);
        }
        let tried = |opened: &Opened| {
            opened.entry.detail.as_deref().is_some_and(|detail| detail.starts_with("fold, "))
        };
        assert!(shop.office.entries().iter().filter(|opened| tried(opened)).count() >= 9);
        let found = found(&shop);
        assert!(found.is_sound(), "{:#?}", found.findings);
        assert!(open(&alice, "retail", Mode::Exclusive).tidy(alice.log()).unwrap().is_some());
    }
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
}

#[test]
fn a_new_generation_that_nobody_logged_is_told() {
    let shop = Shop::new();
    let lookup = shop.alice.log().append(&Event::new(Action::Search, Outcome::Success)).unwrap().mark();
    let access = shop.alice.access("retail").unwrap();
    let file = GroupFile::open(access.into(), Mode::Exclusive).unwrap();
    file.tidy(vault::sealed::group_file::Tidying::Checkpoint, lookup, &|_, _| ()).unwrap();
    let found = found(&shop);
    let from = Source::Head("retail".into());
    assert_eq!(found.findings.first, [Finding::NotItsEntry { from, seq: lookup.seq }]);
}

/// Does something once, when a file of that name is looked for or a folder of that name listed.
struct Meanwhile {
    disk: Arc<dyn Disk>,
    at: PathBuf,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Meanwhile {
    fn reach(&self, path: &Path) {
        if path == self.at
            && let Some(act) = self.act.lock().unwrap().take()
        {
            act();
        }
    }
}

impl Disk for Meanwhile {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(path)
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open_for_writing(path)
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create_new(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.reach(path);
        self.disk.list(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.reach(path);
        self.disk.exists(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<fs::File> {
        self.disk.open_lock(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        self.disk.filesystem(path)
    }
}

/// Verifies the log in alice's hands, and does `act` when that looks for `at`.
fn verified_while(shop: &Shop, at: PathBuf, act: impl FnOnce() + Send + 'static) -> Verification {
    let mut surroundings = shop.office.surroundings.clone();
    let disk = Arc::clone(&surroundings.disk);
    let meanwhile = Arc::new(Meanwhile { disk, at, act: Mutex::new(None) });
    surroundings.disk = Arc::clone(&meanwhile) as Arc<dyn Disk>;
    let store = vault::store::Store::open(&shop.office.root, &surroundings).unwrap();
    let verifier = store.unlock_to_verify("alice", &passphrase(ALICE)).unwrap();
    *meanwhile.act.lock().unwrap() = Some(Box::new(act));
    let found = verifier.verify(&event(), Vec::new(), THREADS, &|_, _| ()).unwrap().found;
    assert!(meanwhile.act.lock().unwrap().is_none());
    found
}

#[test]
fn what_others_do_while_the_log_is_verified_is_no_damage() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let owner = shop.unlock("alice", ALICE);
    for _ in 0..33 {
        shop.add(&owner, "retail");
    }
    // All outlines are read: a fold, a newcomer, and a new key of the log.
    let notes = shop.office.surroundings.state.join(owner.store_id().to_string());
    let busy = shop.unlock("alice", ALICE);
    let found = verified_while(&shop, notes, move || {
        assert!(open(&busy, "retail", Mode::Exclusive).tidy(busy.log()).unwrap().is_some());
        enrol(&busy, "carol", CAROL, Role::Auditor, &[]);
        busy.remove_staff(&name("carol"), WORK).unwrap();
        add(&busy, "retail", "After the new key");
    });
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.uncommitted.first, []);
    // One group is looked at, and another gets a new key.
    let next = shop.office.layout().next_head("clinic");
    let found = verified_while(&shop, next, move || {
        owner.refresh().unwrap();
        owner.revoke(&name("bob"), &name("retail"), WORK).unwrap();
        add(&owner, "retail", "To the new key");
    });
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.uncommitted.first, []);
}

#[test]
fn a_month_that_was_only_begun_before_the_clock_went_back_is_no_damage() {
    let mut shop = Shop::new();
    // A crash between the new month's file and its first line; then the clock is set right.
    let begun = shop.office.layout().access_log().join("2030-01.jsonl");
    fs::write(&begun, "").unwrap();
    let alice = shop.unlock("alice", ALICE);
    shop.add(&alice, "retail");
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert!(!begun.exists());
}

#[test]
fn a_groups_newest_record_that_is_cut_off_is_told_by_who_saw_it() {
    let shop = Shop::new();
    let folder = shop.office.layout().group("retail");
    let log = files(&folder).into_iter().find(|path| path.to_string_lossy().contains("log.")).unwrap();
    let before = fs::read(&log).unwrap();
    add(&shop.alice, "retail", "Ada");
    assert!(fs::read(&log).unwrap().len() > before.len());
    fs::write(&log, before).unwrap();
    let found = found(&shop);
    let [Finding::Cut { group, last, seen, from }] = &found.findings.first[..] else {
        panic!("{:#?}", found.findings)
    };
    assert_eq!((group.as_str(), *seen, from), ("retail", last + 1, &Source::SeenNote("alice".into())));
}

#[test]
fn a_record_that_hides_behind_somebody_elses_entry_is_told() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let mut file = GroupFile::open(bob.access("retail").unwrap().into(), Mode::Exclusive).unwrap();
    let change = file.change().unwrap();
    // Alice's change was broken off; bob's doctored program takes her entry for its own.
    let mut event = Event::new(Action::Edit, Outcome::Success);
    event.group = Some("retail".into());
    event.detail = Some(format!("record {}", change.record()));
    let hers = shop.alice.log().append(&event).unwrap().mark();
    change.connection().execute_batch("UPDATE customer SET updated = updated + 1").unwrap();
    change.commit(hers).unwrap();
    drop(file);
    let found = found(&shop);
    let [Finding::OthersEntry { signer, staff, .. }] = &found.findings.first[..] else {
        panic!("{:#?}", found.findings)
    };
    assert_eq!((signer.as_str(), staff.as_str()), ("bob.1", "alice"));
}

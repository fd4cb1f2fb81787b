//! `Store::create`.

use std::os::unix::fs::PermissionsExt;

use vault::access_log::{Action, Outcome};
use vault::sealed::passphrase::WorkFactor;
use vault::store::roster::PolicyChange;
use vault::store::{Founding, InitError, Store, StoreError, Strictness, WhoError};

use crate::office::{ALICE, Fault, Office, SHEET, options, passphrase};

#[test]
fn a_new_store_opens_and_its_first_entry_says_who_founded_it() {
    let office = Office::founded();
    let store = office.open();
    assert_eq!(store.roster().mark().seq, 0);
    assert_eq!(store.roster().policy().network, Strictness::Refuse);
    let entries = office.entries();
    assert_eq!(entries.len(), 1);
    let first = &entries[0].entry;
    assert_eq!((first.action, first.outcome), (Action::Staff, Outcome::Success));
    assert_eq!(first.detail.as_deref(), Some("init"));
    assert_eq!(first.signer.as_deref(), Some("alice.1"));
    assert_eq!(first.time, "2026-11-22T08:00:00.000Z");
    assert_eq!(store.status().unwrap().log.hash, entries[0].hash);
}

#[test]
fn the_id_on_the_recovery_sheet_is_that_of_the_store() {
    let office = Office::empty();
    let policy = PolicyChange { network: Some(Strictness::Warn), ..PolicyChange::default() };
    let founding = Founding::new("alice".parse().unwrap(), true, policy, &office.surroundings).unwrap();
    let shown = founding.store_id();
    let cheap = WorkFactor::for_tests(2);
    founding.create(&office.root, &passphrase(ALICE), Some(&passphrase(SHEET)), cheap).unwrap();
    assert_eq!(office.open().store_id(), shown);
    office.identity("recovery", SHEET);
}

#[test]
fn nobody_else_may_look_into_a_store() {
    let office = Office::founded();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&office.root), 0o700);
    assert_eq!(mode(&office.layout().access_log_keys()), 0o700);
    assert_eq!(mode(&office.layout().roster()), 0o600);
    assert_eq!(mode(&office.layout().identity("alice", 1)), 0o600);
}

#[test]
fn a_path_that_is_taken_is_refused() {
    let office = Office::founded();
    let before = std::fs::read(office.layout().roster()).unwrap();
    let again = Store::create(&office.root, &options(), &office.surroundings);
    assert!(matches!(again, Err(InitError::Exists { path }) if path == office.root));
    assert_eq!(std::fs::read(office.layout().roster()).unwrap(), before);

    let empty = office.folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(matches!(Store::create(&empty, &options(), &office.surroundings), Err(InitError::Exists { .. })));
}

#[test]
fn a_founding_that_fails_anywhere_leaves_nothing() {
    let office = Office::empty();
    let mut failed = 0;
    for number in 0.. {
        office.disk.set(Some(Fault::Change(number)));
        let founded = Store::create(&office.root, &options(), &office.surroundings);
        office.disk.set(None);
        if founded.is_ok() {
            break;
        }
        let left: Vec<_> = std::fs::read_dir(office.folder.path()).unwrap().collect();
        assert!(left.is_empty(), "failure {number} left {left:?}");
        failed += 1;
    }
    assert!(failed > 20, "only {failed} operations were tried");
    office.unlocked();
}

#[test]
fn weak_passphrases_and_reserved_names_found_no_store() {
    let office = Office::empty();
    let weak = vault::store::InitOptions { passphrase: passphrase("alice-alice-alice"), ..options() };
    assert!(matches!(Store::create(&office.root, &weak, &office.surroundings), Err(InitError::Weak(_))));
    let reserved = vault::store::InitOptions { owner: "recovery".parse().unwrap(), ..options() };
    assert!(matches!(Store::create(&office.root, &reserved, &office.surroundings), Err(InitError::Reserved)));
    assert!(!office.root.exists());
}

#[test]
fn what_is_no_store_is_said_to_be_none_and_is_left_alone() {
    let office = Office::empty();
    let open = |path: &std::path::Path| Store::open(path, &office.surroundings);
    assert!(matches!(open(&office.root), Err(StoreError::Missing { .. })));
    std::fs::create_dir(&office.root).unwrap();
    assert!(matches!(open(&office.root), Err(StoreError::NotAStore { .. })));
    assert_eq!(std::fs::read_dir(&office.root).unwrap().count(), 0);
    let file = office.folder.path().join("letter.txt");
    std::fs::write(&file, "Dear customer").unwrap();
    assert!(matches!(open(&file), Err(StoreError::NotAStore { .. })));
}

#[test]
fn the_person_is_the_one_named_or_the_account_or_the_only_one() {
    let office = Office::founded();
    let store = office.open();
    assert_eq!(store.default_person(None, "office").unwrap().name.as_str(), "alice");
    assert_eq!(store.default_person(Some("alice"), "bob").unwrap().name.as_str(), "alice");
    assert_eq!(
        store.default_person(Some("bob"), "alice").unwrap_err(),
        WhoError::NoSuchPerson { name: "bob".into() }
    );
    assert!(store.default_person(Some("recovery"), "alice").is_err());
}

#[test]
fn a_store_may_lie_in_folders_that_are_not_there_yet() {
    let office = Office::empty();
    let deep = office.folder.path().join("share/vault/store");
    Store::create(&deep, &options(), &office.surroundings).unwrap();
    assert!(Store::open(&deep, &office.surroundings).is_ok());
}

//! `Store::unlock`, and what seen notes notice.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use vault::access_log::{Action, Damage, LogError, Outcome};
use vault::sealed::passphrase::WorkFactor;
use vault::store::roster::{Fault, RosterError};
use vault::store::staff_file::{self, StaffFileError};
use vault::store::{Failures, Notice, Store, UnlockFailure};

use crate::groups::created;
use crate::office::{self, ALICE, Office, SHEET, options, passphrase, put_back};

#[test]
fn an_unlock_is_logged_and_signed_before_the_session_is_there() {
    let office = Office::founded();
    let session = office.unlocked();
    assert_eq!(session.signer_id(), "alice.1");
    assert!(session.take_notices().is_empty());
    let entries = office.entries();
    let last = &entries[1].entry;
    assert_eq!((last.action, last.outcome), (Action::Unlock, Outcome::Success));
    assert_eq!(last.signer.as_deref(), Some("alice.1"));
    assert_eq!(session.log().actor().session_id, last.session_id);
    assert_eq!(session.seen().note().log.hash, entries[1].hash);
}

#[test]
fn a_wrong_passphrase_is_logged_and_signed_by_nobody() {
    let office = Office::founded();
    let failure = office.open().unlock("alice", &passphrase(SHEET)).unwrap_err();
    assert!(matches!(failure, UnlockFailure::WrongPassphrase));
    assert_eq!(failure.to_string(), "wrong passphrase");
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome), (Action::Unlock, Outcome::Denied));
    assert_eq!((last.staff.as_str(), last.signer, last.unsigned), ("alice", None, true));
}

fn failures(office: &Office) -> Failures {
    let store = office.open();
    store.failures(store.people()[0])
}

fn fail(office: &Office) {
    let failure = office.open().unlock("alice", &passphrase(SHEET)).unwrap_err();
    assert!(matches!(failure, UnlockFailure::WrongPassphrase));
}

fn failures_file(office: &Office) -> PathBuf {
    let folder = office.surroundings.state.join(office.open().store_id().to_string());
    folder.join("alice.failures.json")
}

#[test]
fn wrong_passphrases_in_a_row_make_the_next_try_wait_until_a_right_one_is_typed() {
    let office = Office::founded();
    assert_eq!(failures(&office).count, 0);
    for second in 0..4 {
        office.clock.set(&format!("2026-11-22T09:00:0{second}Z"));
        fail(&office);
    }
    let now = office.surroundings.clock.now();
    assert_eq!(failures(&office), Failures { count: 4, last: now });
    assert_eq!(failures(&office).wait(now), Duration::from_secs(2));
    let written = r#"{"v":1,"count":4,"last":"2026-11-22T09:00:03Z"}"#;
    assert_eq!(fs::read_to_string(failures_file(&office)).unwrap(), written);

    let notices = office.unlocked().take_notices();
    let [Notice::WrongPassphrases { person, count: 4 }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(person.as_str(), "alice");
    assert_eq!(notices[0].to_string(), "4 wrong passphrases were typed for alice since the last unlocking");
    assert_eq!(failures(&office), Failures::default());
    assert!(!failures_file(&office).exists());
    assert!(office.unlocked().take_notices().is_empty());
    fail(&office);
    assert_eq!(failures(&office).wait(now), Duration::ZERO);
}

#[test]
fn a_count_that_cannot_be_read_counts_as_none_and_is_begun_anew() {
    let office = Office::founded();
    fail(&office);
    let written = fs::read_to_string(failures_file(&office)).unwrap();
    for damaged in [
        String::new(),
        written.replace("\"v\":1", "\"v\":2"),
        written.replace('}', ",\"more\":1}"),
        written.replace("2026", "year"),
        written.replace("\"count\":1", "\"count\":-1"),
        " ".repeat(5000),
    ] {
        assert_ne!(damaged, written);
        fs::write(failures_file(&office), &damaged).unwrap();
        assert_eq!(failures(&office).count, 0, "{damaged}");
        fail(&office);
        assert_eq!(failures(&office).count, 1, "{damaged}");
    }
}

#[test]
fn only_wrong_passphrases_count_and_each_for_its_person_and_store() {
    let (office, other) = (Office::founded(), Office::founded());
    fail(&office);
    assert_eq!(failures(&other).count, 0);
    assert!(office.open().unlock("nobody", &passphrase(SHEET)).is_err());
    fs::remove_file(office.layout().identity("alice", 1)).unwrap();
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::IdentityMissing { .. })
    ));
    assert_eq!(failures(&office).count, 1);
}

#[test]
fn a_count_that_cannot_be_kept_changes_no_answer_and_the_log_knows() {
    let office = Office::founded();
    let before = office.entries().len();
    fs::create_dir(failures_file(&office)).unwrap();
    fail(&office);
    assert_eq!(failures(&office).count, 0);
    assert_eq!(office.entries().len(), before + 1);
    assert!(matches!(office.unlocked().take_notices()[..], [Notice::SeenNote(_)]));
}

#[test]
fn when_the_log_cannot_be_written_nobody_is_unlocked() {
    let office = Office::founded();
    for text in [ALICE, SHEET] {
        let store = office.open();
        office.disk.set(Some(office::Fault::Flushes));
        assert!(matches!(store.unlock("alice", &passphrase(text)), Err(UnlockFailure::Log(_))));
        office.disk.set(None);
    }
    assert_eq!(office.entries().len(), 1);
}

#[test]
fn a_roster_that_grew_while_the_passphrase_was_typed_is_no_damage() {
    let office = Office::founded();
    let at_the_prompt = office.open();
    created(&office, "retail");
    let session = at_the_prompt.unlock("alice", &passphrase(ALICE)).unwrap();
    assert!(session.group_key("retail").is_ok());
}

#[test]
fn strangers_and_the_recovery_sheet_do_not_unlock() {
    let office = Office::founded();
    for name in ["bob", "recovery", "../alice", ""] {
        let failure = office.open().unlock(name, &passphrase(SHEET)).unwrap_err();
        assert!(matches!(failure, UnlockFailure::NoSuchPerson { .. }), "{name}");
    }
}

#[test]
fn an_identity_file_of_another_store_is_noticed() {
    let office = Office::founded();
    let other = Office::founded();
    fs::copy(other.layout().identity("alice", 1), office.layout().identity("alice", 1)).unwrap();
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::Identity { fault: StaffFileError::OtherStore, .. })
    ));
}

#[test]
fn another_identity_with_the_right_pin_is_noticed() {
    let office = Office::founded();
    let stranger = vault::sealed::identity::Identity::generate();
    let id = office.open().store_id();
    let cheap = WorkFactor::for_tests(2);
    let sealed =
        staff_file::seal(&stranger, &"alice".parse().unwrap(), 1, &id, &passphrase(ALICE), cheap).unwrap();
    fs::write(office.layout().identity("alice", 1), sealed).unwrap();
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::OtherIdentity { .. })
    ));
    fs::remove_file(office.layout().identity("alice", 1)).unwrap();
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::IdentityMissing { .. })
    ));
}

#[test]
fn an_older_roster_put_back_is_noticed() {
    let office = Office::founded();
    let older = fs::read(office.layout().roster()).unwrap();
    created(&office, "retail");
    fs::write(office.layout().roster(), older).unwrap();
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::Roster(RosterError::Damaged { line: 2, fault: Fault::Shorter, .. }))
    ));
}

#[test]
fn an_older_access_log_put_back_is_noticed() {
    let office = Office::founded();
    let copy = office.folder.path().join("copy");
    put_back(&office.layout().access_log(), &copy);
    office.unlocked();
    put_back(&copy, &office.layout().access_log());
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::Log(LogError::Damaged { damage: Damage::Shorter { found: 1, seen: 2 }, .. }))
    ));
}

#[test]
fn a_whole_older_store_put_back_is_noticed_even_when_it_went_on() {
    let office = Office::founded();
    let copy = office.folder.path().join("copy");
    put_back(&office.root, &copy);
    office.unlocked();
    put_back(&copy, &office.root);
    // Failed attempts make the log as long again.
    let elsewhere = Office::empty();
    for _ in 0..3 {
        let surroundings = &elsewhere.surroundings;
        let store = Store::open(&office.root, surroundings).unwrap();
        assert!(store.unlock("alice", &passphrase(SHEET)).is_err());
    }
    assert!(matches!(
        office.open().unlock("alice", &passphrase(ALICE)),
        Err(UnlockFailure::Log(LogError::Damaged { damage: Damage::Rewritten { seq: 2 }, .. }))
    ));
}

#[test]
fn an_unreadable_seen_note_counts_as_none_is_said_and_logged() {
    let office = Office::founded();
    let note = office.surroundings.state.join(office.open().store_id().to_string()).join("alice.json");
    assert!(note.exists());
    fs::write(&note, "").unwrap();
    let session = office.unlocked();
    assert!(matches!(session.take_notices()[..], [Notice::SeenNote(_)]));
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome), (Action::Log, Outcome::Failure));
    assert!(office.unlocked().take_notices().is_empty());
}

#[test]
fn sessions_side_by_side_lose_no_note() {
    let office = Office::founded();
    let (first, second) = (office.unlocked(), office.unlocked());
    let mark = first.roster().mark();
    first.seen().saw_group("retail", 1, mark);
    second.seen().saw_group("trade", 1, mark);
    first.seen().saw_group("retail", 0, mark);
    let third = office.unlocked();
    assert_eq!(third.seen().group("retail").unwrap().generation, 1);
    assert_eq!(third.seen().group("trade").unwrap().log, mark);
    assert_eq!(third.seen().note().log.seq, 4);
}

#[test]
fn two_stores_have_two_ids() {
    let (one, other) = (Office::founded(), Office::founded());
    assert_ne!(one.open().store_id(), other.open().store_id());
    assert!(Store::create(&one.root, &options(), &one.surroundings).is_err());
}

#[test]
fn a_refusal_before_the_passphrase_is_logged_and_signed_by_nobody() {
    let office = Office::founded();
    let store = office.open();
    store.log_denied(store.people()[0], "networked").unwrap();
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome, last.unsigned), (Action::Unlock, Outcome::Denied, true));
    assert_eq!(last.detail.as_deref(), Some("networked"));
}

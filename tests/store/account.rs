//! One's own log-in: another passphrase, a new identity, the recovery sheet, the agreement.

use std::fs;
use std::path::Path;

use vault::access_log::{Action, Outcome};
use vault::group::code::CustomerCode;
use vault::group::erase::erase_again;
use vault::group::lookup::{self, Options};
use vault::group::query::Query;
use vault::group::upkeep::renew;
use vault::group::view::Reveal;
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::roster::{Fault as RosterFault, NoteKind};
use vault::store::staff::NewNote;
use vault::store::{
    ChangeError, Ended, GroupKeyError, Login, NewStaff, Rekeying, Role, Session, Unfit, UnlockFailure,
};

use crate::office::{ALICE, Fault, Office, SHEET, passphrase};
use crate::retail;

const NEW: &str = "copper-lantern-orchard-fifteen";
const NEW_SHEET: &str = "walnut-thimble-cascade-ferry-bronze";
const THIRD_SHEET: &str = "pebble-organ-meadow-tunic-fresco";

const WORK: Rekeying<'static> = Rekeying {
    renew: &|stage, recipient, random| Ok(renew(stage, recipient, random, &|_, _| ())?),
    erase: &|stage, codes, progress| Ok(erase_again(stage, codes, progress)?),
    progress: &|_, _| (),
};

fn login(text: &str) -> Login {
    Login::new(passphrase(text), WorkFactor::for_tests(2))
}

fn opens(office: &Office, text: &str) -> bool {
    match office.open().unlock("alice", &passphrase(text)) {
        Ok(_) => true,
        Err(UnlockFailure::WrongPassphrase) => false,
        Err(other) => panic!("{other}"),
    }
}

fn sheet_opens(office: &Office, sheet: &str) -> bool {
    match office.open().unlock_recovery(&passphrase(sheet)) {
        Ok(_) => true,
        Err(UnlockFailure::WrongPassphrase) => false,
        Err(other) => panic!("{other}"),
    }
}

fn recover(office: &Office, sheet: &str, new: &str, new_sheet: &str) -> Result<(), ChangeError> {
    let recovery = office.open().unlock_recovery(&passphrase(sheet)).unwrap();
    recovery.recover(&"alice".parse().unwrap(), &login(new), &login(new_sheet), WORK)
}

/// Whether the group is sound and has this customer and no other.
fn has(session: &Session, code: CustomerCode) -> bool {
    let group = retail::group(session);
    assert_eq!(group.verify(session.log(), &|_, _| ()).unwrap().customers, 1);
    let options = Options { exact: false, reach: lookup::Reach::Words, limit: 1, reveal: Reveal::none() };
    let found = group.find(&Query::Code(code), &options).unwrap();
    let reveal = Reveal::none();
    let answer = lookup::answer(vec![found], 1, &reveal, None);
    session.log().release(answer).unwrap().0.cards.len() == 1
}

/// The files below a folder that one of these keys opens.
fn opened_by(folder: &Path, keys: &[&Identity]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(opened_by(&path, keys));
        } else {
            let bytes = fs::read(&path).unwrap();
            if keys.iter().any(|key| key.open(&bytes).is_ok()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn head_signer(office: &Office) -> String {
    let head = fs::read(office.layout().head("retail")).unwrap();
    let head: serde_json::Value = serde_json::from_slice(&head).unwrap();
    head["signer"].as_str().unwrap().to_owned()
}

#[test]
fn a_passphrase_whose_rename_never_came_leaves_no_file() {
    let office = Office::founded();
    let session = office.unlocked();
    let staff = office.layout().staff();
    let beside = staff.join("alice.1.age.new");
    fs::copy(office.layout().identity("alice", 1), &beside).unwrap();
    session.finish_pending().unwrap();
    assert!(!beside.exists() && opens(&office, ALICE));
}

#[test]
fn another_passphrase_opens_the_same_identity_and_the_old_one_opens_it_no_more() {
    let (office, session) = retail::office();
    let (code, _) = retail::add(&session, &[("name", "Anna")]);
    let before = office.identity("alice", ALICE).recipient();
    session.change_passphrase(passphrase(NEW)).unwrap();
    assert_eq!(office.identity("alice", NEW).recipient(), before);
    assert!(!opens(&office, ALICE) && opens(&office, NEW));
    // The session goes on, and nothing was re-keyed.
    session.refresh().unwrap();
    assert!(has(&session, code));
    assert_eq!(office.open().roster().group("retail").unwrap().epoch, 1);
}

#[test]
fn a_passphrase_of_a_replaced_identity_is_not_changed() {
    let (office, session) = retail::office();
    let late = office.unlocked();
    session.new_identity(&login(NEW), WORK).unwrap();
    let refused = late.change_passphrase(passphrase(SHEET));
    assert!(matches!(refused, Err(ChangeError::Ended(Ended::Identity { .. }))));
    assert!(!office.layout().identity("alice", 1).exists());
    assert!(opens(&office, NEW));
}

#[test]
fn a_new_identity_signs_the_new_heads_and_the_old_one_opens_nothing_any_more() {
    let (office, session) = retail::office();
    let (code, _) = retail::add(&session, &[("name", "Anna")]);
    let old = office.identity("alice", ALICE);
    let (old_group, old_log) = (session.group_key("retail").unwrap().identity, office.log_identity());
    assert!(!opened_by(&office.root, &[&old]).is_empty());
    let (groups, log) = session.new_identity(&login(NEW), WORK).unwrap();
    assert_eq!((groups.len(), log), (1, true));
    assert!(session.take_notices().is_empty());
    assert!(matches!(session.refresh(), Err(Ended::Identity { .. })));
    assert!(!office.layout().identity("alice", 1).exists());
    assert!(office.layout().identity("alice", 2).exists());
    assert_eq!(head_signer(&office), "alice.2");
    assert_eq!(opened_by(&office.root, &[&old, &old_group, &old_log]), Vec::<String>::new());
    let session = office.open().unlock("alice", &passphrase(NEW)).unwrap();
    assert_eq!(session.signer_id(), "alice.2");
    assert!(has(&session, code));
}

#[test]
fn an_owner_who_forgot_gets_back_in_and_the_old_sheet_is_dead() {
    let (office, session) = retail::office();
    let (code, _) = retail::add(&session, &[("name", "Anna")]);
    drop(session);
    let old = [office.identity("alice", ALICE), office.identity("recovery", SHEET)];
    recover(&office, SHEET, NEW, NEW_SHEET).unwrap();
    assert_eq!(head_signer(&office), "alice.2");
    assert_eq!(opened_by(&office.root, &[&old[0], &old[1]]), Vec::<String>::new());
    assert!(!opens(&office, ALICE) && !sheet_opens(&office, SHEET));
    let session = office.open().unlock("alice", &passphrase(NEW)).unwrap();
    assert!(has(&session, code));
    drop(session);

    recover(&office, NEW_SHEET, ALICE, THIRD_SHEET).unwrap();
    assert!(!opens(&office, NEW) && !sheet_opens(&office, NEW_SHEET) && sheet_opens(&office, THIRD_SHEET));
    let session = office.unlocked();
    assert_eq!(session.signer_id(), "alice.3");
    assert!(has(&session, code));
    assert_eq!(office.open().roster().group("retail").unwrap().epoch, 3);
}

#[test]
fn only_an_owner_is_recovered() {
    let (office, session) = retail::office();
    enrol(&session, "bob", Role::Clerk);
    let recovery = office.open().unlock_recovery(&passphrase(SHEET)).unwrap();
    let attempt = |name: &str| recovery.recover(&name.parse().unwrap(), &login(NEW), &login(NEW_SHEET), WORK);
    assert!(matches!(attempt("bob"), Err(ChangeError::Refused(RosterFault::Role { .. }))));
    assert!(matches!(attempt("recovery"), Err(ChangeError::Refused(RosterFault::Role { .. }))));
    assert!(matches!(attempt("nobody"), Err(ChangeError::NoSuchPerson { .. })));
    assert!(sheet_opens(&office, SHEET));
}

#[test]
fn a_recovery_that_fails_anywhere_leaves_all_old_or_all_new() {
    let run = |fault| {
        let (office, session) = retail::office();
        let (code, _) = retail::add(&session, &[("name", "Anna")]);
        drop(session);
        let recovery = office.open().unlock_recovery(&passphrase(SHEET)).unwrap();
        office.disk.set(fault);
        let name = "alice".parse().unwrap();
        let done = recovery.recover(&name, &login(NEW), &login(NEW_SHEET), WORK);
        let changes = office.disk.changes();
        office.disk.set(None);
        (office, code, done, changes)
    };
    let (_, _, done, changes) = run(None);
    done.unwrap();
    let mut found = [0, 0];
    for fault in (0..changes).map(Fault::Change).chain([Fault::HalfWrites, Fault::Flushes]) {
        let (office, code, done, _) = run(Some(fault));
        let new = opens(&office, NEW);
        found[usize::from(new)] += 1;
        assert!(new || done.is_err(), "{fault:?} was acknowledged and is lost");
        assert_eq!(opens(&office, ALICE), !new, "{fault:?}");
        assert_eq!((sheet_opens(&office, SHEET), sheet_opens(&office, NEW_SHEET)), (!new, new), "{fault:?}");
        let session = office.open().unlock("alice", &passphrase(if new { NEW } else { ALICE })).unwrap();
        session.finish_pending().unwrap();
        assert!(has(&session, code), "{fault:?}");
        session.log_identities().unwrap();
        drop(session);
        // And whichever sheet is in force helps once more; every time would take too long.
        if (found[0] + found[1]) % 8 == 0 {
            recover(&office, if new { NEW_SHEET } else { SHEET }, NEW, THIRD_SHEET).unwrap();
        }
    }
    assert!(found[0] > 10 && found[1] > 0, "{found:?}");
}

fn enrol(session: &Session, name: &str, role: Role) -> Passphrase {
    let name = name.parse().unwrap();
    let groups = if role == Role::Clerk { vec!["retail".parse().unwrap()] } else { Vec::new() };
    session.add_staff(&NewStaff { name, role, full_name: None, groups }, &login(NEW)).unwrap();
    passphrase(NEW)
}

#[test]
fn who_has_not_signed_opens_no_group_and_signs_only_what_was_shown() {
    let (office, session) = retail::office();
    assert!(matches!(
        session.agree(1, Digest::of(b"one")),
        Err(ChangeError::Refused(RosterFault::Agreement))
    ));
    assert_eq!(session.set_agreement("one".to_owned()).unwrap(), 1);
    let unsigned = |session: &Session| {
        matches!(session.access("retail"), Err(GroupKeyError::Unfit(Unfit::Agreement { .. })))
    };
    assert!(unsigned(&session), "the owner included");
    for (version, text) in [(1, "another"), (2, "one"), (0, "one")] {
        let refused = session.agree(version, Digest::of(text.as_bytes()));
        assert!(matches!(refused, Err(ChangeError::Refused(RosterFault::Agreement))), "{version} {text}");
    }
    assert!(unsigned(&session));
    session.agree(1, Digest::of(b"one")).unwrap();
    assert!(!unsigned(&session) && !unsigned(&office.unlocked()));
    let again = session.agree(1, Digest::of(b"one"));
    assert!(matches!(again, Err(ChangeError::Refused(RosterFault::Agreement))));

    // While it is read a new version comes: the old text is not signed for it.
    let bob = enrol(&session, "bob", Role::Clerk);
    let clerk = office.open().unlock("bob", &bob).unwrap();
    assert_eq!(session.set_agreement("two".to_owned()).unwrap(), 2);
    assert!(clerk.agree(1, Digest::of(b"one")).is_err());
    assert!(unsigned(&clerk) && unsigned(&session));
    clerk.agree(2, Digest::of(b"two")).unwrap();
    assert!(!unsigned(&clerk) && unsigned(&session));
    let roster = office.open().roster().clone();
    let signed = |name: &str| roster.active(&name.parse().unwrap()).unwrap().agreed_to().unwrap().version;
    assert_eq!((signed("alice"), signed("bob")), (1, 2));
    let set = office.entries().into_iter().filter(|opened| opened.entry.action == Action::Agreement);
    assert_eq!(set.filter(|opened| opened.entry.outcome == Outcome::Success).count(), 4);
}

#[test]
fn a_clerk_sets_no_agreement() {
    let (office, session) = retail::office();
    let bob = enrol(&session, "bob", Role::Clerk);
    let clerk = office.open().unlock("bob", &bob).unwrap();
    assert!(matches!(clerk.set_agreement("mine".to_owned()), Err(ChangeError::NotOwner { .. })));
    assert!(office.open().roster().agreement().is_none());
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome, last.staff.as_str()), (Action::Agreement, Outcome::Denied, "bob"));
}

#[test]
fn an_expired_screening_opens_no_group() {
    let (office, session) = retail::office();
    let bob = enrol(&session, "bob", Role::Clerk);
    let note = |expires: &str| NewNote {
        name: "bob".parse().unwrap(),
        kind: NoteKind::Screening,
        on: "2026-01-01".parse().unwrap(),
        expires: Some(expires.parse().unwrap()),
        text: "no entries".to_owned(),
    };
    session.note_about(&note("2026-11-22")).unwrap();
    let clerk = office.open().unlock("bob", &bob).unwrap();
    assert!(clerk.access("retail").is_ok(), "it holds on its last day");
    office.clock.set("2026-11-23T08:00:00Z");
    let refused = clerk.access("retail");
    assert!(matches!(refused, Err(GroupKeyError::Unfit(Unfit::Expired { .. }))));
    session.note_about(&note("2027-11-22")).unwrap();
    clerk.refresh().unwrap();
    assert!(clerk.access("retail").is_ok());
}

#[test]
fn notes_open_for_owners_and_auditors_whatever_the_logs_key_was_when_they_were_written() {
    let (office, session) = retail::office();
    enrol(&session, "bob", Role::Clerk);
    let note = |text: &str| NewNote {
        name: "bob".parse().unwrap(),
        kind: NoteKind::Training,
        on: "2026-11-01".parse().unwrap(),
        expires: None,
        text: text.to_owned(),
    };
    session.note_about(&note("first course")).unwrap();
    session.new_identity(&login(SHEET), WORK).unwrap();
    let session = office.open().unlock("alice", &passphrase(SHEET)).unwrap();
    session.note_about(&note("second course")).unwrap();
    session.new_identity(&login(ALICE), WORK).unwrap();
    let session = office.unlocked();
    session.note_about(&note("third course")).unwrap();
    let ada = enrol(&session, "ada", Role::Auditor);
    let auditor = office.open().unlock("ada", &ada).unwrap();
    let notes = office.open().roster().active(&"bob".parse().unwrap()).unwrap().notes.clone();
    assert_eq!(notes.iter().map(|note| note.epoch).collect::<Vec<_>>(), [1, 2, 3]);
    for reader in [&session, &auditor] {
        let texts: Vec<String> = notes.iter().map(|note| reader.note_text(note).unwrap()).collect();
        assert_eq!(texts, ["first course", "second course", "third course"]);
    }
    let clerk = office.open().unlock("bob", &passphrase(NEW)).unwrap();
    assert!(matches!(clerk.note_text(&notes[0]), Err(GroupKeyError::NotALogReader { .. })));
}

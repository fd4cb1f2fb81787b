//! People come, get groups, lose them and leave: what they can open, what is re-keyed for it, and what the
//! access log says of it. With real records in several groups.

use std::fs;

use vault::access_log::{Action, Event, Makes, Outcome, Role};
use vault::sealed::disk::{Disk as _, RealDisk};
use vault::store::roster::{NoteKind, PolicyChange};
use vault::store::staff::NewNote;
use vault::store::{ChangeError, GroupKeyError, NewStaff, Notice, Strictness, UnlockFailure};

use super::office::{ALICE, Fault, passphrase};
use super::shop::{
    BOB, CAROL, GROUPS, NEW, Shop, WORK, create, enrol, entries, files, files_of, login, name,
};

#[test]
fn a_clerk_opens_the_granted_groups_and_holds_no_other_key() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    let own = ["groups/retail/keys/1/bob.age", "groups/trade/keys/1/bob.age", "staff/bob.1.age"];
    assert_eq!(files_of(&shop.office, "bob"), own);

    let bob = shop.unlock("bob", BOB);
    let groups: Vec<String> = bob.groups().iter().map(|group| group.name.to_string()).collect();
    assert_eq!(groups, ["retail", "trade"]);
    shop.check(&bob, "retail");
    shop.add(&bob, "trade");
    shop.check(&shop.alice, "trade");
    assert!(matches!(bob.access("clinic"), Err(GroupKeyError::NoGrant { .. })));
    assert!(matches!(bob.log_identities(), Err(GroupKeyError::NotALogReader { .. })));
    // No file of the store but their own opens with their identity.
    let identity = shop.office.identity("bob", BOB);
    let opened: Vec<String> = files(&shop.office.root)
        .into_iter()
        .filter(|path| identity.open(&fs::read(path).unwrap()).is_ok())
        .map(|path| path.strip_prefix(&shop.office.root).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(opened, own[..2]);
}

#[test]
fn what_only_owners_may_is_refused_to_others_and_logged() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    for (person, text) in [("bob", BOB), ("carol", CAROL)] {
        let from = shop.count();
        let roster = fs::read(shop.office.layout().roster()).unwrap();
        let session = shop.unlock(person, text);
        let new = NewStaff { name: name("dan"), role: Role::Owner, full_name: None, groups: Vec::new() };
        let on = "2026-11-01".parse().unwrap();
        let note =
            NewNote { name: name("bob"), kind: NoteKind::Training, on, expires: None, text: "x".to_owned() };
        let policy = PolicyChange { idle_minutes: Some(5), ..PolicyChange::default() };
        let refused = [
            session.add_staff(&new, &login(NEW)),
            session.grant(&name("bob"), &name("clinic")),
            session.revoke(&name("bob"), &name("retail"), WORK),
            session.remove_staff(&name("alice"), WORK).map(drop),
            session.reset(&name("alice"), &login(NEW), WORK).map(drop),
            session.rekey_group(&name("retail"), WORK),
            session.note_about(&note),
            session.set_policy(policy),
            session.set_agreement("Hold your tongue.".to_owned()).map(drop),
        ];
        for (number, result) in refused.into_iter().enumerate() {
            assert!(matches!(result, Err(ChangeError::NotOwner { .. })), "{number}: {result:?}");
        }
        let told = shop.told(from);
        assert_eq!(told.len(), 9, "{told:?}");
        assert!(told.iter().all(|line| line.ends_with("(not done)")), "{told:?}");
        assert_eq!(fs::read(shop.office.layout().roster()).unwrap(), roster);
    }
}

#[test]
fn an_auditor_holds_the_access_logs_key_and_no_groups() {
    let shop = Shop::new();
    let before = shop.count();
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    assert_eq!(files_of(&shop.office, "carol"), ["log/keys/1/carol.age", "staff/carol.1.age"]);
    let carol = shop.unlock("carol", CAROL);
    assert!(carol.groups().is_empty());
    for group in GROUPS {
        assert!(matches!(carol.access(group), Err(GroupKeyError::NoGrant { .. })));
    }
    // Old entries and new ones.
    assert_eq!(entries(&shop.office, &carol).len(), before + 2);
}

#[test]
fn a_second_owner_opens_everything_that_was_there_before_and_comes_after() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Owner, &[]);
    let bob = shop.unlock("bob", BOB);
    for group in GROUPS {
        shop.check(&bob, group);
        shop.add(&bob, group);
    }
    assert_eq!(entries(&shop.office, &bob).len(), shop.count());
    create(&bob, "later");
    shop.alice.refresh().unwrap();
    assert!(shop.alice.access("later").is_ok());
    enrol(&bob, "carol", CAROL, Role::Clerk, &["later", "clinic"]);
    shop.check(&shop.unlock("carol", CAROL), "clinic");
    // Either may remove the other, and what the one who stays opens is of new keys.
    bob.remove_staff(&name("alice"), WORK).unwrap();
    for group in GROUPS {
        shop.check(&bob, group);
        assert_eq!(bob.group_key(group).unwrap().epoch, 2);
    }
    assert_eq!(bob.log_identities().unwrap().len(), 2);
    assert_eq!(files_of(&shop.office, "alice"), [""; 0]);
    let gone = shop.office.open().unlock("alice", &passphrase(ALICE));
    assert!(matches!(gone, Err(UnlockFailure::NoSuchPerson { .. })));
}

#[test]
fn after_a_revoke_the_group_has_a_new_key_and_the_rest_stays() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    enrol(&shop.alice, "dan", NEW, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    shop.add(&bob, "retail");
    let old = bob.group_key("retail").unwrap().identity;
    let trade = files(&shop.office.layout().group("trade"));
    shop.alice.revoke(&name("bob"), &name("retail"), WORK).unwrap();

    shop.check_rekeyed(&shop.alice, "retail", &old, 2);
    let dan = shop.unlock("dan", NEW);
    shop.check(&dan, "retail");
    assert_eq!(files_of(&shop.office, "bob"), ["groups/trade/keys/1/bob.age", "staff/bob.1.age"]);
    assert_eq!(files(&shop.office.layout().group("trade")), trade);
    assert_eq!(shop.alice.log_identities().unwrap().len(), 1);
    let bob = shop.unlock("bob", BOB);
    assert!(matches!(bob.access("retail"), Err(GroupKeyError::NoGrant { .. })));
    shop.check(&bob, "trade");
    // What was granted again opens what came meanwhile.
    shop.add(&dan, "retail");
    shop.alice.grant(&name("bob"), &name("retail")).unwrap();
    shop.check(&shop.unlock("bob", BOB), "retail");
}

#[test]
fn after_a_removal_everything_the_person_could_open_has_new_keys() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    let bob = shop.unlock("bob", BOB);
    shop.add(&bob, "trade");
    let old = ["retail", "trade"].map(|group| bob.group_key(group).unwrap().identity);
    let done = shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    assert_eq!(done, (vec![name("retail"), name("trade")], false));
    for (group, old) in ["retail", "trade"].into_iter().zip(&old) {
        shop.check_rekeyed(&shop.alice, group, old, 2);
        // What the person wrote is signed by them still, and believed.
        shop.check(&shop.office.unlocked(), group);
    }
    assert_eq!(shop.alice.group_key("clinic").unwrap().epoch, 1);
    shop.check(&shop.alice, "clinic");
    assert_eq!(files_of(&shop.office, "bob"), [""; 0]);
    let gone = shop.office.open().unlock("bob", &passphrase(BOB));
    assert!(matches!(gone, Err(UnlockFailure::NoSuchPerson { .. })));
    // Somebody else of that name is another person, with another number.
    enrol(&shop.alice, "bob", NEW, Role::Clerk, &["clinic"]);
    let other = shop.unlock("bob", NEW);
    assert_eq!(other.signer_id(), "bob.2");
    assert!(matches!(other.access("retail"), Err(GroupKeyError::NoGrant { .. })));
    shop.check(&other, "clinic");
}

#[test]
fn after_a_reset_the_same_grants_open_with_the_new_passphrase_alone() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    let bob = shop.unlock("bob", BOB);
    shop.add(&bob, "retail");
    let old = ["retail", "trade"].map(|group| bob.group_key(group).unwrap().identity);
    shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
    for (group, old) in ["retail", "trade"].into_iter().zip(&old) {
        shop.check_rekeyed(&shop.alice, group, old, 2);
    }
    let forgotten = shop.office.open().unlock("bob", &passphrase(BOB));
    assert!(matches!(forgotten, Err(UnlockFailure::WrongPassphrase)));
    let bob = shop.unlock("bob", NEW);
    assert_eq!(bob.signer_id(), "bob.2");
    for group in ["retail", "trade"] {
        shop.check(&bob, group);
        shop.add(&bob, group);
        shop.check(&shop.alice, group);
    }
    let own = ["groups/retail/keys/2/bob.age", "groups/trade/keys/2/bob.age", "staff/bob.2.age"];
    assert_eq!(files_of(&shop.office, "bob"), own);
}

#[test]
fn a_torn_record_that_a_rekey_finds_is_moved_aside_said_and_logged() {
    let shop = Shop::new();
    let log = shop.office.layout().log("retail", 2);
    let whole = fs::read(&log).unwrap();
    fs::write(&log, [&whole[..], b"half a record"].concat()).unwrap();
    let from = shop.count();
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    let notices = shop.alice.take_notices();
    let [Notice::TornRecord { group, path }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!((group.as_str(), fs::read(path).unwrap().as_slice()), ("retail", &b"half a record"[..]));
    let logged = entries(&shop.office, &shop.alice).split_off(from);
    let told = logged.iter().filter_map(|opened| opened.entry.detail.as_deref());
    assert_eq!(told.filter(|detail| detail.starts_with("torn record moved to aside/")).count(), 1);
    shop.check(&shop.alice, "retail");
}

#[test]
fn a_group_can_be_rekeyed_again_and_again() {
    let mut shop = Shop::new();
    for epoch in 2..5 {
        let old = shop.alice.group_key("retail").unwrap().identity;
        shop.alice.rekey_group(&name("retail"), WORK).unwrap();
        shop.check_rekeyed(&shop.alice, "retail", &old, epoch);
        let alice = shop.office.unlocked();
        shop.add(&alice, "retail");
        shop.check(&shop.office.unlocked(), "retail");
    }
    let unknown = shop.alice.rekey_group(&name("nothing"), WORK);
    assert!(matches!(unknown, Err(ChangeError::Key(GroupKeyError::UnknownGroup { .. }))));
}

#[test]
fn removing_an_auditor_rekeys_the_log_and_the_next_auditor_reads_all_of_it() {
    let shop = Shop::new();
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let carol = shop.unlock("carol", CAROL);
    let old = carol.log_identities().unwrap();
    assert_eq!(old.len(), 1);
    let done = shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    assert_eq!(done, (Vec::new(), true));
    let before = shop.count();
    shop.alice.log().append(&Event::new(Action::Verify, Outcome::Success)).unwrap();
    let readers = shop.office.sealed_entries();
    assert_eq!(readers.len(), before + 1);
    for (number, sealed) in readers.iter().enumerate() {
        assert_eq!(old[0].open(sealed).is_ok(), number < before, "entry {number}");
    }
    assert_eq!(RealDisk.list(&shop.office.layout().access_log_keys()).unwrap(), ["2"]);
    assert_eq!(files_of(&shop.office, "carol"), [""; 0]);

    enrol(&shop.alice, "dan", NEW, Role::Auditor, &[]);
    let dan = shop.unlock("dan", NEW);
    assert_eq!(dan.log_identities().unwrap().len(), 2);
    assert_eq!(entries(&shop.office, &dan).len(), before + 3);
}

#[test]
fn notes_and_policy_stand_in_the_roster_and_only_the_logs_readers_read_notes() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let expires = Some("2027-11-01".parse().unwrap());
    let on = "2026-11-01".parse().unwrap();
    let note = NewNote {
        name: name("bob"),
        kind: NoteKind::Screening,
        on,
        expires,
        text: "References were asked.".to_owned(),
    };
    shop.alice.note_about(&note).unwrap();
    // The log gets a new key meanwhile: the note is of the old one.
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    let alice = shop.office.unlocked();
    let found = alice.roster().active(&name("bob")).unwrap().notes[0].clone();
    assert_eq!((found.kind, found.on, found.expires, found.by.as_str()), (note.kind, on, expires, "alice.1"));
    assert_eq!(alice.note_text(&found).unwrap(), note.text);
    let bob = shop.unlock("bob", BOB);
    assert!(matches!(bob.note_text(&found), Err(GroupKeyError::NotALogReader { .. })));
    assert!(!fs::read_to_string(shop.office.layout().roster()).unwrap().contains("References"));

    let policy = PolicyChange { sandbox: Some(Strictness::Warn), ..PolicyChange::default() };
    alice.set_policy(policy).unwrap();
    assert_eq!(shop.office.unlocked().roster().policy().sandbox, Strictness::Warn);
}

#[test]
fn every_change_is_in_the_access_log() {
    let shop = Shop::new();
    let from = shop.count();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    shop.alice.grant(&name("bob"), &name("clinic")).unwrap();
    shop.alice.revoke(&name("bob"), &name("clinic"), WORK).unwrap();
    shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
    shop.alice.rekey_group(&name("trade"), WORK).unwrap();
    let policy = PolicyChange { idle_minutes: Some(5), ..PolicyChange::default() };
    shop.alice.set_policy(policy).unwrap();
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    let record = |group: &str| {
        let found = entries(&shop.office, &shop.alice).into_iter().rfind(|opened| {
            opened.entry.action == Action::Add && opened.entry.group.as_deref() == Some(group)
        });
        found.unwrap().entry.seq
    };
    let (clinic, retail, trade) = (record("clinic"), record("retail"), record("trade"));
    let expected = [
        "alice add bob, clerk; roster 4 [retail]".to_owned(),
        "alice add carol, auditor; roster 5".to_owned(),
        "alice grant to bob; roster 6 [clinic]".to_owned(),
        format!("alice rekey to epoch 2, generation 3; records 2={clinic} [clinic]"),
        "alice revoke from bob; roster 7 [clinic]".to_owned(),
        format!("alice rekey to epoch 2, generation 3; records 2={retail} [retail]"),
        "alice reset bob; roster 8".to_owned(),
        format!("alice rekey to epoch 2, generation 3; records 2={trade} [trade]"),
        "alice rekey; roster 9 [trade]".to_owned(),
        "alice set idle_minutes=5; roster 10".to_owned(),
        "alice remove carol; roster 11".to_owned(),
        "alice rekey to epoch 3, generation 4 [retail]".to_owned(),
        "alice remove bob; roster 12".to_owned(),
    ];
    assert_eq!(shop.told(from), expected);
    // Every line of the roster that needs an entry names one that is there.
    let roster = shop.office.open().roster().clone();
    let marks: Vec<_> = roster.entries().collect();
    assert_eq!(marks.len(), 12);
    let entries = entries(&shop.office, &shop.alice);
    for (line, mark) in marks {
        let entry = &entries[usize::try_from(mark.seq).unwrap() - 1];
        assert_eq!(entry.hash, mark.hash, "roster line {line}");
        let detail = entry.entry.detail.as_deref().unwrap();
        assert!(Makes::of(detail).any(|made| made == Makes::Roster(line)), "line {line}: {detail}");
    }
}

#[test]
fn a_change_that_fails_anywhere_leaves_nobody_with_a_key() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let (count, mut limit) = (files_of(&shop.office, "bob").len(), 0);
    loop {
        let alice = shop.office.unlocked();
        shop.office.disk.set(Some(Fault::Change(limit)));
        let granted = alice.grant(&name("bob"), &name("clinic"));
        shop.office.disk.set(None);
        let roster = shop.office.open().roster().clone();
        let is_granted = roster.members("clinic").iter().any(|member| member.name == name("bob"));
        assert!(is_granted || granted.is_err());
        if is_granted {
            break;
        }
        // Where the disk did not confirm the line, the next to hold the store asks the roster.
        shop.office.unlocked().finish_pending().unwrap();
        assert_eq!(files_of(&shop.office, "bob").len(), count, "after change {limit}");
        limit += 1;
    }
    assert!(limit > 5, "{limit}");
    shop.check(&shop.unlock("bob", BOB), "clinic");
}

#[test]
fn key_files_that_a_crash_left_before_the_roster_line_are_swept_away() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let layout = shop.office.layout();
    let roster = shop.office.open().roster().clone();
    let key = |group: &str| shop.alice.group_key(group).unwrap().identity.to_text();
    let seal =
        |person: &str, text: &str| roster.person(person).unwrap().recipient.seal(text.as_bytes()).unwrap();
    let left = [
        (layout.key("clinic", 1, "bob"), seal("bob", &key("clinic"))),
        (layout.key("retail", 1, "carol"), seal("carol", &key("retail"))),
        (layout.access_log_key(1, "bob"), seal("bob", &shop.alice.log_identities().unwrap()[0].to_text())),
    ];
    for (path, sealed) in &left {
        fs::write(path, sealed).unwrap();
    }
    let _ = shop.alice.take_notices();
    shop.alice.finish_pending().unwrap();
    let told = |notice: &Notice| matches!(notice, Notice::StrayKey(stray) if stray.name == "bob" || stray.name == "carol");
    assert_eq!(shop.alice.take_notices().iter().filter(|notice| told(notice)).count(), 3, "each is told");
    for (path, _) in &left {
        assert!(!path.exists(), "{}", path.display());
    }
    assert!(layout.key("retail", 1, "bob").exists() && layout.access_log_key(1, "carol").exists());
    shop.check(&shop.unlock("bob", BOB), "retail");
}

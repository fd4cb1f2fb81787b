//! What a change of the roster must be to stand in it: each rule broken once, and who could do what when.
//! Long, because it is one table: each rule broken once, beside the fault that tells of it.

use data_encoding::BASE64;
use proptest::prelude::*;
use vault::access_log::Role;
use vault::sealed::disk::RealDisk;
use vault::sealed::identity::Identity;
use vault::sealed::signed::Digest;
use vault::store::roster::{
    AGREEMENT_LIMIT, AcceptChange, AddChange, AgreeChange, AgreementChange, Change, Fault, GoesOn,
    GrantChange, IdentityChange, IdentityEntry, Known, NoteChange, NoteKind, PolicyChange, RecoverChange,
    Rekey, RemoveChange, RevokeChange, Roster,
};
use vault::store::{Name, Strictness};

use super::book::{Book, ENTRY, add, group};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn grant(person: &str, group: &str) -> Change {
    Change::Grant(GrantChange { name: name(person), group: name(group) })
}

fn revoke(person: &str, group: &str, rekey: Rekey) -> Change {
    Change::Revoke(RevokeChange { name: name(person), group: name(group), rekey })
}

fn remove(person: &str, rekey: Rekey) -> Change {
    Change::Remove(RemoveChange { name: name(person), rekey })
}

fn renew(identity: IdentityEntry, rekey: Rekey) -> Change {
    Change::Identity(Box::new(IdentityChange { identity, rekey }))
}

fn recover(owner: IdentityEntry, recovery: IdentityEntry, rekey: Rekey) -> Change {
    Change::Recover(Box::new(RecoverChange { owner, recovery, rekey }))
}

fn note(person: &str) -> NoteChange {
    NoteChange {
        name: name(person),
        kind: NoteKind::Training,
        on: "2026-11-01".parse().unwrap(),
        expires: Some("2027-11-01".parse().unwrap()),
        text: BASE64.encode(b"sealed"),
    }
}

fn agreement(version: u32, text: &str) -> Change {
    Change::Agreement(AgreementChange { version, text: text.to_owned() })
}

fn agree(version: u32, text: &str) -> Change {
    Change::Agree(AgreeChange { version, sha256: Digest::of(text.as_bytes()) })
}

fn idle(minutes: u16) -> PolicyChange {
    PolicyChange { idle_minutes: Some(minutes), ..PolicyChange::default() }
}

fn signer(signer: &str) -> Fault {
    Fault::Signer { signer: signer.to_owned() }
}

/// An office with everybody in it: the owners alice and dan, the clerks bob (a and b) and frank (a, his
/// second identity), the auditor carol; the owner erin was removed. An agreement is in force.
fn office() -> Book {
    let mut book = Book::new();
    book.add("bob", Role::Clerk, &["a", "b"]);
    book.add("carol", Role::Auditor, &[]);
    book.add("dan", Role::Owner, &[]);
    book.add("erin", Role::Owner, &[]);
    book.add("frank", Role::Clerk, &["a"]);
    book.remove("erin");
    let (rekey, identity) = (book.all_of("frank"), book.identity("frank", 2));
    book.make("alice.1", renew(identity, rekey));
    book.make("alice.1", agreement(1, "Hold your tongue."));
    book
}

/// One change of each kind that only an owner may make, and that stands when one does.
fn of_owners(book: &mut Book) -> Vec<Change> {
    let identity = book.identity("grace", 1);
    let second = book.identity("carol", 2);
    vec![
        group("d", "0D"),
        add(identity, Role::Clerk, &["a"]),
        grant("bob", "c"),
        revoke("bob", "a", book.rekey(&["a"], false)),
        remove("bob", book.rekey(&["a", "b"], false)),
        Change::Rekey(book.rekey(&["b", "c"], true)),
        Change::Note(note("bob")),
        agreement(2, "Hold it better."),
        Change::Policy(idle(5)),
        renew(second, book.rekey(&[], true)),
        book.accepting(),
    ]
}

#[test]
fn whoever_is_no_owner_in_force_changes_nothing() {
    let mut book = office();
    for change in of_owners(&mut book) {
        assert_eq!(book.fault("alice.1", change.clone()), None, "{change:?}");
        assert_eq!(book.fault("dan.1", change.clone()), None, "{change:?}");
        let not_entitled =
            ["bob.1", "carol.1", "erin.1", "frank.1", "frank.2", "recovery.1", "dan.2", "alice", ""];
        for who in not_entitled {
            // Carol may renew her own identity: that one she is entitled to.
            if who == "carol.1" && matches!(change, Change::Identity(_)) {
                assert_eq!(book.fault(who, change.clone()), None);
                continue;
            }
            assert_eq!(book.fault(who, change.clone()), Some(signer(who)), "{who}: {change:?}");
        }
    }
    // Whoever names an owner and has not the key of that owner.
    let stranger = Identity::generate();
    let forged =
        book.roster.prepare(grant("bob", "c"), ENTRY, &stranger.signing_key(), "alice.1", super::book::now());
    assert!(forged.unwrap_err().to_string().contains("signature"));
}

#[test]
fn everybody_renews_their_own_identity_and_agrees_for_themselves() {
    let mut book = office();
    for (person, number) in [("bob", 1), ("carol", 1), ("dan", 1), ("frank", 2), ("alice", 1)] {
        let who = format!("{person}.{number}");
        let (rekey, identity) = (book.all_of(person), book.identity(person, number + 1));
        assert_eq!(book.fault(&who, renew(identity, rekey)), None, "{who}");
        assert_eq!(book.fault(&who, agree(1, "Hold your tongue.")), None, "{who}");
    }
    assert_eq!(book.fault("recovery.1", agree(1, "Hold your tongue.")), Some(signer("recovery.1")));
    assert_eq!(book.fault("erin.1", agree(1, "Hold your tongue.")), Some(signer("erin.1")));
    let (rekey, identity) = (book.all_of("recovery"), book.identity("recovery", 2));
    let sheet = renew(identity, rekey);
    assert_eq!(book.fault("recovery.1", sheet.clone()), Some(signer("recovery.1")));
    assert_eq!(book.fault("alice.1", sheet), None);
    let (rekey, owner, sheet) =
        (book.all_of("alice"), book.identity("alice", 2), book.identity("recovery", 2));
    let recovered = recover(owner, sheet, rekey);
    for who in ["alice.1", "bob.1", "carol.1", "dan.1", "erin.1", "frank.1"] {
        assert_eq!(book.fault(who, recovered.clone()), Some(signer(who)), "{who}");
    }
    assert_eq!(book.fault("recovery.1", recovered), None);
}

#[test]
fn every_line_but_a_groups_names_its_entry() {
    let mut book = office();
    let (rekey, owner, sheet) =
        (book.all_of("alice"), book.identity("alice", 2), book.identity("recovery", 2));
    let recovered = recover(owner, sheet, rekey);
    let mut all: Vec<(&str, Change)> =
        of_owners(&mut book).into_iter().map(|change| ("alice.1", change)).collect();
    all.extend([("recovery.1", recovered), ("bob.1", agree(1, "Hold your tongue."))]);
    for (who, change) in all {
        let refused = book.prepare(who, change.clone(), None).err();
        let may_go_without = matches!(change, Change::Group(_));
        assert_eq!(refused, (!may_go_without).then_some(Fault::Entry), "{change:?}");
        assert!(book.prepare(who, change, ENTRY).is_ok());
    }
}

/// What re-keys somebody's things wrongly, given how it is right: less, more, twice, unsorted, other epochs, the
/// same key.
fn wrong_rekeys(book: &mut Book, groups: &[&str], log: bool) -> Vec<(&'static str, Rekey)> {
    let right = book.rekey(groups, log);
    let change = |what, change: &dyn Fn(&mut Rekey)| {
        let mut rekey = right.clone();
        change(&mut rekey);
        (what, rekey)
    };
    let more = book.rekey(&["c"], true);
    let mut wrong = vec![change("the log as well, or not", &|rekey| {
        rekey.log = if log { None } else { more.log.clone() };
    })];
    if !groups.is_empty() {
        let in_force = book.roster.group(groups[0]).unwrap().commitment;
        wrong.extend([
            change("nothing", &|rekey| *rekey = Rekey::default()),
            change("less", &|rekey| drop(rekey.groups.pop())),
            change("twice", &|rekey| rekey.groups.push(rekey.groups[rekey.groups.len() - 1].clone())),
            change("the same epoch", &|rekey| rekey.groups[0].epoch -= 1),
            change("an epoch left out", &|rekey| rekey.groups[0].epoch += 1),
            change("an epoch before the first", &|rekey| rekey.groups[0].epoch = 0),
            change("the same key", &|rekey| rekey.groups[0].commitment = in_force),
        ]);
    }
    if groups.len() > 1 {
        wrong.push(change("unsorted", &|rekey| rekey.groups.reverse()));
    }
    if !groups.contains(&"c") {
        wrong.push(change("more", &|rekey| rekey.groups.push(more.groups[0].clone())));
    }
    if log {
        let recipient = book.roster.log_key().recipient.clone();
        let log = |edit: &dyn Fn(&mut vault::store::roster::LogKey)| {
            let mut log = right.log.clone().unwrap();
            edit(&mut log);
            Some(log)
        };
        let same = log(&|log| log.epoch -= 1);
        let later = log(&|log| log.epoch += 1);
        let known = log(&|log| log.recipient = recipient.clone());
        wrong.extend([
            change("the log's same epoch", &|rekey| rekey.log.clone_from(&same)),
            change("the log's epoch after the next", &|rekey| rekey.log.clone_from(&later)),
            change("the log's same key", &|rekey| rekey.log.clone_from(&known)),
        ]);
    }
    wrong
}

#[test]
fn what_somebody_loses_is_rekeyed_exactly() {
    let mut book = office();
    for (what, rekey) in wrong_rekeys(&mut book, &["a"], false) {
        assert_eq!(book.fault("alice.1", revoke("bob", "a", rekey)), Some(Fault::Rekey), "revoke: {what}");
    }
    let other = book.rekey(&["b"], false);
    assert_eq!(book.fault("alice.1", revoke("bob", "a", other)), Some(Fault::Rekey));
    let cases: [(&str, u32, &[&str], bool); 3] =
        [("bob", 1, &["a", "b"], false), ("carol", 1, &[], true), ("dan", 1, &["a", "b", "c"], true)];
    for (person, number, groups, log) in cases {
        let identity = book.identity(person, number + 1);
        let sheet = book.identity("recovery", 2);
        for (what, rekey) in wrong_rekeys(&mut book, groups, log) {
            let removed = book.fault("alice.1", remove(person, rekey.clone()));
            assert_eq!(removed, Some(Fault::Rekey), "remove {person}: {what}");
            let renewed = book.fault("alice.1", renew(identity.clone(), rekey.clone()));
            assert_eq!(renewed, Some(Fault::Rekey), "renew {person}: {what}");
            if person == "dan" {
                let recovered = book.fault("recovery.1", recover(identity.clone(), sheet.clone(), rekey));
                assert_eq!(recovered, Some(Fault::Rekey), "recover: {what}");
            }
        }
        let right = book.rekey(groups, log);
        assert_eq!(book.fault("alice.1", remove(person, right.clone())), None);
        assert_eq!(book.fault("alice.1", renew(identity, right)), None);
    }
    let mut unknown = book.rekey(&["a"], false);
    unknown.groups[0].name = name("z");
    assert_eq!(book.fault("alice.1", Change::Rekey(unknown)), Some(Fault::NoSuchGroup { name: name("z") }));
    assert_eq!(book.fault("alice.1", Change::Rekey(Rekey::default())), Some(Fault::Rekey));
    for (what, rekey) in wrong_rekeys(&mut book, &["a", "b"], true) {
        // A plain re-key may take any groups, but not one twice, unsorted, or to another epoch.
        let any = ["the log as well, or not", "less", "more"].contains(&what);
        let expected = (!any).then_some(Fault::Rekey);
        assert_eq!(book.fault("alice.1", Change::Rekey(rekey)), expected, "rekey: {what}");
    }
}

#[test]
fn an_identity_is_new_and_has_the_next_number() {
    let mut book = office();
    let fresh = book.identity("grace", 1);
    let renewed = |book: &Book, identity: IdentityEntry| {
        let rekey = Rekey { groups: Vec::new(), log: None };
        book.fault("alice.1", renew(identity, rekey))
    };
    for number in [0, 2, 3, u32::MAX] {
        let wrong = IdentityEntry { number, ..fresh.clone() };
        assert_eq!(book.fault("alice.1", add(wrong, Role::Clerk, &[])), Some(Fault::Count), "{number}");
    }
    // The number of one who left is not given again.
    let again = IdentityEntry { name: name("erin"), ..fresh.clone() };
    assert_eq!(book.fault("alice.1", add(again, Role::Clerk, &[])), Some(Fault::Count));
    let second = IdentityEntry { name: name("erin"), number: 2, ..fresh.clone() };
    assert_eq!(book.fault("alice.1", add(second, Role::Clerk, &[])), None);
    for (known, number) in [("alice", 1), ("recovery", 1), ("erin", 1), ("frank", 1), ("frank", 2)] {
        let known = book.known(known, number);
        let same_key = IdentityEntry { key: known.key, ..fresh.clone() };
        let same_recipient = IdentityEntry { recipient: known.recipient, ..fresh.clone() };
        for reused in [same_key, same_recipient] {
            assert_eq!(book.fault("alice.1", add(reused.clone(), Role::Clerk, &[])), Some(Fault::Reused));
            let reused = IdentityEntry { name: name("bob"), number: 2, ..reused };
            assert_eq!(renewed(&book, reused), Some(Fault::Reused));
        }
    }
    for number in [0, 1, 2, 4] {
        let wrong = IdentityEntry { name: name("frank"), number, ..fresh.clone() };
        assert_eq!(renewed(&book, wrong), Some(Fault::Count), "{number}");
    }
    let nobody = IdentityEntry { name: name("henry"), ..fresh.clone() };
    assert_eq!(renewed(&book, nobody), Some(Fault::NoSuchPerson { name: name("henry") }));
    let sheet = IdentityEntry { name: name("recovery"), number: 2, ..fresh.clone() };
    assert_eq!(book.fault("alice.1", add(sheet.clone(), Role::Owner, &[])), Some(Fault::Reserved));

    let rekey = book.all_of("alice");
    let owner = book.identity("alice", 2);
    let refused = |owner: &IdentityEntry, sheet: &IdentityEntry| {
        book.fault("recovery.1", recover(owner.clone(), sheet.clone(), rekey.clone()))
    };
    assert_eq!(refused(&owner, &sheet), None);
    assert_eq!(refused(&IdentityEntry { number: 3, ..owner.clone() }, &sheet), Some(Fault::Count));
    assert_eq!(refused(&owner, &IdentityEntry { number: 1, ..sheet.clone() }), Some(Fault::Count));
    assert_eq!(refused(&owner, &IdentityEntry { key: owner.key, ..sheet.clone() }), Some(Fault::Reused));
    let same = IdentityEntry { recipient: owner.recipient.clone(), ..sheet.clone() };
    assert_eq!(refused(&owner, &same), Some(Fault::Reused));
    let carol = IdentityEntry { name: name("carol"), ..owner.clone() };
    assert_eq!(refused(&carol, &sheet), Some(Fault::Role { name: name("carol") }));
    let nobody = IdentityEntry { name: name("henry"), number: 1, ..owner.clone() };
    assert_eq!(refused(&nobody, &sheet), Some(Fault::NoSuchPerson { name: name("henry") }));
    let not_a_sheet = IdentityEntry { name: name("henry"), number: 1, ..sheet.clone() };
    assert_eq!(refused(&owner, &not_a_sheet), Some(Fault::Reserved));
    let fresh_sheet = IdentityEntry { key: fresh.key, recipient: fresh.recipient.clone(), ..owner };
    let sheet_for_sheet = IdentityEntry { name: name("recovery"), number: 2, ..fresh_sheet };
    let other_sheet = book.known("recovery", 1);
    assert_eq!(refused(&sheet_for_sheet, &other_sheet), Some(Fault::Count));
}

#[test]
fn people_grants_and_groups_must_fit() {
    let mut book = office();
    let fresh = book.identity("grace", 1);
    let no_group = || Some(Fault::NoSuchGroup { name: name("z") });
    let nobody = |who: &str| Some(Fault::NoSuchPerson { name: name(who) });
    let wrong_role = |who: &str| Some(Fault::Role { name: name(who) });
    let named = |text: &str| {
        let full_name = Some(text.to_owned());
        let identity = fresh.clone();
        Change::Add(Box::new(AddChange { identity, role: Role::Clerk, full_name, groups: Vec::new() }))
    };
    let bob_again = IdentityEntry { name: name("bob"), number: 2, ..fresh.clone() };
    let rekey = book.rekey(&["c"], false);
    let (of_a, of_sheet, of_alice, of_erin) =
        (book.rekey(&["a"], false), book.all_of("recovery"), book.all_of("alice"), book.rekey(&[], false));
    let long = "x".repeat(201);
    let table: Vec<(Change, Option<Fault>)> = vec![
        (add(bob_again, Role::Clerk, &[]), Some(Fault::PersonExists { name: name("bob") })),
        (add(fresh.clone(), Role::Clerk, &["a", "a"]), Some(Fault::Grant)),
        (add(fresh.clone(), Role::Auditor, &["a"]), Some(Fault::Grant)),
        (add(fresh.clone(), Role::Owner, &["a"]), Some(Fault::Grant)),
        (add(fresh.clone(), Role::Clerk, &["z"]), no_group()),
        (named("Grace Hopper"), None),
        (named(&long[..200]), None),
        (named(&long), Some(Fault::FullName)),
        (named(""), Some(Fault::FullName)),
        (named("Grace\nHopper"), Some(Fault::FullName)),
        (named("Grace\u{9b}2J"), Some(Fault::FullName)),
        (grant("bob", "a"), Some(Fault::Grant)),
        (grant("bob", "z"), no_group()),
        (grant("erin", "a"), nobody("erin")),
        (grant("carol", "a"), wrong_role("carol")),
        (grant("dan", "a"), wrong_role("dan")),
        (grant("recovery", "a"), wrong_role("recovery")),
        (revoke("bob", "c", rekey.clone()), Some(Fault::Grant)),
        (revoke("dan", "c", rekey.clone()), Some(Fault::Grant)),
        (revoke("erin", "c", rekey), nobody("erin")),
        (revoke("frank", "a", of_a), None),
        (remove("alice", of_alice), Some(Fault::Oneself)),
        (remove("recovery", of_sheet), Some(Fault::Reserved)),
        (remove("erin", of_erin), nobody("erin")),
        (group("a", "0D"), Some(Fault::GroupExists { name: name("a") })),
        (group("d", "0A"), Some(Fault::Prefix { prefix: "0A".to_owned() })),
    ];
    for (change, expected) in table {
        assert_eq!(book.fault("alice.1", change.clone()), expected, "{change:?}");
    }
}

#[test]
fn notes_agreements_and_policy_must_fit() {
    let mut book = office();
    let day = |text: &str| text.parse().unwrap();
    let long = "A".repeat(AGREEMENT_LIMIT + 1);
    let noted = |edit: &dyn Fn(&mut NoteChange)| {
        let mut note = note("bob");
        edit(&mut note);
        Change::Note(note)
    };
    let days = |backup, drill| PolicyChange {
        backup_days: Some(backup),
        drill_days: Some(drill),
        ..PolicyChange::default()
    };
    let warn = PolicyChange { sandbox: Some(Strictness::Warn), ..PolicyChange::default() };
    let policy = [
        (PolicyChange::default(), true),
        (warn, false),
        (idle(0), true),
        (idle(1), false),
        (idle(480), false),
        (idle(481), true),
        (days(0, 1), true),
        (days(1, 0), true),
        (days(1, 1), false),
        (days(3650, 3650), false),
        (days(3651, 1), true),
        (days(1, 3651), true),
    ];
    let mut table: Vec<(Change, Option<Fault>)> = vec![
        (noted(&|note| note.expires = None), None),
        (noted(&|note| note.expires = Some(note.on)), None),
        (noted(&|note| note.expires = Some(day("2026-10-31"))), Some(Fault::Date)),
        (noted(&|note| note.text = "not Base64!".to_owned()), Some(Fault::Text)),
        (noted(&|note| note.text = "A".repeat(16 * 1024)), None),
        (noted(&|note| note.text = "A".repeat(16 * 1024 + 4)), Some(Fault::Text)),
        (noted(&|note| note.name = name("erin")), Some(Fault::NoSuchPerson { name: name("erin") })),
        (agreement(2, "More."), None),
        (agreement(1, "More."), Some(Fault::Count)),
        (agreement(3, "More."), Some(Fault::Count)),
        (agreement(0, "More."), Some(Fault::Count)),
        (agreement(2, ""), Some(Fault::Text)),
        (agreement(2, " \n"), Some(Fault::Text)),
        (agreement(2, &long[1..]), None),
        (agreement(2, &long), Some(Fault::Text)),
        (agree(1, "Hold your tongue."), None),
        (agree(2, "Hold your tongue."), Some(Fault::Agreement)),
        (agree(0, "Hold your tongue."), Some(Fault::Agreement)),
        (agree(1, "Speak."), Some(Fault::Agreement)),
    ];
    table.extend(policy.map(|(change, refused)| (Change::Policy(change), refused.then_some(Fault::Policy))));
    for (change, expected) in table {
        assert_eq!(book.fault("alice.1", change.clone()), expected, "{change:?}");
    }
    book.make("bob.1", agree(1, "Hold your tongue."));
    assert_eq!(book.fault("bob.1", agree(1, "Hold your tongue.")), Some(Fault::Agreement));
    assert_eq!(Book::new().fault("alice.1", agree(1, "Hold your tongue.")), Some(Fault::Agreement));
    book.make("alice.1", agreement(2, "More."));
    assert_eq!(book.fault("bob.1", agree(1, "Hold your tongue.")), Some(Fault::Agreement));
    assert_eq!(book.fault("bob.1", agree(2, "More.")), None);
}

#[test]
fn a_signature_holds_from_the_grant_to_before_the_revoke_and_no_longer_than_the_identity() {
    let mut book = Book::new();
    let added = book.add("bob", Role::Clerk, &["a"]);
    let granted = book.make("alice.1", grant("bob", "b"));
    let rekey = book.rekey(&["a"], false);
    let revoked = book.make("alice.1", revoke("bob", "a", rekey));
    let (rekey, second) = (book.all_of("bob"), book.identity("bob", 2));
    let renewed = book.make("bob.1", renew(second, rekey));
    let again = book.make("alice.1", grant("bob", "a"));
    let created = book.make("alice.1", group("d", "0D"));
    let dan = book.add("dan", Role::Owner, &[]);
    book.add("carol", Role::Auditor, &[]);
    let removed = book.remove("bob");
    let without = book.remove("dan");
    let end = book.make("alice.1", Change::Policy(idle(5)));

    let holds = |who: &str, group: &str| -> Vec<u64> {
        (0..=end).filter(|seq| book.roster.signer_key(who, group, book.at(*seq)).is_some()).collect()
    };
    let lines = |from: u64, until: u64| (from..until).collect::<Vec<u64>>();
    assert_eq!(holds("bob.1", "a"), lines(added, revoked));
    assert_eq!(holds("bob.1", "b"), lines(granted, renewed));
    assert_eq!(holds("bob.2", "b"), lines(renewed, removed));
    assert_eq!(holds("bob.2", "a"), lines(again, removed));
    assert_eq!(holds("dan.1", "a"), lines(dan, without));
    assert_eq!(holds("dan.1", "d"), lines(dan, without));
    assert_eq!(holds("alice.1", "d"), lines(created, end + 1));
    for (who, group) in [
        ("bob.1", "c"),
        ("bob.2", "d"),
        ("carol.1", "a"),
        ("recovery.1", "a"),
        ("bob.3", "a"),
        ("bob.1", "z"),
    ] {
        assert_eq!(holds(who, group), [0; 0], "{who} {group}");
    }
    // The access log's entries are believed of everybody who ever was.
    for who in ["bob.1", "bob.2", "dan.1", "carol.1", "recovery.1"] {
        assert!(book.roster.key_of(who).is_some(), "{who}");
    }
    let revocation = book.roster.group("a").unwrap();
    assert_eq!((revocation.epoch, revocation.key_since), (4, without));
}

/// Does something that stands in the roster, chosen by three numbers; nothing when there is no such thing.
fn random_change(book: &mut Book, (what, one, other): (u8, u8, u8)) {
    let everybody: Vec<Name> = book.roster.staff().map(|person| person.member.name.clone()).collect();
    let person = everybody[usize::from(one) % everybody.len()].clone();
    let groups: Vec<Name> = book.roster.groups().iter().map(|group| group.name.clone()).collect();
    let chosen = groups[usize::from(other) % groups.len()].clone();
    let role = book.roster.person(person.as_str()).unwrap().role;
    let granted: Vec<Name> = book.roster.active(&person).unwrap().granted().cloned().collect();
    let number = book.roster.next_number(&person);
    let change = match what % 12 {
        0 => {
            let role = [Role::Clerk, Role::Clerk, Role::Auditor, Role::Owner][usize::from(other) % 4];
            let name: Name = format!("p{one}").parse().unwrap();
            if book.roster.active(&name).is_some() {
                return;
            }
            let next = book.roster.next_number(&name);
            let identity = book.identity(name.as_str(), next);
            add(identity, role, if role == Role::Clerk { &["a", "c"] } else { &[] })
        }
        1 if role == Role::Clerk && !granted.contains(&chosen) => grant(person.as_str(), chosen.as_str()),
        2 if granted.contains(&chosen) => {
            let rekey = book.rekey(&[chosen.as_str()], false);
            revoke(person.as_str(), chosen.as_str(), rekey)
        }
        3 if person.as_str() != "alice" => remove(person.as_str(), book.all_of(person.as_str())),
        4 if person.as_str() != "alice" => {
            let (rekey, identity) = (book.all_of(person.as_str()), book.identity(person.as_str(), number));
            renew(identity, rekey)
        }
        5 => Change::Rekey(book.rekey(&[chosen.as_str()], one.is_multiple_of(2))),
        6 => Change::Note(note(person.as_str())),
        7 => agreement(book.roster.agreement().map_or(1, |agreement| agreement.version + 1), "Text."),
        8 => Change::Policy(idle(u16::from(one) + 1)),
        9 => {
            let new = format!("g{one}");
            let prefix = format!("{}{}", char::from(b'1' + one % 9), char::from(b'A' + one % 8));
            let taken = book.roster.groups().iter().any(|group| group.prefix == prefix);
            if taken || book.roster.group(&new).is_some() {
                return;
            }
            group(&new, &prefix)
        }
        10 => book.accepting(),
        _ => return,
    };
    book.make("alice.1", change);
}

/// A roster in words, with all that it says of people and keys.
fn in_words(roster: &Roster) -> String {
    format!("{roster:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_changed_is_read_as_it_was_written_from_any_line_on(
        steps in proptest::collection::vec(any::<(u8, u8, u8)>(), 1..24)
    ) {
        let mut book = Book::new();
        for step in steps {
            random_change(&mut book, step);
        }
        let whole = book.bytes();
        let path = book.path();
        let read = Roster::read(&RealDisk, &path).unwrap();
        prop_assert_eq!(in_words(&read), in_words(&book.roster));
        prop_assert!(read.read_on(&RealDisk).unwrap().is_none());
        let ends = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1);
        for end in ends.filter(|end| *end < whole.len()) {
            std::fs::write(&path, &whole[..end]).unwrap();
            let prefix = Roster::read(&RealDisk, &path).unwrap();
            prop_assert!(read.read_on(&RealDisk).is_err(), "a shorter roster passes for the longer");
            std::fs::write(&path, &whole).unwrap();
            let on = prefix.read_on(&RealDisk).unwrap().unwrap();
            prop_assert_eq!(in_words(&on), in_words(&read));
        }
    }
}

#[test]
fn accepting_rekeys_every_group_exactly_and_not_the_access_log() {
    let mut book = office();
    for (what, rekey) in wrong_rekeys(&mut book, &["a", "b", "c"], false) {
        let Change::Accept(change) = book.accepting() else { panic!() };
        let change = Change::Accept(Box::new(AcceptChange { rekey, ..*change }));
        assert_eq!(book.fault("alice.1", change), Some(Fault::Rekey), "{what}");
    }
    let accepting = book.accepting();
    book.make("dan.1", accepting);
    let [accepted] = book.roster.accepts() else { panic!() };
    assert_eq!((accepted.by.as_str(), accepted.line), ("dan.1", book.roster.mark()));
    let key_since: Vec<u64> = book.roster.groups().iter().map(|group| group.key_since).collect();
    assert_eq!(key_since, [accepted.line.seq; 3]);
}

#[test]
fn a_roster_goes_on_by_more_lines_or_by_an_accepting_line_of_a_known_owner() {
    let mut book = office();
    let (before, bytes) = (book.roster.clone(), book.bytes());
    book.make("alice.1", grant("bob", "c"));
    let seen = book.roster.known();
    assert_eq!(book.roster.goes_on_from(&before.known()).unwrap(), GoesOn::Further);
    assert!(before.goes_on_from(&seen).is_err(), "an older one put back");

    // Without that line, accepted by one whom both histories know as an owner.
    std::fs::write(book.path(), bytes).unwrap();
    book.roster = before;
    let accepting = book.accepting();
    book.make("dan.1", accepting);
    let accepted = &book.roster;
    let Ok(GoesOn::Restored(told)) = accepted.goes_on_from(&seen) else { panic!() };
    assert_eq!(told.by, "dan.1");
    let nobody_knows_dan = Known { owners: seen.owners[..1].to_vec(), ..seen.clone() };
    assert!(accepted.goes_on_from(&nobody_knows_dan).is_err());
    let knows_that_line = Known { accepts: vec![told.line], ..seen };
    assert!(accepted.goes_on_from(&knows_that_line).is_err(), "once is not for ever");
}

#[test]
fn no_flipped_bit_and_no_cut_of_any_change_is_overlooked() {
    let mut book = Book::new();
    let genesis_and_groups = book.bytes().len();
    book.add("bob", Role::Clerk, &["a"]);
    let accepting = book.accepting();
    book.make("alice.1", accepting);
    book.remove("bob");
    let (whole, path) = (book.bytes(), book.folder.path().join("edited.jsonl"));
    let last = book.roster.mark().seq;
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Roster::read(&RealDisk, &path)
    };
    let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for position in genesis_and_groups..whole.len() {
        for bit in 0..8 {
            let mut edited = whole.clone();
            edited[position] ^= 1 << bit;
            if let Ok(read) = read(&edited) {
                // Only a hole in the last line, or its newline, can be taken for a power cut.
                assert!(read.is_torn() && read.mark().seq == last - 1, "byte {position} bit {bit}");
                assert!(position >= last_line, "byte {position} bit {bit}");
                assert!(edited[position] == 0 || position == whole.len() - 1, "byte {position} bit {bit}");
                assert!(read.check_seen(book.roster.mark()).is_err());
            }
        }
        let cut = read(&whole[..position]).unwrap();
        assert!(cut.mark().seq < last && cut.check_seen(book.roster.mark()).is_err());
        assert_eq!(cut.is_torn(), whole[position - 1] != b'\n', "cut at {position}");
    }
}

#[test]
fn texts_leave_room_for_removals() {
    let mut book = office();
    let text = "x".repeat(AGREEMENT_LIMIT);
    let first = book.roster.agreement().map_or(0, |agreement| agreement.version) + 1;
    let full = (first..first + 200).find(|version| {
        match book.prepare("alice.1", agreement(*version, &text), ENTRY) {
            Ok(line) => {
                book.roster.append(&RealDisk, &line).unwrap();
                false
            }
            Err(fault) => {
                assert_eq!(fault, Fault::Full);
                true
            }
        }
    });
    assert!(full.is_some());
    book.make("alice.1", grant("bob", "c"));
    let read = Roster::read(&RealDisk, &book.path()).unwrap();
    assert_eq!(read.mark(), book.roster.mark());
}

//! Vectors of the roster's changes: people, grants, keys, notes, the agreement, policy, recovery.

use data_encoding::BASE64;
use serde::Serialize;
use vault::access_log::Role;
use vault::sealed::signed::{Digest, Mark, Purpose, sign};
use vault::store::Roster;
use vault::store::roster::{
    AgreeChange, AgreementChange, Change, GrantChange, IdentityChange, NoteChange, NoteKind, PolicyChange,
    RecoverChange, Rekey, RemoveChange, RevokeChange,
};

use crate::book::{Book, ENTRY, now};
use crate::generator::put;

/// What a roster says of people and keys.
pub fn told(roster: &Roster) -> Vec<(&'static str, String)> {
    let people = roster.staff().map(|person| {
        let (groups, log) = roster.opened_by(person);
        let groups: Vec<&str> = groups.iter().map(vault::store::Name::as_str).collect();
        let log = if log { ", log" } else { "" };
        format!("{} {} [{}{log}]", person.member.signer_id(), person.member.role, groups.join(" "))
    });
    let epochs = roster.groups().iter().map(|group| format!("{} {}", group.name, group.epoch));
    let epochs = epochs.chain([format!("log {}", roster.log_key().epoch)]);
    let notes = roster.staff().map(|person| person.notes.len()).sum::<usize>();
    let agreed = roster.staff().filter_map(|person| {
        person.agreed_to().map(|agreed| format!("{} {}", person.member.name, agreed.version))
    });
    let sheet = roster.recovery().map_or("none".to_owned(), vault::store::Member::signer_id);
    vec![
        ("people", people.collect::<Vec<_>>().join("; ")),
        ("epochs", epochs.collect::<Vec<_>>().join(", ")),
        ("sheet", sheet),
        ("notes", notes.to_string()),
        ("agreed", agreed.collect::<Vec<_>>().join(", ")),
        ("idle minutes", roster.policy().idle_minutes.to_string()),
    ]
}

/// A line that the program would not write.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    seq: u64,
    prev: Digest,
    at: &'a str,
    change: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Mark>,
    signer: &'a str,
}

/// The roster with one more line, signed as it should be.
fn with(book: &Book, change: Change, entry: Option<Mark>, signer: &str) -> Vec<u8> {
    let Mark { seq, hash: prev } = book.roster.mark();
    let line = Line { v: 1, seq: seq + 1, prev, at: "2026-11-22T08:00:00.000Z", change, entry, signer };
    let key = book.key(signer).signing_key();
    let line = sign(&line, Purpose::Roster, &book.roster.store_id(), &key).unwrap();
    [book.bytes(), line, b"\n".to_vec()].concat()
}

/// Writes those that are not there.
#[allow(clippy::too_many_lines, reason = "one roster's story, a vector a step")]
pub fn make() {
    let mut book = Book::new();
    let name = |text: &str| text.parse().unwrap();
    let vector = |name: &str, what: &str, outcome: &[(&str, &str)], body: &[u8]| {
        put(&format!("roster-{name}"), what, &[&[("kind", "roster")], outcome].concat(), body);
    };
    let good = |book: &Book, name: &str, what: &str| {
        let groups: Vec<&str> = book.roster.groups().iter().map(|group| group.name.as_str()).collect();
        let (store, groups) = (book.roster.store_id().to_string(), groups.join(" "));
        let mut outcome =
            vec![("expect", "success"), ("store", &*store), ("groups", &*groups), ("torn", "no")];
        let told = told(&book.roster);
        outcome.extend(told.iter().map(|(key, value)| (*key, value.as_str())));
        vector(name, what, &outcome, &book.bytes());
    };
    let bad = |name: &str, what: &str, why: &str, body: Vec<u8>| {
        vector(name, what, &[("expect", "failure"), ("why", why)], &body);
    };

    book.add("bob", Role::Clerk, &["a"]);
    book.add("carol", Role::Auditor, &[]);
    book.add("dan", Role::Owner, &[]);
    good(&book, "add", "a clerk, an auditor and an owner are enrolled");
    let grant = |book: &Book| {
        let group = if book.roster.members("b").len() > 3 { "c" } else { "b" };
        Change::Grant(GrantChange { name: name("bob"), group: name(group) })
    };
    let granted = grant(&book);
    bad(
        "grant-by-clerk",
        "a clerk grants a group",
        "signer in line 8",
        with(&book, granted.clone(), ENTRY, "bob.1"),
    );
    bad(
        "no-entry",
        "a grant that names no entry",
        "entry in line 8",
        with(&book, granted.clone(), None, "alice.1"),
    );
    let removal = |rekey| Change::Remove(RemoveChange { name: name("bob"), rekey });
    let without = removal(Rekey::default());
    bad(
        "remove-without-rekey",
        "somebody leaves with a key",
        "rekey in line 8",
        with(&book, without, ENTRY, "alice.1"),
    );
    let more = removal(book.rekey(&["a", "b"], false));
    bad(
        "rekey-too-much",
        "a removal re-keys another group too",
        "rekey in line 8",
        with(&book, more, ENTRY, "alice.1"),
    );
    book.make("alice.1", granted);
    good(&book, "grant", "a clerk is granted another group");
    let rekey = book.rekey(&["a"], false);
    book.make("dan.1", Change::Revoke(RevokeChange { name: name("bob"), group: name("a"), rekey }));
    good(&book, "revoke", "a grant ends, and the group has a new key");
    let rekey = book.rekey(&["b", "c"], true);
    book.make("alice.1", Change::Rekey(rekey));
    good(&book, "rekey", "two groups and the access log have new keys");
    book.make(
        "alice.1",
        Change::Note(NoteChange {
            name: name("bob"),
            kind: NoteKind::Training,
            on: "2026-11-01".parse().unwrap(),
            expires: Some("2027-11-01".parse().unwrap()),
            text: BASE64.encode(&book.roster.log_key().recipient.seal(b"A day's course.").unwrap()),
        }),
    );
    good(&book, "note", "a training is recorded");
    let text = "What is seen here stays here.";
    book.make("alice.1", Change::Agreement(AgreementChange { version: 1, text: text.to_owned() }));
    let agreed =
        |version, text: &str| Change::Agree(AgreeChange { version, sha256: Digest::of(text.as_bytes()) });
    book.make("bob.1", agreed(1, text));
    good(&book, "agree", "an agreement is set, and signed by a clerk");
    let policy = PolicyChange { idle_minutes: Some(5), ..PolicyChange::default() };
    book.make("alice.1", Change::Policy(policy));
    good(&book, "policy", "an owner decides otherwise");
    let (rekey, identity) = (book.all_of("bob"), book.identity("bob", 2));
    book.make("bob.1", Change::Identity(Box::new(IdentityChange { identity, rekey })));
    good(&book, "identity", "a clerk gets a new identity, and the groups new keys");
    let old = grant(&book);
    bad(
        "replaced-signer",
        "signed with an identity that was replaced",
        "signer in line 16",
        with(&book, old, ENTRY, "bob.1"),
    );
    let rekey = book.all_of("carol");
    book.make("alice.1", Change::Remove(RemoveChange { name: name("carol"), rekey }));
    good(&book, "remove", "an auditor leaves, and the access log has a new key");
    let (rekey, owner, recovery) =
        (book.all_of("recovery"), book.identity("alice", 2), book.identity("recovery", 2));
    book.make("recovery.1", Change::Recover(Box::new(RecoverChange { owner, recovery, rekey })));
    good(&book, "recover", "the recovery sheet makes an owner's identity and a sheet anew");
    let mut forged = book.accepting();
    if let Change::Accept(change) = &mut forged {
        change.rekey.groups.pop();
    }
    bad(
        "accept-less",
        "a restored store is accepted, and a group keeps its key",
        "rekey in line 18",
        with(&book, forged, ENTRY, "dan.1"),
    );
    let accepting = book.accepting();
    book.make("dan.1", accepting);
    good(&book, "accept", "an owner accepts a restored store: every group has a new key");
    assert_eq!(now().to_string(), "2026-11-22T08:00:00Z");
}

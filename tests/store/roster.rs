//! The roster's chain: every edit is noticed.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use vault::sealed::disk::RealDisk;
use vault::sealed::identity::Identity;
use vault::sealed::signed::{self, Digest, Mark, Purpose, SigningKey, StoreId};
use vault::store::roster::{
    Change, Fault, Genesis, GroupChange, IdentityEntry, LogKey, PolicyChange, Roster, RosterError, Strictness,
};

use crate::office::power_cuts;

struct Book {
    folder: tempfile::TempDir,
    owner: Identity,
    recovery: Identity,
    roster: Roster,
}

fn entry(name: &str, identity: &Identity) -> IdentityEntry {
    IdentityEntry {
        name: name.parse().unwrap(),
        number: 1,
        recipient: identity.recipient(),
        key: identity.verifying_key(),
    }
}

fn genesis(owner: &Identity, recovery: &Identity) -> Genesis {
    Genesis {
        owner: entry("alice", owner),
        recovery: Some(entry("recovery", recovery)),
        log: LogKey { epoch: 1, recipient: Identity::generate().recipient() },
        policy: PolicyChange { network: Some(Strictness::Refuse), ..PolicyChange::default() },
    }
}

fn group(name: &str, prefix: &str) -> Change {
    Change::Group(GroupChange {
        name: name.parse().unwrap(),
        prefix: prefix.to_owned(),
        epoch: 1,
        commitment: Digest::of(name.as_bytes()),
    })
}

fn now() -> jiff::Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

impl Book {
    /// A genesis and the groups `a`, `b` and `c`.
    fn new() -> Self {
        let (owner, recovery) = (Identity::generate(), Identity::generate());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.jsonl");
        let (_, line) = Roster::genesis(genesis(&owner, &recovery), &owner.signing_key(), now()).unwrap();
        fs::write(&path, line.bytes()).unwrap();
        let mut roster = Roster::read(&RealDisk, &path).unwrap();
        for (name, prefix) in [("a", "0A"), ("b", "0B"), ("c", "0C")] {
            let line =
                roster.prepare(group(name, prefix), None, &owner.signing_key(), "alice.1", now()).unwrap();
            roster.append(&RealDisk, &line).unwrap();
            assert_eq!(roster.mark(), line.mark());
        }
        Self { folder, owner, recovery, roster }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("roster.jsonl")
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        fs::read(self.path()).unwrap().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// Reads a roster of these bytes.
    fn read(&self, bytes: &[u8]) -> Result<Roster, RosterError> {
        let path = self.folder.path().join("edited.jsonl");
        fs::write(&path, bytes).unwrap();
        Roster::read(&RealDisk, &path)
    }

    fn fault(&self, lines: &[Vec<u8>]) -> (u64, Fault) {
        match self.read(&lines.concat()) {
            Err(RosterError::Damaged { line, fault, .. }) => (line, fault),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_roster_is_read_as_it_was_written() {
    let book = Book::new();
    let read = Roster::read(&RealDisk, &book.path()).unwrap();
    assert_eq!(read.mark(), book.roster.mark());
    assert_eq!(read.store_id(), Digest::of(book.lines()[0].strip_suffix(b"\n").unwrap()));
    assert_eq!(read.hash_at(0), Some(read.store_id()));
    assert_eq!(read.groups().len(), 3);
    let members: Vec<_> = read.members("a").iter().map(|member| member.signer_id()).collect();
    assert_eq!(members, ["alice.1", "recovery.1"]);
    assert_eq!(read.people().count(), 1);
}

#[test]
fn no_flipped_bit_makes_another_roster() {
    let book = Book::new();
    let bytes = book.lines()[..2].concat();
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut edited = bytes.clone();
            edited[position] ^= 1 << bit;
            if let Ok(read) = book.read(&edited) {
                // Only the last line's newline, or a hole, can be taken for a power cut; a seen note
                // notices that too.
                assert!(read.is_torn() && read.mark().seq == 0, "byte {position} bit {bit}");
                let last = edited[position];
                assert!(position == bytes.len() - 1 || last == 0, "byte {position} bit {bit}");
                let seen = Mark { seq: 1, hash: book.roster.hash_at(1).unwrap() };
                assert!(read.check_seen(seen).is_err());
            }
        }
    }
}

#[test]
fn no_cut_makes_another_roster() {
    let book = Book::new();
    let bytes = book.lines()[..2].concat();
    let first = book.lines()[0].len();
    for length in 0..bytes.len() {
        match book.read(&bytes[..length]) {
            Ok(read) => {
                assert!(length >= first && read.mark().seq == 0);
                assert_eq!(read.is_torn(), length > first);
                assert!(read.check_seen(Mark { seq: 1, hash: book.roster.hash_at(1).unwrap() }).is_err());
            }
            Err(_) => assert!(length < first),
        }
    }
}

#[test]
fn dropped_swapped_and_doubled_lines_are_noticed() {
    let book = Book::new();
    let lines = book.lines();
    let pick =
        |order: &[usize]| -> Vec<Vec<u8>> { order.iter().map(|index| lines[*index].clone()).collect() };
    assert_eq!(book.fault(&pick(&[0, 2, 3])), (2, Fault::Chain));
    assert_eq!(book.fault(&pick(&[0, 2, 1, 3])), (2, Fault::Chain));
    assert_eq!(book.fault(&pick(&[0, 1, 1, 2])), (3, Fault::Chain));
    assert_eq!(book.fault(&pick(&[0, 0])), (2, Fault::Signed(signed::SignedError::Signature)));
    assert_eq!(book.fault(&pick(&[1, 2])), (1, Fault::Genesis));
    assert_eq!(book.fault(&[]), (1, Fault::Missing));
}

#[test]
fn a_line_of_another_store_is_noticed() {
    let (book, other) = (Book::new(), Book::new());
    let lines = [book.lines()[0].clone(), other.lines()[1].clone()];
    assert_eq!(book.fault(&lines), (2, Fault::Signed(signed::SignedError::Signature)));
}

#[test]
fn strangers_and_the_recovery_sheet_change_nothing() {
    let book = Book::new();
    let stranger = Identity::generate();
    let attempt = |identity: &Identity, signer: &str| {
        let refused = book.roster.prepare(group("d", "0D"), None, &identity.signing_key(), signer, now());
        let Err(RosterError::Refused(fault)) = refused else { panic!("accepted {signer}") };
        fault
    };
    assert_eq!(attempt(&stranger, "alice.1"), Fault::Signed(signed::SignedError::Signature));
    for signer in ["recovery.1", "alice.2", "alice", "bob.1", ""] {
        assert_eq!(attempt(&book.recovery, signer), Fault::Signer { signer: signer.to_owned() });
    }
}

#[test]
fn a_change_that_contradicts_the_roster_is_refused() {
    let book = Book::new();
    let attempt = |change| {
        let refused = book.roster.prepare(change, None, &book.owner.signing_key(), "alice.1", now());
        let Err(RosterError::Refused(fault)) = refused else { panic!("accepted") };
        fault
    };
    assert_eq!(attempt(group("a", "0D")), Fault::GroupExists { name: "a".parse().unwrap() });
    for prefix in ["0A", "0", "0DD", "0U", "0d", ""] {
        assert_eq!(attempt(group("d", prefix)), Fault::Prefix { prefix: prefix.to_owned() });
    }
    let again = Change::Genesis(Box::new(genesis(&book.owner, &book.recovery)));
    assert_eq!(attempt(again), Fault::Genesis);
}

#[test]
fn a_genesis_that_another_signed_or_misnames_people_is_refused() {
    let (owner, recovery) = (Identity::generate(), Identity::generate());
    let refused = |genesis: Genesis, key: &SigningKey| match Roster::genesis(genesis, key, now()) {
        Err(RosterError::Refused(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let right = genesis(&owner, &recovery);
    assert_eq!(
        refused(right.clone(), &recovery.signing_key()),
        Fault::Signed(signed::SignedError::Signature)
    );
    let named = Genesis { owner: entry("recovery", &owner), ..right.clone() };
    assert_eq!(refused(named, &owner.signing_key()), Fault::Reserved);
    let named = Genesis { recovery: Some(entry("bob", &recovery)), ..right.clone() };
    assert_eq!(refused(named, &owner.signing_key()), Fault::Reserved);
    let log = LogKey { epoch: 2, ..right.log.clone() };
    assert_eq!(refused(Genesis { log, ..right }, &owner.signing_key()), Fault::Count);
}

/// A line with whatever keys, signed as it should be.
struct Keys(Vec<(&'static str, serde_json::Value)>);

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn signed_line(keys: Vec<(&'static str, serde_json::Value)>, store: &StoreId, owner: &Identity) -> Vec<u8> {
    let mut line = signed::sign(&Keys(keys), Purpose::Roster, store, &owner.signing_key()).unwrap();
    line.push(b'\n');
    line
}

#[test]
fn unknown_repeated_and_missing_keys_are_refused_even_when_signed() {
    let book = Book::new();
    let store = book.roster.store_id();
    let right = || {
        vec![
            ("v", 1.into()),
            ("seq", 4.into()),
            ("prev", book.roster.mark().hash.to_string().into()),
            ("at", "2026-11-22T08:00:00Z".into()),
            ("change", serde_json::to_value(group("d", "0D")).unwrap()),
            ("signer", "alice.1".into()),
        ]
    };
    let read = |keys| {
        let line = signed_line(keys, &store, &book.owner);
        book.read(&[book.lines().concat(), line].concat())
    };
    assert_eq!(read(right()).unwrap().groups().len(), 4);
    for (index, (name, value)) in right().into_iter().enumerate() {
        let mut repeated = right();
        repeated.push((name, value));
        assert!(read(repeated).is_err(), "{name} twice");
        let mut missing = right();
        missing.remove(index);
        assert!(read(missing).is_err(), "no {name}");
    }
    let mut unknown = right();
    unknown.push(("note", "hello".into()));
    assert!(read(unknown).is_err());
    for bad in ["{}", r#"{"group":1}"#, r#"{"crown":{}}"#] {
        let mut keys = right();
        keys[4].1 = serde_json::from_str(bad).unwrap();
        assert!(read(keys).is_err(), "{bad}");
    }
    let mut two = serde_json::to_value(group("d", "0D")).unwrap();
    two["genesis"] = serde_json::to_value(genesis(&book.owner, &book.recovery)).unwrap();
    let mut keys = right();
    keys[4].1 = two;
    assert!(read(keys).is_err());
    let mut keys = right();
    keys[3].1 = "yesterday".into();
    assert!(matches!(read(keys), Err(RosterError::Damaged { line: 5, fault: Fault::Time, .. })));
}

#[test]
fn a_group_name_that_leaves_its_folder_is_refused_even_when_signed() {
    let book = Book::new();
    let mut change = serde_json::to_value(group("d", "0D")).unwrap();
    change["group"]["name"] = "../../etc".into();
    let keys = vec![
        ("v", 1.into()),
        ("seq", 4.into()),
        ("prev", book.roster.mark().hash.to_string().into()),
        ("at", "2026-11-22T08:00:00Z".into()),
        ("change", change),
        ("signer", "alice.1".into()),
    ];
    let line = signed_line(keys, &book.roster.store_id(), &book.owner);
    assert!(book.read(&[book.lines().concat(), line].concat()).is_err());
}

#[test]
fn a_newer_format_is_named() {
    let book = Book::new();
    let read = book.read(b"{\"v\":2,\"something\":\"else\"}\n");
    assert!(matches!(read, Err(RosterError::NewerFormat { version: 2, .. })));
}

#[test]
fn a_fork_is_noticed_by_whoever_saw_the_other_branch() {
    let book = Book::new();
    let before = book.read(&book.lines()[..3].concat()).unwrap();
    let other = before.prepare(group("x", "0X"), None, &book.owner.signing_key(), "alice.1", now()).unwrap();
    let fork = book.read(&[book.lines()[..3].concat(), other.bytes().to_vec()].concat()).unwrap();
    assert!(matches!(
        fork.check_seen(book.roster.mark()),
        Err(RosterError::Damaged { line: 4, fault: Fault::Rewritten, .. })
    ));
    assert!(fork.check_seen(before.mark()).is_ok());
    assert!(fork.check_seen(Mark::NOTHING).is_ok());
}

#[test]
fn two_writers_cannot_both_append() {
    let book = Book::new();
    let key = book.owner.signing_key();
    let (mut first, mut second) = (book.roster.clone(), book.roster.clone());
    let line = first.prepare(group("d", "0D"), None, &key, "alice.1", now()).unwrap();
    let late = second.prepare(group("e", "0E"), None, &key, "alice.1", now()).unwrap();
    first.append(&RealDisk, &line).unwrap();
    assert!(matches!(second.append(&RealDisk, &late), Err(RosterError::Moved { .. })));
    assert!(matches!(first.append(&RealDisk, &late), Err(RosterError::Moved { .. })));
    assert_eq!(Roster::read(&RealDisk, &book.path()).unwrap().mark(), line.mark());
}

#[test]
fn a_torn_line_is_moved_aside_before_the_next_is_appended() {
    let book = Book::new();
    for torn in [&b"{\"v\":1,\"seq\""[..], b"\0\0\0\0\0\"}\n", b"\0"] {
        fs::write(book.path(), [&book.lines().concat(), torn].concat()).unwrap();
        let mut roster = Roster::read(&RealDisk, &book.path()).unwrap();
        assert!(roster.is_torn());
        let line =
            roster.prepare(group("d", "0D"), None, &book.owner.signing_key(), "alice.1", now()).unwrap();
        assert!(roster.append(&RealDisk, &line).is_err());
        let aside = book.folder.path().join("aside");
        let kept = roster.settle(&RealDisk, &aside).unwrap().unwrap();
        assert_eq!(fs::read(kept).unwrap(), torn);
        assert_eq!(fs::read(book.path()).unwrap(), book.lines().concat());
    }
    let garbage = [&book.lines().concat()[..], b"garbage\n"].concat();
    assert!(matches!(book.read(&garbage), Err(RosterError::Damaged { line: 5, .. })));
}

#[test]
fn a_signer_must_hold_the_grant_at_the_line_that_is_named() {
    let book = Book::new();
    let at = |seq| Mark { seq, hash: book.roster.hash_at(seq).unwrap() };
    let key = book.owner.verifying_key();
    assert_eq!(book.roster.signer_key("alice.1", "b", at(2)), Some(key));
    assert_eq!(book.roster.signer_key("alice.1", "b", at(3)), Some(key));
    assert_eq!(book.roster.signer_key("alice.1", "b", at(1)), None, "before the group was there");
    assert_eq!(book.roster.signer_key("alice.1", "d", at(3)), None);
    assert_eq!(book.roster.signer_key("recovery.1", "b", at(3)), None);
    assert_eq!(book.roster.signer_key("alice.2", "b", at(3)), None);
    let elsewhere = Mark { seq: 3, hash: Digest::of(b"fork") };
    assert_eq!(book.roster.signer_key("alice.1", "b", elsewhere), None);
    assert_eq!(book.roster.signer_key("alice.1", "b", Mark { seq: 4, hash: Digest::ZERO }), None);
}

#[test]
fn whatever_a_power_cut_leaves_of_the_last_line_the_roster_goes_on() {
    let book = Book::new();
    let whole = book.lines().concat();
    let flushed = book.lines()[..3].concat().len();
    for state in power_cuts(&whole, flushed) {
        let mut read = book.read(&state).unwrap();
        assert_eq!((read.mark().seq, read.is_torn()), (2, state.len() > flushed));
        read.settle(&RealDisk, &book.folder.path().join("aside")).unwrap();
        let line = read.prepare(group("d", "0D"), None, &book.owner.signing_key(), "alice.1", now()).unwrap();
        read.append(&RealDisk, &line).unwrap();
    }
}

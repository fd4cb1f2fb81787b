//! The roster: line by line, whole, read on from where it was read before, and torn.

use std::path::Path;

use serde_json::{Map, Value};
use vault::access_log::Role;
use vault::sealed::signed::Digest;
use vault::store::Roster;

use crate::engine::random::Random;
use crate::engine::{Target, Verdict, seeds};
use crate::support::{Pen, Shelf, hex, is_signed, lines, object, sha256};

pub const TARGET: Target = Target {
    name: "roster",
    longest: 32 * 1024,
    words: &[
        "\n",
        "\0",
        "{\"v\":1}",
        "{\"v\":2}",
        "\"seq\":",
        "\"prev\":\"",
        "\"change\":{",
        "\"genesis\":{",
        "\"group\":{",
        "\"add\":{",
        "\"identity\":{",
        "\"recover\":{",
        "\"grant\":{",
        "\"revoke\":{",
        "\"remove\":{",
        "\"rekey\":{",
        "\"note\":{",
        "\"agreement\":{",
        "\"agree\":{",
        "\"policy\":{",
        "\"owner\"",
        "\"clerk\"",
        "\"auditor\"",
        "\"recovery\"",
        "\"alice.1\"",
        "\"alice.2\"",
        "\"bob.1\"",
        "\"signer\":\"",
        "\"entry\":null",
        "\"groups\":[]",
        "\"number\":2",
        "\"epoch\":2",
        "\"network\":\"warn\"",
        "\"idle_minutes\":0",
        "\"office_hours\":\"any\"",
        "mon-fri,08:00-18:00",
        "null",
        "true",
    ],
    seeds,
    mend: Some(mend),
    check,
};

const PATH: &str = "/store/roster.jsonl";

/// The vectors' rosters, as they are and as they would be had the pens of this test signed them.
fn seeds() -> Vec<Vec<u8>> {
    let vectors = seeds::of_vectors("roster");
    let signed = vectors.iter().map(|roster| mended(roster)).collect::<Vec<_>>();
    vectors.into_iter().chain(signed).collect()
}

fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    if random.once_in(8) { input.to_vec() } else { mended(input) }
}

/// A roster whose lines are numbered and chained, and signed by whom they name: every identity in it gets
/// the key of the pen that is called so.
pub fn mended(input: &[u8]) -> Vec<u8> {
    let (mut seq, mut prev, mut store) = (0_u64, Digest::ZERO, Digest::ZERO);
    let mut roster = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let Some(mut line) = line.strip_suffix(b"\n").and_then(object) else {
            roster.extend_from_slice(line);
            continue;
        };
        line.insert("seq".to_owned(), seq.into());
        line.insert("prev".to_owned(), hex(prev));
        if let Some(change) = line.get_mut("change") {
            give_keys(change);
        }
        let signer = line.get("signer").and_then(Value::as_str).unwrap_or("alice.1").to_owned();
        let line = Pen::called(&signer).sign(&serde_json::to_vec(&line).unwrap(), "roster", &store);
        prev = sha256(&line);
        if seq == 0 {
            store = prev;
        }
        seq += 1;
        roster.extend_from_slice(&line);
        roster.push(b'\n');
    }
    roster
}

fn give_keys(value: &mut Value) {
    let signer = |object: &Map<String, Value>| {
        let (name, number) = (object.get("name")?.as_str()?, object.get("number")?.as_u64()?);
        object.contains_key("key").then(|| format!("{name}.{number}"))
    };
    match value {
        Value::Object(object) => {
            if let Some(signer) = signer(object) {
                object.insert("key".to_owned(), Pen::called(&signer).key().into());
            }
            object.values_mut().for_each(give_keys);
        }
        Value::Array(values) => values.iter_mut().for_each(give_keys),
        _ => {}
    }
}

fn read(bytes: &[u8]) -> Result<Roster, vault::store::RosterError> {
    Roster::read(&Shelf::of([(PATH, bytes)]), Path::new(PATH))
}

fn check(input: &[u8]) -> Verdict {
    let roster = match read(input) {
        Ok(roster) => roster,
        Err(error) => return Verdict::refused(&error),
    };
    // Each line that was taken hangs onto the one before and was signed by somebody who was on the roster.
    let lines = lines(input);
    let taken = usize::try_from(roster.mark().seq).unwrap() + 1;
    assert!(taken == lines.len() || (roster.is_torn() && taken + 1 == lines.len()));
    let mut prev = Digest::ZERO;
    for (seq, line) in lines[..taken].iter().enumerate() {
        let said = object(line).expect("a line that was taken is an object");
        assert_eq!((said["seq"].as_u64(), &said["prev"]), (Some(seq as u64), &hex(prev)));
        let signer = said["signer"].as_str().unwrap();
        let store = if seq == 0 { Digest::ZERO } else { roster.store_id() };
        let key = roster.key_of(signer).unwrap_or_else(|| panic!("{signer} signed, and was never there"));
        assert!(
            is_signed(line, "roster", &store, &key),
            "line {seq} was taken, and {signer} did not sign it"
        );
        prev = sha256(line);
        assert_eq!(roster.hash_at(seq as u64), Some(prev));
    }
    assert_eq!((roster.store_id(), roster.mark().hash), (sha256(lines[0]), prev));
    sensible(&roster);
    // Read on from an earlier line, it is the same roster; as a text it is the same unless it is torn.
    let whole = Shelf::of([(PATH, input)]);
    for known in [1, taken / 2, taken - 1].into_iter().filter(|known| (1..taken).contains(known)) {
        let before: Vec<u8> = lines[..known].iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
        let before = read(&before).expect("the first lines of a roster are one");
        let on = before.read_on(&whole).expect("what is read whole is read on").expect("lines were added");
        assert_eq!((on.mark(), on.is_torn()), (roster.mark(), roster.is_torn()));
        assert_eq!(told(&on), told(&roster));
    }
    if let Ok(text) = std::str::from_utf8(input) {
        let of_text = Roster::from_text(Path::new("here"), text);
        assert_eq!(of_text.is_ok(), !roster.is_torn());
    }
    Verdict::Taken
}

/// What holds of every roster.
fn sensible(roster: &Roster) {
    let mut names: Vec<&str> = roster.people().map(|member| member.name.as_str()).collect();
    assert!(!names.contains(&"recovery"), "the recovery sheet is nobody");
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "one name, one person");
    assert!(roster.people().any(|member| member.role == Role::Owner), "a store has an owner");
    for group in roster.groups() {
        let members = roster.members(group.name.as_str());
        for owner in roster.people().filter(|member| member.role == Role::Owner) {
            assert!(members.contains(&owner), "{} does not open {}", owner.name, group.name);
        }
        assert!(members.iter().all(|member| member.role != Role::Auditor), "an auditor opens {}", group.name);
        assert!(members.iter().all(|member| roster.is_active(member)));
    }
    let readers = roster.log_readers();
    assert!(readers.iter().all(|member| member.role != Role::Clerk), "a clerk reads the log");
    assert!((1..=480).contains(&roster.policy().idle_minutes), "a shell that never locks");
}

/// All of a roster that its readers see.
fn told(roster: &Roster) -> String {
    let people: Vec<_> = roster.people().collect();
    let entries: Vec<_> = roster.entries().collect();
    format!(
        "{people:?} {:?} {:?} {:?} {:?} {entries:?}",
        roster.groups(),
        roster.policy(),
        roster.log_key(),
        roster.agreement()
    )
}

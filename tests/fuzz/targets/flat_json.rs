//! Flat JSON objects: a record as it is stored, and as files hold it.

use vault::group::field::Fields;
use vault::group::flat_json;
use vault::group::record::Record;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "flat_json",
    longest: 64 * 1024,
    words: &[
        "{",
        "}",
        "[",
        "\"",
        ":",
        ",",
        "\\\"",
        "\\u0000",
        "\\ud83d\\ude00",
        "\\ud800",
        "null",
        "true",
        "false",
        "1e9",
        "-0",
        "1.0",
        "18446744073709551616",
        "\"name\":",
        "\"iban\":",
        "{\"a\":",
    ],
    seeds: || {
        let stored = seeds::of_vectors("store").into_iter().flat_map(|rows| {
            let text = String::from_utf8(rows).unwrap();
            text.lines().map(|row| row.split_once('|').unwrap().1.as_bytes().to_vec()).collect::<Vec<_>>()
        });
        stored.chain(seeds::of_vectors("duplicate keys")).collect()
    },
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let members = match flat_json::read(text) {
        Ok(members) => members,
        Err(error) => {
            let (flat_json::NotFlat::Syntax { column } | flat_json::NotFlat::Shape { column }) = error;
            assert!(column <= text.len() + 1, "column {column} of {}", text.len());
            return Verdict::refused(&error);
        }
    };
    let pairs =
        || members.iter().map(|(name, value)| (name.as_str(), value.as_ref().map(|value| value.as_str())));
    let written = flat_json::write(pairs());
    assert_eq!(flat_json::read(&written).as_ref(), Ok(&members), "what is written is read");
    let record = Record::from_json(text).expect("a flat object is a record");
    assert_eq!(Record::from_json(&record.to_json()).as_ref(), Ok(&record));
    // As it would be typed: taken or refused, and what is taken may be typed again.
    let fields = Fields::standard();
    match Record::check(&fields, pairs().map(|(name, value)| (name, value.unwrap_or_default()))) {
        Ok(checked) => {
            let again = flat_json::read(&checked.to_json()).unwrap();
            let again = again
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_ref().map_or("", |value| value.as_str())));
            assert_eq!(Record::check(&fields, again).as_ref(), Ok(&checked));
            Verdict::Taken
        }
        Err(bad) => {
            assert!(!bad.is_empty());
            Verdict::refused(&"a record that is not the group's")
        }
    }
}

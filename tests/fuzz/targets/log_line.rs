//! A line of the access log from outside, as whoever can write to the file can make it.

use vault::access_log::Entry;

use super::entry::LOG;
use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict, seeds};
use crate::support::sha256;

pub const TARGET: Target = Target {
    name: "log_line",
    longest: 64 * 1024,
    words: &[
        "\"seq\":",
        "\"epoch\":",
        "\"prev\":",
        "\"sealed\":",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "=",
        "==",
        "YWdlLWVuY3J5cHRpb24ub3JnL3YxCg",
        "18446744073709551615",
        "\\u0041",
        "null",
    ],
    seeds: || seeds::of_vectors("entry"),
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let key_of = |signer: &str| (signer == "alice.1").then_some(LOG.alice);
    let opened = match Entry::open(input, &LOG.identity, &LOG.store, key_of) {
        Ok(opened) => opened,
        Err(error) => return Verdict::refused(&error),
    };
    assert_eq!(opened.hash, sha256(input));
    // Nobody without a key makes a line that opens to anything but what was written.
    let written: Vec<_> = Vector::of_kind("entry")
        .iter()
        .filter_map(|vector| Entry::open(&vector.body, &LOG.identity, &LOG.store, key_of).ok())
        .map(|written| written.entry)
        .collect();
    assert!(written.contains(&opened.entry), "nobody wrote {:?}", opened.entry);
    Verdict::Taken
}

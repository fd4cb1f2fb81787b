//! A group's head.

use std::path::Path;

use vault::sealed::head;
use vault::sealed::signed::Purpose;

use super::entry::LOG;
use crate::engine::random::Random;
use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, is_signed};

pub const TARGET: Target = Target {
    name: "head",
    longest: 20 * 1024,
    words: &[
        "\"v\":2",
        "\"v\":1",
        "\"group\":\"",
        "\"base\":{",
        "\"log\":{",
        "\"ledger\":{",
        "\"sig\":\"",
        "\"extra\":1,",
        "null",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "\n",
        "\\u0000",
        "1e3",
        "1.0",
        "-0",
        "../../base",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ],
    seeds,
    mend: Some(mend),
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    let lines = seeds::of_vectors("signed line").into_iter().map(|line| [line, b"\n".to_vec()].concat());
    lines.chain([seeds::of_store("groups/retail/head")]).collect()
}

fn mend(input: &[u8], _random: &mut Random) -> Vec<u8> {
    let line = input.strip_suffix(b"\n").unwrap_or(input);
    [LOG.pen.sign(line, "head", &LOG.store), b"\n".to_vec()].concat()
}

fn check(input: &[u8]) -> Verdict {
    let read = |bytes: &[u8]| head::read(&Shelf::of([("/group/head", bytes)]), Path::new("/group/head"));
    let unverified = match read(input) {
        Ok(unverified) => unverified,
        Err(error) => return Verdict::refused(&error),
    };
    assert!(input.len() as u64 <= head::LIMIT);
    let head = match unverified.verify(Purpose::Head, &LOG.store, &LOG.alice) {
        Ok(head) => head,
        Err(error) => return Verdict::refused(&error),
    };
    let line = input.strip_suffix(b"\n").expect("a head ends with its line");
    assert!(is_signed(line, "head", &LOG.store, &LOG.alice), "taken, and not signed");
    // Written by the program it is the same head, to the byte when it is read and written once more.
    let object = serde_json::to_vec(&head).unwrap();
    let written = [LOG.pen.sign(&object, "head", &LOG.store), b"\n".to_vec()].concat();
    let again = read(&written).unwrap().verify(Purpose::Head, &LOG.store, &LOG.alice).unwrap();
    assert_eq!(again, head);
    assert_eq!(serde_json::to_vec(&again).unwrap(), object);
    Verdict::Taken
}

//! A group's erasure ledger, read to its last whole line.

use std::path::Path;

use serde_json::{Value, json};
use vault::sealed::access::Outside;
use vault::sealed::ledger::{Ledger, UsedCodes};
use vault::sealed::signed::{Digest, Mark};

use super::entry::LOG;
use super::group_log::OneSigner;
use crate::engine::random::Random;
use crate::engine::{Target, Verdict};
use crate::support::{Shelf, is_signed};

pub const TARGET: Target = Target {
    name: "ledger",
    longest: 8 * 1024,
    words: &[
        "\"v\":2",
        "\"v\":1",
        "\"seq\":1",
        "\"prev\":\"",
        "\"group\":\"retail\"",
        "\"code\":\"4T-7K3M-Q9TD\"",
        "\"code\":\"",
        "\"roster\":{\"seq\":",
        "\"signer\":\"alice.1\"",
        "\"sig\":\"",
        "\"extra\":1,",
        "null",
        "\n",
        "../",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ],
    seeds,
    mend: Some(mend),
    check,
};

fn lines(input: &[u8]) -> Vec<&[u8]> {
    let whole = input.split_inclusive(|byte| *byte == b'\n');
    whole.filter_map(|line| line.strip_suffix(b"\n")).collect()
}

fn end(input: &[u8]) -> Mark {
    let lines = lines(input);
    lines.last().map_or(Mark::NOTHING, |last| Mark { seq: lines.len() as u64, hash: Digest::of(last) })
}

fn seeds() -> Vec<Vec<u8>> {
    let line = |code: &str| {
        let nothing = json!({"seq": 0, "hash": Digest::ZERO});
        json!({"v": 1, "seq": 0, "prev": Digest::ZERO, "at": "2026-11-22T08:00:00Z", "group": "retail", "code": code,
            "roster": nothing, "entry": nothing, "signer": "alice.1"})
    };
    let ledger = |codes: &[&str]| {
        let lines: Vec<Value> = codes.iter().map(|code| line(code)).collect();
        signed(lines.into_iter())
    };
    vec![ledger(&["4T-7K3M-Q9TD"]), ledger(&["4T-7K3M-Q9TD", "4T-0000-0009", "4T-7K3M-Q9TD"]), Vec::new()]
}

/// Numbers, chains and signs.
fn signed(lines: impl Iterator<Item = Value>) -> Vec<u8> {
    let (mut ledger, mut prev) = (Vec::new(), Digest::ZERO);
    for (mut line, seq) in lines.zip(1_u64..) {
        if let Some(line) = line.as_object_mut() {
            line.insert("seq".to_owned(), seq.into());
            line.insert("prev".to_owned(), json!(prev));
            line.remove("sig");
        }
        let line = LOG.pen.sign(&serde_json::to_vec(&line).unwrap(), "ledger", &LOG.store);
        prev = Digest::of(&line);
        ledger.extend_from_slice(&line);
        ledger.push(b'\n');
    }
    ledger
}

fn mend(input: &[u8], _random: &mut Random) -> Vec<u8> {
    signed(lines(input).into_iter().filter_map(|line| serde_json::from_slice(line).ok()))
}

fn check(input: &[u8]) -> Verdict {
    let shelf = Shelf::of([("/group/erased.jsonl", input)]);
    let folder = Path::new("/group");
    let signers = OneSigner(LOG.alice);
    let outside = Outside {
        disk: &shelf,
        folder,
        store: LOG.store,
        group: "retail",
        epoch: 1,
        since: 0,
        signers: &signers,
    };
    let used = UsedCodes::read(&shelf, folder).expect("memory can be read");
    let ledger = match Ledger::read(&outside, end(input)) {
        Ok(ledger) => ledger,
        Err(error) => return Verdict::refused(&error),
    };
    let lines = lines(input);
    assert_eq!(ledger.lines.len(), lines.len());
    for (line, text) in ledger.lines.iter().zip(&lines) {
        assert!(is_signed(text, "ledger", &LOG.store, &LOG.alice), "taken, and not signed");
        assert!(used.contains(&line.code), "a code that might be given out again");
    }
    // What was there before is a beginning of it, and what is cut off is missed.
    if let Some((_, before)) = lines.split_last() {
        let cut: Vec<u8> = before.iter().flat_map(|line| [*line, b"\n"].concat()).collect();
        let shelf = Shelf::of([("/group/erased.jsonl", cut.as_slice())]);
        let outside = Outside { disk: &shelf, ..outside };
        assert!(
            ledger.goes_on_from(&Ledger::read(&outside, end(&cut)).expect("the beginning of a sound one"))
        );
        assert!(Ledger::read(&outside, end(input)).is_err(), "a cut ledger was taken");
    }
    Verdict::Taken
}

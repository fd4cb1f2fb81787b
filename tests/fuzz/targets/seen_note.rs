//! A seen note, which lies outside of the store.

use vault::access_log::Witness;
use vault::sealed::signed::{Digest, Mark};
use vault::store::Seen;
use vault::store::seen::{Note, SeenError};

use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, machine, sha256};

pub const TARGET: Target = Target {
    name: "seen_note",
    longest: 16 * 1024,
    words: &[
        "\"v\":1",
        "\"roster\":",
        "\"log\":",
        "\"groups\":{",
        "\"generation\":",
        "\"seq\":",
        "\"hash\":\"",
        "null",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "18446744073709551615",
        "\"\\u0000\"",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let store = Digest::of(b"store");
    let path = format!("/state/{store}/alice.json");
    let surroundings = machine(Shelf::of([(path.as_str(), input)]));
    let seen = Seen::read(&surroundings, &store, &"alice".parse().unwrap());
    let note = seen.note();
    let verdict = match seen.trouble() {
        None => Verdict::Taken,
        Some(error @ SeenError::Unreadable { .. }) => {
            assert_eq!(note, Note::default(), "what can't be read counts as none");
            Verdict::refused(&error)
        }
        Some(error) => panic!("memory has no {error}"),
    };
    let written = serde_json::to_vec(&note).unwrap();
    assert_eq!(serde_json::from_slice::<Note>(&written).unwrap(), note, "a note is written as it is read");
    // Whatever is seen later, no witness goes back.
    for seq in [0, note.log.seq, note.log.seq.saturating_add(1)] {
        Witness::saw(&seen, Mark { seq, hash: sha256(b"line") });
        assert!(seen.note().log.seq >= note.log.seq);
    }
    for (name, group) in &note.groups {
        seen.saw_group(
            name,
            group.generation.saturating_sub(1),
            Mark { seq: u64::MAX, hash: sha256(b"record") },
        );
        assert!(seen.group(name).is_some_and(|now| now.generation >= group.generation));
    }
    assert_eq!(seen.note().known(), note.known());
    verdict
}

//! The mark of a restored store, as it is read from its JSON.

use vault::store::Restored;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "restored_mark",
    longest: 16 * 1024,
    words: &[
        "\"v\":1",
        "\"from\":{",
        "\"newest\":{",
        "\"groups\":[",
        "\"generation\":",
        "\"epoch\":",
        "\"record\":{\"seq\":",
        "\"name\":\"../x\"",
        "\"time\":\"2026-11-22T08:00:00Z\"",
        "18446744073709551615",
        "null",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let mark = match serde_json::from_slice::<Restored>(input) {
        Ok(mark) => mark,
        // The place in the input is no news.
        Err(error) => return Verdict::Refused(format!("{:?}", error.classify())),
    };
    let written = serde_json::to_vec(&mark).unwrap();
    assert_eq!(serde_json::from_slice::<Restored>(&written).unwrap(), mark, "it is written as it is read");
    for group in mark.from.groups.iter().chain(&mark.newest.groups) {
        let name = group.name.as_str();
        assert!(!name.is_empty() && !name.contains(['/', '.']), "{name:?} is no path");
    }
    Verdict::Taken
}

//! What a medium says of itself.

use std::path::Path;

use vault::backup::medium::{Card, LABEL_LIMIT, Medium};

use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, machine};

pub const TARGET: Target = Target {
    name: "medium_card",
    longest: 4 * 1024,
    words: &[
        "\"v\":1",
        "\"v\":2",
        "\"medium\":\"",
        "\"store\":\"",
        "\"label\":\"",
        "0123456789abcdef0123456789abcdef",
        "\\u001b[2J",
        "\n",
        "null",
        "18446744073709551615",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let surroundings = machine(Shelf::of([("/medium/vault-backup/medium.json", input)]));
    let medium = match Medium::open_to_read(Path::new("/medium"), &surroundings) {
        Ok(medium) => medium,
        Err(error) => return Verdict::refused(&error),
    };
    let card = medium.card();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(card.medium.len() == 32 && card.medium.bytes().all(is_digit), "{card:?}");
    assert!(card.label.len() <= LABEL_LIMIT, "{card:?}");
    let written = serde_json::to_vec(card).unwrap();
    assert_eq!(serde_json::from_slice::<Card>(&written).unwrap(), *card, "it is written as it is read");
    Verdict::Taken
}

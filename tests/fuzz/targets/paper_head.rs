//! The log's head as it is typed from paper.

use vault::access_log::paper::{PaperHead, in_digits, in_words};
use vault::sealed::signed::{Digest, Mark};

use crate::engine::{Target, Verdict};

pub const TARGET: Target = Target {
    name: "paper_head",
    longest: 1024,
    words: &[
        " ",
        "-",
        ",",
        ".",
        ";",
        ":",
        "\n",
        "\u{a0}",
        "acid",
        "t-shirt",
        "yo-yo",
        "drop-down",
        "felt-tip",
        "0042",
        "9999",
        "00420",
        "1024",
        "18446744073709551615",
        "İ",
        "K",
    ],
    seeds: || marks().into_iter().flat_map(typed).collect(),
    mend: None,
    check,
};

fn marks() -> Vec<Mark> {
    [1, 1_024, u64::MAX].into_iter().map(|seq| Mark { seq, hash: Digest::of(&seq.to_le_bytes()) }).collect()
}

fn typed(mark: Mark) -> [Vec<u8>; 3] {
    [in_words(mark), in_digits(mark), format!("{} {}", mark.seq, mark.hash)].map(String::into_bytes)
}

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let paper: PaperHead = match text.parse() {
        Ok(paper) => paper,
        Err(error) => return Verdict::refused(&error),
    };
    assert!(
        text.contains(&paper.count.to_string()) || text.trim().starts_with('0'),
        "{text} is of {paper:?}"
    );
    let fits: Vec<Mark> = marks().into_iter().filter(|mark| paper.is_of(*mark)).collect();
    assert!(fits.len() <= 1, "one paper, one head");
    if let [mark] = fits[..] {
        assert!(!paper.is_of(Mark { seq: mark.seq ^ 1, ..mark }), "the count counts");
        assert!(!paper.is_of(Mark { hash: Digest::ZERO, ..mark }), "the hash counts");
    }
    // Typed once more, blanks doubled and in capitals, it is the same.
    let again = text.replace(' ', "  ").to_ascii_uppercase();
    assert_eq!(again.parse(), Ok(paper), "{again}");
    Verdict::Taken
}

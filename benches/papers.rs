//! Papers of an office in many languages, always the same for a seed: for benchmarks and tests, which include this
//! file by its path.
//!
//! It knows nothing of the program: names, labels and rules of numbers are written down here a second time, so that
//! what the program gets wrong is seen.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `dice` | repeatable random numbers |
//! | `checks` | check digits |
//! | `numbers`, `north`, `south`, `overseas` | numbers of people, and their spellings |
//! | `contact` | phones, addresses of mail, days of birth |
//! | `languages`, `labels` | sentences about people, and how their numbers are called |
//! | `business`, `phrases` | lines that tell of nobody |
#![allow(dead_code, unused_imports, reason = "each of those who include it uses a part of it")]

use std::ops::Range;

#[path = "papers/business.rs"]
mod business;
#[path = "papers/checks.rs"]
mod checks;
#[path = "papers/contact.rs"]
mod contact;
#[path = "papers/dice.rs"]
mod dice;
#[path = "papers/labels.rs"]
mod labels;
#[path = "papers/languages.rs"]
mod languages;
#[path = "papers/north.rs"]
mod north;
#[path = "papers/numbers.rs"]
mod numbers;
#[path = "papers/overseas.rs"]
mod overseas;
#[path = "papers/south.rs"]
mod south;

pub use business::business_line;
pub use checks::complete;
pub use dice::Dice;
pub use numbers::number;

use labels::{LABELS, Labels};
use languages::{BORN, HEADINGS, LANGUAGES, Language, OF_BORN, ROWS};

/// Every kind of what identifies a person, as the program names it.
pub const KINDS: [&str; 34] = [
    "card",
    "iban",
    "ssn",
    "itin",
    "routing",
    "personnummer",
    "dni",
    "nik",
    "rnokpp",
    "nino",
    "nhs",
    "sin",
    "hetu",
    "fodselsnummer",
    "cpr",
    "pesel",
    "bsn",
    "rijksregisternummer",
    "nir",
    "idnr",
    "codice-fiscale",
    "nif",
    "cnp",
    "rodne-cislo",
    "egn",
    "pps",
    "aadhaar",
    "kimlik",
    "sa-id",
    "rrn",
    "resident-id",
    "email",
    "phone",
    "birth-date",
];

/// Of a hundred values, so many have a wrong digit.
const MISTYPED: u64 = 10;

/// And so many non-breaking spaces and hyphens, if they have any.
const UNBROKEN: u64 = 3;

/// A line of a paper that says what its value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Without a line break.
    pub line: String,
    /// Where the value stands, in bytes.
    pub value: Range<usize>,
    /// One of [`KINDS`].
    pub kind: &'static str,
}

/// A line with a label and a value of any kind.
pub fn labelled(rng: &mut Dice) -> Labelled {
    let kind = rng.pick(&KINDS);
    labelled_as(rng, kind)
}

/// A line with a label and a value of that kind. One value of ten has a wrong digit, but of an address or a phone, of
/// which any digit is as good as another.
pub fn labelled_as(rng: &mut Dice, kind: &'static str) -> Labelled {
    let (language, labels) = language(rng, kind);
    let value = match kind {
        "email" => contact::email(rng),
        "phone" => contact::phone(rng, language.id),
        "birth-date" => contact::birth_date(rng, language.id),
        _ => number(rng, kind),
    };
    let is_checked = !matches!(kind, "email" | "phone");
    let value = if is_checked && rng.percent(MISTYPED) { mistyped(rng, &value) } else { value };
    // As word processors have it, so that a number is not broken at a line's end.
    let value = if kind != "email" && rng.percent(UNBROKEN) {
        value.replace(' ', "\u{a0}").replace('-', "\u{2011}")
    } else {
        value
    };
    let (label, name) = (rng.pick(labels), rng.pick(language.names));
    let template = match rng.below(100) {
        _ if BORN.contains(&label) => rng.pick(&OF_BORN),
        0..50 => rng.pick(language.before),
        50..76 => rng.pick(&HEADINGS),
        76..93 => rng.pick(&ROWS),
        _ => rng.pick(language.after),
    };
    let (line, value) = filled(template, label, name, &value);
    Labelled { line, value, kind }
}

/// A text of at least so many bytes: paragraphs of business lines, with a labelled line about every two kilobytes.
pub fn plain_text(rng: &mut Dice, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 2_048);
    let mut labelled_at = 1_000;
    while text.len() < bytes {
        // Lines of one paragraph run on, or stand below each other.
        let between = if rng.percent(60) { " " } else { "\n" };
        for _ in 0..rng.within(2, 7) {
            if text.len() >= labelled_at {
                labelled_at = text.len() + usize::try_from(rng.within(1_500, 2_500)).unwrap_or(2_000);
                text.push_str(&labelled(rng).line);
            } else {
                text.push_str(&business_line(rng));
            }
            text.push_str(between);
        }
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
    }
    text
}

/// A text of at least so many bytes as letters and minutes are: words mostly, and a number here and there; with a
/// labelled line about every two kilobytes.
pub fn prose(rng: &mut Dice, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 2_048);
    let mut labelled_at = 1_000;
    while text.len() < bytes {
        let line = business_line(rng);
        if text.len() >= labelled_at {
            labelled_at = text.len() + 2_000;
            text.push_str(&labelled(rng).line);
        } else if !line.contains(|sign: char| sign.is_ascii_digit()) || rng.percent(2) {
            text.push_str(&line);
        } else {
            continue;
        }
        text.push_str(if rng.percent(60) { " " } else { "\n" });
    }
    text
}

/// In which language a line with such a value is, and the value's labels there: the country's own mostly.
fn language(rng: &mut Dice, kind: &str) -> (&'static Language, &'static [&'static str]) {
    const EVERY: &[Language] = &LANGUAGES;
    const NATIONAL: &[Labels] = &LABELS;
    let everywhere = |language: &'static Language| match kind {
        "card" => language.card,
        "iban" => language.iban,
        "email" => language.email,
        "phone" => language.phone,
        _ => language.birth_date,
    };
    let national = NATIONAL.iter().find(|labels| labels.kind == kind);
    let found: Vec<_> = EVERY
        .iter()
        .filter_map(|language| match national {
            Some(national) => national.in_language(language).map(|labels| (language, labels)),
            None => Some((language, everywhere(language))),
        })
        .collect();
    let Some(national) = national.filter(|_| rng.percent(40)) else { return rng.pick(&found) };
    let own: Vec<_> = found
        .iter()
        .filter(|(language, _)| national.own.iter().any(|(id, _)| *id == language.id))
        .copied()
        .collect();
    rng.pick(&own)
}

/// Another digit in place of one of them.
fn mistyped(rng: &mut Dice, value: &str) -> String {
    let digits: Vec<usize> =
        value.match_indices(|sign: char| sign.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = rng.pick(&digits);
    let digit = value[at..=at].parse::<u64>().unwrap_or(0);
    let other = (digit + rng.within(1, 9)) % 10;
    format!("{}{other}{}", &value[..at], &value[at + 1..])
}

/// The line that a template makes, and where the value stands in it.
fn filled(template: &str, label: &str, name: &str, value: &str) -> (String, Range<usize>) {
    let mut begins = label.chars();
    let capital: String =
        begins.next().into_iter().flat_map(char::to_uppercase).chain(begins.as_str().chars()).collect();
    let text = template
        .replace("{l}", label)
        .replace("{L}", &capital)
        .replace("{n}", name)
        .replace("{U}", &label.to_uppercase());
    // No label and no name holds a brace.
    let at = text.find("{v}").unwrap_or(text.len());
    (text.replace("{v}", value), at..at + value.len())
}

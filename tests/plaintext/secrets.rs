//! The secrets that transcripts name, drawn anew for each run.

use super::canary::{Canary, Kind};
use super::support::transcript::Values;

/// What a secret looks like.
#[derive(Debug, Clone, Copy)]
enum Form {
    Letters,
    Email,
    Phone,
    Date,
    Iban,
    Card,
    /// Signs that do not count between the words of a country's name.
    Country,
}

/// The secrets that transcripts name.
const SECRETS: [(&str, Kind, Form); 63] = [
    ("olga 1", Kind::Passphrase, Form::Letters),
    ("olga 2", Kind::Passphrase, Form::Letters),
    ("bea 1", Kind::Passphrase, Form::Letters),
    ("bea 2", Kind::Passphrase, Form::Letters),
    ("bea 3", Kind::Passphrase, Form::Letters),
    ("bea 4", Kind::Passphrase, Form::Letters),
    ("dana 1", Kind::Passphrase, Form::Letters),
    ("mistyped", Kind::Passphrase, Form::Letters),
    // A day is guessed soon.
    ("too short", Kind::Passphrase, Form::Date),
    ("staff note", Kind::StaffNote, Form::Letters),
    ("field", Kind::Logged, Form::Letters),
    ("label", Kind::Record, Form::Letters),
    ("purpose", Kind::Record, Form::Letters),
    ("reason 1", Kind::Logged, Form::Letters),
    ("reason 2", Kind::Logged, Form::Letters),
    ("reason 3", Kind::Logged, Form::Letters),
    ("export reason", Kind::Logged, Form::Letters),
    ("disclosure reason", Kind::Logged, Form::Letters),
    ("name", Kind::Record, Form::Letters),
    ("email", Kind::Record, Form::Email),
    ("phone", Kind::Record, Form::Phone),
    ("street", Kind::Record, Form::Letters),
    ("city", Kind::Record, Form::Letters),
    ("postcode", Kind::Record, Form::Letters),
    ("country", Kind::Record, Form::Country),
    ("birth date", Kind::Record, Form::Date),
    ("national id", Kind::Record, Form::Letters),
    ("iban", Kind::Record, Form::Iban),
    ("card", Kind::Record, Form::Card),
    ("note 1", Kind::Record, Form::Letters),
    ("note 2", Kind::Record, Form::Letters),
    ("piped name", Kind::Record, Form::Letters),
    ("piped note", Kind::Record, Form::Letters),
    ("piped iban", Kind::Record, Form::Iban),
    ("other name", Kind::Record, Form::Letters),
    ("other value", Kind::Record, Form::Letters),
    ("erased name", Kind::Record, Form::Letters),
    ("erased value", Kind::Record, Form::Letters),
    ("hold reason", Kind::Logged, Form::Letters),
    ("erase reason", Kind::Logged, Form::Letters),
    ("search without a hit", Kind::Record, Form::Letters),
    ("interrupted search", Kind::Record, Form::Letters),
    ("new name", Kind::Record, Form::Letters),
    ("new street", Kind::Record, Form::Letters),
    ("new national id", Kind::Record, Form::Letters),
    ("new note", Kind::Record, Form::Letters),
    ("refused name", Kind::Record, Form::Letters),
    ("bad row", Kind::Record, Form::Letters),
    ("bad row note", Kind::Record, Form::Letters),
    ("few rows", Kind::Record, Form::Letters),
    ("few rows street", Kind::Record, Form::Letters),
    ("many rows", Kind::Record, Form::Letters),
    ("many rows email", Kind::Record, Form::Email),
    ("many rows street", Kind::Record, Form::Letters),
    ("many rows id", Kind::Record, Form::Letters),
    ("many rows note", Kind::Record, Form::Letters),
    ("city before the fold", Kind::Record, Form::Letters),
    ("folded name", Kind::Record, Form::Letters),
    ("shell name", Kind::Record, Form::Letters),
    ("shell search", Kind::Record, Form::Letters),
    ("scanned words", Kind::Record, Form::Letters),
    ("document name", Kind::Record, Form::Letters),
    ("half a line", Kind::Record, Form::Letters),
];
/// What transcripts call what the program itself made, by the first word.
const MADE: [(&str, Kind); 3] = [("sheet", Kind::Shown), ("drawn", Kind::Shown), ("code", Kind::Logged)];

/// Names in a transcript that stand for nothing that is drawn or made.
pub fn unknown(transcript: &str) -> Vec<String> {
    let names = regex::Regex::new("⟨([^⟨⟩:]+)⟩").unwrap();
    let names = names.captures_iter(transcript).map(|found| found[1].to_owned());
    let known = |name: &str| {
        // `gone` is the code of who was erased, which the ledger holds in the clear.
        let is_key = ["enter", "cleared", "rows", "gone"].contains(&name) || name.starts_with("ctrl-");
        is_key || is_made(name).is_some() || SECRETS.iter().any(|(known, ..)| *known == name)
    };
    names.filter(|name| !known(name)).collect()
}

fn is_made(name: &str) -> Option<Kind> {
    MADE.iter().find(|(begins, _)| name.split(' ').next() == Some(begins)).map(|(_, kind)| *kind)
}

/// Secrets of the list that a transcript has no use for.
pub fn unused(transcript: &str) -> Vec<&'static str> {
    SECRETS.iter().map(|(name, ..)| *name).filter(|name| !stands_in(transcript, name)).collect()
}

fn stands_in(transcript: &str, name: &str) -> bool {
    transcript.contains(&format!("⟨{name}⟩"))
}

/// Draws those that the transcript has use for: as its values, and as what must not be found.
pub fn drawn(transcript: &str) -> (Values, Vec<Canary>) {
    let used = SECRETS.iter().filter(|(name, ..)| stands_in(transcript, name));
    let drawn = used.map(|(name, kind, form)| {
        let secret = form.draw();
        let canary = Canary::new(*kind, name, &secret);
        (((*name).to_owned(), secret), canary)
    });
    drawn.unzip()
}

/// What the program made, among the values that a transcript ended with.
pub fn made(values: &Values) -> Vec<Canary> {
    values.iter().filter_map(|(name, value)| Some(Canary::new(is_made(name)?, name, value))).collect()
}

/// All that opens an identity: passphrases, and recovery sheets.
pub fn passphrases(values: &Values) -> Vec<String> {
    let opens = |name: &str| {
        let typed = SECRETS.iter().any(|(known, kind, _)| *known == name && *kind == Kind::Passphrase);
        typed || name.starts_with("sheet")
    };
    values.iter().filter(|(name, _)| opens(name)).map(|(_, value)| value.clone()).collect()
}

/// Random numbers below `limit`.
fn chance(limit: u32) -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes) % limit
}

fn signs(count: usize, of: &str) -> String {
    let of: Vec<char> = of.chars().collect();
    (0..count).map(|_| of[chance(u32::try_from(of.len()).unwrap()) as usize]).collect()
}

impl Form {
    fn draw(self) -> String {
        let letters = |count| signs(count, "abcdefghijklmnopqrstuvwxyz");
        let digits = |count| signs(count, "0123456789");
        match self {
            Self::Letters => letters(28),
            Self::Email => format!("{}@{}.example", letters(20), letters(20)),
            Self::Phone => format!("+{}", digits(15)),
            Self::Date => format!("19{:02}-{:02}-{:02}", chance(60), 1 + chance(12), 1 + chance(28)),
            Self::Iban => iban(&digits(18)),
            Self::Card => card(&digits(15)),
            Self::Country => {
                let words = ["Saint", "Vincent", "and", "the", "Grenadines"];
                words.map(|word| format!("{word}{}", signs(6, ".~_"))).concat()
            }
        }
    }
}

/// A German account number with its check digits (ISO 13616).
fn iban(account: &str) -> String {
    // D and E are 13 and 14.
    let remainder =
        format!("{account}131400").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - remainder)
}

/// A card number with its check digit (ISO/IEC 7812).
fn card(number: &str) -> String {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    format!("{number}{}", (10 - sum % 10) % 10)
}

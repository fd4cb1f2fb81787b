//! The log's head as a person writes it on paper and types it again: the count, and the hash shortened to
//! words or digits, with one more word or group that tells a slip of the pen from another log.

use std::fmt::Write as _;
use std::str::FromStr;

use diceware_wordlists::EFF_LONG_WORDLIST as WORDS;
use sha2::{Digest as _, Sha256};

use crate::sealed::signed::{Digest, Mark};

/// Words of the hash: 77 bits, so that nobody makes another log with the same ones.
const HASH_WORDS: u32 = 6;
/// Groups of four digits of the hash: 79 bits.
const HASH_GROUPS: u32 = 6;
const GROUP: u128 = 10_000;
/// What the check is hashed with, so that it is no other hash of this format.
const DOMAIN: &[u8] = b"vault/v1/paper";

/// A head as it stands on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaperHead {
    /// How many entries.
    pub count: u64,
    short: Short,
}

/// What is left of the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    Words(u128),
    Digits(u128),
    Whole(Digest),
}

/// What was typed is no head: a mistake, and no sign of tampering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPaperHead {
    /// Neither form.
    #[error("a head is a count and {} words, or a count and {} groups of four digits", HASH_WORDS + 1, HASH_GROUPS + 1)]
    Form,
    /// A word that is not of the list.
    #[error("\"{0}\" is no word of the list; look at the paper again")]
    NoWord(String),
    /// Read or typed wrong.
    #[error("the head is mistyped: the last word or group does not fit the rest")]
    Check,
}

impl PaperHead {
    /// Whether this is the head that was written down.
    pub fn is_of(&self, head: Mark) -> bool {
        self.count == head.seq
            && self.short
                == match self.short {
                    Short::Words(_) => Short::Words(shortened(head.hash, modulus(words(), HASH_WORDS))),
                    Short::Digits(_) => Short::Digits(shortened(head.hash, modulus(GROUP, HASH_GROUPS))),
                    Short::Whole(_) => Short::Whole(head.hash),
                }
    }
}

/// `1024 acid bagel …`: the count, six words of the hash and one that checks them.
pub fn in_words(head: Mark) -> String {
    let value = shortened(head.hash, modulus(words(), HASH_WORDS));
    let check = check(head.seq, b"words", value, words());
    let mut text = head.seq.to_string();
    for place in parts(value, words(), HASH_WORDS).into_iter().chain([check]) {
        // Below the number of words.
        let word = usize::try_from(place).ok().and_then(|place| WORDS.get(place));
        let _ = write!(text, " {}", word.unwrap_or(&""));
    }
    text
}

/// `1024 0042-9981-…`: the count, six groups of the hash and one that checks them.
pub fn in_digits(head: Mark) -> String {
    let value = shortened(head.hash, modulus(GROUP, HASH_GROUPS));
    let check = check(head.seq, b"digits", value, GROUP);
    let groups: Vec<String> = parts(value, GROUP, HASH_GROUPS)
        .into_iter()
        .chain([check])
        .map(|group| format!("{group:04}"))
        .collect();
    format!("{} {}", head.seq, groups.join("-"))
}

impl FromStr for PaperHead {
    type Err = NoPaperHead;

    /// Takes words, digits, or the whole hash in hexadecimal, each after the count; blanks, commas and
    /// dashes part them.
    fn from_str(text: &str) -> Result<Self, NoPaperHead> {
        let text = text.trim();
        let end = text.find(|character: char| !character.is_ascii_digit()).ok_or(NoPaperHead::Form)?;
        let count: u64 = text[..end].parse().map_err(|_| NoPaperHead::Form)?;
        let rest = text[end..].to_ascii_lowercase();
        if let Ok(hash) = rest.trim_matches(is_gap).parse::<Digest>() {
            return Ok(Self { count, short: Short::Whole(hash) });
        }
        let parts = |parted: &dyn Fn(char) -> bool| -> Vec<String> {
            rest.split(parted).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        // Four words of the list have a dash themselves.
        let typed = parts(&|character| is_gap(character) && character != '-');
        let typed = if typed.len() > HASH_WORDS as usize { typed } else { parts(&is_gap) };
        let digits = |part: &String| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !typed.is_empty() && typed.iter().all(digits) {
            let groups = typed.iter().map(|group| group.parse().map_err(|_| NoPaperHead::Form));
            let value = value(count, b"digits", groups, GROUP, HASH_GROUPS)?;
            return Ok(Self { count, short: Short::Digits(value) });
        }
        let places = typed.iter().map(|word| {
            let place = WORDS.iter().position(|known| known == word);
            place.map(|place| place as u128).ok_or_else(|| NoPaperHead::NoWord(word.clone()))
        });
        let value = value(count, b"words", places, words(), HASH_WORDS)?;
        Ok(Self { count, short: Short::Words(value) })
    }
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | ',' | '.' | ':' | ';')
}

fn words() -> u128 {
    WORDS.len() as u128
}

fn modulus(base: u128, places: u32) -> u128 {
    base.pow(places)
}

/// The first 16 bytes of the hash, big-endian, modulo `modulus`, which is far below 2^128: every value is
/// as likely as any other, but for one in 2^48.
fn shortened(hash: Digest, modulus: u128) -> u128 {
    let mut first = [0; 16];
    first.copy_from_slice(&hash.0[..16]);
    u128::from_be_bytes(first) % modulus
}

/// The places of `value`, the highest first.
fn parts(mut value: u128, base: u128, places: u32) -> Vec<u128> {
    let mut parts = Vec::new();
    for _ in 0..places {
        parts.push(value % base);
        value /= base;
    }
    parts.reverse();
    parts
}

/// SHA-256 of `vault/v1/paper` ‖ form ‖ count ‖ value, both 16 bytes big-endian; its first 8 bytes modulo
/// `base`.
fn check(count: u64, form: &[u8], value: u128, base: u128) -> u128 {
    let hash = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(form)
        .chain_update(u128::from(count).to_be_bytes())
        .chain_update(value.to_be_bytes())
        .finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u128::from(u64::from_be_bytes(first)) % base
}

/// Joins what was typed, if its last part checks the rest.
fn value(
    count: u64,
    form: &[u8],
    typed: impl Iterator<Item = Result<u128, NoPaperHead>>,
    base: u128,
    places: u32,
) -> Result<u128, NoPaperHead> {
    let mut typed = typed.collect::<Result<Vec<_>, _>>()?;
    let last = typed.pop().filter(|_| typed.len() == places as usize).ok_or(NoPaperHead::Form)?;
    let value = typed.iter().fold(0, |value, part| value * base + part);
    if check(count, form, value, base) == last { Ok(value) } else { Err(NoPaperHead::Check) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64, text: &str) -> Mark {
        Mark { seq, hash: Digest::of(text.as_bytes()) }
    }

    #[test]
    fn what_is_written_on_paper_is_the_head_again_however_it_is_typed() {
        for seq in [1, 7, 1_024, 1_000_000, u64::MAX] {
            let mark = head(seq, "entry");
            let (words, digits) = (in_words(mark), in_digits(mark));
            let typed = [
                words.clone(),
                words.to_uppercase(),
                words.replace(' ', ", "),
                format!("  {words}\n"),
                digits.clone(),
                digits.replace('-', " "),
                format!("{seq} {}", mark.hash),
            ];
            for text in typed {
                let paper: PaperHead = text.parse().unwrap();
                assert!(paper.is_of(mark), "{text}");
                assert!(!paper.is_of(head(seq, "other")) && !paper.is_of(Mark { seq: 2, ..mark }), "{text}");
            }
        }
    }

    #[test]
    fn every_word_of_the_list_can_be_typed() {
        // A word with a dash must not fall apart.
        for start in (0..WORDS.len()).step_by(HASH_WORDS as usize) {
            let places = (0..HASH_WORDS as usize).map(|step| (start + step) % WORDS.len());
            let value = places.clone().fold(0, |value, place| value * words() + place as u128);
            let last = check(9, b"words", value, words());
            let all = places.chain([usize::try_from(last).unwrap()]).map(|place| WORDS[place]);
            let text = format!("9 {}", all.collect::<Vec<_>>().join(" "));
            assert_eq!(text.parse::<PaperHead>(), Ok(PaperHead { count: 9, short: Short::Words(value) }));
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_another_log() {
        let mark = head(1_024, "entry");
        let (words, digits) = (in_words(mark), in_digits(mark));
        let parse = |text: &str| text.parse::<PaperHead>().unwrap_err();
        assert_eq!(parse(&words.replacen("1024", "1042", 1)), NoPaperHead::Check);
        assert_eq!(parse(&digits.replacen("1024", "1042", 1)), NoPaperHead::Check);
        let swapped: Vec<&str> = words.split(' ').collect();
        let swapped = [&swapped[..1], &[swapped[2], swapped[1]], &swapped[3..]].concat().join(" ");
        assert_eq!(parse(&swapped), NoPaperHead::Check);
        assert_eq!(parse("1024 notaword acid"), NoPaperHead::NoWord("notaword".into()));
        for text in ["", "1024", "acid", "1024 acid", "1024 1234-5678", "99999999999999999999999 acid"] {
            assert_eq!(parse(text), NoPaperHead::Form, "{text}");
        }
    }

    /// The format: what stands on paper must be checked by every later version.
    #[test]
    fn the_words_stay_what_they_are() {
        let mark = head(1_024, "entry");
        assert_eq!(in_words(mark), "1024 mangy petticoat putt absently chaperone crimson jalapeno");
        assert_eq!(in_digits(mark), "1024 7202-4590-0059-8417-6670-5925-1677");
    }
}

//! Digits and signs of other scripts, as those of ASCII that they are read as.

use std::ops::Range;

use zeroize::Zeroizing;

use super::bytes;

/// The zeroes of the scripts whose digits people write numbers with.
const ZEROES: [u32; 14] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0x1040, 0xff10];

/// Whether what [`plain`] replaces may begin with the byte.
fn is_first(byte: u8) -> bool {
    let is_one_of = [0xd9, 0xdb, 0xe0, 0xe1, 0xef].map(|first| u8::from(byte == first));
    is_one_of.iter().fold(0, |any, one| any | one) != 0
}

/// Whether the bytes of a text begin with what [`plain`] replaces: told without taking characters apart.
fn begins(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xd9, 0xa0..=0xa9, ..]
            | [0xdb, 0xb0..=0xb9, ..]
            | [0xe0, 0xa5 | 0xa7 | 0xa9 | 0xab | 0xad | 0xaf | 0xb1 | 0xb3 | 0xb5, 0xa6..=0xaf, ..]
            | [0xe0, 0xb9, 0x90..=0x99, ..]
            | [0xe1, 0x81, 0x80..=0x89, ..]
            | [0xef, 0xbc, 0x8b | 0x8d | 0x8e | 0x90..=0x99 | 0xa0, ..]
    )
}

/// A text with such digits replaced, and where each of its bytes comes from.
#[derive(Debug)]
pub(super) struct Plain {
    text: Zeroizing<String>,
    places: Vec<usize>,
}

impl Plain {
    /// Nothing if a text has none.
    pub fn of(text: &str) -> Option<Self> {
        if !bytes::any(text.as_bytes(), is_first, begins) {
            return None;
        }
        let mut own = Self { text: Zeroizing::new(String::with_capacity(text.len())), places: Vec::new() };
        for (at, character) in text.char_indices() {
            own.text.push(plain(character).unwrap_or(character));
            own.places.resize(own.text.len(), at);
        }
        own.places.push(text.len());
        Some(own)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of it that a part of the text that it was made of is here.
    pub fn of_source(&self, part: Range<usize>) -> Range<usize> {
        let here = |at: usize| self.places.partition_point(|place| *place < at);
        here(part.start)..here(part.end)
    }

    /// Where a byte of it stands in the text that it was made of.
    pub fn place(&self, at: usize) -> usize {
        self.places.get(at).or(self.places.last()).copied().unwrap_or(0)
    }
}

fn plain(character: char) -> Option<char> {
    let code = u32::from(character);
    // Before these come the scripts of Europe.
    if code < 0x660 {
        return None;
    }
    match character {
        '\u{ff20}' => return Some('@'),
        '\u{ff0b}' => return Some('+'),
        '\u{ff0d}' => return Some('-'),
        '\u{ff0e}' => return Some('.'),
        _ => {}
    }
    let zero = ZEROES.iter().find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Piece, Redactor};

    #[test]
    fn digits_of_other_scripts_are_digits() {
        for (text, left) in [
            ("卡号４１１１ １１１１ １１１１ １１１１。", "卡号[card ████]。"),
            ("आधार २९८४ ४८८६ ३३६४ है", "आधार [Aadhaar ████] है"),
            ("ａ＠example.org", "[e-mail ████]"),
        ] {
            let mut pieces = [Piece::new(text, 1, 1)];
            Redactor::default().passage(&mut pieces, "", None);
            assert_eq!(pieces[0].text.as_str(), left);
        }
        assert!(Plain::of("Åsa 12, 日本").is_none());
    }

    #[test]
    fn each_of_them_is_seen_wherever_it_stands() {
        for character in '\0'..=char::MAX {
            let own = character.to_string();
            assert_eq!(begins(own.as_bytes()), plain(character).is_some(), "{character:?}");
            if plain(character).is_some() {
                for before in [0, 31, 63, 64, 65] {
                    assert!(Plain::of(&format!("{}{own}", "x".repeat(before))).is_some(), "{character:?}");
                }
            }
        }
    }
}

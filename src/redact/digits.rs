//! Digits and signs of other scripts, as those of ASCII that they are read as.

use std::ops::{Range, RangeInclusive};

use zeroize::Zeroizing;

use super::bytes;

/// The zeroes of the scripts whose digits people write numbers with.
const ZEROES: [u32; 14] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0x1040, 0xff10];

/// Between which the first bytes of what [`plain`] replaces lie.
const FIRST_BYTES: RangeInclusive<u8> = 0xd9..=0xef;

/// Whether what [`plain`] replaces may begin with the byte: U+0660 and U+06F0, U+0966 to U+0E59, U+1040, U+FF0B to U+FF20.
const fn may_begin(byte: u8) -> bool {
    matches!(byte, 0xd9 | 0xdb | 0xe0 | 0xe1 | 0xef)
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
        if !is_in(text) {
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

/// Whether a text has digits or signs that [`plain`] replaces.
fn is_in(text: &str) -> bool {
    let mut from = 0;
    while let Some(at) = bytes::next(text.as_bytes(), from, &FIRST_BYTES, may_begin) {
        // Letters of one script stand together: these are looked at without looking for them again.
        for character in text.get(at..).unwrap_or_default().chars() {
            from = if from > at { from } else { at } + character.len_utf8();
            if plain(character).is_some() {
                return true;
            }
            if character.is_ascii() {
                break;
            }
        }
    }
    false
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
    // Each script of India has a half of a page to itself, and its digits in the same place there.
    if (0x900..0xd80).contains(&code) && !(0x66..0x70).contains(&(code & 0x7f)) {
        return None;
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
        for character in ('\0'..=char::MAX).filter(|character| plain(*character).is_some()) {
            let text = format!("{}{character}", "é".repeat(usize::from(character as u16 % 99)));
            assert!(Plain::of(&text).is_some(), "{character}");
        }
    }
}

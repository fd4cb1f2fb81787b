//! Digits and signs of other scripts, as those of ASCII that they are read as.

use std::ops::Range;

use zeroize::Zeroizing;

use super::bytes;

/// The zeroes of the scripts whose digits people write numbers with.
const ZEROES: [u32; 14] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0x1040, 0xff10];

/// Whether what [`plain`] replaces may begin with the byte.
fn is_first(byte: u8) -> bool {
    let is = |first: u8| u8::from(byte == first);
    is(0xd9) | is(0xdb) | is(0xe0) | is(0xe1) | is(0xef) != 0
}

/// Whether three bytes of a text begin with what [`plain`] replaces: told without taking characters apart.
fn begins([one, two, three]: [u8; 3]) -> bool {
    let is = |byte: u8, first: u8, last: u8| u8::from(first <= byte) & u8::from(byte <= last);
    let arabic = is(one, 0xd9, 0xd9) & is(two, 0xa0, 0xa9) | is(one, 0xdb, 0xdb) & is(two, 0xb0, 0xb9);
    // Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada and Malayalam, each 0x80 further.
    let indian = is(two, 0xa5, 0xb5) & (two & 1) & is(three, 0xa6, 0xaf);
    let thai = is(two, 0xb9, 0xb9) & is(three, 0x90, 0x99);
    let burmese = is(two, 0x81, 0x81) & is(three, 0x80, 0x89);
    // `＋`, `－`, `．` and `＠` as well.
    let signs = is(three, 0x8b, 0x8b) | is(three, 0x8d, 0x8e) | is(three, 0xa0, 0xa0);
    let wide = is(two, 0xbc, 0xbc) & (is(three, 0x90, 0x99) | signs);
    let of_three =
        is(one, 0xe0, 0xe0) & (indian | thai) | is(one, 0xe1, 0xe1) & burmese | is(one, 0xef, 0xef) & wide;
    arabic | of_three != 0
}

/// A text with such digits replaced.
#[derive(Debug)]
pub(super) struct Plain {
    text: Zeroizing<String>,
    /// Behind each that was replaced: the place here and in the text that it was made of.
    behind: Vec<(usize, usize)>,
}

impl Plain {
    /// Nothing if a text has none.
    pub fn of(text: &str) -> Option<Self> {
        if !bytes::any_three(text.as_bytes(), is_first, begins) {
            return None;
        }
        let mut own = Self { text: Zeroizing::new(String::with_capacity(text.len())), behind: Vec::new() };
        let (mut kept, mut from) = (0, 0);
        while let Some(at) = bytes::next(text.as_bytes(), from, is_first) {
            // A character begins there: in none such a byte comes later.
            let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            from = at + character.len_utf8();
            if let Some(digit) = plain(character) {
                own.text.push_str(text.get(kept..at).unwrap_or_default());
                own.text.push(digit);
                own.behind.push((own.text.len(), from));
                kept = from;
            }
        }
        own.text.push_str(text.get(kept..).unwrap_or_default());
        Some(own)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of it that a part of the text that it was made of is here.
    pub fn of_source(&self, part: Range<usize>) -> Range<usize> {
        let here = |at: usize| {
            let (here, there) = self.last(|(_, there)| *there <= at);
            here + (at - there)
        };
        here(part.start)..here(part.end)
    }

    /// Where a character of it stands in the text that it was made of.
    pub fn place(&self, at: usize) -> usize {
        let (here, there) = self.last(|(here, _)| *here <= at);
        there + (at - here)
    }

    /// The last place behind what was replaced that is so, or the beginning.
    fn last(&self, is_so: impl Fn(&(usize, usize)) -> bool) -> (usize, usize) {
        let number = self.behind.partition_point(is_so);
        number.checked_sub(1).and_then(|last| self.behind.get(last)).copied().unwrap_or_default()
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
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
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
    fn places_are_told_both_ways() {
        let text = "é４１ १x日２";
        let plain = Plain::of(text).unwrap();
        assert_eq!(plain.text(), "é41 1x日2");
        let ends = |text: &str| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect::<Vec<_>>();
        for (here, there) in ends(plain.text()).into_iter().zip(ends(text)) {
            assert_eq!((plain.place(here), plain.of_source(there..there)), (there, here..here));
        }
    }

    #[test]
    fn each_of_them_is_seen_wherever_it_stands() {
        for character in '\0'..=char::MAX {
            let own = character.to_string();
            let first = [0, 1, 2].map(|at| own.as_bytes().get(at).copied().unwrap_or(0));
            assert_eq!(begins(first), plain(character).is_some(), "{character:?}");
            if plain(character).is_some() {
                for before in [0, 31, 63, 64, 65] {
                    assert!(Plain::of(&format!("{}{own}", "x".repeat(before))).is_some(), "{character:?}");
                }
            }
        }
    }
}

//! Folding: a text without case, accents and points, so that labels are known however they are written: `S.I.N.`.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use super::labels::is_unspaced;

/// What stands for something that was blacked out.
pub(super) const BLACK: char = '█';
/// What was blacked out is shown with so many bytes at most: `[Sozialversicherungsnummer ████1234]`.
const BLACKED: usize = 64;

/// Whether it is a letter that is read with those beside it as a word.
pub(super) fn is_spaced_letter(character: char) -> bool {
    match character {
        // Latin, Greek, Cyrillic and Devanagari, told without a table.
        'a'..='z'
        | 'A'..='Z'
        | 'À'..='Ö'
        | 'Ø'..='ö'
        | 'ø'..='\u{2c1}'
        | 'Α'..='Ρ'
        | 'Σ'..='Ϋ'
        | 'ά'..='ώ'
        | '\u{400}'..='\u{481}'
        | '\u{900}'..='\u{93b}'
        | '\u{93d}'..='\u{94c}' => true,
        // Signs of Devanagari, and dashes, quotes and spaces.
        '\u{93c}' | '\u{94d}' | '\u{964}' | '\u{2000}'..='\u{206f}' => false,
        _ => !character.is_ascii() && !is_unspaced(character) && character.is_alphabetic(),
    }
}

/// What is left out of a folded text.
const LEFT_OUT: u8 = 0x00;
/// What is no byte of ASCII.
const OTHER: u8 = 0xff;

/// What each byte is folded to.
const FOLDED: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0x00_u8;
    while byte < 0x80 {
        table[byte as usize] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'_' | b'-' | b'/' => b' ',
            b'.' => LEFT_OUT,
            _ => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

/// The first three bytes of a folded text from a place on, where they are told without folding it: those of ASCII, and a
/// sign of a script without spaces.
pub(super) fn first_three(text: &str, at: usize) -> Option<[u8; 3]> {
    let [one, two, three, ..] = *text.as_bytes().get(at..)? else { return None };
    if one >= 0x80 {
        let sign = text.get(at..)?.chars().next().filter(|sign| is_unspaced(*sign) && sign.len_utf8() == 3);
        return sign.map(|_| [one, two, three]);
    }
    let folded = [one, two, three].map(|byte| FOLDED[usize::from(byte)]);
    folded.iter().all(|byte| !matches!(*byte, LEFT_OUT | OTHER | b' ' | b'[')).then_some(folded)
}

/// Whether all characters that begin with the byte are letters of two bytes: U+0100 to U+027F, U+0400 to U+047F.
fn is_letter_of_two(byte: u8) -> bool {
    matches!(byte, 0xc4..=0xc9 | 0xd0 | 0xd1)
}

/// Where words begin in a part of a text. A sign of a script without spaces is a word.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    /// What was read last is a letter.
    is_in_word: bool,
}

impl<'a> Words<'a> {
    pub fn within(text: &'a str, part: Range<usize>) -> Self {
        // A part may begin within what was blacked out: its words are none.
        let near = text.floor_char_boundary(part.start.saturating_sub(BLACKED));
        let open = text.get(near..part.start).and_then(|before| before.rfind('['));
        let black = open.and_then(|open| blacked_out(text, near + open)).filter(|end| *end > part.start);
        let before = text.get(near..part.start).unwrap_or_default().chars().rev().find(|c| !is_unseen(*c));
        let is_in_word = black.is_none() && before.is_some_and(is_spaced_letter);
        Self { text, at: black.unwrap_or(part.start), end: part.end, is_in_word }
    }
}

impl Iterator for Words<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bytes = self.text.as_bytes().get(..self.end).unwrap_or_default();
        let (mut at, mut is_in_word) = (self.at, self.is_in_word);
        let found = loop {
            let Some(byte) = bytes.get(at).copied() else { break None };
            let begin = at;
            at += 1;
            let was_in_word = is_in_word;
            match FOLDED[usize::from(byte)] {
                b'a'..=b'z' => is_in_word = true,
                // A point within an abbreviation.
                LEFT_OUT => {}
                OTHER if is_letter_of_two(byte) => {
                    is_in_word = true;
                    at += 1;
                }
                OTHER => {
                    let Some(character) = self.text.get(begin..).and_then(|rest| rest.chars().next()) else {
                        break None;
                    };
                    at = begin + character.len_utf8();
                    if is_spaced_letter(character) {
                        is_in_word = true;
                    } else if is_unspaced(character) {
                        is_in_word = false;
                        break Some(begin);
                    } else if !is_unseen(character) {
                        is_in_word = false;
                    }
                }
                b'[' => {
                    is_in_word = false;
                    at = blacked_out(self.text, begin).unwrap_or(at);
                }
                _ => is_in_word = false,
            }
            if is_in_word && !was_in_word {
                break Some(begin);
            }
        };
        (self.at, self.is_in_word) = (at, is_in_word);
        found
    }
}

/// A text that is folded character by character: what was blacked out in it is a space.
pub(super) struct Folding<'a> {
    text: &'a str,
    /// How far it was folded.
    at: usize,
    ends_with_space: bool,
}

impl<'a> Folding<'a> {
    pub fn from(text: &'a str, at: usize) -> Self {
        Self { text, at, ends_with_space: false }
    }

    /// Where the next character is that was not folded.
    pub fn place(&self) -> usize {
        self.at
    }

    /// The next byte, if it is one of ASCII that stands for itself.
    #[inline]
    pub fn next_plain(&mut self) -> Option<u8> {
        let folded = FOLDED[usize::from(*self.text.as_bytes().get(self.at)?)];
        if matches!(folded, LEFT_OUT | OTHER | b' ' | b'[') {
            return None;
        }
        self.at += 1;
        self.ends_with_space = false;
        Some(folded)
    }

    /// Hands over what the next character is folded to, byte by byte. Whether there was one.
    pub fn next(&mut self, folded: &mut impl FnMut(u8)) -> bool {
        let Some(byte) = self.text.as_bytes().get(self.at).copied() else { return false };
        match FOLDED[usize::from(byte)] {
            LEFT_OUT => self.at += 1,
            OTHER => {
                let character = self.text.get(self.at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                self.at += character.len_utf8();
                fold_character(character, &mut |part| {
                    if part != ' ' || !self.ends_with_space {
                        part.encode_utf8(&mut [0; 4]).bytes().for_each(&mut *folded);
                    }
                    self.ends_with_space = part == ' ';
                });
            }
            mut byte => {
                let black = if byte == b'[' { blacked_out(self.text, self.at) } else { None };
                if black.is_some() {
                    byte = b' ';
                }
                if byte != b' ' || !self.ends_with_space {
                    folded(byte);
                }
                self.ends_with_space = byte == b' ';
                self.at = black.unwrap_or(self.at + 1);
            }
        }
        true
    }
}

/// Whether a folded text has nothing of it: a point, a soft hyphen, an accent that stands by itself.
pub(super) fn is_unseen(character: char) -> bool {
    let mut seen = false;
    fold_character(character, &mut |_| seen = true);
    !seen
}

/// Where `[SSN ████]` ends that begins there.
pub(super) fn blacked_out(text: &str, at: usize) -> Option<usize> {
    let end = text.floor_char_boundary(at.saturating_add(BLACKED).min(text.len()));
    let inside = text.get(at..end)?;
    let end = inside.find(']')?;
    inside.get(..end)?.contains(BLACK).then_some(at + end + 1)
}

/// Appends a text in lower case and without accents and points.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    for character in text.chars() {
        fold_character(character, &mut |part| {
            // One space for all that parts words.
            if part != ' ' || !folded.ends_with(' ') {
                folded.push(part);
            }
        });
    }
}

/// Hands over what a character is folded to.
fn fold_character(character: char, folded: &mut impl FnMut(char)) {
    match character {
        // Cyrillic, but for those that decompose.
        'а'..='и' | 'к'..='я' => folded(character),
        _ if character.is_ascii() => match FOLDED[character as usize] {
            LEFT_OUT => {}
            byte => folded(char::from(byte)),
        },
        _ if is_unspaced(character) => folded(character),
        'Α'..='Ρ' | 'Σ'..='Ω' | 'α'..='ρ' | 'σ'..='ω' => character.to_lowercase().for_each(folded),
        _ => decompose_canonical(character, |part| {
            if canonical_combining_class(part) == 0 {
                for letter in part.to_lowercase() {
                    fold_letter(letter, folded);
                }
            }
        }),
    }
}

/// Letters that do not decompose, marks that are written for one another, and what only tells how to draw a word.
fn fold_letter(letter: char, folded: &mut impl FnMut(char)) {
    match letter {
        'ø' => folded('o'),
        'ł' => folded('l'),
        'đ' => folded('d'),
        'ı' => folded('i'),
        'ς' => folded('σ'),
        'ß' => "ss".chars().for_each(folded),
        'æ' => "ae".chars().for_each(folded),
        '\u{2019}' | '\u{2bc}' => folded('\''),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{2010}'..='\u{2015}' => folded(' '),
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
        other => folded(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_count() {
        let fold = |text: &str| {
            let mut folded = String::new();
            fold_into(text, &mut folded);
            folded
        };
        assert_eq!(fold("Número de Identificación"), "numero de identificacion");
        assert_eq!(fold("FØDSELSNUMMER"), "fodselsnummer");
        assert_eq!(fold("Ідентифікаційний"), fold("ідентифікаціиний"));
        assert_eq!(fold("n° d’assurance"), "n° d'assurance");
        assert_eq!(fold("Soc. Sec. No."), "soc sec no");
        assert_eq!(fold("date-of_birth  x"), "date of birth x");
    }

    #[test]
    fn a_label_begins_with_a_word_or_with_what_is_none() {
        let starts = |text: &str| {
            Words::within(text, 0..text.len()).map(|start| text[start..].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(starts("Its n° s/n"), ["Its n° s/n", "n° s/n", "s/n", "n"]);
        assert_eq!(starts("ÉТe\u{301}é身份 x9y"), ["ÉТe\u{301}é身份 x9y", "身份 x9y", "份 x9y", "x9y", "y"]);
        assert_eq!(Words::within("S.I. no word", 2..10).collect::<Vec<_>>(), [5, 8]);
        assert_eq!(starts("S.I.N. co\u{ad}de"), ["S.I.N. co\u{ad}de", "co\u{ad}de"]);
    }

    #[test]
    fn what_was_blacked_out_is_folded_to_a_space() {
        let text = "[x] É  [SSN ████] S.I.N.";
        let (mut folding, mut folded) = (Folding::from(text, 3), Vec::new());
        while folding.next(&mut |byte| folded.push(byte)) {}
        assert_eq!((folded.as_slice(), folding.place()), (&b" e sin"[..], text.len()));
    }

    #[test]
    fn a_letter_is_told_quickly_as_it_is_told_by_the_table() {
        for character in '\0'..=char::MAX {
            let by_table = character.is_alphabetic() && !is_unspaced(character);
            assert_eq!(is_spaced_letter(character), by_table, "{character:?}");
            let mut bytes = [0; 4];
            let encoded = character.encode_utf8(&mut bytes).as_bytes();
            assert!(!is_letter_of_two(encoded[0]) || (by_table && encoded.len() == 2), "{character:?}");
        }
    }
}

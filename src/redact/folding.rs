//! Folding: a text without case, accents and points, so that labels are known however they are written: `S.I.N.`.

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};
use zeroize::Zeroizing;

use super::labels::is_unspaced;

/// What stands for something that was blacked out.
pub(super) const BLACK: char = '█';
/// What was blacked out is shown with so many bytes at most: `[Sozialversicherungsnummer ████1234]`.
const BLACKED: usize = 64;

/// A folded text, which byte of the text each of its bytes comes from, and where a label may begin in it.
#[derive(Debug, Default)]
pub(super) struct Folded {
    text: Zeroizing<String>,
    places: Vec<u32>,
    starts: Vec<u32>,
    length: u32,
    /// What was folded last is a letter of a script that puts spaces between words.
    is_in_word: bool,
}

impl Folded {
    /// Folds a text of less than 4 GiB in place of what was folded before.
    pub fn fold(&mut self, text: &str) {
        self.text.clear();
        self.places.clear();
        self.starts.clear();
        self.is_in_word = false;
        self.length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            match FOLDED[usize::from(byte)] {
                LEFT_OUT => at += 1,
                BY_CHARACTER => {
                    let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                    let black = if character == '[' { blacked_out(text, at) } else { None };
                    let character = if black.is_some() { ' ' } else { character };
                    fold_character(character, &mut |folded| self.push(folded, place));
                    at = black.unwrap_or(at + character.len_utf8());
                }
                folded => {
                    self.push_byte(folded, place);
                    at += 1;
                }
            }
        }
    }

    /// Appends a folded byte of ASCII.
    #[inline]
    fn push_byte(&mut self, folded: u8, place: u32) {
        if folded == b' ' && self.text.ends_with(' ') {
            return;
        }
        let is_letter = folded.is_ascii_lowercase();
        if folded != b' ' && !(self.is_in_word && is_letter) {
            self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.is_in_word = is_letter;
        self.text.push(char::from(folded));
        self.places.push(place);
    }

    fn push(&mut self, folded: char, place: u32) {
        if let Ok(byte @ 0..0x80) = u8::try_from(folded) {
            return self.push_byte(byte, place);
        }
        let is_letter = is_spaced_letter(folded);
        if !(self.is_in_word && is_letter) {
            self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.is_in_word = is_letter;
        self.text.push(folded);
        self.places.resize(self.text.len(), place);
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a label may begin: at a word's first letter, and at each sign that is no letter of a word.
    pub fn starts(&self) -> impl Iterator<Item = usize> {
        self.starts.iter().map(|start| *start as usize)
    }

    /// Where the folded byte comes from; where what ends before it ends.
    pub fn place(&self, folded: usize) -> usize {
        self.places.get(folded).copied().unwrap_or(self.length) as usize
    }
}

/// Whether it is a letter that is read with those beside it as a word.
pub(super) fn is_spaced_letter(character: char) -> bool {
    match character {
        // Latin and Cyrillic, told without a table.
        'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{2c1}' | '\u{400}'..='\u{481}' => true,
        _ => !character.is_ascii() && character.is_alphabetic() && !is_unspaced(character),
    }
}

/// What is left out of a folded text.
const LEFT_OUT: u8 = 0x00;
/// What is no byte of its own, or means something together with what follows.
const BY_CHARACTER: u8 = 0xff;

/// What each byte is folded to.
const FOLDED: [u8; 256] = {
    let mut table = [BY_CHARACTER; 256];
    let mut byte = 0x01_u8;
    while byte < 0x80 {
        table[byte as usize] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'_' | b'-' | b'/' => b' ',
            b'.' => LEFT_OUT,
            b'[' => BY_CHARACTER,
            _ => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

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
        '[' | '\0' => folded(character),
        // Cyrillic, but for those that decompose.
        'а'..='и' | 'к'..='я' => folded(character),
        _ if character.is_ascii() => match FOLDED[character as usize] {
            LEFT_OUT => {}
            byte => folded(char::from(byte)),
        },
        _ if is_unspaced(character) => folded(character),
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
    fn each_byte_is_known_by_its_place() {
        let mut folded = Folded::default();
        folded.fold("É [SSN ████] S.I.N.");
        assert_eq!(folded.text(), "e sin");
        assert_eq!(folded.starts().collect::<Vec<_>>(), [0, 2]);
        assert_eq!((folded.place(2), folded.place(5)), (22, 28));
    }
    #[test]
    fn a_label_begins_with_a_word_or_with_what_is_none() {
        let starts = |text: &str| {
            let mut folded = Folded::default();
            folded.fold(text);
            folded.starts().map(|start| folded.text()[start..].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(starts("Its n° s/n"), ["its n° s n", "n° s n", "° s n", "s n", "n"]);
        assert_eq!(starts("ÉТé身份 x9y"), ["eтe身份 x9y", "身份 x9y", "份 x9y", "x9y", "9y", "y"]);
    }

    #[test]
    fn a_letter_is_told_quickly_as_it_is_told_by_the_table() {
        for character in '\0'..=char::MAX {
            let by_table = character.is_alphabetic() && !is_unspaced(character);
            assert_eq!(is_spaced_letter(character), by_table, "{character:?}");
        }
    }
}

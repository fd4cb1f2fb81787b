//! Folding: a text without case, accents and points, so that labels are known however they are written: `S.I.N.`.

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};
use zeroize::Zeroizing;

use super::labels::is_unspaced;

/// What stands for something that was blacked out.
pub(super) const BLACK: char = '█';
/// What was blacked out is shown with so many bytes at most: `[Sozialversicherungsnummer ████1234]`.
const BLACKED: usize = 64;

/// A folded text, and which byte of the text each of its bytes comes from.
#[derive(Debug, Default)]
pub(super) struct Folded {
    text: Zeroizing<String>,
    places: Vec<u32>,
    length: u32,
}

impl Folded {
    /// Folds a text of less than 4 GiB in place of what was folded before.
    pub fn fold(&mut self, text: &str) {
        self.text.clear();
        self.places.clear();
        self.length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            if byte.is_ascii_alphanumeric() {
                self.text.push(char::from(byte.to_ascii_lowercase()));
                self.places.push(place);
                at += 1;
                continue;
            }
            let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
            let black = if character == '[' { blacked_out(text, at) } else { None };
            push(if black.is_some() { ' ' } else { character }, &mut self.text);
            self.places.resize(self.text.len(), place);
            at = black.unwrap_or(at + character.len_utf8());
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the folded byte comes from.
    pub fn place(&self, folded: usize) -> usize {
        self.places.get(folded).copied().unwrap_or(self.length) as usize
    }

    /// Where what ends before the folded byte ends.
    pub fn end(&self, folded: usize) -> usize {
        self.place(folded)
    }
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
        push(character, folded);
    }
}

fn push(character: char, folded: &mut String) {
    match character {
        'a'..='z' | '0'..='9' => folded.push(character),
        'A'..='Z' => folded.push(character.to_ascii_lowercase()),
        '.' => {}
        ' ' | '\t' | '\n' | '\r' | '_' | '-' | '/' => push_space(folded),
        _ if character.is_ascii() || is_unspaced(character) => folded.push(character),
        // Cyrillic, but for those that decompose.
        'а'..='и' | 'к'..='я' => folded.push(character),
        _ => decompose_canonical(character, |part| {
            if canonical_combining_class(part) == 0 {
                for letter in part.to_lowercase() {
                    push_plain(letter, folded);
                }
            }
        }),
    }
}

/// One space for all that parts words.
fn push_space(folded: &mut String) {
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Letters that do not decompose, marks that are written for one another, and what only tells how to draw a word.
fn push_plain(letter: char, folded: &mut String) {
    match letter {
        'ø' => folded.push('o'),
        'ł' => folded.push('l'),
        'đ' => folded.push('d'),
        'ı' => folded.push('i'),
        'ς' => folded.push('σ'),
        'ß' => folded.push_str("ss"),
        'æ' => folded.push_str("ae"),
        '\u{2019}' | '\u{2bc}' => folded.push('\''),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{2010}'..='\u{2015}' => push_space(folded),
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
        other => folded.push(other),
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
        assert_eq!((folded.place(2), folded.end(5)), (22, 28));
    }
}

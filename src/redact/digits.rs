//! Digits and signs of other scripts, as those of ASCII that they are read as.

use zeroize::Zeroizing;

/// The zeroes of the scripts whose digits people write numbers with.
const ZEROES: [u32; 14] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0x1040, 0xff10];

/// The first byte of U+0640.
const FIRST: u8 = 0xd9;

/// A text with such digits replaced, and where each of its bytes comes from.
#[derive(Debug)]
pub(super) struct Plain {
    text: Zeroizing<String>,
    places: Vec<usize>,
}

impl Plain {
    /// Nothing if a text has none.
    pub fn of(text: &str) -> Option<Self> {
        // Letters of Europe begin with lower bytes.
        if !text.bytes().any(|byte| byte >= FIRST) || !text.chars().any(|c| plain(c).is_some()) {
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
}

//! Generated passphrases: words of the EFF's large list, each drawn with equal chance.

use std::io;

use diceware_wordlists::EFF_LONG_WORDLIST;
use zeroize::Zeroizing;

use crate::sealed::passphrase::Passphrase;
use crate::surroundings::Random;

/// The words of a recovery sheet: 103 bits.
pub const RECOVERY_WORDS: usize = 8;
/// The words of a person's passphrase, unless they want another number: 77 bits.
pub const USUAL_WORDS: u8 = 6;
/// Words of the list.
pub const LIST: u16 = 7776;
/// The largest multiple of [`LIST`] that 16 bits hold: numbers from there on are drawn again, so
/// that no word is likelier than another.
const UNBIASED: u16 = u16::MAX - (u16::MAX % LIST + 1) % LIST;

/// `words` random words with a dash between them.
pub fn generate(words: usize, random: &dyn Random) -> io::Result<Passphrase> {
    // Reserved whole: a growing text would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(words * 10));
    for count in 0..words {
        if count > 0 {
            text.push('-');
        }
        text.push_str(word(random)?);
    }
    Ok(Passphrase::new(text))
}

/// What was typed from paper, in the form that [`generate`] gives: capitals, and blanks or several dashes
/// between words, are how people copy. All words are small letters and dashes, so no two generated
/// passphrases are taken for one another.
pub fn as_generated(typed: &Passphrase) -> Passphrase {
    let typed = typed.expose();
    let mut text = Zeroizing::new(String::with_capacity(typed.len()));
    let is_gap = |character: char| character == '-' || character.is_whitespace();
    for word in typed.split(is_gap).filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push('-');
        }
        text.extend(word.chars().map(|character| character.to_ascii_lowercase()));
    }
    Passphrase::new(text)
}

/// The bits of entropy in a generated passphrase: log2(7776) a word, rounded down.
pub fn bits(words: usize) -> u64 {
    words as u64 * 12_924 / 1_000
}

/// The guesses that a generated passphrase resists, as a power of ten: log10(7776) a word, rounded
/// down.
pub fn guesses_log10(words: usize) -> u64 {
    words as u64 * 3_890 / 1_000
}

fn word(random: &dyn Random) -> io::Result<&'static str> {
    loop {
        let mut bytes = Zeroizing::new([0; 2]);
        random.fill(&mut *bytes)?;
        let number = u16::from_le_bytes(*bytes);
        if number <= UNBIASED
            && let Some(word) = EFF_LONG_WORDLIST.get(usize::from(number % LIST))
        {
            return Ok(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU16, Ordering};

    /// Counts through all 16-bit numbers.
    struct Counting(AtomicU16);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
            bytes.copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            Ok(())
        }
    }

    #[test]
    fn every_word_is_as_likely_as_every_other() {
        let random = Counting(AtomicU16::new(0));
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for _ in 0..u32::from(LIST) * 8 {
            *counts.entry(word(&random).unwrap()).or_default() += 1;
        }
        assert_eq!(counts.len(), usize::from(LIST));
        assert!(counts.values().all(|count| *count == 8));
    }

    #[test]
    fn a_sheet_typed_in_capitals_or_with_blanks_is_the_generated_one() {
        let typed = |text: &str| as_generated(&Passphrase::new(Zeroizing::new(text.to_owned())));
        for text in ["granite-yo-yo-oyster", "  Granite YO-YO  oyster\t", "granite yo yo--OYSTER-"] {
            assert_eq!(typed(text).expose(), "granite-yo-yo-oyster");
        }
        assert_eq!(typed("granite yoyo oyster").expose(), "granite-yoyo-oyster");
        assert!(typed(" - ").is_empty());
    }

    #[test]
    fn every_word_of_the_list_is_typed_as_it_is_generated() {
        for word in EFF_LONG_WORDLIST {
            assert_eq!(as_generated(&Passphrase::new(Zeroizing::new(word.to_owned()))).expose(), word);
        }
    }

    #[test]
    fn a_recovery_sheet_has_eight_words_and_passes_the_gate() {
        let random = Counting(AtomicU16::new(1234));
        let sheet = generate(RECOVERY_WORDS, &random).unwrap();
        assert!(sheet.expose().split('-').count() >= 8);
        assert_eq!(bits(RECOVERY_WORDS), 103);
        assert_eq!(crate::store::strength::check(&sheet, &[]), Ok(()));
    }

    #[test]
    fn the_shortest_that_is_offered_is_beyond_the_gate() {
        let random = Counting(AtomicU16::new(77));
        for _ in 0..100 {
            assert_eq!(crate::store::strength::check(&generate(4, &random).unwrap(), &[]), Ok(()));
        }
        assert_eq!((guesses_log10(4), guesses_log10(12)), (15, 46));
    }

    #[test]
    fn failing_randomness_makes_no_passphrase() {
        struct Dry;
        impl Random for Dry {
            fn fill(&self, _: &mut [u8]) -> io::Result<()> {
                Err(io::ErrorKind::Other.into())
            }
        }
        assert!(generate(8, &Dry).is_err());
    }
}

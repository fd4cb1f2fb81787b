//! The gate for new passphrases.

use crate::sealed::passphrase::Passphrase;

/// The fewest characters of a new passphrase.
pub const SHORTEST: usize = 12;
/// The guesses that a new passphrase must resist, as a power of ten, by zxcvbn's estimate.
pub const GUESSES_LOG10: f64 = 14.0;

/// A new passphrase is too weak. The message never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It has too few characters.
    #[error("it has {length} characters, and {SHORTEST} are needed")]
    Short {
        /// The characters that it has.
        length: usize,
    },
    /// It would be guessed.
    #[error("it would be guessed: {}", advice.join(" "))]
    Guessable {
        /// What makes it easy to guess and what would help, in zxcvbn's fixed words.
        advice: Vec<String>,
    },
}

/// Checks a new passphrase. `known` are words that a guesser would try first: the person's and the
/// group's names.
pub fn check(passphrase: &Passphrase, known: &[&str]) -> Result<(), Weak> {
    let length = passphrase.expose().chars().count();
    if length < SHORTEST {
        return Err(Weak::Short { length });
    }
    let inputs: Vec<&str> = known.iter().copied().chain(["vault"]).collect();
    let estimate = zxcvbn::zxcvbn(passphrase.expose(), &inputs);
    if estimate.guesses_log10() >= GUESSES_LOG10 {
        return Ok(());
    }
    let mut advice = Vec::new();
    if let Some(feedback) = estimate.feedback() {
        advice.extend(feedback.warning().map(|warning| warning.to_string()));
        advice.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    if advice.is_empty() {
        advice.push("Add another uncommon word or two.".to_owned());
    }
    Err(Weak::Guessable { advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn checked(text: &str) -> Result<(), Weak> {
        check(&Passphrase::new(Zeroizing::new(text.to_owned())), &["alexandra"])
    }

    #[test]
    fn a_short_passphrase_is_refused_with_its_length() {
        assert_eq!(checked("kT9#vQ2!xR"), Err(Weak::Short { length: 10 }));
        assert_eq!(checked("ключ-ключик"), Err(Weak::Short { length: 11 }));
    }

    #[test]
    fn a_long_but_guessable_passphrase_is_refused_with_the_reason() {
        for guessable in ["passwordpassword", "aaaaaaaaaaaaaaaa", "alexandra-vault-1", "qwertyuiop1234"] {
            let Err(Weak::Guessable { advice }) = checked(guessable) else { panic!("{guessable} passed") };
            assert!(!advice.is_empty());
            assert!(!advice.join(" ").contains(guessable));
        }
    }

    #[test]
    fn words_nobody_would_guess_pass() {
        assert_eq!(checked("violet-harbour-engine-seventeen"), Ok(()));
        assert_eq!(checked("ett ganska långt och ovanligt lösenord"), Ok(()));
    }
}

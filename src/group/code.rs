//! Customer codes: `4T-7K3M-Q9TD`, two characters for the group, seven random, one check character.
//!
//! Crockford's Base32. A code's ten symbols, read as elements of GF(32), the polynomials over GF(2)
//! modulo x⁵+x³+x²+x+1, fulfil s₀·α⁹ + s₁·α⁸ + … + s₉ = 0 with α = x. Neighbours have different weights
//! that are not zero, so every single wrong character and every swap of neighbours is caught, the
//! check included.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::surroundings::Random;

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;
const PREFIX: usize = 2;
/// x⁵+x³+x²+x+1; 31 is prime, so x generates all of the field but zero.
const POLYNOMIAL: u8 = 0b10_1111;

/// The two characters that every code of a group begins with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupPrefix([u8; PREFIX]);

/// A customer's code. Only codes whose check character fits exist.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerCode([u8; LENGTH]);

/// Text is not a customer code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not ten letters and digits.
    #[error("not a customer code: one is written like 4T-7K3M-Q9TD")]
    NotACode,
    /// Of the right shape, but no code that was ever given out reads so.
    #[error("this customer code is mistyped: its check character does not fit")]
    Mistyped,
}

/// Text is not two Crockford symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a group's prefix: two letters or digits, as 4T")]
pub struct InvalidPrefix;

impl GroupPrefix {
    /// A random prefix; the caller makes sure that no other group of the store has it.
    pub fn random(random: &dyn Random) -> std::io::Result<Self> {
        random_symbols(random).map(Self)
    }
}

impl CustomerCode {
    /// A random code of a group: 35 random bits. The caller makes sure that it is not taken.
    pub fn random(prefix: GroupPrefix, random: &dyn Random) -> std::io::Result<Self> {
        let symbols: [u8; LENGTH - PREFIX - 1] = random_symbols(random)?;
        let mut code = [0; LENGTH];
        code[..PREFIX].copy_from_slice(&prefix.0);
        code[PREFIX..LENGTH - 1].copy_from_slice(&symbols);
        // With a zero in the last place the sum is what the check must cancel; in GF(2ⁿ), itself.
        code[LENGTH - 1] = weighted_sum(&code);
        Ok(Self(code))
    }

    /// Reads a code in any case, with or without dashes and spaces, `O` as 0, `I` and `L` as 1.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut symbols = [0; LENGTH];
        let mut length = 0;
        let mut foreign = false;
        for character in text.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
            // U is no symbol, but whoever types it among nine others meant a code.
            let symbol = symbol_value(character);
            if symbol.is_none() && !matches!(character, 'U' | 'u') {
                return Err(CodeError::NotACode);
            }
            foreign |= symbol.is_none();
            *symbols.get_mut(length).ok_or(CodeError::NotACode)? = symbol.unwrap_or(0);
            length += 1;
        }
        match () {
            () if length != LENGTH => Err(CodeError::NotACode),
            () if foreign || weighted_sum(&symbols) != 0 => Err(CodeError::Mistyped),
            () => Ok(Self(symbols)),
        }
    }

    /// The group's two characters.
    pub fn prefix(&self) -> GroupPrefix {
        GroupPrefix([self.0[0], self.0[1]])
    }
}

fn weighted_sum(symbols: &[u8; LENGTH]) -> u8 {
    symbols.iter().fold(0, |sum, symbol| times_alpha(sum) ^ symbol)
}

fn times_alpha(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { shifted ^ POLYNOMIAL }
}

fn symbol_value(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    SYMBOLS.iter().zip(0..).find(|(symbol, _)| char::from(**symbol) == upper).map(|(_, value)| value)
}

/// 256 is a multiple of 32, so the low five bits of a random byte are uniform.
fn random_symbols<const N: usize>(random: &dyn Random) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes.map(|byte| byte & 31))
}

fn write_symbols(symbols: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    symbols
        .iter()
        .filter_map(|symbol| SYMBOLS.get(usize::from(*symbol)))
        .try_for_each(|symbol| fmt::Write::write_char(formatter, char::from(*symbol)))
}

impl fmt::Display for CustomerCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_symbols(&self.0[..2], formatter)?;
        formatter.write_str("-")?;
        write_symbols(&self.0[2..6], formatter)?;
        formatter.write_str("-")?;
        write_symbols(&self.0[6..], formatter)
    }
}

impl fmt::Debug for CustomerCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for CustomerCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for CustomerCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CustomerCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for GroupPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_symbols(&self.0, formatter)
    }
}

impl fmt::Debug for GroupPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for GroupPrefix {
    type Err = InvalidPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let symbols: Option<Vec<u8>> = text.chars().map(symbol_value).collect();
        symbols.and_then(|symbols| symbols.try_into().ok()).map(Self).ok_or(InvalidPrefix)
    }
}

impl Serialize for GroupPrefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GroupPrefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_is_a_code() {
        let code = CustomerCode::parse("4T-7K3M-Q9TD").unwrap();
        assert_eq!(code.to_string(), "4T-7K3M-Q9TD");
        assert_eq!(code.prefix().to_string(), "4T");
        for typed in ["4t7k3mq9td", " 4T 7K3M Q9TD ", "4t-7k3m-q9td"] {
            assert_eq!(CustomerCode::parse(typed), Ok(code), "{typed}");
        }
    }

    #[test]
    fn look_alikes_are_read_as_digits() {
        assert_eq!("oI".parse::<GroupPrefix>().unwrap().to_string(), "01");
        assert_eq!("Ol".parse::<GroupPrefix>(), "01".parse());
        assert_eq!("4".parse::<GroupPrefix>(), Err(InvalidPrefix));
        assert_eq!("4U".parse::<GroupPrefix>(), Err(InvalidPrefix));
    }

    #[test]
    fn a_mistyped_code_is_told_apart_from_other_text() {
        assert_eq!(CustomerCode::parse("4T-7K3M-Q9TE"), Err(CodeError::Mistyped));
        assert_eq!(CustomerCode::parse("4T-7K3M-U9TD"), Err(CodeError::Mistyped));
        for text in ["", "4T-7K3M-Q9T", "4T-7K3M-Q9TDD", "Müller", "4T-7K3M-Q9T!"] {
            assert_eq!(CustomerCode::parse(text), Err(CodeError::NotACode), "{text}");
        }
    }

    #[test]
    fn alpha_generates_the_whole_field() {
        let mut seen = std::collections::BTreeSet::new();
        let mut element = 1;
        for _ in 0..31 {
            seen.insert(element);
            element = times_alpha(element);
        }
        assert_eq!((seen.len(), element, seen.contains(&0)), (31, 1, false));
    }

    /// The sum is linear, so that no error pattern sums to zero is all that must hold, for every code.
    #[test]
    fn no_single_error_and_no_swap_of_neighbours_goes_unseen() {
        for place in 0..LENGTH {
            for error in 1..32 {
                let mut pattern = [0; LENGTH];
                pattern[place] = error;
                assert_ne!(weighted_sum(&pattern), 0);
                if let Some(next) = pattern.get_mut(place + 1) {
                    *next = error;
                    assert_ne!(weighted_sum(&pattern), 0);
                }
            }
        }
    }
}

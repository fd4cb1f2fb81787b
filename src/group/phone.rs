//! Phone numbers in any spelling: what the index holds of one, and what is sought for one that was typed.
//!
//! In the index its digits stand from the last to the first: however a number begins, with a country's code or
//! without, its end is the same.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::kind::subscriber_number;

/// So many digits typed in several pieces may be one phone number.
pub(super) const DIGITS: usize = 6;
/// So many digits alone may be the end of one.
pub(super) const END_DIGITS: usize = 4;
/// Before digits that stand backwards. No folded word holds it.
pub(super) const BACKWARDS: char = '\u{2190}';
/// The codes of countries that have two digits; those that begin with 1 or 7 have one, all others three (ITU-T E.164).
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

fn code_length(number: &str) -> usize {
    match number.get(..2) {
        _ if number.starts_with(['1', '7']) => 1,
        Some(two) if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    }
}

/// A number without what only tells how to dial it: the zeroes before it, and, behind the code of a country, those
/// before the rest. And that rest, if it has such a code.
fn parts(digits: &str, international: bool) -> (Zeroizing<String>, Option<Zeroizing<String>>) {
    let number = digits.trim_start_matches('0');
    if !international && !digits.starts_with("00") {
        return (Zeroizing::new(number.to_owned()), None);
    }
    let (code, rest) = number.split_at(code_length(number).min(number.len()));
    let rest = rest.trim_start_matches('0');
    (Zeroizing::new(format!("{code}{rest}")), Some(Zeroizing::new(rest.to_owned())))
}

pub(super) fn backwards(digits: &str) -> String {
    std::iter::once(BACKWARDS).chain(digits.chars().rev()).collect()
}

/// What the index holds of a stored number; nothing of a short one.
pub(super) fn indexed(stored: &str) -> Option<Zeroizing<String>> {
    let number = without_trunk(subscriber_number(stored));
    let digits: Zeroizing<String> = Zeroizing::new(number.chars().filter(char::is_ascii_digit).collect());
    let (whole, _) = parts(&digits, number.trim_start().trim_start_matches('(').starts_with('+'));
    (whole.len() >= END_DIGITS).then(|| Zeroizing::new(backwards(&whole)))
}

/// Without the zero in parentheses that is dialled only within a country.
pub(super) fn without_trunk(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.replace("(0)", " "))
}

/// How a number that was typed may stand in the index: as the end of one, and as a whole one.
pub(super) struct Sought {
    /// A number that ends so.
    pub end: Option<String>,
    /// This number and no longer one: what is left behind a country's code would be the end of many.
    pub whole: Option<String>,
}

/// What is sought for digits that were typed, `international` if a `+` stood before them.
pub(super) fn sought(digits: &str, international: bool) -> Sought {
    let (number, rest) = parts(digits, international);
    let long = |number: &Zeroizing<String>| number.len() >= DIGITS;
    Sought {
        end: long(&number).then(|| backwards(&number)),
        whole: rest.filter(long).map(|rest| backwards(&rest)),
    }
}

/// The places, among the words of a text, of those before which a `+` stands.
pub(super) fn after_a_plus(text: &str, words_of: impl Fn(&str) -> usize) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let mut count = 0;
    for (number, part) in text.split('+').enumerate() {
        if number > 0 {
            places.insert(count);
        }
        count += words_of(part);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_dialled() {
        let same = ["+46 8 123 456", "0046-8-123456", "+46 (0)8 123 456", "+46 08 123456", "(+46) 8 123 456"];
        for number in same {
            assert_eq!(indexed(number).unwrap().as_str(), "\u{2190}654321864", "{number}");
        }
        assert_eq!(indexed("08-123 456 ext 7").unwrap().as_str(), "\u{2190}6543218");
        assert!(indexed("112").is_none());
    }

    #[test]
    fn behind_a_countrys_code_a_number_is_sought_whole() {
        for (digits, rest) in
            [("468123456", "8123456"), ("12125550123", "2125550123"), ("358912345678", "912345678")]
        {
            assert_eq!(sought(digits, true).whole.unwrap(), backwards(rest), "{digits}");
        }
        assert!(sought("08123456", false).whole.is_none());
        assert!(sought("4612", true).end.is_none());
        assert!(sought("0", true).whole.is_none());
    }
}

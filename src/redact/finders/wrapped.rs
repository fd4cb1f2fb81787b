//! Card numbers that a line's end parts, as mail and notes are wrapped.

use std::ops::Range;

use zeroize::Zeroizing;

use super::account::gap;
use crate::identifier::card;
use crate::redact::kind::Kind;

/// The same kind as that of the detector.
pub(in crate::redact) const KIND: Kind = Kind { id: "card", shown: "card" };

const DIGITS: usize = 16;
const GROUP: usize = 4;

/// A card's number in fours that begins there and goes on in the next line.
pub(in crate::redact) fn card_at(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let group = |at: usize| {
        let group = bytes.get(at..)?.first_chunk::<GROUP>()?;
        group.iter().all(u8::is_ascii_digit).then_some(group)
    };
    // Most begin otherwise, and nothing is allocated for them.
    group(start)?;
    let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
    let (mut at, mut lines) = (start, 0);
    loop {
        digits.extend(group(at)?.iter().map(|byte| char::from(*byte)));
        at += GROUP;
        if digits.len() == DIGITS {
            let ends = !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            return (ends && lines == 1 && card::fits(&digits)).then_some(start..at);
        }
        let length = gap(bytes.get(at..)?)?;
        lines += usize::from(bytes.get(at..at + length)?.contains(&b'\n'));
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_a_card_however_it_is_found() {
        assert_eq!(Kind::named("card"), Some(KIND));
    }

    #[test]
    fn a_number_goes_on_in_the_next_line() {
        for text in ["4111 1111\n1111 1111", "4111 1111 1111\r\n> 1111", "4111-\n1111-1111-1111"] {
            assert_eq!(card_at(text, 0), Some(0..text.len()), "{text:?}");
        }
        for none in ["4111 1111 1111 1111", "4111\n1111\n1111\n1111", "4111 1111\n1111 1112", "4111 1111\n11"]
        {
            assert_eq!(card_at(none, 0), None, "{none:?}");
        }
    }
}

//! Phone numbers: international ones by their `+` (ITU-T E.164), others by a label.

use std::ops::Range;

use crate::redact::chain::separator;
use crate::redact::kind::Kind;

pub(in crate::redact) const KIND: Kind = Kind { id: "phone", shown: "phone" };

/// Fewest and most digits behind a `+`: E.164 allows 15, and some write a zero among them.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 8..=16;
/// Fewest and most digits behind a label.
const LABELLED: std::ops::RangeInclusive<usize> = 6..=16;

/// A number and whether it begins with a `+`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::redact) struct Dialled {
    pub range: Range<usize>,
    pub is_international: bool,
}

/// What may be a phone number whose first digit stands there.
pub(in crate::redact) fn at(text: &str, first: usize) -> Option<Dialled> {
    let bytes = text.as_bytes();
    let (start, is_international) = beginning(bytes, first);
    let allowed = if is_international { INTERNATIONAL } else { LABELLED };
    let end = run(bytes, first, &allowed)?;
    Some(Dialled { range: start..end, is_international })
}

/// Where it begins with its bracket and its `+`.
fn beginning(bytes: &[u8], first: usize) -> (usize, bool) {
    let before = |back: usize| first.checked_sub(back).and_then(|at| bytes.get(at)).copied();
    match (before(2), before(1)) {
        // "1+46..." is a sum.
        (Some(digit), Some(b'+')) if digit.is_ascii_alphanumeric() => (first, false),
        (Some(b'('), Some(b'+')) | (Some(b'+'), Some(b'(')) => (first - 2, true),
        (_, Some(b'+')) => (first - 1, true),
        (_, Some(b'(')) => (first - 1, false),
        _ => (first, false),
    }
}

/// Where digits end that spaces, dashes, points, strokes and brackets part: behind the last group with which they are
/// as many as is allowed.
fn run(bytes: &[u8], first: usize, allowed: &std::ops::RangeInclusive<usize>) -> Option<usize> {
    let (mut end, mut digits, mut at) = (None, 0, first);
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let group = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits += group;
        at += group;
        if digits > *allowed.end() {
            return end;
        }
        if allowed.contains(&digits) {
            end = Some(at);
        }
        let gap = gap(bytes.get(at..).unwrap_or_default());
        // "2026-11-27" and "12:30" are no more of it.
        if gap == 0 || is_date(bytes.get(at + gap..).unwrap_or_default()) {
            return end;
        }
        at += gap;
    }
}

/// How long what parts two groups is: "8) (0" at most.
fn gap(bytes: &[u8]) -> usize {
    let (mut length, mut signs) = (0, 0);
    while let Some(rest) = bytes.get(length..).filter(|rest| !rest.is_empty()) {
        match rest.first() {
            Some(byte) if byte.is_ascii_digit() => return if signs <= 3 { length } else { 0 },
            Some(b'(' | b')') => length += 1,
            _ => match separator(rest) {
                Some((b':' | b'+', _)) | None => return 0,
                Some((_, one)) => length += one,
            },
        }
        signs += 1;
    }
    0
}

/// Whether a date or a time begins there.
fn is_date(rest: &[u8]) -> bool {
    match rest {
        [a, b, c, d, b'-', ..] => {
            [a, b, c, d].iter().all(|byte| byte.is_ascii_digit())
                && matches!(a, b'1' | b'2')
                && matches!(b, b'9' | b'0')
        }
        [a, b, b':', ..] => a.is_ascii_digit() && b.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&str, bool)> {
        let dialled = at(text, text.find(|c: char| c.is_ascii_digit())?)?;
        Some((text.get(dialled.range)?, dialled.is_international))
    }

    #[test]
    fn a_number_is_found_however_it_is_parted() {
        assert_eq!(found("call +46 (0)8-123 456 78."), Some(("+46 (0)8-123 456 78", true)));
        assert_eq!(found("(+34) 912 345 678 or"), Some(("(+34) 912 345 678", true)));
        assert_eq!(found("tel (08) 123 456"), Some(("(08) 123 456", false)));
        assert_eq!(found("tel 0701234567 2026-11-27"), Some(("0701234567", false)));
        assert_eq!(found("+46701234567 12:30"), Some(("+46701234567", true)));
        assert_eq!(found("+1 202 555 0123x45"), Some(("+1 202 555 0123", true)));
        assert_eq!(found("tel 0912\u{a0}345\u{2013}678"), Some(("0912\u{a0}345\u{2013}678", false)));
    }

    #[test]
    fn what_is_too_short_or_too_long_is_none() {
        assert_eq!(found("+46 12"), None);
        assert_eq!(found("tel 12345"), None);
        assert_eq!(found("12345678901234567890"), None);
    }
}

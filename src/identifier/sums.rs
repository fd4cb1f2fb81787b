//! Sums, calendars and shapes that the rules of personal numbers share.

/// A number without its separators, in upper case: what every rule is given.
pub(super) type Compact<'a> = &'a str;

/// Its digits, if it is nothing else and has that many.
pub(super) fn digits<const N: usize>(text: Compact<'_>) -> Option<[u32; N]> {
    let mut digits = [0; N];
    if text.len() != N {
        return None;
    }
    for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
        *digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
    }
    Some(digits)
}

/// The number that digits write.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

/// Two digits, or another short run of them, as a number.
pub(super) fn short(digits: &[u32]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum * 10 + digit)
}

/// The sum of digits, each times its weight.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Whether a day is in the calendar.
pub(super) fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether a day is in the calendar of some century: of 29 February only the year 00 is none.
pub(super) fn is_day_of_short_year(year: u32, month: u32, day: u32) -> bool {
    is_day(1900 + year, month, day) || is_day(2000 + year, month, day)
}

/// ISO/IEC 7064, MOD 11,10: the last digit checks the others.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, others)) = digits.split_last() else { return false };
    let product = others.iter().fold(10, |product, digit| match (digit + product) % 10 {
        0 => 9,
        sum => sum * 2 % 11,
    });
    (product + check) % 10 == 1
}

/// Verhoeff's check digit over the dihedral group of ten: the last digit checks the others.
pub(super) fn verhoeff(digits: &[u32]) -> bool {
    const STEP: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 10 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (place, digit)| {
        let permuted = (0..place % 8).fold(*digit as usize, |digit, _| STEP[digit]);
        product(sum, permuted)
    });
    sum == 0
}

/// Every number that differs from this one in one digit or letter, with the place.
#[cfg(test)]
pub(super) fn changed(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (place, byte) in text.bytes().enumerate() {
        let others = if byte.is_ascii_digit() { b'0'..=b'9' } else { b'A'..=b'Z' };
        for other in others.filter(|other| *other != byte && byte.is_ascii_alphanumeric()) {
            let mut wrong = text.to_owned();
            wrong.replace_range(place..=place, char::from(other).encode_utf8(&mut [0; 4]));
            all.push((place, wrong));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_has_leap_years() {
        assert!(is_day(2000, 2, 29) && is_day(2024, 2, 29) && is_day(1999, 12, 31));
        assert!(!is_day(1900, 2, 29) && !is_day(2023, 2, 29) && !is_day(2023, 4, 31) && !is_day(2023, 13, 1));
        assert!(!is_day(2023, 0, 1) && !is_day(2023, 1, 0));
    }

    #[test]
    fn verhoeffs_own_example_fits() {
        assert!(verhoeff(&[2, 3, 6, 3]) && !verhoeff(&[2, 3, 6, 4]) && !verhoeff(&[3, 2, 6, 3]));
    }
}

//! Numbers as cells keep them: in scientific notation, as dates counted in days, shown through a mask.

/// The most digits that a number is written out to.
const DIGITS: usize = 40;
/// The longest mask, in bytes.
const MASK: usize = 128;
/// From this day on, serial dates count a 29 February 1900, which never was.
const FIRST_OF_MARCH: i64 = 60;

/// An integer in scientific notation or with a fraction of zeros, in plain digits; none if it is anything else, or
/// plain already.
pub fn plain(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let length = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let length = usize::try_from(length).ok().filter(|length| (1..=DIGITS).contains(length))?;
    let (digits, rest) = all.split_at_checked(length).unwrap_or((&all, ""));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let digits = format!("{digits:0<length$}");
    let digits = digits.trim_start_matches('0');
    let result = format!("{sign}{}", if digits.is_empty() { "0" } else { digits });
    (result != text).then_some(result)
}

/// Whether it is a number that is no integer: a measure or a rate, however many digits it was worked out to. No number of
/// a person has a fraction.
pub fn is_fraction(text: &str) -> bool {
    let text = text.trim();
    let marks = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    marks && text.contains(['.', 'e', 'E']) && text.parse::<f64>().is_ok() && plain(text).is_none()
}

/// The day of a date that is counted in days from 1900, or from 1904, as `1980-05-17`.
pub fn day(serial: &str, from_1904: bool) -> Option<String> {
    let serial = serial.parse::<f64>().ok()?;
    if !(1.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "its range is checked, and hours are left out")]
    let days = serial as i64;
    // Days from 1970-01-01.
    let days = match from_1904 {
        true => days - 24_107,
        false if days >= FIRST_OF_MARCH => days - 25_569,
        false => days - 25_568,
    };
    let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some(date.to_string())
}

/// A number as a mask of zeros and separators shows it: `012-34-5678` for 12345678 and `000\-00\-0000`. None if the
/// mask is anything else.
pub fn masked(digits: &str, mask: &str) -> Option<String> {
    // Only the mask for positive numbers.
    let mask = mask.split(';').next().filter(|mask| mask.len() <= MASK)?;
    let shown = mask.chars().filter(|character| !matches!(character, '\\' | '"')).collect::<String>();
    let zeros = shown.matches('0').count();
    let is_mask =
        shown.chars().all(|character| "0-/ ()+".contains(character)) && (5..=DIGITS).contains(&zeros);
    if !is_mask || digits.len() > zeros || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0>zeros$}");
    let mut next = padded.chars();
    shown.chars().map(|character| if character == '0' { next.next() } else { Some(character) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scientific_notation_is_written_out() {
        assert_eq!(plain("4.111111111111111E15").as_deref(), Some("4111111111111111"));
        assert_eq!(plain("4.111111111111111E+15").as_deref(), Some("4111111111111111"));
        assert_eq!(plain("5.3E8").as_deref(), Some("530000000"));
        assert_eq!(plain("536904399.0").as_deref(), Some("536904399"));
        assert_eq!(plain("536904399"), None);
        assert_eq!(plain("5.369E2"), None);
        assert_eq!(plain("1E999999999"), None);
        assert_eq!(plain("1E-5"), None);
        assert_eq!(plain("E5"), None);
        assert_eq!(plain("x"), None);
    }

    #[test]
    fn fractions_are_told_from_integers() {
        for text in ["728.0201840936916", "-0.5", "1.2345678901234567E-2", " 13.45", "5.369E2"] {
            assert!(is_fraction(text), "{text}");
        }
        for text in
            ["536904399", "536904399.0", "5.36904399E8", "4.111111111111111E15", "", ".", "a.b", "1.2.3"]
        {
            assert!(!is_fraction(text), "{text}");
        }
    }

    #[test]
    fn days_are_counted_as_sheets_count_them() {
        assert_eq!(day("1", false).as_deref(), Some("1900-01-01"));
        assert_eq!(day("61", false).as_deref(), Some("1900-03-01"));
        assert_eq!(day("29358", false).as_deref(), Some("1980-05-17"));
        assert_eq!(day("29358.75", false).as_deref(), Some("1980-05-17"));
        assert_eq!(day("27896", true).as_deref(), Some("1980-05-17"));
        assert_eq!(day("1e300", false), None);
        assert_eq!(day("NaN", false), None);
    }

    #[test]
    fn a_mask_gives_leading_zeros_back() {
        assert_eq!(masked("12345678", "000\\-00\\-0000").as_deref(), Some("012-34-5678"));
        assert_eq!(masked("12345678", "000000000").as_deref(), Some("012345678"));
        assert_eq!(masked("12345678", "0.00"), None);
        assert_eq!(masked("12345678", "General"), None);
        assert_eq!(masked("12345678", &"0".repeat(100_000)), None);
        assert_eq!(masked("12345678", &"0".repeat(100)), None);
    }
}

//! How JSON writes numbers.

/// The most digits that a number is written out with.
const DIGITS: usize = 64;

/// Whether it is written as JSON has it.
pub(super) fn is_valid(number: &str) -> bool {
    let rest = number.strip_prefix('-').unwrap_or(number);
    let (rest, exponent) = split_exponent(rest);
    let (whole, fraction) = split_fraction(rest);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

/// A number that has a fraction or an exponent and is whole all the same, in plain digits.
pub(super) fn plain(number: &str) -> Option<String> {
    let (sign, rest) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (rest, exponent) = split_exponent(rest);
    let (whole, fraction) = split_fraction(rest);
    if exponent.is_none() && fraction.is_none() {
        return None;
    }
    let exponent = exponent.map_or(Some(0), |exponent| exponent.parse::<i32>().ok())?;
    let digits = [whole, fraction.unwrap_or_default()].concat();
    let point = usize::try_from(i64::try_from(whole.len()).ok()? + i64::from(exponent)).ok()?;
    if point > DIGITS || digits.get(point..).is_some_and(|after| after.bytes().any(|byte| byte != b'0')) {
        return None;
    }
    let plain = format!("{:0<point$}", digits.get(..point).unwrap_or(&digits));
    let plain = plain.trim_start_matches('0');
    (!plain.is_empty()).then(|| format!("{sign}{plain}"))
}

fn split_exponent(number: &str) -> (&str, Option<&str>) {
    number.split_once(['e', 'E']).map_or((number, None), |(number, exponent)| (number, Some(exponent)))
}

fn split_fraction(number: &str) -> (&str, Option<&str>) {
    number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_written_out() {
        for (number, digits) in [
            ("5.36904399e8", "536904399"),
            ("536904399.0", "536904399"),
            ("-536904399.00", "-536904399"),
            ("4111111111111111E+0", "4111111111111111"),
            ("53690439900e-2", "536904399"),
            ("12e3", "12000"),
        ] {
            assert_eq!(plain(number).as_deref(), Some(digits), "{number}");
        }
        for number in ["536904399", "1.5", "1e-1", "0.0", "1e65", "1e99999999999", "1e-99"] {
            assert_eq!(plain(number), None, "{number}");
        }
    }

    #[test]
    fn only_what_json_allows_is_a_number() {
        for number in ["0", "-0", "10", "1.5", "1e5", "1E+5", "-1.0e-7"] {
            assert!(is_valid(number), "{number}");
        }
        for number in ["", "-", "01", "1.", ".5", "1e", "+1", "1e+", "1.5.5", "1-2", "0x1"] {
            assert!(!is_valid(number), "{number}");
        }
    }
}

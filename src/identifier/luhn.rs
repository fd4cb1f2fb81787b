//! The check digit of payment cards and of many personal numbers (ISO/IEC 7812-1, annex B).

/// Whether the last of these digits fits the others; nothing but digits does.
pub fn fits(digits: &str) -> bool {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([false, true].into_iter().cycle())
        .map(|(digit, doubled)| match (u32::from(digit - b'0'), doubled) {
            (digit, false) => digit,
            (digit, true) if digit > 4 => digit * 2 - 9,
            (digit, true) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_digit_is_noticed() {
        for right in ["4111111111111111", "378282246310005", "5500005555555559", "79927398713"] {
            assert!(fits(right));
            for (place, wrong) in super::super::sums::changed(right) {
                assert!(!fits(&wrong), "{right} at {place}");
            }
        }
        assert!(!fits("") && !fits("4111x11111111111") && !fits("٣٤٥"));
    }
}

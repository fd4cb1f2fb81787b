//! Routing numbers of banks in the United States (ABA, Routing Number Policy; Federal Reserve E-Payments Directory).

use super::sums::{digits, short, weighted};

/// Nine digits: 01 to 12 (00 is the government's own, and many other numbers begin so), 21 to 32, 61 to 72 or 80, and
/// a check digit with weights 3, 7, 1 modulo 10.
pub fn fits(text: &str) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    matches!(short(&n[..2]), 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(&n, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_fit_and_changed_ones_do_not() {
        for right in ["121000358", "011000015", "322271627", "071101307"] {
            assert!(fits(right), "{right}");
            for (place, wrong) in super::super::sums::changed(right) {
                assert!(!fits(&wrong), "{right} at {place}");
            }
        }
        assert!(!fits("123400000") && !fits("000000000") && !fits("11100002B") && !fits("11100002"));
    }
}

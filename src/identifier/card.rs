//! Payment card numbers (ISO/IEC 7812-1): whose they can be, how long they are, and their check digit.

use super::luhn;

/// The first digits that card schemes have been assigned (ISO/IEC 7812-2; the schemes' own tables), from, to, and the
/// lengths of their numbers, least and most.
const SCHEMES: [(u32, u32, usize, usize); 31] = [
    // Visa; 13 digits are no longer given out, but stand in old papers.
    (4, 4, 13, 13),
    (4, 4, 16, 16),
    (4, 4, 19, 19),
    // Mastercard.
    (51, 55, 16, 16),
    (2221, 2720, 16, 16),
    // Maestro, with Dankort, Girocard and UK cards.
    (5018, 5020, 12, 19),
    (5038, 5038, 12, 19),
    (5893, 5893, 12, 19),
    (6304, 6304, 12, 19),
    (6759, 6763, 12, 19),
    (6764, 6799, 12, 19),
    // American Express.
    (34, 34, 15, 15),
    (37, 37, 15, 15),
    // Diners Club.
    (300, 305, 14, 19),
    (3095, 3095, 14, 19),
    (36, 36, 14, 19),
    (38, 39, 14, 19),
    // Discover.
    (6011, 6011, 16, 19),
    (644, 659, 16, 19),
    // JCB.
    (3528, 3589, 16, 19),
    // UnionPay.
    (62, 62, 16, 19),
    (8100, 8171, 16, 19),
    // RuPay.
    (60, 60, 16, 16),
    (81, 82, 16, 16),
    (508, 508, 16, 16),
    // Elo.
    (5067, 5067, 16, 16),
    (509, 509, 16, 16),
    (6362, 6363, 16, 16),
    // Troy.
    (9792, 9792, 16, 16),
    // Prostir.
    (9804, 9804, 16, 19),
    // Mir.
    (2200, 2204, 16, 19),
];

/// Whether digits begin as a scheme's numbers do, and are as long.
pub fn is_shaped(digits: &str) -> bool {
    let Some(first) = digits.get(..4).and_then(|first| first.parse::<u32>().ok()) else { return false };
    SCHEMES.iter().any(|(from, to, least, most)| {
        let begins = first / 10_u32.pow(3 - from.ilog10());
        (*from..=*to).contains(&begins) && (*least..=*most).contains(&digits.len())
    }) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a number of a known scheme whose check digit fits.
pub fn fits(digits: &str) -> bool {
    is_shaped(digits) && luhn::fits(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_the_schemes_give_for_trials_fit() {
        for right in [
            "4111111111111111",
            "4012888888881881",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "30569309025904",
            "36227206271667",
            "6011111111111117",
            "3530111333300000",
            "6200000000000005",
            "5019717010103742",
            "6759649826438453",
        ] {
            assert!(fits(right), "{right}");
        }
    }

    #[test]
    fn a_number_of_no_scheme_or_of_another_length_does_not() {
        for wrong in ["1748503543012", "2721465526338453", "411111111111111", "3782822463100051", "", "4é11"]
        {
            assert!(!fits(wrong), "{wrong}");
        }
    }
}

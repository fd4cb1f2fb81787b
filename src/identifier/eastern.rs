//! Personal numbers of Romania, Bulgaria and Ukraine.

use super::sums::{Compact, digits, is_day, is_day_of_short_year, number, short, weighted};

/// Romania: CNP (O.U.G. nr. 97/2005; H.G. nr. 295/2021): sex and century, YYMMDD, county, order, a check digit
/// modulo 11.
pub(crate) fn cnp(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    let (year, month, day) = (short(&n[1..3]), short(&n[3..5]), short(&n[5..7]));
    let exists = match n[0] {
        1 | 2 => is_day(1900 + year, month, day),
        3 | 4 => is_day(1800 + year, month, day),
        5 | 6 => is_day(2000 + year, month, day),
        0 => false,
        _ => is_day_of_short_year(year, month, day),
    };
    let check = match weighted(&n, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        check => check,
    };
    // Counties, the sectors of Bucharest, and since 2024 no county at all (H.G. nr. 295/2021).
    exists && matches!(short(&n[7..9]), 1..=48 | 51 | 52 | 70) && check == n[12]
}

/// Bulgaria: EGN (Закон за гражданската регистрация, чл. 11): YYMMDD with 20 added to the month before 1900 and 40
/// since 2000, three digits, a check digit modulo 11.
pub(crate) fn egn(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    let (century, month) = match short(&n[2..4]) {
        month @ 41.. => (2000, month - 40),
        month @ 21.. => (1800, month - 20),
        month => (1900, month),
    };
    is_day(century + short(&n[..2]), month, short(&n[4..6]))
        && weighted(&n, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == n[9]
}

/// Bulgaria: LNC of foreigners (Закон за чужденците): ten digits, a check digit modulo 10.
pub(crate) fn lnc(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    number(&n) > 0 && weighted(&n, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == n[9]
}

/// Ukraine: РНОКПП (Наказ Мінфіну № 822, 2017): days since 31 December 1899, four digits, a check digit modulo 11
/// modulo 10.
pub(crate) fn rnokpp(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    // The first digit counts minus one, which is ten modulo eleven.
    number(&n) > 0 && weighted(&n, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == n[9]
}

//! Personal numbers of India, Indonesia, Korea and China.

use super::sums::{Compact, digits, is_day, is_day_of_short_year, number, short, verhoeff, weighted};

/// India: Aadhaar (UIDAI, Aadhaar Act 2016): twelve digits, the first 2 to 9, the last Verhoeff's; none reads the same
/// from both ends.
pub(crate) fn aadhaar(text: Compact<'_>) -> bool {
    let Some(n) = digits::<12>(text) else { return false };
    n[0] >= 2 && verhoeff(&n) && !n.iter().eq(n.iter().rev())
}

/// Indonesia: NIK (UU No. 24/2013; Permendagri): province, regency, district, DDMMYY (women plus 40), serial. It has
/// no check digit.
pub(crate) fn nik(text: Compact<'_>) -> bool {
    let Some(n) = digits::<16>(text) else { return false };
    let day = match short(&n[6..8]) {
        day @ 41.. => day - 40,
        day => day,
    };
    (11..=99).contains(&short(&n[..2]))
        && short(&n[2..4]) > 0
        && short(&n[4..6]) > 0
        && is_day_of_short_year(short(&n[10..12]), short(&n[8..10]), day)
        && short(&n[12..]) > 0
}

/// Korea: resident registration number (주민등록법 시행규칙): YYMMDD, century and sex, region, order, a check digit
/// modulo 11.
pub(crate) fn rrn(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    let century = match n[6] {
        9 | 0 => 1800,
        1 | 2 | 5 | 6 => 1900,
        _ => 2000,
    };
    let year = century + short(&n[..2]);
    let sum = weighted(&n, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let checks = (11 - sum % 11) % 10 == n[12];
    // Foreigners' numbers end in a digit that is two higher.
    let foreign = matches!(n[6], 5..=8) && (13 - sum % 11) % 10 == n[12];
    is_day(year, short(&n[2..4]), short(&n[4..6])) && short(&n[7..9]) <= 96 && (checks || foreign)
}

/// Korea: a number given since October 2020, whose last six digits are random: the calendar and the century alone.
pub(crate) fn rrn_random(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    let century = if matches!(n[6], 3 | 4 | 7 | 8) { 2000 } else { 1900 };
    matches!(n[6], 1..=8) && is_day(century + short(&n[..2]), short(&n[2..4]), short(&n[4..6]))
}

/// China: resident identity number (GB 11643-1999): region, YYYYMMDD, order, a check character modulo 11,2.
pub(crate) fn resident_id(text: Compact<'_>) -> bool {
    let Some(n) = text.get(..17).and_then(digits::<17>) else { return false };
    let sum = weighted(&n, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let check = b"10X98765432".get((sum % 11) as usize);
    // The first digits of the provinces (GB/T 2260).
    let province =
        matches!(short(&n[..2]), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    province
        && number(&n[2..6]) > 0
        && matches!(short(&n[6..10]), 1850..=2100)
        && is_day(short(&n[6..10]), short(&n[10..12]), short(&n[12..14]))
        && text.len() == 18
        && text.as_bytes().get(17) == check
}

/// Korea: a number of either time.
pub(crate) fn rrn_of_any_time(text: Compact<'_>) -> bool {
    rrn(text) || rrn_random(text)
}

//! Personal numbers of Estonia, Lithuania and Latvia.

use super::sums::{Compact, digits, is_day, short, weighted};

/// Estonia: isikukood (EVS 585:2007), and Lithuania: asmens kodas (Gyventojų registro įstatymas): century and sex,
/// YYMMDD, three digits, a check digit modulo 11 with a second try.
pub(crate) fn isikukood(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let century = match n[0] {
        1 | 2 => 1800,
        3 | 4 => 1900,
        5 | 6 => 2000,
        7 | 8 => 2100,
        _ => return false,
    };
    let check = match weighted(&n, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(&n, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        check => check,
    };
    is_day(century + short(&n[1..3]), short(&n[3..5]), short(&n[5..7])) && check == n[10]
}

/// Lithuania as well: numbers that begin with 9 tell no birth date.
pub(crate) fn asmens_kodas(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let check = match weighted(&n, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(&n, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        check => check,
    };
    isikukood(text) || (n[0] == 9 && check == n[10])
}

/// Latvia: personas kods (Fizisko personu reģistra likums): DDMMYY, the century, three digits and a check digit.
pub(crate) fn personas_kods(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let check = (1 + weighted(&n, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    let century = match n[6] {
        0 => 1800,
        1 => 1900,
        2 => 2000,
        _ => return false,
    };
    is_day(century + short(&n[4..6]), short(&n[2..4]), short(&n[..2])) && check == n[10]
}

/// Latvia: one that was given since July 2017: eleven digits that begin with 32 to 39 and tell no birth date. They are
/// drawn at random, the last as well.
pub(crate) fn personas_kods_without_date(text: Compact<'_>) -> bool {
    digits::<11>(text).is_some_and(|n| n[0] == 3 && n[1] >= 2)
}

/// Latvia: one of either time.
pub(crate) fn personas_kods_of_any_time(text: Compact<'_>) -> bool {
    personas_kods(text) || personas_kods_without_date(text)
}

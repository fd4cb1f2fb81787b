//! Personal numbers of Poland, Czechia, Slovakia, Hungary, Slovenia and Croatia.

use super::sums::{Compact, digits, is_day, mod_11_10, number, short, weighted};

/// Poland: PESEL (ustawa o ewidencji ludności, art. 15): YYMMDD with 80 added to the month before 1900 and 20 since
/// 2000, four digits, a check digit modulo 10.
pub(crate) fn pesel(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let (century, month) = match short(&n[2..4]) {
        month @ 81.. => (1800, month - 80),
        month @ 21..=32 => (2000, month - 20),
        month => (1900, month),
    };
    is_day(century + short(&n[..2]), month, short(&n[4..6]))
        && weighted(&n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Czechia and Slovakia: rodné číslo (zákon č. 133/2000 Sb.; zákon č. 301/1995 Z. z.): YYMMDD, women with 50 added to
/// the month, 20 more where numbers ran out (since 2004, zákon č. 53/2004 Sb.), and since 1954 ten digits that eleven
/// divides.
pub(crate) fn rodne_cislo(text: Compact<'_>) -> bool {
    let Some(n) = text.get(..9).and_then(digits::<9>) else { return false };
    let year = match (short(&n[..2]), text.len()) {
        // Who was given nine digits was born before 1954, and alive.
        (54..80, 9) => return false,
        (year, 9) if year >= 80 => 1800 + year,
        (year, 10) if year < 54 => 2000 + year,
        (year, _) => 1900 + year,
    };
    let month = match (short(&n[2..4]), text.len()) {
        (month @ 71.., 10) => month - 70,
        (month @ 51.., _) => month - 50,
        (month @ 21.., 10) => month - 20,
        (month, _) => month,
    };
    let fits = match digits::<10>(text) {
        // Until 1985 a rest of ten was written as 0.
        Some(all) => number(&all[..9]) % 11 % 10 == u64::from(all[9]),
        None => text.len() == 9,
    };
    is_day(year, month, short(&n[4..6])) && fits
}

/// Hungary: adóazonosító jel (1996. évi XX. törvény, melléklet): 8, eight digits, their sum by place modulo 11.
pub(crate) fn adoazonosito(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    n[0] == 8 && weighted(&n, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == n[9]
}

/// Hungary: TAJ (1996. évi XX. törvény, melléklet): nine digits, the last modulo 10.
pub(crate) fn taj(text: Compact<'_>) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    number(&n) > 0 && weighted(&n, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == n[8]
}

/// Slovenia, and the other states of former Yugoslavia: EMŠO or JMBG (Zakon o centralnem registru prebivalstva):
/// DDMMYYY, region and order, a check digit modulo 11.
pub(crate) fn emso(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    let year = short(&n[4..7]);
    let year = if year < 800 { 2000 + year } else { 1000 + year };
    is_day(year, short(&n[2..4]), short(&n[..2]))
        && match weighted(&n, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
            0 => n[12] == 0,
            1 => false,
            rest => n[12] == 11 - rest,
        }
}

/// Croatia: OIB (Zakon o osobnom identifikacijskom broju): eleven digits, MOD 11,10.
pub(crate) fn oib(text: Compact<'_>) -> bool {
    digits::<11>(text).is_some_and(|n| mod_11_10(&n))
}

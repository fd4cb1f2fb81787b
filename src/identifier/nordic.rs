//! Personal numbers of Sweden, Norway, Denmark, Finland and Iceland.

use std::ops::RangeInclusive;

use super::luhn;
use super::sums::{Compact, digits, is_day, is_day_of_short_year, short, weighted};

/// Sweden: personnummer, and samordningsnummer with 60 added to the day (Skatteverket, SKV 704 and SKV 707):
/// YYMMDD or YYYYMMDD, three digits, Luhn over the last ten.
pub(crate) fn personnummer(text: Compact<'_>) -> bool {
    let (century, last) = text.split_at_checked(text.len().saturating_sub(10)).unwrap_or(("", ""));
    let Some(n) = digits::<10>(last) else { return false };
    let (year, month) = (short(&n[..2]), short(&n[2..4]));
    let day = match short(&n[4..6]) {
        day @ 61..=91 => day - 60,
        day => day,
    };
    let exists = match century {
        "" => is_day_of_short_year(year, month, day),
        "18" => is_day(1800 + year, month, day),
        "19" => is_day(1900 + year, month, day),
        "20" => is_day(2000 + year, month, day),
        _ => false,
    };
    exists && luhn::fits(last)
}

/// Norway: fødselsnummer, and D-nummer with 40 added to the day (Skatteetaten, folkeregisterforskriften § 2-2-1):
/// DDMMYY, three digits, two check digits modulo 11.
pub(crate) fn fodselsnummer(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let day = if n[0] >= 4 { short(&n[..2]) - 40 } else { short(&n[..2]) };
    is_day_of_short_year(short(&n[4..6]), short(&n[2..4]), day) && has_norwegian_checks(&n)
}

/// Norway: hjelpenummer of patients whose own is not known (Direktoratet for e-helse, HIS 1001): 8 or 9 and digits drawn
/// at random, or of one hospital 40 added to the month; the check digits are the same.
pub(crate) fn hjelpenummer(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let month = short(&n[2..4]);
    let of_one_hospital = month > 40 && is_day_of_short_year(short(&n[4..6]), month - 40, short(&n[..2]));
    (n[0] >= 8 || of_one_hospital) && has_norwegian_checks(&n)
}

fn has_norwegian_checks(n: &[u32; 11]) -> bool {
    weighted(n, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Denmark: CPR-nummer (CPR-kontoret, Personnummeret i CPR): DDMMYY and four digits. Modulo 11 is not asked for:
/// numbers that do not fit it are given out since 2007.
pub(crate) fn cpr(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    let year = short(&n[4..6]);
    let century = match (n[6], year) {
        (0..=3, _) | (4 | 9, 37..) => 1900,
        (4 | 9, _) | (5..=8, ..=57) => 2000,
        _ => 1800,
    };
    is_day(century + year, short(&n[2..4]), short(&n[..2]))
}

/// Finland: henkilötunnus (Digi- ja väestötietovirasto, asetus 128/2010 and 690/2022): DDMMYY, a sign for the
/// century, three digits from 002 to 899, and a character for the nine digits modulo 31.
pub(crate) fn henkilotunnus(text: Compact<'_>) -> bool {
    is_finnish(text, 2..=899)
}

/// Finland: 900 to 999 stand in no register. Hospitals and others give them for a time, to who has no number yet or
/// can't tell it.
pub(crate) fn temporary_henkilotunnus(text: Compact<'_>) -> bool {
    is_finnish(text, 900..=999)
}

fn is_finnish(text: Compact<'_>, individuals: RangeInclusive<u32>) -> bool {
    // The signs - and + are separators, which are gone.
    let (century, rest) = match text.as_bytes() {
        b if b.len() == 10 => (None, 6),
        b if b.len() == 11 => (Some(b[6]), 7),
        _ => return false,
    };
    let (Some(day), Some(tail)) = (text.get(..6), text.get(rest..)) else { return false };
    let (Some(born), Some(own)) = (digits::<6>(day), tail.get(..3).and_then(digits::<3>)) else {
        return false;
    };
    let year = short(&born[4..6]);
    let exists = |century: u32| is_day(century + year, short(&born[2..4]), short(&born[..2]));
    let exists = match century {
        None => exists(1900) || exists(1800),
        Some(b'U'..=b'Y') => exists(1900),
        Some(b'A'..=b'F') => exists(2000),
        _ => false,
    };
    let check = (short(&born) * 1_000 + short(&own)) % 31;
    exists
        && individuals.contains(&short(&own))
        && tail.as_bytes().get(3) == b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(check as usize)
}

/// Iceland: kennitala (Þjóðskrá): DDMMYY, three digits, and the century. The third of them was a check digit; those
/// given since 18 February 2026 have none.
pub(crate) fn kennitala(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    let century = match n[9] {
        8 => 1800,
        9 => 1900,
        0 => 2000,
        _ => return false,
    };
    // Companies have 40 added to the day.
    let day = if n[0] >= 4 { short(&n[..2]) - 40 } else { short(&n[..2]) };
    is_day(century + short(&n[4..6]), short(&n[2..4]), day)
}

/// Iceland: kerfiskennitala (Þjóðskrá), of who stays for a short time: 8 or 9, and digits drawn at random.
pub(crate) fn kerfiskennitala(text: Compact<'_>) -> bool {
    digits::<10>(text).is_some_and(|n| n[0] >= 8)
}

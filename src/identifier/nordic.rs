//! Personal numbers of Sweden, Norway, Denmark, Finland and Iceland.

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
    is_day_of_short_year(short(&n[4..6]), short(&n[2..4]), day)
        && weighted(&n, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighted(&n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
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
/// century, three digits, and a character for the nine digits modulo 31.
pub(crate) fn henkilotunnus(text: Compact<'_>) -> bool {
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
        && short(&own) >= 2
        && tail.as_bytes().get(3) == b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(check as usize)
}

/// Iceland: kennitala (Þjóðskrá): DDMMYY, two digits, a check digit modulo 11, and the century.
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
        && weighted(&n, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

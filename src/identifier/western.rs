//! Personal numbers of Germany, Austria, Switzerland, the Low Countries, France, the United Kingdom and Ireland.

use super::luhn;
use super::sums::{
    Compact, digits, is_day, is_day_of_short_year, mod_11_10, number, short, verhoeff, weighted,
};

/// Germany: steuerliche Identifikationsnummer (§ 139b AO; `BZSt`, Prüfziffernberechnung): eleven digits of which the
/// first ten hold exactly one digit twice or thrice, MOD 11,10.
pub(crate) fn steuer_id(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let mut counts = [0_u32; 10];
    for digit in &n[..10] {
        counts[*digit as usize] += 1;
    }
    let repeated: Vec<u32> = counts.into_iter().filter(|count| *count > 1).collect();
    n[0] != 0 && matches!(repeated.as_slice(), [2 | 3]) && mod_11_10(&n)
}

/// Germany: Versicherungsnummer of the pension insurance (§ 147 SGB VI; VKVV § 2): area, DDMMYY, a letter, two digits
/// and a check digit.
pub(crate) fn versicherungsnummer(text: Compact<'_>) -> bool {
    let Some(letter) = text.as_bytes().get(8).filter(|letter| letter.is_ascii_uppercase()) else {
        return false;
    };
    let spelt =
        format!("{}{:02}{}", text.get(..8).unwrap_or(""), letter - b'A' + 1, text.get(9..).unwrap_or(""));
    let Some(n) = digits::<13>(&spelt) else { return false };
    let crossed = |(digit, weight): (&u32, u32)| digit * weight / 10 + digit * weight % 10;
    let sum: u32 = n.iter().zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]).map(crossed).sum();
    // Who shares a birth date with too many has more than 31 as the day; nobody has 0.
    short(&n[2..4]) > 0 && (1..=12).contains(&short(&n[4..6])) && sum % 10 == n[12]
}

/// Austria: Sozialversicherungsnummer (§ 30c ASVG, until 2019 § 31): three digits, a check digit, DDMMYY with months
/// up to 15.
pub(crate) fn versicherungsnummer_at(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    let month = short(&n[6..8]);
    let exists = match month {
        13..=15 => (1..=31).contains(&short(&n[4..6])),
        _ => is_day_of_short_year(short(&n[8..]), month, short(&n[4..6])),
    };
    exists && n[0] != 0 && weighted(&n, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == n[3]
}

/// Switzerland: AHV-Nummer (Art. 50c AHVG): 756, nine digits, and the check digit of EAN-13.
pub(crate) fn ahv(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    n[..3] == [7, 5, 6] && weighted(&n, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

/// Netherlands: burgerservicenummer (Wet algemene bepalingen BSN; Logisch Ontwerp GBA): the eleven test.
pub(crate) fn bsn(text: Compact<'_>) -> bool {
    let padded = if text.len() == 8 { format!("0{text}") } else { text.to_owned() };
    let Some(n) = digits::<9>(&padded) else { return false };
    // The last digit counts minus one, which is ten modulo eleven.
    number(&n) > 0 && weighted(&n, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11)
}

/// Belgium: rijksregisternummer (KB 3 April 1984): YYMMDD, three digits, 97 minus the rest modulo 97, with a 2 in front
/// for those born since 2000.
pub(crate) fn rijksregisternummer(text: Compact<'_>) -> bool {
    in_belgian_register(text, |month| month <= 12)
}

/// Belgium: BIS number (KB 8 February 1991), of who is in no register: 20 is added to the month, or 40 where the sex is
/// known.
pub(crate) fn bis(text: Compact<'_>) -> bool {
    in_belgian_register(text, |month| matches!(month, 20..=32 | 40..=52))
}

fn in_belgian_register(text: Compact<'_>, is_month: fn(u32) -> bool) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let (own, check) = (number(&n[..9]), number(&n[9..]));
    let fits = |own: u64| 97 - own % 97 == check;
    // An unknown month or day is 00.
    is_month(short(&n[2..4])) && short(&n[4..6]) <= 31 && (fits(own) || fits(2_000_000_000 + own))
}

/// Luxembourg: matricule (règlement grand-ducal, 28 November 2013): YYYYMMDD, an unknown month or day being 00, three
/// digits, a Luhn digit and a Verhoeff digit, both over the first eleven.
pub(crate) fn matricule(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    let mut other = [0; 12];
    other[..11].copy_from_slice(&n[..11]);
    other[11] = n[12];
    let exists = match (short(&n[4..6]), short(&n[6..8])) {
        (0, day) => day <= 31,
        (month, 0) => month <= 12,
        (month, day) => is_day(short(&n[..4]), month, day),
    };
    exists && luhn::fits(&text[..12]) && verhoeff(&other)
}

/// France: NIR (décret n° 82-103; INSEE): sex, YYMM, department, commune, order, and 97 minus the rest modulo 97; of
/// Corsica 2A counts as 19 and 2B as 18.
pub(crate) fn nir(text: Compact<'_>) -> bool {
    let replaced = match text.get(5..7) {
        Some("2A") => format!("{}19{}", &text[..5], &text[7..]),
        Some("2B") => format!("{}18{}", &text[..5], &text[7..]),
        _ => text.to_owned(),
    };
    let Some(n) = digits::<15>(&replaced) else { return false };
    // Months beyond 12 stand for births whose month is not known, or too many.
    matches!(n[0], 1..=4 | 7 | 8)
        && matches!(short(&n[3..5]), 1..=12 | 20..=42 | 50..=99)
        && 97 - number(&n[..13]) % 97 == number(&n[13..])
}

/// France: numéro fiscal (`DGFiP`, SPI): thirteen digits, the last three the first ten modulo 511.
pub(crate) fn numero_fiscal(text: Compact<'_>) -> bool {
    let Some(n) = digits::<13>(text) else { return false };
    n[0] <= 3 && number(&n[..10]) > 0 && number(&n[..10]) % 511 == number(&n[10..])
}

/// United Kingdom: National Insurance number (HMRC, NIM39110): two letters, six digits, A to D. It has no check
/// digit: the shape alone is checked.
pub(crate) fn nino(text: Compact<'_>) -> bool {
    let bytes = text.as_bytes();
    let [first, second, middle @ .., last] = bytes else { return false };
    let never = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    bytes.len() == 9
        && first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !b"DFIQUV".contains(first)
        && !b"DFIQUVO".contains(second)
        && !never.iter().any(|pair| pair[..] == bytes[..2])
        && middle.iter().all(u8::is_ascii_digit)
        && matches!(last, b'A'..=b'D')
}

/// United Kingdom: NHS number (NHS Data Dictionary): ten digits, the last modulo 11.
pub(crate) fn nhs(text: Compact<'_>) -> bool {
    let Some(n) = digits::<10>(text) else { return false };
    number(&n) > 0 && weighted(&n, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Ireland: PPS number (Social Welfare Consolidation Act 2005, s. 262; Revenue): seven digits, a letter modulo 23,
/// and since 2013 perhaps another letter, which counts nine times.
pub(crate) fn pps(text: Compact<'_>) -> bool {
    let Some(n) = text.get(..7).and_then(digits::<7>) else { return false };
    let second = match text.as_bytes().get(8) {
        None | Some(b'T' | b'W') => 0,
        Some(letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        Some(_) => return false,
    };
    let sum = weighted(&n, &[8, 7, 6, 5, 4, 3, 2]) + second * 9;
    text.len() <= 9 && text.as_bytes().get(7) == b"WABCDEFGHIJKLMNOPQRSTUV".get((sum % 23) as usize)
}

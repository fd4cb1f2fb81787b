//! Personal numbers of Spain, Portugal, Italy, Greece and Türkiye.

use super::luhn;
use super::sums::{Compact, digits, is_day_of_short_year, number, short, weighted};

/// Spain: DNI and NIE (Real Decreto 1553/2005, art. 11, and 255/2025): eight digits, or X, Y, Z (K, L, M:
/// who has neither) and seven,
/// and a letter for them modulo 23.
pub(crate) fn dni(text: Compact<'_>) -> bool {
    let spelt = match text.as_bytes().first() {
        Some(b'X' | b'K' | b'L' | b'M') => format!("0{}", &text[1..]),
        Some(b'Y') => format!("1{}", &text[1..]),
        Some(b'Z') => format!("2{}", &text[1..]),
        _ => text.to_owned(),
    };
    let Some(n) = spelt.get(..8).and_then(digits::<8>) else { return false };
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE".get((number(&n) % 23) as usize);
    spelt.len() == 9 && spelt.as_bytes().get(8) == letter
}

/// Portugal: NIF (Decreto-Lei n.º 14/2013): nine digits, the last modulo 11.
pub(crate) fn nif(text: Compact<'_>) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    let check = match weighted(&n, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    n[0] != 0 && check == n[8]
}

/// Portugal: número do cartão de cidadão (Portaria n.º 202/2007; autenticacao.gov): eight digits, one, two letters
/// and a digit; Luhn with letters as 10 to 35.
pub(crate) fn cartao_de_cidadao(text: Compact<'_>) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 12
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            9 | 10 => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        });
    let value =
        |byte: u8| if byte.is_ascii_digit() { u32::from(byte - b'0') } else { u32::from(byte - b'A') + 10 };
    let doubled = |value: u32| if value * 2 > 9 { value * 2 - 9 } else { value * 2 };
    let sum = |bytes: &[u8]| -> u32 {
        let places = bytes.iter().enumerate();
        places.map(|(place, byte)| if place % 2 == 0 { doubled(value(*byte)) } else { value(*byte) }).sum()
    };
    shaped && sum(bytes).is_multiple_of(10)
}

/// Italy: codice fiscale (D.M. 23 December 1976; Agenzia delle Entrate): name, year, month letter, day (women plus
/// 40), place, a letter modulo 26. Where two people would share it, digits are letters (omocodia).
pub(crate) fn codice_fiscale(text: Compact<'_>) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let bytes = text.as_bytes();
    if bytes.len() != 16 || !bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return false;
    }
    let digit = |place: usize| match bytes[place] {
        byte @ b'0'..=b'9' => Some(u32::from(byte - b'0')),
        byte => b"LMNPQRSTUV".iter().zip(0..).find(|(letter, _)| **letter == byte).map(|(_, digit)| digit),
    };
    let letters = [0, 1, 2, 3, 4, 5, 11].into_iter().all(|place| bytes[place].is_ascii_uppercase());
    let place = [12, 13, 14].into_iter().all(|place| digit(place).is_some());
    let month = b"ABCDEHLMPRST".iter().zip(1..).find(|(letter, _)| **letter == bytes[8]);
    let (Some(tens), Some(ones), Some(day_tens), Some(day_ones), Some((_, month))) =
        (digit(6), digit(7), digit(9), digit(10), month)
    else {
        return false;
    };
    let day = match day_tens * 10 + day_ones {
        day @ 41.. => day - 40,
        day => day,
    };
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' });
    let sum: u32 = (0..15)
        .map(|place| if place % 2 == 0 { ODD[value(bytes[place]) as usize] } else { value(bytes[place]) })
        .sum();
    letters
        && place
        && is_day_of_short_year(tens * 10 + ones, month, day)
        && bytes[15].is_ascii_uppercase()
        && sum % 26 == value(bytes[15])
}

/// Italy: the code of a company, or one that is given for a time: the eleven digits of a VAT number (D.P.R. n. 633/1972,
/// art. 35): Luhn.
pub(crate) fn codice_fiscale_of_company(text: Compact<'_>) -> bool {
    digits::<11>(text).is_some_and(|n| number(&n) > 0) && luhn::fits(text)
}

/// Greece: AMKA (Law 3655/2008, art. 153): DDMMYY, four digits, a Luhn digit.
pub(crate) fn amka(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    is_day_of_short_year(short(&n[4..6]), short(&n[2..4]), short(&n[..2])) && luhn::fits(text)
}

/// Greece: AFM, the tax number (AADE): nine digits, powers of two modulo 11 modulo 10.
pub(crate) fn afm(text: Compact<'_>) -> bool {
    let Some(n) = digits::<9>(text) else { return false };
    number(&n) > 0 && weighted(&n, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == n[8]
}

/// Türkiye: T.C. kimlik numarası (Nüfus ve Vatandaşlık İşleri): eleven digits, the last two check digits.
pub(crate) fn kimlik(text: Compact<'_>) -> bool {
    let Some(n) = digits::<11>(text) else { return false };
    let odd = weighted(&n, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(&n, &[0, 1, 0, 1, 0, 1, 0, 1]);
    n[0] != 0 && (odd * 7 + 100 - even) % 10 == n[9] && (odd + even + n[9]) % 10 == n[10]
}

//! Check digits, from the published rules: written down a second time, so that a rule that is wrong in the
//! program is noticed by numbers made here.

/// The whole number, without separators, whose beginning is given; of an IBAN, what stands around its check
/// digits. `None` where no check digit fits, or none is known of that kind.
pub fn complete(kind: &str, body: &str) -> Option<String> {
    let n: Vec<u64> = body.bytes().filter(u8::is_ascii_digit).map(|byte| u64::from(byte - b'0')).collect();
    let one = |check: u64| (check < 10).then(|| format!("{body}{check}"));
    match kind {
        // ISO/IEC 7812-1, annex B. The Swedish one is over the ten digits without the century.
        "card" | "sin" | "sa-id" => one(luhn(&n)),
        "personnummer" => one(luhn(&n[n.len() - 9..])),
        // ISO 13616-1.
        "iban" => {
            let (country, account) = body.split_at(2);
            let check = 98 - rest_of_letters(&format!("{account}{country}00"), 97);
            Some(format!("{country}{check:02}{account}"))
        }
        // American Bankers Association, 1910.
        "routing" => one((10 - weighted(&n, &[3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10),
        // Real Decreto 1553/2005; of an NIE the first letter counts as 0, 1, 2.
        "dni" => {
            let spelt = body.replace('X', "0").replace('Y', "1").replace('Z', "2");
            letter(body, "TRWAGMYFPDXBNJZSQVHLCKE", rest_of_letters(&spelt, 23))
        }
        // Наказ Мінфіну № 822, 2017: the first weight is -1.
        "rnokpp" => one((weighted(&n, &[0, 5, 7, 9, 4, 6, 10, 5, 7]) + 11 - n[0]) % 11 % 10),
        // NHS Data Dictionary: a number that would need a ten is not given out.
        "nhs" => one((11 - weighted(&n, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11),
        // Asetus 128/2010.
        "hetu" => letter(body, "0123456789ABCDEFHJKLMNPRSTUVWXY", rest(&n, 31)),
        // Folkeregisterforskriften § 2-2-1.
        "fodselsnummer" => {
            let mut all = n.clone();
            for weights in [&[3, 7, 6, 1, 8, 9, 4, 5, 2][..], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]] {
                all.push((11 - weighted(&all, weights) % 11) % 11);
            }
            (all[9] < 10 && all[10] < 10).then(|| format!("{body}{}{}", all[9], all[10]))
        }
        // Ustawa o ewidencji ludności, art. 15.
        "pesel" => one((10 - weighted(&n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10),
        // The eleven test: the last digit counts minus one.
        "bsn" => one(weighted(&n, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11),
        // KB 3 April 1984: a 2 stands in front for who was born since 2000. The body is told by a point behind it.
        "rijksregisternummer" => {
            let own = number(&n) + if body.ends_with('.') { 2_000_000_000 } else { 0 };
            Some(format!("{}{:02}", body.trim_end_matches('.'), 97 - own % 97))
        }
        // Décret n° 82-103; INSEE on Corsica.
        "nir" => {
            let spelt = body.replace("2A", "19").replace("2B", "18");
            Some(format!("{body}{:02}", 97 - rest_of_letters(&spelt, 97)))
        }
        // ISO/IEC 7064, MOD 11,10.
        "idnr" => {
            let product = n.iter().fold(10, |product, digit| match (product + digit) % 10 {
                0 => 20 % 11,
                sum => sum * 2 % 11,
            });
            one((11 - product) % 10)
        }
        "codice-fiscale" => letter(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", italian(body) % 26),
        // Decreto-Lei n.º 14/2013: ten and eleven are written 0.
        "nif" => one(match 11 - weighted(&n, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
            10 | 11 => 0,
            check => check,
        }),
        // H.G. nr. 1375/2006: ten is written 1.
        "cnp" => one(match weighted(&n, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
            10 => 1,
            check => check,
        }),
        // Zákon č. 133/2000 Sb.: eleven divides the whole.
        "rodne-cislo" => one((11 - rest(&n, 11) * 10 % 11) % 11),
        // Закон за гражданската регистрация, чл. 11.
        "egn" => one(weighted(&n, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10),
        // Revenue: the letter behind the check letter, if there is one, counts nine times.
        "pps" => {
            let (digits, second) = body.split_at(7);
            let own = second.bytes().map(|byte| u64::from(byte - b'A') + 1).sum::<u64>() * 9;
            let sum = weighted(&n, &[8, 7, 6, 5, 4, 3, 2]) + own;
            letter(digits, "WABCDEFGHIJKLMNOPQRSTUV", sum % 23).map(|number| number + second)
        }
        // Verhoeff 1969: the only digit with which the whole gives 0.
        "aadhaar" => (0..10).find(|check| verhoeff(&[&n[..], &[*check]].concat()) == 0).and_then(one),
        // Nüfus ve Vatandaşlık İşleri.
        "kimlik" => {
            let odd: u64 = n.iter().step_by(2).sum();
            let even: u64 = n.iter().skip(1).step_by(2).sum();
            let tenth = (odd * 7 + 40 - even) % 10;
            Some(format!("{body}{tenth}{}", (odd + even + tenth) % 10))
        }
        // 행정안전부, until October 2020.
        "rrn" => one((11 - weighted(&n, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10),
        // GB 11643-1999: ISO 7064, MOD 11-2.
        "resident-id" => {
            let sum = n.iter().fold(0, |sum, digit| (sum + digit) * 2 % 11);
            letter(body, "0123456789X", (12 - sum) % 11)
        }
        // GS1 General Specifications; ISO 2108; UPU S10.
        "gtin" => {
            one((10 - n.iter().rev().zip([3, 1].iter().cycle()).map(|(d, w)| d * w).sum::<u64>() % 10) % 10)
        }
        "isbn10" => {
            let sum = weighted(&n, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
            letter(body, "0123456789X", (11 - sum % 11) % 11)
        }
        "s10" => one(match 11 - weighted(&n, &[8, 6, 4, 2, 3, 5, 9, 7]) % 11 {
            10 => 0,
            11 => 5,
            check => check,
        }),
        _ => None,
    }
}

fn letter(body: &str, letters: &str, place: u64) -> Option<String> {
    letters.chars().nth(usize::try_from(place).ok()?).map(|letter| format!("{body}{letter}"))
}

fn number(n: &[u64]) -> u64 {
    n.iter().fold(0, |sum, digit| sum * 10 + digit)
}

fn rest(n: &[u64], modulus: u64) -> u64 {
    n.iter().fold(0, |sum, digit| (sum * 10 + digit) % modulus)
}

fn weighted(n: &[u64], weights: &[u64]) -> u64 {
    n.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Letters as 10 to 35.
fn rest_of_letters(text: &str, modulus: u64) -> u64 {
    text.bytes().fold(0, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u64::from(byte - b'0')) % modulus,
        _ => (sum * 100 + u64::from(byte - b'A') + 10) % modulus,
    })
}

/// The digit that Luhn's sum lacks.
fn luhn(n: &[u64]) -> u64 {
    let sum: u64 = n
        .iter()
        .rev()
        .zip([true, false].into_iter().cycle())
        .map(|(digit, doubled)| if doubled { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
        .sum();
    (10 - sum % 10) % 10
}

/// The sum of D.M. 23 December 1976: places are counted from one, so that the first is odd.
fn italian(body: &str) -> u64 {
    const ODD: [u64; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, // the digits
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => (usize::from(byte - b'0'), u64::from(byte - b'0')),
        _ => (usize::from(byte - b'A') + 10, u64::from(byte - b'A')),
    };
    let places = body.bytes().map(value).zip([true, false].into_iter().cycle());
    places.map(|((row, even), odd)| if odd { ODD[row] } else { even }).sum()
}

/// Verhoeff's sum by his tables: the product of the dihedral group, and the permutation by place.
fn verhoeff(n: &[u64]) -> u64 {
    const PRODUCT: [&[u8; 10]; 10] = [
        b"0123456789",
        b"1234067895",
        b"2340178956",
        b"3401289567",
        b"4012395678",
        b"5987604321",
        b"6598710432",
        b"7659821043",
        b"8765932104",
        b"9876543210",
    ];
    const PERMUTATION: [&[u8; 10]; 8] = [
        b"0123456789",
        b"1576283094",
        b"5803796142",
        b"8916043527",
        b"9453126870",
        b"4286573901",
        b"2793806415",
        b"7046913258",
    ];
    let at = |row: &[u8; 10], column: u64| u64::from(row[usize::try_from(column).unwrap_or(0)] - b'0');
    n.iter().rev().enumerate().fold(0, |sum, (place, digit)| {
        let row = PRODUCT[usize::try_from(sum).unwrap_or(0)];
        at(row, at(PERMUTATION[place % 8], *digit))
    })
}

//! International bank account numbers (ISO 13616-1).

/// Two letters, two digits, then letters and digits in upper case, 15 to 34 in all, without spaces.
pub fn is_shaped(text: &str) -> bool {
    (15..=34).contains(&text.len())
        && text.bytes().enumerate().all(|(place, byte)| match place {
            0 | 1 => byte.is_ascii_uppercase(),
            2 | 3 => byte.is_ascii_digit(),
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        })
}

/// What follows the check digits, by country (SWIFT, IBAN Registry, and the banks of the countries of Africa and of Iran
/// that write such numbers without being registered): so many digits `n`, letters `a`, or
/// either `c`.
const REGISTRY: [(&str, &str); 111] = [
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AO", "21n"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BF", "24c"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BJ", "24c"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CF", "23n"),
    ("CG", "23n"),
    ("CH", "5n12c"),
    ("CI", "24c"),
    ("CM", "23n"),
    ("CR", "18n"),
    ("CV", "21n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("DZ", "22n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GA", "23n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GQ", "23n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("GW", "21c"),
    ("HN", "4a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IR", "22n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KM", "23n"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MA", "24n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MG", "23n"),
    ("MK", "3n10c2n"),
    ("ML", "24c"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("MZ", "21n"),
    ("NE", "24c"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SN", "24c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TD", "23n"),
    ("TG", "24c"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "6n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
];

/// How long the numbers of a country are, in characters; nothing where none are given out.
pub fn length(country: &str) -> Option<usize> {
    Some(4 + parts(structure(country)?).map(|(count, _)| count).sum::<usize>())
}

fn structure(country: &str) -> Option<&'static str> {
    let found = REGISTRY.binary_search_by_key(&country, |(code, _)| code).ok()?;
    REGISTRY.get(found).map(|(_, structure)| *structure)
}

fn parts(structure: &str) -> impl Iterator<Item = (usize, char)> {
    structure.split_inclusive(|c: char| c.is_ascii_alphabetic()).filter_map(|part| {
        let kind = part.chars().next_back()?;
        Some((part.trim_end_matches(kind).parse().ok()?, kind))
    })
}

/// Whether a number so shaped is built as its country's numbers are.
pub fn is_of_its_country(text: &str) -> bool {
    let Some(structure) = text.get(..2).and_then(structure).filter(|_| is_shaped(text)) else { return false };
    let mut left = text.bytes().skip(4);
    let as_built = parts(structure).all(|(count, kind)| {
        let mut taken = 0;
        let right = left.by_ref().take(count).inspect(|_| taken += 1).all(|byte| match kind {
            'n' => byte.is_ascii_digit(),
            'a' => byte.is_ascii_uppercase(),
            _ => true,
        });
        right && taken == count
    });
    as_built && left.next().is_none()
}

/// Whether the check digits of a number so shaped fit: the first four characters moved to the end, letters as
/// 10 to 35, modulo 97 is 1.
pub fn fits(text: &str) -> bool {
    if !is_shaped(text) {
        return false;
    }
    let bytes = text.as_bytes();
    let remainder = bytes[4..].iter().chain(&bytes[..4]).fold(0, |sum: u32, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    // 98 minus a remainder gives 02 to 98: the other pairs also sum right, but no bank writes them.
    remainder == 1 && !matches!(&bytes[2..4], b"00" | b"01" | b"99")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_tells_how_a_countrys_numbers_are_built() {
        assert!(REGISTRY.is_sorted());
        assert_eq!(length("GB"), Some(22));
        assert_eq!(length("NO"), Some(15));
        assert_eq!(length("US"), None);
        assert!(is_of_its_country("GB82WEST12345698765432"));
        for wrong in
            ["GB82123412345698765432", "GB82WEST1234569876543", "US82WEST12345698765432", "GB8", "ÅB82"]
        {
            assert!(!is_of_its_country(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_changed_character_is_noticed() {
        for right in ["GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947"] {
            assert!(fits(right));
            for (place, wrong) in super::super::sums::changed(right) {
                assert!(!fits(&wrong), "{right} at {place}");
            }
        }
        for wrong in
            ["", "DE89", "de89370400440532013000", "DE8937040044053201300É", "DE98370400440532013000"]
        {
            assert!(!fits(wrong), "{wrong}");
        }
    }
}

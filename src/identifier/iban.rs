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

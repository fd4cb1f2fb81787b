//! What a field holds: how a typed value is checked, its stored form, its mask.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use zeroize::Zeroizing;

use super::country;
use super::field::did_you_mean;
use super::value::Value;
use crate::identifier::{iban, luhn};

/// Longest text, in characters.
const TEXT_LIMIT: usize = 1_000;
/// Longest note, in characters.
const NOTE_LIMIT: usize = 20_000;
/// Longest name of a country, in characters.
const COUNTRY_LIMIT: usize = 100;
/// Longest national id as it is typed, in characters.
const NATIONAL_ID_LIMIT: usize = 64;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1).
const EMAIL_LIMIT: usize = 254;
/// Longest local part of an e-mail address, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;
/// Longest phone number as it is typed, in characters.
const PHONE_LIMIT: usize = 60;
/// The mask of whatever is hidden; never the length.
pub(in crate::group) const MASK: &str = "••••";

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line of text, 1,000 characters at most.
    Text,
    /// A person's or company's name; as text.
    Name,
    /// An e-mail address.
    Email,
    /// A phone number, kept as it is typed.
    Phone,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A country, by its ISO 3166 code, English name or own name; kept as it is typed.
    Country,
    /// An international bank account number (ISO 13616), stored without spaces in upper case.
    Iban,
    /// A payment card number (ISO/IEC 7812), stored as digits.
    Card,
    /// A personal number, kept as it is typed; 64 characters at most. Whether it fits the rules of the record's
    /// country is for [`Record`](super::record::Record) to say.
    NationalId,
    /// Text of several lines, 20,000 characters at most.
    Note,
}

/// Why a value was refused and how it is written right; never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Longer than its kind allows.
    #[error("longer than {limit} characters")]
    TooLong {
        /// What is allowed, in characters.
        limit: usize,
    },
    /// A control character.
    #[error("holds a line break, tab or other control character; only notes may hold line breaks and tabs")]
    ControlCharacter,
    /// Not an e-mail address.
    #[error("not an e-mail address, which is written like name@example.org")]
    Email,
    /// Not a phone number.
    #[error("not a phone number: 3 digits or more with + ( ) . - / and spaces, then perhaps `ext 12`")]
    Phone,
    /// Not written as a date is.
    #[error("not a date, which is written YYYY-MM-DD, as 2026-04-03")]
    Date,
    /// No such day.
    #[error("no such day in the calendar")]
    NoSuchDay,
    /// Not a country.
    #[error("not a country: its English name, its own, or its ISO 3166 code, as SE{}", did_you_mean(*.closest))]
    Country {
        /// The country that may have been meant.
        closest: Option<&'static str>,
    },
    /// Not of an IBAN's shape.
    #[error("not an IBAN: two letters, two digits, then letters and digits, 15 to 34 in all")]
    IbanShape,
    /// The check digits do not fit.
    #[error("this IBAN's check digits do not fit: it is mistyped")]
    IbanCheck,
    /// Not of a card number's shape.
    #[error("not a card number: 12 to 19 digits")]
    CardShape,
    /// The check digit does not fit.
    #[error("this card number's check digit does not fit: it is mistyped")]
    CardCheck,
}

impl Kind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Date,
        Self::Country,
        Self::Iban,
        Self::Card,
        Self::NationalId,
        Self::Note,
    ];

    /// The kind's name in a fields file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Date => "date",
            Self::Country => "country",
            Self::Iban => "iban",
            Self::Card => "card",
            Self::NationalId => "national_id",
            Self::Note => "note",
        }
    }

    /// Checks what was typed, trimmed and in Unicode's form NFC, and gives its stored form. Nothing
    /// but white space is no value.
    pub fn check(self, raw: &str) -> Result<Option<Value>, Invalid> {
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            return Ok(None);
        }
        // No kind is longer, and nothing longer is worth the work below.
        if trimmed.len() > NOTE_LIMIT * 4 {
            return Err(Invalid::TooLong { limit: NOTE_LIMIT });
        }
        let text = composed(trimmed);
        let stored = match self {
            Self::Text | Self::Name => single_line(text, TEXT_LIMIT)?,
            Self::Country => country(single_line(text, COUNTRY_LIMIT)?)?,
            Self::NationalId => single_line(text, NATIONAL_ID_LIMIT)?,
            Self::Email => email(text)?,
            Self::Phone => phone(&text)?,
            Self::Date => date(text)?,
            Self::Iban => account(&text)?,
            Self::Card => card(&text)?,
            Self::Note => note(text)?,
        };
        Ok(Some(Value::new(stored)))
    }

    /// What stands in place of a hidden value: for card and IBAN the last four are left.
    pub fn mask(self, value: &Value) -> String {
        let text = value.expose();
        match self {
            Self::Card | Self::Iban if text.is_ascii() && text.len() >= 12 => {
                format!("{MASK}{}", &text[text.len() - 4..])
            }
            _ => MASK.to_owned(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

fn composed(text: &str) -> Zeroizing<String> {
    let mut composed = Zeroizing::new(String::with_capacity(text.len()));
    if is_nfc(text) {
        composed.push_str(text);
    } else {
        composed.extend(text.nfc());
    }
    composed
}

fn within(text: &str, limit: usize) -> Result<(), Invalid> {
    // A text has no more characters than bytes.
    if text.len() > limit && text.chars().count() > limit {
        return Err(Invalid::TooLong { limit });
    }
    Ok(())
}

fn single_line(text: Zeroizing<String>, limit: usize) -> Result<Zeroizing<String>, Invalid> {
    within(&text, limit)?;
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Invalid::ControlCharacter);
    }
    Ok(text)
}

fn country(text: Zeroizing<String>) -> Result<Zeroizing<String>, Invalid> {
    match country::code(&text) {
        Some(_) => Ok(text),
        None => Err(Invalid::Country { closest: country::closest(&text) }),
    }
}

/// Lines end in a line feed, whatever the machine that they came from.
fn note(text: Zeroizing<String>) -> Result<Zeroizing<String>, Invalid> {
    let text = if text.contains('\r') { Zeroizing::new(text.replace("\r\n", "\n")) } else { text };
    within(&text, NOTE_LIMIT)?;
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Invalid::ControlCharacter);
    }
    Ok(text)
}

/// Sanity, not proof: whether an address receives mail can't be known offline.
fn email(text: Zeroizing<String>) -> Result<Zeroizing<String>, Invalid> {
    let (local, domain) = text.split_once('@').ok_or(Invalid::Email)?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || "@,;:<>()[]\"\\".contains(c);
    let labels_hold =
        domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let sane = text.len() <= EMAIL_LIMIT
        && !local.is_empty()
        && local.len() <= LOCAL_PART_LIMIT
        && labels_hold
        && !local.contains(strange)
        && !domain.contains(strange);
    if sane { Ok(text) } else { Err(Invalid::Email) }
}

/// Kept as it is typed, but for white space (one space each) and typographic dashes (hyphens).
fn phone(text: &str) -> Result<Zeroizing<String>, Invalid> {
    within(text, PHONE_LIMIT)?;
    let mut stored = Zeroizing::new(String::with_capacity(text.len()));
    for word in text.split_whitespace() {
        if !stored.is_empty() {
            stored.push(' ');
        }
        stored.extend(word.chars().map(|c| if matches!(c, '\u{2010}'..='\u{2014}') { '-' } else { c }));
    }
    let number = subscriber_number(&stored);
    let extension = stored[number.len()..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let word = &stored[number.len()..stored.len() - extension.len()];
    let extension_digits = extension.trim_start_matches(['.', ':', ' ']);
    let extension_holds = stored.len() == number.len()
        || (["x", "ext", "extension"].iter().any(|known| word.eq_ignore_ascii_case(known))
            && (1..=8).contains(&extension_digits.len())
            && extension_digits.bytes().all(|b| b.is_ascii_digit()));
    let number_holds = number.chars().all(|c| c.is_ascii_digit() || "+().-/ ".contains(c))
        && number.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if number_holds && extension_holds { Ok(stored) } else { Err(Invalid::Phone) }
}

/// A stored phone number without its extension.
pub(in crate::group) fn subscriber_number(phone: &str) -> &str {
    phone.split(|c: char| c.is_ascii_alphabetic()).next().unwrap_or(phone)
}

fn date(text: Zeroizing<String>) -> Result<Zeroizing<String>, Invalid> {
    let bytes = text.as_bytes();
    let written_right = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !written_right {
        return Err(Invalid::Date);
    }
    match text.parse::<Date>() {
        Ok(day) if day.year() > 0 => Ok(text),
        _ => Err(Invalid::NoSuchDay),
    }
}

fn account(text: &str) -> Result<Zeroizing<String>, Invalid> {
    let mut stored = without(text, char::is_whitespace);
    stored.make_ascii_uppercase();
    match iban::is_shaped(&stored) {
        true if iban::fits(&stored) => Ok(stored),
        true => Err(Invalid::IbanCheck),
        false => Err(Invalid::IbanShape),
    }
}

fn card(text: &str) -> Result<Zeroizing<String>, Invalid> {
    let stored = without(text, |c| c.is_whitespace() || c == '-');
    if !(12..=19).contains(&stored.len()) || !stored.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Invalid::CardShape);
    }
    if luhn::fits(&stored) { Ok(stored) } else { Err(Invalid::CardCheck) }
}

fn without(text: &str, dropped: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(text.chars().filter(|c| !dropped(*c)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(kind: Kind, raw: &str) -> Result<String, Invalid> {
        kind.check(raw).map(|value| value.map(|value| value.expose().to_owned()).unwrap_or_default())
    }

    #[test]
    fn text_is_trimmed_and_composed() {
        assert_eq!(stored(Kind::Name, "  Fre\u{301}de\u{301}rique ").unwrap(), "Frédérique");
        assert!(Kind::Name.check(" \t\u{a0}").unwrap().is_none());
        assert_eq!(stored(Kind::Text, "a\nb"), Err(Invalid::ControlCharacter));
        assert_eq!(stored(Kind::Text, &"ä".repeat(1_000)).unwrap().chars().count(), 1_000);
        assert_eq!(stored(Kind::Text, &"ä".repeat(1_001)), Err(Invalid::TooLong { limit: 1_000 }));
        assert_eq!(stored(Kind::Note, &"ä".repeat(100_001)), Err(Invalid::TooLong { limit: 20_000 }));
        assert_eq!(stored(Kind::Note, "one\r\n\ttwo").unwrap(), "one\n\ttwo");
        assert_eq!(stored(Kind::Note, "\u{1b}[2J"), Err(Invalid::ControlCharacter));
        assert_eq!(stored(Kind::Country, " UK").unwrap(), "UK");
        assert_eq!(stored(Kind::Country, "Sverige").unwrap(), "Sverige");
        assert_eq!(stored(Kind::Country, "Swedne"), Err(Invalid::Country { closest: Some("Sweden") }));
        let told = stored(Kind::Country, "Atlantis").unwrap_err().to_string();
        assert_eq!(told, "not a country: its English name, its own, or its ISO 3166 code, as SE");
    }

    #[test]
    fn a_date_has_one_spelling_and_must_exist() {
        assert_eq!(stored(Kind::Date, " 2024-02-29").unwrap(), "2024-02-29");
        for wrong in ["03/04/2026", "2026-4-3", "20260403", "+002026-04-03", "2026-04-03T00:00"] {
            assert_eq!(stored(Kind::Date, wrong), Err(Invalid::Date), "{wrong}");
        }
        for none in ["2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01"] {
            assert_eq!(stored(Kind::Date, none), Err(Invalid::NoSuchDay), "{none}");
        }
        assert!(Invalid::Date.to_string().contains("YYYY-MM-DD"));
    }

    #[test]
    fn an_iban_is_checked_and_stored_without_spaces() {
        assert_eq!(stored(Kind::Iban, "gb82 west 1234 5698 7654 32").unwrap(), "GB82WEST12345698765432");
        assert_eq!(stored(Kind::Iban, "DE89370400440532013000").unwrap(), "DE89370400440532013000");
        assert_eq!(stored(Kind::Iban, "NO9386011117947").unwrap(), "NO9386011117947");
        assert_eq!(stored(Kind::Iban, "DE98370400440532013000"), Err(Invalid::IbanCheck));
        for wrong in [
            "DE89",
            "1289370400440532013000",
            "DE8937040044053201300É",
            "NO93860111179479999".repeat(2).as_str(),
        ] {
            assert_eq!(stored(Kind::Iban, wrong), Err(Invalid::IbanShape), "{wrong}");
        }
    }

    #[test]
    fn a_card_number_is_checked_and_stored_as_digits() {
        assert_eq!(stored(Kind::Card, "4111 1111-1111 1111").unwrap(), "4111111111111111");
        assert_eq!(stored(Kind::Card, "378282246310005").unwrap(), "378282246310005");
        assert_eq!(stored(Kind::Card, "4111111111111112"), Err(Invalid::CardCheck));
        for wrong in ["41111111111", "41111111111111111111", "4111x11111111111"] {
            assert_eq!(stored(Kind::Card, wrong), Err(Invalid::CardShape), "{wrong}");
        }
    }

    #[test]
    fn phone_numbers_of_many_styles_are_kept_as_typed() {
        for right in [
            "030-0074321",
            "(5) 555-4729",
            "88.60.15.31",
            "(1) 42.34.22.66",
            "+46 (0)921-12 34 65",
            "2967 542",
            "112",
            "503/555 7555",
            "(503) 555-7555 ext. 12",
            "555-7555 x3",
            "5557555ext:44",
        ] {
            assert_eq!(stored(Kind::Phone, right).unwrap(), right);
        }
        assert_eq!(stored(Kind::Phone, "030\u{a0}\u{a0}00–74").unwrap(), "030 00-74");
        for wrong in ["12", "ask Maria", "555-7555 ext", "555-7555 or 6", "5557555 x123456789", "x12", "٣٤٥"]
        {
            assert_eq!(stored(Kind::Phone, wrong), Err(Invalid::Phone), "{wrong}");
        }
    }

    #[test]
    fn an_e_mail_address_has_one_at_sign_and_two_sides() {
        for right in ["maria@example.org", "jörg.müller+x@exämple.de", "root@localhost"] {
            assert_eq!(stored(Kind::Email, right).unwrap(), right);
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for wrong in
            ["maria", "@b.c", "a@", "a@b@c", "a b@c.d", "a@b..c", "a@.b", "a@b.", "<a@b.c>", "a@-b.c", &long]
        {
            assert_eq!(stored(Kind::Email, wrong), Err(Invalid::Email), "{wrong}");
        }
    }

    #[test]
    fn a_mask_tells_no_length_and_at_most_the_last_four() {
        let mask = |kind: Kind, raw| kind.mask(&kind.check(raw).unwrap().unwrap());
        assert_eq!(mask(Kind::Card, "4111111111111111"), "••••1111");
        assert_eq!(mask(Kind::Iban, "DE89370400440532013000"), "••••3000");
        assert_eq!(mask(Kind::Date, "1984-01-09"), "••••");
        // A field whose kind was changed may hold anything.
        assert_eq!(Kind::Card.mask(&Value::new(Zeroizing::new("4111".into()))), "••••");
    }

    #[test]
    fn kinds_are_named_alike_in_files_and_messages() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }
}

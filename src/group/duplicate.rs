//! Keys by which a customer is found to be in the group already.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::field::{Field, Fields};
use super::folding::fold;
use super::kind::{Kind, subscriber_number};
use super::record::Record;
use super::value::Value;

/// Fewer digits of a phone number name an extension or a town's switchboard.
const PHONE_DIGITS: usize = 6;
/// The field that together with the name tells two people apart.
const BIRTH_DATE: &str = "birth_date";

/// Two records of a group with the same key are likely the same customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The field that the key comes from.
    pub field: String,
    /// The first eight bytes, big-endian, of SHA-256(kind ‖ 0 ‖ normalised value).
    pub key: i64,
}

/// What two customers share, as a message names it: of a name's key the birth date is a part.
pub(super) fn shared(fields: &Fields, field: &str) -> String {
    match fields.get(field) {
        Ok(known) if known.kind == Kind::Name => format!("{field} and {BIRTH_DATE}"),
        _ => field.to_owned(),
    }
}

/// A record's keys: one each for e-mail address, phone, IBAN, card and personal number, and one for
/// name and date of birth together. No key comes twice.
pub fn duplicate_keys(fields: &Fields, record: &Record) -> Vec<DuplicateKey> {
    let mut keys: Vec<DuplicateKey> = Vec::new();
    let alone = record.present(fields).filter_map(|(field, value)| key_of_value(field, value));
    for key in alone.chain(key_of_name_and_birth_date(fields, record)) {
        if keys.iter().all(|known| known.key != key.key) {
            keys.push(key);
        }
    }
    keys
}

fn key_of_value(field: &Field, value: &Value) -> Option<DuplicateKey> {
    let text = value.expose();
    let normalised = match field.kind {
        Kind::Email => Zeroizing::new(text.to_lowercase()),
        Kind::Phone => {
            let digits = kept(subscriber_number(text), |c| c.is_ascii_digit());
            // 00 is how + is dialled.
            let digits = Zeroizing::new(digits.strip_prefix("00").unwrap_or(&digits).to_owned());
            (digits.len() >= PHONE_DIGITS).then_some(digits)?
        }
        Kind::Iban | Kind::Card => Zeroizing::new(text.to_owned()),
        Kind::NationalId => Zeroizing::new(kept(text, char::is_alphanumeric).to_uppercase()),
        Kind::Text | Kind::Name | Kind::Date | Kind::Country | Kind::Note => return None,
    };
    if normalised.is_empty() {
        return None;
    }
    Some(DuplicateKey { field: field.name.clone(), key: hashed(field.kind.name(), &normalised) })
}

/// The words of a name may stand in any order: `Anders, Maria` is `Maria Anders`.
fn key_of_name_and_birth_date(fields: &Fields, record: &Record) -> Option<DuplicateKey> {
    let birth_date = fields.get(BIRTH_DATE).ok().filter(|field| field.kind == Kind::Date)?;
    let birth_date = record.get(&birth_date.name)?;
    let (field, name) = record.present(fields).find(|(field, _)| field.kind == Kind::Name)?;
    let mut words = fold(name.expose());
    words.sort();
    let both = Zeroizing::new(format!("{}\0{}", words.join(" "), birth_date.expose()));
    Some(DuplicateKey { field: field.name.clone(), key: hashed("name+birth_date", &both) })
}

fn kept(text: &str, wanted: impl Fn(char) -> bool) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| wanted(*c)).collect())
}

fn hashed(kind: &str, normalised: &str) -> i64 {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(normalised).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(given: &[(&str, &str)]) -> Vec<DuplicateKey> {
        let fields = Fields::standard();
        let named =
            given.iter().copied().chain((given.iter().all(|g| g.0 != "name")).then_some(("name", "N")));
        duplicate_keys(&fields, &Record::check(&fields, named).unwrap())
    }

    #[test]
    fn the_same_value_spelt_otherwise_has_the_same_key() {
        let pairs = [
            ("email", "Maria@Example.org", "maria@example.org"),
            ("phone", "+49 30-007 43 21", "0049 (30) 0074321 ext 5"),
            ("iban", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("national_id", "840109-1234", "8401091234"),
        ];
        for (field, one, other) in pairs {
            assert_eq!(keys(&[(field, one)]), keys(&[(field, other)]), "{field}");
            assert_eq!(keys(&[(field, one)])[0].field, field);
        }
        assert_ne!(keys(&[("phone", "030-0074321")]), keys(&[("phone", "030-0074322")]));
    }

    #[test]
    fn a_name_counts_only_with_a_date_of_birth() {
        assert!(keys(&[("name", "Maria Anders"), ("city", "Berlin")]).is_empty());
        let born = |name, day| keys(&[("name", name), ("birth_date", day)]);
        assert_eq!(born("María Anders", "1984-01-09"), born("ANDERS, Maria", "1984-01-09"));
        assert_ne!(born("Maria Anders", "1984-01-09"), born("Maria Anders", "1984-01-10"));
    }

    #[test]
    fn a_short_phone_number_is_nobodys() {
        assert!(keys(&[("phone", "112")]).is_empty());
        assert!(keys(&[("national_id", "---")]).is_empty());
    }

    #[test]
    fn one_record_has_no_key_twice() {
        let fields = Fields::from_json(
            r#"{"fields":[{"name":"phone","kind":"phone"},{"name":"fax","kind":"phone"}]}"#,
        )
        .unwrap();
        let record = Record::check(&fields, [("phone", "981-443655"), ("fax", "981 443655")]).unwrap();
        assert_eq!(duplicate_keys(&fields, &record).len(), 1);
    }

    /// The format: a key once written must be found again by every later version.
    #[test]
    fn keys_stay_what_they_are() {
        let key = keys(&[("email", "maria@example.org")])[0].key;
        let hash = Sha256::digest(b"email\0maria@example.org");
        assert_eq!(key.to_be_bytes(), hash[..8]);
    }
}

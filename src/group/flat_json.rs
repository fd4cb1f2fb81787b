//! Flat JSON objects: the form of a record in storage, in JSON Lines and in `add --from`.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer as _};
use zeroize::Zeroizing;

/// The members of a flat object in their order; `None` stands for `null`.
pub type Members = Vec<(String, Option<Zeroizing<String>>)>;

/// Text is not one flat JSON object. Carries no contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFlat {
    /// Not JSON.
    #[error("not JSON from column {column} on")]
    Syntax {
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// JSON, but something else than text, whole numbers, true, false and null in one object.
    #[error(
        "not one flat JSON object: its values may be text, whole numbers, true, false and null \
         (put a number with a fraction in quotes, so that its digits stay as they are); column {column}"
    )]
    Shape {
        /// Counted from 1, in bytes.
        column: usize,
    },
}

/// Reads one flat object. Numbers and truth values become their text.
pub fn read(text: &str) -> Result<Members, NotFlat> {
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(MembersVisitor).and_then(|members| json.end().map(|()| members));
    members.map_err(|error| match error.classify() {
        serde_json::error::Category::Data => NotFlat::Shape { column: error.column() },
        _ => NotFlat::Syntax { column: error.column() },
    })
}

/// Writes one flat object of texts; `None` becomes `null`.
pub fn write<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Zeroizing<String> {
    let mut json = Zeroizing::new(Vec::with_capacity(512));
    // Writing text to memory has nothing to fail at.
    let _ = write_members(&mut json, members);
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *json)).unwrap_or_default())
}

fn write_members<'a>(
    json: &mut Vec<u8>,
    members: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<(), serde_json::Error> {
    let mut serializer = serde_json::Serializer::new(json);
    let mut map = serializer.serialize_map(None)?;
    for (name, value) in members {
        map.serialize_entry(name, &value)?;
    }
    map.end()
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a flat object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            members.push((name, map.next_value::<Scalar>()?.0));
        }
        Ok(members)
    }
}

struct Scalar(Option<Zeroizing<String>>);

impl<'de> serde::Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(Zeroizing::new(text.to_owned()))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(Zeroizing::new(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(Zeroizing::new(number.to_string()))))
    }

    /// Also a whole number beyond 64 bits: its digits are lost already.
    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Scalar, E> {
        Err(E::custom("a fraction"))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar(Some(Zeroizing::new(truth.to_string()))))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(String, Option<String>)>, NotFlat> {
        let plain = |value: Option<Zeroizing<String>>| value.map(|value| value.as_str().to_owned());
        read(text).map(|members| members.into_iter().map(|(name, value)| (name, plain(value))).collect())
    }

    #[test]
    fn an_object_of_texts_reads_and_writes_alike() {
        let text = r#"{"name":"\"Ana\"\n","city":"Århus","name":"twice"}"#;
        let read = members(text).unwrap();
        assert_eq!(read.len(), 3);
        let written = write(read.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
        assert_eq!(*written, text);
    }

    #[test]
    fn numbers_keep_their_digits_or_are_refused() {
        let read = members(r#"{"a":12209,"b":-1,"c":true,"d":null,"e":9999999999999999999}"#).unwrap();
        let values: Vec<_> = read.iter().map(|(_, value)| value.as_deref()).collect();
        assert_eq!(values, [Some("12209"), Some("-1"), Some("true"), None, Some("9999999999999999999")]);
        for lossy in [r#"{"a":1.50}"#, r#"{"a":12345678901234567890123}"#] {
            assert!(matches!(members(lossy), Err(NotFlat::Shape { .. })), "{lossy}");
        }
    }

    #[test]
    fn what_is_not_flat_is_refused_without_telling_its_contents() {
        for nested in [r#"{"a":{"secret":1}}"#, r#"{"a":["secret"]}"#, "[]", "\"secret\"", "7"] {
            let error = members(nested).unwrap_err();
            assert!(matches!(error, NotFlat::Shape { .. }), "{nested}: {error}");
            assert!(!error.to_string().contains("secret"));
        }
        for broken in ["", "{", "{\"a\"", "{\"a\":1}}", "{\"a\":\"\u{1}\"}", "{a:1}"] {
            assert!(matches!(members(broken), Err(NotFlat::Syntax { .. })), "{broken}");
        }
        assert!(members(&"[".repeat(100_000)).is_err());
    }
}

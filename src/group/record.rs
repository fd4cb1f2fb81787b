//! One customer's values: checked against the group's fields, stored, compared.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::country;
use super::field::{Field, Fields, UnknownField, did_you_mean};
use super::flat_json::{self, NotFlat};
use super::kind::{Invalid, Kind};
use super::value::Value;
use crate::identifier::national;

/// One customer's values. In storage a flat JSON object of texts, in the order of the fields; values
/// of fields that the group no longer has stay, after the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    values: Vec<(String, Value)>,
}

/// What is wrong with one field of a record. Carries no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct BadField {
    /// The field, as it was given; [`BadField::WHOLE`] for the record as a whole.
    pub field: String,
    /// What is wrong.
    pub reason: Reason,
}

impl BadField {
    /// Stands for the record as a whole.
    pub const WHOLE: &str = "-";

    /// Something wrong with the record as a whole.
    pub(in crate::group) fn whole(reason: Reason) -> Self {
        Self { field: Self::WHOLE.to_owned(), reason }
    }
}

/// Why a field or a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The group has no such field.
    #[error("the group has no such field{}", did_you_mean(.closest.as_deref()))]
    Unknown {
        /// The field that may have been meant.
        closest: Option<String>,
    },
    /// A required field without a value.
    #[error("is required")]
    Missing,
    /// A field given twice.
    #[error("is given twice")]
    Twice,
    /// The value is not of the field's kind.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A personal number that fits no rule of the record's country.
    #[error(
        "not a {} of {}: its digits or its check digit do not fit",
        national::names(country),
        country::english(country).unwrap_or(country)
    )]
    NationalId {
        /// The country's ISO 3166 code of two letters.
        country: &'static str,
    },
    /// No field has a value.
    #[error("holds no value at all")]
    Empty,
    /// A row of another width than the header's.
    #[error("has {cells} cells, the header has {header}")]
    Cells {
        /// Cells of the row.
        cells: usize,
        /// Cells of the header.
        header: usize,
    },
    /// A quoted cell that never ends.
    #[error("a quoted cell begins here and never ends")]
    OpenQuote,
    /// Not one flat JSON object.
    #[error(transparent)]
    NotFlat(#[from] NotFlat),
}

/// A stored record that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored record does not read: {0}")]
pub struct UnreadableRecord(#[from] NotFlat);

/// A field whose value differs between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The field.
    pub field: &'a str,
    /// Its value before.
    pub old: Option<&'a Value>,
    /// Its value after.
    pub new: Option<&'a Value>,
}

impl Record {
    /// Checks what was typed or imported; reports everything that is wrong at once. A value of
    /// nothing but white space is none.
    pub fn check<'a>(
        fields: &Fields,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<BadField>> {
        let mut draft = Draft::new(fields);
        for (name, raw) in given {
            draft.put(name, raw);
        }
        draft.finish()
    }

    /// This record with some fields set and others unset. What is not named stays as it is, even if
    /// the field's kind has changed since.
    pub fn edited<'a>(
        &self,
        fields: &Fields,
        set: impl IntoIterator<Item = (&'a str, &'a str)>,
        unset: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Vec<BadField>> {
        let mut draft = Draft::new(fields);
        for (name, raw) in set {
            draft.put(name, raw);
        }
        for name in unset {
            draft.put(name, "");
        }
        draft.keep_others(self);
        draft.finish()
    }

    /// This record under new fields: values whose field is new or of another kind are checked and get its stored
    /// form, the others stay.
    pub(in crate::group) fn refitted(&self, old: &Fields, new: &Fields) -> Result<Self, Vec<BadField>> {
        let mut draft = Draft::new(new);
        for (field, value) in self.present(new) {
            if old.get(&field.name).map_or(true, |old| old.kind != field.kind) {
                draft.put(&field.name, value.expose());
            }
        }
        draft.keep_others(self);
        draft.finish()
    }

    /// Reads a stored record.
    pub fn from_json(text: &str) -> Result<Self, UnreadableRecord> {
        let members = flat_json::read(text)?;
        let values = members
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, Value::new(value))))
            .collect();
        Ok(Self { values })
    }

    /// The record as it is stored.
    pub fn to_json(&self) -> Zeroizing<String> {
        flat_json::write(self.values.iter().map(|(name, value)| (name.as_str(), Some(value.expose()))))
    }

    /// Puts a stored value back in its place, or takes it away.
    pub(in crate::group) fn put(&mut self, name: String, value: Option<Value>) {
        let place = self.values.iter().position(|(known, _)| *known == name);
        match (place, value) {
            (Some(place), Some(value)) => self.values[place].1 = value,
            (Some(place), None) => {
                self.values.remove(place);
            }
            (None, Some(value)) => self.values.push((name, value)),
            (None, None) => {}
        }
    }

    /// The value of a field.
    pub(in crate::group) fn get(&self, field: &str) -> Option<&Value> {
        self.values.iter().find(|(name, _)| name == field).map(|(_, value)| value)
    }

    /// The fields that have a value, with it, in the order of `fields`.
    pub(in crate::group) fn present<'a>(
        &'a self,
        fields: &'a Fields,
    ) -> impl Iterator<Item = (&'a Field, &'a Value)> {
        fields.iter().filter_map(|field| self.get(&field.name).map(|value| (field, value)))
    }

    /// The names of the fields that have a value, those included that the group no longer has.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(name, _)| name.as_str())
    }

    /// What differs between two records, in the order of the new one, then of the old one.
    pub fn changes<'a>(old: &'a Self, new: &'a Self) -> Vec<Change<'a>> {
        let names: Vec<&str> = {
            let mut seen = BTreeSet::new();
            new.names().chain(old.names()).filter(|name| seen.insert(*name)).collect()
        };
        names
            .into_iter()
            .map(|field| Change { field, old: old.get(field), new: new.get(field) })
            .filter(|change| change.old != change.new)
            .collect()
    }
}

/// Whether a personal number fits the rules of the country that a text names; where it names none, all does.
pub fn number_fits(field: &Field, value: &Value, country: Option<&str>) -> Result<(), Reason> {
    let Some(country) = country.and_then(country::code).filter(|_| field.kind == Kind::NationalId) else {
        return Ok(());
    };
    national::check(country, value.expose()).map_err(|misfit| Reason::NationalId { country: misfit.country })
}

/// A record in the making: a place for each field, and everything that is wrong so far.
pub(in crate::group) struct Draft<'f> {
    fields: &'f Fields,
    places: Vec<Place>,
    retired: Vec<(String, Value)>,
    bad: Vec<BadField>,
}

#[derive(Clone)]
enum Place {
    Untouched,
    /// Given; no value if it was empty or wrong.
    Given(Option<Value>),
    /// Not named in an edit.
    Kept(Value),
    Wrong,
}

impl<'f> Draft<'f> {
    pub(in crate::group) fn new(fields: &'f Fields) -> Self {
        let places = vec![Place::Untouched; fields.len()];
        Self { fields, places, retired: Vec::new(), bad: Vec::new() }
    }

    pub(in crate::group) fn put(&mut self, name: &str, raw: &str) {
        match self.fields.place(name) {
            Ok(place) => self.put_at(place, raw),
            Err(UnknownField { name, closest }) => {
                self.bad.push(BadField { field: name, reason: Reason::Unknown { closest } });
            }
        }
    }

    pub(in crate::group) fn put_at(&mut self, place: usize, raw: &str) {
        let field = self.fields.at(place);
        let checked = match self.places[place] {
            Place::Untouched => field.kind.check(raw).map_err(Reason::from),
            _ => Err(Reason::Twice),
        };
        self.places[place] = match checked {
            Ok(value) => Place::Given(value),
            Err(reason) => {
                self.bad.push(BadField { field: field.name.clone(), reason });
                Place::Wrong
            }
        };
    }

    fn keep_others(&mut self, record: &Record) {
        for (name, value) in &record.values {
            match self.fields.place(name).map(|place| &mut self.places[place]) {
                Ok(place @ Place::Untouched) => *place = Place::Kept(value.clone()),
                Ok(_) => {}
                Err(_) => self.retired.push((name.clone(), value.clone())),
            }
        }
    }

    /// The personal numbers that do not fit the record's country, which is its first field that names one. What an
    /// edit touches neither way stays as it is.
    fn misfits(&self) -> Vec<BadField> {
        let places = || self.fields.iter().zip(&self.places);
        let touched = |place: &Place| !matches!(place, Place::Kept(_));
        let countries = || places().filter(|(field, _)| field.kind == Kind::Country);
        let Some(country) = countries().find_map(|(_, place)| country::code(place.value()?.expose())) else {
            return Vec::new();
        };
        let moved = countries().any(|(_, place)| matches!(place, Place::Given(_)));
        let numbers =
            places().filter(|(field, place)| field.kind == Kind::NationalId && (moved || touched(place)));
        numbers
            .filter_map(|(field, place)| {
                let reason = number_fits(field, place.value()?, Some(country)).err()?;
                Some(BadField { field: field.name.clone(), reason })
            })
            .collect()
    }

    pub(in crate::group) fn finish(self) -> Result<Record, Vec<BadField>> {
        let misfits = self.misfits();
        let Self { fields, places, retired, mut bad } = self;
        bad.extend(misfits);
        let mut values = Vec::with_capacity(fields.len());
        for (field, place) in fields.iter().zip(places) {
            match place {
                Place::Given(Some(value)) | Place::Kept(value) => values.push((field.name.clone(), value)),
                Place::Given(None) | Place::Untouched if field.required => {
                    bad.push(BadField { field: field.name.clone(), reason: Reason::Missing });
                }
                _ => {}
            }
        }
        values.extend(retired);
        if values.is_empty() && bad.is_empty() {
            bad.push(BadField::whole(Reason::Empty));
        }
        if bad.is_empty() { Ok(Record { values }) } else { Err(bad) }
    }
}

impl Place {
    fn value(&self) -> Option<&Value> {
        match self {
            Self::Given(Some(value)) | Self::Kept(value) => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(given: &[(&str, &str)]) -> Result<Record, Vec<String>> {
        Record::check(&Fields::standard(), given.iter().copied())
            .map_err(|bad| bad.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_record_is_stored_in_the_order_of_the_fields() {
        let given = [("city", " Luleå "), ("name", "Ana"), ("card", "4111 1111 1111 1111"), ("email", " ")];
        let record = checked(&given).unwrap();
        let json = record.to_json();
        assert_eq!(*json, r#"{"name":"Ana","city":"Luleå","card":"4111111111111111"}"#);
        assert_eq!(Record::from_json(&json).unwrap(), record);
    }

    #[test]
    fn everything_wrong_is_reported_at_once_and_no_value_is_told() {
        let bad = checked(&[
            ("emial", "secret@example.org"),
            ("birth_date", "03/04/2026"),
            ("card", "4111111111111112"),
            ("city", "Bern"),
            ("city", "Basel"),
        ]);
        assert_eq!(
            bad.unwrap_err(),
            [
                "emial: the group has no such field; did you mean `email`?",
                "birth_date: not a date, which is written YYYY-MM-DD, as 2026-04-03",
                "card: this card number's check digit does not fit: it is mistyped",
                "city: is given twice",
                "name: is required",
            ]
        );
    }

    #[test]
    fn a_record_without_any_value_is_refused() {
        let fields = Fields::from_json(r#"{"fields":[{"name":"a","kind":"text"}]}"#).unwrap();
        let bad = Record::check(&fields, [("a", " ")]).unwrap_err();
        assert_eq!(bad, [BadField::whole(Reason::Empty)]);
    }

    #[test]
    fn an_edit_keeps_what_it_does_not_name_and_what_the_group_no_longer_asks_for() {
        let fields = Fields::standard();
        let old =
            Record::from_json(r#"{"name":"Ana","city":"Bern","birth_date":"9.1.84","loyalty":"7"}"#).unwrap();
        let new = old.edited(&fields, [("phone", "031 12 34")], ["city"]).unwrap();
        assert_eq!(
            *new.to_json(),
            r#"{"name":"Ana","phone":"031 12 34","birth_date":"9.1.84","loyalty":"7"}"#
        );
        let changed: Vec<_> = Record::changes(&old, &new).iter().map(|change| change.field).collect();
        assert_eq!(changed, ["phone", "city"]);
        let bad = old.edited(&fields, [("city", "Basel")], ["name", "city"]).unwrap_err();
        let bad: Vec<_> = bad.iter().map(ToString::to_string).collect();
        assert_eq!(bad, ["city: is given twice", "name: is required"]);
    }

    #[test]
    fn a_personal_number_is_checked_by_the_rules_of_the_records_country() {
        let name = ("name", "Ana");
        let bad = checked(&[name, ("national_id", "811228-9873"), ("country", "Sverige")]).unwrap_err();
        assert_eq!(
            bad,
            ["national_id: not a personnummer of Sweden: its digits or its check digit do not fit"]
        );
        for right in [
            [name, ("national_id", "811228-9874"), ("country", "SE")],
            [name, ("national_id", "811228-9873"), ("country", "Argentina")],
            [name, ("national_id", "811228-9873"), ("country", " ")],
        ] {
            assert!(checked(&right).is_ok(), "{right:?}");
        }
    }

    #[test]
    fn an_edit_checks_a_personal_number_when_it_or_the_country_is_touched() {
        let fields = Fields::standard();
        let old = r#"{"name":"Ana","country":"Chile","national_id":"811228-9873"}"#;
        let old = Record::from_json(old).unwrap();
        assert!(old.edited(&fields, [("city", "Lund")], []).is_ok());
        assert!(old.edited(&fields, [("country", "Sweden")], []).is_err());
        assert!(old.edited(&fields, [("country", "Sweden"), ("national_id", "811228-9874")], []).is_ok());
        assert!(old.edited(&fields, [("country", "Sweden")], ["national_id"]).is_ok());
        // Stored by an older program, which did not know the rule.
        let older = r#"{"name":"Ana","country":"Sweden","national_id":"811228-9873"}"#;
        let older = Record::from_json(older).unwrap();
        assert!(older.edited(&fields, [("city", "Lund")], []).is_ok());
        assert!(older.edited(&fields, [("national_id", "1")], []).is_err());
        assert!(older.edited(&fields, [], ["country"]).is_ok());
    }

    #[test]
    fn no_value_shows_in_debug_output() {
        let record = checked(&[("name", "Ana Trujillo")]).unwrap();
        assert!(!format!("{record:?}").contains("Trujillo"));
    }

    #[test]
    fn a_damaged_stored_record_is_an_error() {
        assert!(Record::from_json("{\"name\":").is_err());
        assert!(Record::from_json("{\"name\":[]}").is_err());
    }
}

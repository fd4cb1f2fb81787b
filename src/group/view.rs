//! What of a record may be shown: sensitive values are masked unless revealed.

use std::collections::BTreeSet;

use super::field::{Field, Fields, UnknownField};
use super::kind::MASK;
use super::record::{Change, Record};
use super::value::Value;

/// The sensitive fields that were asked for, with a reason, and logged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reveal(BTreeSet<String>);

impl Reveal {
    /// Nothing is revealed.
    pub fn none() -> Self {
        Self::default()
    }

    /// The fields of these names are revealed; each must be one of the group's.
    pub fn of<'a>(fields: &Fields, names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownField> {
        names
            .into_iter()
            .map(|name| fields.get(name).map(|field| field.name.clone()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Both together, for what several groups show at once.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The names, for the access log.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn show(&self, field: &Field, value: &Value) -> Shown {
        if field.sensitive && !self.0.contains(&field.name) {
            Shown::Masked(field.kind.mask(value))
        } else {
            Shown::Clear(value.clone())
        }
    }

    /// What a field held once is masked whatever the field is: somebody had a reason to change it.
    fn show_revealed(&self, field: &Field, value: &Value) -> Shown {
        if self.0.contains(&field.name) {
            Shown::Clear(value.clone())
        } else {
            // Of what is no more, not even the last four.
            Shown::Masked(MASK.to_owned())
        }
    }
}

/// A value as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Not sensitive, or revealed.
    Clear(Value),
    /// The mask that stands for a sensitive value.
    Masked(String),
}

impl Shown {
    /// What stands on the screen: the value, or its mask.
    pub fn text(&self) -> &str {
        match self {
            Self::Clear(value) => value.expose(),
            Self::Masked(mask) => mask,
        }
    }

    /// Whether a mask stands for the value.
    pub fn is_masked(&self) -> bool {
        matches!(self, Self::Masked(_))
    }
}

/// A record as it may be shown: the fields that have a value, in the group's order. Values of fields
/// that the group no longer has are not shown: nothing says any more whether they are sensitive.
#[derive(Debug, Clone)]
pub struct View {
    entries: Vec<(Field, Shown)>,
}

impl View {
    /// The fields that have a value, and how it is shown.
    pub fn entries(&self) -> impl Iterator<Item = (&Field, &Shown)> {
        self.entries.iter().map(|(field, shown)| (field, shown))
    }

    /// How the value of a field is shown.
    pub fn get(&self, name: &str) -> Option<&Shown> {
        self.entries().find(|(field, _)| field.name == name).map(|(_, shown)| shown)
    }
}

/// A change as it may be shown.
#[derive(Debug, Clone)]
pub struct ShownChange {
    /// The field.
    pub field: Field,
    /// Its value before.
    pub old: Option<Shown>,
    /// Its value after.
    pub new: Option<Shown>,
}

impl Record {
    /// What may be shown.
    pub fn view(&self, fields: &Fields, reveal: &Reveal) -> View {
        let entries = self.present(fields).map(|(field, value)| (field.clone(), reveal.show(field, value)));
        View { entries: entries.collect() }
    }
}

impl Change<'_> {
    /// What may be shown, which is nothing but of what is revealed; `None` if the group no longer has the field.
    pub fn view(&self, fields: &Fields, reveal: &Reveal) -> Option<ShownChange> {
        let field = fields.get(self.field).ok()?;
        let show = |value: &Value| reveal.show_revealed(field, value);
        Some(ShownChange { field: field.clone(), old: self.old.map(show), new: self.new.map(show) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let given = [("name", "Ana"), ("card", "4111111111111111"), ("birth_date", "1984-01-09")];
        Record::check(&Fields::standard(), given).unwrap()
    }

    fn shown(reveal: &Reveal) -> Vec<String> {
        let view = record().view(&Fields::standard(), reveal);
        view.entries().map(|(field, shown)| format!("{}={}", field.name, shown.text())).collect()
    }

    #[test]
    fn a_sensitive_value_is_masked_until_it_is_revealed() {
        assert_eq!(shown(&Reveal::none()), ["name=Ana", "birth_date=••••", "card=••••1111"]);
        let reveal = Reveal::of(&Fields::standard(), ["birth_date"]).unwrap();
        assert_eq!(shown(&reveal), ["name=Ana", "birth_date=1984-01-09", "card=••••1111"]);
        assert_eq!(reveal.names().collect::<Vec<_>>(), ["birth_date"]);
    }

    #[test]
    fn only_fields_of_the_group_can_be_revealed() {
        let error = Reveal::of(&Fields::standard(), ["name", "crad"]).unwrap_err();
        assert_eq!(error.closest.as_deref(), Some("card"));
    }

    #[test]
    fn a_change_is_masked_until_it_is_revealed_whatever_the_field_is() {
        let fields = Fields::standard();
        let new = record().edited(&fields, [("birth_date", "1984-01-10"), ("name", "Anna")], []).unwrap();
        let old = record();
        let changes = Record::changes(&old, &new);
        assert_eq!(changes.len(), 2);
        for change in changes {
            let masked = change.view(&fields, &Reveal::none()).unwrap();
            assert!(masked.old.unwrap().is_masked() && masked.new.unwrap().is_masked());
            let reveal = Reveal::of(&fields, [change.field]).unwrap();
            let shown = change.view(&fields, &reveal).unwrap();
            assert!(!shown.old.unwrap().is_masked() && !shown.new.unwrap().is_masked());
        }
    }

    #[test]
    fn a_value_of_a_field_that_is_gone_is_not_shown() {
        let fields = Fields::from_json(r#"{"fields":[{"name":"name","kind":"name"}]}"#).unwrap();
        assert_eq!(record().view(&fields, &Reveal::none()).entries().count(), 1);
    }
}

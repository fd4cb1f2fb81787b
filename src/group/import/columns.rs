//! Which field a column fills.

use super::{ImportError, Mapping, NoHeader};
use crate::group::field::{Fields, shortened};
use crate::group::folding::fold;

/// Longest cell that may be a column's name, in characters.
const NAME_LIMIT: usize = 100;

/// Other common names of the standard fields, without spaces.
const ALIASES: [(&str, &str); 9] = [
    ("postalcode", "postcode"),
    ("zip", "postcode"),
    ("zipcode", "postcode"),
    ("telephone", "phone"),
    ("mail", "email"),
    ("emailaddress", "email"),
    ("dateofbirth", "birth_date"),
    ("birthday", "birth_date"),
    ("note", "notes"),
];

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// It fills the field at this place.
    Field(usize),
    /// It is left out, as was asked for.
    Ignored,
    /// Nobody has said.
    Unknown,
}

/// The group's fields and what was said about columns. Names are compared without case, accents,
/// spaces, underscores and dashes: `PostalCode` is `postal_code`.
pub(super) struct Columns<'a> {
    pub(super) fields: &'a Fields,
    said: Vec<Said>,
}

struct Said {
    column: String,
    key: String,
    target: Target,
}

impl<'a> Columns<'a> {
    pub(super) fn new(fields: &'a Fields, mapping: &Mapping) -> Result<Self, ImportError> {
        let mapped = mapping.map.iter().map(|(column, field)| (column, Some(field)));
        let ignored = mapping.ignore.iter().map(|column| (column, None));
        let mut said: Vec<Said> = Vec::new();
        for (column, field) in mapped.chain(ignored) {
            let target = match field {
                Some(field) => Target::Field(fields.place(field)?),
                None => Target::Ignored,
            };
            let key = key(column);
            if said.iter().any(|earlier| earlier.key == key) {
                return Err(ImportError::MappedTwice { column: column.clone() });
            }
            said.push(Said { column: column.clone(), key, target });
        }
        Ok(Self { fields, said })
    }

    /// What becomes of the column of that name.
    pub(super) fn target(&self, column: &str) -> Target {
        let key = key(column);
        if let Some(said) = self.said.iter().find(|said| said.key == key) {
            return said.target;
        }
        let aliased = ALIASES.iter().find(|(alias, _)| *alias == key).map(|(_, field)| *field);
        let named = |name: &str| self.fields.iter().position(|field| field.name.replace('_', "") == name);
        let labelled = || self.fields.iter().position(|field| self::key(&field.label) == key);
        let place = named(&key).or_else(labelled).or_else(|| self.fields.place(aliased?).ok());
        place.map_or(Target::Unknown, Target::Field)
    }

    /// What becomes of each column of a header.
    pub(super) fn plan(&self, header: &[&str]) -> Result<Vec<Target>, ImportError> {
        self.refuse_values(header)?;
        let keys: Vec<String> = header.iter().map(|column| key(column)).collect();
        if let Some(place) = (1..keys.len()).find(|place| keys[..*place].contains(&keys[*place])) {
            return Err(ImportError::ColumnTwice { column: shortened(header[place].trim()) });
        }
        if let Some(said) = self.said.iter().find(|said| !keys.contains(&said.key)) {
            return Err(ImportError::NoSuchColumn { column: said.column.clone() });
        }
        let plan: Vec<Target> = header.iter().map(|column| self.target(column)).collect();
        if plan.iter().all(|target| *target == Target::Unknown) {
            return Err(ImportError::NoHeader(NoHeader::NothingKnown { cells: header.len() }));
        }
        let unknown = header.iter().zip(&plan).filter(|(_, target)| **target == Target::Unknown);
        let columns: Vec<String> = unknown.map(|(column, _)| shortened(column.trim())).collect();
        if !columns.is_empty() {
            return Err(ImportError::UnknownColumns { columns });
        }
        self.refuse_twice_and_missing(header, &plan)?;
        Ok(plan)
    }

    /// A header may be missing; then its cells are a customer's and no message may hold them.
    fn refuse_values(&self, header: &[&str]) -> Result<(), ImportError> {
        for (cell, name) in (1..).zip(header) {
            let name = name.trim();
            if name.is_empty() {
                return Err(ImportError::NoHeader(NoHeader::EmptyCell { cell }));
            }
            let is_value = name.contains(['@', '\n'])
                || name.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '(')
                || name.chars().count() > NAME_LIMIT;
            if is_value && self.target(name) == Target::Unknown {
                return Err(ImportError::NoHeader(NoHeader::Value { cell }));
            }
        }
        Ok(())
    }

    fn refuse_twice_and_missing(&self, header: &[&str], plan: &[Target]) -> Result<(), ImportError> {
        for (place, field) in self.fields.iter().enumerate() {
            let filling = header.iter().zip(plan).filter(|(_, target)| **target == Target::Field(place));
            let mut filling = filling.map(|(column, _)| column.trim().to_owned());
            let field_name = || field.name.clone();
            match (filling.next(), filling.next()) {
                (Some(first), Some(second)) => {
                    return Err(ImportError::FieldTwice { field: field_name(), first, second });
                }
                (None, _) if field.required => return Err(ImportError::NoColumnFor { field: field_name() }),
                _ => {}
            }
        }
        Ok(())
    }
}

fn key(name: &str) -> String {
    let folded = fold(name).concat();
    if folded.is_empty() { name.trim().to_owned() } else { folded }
}

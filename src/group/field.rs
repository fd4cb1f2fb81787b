//! A group's fields: which values its records hold, and what may be done with each.

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// Most fields of a group.
const FIELDS_LIMIT: usize = 200;
/// Longest name, in bytes.
const NAME_LIMIT: usize = 32;
/// Longest label, in characters.
const LABEL_LIMIT: usize = 100;
/// Longest purpose, in characters.
const PURPOSE_LIMIT: usize = 1_000;
/// Longest retention, in months: a hundred years.
const MONTHS_LIMIT: u32 = 1_200;

/// One field. Serialises as the object of a fields file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// `[a-z][a-z0-9_]{0,31}`, unique in its group.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// How it is called on the screen, in any script.
    pub label: String,
    /// Whether every record must have it.
    pub required: bool,
    /// Whether it is masked until revealed for a reason.
    pub sensitive: bool,
    /// Whether `lookup` finds its words. On a sensitive field only where the fields file says so itself,
    /// because whoever can search a value by prefix can guess it letter by letter.
    pub searchable: bool,
    /// Why it is collected.
    pub purpose: Option<String>,
    /// For how many months it is kept; for as long as the customer when `None`.
    pub keep_months: Option<u32>,
}

/// The fields of a group, in the order in which they are asked for and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fields {
    fields: Vec<Field>,
    /// After how many months a customer's record is due for review again.
    #[serde(skip_serializing_if = "is_usual")]
    review_months: u32,
}

/// Months between reviews where a fields file says nothing of it.
const REVIEW_MONTHS: u32 = 12;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_usual(months: &u32) -> bool {
    *months == REVIEW_MONTHS
}

/// Fields that a group can't have.
#[derive(Debug, thiserror::Error)]
pub enum FieldsError {
    /// Not the JSON of a fields file; names the line and column.
    #[error("not a fields file: {0}")]
    Json(#[from] serde_json::Error),
    /// No field.
    #[error("a group needs at least one field")]
    None,
    /// Too many fields.
    #[error("{count} fields are too many: {FIELDS_LIMIT} are allowed")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Not a field's name.
    #[error("{name:?} can't be a field's name: a small letter, then up to 31 small letters, digits and _")]
    Name {
        /// The name.
        name: String,
    },
    /// A name given twice.
    #[error("the field `{name}` is there twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// Not a label.
    #[error("the label of `{name}` must have 1 to {LABEL_LIMIT} characters and no control character")]
    Label {
        /// The field.
        name: String,
    },
    /// Not a purpose.
    #[error("the purpose of `{name}` may have {PURPOSE_LIMIT} characters and no control character")]
    Purpose {
        /// The field.
        name: String,
    },
    /// Not a time between reviews.
    #[error("review_months must be 1 to {MONTHS_LIMIT}")]
    ReviewMonths,
    /// Not a retention.
    #[error("keep_months of `{name}` must be 1 to {MONTHS_LIMIT}")]
    KeepMonths {
        /// The field.
        name: String,
    },
}

/// No field of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no field {name:?}{}", did_you_mean(.closest.as_deref()))]
pub struct UnknownField {
    /// The name asked for.
    pub name: String,
    /// The field that may have been meant.
    pub closest: Option<String>,
}

/// `; did you mean …?`, or nothing.
pub(in crate::group) fn did_you_mean(closest: Option<&str>) -> String {
    closest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// A fields file. What is left out: the label is the name, nothing is required or sensitive, names,
/// e-mail addresses, phones and texts are searchable unless sensitive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    fields: Vec<FieldOfFile>,
    review_months: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldOfFile {
    name: String,
    kind: Kind,
    label: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    sensitive: bool,
    searchable: Option<bool>,
    purpose: Option<String>,
    keep_months: Option<u32>,
}

impl From<FieldOfFile> for Field {
    fn from(file: FieldOfFile) -> Self {
        let by_words = matches!(file.kind, Kind::Text | Kind::Name | Kind::Email | Kind::Phone);
        Self {
            label: file.label.unwrap_or_else(|| file.name.clone()),
            searchable: file.searchable.unwrap_or(by_words && !file.sensitive),
            name: file.name,
            kind: file.kind,
            required: file.required,
            sensitive: file.sensitive,
            purpose: file.purpose.filter(|purpose| !purpose.trim().is_empty()),
            keep_months: file.keep_months,
        }
    }
}

impl Fields {
    /// The fields of a new group unless it is told otherwise.
    pub fn standard() -> Self {
        let field = |name: &str, kind, label: &str| Field {
            name: name.to_owned(),
            kind,
            label: label.to_owned(),
            required: name == "name",
            sensitive: matches!(name, "birth_date" | "national_id" | "iban" | "card"),
            searchable: matches!(name, "name" | "email" | "phone" | "street" | "city" | "postcode"),
            purpose: None,
            keep_months: None,
        };
        let fields = vec![
            field("name", Kind::Name, "Name"),
            field("email", Kind::Email, "E-mail"),
            field("phone", Kind::Phone, "Phone"),
            field("street", Kind::Text, "Street"),
            field("city", Kind::Text, "City"),
            field("postcode", Kind::Text, "Postcode"),
            field("country", Kind::Country, "Country"),
            field("birth_date", Kind::Date, "Date of birth"),
            field("national_id", Kind::NationalId, "National ID"),
            field("iban", Kind::Iban, "IBAN"),
            field("card", Kind::Card, "Card"),
            field("notes", Kind::Note, "Notes"),
        ];
        Self { fields, review_months: REVIEW_MONTHS }
    }

    /// Reads a fields file, `{"fields":[…]}`, perhaps with `"review_months":N`; keys that are not known are
    /// refused.
    pub fn from_json(text: &str) -> Result<Self, FieldsError> {
        let file: FieldsFile = serde_json::from_str(text)?;
        let fields = Self::new(file.fields.into_iter().map(Field::from).collect())?;
        let review_months = file.review_months.unwrap_or(REVIEW_MONTHS);
        if !(1..=MONTHS_LIMIT).contains(&review_months) {
            return Err(FieldsError::ReviewMonths);
        }
        Ok(Self { review_months, ..fields })
    }

    /// Checks names, labels, purposes and numbers.
    pub fn new(fields: Vec<Field>) -> Result<Self, FieldsError> {
        if fields.is_empty() {
            return Err(FieldsError::None);
        }
        if fields.len() > FIELDS_LIMIT {
            return Err(FieldsError::TooMany { count: fields.len() });
        }
        for (place, field) in fields.iter().enumerate() {
            let name = field.name.clone();
            if !is_field_name(&name) {
                return Err(FieldsError::Name { name });
            }
            if fields[..place].iter().any(|earlier| earlier.name == name) {
                return Err(FieldsError::Twice { name });
            }
            if field.label.trim().is_empty() || !is_short_line(&field.label, LABEL_LIMIT) {
                return Err(FieldsError::Label { name });
            }
            if field.purpose.as_ref().is_some_and(|purpose| !is_short_line(purpose, PURPOSE_LIMIT)) {
                return Err(FieldsError::Purpose { name });
            }
            if field.keep_months.is_some_and(|months| !(1..=MONTHS_LIMIT).contains(&months)) {
                return Err(FieldsError::KeepMonths { name });
            }
        }
        Ok(Self { fields, review_months: REVIEW_MONTHS })
    }

    /// After how many months a customer's record is due for review again.
    pub fn review_months(&self) -> u32 {
        self.review_months
    }

    /// The fields in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.fields.iter()
    }

    /// How many there are; at least one.
    #[allow(clippy::len_without_is_empty, reason = "fields are never empty")]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Result<&Field, UnknownField> {
        self.place(name).map(|place| &self.fields[place])
    }

    /// Where the field of that name stands.
    pub(in crate::group) fn place(&self, name: &str) -> Result<usize, UnknownField> {
        self.fields.iter().position(|field| field.name == name).ok_or_else(|| UnknownField {
            name: shortened(name),
            closest: self.closest(name).map(str::to_owned),
        })
    }

    /// These fields, of which only those are required that `old` did not require.
    pub(in crate::group) fn asking_newly(&self, old: &Self) -> Self {
        let known = |field: &Field| old.get(&field.name).is_ok_and(|old| old.required);
        let fields = self
            .fields
            .iter()
            .map(|field| Field { required: field.required && !known(field), ..field.clone() });
        Self { fields: fields.collect(), ..self.clone() }
    }

    /// The field at a place that [`Fields::place`] gave.
    pub(in crate::group) fn at(&self, place: usize) -> &Field {
        &self.fields[place]
    }

    /// The field whose name is at most two edits away, and no more than half of it.
    fn closest(&self, name: &str) -> Option<&str> {
        let name = name.trim().to_lowercase().replace(['-', ' '], "_");
        if name.chars().count() > NAME_LIMIT + 2 {
            return None;
        }
        self.fields
            .iter()
            .map(|field| (edit_distance(&name, &field.name), field))
            .filter(|(distance, field)| *distance <= 2 && distance * 2 <= field.name.len())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, field)| field.name.as_str())
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = &'a Field;
    type IntoIter = std::slice::Iter<'a, Field>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn is_field_name(name: &str) -> bool {
    name.len() <= NAME_LIMIT
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_short_line(text: &str, limit: usize) -> bool {
    text.chars().count() <= limit && !text.chars().any(char::is_control)
}

/// A name from a file as a message may carry it: 40 characters at most, and no control character.
pub(in crate::group) fn shortened(name: &str) -> String {
    let mut characters = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut short: String = characters.by_ref().take(40).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

/// Levenshtein's distance, row by row.
pub(crate) fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (place, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_fields_are_those_of_the_manual() {
        let standard = Fields::standard();
        let names: Vec<_> = standard.iter().map(|field| field.name.as_str()).collect();
        let manual = "name email phone street city postcode country birth_date national_id iban card notes";
        assert_eq!(names.join(" "), manual);
        let sensitive: Vec<_> = standard.iter().filter(|f| f.sensitive).map(|f| f.name.as_str()).collect();
        assert_eq!(sensitive, ["birth_date", "national_id", "iban", "card"]);
        assert!(standard.iter().all(|field| !(field.sensitive && field.searchable)));
        Fields::new(standard.fields).unwrap();
    }

    #[test]
    fn a_fields_file_reads_and_writes_alike() {
        let text = r#"{"fields":[{"name":"loyalty","kind":"text","label":"Loyalty no.","required":false,"sensitive":false,"searchable":true,"purpose":"discounts","keep_months":24}]}"#;
        let fields = Fields::from_json(text).unwrap();
        assert_eq!(serde_json::to_string(&fields).unwrap(), text);
        let standard = serde_json::to_string(&Fields::standard()).unwrap();
        assert_eq!(Fields::from_json(&standard).unwrap(), Fields::standard());
    }

    #[test]
    fn what_a_fields_file_leaves_out_has_a_default() {
        let text = r#"{"fields":[{"name":"a","kind":"text"},{"name":"b","kind":"text","sensitive":true},
            {"name":"c","kind":"note"},{"name":"d","kind":"text","sensitive":true,"searchable":true}]}"#;
        let fields = Fields::from_json(text).unwrap();
        let searchable: Vec<_> = fields.iter().map(|field| field.searchable).collect();
        assert_eq!(searchable, [true, false, false, true]);
        assert_eq!(fields.get("a").unwrap().label, "a");
    }

    #[test]
    fn a_wrong_fields_file_is_refused_with_its_place_or_name() {
        let message = |text: &str| Fields::from_json(text).unwrap_err().to_string();
        assert!(
            message(r#"{"fields":[{"name":"a","kind":"text","secret":1}]}"#)
                .contains("unknown field `secret`")
        );
        assert!(message("{\"fields\":\n[{\"name\":\"a\",\"kind\":\"colour\"}]}").contains("line 2 column"));
        assert!(message(r#"{"fields":[]}"#).contains("at least one"));
        let field =
            |rest: &str| message(&format!(r#"{{"fields":[{{"name":"a","kind":"text"}},{{{rest}}}]}}"#));
        assert!(field(r#""name":"a","kind":"text""#).contains("twice"));
        assert!(field(r#""name":"B","kind":"text""#).contains("small letter"));
        assert!(field(r#""name":"b","kind":"text","keep_months":0"#).contains("1 to 1200"));
        assert!(field(r#""name":"b","kind":"text","label":" ""#).contains("label"));
        assert!(
            message(r#"{"fields":[{"name":"a","kind":"text"}],"review_months":0}"#).contains("1 to 1200")
        );
        let many: Vec<_> = (0..201).map(|n| format!(r#"{{"name":"f{n}","kind":"text"}}"#)).collect();
        assert!(message(&format!(r#"{{"fields":[{}]}}"#, many.join(","))).contains("201 fields"));
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_closest() {
        let standard = Fields::standard();
        let closest = |name: &str| standard.get(name).unwrap_err().closest;
        assert_eq!(closest("emial").as_deref(), Some("email"));
        assert_eq!(closest("Post-Code").as_deref(), Some("postcode"));
        assert_eq!(closest("birthdate").as_deref(), Some("birth_date"));
        assert_eq!(closest("colour"), None);
        assert_eq!(closest(&"x".repeat(1_000_000)), None);
        let error = standard.get("emial").unwrap_err();
        assert_eq!(error.to_string(), r#"there is no field "emial"; did you mean `email`?"#);
    }
}

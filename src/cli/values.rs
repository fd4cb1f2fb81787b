//! Values of arguments, checked before anything is opened: `FIELD=VALUE`, `COLUMN=FIELD`, names to
//! reveal, a reason.

use std::convert::Infallible;
use std::str::FromStr;

/// An argument without its `=`, or with nothing before it.
#[derive(Debug, thiserror::Error)]
#[error("it reads {form}")]
pub struct NotAPair {
    form: &'static str,
}

/// `FIELD=VALUE` of `--set`.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The field's name.
    pub field: String,
    /// Its value; empty when nothing follows the `=`.
    pub value: String,
}

// The value may be a customer's.
impl std::fmt::Debug for Assignment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Assignment({}=…)", self.field)
    }
}

impl FromStr for Assignment {
    type Err = NotAPair;

    fn from_str(text: &str) -> Result<Self, NotAPair> {
        match text.split_once('=') {
            Some((field, value)) if !field.is_empty() => {
                Ok(Self { field: field.to_owned(), value: value.to_owned() })
            }
            _ => Err(NotAPair { form: "FIELD=VALUE" }),
        }
    }
}

/// `COLUMN=FIELD` of `--map`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The file's column. It may hold an `=` itself; a field's name never does.
    pub column: String,
    /// The field that it becomes.
    pub field: String,
}

impl FromStr for Mapping {
    type Err = NotAPair;

    fn from_str(text: &str) -> Result<Self, NotAPair> {
        match text.rsplit_once('=') {
            Some((column, field)) if !column.is_empty() && !field.is_empty() => {
                Ok(Self { column: column.to_owned(), field: field.to_owned() })
            }
            _ => Err(NotAPair { form: "COLUMN=FIELD" }),
        }
    }
}

/// One of the names of `--reveal`, which people part with a comma and a blank.
pub fn field(text: &str) -> Result<String, Infallible> {
    Ok(text.trim().to_owned())
}

/// The longest reason, in characters: many fit into an entry of the access log.
const REASON_LIMIT: usize = 1_000;

/// A reason that tells nobody anything, or more than the access log takes.
#[derive(Debug, thiserror::Error)]
pub enum NoReason {
    /// Nothing but blanks.
    #[error("say why, in a few words")]
    Blank,
    /// Longer than an entry should be.
    #[error("at most {REASON_LIMIT} characters")]
    TooLong,
}

/// The text of `--reason`.
pub fn reason(text: &str) -> Result<String, NoReason> {
    match text.trim() {
        "" => Err(NoReason::Blank),
        text if text.chars().count() > REASON_LIMIT => Err(NoReason::TooLong),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason(" refund 118 ").unwrap(), "refund 118");
        assert!(matches!(reason(""), Err(NoReason::Blank)));
        assert!(matches!(reason(" \t"), Err(NoReason::Blank)));
        assert!(reason(&"é".repeat(REASON_LIMIT)).is_ok());
        assert!(matches!(reason(&"é".repeat(REASON_LIMIT + 1)), Err(NoReason::TooLong)));
    }

    #[test]
    fn a_value_may_hold_an_equals_sign_or_nothing() {
        let read = |text: &str| text.parse::<Assignment>().map(|read| (read.field, read.value)).ok();
        assert_eq!(read("notes=a=b"), Some(("notes".into(), "a=b".into())));
        assert_eq!(read("notes="), Some(("notes".into(), String::new())));
        assert_eq!(read("=x"), None);
        assert_eq!(read("notes"), None);
    }

    #[test]
    fn a_column_may_hold_an_equals_sign() {
        let mapping: Mapping = "a=b=name".parse().unwrap();
        assert_eq!((mapping.column.as_str(), mapping.field.as_str()), ("a=b", "name"));
        assert!("a=".parse::<Mapping>().is_err());
    }
}

//! Values of arguments, checked before anything is opened: `FIELD=VALUE`, `COLUMN=FIELD`, names to
//! reveal, a reason.

use std::convert::Infallible;
use std::str::FromStr;

use jiff::civil::Date;

use crate::sealed::identity::Recipient;
use crate::store::roster::is_full_name;

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

/// Text is no recipient.
#[derive(Debug, thiserror::Error)]
#[error(
    "an age recipient is written age1… and has 62 characters, as age-keygen and `vault intake show` tell it"
)]
pub struct NoRecipient;

/// The recipient of `--to`.
pub fn recipient(text: &str) -> Result<Recipient, NoRecipient> {
    text.trim().parse().map_err(|_| NoRecipient)
}

/// The longest text of a note about somebody, in characters: a roster line takes it in any script.
const NOTE_LIMIT: usize = 2_000;

/// No text of a note.
#[derive(Debug, thiserror::Error)]
pub enum NoNote {
    /// Nothing but blanks.
    #[error("say what was found, in a few words")]
    Blank,
    /// Longer than a roster line should be.
    #[error("at most {NOTE_LIMIT} characters")]
    TooLong,
}

/// The text of a note about somebody.
pub fn note(text: &str) -> Result<String, NoNote> {
    match text.trim() {
        "" => Err(NoNote::Blank),
        text if text.chars().count() > NOTE_LIMIT => Err(NoNote::TooLong),
        text => Ok(text.to_owned()),
    }
}

/// No day of the calendar.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDay {
    /// Not written as a day is.
    #[error("not a date, which is written YYYY-MM-DD, as 2026-04-03")]
    Form,
    /// No such day.
    #[error("no such day in the calendar")]
    NoSuchDay,
}

/// A day, `YYYY-MM-DD` and in no other form: whether 03/04 is in March or in April nobody can tell.
pub fn day(text: &str) -> Result<Date, NoDay> {
    let written_right = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !written_right {
        return Err(NoDay::Form);
    }
    text.parse().map_err(|_| NoDay::NoSuchDay)
}

/// Text is nobody's full name.
#[derive(Debug, thiserror::Error)]
#[error("a full name has 1 to 200 characters and no control characters")]
pub struct NoFullName;

/// The text of `--full-name`.
pub fn full_name(text: &str) -> Result<String, NoFullName> {
    let text = text.trim();
    if is_full_name(text) { Ok(text.to_owned()) } else { Err(NoFullName) }
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
    fn a_day_is_written_one_way_and_exists() {
        assert_eq!(day("2028-02-29").map(|day| day.to_string()), Ok("2028-02-29".to_owned()));
        for wrong in ["03/04/2026", "2026-4-3", "20260403", "+002026-04-03", "2026-04-03T00:00", ""] {
            assert_eq!(day(wrong), Err(NoDay::Form), "{wrong}");
        }
        for none in ["2026-02-29", "2026-13-01"] {
            assert_eq!(day(none), Err(NoDay::NoSuchDay), "{none}");
        }
    }

    #[test]
    fn a_full_name_is_of_any_script_and_drives_no_terminal() {
        assert_eq!(full_name(" Þórdís Ægisdóttir ").unwrap(), "Þórdís Ægisdóttir");
        assert_eq!(full_name("東京 花子").unwrap(), "東京 花子");
        for wrong in ["", "  ", "a\u{1b}[2Jb", "a\nb", &"é".repeat(201)] {
            assert!(full_name(wrong).is_err(), "{wrong:?}");
        }
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

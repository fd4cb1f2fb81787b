//! Asking for a customer's fields one by one. A wrong value is explained and asked for again.

use zeroize::Zeroizing;

use super::error::CommandError;
use super::terminal::{PromptError, Terminal};
use crate::group::field::Field;
use crate::group::kind::Kind;
use crate::group::record;
use crate::group::view::Shown;

/// Clears a field that has a value.
const CLEAR: &str = "-";

/// What was typed for a field.
pub(super) enum Typed {
    /// Enter: nothing, or what was there.
    Kept,
    /// A new value.
    Value(Zeroizing<String>),
    /// No value any more.
    Cleared,
}

/// What a field holds by now.
#[derive(Clone, Copy)]
pub(super) enum Current<'a> {
    /// The record is a new one.
    New,
    /// Nothing: what clears a value changes nothing.
    Empty,
    /// A value, as it is shown.
    Value(&'a Shown),
}

impl<'a> From<Option<&'a Shown>> for Current<'a> {
    /// Of a record that is edited.
    fn from(shown: Option<&'a Shown>) -> Self {
        shown.map_or(Self::Empty, Self::Value)
    }
}

/// Asks for one field; `country` is the record's country by now.
pub(super) fn ask(
    terminal: &Terminal,
    field: &Field,
    current: Current<'_>,
    country: Option<&str>,
) -> Result<Typed, PromptError> {
    let prompt = prompt(field, current);
    loop {
        let asked = match (field.kind, field.sensitive) {
            (_, true) => terminal.hidden_line(&prompt),
            (Kind::Note, false) => terminal.note(&prompt),
            (_, false) => terminal.line(&prompt),
        };
        let wrong = match asked {
            Ok(typed) => match answer(field, typed, current, country) {
                Ok(answer) => return Ok(answer),
                Err(wrong) => wrong,
            },
            // What was typed before is not lost for it.
            Err(PromptError::ControlKey) => "a control key was typed (an arrow key?)".to_owned(),
            Err(PromptError::NotText) => "this is not UTF-8".to_owned(),
            Err(PromptError::TooLong { limit }) => format!("longer than {limit} bytes"),
            Err(error) => return Err(error),
        };
        terminal.tell(&format!("  {}: {wrong}\n", field.label))?;
    }
}

/// What ended the asking: with it goes what was typed by then, and whoever stopped it is told so.
pub(super) fn unstored(error: PromptError) -> CommandError {
    let is_stopped = matches!(error, PromptError::Interrupted);
    let error = CommandError::from(error);
    if is_stopped { error.hint("nothing was stored") } else { error }
}

fn answer(
    field: &Field,
    typed: Zeroizing<String>,
    current: Current<'_>,
    country: Option<&str>,
) -> Result<Typed, String> {
    let has_value = matches!(current, Current::Value(_));
    let clears = !matches!(current, Current::New) && typed.trim() == CLEAR;
    if field.required && (clears || (!has_value && typed.trim().is_empty())) {
        return Err("is required".to_owned());
    }
    if clears {
        return Ok(if has_value { Typed::Cleared } else { Typed::Kept });
    }
    match field.kind.check(&typed) {
        Ok(None) => Ok(Typed::Kept),
        Ok(Some(value)) => match record::number_fits(field, &value, country) {
            Ok(()) => Ok(Typed::Value(typed)),
            Err(reason) => Err(reason.to_string()),
        },
        Err(invalid) => Err(invalid.to_string()),
    }
}

/// `Label: `, with what matters for typing, and the value that Enter keeps.
fn prompt(field: &Field, current: Current<'_>) -> String {
    let mut remarks = Vec::new();
    if field.required {
        remarks.push("required");
    }
    if field.sensitive {
        remarks.push("not shown");
    } else if field.kind == Kind::Note {
        remarks.push("ends with an empty line");
    }
    let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
    let shown = if let Current::Value(shown) = current { Some(shown) } else { None };
    let value = shown.map(|shown| {
        let mut lines = shown.text().lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { " …" } else { "" };
        format!(" [{first}{more}]")
    });
    format!("{}{remarks}{}: ", field.label, value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::field::Fields;

    fn field(name: &str) -> Field {
        Fields::standard().get(name).unwrap().clone()
    }

    fn answered(name: &str, typed: &str, has_value: bool) -> String {
        let shown = Shown::Masked("••••".to_owned());
        let current = if has_value { Current::Value(&shown) } else { Current::New };
        told(answer(&field(name), Zeroizing::new(typed.to_owned()), current, Some("Sweden")))
    }

    fn told(answer: Result<Typed, String>) -> String {
        match answer {
            Ok(Typed::Kept) => "kept".to_owned(),
            Ok(Typed::Cleared) => "cleared".to_owned(),
            Ok(Typed::Value(value)) => format!("={}", value.as_str()),
            Err(wrong) => wrong,
        }
    }

    #[test]
    fn a_prompt_says_what_matters_for_typing() {
        assert_eq!(prompt(&field("name"), Current::New), "Name (required): ");
        assert_eq!(prompt(&field("iban"), Current::New), "IBAN (not shown): ");
        assert_eq!(prompt(&field("notes"), Current::New), "Notes (ends with an empty line): ");
        let masked = Shown::Masked("••••1111".to_owned());
        assert_eq!(prompt(&field("card"), Current::Value(&masked)), "Card (not shown) [••••1111]: ");
        let note = Shown::Masked("one\ntwo".to_owned());
        assert_eq!(prompt(&field("city"), Current::Value(&note)), "City [one …]: ");
    }

    #[test]
    fn enter_keeps_and_a_dash_clears_what_is_there() {
        assert_eq!(answered("city", "", true), "kept");
        assert_eq!(answered("city", " - ", true), "cleared");
        assert_eq!(answered("city", "-", false), "=-");
        assert_eq!(answered("city", "Lund", true), "=Lund");
    }

    /// It was stored as the value once.
    #[test]
    fn a_dash_at_an_empty_field_of_a_known_customer_changes_nothing() {
        let at =
            |name: &str| told(answer(&field(name), Zeroizing::new("-".to_owned()), Current::Empty, None));
        assert_eq!(at("city"), "kept");
        assert_eq!(at("iban"), "kept");
        assert_eq!(at("name"), "is required");
    }

    #[test]
    fn what_is_required_can_be_kept_but_not_left_out() {
        assert_eq!(answered("name", " ", false), "is required");
        assert_eq!(answered("name", "-", true), "is required");
        assert_eq!(answered("name", "", true), "kept");
    }

    #[test]
    fn a_wrong_value_is_explained() {
        assert!(answered("birth_date", "03/04/2026", false).contains("YYYY-MM-DD"));
        assert!(answered("national_id", "811228-9873", false).contains("personnummer of Sweden"));
        assert_eq!(answered("national_id", "811228-9874", false), "=811228-9874");
    }
}

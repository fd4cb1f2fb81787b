//! A disclosure for programs: one JSON object.

use serde::Serialize;
use zeroize::Zeroizing;

use super::super::error::{CommandError, Kind};
use super::Told;
use crate::access_log::json_line;
use crate::access_log::reading::Row;
use crate::access_log::{Action, Outcome, Role};
use crate::group::disclose::{About, Changed, Ledger};
use crate::group::document::Document;
use crate::group::value::Value;
use crate::sealed::signed::Digest;

#[derive(Serialize)]
struct JsonDisclosure<'a> {
    code: String,
    group: &'a str,
    created: String,
    created_by: &'a str,
    updated: String,
    record: Vec<JsonValue<'a>>,
    history: Vec<JsonChanged<'a>>,
    documents: Vec<JsonDocument<'a>>,
    hold: Option<JsonLedger<'a>>,
    review: Option<JsonLedger<'a>>,
    access: Vec<JsonAccess<'a>>,
    access_up_to: u64,
}

#[derive(Serialize)]
struct JsonValue<'a> {
    field: &'a str,
    label: &'a str,
    value: &'a str,
    purpose: Option<&'a str>,
    keep_months: Option<u32>,
    gone: bool,
}

#[derive(Serialize)]
struct JsonChanged<'a> {
    time: String,
    staff: &'a str,
    changes: Vec<JsonChange<'a>>,
}

#[derive(Serialize)]
struct JsonChange<'a> {
    field: &'a str,
    label: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonDocument<'a> {
    name: &'a str,
    r#type: &'a str,
    bytes: u64,
    sha256: Digest,
    added: String,
    staff: &'a str,
}

#[derive(Serialize)]
struct JsonLedger<'a> {
    time: String,
    staff: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonAccess<'a> {
    seq: u64,
    time: &'a str,
    staff: &'a str,
    role: Role,
    action: Action,
    fields: &'a [String],
    reason: Option<&'a str>,
    outcome: Outcome,
    whole_group: bool,
}

pub(super) fn of(told: &Told) -> Result<Zeroizing<String>, CommandError> {
    let disclosure = &told.disclosure;
    let object = JsonDisclosure {
        code: disclosure.code.to_string(),
        group: &disclosure.group,
        created: disclosure.created.to_string(),
        created_by: &disclosure.created_by,
        updated: disclosure.updated.to_string(),
        record: disclosure.values.iter().map(|(about, value)| JsonValue::of(about, value)).collect(),
        history: disclosure.changes.iter().map(JsonChanged::of).collect(),
        documents: disclosure.documents.iter().map(JsonDocument::of).collect(),
        hold: disclosure.hold.as_ref().map(JsonLedger::of),
        review: disclosure.review.as_ref().map(JsonLedger::of),
        access: told.accesses.iter().map(JsonAccess::of).collect(),
        access_up_to: told.up_to,
    };
    let line = json_line::of(&object).map_err(|error| CommandError::of(Kind::Failed, &error))?;
    Ok(Zeroizing::new(line))
}

impl<'a> JsonValue<'a> {
    fn of(about: &'a About, value: &'a Value) -> Self {
        Self {
            field: &about.field,
            label: &about.label,
            value: value.expose(),
            purpose: about.purpose.as_deref(),
            keep_months: about.keep_months,
            gone: about.gone,
        }
    }
}

impl<'a> JsonChanged<'a> {
    fn of(changed: &'a Changed) -> Self {
        let values = changed.values.iter().map(|(about, old, new)| JsonChange {
            field: &about.field,
            label: &about.label,
            old: old.as_ref().map(Value::expose),
            new: new.as_ref().map(Value::expose),
        });
        Self { time: changed.at.to_string(), staff: &changed.staff, changes: values.collect() }
    }
}

impl<'a> JsonDocument<'a> {
    fn of(document: &'a Document) -> Self {
        Self {
            name: &document.name,
            r#type: &document.kind,
            bytes: document.bytes,
            sha256: document.sha256,
            added: document.added.to_string(),
            staff: &document.staff,
        }
    }
}

impl<'a> JsonLedger<'a> {
    fn of(mark: &'a Ledger) -> Self {
        Self { time: mark.at.to_string(), staff: &mark.staff, reason: mark.reason.as_deref() }
    }
}

impl<'a> JsonAccess<'a> {
    /// Without the column `customer`: it may name others as well.
    fn of(row: &'a Row) -> Self {
        Self {
            seq: row.seq,
            time: &row.time,
            staff: &row.staff,
            role: row.role,
            action: row.action,
            fields: &row.fields,
            reason: row.reason.as_deref(),
            outcome: row.outcome,
            whole_group: row.customer.is_none(),
        }
    }
}

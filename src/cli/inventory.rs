//! `vault inventory`

use indicatif::HumanBytes;
use serde::Serialize;

use super::Context;
use super::error::CommandError;
use super::output::{Form, Output};
use super::unlock::known_group;
use crate::group::field::Field;
use crate::group::inventory::Inventory;
use crate::sealed::lock::Mode;

/// Show which fields are stored, of how many customers, why and for how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault inventory\n  vault inventory private --json")]
pub struct InventoryArgs {
    /// The group [default: every group that you may open].
    pub group: Option<String>,
    /// One JSON object a field.
    #[arg(long)]
    pub json: bool,
}

/// One field of a group, or all of its documents.
#[derive(Serialize)]
struct JsonCounted<'counted> {
    group: &'counted str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'counted str>,
    kind: Option<&'counted str>,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    customers: u64,
    sensitive: Option<bool>,
    purpose: Option<&'counted str>,
    keep_months: Option<u32>,
    gone: bool,
}

impl InventoryArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        if let Some(name) = &self.group {
            known_group(&store, name)?;
        }
        let unlocked = context.unlock(store)?;
        let names = unlocked.groups(self.group.as_deref());
        if names.is_empty() {
            context.say("there is no group that you may open");
        }
        let mut output = context.output(self.json);
        let mut rows = Vec::new();
        for name in &names {
            let counted = unlocked.open(name, Mode::Shared)?.inventory();
            let unlogged = counted.map_err(|error| CommandError::from(error).in_group(name))?;
            let (inventory, receipt) = unlocked.session.log().release(unlogged)?;
            unlocked.tell_receipt(&receipt);
            if self.json {
                json(&mut output, name, &inventory)?;
            } else {
                rows.extend(rows_of(name, &inventory, output.form() == Form::Separated));
            }
        }
        if !rows.is_empty() {
            output.listing(&["Group", "Field", "Kind", "Stored", "Marks", "Purpose", "Months"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

fn marks(field: &Field) -> String {
    let marks = [(field.required, "required"), (field.sensitive, "sensitive")];
    marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark).collect::<Vec<_>>().join(", ")
}

/// First how many customers there are, then each field, then what else is stored of them.
fn rows_of(group: &str, inventory: &Inventory, exact: bool) -> Vec<Vec<String>> {
    let row = |what: &str, kind: &str, count: u64, marks: &str, purpose: &str, months: &str| {
        let words = [group, what, kind].map(str::to_owned);
        let more = [marks, purpose, months].map(str::to_owned);
        [&words[..], &[count.to_string()], &more[..]].concat()
    };
    let Inventory { customers, review_months, fields, gone, documents, document_bytes, changes, held } =
        inventory;
    let review = format!("reviewed every {review_months} months");
    let mut rows = vec![row("(customers)", "", *customers, "", &review, "")];
    for (field, count) in fields {
        let purpose = field.purpose.as_deref().unwrap_or_default();
        let months = field.keep_months.map(|months| months.to_string()).unwrap_or_default();
        rows.push(row(&field.name, field.kind.name(), *count, &marks(field), purpose, &months));
    }
    for (name, count) in gone {
        rows.push(row(name, "", *count, "gone, and still stored", "", ""));
    }
    let size = if exact { document_bytes.to_string() } else { HumanBytes(*document_bytes).to_string() };
    rows.push(row("(documents)", "", *documents, &size, "", ""));
    rows.push(row("(changes)", "", *changes, "in the history", "", ""));
    if *held > 0 {
        rows.push(row("(holds)", "", *held, "", "", ""));
    }
    rows
}

fn json(output: &mut Output, group: &str, inventory: &Inventory) -> Result<(), CommandError> {
    let none = JsonCounted {
        group,
        field: None,
        kind: None,
        count: 0,
        bytes: None,
        customers: inventory.customers,
        sensitive: None,
        purpose: None,
        keep_months: None,
        gone: false,
    };
    for (field, count) in &inventory.fields {
        output.object(&JsonCounted {
            field: Some(&field.name),
            kind: Some(field.kind.name()),
            count: *count,
            sensitive: Some(field.sensitive),
            purpose: field.purpose.as_deref(),
            keep_months: field.keep_months,
            ..none
        })?;
    }
    for (name, count) in &inventory.gone {
        output.object(&JsonCounted { field: Some(name), count: *count, gone: true, ..none })?;
    }
    let (kind, bytes) = (Some("document"), Some(inventory.document_bytes));
    output.object(&JsonCounted { kind, count: inventory.documents, bytes, ..none })?;
    Ok(())
}

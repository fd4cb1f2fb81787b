//! `vault history`

use serde::Serialize;

use super::Context;
use super::customer::{Wanted, time};
use super::error::CommandError;
use super::output::Output;
use super::unlock::group_of_code;
use super::values;
use crate::access_log::Action;
use crate::group::code::CustomerCode;
use crate::group::history::Version;
use crate::group::view::Shown;
use crate::sealed::lock::Mode;

/// Show who changed which field of one customer when.
///
/// What the fields held is shown with --reveal and a reason only, whether they are sensitive or not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault history 4T-7K3M-Q9TD\n  vault history 4T-7K3M-Q9TD --reveal iban --reason \"complaint 7\""
)]
pub struct HistoryArgs {
    /// The customer code.
    pub code: String,
    /// Fields of which the values are shown; logged.
    #[arg(long, value_name = "F,F", value_delimiter = ',', value_parser = values::field, requires = "reason")]
    pub reveal: Vec<String>,
    /// Why they are shown; logged.
    #[arg(long, value_name = "T", value_parser = values::reason, requires = "reveal")]
    pub reason: Option<String>,
    /// One JSON object a version.
    #[arg(long)]
    pub json: bool,
}

impl HistoryArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&name, Mode::Shared)?;
        let mut wanted = Wanted::new(&self.reveal);
        wanted.of(group.fields())?;
        let reveal = wanted.finish(Some(group.fields()))?;
        let found = group.history(code, &reveal, self.reason.as_deref());
        let unlogged = unlocked.log_miss(Action::History, &name, found)?;
        // A pager may keep the output waiting: nothing is locked meanwhile.
        drop(group);
        let (versions, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let mut output = context.output(self.json);
        if self.json {
            for version in &versions {
                output.object(&JsonVersion::of(code, &name, version))?;
            }
        } else {
            show(&mut output, &versions)?;
        }
        Ok(output.finish()?)
    }
}

fn show(output: &mut Output, versions: &[Version]) -> Result<(), CommandError> {
    let text =
        |shown: &Option<Shown>| shown.as_ref().map(|shown| shown.text().to_owned()).unwrap_or_default();
    let mut rows = Vec::new();
    for version in versions {
        let begin = || vec![version.version.to_string(), time(version.at), version.staff.clone()];
        let row = |what: &str, old: String, new: String| [begin(), vec![what.to_owned(), old, new]].concat();
        if version.changes.is_empty() {
            let what = if version.version == 1 { "(added)" } else { "(a field that is gone)" };
            rows.push(row(what, String::new(), String::new()));
        }
        for change in &version.changes {
            rows.push(row(&change.field.name, text(&change.old), text(&change.new)));
        }
    }
    Ok(output.listing(&["No.", "Time", "By", "Field", "Before", "After"], &rows)?)
}

#[derive(Serialize)]
struct JsonVersion<'version> {
    code: String,
    group: &'version str,
    version: i64,
    time: String,
    staff: &'version str,
    changes: Vec<JsonChange<'version>>,
    masked: Vec<&'version str>,
}

#[derive(Serialize)]
struct JsonChange<'version> {
    field: &'version str,
    old: Option<&'version str>,
    new: Option<&'version str>,
}

impl<'version> JsonVersion<'version> {
    fn of(code: CustomerCode, group: &'version str, version: &'version Version) -> Self {
        let is_masked = |shown: &Option<Shown>| shown.as_ref().is_some_and(Shown::is_masked);
        let masked = version.changes.iter().filter(|change| is_masked(&change.old) || is_masked(&change.new));
        let changes = version.changes.iter().map(|change| JsonChange {
            field: &change.field.name,
            old: change.old.as_ref().map(Shown::text),
            new: change.new.as_ref().map(Shown::text),
        });
        Self {
            code: code.to_string(),
            group,
            version: version.version,
            time: version.at.to_string(),
            staff: &version.staff,
            changes: changes.collect(),
            masked: masked.map(|change| change.field.name.as_str()).collect(),
        }
    }
}

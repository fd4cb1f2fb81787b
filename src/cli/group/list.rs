//! `vault group list`

use indicatif::HumanBytes;
use serde::Serialize;

use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::output::Form;

/// List the store's groups.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault group list\n  vault group list --json")]
pub struct ListArgs {
    /// One JSON object a group.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonGroup<'store> {
    name: &'store str,
    codes: &'store str,
    bytes: u64,
}

impl ListArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let mut groups = store.status()?.groups;
        groups.sort();
        let mut output = context.output(self.json);
        let exact = output.form() == Form::Separated;
        let mut rows = Vec::new();
        for (name, bytes) in &groups {
            let codes = store.roster().group(name.as_str()).map_or("", |group| &group.prefix);
            if self.json {
                output.object(&JsonGroup { name: name.as_str(), codes, bytes: *bytes })?;
            } else {
                let size = if exact { bytes.to_string() } else { HumanBytes(*bytes).to_string() };
                rows.push(vec![name.to_string(), codes.to_owned(), size]);
            }
        }
        if !rows.is_empty() {
            output.table(&["Group", "Codes", "Size"], &rows)?;
        } else if groups.is_empty() {
            context.say("there is no group yet: `vault group create NAME` makes one");
        }
        Ok(output.finish()?)
    }
}

//! `vault intake show`

use serde::Serialize;

use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::unlock::known_group;
use crate::sealed::identity::Recipient;
use crate::sealed::lock::Mode;

/// Show the recipient to which others seal records for a group.
///
/// Whoever has it can seal with stock age, and open nothing: `vault import` opens what they sealed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault intake show private\n  vault intake show private --json")]
pub struct ShowArgs {
    /// The group.
    pub group: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonIntake<'group> {
    group: &'group str,
    recipient: Recipient,
}

impl ShowArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        known_group(&store, &self.group)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&self.group, Mode::Shared)?;
        let unlogged = group.intake().map_err(|error| CommandError::from(error).in_group(&self.group))?;
        drop(group);
        let (recipient, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonIntake { group: &self.group, recipient })?;
        } else {
            output.line(&recipient.to_string())?;
        }
        Ok(output.finish()?)
    }
}

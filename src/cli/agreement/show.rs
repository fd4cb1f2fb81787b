//! `vault agreement show`

use super::{day, in_force};
use crate::cli::Context;
use crate::cli::error::CommandError;

/// Show the agreement in force; asks no passphrase.
///
/// The text goes to standard output; its version and the day on which it was set to standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault agreement show\n  vault agreement show > agreement.txt")]
pub struct ShowArgs {}

impl ShowArgs {
    #[allow(clippy::unused_self, reason = "as every command's arguments")]
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let agreement = in_force(store.roster())?;
        let (version, set) = (agreement.version, day(context, agreement.at));
        context.say(&format!("version {version} of the agreement, set on {set}"));
        let mut output = context.output(false);
        output.text(&agreement.text)?;
        Ok(output.finish()?)
    }
}

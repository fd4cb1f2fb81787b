//! `vault intake show`

use crate::cli::Context;
use crate::cli::error::CommandError;

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

impl ShowArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(crate::cli::error::Kind::Failed, "not built yet"))
    }
}

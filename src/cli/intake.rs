//! `vault intake`

pub mod show;

use super::Context;
use super::error::CommandError;

/// Take in what others seal for a group.
#[derive(Debug, clap::Subcommand)]
#[command(
    after_help = "Examples:\n  vault intake show private\n  vault import private intake-2026-05-03.jsonl.age"
)]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum IntakeCommand {
    Show(show::ShowArgs),
}

impl IntakeCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Show(arguments) => arguments.run(context),
        }
    }
}

//! `vault document`

pub mod add;
pub mod get;
pub mod list;
pub mod remove;

use super::Context;
use super::error::CommandError;

/// Attach documents to a customer, list them, take them out, remove them.
#[derive(Debug, clap::Subcommand)]
#[command(
    after_help = "Examples:\n  vault document add 4T-7K3M-Q9TD passport.pdf\n  vault document list 4T-7K3M-Q9TD"
)]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum DocumentCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Get(get::GetArgs),
    Remove(remove::RemoveArgs),
}

impl DocumentCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Add(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Get(arguments) => arguments.run(context),
            Self::Remove(arguments) => arguments.run(context),
        }
    }
}

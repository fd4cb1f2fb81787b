//! `vault group`

pub mod create;
pub mod fields;
pub mod list;
pub mod rekey;

use super::Context;
use super::error::CommandError;

/// Make, list and describe customer groups.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault group create private\n  vault group fields private")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum GroupCommand {
    Create(create::CreateArgs),
    List(list::ListArgs),
    Fields(fields::FieldsArgs),
    Rekey(rekey::RekeyArgs),
}

impl GroupCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Create(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Fields(arguments) => arguments.run(context),
            Self::Rekey(arguments) => arguments.run(context),
        }
    }
}

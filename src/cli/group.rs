//! `vault group`

pub mod create;
pub mod fields;
pub mod list;

use super::Context;
use super::error::CommandError;

/// Make, list and describe customer groups.
#[derive(Debug, clap::Subcommand)]
pub enum GroupCommand {
    /// Make a new customer group with a key of its own.
    Create(create::CreateArgs),
    /// List the store's groups.
    List(list::ListArgs),
    /// Show a group's fields, or set them.
    Fields(fields::FieldsArgs),
}

impl GroupCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Create(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Fields(arguments) => arguments.run(context),
        }
    }
}

//! `vault backup`: ciphertext on removable media.

pub mod accept;

use clap::Subcommand;

use super::Context;
use super::error::CommandError;

/// The commands of `vault backup`.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    #[allow(missing_docs)]
    Accept(accept::AcceptArgs),
}

impl BackupCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Accept(arguments) => arguments.run(context),
        }
    }
}

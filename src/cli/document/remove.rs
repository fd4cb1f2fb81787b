//! `vault document remove`

use crate::cli::Context;
use crate::cli::error::CommandError;

/// Remove one of a customer's documents for good.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document remove 4T-7K3M-Q9TD passport.pdf\n  vault document remove 4T-7K3M-Q9TD contract-2019.pdf"
)]
pub struct RemoveArgs {
    /// The customer code.
    pub code: String,
    /// The document's name.
    pub name: String,
}

impl RemoveArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(crate::cli::error::Kind::Failed, "not built yet"))
    }
}

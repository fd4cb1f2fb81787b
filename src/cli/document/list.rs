//! `vault document list`

use crate::cli::Context;
use crate::cli::error::CommandError;

/// List a customer's documents.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document list 4T-7K3M-Q9TD\n  vault document list 4T-7K3M-Q9TD --json"
)]
pub struct ListArgs {
    /// The customer code.
    pub code: String,
    /// One JSON object a document.
    #[arg(long)]
    pub json: bool,
}

impl ListArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(crate::cli::error::Kind::Failed, "not built yet"))
    }
}

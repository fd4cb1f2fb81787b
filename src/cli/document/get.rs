//! `vault document get`

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::error::CommandError;

/// Write one of a customer's documents into a file, as it was added.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document get 4T-7K3M-Q9TD passport.pdf -o passport.pdf\n  vault document get 4T-7K3M-Q9TD contract.pdf -o /media/stick/contract.pdf"
)]
pub struct GetArgs {
    /// The customer code.
    pub code: String,
    /// The document's name.
    pub name: String,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

impl GetArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(crate::cli::error::Kind::Failed, "not built yet"))
    }
}

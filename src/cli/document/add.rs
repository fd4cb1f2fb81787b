//! `vault document add`

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::error::CommandError;

/// Attach a copy of a file to a customer, sealed to the group.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document add 4T-7K3M-Q9TD passport.pdf\n  vault document add 4T-7K3M-Q9TD scan0007.tif --name contract-2026.tif"
)]
pub struct AddArgs {
    /// The customer code.
    pub code: String,
    /// The file; it stays where it is.
    pub file: PathBuf,
    /// What to call it [default: the file's own name].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

impl AddArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(crate::cli::error::Kind::Failed, "not built yet"))
    }
}

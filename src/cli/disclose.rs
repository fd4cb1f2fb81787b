//! `vault disclose`

use std::path::PathBuf;

use super::Context;
use super::error::CommandError;

/// Write all that is stored of one customer, and who looked at it, for the customer.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault disclose 4T-7K3M-Q9TD -o anna.txt --reason \"asked for on 3 May\"\n  vault disclose 4T-7K3M-Q9TD -o anna.json --json --reason \"asked for on 3 May\""
)]
pub struct DiscloseArgs {
    /// The customer code.
    pub code: String,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Why; logged.
    #[arg(long, value_name = "T", value_parser = super::values::reason)]
    pub reason: String,
    /// Write JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

impl DiscloseArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

//! `vault log verify`

use std::path::PathBuf;

use super::super::Context;
use super::super::error::CommandError;
use super::verify_export;

/// Check an exported file against its manifest.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault log verify --export audit.csv\n  vault log verify --export audit.csv --json"
)]
pub struct VerifyArgs {
    /// The file; no store and no passphrase are needed.
    #[arg(long, value_name = "FILE")]
    pub export: PathBuf,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

impl VerifyArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        verify_export::run(&self.export, self.json, context)
    }
}

//! `vault hold`

use super::Context;
use super::error::CommandError;

/// Keep one customer from being erased, as while a dispute lasts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault hold 4T-7K3M-Q9TD --reason \"court case 12/26\"\n  vault hold 4T-7K3M-Q9TD --release"
)]
pub struct HoldArgs {
    /// The customer code.
    pub code: String,
    /// Why; kept with the hold, and logged.
    #[arg(long, value_name = "T", value_parser = super::values::reason, required_unless_present = "release")]
    pub reason: Option<String>,
    /// End the hold.
    #[arg(long)]
    pub release: bool,
}

impl HoldArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

//! `vault inventory`

use super::Context;
use super::error::CommandError;

/// Show which fields are stored, of how many customers, why and for how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault inventory\n  vault inventory private --json")]
pub struct InventoryArgs {
    /// The group [default: every group that you may open].
    pub group: Option<String>,
    /// One JSON object a field.
    #[arg(long)]
    pub json: bool,
}

impl InventoryArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

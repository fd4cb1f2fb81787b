//! `vault review`

use super::Context;
use super::error::CommandError;

/// List what is due for review or kept for too long, or note a review.
///
/// WHAT is a group, whose list is shown, or a customer code with --done.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault review private --due\n  vault review 4T-7K3M-Q9TD --done")]
pub struct ReviewArgs {
    /// A group, or a customer code.
    #[arg(value_name = "GROUP|CODE")]
    pub what: String,
    /// Only customers whose review is due, or of whom something is kept for too long.
    #[arg(long, conflicts_with = "done")]
    pub due: bool,
    /// Ask about each of them in turn: keep, drop what is kept for too long, or erase.
    #[arg(long, conflicts_with_all = ["done", "json"])]
    pub each: bool,
    /// The customer was reviewed.
    #[arg(long, conflicts_with = "json")]
    pub done: bool,
    /// One JSON object a customer.
    #[arg(long)]
    pub json: bool,
}

impl ReviewArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

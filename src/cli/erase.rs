//! `vault erase`

use super::Context;
use super::error::CommandError;

/// Erase one customer from every byte of the group's files.
///
/// Record, history, search words and documents are gone when the command returns; the code alone stays, in
/// the erasure ledger. Copies on backup media stay until they are pruned.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault erase 4T-7K3M-Q9TD --reason \"asked for by the customer, letter of 3 May\"\n  vault erase 4T-7K3M-Q9TD --reason \"kept for long enough\""
)]
pub struct EraseArgs {
    /// The customer code.
    pub code: String,
    /// Why; logged.
    #[arg(long, value_name = "TEXT", value_parser = super::values::reason)]
    pub reason: String,
}

impl EraseArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

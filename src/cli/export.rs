//! `vault export`

use std::path::PathBuf;

use super::Context;
use super::error::CommandError;

/// Write a group's customers into a file that is sealed to whoever is to have them.
///
/// JSON Lines, one customer a line, which `vault import` of another store reads. Sensitive fields are in it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault export private --to age1… -o private.jsonl.age --reason \"hand-over to the archive\"\n  vault export private --to age1… -o one.age --customer 4T-7K3M-Q9TD --reason \"file 7\""
)]
pub struct ExportArgs {
    /// The group.
    pub group: String,
    /// Whoever may open the file: an age recipient, age1…; may be given several times.
    #[arg(long, value_name = "RECIPIENT", required_unless_present = "plaintext")]
    pub to: Vec<String>,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Only this customer; may be given several times.
    #[arg(long, value_name = "CODE")]
    pub customer: Vec<String>,
    /// Why; logged.
    #[arg(long, value_name = "TEXT", value_parser = super::values::reason)]
    pub reason: String,
    /// Seal nothing: whoever gets hold of the file reads it. For owners only.
    #[arg(long, conflicts_with = "to")]
    pub plaintext: bool,
}

impl ExportArgs {
    pub(in crate::cli) fn run(&self, _context: &Context) -> Result<(), CommandError> {
        Err(CommandError::new(super::error::Kind::Failed, "not built yet"))
    }
}

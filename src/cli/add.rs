//! `vault add`

use std::path::PathBuf;

use super::values::Assignment;

/// Add one customer and print the new customer code.
///
/// Without --set and --from each field is asked for at the terminal; a note ends with an empty line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault add private\n  vault add private --set name=\"Anna Lindqvist\" --set city=Lund"
)]
pub struct AddArgs {
    /// The group that the customer belongs to.
    pub group: String,
    /// A field's value; sensitive fields are refused here and asked for instead.
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    pub set: Vec<Assignment>,
    /// A file with one flat JSON object of fields, or - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<PathBuf>,
    /// Add the customer even if the group seems to have them already.
    #[arg(long)]
    pub allow_duplicate: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

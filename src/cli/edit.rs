//! `vault edit`

use std::path::PathBuf;

use super::values::Assignment;

/// Change fields of one customer.
///
/// Without --set, --unset and --from each field is asked for at the terminal.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault edit 4T-7K3M-Q9TD --set city=Lund\n  vault edit 4T-7K3M-Q9TD --unset phone"
)]
pub struct EditArgs {
    /// The customer code.
    pub code: String,
    /// A field's new value; sensitive fields are refused here.
    #[arg(long, value_name = "FIELD=VALUE", conflicts_with = "from")]
    pub set: Vec<Assignment>,
    /// A field to empty.
    #[arg(long, value_name = "FIELD", conflicts_with = "from")]
    pub unset: Vec<String>,
    /// A file with one flat JSON object of fields, or - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub from: Option<PathBuf>,
}

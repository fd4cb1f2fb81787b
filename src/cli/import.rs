//! `vault import`

use std::path::PathBuf;

use super::values::Mapping;

/// Add customers from a CSV or JSON Lines file, all or none.
///
/// Every bad row is listed with its line, field and reason.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "Examples:\n  vault import private customers.csv --dry-run\n  vault import private customers.csv --map Surname=name --ignore Fax"
)]
pub struct ImportArgs {
    /// The group that the customers belong to.
    pub group: String,
    /// The file: CSV with a header, or JSON Lines.
    pub file: PathBuf,
    /// Which field a column becomes.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<Mapping>,
    /// A column to leave out.
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// Text that stands for an empty value, such as NULL.
    #[arg(long, value_name = "TEXT")]
    pub null: Option<String>,
    /// Check every row and store nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave bad rows out and list them, instead of importing nothing.
    #[arg(long)]
    pub skip_bad: bool,
    /// Import rows even if the group seems to have them already.
    #[arg(long)]
    pub allow_duplicate: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

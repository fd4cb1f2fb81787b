//! `vault group create`

use std::path::PathBuf;

/// Make a new customer group with a key of its own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault group create private\n  vault group create dental --fields dental.json"
)]
pub struct CreateArgs {
    /// The group's name: a-z, 0-9 and -, at most 32 characters.
    pub name: String,
    /// The group's fields; see `vault group fields --help`.
    #[arg(long, value_name = "FILE.json")]
    pub fields: Option<PathBuf>,
}

//! `vault status`

/// Show the store's groups, sizes, access log and state; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault status\n  vault status --json")]
pub struct StatusArgs {
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

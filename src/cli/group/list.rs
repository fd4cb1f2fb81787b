//! `vault group list`

/// List the store's groups.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault group list\n  vault group list --json")]
pub struct ListArgs {
    /// One JSON object a group.
    #[arg(long)]
    pub json: bool,
}

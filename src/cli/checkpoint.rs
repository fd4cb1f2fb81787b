//! `vault checkpoint`

/// Fold a group's log into its base now.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault checkpoint private\n  vault --wait 60 checkpoint private")]
pub struct CheckpointArgs {
    /// The group's name.
    pub group: String,
}

//! `vault verify`

/// Check every page, record and signature of a group, or of all.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault verify\n  vault verify private")]
pub struct VerifyArgs {
    /// The group's name [default: every group that you may open].
    pub group: Option<String>,
}

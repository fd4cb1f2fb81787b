//! `vault backup`

pub mod create;
pub mod enroll;
pub mod list;
pub mod prune;

use super::Context;
use super::error::CommandError;

/// Keep snapshots on media, prove that they restore, and restore them.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault backup enroll /media/blue\n  vault backup create /media/blue")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum BackupCommand {
    Enroll(enroll::EnrollArgs),
    Create(create::CreateArgs),
    List(list::ListArgs),
    Prune(prune::PruneArgs),
}

impl BackupCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Enroll(arguments) => arguments.run(context),
            Self::Create(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Prune(arguments) => arguments.run(context),
        }
    }
}

/// So many of something, in words.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

//! `vault backup`

pub mod accept;
pub mod create;
pub mod drill;
pub mod enroll;
pub mod list;
pub mod prune;
pub mod restore;
pub mod verify;

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
    Verify(verify::VerifyArgs),
    Drill(drill::DrillArgs),
    Restore(restore::RestoreArgs),
    Accept(accept::AcceptArgs),
    Prune(prune::PruneArgs),
}

impl BackupCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Enroll(arguments) => arguments.run(context),
            Self::Create(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Verify(arguments) => arguments.run(context),
            Self::Drill(arguments) => arguments.run(context),
            Self::Restore(arguments) => arguments.run(context),
            Self::Accept(arguments) => arguments.run(context),
            Self::Prune(arguments) => arguments.run(context),
        }
    }
}

/// So many of something, in words.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

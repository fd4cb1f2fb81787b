//! `vault backup prune`

use std::path::PathBuf;

use indicatif::HumanBytes;

use super::counted;
use crate::backup::prune::{Keeps, prune};
use crate::cli::Context;
use crate::cli::error::CommandError;

/// Give up a medium's old snapshots, and what only they needed.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Give up a medium's old snapshots, and what only they needed.\n\nOf each of the last N days, weeks and months that have snapshots the newest is kept; always the newest of all, and the last one that was verified. Asks nothing: the numbers are the consent. What is sealed in a snapshot that is kept stays readable with the keys of then.",
    after_help = "Examples:\n  vault backup prune /media/blue --keep-daily 14 --keep-weekly 8 --keep-monthly 12 --dry-run\n  vault backup prune /media/blue --keep-daily 14 --keep-weekly 8 --keep-monthly 12"
)]
pub struct PruneArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Of how many of the last days.
    #[arg(long, value_name = "N")]
    pub keep_daily: u32,
    /// Of how many of the last weeks, which begin on Mondays.
    #[arg(long, value_name = "N")]
    pub keep_weekly: u32,
    /// Of how many of the last months.
    #[arg(long, value_name = "N")]
    pub keep_monthly: u32,
    /// Only tell what would go.
    #[arg(long)]
    pub dry_run: bool,
}

impl PruneArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let keeps = Keeps { daily: self.keep_daily, weekly: self.keep_weekly, monthly: self.keep_monthly };
        let pruned = prune(&store, &self.dir, keeps, self.dry_run)?;
        let mut output = context.output(false);
        let (gone, freed) = if self.dry_run { ("would go", "would be freed") } else { ("gone", "freed") };
        for name in &pruned.removed {
            output.line(&format!("{gone}: {name}"))?;
        }
        for name in &pruned.broken_off {
            output.line(&format!("{gone}: {name}, which was broken off"))?;
        }
        output.finish()?;
        let kept = counted(pruned.kept.len(), "snapshot");
        let space = HumanBytes(pruned.freed);
        let stay = if pruned.kept.len() == 1 { "stays" } else { "stay" };
        context.say(&format!("{kept} {stay} on {}; {space} {freed}", pruned.label));
        Ok(())
    }
}

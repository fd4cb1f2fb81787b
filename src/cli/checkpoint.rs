//! `vault checkpoint`

use super::Context;
use super::bar::Bar;
use super::error::CommandError;
use super::unlock::known_group;
use crate::sealed::lock::Mode;

/// Fold a group's log into its base now.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault checkpoint private\n  vault --wait 60 checkpoint private")]
pub struct CheckpointArgs {
    /// The group's name.
    pub group: String,
}

impl CheckpointArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        known_group(&store, &self.group)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&self.group, Mode::Exclusive)?;
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("folding", done, total);
        let folded = group
            .checkpoint(unlocked.session.log(), &progress)
            .map_err(|error| CommandError::from(error).in_group(&self.group))?;
        bar.clear();
        context.say(&if folded {
            format!("the log of group {} is folded into its base", self.group)
        } else {
            format!("the log of group {} is empty: there is nothing to fold", self.group)
        });
        Ok(())
    }
}

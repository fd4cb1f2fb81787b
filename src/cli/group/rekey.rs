//! `vault group rekey`

use std::slice;

use crate::access_log::{Action, Event, Outcome};
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::unlock::known_group;

/// Give a group a new key; all its files are sealed anew to today's members.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault group rekey private\n  vault --wait 60 group rekey dental")]
pub struct RekeyArgs {
    /// The group's name.
    pub name: String,
}

impl RekeyArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let group = known_group(&store, &self.name)?.name.clone();
        let unlocked = context.unlock_for_the_office(store)?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(group.to_string());
        event.detail = Some("rekey".to_owned());
        unlocked.session.require_owner(&event)?;
        context.rekeying(|work| unlocked.session.rekey_group(&group, work))?;
        unlocked.tell_notices();
        context.say_rekeyed(slice::from_ref(&group), false, "the old key");
        Ok(())
    }
}

//! `vault staff grant`

use super::{enrolled_clerk, require_owner};
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::unlock::known_group;

/// Let a clerk open a group.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault staff grant bea --group dental\n  vault --as olga staff grant bea --group private"
)]
pub struct GrantArgs {
    /// The clerk's name.
    pub name: String,
    /// The group.
    #[arg(long, value_name = "G")]
    pub group: String,
}

impl GrantArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let person = enrolled_clerk(&store, &self.name)?;
        let name = person.member.name.clone();
        let group = known_group(&store, &self.group)?.name.clone();
        if person.granted().any(|granted| *granted == group) {
            return Err(CommandError::new(Kind::Failed, format!("{name} may open group {group} already")));
        }
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "grant to", &name)?;
        unlocked.session.grant(&name, &group)?;
        unlocked.tell_notices();
        context.say(&format!("{name} may open group {group} now"));
        Ok(())
    }
}

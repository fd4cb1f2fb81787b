//! `vault staff revoke`

use std::slice;

use super::{enrolled_clerk, require_owner};
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::unlock::known_group;

/// Take a group from a clerk; the group gets a new key.
///
/// Every file of the group is sealed anew, so that the clerk's key opens nothing that is written from
/// then on. Copies made before stay readable with it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault staff revoke bea --group private\n  vault --wait 60 staff revoke bea --group dental"
)]
pub struct RevokeArgs {
    /// The clerk's name.
    pub name: String,
    /// The group.
    #[arg(long, value_name = "G")]
    pub group: String,
}

impl RevokeArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let person = enrolled_clerk(&store, &self.name)?;
        let name = person.member.name.clone();
        let group = known_group(&store, &self.group)?.name.clone();
        if !person.granted().any(|granted| *granted == group) {
            return Err(CommandError::new(Kind::Failed, format!("{name} has no grant for group {group}"))
                .hint("`vault staff list` lists what everybody may open"));
        }
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "revoke from", &name)?;
        context.rekeying(|work| unlocked.session.revoke(&name, &group, work))?;
        unlocked.tell_notices();
        context.say(&format!("{name} may not open group {group} any more"));
        context.say_rekeyed(slice::from_ref(&group), false, &format!("{name}'s old key and passphrase"));
        Ok(())
    }
}

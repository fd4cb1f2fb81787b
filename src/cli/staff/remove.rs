//! `vault staff remove`

use super::{enrolled, require_owner};
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::rekeying::rekeyed;
use crate::store::media::{NotedMedium, NotedSnapshot};
use crate::store::roster::Fault;
use crate::store::{ChangeError, Person, Store};

/// Let somebody go: their log-in ends, and all that they could open gets new keys.
///
/// Asks for their name once more. Backups and other copies made before stay readable with their keys; it says which snapshots this machine knows of.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault staff remove bea\n  vault --wait 60 staff remove dana")]
pub struct RemoveArgs {
    /// The person's name.
    pub name: String,
}

/// What of each medium somebody could open with the keys that they have, as far as this machine knows.
fn openable(store: &Store, person: &Person) -> Vec<(String, String)> {
    // Notes that can't be read know of none.
    let notes = store.media_notes().unwrap_or_default();
    let of_medium = |medium: &NotedMedium| {
        let could = |noted: &&NotedSnapshot| store.roster().could_open_at(person, noted.roster);
        let open: Vec<&str> =
            medium.snapshots.iter().filter(could).map(|noted| noted.snapshot.as_str()).collect();
        let said = match open.as_slice() {
            [] => return None,
            [only] => format!("1 snapshot, {only},"),
            [first, .., last] => format!("{} snapshots, {first} to {last},", open.len()),
        };
        Some((medium.label.clone(), said))
    };
    notes.media.iter().filter_map(of_medium).collect()
}

impl RemoveArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let person = enrolled(&store, &self.name)?;
        let name = person.member.name.clone();
        let (groups, log) = store.roster().opened_by(person);
        let openable = openable(&store, person);
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "remove", &name)?;
        if unlocked.session.person().name == name {
            return Err(ChangeError::Refused(Fault::Oneself).into());
        }
        if !groups.is_empty() || log {
            let what = rekeyed(&groups, log);
            unlocked.terminal.tell(&format!("{name} can open: {what}. All of it gets new keys.\n"))?;
        }
        unlocked.terminal.confirm_by_typing(name.as_str())?;
        let (groups, log) = context.rekeying(|work| unlocked.session.remove_staff(&name, work))?;
        unlocked.tell_notices();
        context.say(&format!("{name} is removed"));
        if groups.is_empty() && !log {
            context.say(&format!("{name} could open nothing, so no key had to be changed"));
        }
        context.say_rekeyed(&groups, log, &format!("{name}'s old keys and passphrase"));
        for (label, snapshots) in openable {
            context.say(&format!("{name} could still open {snapshots} on {label}"));
        }
        Ok(())
    }
}

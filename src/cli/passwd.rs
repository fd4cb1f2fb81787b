//! `vault passwd`

use super::Context;
use super::error::CommandError;
use super::new_passphrase::new_passphrase;
use super::staff::words_of;
use crate::store::Login;

/// Change your passphrase.
///
/// The old one is asked for first. With --new-key you get a new identity as well, and all that you can
/// open gets new keys: for when somebody may have had your old passphrase and a copy of the store.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault passwd\n  vault passwd --new-key")]
pub struct PasswdArgs {
    /// Also make a new identity and re-key all that you can open.
    #[arg(long)]
    pub new_key: bool,
}

impl PasswdArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let (unlocked, old) = context.unlock_by_typing(context.store()?)?;
        let session = &unlocked.session;
        let name = &session.person().name;
        let full_name = session.self_in(&session.roster()).and_then(|person| person.full_name);
        let known = words_of(full_name.as_deref());
        let new = new_passphrase(context, &unlocked.terminal, name, &known, Some(&old))?;
        drop(old);
        if !self.new_key {
            session.change_passphrase(new)?;
            unlocked.tell_notices();
            context.say(&format!("{name} has a new passphrase"));
            context.warn(
                "copies of the store made before now (backups, sticks) still open with the old passphrase; \
                 if somebody may know it, `vault passwd --new-key` makes new keys as well",
            );
            return Ok(());
        }
        let login = Login::new(new, session.work_factor());
        let (groups, log) = context.rekeying(|work| session.new_identity(&login, work))?;
        unlocked.tell_notices();
        context.say(&format!("{name} has a new passphrase and a new key"));
        context.say_rekeyed(&groups, log, "the old passphrase and the old keys");
        Ok(())
    }
}

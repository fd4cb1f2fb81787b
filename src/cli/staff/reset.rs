//! `vault staff reset`

use super::{enrolled, hand_over, require_owner, words_of};
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::new_passphrase::{Sheet, new_passphrase, recovery_sheet};
use crate::cli::unlock::Unlocked;
use crate::store::name::RECOVERY;
use crate::store::{Login, Name};

/// Give somebody a new passphrase, or the store a new recovery sheet.
///
/// Who forgot their passphrase keeps role and grants and types a new passphrase at this terminal. All that they could open
/// gets new keys. `vault staff reset recovery` makes a new recovery sheet, also for a store that has none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault staff reset bea\n  vault staff reset recovery")]
pub struct ResetArgs {
    /// The person's name, or `recovery`.
    pub name: String,
}

impl ResetArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        if self.name == RECOVERY {
            let which = if store.roster().recovery().is_some() { Sheet::Replaces } else { Sheet::First };
            let unlocked = context.unlock_for_the_office(store)?;
            return new_sheet(context, &unlocked, which);
        }
        let person = enrolled(&store, &self.name)?.clone();
        let name = &person.member.name;
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "reset", name)?;
        if unlocked.session.person().name == *name {
            return Err(CommandError::new(Kind::Usage, "nobody resets themself")
                .hint("`vault passwd --new-key` gives you a new passphrase and new keys"));
        }
        unlocked.terminal.show(&hand_over(name))?;
        let known = words_of(person.full_name.as_deref());
        let passphrase = new_passphrase(context, &unlocked.terminal, name, &known, None)?;
        let login = Login::new(passphrase, unlocked.session.work_factor());
        let (groups, log) = context.rekeying(|work| unlocked.session.reset(name, &login, work))?;
        unlocked.tell_notices();
        context.say(&format!("{name} has a new passphrase and may open what they could before"));
        context.say_rekeyed(&groups, log, &format!("{name}'s old keys and passphrase"));
        Ok(())
    }
}

fn new_sheet(context: &Context, unlocked: &Unlocked<'_>, which: Sheet) -> Result<(), CommandError> {
    let name: Name = RECOVERY.parse()?;
    require_owner(&unlocked.session, "reset", &name)?;
    let store = unlocked.session.store_id().to_string();
    let passphrase = recovery_sheet(context, &unlocked.terminal, &store, which)?;
    let login = Login::new(passphrase, unlocked.session.work_factor());
    let (groups, log) = context.rekeying(|work| unlocked.session.reset(&name, &login, work))?;
    unlocked.tell_notices();
    context.say(match which {
        Sheet::First => "the store has a recovery sheet now",
        Sheet::Replaces => "the new recovery sheet is the right one from now on: destroy the old one",
    });
    context.say_rekeyed(&groups, log, "the old sheet");
    Ok(())
}

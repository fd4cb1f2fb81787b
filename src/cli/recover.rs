//! `vault recover`

use super::Context;
use super::error::{CommandError, Kind};
use super::new_passphrase::{Sheet, new_passphrase, recovery_sheet};
use super::staff::words_of;
use super::unlock::ask_passphrase;
use crate::access_log::Role;
use crate::store::{Login, Member, Name, Person, Store, diceware};

/// Give an owner who forgot their passphrase a new one, with the recovery sheet.
///
/// On a restored store it comes before `vault backup accept`, where no owner's passphrase is known.
/// Asks for the sheet's passphrase, then for the owner's new one; then it shows a new sheet and asks
/// for it back. Only then everything gets new keys, in one step: the old sheet is dead after it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault recover olga\n  vault --store /media/office/store recover olga")]
pub struct RecoverArgs {
    /// The owner who gets a new passphrase.
    pub name: String,
}

impl RecoverArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let name: Name = self.name.parse()?;
        let store = Store::open_any(&context.store_folder()?, &context.surroundings)?;
        let owner = owner(&store, &name)?.clone();
        let sheet = sheet_of(&store)?.clone();
        let circumstances = context.heed_machine(&store, &sheet)?;
        let terminal = context.terminal_for(&store, &sheet)?;
        context.slow_down(&store, &sheet, &terminal)?;
        let typed = diceware::as_generated(&ask_passphrase(&terminal, "Recovery passphrase: ")?);
        let recovery = store.unlock_recovery(&typed)?;
        drop(typed);
        context.log_circumstances(recovery.log(), &recovery.roster(), circumstances)?;
        context.tell_notices(&recovery.take_notices());

        let known = words_of(owner.full_name.as_deref());
        let passphrase = new_passphrase(context, &terminal, &name, &known, None)?;
        let id = recovery.roster().store_id().to_string();
        let new_sheet = recovery_sheet(context, &terminal, &id, Sheet::Replaces)?;
        let login = Login::new(passphrase, recovery.work_factor());
        let new_sheet = Login::new(new_sheet, recovery.work_factor());
        context.rekeying(|work| recovery.recover(&name, &login, &new_sheet, work))?;
        context.tell_notices(&recovery.take_notices());
        context.tell_seen(recovery.seen());
        context.tell_reserve(recovery.log());

        context
            .say(&format!("{name} has a new passphrase and a new key, and the store a new recovery sheet"));
        let roster = recovery.roster();
        let mut groups: Vec<Name> = roster.groups().iter().map(|group| group.name.clone()).collect();
        groups.sort();
        context.say("the old sheet and the forgotten passphrase open nothing that is written from now on");
        context.say_rekeyed(&groups, true, "the old sheet and the forgotten passphrase");
        context.say("make a new backup, then destroy the old sheet");
        Ok(())
    }
}

/// The owner of that name.
fn owner<'store>(store: &'store Store, name: &Name) -> Result<&'store Person, CommandError> {
    let mut staff = store.roster().staff();
    let Some(person) = staff.find(|person| person.member.name == *name) else {
        let message = format!("there is nobody called {name} in this store");
        return Err(CommandError::new(Kind::NotFound, message).hint("`vault staff list` lists everybody"));
    };
    if person.member.role == Role::Owner {
        return Ok(person);
    }
    let message = format!("{name} is no owner, and the recovery sheet is for owners");
    Err(CommandError::new(Kind::Failed, message)
        .hint(format!("an owner helps with `vault staff reset {name}`")))
}

fn sheet_of(store: &Store) -> Result<&Member, CommandError> {
    store.roster().recovery().ok_or_else(|| {
        CommandError::new(Kind::Failed, "this store has no recovery sheet")
            .hint("another owner can help with `vault staff reset NAME`")
    })
}

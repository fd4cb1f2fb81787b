//! `vault agreement sign`

use super::{day, in_force};
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::store::Person;

/// Read and sign the agreement in force.
///
/// The text is shown at the terminal; typing `agree` signs it with your key, in the roster.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault agreement sign\n  vault --as anna agreement sign")]
pub struct SignArgs {}

impl SignArgs {
    #[allow(clippy::unused_self, reason = "as every command's arguments")]
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        in_force(store.roster())?;
        let unlocked = context.unlock_for_the_office(store)?;
        let session = &unlocked.session;
        let name = &session.person().name;
        let roster = session.roster();
        let agreement = in_force(&roster)?;
        let version = agreement.version;
        let person = session.self_in(&roster);
        let signed = person.as_ref().and_then(Person::agreed_to);
        if let Some(signed) = signed.filter(|signed| signed.version == version) {
            let on = day(context, signed.at);
            context.say(&format!("{name} signed version {version} of the agreement on {on}"));
            return Ok(());
        }
        let set = day(context, agreement.at);
        unlocked.terminal.show(&format!(
            "\nVersion {version} of the agreement, set on {set}\n\n{}\n\n",
            agreement.text.trim_end_matches('\n')
        ))?;
        unlocked.terminal.confirm_by_typing("agree")?;
        session.agree(version, agreement.sha256)?;
        unlocked.tell_notices();
        context.say(&format!("{name} has signed version {version} of the agreement"));
        Ok(())
    }
}

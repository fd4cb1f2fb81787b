//! `vault erase`

use super::Context;
use super::bar::Bar;
use super::customer::show_card;
use super::error::{CommandError, Kind};
use super::unlock::{Unlocked, group_of_code};
use crate::access_log::{Action, Event, Outcome};
use crate::group::code::CustomerCode;
use crate::group::erase::{EraseError, Erased};
use crate::sealed::lock::Mode;

/// Erase one customer from every byte of the group's files.
///
/// Record, history, search words and documents are gone when the command returns; the code alone stays, in
/// the erasure ledger. Copies on backup media stay until they are pruned.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault erase 4T-7K3M-Q9TD --reason \"asked for by the customer, letter of 3 May\"\n  vault erase 4T-7K3M-Q9TD --reason \"kept for long enough\""
)]
pub struct EraseArgs {
    /// The customer code.
    pub code: String,
    /// Why; logged.
    #[arg(long, value_name = "TEXT", value_parser = super::values::reason)]
    pub reason: String,
}

impl EraseArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        // Nothing is locked while somebody is asked.
        let found = unlocked.open(&name, Mode::Shared)?.to_erase(code);
        let (card, receipt) = unlocked.session.log().release(told(&unlocked, &name, code, found)?)?;
        unlocked.tell_receipt(&receipt);
        let mut output = context.output(false);
        show_card(&mut output, &card)?;
        output.finish()?;
        confirm_and_erase(context, &unlocked, &name, code, &self.reason)
    }
}

/// Asks for the code to be typed, and erases its customer.
pub(super) fn confirm_and_erase(
    context: &Context,
    unlocked: &Unlocked<'_>,
    group: &str,
    code: CustomerCode,
    reason: &str,
) -> Result<(), CommandError> {
    unlocked.terminal.confirm_by_typing(&code.to_string())?;
    let opened = unlocked.open(group, Mode::Exclusive)?;
    let bar = Bar::new(context);
    let progress = |done, total| bar.reached("erasing", done, total);
    let now = context.surroundings.clock.now();
    let erased = opened.erase(&[code], reason, unlocked.session.log(), now, &progress);
    bar.clear();
    let erased = told(unlocked, group, code, erased)?;
    tell(context, code, &erased)
}

fn tell(context: &Context, code: CustomerCode, erased: &Erased) -> Result<(), CommandError> {
    let with = match erased.documents {
        0 => String::new(),
        1 => " with 1 document".to_owned(),
        count => format!(" with {count} documents"),
    };
    if let Err(error) = &erased.left {
        let message =
            format!("customer {code} is erased{with}, but a file that still holds them is left: {error}");
        return Err(CommandError::new(Kind::Partly, message)
            .hint("mend that, then run `vault checkpoint` of the group: it removes what is left"));
    }
    context.say(&format!("customer {code} is erased{with}; the code alone stays, in the erasure ledger"));
    if erased.tails > 0 {
        context.say(
            "what crashes had cut off and was kept in the group's aside/ went as well: it may have held them",
        );
    }
    context.say("backups and copies made before still hold the customer, until they are pruned or destroyed; a restore of one erases them again");
    Ok(())
}

/// Logs a refusal: it tells of a customer, or that there is none.
fn told<T>(
    unlocked: &Unlocked<'_>,
    group: &str,
    code: CustomerCode,
    done: Result<T, EraseError>,
) -> Result<T, CommandError> {
    let denied = match &done {
        Err(EraseError::NoSuchCustomer(_)) => Some((Outcome::Failure, "no such customer")),
        Err(EraseError::Held { .. }) => Some((Outcome::Denied, "held")),
        _ => None,
    };
    if let Some((outcome, why)) = denied {
        let mut event = Event::new(Action::Erase, outcome);
        event.group = Some(group.to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some(why.to_owned());
        unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
    }
    Ok(done?)
}

//! `vault hold`

use super::Context;
use super::error::CommandError;
use super::unlock::group_of_code;
use crate::access_log::{Action, Event, Outcome};
use crate::group::code::CustomerCode;
use crate::group::hold::HoldError;
use crate::sealed::lock::Mode;

/// Keep one customer from being erased, as while a dispute lasts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault hold 4T-7K3M-Q9TD --reason \"court case 12/26\"\n  vault hold 4T-7K3M-Q9TD --release"
)]
pub struct HoldArgs {
    /// The customer code.
    pub code: String,
    /// Why; kept with the hold, and logged.
    #[arg(long, value_name = "T", value_parser = super::values::reason, required_unless_present = "release", conflicts_with = "release")]
    pub reason: Option<String>,
    /// End the hold.
    #[arg(long)]
    pub release: bool,
}

impl HoldArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let mut group = unlocked.open(&name, Mode::Exclusive)?;
        let (log, now) = (unlocked.session.log(), context.surroundings.clock.now());
        let done = match &self.reason {
            Some(reason) => group.hold(code, reason, log, now),
            None => group.release(code, log),
        };
        let refused = match &done {
            Err(HoldError::NoSuchCustomer(_)) => Some("no such customer"),
            Err(HoldError::Twice { .. }) => Some("held already"),
            Err(HoldError::NotHeld(_)) => Some("not held"),
            _ => None,
        };
        if let Some(why) = refused {
            let mut event = Event::new(Action::Hold, Outcome::Failure);
            event.group = Some(name.clone());
            event.customer = Some(code.to_string());
            event.detail = Some(why.to_owned());
            unlocked.tell_receipt(&log.append(&event)?);
        }
        done?;
        unlocked.tidy(group);
        context.say(&match self.reason {
            Some(_) => format!(
                "customer {code} is held: nothing of theirs is erased until `vault hold {code} --release`"
            ),
            None => format!("customer {code} is held no more"),
        });
        Ok(())
    }
}

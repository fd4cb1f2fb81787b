//! `vault agreement`

pub mod set;
pub mod show;
pub mod sign;
pub mod status;

use super::Context;
use super::error::{CommandError, Kind};
use crate::store::Roster;
use crate::store::roster::Agreement;

/// The confidentiality agreement that everybody signs.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault agreement show\n  vault agreement sign")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum AgreementCommand {
    Set(set::SetArgs),
    Show(show::ShowArgs),
    Sign(sign::SignArgs),
    Status(status::StatusArgs),
}

impl AgreementCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Set(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Sign(arguments) => arguments.run(context),
            Self::Status(arguments) => arguments.run(context),
        }
    }
}

/// The agreement in force.
fn in_force(roster: &Roster) -> Result<&Agreement, CommandError> {
    roster.agreement().ok_or_else(|| {
        CommandError::new(Kind::NotFound, "this store has no agreement")
            .hint("an owner sets one with `vault agreement set FILE`")
    })
}

/// The day of a moment, on this machine's calendar.
fn day(context: &Context, at: jiff::Timestamp) -> String {
    at.to_zoned(context.surroundings.time_zone.clone()).date().to_string()
}

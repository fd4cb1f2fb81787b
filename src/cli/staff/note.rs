//! `vault staff note`

use jiff::civil::Date;

use super::{enrolled, require_owner};
use crate::cli::Context;
use crate::cli::error::{CommandError, Kind};
use crate::cli::values;
use crate::store::ChangeError;
use crate::store::roster::{Fault, NoteKind};
use crate::store::staff::NewNote;

/// Record somebody's screening or training.
///
/// Once the latest of a kind has expired they see no records until a new one is recorded, unless the
/// policy only warns. The text is sealed to owners and auditors; kind and dates are not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault staff note bea --kind screening --on 2026-04-03 --expires 2028-04-03 --text seen\n  vault staff note bea --kind training --on 2026-05-20 --text \"half a day\""
)]
pub struct NoteArgs {
    /// The person's name.
    pub name: String,
    /// What it is: screening or training.
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    pub kind: KindChoice,
    /// The day of it, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub on: Date,
    /// The last day on which it holds [default: it does not end].
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub expires: Option<Date>,
    /// What was found; only owners and auditors can read it (and whoever reads this shell's history).
    #[arg(long, value_parser = values::note)]
    pub text: String,
}

/// `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KindChoice {
    /// Somebody was vetted.
    Screening,
    /// Somebody was taught.
    Training,
}

impl From<KindChoice> for NoteKind {
    fn from(choice: KindChoice) -> Self {
        match choice {
            KindChoice::Screening => Self::Screening,
            KindChoice::Training => Self::Training,
        }
    }
}

impl NoteArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.expires.is_some_and(|expires| expires < self.on) {
            return Err(ChangeError::Refused(Fault::Date).into());
        }
        let today = context.surroundings.local_now().date();
        if self.on > today {
            let message = format!("the day of it, {}, is still to come", self.on);
            return Err(CommandError::new(Kind::Usage, message).hint("record it once it has been"));
        }
        let store = context.store()?;
        let name = enrolled(&store, &self.name)?.member.name.clone();
        let unlocked = context.unlock_for_the_office(store)?;
        require_owner(&unlocked.session, "note on", &name)?;
        let kind = NoteKind::from(self.kind);
        unlocked.session.note_about(&NewNote {
            name: name.clone(),
            kind,
            on: self.on,
            expires: self.expires,
            text: self.text.clone(),
        })?;
        unlocked.tell_notices();
        let roster = unlocked.session.roster();
        let until = roster.active(&name).and_then(|person| person.expiry(kind));
        context.say(&match until {
            Some(day) if day < today => format!("the {kind} of {name} is recorded, and expired on {day}"),
            Some(day) => format!("the {kind} of {name} is recorded and holds until {day}"),
            None => format!("the {kind} of {name} is recorded and does not end"),
        });
        Ok(())
    }
}

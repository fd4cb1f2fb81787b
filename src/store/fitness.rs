//! Who may see records for now: those who signed the agreement in force, and whose screening and training
//! have not expired. Rules of the program, not of cryptography: whoever holds a group's key could open its
//! files with stock age.

use jiff::civil::Date;

use super::name::Name;
use super::roster::{NoteKind, Person, Roster, Strictness};
use super::session::Session;

/// Why somebody may not see records for now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// They have not signed the agreement in force.
    #[error("{person} has not signed version {version} of the agreement")]
    Agreement {
        /// Who.
        person: String,
        /// The version in force.
        version: u32,
    },
    /// A screening or training has expired.
    #[error("the {kind} of {person} expired on {on}")]
    Expired {
        /// Who.
        person: String,
        /// Which.
        kind: NoteKind,
        /// The last day on which it held.
        on: Date,
    },
}

impl Unfit {
    /// What the access log says of it.
    pub(super) fn in_log(&self) -> &'static str {
        match self {
            Self::Agreement { .. } => "agreement not signed",
            Self::Expired { kind: NoteKind::Screening, .. } => "screening expired",
            Self::Expired { kind: NoteKind::Training, .. } => "training expired",
        }
    }
}

/// What stands against somebody's seeing records on the day `today`, by what the policy makes of it.
pub fn against(roster: &Roster, person: &Person, today: Date) -> Vec<(Unfit, Strictness)> {
    let mut found = Vec::new();
    let name = person.member.name.to_string();
    if let Some(agreement) = roster.agreement()
        && person.agreed_to().is_none_or(|agreed| agreed.version != agreement.version)
    {
        let unsigned = Unfit::Agreement { person: name.clone(), version: agreement.version };
        found.push((unsigned, Strictness::Refuse));
    }
    let policy = roster.policy();
    for (kind, strictness) in [(NoteKind::Screening, policy.screening), (NoteKind::Training, policy.training)]
    {
        if let Some(on) = person.expiry(kind).filter(|on| *on < today) {
            found.push((Unfit::Expired { person: name.clone(), kind, on }, strictness));
        }
    }
    found
}

/// Somebody may see records today, as the store at work says.
#[derive(Debug)]
pub struct Fit(Name);

impl Fit {
    /// Whether it is about that person.
    pub(super) fn is_of(&self, person: &Name) -> bool {
        self.0 == *person
    }
}

impl Session {
    /// Says that this person may see records today, or why not.
    pub fn fit(&self) -> Result<Fit, Unfit> {
        self.check_fit()?;
        Ok(Fit(self.person().name.clone()))
    }

    /// What stands against this person's seeing records today.
    pub fn against(&self) -> Vec<(Unfit, Strictness)> {
        let roster = self.roster();
        let today = self.surroundings().local_now().date();
        self.self_in(&roster).map(|person| against(&roster, &person, today)).unwrap_or_default()
    }

    /// Refuses somebody who may not see records.
    pub fn check_fit(&self) -> Result<(), Unfit> {
        match self.against().into_iter().find(|(_, strictness)| *strictness == Strictness::Refuse) {
            Some((unfit, _)) => Err(unfit),
            None => Ok(()),
        }
    }
}

//! `vault staff list`

use serde::Serialize;

use super::{agreement_of, groups_of, to_sign, until};
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::store::roster::NoteKind;
use crate::store::{Person, Roster};

/// List who is enrolled and what they may do; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault staff list\n  vault staff list --json")]
pub struct ListArgs {
    /// One JSON object a person.
    #[arg(long)]
    pub json: bool,
}

/// What everybody may know of a person.
#[derive(Serialize)]
pub(super) struct JsonPerson {
    name: String,
    role: String,
    full_name: Option<String>,
    groups: Vec<String>,
    signed: Option<u32>,
    to_sign: Option<u32>,
    screening: Option<String>,
    training: Option<String>,
}

impl JsonPerson {
    pub(super) fn of(roster: &Roster, person: &Person) -> Self {
        let until = |kind| person.expiry(kind).map(|day| day.to_string());
        Self {
            name: person.member.name.to_string(),
            role: person.member.role.to_string(),
            full_name: person.full_name.clone(),
            groups: roster.opened_by(person).0.iter().map(ToString::to_string).collect(),
            signed: person.agreed_to().map(|agreed| agreed.version),
            to_sign: to_sign(roster, person),
            screening: until(NoteKind::Screening),
            training: until(NoteKind::Training),
        }
    }
}

impl ListArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let roster = store.roster();
        let today = context.surroundings.local_now().date();
        let mut output = context.output(self.json);
        let mut rows = Vec::new();
        for person in roster.staff() {
            if self.json {
                output.object(&JsonPerson::of(roster, person))?;
                continue;
            }
            rows.push(vec![
                person.member.name.to_string(),
                person.member.role.to_string(),
                person.full_name.clone().unwrap_or_default(),
                groups_of(person),
                agreement_of(roster, person),
                until(person, NoteKind::Screening, today),
                until(person, NoteKind::Training, today),
            ]);
        }
        if !self.json {
            let headings = ["Name", "Role", "Full name", "Groups", "Agreement", "Screening", "Training"];
            output.listing(&headings, &rows)?;
        }
        Ok(output.finish()?)
    }
}

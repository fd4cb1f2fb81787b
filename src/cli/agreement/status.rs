//! `vault agreement status`

use serde::Serialize;

use super::day;
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::store::Person;

/// Show who has signed the agreement; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault agreement status\n  vault agreement status --json")]
pub struct StatusArgs {
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonStatus<'roster> {
    version: Option<u32>,
    set: Option<String>,
    sha256: Option<String>,
    people: Vec<JsonPerson<'roster>>,
}

#[derive(Serialize)]
struct JsonPerson<'roster> {
    name: &'roster str,
    /// The last version that they signed.
    signed: Option<u32>,
    at: Option<String>,
}

impl StatusArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let agreement = store.roster().agreement();
        let people: Vec<&Person> = store.roster().staff().collect();
        let mut output = context.output(self.json);
        if self.json {
            let people = people.iter().map(|person| JsonPerson {
                name: person.member.name.as_str(),
                signed: person.agreed_to().map(|agreed| agreed.version),
                at: person.agreed_to().map(|agreed| agreed.at.to_string()),
            });
            output.object(&JsonStatus {
                version: agreement.map(|agreement| agreement.version),
                set: agreement.map(|agreement| agreement.at.to_string()),
                sha256: agreement.map(|agreement| agreement.sha256.to_string()),
                people: people.collect(),
            })?;
            return Ok(output.finish()?);
        }
        let Some(agreement) = agreement else {
            context.say("this store has no agreement: an owner sets one with `vault agreement set FILE`");
            return Ok(output.finish()?);
        };
        let (version, set) = (agreement.version, day(context, agreement.at));
        context.say(&format!("version {version} of the agreement is in force, set on {set}"));
        let rows: Vec<Vec<String>> = people
            .iter()
            .map(|person| {
                let (state, signed, on) = match person.agreed_to() {
                    None => ("not signed", String::new(), String::new()),
                    Some(agreed) => {
                        let state = if agreed.version == version { "signed" } else { "signed an older one" };
                        (state, agreed.version.to_string(), day(context, agreed.at))
                    }
                };
                vec![person.member.name.to_string(), state.to_owned(), signed, on]
            })
            .collect();
        output.table(&["Name", "State", "Version", "On"], &rows)?;
        Ok(output.finish()?)
    }
}

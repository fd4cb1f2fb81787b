//! `vault staff show`

use serde::Serialize;

use super::list::JsonPerson;
use super::{agreement_of, enrolled, groups_of, not_allowed, until};
use crate::access_log::{Action, Event, Outcome, Role};
use crate::cli::Context;
use crate::cli::error::CommandError;
use crate::cli::output::Output;
use crate::store::roster::NoteKind;
use crate::store::{ChangeError, Person, Session};

/// Show all that is known of a person; logged.
///
/// Owners and auditors see everybody, with the texts of screenings and trainings; a clerk sees themself,
/// without the texts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault staff show bea\n  vault staff show bea --json")]
pub struct ShowArgs {
    /// The person's name.
    pub name: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonNote {
    kind: String,
    on: String,
    expires: Option<String>,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Serialize)]
struct JsonAgreed {
    version: u32,
    at: String,
}

#[derive(Serialize)]
struct JsonShown {
    #[serde(flatten)]
    person: JsonPerson,
    enrolled: String,
    identity: String,
    agreed: Vec<JsonAgreed>,
    notes: Vec<JsonNote>,
}

impl ShowArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let name = enrolled(&store, &self.name)?.member.name.clone();
        let unlocked = context.unlock_for_the_office(store)?;
        let session = &unlocked.session;
        let mut event = Event::new(Action::Staff, Outcome::Success);
        event.detail = Some(format!("show {name}"));
        if session.role() == Role::Clerk && session.person().name != name {
            event.outcome = Outcome::Denied;
            unlocked.tell_receipt(&session.log().append(&event)?);
            return Err(not_allowed("only owners and auditors see what is known of others".to_owned())
                .hint("`vault staff list` lists what everybody may know"));
        }
        let roster = session.roster();
        let person =
            roster.active(&name).ok_or_else(|| ChangeError::NoSuchPerson { name: name.to_string() })?;
        let notes = notes_of(session, person)?;
        // Logged before it is shown.
        unlocked.tell_receipt(&session.log().append(&event)?);
        let mut output = context.output(self.json);
        if self.json {
            let agreed = person.agreed.iter();
            output.object(&JsonShown {
                person: JsonPerson::of(&roster, person),
                enrolled: format!("{:.0}", person.enrolled),
                identity: person.member.signer_id(),
                agreed: agreed
                    .map(|agreed| JsonAgreed { version: agreed.version, at: format!("{:.0}", agreed.at) })
                    .collect(),
                notes,
            })?;
        } else {
            show(context, &mut output, session, person, &notes)?;
        }
        Ok(output.finish()?)
    }
}

/// What was recorded, with the texts for those who read the access log.
fn notes_of(session: &Session, person: &Person) -> Result<Vec<JsonNote>, CommandError> {
    let mut notes = Vec::new();
    for note in &person.notes {
        let text = if session.person().reads_log() { Some(session.note_text(note)?) } else { None };
        notes.push(JsonNote {
            kind: note.kind.to_string(),
            on: note.on.to_string(),
            expires: note.expires.map(|day| day.to_string()),
            by: note.by.clone(),
            text,
        });
    }
    Ok(notes)
}

fn show(
    context: &Context,
    output: &mut Output,
    session: &Session,
    person: &Person,
    notes: &[JsonNote],
) -> Result<(), CommandError> {
    let today = context.surroundings.local_now().date();
    let (role, identity) = (person.member.role.to_string(), person.member.signer_id());
    let (groups, agreement) = (groups_of(person), agreement_of(&session.roster(), person));
    let enrolled = person.enrolled.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let (screening, training) =
        (until(person, NoteKind::Screening, today), until(person, NoteKind::Training, today));
    let name = person.member.name.as_str();
    let mut lines = vec![("Name", name), ("Role", role.as_str())];
    lines.extend(person.full_name.as_deref().map(|full_name| ("Full name", full_name)));
    lines.extend([
        ("Groups", groups.as_str()),
        ("Enrolled", &enrolled),
        ("Log-in", &identity),
        ("Agreement", &agreement),
    ]);
    let signed: Vec<String> = person
        .agreed
        .iter()
        .map(|agreed| format!("version {} on {}", agreed.version, agreed.at.strftime("%Y-%m-%d %H:%M UTC")))
        .collect();
    lines.extend(signed.iter().map(|signed| ("Signed", signed.as_str())));
    lines.extend([("Screening", screening.as_str()), ("Training", training.as_str())]);
    let notes: Vec<String> = notes.iter().map(in_words).collect();
    lines.extend(notes.iter().map(|note| ("Note", note.as_str())));
    lines.retain(|(_, value)| !value.is_empty());
    output.card(name, &lines)?;
    Ok(())
}

/// `screening on 2026-04-03, expires 2028-04-03, by olga.1: certificate seen`
fn in_words(note: &JsonNote) -> String {
    let JsonNote { kind, on, expires, by, text } = note;
    let end = expires.as_ref().map_or(String::new(), |expires| format!(", expires {expires}"));
    let text = text.as_ref().map_or(String::new(), |text| format!(": {text}"));
    format!("{kind} on {on}{end}, by {by}{text}")
}

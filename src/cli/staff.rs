//! `vault staff`

pub mod add;
pub mod grant;
pub mod list;
pub mod note;
pub mod remove;
pub mod reset;
pub mod revoke;
pub mod show;

use jiff::civil::Date;

use super::Context;
use super::error::{CommandError, Kind};
use crate::access_log::{Action, Event, Outcome, Role};
use crate::store::roster::{Member, NoteKind};
use crate::store::{ChangeError, Name, Person, Roster, Session, Store};

/// Enrol people, say what they may open, record screenings, let them go.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault staff add bea --role clerk --group private\n  vault staff list")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum StaffCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Grant(grant::GrantArgs),
    Revoke(revoke::RevokeArgs),
    Reset(reset::ResetArgs),
    Remove(remove::RemoveArgs),
    Note(note::NoteArgs),
}

impl StaffCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Add(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Show(arguments) => arguments.run(context),
            Self::Grant(arguments) => arguments.run(context),
            Self::Revoke(arguments) => arguments.run(context),
            Self::Reset(arguments) => arguments.run(context),
            Self::Remove(arguments) => arguments.run(context),
            Self::Note(arguments) => arguments.run(context),
        }
    }
}

/// Somebody who is enrolled: asked for before the passphrase.
fn enrolled<'store>(store: &'store Store, name: &str) -> Result<&'store Person, CommandError> {
    let person = store.roster().staff().find(|person| person.member.name.as_str() == name);
    person.ok_or_else(|| ChangeError::NoSuchPerson { name: name.to_owned() }.into())
}

/// A clerk who is enrolled: nobody else has grants.
fn enrolled_clerk<'store>(store: &'store Store, name: &str) -> Result<&'store Person, CommandError> {
    let person = enrolled(store, name)?;
    let Member { name, role, .. } = &person.member;
    if *role == Role::Clerk {
        return Ok(person);
    }
    let message = format!("{name} is {}, and grants are for clerks", with_article(*role));
    Err(CommandError::new(Kind::Failed, message).hint("owners open every group, auditors open none"))
}

/// Refuses and logs whoever is no owner, before anything more is asked for.
fn require_owner(session: &Session, what: &str, name: &Name) -> Result<(), CommandError> {
    let mut event = Event::new(Action::Staff, Outcome::Success);
    event.detail = Some(format!("{what} {name}"));
    Ok(session.require_owner(&event)?)
}

/// The words that somebody who knows a person would try first.
pub(super) fn words_of(full_name: Option<&str>) -> Vec<&str> {
    let parts = full_name.unwrap_or_default().split(|character: char| !character.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).collect()
}

/// What is said to whoever sits at the terminal before somebody else types their passphrase there.
fn hand_over(name: &Name) -> String {
    format!("\nNow {name} chooses a passphrase and types it, unseen by anybody else.\n")
}

/// What somebody may open, in words. No name of a group has brackets.
fn groups_of(person: &Person) -> String {
    match person.member.role {
        Role::Owner => "(all)".to_owned(),
        Role::Auditor => String::new(),
        Role::Clerk => person.granted().map(Name::as_str).collect::<Vec<_>>().join(", "),
    }
}

/// The version of the agreement that somebody still has to sign.
fn to_sign(roster: &Roster, person: &Person) -> Option<u32> {
    let version = roster.agreement()?.version;
    person.agreed_to().is_none_or(|agreed| agreed.version != version).then_some(version)
}

/// Whether somebody signed the agreement, in words.
fn agreement_of(roster: &Roster, person: &Person) -> String {
    match (person.agreed_to(), to_sign(roster, person)) {
        (_, None) if roster.agreement().is_none() => "none set".to_owned(),
        (Some(agreed), None) => format!("signed {}", agreed.version),
        (Some(agreed), Some(version)) => format!("signed {}, not {version}", agreed.version),
        (None, _) => "not signed".to_owned(),
    }
}

/// Until when a screening or training holds, in words.
fn until(person: &Person, kind: NoteKind, today: Date) -> String {
    match person.expiry(kind) {
        Some(day) if day < today => format!("expired {day}"),
        Some(day) => day.to_string(),
        None if person.notes.iter().any(|note| note.kind == kind) => "no end".to_owned(),
        None => String::new(),
    }
}

/// Not for this person: exit 3.
fn not_allowed(message: String) -> CommandError {
    CommandError::new(Kind::NotAllowed, message)
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Clerk => "a clerk",
        Role::Auditor => "an auditor",
    }
}

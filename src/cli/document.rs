//! `vault document`

pub mod add;
pub mod get;
pub mod list;
pub mod remove;

use super::Context;
use super::error::CommandError;
use super::unlock::Unlocked;
use crate::access_log::{Action, Event, Outcome};
use crate::group::document::DocumentError;

/// Attach documents to a customer, list them, take them out, remove them.
#[derive(Debug, clap::Subcommand)]
#[command(
    after_help = "Examples:\n  vault document add 4T-7K3M-Q9TD passport.pdf\n  vault document list 4T-7K3M-Q9TD"
)]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum DocumentCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Get(get::GetArgs),
    Remove(remove::RemoveArgs),
}

impl DocumentCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Add(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context),
            Self::Get(arguments) => arguments.run(context),
            Self::Remove(arguments) => arguments.run(context),
        }
    }
}

/// Logs that a code named nobody, or a name no document: that tells something too.
fn miss<T>(unlocked: &Unlocked<'_>, group: &str, done: Result<T, DocumentError>) -> Result<T, CommandError> {
    match done {
        Err(DocumentError::Change(error)) => unlocked.log_miss(Action::Document, group, Err(error)),
        Err(error @ DocumentError::NoSuchDocument(code)) => {
            let mut event = Event::new(Action::Document, Outcome::Failure);
            event.group = Some(group.to_owned());
            event.customer = Some(code.to_string());
            event.detail = Some("no such document".to_owned());
            unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
            Err(error.into())
        }
        done => Ok(done?),
    }
}

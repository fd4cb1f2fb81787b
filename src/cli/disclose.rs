//! `vault disclose`

mod json;
mod text;

use std::io::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;

use super::Context;
use super::bar::Bar;
use super::error::{CommandError, Kind};
use super::log;
use super::out_file::{Hashed, OutFile};
use super::unlock::{Unlocked, group_of_code};
use crate::access_log::entry::Entry;
use crate::access_log::reading::{Filter, Row};
use crate::access_log::{Action, Event, Outcome, Role};
use crate::group::code::CustomerCode;
use crate::group::disclose::Disclosure;
use crate::sealed::lock::Mode;

/// Write all that is stored of one customer, and who looked at it, for the customer.
///
/// The file is not sealed: give it to the customer and to nobody else, then remove it. For owners only, who alone
/// open both the records and the access log.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault disclose 4T-7K3M-Q9TD -o anna.txt --reason \"asked for on 3 May\"\n  vault disclose 4T-7K3M-Q9TD -o anna.json --json --reason \"asked for on 3 May\""
)]
pub struct DiscloseArgs {
    /// The customer code.
    pub code: String,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Why; logged.
    #[arg(long, value_name = "T", value_parser = super::values::reason)]
    pub reason: String,
    /// Write JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What is written: the customer, and the entries of the access log about them.
struct Told {
    disclosure: Disclosure,
    accesses: Vec<Row>,
    /// The newest entry that was looked at.
    up_to: u64,
}

impl DiscloseArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        OutFile::check(&self.output, &context.store_folder()?)?;
        let store = context.store()?;
        let name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        if unlocked.session.role() != Role::Owner {
            return Err(self.refused(&unlocked, code, &name)?);
        }
        let held = unlocked.terminal.hold_signals();
        let group = unlocked.open(&name, Mode::Shared)?;
        let found = group.disclose(code, &self.reason);
        let unlogged = unlocked.log_miss(Action::Disclose, &name, found)?;
        drop(group);
        let (disclosure, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let written = accesses(context, &unlocked, disclosure).and_then(|told| {
            if let Some(ending) = held.ending() {
                return Err(ending.into());
            }
            self.write(context, &unlocked, &told)?;
            Ok(!told.disclosure.documents.is_empty())
        });
        let has_documents = written.inspect_err(|_| {
            // What went wrong is what the person must hear.
            let event = Event { outcome: Outcome::Failure, ..self.event(code, &name) };
            let _ = unlocked.session.log().append(&event);
        })?;
        let file = self.output.display();
        context.say(&format!("all that is stored of {code} is in {file}"));
        if has_documents {
            context.say(&format!(
                "documents are only listed in it: `vault document get {code} NAME -o FILE` gives each of them"
            ));
        }
        context.warn(&format!("nothing seals {file}: give it to the customer, then remove it"));
        Ok(())
    }

    fn event(&self, code: CustomerCode, group: &str) -> Event {
        let mut event = Event::new(Action::Disclose, Outcome::Success);
        event.group = Some(group.to_owned());
        event.customer = Some(code.to_string());
        event.reason = Some(self.reason.clone());
        event
    }

    fn refused(
        &self,
        unlocked: &Unlocked<'_>,
        code: CustomerCode,
        group: &str,
    ) -> Result<CommandError, CommandError> {
        let mut event = Event { outcome: Outcome::Denied, ..self.event(code, group) };
        event.detail = Some("not an owner".to_owned());
        unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
        let person = &unlocked.session.person().name;
        let message =
            format!("{person} is no owner, who alone may disclose a record with its access history");
        Ok(CommandError::new(Kind::NotAllowed, message).hint("ask an owner who has a grant for the group"))
    }

    /// Writes the file, then the entry with its SHA-256, and only then gives it its name.
    fn write(&self, context: &Context, unlocked: &Unlocked<'_>, told: &Told) -> Result<(), CommandError> {
        let text = if self.json { json::of(told)? } else { text::of(told) };
        let mut file = OutFile::begin(&self.output, &*context.surroundings.random)?;
        let mut hashed = Hashed::new(&mut file);
        let done = hashed.write_all(text.as_bytes());
        let sha256 = hashed.sha256();
        done.map_err(|error| file.failed(&error))?;
        file.flush_to_disk()?;
        let mut event = self.event(told.disclosure.code, &told.disclosure.group);
        event.detail = Some(format!("written; SHA-256 {sha256}"));
        unlocked.session.log().append(&event)?;
        OutFile::name(&mut [file])
    }
}

/// Reads the access log for what it says of the customer: that it is read is in it as well.
fn accesses(
    context: &Context,
    unlocked: &Unlocked<'_>,
    disclosure: Disclosure,
) -> Result<Told, CommandError> {
    let filter = Filter { customer: Some(disclosure.code.to_string()), ..Filter::default() };
    let reading = log::read(unlocked, &log::event("disclose", &filter))?;
    let bar = Bar::new(context);
    let mut accesses = Vec::new();
    reading.reader(log::threads()).each(
        reading.extent(),
        &|done, total| bar.reached("reading", done, total),
        |opened| {
            let entry = &opened.entry;
            let wanted = filter.lets_through(entry) || exported_with_all(entry, &disclosure);
            wanted.then(|| Row::from(opened))
        },
        |row| {
            accesses.push(row);
            Ok::<_, CommandError>(())
        },
    )?;
    Ok(Told { accesses, up_to: reading.head().seq, disclosure })
}

/// Whether it tells of an export of the whole group since the customer is in it.
fn exported_with_all(entry: &Entry, disclosure: &Disclosure) -> bool {
    let since = entry.time.parse().map_or(true, |at: Timestamp| at >= disclosure.created);
    entry.action == Action::Export
        && entry.outcome == Outcome::Success
        && entry.customer.is_none()
        && entry.group.as_deref() == Some(disclosure.group.as_str())
        && since
        && !entry.detail.as_deref().is_some_and(|detail| detail.starts_with("written; "))
}

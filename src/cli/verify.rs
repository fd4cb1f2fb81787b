//! `vault verify`

use indicatif::HumanBytes;

use super::Context;
use super::bar::Bar;
use super::error::{CommandError, Kind};
use super::output::Form;
use super::unlock::{Unlocked, known_group};
use crate::access_log::{Action, Event, Outcome};
use crate::group::upkeep::Verified;
use crate::sealed::lock::Mode;

/// Check every page, record and signature of a group, or of all.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault verify\n  vault verify private")]
pub struct VerifyArgs {
    /// The group's name [default: every group that you may open].
    pub group: Option<String>,
}

impl VerifyArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        if let Some(name) = &self.group {
            known_group(&store, name)?;
        }
        let unlocked = context.unlock(store)?;
        let names = unlocked.groups(self.group.as_deref());
        verify_roster(&unlocked)?;
        if names.is_empty() {
            context.say("the roster is sound; there is no group that you may open");
        }
        let mut output = context.output(false);
        let exact = output.form() == Form::Separated;
        let (mut rows, mut bad) = (Vec::new(), Vec::new());
        for name in &names {
            let verified = verify(context, &unlocked, name);
            log(&unlocked, name, &verified)?;
            match verified {
                Ok(verified) => rows.push(row(name, &verified, exact)),
                Err(error) => {
                    let result = if error.kind() == Kind::Damaged { "DAMAGED" } else { "not checked" };
                    rows.push([name, result, "", "", "", ""].map(str::to_owned).to_vec());
                    bad.push(error);
                }
            }
        }
        output.table(&["Group", "Result", "Customers", "Records in log", "Size", "Documents"], &rows)?;
        output.finish()?;
        all_told(context, names.len(), bad)
    }
}

/// A change of people or rights of which the access log knows nothing.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the roster names entry {entry} of the access log, which is not there")]
struct NoEntry {
    /// Counted from 1, as an editor does.
    line: u64,
    entry: u64,
}

/// Opening the store has checked the roster's signatures; here, that each line's entry is in the log.
fn verify_roster(unlocked: &Unlocked<'_>) -> Result<(), CommandError> {
    let log = unlocked.session.log();
    for (seq, entry) in unlocked.session.roster().entries() {
        if !log.holds(entry)? {
            let mut event = Event::new(Action::Verify, Outcome::Failure);
            event.detail = Some("roster".to_owned());
            log.append(&event)?;
            return Err(CommandError::damaged(&NoEntry { line: seq + 1, entry: entry.seq }));
        }
    }
    Ok(())
}

/// Every bad group is reported.
fn all_told(context: &Context, groups: usize, bad: Vec<CommandError>) -> Result<(), CommandError> {
    let (colour, environment) = (context.everywhere.color, &context.environment);
    let in_words = |bad| format!("{bad} of {groups} groups did not verify");
    CommandError::sum_of(bad, colour, environment, in_words).map_or(Ok(()), Err)
}

fn verify(context: &Context, unlocked: &Unlocked<'_>, name: &str) -> Result<Verified, CommandError> {
    let group = unlocked.open(name, Mode::Shared).map_err(|error| error.in_group(name))?;
    let bar = Bar::new(context);
    let progress = |done, total| bar.reached("reading", done, total);
    let verified = group
        .verify(unlocked.session.log(), &progress)
        .map_err(|error| CommandError::from(error).in_group(name))?;
    drop(group);
    if verified.strays > 0 {
        sweep(context, unlocked, name)?;
    }
    Ok(verified)
}

/// Removes sealed documents that belong to nobody. A store that can't be changed is sound all the same.
fn sweep(context: &Context, unlocked: &Unlocked<'_>, name: &str) -> Result<(), CommandError> {
    let group = unlocked.open(name, Mode::Exclusive).map_err(|error| error.in_group(name))?;
    match group.sweep_documents() {
        Ok(0) => {}
        Ok(strays) => {
            let (files, were) = if strays == 1 { ("file", "was") } else { ("files", "were") };
            context.say(&format!("group {name}: {strays} sealed {files} that a crash left {were} removed"));
        }
        Err(error) => context.warn(CommandError::from(error).in_group(name).message()),
    }
    Ok(())
}

fn log(
    unlocked: &Unlocked<'_>,
    name: &str,
    verified: &Result<Verified, CommandError>,
) -> Result<(), CommandError> {
    let outcome = if verified.is_ok() { Outcome::Success } else { Outcome::Failure };
    let mut event = Event::new(Action::Verify, outcome);
    event.group = Some(name.to_owned());
    event.count = verified.as_ref().ok().map(|verified| verified.customers);
    match unlocked.session.log().append(&event) {
        // What was found is told even where it can't be logged.
        Err(error) if verified.is_ok() => Err(error.into()),
        _ => Ok(()),
    }
}

fn row(name: &str, verified: &Verified, exact: bool) -> Vec<String> {
    let Verified { bytes, customers, records, documents, .. } = verified;
    let size = if exact { bytes.to_string() } else { HumanBytes(*bytes).to_string() };
    vec![
        name.to_owned(),
        "ok".to_owned(),
        customers.to_string(),
        records.to_string(),
        size,
        documents.to_string(),
    ]
}

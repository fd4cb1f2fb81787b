//! `vault log`

pub mod export;
pub mod filters;
pub mod head;
pub mod report;
pub mod show;
pub mod verify;
mod verify_export;

use std::num::NonZeroUsize;
use std::thread;

use super::Context;
use super::error::CommandError;
use super::unlock::Unlocked;
use crate::access_log::entry::Opened;
use crate::access_log::reading::{Extent, Filter};
use crate::access_log::{Action, Event, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::store::LogReading;

/// Who did what, when, to which customer: for owners and auditors.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  vault log show --since 7d\n  vault log verify")]
#[allow(missing_docs, reason = "a doc comment here would hide the command's own help")]
pub enum LogCommand {
    Show(show::ShowArgs),
    Export(export::ExportArgs),
    Verify(verify::VerifyArgs),
    Report(report::ReportArgs),
    Head(head::HeadArgs),
}

impl LogCommand {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Show(arguments) => arguments.run(context),
            Self::Export(arguments) => arguments.run(context),
            Self::Verify(arguments) => arguments.run(context),
            Self::Head(arguments) => arguments.run(context),
            Self::Report(arguments) => arguments.run(context),
        }
    }
}

/// What the access log says of somebody who reads it: `show; since …`.
pub(super) fn event(what: &str, filter: &Filter) -> Event {
    let mut event = Event::new(Action::Log, Outcome::Success);
    // In their own columns, so that the log can be searched for who looked for whom.
    event.customer.clone_from(&filter.customer);
    let words = filter.in_words();
    event.detail = Some(if words.is_empty() { what.to_owned() } else { format!("{what}; {words}") });
    event
}

/// Opens the log for somebody who may read it; that they do is in it when this returns.
pub(super) fn read(unlocked: &Unlocked<'_>, event: &Event) -> Result<LogReading, CommandError> {
    let reading = unlocked.session.read_log(event)?;
    unlocked.tell_receipt(reading.receipt());
    Ok(reading)
}

/// The stretch of the log in which all stands that a filter lets through: from the month of `since` on, and
/// with a limit from the oldest entry that still counts. That one is sought backwards.
pub(super) fn stretch(
    reading: &LogReading,
    filter: &Filter,
    progress: Progress<'_>,
) -> Result<Extent, CommandError> {
    let mut extent = reading.extent().clone();
    if let Some(since) = filter.since {
        extent = extent.since(since);
    }
    let Some(limit) = filter.limit else { return Ok(extent) };
    let seq = |opened: Opened| filter.lets_through(&opened.entry).then_some(opened.entry.seq);
    let newest = reading.reader(threads()).newest(&extent, limit, progress, seq)?;
    match newest.first() {
        Some(first) => Ok(reading.part(*first, u64::MAX)?),
        None => Ok(extent),
    }
}

/// As many threads as this machine runs side by side.
pub(super) fn threads() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

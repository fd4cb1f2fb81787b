//! `vault log report`

mod html;
mod page;
mod sections;
mod text;
mod words;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Write as _;
use std::path::PathBuf;

use jiff::Zoned;

use self::page::Page;
use super::super::Context;
use super::super::bar::Bar;
use super::super::error::CommandError;
use super::super::out_file::OutFile;
use super::filters::FilterArgs;
use crate::access_log::reading::{Extent, Filter};
use crate::access_log::report::{Calendar, Fact, Report};
use crate::store::LogReading;
use crate::store::roster::OfficeHours;

/// Show on one page who looked at whom, at what hours, and who read unusually many.
///
/// With --customer, who looked at that customer, which fields they revealed and why; with --staff, whom
/// that person opened. Days and hours are those of this machine's time zone. Records shown are what lookups,
/// searches, histories and exports showed. A person's day is unusual with 20 of them or more, if that is more
/// than three times the median of all other such days.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault log report --customer 4T-7K3M-Q9TD\n  vault log report --staff bea --since 30d -o bea.html"
)]
pub struct ReportArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Try other office hours than the policy's, such as mon-fri,08:00-18:00.
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<OfficeHours>,
    /// Write a page for a browser, with plots, to this new file.
    #[arg(short, long, value_name = "FILE.html")]
    pub output: Option<PathBuf>,
}

/// The hours that a report goes by.
struct Hours {
    hours: Option<OfficeHours>,
    /// Whether `--hours` gave them.
    tried: bool,
}

impl ReportArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if let Some(path) = &self.output {
            context.check_file(path)?;
            OutFile::check(path, &context.store_folder()?)?;
        }
        let store = context.store()?;
        let id = store.store_id().to_string();
        let filter = self.filter.filter(context, store.roster())?;
        let unlocked = context.unlock(store)?;
        let reading = super::read(&unlocked, &super::event("report", &filter))?;
        let policy = unlocked.session.roster().policy().office_hours.0;
        let hours = Hours { hours: self.hours.or(policy), tried: self.hours.is_some() };
        let report = gather(context, &reading, &filter, hours.hours)?;
        let zone = context.surroundings.time_zone.iana_name();
        let page = Page::of(
            &report,
            &page::About { filter: &filter, hours: &hours, id: &id, head: reading.head(), zone },
        );
        let Some(path) = &self.output else {
            let mut output = context.output(false);
            text::write(&mut output, &page)?;
            return Ok(output.finish()?);
        };
        let mut file = OutFile::begin(path, &*context.surroundings.random)?;
        file.write_all(html::document(&page, &report).as_bytes()).map_err(|error| file.failed(&error))?;
        file.flush_to_disk()?;
        OutFile::name(&mut [file])?;
        context.say(&format!("the report is in {}", path.display()));
        Ok(())
    }
}

/// Reads the log. What the filter lets through becomes a report.
fn gather(
    context: &Context,
    reading: &LogReading,
    filter: &Filter,
    hours: Option<OfficeHours>,
) -> Result<Report, CommandError> {
    let bar = Bar::new(context);
    let mut report = Report::about(filter);
    let begin = match filter.limit {
        Some(limit) => match nth_newest(&bar, reading, filter, limit)? {
            Some(first) => first,
            None => return Ok(report),
        },
        None => 1,
    };
    let is_outside = |at: &Zoned| hours.is_some_and(|hours| !hours.include(at));
    let zone = context.surroundings.time_zone.clone();
    let calendar = Calendar { zone, is_outside: Some(&is_outside) };
    let end = reading.head().seq.saturating_add(1);
    let extent = reading.part(begin, end)?;
    read(
        &bar,
        "reading",
        reading,
        &extent,
        filter,
        |entry| Fact::of(entry, &calendar),
        |fact| report.take(fact),
    )?;
    Ok(report)
}

/// The first of the newest `limit` entries that the filter lets through. Their numbers are all that is kept
/// of them.
fn nth_newest(
    bar: &Bar<'_>,
    reading: &LogReading,
    filter: &Filter,
    limit: u64,
) -> Result<Option<u64>, CommandError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut newest = VecDeque::new();
    read(
        bar,
        "looking for the newest",
        reading,
        reading.extent(),
        filter,
        |entry| entry.seq,
        |seq| {
            if newest.len() == limit {
                newest.pop_front();
            }
            newest.push_back(seq);
        },
    )?;
    Ok(newest.front().copied())
}

fn read<T: Send>(
    bar: &Bar<'_>,
    what: &'static str,
    reading: &LogReading,
    extent: &Extent,
    filter: &Filter,
    work: impl Fn(crate::access_log::Entry) -> T + Sync,
    take: impl FnMut(T),
) -> Result<(), CommandError> {
    let take = RefCell::new(take);
    let done = reading.reader(super::threads()).each(
        extent,
        &|done, total| bar.reached(what, done, total),
        |opened| filter.lets_through(&opened.entry).then(|| work(opened.entry)),
        |made| {
            (take.borrow_mut())(made);
            Ok::<_, CommandError>(())
        },
    );
    bar.clear();
    done
}

//! `vault log report`

mod html;
mod page;
mod sections;
mod text;
mod words;

use std::io::Write as _;
use std::path::PathBuf;

use jiff::Zoned;

use self::page::Page;
use super::super::Context;
use super::super::bar::Bar;
use super::super::error::CommandError;
use super::super::out_file::OutFile;
use super::filters::FilterArgs;
use crate::access_log::reading::Filter;
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
    let is_outside = |at: &Zoned| hours.is_some_and(|hours| !hours.include(at));
    let zone = context.surroundings.time_zone.clone();
    let calendar = Calendar { zone, is_outside: Some(&is_outside) };
    let extent = super::stretch(reading, filter, &|done, total| bar.reached("looking", done, total))?;
    reading.reader(super::threads()).each(
        &extent,
        &|done, total| bar.reached("reading", done, total),
        |opened| filter.lets_through(&opened.entry).then(|| Fact::of(opened.entry, &calendar)),
        |fact| {
            report.take(fact);
            Ok::<_, CommandError>(())
        },
    )?;
    Ok(report)
}

//! `vault log show`

mod table;

use std::io::{self, IsTerminal};

use super::super::Context;
use super::super::bar::Bar;
use super::super::error::{CommandError, Kind};
use super::super::output::{Form, Output};
use super::filters::FilterArgs;
use super::{event, read, stretch, threads};
use crate::access_log::Outcome;
use crate::access_log::entry::Opened;
use crate::access_log::reading::{COLUMNS, Filter, Row};
use crate::store::LogReading;

/// How many entries a terminal gets unless `--limit` tells.
const USUAL: u64 = 50;
/// As many are kept in memory; of more, only where the first one stands.
const KEPT: usize = 5_000;

/// Show who did what, when, to which customer.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show who did what, when, to which customer.\n\nOldest first; on a terminal the newest 50 unless --limit tells, elsewhere all. Each reading leaves two entries itself: `show` before anything is read, `shown` with the count of what was given out. Who is neither owner nor auditor is refused, and that is logged.",
    after_help = "Examples:\n  vault log show --since 7d --staff bea\n  vault log show --customer 4T-7K3M-Q9TD --json"
)]
pub struct ShowArgs {
    #[command(flatten)]
    filters: FilterArgs,
    /// One JSON object an entry.
    #[arg(long)]
    pub json: bool,
}

impl ShowArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let filter = self.filters.filter(context, store.roster())?;
        let unlocked = context.unlock(store)?;
        let reading = read(&unlocked, &event("show", &filter))?;
        let mut sheet = Sheet::new(context, self.json);
        let shown = sheet.fill(&reading, &filter);
        let mut after = event("shown", &filter);
        after.count = Some(sheet.given);
        let failed = shown.as_ref().is_err_and(|error| error.kind() != Kind::OutputClosed);
        if failed {
            after.outcome = Outcome::Failure;
        }
        let logged = unlocked.session.log().append(&after);
        if !failed {
            logged?;
        }
        shown
    }
}

/// Where the entries go, and how many went there.
struct Sheet<'context> {
    context: &'context Context,
    output: Output,
    /// Those that are to be drawn together.
    page: Vec<Row>,
    given: u64,
}

impl<'context> Sheet<'context> {
    fn new(context: &'context Context, json: bool) -> Self {
        Self { context, output: context.output(json), page: Vec::new(), given: 0 }
    }

    fn is_drawn(&self) -> bool {
        matches!(self.output.form(), Form::Drawn { .. })
    }

    fn fill(&mut self, reading: &LogReading, filter: &Filter) -> Result<(), CommandError> {
        let usual = self.is_drawn() && filter.limit.is_none();
        // One more than is shown, to know whether there is one.
        let limit = if usual { Some(USUAL + 1) } else { filter.limit };
        // A bar and what is shown never share a terminal; a drawing begins when all is read.
        let bar = Bar::new(self.context);
        let with_bar = self.is_drawn() || !io::stdout().is_terminal();
        let progress = |done, total| {
            if with_bar {
                bar.reached("reading", done, total);
            }
        };
        let reader = reading.reader(threads());
        let wanted = |opened: Opened| filter.lets_through(&opened.entry).then(|| Row::from(opened));
        let mut more = false;
        match limit {
            Some(limit) if limit <= KEPT as u64 => {
                let newest = Filter { limit: None, ..filter.clone() };
                let extent = stretch(reading, &newest, &progress)?;
                let mut rows = reader.newest(&extent, limit, &progress, wanted)?;
                bar.clear();
                if usual && rows.len() as u64 > USUAL {
                    rows.remove(0);
                    more = true;
                }
                rows.into_iter().try_for_each(|row| self.give(row))?;
            }
            _ => {
                let extent = stretch(reading, filter, &progress)?;
                reader.each(&extent, &progress, wanted, |row| self.give(row))?;
                bar.clear();
            }
        }
        self.draw()?;
        self.output.flush()?;
        if self.given == 0 {
            self.context.say(if filter.is_empty() { "no entry" } else { "no entry matches" });
        } else if more {
            let total = if filter.is_empty() { format!(" of {}", reading.head().seq) } else { String::new() };
            let what = if filter.is_empty() { "" } else { " that match" };
            self.context.say(&format!("the newest {USUAL}{total} entries{what}; --limit N shows more"));
        }
        Ok(())
    }

    fn give(&mut self, row: Row) -> Result<(), CommandError> {
        if !self.is_drawn() {
            self.given += 1;
        }
        match self.output.form() {
            Form::Json => self.output.object(&row)?,
            Form::Separated => self.output.table(&COLUMNS, &[row.cells().to_vec()])?,
            Form::Plain => {
                let cells = row.cells();
                let lines = COLUMNS.into_iter().zip(cells.iter().map(String::as_str));
                let lines: Vec<_> = lines.filter(|(_, cell)| !cell.is_empty()).collect();
                self.output.card("", &lines)?;
            }
            Form::Drawn { .. } => {
                self.page.push(row);
                if self.page.len() >= KEPT {
                    self.draw()?;
                }
            }
        }
        Ok(())
    }

    /// Draws what came since the last time.
    fn draw(&mut self) -> Result<(), CommandError> {
        let page = std::mem::take(&mut self.page);
        if page.is_empty() {
            return Ok(());
        }
        self.given += page.len() as u64;
        let (headings, rows) = table::rows(&page, &self.context.surroundings.time_zone);
        Ok(self.output.listing(&headings.each_ref().map(String::as_str), &rows)?)
    }
}

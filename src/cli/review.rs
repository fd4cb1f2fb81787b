//! `vault review`

use jiff::Timestamp;
use serde::Serialize;

use super::Context;
use super::bar::Bar;
use super::customer::{show_card, time};
use super::erase::confirm_and_erase;
use super::error::{CommandError, Kind};
use super::output::Form;
use super::unlock::{Unlocked, group_of_code, known_group};
use super::values;
use crate::access_log::{Action, Event, Outcome};
use crate::group::code::CustomerCode;
use crate::group::review::{ReviewError, Standing};
use crate::group::view::Shown;
use crate::sealed::lock::Mode;

/// List what is due for review or kept for too long, or note a review.
///
/// WHAT is a group, whose list is shown, or a customer code with --done.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "Examples:\n  vault review private --due\n  vault review 4T-7K3M-Q9TD --done")]
pub struct ReviewArgs {
    /// A group, or a customer code.
    #[arg(value_name = "GROUP|CODE")]
    pub what: String,
    /// Only customers whose review is due, or of whom something is kept for too long.
    #[arg(long, conflicts_with = "done")]
    pub due: bool,
    /// Ask about each of them in turn: keep, drop what is kept for too long, or erase.
    #[arg(long, conflicts_with_all = ["done", "json"])]
    pub each: bool,
    /// The customer was reviewed.
    #[arg(long, conflicts_with = "json")]
    pub done: bool,
    /// One JSON object a customer.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonStanding<'standing> {
    code: String,
    group: &'standing str,
    due: String,
    overdue: bool,
    outlived: &'standing [String],
    held: bool,
    reviewed: Option<String>,
}

impl ReviewArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.done {
            let code = CustomerCode::parse(&self.what)?;
            let store = context.store()?;
            let name = group_of_code(&store, code)?;
            return note(context, &context.unlock(store)?, &name, code);
        }
        let store = context.store()?;
        if CustomerCode::parse(&self.what).is_ok() {
            return Err(CommandError::new(Kind::Usage, "a customer code goes with --done")
                .hint(format!("`vault review {} --done`, or a group to list what is due", self.what)));
        }
        known_group(&store, &self.what)?;
        let unlocked = context.unlock(store)?;
        let now = context.surroundings.clock.now();
        let standings = self.list(&unlocked, self.due || self.each, now)?;
        if self.each {
            return Walk { context, unlocked: &unlocked, group: &self.what }.walk(&standings, now);
        }
        self.show(context, &standings)?;
        if standings.is_empty() && !self.json {
            let none = if self.due { "nothing is due in group" } else { "there is no customer in group" };
            context.say(&format!("{none} {}", self.what));
        }
        Ok(())
    }

    fn list(
        &self,
        unlocked: &Unlocked<'_>,
        only_due: bool,
        now: Timestamp,
    ) -> Result<Vec<Standing>, CommandError> {
        let found = unlocked.open(&self.what, Mode::Shared)?.review(only_due, now);
        let unlogged = found.map_err(|error| CommandError::from(error).in_group(&self.what))?;
        let (standings, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        Ok(standings)
    }

    fn show(&self, context: &Context, standings: &[Standing]) -> Result<(), CommandError> {
        let mut output = context.output(self.json);
        let exact = output.form() == Form::Separated;
        let mut rows = Vec::new();
        for standing in standings {
            if self.json {
                output.object(&JsonStanding {
                    code: standing.code.to_string(),
                    group: &self.what,
                    due: standing.due.to_string(),
                    overdue: standing.overdue,
                    outlived: &standing.outlived,
                    held: standing.held,
                    reviewed: standing.reviewed.map(|at| at.to_string()),
                })?;
                continue;
            }
            let due = match (standing.overdue, exact) {
                (true, false) => format!("{} (due)", standing.due),
                _ => standing.due.to_string(),
            };
            let name = standing.name.as_ref().map(Shown::text).unwrap_or_default().to_owned();
            let held = if standing.held { "held" } else { "" }.to_owned();
            rows.push(vec![standing.code.to_string(), name, due, standing.outlived.join(", "), held]);
        }
        if !rows.is_empty() {
            output.table(&["Code", "Name", "Review", "Kept too long", "Hold"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

fn note(
    context: &Context,
    unlocked: &Unlocked<'_>,
    group: &str,
    code: CustomerCode,
) -> Result<(), CommandError> {
    let mut opened = unlocked.open(group, Mode::Exclusive)?;
    let done = opened.reviewed(code, unlocked.session.log(), context.surroundings.clock.now());
    let next = logged(unlocked, group, code, done)?;
    unlocked.tidy(opened);
    context.say(&format!("customer {code} is reviewed; the next review is due on {next}"));
    Ok(())
}

/// Logs that a code named nobody: that tells something too.
fn logged<T>(
    unlocked: &Unlocked<'_>,
    group: &str,
    code: CustomerCode,
    done: Result<T, ReviewError>,
) -> Result<T, CommandError> {
    if let Err(ReviewError::NoSuchCustomer(_)) = &done {
        let mut event = Event::new(Action::Review, Outcome::Failure);
        event.group = Some(group.to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some("no such customer".to_owned());
        unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
    }
    Ok(done?)
}

/// One after the other, at the terminal. Nothing is locked while somebody thinks.
struct Walk<'a> {
    context: &'a Context,
    unlocked: &'a Unlocked<'a>,
    group: &'a str,
}

impl Walk<'_> {
    fn walk(&self, standings: &[Standing], now: Timestamp) -> Result<(), CommandError> {
        if standings.is_empty() {
            self.context.say(&format!("nothing is due in group {}", self.group));
        }
        for (place, standing) in standings.iter().enumerate() {
            if !self.one(standing, (place + 1, standings.len()), now)? {
                break;
            }
        }
        Ok(())
    }

    /// Asks about one customer; `false` to go no further.
    fn one(
        &self,
        standing: &Standing,
        (place, of): (usize, usize),
        now: Timestamp,
    ) -> Result<bool, CommandError> {
        let code = standing.code;
        let found = self.unlocked.open(self.group, Mode::Shared)?.to_review(code);
        let found = match found {
            // Somebody erased them meanwhile.
            Err(ReviewError::NoSuchCustomer(_)) => return Ok(true),
            found => found?,
        };
        let (card, receipt) = self.unlocked.session.log().release(found)?;
        self.unlocked.tell_receipt(&receipt);
        let mut output = self.context.output(false);
        show_card(&mut output, &card)?;
        output.finish()?;
        let terminal = &self.unlocked.terminal;
        let last = standing
            .reviewed
            .map_or_else(|| "never reviewed".to_owned(), |at| format!("reviewed {}", time(at)));
        let dropped = standing.outlived.join(", ");
        let (too_long, drop) = match dropped.as_str() {
            "" => (String::new(), String::new()),
            names => (format!("; kept too long: {names}"), format!("[d]rop {names}, ")),
        };
        terminal.show(&format!("{place} of {of}: {last}{too_long}\n"))?;
        loop {
            let answer = terminal.line(&format!("[k]eep, {drop}[e]rase, [s]kip, [q]uit: "))?;
            match answer.trim() {
                "k" => note(self.context, self.unlocked, self.group, code)?,
                "d" if !standing.outlived.is_empty() => self.drop_fields(standing, now)?,
                "e" => {
                    let asked = terminal.line("Why: ")?;
                    match values::reason(&asked) {
                        Err(error) => {
                            terminal.tell(&format!("  {error}\n"))?;
                            continue;
                        }
                        // Mistyped, or held: the others are still to be asked about.
                        Ok(reason) => {
                            let erased =
                                confirm_and_erase(self.context, self.unlocked, self.group, code, &reason);
                            self.go_on(erased)?;
                        }
                    }
                }
                "s" => {}
                "q" => return Ok(false),
                _ => continue,
            }
            return Ok(true);
        }
    }

    fn drop_fields(&self, standing: &Standing, now: Timestamp) -> Result<(), CommandError> {
        let group = self.unlocked.open(self.group, Mode::Exclusive)?;
        let bar = Bar::new(self.context);
        let progress = |done, total| bar.reached("writing", done, total);
        let log = self.unlocked.session.log();
        let dropped = group.drop_fields(standing.code, &standing.outlived, log, now, &progress);
        bar.clear();
        let said = dropped.map_err(CommandError::from);
        if said.is_ok() {
            let names = standing.outlived.join(", ");
            self.context.say(&format!("of customer {} nothing is kept any more of: {names}", standing.code));
        }
        self.go_on(said)
    }

    /// What stands in the way of one customer is told, and does not end the walk.
    fn go_on(&self, done: Result<(), CommandError>) -> Result<(), CommandError> {
        match done {
            Err(error) if matches!(error.kind(), Kind::Refused | Kind::Failed | Kind::NotFound) => {
                self.context.warn(error.message());
                Ok(())
            }
            done => done,
        }
    }
}

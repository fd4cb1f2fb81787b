//! The filters that `log show`, `log export` and `log report` share.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::super::Context;
use super::super::error::{CommandError, Kind};
use super::super::values;
use crate::access_log::Action;
use crate::access_log::reading::Filter;
use crate::group::code::CustomerCode;
use crate::store::Roster;

/// Which entries.
#[derive(Debug, Clone, clap::Args)]
pub struct FilterArgs {
    /// From then on: a date, RFC 3339, or 7d for the last 7 days.
    #[arg(long, value_name = "T", value_parser = moment)]
    pub since: Option<Moment>,
    /// Up to then: a date (that day included), RFC 3339, or 7d.
    #[arg(long, value_name = "T", value_parser = moment)]
    pub until: Option<Moment>,
    /// Of one person.
    #[arg(long = "staff", value_name = "N", id = "of_staff")]
    pub staff: Option<String>,
    /// About one customer.
    #[arg(long, value_name = "CODE")]
    pub customer: Option<String>,
    /// Of one kind: unlock, lookup, edit, staff, …
    #[arg(long, value_name = "A")]
    pub action: Option<String>,
    /// The newest so many of them.
    #[arg(long, value_name = "N", value_parser = count)]
    pub limit: Option<u64>,
}

/// A moment as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A day of the machine's calendar.
    Day(Date),
    /// A point in time.
    At(Timestamp),
    /// So many days ago.
    DaysAgo(i64),
}

/// Text is no moment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMoment {
    /// In no form that is taken.
    #[error("written as a date (2026-11-24), as RFC 3339 (2026-11-24T08:30:00Z), or as days back (7d)")]
    Form,
    /// No such day.
    #[error(transparent)]
    Day(#[from] values::NoDay),
}

/// Parses `--limit`.
fn count(text: &str) -> Result<u64, &'static str> {
    text.parse().ok().filter(|count| *count > 0).ok_or("a number from 1 on")
}

/// The most days back: a hundred years.
const DAYS_BACK: i64 = 36_525;

/// Parses `--since` and `--until`.
pub fn moment(text: &str) -> Result<Moment, NoMoment> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()) {
        return if (0..=DAYS_BACK).contains(&days) { Ok(Moment::DaysAgo(days)) } else { Err(NoMoment::Form) };
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Moment::At(at));
    }
    match values::day(text) {
        Err(values::NoDay::Form) => Err(NoMoment::Form),
        day => Ok(Moment::Day(day?)),
    }
}

impl FilterArgs {
    /// The filter that they make, by this machine's calendar. `roster` tells mistyped names from people
    /// who did nothing.
    pub(super) fn filter(&self, context: &Context, roster: &Roster) -> Result<Filter, CommandError> {
        let since = self.since.map(|since| since.begins(context)).transpose()?;
        let until = self.until.map(|until| until.ends(context)).transpose()?;
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(CommandError::new(
                Kind::Usage,
                "--until lies before --since: no entry is in between",
            ));
        }
        if let Some(name) = self.staff.as_deref().filter(|name| !roster.ever_knew(name)) {
            let message = format!("nobody called {name} was ever in this store");
            return Err(CommandError::new(Kind::NotFound, message).hint("`vault staff list` shows who is"));
        }
        let customer = self.customer.as_deref().map(CustomerCode::parse).transpose()?;
        let action = self.action.as_deref().map(str::parse::<Action>).transpose().map_err(|_| {
            let action = self.action.as_deref().unwrap_or_default();
            CommandError::new(Kind::Usage, format!("no entry has the action {action}"))
                .hint(format!("the actions are: {}", actions()))
        })?;
        let customer = customer.map(|code| code.to_string());
        Ok(Filter { since, until, staff: self.staff.clone(), customer, action, limit: self.limit })
    }
}

fn actions() -> String {
    Action::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Moment {
    fn begins(self, context: &Context) -> Result<Timestamp, CommandError> {
        match self {
            Self::Day(day) => midnight(context, day),
            Self::At(at) => Ok(at),
            Self::DaysAgo(days) => {
                let back = SignedDuration::from_hours(24 * days);
                let at = context.surroundings.clock.now().checked_sub(back).map_err(|_| out_of_calendar())?;
                // The moment stands in the log and on reports, where nobody reads its nanoseconds.
                Timestamp::from_second(at.as_second()).map_err(|_| out_of_calendar())
            }
        }
    }

    /// The end of it: of a day, the midnight after.
    fn ends(self, context: &Context) -> Result<Timestamp, CommandError> {
        match self {
            Self::Day(day) => midnight(context, day.checked_add(1.day()).map_err(|_| out_of_calendar())?),
            other => other.begins(context),
        }
    }
}

fn midnight(context: &Context, day: Date) -> Result<Timestamp, CommandError> {
    let zoned = day.to_zoned(context.surroundings.time_zone.clone()).map_err(|_| out_of_calendar())?;
    Ok(zoned.timestamp())
}

fn out_of_calendar() -> CommandError {
    CommandError::new(Kind::Usage, "that day lies outside of the calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_a_time_or_days_back_and_nothing_that_can_be_misread() {
        assert_eq!(moment("7d"), Ok(Moment::DaysAgo(7)));
        assert_eq!(moment("2026-11-24"), Ok(Moment::Day("2026-11-24".parse().unwrap())));
        let at = "2026-11-24T08:30:00Z".parse().unwrap();
        assert_eq!(moment("2026-11-24T09:30:00+01:00"), Ok(Moment::At(at)));
        for wrong in ["03/04/2026", "yesterday", "-3d", "99999999d", "d", "", "2026-11-24T08:30"] {
            assert_eq!(moment(wrong), Err(NoMoment::Form), "{wrong}");
        }
        assert!(matches!(moment("2026-02-30"), Err(NoMoment::Day(_))));
    }

    #[test]
    fn a_limit_is_a_number_from_one_on() {
        assert_eq!(count("1"), Ok(1));
        for wrong in ["0", "-1", "ten", "", "18446744073709551616"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}

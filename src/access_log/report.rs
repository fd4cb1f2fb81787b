//! What an auditor asks of the access log, gathered from one pass over it: who looked at a customer, what
//! somebody opened, what happened outside of the office's hours, who read unusually many.
//!
//! What is kept grows with people and days, and with the customers of whom somebody asked, never with
//! entries: a log of a million is read in the memory of a small one.

mod days;
mod fact;
mod newest;
mod person;
mod seen;
pub mod unusual;

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

pub use self::days::{Days, HOURS, Hour};
pub use self::fact::{Calendar, Fact};
pub use self::newest::{Newest, Reasons};
pub use self::person::{Day, Outside, Person, Span, Totals};
pub use self::seen::{Fields, MOST_CUSTOMERS, Seen, Sightings};
use super::entry::{Action, Outcome, Role};
use super::reading::Filter;

/// People with a line of their own; whoever comes after them is counted under [`OTHERS`]. Anybody with the
/// store can claim a name at a failed unlock, so that names are no more bounded than entries.
pub const MOST_PEOPLE: usize = 500;
/// Who stands for all further people.
pub const OTHERS: &str = "(others)";
/// The longest list of single entries.
const LISTED: usize = 20;

/// An entry by its number and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The entry.
    pub seq: u64,
    /// Its time by the calendar of the report; nothing where it does not read.
    pub at: Option<DateTime>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the entry's columns")]
pub struct Act {
    pub point: Point,
    pub staff: String,
    pub role: Role,
    pub action: Action,
    pub outcome: Outcome,
    pub group: Option<String>,
    pub customer: Option<String>,
    pub detail: Option<String>,
    pub reason: Option<String>,
    pub count: Option<u64>,
    pub host: String,
    /// Nobody signed it: the name is only claimed.
    pub claimed: bool,
}

/// Everything that the page says, but for what is unusual: [`Report::unusual`] tells that.
#[derive(Debug)]
pub struct Report {
    /// How many entries it is about.
    pub taken: u64,
    /// The first and the last of them.
    pub ends: Option<(Point, Point)>,
    /// How many of them have a time that does not read; they belong to no day.
    pub undated: u64,
    /// Each person, by name.
    pub people: BTreeMap<String, Person>,
    /// The hours of the newest days.
    pub days: Days,
    /// With a filter for one customer: each person's looks at that customer.
    pub of_customer: Option<BTreeMap<String, Seen>>,
    /// With a filter for one person: each customer that they saw.
    pub of_person: Option<Sightings>,
    /// What was not allowed, or failed.
    pub refused: Newest<Act>,
    /// What was exported or disclosed.
    pub exports: Newest<Act>,
    /// Who read the access log.
    pub readings: Newest<Act>,
}

impl Report {
    /// Before the first entry. `filter` says whether one customer or one person is asked about.
    pub fn about(filter: &Filter) -> Self {
        Self {
            taken: 0,
            ends: None,
            undated: 0,
            people: BTreeMap::new(),
            days: Days::default(),
            of_customer: filter.customer.as_ref().map(|_| BTreeMap::new()),
            of_person: filter.staff.as_ref().map(|_| Sightings::default()),
            refused: Newest::new(LISTED),
            exports: Newest::new(LISTED),
            readings: Newest::new(LISTED),
        }
    }

    /// Takes in the next entry that the filter let through.
    pub fn take(&mut self, fact: Fact) {
        let point = Point { seq: fact.seq, at: fact.at };
        self.taken += 1;
        self.ends = Some((self.ends.map_or(point, |(first, _)| first), point));
        self.undated += u64::from(fact.at.is_none());
        let name = self.named(&fact.staff);
        // Who reads what the log says of a customer sees no record.
        let is_look = !fact.reads_the_log() || fact.outcome != Outcome::Success;
        if let Some(seen) = self.of_customer.as_mut().filter(|_| is_look) {
            seen.entry(name.clone()).or_default().take(&fact, point);
        }
        if let Some(sightings) = self.of_person.as_mut().filter(|_| is_look) {
            sightings.take(&fact, point);
        }
        self.days.take(&fact);
        self.people.entry(name).or_insert_with(|| Person::new(fact.role)).take(&fact);
        self.list(fact, point);
    }

    fn named(&self, staff: &str) -> String {
        let room = self.people.len() < MOST_PEOPLE || self.people.contains_key(staff);
        if room { staff.to_owned() } else { OTHERS.to_owned() }
    }

    fn list(&mut self, fact: Fact, point: Point) {
        let list = match () {
            () if fact.outcome != Outcome::Success => &mut self.refused,
            () if fact.is_export() => &mut self.exports,
            () if fact.reads_the_log() => &mut self.readings,
            () => return,
        };
        list.push(Act {
            point,
            staff: fact.staff,
            role: fact.role,
            action: fact.action,
            outcome: fact.outcome,
            group: fact.group,
            customer: fact.customer,
            detail: fact.detail,
            reason: fact.reason,
            count: fact.count,
            host: fact.host,
            claimed: fact.unsigned,
        });
    }

    /// Every day on which somebody did something outside of the office's hours, the newest first.
    pub fn outside(&self) -> Vec<(&str, Date, &Outside)> {
        let mut outside: Vec<_> = self
            .person_days()
            .filter_map(|(name, date, day)| Some((name, date, day.outside.as_ref()?)))
            .collect();
        outside.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        outside
    }

    /// The days of all people.
    pub fn person_days(&self) -> impl Iterator<Item = (&str, Date, &Day)> {
        self.people
            .iter()
            .flat_map(|(name, person)| person.days.iter().map(move |(date, day)| (name.as_str(), *date, day)))
    }

    /// Who read unusually many, by the rule of [`unusual`].
    pub fn unusual(&self) -> unusual::Comparison<'_> {
        unusual::compare(self.person_days().map(|(name, date, day)| (name, date, day.shown, day.customers)))
    }
}

#[cfg(test)]
mod tests;

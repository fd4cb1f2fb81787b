//! What one person did: in all, and day by day.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use jiff::SignedDuration;
use jiff::civil::{Date, Time};

use super::Fact;
use crate::access_log::entry::{Action, Outcome, Role};

/// How often somebody did what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries.
    pub entries: u64,
    /// Unlockings.
    pub unlocks: u64,
    /// Unlockings that failed or were refused.
    pub failed_unlocks: u64,
    /// Searches and lookups.
    pub searches: u64,
    /// Records shown: see [`Fact::shown`].
    pub shown: u64,
    /// Entries that showed sensitive fields.
    pub reveals: u64,
    /// Changes of records.
    pub changes: u64,
    /// Exports and disclosures.
    pub exports: u64,
    /// Readings of the access log.
    pub readings: u64,
    /// What was not allowed, unlockings aside.
    pub denied: u64,
    /// What failed, unlockings aside.
    pub failed: u64,
    /// Entries outside of the office's hours.
    pub outside: u64,
}

/// A person.
#[derive(Debug)]
pub struct Person {
    /// Their role in the newest entry that they signed; claimed, if they signed none.
    pub role: Role,
    /// All of it.
    pub totals: Totals,
    /// By day.
    pub days: BTreeMap<Date, Day>,
    signed: bool,
    /// The customers of the newest day, as hashes: kept for one day only.
    today: Option<(Date, HashSet<u64>)>,
}

/// One person's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// Records shown.
    pub shown: u64,
    /// Different customers among those that entries name. Where a clock went back to an earlier day, one
    /// may be counted once more.
    pub customers: u64,
    /// What of it was outside of the office's hours.
    pub outside: Option<Outside>,
}

/// What a person did on one day outside of the office's hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// From when to when, in the order of their beginnings; an hour without an entry parts two.
    pub spans: Vec<Span>,
    /// Entries.
    pub entries: u64,
    /// Records shown.
    pub shown: u64,
    /// Changes of records.
    pub changes: u64,
    /// Entries that showed sensitive fields.
    pub reveals: u64,
    /// What was not allowed, or failed.
    pub refused: u64,
}

/// A first and a last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first entry's.
    pub from: Time,
    /// The last entry's.
    pub to: Time,
}

/// The pause that parts two spans.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);

impl Outside {
    fn take(&mut self, fact: &Fact, at: Time) {
        self.entries += 1;
        self.shown += fact.shown();
        self.changes += u64::from(fact.changes());
        self.reveals += u64::from(fact.reveals());
        self.refused += u64::from(fact.outcome != Outcome::Success);
        let near =
            |span: &&mut Span| span.from.duration_until(at) > -PAUSE && span.to.duration_until(at) < PAUSE;
        if let Some(span) = self.spans.iter_mut().find(near) {
            *span = Span { from: span.from.min(at), to: span.to.max(at) };
        } else {
            self.spans.push(Span { from: at, to: at });
            self.spans.sort_by_key(|span| span.from);
        }
    }
}

impl Person {
    pub(super) fn new(role: Role) -> Self {
        Self { role, totals: Totals::default(), days: BTreeMap::new(), signed: false, today: None }
    }

    pub(super) fn take(&mut self, fact: &Fact) {
        if !fact.unsigned || !self.signed {
            self.role = fact.role;
            self.signed |= !fact.unsigned;
        }
        self.totals.take(fact);
        let Some(at) = fact.at else { return };
        let (date, shown) = (at.date(), fact.shown());
        if shown == 0 && !fact.outside {
            return;
        }
        let day = self.days.entry(date).or_default();
        day.shown += shown;
        if fact.outside {
            day.outside.get_or_insert_default().take(fact, at.time());
        }
        if shown > 0 {
            if self.today.as_ref().is_none_or(|(today, _)| *today != date) {
                self.today = Some((date, HashSet::new()));
            }
            if let Some((_, customers)) = &mut self.today {
                day.customers += fact.customers().filter(|code| customers.insert(hash(code))).count() as u64;
            }
        }
    }
}

/// Eight bytes that stand for a code.
fn hash(code: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    code.hash(&mut hasher);
    hasher.finish()
}

impl Totals {
    fn take(&mut self, fact: &Fact) {
        let is_unlock = fact.action == Action::Unlock;
        let succeeds = fact.outcome == Outcome::Success;
        let is_search = matches!(fact.action, Action::Search | Action::Lookup) && succeeds;
        self.entries += 1;
        self.shown += fact.shown();
        let counts = [
            (&mut self.unlocks, fact.unlocks()),
            (&mut self.failed_unlocks, is_unlock && !succeeds),
            (&mut self.searches, is_search),
            (&mut self.reveals, fact.reveals()),
            (&mut self.changes, fact.changes()),
            (&mut self.exports, fact.is_export() && succeeds),
            (&mut self.readings, fact.reads_the_log() && succeeds),
            (&mut self.denied, !is_unlock && fact.outcome == Outcome::Denied),
            (&mut self.failed, !is_unlock && fact.outcome == Outcome::Failure),
            (&mut self.outside, fact.outside),
        ];
        for (count, applies) in counts {
            *count += u64::from(applies);
        }
    }
}

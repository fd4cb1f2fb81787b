//! Who saw which customer: how often, from when to when, which fields, for which reasons.

use std::collections::HashMap;

use super::{Fact, Point, Reasons};
use crate::access_log::entry::Outcome;

/// Customers with a line of their own; the rest is counted together.
pub const MOST_CUSTOMERS: usize = 10_000;
/// Names of fields that are told apart; the rest is counted together.
const MOST_FIELDS: usize = 64;

/// Which fields were revealed, and how often each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// By name, in the order in which they came.
    named: Vec<(String, u64)>,
    /// How often another one was.
    pub more: u64,
}

impl Fields {
    fn take(&mut self, field: &str) {
        if let Some((_, times)) = self.named.iter_mut().find(|(known, _)| known == field) {
            *times += 1;
        } else if self.named.len() < MOST_FIELDS {
            self.named.push((field.to_owned(), 1));
        } else {
            self.more += 1;
        }
    }

    /// The most often revealed ones first.
    pub fn most_first(&self) -> Vec<(&str, u64)> {
        let mut named: Vec<_> = self.named.iter().map(|(name, times)| (name.as_str(), *times)).collect();
        named.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        named
    }
}

/// One person's looks at one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Shown alone: lookups and histories.
    pub opened: u64,
    /// Shown in a list of several: searches, exports.
    pub listed: u64,
    /// Changed.
    pub changed: u64,
    /// Not allowed, or failed.
    pub refused: u64,
    /// The first and the last of all these.
    pub ends: Option<(Point, Point)>,
    /// Of sensitive fields.
    pub revealed: Fields,
    /// Why, as the person said.
    pub reasons: Reasons,
}

impl Seen {
    /// Shown, alone or in a list.
    pub fn times(&self) -> u64 {
        self.opened + self.listed
    }

    pub(super) fn take(&mut self, fact: &Fact, point: Point) {
        let shown = fact.shown() > 0;
        self.opened += u64::from(fact.opens());
        self.listed += u64::from(shown && !fact.opens());
        self.changed += u64::from(fact.changes());
        self.refused += u64::from(fact.outcome != Outcome::Success);
        self.ends = Some((self.ends.map_or(point, |(first, _)| first), point));
        if fact.reveals() {
            fact.fields.iter().for_each(|field| self.revealed.take(field));
        }
        if let Some(reason) = &fact.reason {
            self.reasons.take(reason);
        }
    }
}

/// Which customers one person saw.
#[derive(Debug, Default)]
pub struct Sightings {
    customers: HashMap<String, Seen>,
    /// What concerned a customer beyond [`MOST_CUSTOMERS`], all together.
    pub more: Option<Seen>,
}

impl Sightings {
    pub(super) fn take(&mut self, fact: &Fact, point: Point) {
        for code in fact.customers() {
            if let Some(seen) = self.customers.get_mut(code) {
                seen.take(fact, point);
            } else if self.customers.len() < MOST_CUSTOMERS {
                self.customers.entry(code.to_owned()).or_default().take(fact, point);
            } else {
                self.more.get_or_insert_default().take(fact, point);
            }
        }
    }

    /// How many customers have a line of their own.
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether nobody was seen.
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The customers who were opened most, then those listed most, then by code.
    pub fn most_first(&self) -> Vec<(&str, &Seen)> {
        let mut all: Vec<_> = self.customers.iter().map(|(code, seen)| (code.as_str(), seen)).collect();
        all.sort_by(|(one, seen), (other, other_seen)| {
            let most = |seen: &Seen| (seen.opened, seen.listed, seen.changed);
            most(other_seen).cmp(&most(seen)).then(one.cmp(other))
        });
        all
    }
}

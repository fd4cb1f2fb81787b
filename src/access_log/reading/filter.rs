//! Which entries somebody wants to see.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Row;
use crate::access_log::entry::{Action, Entry};

/// A choice of entries. Empty, it lets every entry through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// From this time on, by the clock that wrote the entry.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// By this person, or claimed to be.
    pub staff: Option<String>,
    /// About this customer: a code.
    pub customer: Option<String>,
    /// Of this kind.
    pub action: Option<Action>,
    /// No more than the newest so many of them.
    pub limit: Option<u64>,
}

impl Filter {
    /// Whether it lets every entry through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it lets this entry through; the limit is for whoever counts.
    pub fn lets_through(&self, entry: &Entry) -> bool {
        self.lets(&entry.time, &entry.staff, entry.customer.as_deref(), entry.action)
    }

    /// The same of an entry's columns.
    pub fn lets_row_through(&self, row: &Row) -> bool {
        self.lets(&row.time, &row.staff, row.customer.as_deref(), row.action)
    }

    fn lets(&self, time: &str, staff: &str, customer: Option<&str>, action: Action) -> bool {
        let of_customer = self.customer.as_deref().is_none_or(|wanted| {
            // A search lists all that it showed.
            customer.is_some_and(|codes| codes.split(' ').any(|code| code == wanted))
        });
        self.staff.as_deref().is_none_or(|wanted| wanted == staff)
            && of_customer
            && self.action.is_none_or(|wanted| wanted == action)
            && self.in_time(time)
    }

    /// An entry whose time does not read is kept in: nothing is left out for want of a clock.
    fn in_time(&self, time: &str) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Ok(time) = time.parse::<Timestamp>() else { return true };
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    /// In the words of the command line, for the access log and for people: `since T, staff bea`; empty
    /// when there is no filter.
    pub fn in_words(&self) -> String {
        let Self { since, until, staff, customer, action, limit } = self;
        let words = [
            since.map(|since| format!("since {since}")),
            until.map(|until| format!("until {until}")),
            staff.as_ref().map(|staff| format!("staff {staff}")),
            customer.as_ref().map(|customer| format!("customer {customer}")),
            action.map(|action| format!("action {action}")),
            limit.map(|limit| format!("limit {limit}")),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

//! What a report needs of one entry, made by whichever thread opened it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::access_log::entry::{Action, Entry, Outcome, Role};

/// Whether an entry of that moment was written outside of the office's hours.
pub type IsOutside<'a> = &'a (dyn Fn(&Zoned) -> bool + Sync);

/// How moments become days and hours.
#[derive(Clone)]
pub struct Calendar<'a> {
    /// Where the office is.
    pub zone: TimeZone,
    /// Its hours; nothing when none are known.
    pub is_outside: Option<IsOutside<'a>>,
}

/// One entry's part in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "most are the entry's columns")]
pub struct Fact {
    pub seq: u64,
    /// By the calendar; nothing when the time does not read.
    pub at: Option<DateTime>,
    /// Whether that was outside of the office's hours.
    pub outside: bool,
    pub staff: String,
    pub role: Role,
    pub action: Action,
    pub outcome: Outcome,
    pub group: Option<String>,
    /// Codes, parted by blanks.
    pub customer: Option<String>,
    pub fields: Vec<String>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub count: Option<u64>,
    pub host: String,
    /// Nobody signed it.
    pub unsigned: bool,
}

/// No answer has more records: a count beyond it is nonsense, which must not make sums overflow.
const MOST_SHOWN: u64 = 1 << 32;
/// What the entries about readings of the log begin with.
const READINGS: [&str; 5] = ["show", "export", "report", "verify", "disclose"];

impl Fact {
    /// Of an entry.
    pub fn of(entry: Entry, calendar: &Calendar<'_>) -> Self {
        let moment = entry.time.parse::<Timestamp>().ok().map(|at| at.to_zoned(calendar.zone.clone()));
        // Nightly jobs are nobody's work at night.
        let is_job = entry.unsigned && matches!(entry.action, Action::Backup | Action::Restore);
        let is_outside = |at: &Zoned| !is_job && calendar.is_outside.is_some_and(|outside| outside(at));
        Self {
            seq: entry.seq,
            outside: moment.as_ref().is_some_and(is_outside),
            at: moment.map(|at| at.datetime()),
            staff: entry.staff,
            role: entry.role,
            action: entry.action,
            outcome: entry.outcome,
            group: entry.group,
            customer: entry.customer,
            fields: entry.fields,
            reason: entry.reason,
            detail: entry.detail,
            count: entry.count,
            host: entry.host,
            unsigned: entry.unsigned,
        }
    }

    /// The codes that it names.
    pub fn customers(&self) -> impl Iterator<Item = &str> {
        self.customer.as_deref().unwrap_or_default().split(' ').filter(|code| !code.is_empty())
    }

    /// How many records it showed: what the entry counts, else one. A history is of one record, whatever
    /// number of versions it counts. What was refused or failed showed none.
    pub fn shown(&self) -> u64 {
        match (self.outcome, self.action) {
            // The entry before it counts what was written.
            _ if self.tells_what_was_written() => 0,
            (Outcome::Success, Action::History) => 1,
            (Outcome::Success, Action::Lookup | Action::Search | Action::Export | Action::Disclose) => {
                self.count.unwrap_or(1).min(MOST_SHOWN)
            }
            _ => 0,
        }
    }

    /// Whether it showed sensitive fields.
    pub fn reveals(&self) -> bool {
        !self.fields.is_empty() && self.shown() > 0
    }

    /// Whether it showed one record by itself, not several in a list.
    pub fn opens(&self) -> bool {
        self.shown() > 0 && matches!(self.action, Action::Lookup | Action::History)
    }

    /// Whether it changed records: an import is one change.
    pub fn changes(&self) -> bool {
        let is_change = matches!(
            self.action,
            Action::Add
                | Action::Edit
                | Action::Erase
                | Action::Hold
                | Action::Review
                | Action::Document
                | Action::Import
                | Action::Redact
        );
        is_change && self.outcome == Outcome::Success && self.detail.as_deref() != Some("nothing changed")
    }

    /// Whether records left the store.
    pub fn is_export(&self) -> bool {
        matches!(self.action, Action::Export | Action::Disclose) && !self.tells_what_was_written()
    }

    /// Whether it is the second entry of an export or a disclosure: the SHA-256 of the file.
    fn tells_what_was_written(&self) -> bool {
        matches!(self.action, Action::Export | Action::Disclose)
            && self.detail.as_deref().is_some_and(|detail| detail.starts_with("written; "))
    }

    /// Whether somebody unlocked the store; that a shell ended is logged as `unlock`, too.
    pub fn unlocks(&self) -> bool {
        let ends = self.detail.as_deref().is_some_and(|detail| detail.starts_with("shell "));
        self.action == Action::Unlock && self.outcome == Outcome::Success && !ends
    }

    /// Whether somebody read the access log, not only mended it.
    pub fn reads_the_log(&self) -> bool {
        let what = self.detail.as_deref().unwrap_or_default();
        let what = what.split([';', ' ']).next().unwrap_or_default();
        self.action == Action::Log && READINGS.contains(&what)
    }
}

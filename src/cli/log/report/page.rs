//! What stands on the page, in words and tables, before a terminal or a browser gets it.

use super::{Hours, sections, words};
use crate::access_log::reading::Filter;
use crate::access_log::report::Report;
use crate::sealed::signed::Mark;

/// What the page says of itself.
pub(super) struct About<'a> {
    pub filter: &'a Filter,
    pub hours: &'a Hours,
    /// The store's.
    pub id: &'a str,
    /// The entry about this report.
    pub head: Mark,
    /// The time zone's name, where it has one.
    pub zone: Option<&'a str>,
}

/// The whole page.
pub(super) struct Page {
    /// Which entries it is about: labels and values.
    pub scope: Vec<(&'static str, String)>,
    pub sections: Vec<Section>,
}

/// The answer to one question.
pub(super) struct Section {
    /// The first cell of its rows for other programs.
    pub key: &'static str,
    pub title: String,
    /// What one must know to read it.
    pub note: Option<String>,
    pub headings: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    /// How a terminal of 80 columns shows the rows.
    pub shape: Shape,
    /// What stands there when there are no rows, or below them.
    pub end: Option<String>,
}

/// A way of showing rows in 80 columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The first so many columns.
    Columns(usize),
    /// The first so many columns, then a second table with the first one and the others, in which rows
    /// that say nothing are left out.
    Halves(usize),
    /// A card a row, whose title is the first column.
    Cards,
}

impl Section {
    pub fn new(key: &'static str, title: impl Into<String>, headings: &[&'static str], shape: Shape) -> Self {
        let (title, headings) = (title.into(), headings.to_vec());
        Self { key, title, note: None, headings, rows: Vec::new(), shape, end: None }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub fn rows(mut self, rows: impl Iterator<Item = Vec<String>>) -> Self {
        self.rows = rows.collect();
        self
    }

    /// Says how many rows are not there.
    pub fn more(mut self, more: u64, what: &str) -> Self {
        if more > 0 {
            self.end = Some(format!("and {more} more{what}"));
        }
        self
    }

    /// Says that there is nothing to say.
    pub fn or(mut self, nothing: &str) -> Self {
        if self.rows.is_empty() {
            self.end = Some(nothing.to_owned());
        }
        self
    }
}

impl Page {
    pub fn of(report: &Report, about: &About<'_>) -> Self {
        let mut all = Vec::new();
        all.extend(sections::of_customer(report, about));
        all.extend(sections::of_person(report, about));
        all.push(sections::unusual(report));
        all.push(sections::outside(report, about.hours));
        all.push(sections::people(report));
        all.push(sections::refused(report));
        all.push(sections::exports(report));
        all.push(sections::readings(report));
        Self { scope: scope(report, about), sections: all }
    }
}

fn scope(report: &Report, about: &About<'_>) -> Vec<(&'static str, String)> {
    let left_out = about.head.seq.saturating_sub(report.taken);
    let entries = match left_out {
        0 => format!("{}, all of the log", report.taken),
        left_out => format!("{} of {}; {left_out} left out by the filter", report.taken, about.head.seq),
    };
    let filter = about.filter.in_words();
    let hours = match about.hours {
        Hours { hours: None, .. } => "none set".to_owned(),
        Hours { hours: Some(hours), tried: true } => format!("{hours} (tried with --hours)"),
        Hours { hours: Some(hours), tried: false } => format!("{hours} (the policy's)"),
    };
    let zone = about.zone.unwrap_or("as set on this machine");
    let mut scope =
        vec![("Store", about.id.get(..16).unwrap_or(about.id).to_owned() + "…"), ("Entries", entries)];
    if let Some((first, last)) = report.ends {
        scope.extend([("First", words::point(first)), ("Last", words::point(last))]);
    }
    scope.push(("Filter", if filter.is_empty() { "none".to_owned() } else { filter }));
    if report.undated > 0 {
        let unread = words::counted(report.undated, "entry has", "entries have");
        scope.push(("No day", format!("{unread} a time that does not read, and belong to no day")));
    }
    scope.extend([("Time zone", zone.to_owned()), ("Office hours", hours)]);
    let head = about.head.hash.to_string();
    let short = head.get(..16).unwrap_or(&head);
    scope.push(("Head", format!("entry {}, {short}…: the entry about this report", about.head.seq)));
    scope
}

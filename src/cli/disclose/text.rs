//! A disclosure for people: text of at most 80 columns, in the order in which they ask.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
use zeroize::Zeroizing;

use super::super::customer::time;
use super::super::text::visible;
use super::Told;
use crate::access_log::Outcome;
use crate::access_log::reading::Row;
use crate::group::disclose::{About, Changed, Disclosure, Ledger};
use crate::group::document::Document;
use crate::group::value::Value;

/// The widest line, in columns.
const WIDTH: usize = 80;

/// What an entry tells, for whoever never saw one.
const LEGEND: &str = "A lookup showed the record by itself, a search in a list, with what is sensitive masked but for \
    the fields that are named. The fields of an add or an edit are those that were filled in or changed. An entry \
    that says denied or failure showed and changed nothing.";

/// What is written so far.
struct Sheet(Zeroizing<String>);

pub(super) fn of(told: &Told) -> Zeroizing<String> {
    let Told { disclosure, accesses, up_to } = told;
    let mut sheet = Sheet(Zeroizing::default());
    sheet.beginning(disclosure);
    sheet.heading("What is stored");
    for (about, value) in &disclosure.values {
        sheet.value(about, value);
    }
    sheet.heading("What was stored before");
    if disclosure.changes.is_empty() {
        sheet.paragraph(0, "Nothing was changed since the record was entered.");
    }
    for changed in &disclosure.changes {
        sheet.changed(changed);
    }
    sheet.heading("Documents");
    if disclosure.documents.is_empty() {
        sheet.paragraph(0, "None.");
    }
    for document in &disclosure.documents {
        sheet.document(document);
    }
    if !disclosure.documents.is_empty() {
        sheet.line("");
        sheet.paragraph(0, "They are only listed here: ask for those that you want.");
    }
    sheet.heading("Review and erasure");
    sheet.mark("Reviewed", disclosure.review.as_ref());
    sheet.mark("Erasure is on hold since", disclosure.hold.as_ref());
    if disclosure.review.is_none() && disclosure.hold.is_none() {
        sheet.paragraph(0, "Not reviewed yet; erasure is not on hold.");
    }
    sheet.heading("Who saw or changed it");
    let entries = format!("By the access log up to its entry {up_to}, the writing of this file included.");
    sheet.paragraph(0, &entries);
    sheet.line("");
    sheet.paragraph(0, LEGEND);
    for row in accesses {
        sheet.access(row);
    }
    sheet.0
}

impl Sheet {
    fn beginning(&mut self, disclosure: &Disclosure) {
        let Disclosure { code, group, created, created_by, updated, .. } = disclosure;
        let title = format!("All that is stored of customer {code}");
        self.paragraph(0, &title);
        self.line(&"=".repeat(title.width()));
        self.line("");
        self.paragraph(0, &format!("Kept in: group {group}"));
        self.paragraph(0, &format!("Entered: {}, by {created_by}", time(*created)));
        self.paragraph(0, &format!("Last changed: {}", time(*updated)));
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line("");
        self.line(text);
        self.line(&"-".repeat(text.width()));
    }

    fn value(&mut self, about: &About, value: &Value) {
        self.line("");
        self.paragraph(0, &format!("{}: {}", about.label, value.expose()));
        if let Some(purpose) = &about.purpose {
            self.paragraph(4, &format!("Why it is kept: {purpose}"));
        }
        let kept = match about.keep_months {
            _ if about.gone => "Of a field that is not in use any more.".to_owned(),
            Some(1) => "Kept for 1 month.".to_owned(),
            Some(months) => format!("Kept for {months} months."),
            None => "Kept for as long as the customer is one.".to_owned(),
        };
        self.paragraph(4, &kept);
    }

    fn changed(&mut self, changed: &Changed) {
        self.line("");
        self.paragraph(0, &format!("{}, by {}", time(changed.at), changed.staff));
        for (about, old, new) in &changed.values {
            let text = |value: &Option<Value>| {
                Zeroizing::new(value.as_ref().map_or("(nothing)", Value::expose).to_owned())
            };
            self.paragraph(4, &format!("{}, before: {}", about.label, *text(old)));
            self.paragraph(4, &format!("{}, after: {}", about.label, *text(new)));
        }
    }

    fn document(&mut self, document: &Document) {
        let Document { name, kind, bytes, sha256, added, staff, .. } = document;
        self.line("");
        self.paragraph(0, name);
        self.paragraph(4, &format!("{kind}, {bytes} bytes; attached {}, by {staff}", time(*added)));
        self.paragraph(4, &format!("SHA-256 {sha256}"));
    }

    fn mark(&mut self, what: &str, mark: Option<&Ledger>) {
        let Some(Ledger { at, staff, reason }) = mark else { return };
        self.paragraph(0, &format!("{what} {}, by {staff}", time(*at)));
        if let Some(reason) = reason {
            self.paragraph(4, &format!("Reason: {reason}"));
        }
    }

    /// Without the column `customer`: it may name others as well.
    fn access(&mut self, row: &Row) {
        let at = row.time.parse().map_or_else(|_| row.time.clone(), time);
        let ended = match row.outcome {
            Outcome::Success => String::new(),
            outcome => format!(" ({outcome})"),
        };
        let whole = if row.customer.is_none() { " of the whole group" } else { "" };
        self.line("");
        self.paragraph(0, &format!("{at}  {}{whole}{ended}, by {}, {}", row.action, row.staff, row.role));
        if !row.fields.is_empty() {
            self.paragraph(4, &format!("Fields: {}", row.fields.join(", ")));
        }
        if let Some(reason) = &row.reason {
            self.paragraph(4, &format!("Reason: {reason}"));
        }
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Text indented by `indent`, its further lines by two more.
    fn paragraph(&mut self, indent: usize, text: &str) {
        let mut margin = indent;
        for line in text.split('\n') {
            for piece in folded(&visible(line), WIDTH - indent - 2) {
                self.0.push_str(&" ".repeat(margin));
                self.line(piece.trim_end());
                margin = indent + 2;
            }
        }
    }
}

/// A line in pieces of at most `width` columns, broken between words where it can be.
fn folded(line: &str, width: usize) -> Vec<Zeroizing<String>> {
    let mut pieces = vec![Zeroizing::new(String::new())];
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let columns = word.trim_end().width();
        if used > 0 && used + columns > width {
            pieces.push(Zeroizing::default());
            used = 0;
        }
        for character in word.chars() {
            let columns = character.width().unwrap_or(0);
            if used + columns > width && character != ' ' {
                pieces.push(Zeroizing::default());
                used = 0;
            }
            if let Some(piece) = pieces.last_mut() {
                piece.push(character);
                used += columns;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_page_and_nothing_is_lost() {
        let long = "x".repeat(200);
        let text = format!("Notes: one two \u{1b}[2J {long} 東京 {}\nthird", "word ".repeat(40));
        let mut sheet = Sheet(Zeroizing::default());
        sheet.paragraph(4, &text);
        assert!(sheet.0.lines().all(|line| line.width() <= WIDTH), "{}", *sheet.0);
        assert!(sheet.0.contains(r"\u{1b}[2J") && !sheet.0.contains('\u{1b}'));
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count();
        // The escape has a `u` and a `b` more than the character.
        assert_eq!(letters(&sheet.0), letters(&text) + 2);
        assert!(sheet.0.ends_with("\n      third\n"), "{}", *sheet.0);
    }
}

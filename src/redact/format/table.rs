//! Tables in plain text, as Markdown has them: the heading of a column is a label for every cell below it.

use std::ops::Range;

use memchr::{memchr, memrchr};
use zeroize::Zeroizing;

use crate::redact::Options;
use crate::redact::scan::{BESIDE, Hit, scan};

/// Fewer digits are no number that a heading tells of.
const DIGITS: usize = 4;

/// A table that is read row by row, however long it is.
#[derive(Default, Clone)]
pub(super) struct Table {
    /// Of its columns; nothing outside of a table.
    headings: Vec<Zeroizing<String>>,
    /// Whether it is known to be one: by its border, or by the line below its headings.
    is_sure: bool,
}

impl Table {
    /// What stands in the whole lines of a part of a text that the headings of its columns tell of.
    pub fn hits(&mut self, text: &str, part: Range<usize>, options: &Options) -> Vec<Hit> {
        let mut hits = Vec::new();
        let bytes = text.as_bytes().get(..part.end).unwrap_or_default();
        let mut at = part.start;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.headings.is_empty() {
                // Before the next stroke is no row.
                let Some(stroke) = memchr(b'|', rest) else { break };
                at += memrchr(b'\n', rest.get(..stroke).unwrap_or_default()).map_or(0, |end| end + 1);
            }
            let line = bytes.get(at..).unwrap_or_default();
            let end = at + memchr(b'\n', line).map_or(line.len(), |end| end + 1);
            let line = text.get(at..end).unwrap_or_default();
            for (cell, heading) in self.cells(line) {
                let own = line.get(cell.clone()).unwrap_or_default();
                if own.bytes().filter(u8::is_ascii_digit).count() < DIGITS {
                    continue;
                }
                hits.extend(scan(own, &heading, options).into_iter().map(|mut hit| {
                    let begin = at + cell.start;
                    hit.range = begin + hit.range.start..begin + hit.range.end;
                    hit
                }));
            }
            at = end;
        }
        hits
    }

    /// The cells of a line that have a heading, with it. Takes up the line as headings, or ends the table, if it is none.
    fn cells(&mut self, line: &str) -> Vec<(Range<usize>, Zeroizing<String>)> {
        let row = cells(line);
        if row.is_empty() {
            *self = Self::default();
            return Vec::new();
        }
        let is_rule = line.contains('-') && line.trim().chars().all(|c| "|:- ".contains(c));
        if self.headings.is_empty() || (!self.is_sure && !is_rule) {
            // It is one heading, whatever is in it.
            let text =
                |cell: Range<usize>| Zeroizing::new(line.get(cell).unwrap_or_default().replace(BESIDE, " "));
            self.headings = row.into_iter().map(text).collect();
            self.is_sure = line.trim_start().starts_with('|');
            return Vec::new();
        }
        self.is_sure = true;
        row.into_iter().zip(self.headings.iter().cloned()).collect()
    }
}

/// Where the cells of a row stand; none if a line is no row. `\|` is no border.
fn cells(line: &str) -> Vec<Range<usize>> {
    let row = line.trim();
    let begin = line.len() - line.trim_start().len();
    let is_border = |at: &usize| !row.get(..*at).is_some_and(|before| before.ends_with('\\'));
    let borders: Vec<usize> = row.match_indices('|').map(|(at, _)| at).filter(is_border).collect();
    if borders.is_empty() {
        return Vec::new();
    }
    let first = usize::from(row.starts_with('|'));
    let mut cells = Vec::with_capacity(borders.len() + 1);
    let mut from = first;
    for border in borders.into_iter().skip(first) {
        cells.push(begin + from..begin + border);
        from = border + 1;
    }
    if from < row.len() {
        cells.push(begin + from..begin + row.len());
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(table: &mut Table, text: &str) -> Vec<(&'static str, String)> {
        let hits = table.hits(text, 0..text.len(), &Options::default());
        hits.into_iter().map(|hit| (hit.kind.id, text[hit.range].to_owned())).collect()
    }

    #[test]
    fn a_heading_tells_of_all_rows_below() {
        let text = "| Name | SSN |\n| :--- | ---: |\n| Jane \\| x | 536904399 |\n| Joe | 219099999 |\n\n| x | 536904399 |\n";
        let found = [("ssn", "536904399".to_owned()), ("ssn", "219099999".to_owned())];
        assert_eq!(hits(&mut Table::default(), text), found);
        // The same without a border around it, and from window to window.
        let mut table = Table::default();
        assert!(hits(&mut table, "Name | SSN\n--- | ---\n").is_empty());
        assert_eq!(hits(&mut table, "Jane | 536904399\n"), found[..1]);
        assert_eq!(hits(&mut table, "Joe | 219099999\n"), found[1..]);
        assert!(hits(&mut table, "And then 219099999\nJoe | 219099999\n").is_empty());
    }

    #[test]
    fn lines_with_a_stroke_in_them_are_no_table() {
        assert!(hits(&mut Table::default(), "call | SSN\nwrite | 536904399\nask | 219099999\n").is_empty());
    }

    #[test]
    fn cells_stand_between_borders() {
        let of =
            |line: &'static str| cells(line).into_iter().map(move |cell| &line[cell]).collect::<Vec<_>>();
        assert_eq!(of("  | a | b |  \n"), [" a ", " b "]);
        assert_eq!(of("a|b"), ["a", "b"]);
        assert_eq!(of("|"), [""; 0]);
        assert_eq!(of("a \\| b"), [""; 0]);
    }
}

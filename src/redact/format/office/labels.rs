//! What says what a cell holds: the heading of its column, and the cell before it.

use std::collections::HashMap;
use std::rc::Rc;

use zeroize::Zeroizing;

/// The longest text that is looked at as a label, in characters.
const LONGEST: usize = 200;

/// The fewest digits of what only a label makes a number.
const DIGITS: usize = 4;

/// Gathers labels while a sheet is read, row by row.
#[derive(Default)]
pub struct Labels {
    /// The first row with two texts or more, or the first row at all until there is one.
    headings: HashMap<u64, Rc<str>>,
    is_settled: bool,
    row: HashMap<u64, Rc<str>>,
    /// The last text without digits in each column: a sheet may hold a table below another.
    above: HashMap<u64, Rc<str>>,
    before: Option<Rc<str>>,
}

impl Labels {
    /// A row begins.
    pub fn begin_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if !self.is_settled && (self.headings.is_empty() || row.len() > 1) {
            self.is_settled = row.len() > 1;
            self.headings = row;
        }
        self.before = None;
    }

    /// The labels of the cell that comes now, in that column: its heading, the last text above if it may be a number,
    /// then the cell before it. A form has no headings, and its first row must not hide what stands beside a value.
    /// Never none: one is empty then.
    pub fn of(&self, column: u64, may_be_number: bool) -> Vec<Rc<str>> {
        let above = self.above.get(&column).filter(|_| may_be_number);
        let all = self.headings.get(&column).into_iter().chain(above).chain(&self.before);
        let mut labels = all.cloned().collect::<Vec<_>>();
        labels.dedup();
        if labels.is_empty() {
            labels.push("".into());
        }
        labels
    }

    /// That cell's own text, if it has one.
    pub fn add(&mut self, column: u64, text: Option<Zeroizing<String>>) {
        self.before = text.and_then(|text| label(&text));
        if let (false, Some(label)) = (self.is_settled, &self.before) {
            self.row.insert(column, label.clone());
        }
        if let Some(label) = self.before.clone().filter(|label| !label.contains(char::is_numeric)) {
            self.above.insert(column, label);
        }
    }
}

/// Whether a text has digits enough to be a number that a label names.
pub fn may_be_number(text: &str) -> bool {
    text.chars().filter(|character| character.is_numeric()).count() >= DIGITS
}

/// A text as a label. What was blacked out in it is left out: a replacement names a kind, and must not make a label
/// for its neighbour when what was written is read again.
pub fn label(text: &str) -> Option<Rc<str>> {
    let mut label = Zeroizing::new(String::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        label.push_str(before);
        rest = match after.split_once(']') {
            Some((inner, after)) if inner.contains('█') => after,
            _ => {
                label.push('[');
                after
            }
        };
    }
    label.push_str(rest);
    let short = label.trim().chars().take(LONGEST).collect::<String>();
    short.contains(char::is_alphabetic).then(|| short.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(labels: &mut Labels, column: u64, text: &str) {
        labels.add(column, Some(Zeroizing::new(text.to_owned())));
    }

    #[test]
    fn a_heading_comes_before_the_cell_beside() {
        let mut labels = Labels::default();
        labels.begin_row();
        add(&mut labels, 1, "Customers");
        labels.begin_row();
        add(&mut labels, 1, "Name");
        add(&mut labels, 2, "SSN");
        labels.begin_row();
        assert_eq!(*labels.of(1, true), ["Name".into()]);
        add(&mut labels, 1, "Anna");
        assert_eq!(*labels.of(2, true), ["SSN".into(), "Anna".into()]);
        labels.add(2, None);
        assert_eq!(*labels.of(3, true), ["".into()]);
    }

    #[test]
    fn a_heading_of_a_second_table_counts_for_what_is_below_it() {
        let mut labels = Labels::default();
        for row in [["Item", "Price"], ["Chair", "120"], ["Name", "SSN"], ["Anna", "[SSN ████]"], ["Bo", "5"]]
        {
            labels.begin_row();
            add(&mut labels, 1, row[0]);
            add(&mut labels, 2, row[1]);
        }
        labels.begin_row();
        assert_eq!(*labels.of(2, true), ["Price".into(), "SSN".into()]);
        assert_eq!(*labels.of(2, false), ["Price".into()]);
    }

    #[test]
    fn what_was_blacked_out_is_no_label() {
        assert_eq!(label("[SSN ████]"), None);
        assert_eq!(label("536-90-4399"), None);
        assert_eq!(label("Number [SSN ████] [old]").as_deref(), Some("Number  [old]"));
        assert_eq!(label("[open").as_deref(), Some("[open"));
    }
}

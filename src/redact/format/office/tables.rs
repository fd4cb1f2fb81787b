//! Tables of texts: a cell's label is the heading of its column, or the cell before it.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::super::super::Piece;
use super::labels::{Labels, may_be_number};
use super::xml::{Attribute, attribute};

#[derive(Default)]
struct Table {
    labels: Labels,
    column: u64,
    /// How many columns the cell takes.
    span: u64,
    /// The cell's text by now; none outside of cells.
    text: Option<Zeroizing<String>>,
}

/// The tables, one within the other, that are open.
#[derive(Default)]
pub struct Tables(Vec<Table>);

impl Tables {
    /// An element begins.
    pub fn open(&mut self, element: &str, attributes: &[Attribute<'_>]) {
        if is_table(element) {
            self.0.push(Table::default());
        }
        let Some(table) = self.0.last_mut() else { return };
        match element {
            "w:tr" | "a:tr" | "table:table-row" => {
                table.labels.begin_row();
                table.column = 0;
            }
            "w:tc" | "a:tc" | "table:table-cell" => {
                table.column += 1;
                table.span = repeated(attributes, "number-columns-repeated");
                table.text = Some(Zeroizing::new(String::new()));
            }
            "w:gridSpan" => table.span = repeated(attributes, "val"),
            "table:covered-table-cell" => table.column += repeated(attributes, "number-columns-repeated"),
            _ => {}
        }
    }

    /// An element ends, and the text in it was redacted.
    pub fn close(&mut self, element: &str) {
        if is_table(element) {
            self.0.pop();
        } else if let Some(table) = self.0.last_mut()
            && matches!(element, "w:tc" | "a:tc" | "table:table-cell")
        {
            table.labels.add(table.column, table.text.take());
            table.column += table.span.saturating_sub(1);
        }
    }

    /// The labels of a paragraph, which is not redacted yet; it is part of its cell's text then.
    pub fn labels(&mut self, pieces: &[Piece]) -> Vec<Rc<str>> {
        let Some(table) = self.0.last_mut() else { return vec!["".into()] };
        let Some(text) = &mut table.text else { return vec!["".into()] };
        for piece in pieces {
            text.push_str(&piece.text);
        }
        text.push(' ');
        // An attribute's value is told before the cell's text is known.
        let may_be_number = pieces.is_empty() || may_be_number(text);
        table.labels.of(table.column, may_be_number)
    }
}

fn is_table(element: &str) -> bool {
    matches!(element, "w:tbl" | "a:tbl" | "table:table")
}

fn repeated(attributes: &[Attribute<'_>], name: &str) -> u64 {
    let count = attribute(attributes, name).and_then(|count| count.parse().ok());
    count.unwrap_or(1).clamp(1, 1 << 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell: its labels, told before its text is known.
    fn cell(tables: &mut Tables, text: &str) -> Vec<Rc<str>> {
        tables.open("w:tc", &[]);
        let labels = tables.labels(&[Piece::new(text, 1, 1)]);
        tables.close("w:tc");
        labels
    }

    #[test]
    fn a_cells_labels_are_its_columns_heading_and_the_cell_before() {
        let mut tables = Tables::default();
        assert_eq!(*tables.labels(&[]), ["".into()]);
        tables.open("w:tbl", &[]);
        tables.open("w:tr", &[]);
        assert_eq!(*cell(&mut tables, "Name"), ["".into()]);
        assert_eq!(*cell(&mut tables, "SSN"), ["Name".into()]);
        tables.open("w:tr", &[]);
        assert_eq!(*cell(&mut tables, "Anna"), ["Name".into()]);
        assert_eq!(*cell(&mut tables, "536-90-4399"), ["SSN".into(), "Anna".into()]);
        tables.close("w:tbl");
        assert_eq!(*tables.labels(&[]), ["".into()]);
    }

    #[test]
    fn a_table_in_a_cell_does_not_disturb_the_one_around() {
        let mut tables = Tables::default();
        tables.open("w:tbl", &[]);
        tables.open("w:tr", &[]);
        assert_eq!(*cell(&mut tables, "SSN"), ["".into()]);
        tables.open("w:tc", &[]);
        tables.open("w:tbl", &[]);
        tables.open("w:tr", &[]);
        assert_eq!(*cell(&mut tables, "x"), ["".into()]);
        tables.close("w:tbl");
        assert_eq!(*tables.labels(&[]), ["SSN".into()]);
    }
}

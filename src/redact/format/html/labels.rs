//! What says from outside what a text is: the heading of a table's column, the term before a definition, an element of
//! XML.

use zeroize::Zeroizing;

use super::token::Dialect;
use crate::redact::format::segments::as_label;

/// The most columns that one cell is taken to span.
const SPAN: usize = 100;
/// As much of a cell is kept as a label may be made of, in bytes.
const SAID: usize = 1000;

/// A table on the way through its cells.
#[derive(Default)]
struct Table {
    row: usize,
    column: usize,
    /// The cell that is open.
    cell: Option<Cell>,
    headings: Vec<Zeroizing<String>>,
    /// The heading in this row.
    row_heading: Zeroizing<String>,
    /// The cell before, if it is no value.
    before: Zeroizing<String>,
}

struct Cell {
    is_heading: bool,
    span: usize,
    said: Zeroizing<String>,
}

impl Table {
    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let said = as_label(&cell.said);
        if cell.is_heading && self.row == 0 {
            self.headings.resize_with(self.column, Zeroizing::default);
            self.headings.extend(std::iter::repeat_n(said.clone(), cell.span));
        }
        if cell.is_heading {
            self.row_heading.clone_from(&said);
        }
        let digits = said.chars().filter(char::is_ascii_digit).count();
        self.before = if digits * 2 > said.chars().count() { Zeroizing::default() } else { said };
        self.column += cell.span;
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.row += usize::from(self.column > 0);
        self.column = 0;
        self.row_heading = Zeroizing::default();
        self.before = Zeroizing::default();
    }

    fn label(&self) -> Option<&str> {
        let cell = self.cell.as_ref()?;
        if cell.is_heading {
            return Some("");
        }
        let heading = self.headings.get(self.column).filter(|heading| !heading.is_empty());
        let row_heading = (!self.row_heading.is_empty()).then_some(&self.row_heading);
        Some(heading.or(row_heading).unwrap_or(&self.before))
    }
}

/// What is open around a text.
#[derive(Default)]
pub(super) struct Labels {
    tables: Vec<Table>,
    in_term: bool,
    term: Zeroizing<String>,
    in_definition: bool,
    /// The open elements of XML, as they are written.
    elements: Vec<String>,
}

impl Labels {
    /// What the text that comes next is called; empty if nothing says it.
    pub(super) fn label(&self) -> Zeroizing<String> {
        if let Some(label) = self.tables.last().and_then(Table::label) {
            return Zeroizing::new(label.to_owned());
        }
        if self.in_definition {
            return as_label(&self.term);
        }
        as_label(self.elements.last().map_or("", |name| local(name)))
    }

    /// A text that stands there.
    pub(super) fn say(&mut self, text: &str) {
        let cell = self.tables.last_mut().and_then(|table| table.cell.as_mut());
        let said = match cell {
            Some(cell) => &mut cell.said,
            None if self.in_term => &mut self.term,
            None => return,
        };
        if said.len() < SAID {
            said.extend(text.chars().take(SAID));
        }
    }

    /// An element begins.
    pub(super) fn start(&mut self, name: &str, column_span: Option<usize>) {
        match name {
            "table" => self.tables.push(Table::default()),
            "tr" => self.tables.last_mut().map_or((), Table::end_row),
            "td" | "th" => {
                if let Some(table) = self.tables.last_mut() {
                    table.end_cell();
                    let span = column_span.unwrap_or(1).clamp(1, SPAN);
                    let said = Zeroizing::default();
                    table.cell = Some(Cell { is_heading: name == "th", span, said });
                }
            }
            "dt" => (self.in_term, self.in_definition, self.term) = (true, false, Zeroizing::default()),
            "dd" => (self.in_term, self.in_definition) = (false, true),
            _ => {}
        }
    }

    /// An element ends.
    pub(super) fn end(&mut self, name: &str) {
        match name {
            "table" => drop(self.tables.pop()),
            "tr" => self.tables.last_mut().map_or((), Table::end_row),
            "td" | "th" => self.tables.last_mut().map_or((), Table::end_cell),
            "dt" => self.in_term = false,
            "dd" | "dl" => self.in_definition = false,
            _ => {}
        }
    }

    /// An element of XML begins.
    pub(super) fn open(&mut self, name: &str) {
        self.elements.push(name.to_owned());
    }

    /// An element of XML ends; whether it is the one that is open.
    pub(super) fn close(&mut self, name: &str) -> bool {
        self.elements.pop().is_some_and(|open| open == name)
    }

    pub(super) fn is_in_element(&self) -> bool {
        !self.elements.is_empty()
    }
}

/// What the value of an attribute is called. `named` is the value of `name` beside it.
pub(super) fn of_attribute(name: &str, named: &str, dialect: Dialect) -> Zeroizing<String> {
    match (name.strip_prefix("data-"), dialect) {
        (Some(name), _) => as_label(name),
        (None, Dialect::Xml) => as_label(local(name)),
        (None, Dialect::Html) if super::names::is_named(name) => as_label(named),
        (None, Dialect::Html) => Zeroizing::default(),
    }
}

/// A name of XML without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

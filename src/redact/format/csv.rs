//! CSV: rows of cells, which are read one row at a time.

mod dialect;
mod row;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read as _};

use zeroize::Zeroizing;

use super::segments::{Cursor, Edits, NamePart, Origin, as_label, is_blacked_out, lost_breaks, name_of_two};
use super::stream::{Line, Stopped, in_memory, read_line, text};
use super::{Refused, Rewritten};
use crate::redact::Redactor;
use dialect::State;
use row::Cell;

/// How its format is named.
const CSV: &str = "CSV";
/// How much of a file its separator is found out from.
const HEAD: u64 = 64 << 10;
/// In how many rows the headings are sought.
const TITLES: u8 = 20;
/// So many digits are needed for what only a label tells to be a number.
const DIGITS: usize = 5;

/// Rewrites a CSV file in memory.
pub fn rewrite(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    rewrite_part(source, redactor, Origin::FILE)
}

/// Rewrites a CSV file that is a part of another.
pub(super) fn rewrite_part(source: &[u8], redactor: &mut Redactor, origin: Origin<'_>) -> Rewritten {
    let mut written = Zeroizing::new(Vec::with_capacity(source.len()));
    let mut output = |bytes: &[u8]| {
        written.extend_from_slice(bytes);
        Ok(())
    };
    rows(&mut &source[..], &mut output, redactor, origin).map_err(|stopped| in_memory(stopped, CSV))?;
    Ok(written)
}

/// Rewrites a CSV file of any size: `output` is given one row after the other. What it got is nothing to keep if
/// the file is refused after all.
pub fn rewrite_rows(
    input: &mut dyn BufRead,
    output: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    redactor: &mut Redactor,
) -> Result<(), Stopped> {
    rows(input, output, redactor, Origin::FILE)
}

fn rows(
    input: &mut dyn BufRead,
    output: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    redactor: &mut Redactor,
    origin: Origin<'_>,
) -> Result<(), Stopped> {
    let mut head = Zeroizing::new(Vec::new());
    input.take(HEAD).read_to_end(&mut head)?;
    let mut table = Table::new(&head, origin);
    let mut input = io::Read::chain(&head[..], input);
    let mut row = Zeroizing::new(Vec::new());
    while read_row(&mut input, &mut row, &table)? {
        output(&table.rewrite(text(&row, CSV, table.line)?, redactor))?;
        row.clear();
    }
    Ok(())
}

/// Reads a row with its line end into `row`, all lines of it. Whether there was one.
fn read_row(input: &mut dyn BufRead, row: &mut Vec<u8>, table: &Table<'_>) -> Result<bool, Stopped> {
    let mut state = State::CellStart;
    let mut read = 0;
    let mut opened = table.line;
    let mut line = table.line;
    loop {
        let damaged = |why| Refused::Damaged { format: CSV, why };
        let open = || damaged(format!("the quote that is opened in line {opened} is never closed"));
        match read_line(input, row)? {
            Line::End if state == State::Quoted => return Err(open().into()),
            Line::End => return Ok(false),
            Line::TooLong if line > table.line && state == State::Quoted => return Err(open().into()),
            Line::TooLong => {
                let first = table.line;
                return Err(
                    damaged(format!("the row that begins in line {first} is longer than 16 MiB")).into()
                );
            }
            Line::Read => {}
        }
        for byte in row.get(read..).unwrap_or_default() {
            let next = state.step(*byte, table.separator);
            if next == State::Quoted && state == State::CellStart {
                opened = line;
            }
            state = next;
        }
        read = row.len();
        line += 1;
        if state != State::Quoted {
            return Ok(true);
        }
    }
}

/// What is known of a table on the way through its rows.
struct Table<'a> {
    separator: u8,
    /// The line in which the next row begins.
    line: u64,
    part: Option<&'a str>,
    /// What the columns are called, once a row was read that says something.
    headings: Option<Vec<Zeroizing<String>>>,
    /// How many rows may still be that with the headings: titles stand before it.
    unsettled: u8,
    /// Whether the first line only names the separator.
    named: bool,
}

impl<'a> Table<'a> {
    fn new(head: &[u8], origin: Origin<'a>) -> Self {
        let named = dialect::named(head);
        let separator = named.unwrap_or_else(|| dialect::guessed(head));
        Self {
            separator,
            line: origin.line,
            part: origin.part,
            headings: None,
            unsettled: TITLES,
            named: named.is_some(),
        }
    }

    /// One row as it is to be written.
    fn rewrite(&mut self, row: &str, redactor: &mut Redactor) -> Zeroizing<Vec<u8>> {
        let mut cursor = Cursor::new(row, self.line);
        let mut edits = Edits::default();
        let skipped = std::mem::take(&mut self.named);
        for cells in row::rows(row, self.separator) {
            let mut first_row = (self.unsettled > 0 && !skipped).then(Headings::default);
            let is_pair = cells.len() == 2;
            let mut before = Zeroizing::new(String::new());
            let mut name = None::<(NamePart, Cell)>;
            for (column, cell) in cells.into_iter().enumerate() {
                let heading = self.headings.as_ref().and_then(|headings| headings.get(column));
                let heading = heading.map_or("", |heading| heading.as_str());
                let said = cell.text(row);
                // A form has no headings: what stands beside a value says what it is.
                let beside = if is_pair || heading.is_empty() { before.as_str() } else { "" };
                let labels = [heading, beside];
                let labels = if beside.is_empty() || !has_digits(&said) { &labels[..1] } else { &labels[..] };
                let mut hit = false;
                let (line, column_at) = cursor.place(cell.range.start + usize::from(cell.quoted));
                for label in labels {
                    let from = (&mut *redactor, *label, self.part);
                    hit = hit || rewrite_cell(row, &cell, from, &mut cursor, &mut edits, self.separator);
                }
                let own = NamePart { range: cell.range.clone(), said: said.clone(), line, column: column_at };
                let last = name.take().filter(|_| !hit);
                let of_two = last.and_then(|(first, first_cell)| {
                    let put = name_of_two(redactor, [&first, &own], self.part)?;
                    Some((put, first_cell))
                });
                if let Some((put, first_cell)) = &of_two {
                    for cell in [first_cell, &cell] {
                        edits.put(cell.range.clone(), row::written(put, cell.quoted, self.separator));
                    }
                    hit = true;
                }
                if !hit {
                    name = Some((own, cell));
                }
                if let Some(headings) = &mut first_row {
                    headings.add(&said, hit);
                }
                before = if hit { Zeroizing::default() } else { as_label(&said) };
            }
            if let Some(row) = first_row {
                self.settle(row);
            }
        }
        self.line += row.matches('\n').count() as u64;
        edits.apply(row.as_bytes())
    }
}

impl Table<'_> {
    /// Takes a row as that with the headings: the first that has two texts or more, or the first at all until there is
    /// one.
    fn settle(&mut self, row: Headings) {
        self.unsettled = if row.texts > 1 { 0 } else { self.unsettled - 1 };
        if row.texts > 1 || row.texts > 0 && self.headings.is_none() {
            self.headings = Some(row.finish());
        }
    }
}

/// Whether a cell may hold a number or a date that a label tells of.
fn has_digits(said: &str) -> bool {
    said.chars().filter(|character| character.is_numeric()).take(DIGITS).count() == DIGITS
}

/// Rewrites a cell; whether anything was found in it.
fn rewrite_cell(
    row: &str,
    cell: &Cell,
    (redactor, label, part): (&mut Redactor, &str, Option<&str>),
    cursor: &mut Cursor<'_>,
    edits: &mut Edits,
    separator: u8,
) -> bool {
    let mut passage = cell.passage(row, cursor);
    let (mut text, mut changed) = (Zeroizing::new(String::new()), false);
    for segment in passage.redact(redactor, label, part) {
        text.push_str(&segment.text);
        changed |= segment.changed;
    }
    if changed {
        let raw = row.get(cell.range.clone()).unwrap_or_default();
        let breaks = lost_breaks(raw, &text);
        text.push_str(&breaks);
        edits.put(cell.range.clone(), row::written(&text, cell.quoted, separator));
    }
    changed
}

/// A row near the beginning, which may say what the columns are.
#[derive(Default)]
struct Headings {
    cells: Vec<Zeroizing<String>>,
    are_values: bool,
    /// How many cells say something.
    texts: usize,
}

impl Headings {
    fn add(&mut self, said: &str, hit: bool) {
        let digits = said.chars().filter(char::is_ascii_digit).count();
        let all = said.chars().filter(|character| !character.is_whitespace()).count();
        self.are_values |= hit || is_blacked_out(said) || digits * 2 > all;
        self.texts += usize::from(all > 0);
        self.cells.push(as_label(said));
    }

    fn finish(self) -> Vec<Zeroizing<String>> {
        if self.are_values { Vec::new() } else { self.cells }
    }
}

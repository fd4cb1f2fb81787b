//! A row of a CSV file, taken apart into its cells.

use std::ops::Range;

use zeroize::Zeroizing;

use super::dialect::State;
use crate::redact::format::segments::{Cursor, Passage};

/// A cell of a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where it stands, its quotes included.
    pub range: Range<usize>,
    /// Whether it is in quotes.
    pub quoted: bool,
    /// What it says: texts that stand in the row as they are; the first of two quotes is between them, left out.
    texts: Vec<Range<usize>>,
}

impl Cell {
    /// What it says.
    pub(super) fn text(&self, row: &str) -> Zeroizing<String> {
        Zeroizing::new(self.texts.iter().filter_map(|text| row.get(text.clone())).collect())
    }

    /// What it says, to be redacted.
    pub(super) fn passage(&self, row: &str, cursor: &mut Cursor<'_>) -> Passage {
        let mut passage = Passage::default();
        for text in &self.texts {
            passage.push(text.clone(), row.get(text.clone()).unwrap_or_default(), cursor);
        }
        passage
    }
}

/// The cells of a row. It is more than one row only where rows end in a carriage return alone.
pub(super) fn rows(row: &str, separator: u8) -> Vec<Vec<Cell>> {
    let mut rows = vec![Vec::new()];
    let mut state = State::CellStart;
    let mark = if row.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mut cell, mut text) = (Cell { range: mark..mark, ..Cell::default() }, mark);
    // A zero byte is in no row, so it ends the last cell.
    for (at, byte) in row.bytes().enumerate().skip(mark).chain([(row.len(), b'\n')]) {
        let next = state.step(byte, separator);
        match (state, next) {
            (State::CellStart, State::Quoted) => (cell.quoted, text) = (true, at + 1),
            (State::Quoted, State::Closing) => cell.texts.push(std::mem::replace(&mut text, at + 1)..at),
            // The second of two quotes is what they say.
            (State::Closing, State::Quoted) => text = at,
            _ => {}
        }
        let ends = next == State::CellStart || at == row.len();
        if ends {
            if state != State::Closing {
                cell.texts.push(text..at);
            }
            cell.range.end = at;
            let done = std::mem::replace(&mut cell, Cell { range: at + 1..at + 1, ..Cell::default() });
            text = at + 1;
            let last = done.range.is_empty() && byte != separator;
            match rows.last_mut() {
                // Between CR and LF, and behind the last line end, there is no cell.
                Some(cells) if !(last && cells.is_empty()) => cells.push(done),
                _ => {}
            }
            if byte != separator && rows.last().is_some_and(|cells| !cells.is_empty()) {
                rows.push(Vec::new());
            }
        }
        state = next;
    }
    rows.retain(|cells| !cells.is_empty());
    rows
}

/// A cell as it is written.
pub(super) fn written(text: &str, quoted: bool, separator: u8) -> Zeroizing<String> {
    let breaks =
        |character: char| character == char::from(separator) || character == '\n' || character == '\r';
    if quoted || text.starts_with('"') || text.contains(breaks) {
        Zeroizing::new(format!("\"{}\"", &*Zeroizing::new(text.replace('"', "\"\""))))
    } else {
        Zeroizing::new(text.to_owned())
    }
}

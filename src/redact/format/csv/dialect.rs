//! How a CSV file is written: its separator, and where a byte stands among cells and quotes.

/// What separates cells, the likeliest last: of two that fit as well, a comma is the likelier to stand in a cell.
const SEPARATORS: [u8; 4] = [b',', b'|', b'\t', b';'];
/// How many rows the separator is found out from.
const ROWS: usize = 50;

/// Where reading stands after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// At the beginning of a cell, which is also that of a row.
    CellStart,
    /// In a cell without quotes, or behind the quote that closed one.
    Bare,
    /// In quotes.
    Quoted,
    /// After a quote in quotes: it closes the cell, or it is the first of two that stand for one.
    Closing,
}

impl State {
    pub(super) fn step(self, byte: u8, separator: u8) -> Self {
        let ends = byte == separator || byte == b'\n' || byte == b'\r';
        match self {
            Self::Quoted if byte == b'"' => Self::Closing,
            Self::Quoted => Self::Quoted,
            Self::CellStart | Self::Closing if byte == b'"' => Self::Quoted,
            _ if ends => Self::CellStart,
            _ => Self::Bare,
        }
    }
}

/// The separator that a first line `sep=;` names, as spreadsheets write it.
pub(super) fn named(head: &[u8]) -> Option<u8> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = head.split(|byte| *byte == b'\n').next()?;
    let named = first.strip_suffix(b"\r").unwrap_or(first).strip_prefix(b"sep=")?;
    match named {
        [separator] if separator.is_ascii() && *separator != b'"' => Some(*separator),
        _ => None,
    }
}

/// The separator that most rows have equally often.
pub(super) fn guessed(head: &[u8]) -> u8 {
    let best = SEPARATORS.iter().max_by_key(|separator| fitting(head, **separator)).copied();
    best.filter(|separator| fitting(head, *separator) > 0).unwrap_or(b',')
}

/// How many rows have the separator as often as most do. The first counts for a little more: where it holds headings, a
/// comma that is in a cell of each other row is not in it.
fn fitting(head: &[u8], separator: u8) -> usize {
    let rows = separators_by_row(head, separator);
    let equal = |wanted: usize| rows.iter().filter(|count| **count == wanted).count();
    let most = rows.iter().copied().filter(|count| *count > 0).max_by_key(|count| equal(*count));
    most.map_or(0, |most| 2 * equal(most) + usize::from(rows.first() == Some(&most)))
}

/// How often the separator stands in each of the first rows.
fn separators_by_row(head: &[u8], separator: u8) -> Vec<usize> {
    let (mut rows, mut count, mut state, mut begun) = (Vec::new(), 0, State::CellStart, false);
    for byte in head {
        state = state.step(*byte, separator);
        let is_break = *byte == b'\n' || *byte == b'\r';
        if state == State::CellStart && is_break {
            if begun {
                rows.push(count);
            }
            (count, begun) = (0, false);
        } else {
            begun = true;
            count += usize::from(state == State::CellStart);
        }
        if rows.len() == ROWS {
            return rows;
        }
    }
    // What the head cuts off is no whole row, but may be all that there is.
    if rows.is_empty() || (begun && state != State::Quoted && count > 0) {
        rows.push(count);
    }
    rows
}

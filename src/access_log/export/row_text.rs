//! One entry as a line of an exported file, and back. What is read must be, byte for byte, what would
//! have been written.

use std::borrow::Cow;
use std::io;

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as NoName, StrDeserializer};

use super::Format;
use crate::access_log::json_line;
use crate::access_log::reading::{COLUMNS, Row};

/// What every JSON line begins with.
const VERSIONED: &[u8] = b"{\"v\":1,";

impl Format {
    /// What the file begins with.
    pub(super) fn header(self) -> String {
        match self {
            Self::Jsonl => String::new(),
            // The names need no quotes.
            Self::Csv => COLUMNS.join(",") + "\r\n",
        }
    }

    /// A row with its line's end.
    pub(super) fn render(self, row: &Row) -> io::Result<Vec<u8>> {
        match self {
            Self::Jsonl => Ok(json_line::of(row)?.into_bytes()),
            Self::Csv => csv_line(row),
        }
    }

    /// A row with its line's end, if this program would have written it so.
    pub(super) fn parse(self, line: &[u8]) -> Option<Row> {
        let row = match self {
            Self::Jsonl => from_json(line),
            Self::Csv => from_csv(line),
        };
        row.filter(|row| self.render(row).is_ok_and(|rendered| rendered == line))
    }
}

fn csv_line(row: &Row) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(Vec::with_capacity(512));
    let cells = row.cells();
    writer.write_record(cells.iter().map(|cell| neutralised(cell).into_owned()))?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn from_json(line: &[u8]) -> Option<Row> {
    let keys = line.strip_prefix(VERSIONED)?;
    serde_json::from_slice(&[b"{", keys].concat()).ok()
}

fn from_csv(line: &[u8]) -> Option<Row> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(1024).from_reader(line);
    let mut record = csv::StringRecord::new();
    let found = reader.read_record(&mut record).ok()?;
    if !found || record.len() != COLUMNS.len() {
        return None;
    }
    let cells: Vec<&str> = record.iter().map(restored).collect();
    let optional = |cell: &str| Some(cell.to_owned()).filter(|cell| !cell.is_empty());
    let [
        seq,
        time,
        event_id,
        session_id,
        staff,
        role,
        action,
        group,
        customer,
        fields,
        reason,
        outcome,
        detail,
        count,
        host,
        os_user,
        version,
        prev,
        hash,
    ] = cells.try_into().ok()?;
    Some(Row {
        seq: seq.parse().ok()?,
        time: time.to_owned(),
        event_id: event_id.to_owned(),
        session_id: session_id.to_owned(),
        staff: staff.to_owned(),
        role: named(role)?,
        action: named(action)?,
        group: optional(group),
        customer: optional(customer),
        fields: fields.split(' ').filter(|field| !field.is_empty()).map(str::to_owned).collect(),
        reason: optional(reason),
        outcome: named(outcome)?,
        detail: optional(detail),
        count: if count.is_empty() { None } else { Some(count.parse().ok()?) },
        host: host.to_owned(),
        os_user: os_user.to_owned(),
        version: version.to_owned(),
        prev: prev.parse().ok()?,
        hash: hash.parse().ok()?,
    })
}

fn named<'text, T: Deserialize<'text>>(name: &'text str) -> Option<T> {
    let name: StrDeserializer<'_, NoName> = name.into_deserializer();
    T::deserialize(name).ok()
}

/// A cell that no spreadsheet takes for a formula: where one might, a `'` stands before it. So does one
/// before a cell that begins with a `'`; taking one away gives every cell back.
pub fn neutralised(cell: &str) -> Cow<'_, str> {
    let blank = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '\u{feff}' | '\u{200b}')
    };
    let begins = |character: char| {
        matches!(character, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\'')
    };
    // Some spreadsheets drop blanks before they look.
    let formula = cell.trim_start_matches(blank).starts_with(begins);
    if formula || cell.starts_with(char::is_control) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// What [`neutralised`] was given.
pub fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access_log::{Action, Outcome, Role};
    use crate::sealed::signed::Digest;

    #[test]
    fn what_a_spreadsheet_would_compute_is_neutralised_and_nothing_else_is() {
        for formula in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r", "\n", "＝1", "＋1", "－1", "＠a", "'", " =1", "\0"]
        {
            assert_eq!(neutralised(formula), format!("'{formula}"));
        }
        for plain in ["", "refund", "4T-7K3M-Q9TD", "2026-11-24T08:30:00.000Z", "a=b", " a", "1", "東京"] {
            assert_eq!(neutralised(plain), plain);
        }
    }

    fn row(text: [String; 4], count: Option<u64>, seq: u64) -> Row {
        let [reason, host, os_user, detail] = text;
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Row {
            seq,
            time: "2026-11-24T08:30:00.000Z".into(),
            event_id: "e".into(),
            session_id: "s".into(),
            staff: "alice".into(),
            role: Role::Owner,
            action: Action::Lookup,
            group: None,
            customer: filled("4T-7K3M-Q9TD".into()),
            fields: if seq % 2 == 0 { Vec::new() } else { vec!["iban".into(), "phone".into()] },
            reason: filled(reason),
            outcome: Outcome::Denied,
            detail: filled(detail),
            count,
            host,
            os_user,
            version: "0.1.0".into(),
            prev: Digest::of(b"prev"),
            hash: Digest::of(b"hash"),
        }
    }

    proptest! {
        #[test]
        fn taking_one_mark_away_gives_every_cell_back(cell in "[-=+@'＝＋－＠\t\r\n \\PC]{0,3}.{0,9}") {
            let written = neutralised(&cell);
            prop_assert_eq!(restored(&written), cell.as_str());
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
        }

        #[test]
        fn every_row_comes_back_as_it_was(text in any::<[String; 4]>(), count in any::<Option<u64>>(), seq in any::<u64>()) {
            let row = row(text, count, seq);
            for format in [Format::Jsonl, Format::Csv] {
                let line = format.render(&row).unwrap();
                prop_assert_eq!(format.parse(&line), Some(row.clone()));
            }
        }

        #[test]
        fn no_bytes_are_read_as_a_row_that_would_not_be_written_so(bytes in any::<Vec<u8>>(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
            for format in [Format::Jsonl, Format::Csv] {
                prop_assert!(format.parse(&bytes).is_none());
                let mut line = format.render(&row(["refund".into(), "h".into(), "o".into(), String::new()], None, 7)).unwrap();
                let place = place.index(line.len());
                line[place] = byte;
                if let Some(row) = format.parse(&line) {
                    prop_assert_eq!(format.render(&row).unwrap(), line);
                }
            }
        }
    }
}

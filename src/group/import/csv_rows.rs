//! The rows of a CSV file.

use std::io::{self, Read};

use csv::ByteRecord;

use super::columns::{Columns, Target};
use super::{COLUMNS_LIMIT, Encoding, ImportError, ROW_LIMIT, Row, present};
use crate::group::field::Fields;
use crate::group::record::{BadField, Draft, Reason, Record};

const BUFFER: usize = 1 << 16;

/// Follows the last byte of the file. A zero byte is in no text, so it is found again either as a row
/// of its own or at the end of a cell whose quote was never closed, which `csv` does not report.
const END: &[u8; 2] = b"\n\0";

pub(super) struct CsvRows<'a> {
    reader: csv::Reader<Bounded<'a>>,
    fields: &'a Fields,
    plan: Vec<Target>,
    null: Option<String>,
    row: ByteRecord,
}

impl<'a> CsvRows<'a> {
    /// Reads the header.
    pub(super) fn open(
        reader: Box<dyn Read + 'a>,
        delimiter: u8,
        columns: &Columns<'a>,
        null: Option<String>,
    ) -> Result<Self, ImportError> {
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(Bounded { inner: reader, budget: 0, held: false, end: 0, given: 0 });
        let (fields, row) = (columns.fields, ByteRecord::new());
        let mut rows = Self { reader, fields, plan: Vec::new(), null, row };
        let line = rows.read()?.ok_or(ImportError::Empty)?;
        if rows.row.len() > COLUMNS_LIMIT {
            return Err(ImportError::TooManyColumns { count: rows.row.len() });
        }
        rows.plan = columns.plan(&texts(&rows.row, line)?)?;
        Ok(rows)
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ImportError> {
        let Some(line) = self.read()? else { return Ok(None) };
        if self.is_open() {
            let outcome = Err(vec![BadField::whole(Reason::OpenQuote)]);
            return Ok(Some(Row { line, outcome }));
        }
        let outcome = self.record(&texts(&self.row, line)?);
        Ok(Some(Row { line, outcome }))
    }

    fn record(&self, cells: &[&str]) -> Result<Record, Vec<BadField>> {
        if cells.len() != self.plan.len() {
            let reason = Reason::Cells { cells: cells.len(), header: self.plan.len() };
            return Err(vec![BadField::whole(reason)]);
        }
        let mut draft = Draft::new(self.fields);
        for (cell, target) in cells.iter().zip(&self.plan) {
            if let Target::Field(place) = target {
                draft.put_at(*place, present(cell, self.null.as_deref()));
            }
        }
        draft.finish()
    }

    /// Reads a row and gives the line on which it begins; `None` after the last.
    fn read(&mut self) -> Result<Option<u64>, ImportError> {
        let before = self.reader.position().line();
        self.reader.get_mut().budget = ROW_LIMIT + BUFFER;
        match self.reader.read_byte_record(&mut self.row) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(_) if self.reader.get_ref().budget == 0 => {
                return Err(ImportError::RowTooLong { line: before });
            }
            Err(error) => {
                return Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) => error.into(),
                    _ => ImportError::Io(io::Error::other("it does not read as CSV")),
                });
            }
        }
        if self.row.len() == 1 && &self.row[0] == b"\0" && self.is_at_end() {
            return Ok(None);
        }
        // `csv` counts empty lines before a row as its own, so count back from its end.
        let inside = self.row.as_slice().split(|byte| *byte == b'\n').count() - 1;
        let breaks = inside as u64 + u64::from(!self.is_open());
        Ok(Some(self.reader.position().line().saturating_sub(breaks).max(1)))
    }

    /// Whether the row was the last that the file has, [`END`].
    fn is_at_end(&self) -> bool {
        let bounded = self.reader.get_ref();
        bounded.end == END.len() && self.reader.position().byte() == bounded.given
    }

    /// Whether the row ends in a quote that was never closed.
    fn is_open(&self) -> bool {
        self.row.iter().next_back().is_some_and(|cell| cell.ends_with(END))
    }
}

fn texts(row: &ByteRecord, line: u64) -> Result<Vec<&str>, ImportError> {
    let text = |cell| match std::str::from_utf8(cell) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(ImportError::Encoding { line, looks_like: Encoding::of(row.as_slice()) }),
    };
    row.iter().map(text).collect()
}

/// Gives a row no more bytes than its budget, turns CR LF into LF, and appends [`END`].
struct Bounded<'a> {
    inner: Box<dyn Read + 'a>,
    /// Bytes left for the row that is being read.
    budget: usize,
    /// A carriage return was read that may be followed by a line feed.
    held: bool,
    /// How much of [`END`] was given.
    end: usize,
    /// How many bytes were given in all.
    given: u64,
}

impl Bounded<'_> {
    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let wanted = buffer.len().min(self.budget);
            if wanted < 2 {
                self.budget = 0;
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if self.end > 0 {
                let given = (&END[self.end..]).read(buffer)?;
                self.end += given;
                return Ok(given);
            }
            let kept = usize::from(self.held);
            buffer[0] = b'\r';
            let read = match self.inner.read(&mut buffer[kept..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            self.budget -= read;
            self.held = false;
            if read == 0 {
                buffer[kept] = END[0];
                self.end = 1;
                return Ok(kept + 1);
            }
            let filled = kept + read;
            self.held = buffer[filled - 1] == b'\r';
            let given = join_line_ends(&mut buffer[..filled - usize::from(self.held)]);
            if given > 0 {
                return Ok(given);
            }
        }
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let given = self.read_on(buffer)?;
        self.given += given as u64;
        Ok(given)
    }
}

/// Drops each carriage return before a line feed; gives the length of what is left.
fn join_line_ends(bytes: &mut [u8]) -> usize {
    if !bytes.contains(&b'\r') {
        return bytes.len();
    }
    let mut kept = 0;
    for place in 0..bytes.len() {
        if bytes[place] != b'\r' || bytes.get(place + 1) != Some(&b'\n') {
            bytes[kept] = bytes[place];
            kept += 1;
        }
    }
    kept
}

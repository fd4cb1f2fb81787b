//! The rows of a JSON Lines file.

use std::io::{BufRead as _, BufReader, Read};

use zeroize::Zeroizing;

use super::columns::{Columns, Target};
use super::{Encoding, ImportError, ROW_LIMIT, Row, present};
use crate::group::flat_json;
use crate::group::record::{BadField, Draft, Reason, Record};

pub(super) struct JsonRows<'a> {
    reader: BufReader<Box<dyn Read + 'a>>,
    columns: Columns<'a>,
    null: Option<String>,
    line: u64,
    row: Zeroizing<Vec<u8>>,
}

impl<'a> JsonRows<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, columns: Columns<'a>, null: Option<String>) -> Self {
        Self { reader: BufReader::new(reader), columns, null, line: 0, row: Zeroizing::default() }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ImportError> {
        loop {
            self.row.clear();
            self.line += 1;
            let line = self.line;
            let bound = ROW_LIMIT as u64 + 1;
            if self.reader.by_ref().take(bound).read_until(b'\n', &mut self.row)? == 0 {
                return Ok(None);
            }
            if self.row.len() > ROW_LIMIT {
                return Err(ImportError::RowTooLong { line });
            }
            let looks_like = Encoding::of(&self.row);
            let text = match std::str::from_utf8(&self.row) {
                Ok(text) if looks_like != Encoding::Utf16 => text.trim(),
                _ => return Err(ImportError::Encoding { line, looks_like }),
            };
            if !text.is_empty() {
                return Ok(Some(Row { line, outcome: self.record(text) }));
            }
        }
    }

    fn record(&self, text: &str) -> Result<Record, Vec<BadField>> {
        let members =
            flat_json::read(text).map_err(|not_flat| vec![BadField::whole(Reason::NotFlat(not_flat))])?;
        let mut draft = Draft::new(self.columns.fields);
        for (name, value) in members {
            let cell = value.as_ref().map_or("", |value| present(value, self.null.as_deref()));
            match self.columns.target(&name) {
                Target::Field(place) => draft.put_at(place, cell),
                Target::Ignored => {}
                Target::Unknown => draft.put(&name, cell),
            }
        }
        draft.finish()
    }
}

//! Import: CSV and JSON Lines read row by row into checked records, in bounded memory. Nothing is
//! stored here.

mod columns;
mod csv_rows;
mod format;
mod json_rows;

use std::io::{self, Read};

use super::field::{Fields, UnknownField};
use super::intake::IntakeError;
use super::record::{BadField, Record};
use columns::Columns;
use csv_rows::CsvRows;
use format::Format;
use json_rows::JsonRows;

/// Longest row, in bytes: what one row may cost in memory.
const ROW_LIMIT: usize = 1 << 20;
/// Most columns of a CSV file.
const COLUMNS_LIMIT: usize = 1_000;

/// How a file's columns become fields, where their names don't tell.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Columns and the fields that they fill (`--map COLUMN=FIELD`).
    pub map: Vec<(String, String)>,
    /// Columns that are not imported (`--ignore COLUMN`).
    pub ignore: Vec<String>,
    /// A cell of this text holds no value (`--null TEXT`).
    pub null: Option<String>,
}

/// One row of the file.
#[derive(Debug)]
pub struct Row {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// The record, or everything that is wrong with it.
    pub outcome: Result<Record, Vec<BadField>>,
}

/// The rows of an opened file. After an error there are no more.
pub struct Source<'a> {
    rows: Rows<'a>,
    failed: bool,
}

enum Rows<'a> {
    Csv(Box<CsvRows<'a>>),
    Json(JsonRows<'a>),
}

/// What a text that is not UTF-8 looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16: every other byte is zero.
    Utf16,
    /// One byte a letter, as Windows-1252 or ISO 8859-1.
    SingleByte,
}

/// Something that is not a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A zip archive, as `.xlsx` and `.ods` are, or an old `.xls`.
    Spreadsheet,
    /// A PDF.
    Pdf,
    /// A compressed file.
    Compressed,
    /// An `SQLite` database.
    Database,
    /// A JSON array.
    JsonArray,
}

/// A file can't be imported. Names columns and lines, never what rows hold.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    Io(#[source] io::Error),
    /// Sealed for the group's intake, and it does not open to its end.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// What is sealed in a file is wrong.
    #[error("what is sealed in it can't be imported: {0}")]
    Within(Box<ImportError>),
    /// Nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// Sealed with age.
    #[error("the file is sealed with age")]
    Sealed,
    /// No table at all.
    #[error("the file is {}, not CSV or JSON Lines", .0.name())]
    Foreign(Foreign),
    /// Not UTF-8.
    #[error("line {line} is not UTF-8 text: it looks like {}", .looks_like.name())]
    Encoding {
        /// Where the first such row begins, counted from 1.
        line: u64,
        /// What it looks like.
        looks_like: Encoding,
    },
    /// A row beyond the bound, which may be a quote that was never closed.
    #[error("the row that begins on line {line} is longer than {ROW_LIMIT} bytes")]
    RowTooLong {
        /// Counted from 1.
        line: u64,
    },
    /// Too many columns.
    #[error("the header has {count} columns or more; {COLUMNS_LIMIT} are allowed")]
    TooManyColumns {
        /// How many were counted.
        count: usize,
    },
    /// The first row looks like a customer. Says nothing of what it holds.
    #[error("the first row is no header: {0}")]
    NoHeader(NoHeader),
    /// Two columns of one name.
    #[error("the column {column:?} is there twice")]
    ColumnTwice {
        /// The column.
        column: String,
    },
    /// Columns that are no field.
    #[error("columns that are no field of the group: {}", .columns.join(", "))]
    UnknownColumns {
        /// All of them.
        columns: Vec<String>,
    },
    /// Two columns for one field.
    #[error("two columns fill the field `{field}`: {first:?} and {second:?}")]
    FieldTwice {
        /// The field.
        field: String,
        /// The first column.
        first: String,
        /// The other column.
        second: String,
    },
    /// A required field that no column fills.
    #[error("no column fills the field `{field}`, which is required")]
    NoColumnFor {
        /// The field.
        field: String,
    },
    /// A column was mapped or ignored that is not there.
    #[error("the file has no column {column:?}")]
    NoSuchColumn {
        /// The column.
        column: String,
    },
    /// A column was mapped twice, or mapped and ignored.
    #[error("the column {column:?} is mapped or ignored twice")]
    MappedTwice {
        /// The column.
        column: String,
    },
    /// A column was mapped to a field that is not there.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
}

/// Why the first row is no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoHeader {
    /// Excel's own first line, `sep=;`.
    #[error("it is the line `sep=` that Excel writes")]
    Separator,
    /// An empty cell.
    #[error("its cell {cell} is empty")]
    EmptyCell {
        /// Counted from 1.
        cell: usize,
    },
    /// A cell that is no name.
    #[error("its cell {cell} looks like a value")]
    Value {
        /// Counted from 1.
        cell: usize,
    },
    /// Nothing known.
    #[error("none of its {cells} cells names a field of the group")]
    NothingKnown {
        /// How many cells it has.
        cells: usize,
    },
}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<IntakeError>() {
            Ok(error) => Self::Intake(error),
            Err(error) => Self::Io(error),
        }
    }
}

impl ImportError {
    /// The same of what is sealed in a file, where it makes a difference.
    #[must_use]
    pub fn within_sealed(self) -> Self {
        match self {
            Self::Empty | Self::Sealed | Self::Foreign(_) | Self::Encoding { .. } => {
                Self::Within(Box::new(self))
            }
            error => error,
        }
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Intake(error) => return error.hint(),
            Self::Within(error) if matches!(**error, Self::Sealed) => {
                "it was sealed twice: ask the sender to seal the CSV or JSON Lines file itself, once"
            }
            Self::Within(error) => return error.hint(),
            Self::Foreign(Foreign::Spreadsheet) => "save the sheet as CSV (UTF-8), then import that",
            Self::Foreign(Foreign::Compressed) => "unpack it, then import what is in it",
            Self::Foreign(Foreign::JsonArray) => "write one object a line, as `jq -c '.[]'` does",
            Self::Foreign(Foreign::Pdf | Foreign::Database) => "export the customers as CSV (UTF-8)",
            Self::Encoding { looks_like: Encoding::Utf16, .. } => {
                "save it as UTF-8, or run `iconv -f UTF-16 -t UTF-8 FILE > NEW`"
            }
            Self::Encoding { looks_like: Encoding::SingleByte, .. } => {
                "save it as UTF-8, or run `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`"
            }
            Self::RowTooLong { .. } => "a closing quote may be missing",
            Self::NoHeader(NoHeader::Separator) => "remove that line; the separator is found without it",
            Self::NoHeader(_) => {
                "the first row must name the columns; name them as the fields are, \
                 or give --map COLUMN=FIELD or --ignore COLUMN for each"
            }
            Self::UnknownColumns { .. } => "give --map COLUMN=FIELD or --ignore COLUMN for each",
            Self::FieldTwice { .. } => "leave one out with --ignore COLUMN",
            Self::NoColumnFor { .. } => "give --map COLUMN=FIELD",
            _ => return None,
        })
    }
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf16 => "UTF-16",
            Self::SingleByte => "Windows-1252 or Latin-1",
        }
    }

    /// What bytes that are not UTF-8 look like.
    fn of(bytes: &[u8]) -> Self {
        if bytes.contains(&0) { Self::Utf16 } else { Self::SingleByte }
    }
}

impl Foreign {
    fn name(self) -> &'static str {
        match self {
            Self::Spreadsheet => "a spreadsheet or zip archive",
            Self::Pdf => "a PDF",
            Self::Compressed => "a compressed file",
            Self::Database => "an SQLite database",
            Self::JsonArray => "a JSON array",
        }
    }
}

impl<'a> Source<'a> {
    /// Tells CSV from JSON Lines and reads a CSV's header. Reads nothing beyond the first rows.
    pub fn open(
        reader: Box<dyn Read + 'a>,
        fields: &'a Fields,
        mapping: &Mapping,
    ) -> Result<Self, ImportError> {
        let columns = Columns::new(fields, mapping)?;
        let rows = match format::recognise(reader)? {
            (Format::Csv { delimiter }, reader) => {
                Rows::Csv(Box::new(CsvRows::open(reader, delimiter, &columns, mapping.null.clone())?))
            }
            (Format::JsonLines, reader) => Rows::Json(JsonRows::new(reader, columns, mapping.null.clone())),
        };
        Ok(Self { rows, failed: false })
    }
}

impl Iterator for Source<'_> {
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = match &mut self.rows {
            Rows::Csv(rows) => rows.next_row(),
            Rows::Json(rows) => rows.next_row(),
        };
        self.failed = row.is_err();
        row.transpose()
    }
}

/// A cell without a value: empty, or the text that stands for that.
fn present<'c>(cell: &'c str, null: Option<&str>) -> &'c str {
    if null.is_some_and(|null| cell.trim() == null.trim()) { "" } else { cell }
}

#[cfg(test)]
mod tests;

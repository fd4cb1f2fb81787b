//! An open customer group: its fields and records, customer codes, search words, duplicates, import.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`code`] | customer codes and their check character |
//! | [`country`] | countries by code and name |
//! | [`kind`] | what a field holds: validation, stored form, mask |
//! | [`field`] | a group's fields |
//! | [`value`] | one stored value, wiped and never displayed |
//! | [`record`] | one customer's values: checked, stored, compared |
//! | [`view`] | what of a record may be shown |
//! | [`flat_json`] | flat JSON objects, the form of a record in storage and in files |
//! | [`query`] | what was typed to look a customer up, and what finds it |
//! | `phone` | phone numbers in any spelling |
//! | [`folding`] | words of any script without what people type differently |
//! | [`vocabulary`] | words that end with what was typed, or are one mistake away |
//! | [`document`] | a customer's documents |
//! | [`duplicate`] | keys by which a customer is found to be there already |
//! | [`intake`] | files that others sealed for the group |
//! | [`import`] | CSV and JSON Lines, row by row |
//! | [`database`] | the SQLite schema, and one customer's rows in it |
//! | [`lookup`] | customers found, to be shown through the access log |
//! | [`change`] | adding and editing one customer |
//! | [`history`] | a customer's earlier values |
//! | [`export`] | customers for somebody else |
//! | [`disclose`] | all of one customer, for the customer |
//! | [`bulk`] | storing an import, all or nothing |
//! | [`erase`] | erasing customers, and the ledger of their codes |
//! | [`hold`] | customers who are not erased for now |
//! | [`review`] | what is due for review, and what was kept for too long |
//! | [`known`] | what customers are known by: names, addresses, numbers |
//! | [`inventory`] | which fields are stored, of how many, why, for how long |
//! | [`migration`] | new fields, which the records follow |
//! | [`upkeep`] | fold, checkpoint, verify |

use std::sync::Arc;

use jiff::Timestamp;

use crate::sealed::access::Access;
use crate::sealed::disk::DiskError;
use crate::sealed::group_file::{GroupFile, Notice, OpenGroupError};
use crate::sealed::lock::Mode;
use crate::sealed::volume::VolumeError;

pub mod bulk;
pub mod change;
pub mod code;
pub mod country;
pub mod database;
pub mod disclose;
pub mod document;
pub mod duplicate;
pub mod erase;
pub mod export;
pub mod field;
pub mod flat_json;
pub mod folding;
pub mod history;
pub mod hold;
pub mod import;
pub mod intake;
pub mod inventory;
pub mod kind;
pub mod known;
pub mod lookup;
pub mod migration;
mod phone;
pub mod query;
pub mod record;
pub mod review;
pub mod upkeep;
pub mod value;
pub mod view;
pub mod vocabulary;

use code::{CustomerCode, GroupPrefix};
use database::{Customer, Meta};
use field::Fields;

/// An open group.
pub struct Group {
    file: GroupFile,
    meta: Meta,
}

/// A group can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its files can't be opened.
    #[error(transparent)]
    Files(#[from] OpenGroupError),
    /// Its database can't be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What a broken-off re-key left of its documents can't be removed.
    #[error(transparent)]
    Sweep(#[from] document::keep::SweepError),
}

/// A group's database failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The files beneath it failed.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// A file beside it can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// SQLite failed.
    #[error("SQLite failed")]
    Sqlite(#[source] rusqlite::Error),
    /// Its contents are not what this program writes.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
    /// A newer program wrote it.
    #[error("the database has version {found}; this program reads version {}", database::VERSION)]
    Newer {
        /// Its version.
        found: u32,
    },
}

/// No customer of that code, any more or at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", no_such(*.code, *.erased))]
pub struct NoSuchCustomer {
    /// The code.
    pub code: CustomerCode,
    /// When its customer was erased, if there was one.
    pub erased: Option<Timestamp>,
}

fn no_such(code: CustomerCode, erased: Option<Timestamp>) -> String {
    match erased {
        Some(at) => format!("customer {code} was erased on {}", at.strftime("%Y-%m-%d")),
        None => format!("there is no customer {code}"),
    }
}

impl Group {
    /// Opens a group to read it (shared) or to change it (exclusive).
    pub fn open(access: Access, mode: Mode) -> Result<Self, OpenError> {
        let file = GroupFile::open(Arc::new(access), mode)?;
        let meta = Meta::read(file.connection()).map_err(|error| blame(&file, error))?;
        if meta.version < database::VERSION {
            database::pretend_newest(file.connection()).map_err(|error| blame(&file, error))?;
        }
        let group = Self { file, meta };
        if group.file.finished_change() {
            group.sweep_documents()?;
        }
        Ok(group)
    }

    /// The group's name.
    pub fn name(&self) -> &str {
        &self.file.access().group
    }

    /// Its fields.
    pub fn fields(&self) -> &Fields {
        &self.meta.fields
    }

    /// Whether an older program made it: whoever is to change it calls [`Group::upgrade`] first.
    pub fn is_older(&self) -> bool {
        self.meta.version < database::VERSION
    }

    /// The two characters that its customers' codes begin with.
    pub fn prefix(&self) -> GroupPrefix {
        self.meta.prefix
    }

    /// What opening found and mended; to be told, and to be logged.
    pub fn notices(&self) -> &[Notice] {
        self.file.notices()
    }

    /// How many customers it has.
    pub fn customers(&self) -> Result<u64, DatabaseError> {
        let counted =
            self.file.connection().query_row("SELECT count(*) FROM customer", [], |row| row.get::<_, i64>(0));
        counted.map(i64::unsigned_abs).map_err(|error| self.blame(error))
    }

    /// The number of its last record.
    pub fn last_record(&self) -> u64 {
        self.file.last_record().seq
    }

    /// The customer of a code, or what the erasure ledger knows of it.
    fn existing(&self, code: CustomerCode) -> Result<Result<Customer, NoSuchCustomer>, DatabaseError> {
        let found = Customer::by_code(self.file.connection(), &code).map_err(|error| self.blame(error))?;
        Ok(found.ok_or_else(|| self.no_such(code)))
    }

    /// That nobody has a code. A ledger that can't be read is told by `vault verify`, and not here.
    pub fn no_such(&self, code: CustomerCode) -> NoSuchCustomer {
        NoSuchCustomer { code, erased: self.erased_at(code).ok().flatten() }
    }

    fn blame(&self, error: impl Into<DatabaseError>) -> DatabaseError {
        blame(&self.file, error)
    }
}

/// Names the file's own failure instead of the code that SQLite got from it.
fn blame(file: &GroupFile, error: impl Into<DatabaseError>) -> DatabaseError {
    match file.take_failure() {
        Some(failure) => DatabaseError::Volume(failure),
        None => error.into(),
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged("SQLite finds it malformed")
            }
            _ => Self::Sqlite(error),
        }
    }
}

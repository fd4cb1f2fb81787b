//! The rows of a customer's documents. The documents themselves lie beside the database, each sealed in a file
//! of its own.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::database::Customer;
use super::lookup::time;
use super::{DatabaseError, Group};
use crate::sealed::signed::Digest;

/// A document, as its row describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number in the group, for the access log: never given again while a later one is there.
    pub number: i64,
    /// What it is called; one customer has no two of a name.
    pub name: String,
    /// What it is: `application/pdf`.
    pub kind: String,
    /// Its length.
    pub bytes: u64,
    /// Of its contents.
    pub sha256: Digest,
    /// When it was attached.
    pub added: Timestamp,
    /// By whom.
    pub staff: String,
    /// The name of its file in the group's `documents/`.
    pub(super) file: String,
    /// The id of that file's sealed bytes.
    pub(super) sealed: Digest,
}

const COLUMNS: &str = "id, name, type, bytes, sha256, file, sealed, added, staff";

impl Document {
    /// A customer's documents, in the order in which they were added.
    pub(super) fn of(connection: &Connection, customer: i64) -> Result<Vec<Self>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM document WHERE customer = ?1 ORDER BY id");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([customer])?;
        let mut documents = Vec::new();
        while let Some(row) = rows.next()? {
            documents.push(Self::read(row)?);
        }
        Ok(documents)
    }

    /// How many documents a customer has.
    pub(super) fn count(connection: &Connection, customer: i64) -> Result<u64, DatabaseError> {
        let counted: i64 = connection
            .prepare_cached("SELECT count(*) FROM document WHERE customer = ?1")?
            .query_row([customer], |row| row.get(0))?;
        Ok(counted.unsigned_abs())
    }

    fn read(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let damaged = DatabaseError::Damaged("a stored document does not read");
        let digest = |text: String| text.parse::<Digest>().ok();
        let (Ok(bytes), Some(sha256), Some(sealed)) =
            (u64::try_from(row.get::<_, i64>(3)?), digest(row.get(4)?), digest(row.get(6)?))
        else {
            return Err(damaged);
        };
        let file: String = row.get(5)?;
        // It must not lead out of the folder.
        let stem = file.strip_suffix(".age").unwrap_or_default();
        if stem.is_empty() || !stem.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(damaged);
        }
        Ok(Self {
            number: row.get(0)?,
            name: row.get(1)?,
            kind: row.get(2)?,
            bytes,
            sha256,
            file,
            sealed,
            added: time(row.get(7)?)?,
            staff: row.get(8)?,
        })
    }
}

impl Group {
    /// A customer's documents, in the order in which they were added.
    pub(super) fn documents_of(&self, customer: &Customer) -> Result<Vec<Document>, DatabaseError> {
        Document::of(self.file.connection(), customer.id).map_err(|error| self.blame(error))
    }
}

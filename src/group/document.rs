//! A customer's documents: their rows, and what is done with them. The documents themselves lie beside the
//! database, each sealed in a file of its own.
//!
//! | file | what lives there |
//! | --- | --- |
//! | [`name`] | what a document may be called, and what it is |
//! | [`attach`] | adding and removing one |
//! | [`keep`] | all of them: verified, sealed again, swept |

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::change::ChangeError;
use super::code::CustomerCode;
use super::database::Customer;
use super::lookup::time;
use super::{DatabaseError, Group};
use crate::access_log::{Action, Event, Outcome, Unlogged};
use crate::sealed::disk::DiskError;
use crate::sealed::documents::{DocumentFault, Documents, OpenDocument, SealDocumentError};
use crate::sealed::signed::Digest;

pub mod attach;
pub mod keep;
pub mod name;

pub use attach::NewDocument;
pub use keep::{RenewError, Standing};
pub use name::{DocumentName, NameError};

/// A document, as its row describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number in the group, for the access log: never given again.
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

/// Nothing was done with a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The customer is not there, the access log or the database failed, or the commit.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The customer has no document of that name.
    #[error("customer {0} has no document of that name")]
    NoSuchDocument(CustomerCode),
    /// The customer has one already.
    #[error("customer {0} has a document of that name already")]
    NameTaken(CustomerCode),
    /// The customer's record is held.
    #[error("customer {0} is on hold, so nothing of theirs is removed")]
    OnHold(CustomerCode),
    /// The group got a new key since the document was sealed.
    #[error("the group was re-keyed meanwhile")]
    Rekeyed,
    /// What was to be added can't be read.
    #[error("cannot read it")]
    Source(#[source] std::io::Error),
    /// What was to be added is empty.
    #[error("there is nothing in it")]
    Empty,
    /// What was to be added did not keep still.
    #[error("it changed while it was read")]
    Changed,
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealDocumentError),
    /// It is not what was added.
    #[error(transparent)]
    Bad(#[from] BadDocument),
    /// Its file could not be removed. No row names it any more.
    #[error("the document's row is gone, and its file could not be removed")]
    NotRemoved(#[source] DiskError),
}

impl From<DatabaseError> for DocumentError {
    fn from(error: DatabaseError) -> Self {
        Self::Change(error.into())
    }
}

/// A document that is not what was added.
#[derive(Debug, thiserror::Error)]
#[error("document {number} of customer {code}")]
pub struct BadDocument {
    /// Its number.
    pub number: i64,
    /// Whose it is.
    pub code: CustomerCode,
    /// What is wrong with it.
    #[source]
    pub fault: DocumentFault,
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

    /// A customer's document of that name.
    fn named(
        connection: &Connection,
        customer: i64,
        name: &DocumentName,
    ) -> Result<Option<Self>, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM document WHERE customer = ?1 AND name = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let read = |row: &Row<'_>| Ok(Self::read(row));
        statement.query_row(params![customer, name.as_str()], read).optional()?.transpose()
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

/// A document that is about to be read. It stays readable when others remove it meanwhile.
pub struct Reading {
    /// Its row.
    pub document: Document,
    code: CustomerCode,
    open: OpenDocument,
}

impl Reading {
    /// Hands its contents to `drain` piece by piece, with how much there was before each. Whether they are
    /// what was added is known at the end only: on an error all that was handed out is to be thrown away.
    pub fn read<E: From<BadDocument>>(
        self,
        mut drain: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self { document: Document { number, bytes, sha256, .. }, code, open } = self;
        let mut done = 0;
        let read = open.read((bytes, sha256), |piece| {
            drain(piece, done).map_err(ReadFailure::Drain)?;
            done += piece.len() as u64;
            Ok(())
        });
        read.map_err(|failure| match failure {
            ReadFailure::Drain(error) => error,
            ReadFailure::Bad(fault) => BadDocument { number, code, fault }.into(),
        })
    }
}

enum ReadFailure<E> {
    Drain(E),
    Bad(DocumentFault),
}

impl<E> From<DocumentFault> for ReadFailure<E> {
    fn from(fault: DocumentFault) -> Self {
        Self::Bad(fault)
    }
}

impl Group {
    /// Where the group's documents lie, and to whom they are sealed.
    pub fn documents(&self) -> Documents {
        Documents::of(self.file.access())
    }

    /// A customer's documents, in the order in which they were added.
    pub(super) fn documents_of(&self, customer: &Customer) -> Result<Vec<Document>, DatabaseError> {
        Document::of(self.file.connection(), customer.id).map_err(|error| self.blame(error))
    }

    fn document_named(&self, code: CustomerCode, name: &DocumentName) -> Result<Document, DocumentError> {
        let customer = self.customer(code)?;
        Document::named(self.file.connection(), customer.id, name)
            .map_err(|error| self.blame(error))?
            .ok_or(DocumentError::NoSuchDocument(code))
    }

    fn document_event(&self, code: CustomerCode, detail: &str) -> Event {
        let mut event = Event::new(Action::Document, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some(detail.to_owned());
        event
    }

    /// A customer's documents, to be listed.
    pub fn list_documents(&self, code: CustomerCode) -> Result<Unlogged<Vec<Document>>, DocumentError> {
        let customer = self.customer(code)?;
        let documents = self.documents_of(&customer)?;
        let mut event = self.document_event(code, "list");
        event.count = Some(documents.len() as u64);
        Ok(Unlogged::new(documents, vec![event]))
    }

    /// Opens a document to be read.
    pub fn open_document(
        &self,
        code: CustomerCode,
        name: &DocumentName,
    ) -> Result<Unlogged<Reading>, DocumentError> {
        let document = self.document_named(code, name)?;
        let open = self.open_sealed(code, &document)?;
        let event = self.document_event(code, &format!("get document {}", document.number));
        Ok(Unlogged::new(Reading { document, code, open }, vec![event]))
    }

    fn open_sealed(&self, code: CustomerCode, document: &Document) -> Result<OpenDocument, BadDocument> {
        let identity = &self.file.access().identity;
        self.documents().open(&document.file, document.sealed, identity).map_err(|fault| BadDocument {
            number: document.number,
            code,
            fault,
        })
    }
}

//! Adding and removing a document. Added, it is sealed before the group is held; removed, its row goes first.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::name::{DocumentName, LOOKED_AT, media_type};
use super::{Document, DocumentError};
use crate::access_log::{AccessLog, Event, Makes, Outcome};
use crate::group::change::ChangeError;
use crate::group::code::CustomerCode;
use crate::group::{DatabaseError, Group, blame};
use crate::sealed::documents::{Documents, SealedDocument};
use crate::sealed::group_file::CommitError;
use crate::sealed::log::AppendError;
use crate::sealed::volume::VolumeError;
use crate::surroundings::Random;

/// The key in table meta of the highest number that a document was ever given.
const LAST_NUMBER: &str = "document.last";

/// A document that is sealed, and that no customer has yet. Dropped it is removed.
#[must_use = "dropped, it is removed"]
pub struct NewDocument {
    name: DocumentName,
    kind: &'static str,
    sealed: SealedDocument,
}

impl NewDocument {
    /// Seals what `read` gives, from an offset on, until it gives nothing more. The group need not be held.
    pub fn seal(
        name: DocumentName,
        documents: &Documents,
        random: &dyn Random,
        mut read: impl FnMut(&mut [u8], u64) -> Result<usize, DocumentError>,
    ) -> Result<Self, DocumentError> {
        let mut beginning = Vec::new();
        let sealed = documents.seal(&|bytes| random.fill(bytes), |piece, offset| {
            let count = read(piece, offset)?;
            let wanted = LOOKED_AT.saturating_sub(beginning.len()).min(count);
            beginning.extend_from_slice(&piece[..wanted]);
            if count == 0 && offset == 0 { Err(DocumentError::Empty) } else { Ok(count) }
        })?;
        let kind = media_type(&name, &beginning);
        zeroize::Zeroize::zeroize(&mut beginning);
        Ok(Self { name, kind, sealed })
    }
}

impl Group {
    /// Whether a customer can get a document of that name: asked before it is sealed.
    pub fn may_attach(
        &self,
        code: CustomerCode,
        name: &DocumentName,
        log: &AccessLog,
    ) -> Result<(), DocumentError> {
        let customer = self.customer(code)?;
        self.refuse_taken(customer.id, code, name, log)
    }

    fn refuse_taken(
        &self,
        customer: i64,
        code: CustomerCode,
        name: &DocumentName,
        log: &AccessLog,
    ) -> Result<(), DocumentError> {
        let taken = Document::named(self.file.connection(), customer, name);
        let Some(taken) = taken.map_err(|error| self.blame(error))? else { return Ok(()) };
        // The answer tells that there is one.
        let mut event = self.document_event(code, &format!("add, document {} has that name", taken.number));
        event.outcome = Outcome::Denied;
        log.append(&event).map_err(ChangeError::from)?;
        Err(DocumentError::NameTaken(code))
    }

    /// Attaches a sealed document to a customer; durable when this returns. Needs an exclusively opened group.
    pub fn attach(
        &mut self,
        code: CustomerCode,
        new: NewDocument,
        log: &AccessLog,
        now: Timestamp,
    ) -> Result<Document, DocumentError> {
        let customer = self.customer(code)?;
        let NewDocument { name, kind, sealed } = new;
        if *sealed.recipient() != self.file.access().identity.recipient() {
            return Err(DocumentError::Rekeyed);
        }
        self.refuse_taken(customer.id, code, &name, log)?;
        let number = next_number(self.file.connection()).map_err(|error| self.blame(error))?;
        let document = Document {
            number,
            name: name.as_str().to_owned(),
            kind: kind.to_owned(),
            bytes: sealed.bytes,
            sha256: sealed.sha256,
            added: now,
            staff: log.actor().staff.clone(),
            file: sealed.file.clone(),
            sealed: sealed.sealed,
        };
        let event = self.document_event(code, &format!("add document {number}"));
        let stored =
            self.commit_document(&event, log, |connection| insert(connection, customer.id, &document));
        match stored {
            // It may be durable all the same: then its file must be there.
            Err(ChangeError::Commit(error)) if !is_certain(&error) => {
                sealed.keep();
                return Err(ChangeError::Commit(error).into());
            }
            stored => stored?,
        }
        sealed.keep();
        // What a crash left is no business of who adds a document.
        let _ = self.sweep_documents();
        Ok(document)
    }

    /// Whether a customer has a document of that name, and nothing stands against its removal: for whoever is to
    /// confirm it. Logged, because the answer tells that it is there.
    pub fn may_remove(
        &self,
        code: CustomerCode,
        name: &DocumentName,
        log: &AccessLog,
    ) -> Result<(), DocumentError> {
        let (document, _) = self.removable(code, name, log)?;
        let event = self.document_event(code, &format!("to remove document {}", document.number));
        log.append(&event).map_err(ChangeError::from)?;
        Ok(())
    }

    fn removable(
        &self,
        code: CustomerCode,
        name: &DocumentName,
        log: &AccessLog,
    ) -> Result<(Document, Event), DocumentError> {
        let document = self.document_named(code, name)?;
        let event = self.document_event(code, &format!("remove document {}", document.number));
        if self.is_held(document.number)? {
            log.append(&Event { outcome: Outcome::Denied, ..event }).map_err(ChangeError::from)?;
            return Err(DocumentError::OnHold(code));
        }
        Ok((document, event))
    }

    /// Removes a document, its row first. Needs an exclusively opened group. The number that it had.
    pub fn remove_document(
        &mut self,
        code: CustomerCode,
        name: &DocumentName,
        log: &AccessLog,
    ) -> Result<i64, DocumentError> {
        let (document, event) = self.removable(code, name, log)?;
        let number = document.number;
        self.commit_document(&event, log, |connection| {
            connection.execute("DELETE FROM document WHERE id = ?1", [number])?;
            Ok(())
        })?;
        self.documents().remove(&document.file).map_err(DocumentError::NotRemoved)?;
        let _ = self.sweep_documents();
        Ok(number)
    }

    /// Whether the customer is on hold whose document that is.
    fn is_held(&self, number: i64) -> Result<bool, DatabaseError> {
        let held = "SELECT EXISTS (SELECT 1 FROM hold WHERE customer = (SELECT customer FROM document WHERE id = ?1))";
        self.file.connection().query_row(held, [number], |row| row.get(0)).map_err(|error| self.blame(error))
    }

    fn commit_document(
        &mut self,
        event: &Event,
        log: &AccessLog,
        store: impl FnOnce(&Connection) -> Result<(), DatabaseError>,
    ) -> Result<(), ChangeError> {
        let event = event.making(Makes::Record(self.file.last_record().seq + 1));
        let Self { file, .. } = self;
        let change = file.change()?;
        if let Err(error) = store(change.connection()) {
            drop(change);
            return Err(blame(file, error).into());
        }
        log.around(&[event], |entry| Ok::<_, ChangeError>(change.commit(entry)?))?;
        Ok(())
    }
}

/// Whether nothing was committed, for sure.
fn is_certain(error: &CommitError) -> bool {
    use AppendError::{Json, NotStored, Seal};
    matches!(error, CommitError::Volume(VolumeError::Append(NotStored(_) | Seal(_) | Json(_))))
}

fn next_number(connection: &Connection) -> Result<i64, DatabaseError> {
    let given = "SELECT max(ifnull((SELECT max(id) FROM document), 0),
        ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0))";
    let last: i64 = connection.query_row(given, [LAST_NUMBER], |row| row.get(0))?;
    last.checked_add(1).ok_or(DatabaseError::Damaged("the numbers of documents have come to their end"))
}

fn insert(connection: &Connection, customer: i64, document: &Document) -> Result<(), DatabaseError> {
    let Document { number, name, kind, bytes, sha256, added, staff, file, sealed } = document;
    let bytes = i64::try_from(*bytes).map_err(|_| DatabaseError::Damaged("a document is too long"))?;
    connection
        .prepare_cached(
            "INSERT INTO document(id, customer, name, type, bytes, sha256, file, sealed, added, staff)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            number,
            customer,
            name,
            kind,
            bytes,
            sha256.to_string(),
            file,
            sealed.to_string(),
            added.as_second(),
            staff
        ])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)")?
        .execute(params![LAST_NUMBER, number.to_string()])?;
    Ok(())
}

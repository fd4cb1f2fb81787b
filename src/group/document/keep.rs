//! All documents of a group: verified, sealed to a new key, and swept of what a crash left.

use std::collections::HashSet;

use rusqlite::{Connection, Row, params};

use super::{BadDocument, COLUMNS, Document};
use crate::group::code::CustomerCode;
use crate::group::{DatabaseError, Group, blame};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::DiskError;
use crate::sealed::documents::{DocumentFault, Documents, SealDocumentError};
use crate::sealed::group_file::{StageError, Staging};
use crate::sealed::identity::Recipient;
use crate::surroundings::Random;

/// The first version of the schema that has documents.
const FIRST_VERSION: u32 = 2;
/// Documents that are sealed again in one transaction.
const DOCUMENTS_A_TRANSACTION: u32 = 1_000;

/// How a group's documents stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many there are.
    pub count: u64,
    /// The bytes of their contents.
    pub bytes: u64,
    /// Files in their folder that no row names: what a crash left.
    pub strays: u64,
}

/// The documents could not be sealed again; they are as they were.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// One is not what was added, so it can't be sealed again.
    #[error(transparent)]
    Bad(#[from] BadDocument),
    /// One could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealDocumentError),
    /// The stage failed.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Strays could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A file can't be removed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Up to `count` documents after that number, with whose they are.
fn after(
    connection: &Connection,
    number: i64,
    count: u32,
) -> Result<Vec<(CustomerCode, Document)>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT code FROM customer AS c WHERE c.id = d.customer) FROM document AS d
         WHERE d.id > ?1 ORDER BY d.id LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![number, count])?;
    let mut documents = Vec::new();
    while let Some(row) = rows.next()? {
        documents.push((whose(row)?, Document::read(row)?));
    }
    Ok(documents)
}

fn whose(row: &Row<'_>) -> Result<CustomerCode, DatabaseError> {
    let code: Option<String> = row.get(9)?;
    code.and_then(|code| CustomerCode::parse(&code).ok())
        .ok_or(DatabaseError::Damaged("a document belongs to no customer"))
}

fn files(connection: &Connection) -> Result<HashSet<String>, DatabaseError> {
    let mut statement = connection.prepare("SELECT file FROM document")?;
    let files = statement.query_map([], |row| row.get(0))?;
    Ok(files.collect::<Result<_, _>>()?)
}

impl Group {
    /// Removes files in the documents' folder that no row names, as a crash leaves them. Needs an exclusively
    /// opened group. How many there were.
    pub fn sweep_documents(&self) -> Result<u64, SweepError> {
        let documents = self.documents();
        if documents.there()?.is_empty() {
            return Ok(0);
        }
        let rows = files(self.file.connection()).map_err(|error| self.blame(error))?;
        Ok(documents.sweep(&rows)?)
    }

    /// Reads every document to its end.
    pub(in crate::group) fn verify_documents(
        &self,
        progress: Progress<'_>,
    ) -> Result<Standing, VerifyDocumentsError> {
        let connection = self.file.connection();
        let total: i64 = connection
            .query_row("SELECT ifnull(sum(bytes), 0) FROM document", [], |row| row.get(0))
            .map_err(|error| self.blame(error))?;
        let total = total.unsigned_abs();
        let mut standing = Standing::default();
        let mut rows = HashSet::new();
        let mut last = i64::MIN;
        loop {
            let batch =
                after(connection, last, DOCUMENTS_A_TRANSACTION).map_err(|error| self.blame(error))?;
            let Some((_, end)) = batch.last() else { break };
            last = end.number;
            for (code, document) in batch {
                let open = self.open_sealed(code, &document)?;
                let contents = (document.bytes, document.sha256);
                let read = open.read(contents, |piece| {
                    standing.bytes += piece.len() as u64;
                    progress(standing.bytes, total);
                    Ok::<_, DocumentFault>(())
                });
                read.map_err(|fault| BadDocument { number: document.number, code, fault })?;
                standing.count += 1;
                rows.insert(document.file);
            }
        }
        let there = self.documents().there()?;
        standing.strays = there.iter().filter(|file| !rows.contains(*file)).count() as u64;
        Ok(standing)
    }
}

/// Documents did not verify.
#[derive(Debug, thiserror::Error)]
pub(in crate::group) enum VerifyDocumentsError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Bad(#[from] BadDocument),
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Seals every document of a stage to `recipient`, under new names. They are durable when this returns.
pub(in crate::group) fn renew(
    stage: &mut Staging,
    recipient: &Recipient,
    random: &dyn Random,
    progress: Progress<'_>,
) -> Result<(), RenewError> {
    renew_all(stage, recipient, random, progress).map_err(|error| match error {
        RenewError::Database(error) => blame(stage.file(), error).into(),
        other => other,
    })
}

fn renew_all(
    stage: &mut Staging,
    recipient: &Recipient,
    random: &dyn Random,
    progress: Progress<'_>,
) -> Result<(), RenewError> {
    let version: u32 = stage
        .connection()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(DatabaseError::from)?;
    if version < FIRST_VERSION {
        return Ok(());
    }
    let old = Documents::of(stage.file().access());
    // What an earlier re-key left that was broken off is sealed to a key that is over.
    let rows = files(stage.connection())?;
    old.sweep(&rows).map_err(SealDocumentError::from)?;
    drop(rows);
    let new = old.sealed_to(recipient);
    let sum = "SELECT ifnull(sum(bytes), 0) FROM document";
    let total: i64 = stage.connection().query_row(sum, [], |row| row.get(0)).map_err(DatabaseError::from)?;
    let (mut done, mut last) = (0, i64::MIN);
    loop {
        let batch = after(stage.connection(), last, DOCUMENTS_A_TRANSACTION)?;
        let Some((_, end)) = batch.last() else { break };
        last = end.number;
        let mut changes = Vec::new();
        for (code, document) in batch {
            let (number, sealed) = (document.number, document.sealed);
            let bad = |fault| BadDocument { number, code, fault };
            let mut open = old.open(&document.file, sealed, &stage.file().access().identity).map_err(bad)?;
            let path = open.path().to_owned();
            let again = new.seal_unflushed(&|bytes| random.fill(bytes), |piece, offset| {
                let count = open.fill(piece, offset).map_err(bad)?;
                progress(done + offset + count as u64, total.unsigned_abs());
                Ok::<_, RenewError>(count)
            })?;
            if (again.bytes, again.sha256) != (document.bytes, document.sha256) {
                return Err(bad(DocumentFault::Contents(path)).into());
            }
            done += again.bytes;
            changes.push((number, again.file.clone(), again.sealed));
            stage.brings_document(again.file.clone());
            stage.leaves_document(document.file);
            again.keep();
        }
        update(stage.connection(), &changes)?;
        stage.settle(progress)?;
    }
    if last > i64::MIN {
        new.flush().map_err(SealDocumentError::from)?;
    }
    Ok(())
}

fn update(
    connection: &Connection,
    changes: &[(i64, String, crate::sealed::signed::Digest)],
) -> Result<(), DatabaseError> {
    let transaction = connection.unchecked_transaction()?;
    for (number, file, sealed) in changes {
        transaction
            .prepare_cached("UPDATE document SET file = ?2, sealed = ?3 WHERE id = ?1")?
            .execute(params![number, file, sealed.to_string()])?;
    }
    Ok(transaction.commit()?)
}

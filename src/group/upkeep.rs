//! A group's upkeep: fold and checkpoint, verification, a new intake key.

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::database::{self, Customer, Meta, ROWS_A_TRANSACTION};
use super::document::keep::{SweepError, VerifyDocumentsError};
use super::document::{self, BadDocument, RenewError};
use super::duplicate::duplicate_keys;
use super::migration::Restating;
use super::vocabulary;
use super::{DatabaseError, Group, blame};
use crate::access_log::{AccessLog, Action, Event, LogError, Makes, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{DiskError, IoContext};
use crate::sealed::group_file::{PublishError, StageError, Staging, Tidying};
use crate::sealed::identity::{Identity, Recipient};
use crate::sealed::ledger::LedgerError;
use crate::sealed::signed::{Digest, Mark};
use crate::surroundings::Random;

/// Decrypted base kept in memory by an integrity check, which jumps about: 64 MiB.
const VERIFY_CACHE: usize = 64 << 20;
/// Bytes of a file hashed at once.
const PIECE: usize = 1 << 20;

/// Upkeep failed; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The new files could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The staged change failed.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What a crash left of documents can't be removed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

impl From<VerifyDocumentsError> for VerifyError {
    fn from(error: VerifyDocumentsError) -> Self {
        match error {
            VerifyDocumentsError::Database(error) => error.into(),
            VerifyDocumentsError::Bad(error) => error.into(),
            VerifyDocumentsError::Disk(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for UpkeepError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The entries of a staged change, which becomes one record, or a base that takes in the log.
pub(super) fn of_stage(stage: &Staging, mut event: Event, entries: &[(u64, Mark)]) -> Vec<Event> {
    let file = stage.file();
    event.group = Some(file.access().group.clone());
    if let Some(record) = stage.record() {
        return vec![event.making(Makes::Record(record))];
    }
    event.making(Makes::Generation(file.head().generation + 1)).taking_in(entries)
}

impl Group {
    /// Folds or checkpoints the log when it has grown due. To be called after the answer was given.
    pub fn tidy(self, log: &AccessLog) -> Result<Option<Tidying>, UpkeepError> {
        let Some(due) = self.file.due() else { return Ok(None) };
        // What a crash left of documents stops nothing here.
        let _ = self.sweep_documents();
        self.tidy_now(due, log, &|_, _| ())?;
        Ok(Some(due))
    }

    /// Merges the log into the base now. Says whether there was anything to merge.
    pub fn checkpoint(self, log: &AccessLog, progress: Progress<'_>) -> Result<bool, UpkeepError> {
        self.sweep_documents()?;
        if self.file.entries().is_empty() {
            let mut event = Event::new(Action::Checkpoint, Outcome::Success);
            event.group = Some(self.name().to_owned());
            event.detail = Some("nothing to fold".to_owned());
            log.append(&event)?;
            return Ok(false);
        }
        self.tidy_now(Tidying::Checkpoint, log, progress)?;
        Ok(true)
    }

    fn tidy_now(self, tidying: Tidying, log: &AccessLog, progress: Progress<'_>) -> Result<(), UpkeepError> {
        let mut event = Event::new(Action::Checkpoint, Outcome::Success);
        event.group = Some(self.name().to_owned());
        let what = match tidying {
            Tidying::Fold => "fold",
            Tidying::Checkpoint => "checkpoint",
        };
        event.detail = Some(what.to_owned());
        let coming = Makes::Generation(self.file.head().generation + 1);
        let events = event.making(coming).taking_in(&self.file.entries());
        log.around(&events, |entry| Ok(self.file.tidy(tidying, entry, progress)?))
    }

    /// Brings a group of an older program to this one's version: the tables that it lacks, and all words and
    /// keys made anew.
    pub fn upgrade(self, log: &AccessLog, progress: Progress<'_>) -> Result<(), UpkeepError> {
        self.restage("upgrade", true, None, log, progress, |connection, _| database::upgrade(connection))
    }

    /// Changes the whole database at once, with an entry of that detail.
    pub(super) fn restage(
        self,
        detail: &str,
        reindex: bool,
        mut restating: Option<&mut Restating<'_>>,
        log: &AccessLog,
        progress: Progress<'_>,
        begin: impl FnOnce(&Connection, &Meta) -> Result<(), DatabaseError>,
    ) -> Result<(), UpkeepError> {
        let entries = self.file.entries();
        let Self { file, meta } = self;
        let mut stage = file.stage();
        rewrite(&mut stage, &meta, reindex, restating.as_deref_mut(), progress, begin).map_err(|error| {
            match error {
                UpkeepError::Database(error) => UpkeepError::Database(blame(stage.file(), error)),
                other => other,
            }
        })?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.detail = Some(detail.to_owned());
        event.count = restating.map(|restating| restating.changed);
        let events = of_stage(&stage, event, &entries);
        log.around(&events, |entry| Ok(stage.publish(entry, progress)?))
    }
}

/// Readies a group for a new key: a new intake identity, and its documents sealed to that key.
pub fn renew(
    stage: &mut Staging,
    recipient: &Recipient,
    random: &dyn Random,
    progress: Progress<'_>,
) -> Result<(), RenewError> {
    renew_intake(stage.connection(), &Identity::generate())?;
    document::keep::renew(stage, recipient, random, progress)
}

/// Stores another intake identity as the newest, in one transaction. The older ones stay, for opening only.
fn renew_intake(connection: &Connection, intake: &Identity) -> Result<(), DatabaseError> {
    let transaction = connection.unchecked_transaction()?;
    database::add_intake(&transaction, intake)?;
    Ok(transaction.commit()?)
}

pub(super) fn rewrite(
    stage: &mut Staging,
    meta: &Meta,
    reindex: bool,
    mut restating: Option<&mut Restating<'_>>,
    progress: Progress<'_>,
    begin: impl FnOnce(&Connection, &Meta) -> Result<(), DatabaseError>,
) -> Result<(), UpkeepError> {
    stage.connection().execute_batch("BEGIN")?;
    begin(stage.connection(), meta)?;
    if reindex {
        stage
            .connection()
            .execute_batch("INSERT INTO search(search) VALUES('delete-all'); DELETE FROM duplicate_key;")?;
        vocabulary::forget_all(stage.connection())?;
        let mut words = vocabulary::Gathered::default();
        let mut last = i64::MIN;
        loop {
            let mut batch = Customer::after(stage.connection(), last, ROWS_A_TRANSACTION)?;
            let Some(end) = batch.last() else { break };
            last = end.id;
            for customer in &mut batch {
                if let Some(restating) = restating.as_deref_mut() {
                    restating.restate(stage.connection(), customer)?;
                }
                database::index_words(stage.connection(), &meta.fields, customer.id, &customer.record)?;
                let keys = duplicate_keys(&meta.fields, &customer.record).into_iter().map(|key| key.key);
                database::insert_keys(stage.connection(), keys, customer.id)?;
                words.gather(&meta.fields, &customer.record);
            }
            stage.connection().execute_batch("COMMIT")?;
            stage.settle(progress)?;
            stage.connection().execute_batch("BEGIN")?;
        }
        words.store(stage.connection())?;
    }
    Ok(stage.connection().execute_batch("COMMIT")?)
}

/// What a verification went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Bytes of base, log and documents.
    pub bytes: u64,
    /// Customers.
    pub customers: u64,
    /// Records in the log.
    pub records: u64,
    /// Documents.
    pub documents: u64,
    /// Files of documents that no row names, which a crash left: [`Group::sweep_documents`] removes them.
    pub strays: u64,
}

/// A group does not hold what it should.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The base is not the one that the head names.
    #[error("the base's SHA-256 is not the one that the head names")]
    Base,
    /// A record or the head names an access-log entry that is not there.
    #[error("{what} names entry {entry} of the access log, which is not there")]
    Entry {
        /// `record 7` or `the head`.
        what: String,
        /// The entry.
        entry: u64,
    },
    /// The erasure ledger is damaged.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The access log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A document is not what was added.
    #[error(transparent)]
    Document(#[from] BadDocument),
    /// SQLite's integrity check, or ours, found something.
    #[error("the database is damaged: {0}")]
    Database(String),
    /// The database can't be read.
    #[error(transparent)]
    Unreadable(#[from] DatabaseError),
}

impl Group {
    /// Reads every byte: the base's hash, every page, SQLite's own integrity check, every record of a
    /// customer, every document, and the entry that each record of the log names. Opening has checked head, chain and
    /// signatures already.
    pub fn verify(&self, log: &AccessLog, progress: Progress<'_>) -> Result<Verified, VerifyError> {
        let base = self.verify_base(progress)?;
        let entries = self.file.entries();
        let head = (String::from("the head"), self.file.head().entry);
        let records = entries.iter().map(|(record, entry)| (format!("record {record}"), *entry));
        let ledger = self.ledger()?;
        let erasures =
            ledger.entries().map(|(line, entry)| (format!("line {line} of the erasure ledger"), entry));
        for (what, entry) in std::iter::once(head).chain(records).chain(erasures) {
            if !log.holds(entry)? {
                return Err(VerifyError::Entry { what, entry: entry.seq });
            }
        }
        self.file.set_cache(VERIFY_CACHE);
        let customers = self.verify_database().map_err(|error| match error {
            VerifyError::Unreadable(error) => self.blame(error).into(),
            other => other,
        })?;
        let documents = self.verify_documents(progress)?;
        Ok(Verified {
            bytes: base + self.file.log_length() + documents.bytes,
            customers,
            records: entries.len() as u64,
            documents: documents.count,
            strays: documents.strays,
        })
    }

    fn verify_base(&self, progress: Progress<'_>) -> Result<u64, VerifyError> {
        let access = self.file.access();
        let named = &self.file.head().base;
        let path = access.folder.join(&named.name);
        let file = access.disk.open(&path).at("open", &path)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut done = 0;
        loop {
            let count = file.read_at(&mut piece, done).at("read", &path)?;
            if count == 0 {
                break;
            }
            hash.update(&piece[..count]);
            done += count as u64;
            progress(done, named.bytes);
        }
        if Digest::from(hash) == named.sha256 { Ok(done) } else { Err(VerifyError::Base) }
    }

    fn verify_database(&self) -> Result<u64, VerifyError> {
        let connection = self.file.connection();
        let damaged = |what: String| Err(VerifyError::Database(what));
        let sqlite = |error: rusqlite::Error| VerifyError::Unreadable(error.into());
        let found: String =
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
        if found != "ok" {
            return damaged(found);
        }
        let mut ids = Vec::new();
        let mut foreign = None;
        Customer::for_each(connection, |customer| {
            ids.push(customer.id);
            if customer.code.prefix() != self.prefix() {
                foreign = Some(customer.code);
            }
            Ok(())
        })?;
        let lost = rows_of_nobody(connection, &ids).map_err(sqlite)?;
        if lost > 0 {
            return damaged(format!("{lost} rows belong to no customer"));
        }
        match foreign {
            Some(code) => damaged(format!("customer {code} has another group's code")),
            None => Ok(ids.len() as u64),
        }
    }
}

/// How many duplicate keys and old values belong to none of the customers `ids`, which are in order.
/// Asked of SQLite, this would look each customer up in the file, in random order.
fn rows_of_nobody(connection: &Connection, ids: &[i64]) -> rusqlite::Result<u64> {
    let mut lost = 0;
    for table in ["duplicate_key", "history", "document", "hold", "review"] {
        let mut statement = connection.prepare(&format!("SELECT customer FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            lost += u64::from(ids.binary_search(&row.get(0)?).is_err());
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_intake_key_is_the_newest_and_the_older_ones_stay() {
        let connection = crate::sealed::sqlite_memory::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL)").unwrap();
        let (old, new) = (Identity::generate(), Identity::generate());
        assert!(matches!(renew_intake(&connection, &new), Err(DatabaseError::Damaged(_))));
        connection.execute("INSERT INTO meta VALUES('intake.9', ?1)", [old.to_text().as_str()]).unwrap();
        renew_intake(&connection, &new).unwrap();
        renew_intake(&connection, &old).unwrap();
        let mut statement =
            connection.prepare("SELECT key, value FROM meta ORDER BY length(key), key").unwrap();
        let kept: Vec<(String, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let named = |number: u32, key: &Identity| (format!("intake.{number}"), key.to_text().to_string());
        assert_eq!(kept, [named(9, &old), named(10, &new), named(11, &old)]);
    }
}

//! Storing an import: all of it or, on any bad row, nothing. Of each row only the duplicate keys and the
//! code stay in memory.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::Connection;

use super::code::CustomerCode;
use super::database::{self, CODE_INDEX, Customer, ROWS_A_TRANSACTION};
use super::duplicate::{duplicate_keys, shared};
use super::erase::used_codes;
use super::import::{ImportError, Source};
use super::record::Record;
use super::upkeep::of_stage;
use super::vocabulary;
use super::{DatabaseError, Group, blame};
use crate::access_log::{AccessLog, Action, Event, LogError, Outcome};
use crate::sealed::checkpoint::Progress;
use crate::sealed::group_file::{StageError, Staging};
use crate::sealed::ledger::UsedCodes;
use crate::surroundings::Random;

/// Rows from which on the search index is put in order at the end.
const MANY_ROWS: u64 = 10_000;
/// Codes that one entry of the access log lists: what a line of it has room for.
const CODES_AN_ENTRY: usize = 1_000;
/// SQLite's page cache while importing, in KiB.
const CACHE_KIB: u32 = 64 * 1024;

/// How to import.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are the command's flags")]
pub struct Options {
    /// Check everything, store nothing.
    pub dry_run: bool,
    /// Store the good rows although there are bad ones.
    pub skip_bad: bool,
    /// Store customers that seem to be there already.
    pub allow_duplicate: bool,
    /// The file came sealed for the group.
    pub sealed: bool,
}

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// The field, or `-` for the row as a whole.
    pub field: String,
    /// What is wrong; never what the row holds.
    pub reason: String,
}

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Customers stored; in a dry run, those that would be.
    pub imported: u64,
    /// Rows that were not.
    pub skipped: Vec<BadRow>,
}

/// An import failed; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The file can't be read as a table of customers.
    #[error(transparent)]
    Source(#[from] ImportError),
    /// Rows are bad, and bad rows were not to be skipped.
    #[error("{} of the file's rows can't be imported, so none was", rows(.0))]
    BadRows(Vec<BadRow>),
    /// No randomness for a code.
    #[error("no randomness for a customer code")]
    Random(#[source] std::io::Error),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The new files could not be written.
    #[error(transparent)]
    Stage(#[from] StageError),
}

fn rows(bad: &[BadRow]) -> usize {
    let mut lines: Vec<u64> = bad.iter().map(|row| row.line).collect();
    lines.dedup();
    lines.len()
}

impl From<rusqlite::Error> for BulkError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Group {
    /// Imports all rows of `source`. Needs an exclusively opened group.
    pub fn import(
        self,
        source: Source<'_>,
        options: Options,
        log: &AccessLog,
        random: &dyn Random,
        now: Timestamp,
        progress: Progress<'_>,
    ) -> Result<Imported, BulkError> {
        let Self { file, meta } = self;
        let entries = file.entries();
        let mut import = Import {
            stage: file.stage(),
            meta: &meta,
            staff: log.actor().staff.clone(),
            now: now.as_second(),
            options,
            was_empty: false,
            keys: Vec::new(),
            words: vocabulary::Gathered::default(),
            lines: HashMap::new(),
            imported: 0,
            bad: Vec::new(),
            doubled: BTreeSet::new(),
        };
        let stored = import.store_all(source, random, progress);
        stored.map_err(|error| match error {
            BulkError::Database(error) => BulkError::Database(blame(import.stage.file(), error)),
            other => other,
        })?;
        let Import { stage, imported, bad, doubled, .. } = import;
        let no_double = doubled.is_empty();
        log_doubled(&stage, &doubled.into_iter().collect::<Vec<_>>(), log)?;
        let refused = !bad.is_empty() && !options.skip_bad;
        // Whom it found to be there is logged above.
        if no_double && (refused || options.dry_run || imported == 0) {
            let outcome = if refused { Outcome::Failure } else { Outcome::Success };
            let mut event = Event::new(Action::Import, outcome);
            event.group = Some(stage.file().access().group.clone());
            let why = if options.dry_run { "dry run" } else { "nothing imported" };
            let came = if options.sealed { "; sealed" } else { "" };
            event.detail = Some(format!("{why}{came}"));
            event.count = Some(imported);
            log.append(&event)?;
        }
        if refused {
            return Err(BulkError::BadRows(bad));
        }
        if imported > 0 && !options.dry_run {
            let mut event = Event::new(Action::Import, Outcome::Success);
            event.count = Some(imported);
            event.detail = options.sealed.then(|| "sealed".to_owned());
            let events = of_stage(&stage, event, &entries);
            log.around(&events, |entry| Ok::<_, BulkError>(stage.publish(entry, progress)?))?;
        }
        Ok(Imported { imported, skipped: bad })
    }
}

/// That a row is refused for a customer who is there already tells of that customer.
fn log_doubled(stage: &Staging, codes: &[CustomerCode], log: &AccessLog) -> Result<(), LogError> {
    for part in codes.chunks(CODES_AN_ENTRY) {
        let mut event = Event::new(Action::Import, Outcome::Denied);
        event.group = Some(stage.file().access().group.clone());
        event.customer = Some(part.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        event.detail = Some("duplicate".to_owned());
        event.count = Some(part.len() as u64);
        log.append(&event)?;
    }
    Ok(())
}

struct Import<'a> {
    stage: Staging,
    meta: &'a database::Meta,
    staff: String,
    /// Seconds since 1970.
    now: i64,
    options: Options,
    /// The group had no customer: indexes are built last, in order.
    was_empty: bool,
    /// Duplicate keys to store, with their customers.
    keys: Vec<(i64, i64)>,
    /// Words of theirs to keep.
    words: vocabulary::Gathered,
    /// The line of the file that each duplicate key was first seen on.
    lines: HashMap<i64, u64>,
    imported: u64,
    bad: Vec<BadRow>,
    /// The customers of the group that bad rows would have doubled.
    doubled: BTreeSet<CustomerCode>,
}

impl Import<'_> {
    fn store_all(
        &mut self,
        source: Source<'_>,
        random: &dyn Random,
        progress: Progress<'_>,
    ) -> Result<(), BulkError> {
        self.was_empty =
            !self
                .stage
                .connection()
                .query_row("SELECT EXISTS(SELECT 1 FROM customer)", [], |row| row.get::<_, bool>(0))?;
        if self.was_empty {
            self.stage.connection().execute_batch("DROP INDEX customer_code")?;
        }
        let used = used_codes(self.stage.file())?;
        let mut codes = Codes { prefix: self.meta.prefix, drawn: HashSet::new(), used, random };
        self.begin()?;
        for row in source {
            let row = row?;
            match row.outcome {
                Ok(record) => self.store(row.line, &record, &mut codes)?,
                Err(fields) => self.bad.extend(fields.into_iter().map(|bad| BadRow {
                    line: row.line,
                    field: bad.field,
                    reason: bad.reason.to_string(),
                })),
            }
        }
        self.commit()?;
        if self.stores() {
            self.finish(progress)?;
        }
        Ok(())
    }

    /// Whether rows are (still) stored: not in a dry run, nor once a bad row has spoilt everything.
    fn stores(&self) -> bool {
        !self.options.dry_run && (self.options.skip_bad || self.bad.is_empty())
    }

    fn begin(&self) -> Result<(), BulkError> {
        let connection = self.stage.connection();
        Ok(connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE_KIB}; BEGIN"))?)
    }

    fn commit(&self) -> Result<(), BulkError> {
        Ok(self.stage.connection().execute_batch("COMMIT")?)
    }

    fn store(&mut self, line: u64, record: &Record, codes: &mut Codes<'_>) -> Result<(), BulkError> {
        let keys = duplicate_keys(&self.meta.fields, record);
        if !self.options.allow_duplicate {
            let earlier =
                keys.iter().find_map(|key| self.lines.get(&key.key).map(|line| (key.field.clone(), *line)));
            if let Some((field, earlier)) = earlier {
                self.bad.push(BadRow { line, field, reason: format!("is the same as on line {earlier}") });
                return Ok(());
            }
            if !self.was_empty
                && let Some((field, code)) =
                    database::find_duplicate(self.stage.connection(), &self.meta.fields, record, None)?
            {
                let born = if shared(&self.meta.fields, &field) == field { "" } else { ", with birth_date" };
                let reason = format!("is the same as customer {code}'s{born}");
                self.bad.push(BadRow { line, field, reason });
                self.doubled.insert(code);
                return Ok(());
            }
            self.lines.extend(keys.iter().map(|key| (key.key, line)));
        }
        if self.stores() {
            let code = codes.draw(self.stage.connection(), self.was_empty)?;
            let connection = self.stage.connection();
            let id = database::insert(connection, &self.meta.fields, &code, record, &self.staff, self.now)?;
            self.keys.extend(keys.iter().map(|key| (key.key, id)));
            self.words.gather(&self.meta.fields, record);
        }
        self.imported += 1;
        if self.imported.is_multiple_of(ROWS_A_TRANSACTION.into()) {
            self.turn(&|_, _| ())?;
        }
        Ok(())
    }

    /// Ends a transaction and begins the next.
    fn turn(&mut self, progress: Progress<'_>) -> Result<(), BulkError> {
        self.commit()?;
        self.stage.settle(progress)?;
        self.begin()
    }

    /// What is cheaper once and in order: duplicate keys, the index of codes, the order of words.
    fn finish(&mut self, progress: Progress<'_>) -> Result<(), BulkError> {
        self.lines = HashMap::new();
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable();
        self.begin()?;
        for (place, (key, customer)) in keys.iter().enumerate() {
            database::insert_keys(self.stage.connection(), [*key], *customer)?;
            if (place as u64 + 1).is_multiple_of(u64::from(ROWS_A_TRANSACTION) * 10) {
                self.turn(progress)?;
            }
        }
        drop(keys);
        std::mem::take(&mut self.words).store(self.stage.connection())?;
        if self.was_empty {
            self.turn(progress)?;
            self.stage.connection().execute_batch(CODE_INDEX)?;
        }
        if self.imported >= MANY_ROWS {
            self.turn(progress)?;
            self.stage.connection().execute_batch("INSERT INTO search(search) VALUES('optimize')")?;
        }
        self.commit()
    }
}

/// Draws codes that nobody has.
struct Codes<'a> {
    prefix: super::code::GroupPrefix,
    drawn: HashSet<CustomerCode>,
    /// Of customers who were erased.
    used: UsedCodes,
    random: &'a dyn Random,
}

impl Codes<'_> {
    fn draw(&mut self, connection: &Connection, group_was_empty: bool) -> Result<CustomerCode, BulkError> {
        loop {
            let code = CustomerCode::random(self.prefix, self.random).map_err(BulkError::Random)?;
            if self.used.contains(&code.to_string()) || !self.drawn.insert(code) {
                continue;
            }
            if group_was_empty || Customer::by_code(connection, &code)?.is_none() {
                return Ok(code);
            }
        }
    }
}

//! A sealed group and a plain SQLite database in memory, to which the same is done.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "test support")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use vault::sealed::access::{Access, Signers, Witness};
use vault::sealed::disk::Disk;
use vault::sealed::group_file::{Coming, GroupFile, Tidying};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::signed::{Digest, Mark};

use crate::rekeyed_group::RosterFile;
use crate::sealed_group::{Office, entry, image};
use crate::simulated_disk::chance::Chance;

pub type Failure = Box<dyn Error + Send + Sync>;

/// What both begin with.
const SCHEMA: &str = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INTEGER);
    CREATE TABLE u(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
    CREATE INDEX tb ON t(b);
    CREATE VIRTUAL TABLE words USING fts5(b);
    INSERT INTO t(b, c) VALUES('first', 1);";
/// A change of every page of a table: what makes a log long and leaves the database as small as it was.
const TOUCH: &str = "UPDATE t SET c = coalesce(c, 0) + 1";

/// What can be done to a group. What is added here is done in every sweep: [`Deed::chosen`] draws from
/// [`Deed::ALL`], and nothing compiles until the sealed group knows how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Commit,
    /// A change that is dropped.
    Undo,
    Fold,
    Checkpoint,
    /// Staged transactions that become one record.
    ImportFew,
    /// Staged transactions that become a base.
    ImportMany,
    Rekey,
}

impl Deed {
    pub const ALL: [Self; 7] = [
        Self::Commit,
        Self::Undo,
        Self::Fold,
        Self::Checkpoint,
        Self::ImportFew,
        Self::ImportMany,
        Self::Rekey,
    ];

    /// Each in turn, with ordinary commits between.
    pub fn chosen(number: usize) -> Self {
        if number.is_multiple_of(2) { Self::Commit } else { Self::ALL[number / 2 % Self::ALL.len()] }
    }
}

/// The group's side.
pub struct SealedTwin {
    office: Office,
    /// The group's key of each epoch.
    keys: Arc<Vec<Identity>>,
    roster: Arc<RosterFile>,
    witness: Arc<dyn Witness>,
}

/// The roster line that brings a key epoch.
fn line(epoch: u32) -> Mark {
    match epoch {
        1 => Mark { seq: 1, hash: Digest::of(b"roster") },
        _ => Mark { seq: epoch.into(), hash: Digest::of(&epoch.to_le_bytes()) },
    }
}

impl SealedTwin {
    pub fn found(disk: &Arc<dyn Disk>, folder: &Path) -> Self {
        disk.create_dir_all(folder).unwrap();
        let office = Office::from_image_on(Arc::clone(disk), &folder.join("retail"), &image(1024, SCHEMA));
        let key = office.staff.verifying_key();
        let roster = RosterFile::found(Arc::clone(disk), folder.join("roster"), line(1), key);
        disk.sync_dir(folder).unwrap();
        let keys = Arc::new(vec![office.group.clone()]);
        let witness = Arc::clone(&office.notes) as Arc<dyn Witness>;
        Self { office, keys, roster: Arc::new(roster), witness }
    }

    /// The same group on another disk and with other notes.
    pub fn on(&self, disk: Arc<dyn Disk>, witness: Arc<dyn Witness>) -> Self {
        let roster = Arc::new(self.roster.on(Arc::clone(&disk)));
        Self { office: self.office.on(disk), keys: Arc::clone(&self.keys), roster, witness }
    }

    pub fn witness(&self) -> Arc<dyn Witness> {
        Arc::clone(&self.witness)
    }

    /// The key epoch that is in force.
    fn epoch(&self) -> u32 {
        (1..u32::MAX).take_while(|epoch| self.roster.holds(line(*epoch))).last().unwrap()
    }

    fn access(&self) -> Access {
        let epoch = self.epoch();
        let signers = Arc::clone(&self.roster) as Arc<dyn Signers>;
        let identity = self.keys[epoch as usize - 1].clone();
        let witness = self.witness();
        Access { epoch, identity, roster: line(epoch), signers, witness, ..self.office.access() }
    }

    pub fn open(&self, mode: Mode) -> Result<GroupFile, Failure> {
        Ok(GroupFile::open(Arc::new(self.access()), mode)?)
    }

    /// Does it, as a program of its own. Returns the transactions, for the other twin.
    pub fn run(&mut self, deed: Deed, number: u64, luck: &mut Chance) -> Result<Vec<String>, Failure> {
        let mut file = self.open(Mode::Exclusive)?;
        let entry = entry(1_000 + number);
        match deed {
            Deed::Commit | Deed::Undo => {
                let sql = statements(number, luck);
                let change = file.change()?;
                change.connection().execute_batch(&sql)?;
                if deed == Deed::Undo {
                    return Ok(Vec::new());
                }
                change.commit(entry)?;
                Ok(vec![sql])
            }
            Deed::Fold | Deed::Checkpoint => {
                let tidying = if deed == Deed::Fold { Tidying::Fold } else { Tidying::Checkpoint };
                file.tidy(tidying, entry, &|_, _| ())?;
                Ok(Vec::new())
            }
            Deed::ImportFew | Deed::ImportMany | Deed::Rekey => {
                let stage = file.stage();
                let mut done: Vec<String> = (0..3).map(|part| statements(number * 10 + part, luck)).collect();
                for sql in &done {
                    stage.connection().execute_batch(&format!("BEGIN; {sql}; COMMIT"))?;
                }
                if deed == Deed::ImportMany {
                    while stage.record().is_some() {
                        stage.connection().execute_batch(TOUCH)?;
                        done.push(TOUCH.to_owned());
                    }
                }
                if deed != Deed::Rekey {
                    stage.publish(entry, &|_, _| ())?;
                    return Ok(done);
                }
                let key = Identity::generate();
                let mut resealed = stage.reseal(&key.recipient(), &|_, _| ())?;
                let epoch = self.epoch() + 1;
                let signing_key = &self.office.staff.signing_key();
                resealed.announce(&Coming {
                    epoch,
                    roster: line(epoch),
                    entry,
                    signer: "alice.1",
                    signing_key,
                })?;
                Arc::make_mut(&mut self.keys).push(key);
                self.roster.append_line(line(epoch))?;
                resealed.publish()?;
                Ok(done)
            }
        }
    }

    /// One more commit of known statements.
    pub fn commit(&self, sql: &str) -> Result<(), Failure> {
        let mut file = self.open(Mode::Exclusive)?;
        let change = file.change()?;
        change.connection().execute_batch(sql)?;
        let record = change.record();
        change.commit(entry(record))?;
        Ok(())
    }
}

/// The plain side, as it was founded.
pub fn plain() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

/// Statements that always succeed and always mean the same.
fn statements(number: u64, chance: &mut Chance) -> String {
    let count = 1 + chance.below(3);
    (0..count).map(|part| statement(number * 10 + part as u64, chance)).collect::<Vec<_>>().join("; ")
}

fn statement(number: u64, chance: &mut Chance) -> String {
    let (rows, length, modulus) = (1 + chance.below(8), 1 + chance.below(300), 2 + chance.below(5));
    let rest = chance.below(modulus);
    let rows = format!("WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {rows})");
    match chance.below(12) {
        0..=2 => {
            format!("INSERT INTO t(b, c) {rows} SELECT '{number} ' || v || hex(zeroblob({length})), v FROM n")
        }
        3 => format!("UPDATE t SET b = 'now {number} ' || a, c = {number} WHERE a % {modulus} = {rest}"),
        4 => format!("DELETE FROM t WHERE a % {modulus} = {rest} AND a > 1"),
        5 | 6 => format!(
            "INSERT OR REPLACE INTO u {rows} SELECT 'key ' || (v * {modulus} % 17), zeroblob(v * {length}) FROM n"
        ),
        7 => format!("DELETE FROM u WHERE length(v) % {modulus} = {rest}"),
        8 => format!("INSERT INTO words(b) {rows} SELECT 'word{number} word' || v || ' lund' FROM n"),
        9 => format!("DELETE FROM words WHERE rowid % {modulus} = {rest}"),
        10 => format!(
            "CREATE TABLE x{number}(y, z DEFAULT {length}); INSERT INTO x{number}(y) VALUES({number})"
        ),
        _ => {
            format!("ALTER TABLE t ADD COLUMN d{number}; UPDATE t SET d{number} = a WHERE a % {modulus} = 0")
        }
    }
}

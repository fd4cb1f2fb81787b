//! A group that is re-keyed, with a roster of bare marks beside it: what a store does around the group's
//! files, and no more.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "test support; each binary uses its own part"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vault::access_log::line_file::{self, AppendError};
use vault::sealed::access::{Access, Signers, Witness};
use vault::sealed::disk::{self, Disk, DiskError, IoContext};
use vault::sealed::group_file::{Coming, GroupFile, OpenGroupError, Resealed};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::signed::{Digest, Mark, VerifyingKey};

use crate::sealed_group::{Office, entry, image};

const SCHEMA: &str = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);";

/// Which of the group's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Old,
    New,
}

/// The roster line that brings the new key.
pub fn coming_line() -> Mark {
    Mark { seq: 2, hash: Digest::of(b"coming") }
}

/// A roster whose lines are marks. Believes one signer.
pub struct RosterFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    known: Mutex<String>,
    key: VerifyingKey,
}

impl RosterFile {
    /// A roster at `path` that holds its first line.
    pub fn found(disk: Arc<dyn Disk>, path: PathBuf, first: Mark, key: VerifyingKey) -> Self {
        disk::write_new(&*disk, &path, line(first).as_bytes()).unwrap();
        Self { disk, path, known: Mutex::default(), key }
    }

    /// The same roster on another disk.
    pub fn on(&self, disk: Arc<dyn Disk>) -> Self {
        Self { disk, path: self.path.clone(), known: Mutex::default(), key: self.key }
    }

    fn text(&self) -> String {
        // What can't be read now is as it was read last, as in a store.
        let _ = self.read();
        self.known.lock().unwrap().clone()
    }

    fn read(&self) -> Result<(), DiskError> {
        let bytes = disk::read_small(&*self.disk, &self.path, 10_000)?;
        *self.known.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
        Ok(())
    }

    /// Appends the line of the new key and flushes it.
    pub fn append(&self) -> Result<(), AppendError> {
        self.append_line(coming_line())
    }

    /// Appends any line and flushes it.
    pub fn append_line(&self, mark: Mark) -> Result<(), AppendError> {
        let file =
            self.disk.open_for_writing(&self.path).at("open", &self.path).map_err(AppendError::Write)?;
        let end = file.len().at("read", &self.path).map_err(AppendError::Write)?;
        line_file::append(&*file, &self.path, end, line(mark).as_bytes())
    }

    /// The same by somebody who is killed before the flush.
    pub fn append_unflushed(&self) {
        let file = self.disk.open_for_writing(&self.path).unwrap();
        file.write_all_at(line(coming_line()).as_bytes(), file.len().unwrap()).unwrap();
    }
}

fn line(mark: Mark) -> String {
    format!("{} {}\n", mark.seq, mark.hash)
}

impl Signers for RosterFile {
    fn key(&self, signer: &str, _group: &str, roster: Mark) -> Option<VerifyingKey> {
        (signer == "alice.1" && self.holds(roster)).then_some(self.key)
    }

    fn holds(&self, roster: Mark) -> bool {
        self.text().contains(&line(roster))
    }

    fn make_durable(&self) -> Result<(), DiskError> {
        let file = self.disk.open_for_writing(&self.path).at("open", &self.path)?;
        file.sync_data().at("flush", &self.path)?;
        self.read()
    }
}

/// A group, its two keys, and the roster that says which is in force.
pub struct Firm {
    pub office: Office,
    pub new: Identity,
    pub roster: Arc<RosterFile>,
    witness: Arc<dyn Witness>,
    folder: PathBuf,
}

impl Firm {
    /// A group with the rows `one` and `two`.
    pub fn found(disk: Arc<dyn Disk>, folder: &Path) -> Self {
        disk.create_dir_all(folder).unwrap();
        let office = Office::from_image_on(disk, &folder.join("retail"), &image(1024, SCHEMA));
        let witness = Arc::clone(&office.notes) as Arc<dyn Witness>;
        disk::write_new(&*office.disk, &folder.join("roster"), line(office.access().roster).as_bytes())
            .unwrap();
        let firm = Self::around(office, Identity::generate(), witness, folder);
        firm.commit(Key::Old, "INSERT INTO t(b) VALUES('one')").unwrap();
        firm.commit(Key::Old, "INSERT INTO t(b) VALUES('two')").unwrap();
        firm
    }

    fn around(office: Office, new: Identity, witness: Arc<dyn Witness>, folder: &Path) -> Self {
        let (disk, key) = (Arc::clone(&office.disk), office.staff.verifying_key());
        let roster = Arc::new(RosterFile { disk, path: folder.join("roster"), known: Mutex::default(), key });
        Self { office, new, roster, witness, folder: folder.to_owned() }
    }

    /// The same firm on another disk and with other notes.
    pub fn on(&self, disk: Arc<dyn Disk>, witness: Arc<dyn Witness>) -> Self {
        Self::around(self.office.on(disk), self.new.clone(), witness, &self.folder)
    }

    /// Access with one of the keys, as somebody has it who read the roster when that was in force.
    pub fn access(&self, key: Key) -> Access {
        let old = self.office.access();
        let (epoch, identity, roster) = match key {
            Key::Old => (1, self.office.group.clone(), old.roster),
            Key::New => (2, self.new.clone(), coming_line()),
        };
        let signers = Arc::clone(&self.roster) as Arc<dyn Signers>;
        Access { epoch, identity, roster, signers, witness: Arc::clone(&self.witness), ..old }
    }

    /// The key in force.
    pub fn key(&self) -> Key {
        if self.roster.holds(coming_line()) { Key::New } else { Key::Old }
    }

    pub fn open(&self, key: Key, mode: Mode) -> Result<GroupFile, OpenGroupError> {
        GroupFile::open(Arc::new(self.access(key)), mode)
    }

    pub fn rows(&self, key: Key, mode: Mode) -> Result<Vec<String>, Box<dyn Error>> {
        let file = self.open(key, mode)?;
        let mut statement = file.connection().prepare("SELECT b FROM t ORDER BY a")?;
        let rows = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    pub fn commit(&self, key: Key, statements: &str) -> Result<Mark, Box<dyn Error>> {
        let mut file = self.open(key, Mode::Exclusive)?;
        let change = file.change()?;
        change.connection().execute_batch(statements)?;
        let record = change.record();
        Ok(change.commit(entry(record))?)
    }

    /// Seals the group to the new key, and stages a row `three` with it.
    pub fn reseal(&self) -> Result<Resealed, Box<dyn Error>> {
        let stage = self.open(Key::Old, Mode::Exclusive)?.stage();
        stage.connection().execute_batch("INSERT INTO t(b) VALUES('three')")?;
        Ok(stage.reseal(&self.new.recipient(), &|_, _| ())?)
    }

    pub fn announced(&self) -> Result<Resealed, Box<dyn Error>> {
        let mut resealed = self.reseal()?;
        let signing_key = &self.office.staff.signing_key();
        let (epoch, roster, entry) = (2, coming_line(), entry(50));
        resealed.announce(&Coming { epoch, roster, entry, signer: "alice.1", signing_key })?;
        Ok(resealed)
    }

    /// A whole re-key. `holds` is called once the roster line is durable.
    pub fn rekey(&self, holds: &mut dyn FnMut()) -> Result<(), Box<dyn Error>> {
        let resealed = self.announced()?;
        match self.roster.append() {
            Ok(()) => holds(),
            Err(AppendError::Write(error) | AppendError::Torn(error)) => return Err(error.into()),
            Err(AppendError::Flush(error)) => {
                resealed.leave();
                return Err(error.into());
            }
        }
        Ok(resealed.publish()?)
    }

    /// The files in the group's folder but for locks, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let folder = &self.office.folder;
        let names = self.office.disk.list(folder).unwrap();
        let files = names.into_iter().filter(|name| name != "lock" && name != "turn");
        let read = |name: &String| disk::read_small(&*self.office.disk, &folder.join(name), 1 << 20).unwrap();
        files.map(|name| (name.clone(), read(&name))).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|(name, _)| name).collect()
    }
}

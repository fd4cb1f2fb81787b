//! A group's files without a store around them: one key signs, everything seen is kept in memory.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "test support; each binary uses its own part"
)]

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vault::sealed::access::{Access, Seen, Signers, Witness};
use vault::sealed::disk::{Disk, DiskError, RealDisk};
use vault::sealed::group_file::{self, GroupFile};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::signed::{Digest, Mark, VerifyingKey};

/// Believes one signer.
pub struct OneSigner(pub VerifyingKey);

impl Signers for OneSigner {
    fn key(&self, signer: &str, _group: &str, _roster: Mark) -> Option<VerifyingKey> {
        (signer == "alice.1").then_some(self.0)
    }

    fn holds(&self, _roster: Mark) -> bool {
        true
    }

    fn make_durable(&self) -> Result<(), DiskError> {
        Ok(())
    }
}

/// Seen notes in memory.
#[derive(Default)]
pub struct Notes(pub Mutex<HashMap<String, Seen>>);

impl Witness for Notes {
    fn seen(&self, group: &str) -> Option<Seen> {
        self.0.lock().unwrap().get(group).copied()
    }

    fn note(&self, group: &str, seen: Seen) {
        self.0.lock().unwrap().insert(group.to_owned(), seen);
    }
}

/// One person with one group.
pub struct Office {
    pub staff: Identity,
    pub group: Identity,
    pub notes: Arc<Notes>,
    pub disk: Arc<dyn Disk>,
    pub folder: std::path::PathBuf,
}

impl Office {
    /// A group whose database is made by `schema`, with `page_size` bytes a page.
    pub fn new(folder: &Path, page_size: u32, schema: &str) -> Self {
        let image = image(page_size, schema);
        Self::from_image(folder, &image)
    }

    /// A group that holds the database `image`.
    pub fn from_image(folder: &Path, image: &[u8]) -> Self {
        Self::from_image_on(Arc::new(RealDisk), folder, image)
    }

    /// The same on any disk.
    pub fn from_image_on(disk: Arc<dyn Disk>, folder: &Path, image: &[u8]) -> Self {
        let office = Self {
            staff: Identity::generate(),
            group: Identity::generate(),
            notes: Arc::default(),
            disk,
            folder: folder.to_owned(),
        };
        office.disk.create_dir_all(folder).unwrap();
        group_file::create(&office.access(), image, entry(1)).unwrap();
        office
    }

    /// The same person with the same group on another disk.
    pub fn on(&self, disk: Arc<dyn Disk>) -> Self {
        Self {
            staff: self.staff.clone(),
            group: self.group.clone(),
            notes: Arc::clone(&self.notes),
            disk,
            folder: self.folder.clone(),
        }
    }

    /// Their access.
    pub fn access(&self) -> Access {
        Access {
            disk: Arc::clone(&self.disk),
            folder: self.folder.clone(),
            store: Digest::of(b"store"),
            group: "retail".to_owned(),
            epoch: 1,
            since: 0,
            identity: self.group.clone(),
            signer: "alice.1".to_owned(),
            signing_key: Arc::new(self.staff.signing_key()),
            roster: Mark { seq: 1, hash: Digest::of(b"roster") },
            signers: Arc::new(OneSigner(self.staff.verifying_key())),
            witness: Arc::clone(&self.notes) as Arc<dyn Witness>,
            patience: Duration::from_millis(200),
        }
    }

    pub fn read(&self) -> GroupFile {
        GroupFile::open(Arc::new(self.access()), Mode::Shared).unwrap()
    }

    pub fn write(&self) -> GroupFile {
        GroupFile::open(Arc::new(self.access()), Mode::Exclusive).unwrap()
    }

    /// One change, committed.
    pub fn commit(&self, statements: &str) -> Mark {
        let mut file = self.write();
        let change = file.change().unwrap();
        change.connection().execute_batch(statements).unwrap();
        let record = change.record();
        change.commit(entry(record)).unwrap()
    }
}

/// A made-up access-log entry.
pub fn entry(seq: u64) -> Mark {
    Mark { seq, hash: Digest::of(&seq.to_le_bytes()) }
}

/// A database in write-ahead mode, made in memory.
pub fn image(page_size: u32, schema: &str) -> Vec<u8> {
    let mut connection = vault::sealed::sqlite_memory::open_in_memory().unwrap();
    connection.execute_batch(&format!("PRAGMA page_size={page_size}; {schema}")).unwrap();
    let mut image = connection.serialize("main").unwrap().to_vec();
    image[18] = 2;
    image[19] = 2;
    image
}

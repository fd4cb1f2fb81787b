//! A re-key of a group's files: all of it sealed to a new key, which holds once the roster has a line.

use std::sync::Arc;

use super::publish::PublishError;
use super::staging::{DocumentFiles, StageError, Staging};
use super::{GroupFile, Head};
use crate::sealed::access::{Access, Seen};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::head::{self, BaseFile, LogFile};
use crate::sealed::identity::Recipient;
use crate::sealed::lock::Lock;
use crate::sealed::signed::{Mark, SigningKey};

/// A group sealed to a new key; still locked, and its old files in force until the roster has a line.
///
/// Dropped without [`Resealed::publish`] or [`Resealed::leave`] it removes what it wrote, unless the
/// roster has that line by then.
#[must_use = "dropped, it removes what it wrote"]
pub struct Resealed {
    access: Arc<Access>,
    old: Head,
    base: BaseFile,
    log: LogFile,
    entries: Vec<(u64, Mark)>,
    /// `None` once the re-key holds, or nobody can know.
    documents: Option<DocumentFiles>,
    /// The erasure ledger's end.
    ledger: Mark,
    /// The roster line that `head.next` names, from when it is begun.
    announced: Option<Mark>,
    /// Dropping it leaves every file.
    settled: bool,
    // Declared last: the lock is let go when all else is done.
    _lock: Lock,
}

/// What the head of a new key says and the old one does not.
#[derive(Debug, Clone, Copy)]
pub struct Coming<'a> {
    /// The new key epoch.
    pub epoch: u32,
    /// The coming roster line, which alone makes the head valid.
    pub roster: Mark,
    /// The re-key's entry in the access log.
    pub entry: Mark,
    /// Who signs: `name.number`, a member of the group as of that line.
    pub signer: &'a str,
    /// Their signing key.
    pub signing_key: &'a SigningKey,
}

impl Staging {
    /// Writes base and staged log as the next generation's base, sealed to `recipient`, with an empty
    /// log beside it. Nothing of it holds before [`Resealed::announce`] and the roster line that it
    /// names. On an error the group is as it was.
    pub fn reseal(self, recipient: &Recipient, progress: Progress<'_>) -> Result<Resealed, StageError> {
        let last = self.last_record();
        let entries = self.entries();
        let (base, log) = self.file.new_base(recipient, last, progress)?;
        let Self { staged, documents, ledger, file, .. } = self;
        let GroupFile { connection, volume, head, access, _lock: lock, .. } = file;
        // Whatever was decrypted of this group leaves memory before the next one is begun.
        drop((connection, volume, staged));
        let (announced, settled, documents) = (None, false, Some(documents));
        let ledger = ledger.unwrap_or(head.ledger);
        Ok(Resealed {
            access,
            old: head,
            base,
            log,
            entries,
            documents,
            ledger,
            announced,
            settled,
            _lock: lock,
        })
    }
}

impl Resealed {
    /// The group's name.
    pub fn group(&self) -> &str {
        &self.access.group
    }

    /// The coming generation.
    pub fn generation(&self) -> u64 {
        self.old.generation + 1
    }

    /// Record → access-log entry of every record of the log that it takes in.
    pub fn entries(&self) -> &[(u64, Mark)] {
        &self.entries
    }

    /// Writes `head.next`, fsynced with its folder: from then on the roster line alone decides.
    pub fn announce(&mut self, coming: &Coming<'_>) -> Result<(), PublishError> {
        let disk = &*self.access.disk;
        let head = Head {
            generation: self.generation(),
            epoch: coming.epoch,
            base: self.base.clone(),
            log: self.log.clone(),
            ledger: self.ledger,
            roster: coming.roster,
            entry: coming.entry,
            signer: coming.signer.to_owned(),
            ..self.old.clone()
        };
        let bytes = head::encode(&head, coming.signing_key)?;
        let next = self.access.folder.join("head.next");
        if disk.exists(&next).at("look for", &next)? {
            disk.remove_file(&next).at("remove", &next)?;
        }
        self.announced = Some(coming.roster);
        disk::write_new(disk, &next, &bytes)?;
        Ok(disk.sync_dir(&self.access.folder).at("flush", &self.access.folder)?)
    }

    /// To be called once the roster line is durable: `head.next` becomes `head`, what it supersedes is
    /// removed, durably, and what is seen is noted. The re-key holds whatever this returns; after an
    /// error the next exclusive holder finishes it.
    pub fn publish(mut self) -> Result<(), PublishError> {
        self.settled = true;
        let access = &*self.access;
        let (disk, folder) = (&*access.disk, &access.folder);
        let next = folder.join("head.next");
        // Before the head has its name: as long as it has not, the next exclusive holder knows of them.
        let documents = self.documents.take().map_or(Ok(()), DocumentFiles::published);
        disk.rename(&next, &folder.join("head")).at("rename", &next)?;
        disk.sync_dir(folder).at("flush", folder)?;
        let log = Mark { seq: self.log.last, hash: self.log.ends };
        access.witness.note(&access.group, Seen { generation: self.generation(), log });
        let removed = [&self.old.base.name, &self.old.log.name].map(|name| {
            let path = folder.join(name);
            disk.remove_file(&path).at("remove", &path)
        });
        disk.sync_dir(folder).at("flush", folder)?;
        Ok(removed.into_iter().collect::<Result<(), DiskError>>().and(documents)?)
    }

    /// It can't be known whether the roster line is durable: leaves every file for the next exclusive
    /// holder, who asks the roster.
    pub fn leave(mut self) {
        self.leave_everything();
    }

    fn leave_everything(&mut self) {
        self.settled = true;
        if let Some(documents) = self.documents.take() {
            documents.leave();
        }
    }

    /// Whether the roster has the line already. Then it is too late to take anything back.
    fn holds(&self) -> bool {
        self.announced.is_some_and(|line| self.access.signers.holds(line))
    }
}

impl Drop for Resealed {
    fn drop(&mut self) {
        if self.settled || self.holds() {
            self.leave_everything();
            return;
        }
        let access = Arc::clone(&self.access);
        let (disk, folder) = (&*access.disk, &access.folder);
        // The head first, so that it never names files that are gone. What stays is removed by the next
        // exclusive holder.
        if self.announced.is_some() {
            let next = folder.join("head.next");
            let _ = disk.remove_file(&next);
            if disk.exists(&next).unwrap_or(true) {
                self.leave_everything();
                return;
            }
        }
        for name in [&self.base.name, &self.log.name] {
            let _ = disk.remove_file(&folder.join(name));
        }
    }
}

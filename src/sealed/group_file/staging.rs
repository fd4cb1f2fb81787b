//! Staged changes: as many transactions as it takes, published together or not at all.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::publish::{FileKind, PublishError, base_file, empty_log, merge_at_path};
use super::{CHUNKS, GroupFile, OpenGroupError, connect};
use crate::sealed::access::Access;
use crate::sealed::age_file::{SealedReader, Written};
use crate::sealed::checkpoint::{self, Progress};
use crate::sealed::disk::{DiskError, DiskFile, IoContext};
use crate::sealed::log::Appender;
use crate::sealed::signed::Mark;
use crate::sealed::vfs;
use crate::sealed::volume::{Sink, Volume, VolumeError};

/// Log bytes in memory after which a stage is merged into a base of its own.
const SETTLE_AT: usize = 128 << 20;
/// Log bytes in memory from which on a stage counts as one that will be settled: its room is then
/// taken at once, because a buffer that doubles holds two copies while it moves.
const LARGE: usize = 16 << 20;
/// Room for the log of a large stage: [`SETTLE_AT`] and one transaction more.
const ROOM: usize = SETTLE_AT + (32 << 20);
/// The largest stage that is published as one record instead of a new base, in bytes.
const ONE_RECORD: usize = 2 << 20;

/// A staged change failed; nothing of it happened.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Its base could not be written or published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Its base could not be opened again.
    #[error(transparent)]
    Open(#[from] OpenGroupError),
    /// The files refused.
    #[error(transparent)]
    Volume(#[from] VolumeError),
}

/// A group whose transactions stay in memory, or in a base that no head names, until they are
/// published.
pub struct Staging {
    // Declared first: they are removed while the group's lock is still held.
    pub(super) staged: Option<StagedBase>,
    pub(super) documents: DocumentFiles,
    /// The erasure ledger's end once this is published, where it is another one.
    pub(super) ledger: Option<Mark>,
    pub(super) file: GroupFile,
    appender: Option<Box<Appender>>,
    /// How much of the volume's log was there before.
    before: usize,
    rounds: u32,
}

/// A base of the stage's own, removed when dropped: an import that was given up leaves nothing. After a
/// crash the next exclusive holder cleans.
pub(super) struct StagedBase {
    access: Arc<Access>,
    name: String,
    written: Written,
    kept: bool,
}

impl StagedBase {
    /// Gives the file its name among the group's.
    fn rename(mut self, name: &str) -> Result<Written, DiskError> {
        let folder = &self.access.folder;
        let from = folder.join(&self.name);
        self.access.disk.rename(&from, &folder.join(name)).at("rename", &from)?;
        self.kept = true;
        Ok(self.written)
    }
}

impl Drop for StagedBase {
    fn drop(&mut self) {
        if !self.kept {
            let _ = self.access.disk.remove_file(&self.access.folder.join(&self.name));
        }
    }
}

/// Document files that a change brings in, and those that it leaves behind. Dropped before the change is
/// published it removes the first, by [`DocumentFiles::published`] the others.
pub(super) struct DocumentFiles {
    access: Arc<Access>,
    new: Vec<String>,
    old: Vec<String>,
}

impl DocumentFiles {
    fn remove(&self, names: &[String]) -> Result<(), DiskError> {
        let folder = documents_folder(&self.access.folder);
        let mut failed = Ok(());
        for name in names {
            let path = folder.join(name);
            let removed = self.access.disk.remove_file(&path);
            if removed.as_ref().is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound) {
                failed = removed.at("remove", &path);
            }
        }
        failed
    }

    /// The change holds: what it leaves behind goes, durably.
    pub fn published(mut self) -> Result<(), DiskError> {
        self.new.clear();
        let old = std::mem::take(&mut self.old);
        if old.is_empty() {
            return Ok(());
        }
        let removed = self.remove(&old);
        let folder = documents_folder(&self.access.folder);
        self.access.disk.sync_dir(&folder).at("flush", &folder)?;
        removed
    }

    /// Whether the change holds can't be known: every file stays, for the next sweep.
    pub fn leave(mut self) {
        self.new.clear();
    }
}

impl Drop for DocumentFiles {
    fn drop(&mut self) {
        // What stays is removed by the next sweep.
        let _ = self.remove(&self.new);
    }
}

/// Where a group's documents lie.
pub fn documents_folder(group: &std::path::Path) -> std::path::PathBuf {
    group.join("documents")
}

impl GroupFile {
    /// Turns an exclusively opened group into a stage.
    pub fn stage(self) -> Staging {
        let mut volume = vfs::lock(&self.volume);
        let before = volume.log().len();
        let appender = match std::mem::replace(volume.sink_mut(), Sink::Staged) {
            Sink::Records { appender, .. } => Some(appender),
            Sink::None | Sink::Staged => None,
        };
        drop(volume);
        let documents = DocumentFiles { access: Arc::clone(&self.access), new: Vec::new(), old: Vec::new() };
        Staging { staged: None, documents, ledger: None, file: self, appender, before, rounds: 0 }
    }
}

impl Staging {
    /// The database.
    pub fn connection(&self) -> &Connection {
        &self.file.connection
    }

    /// The group.
    pub fn file(&self) -> &GroupFile {
        &self.file
    }

    /// A document file, fsynced with its folder, that a row of the stage names: removed again if the stage is
    /// not published.
    pub fn brings_document(&mut self, name: String) {
        self.documents.new.push(name);
    }

    /// A document file that no row of the stage names any more: removed, durably, once it is published.
    pub fn leaves_document(&mut self, name: String) {
        self.documents.old.push(name);
    }

    /// The new head is to end the erasure ledger there. Then the stage becomes a base, never a record.
    pub fn ends_ledger(&mut self, end: Mark) {
        self.ledger = Some(end);
    }

    /// Merges what is in memory into a base of the stage's own, once it is large. To be called
    /// between transactions; the connection is a new one afterwards.
    pub fn settle(&mut self, progress: Progress<'_>) -> Result<(), StageError> {
        {
            let mut volume = vfs::lock(&self.file.volume);
            let length = volume.log().len();
            if length >= LARGE {
                volume.reserve_log(ROOM);
            }
            if length < SETTLE_AT {
                return Ok(());
            }
        }
        let (staged, file) = self.merge(progress)?;
        let access = &self.file.access;
        let path = access.folder.join(&staged.name);
        let base = SealedReader::open(file, access.identity.as_age(), CHUNKS)
            .map_err(|source| OpenGroupError::Base { path, source })?;
        let volume = Arc::new(Mutex::new(Volume::new(base, Zeroizing::default(), Sink::Staged)));
        self.file.connection = connect(access, &volume)?;
        self.file.volume = volume;
        self.before = 0;
        self.staged = Some(staged);
        Ok(())
    }

    /// Base and log into a new file `stage.N`.
    fn merge(&mut self, progress: Progress<'_>) -> Result<(StagedBase, Arc<dyn DiskFile>), PublishError> {
        let access = &self.file.access;
        self.rounds += 1;
        let name = format!("stage.{}", self.rounds);
        let path = access.folder.join(&name);
        let file: Arc<dyn DiskFile> = access.disk.create_new(&path).at("create", &path)?.into();
        let mut volume = vfs::lock(&self.file.volume);
        let (base, log) = volume.parts();
        let merged = checkpoint::merge(base, log, Arc::clone(&file), &access.identity.recipient(), progress)
            .map_err(|error| merge_at_path(error, &path));
        let written = self.file.undo_on_error(merged, &path)?;
        Ok((StagedBase { access: Arc::clone(access), name, written, kept: false }, file))
    }

    /// The number of the record that publishing writes, when the stage is small enough to be one.
    pub fn record(&self) -> Option<u64> {
        let small = vfs::lock(&self.file.volume).log().len() - self.before <= ONE_RECORD;
        match &self.appender {
            Some(appender) if self.staged.is_none() && small && self.ledger.is_none() => {
                Some(appender.mark().seq + 1)
            }
            _ => None,
        }
    }

    /// The last record of the log beneath the stage.
    pub(super) fn last_record(&self) -> Mark {
        self.appender.as_ref().map_or_else(|| self.file.last_record(), |appender| appender.mark())
    }

    /// Record → access-log entry of every record of that log.
    pub(super) fn entries(&self) -> Vec<(u64, Mark)> {
        self.appender.as_ref().map_or_else(|| self.file.entries(), |appender| appender.entries().to_vec())
    }

    /// Makes all of it the group's, durably; the record or the new head names `entry`. Superseded files that
    /// can't be removed are left to the next exclusive holder.
    pub fn publish(self, entry: Mark, progress: Progress<'_>) -> Result<(), StageError> {
        self.publish_and_remove(entry, progress).map(drop)
    }

    /// The same; what could not be removed is told.
    pub fn publish_and_remove(
        mut self,
        entry: Mark,
        progress: Progress<'_>,
    ) -> Result<Result<(), DiskError>, StageError> {
        if self.record().is_some()
            && let Some(appender) = &mut self.appender
        {
            let volume = vfs::lock(&self.file.volume);
            let stretch = &volume.log()[self.before..];
            if !stretch.is_empty() {
                appender.append(stretch, entry).map_err(VolumeError::from)?;
            }
            drop(volume);
            return Ok(self.documents.published());
        }
        let last = self.last_record();
        let unmerged = !vfs::lock(&self.file.volume).log().is_empty();
        if unmerged || self.staged.is_none() {
            let (staged, _) = self.merge(progress)?;
            self.staged = Some(staged);
        }
        let Some(staged) = self.staged.take() else { return Ok(Ok(())) };
        let access = &self.file.access;
        let generation = self.file.head.generation + 1;
        let name = FileKind::Base.name(generation);
        let written = staged.rename(&name).map_err(PublishError::from)?;
        let log = empty_log(access, generation, last).map_err(PublishError::from)?;
        let ledger = self.ledger.unwrap_or(self.file.head.ledger);
        let documents = Some(self.documents);
        let removed = self.file.publish(base_file(name, written), log, ledger, entry, documents)?;
        // Else a power cut could bring back, under its name, what was to be gone.
        let folder = &self.file.access.folder;
        Ok(removed.and(self.file.access.disk.sync_dir(folder).at("flush", folder)))
    }
}

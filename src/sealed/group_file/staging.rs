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
    // Declared first: it is removed while the group's lock is still held.
    pub(super) staged: Option<StagedBase>,
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
        Staging { staged: None, file: self, appender, before, rounds: 0 }
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
            Some(appender) if self.staged.is_none() && small => Some(appender.mark().seq + 1),
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

    /// Makes all of it the group's, durably; the record or the new head names `entry`.
    pub fn publish(mut self, entry: Mark, progress: Progress<'_>) -> Result<(), StageError> {
        if self.record().is_some()
            && let Some(appender) = &mut self.appender
        {
            let volume = vfs::lock(&self.file.volume);
            let stretch = &volume.log()[self.before..];
            return match stretch {
                [] => Ok(()),
                stretch => Ok(appender.append(stretch, entry).map_err(VolumeError::from)?),
            };
        }
        let last = self.last_record();
        let unmerged = !vfs::lock(&self.file.volume).log().is_empty();
        if unmerged || self.staged.is_none() {
            let (staged, _) = self.merge(progress)?;
            self.staged = Some(staged);
        }
        let Some(staged) = self.staged.take() else { return Ok(()) };
        let access = &self.file.access;
        let generation = self.file.head.generation + 1;
        let name = FileKind::Base.name(generation);
        let written = staged.rename(&name).map_err(PublishError::from)?;
        let log = empty_log(access, generation, last).map_err(PublishError::from)?;
        Ok(self.file.publish(base_file(name, written), log, entry)?)
    }
}

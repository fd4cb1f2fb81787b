//! Changes of whole files: creation, fold, checkpoint. New files, fsync, then one rename of the head.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::staging::DocumentFiles;
use super::{GroupFile, Head};
use crate::sealed::access::{Access, Seen};
use crate::sealed::age_file::{SealError, SealedWriter, Written};
use crate::sealed::checkpoint::{self, MergeError, Progress};
use crate::sealed::disk::{self, DiskError, DiskFile, IoContext};
use crate::sealed::head::{self, BaseFile, LogFile};
use crate::sealed::identity::Recipient;
use crate::sealed::log::{AppendError, Appender, Scan};
use crate::sealed::signed::{Digest, Mark};
use crate::sealed::vfs;
use crate::sealed::wal::{self, DamagedWal};

/// The generation of a group's first files.
pub const FIRST_GENERATION: u64 = 1;
/// Records after which the log is folded.
const FOLD_AT: usize = 32;
/// Log bytes after which a fold becomes a checkpoint: what an open reads at most (`docs/performance.md`).
const CHECKPOINT_AT: u64 = 5 << 20;

/// What a log has grown due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tidying {
    /// Rewrite the log as one record that holds each page once.
    Fold,
    /// Merge the log into a new base.
    Checkpoint,
}

/// New files could not be put in place; the old ones hold.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A file can't be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The log is no sound write-ahead log.
    #[error(transparent)]
    Log(#[from] DamagedWal),
    /// The merge failed.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The new base could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The folded record could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The head could not be written as JSON.
    #[error("cannot write the head")]
    Json(#[from] serde_json::Error),
}

/// A group could not be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A file can't be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The database could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The head could not be written as JSON.
    #[error("cannot write the head")]
    Json(#[from] serde_json::Error),
}

/// Writes a new group's base (holding the database `image`), its empty log and its `head.next`, all
/// fsynced. The group exists once the roster holds the line that `access.roster` names, and
/// `head.next` is `head`.
pub fn create(access: &Access, image: &[u8], entry: Mark) -> Result<(), CreateError> {
    let disk = &*access.disk;
    let (name, path, file) = new_file(access, FIRST_GENERATION, FileKind::Base)?;
    let written = SealedWriter::create(file, access.identity.recipient().as_age())
        .and_then(|mut writer| {
            writer.write(image)?;
            writer.finish()
        })
        .map_err(|error| at_path::<CreateError>(error, &path))?;
    let log = empty_log(access, FIRST_GENERATION, Mark::NOTHING)?;
    let head = Head {
        v: 1,
        store: access.store,
        group: access.group.clone(),
        generation: FIRST_GENERATION,
        epoch: access.epoch,
        base: base_file(name, written),
        log,
        ledger: Mark::NOTHING,
        roster: access.roster,
        entry,
        signer: access.signer.clone(),
    };
    let next = access.folder.join("head.next");
    disk::write_new(disk, &next, &head::encode(&head, &access.signing_key)?)?;
    disk.sync_dir(&access.folder).at("flush", &access.folder)?;
    Ok(())
}

/// Names the file that could not be written.
fn at_path<E: From<DiskError> + From<SealError>>(error: SealError, path: &Path) -> E {
    match error {
        SealError::Io(source) => DiskError { what: "write", path: path.to_owned(), source }.into(),
        other @ SealError::Age(_) => other.into(),
    }
}

/// The same for a merge.
pub(super) fn merge_at_path(error: MergeError, path: &Path) -> PublishError {
    match error {
        MergeError::Seal(error) => at_path(error, path),
        other => other.into(),
    }
}

#[derive(Clone, Copy)]
pub(super) enum FileKind {
    Base,
    Log,
}

impl FileKind {
    pub(super) fn name(self, generation: u64) -> String {
        match self {
            Self::Base => format!("base.{generation}.age"),
            Self::Log => format!("log.{generation}"),
        }
    }
}

/// A new file of generation `generation`. One left over under its name was never published.
pub(super) fn new_file(
    access: &Access,
    generation: u64,
    kind: FileKind,
) -> Result<(String, PathBuf, Arc<dyn DiskFile>), DiskError> {
    let name = kind.name(generation);
    let path = access.folder.join(&name);
    let disk = &*access.disk;
    if disk.exists(&path).at("look for", &path)? {
        disk.remove_file(&path).at("remove", &path)?;
    }
    let file = disk.create_new(&path).at("create", &path)?.into();
    Ok((name, path, file))
}

pub(super) fn base_file(name: String, written: Written) -> BaseFile {
    BaseFile { name, bytes: written.bytes, sha256: written.sha256, id: written.id }
}

/// An empty log that goes on after `last`.
pub(super) fn empty_log(access: &Access, generation: u64, last: Mark) -> Result<LogFile, DiskError> {
    let (name, path, file) = new_file(access, generation, FileKind::Log)?;
    file.sync_all().at("flush", &path)?;
    let Mark { seq, hash } = last;
    Ok(LogFile { name, bytes: 0, first: seq + 1, last: seq, continues: hash, ends: hash })
}

/// A log with each page once, and the last record that it takes in.
struct Compacted {
    log: Zeroizing<Vec<u8>>,
    last: Mark,
}

impl GroupFile {
    /// What the log has grown due for, if anything.
    pub fn due(&self) -> Option<Tidying> {
        let records = self.entries().len();
        let bytes = self.log_length();
        if bytes > CHECKPOINT_AT && records > 1 {
            Some(Tidying::Checkpoint)
        } else if records > FOLD_AT {
            Some(Tidying::Fold)
        } else {
            None
        }
    }

    /// Folds or checkpoints. The new head names `entry`. On an error the old files hold.
    pub fn tidy(self, tidying: Tidying, entry: Mark, progress: Progress<'_>) -> Result<(), PublishError> {
        match tidying {
            Tidying::Fold => self.fold(entry),
            Tidying::Checkpoint => self.checkpoint(entry, progress),
        }
    }

    fn fold(self, entry: Mark) -> Result<(), PublishError> {
        let Some(Compacted { log: compacted, last }) = self.compacted()? else { return Ok(()) };
        let generation = self.head.generation + 1;
        let (name, path, file) = new_file(&self.access, generation, FileKind::Log)?;
        let chain = Scan {
            wal: Zeroizing::default(),
            end: 0,
            mark: last,
            entries: Vec::new(),
            roster: self.chain.roster,
            torn: 0,
        };
        let mut appender = Appender::new(file, path.clone(), Arc::clone(&self.access), generation, &chain);
        let folded = appender.append_unseen(&compacted, entry);
        self.undo_on_error(folded, &path)?;
        let mark = appender.mark();
        let log = LogFile {
            name,
            bytes: appender.end(),
            first: mark.seq,
            last: mark.seq,
            continues: last.hash,
            ends: mark.hash,
        };
        let base = self.head.base.clone();
        self.publish(base, log, self.head.ledger, entry, None).map(drop)
    }

    fn compacted(&self) -> Result<Option<Compacted>, PublishError> {
        let last = self.last_record();
        let volume = vfs::lock(&self.volume);
        let Some(pages) = wal::pages(volume.log())? else { return Ok(None) };
        // New salts, so that no frame of the old log can be taken for one of the new.
        let salts = Digest::of_parts(&[b"fold", &last.hash.0]).0;
        let mut new = [0; 8];
        new.copy_from_slice(&salts[..8]);
        Ok(Some(Compacted { log: wal::compact(volume.log(), &pages, new), last }))
    }

    fn checkpoint(self, entry: Mark, progress: Progress<'_>) -> Result<(), PublishError> {
        let recipient = self.access.identity.recipient();
        let (base, log) = self.new_base(&recipient, self.last_record(), progress)?;
        self.publish(base, log, self.head.ledger, entry, None).map(drop)
    }

    /// Base and log merged into the next generation's base, sealed to `recipient`, and an empty log that
    /// goes on after `last`. Both are fsynced, their folder is not.
    pub(super) fn new_base(
        &self,
        recipient: &Recipient,
        last: Mark,
        progress: Progress<'_>,
    ) -> Result<(BaseFile, LogFile), PublishError> {
        let generation = self.head.generation + 1;
        let (name, path, file) = new_file(&self.access, generation, FileKind::Base)?;
        let merged = {
            let mut volume = vfs::lock(&self.volume);
            let (base, log) = volume.parts();
            checkpoint::merge(base, log, file, recipient, progress)
                .map_err(|error| merge_at_path(error, &path))
        };
        let written = self.undo_on_error(merged, &path)?;
        let log = self.undo_on_error(empty_log(&self.access, generation, last), &path)?;
        Ok((base_file(name, written), log))
    }

    /// Removes the unfinished file at `path` when `result` is an error: a full disk gets its room
    /// back. What stays is removed by the next exclusive holder.
    pub(super) fn undo_on_error<T, E>(&self, result: Result<T, E>, path: &Path) -> Result<T, E> {
        if result.is_err() {
            let _ = self.access.disk.remove_file(path);
        }
        result
    }

    /// The one commit point: fsyncs the folder, renames a new head over the old, fsyncs again, then
    /// removes what is superseded. What can't be removed now is told, and removed by the next exclusive holder.
    pub(super) fn publish(
        &self,
        base: BaseFile,
        log: LogFile,
        ledger: Mark,
        entry: Mark,
        documents: Option<DocumentFiles>,
    ) -> Result<Result<(), DiskError>, PublishError> {
        let access = &*self.access;
        let disk = &*access.disk;
        let head = Head {
            generation: self.head.generation + 1,
            epoch: access.epoch,
            base,
            log,
            ledger,
            roster: self.roster(),
            entry,
            signer: access.signer.clone(),
            ..self.head.clone()
        };
        let bytes = head::encode(&head, &access.signing_key)?;
        disk.sync_dir(&access.folder).at("flush", &access.folder)?;
        disk::replace(disk, &access.folder.join("head"), &bytes)?;
        let log = Mark { seq: head.log.last, hash: head.log.ends };
        access.witness.note(&access.group, Seen { generation: head.generation, log });
        // First of all: whoever finds base or log of before knows that this was broken off, and sweeps.
        let mut removed = documents.map_or(Ok(()), DocumentFiles::published);
        for (old, new) in [(&self.head.base.name, &head.base.name), (&self.head.log.name, &head.log.name)] {
            if old != new {
                let path = access.folder.join(old);
                removed = removed.and(disk.remove_file(&path).at("remove", &path));
            }
        }
        Ok(removed)
    }
}

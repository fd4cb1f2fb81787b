//! A group's files, open: head, base and log under one lock, as one SQLite database.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::access::{Access, Outside, Seen};
use super::age_file::{OpenError, SealedReader};
use super::disk::{Disk, DiskError, DiskFile, IoContext};
use super::head::{self, Head, HeadError, LAST_NUMBER};
use super::ledger::{Ledger, LedgerError};
use super::lock::{Lock, LockError, Mode};
use super::log::{self, Appender, Fault, LogError, Scan};
use super::signed::{Digest, Mark, Purpose, Unverified};
use super::vfs::{self, ConnectError};
use super::volume::{Sink, Volume, VolumeError};

mod outline;
mod publish;
mod reseal;
mod staging;
mod standing;

pub use outline::{AtRest, NamedEntry, Outline, at_rest, outline};
pub use publish::{CreateError, FIRST_GENERATION, PublishError, Tidying, create};
pub use reseal::{Coming, Resealed};
pub use staging::{StageError, Staging, documents_folder};
pub use standing::{OpenFile, Standing, standing};

/// Decrypted chunks kept by an ordinary open: 1 MiB.
const CHUNKS: usize = 16;

/// A group's files can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenGroupError {
    /// Somebody else holds the group.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file can't be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The head is damaged, or of another version.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The head is not one that an entitled person signed for this group and key epoch.
    #[error("{} is not a head that somebody entitled signed for this group", .0.display())]
    Forged(PathBuf),
    /// The group was sealed to a new key since the roster was read that `Access` goes by: to be opened
    /// again with what the roster says now. A head that is still ahead of it then is forged.
    #[error("{} is of a new key: the group was re-keyed just now", path.display())]
    Rekeyed {
        /// The head's path.
        path: PathBuf,
    },
    /// The head is older than one that this machine has seen.
    #[error("{} is generation {found}, and this machine has seen generation {seen}", path.display())]
    Rollback {
        /// The head's path.
        path: PathBuf,
        /// Its generation.
        found: u64,
        /// What was seen.
        seen: u64,
    },
    /// The base is not the one that the head names.
    #[error("{} is not the base that the head names", .0.display())]
    OtherBase(PathBuf),
    /// The base can't be opened.
    #[error("{} can't be opened", path.display())]
    Base {
        /// The base's path.
        path: PathBuf,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The log is damaged.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The erasure ledger is damaged. Opening does not look at it; who erases, backs up or verifies does.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// SQLite can't open the database.
    #[error("{} can't be opened as a database", folder.display())]
    Connect {
        /// The group's folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: ConnectError,
    },
}

/// Something that a person should be told, and the access log as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A torn tail was moved out of the log.
    MovedAside {
        /// Where it is now.
        path: PathBuf,
        /// Its length in bytes.
        bytes: u64,
    },
}

/// The log's records as they were when it was opened.
struct Chain {
    last: Mark,
    bytes: u64,
    roster: Mark,
    entries: Vec<(u64, Mark)>,
}

/// A commit did not happen.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The files refused it.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// SQLite refused it.
    #[error("the change was refused")]
    Sqlite(#[from] rusqlite::Error),
}

/// An open group.
pub struct GroupFile {
    connection: Connection,
    volume: Arc<Mutex<Volume>>,
    head: Head,
    chain: Chain,
    access: Arc<Access>,
    notices: Vec<Notice>,
    finished: bool,
    // Declared last: the lock is let go when all else is closed.
    _lock: Lock,
}

impl GroupFile {
    /// Opens a group to read it (shared) or to change it (exclusive). Only an exclusive holder
    /// mends: finishes a commit of whole files, moves a torn tail aside, removes what is superseded.
    pub fn open(access: Arc<Access>, mode: Mode) -> Result<Self, OpenGroupError> {
        let disk = &*access.disk;
        let lock = Lock::acquire(disk, &access.folder, mode, access.patience)?;
        let Current { head, mut finished } = current_head(&access.outside(), mode)?;
        let seen = access.witness.seen(&access.group);
        if let Some(seen) = seen
            && head.generation < seen.generation
        {
            return Err(OpenGroupError::Rollback {
                path: access.folder.join("head"),
                found: head.generation,
                seen: seen.generation,
            });
        }
        let base = open_base(&access, &head)?;
        let path = access.folder.join(&head.log.name);
        let file: Arc<dyn DiskFile> = match mode {
            Mode::Shared => disk.open(&path),
            Mode::Exclusive => disk.open_for_writing(&path),
        }
        .at("open", &path)?
        .into();
        let mut scan = log::scan(&*file, &path, &head, &access, seen.map(|seen| seen.log))?;
        let found = Seen { generation: head.generation, log: scan.mark };
        // What no note covers may not be durable yet, neither records nor the head's name: whoever
        // wrote it may have been killed before the flush. It becomes so before anything is built on
        // it, removed for it, or noted as seen.
        if seen != Some(found) {
            file.sync_data().at("flush", &path)?;
            disk.sync_dir(&access.folder).at("flush", &access.folder)?;
        }
        let mut notices = Vec::new();
        let wal = std::mem::take(&mut scan.wal);
        let sink = match mode {
            Mode::Shared => Sink::None,
            Mode::Exclusive => {
                finished |= remove_superseded(&access, &head)?;
                if scan.torn > 0 {
                    notices.push(move_aside(&access, &*file, &path, &head, &scan)?);
                }
                let appender =
                    Box::new(Appender::new(file, path, Arc::clone(&access), head.generation, &scan));
                Sink::Records { appender, permit: None }
            }
        };
        access.witness.note(&access.group, found);
        let volume = Arc::new(Mutex::new(Volume::new(base, wal, sink)));
        let connection = connect(&access, &volume)?;
        let chain = Chain { last: scan.mark, bytes: scan.end, roster: scan.roster, entries: scan.entries };
        Ok(Self { connection, volume, head, chain, access, notices, finished, _lock: lock })
    }

    /// The database.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The head that was opened.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The roster that what is signed now goes by: the access's, or the later one that the group names already.
    pub fn roster(&self) -> Mark {
        log::newer(self.access.roster, self.chain.roster)
    }

    /// The access that opened it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The same, to be kept beyond it.
    pub fn access_handle(&self) -> Arc<Access> {
        Arc::clone(&self.access)
    }

    /// What opening found and mended.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether opening finished a change of whole files that was broken off: documents that it left behind, sealed
    /// to an old key or of somebody who was erased, may be there yet.
    pub fn finished_change(&self) -> bool {
        self.finished
    }

    /// Why SQLite failed, when the files beneath it did.
    pub fn take_failure(&self) -> Option<VolumeError> {
        vfs::lock(&self.volume).take_failure()
    }

    /// Keeps `bytes` of decrypted base in memory from now on: integrity checks jump about.
    pub fn set_cache(&self, bytes: usize) {
        vfs::lock(&self.volume).base_mut().set_cache(bytes >> 16);
    }

    /// The last record.
    pub fn last_record(&self) -> Mark {
        match vfs::lock(&self.volume).sink() {
            Sink::Records { appender, .. } => appender.mark(),
            Sink::None | Sink::Staged => self.chain.last,
        }
    }

    /// Record → access-log entry of every record in the log.
    pub fn entries(&self) -> Vec<(u64, Mark)> {
        match vfs::lock(&self.volume).sink() {
            Sink::Records { appender, .. } => appender.entries().to_vec(),
            Sink::None | Sink::Staged => self.chain.entries.clone(),
        }
    }

    /// The log's length in bytes, as far as its records are good.
    pub fn log_length(&self) -> u64 {
        match vfs::lock(&self.volume).sink() {
            Sink::Records { appender, .. } => appender.end(),
            Sink::None | Sink::Staged => self.chain.bytes,
        }
    }

    /// Begins a change. Dropping it undoes it.
    pub fn change(&mut self) -> Result<Change<'_>, CommitError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Change { file: self, open: true })
    }
}

/// A change that is not committed yet.
pub struct Change<'a> {
    file: &'a mut GroupFile,
    open: bool,
}

impl Change<'_> {
    /// The database, within the change.
    pub fn connection(&self) -> &Connection {
        &self.file.connection
    }

    /// The number that the change's record will have, for its access-log entry.
    pub fn record(&self) -> u64 {
        self.file.last_record().seq + 1
    }

    /// Commits, as one record that names `entry`. When this returns, the change is durable.
    pub fn commit(mut self, entry: Mark) -> Result<Mark, CommitError> {
        self.open = false;
        if let Sink::Records { permit, .. } = vfs::lock(&self.file.volume).sink_mut() {
            *permit = Some(entry);
        }
        match self.file.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(self.file.last_record()),
            Err(error) => Err(match self.file.take_failure() {
                Some(failure) => CommitError::Volume(failure),
                None => CommitError::Sqlite(error),
            }),
        }
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if self.open {
            // Nothing of it left memory; a failure here changes nothing on the disk.
            let _ = self.file.connection.execute_batch("ROLLBACK");
        }
    }
}

fn connect(access: &Access, volume: &Arc<Mutex<Volume>>) -> Result<Connection, OpenGroupError> {
    vfs::connect(Arc::clone(volume)).map_err(|source| match vfs::lock(volume).take_failure() {
        Some(VolumeError::Base(source)) => OpenGroupError::Base { path: access.folder.clone(), source },
        _ => OpenGroupError::Connect { folder: access.folder.clone(), source },
    })
}

/// The erasure ledger of a group at rest: no lock is taken, and of the group's other files only the head is read.
pub fn ledger_at_rest(outside: &Outside<'_>) -> Result<Ledger, OpenGroupError> {
    let Current { head, .. } = current_head(outside, Mode::Shared)?;
    Ok(Ledger::read(outside, head.ledger)?)
}

/// The head in force, and whether it was made so just now.
struct Current {
    head: Head,
    finished: bool,
}

/// The head in force: `head.next` when the roster holds the line that makes it valid, else `head`.
fn current_head(outside: &Outside<'_>, mode: Mode) -> Result<Current, OpenGroupError> {
    let disk = outside.disk;
    let (path, next_path) = (outside.folder.join("head"), outside.folder.join("head.next"));
    if disk.exists(&next_path).at("look for", &next_path)? {
        // The roster decides, so it must be on the disk as it is read: whoever wrote the line may have been
        // killed before the flush, and a power cut that takes it would leave a head that it never named.
        outside.signers.make_durable()?;
        match head::read(disk, &next_path) {
            Ok(next) if outside.signers.holds(next.claimed().roster) && is_newer(disk, &next, &path)? => {
                let head = verify(outside, next, &next_path)?;
                if mode == Mode::Exclusive {
                    disk.rename(&next_path, &path).at("rename", &next_path)?;
                    disk.sync_dir(outside.folder).at("flush", outside.folder)?;
                }
                return Ok(Current { head, finished: mode == Mode::Exclusive });
            }
            // Its commit never happened.
            Ok(_) | Err(HeadError::Damaged { .. }) if mode == Mode::Exclusive => {
                disk.remove_file(&next_path).at("remove", &next_path)?;
            }
            Ok(_) | Err(HeadError::Damaged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let head = verify(outside, head::read(disk, &path)?, &path)?;
    Ok(Current { head, finished: false })
}

/// Whether `next` comes after the head at `path`, if there is one: an older head put there under the
/// coming one's name replaces nothing.
fn is_newer(disk: &dyn Disk, next: &Unverified<Head>, path: &Path) -> Result<bool, OpenGroupError> {
    if !disk.exists(path).at("look for", path)? {
        return Ok(true);
    }
    Ok(next.claimed().generation > head::read(disk, path)?.claimed().generation)
}

fn verify(outside: &Outside<'_>, head: Unverified<Head>, path: &Path) -> Result<Head, OpenGroupError> {
    let forged = || OpenGroupError::Forged(path.to_owned());
    let claimed = head.claimed();
    let key = outside.signers.key(&claimed.signer, outside.group, claimed.roster).ok_or_else(forged)?;
    let head = head.verify(Purpose::Head, &outside.store, &key).map_err(|_| forged())?;
    let plain_name = |name: &str, stem: &str| {
        name.strip_prefix(stem)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'))
    };
    let ours = head.v == 1
        && head.store == outside.store
        && head.group == outside.group
        && [head.generation, head.log.first, head.log.last].iter().all(|number| *number <= LAST_NUMBER)
        && plain_name(&head.base.name, "base.")
        && plain_name(&head.log.name, "log.");
    match head.epoch.cmp(&outside.epoch) {
        Ordering::Equal if ours && head.roster.seq >= outside.since => Ok(head),
        Ordering::Greater if ours => Err(OpenGroupError::Rekeyed { path: path.to_owned() }),
        // A lower epoch is an old head that was put back.
        _ => Err(forged()),
    }
}

fn open_base(access: &Access, head: &Head) -> Result<SealedReader, OpenGroupError> {
    let path = access.folder.join(&head.base.name);
    let file: Arc<dyn DiskFile> = access.disk.open(&path).at("open", &path)?.into();
    if file.len().at("read", &path)? != head.base.bytes {
        return Err(OpenGroupError::OtherBase(path));
    }
    match SealedReader::open(file, access.identity.as_age(), CHUNKS) {
        Ok(base) if base.id() == head.base.id && base.length() > 0 => Ok(base),
        Ok(_) => Err(OpenGroupError::OtherBase(path)),
        Err(source) => Err(OpenGroupError::Base { path, source }),
    }
}

/// Removes the bases, logs and stages that the head does not name: a commit of whole files was
/// broken off before or after it.
fn remove_superseded(access: &Access, head: &Head) -> Result<bool, OpenGroupError> {
    let disk = &*access.disk;
    let mut any = false;
    for name in disk.list(&access.folder).at("list", &access.folder)? {
        let whole_file = ["base.", "log.", "stage.", "head.new"].iter().any(|stem| name.starts_with(stem));
        if whole_file && name != head.base.name && name != head.log.name {
            let path = access.folder.join(name);
            disk.remove_file(&path).at("remove", &path)?;
            any = true;
        }
    }
    Ok(any)
}

/// Moves the bytes after the last good record to `aside/` and cuts the log there.
fn move_aside(
    access: &Access,
    file: &dyn DiskFile,
    path: &Path,
    head: &Head,
    scan: &Scan,
) -> Result<Notice, OpenGroupError> {
    let disk = &*access.disk;
    let length = usize::try_from(scan.torn).unwrap_or(0);
    let mut tail = vec![0; length];
    let count = file.read_at(&mut tail, scan.end).at("read", path)?;
    if count != length {
        return Err(LogError::Damaged { path: path.to_owned(), at: scan.end, fault: Fault::Cut }.into());
    }
    let folder = access.folder.join("aside");
    disk.create_dir_all(&folder).at("create", &folder)?;
    // Named by its contents: one that a crash left here half moved is the same file.
    let aside =
        folder.join(format!("{}.{}.{}", head.log.name, scan.end, &Digest::of(&tail).to_string()[..16]));
    if disk.exists(&aside).at("look for", &aside)? {
        disk.remove_file(&aside).at("remove", &aside)?;
    }
    super::disk::write_new(disk, &aside, &tail)?;
    disk.sync_dir(&folder).at("flush", &folder)?;
    disk.sync_dir(&access.folder).at("flush", &access.folder)?;
    file.set_len(scan.end).at("cut", path)?;
    file.sync_all().at("flush", path)?;
    Ok(Notice::MovedAside { path: aside, bytes: scan.torn })
}

//! The SQLite VFS: SQLite sees a database and its write-ahead log; beneath are a sealed base, which
//! it can only read, and a log of records, to which it can only append whole commits.
//!
//! No pragma and no flag is trusted to protect the log: whatever SQLite asks, the base is never
//! written, the log is never truncated, overwritten or deleted, and no third file can be opened.
#![allow(unsafe_code, reason = "a VFS is registered with SQLite through its C interface")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rsqlite_vfs::{
    AccessMode, DeviceCharacteristics, FileKind, LockLevel, OpenAccess, OpenRequest, OpenedFile, OsCallback,
    SQLiteIoMethods, SQLiteVfs, SyncOptions, VfsError, VfsErrorCode, VfsFile, VfsResult, VfsStore,
};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::sqlite_memory;
use super::volume::Volume;

const NAME: &str = "vault";
const WAL_SUFFIX: &str = "-wal";

/// The volumes that are open, by the made-up file name that SQLite knows them under.
#[derive(Default)]
struct Volumes {
    open: Mutex<HashMap<String, Arc<Mutex<Volume>>>>,
    os: NoServices,
}

fn registry() -> Result<&'static Volumes, VfsUnavailable> {
    static REGISTRY: OnceLock<Result<&'static Volumes, VfsUnavailable>> = OnceLock::new();
    *REGISTRY.get_or_init(|| {
        let volumes: &'static Volumes = Box::leak(Box::default());
        // SAFETY: one registration under this name, within the `OnceLock`; the app data is 'static
        // and locks itself; layout, version and callbacks are the crate's own defaults.
        let registration = unsafe { rsqlite_vfs::register_vfs::<Methods, Callbacks>(NAME, volumes, false) };
        match registration {
            Ok(registration) => {
                let _ = registration.into_raw();
                Ok(volumes)
            }
            Err(_) => Err(VfsUnavailable),
        }
    })
}

/// SQLite did not accept the VFS: out of memory at start.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("SQLite did not accept the sealed file system")]
pub struct VfsUnavailable;

/// A connection could not be opened over a volume.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// See [`VfsUnavailable`].
    #[error(transparent)]
    Unavailable(#[from] VfsUnavailable),
    /// SQLite refused.
    #[error("SQLite can't open the database")]
    Sqlite(#[from] rusqlite::Error),
}

/// Opens an SQLite connection over `volume`.
///
/// `temp_store` and `locking_mode` come first: before any page is read, so that no temporary file
/// and no shared memory is ever asked for.
pub fn connect(volume: Arc<Mutex<Volume>>) -> Result<Connection, ConnectError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    sqlite_memory::wipe_when_freed()?;
    let registry = registry()?;
    let name = format!("group-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
    lock(&registry.open).insert(name.clone(), volume);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = open(&name, flags);
    // The files that SQLite opened hold the volume; nobody else can find it by its name.
    lock(&registry.open).remove(&name);
    Ok(opened?)
}

fn open(name: &str, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags_and_vfs(name, flags, NAME)?;
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_spill = OFF;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Opens the log while the volume can still be found by name.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A poisoned lock means a panic elsewhere, which leaves a volume no worse than an error does.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SQLite gets neither clock nor randomness from here: nothing it does for us needs them.
#[derive(Default)]
struct NoServices;

impl OsCallback for NoServices {
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self, _: &mut [u8]) -> usize {
        0
    }

    fn epoch_timestamp_in_ms(&self) -> VfsResult<i64> {
        Err(refused(VfsErrorCode::Error, "the sealed file system has no clock"))
    }
}

fn refused(code: VfsErrorCode, why: &'static str) -> VfsError {
    VfsError::new(code, why.into())
}

struct Callbacks;
struct Methods;
struct Files;

impl SQLiteVfs<Methods> for Callbacks {
    type Os = NoServices;

    fn os(data: &&'static Volumes) -> &'static NoServices {
        &data.os
    }
}

impl SQLiteIoMethods for Methods {
    type Store = Files;
}

impl VfsStore for Files {
    type File = OpenFile;
    type AppData = &'static Volumes;

    fn open_file(data: &Self::AppData, request: OpenRequest<'_>) -> VfsResult<OpenedFile<OpenFile>> {
        let no_such_file = || refused(VfsErrorCode::CantOpen, "only a database and its log can be opened");
        let name = request.filename.ok_or_else(no_such_file)?.path();
        let (name, part) = match request.options.kind() {
            Some(FileKind::MainDb) => (name, Part::Database),
            Some(FileKind::Wal) => (name.strip_suffix(WAL_SUFFIX).ok_or_else(no_such_file)?, Part::Log),
            _ => return Err(no_such_file()),
        };
        let volume = lock(&data.open).get(name).cloned().ok_or_else(no_such_file)?;
        Ok(OpenedFile { file: OpenFile { volume, part }, access: OpenAccess::ReadWrite })
    }

    fn close_file(
        _: &Self::AppData,
        _: Option<&str>,
        _: OpenFile,
        _: rsqlite_vfs::OpenOptions,
    ) -> VfsResult<()> {
        Ok(())
    }

    fn access(_: &Self::AppData, name: &str, _: AccessMode) -> VfsResult<bool> {
        // The log always exists, so SQLite never leaves write-ahead mode; a journal never does.
        Ok(name.ends_with(WAL_SUFFIX))
    }

    fn full_pathname(_: &Self::AppData, name: &str) -> VfsResult<String> {
        Ok(name.to_owned())
    }

    fn delete_file(_: &Self::AppData, _: &str, _: bool) -> VfsResult<()> {
        Err(refused(VfsErrorCode::IoDelete, "nothing can be deleted"))
    }
}

#[derive(Clone, Copy)]
enum Part {
    Database,
    Log,
}

struct OpenFile {
    volume: Arc<Mutex<Volume>>,
    part: Part,
}

impl VfsFile for OpenFile {
    /// Without it SQLite pads a commit to the sector, and its sync falls inside the padding.
    fn device_characteristics(&self) -> DeviceCharacteristics {
        DeviceCharacteristics::POWERSAFE_OVERWRITE
    }

    fn read(&mut self, buffer: &mut [u8], offset: u64) -> VfsResult<usize> {
        let mut volume = lock(&self.volume);
        match self.part {
            Part::Database => volume.read_base(buffer, offset),
            Part::Log => Ok(volume.read_log(buffer, offset)),
        }
        .map_err(|_| refused(VfsErrorCode::IoRead, "the base can't be read"))
    }

    fn write(&mut self, bytes: &[u8], offset: u64) -> VfsResult<()> {
        match self.part {
            Part::Database => Err(refused(VfsErrorCode::ReadOnly, "the base is never written in place")),
            Part::Log => lock(&self.volume)
                .write_log(bytes, offset)
                .map_err(|_| refused(VfsErrorCode::IoWrite, "the log only grows")),
        }
    }

    fn truncate(&mut self, _: u64) -> VfsResult<()> {
        Err(refused(VfsErrorCode::IoTruncate, "neither base nor log is ever truncated"))
    }

    fn sync(&mut self, _: SyncOptions) -> VfsResult<()> {
        match self.part {
            Part::Database => Ok(()),
            Part::Log => lock(&self.volume)
                .sync_log()
                .map_err(|_| refused(VfsErrorCode::IoSync, "the commit was not stored")),
        }
    }

    fn size(&self) -> VfsResult<u64> {
        let volume = lock(&self.volume);
        Ok(match self.part {
            Part::Database => volume.base_length(),
            Part::Log => volume.log_length(),
        })
    }

    // Our own locks do the sharing; SQLite's are satisfied within one connection.
    fn lock(&mut self, _: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn unlock(&mut self, _: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn check_reserved_lock(&self) -> VfsResult<bool> {
        Ok(false)
    }
}

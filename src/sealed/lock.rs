//! Advisory locks on files, shared or exclusive, with a turnstile so that a stream of readers can't
//! starve a writer. They die with the process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::disk::{Disk, DiskError, IoContext};

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Beside other readers.
    Shared,
    /// Alone.
    Exclusive,
}

/// A lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else held it until the waiting time was over.
    #[error("{} is in use by another vault command", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file itself failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A held lock; dropping it lets go.
#[derive(Debug)]
pub struct Lock {
    file: File,
    mode: Mode,
}

impl Lock {
    /// Waits up to `patience` for the lock file `folder/lock`.
    pub fn acquire(
        disk: &dyn Disk,
        folder: &Path,
        mode: Mode,
        patience: Duration,
    ) -> Result<Self, LockError> {
        let deadline = Instant::now() + patience;
        let turn_path = folder.join("turn");
        let lock_path = folder.join("lock");
        // Everybody passes the turnstile alone; a waiting writer stands in it and so holds back
        // the readers who come later.
        let turn = disk.open_lock(&turn_path).at("open", &turn_path)?;
        wait(&turn, Mode::Exclusive, deadline, &turn_path)?;
        let file = disk.open_lock(&lock_path).at("open", &lock_path)?;
        wait(&file, mode, deadline, &lock_path)?;
        Ok(Self { file, mode })
    }

    /// Waits up to `patience` for the lock file of a folder that is only read, and perhaps can't be written;
    /// `None` where nobody ever made one.
    pub fn acquire_to_read(
        disk: &dyn Disk,
        folder: &Path,
        patience: Duration,
    ) -> Result<Option<Self>, LockError> {
        let path = folder.join("lock");
        let file = match disk.open_lock_there(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.at("open", &path)?,
        };
        wait(&file, Mode::Shared, Instant::now() + patience, &path)?;
        Ok(Some(Self { file, mode: Mode::Shared }))
    }

    /// Reads several folders at one moment: all their locks, shared, in the order of `folders`. Each is
    /// tried; while one is busy only that one is waited for, and held while the others are tried again. So
    /// nobody waits for who waits here, but for moments.
    pub fn acquire_all(
        disk: &dyn Disk,
        folders: &[PathBuf],
        patience: Duration,
    ) -> Result<Vec<Self>, LockError> {
        let deadline = Instant::now() + patience;
        let mut held: Option<(usize, Self)> = None;
        loop {
            let mut all = Vec::new();
            let mut busy = None;
            for (index, folder) in folders.iter().enumerate() {
                if held.as_ref().is_some_and(|(known, _)| *known == index) {
                    continue;
                }
                match Self::acquire(disk, folder, Mode::Shared, Duration::ZERO) {
                    Ok(lock) => all.push(lock),
                    Err(LockError::Busy { .. }) => {
                        busy = Some(index);
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            let Some(busy) = busy else {
                all.extend(held.map(|(_, lock)| lock));
                return Ok(all);
            };
            drop((all, held.take()));
            let left = deadline.saturating_duration_since(Instant::now());
            held = Some((busy, Self::acquire(disk, &folders[busy], Mode::Shared, left)?));
        }
    }

    /// How this lock is held.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file lets go as well; nothing can be done about an error here.
        let _ = self.file.unlock();
    }
}

fn wait(file: &File, mode: Mode, deadline: Instant, path: &Path) -> Result<(), LockError> {
    let mut pause = Duration::from_millis(1);
    loop {
        let tried = match mode {
            Mode::Shared => file.try_lock_shared(),
            Mode::Exclusive => file.try_lock(),
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(LockError::Busy { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(source).at("lock", path).map_err(Into::into),
        }
    }
}

//! Wrong passphrases in a row, counted for each person beside their seen note; from the third on the
//! next try waits.
//!
//! `<state>/<store id>/alice.failures.json`. A rule of the program, against whoever guesses at its
//! prompt: the OS account that may run it may remove the file as well. What guessing at a copy costs is
//! scrypt's to say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use super::name::Name;
use super::roster::Member;
use super::seen::{self, SeenError};
use crate::sealed::disk::{self, Disk, IoContext};
use crate::sealed::lock::{Lock, Mode};
use crate::sealed::signed::StoreId;
use crate::surroundings::Surroundings;

/// So many in a row may be slips; then each try waits.
const FREE: u32 = 3;
/// The longest wait, in seconds.
const LONGEST: u64 = 60;
/// The longest file accepted, in bytes.
const LIMIT: u64 = 4096;
const VERSION: u32 = 1;

/// Wrong passphrases of one person since the last right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was typed; 1970 if none was.
    pub last: Timestamp,
}

/// [`Failures`] as the file holds them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    v: u32,
    count: u32,
    /// RFC 3339, UTC.
    last: String,
}

impl Failures {
    /// How long the next try has to wait from `now`: after three 1 second since the last one, twice as
    /// long after each further one, 60 seconds at most. A clock that was set back makes it no longer.
    pub fn wait(&self, now: Timestamp) -> Duration {
        let Some(further) = self.count.checked_sub(FREE) else { return Duration::ZERO };
        let whole = Duration::from_secs(1_u64.checked_shl(further).unwrap_or(LONGEST).min(LONGEST));
        let passed = Duration::try_from(now.duration_since(self.last)).unwrap_or(Duration::ZERO);
        whole.saturating_sub(passed)
    }
}

impl Store {
    /// The wrong passphrases in a row typed for `person` on this machine. A file that can't be read
    /// counts as none.
    pub fn failures(&self, person: &Member) -> Failures {
        let path = path(&self.surroundings, &self.store_id(), &person.name);
        read(&*self.surroundings.disk, &path).unwrap_or_default()
    }
}

/// Counts one more.
pub(super) fn count(surroundings: &Surroundings, store: &StoreId, person: &Name) -> Result<(), SeenError> {
    let (disk, path) = (&*surroundings.disk, path(surroundings, store, person));
    let _lock = lock(surroundings, store)?;
    let count = read(disk, &path).unwrap_or_default().count.saturating_add(1);
    let written = Written { v: VERSION, count, last: surroundings.clock.now().to_string() };
    let bytes = serde_json::to_vec(&written).map_err(|_| SeenError::Unreadable { path: path.clone() })?;
    Ok(seen::replace(disk, &path, &bytes)?)
}

/// Forgets them, and tells how many they were.
pub(super) fn forget(surroundings: &Surroundings, store: &StoreId, person: &Name) -> Result<u32, SeenError> {
    let (disk, path) = (&*surroundings.disk, path(surroundings, store, person));
    // Without a lock, as nearly always there is nothing to forget. What can't be looked for counts as
    // none: the seen note beside it tells of that.
    if !disk.exists(&path).unwrap_or(false) {
        return Ok(0);
    }
    let _lock = lock(surroundings, store)?;
    let count = read(disk, &path).unwrap_or_default().count;
    if disk.exists(&path).at("look for", &path)? {
        disk.remove_file(&path).at("remove", &path)?;
    }
    Ok(count)
}

fn folder(surroundings: &Surroundings, store: &StoreId) -> PathBuf {
    surroundings.state.join(store.to_string())
}

fn path(surroundings: &Surroundings, store: &StoreId, person: &Name) -> PathBuf {
    folder(surroundings, store).join(format!("{person}.failures.json"))
}

/// The seen notes' lock.
fn lock(surroundings: &Surroundings, store: &StoreId) -> Result<Lock, SeenError> {
    let (disk, folder) = (&*surroundings.disk, folder(surroundings, store));
    disk.create_dir_all(&folder).at("create", &folder)?;
    Ok(Lock::acquire(disk, &folder, Mode::Exclusive, surroundings.patience)?)
}

fn read(disk: &dyn Disk, path: &Path) -> Option<Failures> {
    let bytes = disk::read_small(disk, path, LIMIT).ok()?;
    let written = serde_json::from_slice::<Written>(&bytes).ok().filter(|written| written.v == VERSION)?;
    Some(Failures { count: written.count, last: written.last.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn each_try_after_the_third_waits_twice_as_long_up_to_a_minute() {
        let waits = |count| Failures { count, last: at(0) }.wait(at(0)).as_secs();
        let expected =
            [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (8, 32), (9, 60), (66, 60), (67, 60), (u32::MAX, 60)];
        for (count, seconds) in expected {
            assert_eq!(waits(count), seconds, "after {count}");
        }
    }

    #[test]
    fn the_wait_counts_from_the_last_try_and_is_over_at_some_time() {
        let failures = Failures { count: 5, last: at(0) };
        assert_eq!(failures.wait(at(1)), Duration::from_secs(3));
        assert_eq!(failures.wait(at(4)), Duration::ZERO);
        assert_eq!(failures.wait(Timestamp::MAX), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_the_wait_no_longer() {
        let failures = Failures { count: 40, last: at(1_000_000) };
        assert_eq!(failures.wait(at(0)), Duration::from_mins(1));
        assert_eq!(Failures { count: 3, last: Timestamp::MAX }.wait(Timestamp::MIN), Duration::from_secs(1));
    }
}

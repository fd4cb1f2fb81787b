//! What the caller hands in, so that nothing below `cli` asks the world by itself: every test is
//! repeatable.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::sealed::disk::Disk;
use crate::sealed::passphrase::WorkFactor;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes fit for keys and codes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// One process's surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// The files.
    pub disk: Arc<dyn Disk>,
    /// Where the machine is, for days and office hours; the store itself keeps UTC.
    pub time_zone: TimeZone,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
    /// The machine's name, for the access log.
    pub host: String,
    /// The OS account's name, for the access log and as a default for `--as`.
    pub os_user: String,
    /// Where seen notes live: `$XDG_STATE_HOME/vault`.
    pub state: PathBuf,
    /// The root of `/sys` and `/proc`: `/`, or a test's folder.
    pub system_root: PathBuf,
    /// The cheapest work factor accepted: [`WorkFactor::LOWEST`] but in tests.
    pub lowest_work_factor: WorkFactor,
    /// The work factor of new passphrases unless `init` is told otherwise.
    pub work_factor: WorkFactor,
    /// How long to wait for a lock.
    pub patience: Duration,
    /// Bytes that the access log keeps in reserve: [`reserve::FULL`](crate::access_log::reserve::FULL) but in
    /// tests.
    pub log_reserve: u64,
    /// How long one of a shell's idle minutes is: 60 seconds but in tests.
    pub idle_minute: Duration,
}

impl Surroundings {
    /// Now, as a clock on the wall shows it.
    pub fn local_now(&self) -> Zoned {
        self.clock.now().to_zoned(self.time_zone.clone())
    }
}

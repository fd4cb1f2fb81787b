//! The program as tests play it: a cheap work factor, a pretended machine, and perhaps its clock. A test
//! binary that is called `vault` plays it and nothing else; the released program has no such door.
#![allow(dead_code, clippy::unwrap_used, reason = "test support; each binary uses its own part")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vault::cli::environment::Environment;
use vault::cli::error::CommandError;
use vault::sealed::passphrase::WorkFactor;
use vault::surroundings::{Clock, Surroundings};

/// The variable by which the pretended machine is named.
pub const MACHINE: &str = "SESSION_MACHINE";
/// The one that says how many milliseconds an idle minute has.
pub const MINUTE: &str = "SESSION_MINUTE";
/// The cheapest scrypt there is.
pub const CHEAP: WorkFactor = WorkFactor::for_tests(2);

/// Plays the process's own arguments.
pub fn play() -> ExitCode {
    vault::cli::run_with(std::env::args_os(), &Environment::of_process(), surroundings)
}

/// The surroundings that it is played in.
pub fn surroundings(environment: &Environment) -> Result<Surroundings, CommandError> {
    let mut surroundings = environment.surroundings()?;
    surroundings.lowest_work_factor = CHEAP;
    surroundings.work_factor = CHEAP;
    surroundings.system_root = std::env::var_os(MACHINE).unwrap_or_default().into();
    if let Ok(clock) = File::open(surroundings.system_root.join("clock")) {
        surroundings.clock = Arc::new(WrittenClock(clock));
    }
    let minute = std::env::var(MINUTE).ok().and_then(|milliseconds| milliseconds.parse().ok());
    surroundings.idle_minute = minute.map_or(surroundings.idle_minute, Duration::from_millis);
    Ok(surroundings)
}

/// The pretended machine's clock: it stands at what a file says, until that says something else. The file
/// is opened at once, while the process may.
struct WrittenClock(File);

impl Clock for WrittenClock {
    fn now(&self) -> Timestamp {
        let mut written = [0; 64];
        let length = self.0.read_at(&mut written, 0).unwrap();
        std::str::from_utf8(&written[..length]).unwrap().trim().parse().unwrap()
    }
}

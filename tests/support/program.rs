//! The program as tests play it: a cheap work factor, a pretended machine, and perhaps its clock.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vault::cli::environment::Environment;
use vault::sealed::passphrase::WorkFactor;
use vault::surroundings::Clock;

use super::player::MACHINE;

/// The variable that says how many milliseconds an idle minute has for the test's `vault`.
pub const MINUTE: &str = "SESSION_MINUTE";

/// Plays the process's arguments: a test binary that is called `vault` does this and nothing else.
pub fn play_vault() -> ExitCode {
    vault::cli::run_with(std::env::args_os(), &Environment::of_process(), |environment| {
        let mut surroundings = environment.surroundings()?;
        surroundings.lowest_work_factor = WorkFactor::for_tests(2);
        surroundings.work_factor = WorkFactor::for_tests(2);
        surroundings.system_root = std::env::var_os(MACHINE).unwrap_or_default().into();
        let clock = surroundings.system_root.join("clock");
        if clock.exists() {
            surroundings.clock = Arc::new(WrittenClock(clock));
        }
        let minute = std::env::var(MINUTE).ok().and_then(|milliseconds| milliseconds.parse().ok());
        surroundings.idle_minute = minute.map_or(surroundings.idle_minute, Duration::from_millis);
        Ok(surroundings)
    })
}

/// The pretended machine's clock: it stands at what a file says, until that says something else.
struct WrittenClock(PathBuf);

impl Clock for WrittenClock {
    fn now(&self) -> Timestamp {
        std::fs::read_to_string(&self.0).unwrap().trim().parse().unwrap()
    }
}

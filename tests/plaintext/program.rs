//! The program as tests play it: a cheap work factor, a pretended machine, and perhaps its clock.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use vault::cli::environment::Environment;
use vault::sealed::passphrase::WorkFactor;
use vault::surroundings::Clock;

use super::support::player::MACHINE;

/// Plays the process's arguments: a test binary that is called `vault` does this and nothing else.
pub fn play_vault() -> ExitCode {
    vault::cli::run_with(std::env::args_os(), &Environment::of_process(), |environment| {
        let mut surroundings = environment.surroundings()?;
        surroundings.lowest_work_factor = WorkFactor::for_tests(2);
        surroundings.work_factor = WorkFactor::for_tests(2);
        surroundings.system_root = std::env::var_os(MACHINE).unwrap_or_default().into();
        let clock = surroundings.system_root.join("clock");
        if let Ok(clock) = File::open(clock) {
            surroundings.clock = Arc::new(WrittenClock(clock));
        }
        Ok(surroundings)
    })
}

/// The pretended machine's clock: it stands at what a file says, until that says something else. The file is
/// opened at once, while the process may.
struct WrittenClock(File);

impl Clock for WrittenClock {
    fn now(&self) -> Timestamp {
        let mut written = [0; 64];
        let length = self.0.read_at(&mut written, 0).unwrap();
        std::str::from_utf8(&written[..length]).unwrap().trim().parse().unwrap()
    }
}

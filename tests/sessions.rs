//! Plays `tests/sessions/*.md` at a terminal, and tries the terminal room itself there.
//!
//! This binary starts itself again: called `vault`, it is the program with a cheap work factor and a
//! pretended machine, so that the released binary needs no back door; called `prompts` or
//! `command-line`, it only asks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

#[path = "support/simulated_disk/chance.rs"]
mod chance;
mod support;
#[path = "support/sweep.rs"]
mod sweep;

#[path = "sessions/command_line_trials.rs"]
mod command_line_trials;
#[path = "sessions/player_trials.rs"]
mod player_trials;
#[path = "sessions/prompt_trials.rs"]
mod prompt_trials;
#[path = "sessions/shell_trials.rs"]
mod shell_trials;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Arguments, Trial};
use vault::cli::environment::Environment;
use vault::sealed::passphrase::WorkFactor;
use vault::surroundings::Clock;

/// How long a prompt or an end is waited for, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// A transcript that says so is skipped where there is no stock `age`.
const NEEDS_AGE: &str = "<!-- needs age -->";
/// And one that mounts a file system of its own, where that may not be done.
const NEEDS_ROOT: &str = "<!-- needs root -->";

/// The variable that says how many milliseconds an idle minute has for the test's `vault`.
const MINUTE: &str = "SESSION_MINUTE";

fn main() -> ExitCode {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    match called.file_name().and_then(OsStr::to_str) {
        Some("vault") => play_vault(),
        Some("prompts") => prompt_trials::ask(),
        Some("command-line") => command_line_trials::ask(),
        _ => {
            let arguments = Arguments::from_args();
            let mut trials = transcripts();
            trials.extend(player_trials::all());
            trials.extend(prompt_trials::all());
            trials.extend(command_line_trials::all());
            trials.extend(shell_trials::all());
            libtest_mimic::run(&arguments, trials).exit_code()
        }
    }
}

fn play_vault() -> ExitCode {
    vault::cli::run_with(std::env::args_os(), &Environment::of_process(), |environment| {
        let mut surroundings = environment.surroundings()?;
        surroundings.lowest_work_factor = WorkFactor::for_tests(2);
        surroundings.work_factor = WorkFactor::for_tests(2);
        surroundings.system_root = std::env::var_os(support::player::MACHINE).unwrap_or_default().into();
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

/// One trial a transcript.
fn transcripts() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "md") && !file.ends_with("README.md"));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Trial::test(name.clone(), move || {
                let text = std::fs::read_to_string(&file)?;
                if text.contains(NEEDS_AGE) && Command::new("age").arg("--version").output().is_err() {
                    println!("SKIPPED: tests/sessions/{name}.md, because age is not installed");
                    return Ok(());
                }
                let may_mount = || Command::new("unshare").args(["--mount", "true"]).output();
                if text.contains(NEEDS_ROOT) && !may_mount().is_ok_and(|done| done.status.success()) {
                    println!("SKIPPED: tests/sessions/{name}.md, because only root may mount");
                    return Ok(());
                }
                support::player::play(&text, PATIENCE)
                    .map_err(|wrong| format!("tests/sessions/{name}.md:{wrong}").into())
            })
        })
        .collect()
}

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
#[path = "sessions/probe.rs"]
mod probe;
#[path = "sessions/prompt_trials.rs"]
mod prompt_trials;
#[path = "sessions/shell_trials.rs"]
mod shell_trials;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use vault::cli::environment::Environment;
use vault::machine::sandbox::{self, Allowed, Calls, Confinement, Files};

use support::program;

/// How long a prompt or an end is waited for, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);
/// A transcript that says so is skipped where there is no stock `age`.
const NEEDS_AGE: &str = "<!-- needs age -->";
/// And one that mounts a file system of its own, where that may not be done.
const NEEDS_ROOT: &str = "<!-- needs root -->";
/// And one that needs a kernel that confines in full.
const NEEDS_LANDLOCK: &str = "<!-- needs landlock -->";

/// When it is set, the test's `vault` looks round from inside: see `probe`.
const PROBE: &str = "SESSION_PROBE";
/// When it is set, the test's `vault` runs as on a kernel that confines nothing.
const UNCONFINED: &str = "SESSION_UNCONFINED";

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
    let surround = |environment: &Environment| {
        let mut surroundings = program::surroundings(environment)?;
        if std::env::var_os(PROBE).is_some() {
            let harmless = std::env::var_os(UNCONFINED).is_some();
            surroundings.random = Arc::new(probe::Probe { random: surroundings.random, harmless });
        }
        Ok(surroundings)
    };
    let confining = |allowed: &Allowed| {
        if std::env::var_os(UNCONFINED).is_none() {
            return sandbox::confine(allowed);
        }
        let why = "an old kernel".to_owned();
        Confinement { calls: Calls::Open(why.clone()), files: Files::Open(why) }
    };
    vault::cli::run_confined(std::env::args_os(), &Environment::of_process(), surround, confining)
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
                if text.contains(NEEDS_LANDLOCK) && !probe::kernel_confines_in_full() {
                    println!("SKIPPED: tests/sessions/{name}.md, because this kernel's Landlock is older than Linux 6.12");
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

//! No plaintext on any disk: every command under strace, with secrets drawn anew for each run, none of which
//! may stand in anything that was written to a file, nor in a file's name.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `office.md` | every command, as transcripts in `tests/sessions` are written |
//! | `released.md` | a few, of the released program at its full work factor |
//! | `strace` | strace's lines as calls |
//! | `canary` | what must not be found, and the search |
//! | `secrets` | the secrets that transcripts name |
//! | `keys` | the store's own secret keys, which must not be found either |
//! | `audit` | what a command may do |
//! | `report` | what came out |
//! | `leaves` | which commands there are |
//! | `sessions` | the transcripts of `tests/sessions`, traced as well |
//! | `program` | the program at a cheap work factor, on a pretended machine |
//! | `traced` | the stage on which everything called `vault` is traced |
//! | `careless` | a program that does everything wrong, which is found out |
//!
//! A new command needs a line in `office.md`; new secrets need one in `secrets`; a new kind of file that a
//! command line names needs one in `traced`. `VAULT_SWEEP=ci` imports 100,000 rows and plays all of
//! `tests/sessions` this way as well; `VAULT_SWEEP=full` imports 400,000.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/sweep.rs"]
mod sweep;

mod audit;
mod canary;
mod careless;
mod keys;
mod leaves;
mod report;
mod secrets;
mod sessions;
mod strace;
mod strace_trials;
mod traced;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use sweep::Sweep;

use self::canary::Canaries;
use self::report::Report;
use self::support::player::play_in;
use self::traced::Stage;

/// The transcript that has every command.
const OFFICE: &str = "tests/plaintext/office.md";
/// The one of the released program.
const RELEASED: &str = "tests/plaintext/released.md";
/// How long a prompt or an end is waited for: strace is slow, and imports are long.
const PATIENCE: Duration = Duration::from_mins(2);

fn main() -> ExitCode {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.file_name() == Some(OsStr::new("vault")) {
        return match std::env::var_os(careless::SECRET) {
            Some(secret) => careless::run(&secret),
            None => support::program::play(),
        };
    }
    let arguments = Arguments::from_args();
    let mut trials = strace_trials::all();
    trials.push(Trial::test("every_command_has_a_scenario", every_command_has_a_scenario));
    trials.push(Trial::test("every_secret_of_a_scenario_is_drawn", every_secret_of_a_scenario_is_drawn));
    let this = || std::env::current_exe().unwrap();
    if let Some(without) = careless::why_not() {
        println!("SKIPPED: no command was traced, because {without}");
    } else {
        trials.push(Trial::test("a_careless_program_is_found_out", careless::trial));
        trials.push(Trial::test("office", move || trace(OFFICE, &this())));
        trials.push(Trial::test("released", || trace(RELEASED, Path::new(env!("CARGO_BIN_EXE_vault")))));
        if Sweep::asked() != Sweep::Ordinary {
            trials.extend(sessions::all());
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// How many rows the greatest import has.
fn rows() -> u32 {
    Sweep::asked().pick(20_000, 100_000, 400_000)
}

/// A name within the project, and what stands there.
fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn every_command_has_a_scenario() -> Result<(), Failed> {
    let scenarios = leaves::of(&read(OFFICE));
    let without: Vec<String> = leaves::all().difference(&scenarios).cloned().collect();
    if without.is_empty() && scenarios.len() > 30 {
        return Ok(());
    }
    Err(format!("{OFFICE} has no line for: {}", without.join(", ")).into())
}

fn every_secret_of_a_scenario_is_drawn() -> Result<(), Failed> {
    let unknown = [OFFICE, RELEASED].map(|transcript| secrets::unknown(&read(transcript))).concat();
    let unused = secrets::unused(&read(OFFICE));
    if unknown.is_empty() && unused.is_empty() {
        return Ok(());
    }
    Err(format!("not drawn: {}; drawn for nothing: {}", unknown.join(", "), unused.join(", ")).into())
}

/// Plays a transcript with everything called `vault` under strace, and looks at all that it did.
fn trace(transcript: &str, program: &Path) -> Result<(), Failed> {
    let begun = Instant::now();
    let text = read(transcript);
    let (mut values, mut canaries) = secrets::drawn(&text);
    values.insert("rows".to_owned(), rows().to_string());
    let stage = Stage::new(program)?;
    let values = play_in(&stage.play(), &stage.wrapper(), &text, PATIENCE, values)
        .map_err(|wrong| format!("{transcript}:{wrong}"))?;
    let played = begun.elapsed();
    let commands = stage.commands()?;
    let key_files = traced::key_files(&commands)?;
    canaries.extend(secrets::made(&values));
    canaries.extend(keys::secrets(&key_files, &secrets::passphrases(&values))?);
    let canaries = Canaries::new(canaries);
    let mut report = Report::of(&stage, &commands, &canaries)?;
    let (files, bytes, left) = stage.left(&canaries)?;
    report.findings.extend(left.iter().map(|finding| format!("in the end: {finding}")));
    report.print(transcript, played, begun.elapsed());
    println!(
        "  {} key files were opened; {files} files of {bytes} bytes lie there in the end",
        key_files.len()
    );
    if transcript == OFFICE {
        report.shows_what_it_may()?;
        let ran: BTreeSet<String> = report.leaves.keys().cloned().collect();
        let not: Vec<String> = leaves::all().difference(&ran).cloned().collect();
        if !not.is_empty() {
            return Err(format!("never ran: {}", not.join(", ")).into());
        }
    }
    report.verdict(stage)
}

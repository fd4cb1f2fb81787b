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
//! | `traced` | the stage on which everything called `vault` is traced |
//! | `careless` | a program that does everything wrong, which is found out |
//!
//! A new command needs a line in `office.md`; new secrets need one in `secrets`; a new kind of file that a
//! command line names needs one in `traced`. `VAULT_SWEEP=ci` imports more rows; `VAULT_SWEEP=full` plays
//! all of `tests/sessions` this way as well.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod canary;
mod careless;
mod keys;
mod secrets;
mod strace;
mod strace_trials;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::CommandFactory;
use libtest_mimic::{Arguments, Failed, Trial};
use vault::cli::Vault;

use self::audit::Counts;
use self::canary::{Canaries, Canary, Found, Kind};
use self::support::player::play_in;
use self::support::transcript::{self, Act, Piece, Run, Values, filled, pieces};
use self::traced::{Stage, Traced};

/// The transcript that has every command.
const OFFICE: &str = "tests/plaintext/office.md";
/// The one of the released program.
const RELEASED: &str = "tests/plaintext/released.md";
/// How long a prompt or an end is waited for: strace is slow, and imports are long.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.file_name() == Some(OsStr::new("vault")) {
        return match std::env::var_os(careless::SECRET) {
            Some(secret) => careless::run(&secret),
            None => support::program::play_vault(),
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
        if sweep() == Sweep::Full {
            trials.extend(sessions());
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sweep {
    Ordinary,
    Ci,
    Full,
}

fn sweep() -> Sweep {
    match std::env::var("VAULT_SWEEP").as_deref() {
        Ok("ci") => Sweep::Ci,
        Ok("full") => Sweep::Full,
        _ => Sweep::Ordinary,
    }
}

/// How many rows the greatest import has.
fn rows() -> u32 {
    match sweep() {
        Sweep::Ordinary => 20_000,
        Sweep::Ci => 100_000,
        Sweep::Full => 400_000,
    }
}

/// A name within the project, and what stands there.
fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The transcript's commands, as far as they can be understood without playing it.
fn leaves_of(transcript: &str) -> BTreeSet<String> {
    // A code has to look like one.
    let codes: Values = (1..9).map(|number| (format!("code {number}"), "4T-7K3M-Q9TD".to_owned())).collect();
    let mut leaves = BTreeSet::new();
    for act in transcript::read(&read(transcript)).unwrap() {
        let Act::Run(run) = act else { continue };
        let words = shlex::split(&filled(&run.command, &codes)).unwrap_or_default();
        let words = words.into_iter().skip_while(|word| word != "vault").take_while(|word| word != "|");
        let Ok(matches) = Vault::command().try_get_matches_from(words) else { continue };
        let (mut at, mut leaf) = (&matches, Vec::new());
        while let Some((name, below)) = at.subcommand() {
            leaf.push(name);
            at = below;
        }
        leaves.insert(leaf.join(" "));
    }
    leaves
}

/// Every command of the program.
fn leaves() -> BTreeSet<String> {
    fn below(command: &clap::Command, name: &str, leaves: &mut BTreeSet<String>) {
        for child in command.get_subcommands() {
            let name = format!("{name} {}", child.get_name());
            if child.has_subcommands() {
                below(child, &name, leaves);
            } else {
                leaves.insert(name.trim().to_owned());
            }
        }
    }
    let mut leaves = BTreeSet::new();
    below(&Vault::command(), "", &mut leaves);
    leaves
}

fn every_command_has_a_scenario() -> Result<(), Failed> {
    let scenarios = leaves_of(OFFICE);
    let without: Vec<String> = leaves().difference(&scenarios).cloned().collect();
    if without.is_empty() && scenarios.len() > 30 {
        return Ok(());
    }
    Err(format!("{OFFICE} has no line for: {}", without.join(", ")).into())
}

fn every_secret_of_a_scenario_is_drawn() -> Result<(), Failed> {
    let unknown = [OFFICE, RELEASED].map(|transcript| secrets::unknown(&read(transcript))).concat();
    if unknown.is_empty() { Ok(()) } else { Err(format!("not drawn: {}", unknown.join(", ")).into()) }
}

/// Plays a transcript with everything called `vault` under strace, and looks at all that it did.
fn trace(transcript: &str, program: &Path) -> Result<(), Failed> {
    let begun = Instant::now();
    let (mut values, mut canaries) = secrets::drawn();
    values.insert("rows".to_owned(), rows().to_string());
    let stage = Stage::new(program)?;
    let values = play_in(&stage.play(), &stage.wrapper(), &read(transcript), PATIENCE, values)
        .map_err(|wrong| format!("{transcript}:{wrong}"))?;
    let played = begun.elapsed();
    let commands = stage.commands()?;
    let key_files = stage.key_files(&commands)?;
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
        let not: Vec<String> = leaves().difference(&ran).cloned().collect();
        if !not.is_empty() {
            return Err(format!("never ran: {}", not.join(", ")).into());
        }
    }
    report.verdict(stage)
}

/// What came out.
struct Report {
    /// A command, how often it ran, and how much was looked at.
    leaves: BTreeMap<String, (u64, Counts)>,
    secrets: usize,
    findings: BTreeSet<String>,
    shown: BTreeMap<PathBuf, BTreeSet<Found>>,
}

impl Report {
    fn of(stage: &Stage, commands: &[Traced], canaries: &Canaries) -> Result<Self, Failed> {
        let (mut leaves, mut findings, mut shown) =
            (BTreeMap::<_, (u64, Counts)>::new(), BTreeSet::new(), BTreeMap::new());
        for (command, seen) in commands.iter().zip(stage.look(commands, canaries)?) {
            let words: Vec<_> = command.arguments.iter().skip(1).map(|word| word.to_string_lossy()).collect();
            let leaf = seen.leaf.unwrap_or_else(|| "(not understood)".to_owned());
            let (runs, counts) = leaves.entry(leaf).or_default();
            *runs += 1;
            counts.add(seen.counts);
            let said = |finding| format!("`vault {}`: {finding}", words.join(" "));
            findings.extend(seen.findings.iter().map(said));
            shown.extend(seen.shown);
        }
        Ok(Self { leaves, secrets: canaries.len(), findings, shown })
    }

    fn print(&self, transcript: &str, played: Duration, whole: Duration) {
        let row = |name: &str, runs: u64, counts: Counts| {
            let Counts { calls, buffers, to_files, to_people, no_sockets } = counts;
            format!(
                "  {name:<20}{runs:>5}{calls:>9}{buffers:>9}{to_files:>14}{to_people:>11}{no_sockets:>7}\n"
            )
        };
        let (mut all, mut runs) = (Counts::default(), 0);
        let mut table = String::new();
        for (leaf, (times, counts)) in &self.leaves {
            table += &row(leaf, *times, *counts);
            all.add(*counts);
            runs += times;
        }
        println!(
            "{transcript}: {} secrets; {:.0} s, of which the commands took {:.0}\n  {:<20}{:>5}{:>9}{:>9}{:>14}{:>11}{:>7}\n\
             {table}{}",
            self.secrets,
            whole.as_secs_f64(),
            played.as_secs_f64(),
            "command",
            "runs",
            "calls",
            "buffers",
            "bytes:files",
            "people",
            "asked",
            row("all", runs, all).trim_end(),
        );
    }

    /// The control: what exports and reports show by right was found in each of them.
    fn shows_what_it_may(&self) -> Result<(), Failed> {
        for (secret, files) in
            [("reason 1", 3), ("code 1", 3), ("reason 2", 2), ("reason 3", 2), ("field", 2)]
        {
            let shows = |found: &&BTreeSet<Found>| {
                found.iter().any(|found| found.name == secret && found.form == "plain")
            };
            let shown = self.shown.values().filter(shows).count();
            if shown < files {
                return Err(format!("{files} files should show {secret}, and {shown} were seen to").into());
            }
        }
        Ok(())
    }

    fn verdict(self, stage: Stage) -> Result<(), Failed> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let findings: Vec<String> = self.findings.into_iter().collect();
        Err(format!("{}\nThe traces are kept in {}", findings.join("\n"), stage.keep().display()).into())
    }
}

/// One trial for every transcript of `tests/sessions`; what is typed unseen there is secret.
fn sessions() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let transcripts = names.filter(|name| name.ends_with(".md") && name != "README.md");
    transcripts
        .map(|name| {
            let transcript = format!("tests/sessions/{name}");
            Trial::test(name, move || trace_session(&transcript))
        })
        .collect()
}

fn trace_session(transcript: &str) -> Result<(), Failed> {
    let begun = Instant::now();
    let text = read(transcript);
    let mut stage = Stage::new(&std::env::current_exe()?)?;
    stage.stores_anywhere();
    let values = play_in(&stage.play(), &stage.wrapper(), &text, PATIENCE, Values::new())
        .map_err(|wrong| format!("{transcript}:{wrong}"))?;
    let played = begun.elapsed();
    let mut typed = BTreeSet::new();
    for act in transcript::read(&text)? {
        let (Act::Run(Run { expected, .. }) | Act::GoOn { expected, .. }) = act else { continue };
        for line in &expected.terminal {
            for piece in pieces(line)? {
                if let Piece::Types { text, hidden: true, .. } = piece {
                    typed.insert(filled(&text, &values).trim().to_owned());
                }
            }
        }
    }
    let canaries = typed.iter().filter(|text| text.len() >= 12);
    let canaries =
        canaries.enumerate().map(|(index, text)| Canary::new(Kind::Record, &format!("typed {index}"), text));
    let canaries = Canaries::new(canaries.collect());
    let report = Report::of(&stage, &stage.commands()?, &canaries)?;
    report.print(transcript, played, begun.elapsed());
    report.verdict(stage)
}

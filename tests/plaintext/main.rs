//! No plaintext on any disk: every command under strace, with secrets drawn anew for each run, none of which
//! may stand in anything that was written to a file, nor in a file's name.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `office.md` | every command, as transcripts in `tests/sessions` are written |
//! | `released.md` | a few, of the released program at its full work factor |
//! | `strace` | strace's lines as calls |
//! | `canary` | what must not be found, and the search |
//! | `keys` | the store's own secret keys, which must not be found either |
//! | `audit` | what a command may do |
//! | `traced` | the stage on which everything called `vault` is traced |
//! | `careless` | a program that does everything wrong, which is found out |
//!
//! A new command needs a line in `office.md`; new secrets need one in [`SECRETS`]; a new kind of file that a
//! command line names needs one in `traced`. `VAULT_SWEEP=ci` imports more rows; `VAULT_SWEEP=full` plays
//! all of `tests/sessions` this way as well.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod canary;
mod careless;
mod keys;
mod strace;
mod strace_trials;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::CommandFactory;
use libtest_mimic::{Arguments, Failed, Trial};
use vault::cli::Vault;

use self::audit::Counts;
use self::canary::{Canaries, Canary, Found, Kind};
use self::support::player::play_in;
use self::support::transcript::{self, Act, Piece, Values, filled, pieces};
use self::traced::Stage;

/// How long a prompt or an end is waited for: strace is slow, and imports are long.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a secret looks like.
#[derive(Debug, Clone, Copy)]
enum Form {
    Letters,
    Email,
    Phone,
    Date,
    Iban,
    Card,
}

/// The secrets that transcripts name.
const SECRETS: [(&str, Kind, Form); 50] = [
    ("olga 1", Kind::Passphrase, Form::Letters),
    ("olga 2", Kind::Passphrase, Form::Letters),
    ("bea 1", Kind::Passphrase, Form::Letters),
    ("bea 2", Kind::Passphrase, Form::Letters),
    ("bea 3", Kind::Passphrase, Form::Letters),
    ("bea 4", Kind::Passphrase, Form::Letters),
    ("dana 1", Kind::Passphrase, Form::Letters),
    ("mistyped", Kind::Passphrase, Form::Letters),
    // A day is guessed soon.
    ("too short", Kind::Passphrase, Form::Date),
    ("staff note", Kind::StaffNote, Form::Letters),
    ("field", Kind::Logged, Form::Letters),
    ("label", Kind::Record, Form::Letters),
    ("purpose", Kind::Record, Form::Letters),
    ("reason 1", Kind::Logged, Form::Letters),
    ("reason 2", Kind::Logged, Form::Letters),
    ("reason 3", Kind::Logged, Form::Letters),
    ("name", Kind::Record, Form::Letters),
    ("email", Kind::Record, Form::Email),
    ("phone", Kind::Record, Form::Phone),
    ("street", Kind::Record, Form::Letters),
    ("city", Kind::Record, Form::Letters),
    ("postcode", Kind::Record, Form::Letters),
    ("country", Kind::Record, Form::Letters),
    ("birth date", Kind::Record, Form::Date),
    ("national id", Kind::Record, Form::Letters),
    ("iban", Kind::Record, Form::Iban),
    ("card", Kind::Record, Form::Card),
    ("note 1", Kind::Record, Form::Letters),
    ("note 2", Kind::Record, Form::Letters),
    ("piped name", Kind::Record, Form::Letters),
    ("piped note", Kind::Record, Form::Letters),
    ("piped iban", Kind::Record, Form::Iban),
    ("other name", Kind::Record, Form::Letters),
    ("other value", Kind::Record, Form::Letters),
    ("search without a hit", Kind::Record, Form::Letters),
    ("interrupted search", Kind::Record, Form::Letters),
    ("new name", Kind::Record, Form::Letters),
    ("new street", Kind::Record, Form::Letters),
    ("new national id", Kind::Record, Form::Letters),
    ("new note", Kind::Record, Form::Letters),
    ("refused name", Kind::Record, Form::Letters),
    ("bad row", Kind::Record, Form::Letters),
    ("bad row note", Kind::Record, Form::Letters),
    ("few rows", Kind::Record, Form::Letters),
    ("few rows street", Kind::Record, Form::Letters),
    ("many rows", Kind::Record, Form::Letters),
    ("many rows email", Kind::Record, Form::Email),
    ("many rows street", Kind::Record, Form::Letters),
    ("many rows id", Kind::Record, Form::Letters),
    ("many rows note", Kind::Record, Form::Letters),
];
/// What transcripts call what the program itself made, by the first word.
const MADE: [(&str, Kind); 3] = [("sheet", Kind::Shown), ("drawn", Kind::Shown), ("code", Kind::Logged)];

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
    let this = || std::env::current_exe().unwrap();
    if let Some(without) = careless::why_not() {
        println!("SKIPPED: no command was traced, because {without}");
    } else {
        trials.push(Trial::test("a_careless_program_is_found_out", careless::trial));
        trials.push(Trial::test("office", move || trace("tests/plaintext/office.md", &this())));
        trials.push(Trial::test("released", || {
            trace("tests/plaintext/released.md", Path::new(env!("CARGO_BIN_EXE_vault")))
        }));
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

/// Random numbers below `limit`.
fn chance(limit: u32) -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes) % limit
}

fn signs(count: usize, of: &str) -> String {
    let of: Vec<char> = of.chars().collect();
    (0..count).map(|_| of[chance(u32::try_from(of.len()).unwrap()) as usize]).collect()
}

impl Form {
    fn draw(self) -> String {
        let letters = |count| signs(count, "abcdefghijklmnopqrstuvwxyz");
        let digits = |count| signs(count, "0123456789");
        match self {
            Self::Letters => letters(28),
            Self::Email => format!("{}@{}.example", letters(20), letters(20)),
            Self::Phone => format!("+{}", digits(15)),
            Self::Date => format!("19{:02}-{:02}-{:02}", chance(60), 1 + chance(12), 1 + chance(28)),
            Self::Iban => iban(&digits(18)),
            Self::Card => card(&digits(15)),
        }
    }
}

/// A German account number with its check digits (ISO 13616).
fn iban(account: &str) -> String {
    // D and E are 13 and 14.
    let remainder = format!("{account}131400").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - remainder)
}

/// A card number with its check digit (ISO/IEC 7812).
fn card(number: &str) -> String {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    format!("{number}{}", (10 - sum % 10) % 10)
}

/// The transcript's commands, as far as they can be understood without playing it.
fn leaves_of(transcript: &str) -> BTreeSet<String> {
    let mut leaves = BTreeSet::new();
    for act in transcript::read(&read(transcript)).unwrap() {
        let Act::Run(run) = act else { continue };
        let words = shlex::split(&run.command).unwrap_or_default();
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
    let scenarios = leaves_of("tests/plaintext/office.md");
    let without: Vec<String> = leaves().difference(&scenarios).cloned().collect();
    if without.is_empty() && scenarios.len() > 30 {
        return Ok(());
    }
    Err(format!("tests/plaintext/office.md has no line for: {}", without.join(", ")).into())
}

/// Plays a transcript with everything called `vault` under strace, and looks at all that it did.
fn trace(transcript: &str, program: &Path) -> Result<(), Failed> {
    let begun = Instant::now();
    let drawn: Vec<Canary> = Vec::new();
    let mut values = Values::from([("rows".to_owned(), rows().to_string())]);
    let mut canaries = drawn;
    for (name, kind, form) in SECRETS {
        let secret = form.draw();
        canaries.push(Canary::new(kind, name, &secret));
        values.insert(name.to_owned(), secret);
    }
    let passphrases: Vec<String> = SECRETS
        .iter()
        .filter(|(_, kind, _)| *kind == Kind::Passphrase)
        .map(|(name, ..)| values[*name].clone())
        .collect();
    let stage = Stage::new(program)?;
    let values = play_in(&stage.play(), &stage.wrapper(), &read(transcript), PATIENCE, values)
        .map_err(|wrong| format!("{transcript}:{wrong}"))?;
    let played = begun.elapsed();
    for (name, value) in &values {
        let made = MADE.iter().find(|(begins, _)| name.split(' ').next() == Some(begins));
        canaries.extend(made.map(|(_, kind)| Canary::new(*kind, name, value)));
    }
    let sheets = values.iter().filter(|(name, _)| name.starts_with("sheet")).map(|(_, value)| value.clone());
    let passphrases = passphrases.into_iter().chain(sheets).collect::<Vec<_>>();
    let report = examine(&stage, canaries, &passphrases)?;
    report.print(transcript, played, begun.elapsed());
    if transcript.ends_with("office.md") {
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
    leaves: BTreeMap<String, (u64, Counts)>,
    commands: usize,
    canaries: usize,
    key_files: usize,
    left: (usize, u64),
    findings: BTreeSet<String>,
    shown: BTreeMap<PathBuf, BTreeSet<Found>>,
}

fn examine(stage: &Stage, mut canaries: Vec<Canary>, passphrases: &[String]) -> Result<Report, Failed> {
    let commands = stage.commands()?;
    let key_files = stage.key_files(&commands)?;
    canaries.extend(keys::secrets(&key_files, passphrases)?);
    let canaries = Canaries::new(canaries);
    let (mut leaves, mut findings, mut shown) = (BTreeMap::<_, (u64, Counts)>::new(), BTreeSet::new(), BTreeMap::new());
    for (command, seen) in commands.iter().zip(stage.look(&commands, &canaries)?) {
        let words: Vec<_> = command.arguments.iter().skip(1).map(|word| word.to_string_lossy()).collect();
        let leaf = seen.leaf.unwrap_or_else(|| "(refused)".to_owned());
        let (runs, counts) = leaves.entry(leaf).or_default();
        *runs += 1;
        counts.add(seen.counts);
        findings.extend(seen.findings.iter().map(|finding| format!("`vault {}`: {finding}", words.join(" "))));
        shown.extend(seen.shown);
    }
    let (files, bytes, left) = stage.left(&canaries)?;
    findings.extend(left.iter().map(|finding| format!("in the end: {finding}")));
    let (commands, key_files, canaries) = (commands.len(), key_files.len(), canaries.len());
    Ok(Report { leaves, commands, canaries, key_files, left: (files, bytes), findings, shown })
}

impl Report {
    fn print(&self, transcript: &str, played: Duration, whole: Duration) {
        let mut all = Counts::default();
        let mut lines = format!("{transcript}: command, runs, calls, buffers, bytes to files, to people, sockets tried\n");
        for (leaf, (runs, counts)) in &self.leaves {
            let Counts { calls, buffers, to_files, to_people, refused } = counts;
            lines += &format!("  {leaf}: {runs}, {calls}, {buffers}, {to_files}, {to_people}, {refused}\n");
            all.add(*counts);
        }
        println!(
            "{lines}  {} commands, {} calls, {} buffers, {} bytes to files, {} to people, {} sockets tried; {} secrets, \
             {} key files opened; {} files of {} bytes left; {:.1} s, {:.1} of them the commands'",
            self.commands,
            all.calls,
            all.buffers,
            all.to_files,
            all.to_people,
            all.refused,
            self.canaries,
            self.key_files,
            self.left.0,
            self.left.1,
            whole.as_secs_f64(),
            played.as_secs_f64(),
        );
    }

    /// The control: what exports and reports show by right was found in each of them.
    fn shows_what_it_may(&self) -> Result<(), Failed> {
        for (secret, files) in [("reason 1", 3), ("code 1", 3), ("reason 2", 2), ("reason 3", 2), ("field", 2)] {
            let shows = |found: &&BTreeSet<Found>| found.iter().any(|found| found.name == secret && found.form == "plain");
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
    Vec::new()
}

//! The process that looks after a target's own: however that ends, by a panic, an abort, a stack that ran
//! over, memory that ran out or a hang, its last input is found, made small, kept and told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::play::{CURRENT, FAILED};
use super::shrink::shrunk;
use super::{Target, seeds};

/// The most inputs tried to make a failing one small.
const TRIES: usize = 400;

/// An input that failed.
pub struct Failure {
    /// How.
    pub words: String,
    /// Made small.
    pub input: Vec<u8>,
}

/// Plays a target for so long; gives what was tried, or what failed.
pub fn run(target: &Target, time: Duration, seed: u64) -> Result<String, Failure> {
    let scratch = tempfile::tempdir().unwrap();
    let output = start(&[
        "--play",
        target.name,
        scratch.path().to_str().unwrap(),
        &time.as_millis().to_string(),
        &seed.to_string(),
    ]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said.trim().to_owned());
    }
    let words = how_it_ended(&output);
    let Some(input) = last_input(scratch.path()) else {
        return Err(Failure { words: format!("{words}, before any input"), input: Vec::new() });
    };
    let file = scratch.path().join("candidate");
    let tries = if words.contains("hangs") { 3 } else { TRIES };
    let smallest = shrunk(&input, tries, |candidate| {
        std::fs::write(&file, candidate).unwrap();
        let output = start(&["--replay", target.name, file.to_str().unwrap()]);
        !output.status.success() && place(&how_it_ended(&output)) == place(&words)
    });
    Err(Failure { words, input: smallest })
}

fn start(arguments: &[&str]) -> Output {
    let program = std::env::current_exe().unwrap();
    Command::new(program).args(arguments).output().unwrap()
}

fn how_it_ended(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    if let Some(words) = said.lines().find_map(|line| line.strip_prefix(FAILED)) {
        return words.to_owned();
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    format!("the process ended with {}: {}", output.status, complaint.trim())
}

/// The part of the words that is the same for the same mistake.
fn place(words: &str) -> &str {
    words.split_once(": ").map_or(words, |(place, _)| place)
}

fn last_input(scratch: &Path) -> Option<Vec<u8>> {
    let noted = std::fs::read(scratch.join(CURRENT)).ok()?;
    let (length, rest) = noted.split_at_checked(8)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    rest.get(..length).map(<[u8]>::to_vec)
}

impl Failure {
    /// Keeps the input in the temporary folder, and tells of it.
    pub fn told(&self, target: &Target, seed: u64) -> String {
        let Self { words, input } = self;
        let file: PathBuf = std::env::temp_dir().join(format!("vault-fuzz-{}-{seed}", target.name));
        std::fs::write(&file, input).unwrap();
        let shown = input.iter().take(2_000).copied().flat_map(std::ascii::escape_default);
        let shown: String = shown.map(char::from).collect();
        format!(
            "{words}\n  seed {seed}; {} bytes: \"{shown}\"\n  again: cargo test --test fuzz -- --replay {} {}\n  \
             when it is mended, keep it as a file in {}",
            input.len(),
            target.name,
            file.display(),
            seeds::tests().join("fuzz/corpus").join(target.name).display(),
        )
    }
}

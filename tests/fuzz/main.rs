//! Fuzzing: every parser of what others may have written, tried with inputs that nobody would write.
//! `README.md` says how to run it.
//!
//! This binary starts itself again, once for each target, so that whatever an input does is seen from
//! outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a target that panics has found something"
)]

mod controls;
mod engine;
mod support;
#[path = "../support/sweep.rs"]
mod sweep;
mod targets;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use engine::coverage::Coverage;
use engine::{Target, play, watch};
use libtest_mimic::{Arguments, Trial};
use sweep::Sweep;

/// How long all targets together may take in `cargo test`, beyond their seeds.
const ORDINARY: Duration = Duration::from_secs(1);
/// How long each of them takes in the short run and in the full one.
const SHORT: Duration = Duration::from_secs(4);
const FULL: u64 = 600;

fn main() -> ExitCode {
    Coverage::keep_to_itself();
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["--play", name, scratch, time, seed] => {
            let time = Duration::from_millis(time.parse().unwrap());
            play::play(named(name), Path::new(scratch), time, seed.parse().unwrap())
        }
        ["--replay", name, file] => play::replay(named(name), Path::new(file)),
        _ => {
            let trials = targets::ALL.iter().map(trial).chain(controls::trials()).collect();
            libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
        }
    }
}

fn named(name: &str) -> &'static Target {
    let controls = controls::ALL.iter().map(|(target, _)| target);
    let target = targets::ALL.iter().chain(controls).find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("there is no target {name}"))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

fn trial(target: &'static Target) -> Trial {
    Trial::test(target.name, move || {
        let sweep = Sweep::asked();
        let (time, seed) = match sweep {
            Sweep::Ordinary => (ORDINARY / u32::try_from(targets::ALL.len()).unwrap_or(1), 1),
            Sweep::Ci => (SHORT, 1),
            Sweep::Full => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
                (Duration::from_secs(number("VAULT_FUZZ_SECONDS").unwrap_or(FULL)), now.as_secs())
            }
        };
        let seed = number("VAULT_FUZZ_SEED").unwrap_or(seed);
        let told = watch::run(target, time, seed).map_err(|failure| failure.told(target, seed))?;
        if sweep != Sweep::Ordinary {
            println!("fuzz {}, seed {seed}: {told}", target.name);
        }
        Ok(())
    })
}

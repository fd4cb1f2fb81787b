//! How thorough a sweep is: `VAULT_SWEEP` says it. Nothing: the share that runs with every `cargo test`.
//! `ci`: what `.ci/run` tries besides. `full`: all of it (`docs/reliability.md`).
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support; each binary uses its own part"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    Ordinary,
    Ci,
    Full,
}

impl Sweep {
    /// What the environment asks for.
    pub fn asked() -> Self {
        match std::env::var("VAULT_SWEEP").as_deref() {
            Err(_) => Self::Ordinary,
            Ok("ci") => Self::Ci,
            Ok("full") => Self::Full,
            Ok(other) => panic!("VAULT_SWEEP is {other:?}, and neither `ci` nor `full`"),
        }
    }

    pub fn pick<T>(self, ordinary: T, ci: T, full: T) -> T {
        match self {
            Self::Ordinary => ordinary,
            Self::Ci => ci,
            Self::Full => full,
        }
    }
}

/// What chance begins with: 1, or `VAULT_SWEEP_SEED`, which makes every sweep another one.
pub fn seed() -> u64 {
    std::env::var("VAULT_SWEEP_SEED").map_or(1, |text| text.parse().unwrap())
}

/// Spreads `count` tries evenly over `places` and tells which those are; all places, several times, where
/// there are more tries than places.
pub fn spread(places: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |number| number * places / count)
}

/// A sum of many tests, which the last one of them checks.
pub struct Tally {
    tests: AtomicUsize,
    sum: AtomicUsize,
}

impl Tally {
    pub const fn new() -> Self {
        Self { tests: AtomicUsize::new(0), sum: AtomicUsize::new(0) }
    }

    /// Adds what one test did. The last of `tests` gets the sum.
    pub fn add(&self, count: usize, tests: usize) -> Option<usize> {
        let sum = self.sum.fetch_add(count, Ordering::SeqCst) + count;
        (self.tests.fetch_add(1, Ordering::SeqCst) + 1 == tests).then_some(sum)
    }

    pub fn sum(&self) -> usize {
        self.sum.load(Ordering::SeqCst)
    }
}

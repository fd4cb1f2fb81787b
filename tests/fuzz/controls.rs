//! Targets with mistakes put into them, to see that the engine finds each kind and makes its input small.

use std::hint::black_box;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::engine::play::processor_time;
use crate::engine::{Target, Verdict, watch};

/// A target, and what its finding must say.
pub const ALL: [(Target, &str); 4] = [
    (control("control_panic", || vec![b"some words, n=41, and more".to_vec()], panics), "n=42"),
    (control("control_memory", || vec![b"m".to_vec()], believes), "the process ended with"),
    (control("control_stack", || vec![b"s".to_vec()], recurses), "the process ended with"),
    (control("control_time", || vec![b"t".to_vec()], dawdles), "it is slow"),
];

const fn control(name: &'static str, seeds: fn() -> Vec<Vec<u8>>, check: fn(&[u8]) -> Verdict) -> Target {
    Target { name, longest: 64, words: &[], seeds, mend: None, check }
}

fn panics(input: &[u8]) -> Verdict {
    assert!(!input.windows(4).any(|word| word == b"n=42"), "n=42");
    Verdict::Taken
}

fn believes(input: &[u8]) -> Verdict {
    let claimed = if input.starts_with(b"m") { 3 << 30 } else { 0 };
    assert!(black_box(vec![1_u8; claimed]).len() == claimed);
    Verdict::Taken
}

fn recurses(input: &[u8]) -> Verdict {
    fn deep(depth: u64) -> u64 {
        let on_the_stack = black_box([depth; 64]);
        if depth == 0 { 0 } else { deep(depth - 1) + on_the_stack[7] }
    }
    black_box(deep(if input.starts_with(b"s") { u64::MAX } else { 1 }));
    Verdict::Taken
}

fn dawdles(input: &[u8]) -> Verdict {
    let start = processor_time();
    while input.starts_with(b"t") && processor_time() < start + Duration::from_millis(400) {
        black_box(());
    }
    Verdict::Taken
}

/// One trial a mistake.
pub fn trials() -> impl Iterator<Item = Trial> {
    ALL.iter().map(|(target, expected)| {
        Trial::test(format!("{}_is_found", target.name), move || {
            let Err(failure) = watch::run(target, Duration::from_secs(20), 1) else {
                return Err("the mistake was not found".into());
            };
            if !failure.words.contains(expected) {
                return Err(format!("told as {}", failure.words).into());
            }
            if failure.input.len() > expected.len().min(4) {
                return Err(format!("{} bytes are not small", failure.input.len()).into());
            }
            Ok(())
        })
    })
}

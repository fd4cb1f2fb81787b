//! Whatever somebody without a key does to the lines of the access log, verifying it notices.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assume, prop_oneof};
use proptest::sample::Index;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

use super::log_verify::verified_in;
use super::office::{Office, put_back};

/// What can be done to a file's lines by whoever has no key.
#[derive(Debug, Clone)]
enum Deed {
    Remove(Index, usize),
    Repeat(Index),
    Swap(Index, Index),
    Move(Index, Index),
    Splice(Index, Vec<u8>),
    Flip(Index, u8),
    Cut(Index),
}

fn deed() -> impl Strategy<Value = Deed> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 1..4_usize).prop_map(|(line, count)| Deed::Remove(line, count)),
        at().prop_map(Deed::Repeat),
        (at(), at()).prop_map(|(one, other)| Deed::Swap(one, other)),
        (at(), at()).prop_map(|(from, to)| Deed::Move(from, to)),
        (at(), vec(any::<u8>(), 1..80)).prop_map(|(place, bytes)| Deed::Splice(place, bytes)),
        (at(), 0..8_u8).prop_map(|(byte, bit)| Deed::Flip(byte, bit)),
        at().prop_map(Deed::Cut),
    ]
}

impl Deed {
    fn done_to(&self, sound: &[u8]) -> Vec<u8> {
        let mut lines: Vec<&[u8]> = sound.split_inclusive(|byte| *byte == b'\n').collect();
        let mut bytes = sound.to_vec();
        match self {
            Self::Remove(line, count) => {
                let line = line.index(lines.len());
                drop(lines.drain(line..(line + count).min(lines.len())));
            }
            Self::Repeat(line) => {
                let line = line.index(lines.len());
                lines.insert(line, lines[line]);
            }
            Self::Swap(one, other) => {
                let count = lines.len();
                lines.swap(one.index(count), other.index(count));
            }
            Self::Move(from, to) => {
                let line = lines.remove(from.index(lines.len()));
                lines.insert(to.index(lines.len()), line);
            }
            // Not after the last byte: that is what a power cut leaves of a line.
            Self::Splice(place, more) => {
                let place = place.index(bytes.len());
                bytes.splice(place..place, more.iter().copied());
                return bytes;
            }
            Self::Flip(byte, bit) => {
                let byte = byte.index(bytes.len());
                bytes[byte] ^= 1 << bit;
                return bytes;
            }
            Self::Cut(end) => {
                bytes.truncate(end.index(bytes.len()));
                return bytes;
            }
        }
        lines.concat()
    }
}

#[test]
fn whatever_is_done_to_the_file_is_noticed() {
    let office = Office::founded();
    for _ in 0..6 {
        office.unlocked();
    }
    let (path, state) = (&office.months()[0], &office.surroundings.state);
    let kept = tempfile::tempdir().unwrap();
    let (sound, note) = (fs::read(path).unwrap(), kept.path().join("state"));
    put_back(state, &note);
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let held = runner.run(&deed(), |deed| {
        let done = deed.done_to(&sound);
        prop_assume!(done != sound);
        fs::write(path, done).unwrap();
        put_back(&note, state);
        prop_assert!(!verified_in(&office, Vec::new()).found.is_sound());
        Ok(())
    });
    held.unwrap();
}

//! Every bit of every file, and every length to which it can be cut.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use vault::cli::error::Kind;
use vault::sealed::disk::{Disk, DiskFile};

use crate::change::Change;
use crate::kinds::{self, Read};
use crate::look::Look;
use crate::simulated_disk::SimulatedDisk;
use crate::sweep::{Bench, Machine, Outcome, Share, in_parallel, names_a_place, short};

/// Places that one thread tries at once.
const STRETCH: usize = 256;

/// What is done to a file at a place.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Flip { byte: usize, bit: u32 },
    Cut { length: usize },
}

impl Edit {
    fn made(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Flip { byte, bit } => {
                let mut bytes = bytes.to_vec();
                bytes[byte] ^= 1 << bit;
                bytes
            }
            Self::Cut { length } => bytes[..length].to_vec(),
        }
    }
}

/// Which bits of a stretch are tried. Where no note tells, readers have to find out by themselves what is
/// left, which takes a hundred times as long: there, in the full sweep too, some bytes have to do.
fn flips(share: Share, kind: &str, machine: Machine, start: usize, end: usize) -> Vec<Edit> {
    let step = match (share, kind) {
        (Share::Full, _) if machine == Machine::Known => {
            let all = (start..end).flat_map(|byte| (0..8).map(move |bit| Edit::Flip { byte, bit }));
            return all.collect();
        }
        (Share::Full, _) => 1,
        (Share::Ci, "base" | "group log") => 5,
        (Share::Ci, "access log") => 13,
        (Share::Ci, _) => 2,
        (Share::Ordinary, "access log") => 61,
        (Share::Ordinary, "base" | "group log") => 17,
        (Share::Ordinary, _) => 7,
    };
    let step = if machine == Machine::New { step * 5 } else { step };
    // Another bit in each byte, so that all eight come by.
    let bit = |byte: usize| u32::try_from(byte / step * 3 % 8).unwrap();
    (start..end).filter(|byte| byte % step == 0).map(|byte| Edit::Flip { byte, bit: bit(byte) }).collect()
}

/// Which lengths of a stretch are tried.
fn cuts(share: Share, _: &str, machine: Machine, start: usize, end: usize) -> Vec<Edit> {
    let step = match (share, machine) {
        (Share::Full, Machine::Known) => 1,
        (Share::Full, Machine::New) => 17,
        (Share::Ci, Machine::Known) => 41,
        (Share::Ci, Machine::New) => 211,
        (Share::Ordinary, Machine::Known) => 101,
        (Share::Ordinary, Machine::New) => 401,
    };
    (start..end).filter(|length| length % step == 0).map(|length| Edit::Cut { length }).collect()
}

/// What else than damage a changed file may look like, and why that is right.
fn is_right(kind: &str, edit: Edit, machine: Machine, outcome: &Outcome) -> bool {
    match (kind, outcome) {
        // Nothing tells a passphrase that does not fit from a seal to which it does not fit any more.
        ("identity", Outcome::Refused(3)) => matches!(edit, Edit::Flip { .. }),
        // The digit of the version: a format that this program does not know, it can't verify.
        ("roster" | "head", Outcome::Refused(1)) => matches!(edit, Edit::Flip { .. }),
        // No part of the store. Where it still fits, it is a weaker witness; where not, that is told.
        ("seen note", Outcome::Unchanged | Outcome::Told) => true,
        // What no note covers can't be told from what a power cut tore.
        ("group log" | "roster" | "access log", Outcome::Older | Outcome::Told) => machine == Machine::New,
        _ => false,
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let tried = sweep("bit flipped", flips);
    assert!(tried > 4_000, "only {tried}");
}

#[test]
fn every_cut_is_noticed() {
    let tried = sweep("cut", cuts);
    assert!(tried > 500, "only {tried}");
}

fn sweep(title: &str, edits: fn(Share, &str, Machine, usize, usize) -> Vec<Edit>) -> usize {
    let share = Share::asked();
    let bench = Bench::new();
    let mut work: Vec<(PathBuf, &'static str, usize, Machine)> = Vec::new();
    for (path, bytes) in &bench.files {
        let kind = kinds::kind(path).unwrap();
        if let Read::By(_) = kind.read {
            for start in (0..bytes.len()).step_by(STRETCH) {
                work.push((path.clone(), kind.name, start, Machine::Known));
                work.push((path.clone(), kind.name, start, Machine::New));
            }
        }
    }
    // A machine that has never seen the store has no note that could be changed.
    work.retain(|(_, kind, _, machine)| *kind != "seen note" || *machine == Machine::Known);
    // What only the whole program looks at takes longest, and comes last.
    work.sort_by_key(|(_, kind, ..)| Look::ORDER.iter().position(|known| known == kind));
    let wrong = Mutex::new(Vec::new());
    in_parallel(work.len(), |worker, number| {
        let (path, kind, start, machine) = &work[number];
        let (kind, machine) = (*kind, *machine);
        let end = bench.files[path].len().min(start + STRETCH);
        let edits = edits(share, kind, machine, *start, end);
        if edits.is_empty() {
            return;
        }
        let disk = worker.resumed(bench.moment(machine).clone());
        let look = Look::at(path, kind, machine, &disk, *start..end);
        look.take(&disk).unwrap();
        let tried = Tried { bench: &bench, path, kind, machine, disk: &disk, look, worker };
        for edit in edits {
            let told = match tried.outcome(edit) {
                Ok(outcome) => {
                    bench.count(&format!("{title}: {kind}"), machine, outcome.clone(), 1);
                    if outcome == Outcome::Noticed || is_right(kind, edit, machine, &outcome) {
                        continue;
                    }
                    outcome.to_string()
                }
                Err(what) => what,
            };
            let what = format!("{} {edit:?} [{machine:?}]: {told}", short(path));
            println!("WRONG: {what}");
            wrong.lock().unwrap().push(what);
        }
        if share == Share::Full {
            println!("{} [{machine:?}] up to byte {end}; {} states by now", short(path), bench.counted());
        }
    });
    let tried = bench.report(title);
    let wrong = wrong.into_inner().unwrap();
    let first: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), first.join("\n"));
    tried
}

/// One file, changed over and over.
struct Tried<'a> {
    bench: &'a Bench,
    path: &'a Path,
    kind: &'static str,
    machine: Machine,
    disk: &'a SimulatedDisk,
    look: Look,
    worker: &'a SimulatedDisk,
}

impl Tried<'_> {
    fn outcome(&self, edit: Edit) -> Result<Outcome, String> {
        let before = &self.bench.files[self.path];
        if let Err(error) = self.looked(edit)
            && error.kind() == Kind::Damaged
        {
            let message = error.message();
            return if names_a_place(message) { Ok(Outcome::Noticed) } else { Err(message.to_owned()) };
        }
        let change = Change::new(self.kind, String::new()).put(self.path, edit.made(before));
        self.bench.outcome(&change, self.machine, self.worker)
    }

    /// The first look at the changed file, which is put back.
    fn looked(&self, edit: Edit) -> Result<(), vault::cli::error::CommandError> {
        let file = self.disk.open_for_writing(self.path).unwrap();
        let before = whole(&*file);
        let put = |at: usize, bytes: &[u8]| file.write_all_at(bytes, at as u64).unwrap();
        match edit {
            Edit::Flip { byte, bit } => {
                put(byte, &[before[byte] ^ (1 << bit)]);
                let looked = self.look.take(self.disk);
                put(byte, &before[byte..=byte]);
                file.sync_data().unwrap();
                looked
            }
            Edit::Cut { length } => {
                file.set_len(length as u64).unwrap();
                let looked = self.look.take(self.disk);
                put(length, &before[length..]);
                file.sync_data().unwrap();
                looked
            }
        }
    }
}

fn whole(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    let count = file.read_at(&mut bytes, 0).unwrap();
    assert_eq!(count, bytes.len());
    bytes
}

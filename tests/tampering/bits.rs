//! Every bit of every file. Most flips are noticed by the first look at the file alone, which is tried
//! first; what it does not notice, everybody looks at.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vault::access_log::LogError;
use vault::access_log::reading::ReadError;
use vault::cli::error::{CommandError, Kind};
use vault::sealed::access::{Access, Seen, Witness};
use vault::sealed::disk::{Disk, DiskFile};
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;
use vault::store::{LogReading, Roster, Session, Store};

use crate::change::Change;
use crate::judge::log_event;
use crate::kinds::{self, Read};
use crate::office::{LATER, layout, passphrase, surroundings};
use crate::simulated_disk::SimulatedDisk;
use crate::sweep::{Bench, Machine, Outcome, Share, in_parallel, names_a_place, short};

/// Bytes that one thread tries at once.
const STRETCH: usize = 256;

/// The first look at a file by itself.
enum Look {
    Roster,
    Group(Arc<Access>),
    Log(Box<LogReading>),
    /// The whole program, by somebody in particular.
    None,
}

/// Has seen nothing and remembers nothing.
struct Nobody;

impl Witness for Nobody {
    fn seen(&self, _: &str) -> Option<Seen> {
        None
    }

    fn note(&self, _: &str, _: Seen) {}
}

impl Look {
    fn at(path: &Path, kind: &str, machine: Machine, disk: &SimulatedDisk) -> Self {
        match kind {
            "roster" => Self::Roster,
            "head" | "base" | "group log" => {
                let group = path.iter().nth(4).unwrap().to_str().unwrap();
                let mut access = unlock(disk).access(group).unwrap();
                if machine == Machine::New {
                    access.witness = Arc::new(Nobody);
                }
                Self::Group(Arc::new(access))
            }
            "access log" => Self::Log(Box::new(unlock(disk).read_log(&log_event()).unwrap())),
            _ => Self::None,
        }
    }

    fn take(&self, disk: &SimulatedDisk) -> Result<(), CommandError> {
        match self {
            Self::None => Ok(()),
            Self::Roster => Ok(drop(Roster::read(disk, &layout().roster())?)),
            Self::Group(access) => Ok(drop(GroupFile::open(Arc::clone(access), Mode::Shared)?)),
            Self::Log(reading) => {
                let reader = reading.reader(NonZeroUsize::MIN);
                let read = reader.each(reading.extent(), &|_, _| (), |_| None::<()>, |()| Ok::<_, Fault>(()));
                read.map_err(|Fault(error)| error)
            }
        }
    }
}

struct Fault(CommandError);

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self(error.into())
    }
}

impl From<LogError> for Fault {
    fn from(error: LogError) -> Self {
        Self(error.into())
    }
}

fn unlock(disk: &SimulatedDisk) -> Session {
    let surroundings = surroundings(Arc::new(disk.clone()), LATER);
    Store::open(layout().root(), &surroundings).unwrap().unlock("alice", &passphrase("alice")).unwrap()
}

/// What else than damage a flipped bit may look like, and why that is right.
fn is_right(kind: &str, machine: Machine, outcome: &Outcome) -> bool {
    match (kind, outcome) {
        // Nothing tells a passphrase that does not fit from a seal to which it does not fit any more.
        ("identity", Outcome::Refused(3))
        // The digit of the version: a format that this program does not know, it can't verify.
        | ("roster" | "head", Outcome::Refused(1))
        // No part of the store. Where it still fits, it is a weaker witness; where not, that is told.
        | ("seen note", Outcome::Unchanged | Outcome::Told) => true,
        // What no note covers can't be told from what a power cut tore.
        ("group log" | "roster" | "access log", Outcome::Older | Outcome::Told) => machine == Machine::New,
        _ => false,
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let share = Share::asked();
    let bench = Bench::new();
    let mut work: Vec<(PathBuf, &str, usize, Machine)> = Vec::new();
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
    let wrong = Mutex::new(Vec::new());
    in_parallel(work.len(), |worker, number| {
        let (path, kind, start, machine) = &work[number];
        let disk = worker.resumed(bench.moment(*machine).clone());
        let look = Look::at(path, kind, *machine, &disk);
        look.take(&disk).unwrap();
        let file = disk.open_for_writing(path).unwrap();
        let end = bench.files[path].len().min(start + STRETCH);
        for (byte, bit) in bits(share, kind, *start, end) {
            let flip = Flip { bench: &bench, path, kind, machine: *machine, byte, bit };
            match flip.outcome(&look, &disk, &*file, worker) {
                Ok(outcome) => {
                    if outcome != Outcome::Noticed && !is_right(kind, *machine, &outcome) {
                        wrong.lock().unwrap().push(format!("{} {byte}.{bit} [{machine:?}]: {outcome}", short(path)));
                    }
                    bench.count(&format!("bit of {kind}"), *machine, outcome, 1);
                }
                Err(what) => wrong.lock().unwrap().push(format!("{} {byte}.{bit} [{machine:?}]: {what}", short(path))),
            }
        }
    });
    let tried = bench.report("bits");
    let wrong = wrong.into_inner().unwrap();
    let first: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {tried} flips:\n{}", wrong.len(), first.join("\n"));
    assert!(tried > 5_000, "only {tried} flips");
}

/// Which bits of a stretch are tried: of files at which only the whole program looks, fewer.
fn bits(share: Share, kind: &str, start: usize, end: usize) -> Vec<(usize, u32)> {
    let step = match (share, kind) {
        (Share::Full, _) => return (start..end).flat_map(|byte| (0..8).map(move |bit| (byte, bit))).collect(),
        (Share::Ci, "access log") => 4,
        (Share::Ci, _) => 1,
        (Share::Ordinary, "access log") => 29,
        (Share::Ordinary, "base" | "group log") => 13,
        (Share::Ordinary, _) => 5,
    };
    // Another bit in each byte: a prime's multiples come by all eight.
    (start..end).filter(|byte| byte % step == 0).map(|byte| (byte, (byte / step * 3 % 8) as u32)).collect()
}

struct Flip<'a> {
    bench: &'a Bench,
    path: &'a Path,
    kind: &'static str,
    machine: Machine,
    byte: usize,
    bit: u32,
}

impl Flip<'_> {
    fn outcome(
        &self,
        look: &Look,
        disk: &SimulatedDisk,
        file: &dyn DiskFile,
        worker: &SimulatedDisk,
    ) -> Result<Outcome, String> {
        let before = self.bench.files[self.path][self.byte];
        let after = before ^ (1 << self.bit);
        file.write_all_at(&[after], self.byte as u64).unwrap();
        let looked = look.take(disk);
        file.write_all_at(&[before], self.byte as u64).unwrap();
        file.sync_data().unwrap();
        match looked {
            Err(error) if error.kind() == Kind::Damaged => {
                let message = error.message();
                if names_a_place(message) { Ok(Outcome::Noticed) } else { Err(message.to_owned()) }
            }
            _ => {
                let mut bytes = self.bench.files[self.path].clone();
                bytes[self.byte] = after;
                let change = Change::new(self.kind, String::new()).put(self.path, bytes);
                self.bench.outcome(&change, self.machine, worker)
            }
        }
    }
}

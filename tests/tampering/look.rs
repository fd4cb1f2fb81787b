//! The first look at a file by itself: most changes of one file are noticed by that, a hundred times faster
//! than by the whole program.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use vault::access_log::LogError;
use vault::access_log::reading::ReadError;
use vault::cli::error::CommandError;
use vault::sealed::access::{Access, Seen, Witness};
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;
use vault::store::{LogReading, Roster, Session, Store};

use crate::judge::log_event;
use crate::office::{LATER, layout, passphrase, surroundings};
use crate::simulated_disk::SimulatedDisk;
use crate::sweep::Machine;

/// The first look at a file by itself.
pub enum Look {
    Roster,
    Group(Arc<Access>),
    /// The lines of the stretch that is changed, and two after them.
    Log {
        reading: Box<LogReading>,
        first: u64,
        end: u64,
    },
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
    /// Kinds of files by how long the first look takes, and those last at which only the whole program looks.
    pub const ORDER: [&str; 10] = [
        "roster",
        "head",
        "group log",
        "base",
        "access log",
        "document",
        "group key",
        "access log key",
        "identity",
        "seen note",
    ];

    pub fn at(
        path: &Path,
        kind: &str,
        machine: Machine,
        disk: &SimulatedDisk,
        stretch: Range<usize>,
    ) -> Self {
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
            "access log" => {
                let bytes = disk.now().live.read(path);
                let reading = Box::new(unlock(disk).read_log(&log_event()).unwrap());
                let line = |at: usize| seq_at(&bytes, at);
                Self::Log { reading, first: line(stretch.start), end: line(stretch.end - 1) + 3 }
            }
            _ => Self::None,
        }
    }

    pub fn take(&self, disk: &SimulatedDisk) -> Result<(), CommandError> {
        match self {
            Self::None => Ok(()),
            Self::Roster => Roster::read(disk, &layout().roster()).map(drop).map_err(Into::into),
            Self::Group(access) => {
                GroupFile::open(Arc::clone(access), Mode::Shared).map(drop).map_err(Into::into)
            }
            Self::Log { reading, first, end } => {
                let part = reading.part(*first, *end)?;
                let reader = reading.reader(NonZeroUsize::MIN);
                let read = reader.each(&part, &|_, _| (), |_| None::<()>, |()| Ok::<_, Fault>(()));
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

/// The number of the line that has the byte `at`.
fn seq_at(log: &[u8], at: usize) -> u64 {
    let start = log[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let digits = log[start..].strip_prefix(b"{\"seq\":").unwrap();
    let digits = digits.split(|byte| *byte == b',').next().unwrap();
    std::str::from_utf8(digits).unwrap().parse().unwrap()
}

fn unlock(disk: &SimulatedDisk) -> Session {
    let surroundings = surroundings(Arc::new(disk.clone()), LATER);
    Store::open(layout().root(), &surroundings).unwrap().unlock("alice", &passphrase("alice")).unwrap()
}

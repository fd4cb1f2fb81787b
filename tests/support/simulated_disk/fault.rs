//! One planned failure: which call, which error, and how the disk goes on.

use std::io;

use rustix::io::Errno;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Open,
    Read,
    Lock,
    Create,
    Write,
    Rename,
    Sync,
    SyncFolder,
    Cut,
    Remove,
}

impl Call {
    /// Whether a full disk can refuse it.
    fn takes_room(self) -> bool {
        matches!(self, Self::Create | Self::Write | Self::Rename | Self::Sync | Self::Lock)
    }

    fn reads(self) -> bool {
        matches!(self, Self::Open | Self::Read)
    }
}

/// What the disk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// `EIO`.
    Broken,
    /// `ENOSPC`.
    Full,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// All later calls work.
    Works,
    /// A full disk stays full; a broken one can only be read.
    Stays,
}

/// The planned failure.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The number of the call, counted from 0 since the plan was made.
    pub at: u64,
    pub failure: Failure,
    pub then: Then,
}

#[derive(Debug, Default)]
pub struct Plan {
    calls: u64,
    fault: Option<Fault>,
    happened: Option<Call>,
}

pub enum Verdict {
    Works,
    Fails(io::Error),
}

impl Plan {
    pub fn new(fault: Option<Fault>) -> Self {
        Self { fault, ..Self::default() }
    }

    pub fn calls(&self) -> u64 {
        self.calls
    }

    pub fn happened(&self) -> Option<Call> {
        self.happened
    }

    pub fn judge(&mut self, call: Call) -> Verdict {
        let number = self.calls;
        self.calls += 1;
        let Some(fault) = self.fault else { return Verdict::Works };
        let first = number == fault.at;
        let concerned = match fault.failure {
            Failure::Full => call.takes_room(),
            Failure::Broken => first || !call.reads(),
        };
        let later = number > fault.at && fault.then == Then::Stays && self.happened.is_some();
        if !concerned || !(first || later) {
            return Verdict::Works;
        }
        self.happened.get_or_insert(call);
        let code = match fault.failure {
            Failure::Broken => Errno::IO,
            Failure::Full => Errno::NOSPC,
        };
        Verdict::Fails(io::Error::from_raw_os_error(code.raw_os_error()))
    }
}

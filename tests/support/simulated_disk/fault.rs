//! One planned failure: which call, what happens to it, and how the disk goes on.

use std::io;

use rustix::io::Errno;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Open,
    Read,
    /// Asking for a length, a name or a folder's names.
    Ask,
    Lock,
    Create,
    Write,
    Rename,
    Sync,
    SyncFolder,
    Cut,
    Remove,
}

/// What happens to the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// `EIO`.
    Broken,
    /// `ENOSPC`.
    Full,
    /// `EINTR`. The disk hands it on whatever the call is; the loops over attempts take it from there.
    Interrupted,
    /// It reads or writes half of what it was asked to.
    Short,
    /// It writes nothing, and says so.
    Nothing,
}

impl Failure {
    pub const ALL: [Self; 5] = [Self::Broken, Self::Full, Self::Interrupted, Self::Short, Self::Nothing];

    /// Whether it can befall a call of that kind.
    pub fn befalls(self, call: Call) -> bool {
        match self {
            Self::Broken | Self::Interrupted => true,
            Self::Full => {
                matches!(call, Call::Create | Call::Write | Call::Rename | Call::Sync | Call::Lock)
            }
            Self::Short => matches!(call, Call::Read | Call::Write),
            Self::Nothing => call == Call::Write,
        }
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Then {
    /// All later calls work.
    Works,
    /// A full disk stays full; a broken one can only be read; every later attempt is short; and every other
    /// call is interrupted.
    Stays,
}

/// The planned failure.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The number of the call, counted from 0 since the plan was made.
    pub at: usize,
    pub failure: Failure,
    pub then: Then,
}

#[derive(Debug, Default)]
pub struct Plan {
    calls: Vec<Call>,
    fault: Option<Fault>,
    happened: Option<Call>,
}

pub enum Verdict {
    Works,
    /// It does less than it was asked to.
    Short,
    Fails(io::Error),
}

impl Plan {
    pub fn new(fault: Option<Fault>) -> Self {
        Self { fault, ..Self::default() }
    }

    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub fn happened(&self) -> Option<Call> {
        self.happened
    }

    /// Whether what is short does nothing at all.
    pub fn takes_nothing(&self) -> bool {
        self.fault.is_some_and(|fault| fault.failure == Failure::Nothing)
    }

    pub fn judge(&mut self, call: Call) -> Verdict {
        let number = self.calls.len();
        self.calls.push(call);
        let Some(fault) = self.fault else { return Verdict::Works };
        let first = number == fault.at;
        let later = number > fault.at && fault.then == Then::Stays && self.happened.is_some();
        let concerned = match fault.failure {
            Failure::Broken => first || !matches!(call, Call::Open | Call::Read | Call::Ask),
            Failure::Interrupted => (number - fault.at.min(number)).is_multiple_of(2),
            failure => failure.befalls(call),
        };
        if !concerned || !(first || later) {
            return Verdict::Works;
        }
        self.happened.get_or_insert(call);
        let code = match fault.failure {
            Failure::Short | Failure::Nothing => return Verdict::Short,
            Failure::Broken => Errno::IO,
            Failure::Full => Errno::NOSPC,
            Failure::Interrupted => Errno::INTR,
        };
        Verdict::Fails(io::Error::from_raw_os_error(code.raw_os_error()))
    }
}

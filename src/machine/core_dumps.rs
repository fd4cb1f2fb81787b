//! No core dumps: the memory of a process that crashes is not to be written to a disk.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit, set_dumpable_behavior, setrlimit,
};

/// What keeps the kernel from dumping this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoreDumps {
    /// `RLIMIT_CORE` is 0 and can't be raised again. A kernel that pipes dumps to a program goes past it.
    pub limited: bool,
    /// `PR_SET_DUMPABLE` is 0. Nobody but root can trace the process or read its memory then, and no dump
    /// of any kind is made.
    pub undumpable: bool,
}

impl CoreDumps {
    /// Whether no dump can be made.
    pub fn are_off(self) -> bool {
        self.undumpable
    }
}

/// Forbids core dumps for the rest of the process, as its first act. What the kernel refuses stops
/// nothing, and [`state`] tells it.
pub fn forbid() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// What is in force now.
pub fn state() -> CoreDumps {
    CoreDumps {
        limited: getrlimit(Resource::Core).maximum == Some(0),
        undumpable: dumpable_behavior() == Ok(DumpableBehavior::NotDumpable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_forbidding_no_dump_can_be_made() {
        assert!(!CoreDumps { limited: true, undumpable: false }.are_off());
        forbid();
        assert_eq!(state(), CoreDumps { limited: true, undumpable: true });
        assert!(state().are_off());
    }
}

//! What this process may have at most, by its own limits and its control group's.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::told::{Untold, read};

/// A process's soft limits, in bytes; `None` is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a core dump's file.
    pub core: Option<u64>,
    /// Of all its memory, be it used or only reserved (`RLIMIT_AS`).
    pub address_space: Option<u64>,
}

impl Limits {
    /// This process's own; a limit that the kernel does not name does not limit.
    pub fn own(root: &Path) -> Result<Self, Untold> {
        Self::read(&root.join("proc/self/limits"))
    }

    /// Those of the process with the number `pid`.
    pub fn of(root: &Path, pid: i32) -> Result<Self, Untold> {
        Self::read(&root.join(format!("proc/{pid}/limits")))
    }

    fn read(path: &Path) -> Result<Self, Untold> {
        let text = read(path)?;
        let soft = |label: &str| -> Result<Option<u64>, Untold> {
            let Some(values) = text.lines().find_map(|line| line.strip_prefix(label)) else {
                return Ok(None);
            };
            match values.split_whitespace().next() {
                Some("unlimited") => Ok(None),
                Some(number) => number.parse().map(Some).map_err(|_| Untold::unknown_form(path)),
                None => Err(Untold::unknown_form(path)),
            }
        };
        Ok(Self { core: soft("Max core file size")?, address_space: soft("Max address space")? })
    }
}

/// Lets this process have as many files open as it may ask for. Where that fails it has what it had, and
/// opening one too many says so.
pub fn raise_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// The least memory, in bytes, that the process's control group or one above it may have; `None` where none
/// is limited, or the kernel tells of no such limit (cgroup version 2).
pub fn control_group(root: &Path) -> Option<u64> {
    let own = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let limit = |group: &Path| {
        let text = fs::read_to_string(root.join("sys/fs/cgroup").join(group).join("memory.max")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    Path::new(path).ancestors().filter_map(limit).min()
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    unlimited            bytes
Max address space         8388608              unlimited            bytes
";

    #[test]
    fn soft_limits_are_read_and_unlimited_is_none() {
        let machine = Machine::new();
        assert!(matches!(Limits::own(machine.root()), Err(Untold::Missing { .. })));
        machine.write("proc/self/limits", LIMITS);
        let limits = Limits { core: Some(0), address_space: Some(8 << 20) };
        assert_eq!(Limits::own(machine.root()).unwrap(), limits);
        machine.write("proc/7/limits", &LIMITS.replace(" 0  ", " unlimited  "));
        assert_eq!(Limits::of(machine.root(), 7).unwrap(), Limits { core: None, ..limits });
        machine.write("proc/self/limits", &LIMITS.replace("8388608 ", "many "));
        assert!(matches!(Limits::own(machine.root()), Err(Untold::UnknownForm { .. })));
    }

    #[test]
    fn the_narrowest_group_above_the_process_counts() {
        let machine = Machine::new();
        assert_eq!(control_group(machine.root()), None);
        machine.write("proc/self/cgroup", "4:memory:/x\n0::/user.slice/session\n");
        assert_eq!(control_group(machine.root()), None);
        machine.write("sys/fs/cgroup/user.slice/session/memory.max", "max\n");
        assert_eq!(control_group(machine.root()), None);
        machine.write("sys/fs/cgroup/user.slice/memory.max", "1073741824\n");
        assert_eq!(control_group(machine.root()), Some(1 << 30));
        machine.write("sys/fs/cgroup/user.slice/session/memory.max", "4194304\n");
        assert_eq!(control_group(machine.root()), Some(4 << 20));
    }
}

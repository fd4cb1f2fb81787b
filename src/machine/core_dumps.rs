//! Where the kernel puts the memory of a program that crashes (core(5)).

use std::path::Path;

use super::limits::Limits;
use super::told::{Untold, read};

/// What becomes of the memory of a program that crashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoreDumps {
    /// Nothing is kept: no pattern is set, or the limit allows none.
    None,
    /// A file gets it.
    File {
        /// The kernel's pattern for the file's name.
        pattern: String,
    },
    /// Another program gets it, whatever the limit is.
    Piped {
        /// That program.
        program: String,
    },
}

/// Programs that keep nothing of what they are given.
const KEEP_NOTHING: [&str; 4] = ["/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true"];

/// What becomes of the memory of a program that crashes, by `core_pattern` and this process's own limit.
pub fn core_dumps(root: &Path) -> Result<CoreDumps, Untold> {
    let pattern = read(&root.join("proc/sys/kernel/core_pattern"))?;
    let pattern = pattern.trim();
    if let Some(command) = pattern.strip_prefix('|') {
        let program = command.split_whitespace().next().unwrap_or_default();
        let keeps = !program.is_empty() && !KEEP_NOTHING.contains(&program);
        return Ok(if keeps { CoreDumps::Piped { program: program.to_owned() } } else { CoreDumps::None });
    }
    if pattern.is_empty() || pattern == "/dev/null" || Limits::read(root)?.core == Some(0) {
        return Ok(CoreDumps::None);
    }
    Ok(CoreDumps::File { pattern: pattern.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    fn dumps(pattern: &str, core: &str) -> CoreDumps {
        let machine = Machine::new();
        machine.write("proc/sys/kernel/core_pattern", pattern);
        let limits =
            format!("Max core file size        {core}                    unlimited            bytes\n");
        machine.write("proc/self/limits", &limits);
        core_dumps(machine.root()).unwrap()
    }

    #[test]
    fn a_limit_of_nothing_keeps_files_away_and_pipes_not() {
        assert_eq!(dumps("core\n", "0"), CoreDumps::None);
        let pattern = "/var/core/%e".to_owned();
        assert_eq!(dumps("/var/core/%e\n", "unlimited"), CoreDumps::File { pattern });
        let program = "/usr/lib/systemd/systemd-coredump".to_owned();
        assert_eq!(dumps("|/usr/lib/systemd/systemd-coredump %P %u\n", "0"), CoreDumps::Piped { program });
    }

    #[test]
    fn a_pattern_that_keeps_nothing_is_none() {
        for pattern in ["\n", "/dev/null\n", "|/bin/false\n", "| /bin/false %p\n"] {
            assert_eq!(dumps(pattern, "unlimited"), CoreDumps::None, "{pattern:?}");
        }
    }

    #[test]
    fn a_kernel_that_does_not_tell_is_an_error() {
        let machine = Machine::new();
        assert!(matches!(core_dumps(machine.root()), Err(Untold::Missing { .. })));
        machine.write("proc/sys/kernel/core_pattern", "core\n");
        assert!(matches!(core_dumps(machine.root()), Err(Untold::Missing { .. })), "no limits");
    }
}

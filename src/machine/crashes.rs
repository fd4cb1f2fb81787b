//! Where the kernel puts the memory of a program that crashes (core(5)).

use std::path::Path;

use super::limits::Limits;
use super::told::{Untold, read};

/// What becomes of the memory of a program that crashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dumped {
    /// Nothing is kept: no pattern is set, or the limit allows none.
    Nowhere,
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

/// What becomes of the memory of a program that crashes, by `core_pattern` and the limit of the process with
/// the number `parent`: a program that shows records sets its own limit to nothing, which tells nothing of
/// the terminal that it shows them in.
pub fn dumped(root: &Path, parent: Option<i32>) -> Result<Dumped, Untold> {
    let pattern = read(&root.join("proc/sys/kernel/core_pattern"))?;
    let pattern = pattern.trim();
    if let Some(command) = pattern.strip_prefix('|') {
        let program = command.split_whitespace().next().unwrap_or_default();
        let keeps = !program.is_empty() && !KEEP_NOTHING.contains(&program);
        return Ok(if keeps { Dumped::Piped { program: program.to_owned() } } else { Dumped::Nowhere });
    }
    if pattern.is_empty() || pattern == "/dev/null" {
        return Ok(Dumped::Nowhere);
    }
    match parent.map(|parent| Limits::of(root, parent)) {
        Some(Ok(Limits { core: Some(0), .. })) => Ok(Dumped::Nowhere),
        // Where other processes are hidden, or this is the first one, nothing is known that keeps a file away.
        None | Some(Ok(_) | Err(Untold::Missing { .. })) => Ok(Dumped::File { pattern: pattern.to_owned() }),
        Some(Err(untold)) => Err(untold),
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    /// By the limit of the process with the number 7.
    fn dumps(pattern: &str, core: &str) -> Dumped {
        let machine = Machine::new();
        machine.write("proc/sys/kernel/core_pattern", pattern);
        let limits =
            format!("Max core file size        {core}                    unlimited            bytes\n");
        machine.write("proc/7/limits", &limits);
        dumped(machine.root(), Some(7)).unwrap()
    }

    /// This process's own limit, which is nothing, once passed for that of others who are hidden.
    #[test]
    fn where_the_one_who_started_the_program_is_hidden_a_file_is_to_be_expected() {
        let machine = Machine::new();
        machine.write("proc/sys/kernel/core_pattern", "core\n");
        machine.write("proc/self/limits", "Max core file size        0      0     bytes\n");
        for parent in [None, Some(7)] {
            let pattern = "core".to_owned();
            assert_eq!(dumped(machine.root(), parent).unwrap(), Dumped::File { pattern });
        }
    }

    #[test]
    fn a_limit_of_nothing_keeps_files_away_and_pipes_not() {
        assert_eq!(dumps("core\n", "0"), Dumped::Nowhere);
        let pattern = "/var/core/%e".to_owned();
        assert_eq!(dumps("/var/core/%e\n", "unlimited"), Dumped::File { pattern });
        let program = "/usr/lib/systemd/systemd-coredump".to_owned();
        assert_eq!(dumps("|/usr/lib/systemd/systemd-coredump %P %u\n", "0"), Dumped::Piped { program });
    }

    #[test]
    fn a_pattern_that_keeps_nothing_is_none() {
        for pattern in ["\n", "/dev/null\n", "|/bin/false\n", "| /bin/false %p\n"] {
            assert_eq!(dumps(pattern, "unlimited"), Dumped::Nowhere, "{pattern:?}");
        }
    }

    #[test]
    fn a_kernel_that_does_not_tell_is_an_error() {
        let machine = Machine::new();
        assert!(matches!(dumped(machine.root(), None), Err(Untold::Missing { .. })));
        machine.write("proc/sys/kernel/core_pattern", "core\n");
        machine.write("proc/7/limits", "Max core file size        many      many     bytes\n");
        assert!(matches!(dumped(machine.root(), Some(7)), Err(Untold::UnknownForm { .. })));
    }
}

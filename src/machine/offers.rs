//! What the kernel offers a process that wants to confine itself.

use std::path::Path;

use super::told::{Untold, read, read_if_there};

/// Whether system calls can be refused (seccomp filters).
pub fn seccomp(root: &Path) -> Result<bool, Untold> {
    if let Some(actions) = read_if_there(&root.join("proc/sys/kernel/seccomp/actions_avail"))? {
        return Ok(actions.split_whitespace().any(|action| action == "errno"));
    }
    // Where that is hidden, the kernel's word on this process tells that it knows seccomp at all.
    Ok(read(&root.join("proc/self/status"))?.lines().any(|line| line.starts_with("Seccomp:")))
}

/// Whether files can be put out of reach (Landlock).
pub fn landlock(root: &Path) -> Result<bool, Untold> {
    Ok(read(&root.join("sys/kernel/security/lsm"))?.trim().split(',').any(|module| module == "landlock"))
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    #[test]
    fn seccomp_is_told_by_its_actions_or_by_the_process() {
        let machine = Machine::new();
        assert!(matches!(seccomp(machine.root()), Err(Untold::Missing { .. })));
        machine.write("proc/self/status", "Name:\tvault\n");
        assert!(!seccomp(machine.root()).unwrap());
        machine.write("proc/self/status", "Name:\tvault\nSeccomp:\t0\n");
        assert!(seccomp(machine.root()).unwrap());
        machine.write("proc/sys/kernel/seccomp/actions_avail", "log allow\n");
        assert!(!seccomp(machine.root()).unwrap());
        machine.write("proc/sys/kernel/seccomp/actions_avail", "kill_process errno allow\n");
        assert!(seccomp(machine.root()).unwrap());
    }

    #[test]
    fn landlock_is_told_by_the_list_of_security_modules() {
        let machine = Machine::new();
        assert!(matches!(landlock(machine.root()), Err(Untold::Missing { .. })));
        machine.write("sys/kernel/security/lsm", "lockdown,capability,yama");
        assert!(!landlock(machine.root()).unwrap());
        machine.write("sys/kernel/security/lsm", "lockdown,capability,landlock,yama\n");
        assert!(landlock(machine.root()).unwrap());
    }
}

//! What the files are allowed to whom that this account's programs make.

use std::path::Path;

use super::told::{Untold, read};

/// The process's umask, by `/proc/self/status`, which it has from whoever started it.
pub fn umask(root: &Path) -> Result<u32, Untold> {
    let path = root.join("proc/self/status");
    let text = read(&path)?;
    let mask = text.lines().find_map(|line| line.strip_prefix("Umask:"));
    mask.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok()).ok_or_else(|| Untold::unknown_form(&path))
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    #[test]
    fn the_umask_is_read_as_an_octal_number() {
        let machine = Machine::new();
        assert!(matches!(umask(machine.root()), Err(Untold::Missing { .. })));
        machine.write("proc/self/status", "Name:\tvault\nUmask:\t0027\n");
        assert_eq!(umask(machine.root()).unwrap(), 0o027);
        machine.write("proc/self/status", "Name:\tvault\n");
        assert!(matches!(umask(machine.root()), Err(Untold::UnknownForm { .. })));
    }
}

//! Where the kernel may write memory to: swap, and the image of a machine that hibernates.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::block_device::BlockDevice;
use super::told::{Untold, read};

/// A place that memory is swapped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The device or file.
    pub name: String,
    /// What becomes of memory there.
    pub kept: Kept,
}

/// What becomes of memory that the kernel puts away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It stays memory: zram.
    InMemory,
    /// It reaches a disk encrypted by dm-crypt.
    Encrypted,
    /// It reaches a disk as it is, for all that the kernel tells.
    Plain,
}

/// The swap in use, by `/proc/swaps`.
pub fn swaps(root: &Path) -> Result<Vec<Swap>, Untold> {
    let path = root.join("proc/swaps");
    let text = read(&path)?;
    text.lines().skip(1).map(|line| swap(root, line).ok_or_else(|| Untold::unknown_form(&path))).collect()
}

/// `Filename Type Size Used Priority`.
fn swap(root: &Path, line: &str) -> Option<Swap> {
    let mut columns = line.split_whitespace();
    let (name, kind) = (unescaped(columns.next()?), columns.next()?);
    let device = if kind == "partition" {
        BlockDevice::named(root, name.rsplit('/').next()?)
    } else {
        let file = fs::metadata(root.join(name.trim_start_matches('/')));
        let device = file.map_or(0, |file| file.dev());
        BlockDevice::numbered(root, &number(device))
    };
    let kept = match () {
        () if kind == "partition" && stays_in_memory(root, &name) => Kept::InMemory,
        () if device.is_encrypted() => Kept::Encrypted,
        () => Kept::Plain,
    };
    Some(Swap { name, kept })
}

/// Whether it is a zram that writes nothing back to a disk.
fn stays_in_memory(root: &Path, name: &str) -> bool {
    let Some(device) = name.strip_prefix("/dev/").filter(|device| device.starts_with("zram")) else {
        return false;
    };
    // Missing where the kernel knows no writing back.
    let backing = fs::read_to_string(root.join("sys/block").join(device).join("backing_dev"));
    backing.map_or(true, |backing| backing.trim() == "none")
}

fn number(device: u64) -> String {
    format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device))
}

/// The kernel writes blanks and backslashes in a name as `\040`.
fn unescaped(name: &str) -> String {
    let mut parts = name.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let Some(code) = code.filter(u8::is_ascii) {
            text.push(code.into());
            text.push_str(&part[3..]);
        } else {
            text.push('\\');
            text.push_str(part);
        }
    }
    text
}

/// What becomes of memory when the machine hibernates; `None` where no device is set for it. A newer systemd
/// sets one only when it hibernates, to one of the swaps.
pub fn hibernation(root: &Path) -> Result<Option<Kept>, Untold> {
    let text = match read(&root.join("sys/power/resume")) {
        // A kernel without hibernation.
        Err(Untold::Missing { .. }) if root.join("sys/power").is_dir() => return Ok(None),
        read => read?,
    };
    let device = text.trim();
    let kept = if BlockDevice::numbered(root, device).is_encrypted() { Kept::Encrypted } else { Kept::Plain };
    Ok((device != "0:0").then_some(kept))
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    const HEADER: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    fn kept(machine: &Machine) -> Vec<(String, Kept)> {
        swaps(machine.root()).unwrap().into_iter().map(|swap| (swap.name, swap.kept)).collect()
    }

    #[test]
    fn a_machine_without_swap_has_none() {
        let machine = Machine::new();
        assert!(matches!(swaps(machine.root()), Err(Untold::Missing { .. })));
        machine.write("proc/swaps", HEADER);
        assert_eq!(kept(&machine), []);
        machine.write("proc/swaps", &format!("{HEADER}nonsense\n"));
        assert!(matches!(swaps(machine.root()), Err(Untold::UnknownForm { .. })));
    }

    #[test]
    fn a_plain_partition_is_told_from_an_encrypted_one_and_from_zram() {
        let machine = Machine::new();
        machine.write("sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-cryptswap\n");
        machine.write(
            "proc/swaps",
            &format!(
                "{HEADER}/dev/sda2 partition 8388604 0 -2\n/dev/dm-1 partition 8388604 0 -3\n\
                 /dev/zram0 partition 8388604 0 100\n"
            ),
        );
        let expected = [
            ("/dev/sda2".to_owned(), Kept::Plain),
            ("/dev/dm-1".to_owned(), Kept::Encrypted),
            ("/dev/zram0".to_owned(), Kept::InMemory),
        ];
        assert_eq!(kept(&machine), expected);
    }

    #[test]
    fn a_zram_that_writes_back_to_a_disk_and_a_file_of_that_name_are_no_memory() {
        let machine = Machine::new();
        machine.write("sys/block/zram0/backing_dev", "none\n");
        machine.write("sys/block/zram1/backing_dev", "/dev/sda3\n");
        machine.write(
            "proc/swaps",
            &format!(
                "{HEADER}/dev/zram0 partition 8388604 0 100\n/dev/zram1 partition 8388604 0 100\n\
                 /dev/zram2 file 8388604 0 100\n"
            ),
        );
        let kept: Vec<Kept> = kept(&machine).into_iter().map(|(_, kept)| kept).collect();
        assert_eq!(kept, [Kept::InMemory, Kept::Plain, Kept::Plain]);
    }

    #[test]
    fn a_swap_file_is_as_the_disk_that_it_lies_on() {
        let machine = Machine::new();
        machine.write("swap file", "");
        machine.write("proc/swaps", &format!("{HEADER}/swap\\040file file 8388604 0 -2\n"));
        assert_eq!(kept(&machine), [("/swap file".to_owned(), Kept::Plain)]);
        let device = number(fs::metadata(machine.root().join("swap file")).unwrap().dev());
        machine.write(&format!("sys/dev/block/{device}/dm/uuid"), "CRYPT-LUKS2-6f-root\n");
        assert_eq!(kept(&machine), [("/swap file".to_owned(), Kept::Encrypted)]);
    }

    #[test]
    fn hibernation_is_possible_where_a_device_is_set_for_it() {
        let machine = Machine::new();
        assert!(matches!(hibernation(machine.root()), Err(Untold::Missing { .. })));
        machine.write("sys/power/state", "mem\n");
        assert_eq!(hibernation(machine.root()).unwrap(), None);
        machine.write("sys/power/resume", "0:0\n");
        assert_eq!(hibernation(machine.root()).unwrap(), None);
        machine.write("sys/power/resume", "8:2\n");
        assert_eq!(hibernation(machine.root()).unwrap(), Some(Kept::Plain));
        machine.write("sys/dev/block/8:2/dm/uuid", "CRYPT-LUKS2-6f-swap\n");
        assert_eq!(hibernation(machine.root()).unwrap(), Some(Kept::Encrypted));
    }

    #[test]
    fn an_escaped_name_is_read_as_it_is() {
        assert_eq!(unescaped(r"/a\040b\134c"), r"/a b\c");
        assert_eq!(unescaped(r"/a\9\04"), r"/a\9\04");
    }
}

//! Whether what a disk holds is encrypted: by dm-crypt, as far as the kernel tells.

use std::fs;
use std::path::{Path, PathBuf};

/// How many layers of devices are looked through: a volume of LVM on LUKS on RAID has three.
const LAYERS: usize = 8;

/// A device below `/sys`, in a root in place of `/`.
pub(super) struct BlockDevice<'root> {
    root: &'root Path,
    folder: PathBuf,
}

impl<'root> BlockDevice<'root> {
    /// The device of that name: `sda2`, `dm-0`.
    pub fn named(root: &'root Path, name: &str) -> Self {
        Self { root, folder: root.join("sys/class/block").join(name) }
    }

    /// The device of that number, written `254:0` as the kernel does.
    pub fn numbered(root: &'root Path, number: &str) -> Self {
        Self { root, folder: root.join("sys/dev/block").join(number) }
    }

    /// Whether all that is written to it is encrypted before it reaches a disk: it is a dm-crypt device, or
    /// everything below it is.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted_within(LAYERS)
    }

    fn is_encrypted_within(&self, layers: usize) -> bool {
        let id = fs::read_to_string(self.folder.join("dm/uuid")).unwrap_or_default();
        if id.starts_with("CRYPT-") {
            return true;
        }
        let below = fs::read_dir(self.folder.join("slaves")).into_iter().flatten().flatten();
        let below: Vec<Self> =
            below.map(|entry| Self::named(self.root, &entry.file_name().to_string_lossy())).collect();
        layers > 0 && !below.is_empty() && below.iter().all(|device| device.is_encrypted_within(layers - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::Machine;
    use super::*;

    #[test]
    fn a_volume_is_encrypted_when_all_that_it_lies_on_is() {
        let machine = Machine::new();
        let is_encrypted = |name| BlockDevice::named(machine.root(), name).is_encrypted();
        machine.write("sys/class/block/sda2/uevent", "");
        machine.write("sys/class/block/dm-0/dm/uuid", "CRYPT-LUKS2-6f-root\n");
        machine.write("sys/class/block/dm-1/dm/uuid", "LVM-abc\n");
        machine.write("sys/class/block/dm-1/slaves/dm-0/uevent", "");
        assert!(!is_encrypted("sda2") && is_encrypted("dm-0") && is_encrypted("dm-1"));
        assert!(!is_encrypted("sdz"), "one that is not there");
        machine.write("sys/class/block/dm-1/slaves/sda2/uevent", "");
        assert!(!is_encrypted("dm-1"), "a half of it is not");
    }

    #[test]
    fn devices_that_lie_on_each_other_are_no_endless_search() {
        let machine = Machine::new();
        machine.write("sys/class/block/dm-0/slaves/dm-0/uevent", "");
        assert!(!BlockDevice::named(machine.root(), "dm-0").is_encrypted());
    }

    #[test]
    fn a_device_is_found_by_its_number_as_well() {
        let machine = Machine::new();
        machine.write("sys/dev/block/254:3/dm/uuid", "CRYPT-PLAIN-swap\n");
        assert!(BlockDevice::numbered(machine.root(), "254:3").is_encrypted());
        assert!(!BlockDevice::numbered(machine.root(), "254:4").is_encrypted());
    }
}

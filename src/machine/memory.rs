//! How much memory the machine has to spare.

use std::fs;
use std::path::Path;

/// The bytes that programs can still have without swapping, as the kernel estimates them below
/// `root`; `None` where it does not say.
pub fn available(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let kibibytes: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.strip_suffix("kB")?.trim().parse().ok())?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_estimate_is_read_and_its_silence_is_no_number() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(available(root.path()), None);
        fs::create_dir(root.path().join("proc")).unwrap();
        let file = root.path().join("proc/meminfo");
        fs::write(&file, "MemTotal:  8000000 kB\nMemAvailable:    2048 kB\n").unwrap();
        assert_eq!(available(root.path()), Some(2 << 20));
        fs::write(&file, "MemTotal:  8000000 kB\n").unwrap();
        assert_eq!(available(root.path()), None);
    }
}

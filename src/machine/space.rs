//! Room on the file system that a path lies on.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file system's room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The bytes that this account can still write.
    pub free: u64,
    /// The device's number: two paths with the same one share their room.
    pub device: u64,
}

/// The room where `path` is, or will be: then that of the nearest folder above which is there.
pub fn space(path: &Path) -> io::Result<Space> {
    let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let about = rustix::fs::statvfs(there)?;
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    Ok(Space { free, device: there.metadata()?.dev() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_yet_has_the_room_of_the_folder_above() {
        let folder = tempfile::tempdir().unwrap();
        let here = space(folder.path()).unwrap();
        assert_eq!(space(&folder.path().join("a/b")).unwrap().device, here.device);
        assert_eq!(here.device, folder.path().metadata().unwrap().dev());
        assert!(space(Path::new("no-such-folder")).is_ok(), "a relative one");
    }
}

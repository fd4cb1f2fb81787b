//! A new file: whole or not at all, for its owner only, and never in place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::super::super::error::{CommandError, Kind};

/// Before a passphrase is asked for in vain.
pub(super) fn refuse_existing(path: &Path) -> Result<(), CommandError> {
    if path.symlink_metadata().is_ok() {
        return Err(failed(path, &io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

/// Writes beside it, flushes, and only then gives it its name.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    write(path, bytes).map_err(|error| failed(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.part", std::process::id()));
    let beside = folder.join(beside);
    let written = fill(&beside, bytes)
        .and_then(|()| Ok(renameat_with(CWD, &beside, CWD, path, RenameFlags::NOREPLACE)?));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.and_then(|()| File::open(folder)?.sync_all())
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    let path = path.display();
    if error.kind() == io::ErrorKind::AlreadyExists {
        return CommandError::new(Kind::Failed, format!("{path} is there already, and is not replaced"))
            .hint("give another name after -o");
    }
    CommandError::new(Kind::Failed, format!("cannot write {path}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_replaces_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        write_new(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_new(&path, b"two").is_err() && refuse_existing(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
        assert!(write_new(&folder.path().join("gone/report.html"), b"").is_err());
    }
}

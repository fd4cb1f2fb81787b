//! A file that a command makes for the user: whole or not at all, and never in place of another. Until it is
//! whole it has a hidden name beside its own, which goes with it when the command fails.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::error::{CommandError, Kind};
use super::named::folder_of;
use crate::sealed::signed::Digest;
use crate::surroundings::Random;

/// A file on its way.
#[derive(Debug)]
pub(super) struct OutFile {
    target: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    /// Which of the two names it has.
    named: bool,
    kept: bool,
}

impl OutFile {
    /// Whether a file of that name can be made: asked before a passphrase is.
    pub fn check(target: &Path, store: &Path) -> Result<(), CommandError> {
        if target == Path::new("-") || target.file_name().is_none() {
            let message = format!("{} is no name for a file", target.display());
            return Err(CommandError::new(Kind::Usage, message));
        }
        if target.is_dir() {
            let message = format!("{} is a folder", target.display());
            return Err(CommandError::new(Kind::Failed, message).hint("name a new file in it"));
        }
        if target.symlink_metadata().is_ok() {
            let message =
                format!("there is a file {} already, and nothing is written over", target.display());
            return Err(CommandError::new(Kind::Failed, message).hint("name another file"));
        }
        let folder = folder_of(target).canonicalize().map_err(|error| {
            let failed = not_written(target, &error);
            if error.kind() == io::ErrorKind::NotFound {
                failed.hint("make its folder first")
            } else {
                failed
            }
        })?;
        if store.canonicalize().is_ok_and(|store| folder.starts_with(store)) {
            let message =
                format!("{} lies in the store's folder, which holds nothing else", target.display());
            return Err(CommandError::new(Kind::Usage, message).hint("name a file elsewhere"));
        }
        Ok(())
    }

    /// Begins a file that is to be `target`, readable by this account alone.
    pub fn begin(target: &Path, random: &dyn Random) -> Result<Self, CommandError> {
        let failed = |error: io::Error| not_written(target, &error);
        let mut bytes = [0; 8];
        random.fill(&mut bytes).map_err(failed)?;
        let temporary = folder_of(target).join(format!(".vault-{}.part", HEXLOWER.encode(&bytes)));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary);
        let file = BufWriter::with_capacity(1 << 16, file.map_err(failed)?);
        Ok(Self { target: target.to_owned(), temporary, file, named: false, kept: false })
    }

    /// Puts all that was written on the disk.
    pub fn flush_to_disk(&mut self) -> Result<(), CommandError> {
        self.flush()
            .and_then(|()| Ok(rustix::fs::fsync(self.file.get_ref())?))
            .map_err(|error| self.failed(&error))
    }

    /// Gives the files their names, in this order; all of them get theirs or none does.
    pub fn name(files: &mut [Self]) -> Result<(), CommandError> {
        for file in &mut *files {
            file.take_name().map_err(|error| file.failed(&error))?;
        }
        for file in &*files {
            let synced =
                File::open(folder_of(&file.target)).and_then(|folder| Ok(rustix::fs::fsync(folder)?));
            synced.map_err(|error| file.failed(&error))?;
        }
        for file in files {
            file.kept = true;
        }
        Ok(())
    }

    fn take_name(&mut self) -> io::Result<()> {
        let (from, to) = (&self.temporary, &self.target);
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some file systems of sticks and shares can't refuse by themselves.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                if to.symlink_metadata().is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(from, to)?;
            }
            renamed => renamed?,
        }
        self.named = true;
        Ok(())
    }

    /// That this file could not be written.
    pub fn failed(&self, error: &io::Error) -> CommandError {
        not_written(&self.target, error)
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file on its way whose SHA-256 is taken as it is written.
pub(super) struct Hashed<'file> {
    file: &'file mut OutFile,
    hash: Sha256,
}

impl<'file> Hashed<'file> {
    pub fn new(file: &'file mut OutFile) -> Self {
        Self { file, hash: Sha256::new() }
    }

    /// SHA-256 of all that was written.
    pub fn sha256(self) -> Digest {
        self.hash.into()
    }
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if !self.kept {
            // The error that led here is the one to tell.
            let _ = fs::remove_file(if self.named { &self.target } else { &self.temporary });
        }
    }
}

fn not_written(path: &Path, error: &io::Error) -> CommandError {
    CommandError::not_written(path, error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct Zeroes;

    impl Random for Zeroes {
        fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
            bytes.fill(0);
            Ok(())
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn begun(target: &Path) -> OutFile {
        let mut file = OutFile::begin(target, &Zeroes).unwrap();
        file.write_all(b"whole").unwrap();
        file.flush_to_disk().unwrap();
        file
    }

    #[test]
    fn a_file_comes_whole_and_for_this_account_alone_or_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out.csv");
        drop(begun(&target));
        assert!(names(place.path()).is_empty());
        OutFile::name(&mut [begun(&target)]).unwrap();
        assert_eq!(names(place.path()), ["out.csv"]);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn one_that_cannot_have_its_name_takes_the_others_with_it_and_harms_nobodys_file() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let first = begun(&at("first"));
        fs::create_dir(at("other")).unwrap();
        let second = begun(&at("other/second"));
        fs::write(at("other/second"), "somebody's").unwrap();
        let mut both = [first, second];
        let error = OutFile::name(&mut both).unwrap_err();
        drop(both);
        assert_eq!(error.kind(), Kind::Failed);
        assert_eq!(names(place.path()), ["other"]);
        assert_eq!(names(&at("other")), ["second"]);
        assert_eq!(fs::read(at("other/second")).unwrap(), b"somebody's");
    }

    #[test]
    fn a_full_disk_is_called_that() {
        let error = not_written(Path::new("/stick/audit.csv"), &io::ErrorKind::StorageFull.into());
        assert!(
            error.message().starts_with("the disk is full, so no file was written: cannot write /stick/")
        );
        assert_eq!(error.kind().exit_code(), 1);
    }

    #[test]
    fn what_cannot_be_made_is_refused_before_anything_is() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("store/log")).unwrap();
        fs::write(at("there"), "x").unwrap();
        std::os::unix::fs::symlink(at("nowhere"), at("link")).unwrap();
        let kind = |target: &Path| OutFile::check(target, &at("store")).map_err(|error| error.kind());
        assert_eq!(kind(&at("new")), Ok(()));
        for (target, expected) in [
            ("there", Kind::Failed),
            ("store", Kind::Failed),
            ("link", Kind::Failed),
            ("gone/new", Kind::Failed),
            ("store/new", Kind::Usage),
            ("store/log/new", Kind::Usage),
        ] {
            assert_eq!(kind(&at(target)), Err(expected), "{target}");
        }
        assert_eq!(kind(Path::new("-")), Err(Kind::Usage));
    }
}

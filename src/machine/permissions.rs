//! Who besides this account could read, change or replace what lies in a folder.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The bits of the group and of everybody.
const OTHERS: u32 = 0o077;
/// Of these, the ones to write.
const OTHERS_WRITE: u32 = 0o022;
/// And the ones to go into a folder.
const OTHERS_ENTER: u32 = 0o011;
/// In such a folder nobody can remove or rename what is another's.
const STICKY: u32 = 0o1000;

/// A file or folder that is not this account's alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// The file or folder.
    pub path: PathBuf,
    /// In what way.
    pub how: How,
}

/// In what way something is not this account's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Others may read, change or enter it; these are its permissions.
    Open(u32),
    /// It belongs to another account.
    OwnedBy(u32),
}

impl fmt::Display for Exposed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.how {
            How::Open(mode) => write!(formatter, "{path} has the permissions {mode:04o}"),
            How::OwnedBy(uid) => write!(formatter, "{path} belongs to the account number {uid}"),
        }
    }
}

/// All below `folder`, itself as well, that is open to others or not owned by `uid`: folders should be 0700
/// and files 0600. A folder that is not there exposes nothing.
pub fn exposed(folder: &Path, uid: u32) -> io::Result<Vec<Exposed>> {
    let mut found = Vec::new();
    match fs::metadata(folder) {
        Ok(about) => walk(folder, &about, uid, &mut found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn walk(path: &Path, about: &Metadata, uid: u32, found: &mut Vec<Exposed>) -> io::Result<()> {
    let mode = about.mode() & 0o7777;
    let mut add = |how| found.push(Exposed { path: path.to_owned(), how });
    if about.uid() != uid {
        add(How::OwnedBy(about.uid()));
    } else if mode & OTHERS != 0 && !about.is_symlink() {
        add(How::Open(mode));
    }
    if !about.is_dir() {
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        match entry.metadata() {
            Ok(about) => walk(&entry.path(), &about, uid, found)?,
            // Another command removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The folders above `path` in which others could put something else in its place: they may write to them,
/// or own them, and get there. `path` need not be there itself.
pub fn replaceable_in(path: &Path, uid: u32) -> io::Result<Vec<Exposed>> {
    let mut found = Vec::new();
    let above = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    let mut above: Vec<&Path> = above.ancestors().skip(1).collect();
    above.reverse();
    for folder in above {
        let about = fs::metadata(folder)?;
        let mode = about.mode() & 0o7777;
        let mut add = |how| found.push(Exposed { path: folder.to_owned(), how });
        if about.uid() != uid && about.uid() != 0 {
            add(How::OwnedBy(about.uid()));
        } else if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
            add(How::Open(mode));
        }
        // Whatever is below one that nobody else can enter is out of their reach.
        if mode & OTHERS_ENTER == 0 && about.uid() == uid {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A store with one file, and the account that owns it.
    fn store() -> (tempfile::TempDir, PathBuf, u32) {
        let home = tempfile::tempdir().unwrap();
        let store = home.path().join("data/store");
        fs::create_dir_all(&store).unwrap();
        fs::write(store.join("roster"), "").unwrap();
        chmod(&home.path().join("data"), 0o755);
        chmod(&store, 0o700);
        chmod(&store.join("roster"), 0o600);
        let uid = home.path().metadata().unwrap().uid();
        (home, store, uid)
    }

    #[test]
    fn what_is_open_to_others_is_told_with_its_permissions() {
        let (_home, store, uid) = store();
        assert_eq!(exposed(&store, uid).unwrap(), []);
        chmod(&store.join("roster"), 0o640);
        chmod(&store, 0o711);
        let found = exposed(&store, uid).unwrap();
        let open = |path: &Path, mode| Exposed { path: path.to_owned(), how: How::Open(mode) };
        assert_eq!(found, [open(&store, 0o711), open(&store.join("roster"), 0o640)]);
        assert!(found[1].to_string().ends_with("store/roster has the permissions 0640"));
        assert_eq!(exposed(&store.join("none"), uid).unwrap(), []);
    }

    #[test]
    fn what_belongs_to_another_account_is_told() {
        let (_home, store, uid) = store();
        let found = exposed(&store, uid + 1).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|exposed| exposed.how == How::OwnedBy(uid)), "{found:?}");
    }

    #[test]
    fn a_folder_above_that_others_write_to_is_told_unless_it_is_sticky_or_out_of_reach() {
        let (home, store, uid) = store();
        let data = home.path().join("data").canonicalize().unwrap();
        let found = |uid| {
            let mut found = replaceable_in(&store, uid).unwrap();
            // Not how the machine is set up on which this test runs.
            found.retain(|exposed| exposed.path.starts_with(&data));
            found
        };
        chmod(home.path(), 0o755);
        assert_eq!(found(uid), []);
        chmod(&data, 0o775);
        assert_eq!(found(uid), [Exposed { path: data.clone(), how: How::Open(0o775) }]);
        chmod(&data, 0o1777);
        assert_eq!(found(uid), []);
        chmod(&data, 0o775);
        chmod(home.path(), 0o700);
        assert_eq!(found(uid), [], "nobody else gets there");
        assert_eq!(replaceable_in(&store.join("none"), uid).unwrap(), []);
    }
}

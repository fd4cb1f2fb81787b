//! What the kernel tells in its small text files, below a root in place of `/`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The longest file of `/sys` or `/proc` that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The kernel does not tell.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// There is no such file: an older kernel, or one without the feature.
    #[error("{} is not there", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not in the known form.
    #[error("{} is not in the known form", path.display())]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
}

impl Untold {
    /// The file that tells nothing, where it is not in the known form.
    pub(super) fn unknown_form(path: &Path) -> Self {
        Self::UnknownForm { path: path.to_owned() }
    }
}

/// Reads a file whose length the kernel does not tell.
pub(super) fn read(path: &Path) -> Result<String, Untold> {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Untold::Missing { path: path.to_owned() })
        }
        Err(source) => Err(Untold::Unreadable { path: path.to_owned(), source }),
    }
}

/// The same; `None` when it is missing.
pub(super) fn read_if_there(path: &Path) -> Result<Option<String>, Untold> {
    match read(path) {
        Ok(text) => Ok(Some(text)),
        Err(Untold::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A pretended machine: a folder in place of `/`.
#[cfg(test)]
pub(super) struct Machine(tempfile::TempDir);

#[cfg(test)]
impl Machine {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_one_that_cannot_be_read_are_two_things() {
        let machine = Machine::new();
        machine.write("proc/swaps", "Filename\n");
        assert_eq!(read(&machine.root().join("proc/swaps")).unwrap(), "Filename\n");
        let none = machine.root().join("proc/none");
        assert!(matches!(read(&none), Err(Untold::Missing { .. })));
        assert!(matches!(read_if_there(&none), Ok(None)));
        let folder = machine.root().join("proc");
        assert!(matches!(read_if_there(&folder), Err(Untold::Unreadable { .. })));
    }
}

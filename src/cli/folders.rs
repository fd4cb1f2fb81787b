//! Where files may lie that a shell's commands name. The kernel keeps the shell's process to these folders
//! where it can; a command is told before it tries.

use std::io;
use std::path::{Path, PathBuf};

use super::Command;
use super::error::{CommandError, Kind};
use super::named::{Named, folder_of};

/// The folders, without links or `..`.
#[derive(Debug, Clone)]
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    /// The folders given.
    pub fn new(given: &[PathBuf]) -> Result<Self, CommandError> {
        let real = |folder: &PathBuf| {
            let failed = |what: &str| {
                CommandError::new(Kind::Failed, format!("cannot use the folder {}: {what}", folder.display()))
            };
            let real = folder.canonicalize().map_err(|error| failed(&error.to_string()))?;
            if real.is_dir() { Ok(real) } else { Err(failed("it is no folder")) }
        };
        Ok(Self(given.iter().map(real).collect::<Result<_, _>>()?))
    }

    /// Refuses a command that names a file elsewhere.
    pub fn check_command(&self, command: &Command) -> Result<(), CommandError> {
        command.named().iter().try_for_each(|named| match named {
            Named::Read(path) if path == Path::new("-") => {
                // It would be the terminal, at which no idle time counts there.
                Err(CommandError::new(Kind::Usage, "in the shell nothing is read from standard input")
                    .hint("leave it out to be asked at the terminal, or name a file"))
            }
            // The command says that this is no name for a file.
            Named::Make(path) if path == Path::new("-") => Ok(()),
            Named::Read(path) | Named::Make(path) | Named::Fill(path) | Named::Change(path) => {
                self.check(path)
            }
        })
    }

    /// Refuses a file elsewhere. One that is not there yet lies where its folder does.
    fn check(&self, path: &Path) -> Result<(), CommandError> {
        let failed = |error: &io::Error| {
            CommandError::new(Kind::Failed, format!("cannot open {}: {error}", path.display()))
        };
        let real = match path.canonicalize() {
            // A link to nowhere would lead a new file astray.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
                folder_of(path).canonicalize().map_err(|error| failed(&error))?
            }
            real => real.map_err(|error| failed(&error))?,
        };
        if self.0.iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        let folders: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
        let message = format!("{} lies outside of this shell's folders", path.display());
        Err(CommandError::new(Kind::Refused, message)
            .hint(format!("they are: {}", folders.join(", ")))
            .hint("leave the shell, and give `vault shell` another with --folder DIR"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_lie_in_the_folders_and_neither_dots_nor_links_lead_out() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("in/deep")).unwrap();
        fs::create_dir_all(at("inner")).unwrap();
        for file in ["in/a", "in/deep/b", "inner/c", "d"] {
            fs::write(at(file), "x").unwrap();
        }
        symlink(at("d"), at("in/link")).unwrap();
        symlink(at("new"), at("in/nowhere")).unwrap();
        symlink(place.path(), at("in/up")).unwrap();
        let folders = Folders::new(&[at("in")]).unwrap();
        let code = |name: &str| folders.check(&at(name)).map_err(|error| error.kind().exit_code());
        for inside in ["in/a", "in/deep/b", "in/deep/../a", "in/new", "in/up/in/a"] {
            assert_eq!(code(inside), Ok(()), "{inside}");
        }
        for outside in ["d", "in/../d", "inner/c", "in/link", "in/up/d", "new", "in/up/new"] {
            assert_eq!(code(outside), Err(6), "{outside}");
        }
        for unclear in ["in/nowhere", "gone/new"] {
            assert_eq!(code(unclear), Err(1), "{unclear}");
        }
        let hint = folders.check(&at("d")).unwrap_err().render(false);
        assert!(hint.contains("--folder") && hint.contains("they are: "), "{hint}");
    }

    #[test]
    fn a_folder_must_be_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Folders::new(&[file.path().to_owned()]).is_err());
        assert!(Folders::new(&[PathBuf::from("/no/such/folder")]).is_err());
        assert!(Folders::new(&[".".into()]).unwrap().check(Path::new("Cargo.toml")).is_ok());
    }
}

//! Which files this process can still reach: those that were allowed, and what it had open before.

use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, PathFdError, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{Files, SandboxError};

/// The newest form of Landlock that this was tried with; an older kernel does what it can of it.
const NEWEST: ABI = ABI::V6;

/// What a path is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Read a file, or a folder and all below it.
    Read,
    /// Make new files in a folder. The kernel can't tell a new file from one that is there: what is there
    /// can be written over, yet not read.
    MakeFiles,
    /// Make files and folders in a folder, and read what is there.
    Fill,
    /// Read, make, change and remove everything in a folder.
    Change,
    /// Talk to a device.
    Device,
}

impl Use {
    fn rights(self) -> BitFlags<AccessFs> {
        use AccessFs as Fs;
        match self {
            Self::Read => Fs::ReadFile | Fs::ReadDir,
            // The folder itself is opened to be flushed; a failed file is removed.
            Self::MakeFiles => Fs::MakeReg | Fs::WriteFile | Fs::RemoveFile | Fs::ReadDir,
            Self::Fill => Self::Read.rights() | Self::MakeFiles.rights() | Fs::MakeDir | Fs::Truncate,
            Self::Change => Self::Fill.rights() | Fs::RemoveDir,
            Self::Device => Fs::ReadFile | Fs::WriteFile | Fs::IoctlDev,
        }
    }

    /// Whether a path that is not there yet is made below the folders that are.
    fn makes_its_path(self) -> bool {
        matches!(self, Self::MakeFiles | Self::Fill | Self::Change)
    }
}

/// The paths that may be used from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<(PathBuf, Use)>);

impl Allowed {
    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Allows `path` as well. One that is not there can't be read, so nothing is allowed then; one that is
    /// to be made is allowed as its nearest folder that is there.
    pub fn allow(&mut self, path: &Path, what: Use) {
        self.0.push((path.to_owned(), what));
    }
}

/// Leaves this process what is allowed.
pub(super) fn confine(allowed: &Allowed) -> Result<Files, SandboxError> {
    let failed = |error: RulesetError| SandboxError::Files(error.to_string());
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(failed)?;
    for (path, what) in &allowed.0 {
        let Some(opened) = nearest(path, *what) else { continue };
        let rights = if path.is_dir() || what.makes_its_path() {
            what.rights()
        } else {
            what.rights() & AccessFs::from_file(NEWEST)
        };
        // A pipe, such as a shell's `<(…)`, lies in no folder: there is nothing to allow, and nothing is refused.
        let _ = (&mut rules).add_rule(PathBeneath::new(opened, rights));
    }
    match rules.restrict_self().map_err(failed)?.ruleset {
        RulesetStatus::FullyEnforced => Ok(Files::Refused),
        RulesetStatus::PartiallyEnforced => Ok(Files::Partly),
        RulesetStatus::NotEnforced => {
            Err(SandboxError::Files("its kernel is older than 5.13, or Landlock is switched off".to_owned()))
        }
    }
}

/// The path, or where it is to be made the nearest folder that is there. What can't be opened is told by
/// the command that needs it.
fn nearest(path: &Path, what: Use) -> Option<PathFd> {
    let here = Path::new(".");
    for path in path.ancestors().map(|path| if path.as_os_str().is_empty() { here } else { path }) {
        match PathFd::new(path) {
            Ok(opened) => return Some(opened),
            Err(PathFdError::OpenCall { source, .. })
                if what.makes_its_path() && source.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    None
}

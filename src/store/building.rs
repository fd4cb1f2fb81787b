//! A store's folder in the making: built beside its place, and there all at once or not at all.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::flush_below;
use crate::access_log::entry::random_id;
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::surroundings::Surroundings;

/// A folder that is not there yet. Dropped before [`Building::publish`], it leaves nothing.
pub struct Building {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    parent: PathBuf,
    /// Where it is now; its removal is owed while this is there.
    path: Option<PathBuf>,
}

/// A store's folder can't be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Something is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where the store was to be.
        path: PathBuf,
    },
    /// The path names no folder that could be made.
    #[error("{} cannot be made a store's folder", path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// No randomness was to be had for the name that it is built under.
    #[error("no randomness for the store's folder")]
    Random(#[source] io::Error),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Building {
    /// Chooses where to build what is to become `root`, which must not exist. Missing folders above it are
    /// made.
    pub fn begin(root: &Path, surroundings: &Surroundings) -> Result<Self, BuildError> {
        let no_folder = || BuildError::NoFolder { path: root.to_owned() };
        let name = root.file_name().ok_or_else(no_folder)?;
        let parent = folder_of(root).ok_or_else(no_folder)?;
        let disk = &*surroundings.disk;
        refuse_existing(disk, root)?;
        create_durable(disk, parent)?;
        let id = random_id(&*surroundings.random).map_err(BuildError::Random)?;
        let mut beside = OsString::from(".");
        beside.push(name);
        beside.push(format!(".new-{id}"));
        let path = Some(parent.join(beside));
        Ok(Self {
            disk: Arc::clone(&surroundings.disk),
            root: root.to_owned(),
            parent: parent.to_owned(),
            path,
        })
    }

    /// What earlier builders of the same folder left who were killed: nobody's, and safe to remove.
    pub fn leftovers(root: &Path, disk: &dyn Disk) -> Vec<PathBuf> {
        let (Some(name), Some(parent)) = (root.file_name().and_then(OsStr::to_str), folder_of(root)) else {
            return Vec::new();
        };
        let begin = format!(".{name}.new-");
        let names = disk.list(parent).unwrap_or_default();
        names.iter().filter(|name| name.starts_with(&begin)).map(|name| parent.join(name)).collect()
    }

    /// Where it is built.
    pub fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(&self.root)
    }

    /// Flushes everything and gives it its name: when this returns, it is there, durably.
    pub fn publish(mut self) -> Result<(), BuildError> {
        let disk = &*self.disk;
        flush_below(disk, self.path())?;
        refuse_existing(disk, &self.root)?;
        disk.rename(self.path(), &self.root).at("rename", self.path())?;
        self.path = Some(self.root.clone());
        disk.sync_dir(&self.parent).at("flush", &self.parent)?;
        self.path = None;
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Already failing: what can't be removed holds nothing in the clear.
            let _ = self.disk.remove_dir_all(path);
        }
    }
}

fn refuse_existing(disk: &dyn Disk, root: &Path) -> Result<(), BuildError> {
    if disk.exists(root).at("look for", root)? {
        return Err(BuildError::Exists { path: root.to_owned() });
    }
    Ok(())
}

/// Creates a folder and its missing parents; their names are durable when this returns.
fn create_durable(disk: &dyn Disk, folder: &Path) -> Result<(), DiskError> {
    let mut above = Vec::new();
    for ancestor in folder.ancestors().filter(|ancestor| !ancestor.as_os_str().is_empty()) {
        if disk.exists(ancestor).at("look for", ancestor)? {
            break;
        }
        above.push(folder_of(ancestor));
    }
    disk.create_dir_all(folder).at("create", folder)?;
    above.into_iter().flatten().try_for_each(|parent| disk.sync_dir(parent).at("flush", parent))
}

/// The folder in which `path` has its name; `None` for the root.
fn folder_of(path: &Path) -> Option<&Path> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}

//! A snapshot's files, read from the medium as if they lay in a store's folder: whatever reads a store
//! without a key reads a snapshot.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{Manifest, StoredFile};
use super::medium::MediumLayout;
use crate::sealed::disk::{Disk, DiskFile};

/// A snapshot as a disk that can only be read. It gives what the objects hold: whether that is what their
/// names say is for whoever reads to check.
pub struct SnapshotDisk {
    disk: Arc<dyn Disk>,
    layout: MediumLayout,
    root: PathBuf,
    manifest: Arc<Manifest>,
}

impl SnapshotDisk {
    /// The files of a snapshot of the medium, below `root`, which is no folder anywhere and named in errors.
    pub fn new(
        disk: Arc<dyn Disk>,
        layout: MediumLayout,
        root: impl Into<PathBuf>,
        manifest: Arc<Manifest>,
    ) -> Self {
        Self { disk, layout, root: root.into(), manifest }
    }

    /// Where the store seems to lie.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn relative<'path>(&self, path: &'path Path) -> io::Result<&'path str> {
        let below = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
        below.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn file(&self, path: &Path) -> io::Result<&StoredFile> {
        self.manifest.file(self.relative(path)?).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The names right below a folder; `None` if nothing lies below it.
    fn below(&self, path: &Path) -> io::Result<Option<BTreeSet<&str>>> {
        let folder = self.relative(path)?;
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.manifest.files.partition_point(|file| file.path.as_str() < prefix.as_str());
        let names: BTreeSet<&str> = self.manifest.files[from..]
            .iter()
            .map_while(|file| file.path.as_str().strip_prefix(prefix.as_str()))
            .filter_map(|rest| rest.split('/').next())
            .collect();
        Ok((!names.is_empty()).then_some(names))
    }
}

impl Disk for SnapshotDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.file(path)?.clone();
        Ok(Box::new(Pieces { disk: Arc::clone(&self.disk), layout: self.layout.clone(), file }))
    }

    fn open_for_writing(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        read_only()
    }

    fn create_new(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        read_only()
    }

    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        read_only()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        read_only()
    }

    fn remove_file(&self, _: &Path) -> io::Result<()> {
        read_only()
    }

    fn remove_dir_all(&self, _: &Path) -> io::Result<()> {
        read_only()
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        read_only()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        if self.file(path).is_ok() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let names = self.below(path)?.ok_or(io::ErrorKind::NotFound)?;
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.file(path).is_ok() || self.below(path)?.is_some())
    }

    fn open_lock(&self, _: &Path) -> io::Result<File> {
        read_only()
    }

    fn open_lock_there(&self, _: &Path) -> io::Result<File> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn filesystem(&self, _: &Path) -> io::Result<u64> {
        self.disk.filesystem(self.layout.root())
    }
}

fn read_only<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

/// A file in pieces.
struct Pieces {
    disk: Arc<dyn Disk>,
    layout: MediumLayout,
    file: StoredFile,
}

impl DiskFile for Pieces {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let index = usize::try_from(offset / self.file.piece).unwrap_or(usize::MAX);
        let Some((object, length)) = self.file.lengths().nth(index) else { return Ok(0) };
        let within = offset % self.file.piece;
        let most = usize::try_from(length.saturating_sub(within)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.disk.open(&self.layout.object(object))?.read_at(&mut buffer[..most], within)?;
        if count < most {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("object {object} is too short")));
        }
        Ok(count)
    }

    fn write_once(&self, _: &[u8], _: u64) -> io::Result<usize> {
        read_only()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.file.bytes)
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        read_only()
    }

    fn sync_data(&self) -> io::Result<()> {
        read_only()
    }

    fn sync_all(&self) -> io::Result<()> {
        read_only()
    }
}

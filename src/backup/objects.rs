//! Objects: pieces of the store's files, each under the name of its SHA-256. Written, flushed, and read back
//! from the medium itself.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use sha2::{Digest as _, Sha256};

use super::medium::MediumLayout;
use crate::sealed::disk::{Disk, DiskError, DiskFile, IoContext};
use crate::sealed::signed::Digest;

/// So much is read at a time, in bytes.
const BLOCK: u64 = 1 << 20;

/// A file of the store can't be put on the medium.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// A file of the store can't be read.
    #[error(transparent)]
    Source(DiskError),
    /// A file of the store is shorter than it was.
    #[error("{} is shorter than it was when the backup began", path.display())]
    Shorter {
        /// The file.
        path: PathBuf,
    },
    /// A file operation on the medium failed.
    #[error(transparent)]
    Medium(DiskError),
    /// The medium does not give back what was written to it.
    #[error("{} does not read back as it was written", path.display())]
    ReadBack {
        /// The object.
        path: PathBuf,
    },
}

/// Bytes that are to be put on the medium.
pub(super) enum Source<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In an open file.
    File(&'a dyn DiskFile),
}

impl Source<'_> {
    fn read(&self, buffer: &mut [u8], at: u64, path: &Path) -> Result<(), ObjectError> {
        let count = match self {
            Self::Bytes(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                count
            }
            Self::File(file) => file.read_at(buffer, at).at("read", path).map_err(ObjectError::Source)?,
        };
        if count == buffer.len() { Ok(()) } else { Err(ObjectError::Shorter { path: path.to_owned() }) }
    }
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Where it begins, in bytes.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
}

impl Stretch {
    /// In blocks: where each begins and how long it is.
    fn blocks(self) -> impl Iterator<Item = (u64, usize)> {
        let mut at = self.from;
        std::iter::from_fn(move || {
            let length = self.to.saturating_sub(at).min(BLOCK);
            let block = (at, usize::try_from(length).unwrap_or(0));
            at += length;
            (length > 0).then_some(block)
        })
    }
}

/// The hash of each piece of a stretch, and that of the whole stretch if it is asked for, which another
/// thread finds meanwhile.
pub(super) fn hash_pieces(
    source: &Source<'_>,
    path: &Path,
    stretch: Stretch,
    piece: u64,
    whole: bool,
) -> Result<(Vec<Digest>, Option<Digest>), ObjectError> {
    let mut pieces = Vec::new();
    let mut each = |to_whole: &dyn Fn(Arc<Vec<u8>>)| -> Result<(), ObjectError> {
        let mut from = stretch.from;
        while from < stretch.to {
            let to = stretch.to.min(from.saturating_add(piece));
            let mut hash = Sha256::new();
            for (at, length) in (Stretch { from, to }).blocks() {
                let mut block = vec![0; length];
                source.read(&mut block, at, path)?;
                let block = Arc::new(block);
                to_whole(Arc::clone(&block));
                hash.update(&*block);
            }
            pieces.push(hash.into());
            from = to;
        }
        Ok(())
    };
    if !whole {
        each(&|_| {})?;
        return Ok((pieces, None));
    }
    let hash = std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Arc<Vec<u8>>>(2);
        let hashing = scope.spawn(move || {
            let mut hash = Sha256::new();
            while let Ok(block) = receive.recv() {
                hash.update(&*block);
            }
            hash
        });
        // It ends only when `send` is gone, so it always receives.
        let read = each(&|block| drop(send.send(block)));
        drop(send);
        let hash = hashing.join().ok();
        read.map(|()| hash)
    })?;
    Ok((pieces, hash.map(Into::into)))
}

/// The hash of a file on the medium, read from the medium itself; `None` if it has another length.
pub(super) fn hash_of_object(disk: &dyn Disk, path: &Path, length: u64) -> Result<Option<Digest>, DiskError> {
    let file = disk.open(path).at("open", path)?;
    if file.len().at("read", path)? != length {
        return Ok(None);
    }
    file.forget_cached().at("read", path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; usize::try_from(length.min(BLOCK)).unwrap_or(0)];
    for (at, wanted) in (Stretch { from: 0, to: length }).blocks() {
        let buffer = &mut buffer[..wanted];
        if file.read_at(buffer, at).at("read", path)? < wanted {
            return Ok(None);
        }
        hash.update(&*buffer);
    }
    Ok(Some(hash.into()))
}

/// The objects of a medium, as one run adds to them.
pub(super) struct Objects<'a> {
    disk: &'a dyn Disk,
    layout: &'a MediumLayout,
    /// Pieces of the snapshot before, which were read back then.
    known: HashSet<Digest>,
    /// Those of them that are read once more this time.
    suspects: HashSet<Digest>,
    /// How many of them are gone or damaged.
    lost: u64,
    /// What this run made sure of.
    sure: HashSet<Digest>,
    /// What this run wrote.
    written: Vec<Digest>,
    /// Folders whose names are not flushed yet.
    folders: BTreeSet<PathBuf>,
    new_bytes: u64,
}

impl<'a> Objects<'a> {
    /// The objects, of which those `known` were read back before; `suspects` among them are read again.
    pub fn new(
        disk: &'a dyn Disk,
        layout: &'a MediumLayout,
        known: HashSet<Digest>,
        suspects: HashSet<Digest>,
    ) -> Self {
        let (sure, written, folders) = (HashSet::new(), Vec::new(), BTreeSet::new());
        Self { disk, layout, known, suspects, lost: 0, sure, written, folders, new_bytes: 0 }
    }

    /// How many pieces of the snapshot before are gone or damaged; those that were needed are written anew.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many bytes this run wrote.
    pub fn new_bytes(&self) -> u64 {
        self.new_bytes
    }

    /// Whether an object of the snapshot before is there, with its length.
    pub fn keeps(&mut self, object: Digest, length: u64) -> Result<bool, ObjectError> {
        if self.sure.contains(&object) {
            return Ok(true);
        }
        if !self.known.contains(&object) {
            return Ok(false);
        }
        if self.is_as_it_was(object, length).map_err(ObjectError::Medium)? {
            self.sure.insert(object);
            return Ok(true);
        }
        self.known.remove(&object);
        self.lost += 1;
        Ok(false)
    }

    fn is_as_it_was(&self, object: Digest, length: u64) -> Result<bool, DiskError> {
        let path = self.layout.object(object);
        if !self.disk.exists(&path).at("look for", &path)? {
            return Ok(false);
        }
        if self.suspects.contains(&object) {
            return Ok(hash_of_object(self.disk, &path, length)? == Some(object));
        }
        Ok(self.disk.open(&path).and_then(|file| file.len()).at("read", &path)? == length)
    }

    /// Makes sure of an object: it is there and reads right, or it is written.
    pub fn put(
        &mut self,
        object: Digest,
        source: &Source<'_>,
        path: &Path,
        stretch: Stretch,
    ) -> Result<(), ObjectError> {
        let length = stretch.to - stretch.from;
        if self.keeps(object, length)? {
            return Ok(());
        }
        let target = self.layout.object(object);
        let folder = self.layout.objects_of(object);
        let on_medium = ObjectError::Medium;
        self.disk.create_dir_all(&folder).at("create", &folder).map_err(on_medium)?;
        if self.disk.exists(&target).at("look for", &target).map_err(on_medium)? {
            // Left by a run that was broken off, which perhaps did not flush it.
            let left = self.disk.open_for_writing(&target).at("open", &target).map_err(on_medium)?;
            left.sync_all().at("flush", &target).map_err(on_medium)?;
            drop(left);
            if hash_of_object(self.disk, &target, length).map_err(on_medium)? == Some(object) {
                self.folders.insert(folder);
                self.sure.insert(object);
                return Ok(());
            }
            self.disk.remove_file(&target).at("remove", &target).map_err(on_medium)?;
        }
        self.written.push(object);
        if let Err(error) = self.write(object, &target, source, path, stretch) {
            // It may read right by now, and never have reached the medium.
            let _ = self.disk.remove_file(&target);
            return Err(error);
        }
        self.new_bytes += length;
        self.folders.insert(folder);
        self.sure.insert(object);
        Ok(())
    }

    fn write(
        &self,
        object: Digest,
        target: &Path,
        source: &Source<'_>,
        path: &Path,
        stretch: Stretch,
    ) -> Result<(), ObjectError> {
        let on_medium = ObjectError::Medium;
        let length = stretch.to - stretch.from;
        let file = self.disk.create_new(target).at("create", target).map_err(on_medium)?;
        let mut buffer = vec![0; usize::try_from(length.min(BLOCK)).unwrap_or(0)];
        for (at, wanted) in stretch.blocks() {
            let buffer = &mut buffer[..wanted];
            source.read(buffer, at, path)?;
            file.write_all_at(buffer, at - stretch.from).at("write", target).map_err(on_medium)?;
        }
        file.sync_all().at("flush", target).map_err(on_medium)?;
        drop(file);
        if hash_of_object(self.disk, target, length).map_err(on_medium)? == Some(object) {
            Ok(())
        } else {
            Err(ObjectError::ReadBack { path: target.to_owned() })
        }
    }

    /// Flushes the names of what this run wrote.
    pub fn flush(&mut self) -> Result<(), DiskError> {
        if self.folders.is_empty() {
            return Ok(());
        }
        let objects = self.layout.objects();
        for folder in std::mem::take(&mut self.folders).iter().chain([&objects]) {
            self.disk.sync_dir(folder).at("flush", folder)?;
        }
        Ok(())
    }

    /// Removes what this run wrote, to make room again. What can't be removed goes with the next `prune`.
    pub fn take_back(&mut self) {
        for object in std::mem::take(&mut self.written) {
            let _ = self.disk.remove_file(&self.layout.object(object));
        }
    }
}

//! Files and folders in memory, and the changes that a disk keeps or loses.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

use super::chance::Chance;

/// The number of the outermost folder.
pub const ROOT: u64 = 0;
/// Bytes that a medium writes whole or not at all.
const SECTOR: usize = 512;

/// One change of a file's bytes or of a folder's names.
#[derive(Debug)]
pub enum Change {
    Write { file: u64, at: usize, bytes: Box<[u8]> },
    Length { file: u64, length: usize },
    Link { folder: u64, name: String, node: u64 },
    Unlink { folder: u64, name: String },
    Rename { folder: u64, from: String, to: String },
}

impl Change {
    /// The file whose bytes it changes.
    pub fn file(&self) -> Option<u64> {
        match self {
            Self::Write { file, .. } | Self::Length { file, .. } => Some(*file),
            _ => None,
        }
    }

    /// The folder whose names it changes.
    pub fn folder(&self) -> Option<u64> {
        match self {
            Self::Link { folder, .. } | Self::Unlink { folder, .. } | Self::Rename { folder, .. } => {
                Some(*folder)
            }
            _ => None,
        }
    }

    /// The names that it touches, with their folder.
    pub fn names(&self) -> Vec<(u64, String)> {
        match self {
            Self::Link { folder, name, .. } | Self::Unlink { folder, name } => vec![(*folder, name.clone())],
            Self::Rename { folder, from, to } => vec![(*folder, from.clone()), (*folder, to.clone())],
            _ => Vec::new(),
        }
    }
}

#[derive(Clone)]
enum Node {
    File(Arc<Vec<u8>>),
    Folder(Arc<BTreeMap<String, u64>>),
}

/// Files and folders by number. Copies are cheap.
#[derive(Clone, Default)]
pub struct Tree {
    nodes: BTreeMap<u64, Node>,
}

/// The names that lead from the root to `path`.
pub fn parts(path: &Path) -> Vec<String> {
    assert!(path.is_absolute(), "the simulated disk has no current folder");
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_str().unwrap().to_owned()),
            _ => None,
        })
        .collect()
}

impl Tree {
    pub fn new() -> Self {
        Self { nodes: BTreeMap::from([(ROOT, Node::Folder(Arc::default()))]) }
    }

    pub fn next_node(&self) -> u64 {
        self.nodes.keys().next_back().map_or(ROOT, |last| last + 1)
    }

    pub fn add_file(&mut self, node: u64) {
        self.nodes.insert(node, Node::File(Arc::default()));
    }

    pub fn add_folder(&mut self, node: u64) {
        self.nodes.insert(node, Node::Folder(Arc::default()));
    }

    /// The same tree, but with what another one has below `folder`, which both have.
    pub fn with(&self, folder: &Path, from: &Self) -> Self {
        let mut with = self.clone();
        let mut left = vec![from.folder(folder).unwrap()];
        while let Some(node) = left.pop() {
            with.take(node, from);
            left.extend(from.entries(node).into_iter().flat_map(|entries| entries.values().copied()));
        }
        with
    }

    /// A tree of one file.
    pub fn only(&self, file: u64) -> Self {
        Self { nodes: self.nodes.get(&file).map(|node| (file, node.clone())).into_iter().collect() }
    }

    /// Takes a file's bytes, or a folder's names, from another tree.
    pub fn take(&mut self, file: u64, from: &Self) {
        self.nodes.extend(from.nodes.get(&file).map(|node| (file, node.clone())));
    }

    pub fn bytes(&self, file: u64) -> &[u8] {
        match self.nodes.get(&file) {
            Some(Node::File(bytes)) => bytes,
            _ => &[],
        }
    }

    fn bytes_mut(&mut self, file: u64) -> &mut Vec<u8> {
        match self.nodes.get_mut(&file) {
            Some(Node::File(bytes)) => Arc::make_mut(bytes),
            _ => panic!("{file} is no file"),
        }
    }

    fn entries(&self, folder: u64) -> io::Result<&BTreeMap<String, u64>> {
        match self.nodes.get(&folder) {
            Some(Node::Folder(names)) => Ok(names),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn entries_mut(&mut self, folder: u64) -> &mut BTreeMap<String, u64> {
        match self.nodes.get_mut(&folder) {
            Some(Node::Folder(names)) => Arc::make_mut(names),
            _ => panic!("{folder} is no folder"),
        }
    }

    pub fn child(&self, folder: u64, name: &str) -> io::Result<Option<u64>> {
        Ok(self.entries(folder)?.get(name).copied())
    }

    pub fn names(&self, folder: u64) -> Vec<String> {
        self.entries(folder).unwrap().keys().cloned().collect()
    }

    /// Every name below `folder`, the innermost first.
    pub fn names_below(&self, folder: u64) -> Vec<(u64, String)> {
        let Ok(entries) = self.entries(folder) else { return Vec::new() };
        entries
            .iter()
            .flat_map(|(name, node)| {
                let mut below = self.names_below(*node);
                below.push((folder, name.clone()));
                below
            })
            .collect()
    }

    fn find(&self, parts: &[String]) -> io::Result<u64> {
        parts.iter().try_fold(ROOT, |folder, name| {
            self.child(folder, name)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        })
    }

    /// The folder that holds `path`'s last name, and that name.
    pub fn place(&self, path: &Path) -> io::Result<(u64, String)> {
        let mut parts = parts(path);
        let name = parts.pop().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = self.find(&parts)?;
        self.entries(folder)?;
        Ok((folder, name))
    }

    pub fn file(&self, path: &Path) -> io::Result<u64> {
        let node = self.find(&parts(path))?;
        match self.nodes.get(&node) {
            Some(Node::File(_)) => Ok(node),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    pub fn folder(&self, path: &Path) -> io::Result<u64> {
        let node = self.find(&parts(path))?;
        self.entries(node).map(|_| node)
    }

    pub fn exists(&self, path: &Path) -> io::Result<bool> {
        match self.find(&parts(path)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts `bytes` in place of a file's own: tampering.
    pub fn overwrite(&mut self, path: &Path, bytes: &[u8]) {
        let file = self.file(path).unwrap();
        bytes.clone_into(self.bytes_mut(file));
    }

    pub fn read(&self, path: &Path) -> Vec<u8> {
        self.bytes(self.file(path).unwrap()).to_vec()
    }

    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { file, at, bytes } => write(self.bytes_mut(*file), *at, bytes),
            Change::Length { file, length } => self.bytes_mut(*file).resize(*length, 0),
            Change::Link { folder, name, node } => {
                self.entries_mut(*folder).insert(name.clone(), *node);
            }
            Change::Unlink { folder, name } => {
                self.entries_mut(*folder).remove(name);
            }
            Change::Rename { folder, from, to } => {
                let entries = self.entries_mut(*folder);
                if let Some(node) = entries.remove(from) {
                    entries.insert(to.clone(), node);
                }
            }
        }
    }

    /// Applies a write of which each sector is kept in `odds` of a hundred cases.
    pub fn tear(&mut self, file: u64, at: usize, bytes: &[u8], odds: usize, chance: &mut Chance) {
        let end = at + bytes.len();
        let content = self.bytes_mut(file);
        let mut from = at;
        while from < end {
            let to = end.min((from / SECTOR + 1) * SECTOR);
            if chance.happens(odds) {
                write(content, from, &bytes[from - at..to - at]);
            }
            from = to;
        }
        // The length is kept or lost as well: what is lost then reads as zeroes or is missing.
        if content.len() < end && chance.happens(50) {
            content.resize(end, 0);
        }
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

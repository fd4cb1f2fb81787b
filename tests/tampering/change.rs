//! A change that somebody makes to the files of an office.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vault::sealed::disk::Disk;
use vault::sealed::record;

use crate::office::ROOT;
use crate::simulated_disk::{Moment, SimulatedDisk};

/// All files of an office, with the state folder beside its store.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Files that are put in place of others, or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done, in general: what outcomes are counted by.
    pub kind: &'static str,
    /// What is done here.
    pub what: String,
    /// `None` removes the file.
    pub puts: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

impl Change {
    pub fn new(kind: &'static str, what: String) -> Self {
        Self { kind, what, puts: BTreeMap::new() }
    }

    #[must_use]
    pub fn put(mut self, path: &Path, bytes: impl Into<Vec<u8>>) -> Self {
        self.puts.insert(path.to_owned(), Some(bytes.into()));
        self
    }

    #[must_use]
    pub fn remove(mut self, path: &Path) -> Self {
        self.puts.insert(path.to_owned(), None);
        self
    }

    /// Everything below a folder becomes `files`, whose paths are below it.
    #[must_use]
    pub fn put_folder(mut self, folder: &Path, before: &Files, files: &Files) -> Self {
        for path in before.keys().filter(|path| path.starts_with(folder)) {
            self.puts.insert(path.clone(), None);
        }
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with(folder)) {
            self.puts.insert(path.clone(), Some(bytes.clone()));
        }
        self
    }

    /// Whether it changes anything at all.
    pub fn changes(&self, files: &Files) -> bool {
        self.puts.iter().any(|(path, bytes)| files.get(path) != bytes.as_ref())
    }

    /// A disk as it was at `moment`, then changed. `like` lends its folder of locks.
    pub fn made(&self, moment: &Moment, like: &SimulatedDisk) -> SimulatedDisk {
        let disk = like.resumed(moment.clone());
        for (path, bytes) in &self.puts {
            match bytes {
                None => remove(&disk, path),
                Some(bytes) => put(&disk, path, bytes),
            }
        }
        disk
    }
}

fn remove(disk: &SimulatedDisk, path: &Path) {
    if disk.exists(path).unwrap_or(false) {
        disk.remove_file(path).unwrap();
    }
    // A folder goes with its last file.
    let mut folder = path.parent().unwrap();
    while folder != Path::new(ROOT) && disk.list(folder).is_ok_and(|names| names.is_empty()) {
        disk.remove_dir_all(folder).unwrap();
        folder = folder.parent().unwrap();
    }
}

fn put(disk: &SimulatedDisk, path: &Path, bytes: &[u8]) {
    let file = if disk.exists(path).unwrap() {
        disk.open_for_writing(path).unwrap()
    } else {
        disk.create_dir_all(path.parent().unwrap()).unwrap();
        disk.create_new(path).unwrap()
    };
    file.set_len(0).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file.sync_all().unwrap();
}

/// The files of an office at that moment.
pub fn files(moment: &Moment) -> Files {
    let disk = SimulatedDisk::new().resumed(moment.clone());
    let mut files = Files::new();
    let mut folders = vec![PathBuf::from(ROOT)];
    while let Some(folder) = folders.pop() {
        for name in disk.list(&folder).unwrap() {
            let path = folder.join(name);
            match moment.live.file(&path) {
                Ok(_) => drop(files.insert(path.clone(), moment.live.read(&path))),
                Err(_) => folders.push(path),
            }
        }
    }
    files
}

/// The folders above those files.
pub fn folders(files: &Files) -> BTreeSet<PathBuf> {
    let above = files.keys().flat_map(|path| path.ancestors().skip(1));
    above.filter(|folder| folder.starts_with(Path::new(ROOT).join("store"))).map(Path::to_owned).collect()
}

/// A file's lines, each with its newline.
pub fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// A log's records, each from its mark to the next one's.
pub fn records(log: &[u8]) -> Vec<Vec<u8>> {
    let marks = log.windows(record::MARK.len()).enumerate().filter(|(_, bytes)| bytes == record::MARK);
    let mut starts: Vec<usize> = marks.map(|(at, _)| at).collect();
    starts.push(log.len());
    starts.windows(2).map(|pair| log[pair[0]..pair[1]].to_vec()).collect()
}

/// Parts that were dropped, doubled and swapped in every way; each with what was done.
pub fn rearranged(parts: &[Vec<u8>]) -> Vec<(&'static str, String, Vec<u8>)> {
    let mut made = Vec::new();
    for one in 0..parts.len() {
        let mut dropped = parts.to_vec();
        dropped.remove(one);
        made.push(("dropped", format!("{one}"), dropped.concat()));
        for other in 0..=parts.len() {
            let mut doubled = parts.to_vec();
            doubled.insert(other, parts[one].clone());
            made.push(("doubled", format!("{one} before {other}"), doubled.concat()));
        }
        for other in one + 1..parts.len() {
            let mut swapped = parts.to_vec();
            swapped.swap(one, other);
            made.push(("swapped", format!("{one} with {other}"), swapped.concat()));
        }
    }
    made
}

/// `parts` with a foreign one in each place, or put in before it.
pub fn transplanted(parts: &[Vec<u8>], foreign: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for place in 0..=parts.len() {
        let mut put = parts.to_vec();
        put.insert(place, foreign.to_vec());
        made.push((format!("before {place}"), put.concat()));
        if place < parts.len() {
            let mut instead = parts.to_vec();
            instead[place] = foreign.to_vec();
            made.push((format!("in place of {place}"), instead.concat()));
        }
    }
    made
}

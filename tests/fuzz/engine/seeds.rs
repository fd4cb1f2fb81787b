//! Where the first inputs come from: `corpus/<target>/`, and the frozen vectors of the format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;

use super::Target;

/// The files of a folder beside this program's sources, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// All seeds of a target.
pub fn all(target: &Target) -> Vec<Vec<u8>> {
    let folder = tests().join("fuzz/corpus").join(target.name);
    let mut seeds: Vec<Vec<u8>> = files(&folder).iter().map(|file| std::fs::read(file).unwrap()).collect();
    seeds.extend((target.seeds)());
    seeds
}

/// A vector of format version 1: what it says of itself, and its input.
pub struct Vector {
    header: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Vector {
    /// Reads `tests/vectors/v1/<name>.txt`.
    pub fn named(name: &str) -> Self {
        Self::read(&tests().join(format!("vectors/v1/{name}.txt")))
    }

    /// All vectors of one kind.
    pub fn of_kind(kind: &str) -> Vec<Self> {
        let all = files(&tests().join("vectors/v1"));
        let vectors = all.iter().filter(|file| file.extension().is_some_and(|kind| kind == "txt"));
        vectors.map(|file| Self::read(file)).filter(|vector| vector.get("kind") == kind).collect()
    }

    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let (header, body) = text.split_once("\n\n").unwrap();
        let pairs = header.lines().filter_map(|line| line.split_once(':'));
        let header: BTreeMap<String, String> =
            pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect();
        let body = body.strip_suffix('\n').unwrap_or(body);
        let body = if header.get("body").is_some_and(|form| form == "base64") {
            BASE64.decode(body.replace('\n', "").as_bytes()).unwrap()
        } else {
            body.as_bytes().to_vec()
        };
        Self { header, body }
    }

    pub fn get(&self, key: &str) -> &str {
        self.header.get(key).map_or("", String::as_str)
    }
}

/// The inputs of all vectors of one kind.
pub fn of_vectors(kind: &str) -> Vec<Vec<u8>> {
    Vector::of_kind(kind).into_iter().map(|vector| vector.body).collect()
}

/// A file of the store in the vectors.
pub fn of_store(path: &str) -> Vec<u8> {
    std::fs::read(tests().join("vectors/v1/store").join(path)).unwrap()
}

/// No seeds but those in the corpus.
pub fn none() -> Vec<Vec<u8>> {
    Vec::new()
}

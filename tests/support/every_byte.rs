//! Every byte of a group's folder, decrypted: whatever an attacker with the group's keys could read from it.
#![allow(dead_code, missing_docs, reason = "test support; each binary uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};

use vault::sealed::identity::Identity;
use vault::sealed::record;

/// Each file below a folder, as it is, and what is in it where one of the keys opens it.
pub fn of(folder: &Path, keys: &[&Identity]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(of(&path, keys));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let opened = |sealed: &[u8]| keys.iter().find_map(|key| key.open(sealed).ok());
        if let Some(plain) = opened(&bytes) {
            found.push((path.clone(), plain.to_vec()));
        }
        let mut rest = &bytes[..];
        while let Ok(next) = record::parse(rest) {
            let length = usize::try_from(next.header.claimed().bytes).unwrap();
            let Some(sealed) = rest.get(next.length..next.length + length) else { break };
            found.extend(opened(sealed).map(|plain| (path.clone(), plain.to_vec())));
            rest = &rest[next.length + length..];
        }
        found.push((path, bytes));
    }
    found
}

/// The files below a folder in which a word stands, in any case: search words are folded.
pub fn holding(folder: &Path, keys: &[&Identity], word: &str) -> Vec<PathBuf> {
    let word = word.to_lowercase();
    let holds = |bytes: &[u8]| {
        let lower = bytes.to_ascii_lowercase();
        lower.windows(word.len()).any(|part| part == word.as_bytes())
    };
    of(folder, keys).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

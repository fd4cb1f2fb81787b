//! The one list of what files a store and its seen notes consist of, and who reads each. A later feature
//! joins the sweep by adding its files here; a file that no kind claims fails the test. Left out are `lock` and
//! `turn` in each folder: they are opened only to be locked, and have no bytes.

use std::path::Path;

use crate::change::{self, Files};
use crate::judge::Reader;
use crate::office::{GROUPS, LOG_READERS, MEMBERS, Office, PEOPLE, ROOT, SHEET};

/// A kind of file.
#[derive(Debug)]
pub struct FileKind {
    pub name: &'static str,
    /// Its paths below the office's folder; `*` is one name or a part of one.
    pub patterns: &'static [&'static str],
    pub read: Read,
}

/// Who reads files of a kind.
#[derive(Debug, Clone, Copy)]
pub enum Read {
    /// These, for a file whose path has those names; the one who is to notice first comes first.
    By(fn(&[&str]) -> Vec<Reader>),
    /// Nobody ever reads their bytes. Why they are there nevertheless:
    ByNobody(&'static str),
}

pub const KINDS: [FileKind; 13] = [
    FileKind { name: "roster", patterns: &["store/roster.jsonl"], read: Read::By(|_| everybody()) },
    FileKind {
        name: "identity",
        patterns: &["store/staff/*.*.age"],
        read: Read::By(|names| owner(names[2])),
    },
    FileKind { name: "head", patterns: &["store/groups/*/head"], read: Read::By(|names| group(names[2])) },
    FileKind {
        name: "base",
        patterns: &["store/groups/*/base.*.age"],
        read: Read::By(|names| group(names[2])),
    },
    FileKind {
        name: "group log",
        patterns: &["store/groups/*/log.*"],
        read: Read::By(|names| group(names[2])),
    },
    FileKind {
        name: "document",
        patterns: &["store/groups/*/documents/*.age"],
        read: Read::By(|names| match known(&GROUPS, names[2]) {
            Some(group) => MEMBERS.map(|person| Reader::Group(person, group)).to_vec(),
            None => all_readers(),
        }),
    },
    FileKind {
        name: "erasure ledger",
        patterns: &["store/groups/*/erased.jsonl"],
        read: Read::By(|names| group(names[2])),
    },
    FileKind {
        name: "group key",
        patterns: &["store/groups/*/keys/*/*.age"],
        read: Read::By(|names| match (holder(names[5]), known(&GROUPS, names[2])) {
            (Some(SHEET), Some(group)) => vec![Reader::Recover(group)],
            (Some(person), Some(group)) if MEMBERS.contains(&person) => vec![Reader::Group(person, group)],
            _ => all_readers(),
        }),
    },
    FileKind {
        name: "access log key",
        patterns: &["store/log/keys/*/*.age"],
        read: Read::By(|names| match holder(names[4]) {
            Some(SHEET) => vec![Reader::Recover("retail")],
            Some(person) if LOG_READERS.contains(&person) => vec![Reader::Log(person)],
            _ => all_readers(),
        }),
    },
    FileKind {
        name: "access log",
        patterns: &["store/log/*.jsonl"],
        read: Read::By(|_| vec![Reader::Log("alice"), Reader::Unlock("bob"), Reader::Group("bob", "retail")]),
    },
    FileKind {
        name: "seen note",
        patterns: &["state/*/*.json"],
        read: Read::By(|names| {
            let mut readers = vec![Reader::Log("alice"), Reader::Group("alice", "retail")];
            readers.extend(holder(names[2]).map(Reader::Unlock));
            readers
        }),
    },
    FileKind {
        name: "reserve",
        patterns: &["store/log/reserve"],
        read: Read::ByNobody(
            "room that is given up when the disk is full; its length counts, its bytes mean nothing",
        ),
    },
    FileKind {
        name: "aside",
        patterns: &["store/aside/*", "store/groups/*/aside/*", "store/log/aside/*"],
        read: Read::ByNobody("what a crash tore, kept for people to look at"),
    },
];

fn everybody() -> Vec<Reader> {
    let mut readers: Vec<Reader> = PEOPLE.iter().map(|person| Reader::Unlock(person)).collect();
    readers.extend([Reader::Group("alice", "retail"), Reader::Group("bob", "private")]);
    readers.extend(LOG_READERS.map(Reader::Log));
    readers.push(Reader::Writer("private"));
    readers
}

fn group(name: &str) -> Vec<Reader> {
    let Some(name) = known(&GROUPS, name) else { return all_readers() };
    let mut readers: Vec<Reader> = MEMBERS.iter().map(|person| Reader::Group(person, name)).collect();
    readers.extend([Reader::Log("dana"), Reader::Writer(name)]);
    readers
}

fn owner(file: &str) -> Vec<Reader> {
    match holder(file) {
        Some(SHEET) => vec![Reader::Recover("private")],
        Some(person) => vec![Reader::Unlock(person)],
        None => all_readers(),
    }
}

/// Whose `alice.1.age`, `alice.age` or `alice.json` is.
fn holder(file: &str) -> Option<&'static str> {
    let name = file.split('.').next().unwrap();
    if name == SHEET { Some(SHEET) } else { known(&PEOPLE, name) }
}

fn known(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|known| **known == name).copied()
}

/// Whoever there is, once each.
pub fn all_readers() -> Vec<Reader> {
    let mut readers = PEOPLE.map(Reader::Unlock).to_vec();
    readers.extend(LOG_READERS.map(Reader::Log));
    for name in GROUPS {
        readers.extend(MEMBERS.map(|person| Reader::Group(person, name)));
        readers.extend([Reader::Writer(name), Reader::Recover(name)]);
    }
    readers
}

/// The kind that a path is of, if any.
pub fn kind(path: &Path) -> Option<&'static FileKind> {
    let names = names(path);
    KINDS.iter().find(|kind| kind.patterns.iter().any(|pattern| fits(pattern, &names)))
}

/// Who reads the file at `path`, or would; everybody where it is of no kind, or of one that nobody reads.
pub fn readers(path: &Path) -> Vec<Reader> {
    let names = names(path);
    match (kind(path).map(|kind| kind.read), &names[..]) {
        (Some(Read::By(readers)), _) => readers(&names),
        (_, [_, "groups", name, ..]) => {
            let mut readers = group(name);
            readers.extend(known(&GROUPS, name).map(Reader::Recover));
            readers
        }
        _ => all_readers(),
    }
}

fn names(path: &Path) -> Vec<&str> {
    let below = path.strip_prefix(ROOT).unwrap();
    below.iter().map(|name| name.to_str().unwrap()).collect()
}

fn fits(pattern: &str, names: &[&str]) -> bool {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fits_name = |part: &str, name: &str| match part.split_once('*') {
        None => part == name,
        Some((start, rest)) => {
            let end = rest.rsplit('*').next().unwrap();
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    };
    parts.len() == names.len() && parts.iter().zip(names).all(|(part, name)| fits_name(part, name))
}

/// The files of a kind.
pub fn of_kind<'a>(files: &'a Files, name: &str) -> Vec<(&'a std::path::PathBuf, &'a Vec<u8>)> {
    files.iter().filter(|(path, _)| kind(path).is_some_and(|kind| kind.name == name)).collect()
}

#[test]
fn every_file_of_a_store_is_of_a_known_kind_and_every_kind_is_there() {
    let files = change::files(Office::founded().now());
    for path in files.keys() {
        assert!(kind(path).is_some(), "{} is of no kind: say in KINDS who reads it", path.display());
    }
    for kind in &KINDS {
        assert!(!of_kind(&files, kind.name).is_empty(), "the office has no {}", kind.name);
    }
}

//! The house keeps its own rules: where `unsafe` and the environment are, which room imports which,
//! how long a file is, and that each says in its first line what lives there. A text check of `src/`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::path::{Path, PathBuf};

/// What each room may import. `surroundings` stands below all rooms but `sealed`, and `machine` below `sealed`.
const ROOMS: [(&str, &[&str]); 11] = [
    ("main", &[]),
    ("cli", &["store", "group", "backup", "access_log", "redact", "machine", "sealed", "surroundings"]),
    ("backup", &["store", "access_log", "machine", "sealed", "surroundings"]),
    ("store", &["access_log", "sealed", "surroundings"]),
    ("group", &["access_log", "sealed", "surroundings", "identifier"]),
    ("redact", &["identifier"]),
    ("identifier", &[]),
    ("access_log", &["machine", "sealed", "surroundings"]),
    ("machine", &[]),
    ("surroundings", &["sealed"]),
    ("sealed", &["machine"]),
];
/// Where `unsafe` may stand.
const UNSAFE: [&str; 3] = ["sealed/vfs.rs", "sealed/sqlite_memory.rs", "machine"];
/// Where SQLite connections may be opened: after SQLite was told to wipe what it frees.
const CONNECTIONS: [&str; 2] = ["sealed/vfs.rs", "sealed/sqlite_memory.rs"];
/// The longest source file, in lines.
const LINES: usize = 500;

struct Source {
    /// Relative to `src/`.
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Lines of code, with their numbers: comments left out, and the tests at the file's end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().zip(1..).map(|(line, number)| (number, line));
        let is_tests = self.path.ends_with("tests.rs");
        lines
            .take_while(move |(_, line)| !is_tests && line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push(Source { path: path.strip_prefix(&root).unwrap().display().to_string(), text });
            }
        }
    }
    assert!(sources.len() > 50, "only {} source files were found", sources.len());
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

/// The names in a line after each `start`, as `crate::store` names `store`; of a list in braces, all.
fn named_after<'a>(line: &'a str, start: &str) -> Vec<&'a str> {
    let word =
        |text: &'a str| &text[..text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())];
    let after = line.match_indices(start).map(|(place, _)| &line[place + start.len()..]);
    after
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split([',', '}']).map(|item| word(item.trim())).collect(),
            None => vec![word(rest)],
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// What a room may not import, and does.
fn forbidden_imports<'a>(room: &str, line: &'a str) -> Vec<&'a str> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else { return Vec::new() };
    let is_room = |name: &str| ROOMS.iter().any(|(known, _)| *known == name);
    let names = named_after(line, "crate::");
    names.into_iter().filter(|name| *name != room && is_room(name) && !allowed.contains(name)).collect()
}

#[test]
fn imports_point_one_way() {
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        let room = source.room();
        assert!(ROOMS.iter().any(|(name, _)| *name == room), "src/{} is in no known room", source.path);
        for (number, line) in source.code() {
            let wrong = forbidden_imports(room, line);
            assert!(wrong.is_empty(), "src/{}:{number}: {room} imports {wrong:?}", source.path);
        }
    }
}

#[test]
fn a_wrong_import_would_be_noticed() {
    assert_eq!(forbidden_imports("sealed", "use crate::group::code::CustomerCode;"), ["group"]);
    assert_eq!(forbidden_imports("store", "use crate::{cli, sealed::disk};"), ["cli"]);
    assert_eq!(forbidden_imports("group", "fn f(x: crate::store::Store) {}"), ["store"]);
    assert!(forbidden_imports("group", "use crate::group::{a, b}; use crate::sealed::disk;").is_empty());
}

#[test]
fn unsafe_lives_where_sqlite_is_met_and_in_the_machine_alone() {
    for source in sources() {
        if UNSAFE.iter().any(|place| source.path.starts_with(place)) {
            continue;
        }
        for (number, line) in source.text.lines().zip(1..).map(|(line, number)| (number, line)) {
            let code = line.split("//").next().unwrap_or_default();
            let words = code.split(|c: char| c != '_' && !c.is_alphanumeric());
            let found = words.clone().any(|word| word == "unsafe")
                || (code.contains("allow") && words.clone().any(|word| word == "unsafe_code"));
            assert!(!found, "src/{}:{number} is unsafe", source.path);
        }
    }
    assert!(
        sources()
            .iter()
            .any(|source| source.path == "lib.rs" && source.text.contains("#![deny(unsafe_code)]"))
    );
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("unsafe {")) {
            let before = &lines[index.saturating_sub(4)..index];
            let explained = before.iter().any(|line| line.trim_start().starts_with("// SAFETY:"));
            assert!(explained, "src/{}:{}: {line}", source.path, index + 1);
        }
    }
}

#[test]
fn sqlite_is_opened_only_where_its_memory_is_seen_to() {
    for source in sources().iter().filter(|source| !CONNECTIONS.contains(&source.path.as_str())) {
        for (number, line) in source.code() {
            assert!(
                !line.contains("Connection::open"),
                "src/{}:{number} opens SQLite by itself",
                source.path
            );
        }
    }
}

#[test]
fn the_environment_is_read_in_the_command_line_room_alone() {
    for source in sources().iter().filter(|source| source.room() != "cli") {
        for (number, line) in source.code() {
            let reads = line.contains("std::env") || line.contains("env::var") || line.contains("env::args");
            assert!(!reads, "src/{}:{number} reads the environment", source.path);
        }
    }
}

#[test]
fn nothing_is_printed_outside_the_command_line_room() {
    for source in sources().iter().filter(|source| source.room() != "cli") {
        for (number, line) in source.code() {
            let prints =
                ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!(", "io::stdout()", "io::stderr()"];
            assert!(!prints.iter().any(|call| line.contains(call)), "src/{}:{number} prints", source.path);
        }
    }
}

#[test]
fn the_clock_and_randomness_are_handed_in() {
    for source in sources().iter().filter(|source| source.room() != "cli") {
        for (number, line) in source.code() {
            let asks = ["Timestamp::now", "SystemTime::now", "getrandom::", "Zoned::now"];
            assert!(
                !asks.iter().any(|call| line.contains(call)),
                "src/{}:{number} asks the machine",
                source.path
            );
        }
    }
}

#[test]
fn no_file_is_longer_than_can_be_read_at_a_sitting() {
    let mut lengths: Vec<usize> = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(lines <= LINES, "src/{} has {lines} lines", source.path);
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < 200, "the median file has {median} lines");
}

#[test]
fn every_file_says_first_what_lives_there() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "src/{} does not say what lives there", source.path);
    }
}

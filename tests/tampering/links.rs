//! What is no file in the place of one, on a real disk: a pipe, a folder, a device, links. Nobody waits for it
//! for ever, nothing panics, and only a link to the file itself reads as the file.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::fs::{CWD, FileType, mknodat};
use vault::cli::error::Kind;
use vault::sealed::disk::{Disk, DiskFile, RealDisk};

use crate::judge::Reader;
use crate::kinds::{self, KINDS, Read};
use crate::office::layout;
use crate::sweep::{Bench, names_a_place, short};

/// How long anybody may take, with room for a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The operating system's files, below a folder as if that were `/`.
struct Rooted(PathBuf);

impl Rooted {
    fn at(&self, path: &Path) -> PathBuf {
        self.0.join(path.strip_prefix("/").unwrap())
    }
}

impl Disk for Rooted {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open(&self.at(path))
    }

    fn open_for_writing(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open_for_writing(&self.at(path))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.create_new(&self.at(path))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir_all(&self.at(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(&self.at(from), &self.at(to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_file(&self.at(path))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir_all(&self.at(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(&self.at(path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(&self.at(path))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        RealDisk.exists(&self.at(path))
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        RealDisk.open_lock(&self.at(path))
    }

    fn filesystem(&self, path: &Path) -> io::Result<u64> {
        RealDisk.filesystem(&self.at(path))
    }
}

/// Things that are no file of ours.
const THINGS: [&str; 6] =
    ["pipe", "folder", "device", "link to nothing", "link to itself", "link to the file"];

/// Puts a thing in a file's place.
fn put(thing: &str, path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::remove_file(path).unwrap();
    match thing {
        "pipe" => mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        "device" => symlink("/dev/zero", path).unwrap(),
        "link to nothing" => symlink("/nowhere/at/all", path).unwrap(),
        "link to itself" => symlink(path, path).unwrap(),
        _ => {
            let elsewhere = path.with_extension("elsewhere");
            fs::write(&elsewhere, bytes).unwrap();
            symlink(&elsewhere, path).unwrap();
        }
    }
}

/// What one who opens it is told, within their patience: `Ok` whether they read it.
fn told(root: &Path, reader: Reader) -> Result<(), (Kind, String)> {
    let (sender, told) = channel();
    let disk = Arc::new(Rooted(root.to_owned()));
    std::thread::spawn(move || {
        let read = reader.read_on(disk).map(drop);
        sender.send(read.map_err(|error| (error.kind(), error.message().to_owned())))
    });
    told.recv_timeout(PATIENCE)
        .unwrap_or_else(|error| panic!("{reader:?}: {error}: waits for ever, or a panic"))
}

/// A pipe in the place of a head once held up whoever opened the group, for ever: opening it to read waits for
/// somebody who writes.
#[test]
fn what_is_no_file_is_noticed_at_once() {
    let bench = Bench::new();
    let locks = [layout().root().join("lock"), layout().group("retail").join("turn")];
    let of_kinds = KINDS.iter().filter_map(|kind| match kind.read {
        Read::By(_) => Some(kinds::of_kind(&bench.files, kind.name)[0].0.clone()),
        Read::ByNobody(_) => None,
    });
    let mut tried = 0;
    for path in of_kinds.chain(locks) {
        for thing in THINGS {
            let root = tempfile::tempdir().unwrap();
            for (path, bytes) in &bench.files {
                let path = Rooted(root.path().to_owned()).at(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, bytes).unwrap();
            }
            let there = Rooted(root.path().to_owned()).at(&path);
            if !there.exists() {
                fs::write(&there, "").unwrap();
            }
            put(thing, &there);
            let name = path.file_name().unwrap();
            let is_lock = name == "lock" || name == "turn";
            let reader = if is_lock { Reader::Group("alice", "retail") } else { kinds::readers(&path)[0] };
            let what = format!("a {thing} as {}", short(&path));
            match told(root.path(), reader) {
                Ok(()) => {
                    // A lock is held, not read; a note that is none counts as none, and that is told.
                    let is_note = kinds::kind(&path).is_some_and(|kind| kind.name == "seen note");
                    assert!(thing == "link to the file" || is_lock || is_note, "{what} is read");
                }
                Err((kind, message)) => {
                    assert_ne!(thing, "link to the file", "{what}: {message}");
                    // Without a roster it is no store; what can't be logged is not shown.
                    let expected = match short(&path).as_str() {
                        "store/roster.jsonl" => vec![Kind::Damaged, Kind::Failed],
                        log if log.starts_with("store/log/20") => vec![Kind::Damaged, Kind::NotLogged],
                        _ => vec![Kind::Damaged],
                    };
                    assert!(expected.contains(&kind), "{what}: {kind:?}: {message}");
                    assert!(names_a_place(&message) || kind == Kind::Failed, "{what}: {message}");
                }
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 78);
}

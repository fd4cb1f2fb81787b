//! Real media: images of file systems, mounted. Where this machine can't, a test says so.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use vault::backup::create::{CreateError, create};
use vault::backup::enroll::enroll;
use vault::backup::list::list;
use vault::backup::medium::{Medium, MediumError, MediumLayout};
use vault::backup::restore::restore;
use vault::backup::shelf::Shelf;
use vault::backup::verify::verify;
use vault::sealed::disk::RealDisk;
use vault::sealed::lock::{Lock, Mode};

use super::media::objects;
use super::office::Office;
use super::retail;
use super::trial_office::chain;

/// What sticks are formatted with, and how.
const KINDS: [(&str, &[&str]); 3] = [
    ("ext4", &["mkfs.ext4", "-q", "-F", "-m", "0", "-N", "2048"]),
    ("vfat", &["mkfs.vfat"]),
    ("exfat", &["mkfs.exfat"]),
];
/// The size of a stick, in bytes.
const SIZE: u64 = 16 << 20;

fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A stick, as a file, and the folder at which it is mounted.
struct Stick {
    kind: &'static str,
    folder: tempfile::TempDir,
}

impl Stick {
    /// `None` where this machine can't format or mount one.
    fn new(kind: &'static str, format: &[&str]) -> Option<Self> {
        let stick = Self { kind, folder: tempfile::tempdir().unwrap() };
        fs::File::create(stick.image()).unwrap().set_len(SIZE).unwrap();
        fs::create_dir(stick.mounted()).unwrap();
        let formatted = works(Command::new(format[0]).args(&format[1..]).arg(stick.image()));
        (formatted && stick.mount("rw")).then_some(stick)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mounted(&self) -> PathBuf {
        self.folder.path().join("blue")
    }

    fn mount(&self, how: &str) -> bool {
        let options = format!("loop,{how}");
        works(
            Command::new("mount")
                .args(["-t", self.kind, "-o", &options])
                .args([self.image(), self.mounted()]),
        )
    }

    fn unmount(&self) -> bool {
        works(Command::new("umount").arg(self.mounted()))
    }

    /// Fills it to the last byte.
    fn fill(&self) -> PathBuf {
        let ballast = self.mounted().join("ballast");
        let mut file = fs::File::create(&ballast).unwrap();
        for block in [64 << 10, 512] {
            while file.write_all(&vec![7; block]).is_ok() {}
        }
        // As far as it is there.
        let _ = file.sync_all();
        ballast
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        self.unmount();
    }
}

/// Does the same with a stick of each kind that this machine can mount.
fn with_each_stick(what: &str, deed: impl Fn(&Stick)) {
    for (kind, format) in KINDS {
        match Stick::new(kind, format) {
            Some(stick) => deed(&stick),
            None => println!("SKIPPED: {what} on {kind}: no {}, no such kernel, or not root", format[0]),
        }
    }
}

/// An office with a customer, whose stick has one snapshot.
fn backed_up(stick: &Stick) -> Office {
    let (mut office, session) = retail::office();
    office.surroundings.disk = Arc::new(RealDisk);
    retail::add(&session, &[("name", "Ana Lund")]);
    enroll(&office.open(), &stick.mounted(), None).unwrap();
    create(&office.open(), &stick.mounted(), false).unwrap();
    retail::add(&session, &[("name", "Ove Berg")]);
    office.clock.set("2026-11-23T02:00:00Z");
    office
}

fn sound(office: &Office, medium: &Path) -> Vec<bool> {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    let found = verify(&opened, &Shelf::read(&opened).unwrap(), None, &|_, _| ());
    found.snapshots.iter().map(|checked| checked.found.is_ok()).collect()
}

#[test]
fn a_stick_that_is_not_mounted_is_not_taken_for_its_folder() {
    with_each_stick("a stick that is not mounted", |stick| {
        let office = backed_up(stick);
        let folder = stick.mounted();
        assert!(stick.unmount());
        let refused = create(&office.open(), &folder, false).unwrap_err();
        assert!(matches!(refused, CreateError::SameFilesystem { .. }), "{}: {refused:?}", stick.kind);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left where it was");
        assert!(stick.mount("rw"));
        create(&office.open(), &folder, false).unwrap();
        assert_eq!(sound(&office, &folder), [true; 2], "{}", stick.kind);
    });
}

#[test]
fn a_full_stick_keeps_what_it_has_and_nothing_of_what_it_could_not_take() {
    with_each_stick("a full stick", |stick| {
        let office = backed_up(stick);
        let folder = stick.mounted();
        let before = objects(&folder);
        let ballast = stick.fill();
        let refused = create(&office.open(), &folder, false).unwrap_err();
        assert!(matches!(refused, CreateError::Full { .. }), "{}: {refused:?}", stick.kind);
        assert_eq!(objects(&folder), before, "{}", stick.kind);
        let manifests = fs::read_dir(MediumLayout::new(&folder).snapshots()).unwrap().count();
        assert_eq!((manifests, sound(&office, &folder)), (1, vec![true]), "{}", stick.kind);
        fs::remove_file(ballast).unwrap();
        create(&office.open(), &folder, false).unwrap();
        assert_eq!(sound(&office, &folder), [true; 2], "{}", stick.kind);
    });
}

#[test]
fn a_stick_that_can_only_be_read_is_read_and_says_why_it_takes_nothing() {
    with_each_stick("a stick that can only be read", |stick| {
        let office = backed_up(stick);
        let folder = stick.mounted();
        assert!(stick.unmount() && stick.mount("ro"));
        let refused = create(&office.open(), &folder, false).unwrap_err();
        let text = chain(&refused);
        assert!(text.contains("Read-only") && text.contains("blue"), "{}: {text}", stick.kind);
        assert_eq!(list(&folder, &office.surroundings).unwrap().1.len(), 1);
        assert_eq!(sound(&office, &folder), [true]);
        let opened = Medium::open_to_read(&folder, &office.surroundings).unwrap();
        let shelf = Shelf::read(&opened).unwrap();
        let into = office.folder.path().join("restored");
        restore(&opened, &shelf, shelf.newest().unwrap(), &into, &office.surroundings, &|_, _| ()).unwrap();
        assert!(into.join("restored/mark.json").exists());
    });
}

#[test]
fn two_at_once_on_one_stick_wait_for_each_other_and_then_say_that_it_is_busy() {
    with_each_stick("two at once", |stick| {
        let mut office = backed_up(stick);
        let folder = stick.mounted();
        office.surroundings.patience = Duration::from_millis(50);
        let root = MediumLayout::new(&folder).root().to_owned();
        let reading = Lock::acquire(&RealDisk, &root, Mode::Shared, Duration::ZERO).unwrap();
        assert_eq!(sound(&office, &folder), [true], "who reads hinders nobody who reads");
        let refused = create(&office.open(), &folder, false).unwrap_err();
        assert!(matches!(refused, CreateError::Medium(MediumError::Busy { .. })), "{refused:?}");
        drop(reading);
        create(&office.open(), &folder, false).unwrap();
        assert_eq!(sound(&office, &folder), [true; 2]);
    });
}

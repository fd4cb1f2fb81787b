//! A full disk: the access log lives on its reserve, so that nobody is locked out at once; and whatever
//! else keeps it from being written.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use vault::access_log::{Action, Event, LogError, Outcome, Unlogged, reserve};
use vault::sealed::disk::RealDisk;
use vault::store::{ChangeError, Store};

use super::office::{ALICE, Fault, Office, options, passphrase};
use super::shop::{WORK, create, name};

const KIB: u64 = 1024;

/// An office whose log keeps a reserve of `length` bytes, made when alice unlocked first.
fn office(length: u64) -> Office {
    let mut office = Office::founded();
    office.surroundings.log_reserve = length;
    let alice = office.unlocked();
    create(&alice, "retail");
    office
}

fn reserve_of(office: &Office) -> PathBuf {
    reserve::path(&office.layout().access_log())
}

fn length(office: &Office) -> u64 {
    fs::metadata(reserve_of(office)).unwrap().len()
}

fn lookup() -> Event {
    Event::new(Action::Lookup, Outcome::Success)
}

#[test]
fn the_reserve_is_made_at_an_unlock_and_is_worth_its_room() {
    let office = office(reserve::FULL);
    let bytes = fs::read(reserve_of(&office)).unwrap();
    assert_eq!(bytes.len() as u64, reserve::FULL);
    let pieces: std::collections::BTreeSet<&[u8]> = bytes.chunks(32).collect();
    assert_eq!(pieces.len() * 32, bytes.len(), "no two pieces are the same");
    // Filled up, it is what it would have been from the start; a full one is left alone.
    let file = fs::OpenOptions::new().write(true).open(reserve_of(&office)).unwrap();
    file.set_len(100_001).unwrap();
    drop(office.unlocked());
    assert_eq!(fs::read(reserve_of(&office)).unwrap(), bytes);
    let before = office.disk.changes();
    office.disk.set(None);
    drop(office.unlocked());
    let with = office.disk.changes();
    fs::remove_file(reserve_of(&office)).unwrap();
    office.disk.set(None);
    drop(office.unlocked());
    assert!(office.disk.changes() > with, "{before}");
}

#[test]
fn on_a_full_disk_entries_live_on_the_reserve_until_it_is_used_up() {
    let office = office(256 * KIB);
    let alice = office.unlocked();
    assert_eq!(alice.log().take_entries_left(), None);
    let entries = office.entries().len();
    office.disk.set(Some(Fault::Full));
    alice.log().append(&lookup()).unwrap();
    assert_eq!(length(&office), 192 * KIB);
    assert_eq!(alice.log().take_entries_left(), Some(192 * KIB / 1200));
    assert_eq!(alice.log().take_entries_left(), None, "told once");
    // Who unlocks now is told as well, and gets in.
    let again = office.unlocked();
    assert_eq!(again.log().take_entries_left(), Some(192 * KIB / 1200));
    let mut written = 2;
    let used_up = loop {
        match alice.log().release(Unlogged::new("shown", vec![lookup()])) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(used_up, LogError::Disk(ref error) if error.source.kind() == ErrorKind::StorageFull));
    assert_eq!(length(&office), 0);
    // The seen note beside the store takes room of the same disk.
    assert!(written > 150, "{written}");
    assert_eq!(office.entries().len(), entries + written);
    assert_eq!(alice.log().take_entries_left(), Some(0));
    // Room again: the next who unlocks fills it up.
    office.disk.set(None);
    let again = office.unlocked();
    assert_eq!((length(&office), again.log().take_entries_left()), (256 * KIB, None));
}

#[test]
fn a_change_that_finds_no_room_fails_as_ever_and_its_failure_is_logged_from_the_reserve() {
    let office = office(256 * KIB);
    let alice = office.unlocked();
    office.disk.set(Some(Fault::Full));
    // The roster's line finds the room that entries gave up, so it is made long.
    let tried = alice.set_agreement("Hold your tongue. ".repeat(3_640));
    let full =
        matches!(&tried, Err(ChangeError::Roster(error)) if format!("{error:?}").contains("StorageFull"));
    assert!(full, "{tried:?}");
    assert!(alice.log().take_entries_left().is_some());
    office.disk.set(None);
    let outcomes: Vec<_> = office.entries().iter().rev().take(2).map(|opened| opened.entry.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failure, Outcome::Success]);
    alice.rekey_group(&name("retail"), WORK).unwrap();
}

#[test]
fn a_month_begins_and_a_torn_line_is_moved_on_a_full_disk_too() {
    let office = office(256 * KIB);
    let alice = office.unlocked();
    office.clock.set("2026-12-01T00:00:00Z");
    office.disk.set(Some(Fault::Full));
    alice.log().append(&lookup()).unwrap();
    assert_eq!(office.months().len(), 2);
    let month = office.months().pop().unwrap();
    fs::OpenOptions::new().append(true).open(month).unwrap().write_all(b"{\"seq\":").unwrap();
    office.disk.set(Some(Fault::Full));
    let receipt = alice.log().append(&lookup()).unwrap();
    assert!(receipt.moved_aside().is_some());
    office.entries();
}

#[test]
fn without_a_reserve_or_room_for_one_nothing_is_said_of_it() {
    let mut office = Office::founded();
    office.surroundings.log_reserve = 64 * KIB;
    office.disk.set(Some(Fault::Full));
    assert!(office.open().unlock("alice", &passphrase(ALICE)).is_err());
    office.disk.set(None);
    fs::create_dir(reserve_of(&office)).unwrap();
    let alice = office.unlocked();
    assert_eq!(alice.log().take_entries_left(), None);
}

#[test]
fn nothing_is_released_when_the_log_cannot_be_written_for_whatever_cause() {
    let office = office(64 * KIB);
    let alice = office.unlocked();
    let kinds =
        [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied, ErrorKind::NotFound, ErrorKind::Other];
    for kind in kinds {
        office.disk.set(Some(Fault::Refused(kind)));
        let released = alice.log().release(Unlogged::new("secret", vec![lookup()]));
        assert!(matches!(released, Err(LogError::Disk(error)) if error.source.kind() == kind), "{kind:?}");
        assert_eq!(length(&office), 64 * KIB, "the reserve is for full disks");
        office.disk.set(None);
    }
    alice.log().append(&lookup()).unwrap();
}

/// A small file system in memory, for as long as this lives.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = fs::File::create(self.0.path().join("ballast")).unwrap();
        while file.write_all(&[7; 512]).is_ok() {}
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_real_file_system_that_is_full_locks_nobody_out() {
    let Some(mount) = Mount::new("3m") else {
        println!("SKIPPED: only root may mount a small file system");
        return;
    };
    let mut office = Office::empty();
    office.surroundings.disk = Arc::new(RealDisk);
    office.surroundings.log_reserve = reserve::FULL;
    let root: &Path = mount.0.path();
    office.root = root.join("store");
    Store::create(&office.root, &options(), &office.surroundings).unwrap();
    drop(office.unlocked());
    assert_eq!(length(&office), reserve::FULL);
    mount.fill();
    let alice = office.unlocked();
    let mut released = 0;
    while alice.log().release(Unlogged::new("shown", vec![lookup()])).is_ok() {
        released += 1;
        assert!(released < 5_000, "the disk is not full");
    }
    assert!(released > 500, "{released}");
    assert_eq!((length(&office), alice.log().take_entries_left()), (0, Some(0)));
    assert!(office.open().unlock("alice", &passphrase(ALICE)).is_err());
    fs::remove_file(root.join("ballast")).unwrap();
    drop(office.unlocked());
    assert_eq!(length(&office), reserve::FULL);
    assert_eq!(office.entries().len(), released + 4);
}

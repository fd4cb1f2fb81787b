//! A group's re-key: everything sealed anew, and the roster line alone decides which key is in force.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/diary.rs"]
mod diary;
#[path = "support/rekeyed_group.rs"]
mod rekeyed_group;
#[path = "support/sealed_group.rs"]
mod sealed_group;
#[path = "support/simulated_disk.rs"]
mod simulated_disk;

use std::path::Path;
use std::sync::{Arc, Mutex};

use diary::Diary;
use rekeyed_group::{Firm, Key};
use sealed_group::{Notes, entry};
use simulated_disk::chance::Chance;
use simulated_disk::fault::{Failure, Fault, Then};
use simulated_disk::{Cut, Moment, SimulatedDisk};
use vault::sealed::access::Witness;
use vault::sealed::age_file::OpenError;
use vault::sealed::disk::RealDisk;
use vault::sealed::group_file::{OpenGroupError, Tidying};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;

const MODES: [Mode; 2] = [Mode::Shared, Mode::Exclusive];
const BEFORE: [&str; 2] = ["one", "two"];
const AFTER: [&str; 3] = ["one", "two", "three"];

fn firm() -> (tempfile::TempDir, Firm) {
    let folder = tempfile::tempdir().unwrap();
    let firm = Firm::found(Arc::new(RealDisk), folder.path());
    (folder, firm)
}

/// How many sealed files, or sealed parts of records, in the group's folder the identity opens.
fn opened_by(identity: &Identity, firm: &Firm) -> usize {
    let places = |bytes: &[u8], wanted: &[u8]| -> Vec<usize> {
        let windows = bytes.windows(wanted.len()).enumerate();
        windows.filter(|(_, window)| *window == wanted).map(|(place, _)| place).collect()
    };
    let mut opened = 0;
    for (_, bytes) in firm.files() {
        let mut ends = places(&bytes, b"\x89VLTREC\n");
        ends.push(bytes.len());
        for start in places(&bytes, b"age-encryption.org/v1\n") {
            let end = ends.iter().find(|end| **end > start).unwrap();
            opened += usize::from(identity.open(&bytes[start..*end]).is_ok());
        }
    }
    opened
}

#[test]
fn a_resealed_group_opens_with_the_new_key_alone() {
    let (_folder, firm) = firm();
    assert_eq!(opened_by(&firm.office.group, &firm), 3);
    let resealed = firm.announced().unwrap();
    assert_eq!((resealed.group(), resealed.generation()), ("retail", 2));
    assert_eq!(resealed.entries(), [(1, entry(1)), (2, entry(2))]);
    firm.roster.append().unwrap();
    resealed.publish().unwrap();
    for mode in MODES {
        assert_eq!(firm.rows(Key::New, mode).unwrap(), AFTER);
        assert!(matches!(firm.open(Key::Old, mode), Err(OpenGroupError::Rekeyed { .. })));
    }
    assert_eq!(firm.names(), ["base.2.age", "head", "log.2"]);
    assert_eq!(firm.open(Key::New, Mode::Shared).unwrap().head().entry, entry(50));
    // The chain goes on after the last record of the old log.
    assert_eq!(firm.commit(Key::New, "DELETE FROM t WHERE b = 'one'").unwrap().seq, 3);
    assert_eq!(opened_by(&firm.office.group, &firm), 0);
    assert_eq!(opened_by(&firm.new, &firm), 2);
    // Who has the right epoch and the wrong key gets nowhere either.
    let mut access = firm.access(Key::New);
    access.identity = firm.office.group.clone();
    let opened = vault::sealed::group_file::GroupFile::open(Arc::new(access), Mode::Shared);
    assert!(matches!(opened, Err(OpenGroupError::Base { source: OpenError::NoMatch, .. })));
}

#[test]
fn before_the_roster_line_everything_is_as_before() {
    let (_folder, firm) = firm();
    let names = firm.names();
    firm.announced().unwrap().leave();
    let files = firm.files();
    assert_eq!(files.len(), names.len() + 3);
    assert_eq!(firm.rows(Key::Old, Mode::Shared).unwrap(), BEFORE);
    assert!(firm.open(Key::New, Mode::Shared).is_err());
    assert!(firm.files() == files, "a reader touches nothing");
    // The next writer removes what never happened.
    assert_eq!(firm.rows(Key::Old, Mode::Exclusive).unwrap(), BEFORE);
    assert_eq!(firm.names(), names);
    firm.rekey(&mut || ()).unwrap();
    assert_eq!(firm.rows(Key::New, Mode::Shared).unwrap(), AFTER);
}

#[test]
fn with_the_roster_line_a_reader_takes_the_coming_head_and_the_next_writer_finishes() {
    let (_folder, firm) = firm();
    firm.announced().unwrap().leave();
    firm.roster.append().unwrap();
    let files = firm.files();
    assert_eq!(firm.rows(Key::New, Mode::Shared).unwrap(), AFTER);
    for mode in MODES {
        // Somebody who read the roster before.
        let opened = firm.open(Key::Old, mode).map(drop);
        assert!(matches!(opened, Err(OpenGroupError::Rekeyed { path }) if path.ends_with("head.next")));
    }
    assert!(firm.files() == files, "neither a reader nor an old key touches anything");
    assert_eq!(firm.rows(Key::New, Mode::Exclusive).unwrap(), AFTER);
    assert_eq!(firm.names(), ["base.2.age", "head", "log.2"]);
}

#[test]
fn a_reseal_that_is_given_up_leaves_nothing() {
    let (_folder, firm) = firm();
    let files = firm.files();
    drop(firm.reseal().unwrap());
    assert!(firm.files() == files);
    drop(firm.announced().unwrap());
    assert!(firm.files() == files);
    assert_eq!(firm.rows(Key::Old, Mode::Exclusive).unwrap(), BEFORE);
}

#[test]
fn once_the_roster_has_the_line_nothing_is_taken_back() {
    let (_folder, firm) = firm();
    let resealed = firm.announced().unwrap();
    firm.roster.append().unwrap();
    drop(resealed);
    assert_eq!(firm.rows(Key::New, Mode::Shared).unwrap(), AFTER);
}

#[test]
fn old_heads_that_are_put_back_are_refused() {
    let (_folder, firm) = firm();
    let head = firm.office.folder.join("head");
    let next = firm.office.folder.join("head.next");
    let old = std::fs::read(&head).unwrap();
    let resealed = firm.announced().unwrap();
    let announced = std::fs::read(&next).unwrap();
    firm.roster.append().unwrap();
    resealed.publish().unwrap();
    let published = std::fs::read(&head).unwrap();
    assert_eq!(published, announced);
    for mode in MODES {
        std::fs::write(&head, &old).unwrap();
        let opened = firm.open(Key::New, mode).map(drop);
        assert!(matches!(opened, Err(OpenGroupError::Forged(path)) if path == head));
        std::fs::write(&head, &published).unwrap();
        // Under the coming head's name it replaces nothing.
        std::fs::write(&next, &old).unwrap();
        assert_eq!(firm.rows(Key::New, mode).unwrap(), AFTER);
    }
    assert!(!next.exists());
    firm.open(Key::New, Mode::Exclusive).unwrap().tidy(Tidying::Checkpoint, entry(60), &|_, _| ()).unwrap();
    for mode in MODES {
        std::fs::write(&next, &announced).unwrap();
        assert_eq!(firm.rows(Key::New, mode).unwrap(), AFTER);
    }
    std::fs::write(&head, &announced).unwrap();
    let opened = firm.open(Key::New, Mode::Shared).map(drop);
    assert!(matches!(opened, Err(OpenGroupError::Rollback { found: 2, seen: 3, .. })));
}

/// A firm on a disk on which all of it is durable.
fn simulated() -> (SimulatedDisk, Firm) {
    let first = SimulatedDisk::new();
    let firm = Firm::found(Arc::new(first.clone()), Path::new("/office"));
    let disk = first.restarted(first.now().live);
    let notes = Arc::clone(&firm.office.notes) as Arc<dyn Witness>;
    let firm = firm.on(Arc::new(disk.clone()), notes);
    (disk, firm)
}

/// The group opens with the key that the roster names and with no other, takes another row and holds it
/// after a power cut. Returns that key.
fn goes_on(firm: &Firm, disk: &SimulatedDisk, more: &[&str], chance: &mut Chance) -> Result<Key, String> {
    let (key, other) = match firm.key() {
        Key::Old => (Key::Old, Key::New),
        Key::New => (Key::New, Key::Old),
    };
    let first: &[&str] = if key == Key::New { &AFTER } else { &BEFORE };
    let holds = |firm: &Firm, mode: Mode, more: &[&str]| match firm.rows(key, mode) {
        Ok(rows) if rows == [first, more].concat() => Ok(()),
        Ok(rows) => Err(format!("{key:?} {mode:?}: {rows:?}")),
        Err(error) => Err(format!("{key:?} {mode:?}: {error}")),
    };
    holds(firm, MODES[chance.below(2)], more)?;
    if firm.open(other, MODES[chance.below(2)]).is_ok() {
        return Err(format!("the {other:?} key opens it as well"));
    }
    firm.commit(key, "INSERT INTO t(b) VALUES('more')").map_err(|error| format!("commit: {error}"))?;
    let more = [more, &["more"]].concat();
    holds(firm, Mode::Shared, &more)?;
    let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
    let firm = firm.on(Arc::new(later), Arc::clone(&firm.access(key).witness));
    if firm.key() != key {
        return Err("a power cut took the roster line that was built on".to_owned());
    }
    holds(&firm, MODES[chance.below(2)], &more).map_err(|why| format!("after the next cut: {why}"))?;
    match disk.violations().first() {
        None => Ok(key),
        Some(violation) => Err(violation.clone()),
    }
}

/// The program is killed, another one works on what it finds, and only then the power fails.
fn killed_then_cut(
    firm: &Firm,
    disk: &SimulatedDisk,
    chance: &mut Chance,
    mode: Option<Mode>,
) -> Result<Key, String> {
    let (key, notes) = (firm.key(), Arc::clone(&firm.access(Key::Old).witness));
    if let Some(mode) = mode {
        firm.rows(key, mode).map_err(|error| format!("killed, {key:?} {mode:?}: {error}"))?;
    }
    let later = disk.restarted(disk.now().after_power_cut(Cut::Torn, chance));
    let found = goes_on(&firm.on(Arc::new(later.clone()), notes), &later, &[], chance)?;
    if mode.is_some() && found != key {
        return Err(format!("opened with the {key:?} key, and then the {found:?} one was in force"));
    }
    Ok(found)
}

#[test]
fn a_power_cut_at_any_moment_leaves_the_old_key_or_the_new_in_force() {
    let (disk, firm) = simulated();
    disk.record();
    let diary = Arc::new(Diary::of(&disk));
    let (mut held, mut keys) = (0, [0, 0]);
    let resealing = firm.on(Arc::new(disk.clone()), Arc::clone(&diary) as Arc<dyn Witness>);
    resealing.rekey(&mut || held = disk.recorded()).unwrap();
    assert_eq!(disk.violations(), [""; 0]);
    let moments = disk.film();
    assert!(held > 0 && moments.len() > held + 3, "{held} of {}", moments.len());
    for (at, moment) in moments.iter().enumerate() {
        for state in 0..16 {
            let mut chance = Chance::new((at as u64) << 20 ^ state);
            let notes = diary.until(at) as Arc<dyn Witness>;
            let tried = if state.is_multiple_of(4) {
                let disk = disk.resumed(Moment::clone(moment));
                let mode = [None, Some(Mode::Shared), Some(Mode::Exclusive)][chance.below(3)];
                killed_then_cut(&firm.on(Arc::new(disk.clone()), notes), &disk, &mut chance, mode)
            } else {
                let cut = [Cut::AllLost, Cut::AllKept, Cut::Torn, Cut::Torn][chance.below(4)];
                let disk = disk.restarted(moment.after_power_cut(cut, &mut chance));
                goes_on(&firm.on(Arc::new(disk.clone()), notes), &disk, &[], &mut chance)
            };
            let key = tried.unwrap_or_else(|why| panic!("moment {at} of {held}, state {state}: {why}"));
            assert!(at < held || key == Key::New, "moment {at} of {held}, state {state}: {key:?}");
            keys[usize::from(key == Key::New)] += 1;
        }
    }
    assert!(keys[0] > 100 && keys[1] > 100, "{keys:?}");
}

#[test]
fn whoever_takes_the_coming_head_flushes_the_roster_line_first() {
    for mode in MODES {
        let (disk, firm) = simulated();
        firm.announced().unwrap().leave();
        firm.roster.append_unflushed();
        disk.record();
        assert_eq!(firm.rows(Key::New, mode).unwrap(), AFTER);
        let after = disk.recorded();
        for (at, moment) in disk.film().iter().enumerate() {
            let cut = disk.restarted(moment.after_power_cut(Cut::AllLost, &mut Chance::new(1)));
            let firm = firm.on(Arc::new(cut.clone()), Arc::new(Notes::default()));
            let key = goes_on(&firm, &cut, &[], &mut Chance::new(at as u64)).unwrap();
            assert!(at < after || key == Key::New, "{mode:?}, moment {at} of {after}");
        }
    }
}

/// A flush that failed may have left the line on the disk or not; the cut that took it back is flushed
/// before anything is removed for it.
#[test]
fn a_roster_line_that_was_taken_back_stays_so_before_its_head_is_removed() {
    let (disk, firm) = simulated();
    firm.announced().unwrap().leave();
    let roster = vault::sealed::disk::Disk::open_for_writing(&disk, Path::new("/office/roster")).unwrap();
    let length = roster.len().unwrap();
    firm.roster.append().unwrap();
    roster.set_len(length).unwrap();
    disk.record();
    assert_eq!(firm.rows(Key::Old, Mode::Exclusive).unwrap(), BEFORE);
    for (at, moment) in disk.film().iter().enumerate() {
        for state in 0..20 {
            let mut chance = Chance::new((at as u64) << 20 ^ state);
            let cut = disk.restarted(moment.after_power_cut(Cut::Torn, &mut chance));
            let firm = firm.on(Arc::new(cut.clone()), Arc::new(Notes::default()));
            goes_on(&firm, &cut, &[], &mut chance).unwrap();
        }
    }
}

#[test]
fn whichever_call_fails_one_of_the_keys_is_in_force() {
    let (disk, firm) = simulated();
    let on = |disk: &SimulatedDisk| {
        let notes = Notes(Mutex::new(firm.office.notes.0.lock().unwrap().clone()));
        firm.on(Arc::new(disk.clone()), Arc::new(notes))
    };
    let whole = disk.resumed(disk.now());
    whole.plan(None);
    on(&whole).rekey(&mut || ()).unwrap();
    let calls = whole.calls().len();
    assert!(calls > 40, "{calls}");
    for at in 0..calls {
        for (failure, then) in [Failure::Broken, Failure::Full]
            .into_iter()
            .flat_map(|failure| [Then::Works, Then::Stays].map(|then| (failure, then)))
        {
            let fault = Fault { at, failure, then };
            let disk = disk.resumed(disk.now());
            let mut firm = on(&disk);
            disk.plan(Some(fault));
            let mut held = false;
            let done = firm.rekey(&mut || held = true);
            let Some(call) = disk.failed_call() else { continue };
            assert_eq!(disk.violations(), [""; 0], "{call:?}, {fault:?}");
            assert!(done.is_err() || held, "{call:?}, {fault:?}");
            let mut chance = Chance::new(at as u64);
            let disk = if (failure, then) == (Failure::Broken, Then::Stays) {
                disk.restarted(disk.now().after_power_cut(Cut::Torn, &mut chance))
            } else {
                disk.next_program();
                disk
            };
            firm = firm.on(Arc::new(disk.clone()), Arc::clone(&firm.access(Key::Old).witness));
            let key = goes_on(&firm, &disk, &[], &mut chance)
                .unwrap_or_else(|why| panic!("{call:?}, {fault:?}: {why}"));
            assert!(!held || key == Key::New, "{call:?}, {fault:?}");
        }
    }
}

#[test]
fn a_writer_that_cannot_read_the_roster_takes_nothing_away() {
    let (disk, firm) = simulated();
    firm.announced().unwrap().leave();
    firm.roster.append().unwrap();
    let mut refused = 0;
    for at in 0..40 {
        let disk = disk.resumed(disk.now());
        let firm = firm.on(Arc::new(disk.clone()), Arc::new(Notes::default()));
        disk.plan(Some(Fault { at, failure: Failure::Broken, then: Then::Works }));
        refused += usize::from(firm.open(Key::New, Mode::Exclusive).is_err());
        disk.next_program();
        let key = goes_on(&firm, &disk, &[], &mut Chance::new(at as u64));
        assert_eq!(key, Ok(Key::New), "call {at}");
    }
    assert!(refused > 20, "{refused}");
}

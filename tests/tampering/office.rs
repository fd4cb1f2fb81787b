//! A small office on a disk in memory: people, groups, keys of two epochs, a log of two months, lines and
//! records that a crash tore, seen notes; and pictures of it as it was before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use vault::access_log::{Action, Event, Makes, Outcome, Role};
use vault::group::code::CustomerCode;
use vault::group::document::NewDocument;
use vault::group::erase::erase_again;
use vault::group::field::Fields;
use vault::group::record::Record;
use vault::group::upkeep::renew;
use vault::group::{DatabaseError, Group, database};
use vault::sealed::disk::Disk;
use vault::sealed::group_file::{GroupFile, Tidying};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::roster::PolicyChange;
use vault::store::staff::NewNote;
use vault::store::{
    InitOptions, Layout, Login, NewGroupError, NewStaff, Rekeying, Session, Store, Strictness,
};
use vault::surroundings::{Clock, Random, Surroundings};
use zeroize::Zeroizing;

use crate::simulated_disk::{Moment, SimulatedDisk};

/// An owner, a clerk, an auditor.
pub const PEOPLE: [&str; 3] = ["alice", "bob", "dana"];
/// Those who may open groups.
pub const MEMBERS: [&str; 2] = ["alice", "bob"];
/// Those who read the access log.
pub const LOG_READERS: [&str; 2] = ["alice", "dana"];
/// `retail` was checkpointed, folded and has records since; `private` was re-keyed.
pub const GROUPS: [&str; 2] = ["private", "retail"];
/// Holds the store and, beside it, the machine's seen notes.
pub const ROOT: &str = "/office";
/// When somebody looks at the store again: every entry of the office's own is older.
pub const LATER: &str = "2026-12-20T09:00:00Z";
/// The recovery sheet, in the place of a name.
pub const SHEET: &str = "recovery";

pub fn passphrase(person: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(format!("{person}-saddle-orbit-lemon-twenty-quarry")))
}

pub fn login(person: &str) -> Login {
    Login::new(passphrase(person), WorkFactor::for_tests(2))
}

/// Seconds since 1970, set by hand.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Numbers that never come again while the tests run.
struct Counted;

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        for chunk in bytes.chunks_mut(32) {
            let number = NEXT.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&Digest::of(&number.to_le_bytes()).0[..chunk.len()]);
        }
        Ok(())
    }
}

pub fn layout() -> Layout {
    Layout::new(Path::new(ROOT).join("store"))
}

pub fn state() -> PathBuf {
    Path::new(ROOT).join("state")
}

/// A machine with that disk, at `time`.
pub fn surroundings(disk: Arc<dyn Disk>, time: &str) -> Surroundings {
    Surroundings {
        disk,
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(HandClock(AtomicI64::new(time.parse::<Timestamp>().unwrap().as_second()))),
        random: Arc::new(Counted),
        host: "front-desk".to_owned(),
        os_user: "office".to_owned(),
        state: state(),
        system_root: Path::new(ROOT).join("system"),
        lowest_work_factor: WorkFactor::for_tests(2),
        work_factor: WorkFactor::for_tests(2),
        patience: Duration::from_secs(2),
        log_reserve: 256,
        idle_minute: Duration::from_mins(1),
    }
}

pub const WORK: Rekeying<'static> = Rekeying {
    renew: &|stage, recipient, random| Ok(renew(stage, recipient, random, &|_, _| ())?),
    erase: &|stage, codes, progress| Ok(erase_again(stage, codes, progress)?),
    progress: &|_, _| (),
};

#[derive(Debug)]
struct NotCreated;

impl From<NewGroupError> for NotCreated {
    fn from(_: NewGroupError) -> Self {
        Self
    }
}

impl From<DatabaseError> for NotCreated {
    fn from(_: DatabaseError) -> Self {
        Self
    }
}

/// An office and what its disk held from time to time, the last picture as it was left.
pub struct Office {
    pub pictures: Vec<Moment>,
}

impl Office {
    pub fn now(&self) -> &Moment {
        self.pictures.last().unwrap()
    }

    /// Everything that befalls the office, with a picture after each step.
    pub fn founded() -> Self {
        let disk = SimulatedDisk::new();
        let at = |time: &str| surroundings(Arc::new(disk.clone()), time);
        let mut pictures = Vec::new();
        let mut step = |day: &dyn Fn()| {
            day();
            pictures.push(disk.now());
        };
        let (november, december) = ("2026-11-30T09:00:00Z", "2026-12-01T09:00:00Z");
        step(&|| {
            found(&at(november));
            let alice = unlock(&at(november), "alice");
            for group in GROUPS {
                create(&alice, group);
            }
        });
        step(&|| {
            let alice = unlock(&at(november), "alice");
            enrol(&alice, "bob", Role::Clerk, &GROUPS);
            enrol(&alice, "dana", Role::Auditor, &[]);
            for group in GROUPS {
                let anna = add(&alice, group, "Anna Lindqvist");
                for name in ["contract.txt", "letter.txt"] {
                    attach(&alice, group, anna, name);
                }
            }
        });
        step(&|| {
            let bob = unlock(&at(november), "bob");
            open(&bob, "retail").checkpoint(bob.log(), &|_, _| ()).unwrap();
            add(&bob, "retail", "Bo Ek");
        });
        step(&|| {
            let alice = unlock(&at(december), "alice");
            let gone = add(&alice, "retail", "Ida Moe");
            let now = alice.surroundings().clock.now();
            let erased = open(&alice, "retail").erase(&[gone], "asked for", alice.log(), now, &|_, _| ());
            erased.unwrap().left.unwrap();
            add(&alice, "retail", "Cilla Falk");
            add(&alice, "retail", "Cissi Falk");
            fold(&alice, "retail");
            alice.rekey_group(&"private".parse().unwrap(), WORK).unwrap();
        });
        step(&|| {
            // What two crashes tore, and the next writer moves aside.
            let layout = layout();
            append(&disk, &layout.roster(), b"{\"v\":1,\"seq\":");
            append(&disk, &layout.access_log().join("2026-12.jsonl"), b"{\"seq\":");
            append(&disk, &layout.log("retail", 4), b"\x89VLT");
            let alice = unlock(&at(december), "alice");
            let policy = PolicyChange { training: Some(Strictness::Warn), ..PolicyChange::default() };
            alice.set_policy(policy).unwrap();
            add(&alice, "retail", "Dag Holm");
        });
        step(&|| {
            let alice = unlock(&at(december), "alice");
            let note = NewNote {
                name: "bob".parse().unwrap(),
                kind: vault::store::roster::NoteKind::Screening,
                on: jiff::civil::date(2026, 11, 3),
                expires: None,
                text: "nothing found".to_owned(),
            };
            alice.note_about(&note).unwrap();
            add(&alice, "retail", "Eva Juhl");
            add(&alice, "private", "Finn Krag");
        });
        step(&|| {
            // Everybody sees everything.
            for person in PEOPLE {
                let session = unlock(&at(december), person);
                for group in session.groups() {
                    Group::open(session.access(group.name.as_str()).unwrap(), Mode::Shared).unwrap();
                }
            }
            for person in PEOPLE {
                unlock(&at(december), person);
            }
        });
        Self { pictures }
    }
}

fn found(surroundings: &Surroundings) {
    let options = InitOptions {
        owner: "alice".parse().unwrap(),
        passphrase: passphrase("alice"),
        work_factor: WorkFactor::for_tests(2),
        recovery: Some(passphrase(SHEET)),
        network: Strictness::Warn,
    };
    Store::create(layout().root(), &options, surroundings).unwrap();
}

fn unlock(surroundings: &Surroundings, person: &str) -> Session {
    Store::open(layout().root(), surroundings).unwrap().unlock(person, &passphrase(person)).unwrap()
}

/// A group of two fields: small files, so that every bit of them can be tried.
fn create(session: &Session, group: &str) {
    let fields: Vec<_> = Fields::standard().iter().take(2).cloned().collect();
    let fields = Fields::new(fields).unwrap();
    let image = |prefix: &str| -> Result<_, NotCreated> {
        Ok(database::new_image(&fields, prefix.parse().unwrap(), &Identity::generate())?)
    };
    session.create_group(&group.parse().unwrap(), image).unwrap();
}

fn enrol(by: &Session, person: &str, role: Role, groups: &[&str]) {
    let groups = groups.iter().map(|group| group.parse().unwrap()).collect();
    let new = NewStaff { name: person.parse().unwrap(), role, full_name: None, groups };
    by.add_staff(&new, &login(person)).unwrap();
}

fn open(session: &Session, group: &str) -> Group {
    Group::open(session.access(group).unwrap(), Mode::Exclusive).unwrap()
}

fn add(session: &Session, group: &str, customer: &str) -> CustomerCode {
    let mut opened = open(session, group);
    let record = Record::check(opened.fields(), [("name", customer)]).unwrap();
    let Surroundings { random, clock, .. } = session.surroundings();
    opened.add(&record, false, session.log(), &**random, clock.now()).unwrap()
}

/// A document of that name, and of the same length whatever its name.
fn attach(session: &Session, group: &str, code: CustomerCode, name: &str) {
    let mut opened = open(session, group);
    let Surroundings { random, clock, .. } = session.surroundings();
    let contents = format!("{name:>20}: signed and sealed");
    let new = NewDocument::seal(name.parse().unwrap(), &opened.documents(), &**random, |piece, offset| {
        let rest = &contents.as_bytes()[usize::try_from(offset).unwrap()..];
        piece[..rest.len()].copy_from_slice(rest);
        Ok(rest.len())
    });
    opened.attach(code, new.unwrap(), session.log(), clock.now()).unwrap();
}

fn fold(session: &Session, group: &str) {
    let file = GroupFile::open(session.access(group).unwrap().into(), Mode::Exclusive).unwrap();
    let mut event = Event::new(Action::Checkpoint, Outcome::Success);
    (event.group, event.detail) = (Some(group.to_owned()), Some("fold".to_owned()));
    let events = event.making(Makes::Generation(file.head().generation + 1)).taking_in(&file.entries());
    let mut receipt = None;
    for event in events {
        receipt = Some(session.log().append(&event).unwrap());
    }
    file.tidy(Tidying::Fold, receipt.unwrap().mark(), &|_, _| ()).unwrap();
}

fn append(disk: &dyn Disk, path: &Path, bytes: &[u8]) {
    let file = disk.open_for_writing(path).unwrap();
    file.write_all_at(bytes, file.len().unwrap()).unwrap();
    file.sync_data().unwrap();
}

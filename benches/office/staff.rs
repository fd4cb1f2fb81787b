//! A large office: what unlocking costs beyond the one key derivation when 50 people and 50 groups stand in
//! the roster.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vault::access_log::Role;
use vault::group::database::new_image;
use vault::group::field::Fields;
use vault::sealed::disk::RealDisk;
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::store::roster::NoteKind;
use vault::store::staff::NewNote;
use vault::store::{InitOptions, Layout, Login, Name, NewStaff, Session, Store, Strictness, staff_file};
use vault::surroundings::Surroundings;
use zeroize::Zeroizing;

use crate::desk::{SystemClock, SystemRandom};
use crate::table::{Amount, Many, Table, ratio};

const PEOPLE: usize = 50;
const GROUPS: usize = 50;
/// Unlockings, and derivations between them.
const RUNS: usize = 9;
pub const OWNER: &str = "alice";
const PASSPHRASE: &str = "violet-harbour-engine-seventeen";

type Failure = Box<dyn std::error::Error>;

pub fn passphrase() -> Passphrase {
    Passphrase::new(Zeroizing::new(PASSPHRASE.to_owned()))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Unlocking against one derivation.
pub fn measure() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path().join("store");
    let surroundings = surroundings(folder.path());
    found(&root, &surroundings);
    let unlock = || Store::open(&root, &surroundings).unwrap().unlock(OWNER, &passphrase()).unwrap();
    let lines = unlock().roster().mark().seq + 1;

    let store = Store::open(&root, &surroundings).unwrap().store_id();
    let sealed = std::fs::read(Layout::new(&root).identity(OWNER, 1)).unwrap();
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        let start = Instant::now();
        let identity = staff_file::open(&sealed, &store, &passphrase(), WorkFactor::STANDARD).unwrap();
        times[0].push(start.elapsed());
        drop(identity);
        let start = Instant::now();
        let session = unlock();
        times[1].push(start.elapsed());
        assert_eq!(session.groups().len(), GROUPS);
    }
    let [derived, unlocked] = times.map(|times| Many::of(times).median());
    let mut table = Table::new(true);
    let note = format!("{} against {}", Amount::Time(unlocked), Amount::Time(derived));
    let is = ratio(unlocked, derived);
    table.put("unlocking, against one key derivation", Some(Amount::Ratio(1.05)), is, &note, None);
    table.print(&format!("{PEOPLE} people, {GROUPS} groups, {lines} lines of the roster"));
}

/// Some three hundred lines: groups, people, notes, grants, signatures of the agreement.
fn found(root: &Path, surroundings: &Surroundings) {
    let options = InitOptions {
        owner: name(OWNER),
        passphrase: passphrase(),
        work_factor: WorkFactor::STANDARD,
        recovery: None,
        network: Strictness::Warn,
    };
    Store::create(root, &options, surroundings).unwrap();
    let cheap = Surroundings { lowest_work_factor: WorkFactor::for_tests(2), ..surroundings.clone() };
    let unlock = |who: &str| Store::open(root, &cheap).unwrap().unlock(who, &passphrase()).unwrap();
    let alice: Session = unlock(OWNER);
    let group = |number: usize| name(&format!("group-{number}"));
    for number in 0..GROUPS {
        let image = |prefix: &str| -> Result<_, Failure> {
            Ok(new_image(&Fields::standard(), prefix.parse()?, &Identity::generate())?)
        };
        alice.create_group(&group(number), image).unwrap();
    }
    alice.set_agreement("What is seen here stays here.".to_owned()).unwrap();
    let agreement = alice.roster().agreement().unwrap().sha256;
    for number in 1..PEOPLE {
        let person = name(&format!("person-{number}"));
        let new = NewStaff {
            name: person.clone(),
            role: Role::Clerk,
            full_name: Some(format!("Person Number {number}")),
            groups: vec![group(number)],
        };
        alice.add_staff(&new, &Login::new(passphrase(), WorkFactor::for_tests(2))).unwrap();
        alice.grant(&person, &group((number + 7) % GROUPS)).unwrap();
        for kind in [NoteKind::Screening, NoteKind::Training] {
            let on = "2026-11-01".parse().unwrap();
            let text = "Seen and found to be in order.".to_owned();
            alice.note_about(&NewNote { name: person.clone(), kind, on, expires: None, text }).unwrap();
        }
        unlock(person.as_str()).agree(1, agreement).unwrap();
    }
}

pub fn surroundings(folder: &Path) -> Surroundings {
    Surroundings {
        disk: Arc::new(RealDisk),
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        host: "front-desk".into(),
        os_user: "office".into(),
        state: folder.join("state"),
        system_root: folder.to_owned(),
        lowest_work_factor: WorkFactor::LOWEST,
        work_factor: WorkFactor::STANDARD,
        patience: Duration::from_secs(5),
        log_reserve: vault::access_log::reserve::FULL,
        idle_minute: Duration::from_mins(1),
    }
}

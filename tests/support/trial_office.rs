//! An office on any disk: its operations run as so many programs, each with nothing but the disk in
//! common, and what must be true of it afterwards.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `operation` | the one list of operations, from which every sweep takes its own |
//! | `deeds` | how each is done, and what the store holds then |
//! | `backups` | the same on a medium |
//! | `model` | what a store must hold |
//! | `check` | a store opened anew and held against models |
#![allow(
    dead_code,
    unused_imports,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support; each binary uses its own part"
)]

#[path = "trial_office/backups.rs"]
mod backups;
#[path = "trial_office/check.rs"]
mod check;
#[path = "trial_office/deeds.rs"]
mod deeds;
#[path = "trial_office/model.rs"]
mod model;
#[path = "trial_office/operation.rs"]
pub mod operation;
#[path = "trial_office/records.rs"]
mod records;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use vault::access_log::Entry;
use vault::group::code::CustomerCode;
use vault::group::erase::erase_again;
use vault::group::upkeep::renew;
use vault::group::{Group, lookup, query::Query, view::Reveal};
use vault::sealed::disk::{Disk, read_small};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::{InitOptions, Layout, Login, Rekeying, Session, Store, Strictness, staff_file};
use vault::surroundings::{Clock, Random, Surroundings};
use zeroize::Zeroizing;

pub use backups::Backups;
use deeds::Act;
pub use model::{Held, Model, People};
pub use operation::Operation;
pub(crate) use operation::for_each_operation;

/// The owner.
pub const OWNER: &str = "alice";
/// The group that is there from the start.
pub const RETAIL: &str = "retail";

/// Whatever an operation says when it fails.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A clock that stands still.
struct Standing(i64);

/// In November 2026, and in December.
const NOVEMBER: i64 = 1_795_334_400;
const DECEMBER: i64 = NOVEMBER + 30 * 86_400;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap()
    }
}

/// Numbers that never come again while the tests run.
struct Counted;

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        for chunk in bytes.chunks_mut(32) {
            let number = NEXT.fetch_add(1, Ordering::SeqCst) | u64::from(std::process::id()) << 32;
            chunk.copy_from_slice(&Digest::of(&number.to_le_bytes()).0[..chunk.len()]);
        }
        Ok(())
    }
}

/// An operation that was carried out, or tried.
pub struct Done {
    /// What the store holds if it happened.
    pub after: Model,
    /// Whether its answer was that it had happened.
    pub acknowledged: bool,
    /// How it failed; after an acknowledged answer, how the tidying failed.
    pub failure: Option<Failure>,
}

pub struct TrialOffice {
    pub surroundings: Surroundings,
    pub layout: Layout,
    opened: Rc<RefCell<HashMap<Digest, Entry>>>,
}

impl TrialOffice {
    /// An office in `folder` of `disk`, with the group `retail` and some customers in it.
    pub fn founded(disk: Arc<dyn Disk>, folder: &str, customers: usize) -> (Self, Model) {
        let surroundings = surroundings(Arc::clone(&disk), Path::new(folder));
        let root = Path::new(folder).join("store");
        let options = InitOptions {
            owner: OWNER.parse().unwrap(),
            passphrase: passphrase(0),
            work_factor: WorkFactor::for_tests(2),
            recovery: Some(passphrase(0)),
            network: Strictness::Warn,
        };
        Store::create(&root, &options, &surroundings).unwrap();
        disk.create_dir_all(&Path::new(folder).join("medium")).unwrap();
        disk.sync_dir(Path::new(folder)).unwrap();
        let office = Self::at(disk, folder);
        deeds::found_group(&office.unlocked(&[0]).unwrap(), RETAIL).unwrap();
        let people = People::of(office.store().unwrap().roster());
        let groups = BTreeMap::from([(RETAIL.to_owned(), Held::default())]);
        let model = Model { groups, people, ..Model::default() };
        let model = office.prepared(model, &vec![Operation::Add; customers]);
        (office, model)
    }

    /// An office in which everything was done that `operation` needs beforehand.
    pub fn ready_for(operation: Operation, disk: Arc<dyn Disk>, folder: &str) -> (Self, Model) {
        let (office, model) = Self::founded(disk, folder, operation.deed().customers);
        let model = office.prepared_for(operation, model);
        (office, model)
    }

    /// An office whose store is in `folder` of `disk` already.
    pub fn at(disk: Arc<dyn Disk>, folder: &str) -> Self {
        let folder = PathBuf::from(folder);
        let surroundings = surroundings(disk, &folder);
        let layout = Layout::new(folder.join("store"));
        Self { surroundings, layout, opened: Rc::default() }
    }

    /// The same office on another disk.
    pub fn on(&self, disk: Arc<dyn Disk>) -> Self {
        Self {
            surroundings: Surroundings { disk, ..self.surroundings.clone() },
            layout: self.layout.clone(),
            opened: Rc::clone(&self.opened),
        }
    }

    fn next_month(&self) -> Self {
        let mut later = self.on(Arc::clone(&self.surroundings.disk));
        later.surroundings.clock = Arc::new(Standing(DECEMBER));
        later
    }

    /// Carries out operations that must succeed.
    pub fn prepared(&self, mut model: Model, operations: &[Operation]) -> Model {
        for operation in operations {
            model = self.prepared_for(*operation, model);
            let done = self.run(*operation, &model, &mut |_| ());
            if let Some(failure) = done.failure {
                panic!("{operation:?}: {}", chain(&*failure));
            }
            model = done.after;
        }
        model
    }

    /// Carries out what `operation` needs, as far as it is not so already.
    pub fn prepared_for(&self, operation: Operation, model: Model) -> Model {
        operation.needs().iter().fold(model, |model, needed| {
            let people = &model.people;
            let is_so = match needed {
                Operation::AddStaff => people.staff.len() > 1,
                Operation::AddElsewhere => model.groups.values().all(|held| !held.cities.is_empty()),
                Operation::CreateGroup if operation == Operation::Grant => model.kept_from_clerk().is_some(),
                Operation::CreateGroup => model.groups.len() > 1,
                Operation::AddDocument => model.groups.values().any(|held| !held.documents.is_empty()),
                Operation::EnrollMedium => model.backups.enrolled,
                Operation::BackUp => !model.backups.whole.is_empty(),
                Operation::BackUpAgain => model.backups.whole.len() > 1,
                Operation::SetAgreement => people.staff[OWNER].agreed < people.agreement,
                _ => false,
            };
            if is_so { model } else { self.prepared(model, &[*needed]) }
        })
    }

    /// A program begins: the store is opened and the owner unlocked, with whichever passphrase is in force.
    pub fn unlocked(&self, passphrases: &[u64]) -> Result<Session, Failure> {
        self.unlocked_as(OWNER, self.in_force(passphrases)?)
    }

    fn unlocked_as(&self, person: &str, number: u64) -> Result<Session, Failure> {
        Ok(self.store()?.unlock(person, &passphrase(number))?)
    }

    /// Which of the owner's passphrases opens their identity file.
    pub fn in_force(&self, passphrases: &[u64]) -> Result<u64, Failure> {
        let [first, more @ ..] = passphrases else { return Err("no passphrase".into()) };
        if more.iter().all(|other| other == first) {
            return Ok(*first);
        }
        let store = self.store()?;
        let number = store.roster().person(OWNER).unwrap().number;
        let disk = &*self.surroundings.disk;
        let sealed = read_small(disk, &self.layout.identity(OWNER, number), 1 << 20)?;
        let lowest = WorkFactor::for_tests(2);
        let opens = |number: &&u64| {
            staff_file::open(&sealed, &store.store_id(), &passphrase(**number), lowest).is_ok()
        };
        passphrases.iter().find(opens).copied().ok_or_else(|| "no passphrase opens the identity file".into())
    }

    /// Somebody unlocked who has signed the agreement that is in force.
    fn at_work(&self, person: &str, passphrases: &[u64]) -> Result<Session, Failure> {
        let number = if person == OWNER { self.in_force(passphrases)? } else { 0 };
        let session = self.unlocked_as(person, number)?;
        if session.check_fit().is_err() {
            Self::sign(&session)?;
        }
        Ok(session)
    }

    fn sign(session: &Session) -> Result<(), Failure> {
        let roster = session.roster();
        let agreement = roster.agreement().ok_or("there is no agreement")?;
        Ok(session.agree(agreement.version, agreement.sha256)?)
    }

    fn group(session: &Session, name: &str, mode: Mode) -> Result<Group, Failure> {
        Ok(Group::open(session.access(name)?, mode)?)
    }

    /// The cities of the customers with these codes.
    fn cities<'a>(
        session: &Session,
        group: &Group,
        codes: impl Iterator<Item = &'a String>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let options =
            lookup::Options { exact: false, reach: lookup::Reach::Words, limit: 9, reveal: Reveal::none() };
        let find = |code: &String| Ok(group.find(&Query::Code(CustomerCode::parse(code)?), &options)?);
        let found: Result<Vec<_>, Failure> = codes.map(find).collect();
        let (answer, _) = session.log().release(lookup::answer(found?, 1_000, &Reveal::none(), None))?;
        let city = |card: lookup::Card| {
            let city = card.view.get("city").map_or(String::new(), |city| city.text().to_owned());
            (card.code.to_string(), city)
        };
        Ok(answer.cards.into_iter().map(city).collect())
    }

    /// Carries out an operation as a program of its own. `answered` is called when it has its answer, with
    /// what the store holds then.
    pub fn run(&self, operation: Operation, before: &Model, answered: &mut dyn FnMut(&Model)) -> Done {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        self.run_as(operation, NUMBER.fetch_add(1, Ordering::SeqCst), before, answered)
    }

    /// What the store holds once an operation of that number has happened, as far as that can be told before.
    pub fn expected(operation: Operation, number: u64, before: &Model) -> Model {
        let mut after = before.clone();
        (operation.deed().expect)(&mut after, number);
        after
    }

    /// As [`TrialOffice::run`], with a number that is the caller's to choose and that no other may have.
    pub fn run_as(
        &self,
        operation: Operation,
        number: u64,
        before: &Model,
        answered: &mut dyn FnMut(&Model),
    ) -> Done {
        let after = Self::expected(operation, number, before);
        let mut act = Act { office: self, number, before, after, acknowledged: false, answered };
        let done = (operation.deed().run)(&mut act);
        if done.is_ok() {
            act.answer();
        }
        Done { after: act.after, acknowledged: act.acknowledged, failure: done.err() }
    }

    /// The store goes on: it takes another customer, and the medium, once anything was put on it, another
    /// snapshot. What it holds then.
    pub fn goes_on(&self, model: &Model) -> Result<Model, String> {
        let mut model = model.clone();
        for next in [Operation::Add, Operation::BackUp] {
            if next == Operation::BackUp && !self.medium_is_begun() {
                continue;
            }
            let done = self.run(next, &model, &mut |_| ());
            if let Some(failure) = done.failure {
                return Err(format!("the next {next:?}: {}", chain(&*failure)));
            }
            model = done.after;
        }
        Ok(model)
    }
}

fn surroundings(disk: Arc<dyn Disk>, folder: &Path) -> Surroundings {
    Surroundings {
        disk,
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(Standing(NOVEMBER)),
        random: Arc::new(Counted),
        host: "front-desk".to_owned(),
        os_user: "office".to_owned(),
        state: folder.join("state"),
        system_root: folder.join("system"),
        lowest_work_factor: WorkFactor::for_tests(2),
        work_factor: WorkFactor::for_tests(2),
        patience: Duration::from_secs(2),
        log_reserve: 2048,
        idle_minute: Duration::from_mins(1),
    }
}

/// A passphrase of the owner's; number 0 is everybody else's too.
pub fn passphrase(number: u64) -> Passphrase {
    Passphrase::new(Zeroizing::new(format!("violet-harbour-engine-seventeen-{number}")))
}

/// A new log-in, with everybody's passphrase.
fn login() -> Login {
    Login::new(passphrase(0), WorkFactor::for_tests(2))
}

pub const WORK: Rekeying<'static> = Rekeying {
    renew: &|stage, recipient, random| Ok(renew(stage, recipient, random, &|_, _| ())?),
    erase: &|stage, codes, progress| Ok(erase_again(stage, codes, progress)?),
    progress: &|_, _| (),
};

/// An error with its causes.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

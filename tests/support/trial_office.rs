//! An office on any disk: its commands run as so many programs, each with nothing but the disk in
//! common, and what must be true of it afterwards.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support; each binary uses its own part"
)]

use std::cell::RefCell;
use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use vault::access_log::{Action, Entry, Event, Outcome};
use vault::group::change::Edit;
use vault::group::code::CustomerCode;
use vault::group::database::new_image;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::view::Reveal;
use vault::group::{Group, bulk, lookup};
use vault::sealed::disk::{Disk, read_small};
use vault::sealed::group_file;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::{InitOptions, Layout, Session, Store, Strictness};
use vault::surroundings::{Clock, Random, Surroundings};
use zeroize::Zeroizing;

const ALICE: &str = "violet-harbour-engine-seventeen";
/// The group that is there from the start.
pub const RETAIL: &str = "retail";

/// Whatever a command says when it fails.
pub type Failure = Box<dyn Error + Send + Sync>;

struct Morning;

impl Clock for Morning {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_795_334_400).unwrap()
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

/// What a group must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Customers whose codes are known, and the city that each has.
    pub cities: BTreeMap<CustomerCode, String>,
    /// How many more there are: imported ones, and those whose code was never told.
    pub others: u64,
}

/// What the store must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub groups: BTreeMap<String, Held>,
    /// What the access log must hold an entry for: the action and its customer or group.
    pub logged: Vec<(Action, String)>,
}

impl Model {
    fn retail(&mut self) -> &mut Held {
        self.groups.get_mut(RETAIL).unwrap()
    }

    /// How `seen` differs from what there should be; empty when it doesn't.
    fn missing(&self, seen: &Seen) -> String {
        let mut differences = Vec::new();
        if !seen.keys().eq(self.groups.keys()) {
            differences.push(format!("groups {:?}, not {:?}", seen.keys(), self.groups.keys()));
        }
        for (name, held) in &self.groups {
            let Some((customers, cities)) = seen.get(name) else { continue };
            let expected = held.cities.len() as u64 + held.others;
            if *customers != expected {
                differences.push(format!("{name} has {customers} customers, not {expected}"));
            }
            for (code, city) in &held.cities {
                if cities.get(code) != Some(city) {
                    differences.push(format!("{code} has {:?}, not {city:?}", cities.get(code)));
                }
            }
        }
        differences.join(", ")
    }

    /// What `after` has of `retail` and of the log beyond `before`.
    pub fn difference(before: &Self, after: &Self) -> Self {
        let old = &before.groups[RETAIL].cities;
        let mut cities = after.groups[RETAIL].cities.clone();
        cities.retain(|code, _| !old.contains_key(code));
        let logged = after.logged[before.logged.len()..].to_vec();
        Self { groups: BTreeMap::from([(RETAIL.to_owned(), Held { cities, others: 0 })]), logged }
    }

    /// Adds what [`Model::difference`] found.
    pub fn take_in(&mut self, news: &Self) {
        self.retail().cities.extend(news.groups[RETAIL].cities.clone());
        self.logged.extend_from_slice(&news.logged);
    }
}

/// A group's number of customers, and the cities of those asked for.
pub type Found = (u64, BTreeMap<CustomerCode, String>);
/// What was found in each group.
type Seen = BTreeMap<String, Found>;

/// A command of the office's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Add,
    Edit,
    Lookup,
    Checkpoint,
    /// Few rows: published as one record.
    ImportFew,
    /// Many rows: published as a new base.
    ImportMany,
    CreateGroup,
}

/// A command that was carried out, or tried.
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
    log_identity: Option<Identity>,
    opened: Rc<RefCell<HashMap<Digest, Entry>>>,
}

impl TrialOffice {
    /// An office in `folder` of `disk`, with the group `retail` and some customers in it.
    pub fn founded(disk: Arc<dyn Disk>, folder: &str, customers: usize) -> (Self, Model) {
        let surroundings = surroundings(Arc::clone(&disk), Path::new(folder));
        let root = Path::new(folder).join("store");
        let options = InitOptions {
            owner: "alice".parse().unwrap(),
            passphrase: passphrase(),
            work_factor: WorkFactor::for_tests(2),
            recovery: None,
            network: Strictness::Warn,
        };
        Store::create(&root, &options, &surroundings).unwrap();
        let office = Self::at(disk, folder);
        office.create_group(RETAIL).unwrap();
        let mut model = Model::default();
        model.groups.insert(RETAIL.to_owned(), Held::default());
        for _ in 0..customers {
            let done = office.run(Command::Add, &model, &mut || ());
            assert!(done.failure.is_none());
            model = done.after;
        }
        (office, model)
    }

    /// An office whose store is in `folder` of `disk` already.
    pub fn at(disk: Arc<dyn Disk>, folder: &str) -> Self {
        let folder = PathBuf::from(folder);
        let surroundings = surroundings(disk, &folder);
        let layout = Layout::new(folder.join("store"));
        let mut office = Self { surroundings, layout, log_identity: None, opened: Rc::default() };
        office.log_identity = Some(office.read_log_identity());
        office
    }

    /// The same office on another disk.
    pub fn on(&self, disk: Arc<dyn Disk>) -> Self {
        Self {
            surroundings: Surroundings { disk, ..self.surroundings.clone() },
            layout: self.layout.clone(),
            log_identity: self.log_identity.clone(),
            opened: Rc::clone(&self.opened),
        }
    }

    fn read_log_identity(&self) -> Identity {
        let disk = &*self.surroundings.disk;
        let read = |path: PathBuf| read_small(disk, &path, 1 << 16).unwrap();
        let store = Store::open(self.layout.root(), &self.surroundings).unwrap().store_id();
        let cheap = WorkFactor::for_tests(2);
        let sealed = read(self.layout.identity("alice", 1));
        let alice = vault::store::staff_file::open(&sealed, &store, &passphrase(), cheap).unwrap();
        let text = alice.open(&read(self.layout.access_log_key(1, "alice"))).unwrap();
        Identity::from_file_text(std::str::from_utf8(&text).unwrap()).unwrap()
    }

    /// A program begins: the store is opened and alice unlocked.
    pub fn unlocked(&self) -> Result<Session, Failure> {
        Ok(Store::open(self.layout.root(), &self.surroundings)?.unlock("alice", &passphrase())?)
    }

    fn group(session: &Session, name: &str, mode: Mode) -> Result<Group, Failure> {
        Ok(Group::open(session.access(name)?, mode)?)
    }

    /// Carries out a command as a program of its own. `answered` is called when it has its answer.
    pub fn run(&self, command: Command, before: &Model, answered: &mut dyn FnMut()) -> Done {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mut after = before.clone();
        let mut acknowledged = false;
        let mut answer = || {
            acknowledged = true;
            answered();
        };
        let failure = match command {
            Command::Add => self.add(number, &mut after, &mut answer),
            Command::Edit => self.edit(number, &mut after, &mut answer),
            Command::Lookup => self.look_up(before).map(|()| answer()),
            Command::Checkpoint => self.checkpoint().map(|()| answer()),
            Command::ImportFew => self.import(number, 3, 10, &mut after, &mut answer),
            Command::ImportMany => self.import(number, 1300, 1500, &mut after, &mut answer),
            Command::CreateGroup => {
                let name = format!("group-{number}");
                after.groups.insert(name.clone(), Held::default());
                after.logged.push((Action::Group, name.clone()));
                self.create_group(&name).map(|()| answer())
            }
        };
        Done { after, acknowledged, failure: failure.err() }
    }

    fn add(&self, number: u64, after: &mut Model, answer: &mut dyn FnMut()) -> Result<(), Failure> {
        after.retail().others += 1;
        let session = self.unlocked()?;
        let mut group = Self::group(&session, RETAIL, Mode::Exclusive)?;
        let (name, city) = (format!("Anna Lindqvist {number}"), format!("Lund {number}"));
        let given = [("name", name.as_str()), ("city", city.as_str())];
        let record = Record::check(group.fields(), given).map_err(|bad| format!("{bad:?}"))?;
        let Surroundings { random, clock, .. } = &self.surroundings;
        let code = group.add(&record, false, session.log(), &**random, clock.now())?;
        after.retail().others -= 1;
        after.retail().cities.insert(code, city);
        after.logged.push((Action::Add, code.to_string()));
        answer();
        group.tidy(session.log())?;
        Ok(())
    }

    fn edit(&self, number: u64, after: &mut Model, answer: &mut dyn FnMut()) -> Result<(), Failure> {
        let (code, city) = after.retail().cities.iter_mut().next().unwrap();
        let code = *code;
        *city = format!("Ystad {number}");
        let city = city.clone();
        after.logged.push((Action::Edit, code.to_string()));
        let session = self.unlocked()?;
        let mut group = Self::group(&session, RETAIL, Mode::Exclusive)?;
        let edit = Edit { set: vec![("city", &city)], ..Edit::default() };
        group.edit(code, &edit, false, session.log(), self.surroundings.clock.now())?;
        answer();
        group.tidy(session.log())?;
        Ok(())
    }

    fn checkpoint(&self) -> Result<(), Failure> {
        let session = self.unlocked()?;
        let group = Self::group(&session, RETAIL, Mode::Exclusive)?;
        group.checkpoint(session.log(), &|_, _| ())?;
        Ok(())
    }

    fn look_up(&self, model: &Model) -> Result<(), Failure> {
        let session = self.unlocked()?;
        let group = Self::group(&session, RETAIL, Mode::Shared)?;
        Self::cities(&session, &group, model.groups[RETAIL].cities.keys())?;
        Ok(())
    }

    fn import(
        &self,
        number: u64,
        rows: u64,
        note: usize,
        after: &mut Model,
        answer: &mut dyn FnMut(),
    ) -> Result<(), Failure> {
        after.retail().others += rows;
        after.logged.push((Action::Import, RETAIL.to_owned()));
        let mut csv = String::from("name,city,notes\n");
        for row in 0..rows {
            let note = format!("{row} {}", "n".repeat(note));
            writeln!(csv, "Bo Ek {number}-{row},Malmö,{note}")?;
        }
        let session = self.unlocked()?;
        let group = Self::group(&session, RETAIL, Mode::Exclusive)?;
        let fields = group.fields().clone();
        let source = Source::open(Box::new(csv.as_bytes()), &fields, &Mapping::default())?;
        let Surroundings { random, clock, .. } = &self.surroundings;
        let options = bulk::Options::default();
        let imported = group.import(source, options, session.log(), &**random, clock.now(), &|_, _| ())?;
        assert_eq!(imported.imported, rows);
        answer();
        Ok(())
    }

    fn create_group(&self, name: &str) -> Result<(), Failure> {
        let session = self.unlocked()?;
        let new = session.prepare_group(&name.parse()?)?;
        let image = new_image(&Fields::standard(), new.key().prefix.parse()?, &Identity::generate())?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(name.to_owned());
        let receipt = session.log().append(&event)?;
        group_file::create(&session.access_to_new(&new), &image, receipt.mark())?;
        session.commit_group(new)?;
        Ok(())
    }

    fn cities<'a>(
        session: &Session,
        group: &Group,
        codes: impl Iterator<Item = &'a CustomerCode>,
    ) -> Result<BTreeMap<CustomerCode, String>, Failure> {
        let options = lookup::Options { exact: false, limit: 9, reveal: Reveal::none() };
        let found: Result<Vec<_>, _> = codes.map(|code| group.find(&Query::Code(*code), &options)).collect();
        let (answer, _) = session.log().release(lookup::answer(found?, 1_000, &Reveal::none(), None))?;
        let city = |card: lookup::Card| {
            (card.code, card.view.get("city").map_or(String::new(), |city| city.text().to_owned()))
        };
        Ok(answer.cards.into_iter().map(city).collect())
    }

    /// Opens everything as a fresh program and finds which of `models` the store holds.
    pub fn which(&self, models: &[&Model], mode: Mode) -> Result<usize, Failure> {
        let session = self.unlocked()?;
        if mode == Mode::Exclusive {
            session.finish_pending()?;
        }
        let mut seen = Seen::new();
        for name in session.groups().iter().map(|group| group.name.to_string()) {
            let held = models.iter().filter_map(|model| model.groups.get(&name));
            let codes: BTreeSet<_> = held.flat_map(|held| held.cities.keys()).collect();
            let found = Self::verified(&session, &name, codes.into_iter(), mode);
            seen.insert(name.clone(), found.map_err(|error| format!("{name}: {}", chain(&*error)))?);
        }
        let found = models.iter().position(|model| model.missing(&seen).is_empty());
        let found = found.ok_or_else(|| {
            let missing = models.iter().map(|model| model.missing(&seen)).collect::<Vec<_>>();
            format!("the store holds none of what it may hold: {}", missing.join("; or "))
        })?;
        self.logged(&models[found].logged)?;
        Ok(found)
    }

    /// How many customers a group has, as a fresh program verifies it, and the cities of some; the
    /// access log's chain is checked as well.
    pub fn found<'a>(
        &self,
        group: &str,
        codes: impl Iterator<Item = &'a CustomerCode>,
        mode: Mode,
    ) -> Result<Found, Failure> {
        let found = Self::verified(&self.unlocked()?, group, codes, mode)?;
        self.logged(&[])?;
        Ok(found)
    }

    fn verified<'a>(
        session: &Session,
        name: &str,
        codes: impl Iterator<Item = &'a CustomerCode>,
        mode: Mode,
    ) -> Result<Found, Failure> {
        let group = Self::group(session, name, mode)?;
        let cities = Self::cities(session, &group, codes)?;
        Ok((group.verify(session.log(), &|_, _| ())?.customers, cities))
    }

    /// The access log's chain holds, and it has an entry for each of `expected`.
    fn logged(&self, expected: &[(Action, String)]) -> Result<(), Failure> {
        let disk = &*self.surroundings.disk;
        let store = Store::open(self.layout.root(), &self.surroundings)?;
        let folder = self.layout.access_log();
        let (mut seq, mut prev) = (0, Digest::ZERO);
        let mut there: HashMap<(Action, String), usize> = HashMap::new();
        for name in disk.list(&folder)?.iter().filter(|name| name.starts_with("20")) {
            let bytes = read_small(disk, &folder.join(name), 1 << 30)?;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\n").ok_or("a torn line is left in the access log")?;
                let hash = Digest::of(line);
                let mut opened = self.opened.borrow_mut();
                let entry = match opened.entry(hash) {
                    Slot::Occupied(known) => known.into_mut(),
                    Slot::Vacant(slot) => {
                        let identity = self.log_identity.as_ref().unwrap();
                        let key = |signer: &str| store.roster().key_of(signer);
                        slot.insert(Entry::open(line, identity, &store.store_id(), key)?.entry)
                    }
                };
                seq += 1;
                if (entry.seq, entry.prev) != (seq, prev) {
                    return Err(format!("entry {seq} does not continue the chain").into());
                }
                prev = hash;
                if let Some(subject) = entry.customer.clone().or_else(|| entry.group.clone())
                    && entry.outcome == Outcome::Success
                {
                    *there.entry((entry.action, subject)).or_default() += 1;
                }
            }
        }
        for entry in expected {
            let wanted = expected.iter().filter(|other| *other == entry).count();
            if there.get(entry).copied().unwrap_or(0) < wanted {
                return Err(format!("the access log has no entry for {entry:?}").into());
            }
        }
        Ok(())
    }
}

fn surroundings(disk: Arc<dyn Disk>, folder: &Path) -> Surroundings {
    Surroundings {
        disk,
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(Morning),
        random: Arc::new(Counted),
        host: "front-desk".to_owned(),
        os_user: "office".to_owned(),
        state: folder.join("state"),
        system_root: folder.join("system"),
        lowest_work_factor: WorkFactor::for_tests(2),
        work_factor: WorkFactor::for_tests(2),
        patience: Duration::from_secs(2),
        idle_minute: Duration::from_secs(60),
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(Zeroizing::new(ALICE.to_owned()))
}

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

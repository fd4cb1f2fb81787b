//! An office on any disk: its commands run as so many programs, each with nothing but the disk in
//! common, and what must be true of it afterwards.
//! Long, because a command, what it must leave behind and how that is checked belong in one place.
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
use rusqlite::Connection;
use vault::access_log::{Action, Entry, Event, Outcome};
use vault::group::change::Edit;
use vault::group::code::CustomerCode;
use vault::group::database::new_image;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::upkeep::renew_intake;
use vault::group::view::Reveal;
use vault::group::{Group, bulk, lookup};
use vault::sealed::disk::{Disk, read_small};
use vault::sealed::group_file;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::{Passphrase, WorkFactor};
use vault::sealed::signed::Digest;
use vault::store::{
    InitOptions, Layout, Login, Name, NewStaff, Rekeying, Role, Roster, Session, Store, Strictness,
};
use vault::surroundings::{Clock, Random, Surroundings};
use zeroize::Zeroizing;

/// The owner.
const OWNER: &str = "alice";
const PASSPHRASE: &str = "violet-harbour-engine-seventeen";
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

/// Who is in, with what they may open, and which keys are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Each person's number, and the groups that they can open.
    pub staff: BTreeMap<String, (u32, BTreeSet<String>)>,
    /// Each group's key epoch.
    pub epochs: BTreeMap<String, u32>,
    /// The access log's.
    pub log: u32,
    /// The recovery sheet's number.
    pub sheet: u32,
}

impl People {
    fn of(roster: &Roster) -> Self {
        let staff = roster.staff().map(|person| {
            let groups = roster.opened_by(person).0.iter().map(ToString::to_string).collect();
            (person.member.name.to_string(), (person.member.number, groups))
        });
        Self {
            staff: staff.collect(),
            epochs: roster.groups().iter().map(|group| (group.name.to_string(), group.epoch)).collect(),
            log: roster.log_key().epoch,
            sheet: roster.recovery().map_or(0, |sheet| sheet.number),
        }
    }

    /// Gives new keys to all that somebody can open; of owners the log's as well.
    fn rekey(&mut self, person: &str) {
        for group in self.staff[person].1.clone() {
            *self.epochs.get_mut(&group).unwrap() += 1;
        }
        self.log += u32::from(person == OWNER);
    }

    /// The clerk who is in.
    pub fn clerk(&self) -> String {
        self.staff.keys().find(|name| *name != OWNER).unwrap().clone()
    }
}

/// What the store must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub groups: BTreeMap<String, Held>,
    /// Who is in, and which keys are in force.
    pub people: People,
    /// What the access log must hold an entry for: the action and its customer or group.
    pub logged: Vec<(Action, String)>,
}

impl Model {
    fn retail(&mut self) -> &mut Held {
        self.groups.get_mut(RETAIL).unwrap()
    }

    /// The same once somebody was removed.
    pub fn without(&self, person: &str) -> Self {
        let mut after = self.clone();
        after.people.rekey(person);
        after.people.staff.remove(person);
        after
    }

    /// How `seen` differs from what there should be; empty when it doesn't.
    fn missing(&self, seen: &Seen, people: &People) -> String {
        let mut differences = Vec::new();
        if *people != self.people {
            differences.push(format!("{people:?}, not {:?}", self.people));
        }
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
        let groups = BTreeMap::from([(RETAIL.to_owned(), Held { cities, others: 0 })]);
        Self { groups, logged, people: People::default() }
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
    /// A customer in every group.
    AddToAll,
    /// A clerk who may open every group.
    AddStaff,
    /// The clerk leaves.
    RemoveStaff,
    /// The group `retail` gets a new key.
    Rekey,
    /// The owner gets a new identity, and everything new keys.
    NewIdentity,
    /// The same with the recovery sheet, which becomes a new one.
    Recover,
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
            recovery: Some(passphrase()),
            network: Strictness::Warn,
        };
        Store::create(&root, &options, &surroundings).unwrap();
        let office = Self::at(disk, folder);
        office.create_group(RETAIL).unwrap();
        let mut model = Model { people: office.people(), ..Model::default() };
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

    /// Carries out commands that must succeed.
    pub fn prepared(&self, mut model: Model, commands: &[Command]) -> Model {
        for command in commands {
            let done = self.run(*command, &model, &mut || ());
            if let Some(failure) = done.failure {
                panic!("{command:?}: {}", chain(&*failure));
            }
            model = done.after;
        }
        model
    }

    fn people(&self) -> People {
        People::of(Store::open(self.layout.root(), &self.surroundings).unwrap().roster())
    }

    /// A program begins: the store is opened and alice unlocked.
    pub fn unlocked(&self) -> Result<Session, Failure> {
        self.unlocked_as(OWNER)
    }

    /// The same with somebody else; everybody has the same passphrase.
    pub fn unlocked_as(&self, person: &str) -> Result<Session, Failure> {
        Ok(Store::open(self.layout.root(), &self.surroundings)?.unlock(person, &passphrase())?)
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
            Command::Add => self.add(number, RETAIL, &mut after, &mut answer),
            Command::AddToAll => {
                let groups: Vec<String> = before.groups.keys().cloned().collect();
                let added =
                    groups.iter().try_for_each(|group| self.add(number, group, &mut after, &mut || ()));
                added.map(|()| answer())
            }
            Command::AddStaff => self.add_staff(number, &mut after).map(|()| answer()),
            Command::RemoveStaff => {
                let clerk = before.people.clerk();
                after = before.without(&clerk);
                self.remove_staff(&clerk).map(|()| answer())
            }
            Command::Rekey => {
                *after.people.epochs.get_mut(RETAIL).unwrap() += 1;
                after.logged.push((Action::Group, RETAIL.to_owned()));
                self.rekey().map(|()| answer())
            }
            Command::NewIdentity => {
                after.people.rekey(OWNER);
                after.people.staff.get_mut(OWNER).unwrap().0 += 1;
                self.new_identity().map(|()| answer())
            }
            Command::Recover => {
                after.people.rekey(OWNER);
                after.people.staff.get_mut(OWNER).unwrap().0 += 1;
                after.people.sheet += 1;
                self.recover().map(|()| answer())
            }
            Command::Edit => self.edit(number, &mut after, &mut answer),
            Command::Lookup => self.look_up(before).map(|()| answer()),
            Command::Checkpoint => self.checkpoint().map(|()| answer()),
            Command::ImportFew => self.import(number, 3, 10, &mut after, &mut answer),
            Command::ImportMany => self.import(number, 1300, 1500, &mut after, &mut answer),
            Command::CreateGroup => {
                let name = format!("group-{number}");
                after.groups.insert(name.clone(), Held::default());
                after.logged.push((Action::Group, name.clone()));
                after.people.epochs.insert(name.clone(), 1);
                after.people.staff.get_mut(OWNER).unwrap().1.insert(name.clone());
                self.create_group(&name).map(|()| answer())
            }
        };
        Done { after, acknowledged, failure: failure.err() }
    }

    fn add(&self, number: u64, to: &str, after: &mut Model, answer: &mut dyn FnMut()) -> Result<(), Failure> {
        let held = after.groups.get_mut(to).unwrap();
        held.others += 1;
        let session = self.unlocked()?;
        let mut group = Self::group(&session, to, Mode::Exclusive)?;
        let (name, city) = (format!("Anna Lindqvist {number}"), format!("Lund {number}"));
        let given = [("name", name.as_str()), ("city", city.as_str())];
        let record = Record::check(group.fields(), given).map_err(|bad| format!("{bad:?}"))?;
        let Surroundings { random, clock, .. } = &self.surroundings;
        let code = group.add(&record, false, session.log(), &**random, clock.now())?;
        held.others -= 1;
        held.cities.insert(code, city);
        after.logged.push((Action::Add, code.to_string()));
        answer();
        group.tidy(session.log())?;
        Ok(())
    }

    fn add_staff(&self, number: u64, after: &mut Model) -> Result<(), Failure> {
        let name = format!("clerk-{number}");
        let groups: BTreeSet<String> = after.groups.keys().cloned().collect();
        after.people.staff.insert(name.clone(), (1, groups.clone()));
        let listed: Vec<&str> = groups.iter().map(String::as_str).collect();
        after.logged.push((Action::Staff, listed.join(" ")));
        let groups: Result<Vec<_>, _> = groups.iter().map(|group| group.parse()).collect();
        let new = NewStaff { name: name.parse()?, role: Role::Clerk, full_name: None, groups: groups? };
        Ok(self.unlocked()?.add_staff(&new, &login())?)
    }

    /// Removes somebody.
    pub fn remove_staff(&self, name: &str) -> Result<(), Failure> {
        self.unlocked()?.remove_staff(&name.parse()?, WORK)?;
        Ok(())
    }

    fn rekey(&self) -> Result<(), Failure> {
        Ok(self.unlocked()?.rekey_group(&RETAIL.parse()?, WORK)?)
    }

    fn new_identity(&self) -> Result<(), Failure> {
        self.unlocked()?.new_identity(&login(), WORK)?;
        Ok(())
    }

    fn recover(&self) -> Result<(), Failure> {
        let sheet = Store::open(self.layout.root(), &self.surroundings)?.unlock_recovery(&passphrase())?;
        Ok(sheet.recover(&OWNER.parse()?, &login(), &login(), WORK)?)
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
        let people = People::of(&session.roster());
        let found = models.iter().position(|model| model.missing(&seen, &people).is_empty());
        let found = found.ok_or_else(|| {
            let missing = models.iter().map(|model| model.missing(&seen, &people)).collect::<Vec<_>>();
            format!("the store holds none of what it may hold: {}", missing.join("; or "))
        })?;
        self.logged(&session, &models[found].logged)?;
        self.others_open(&people, mode).map_err(|failure| format!("another person: {}", chain(&*failure)))?;
        if mode == Mode::Exclusive {
            self.nothing_left_over(&session.roster())?;
        }
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
        let session = self.unlocked()?;
        let found = Self::verified(&session, group, codes, mode)?;
        self.logged(&session, &[])?;
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

    /// Everybody else who is in opens all that they may.
    fn others_open(&self, people: &People, mode: Mode) -> Result<(), Failure> {
        for (name, (_, groups)) in people.staff.iter().filter(|(name, _)| *name != OWNER) {
            let session = self.unlocked_as(name)?;
            for group in groups {
                Self::group(&session, group, mode)?;
            }
        }
        Ok(())
    }

    /// Once the store was put in order and every group opened to be changed, nothing stands there that
    /// is over.
    fn nothing_left_over(&self, roster: &Roster) -> Result<(), Failure> {
        let disk = &*self.surroundings.disk;
        let file = |name: &Name| format!("{name}.age");
        for group in roster.groups() {
            let name = group.name.as_str();
            let members: Vec<String> = roster.members(name).iter().map(|member| file(&member.name)).collect();
            self.only_keys(&self.layout.keys(name), group.epoch, members)?;
            let whole = disk.list(&self.layout.group(name))?;
            let whole: Vec<_> = whole
                .iter()
                .filter(|file| ["head", "base.", "log."].iter().any(|stem| file.starts_with(stem)))
                .collect();
            if whole.len() != 3 {
                return Err(format!("{name} has {whole:?}").into());
            }
        }
        let readers: Vec<String> = roster.log_readers().iter().map(|member| file(&member.name)).collect();
        self.only_keys(&self.layout.access_log_keys(), roster.log_key().epoch, readers)
    }

    /// No key file of an earlier epoch is there, and of the one in force just these.
    fn only_keys(&self, keys: &Path, epoch: u32, mut files: Vec<String>) -> Result<(), Failure> {
        let disk = &*self.surroundings.disk;
        let epochs = disk.list(keys)?;
        let mut found = disk.list(&keys.join(epoch.to_string()))?;
        found.sort();
        files.sort();
        if epochs.iter().any(|found| found.parse::<u32>().unwrap() < epoch) || found != files {
            return Err(format!("{} has {epochs:?}, and {found:?}, not {files:?}", keys.display()).into());
        }
        Ok(())
    }

    /// The access log's chain holds, and it has an entry for each of `expected`.
    fn logged(&self, session: &Session, expected: &[(Action, String)]) -> Result<(), Failure> {
        let identities = session.log_identities()?;
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
                        let outer: serde_json::Value = serde_json::from_slice(line)?;
                        let epoch = usize::try_from(outer["epoch"].as_u64().unwrap())?;
                        let identity = &identities[identities.len() - epoch];
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
        log_reserve: 2048,
        idle_minute: Duration::from_secs(60),
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(Zeroizing::new(PASSPHRASE.to_owned()))
}

/// A new log-in, with everybody's passphrase.
fn login() -> Login {
    Login::new(passphrase(), WorkFactor::for_tests(2))
}

fn renew(connection: &Connection) -> Result<(), Failure> {
    Ok(renew_intake(connection, &Identity::generate())?)
}

const WORK: Rekeying<'static> = Rekeying { renew_intake: &renew, progress: &|_, _| () };

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

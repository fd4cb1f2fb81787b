//! How each operation is done, and what the store holds once it has happened.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use jiff::civil::date;
use vault::access_log::export::{Export, Format};
use vault::access_log::reading::Filter;
use vault::access_log::{Action, Event, Outcome};
use vault::group::bulk;
use vault::group::change::Edit;
use vault::group::code::CustomerCode;
use vault::group::database::new_image;
use vault::group::document::{DocumentName, NewDocument};
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::record::Record;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::signed::Digest;
use vault::store::roster::{NoteKind, PolicyChange};
use vault::store::staff::NewNote;
use vault::store::{NewStaff, Role, Session, Store};

use super::model::{Held, Model, Person};
use super::{Failure, OWNER, Operation, RETAIL, TrialOffice, WORK, login, passphrase};

/// All that is said of an operation.
pub struct Deed {
    /// Customers in `retail` beforehand.
    pub customers: usize,
    /// Operations carried out beforehand.
    pub before: &'static [Operation],
    /// Makes of what the store held what it holds afterwards. What only the doing can tell, such as a new
    /// customer's code, `run` puts in before it answers.
    pub expect: fn(&mut Model, u64),
    pub run: fn(&mut Act<'_>) -> Result<(), Failure>,
}

pub const fn deed(
    customers: usize,
    before: &'static [Operation],
    expect: fn(&mut Model, u64),
    run: fn(&mut Act<'_>) -> Result<(), Failure>,
) -> Deed {
    Deed { customers, before, expect, run }
}

/// An operation that is carried out, with a number that no other has.
pub struct Act<'a> {
    pub office: &'a TrialOffice,
    pub number: u64,
    pub before: &'a Model,
    pub after: Model,
    pub acknowledged: bool,
    pub answered: &'a mut dyn FnMut(&Model),
}

impl Act<'_> {
    /// It has its answer: from now on it must never be lost.
    pub fn answer(&mut self) {
        if !self.acknowledged {
            self.acknowledged = true;
            (self.answered)(&self.after);
        }
    }

    fn session(&self) -> Result<Session, Failure> {
        self.office.unlocked(&[self.before.passphrase])
    }

    /// A session of somebody who signed what there is to sign.
    pub fn at_work(&self) -> Result<Session, Failure> {
        self.office.at_work(OWNER, &[self.before.passphrase])
    }
}

pub fn nothing(_: &mut Model, _: u64) {}

pub fn one_more(model: &mut Model, _: u64) {
    model.retail().others += 1;
}

pub fn add(act: &mut Act<'_>) -> Result<(), Failure> {
    add_to(act, RETAIL)
}

/// A group without a customer, or else `retail`.
fn newest_group(model: &Model) -> String {
    let empty = model.groups.iter().find(|(_, held)| held.cities.is_empty());
    empty.map_or(RETAIL, |(name, _)| name).to_owned()
}

pub fn one_more_elsewhere(model: &mut Model, _: u64) {
    let name = newest_group(model);
    model.groups.get_mut(&name).unwrap().others += 1;
}

pub fn add_elsewhere(act: &mut Act<'_>) -> Result<(), Failure> {
    let name = newest_group(act.before);
    add_to(act, &name)
}

/// The log begins another file.
pub fn add_next_month(act: &mut Act<'_>) -> Result<(), Failure> {
    let later = act.office.next_month();
    let mut part = Act { office: &later, after: act.after.clone(), answered: &mut *act.answered, ..*act };
    let done = add(&mut part);
    (act.after, act.acknowledged) = (part.after, part.acknowledged);
    done
}

fn add_to(act: &mut Act<'_>, name: &str) -> Result<(), Failure> {
    let session = act.at_work()?;
    let mut group = TrialOffice::group(&session, name, Mode::Exclusive)?;
    let (customer, city) = (format!("Anna Lindqvist {}", act.number), format!("Lund {}", act.number));
    let given = [("name", customer.as_str()), ("city", city.as_str())];
    let record = Record::check(group.fields(), given).map_err(|bad| format!("{bad:?}"))?;
    let surroundings = session.surroundings();
    let now = surroundings.clock.now();
    let code = group.add(&record, false, session.log(), &*surroundings.random, now)?;
    let held = act.after.groups.get_mut(name).unwrap();
    held.others -= 1;
    held.cities.insert(code.to_string(), city);
    act.after.log(Action::Add, code.to_string());
    act.answer();
    group.tidy(session.log())?;
    Ok(())
}

pub fn another_city(model: &mut Model, number: u64) {
    let (code, city) = model.retail().cities.iter_mut().next().unwrap();
    *city = format!("Ystad {number}");
    let code = code.clone();
    model.log(Action::Edit, code);
}

pub fn edit(act: &mut Act<'_>) -> Result<(), Failure> {
    let (code, city) = act.after.retail().cities.iter().next().unwrap();
    let (code, city) = (CustomerCode::parse(code)?, city.clone());
    let session = act.at_work()?;
    let mut group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    let edit = Edit { set: vec![("city", &city)], ..Edit::default() };
    group.edit(code, &edit, false, session.log(), session.surroundings().clock.now())?;
    act.answer();
    group.tidy(session.log())?;
    Ok(())
}

/// The document of that number: whose it is, its name and its contents.
fn document(model: &Model, number: u64) -> (String, String, Vec<u8>) {
    let code = model.groups[RETAIL].cities.keys().next().unwrap().clone();
    let contents = format!("scanned sheet {number} ").repeat(3).into_bytes();
    (code, format!("scan {number}.txt"), contents)
}

pub fn one_more_document(model: &mut Model, number: u64) {
    let (code, name, contents) = document(model, number);
    let sha256 = Digest::of(&contents).to_string();
    model.retail().documents.insert(format!("{code}/{name}"), sha256);
    model.log(Action::Document, code);
}

pub fn add_document(act: &mut Act<'_>) -> Result<(), Failure> {
    let (code, name, contents) = document(act.before, act.number);
    let (code, name): (_, DocumentName) = (CustomerCode::parse(&code)?, name.parse()?);
    let session = act.at_work()?;
    let surroundings = session.surroundings();
    let group = TrialOffice::group(&session, RETAIL, Mode::Shared)?;
    group.may_attach(code, &name, session.log())?;
    let documents = group.documents();
    drop(group);
    let new = NewDocument::seal(name, &documents, &*surroundings.random, |piece, offset| {
        let rest = &contents[usize::try_from(offset).unwrap()..];
        piece[..rest.len()].copy_from_slice(rest);
        Ok(rest.len())
    })?;
    let mut group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    group.attach(code, new, session.log(), surroundings.clock.now())?;
    act.answer();
    group.tidy(session.log())?;
    Ok(())
}

pub fn one_document_less(model: &mut Model, _: u64) {
    let (document, _) = model.retail().documents.pop_first().unwrap();
    model.log(Action::Document, document.split_once('/').unwrap().0);
}

pub fn remove_document(act: &mut Act<'_>) -> Result<(), Failure> {
    let document = act.before.groups[RETAIL].documents.keys().next().unwrap();
    let (code, name) = document.split_once('/').unwrap();
    let (code, name) = (CustomerCode::parse(code)?, name.parse()?);
    let session = act.at_work()?;
    let mut group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    group.remove_document(code, &name, session.log())?;
    act.answer();
    group.tidy(session.log())?;
    Ok(())
}

pub fn look_up(act: &mut Act<'_>) -> Result<(), Failure> {
    let session = act.at_work()?;
    let group = TrialOffice::group(&session, RETAIL, Mode::Shared)?;
    let cities = TrialOffice::cities(&session, &group, act.before.groups[RETAIL].cities.keys())?;
    assert_eq!(cities.len(), act.before.groups[RETAIL].cities.len());
    Ok(())
}

pub fn checkpoint(act: &mut Act<'_>) -> Result<(), Failure> {
    let session = act.at_work()?;
    let group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    group.checkpoint(session.log(), &|_, _| ())?;
    Ok(())
}

/// Few rows: published as one record.
const FEW: u64 = 3;
/// Rows that are together longer than a record may be.
const MANY: u64 = 1300;

pub fn few_more(model: &mut Model, _: u64) {
    imported(model, FEW);
}

pub fn many_more(model: &mut Model, _: u64) {
    imported(model, MANY);
}

fn imported(model: &mut Model, rows: u64) {
    model.retail().others += rows;
    model.log(Action::Import, RETAIL);
}

pub fn import_few(act: &mut Act<'_>) -> Result<(), Failure> {
    import(act, FEW, 10)
}

pub fn import_many(act: &mut Act<'_>) -> Result<(), Failure> {
    import(act, MANY, 1500)
}

fn import(act: &mut Act<'_>, rows: u64, note: usize) -> Result<(), Failure> {
    let mut csv = String::from("name,city,notes\n");
    for row in 0..rows {
        let note = format!("{row} {}", "n".repeat(note));
        writeln!(csv, "Bo Ek {}-{row},Malmö,{note}", act.number)?;
    }
    let session = act.at_work()?;
    let group = TrialOffice::group(&session, RETAIL, Mode::Exclusive)?;
    let fields = group.fields().clone();
    let source = Source::open(Box::new(csv.as_bytes()), &fields, &Mapping::default())?;
    let surroundings = session.surroundings();
    let (random, now) = (&*surroundings.random, surroundings.clock.now());
    let imported = group.import(source, bulk::Options::default(), session.log(), random, now, &|_, _| ())?;
    assert_eq!(imported.imported, rows);
    Ok(())
}

pub fn verify(act: &mut Act<'_>) -> Result<(), Failure> {
    let session = act.at_work()?;
    let group = TrialOffice::group(&session, RETAIL, Mode::Shared)?;
    let held = &act.before.groups[RETAIL];
    let customers = group.verify(session.log(), &|_, _| ())?.customers;
    assert_eq!(customers, held.cities.len() as u64 + held.others);
    Ok(())
}

fn group_name(number: u64) -> String {
    format!("group-{number}")
}

pub fn another_group(model: &mut Model, number: u64) {
    let name = group_name(number);
    model.groups.insert(name.clone(), Held::default());
    model.people.epochs.insert(name.clone(), 1);
    model.people.owner().groups.insert(name.clone());
    model.log(Action::Group, name);
}

pub fn create_group(act: &mut Act<'_>) -> Result<(), Failure> {
    found_group(&act.session()?, &group_name(act.number))
}

pub fn found_group(session: &Session, name: &str) -> Result<(), Failure> {
    let image = |prefix: &str| Ok(new_image(&Fields::standard(), prefix.parse()?, &Identity::generate())?);
    session.create_group::<Failure>(&name.parse()?, image)
}

pub fn rekeyed_group(model: &mut Model, _: u64) {
    *model.people.epochs.get_mut(RETAIL).unwrap() += 1;
    model.log(Action::Group, RETAIL);
}

pub fn rekey_group(act: &mut Act<'_>) -> Result<(), Failure> {
    Ok(act.session()?.rekey_group(&RETAIL.parse()?, WORK)?)
}

fn clerk_name(number: u64) -> String {
    format!("clerk-{number}")
}

pub fn another_clerk(model: &mut Model, number: u64) {
    let groups: BTreeSet<String> = model.groups.keys().cloned().collect();
    let subject = groups.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    model.people.staff.insert(clerk_name(number), Person { number: 1, groups, ..Person::default() });
    model.log(Action::Staff, subject);
}

pub fn add_staff(act: &mut Act<'_>) -> Result<(), Failure> {
    let groups: Result<Vec<_>, _> = act.before.groups.keys().map(|group| group.parse()).collect();
    let name = clerk_name(act.number).parse()?;
    let new = NewStaff { name, role: Role::Clerk, full_name: None, groups: groups? };
    Ok(act.session()?.add_staff(&new, &login())?)
}

pub fn one_more_grant(model: &mut Model, _: u64) {
    let (clerk, group) = (model.people.clerk(), model.kept_from_clerk().unwrap().clone());
    model.people.staff.get_mut(&clerk).unwrap().groups.insert(group.clone());
    model.log(Action::Staff, group);
}

pub fn grant(act: &mut Act<'_>) -> Result<(), Failure> {
    let (clerk, group) = (act.before.people.clerk(), act.before.kept_from_clerk().unwrap());
    Ok(act.session()?.grant(&clerk.parse()?, &group.parse()?)?)
}

pub fn one_grant_less(model: &mut Model, _: u64) {
    let clerk = model.people.clerk();
    model.people.staff.get_mut(&clerk).unwrap().groups.remove(RETAIL);
    *model.people.epochs.get_mut(RETAIL).unwrap() += 1;
    model.log(Action::Group, RETAIL);
    model.log(Action::Staff, RETAIL);
}

pub fn revoke(act: &mut Act<'_>) -> Result<(), Failure> {
    let clerk = act.before.people.clerk();
    Ok(act.session()?.revoke(&clerk.parse()?, &RETAIL.parse()?, WORK)?)
}

pub fn clerks_new_identity(model: &mut Model, _: u64) {
    let clerk = model.people.clerk();
    model.people.rekey(&clerk);
    model.people.staff.get_mut(&clerk).unwrap().number += 1;
    model.log(Action::Staff, format!("reset {clerk}"));
}

pub fn reset(act: &mut Act<'_>) -> Result<(), Failure> {
    act.session()?.reset(&act.before.people.clerk().parse()?, &login(), WORK)?;
    Ok(())
}

pub fn no_clerk(model: &mut Model, _: u64) {
    let clerk = model.people.clerk();
    model.people.rekey(&clerk);
    model.people.staff.remove(&clerk);
    model.log(Action::Staff, format!("remove {clerk}"));
}

pub fn remove_staff(act: &mut Act<'_>) -> Result<(), Failure> {
    act.session()?.remove_staff(&act.before.people.clerk().parse()?, WORK)?;
    Ok(())
}

pub fn another_passphrase(model: &mut Model, number: u64) {
    model.passphrase = number;
    model.log(Action::Passwd, format!("passphrase of {OWNER}"));
}

pub fn change_passphrase(act: &mut Act<'_>) -> Result<(), Failure> {
    Ok(act.session()?.change_passphrase(passphrase(act.number))?)
}

fn new_log_in(model: &mut Model) {
    model.people.rekey(OWNER);
    model.people.owner().number += 1;
    model.passphrase = 0;
}

pub fn owners_new_identity(model: &mut Model, _: u64) {
    new_log_in(model);
    model.log(Action::Passwd, format!("new key of {OWNER}"));
}

pub fn new_identity(act: &mut Act<'_>) -> Result<(), Failure> {
    act.session()?.new_identity(&login(), WORK)?;
    Ok(())
}

pub fn owners_new_identity_and_sheet(model: &mut Model, _: u64) {
    new_log_in(model);
    model.people.sheet += 1;
    model.log(Action::Recover, format!("new log-in and new sheet for {OWNER}"));
}

pub fn recover(act: &mut Act<'_>) -> Result<(), Failure> {
    let sheet = act.office.store()?.unlock_recovery(&passphrase(0))?;
    Ok(sheet.recover(&OWNER.parse()?, &login(), &login(), WORK)?)
}

pub fn one_more_note(model: &mut Model, _: u64) {
    let clerk = model.people.clerk();
    model.people.staff.get_mut(&clerk).unwrap().notes += 1;
    model.log(Action::Staff, format!("training of {clerk} on 2026-11-01"));
}

pub fn note(act: &mut Act<'_>) -> Result<(), Failure> {
    let note = NewNote {
        name: act.before.people.clerk().parse()?,
        kind: NoteKind::Training,
        on: date(2026, 11, 1),
        expires: None,
        text: "was taught".to_owned(),
    };
    Ok(act.session()?.note_about(&note)?)
}

pub fn another_policy(model: &mut Model, _: u64) {
    model.people.backup_days += 1;
}

pub fn set_policy(act: &mut Act<'_>) -> Result<(), Failure> {
    let backup_days = Some(act.after.people.backup_days);
    Ok(act.session()?.set_policy(PolicyChange { backup_days, ..PolicyChange::default() })?)
}

pub fn another_agreement(model: &mut Model, _: u64) {
    model.people.agreement += 1;
}

pub fn set_agreement(act: &mut Act<'_>) -> Result<(), Failure> {
    act.session()?.set_agreement(format!("Nobody tells, version {}.", act.number))?;
    Ok(())
}

pub fn signed(model: &mut Model, _: u64) {
    model.people.owner().agreed = model.people.agreement;
}

pub fn sign_agreement(act: &mut Act<'_>) -> Result<(), Failure> {
    TrialOffice::sign(&act.session()?)
}

pub fn exported(model: &mut Model, _: u64) {
    model.log(Action::Log, "export csv");
}

pub fn export_log(act: &mut Act<'_>) -> Result<(), Failure> {
    let session = act.session()?;
    let mut event = Event::new(Action::Log, Outcome::Success);
    event.detail = Some("export csv".to_owned());
    let reading = session.read_log(&event)?;
    let (reader, filter) = (reading.reader(NonZeroUsize::MIN), Filter::default());
    let mut file = Vec::new();
    let export = Export {
        reader,
        extent: reading.extent(),
        head: reading.head(),
        format: Format::Csv,
        filter: &filter,
    };
    let written = export.write(&mut file, &|_, _, _| ControlFlow::Continue(()))?;
    assert_eq!((written.bytes, written.entries), (file.len() as u64, reading.head().seq));
    Ok(())
}

pub fn verify_log(act: &mut Act<'_>) -> Result<(), Failure> {
    act.office.verify_log(&[act.before.passphrase])
}

impl TrialOffice {
    /// The whole log is verified against roster, groups and seen notes.
    pub(super) fn verify_log(&self, passphrases: &[u64]) -> Result<(), Failure> {
        let verifier = self.store()?.unlock_to_verify(OWNER, &passphrase(self.in_force(passphrases)?))?;
        let event = Event::new(Action::Log, Outcome::Success);
        let log = verifier.verify(&event, Vec::new(), NonZeroUsize::MIN, &|_, _| ())?;
        if let Some(error) = log.unlogged {
            return Err(error.into());
        }
        if log.found.is_sound() { Ok(()) } else { Err(format!("{:?}", log.found.findings).into()) }
    }

    pub(super) fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open(self.layout.root(), &self.surroundings)?)
    }
}

//! Adding and editing one customer. The order is always: validate, log, commit.

use jiff::Timestamp;
use rusqlite::params;

use super::code::CustomerCode;
use super::database::{self, Customer};
use super::duplicate::{duplicate_keys, shared};
use super::flat_json;
use super::lookup::Card;
use super::query::search_text;
use super::record::{BadField, Record};
use super::view::Reveal;
use super::vocabulary;
use super::{DatabaseError, Group, NoSuchCustomer, blame};
use crate::access_log::{AccessLog, Action, Event, LogError, Makes, Outcome, Unlogged};
use crate::sealed::group_file::CommitError;
use crate::surroundings::Random;

/// A customer could not be added or edited; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Fields are wrong.
    #[error("{}", listed(.0))]
    Fields(Vec<BadField>),
    /// There is such a customer already.
    #[error("customer {code} has the same {field}")]
    Duplicate {
        /// The field they share.
        field: String,
        /// The other one's code.
        code: CustomerCode,
    },
    /// Nobody has that code.
    #[error(transparent)]
    NoSuchCustomer(#[from] NoSuchCustomer),
    /// Somebody else changed the record meanwhile.
    #[error("customer {0} was changed by somebody else meanwhile")]
    ChangedMeanwhile(CustomerCode),
    /// No randomness for a code.
    #[error("no randomness for a customer code")]
    Random(#[source] std::io::Error),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The commit failed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

fn listed(bad: &[BadField]) -> String {
    bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What was edited.
#[derive(Debug, PartialEq, Eq)]
pub struct Edited {
    /// The fields that have a new value, or none any more; empty when nothing changed.
    pub fields: Vec<String>,
}

/// Fields to change, as typed: names and values.
#[derive(Default)]
pub struct Edit<'a> {
    /// New values.
    pub set: Vec<(&'a str, &'a str)>,
    /// Fields to empty.
    pub unset: Vec<&'a str>,
    /// The version that the person saw; any when `None`.
    pub seen: Option<i64>,
}

impl Edit<'_> {
    /// The fields that it names.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.set.iter().map(|(name, _)| *name).chain(self.unset.iter().copied())
    }
}

impl Group {
    fn event(&self, action: Action, code: CustomerCode, fields: Vec<String>, record: u64) -> Event {
        let mut event = Event::new(action, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.fields = fields;
        event.making(Makes::Record(record))
    }

    /// Adds a customer; durable when this returns the code.
    pub fn add(
        &mut self,
        record: &Record,
        allow_duplicate: bool,
        log: &AccessLog,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<CustomerCode, ChangeError> {
        if !allow_duplicate {
            self.refuse_duplicate(Action::Add, record, None, log)?;
        }
        let code = self.new_code(random)?;
        let fields = record.names().map(str::to_owned).collect();
        let event = self.event(Action::Add, code, fields, self.file.last_record().seq + 1);
        let Self { file, meta } = self;
        let staff = &log.actor().staff;
        let change = file.change()?;
        let stored =
            database::insert(change.connection(), &meta.fields, &code, record, staff, now.as_second())
                .and_then(|id| {
                    vocabulary::learn(change.connection(), &meta.fields, record)?;
                    let keys = duplicate_keys(&meta.fields, record).into_iter().map(|key| key.key);
                    database::insert_keys(change.connection(), keys, id)
                });
        if let Err(error) = stored {
            drop(change);
            return Err(blame(file, error).into());
        }
        log.around(&[event], |entry| Ok::<_, ChangeError>(change.commit(entry)?))?;
        Ok(code)
    }

    fn refuse_duplicate(
        &self,
        action: Action,
        record: &Record,
        but: Option<i64>,
        log: &AccessLog,
    ) -> Result<(), ChangeError> {
        let found = database::find_duplicate(self.file.connection(), &self.meta.fields, record, but)
            .map_err(|error| self.blame(error))?;
        let Some((field, code)) = found else { return Ok(()) };
        // The answer tells that the other customer exists.
        let mut event = Event::new(action, Outcome::Denied);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.fields = vec![field.clone()];
        event.detail = Some("duplicate".to_owned());
        log.append(&event)?;
        Err(ChangeError::Duplicate { field: shared(&self.meta.fields, &field), code })
    }

    fn new_code(&self, random: &dyn Random) -> Result<CustomerCode, ChangeError> {
        let used = self.used_codes()?;
        loop {
            let code = CustomerCode::random(self.meta.prefix, random).map_err(ChangeError::Random)?;
            let taken =
                Customer::by_code(self.file.connection(), &code).map_err(|error| self.blame(error))?;
            if taken.is_none() && !used.contains(&code.to_string()) {
                return Ok(code);
            }
        }
    }

    /// A customer as the person who edits it sees it, sensitive values masked.
    pub fn to_edit(&self, code: CustomerCode) -> Result<Unlogged<Card>, ChangeError> {
        let customer = self.customer(code)?;
        let card = self.card(&customer, &Reveal::none())?;
        let mut event = Event::new(Action::Lookup, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some("to edit".to_owned());
        event.count = Some(1);
        Ok(Unlogged::new(card, vec![event]))
    }

    /// A customer whom one that is about to be added resembles, sensitive values masked.
    pub fn to_compare(&self, code: CustomerCode) -> Result<Unlogged<Card>, ChangeError> {
        let customer = self.customer(code)?;
        let card = self.card(&customer, &Reveal::none())?;
        let mut event = Event::new(Action::Lookup, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some("to compare".to_owned());
        event.count = Some(1);
        Ok(Unlogged::new(card, vec![event]))
    }

    pub(super) fn customer(&self, code: CustomerCode) -> Result<Customer, ChangeError> {
        Ok(self.existing(code)??)
    }

    /// Changes a customer's values; durable when this returns. The old values stay in the history.
    pub fn edit(
        &mut self,
        code: CustomerCode,
        edit: &Edit<'_>,
        allow_duplicate: bool,
        log: &AccessLog,
        now: Timestamp,
    ) -> Result<Edited, ChangeError> {
        let customer = self.customer(code)?;
        if edit.seen.is_some_and(|seen| seen != customer.version) {
            return Err(ChangeError::ChangedMeanwhile(code));
        }
        let record = customer
            .record
            .edited(&self.meta.fields, edit.set.iter().copied(), edit.unset.iter().copied())
            .map_err(ChangeError::Fields)?;
        let changes = Record::changes(&customer.record, &record);
        let fields: Vec<String> = changes.iter().map(|change| change.field.to_owned()).collect();
        if changes.is_empty() {
            // The answer tells what those fields hold.
            let mut event = Event::new(Action::Edit, Outcome::Success);
            event.group = Some(self.name().to_owned());
            event.customer = Some(code.to_string());
            event.fields = edit.names().map(str::to_owned).collect();
            event.detail = Some("nothing changed".to_owned());
            log.append(&event)?;
            return Ok(Edited { fields });
        }
        if !allow_duplicate && self.has_new_keys(&customer.record, &record) {
            self.refuse_duplicate(Action::Edit, &record, Some(customer.id), log)?;
        }
        let old = flat_json::write(
            changes.iter().map(|change| (change.field, change.old.map(super::value::Value::expose))),
        );
        let mut event = self.event(Action::Edit, code, fields.clone(), self.file.last_record().seq + 1);
        // What is not told as changed is told to hold what was typed.
        let guessed: Vec<&str> =
            edit.names().filter(|name| !fields.iter().any(|field| field == name)).collect();
        if let (Some(detail), false) = (&mut event.detail, guessed.is_empty()) {
            *detail = format!("{detail}; unchanged {}", guessed.join(" "));
        }
        let Self { file, meta } = self;
        let change = file.change()?;
        let stored = store_edit(
            change.connection(),
            &meta.fields,
            &customer,
            &record,
            (&old, &log.actor().staff, now.as_second()),
        );
        if let Err(error) = stored {
            drop(change);
            return Err(blame(file, error).into());
        }
        log.around(&[event], |entry| Ok::<_, ChangeError>(change.commit(entry)?))?;
        Ok(Edited { fields })
    }

    /// Whether an edit brings a duplicate key that the record did not have.
    fn has_new_keys(&self, old: &Record, new: &Record) -> bool {
        let before = duplicate_keys(&self.meta.fields, old);
        duplicate_keys(&self.meta.fields, new).iter().any(|key| !before.contains(key))
    }
}

fn store_edit(
    connection: &rusqlite::Connection,
    fields: &super::field::Fields,
    customer: &Customer,
    record: &Record,
    (old, staff, at): (&str, &str, i64),
) -> Result<(), DatabaseError> {
    connection
        .prepare_cached("INSERT INTO history(customer, version, at, staff, old) VALUES(?1, ?2, ?3, ?4, ?5)")?
        .execute(params![customer.id, customer.version + 1, at, staff, old])?;
    connection
        .prepare_cached("UPDATE customer SET version = ?2, updated = ?3, record = ?4 WHERE id = ?1")?
        .execute(params![customer.id, customer.version + 1, at, record.to_json().as_str()])?;
    if search_text(fields, &customer.record) != search_text(fields, record) {
        database::unindex_words(connection, fields, customer.id, &customer.record)?;
        database::index_words(connection, fields, customer.id, record)?;
        vocabulary::learn(connection, fields, record)?;
        vocabulary::forget(connection, fields, &customer.record, Some(record))?;
    }
    database::remove_keys(connection, fields, customer.id, &customer.record)?;
    database::insert_keys(
        connection,
        duplicate_keys(fields, record).into_iter().map(|key| key.key),
        customer.id,
    )
}

//! All that a group holds of one customer, unmasked, for the customer.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use zeroize::Zeroizing;

use super::change::ChangeError;
use super::code::CustomerCode;
use super::database::Customer;
use super::document::Document;
use super::field::Field;
use super::lookup::time;
use super::record::Record;
use super::value::Value;
use super::{DatabaseError, Group, flat_json};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// All that is held of one customer.
#[derive(Debug)]
pub struct Disclosure {
    /// The customer's code.
    pub code: CustomerCode,
    /// The group.
    pub group: String,
    /// When the customer was entered.
    pub created: Timestamp,
    /// Who entered them.
    pub created_by: String,
    /// When the record was last changed.
    pub updated: Timestamp,
    /// The values in the order of the fields, then those of fields that the group no longer has.
    pub values: Vec<(About, Value)>,
    /// What was changed since the customer was entered, the first change first.
    pub changes: Vec<Changed>,
    /// The documents, in the order in which they were attached.
    pub documents: Vec<Document>,
    /// Since when erasure is on hold, and why.
    pub hold: Option<Ledger>,
    /// When the record was last reviewed; without a reason.
    pub review: Option<Ledger>,
}

/// What a value is, for whoever does not know the group's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The field's name.
    pub field: String,
    /// How it is called.
    pub label: String,
    /// Why it is collected.
    pub purpose: Option<String>,
    /// For how many months it is kept; for as long as the customer when `None`.
    pub keep_months: Option<u32>,
    /// Whether the group has the field no longer.
    pub gone: bool,
}

/// One change of the record.
#[derive(Debug)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub staff: String,
    /// Each field's value before and after.
    pub values: Vec<(About, Option<Value>, Option<Value>)>,
}

/// A mark on a customer.
#[derive(Debug)]
pub struct Ledger {
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub staff: String,
    /// Why, where a reason is kept.
    pub reason: Option<String>,
}

impl Group {
    /// Collects all that is held of a customer.
    pub fn disclose(&self, code: CustomerCode, reason: &str) -> Result<Unlogged<Disclosure>, ChangeError> {
        let customer = self.customer(code)?;
        let disclosure = self.collect(&customer).map_err(|error| self.blame(error))?;
        let mut event = Event::new(Action::Disclose, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.fields = disclosure.values.iter().map(|(about, _)| about.field.clone()).collect();
        event.reason = Some(reason.to_owned());
        Ok(Unlogged::new(disclosure, vec![event]))
    }

    fn collect(&self, customer: &Customer) -> Result<Disclosure, DatabaseError> {
        let connection = self.file.connection();
        let record = &customer.record;
        let of_group = record.present(self.fields()).map(|(field, value)| (About::of(field), value.clone()));
        let gone = record.names().filter(|name| self.fields().get(name).is_err());
        let gone = gone.filter_map(|name| Some((About::gone(name), record.get(name)?.clone())));
        Ok(Disclosure {
            code: customer.code,
            group: self.name().to_owned(),
            created: time(customer.created)?,
            created_by: customer.created_by.clone(),
            updated: time(customer.updated)?,
            values: of_group.chain(gone).collect(),
            changes: self.all_changes(customer)?,
            documents: self.documents_of(customer)?,
            hold: mark(connection, "SELECT since, staff, reason FROM hold WHERE customer = ?1", customer.id)?,
            review: mark(connection, "SELECT at, staff, NULL FROM review WHERE customer = ?1", customer.id)?,
        })
    }

    fn about(&self, name: &str) -> About {
        self.fields().get(name).map_or_else(|_| About::gone(name), About::of)
    }

    /// Stored are the values before each change: what came after is what the next one, or the record, has.
    fn all_changes(&self, customer: &Customer) -> Result<Vec<Changed>, DatabaseError> {
        let mut statement = self
            .file
            .connection()
            .prepare("SELECT at, staff, old FROM history WHERE customer = ?1 ORDER BY version DESC")?;
        let mut rows = statement.query([customer.id])?;
        let mut after = customer.record.clone();
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let old = Zeroizing::new(row.get::<_, String>(2)?);
            let old = flat_json::read(&old)
                .map_err(|_| DatabaseError::Damaged("a stored history does not read"))?;
            let mut before = after.clone();
            for (name, value) in old {
                before.put(name, value.map(Value::new));
            }
            let values = Record::changes(&before, &after)
                .into_iter()
                .map(|change| (self.about(change.field), change.old.cloned(), change.new.cloned()));
            changes.push(Changed { at: time(row.get(0)?)?, staff: row.get(1)?, values: values.collect() });
            after = before;
        }
        changes.reverse();
        Ok(changes)
    }
}

impl About {
    fn of(field: &Field) -> Self {
        Self {
            field: field.name.clone(),
            label: field.label.clone(),
            purpose: field.purpose.clone(),
            keep_months: field.keep_months,
            gone: false,
        }
    }

    fn gone(name: &str) -> Self {
        let (field, label) = (name.to_owned(), name.to_owned());
        Self { field, label, purpose: None, keep_months: None, gone: true }
    }
}

fn mark(connection: &Connection, sql: &str, customer: i64) -> Result<Option<Ledger>, DatabaseError> {
    let found = connection.query_row(sql, [customer], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
    });
    let Some((at, staff, reason)) = found.optional()? else { return Ok(None) };
    Ok(Some(Ledger { at: time(at)?, staff, reason }))
}

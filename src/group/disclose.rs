//! All that a group holds of one customer, unmasked, for the customer.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use zeroize::Zeroizing;

use super::change::ChangeError;
use super::code::CustomerCode;
use super::database::Customer;
use super::document::Document;
use super::field::{Field, Fields};
use super::lookup::time;
use super::record::Record;
use super::value::Value;
use super::{DatabaseError, Group, flat_json};
use crate::access_log::{Action, Event, Outcome, Unlogged};

const HOLD: &str = "SELECT since, staff, reason FROM hold WHERE customer = ?1";
const REVIEW: &str = "SELECT at, staff, NULL FROM review WHERE customer = ?1";

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
        Ok(Disclosure {
            code: customer.code,
            group: self.name().to_owned(),
            created: time(customer.created)?,
            created_by: customer.created_by.clone(),
            updated: time(customer.updated)?,
            values: values(self.fields(), &customer.record),
            changes: self.all_changes(customer)?,
            documents: self.documents_of(customer)?,
            hold: mark(connection, HOLD, customer.id)?,
            review: mark(connection, REVIEW, customer.id)?,
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

/// The fields in their order; what was stored for one that is gone is the customer's to know as well.
fn values(fields: &Fields, record: &Record) -> Vec<(About, Value)> {
    let of_group = record.present(fields).map(|(field, value)| (About::of(field), value.clone()));
    let gone = record.names().filter(|name| fields.get(name).is_err());
    let gone = gone.filter_map(|name| Some((About::gone(name), record.get(name)?.clone())));
    of_group.chain(gone).collect()
}

fn mark(connection: &Connection, sql: &str, customer: i64) -> Result<Option<Ledger>, DatabaseError> {
    let found = connection.query_row(sql, [customer], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
    });
    let Some((at, staff, reason)) = found.optional()? else { return Ok(None) };
    Ok(Some(Ledger { at: time(at)?, staff, reason }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::database;
    use crate::sealed::sqlite_memory;

    #[test]
    fn a_value_of_a_field_that_is_gone_is_disclosed_as_well() {
        let record =
            Record::check(&Fields::standard(), [("name", "Ana"), ("card", "4111111111111111")]).unwrap();
        let fields =
            r#"{"fields":[{"name":"name","kind":"name","purpose":"To greet you","keep_months":12}]}"#;
        let fields = Fields::from_json(fields).unwrap();
        let values = values(&fields, &record);
        let told: Vec<_> = values
            .iter()
            .map(|(about, value)| (about.field.as_str(), value.expose(), about.keep_months, about.gone))
            .collect();
        assert_eq!(told, [("name", "Ana", Some(12), false), ("card", "4111111111111111", None, true)]);
        assert_eq!(values[0].0.purpose.as_deref(), Some("To greet you"));
    }

    #[test]
    fn a_hold_and_a_review_are_found_for_their_customer_only() {
        let connection = sqlite_memory::open_in_memory().unwrap();
        database::pretend_newest(&connection).unwrap();
        connection
            .execute_batch(
                "INSERT INTO hold VALUES(7, 60, 'olga', 'in court');
                 INSERT INTO review VALUES(7, 120, 'bea')",
            )
            .unwrap();
        let found = |sql: &str, customer| {
            let found = mark(&connection, sql, customer).unwrap();
            found.map(|Ledger { at, staff, reason }| (at.as_second(), staff, reason))
        };
        let reason = Some("in court".to_owned());
        assert_eq!(found(HOLD, 7), Some((60, "olga".to_owned(), reason)));
        assert_eq!(found(REVIEW, 7), Some((120, "bea".to_owned(), None)));
        assert_eq!(found(HOLD, 8), None);
    }
}

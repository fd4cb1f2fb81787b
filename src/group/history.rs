//! A customer's history: who changed what, and the values before.

use jiff::Timestamp;

use super::change::ChangeError;
use super::code::CustomerCode;
use super::database::Customer;
use super::flat_json;
use super::lookup::time;
use super::record::Record;
use super::value::Value;
use super::view::{Reveal, ShownChange};
use super::{DatabaseError, Group};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// One version of a customer's record.
#[derive(Debug, Clone)]
pub struct Version {
    /// Counted from 1.
    pub version: i64,
    /// When it came to be.
    pub at: Timestamp,
    /// Who made it.
    pub staff: String,
    /// What it changed, as it may be shown; empty for the first version.
    pub changes: Vec<ShownChange>,
}

impl Group {
    /// The versions of a customer's record, the first one first.
    pub fn history(
        &self,
        code: CustomerCode,
        reveal: &Reveal,
        reason: Option<&str>,
    ) -> Result<Unlogged<Vec<Version>>, ChangeError> {
        let customer = self.customer(code)?;
        let versions = self.versions(&customer, reveal).map_err(|error| self.blame(error))?;
        let mut event = Event::new(Action::History, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.fields = reveal.names().map(str::to_owned).collect();
        event.reason = reason.map(str::to_owned);
        event.count = Some(versions.len() as u64);
        Ok(Unlogged::new(versions, vec![event]))
    }

    fn versions(&self, customer: &Customer, reveal: &Reveal) -> Result<Vec<Version>, DatabaseError> {
        let mut statement = self.file.connection().prepare(
            "SELECT version, at, staff, old FROM history WHERE customer = ?1 ORDER BY version DESC",
        )?;
        let mut rows = statement.query([customer.id])?;
        // Stored are the values before each change; what came after is the next version's value.
        let mut after = customer.record.clone();
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            let old = zeroize::Zeroizing::new(row.get::<_, String>(3)?);
            let old = flat_json::read(&old)
                .map_err(|_| DatabaseError::Damaged("a stored history does not read"))?;
            let mut before = after.clone();
            for (name, value) in old {
                before.put(name, value.map(Value::new));
            }
            versions.push(Version {
                version: row.get(0)?,
                at: time(row.get(1)?)?,
                staff: row.get(2)?,
                changes: self.shown_changes(&before, &after, reveal),
            });
            after = before;
        }
        versions.push(Version {
            version: 1,
            at: time(customer.created)?,
            staff: customer.created_by.clone(),
            changes: Vec::new(),
        });
        versions.reverse();
        Ok(versions)
    }

    /// In the order of the group's fields.
    fn shown_changes(&self, before: &Record, after: &Record, reveal: &Reveal) -> Vec<ShownChange> {
        let changes = Record::changes(before, after);
        let mut shown: Vec<ShownChange> =
            changes.iter().filter_map(|change| change.view(self.fields(), reveal)).collect();
        shown.sort_by_key(|change| self.fields().place(&change.field.name).ok());
        shown
    }
}

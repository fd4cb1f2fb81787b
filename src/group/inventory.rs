//! An inventory: which fields are stored, of how many customers, why, and for how long.

use std::collections::BTreeMap;

use super::database::Customer;
use super::field::Field;
use super::{DatabaseError, Group};
use crate::access_log::{Action, Event, Outcome, Unlogged};

/// What a group stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Its customers.
    pub customers: u64,
    /// The months between reviews.
    pub review_months: u32,
    /// Its fields in their order, and of how many customers each has a value.
    pub fields: Vec<(Field, u64)>,
    /// Fields that the group had once: their values are stored still, and shown nowhere.
    pub gone: Vec<(String, u64)>,
    /// Its documents.
    pub documents: u64,
    /// Their bytes.
    pub document_bytes: u64,
    /// Its earlier values: changes that the history keeps.
    pub changes: u64,
    /// Customers who are held.
    pub held: u64,
}

impl Group {
    /// Counts what is stored; in memory is one customer at a time.
    pub fn inventory(&self) -> Result<Unlogged<Inventory>, DatabaseError> {
        let inventory = self.count_all().map_err(|error| self.blame(error))?;
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.detail = Some("inventory".to_owned());
        event.count = Some(inventory.customers);
        Ok(Unlogged::new(inventory, vec![event]))
    }

    fn count_all(&self) -> Result<Inventory, DatabaseError> {
        let connection = self.file.connection();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut customers = 0;
        Customer::for_each(connection, |customer| {
            customers += 1;
            for name in customer.record.names() {
                match counts.get_mut(name) {
                    Some(count) => *count += 1,
                    None => drop(counts.insert(name.to_owned(), 1)),
                }
            }
            Ok(())
        })?;
        let count = |sql: &str| -> Result<u64, DatabaseError> {
            Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
        };
        let fields = self.fields().iter().map(|field| {
            let count = counts.remove(&field.name).unwrap_or(0);
            (field.clone(), count)
        });
        Ok(Inventory {
            customers,
            review_months: self.fields().review_months(),
            fields: fields.collect(),
            gone: counts.into_iter().collect(),
            documents: count("SELECT count(*) FROM document")?,
            document_bytes: count("SELECT coalesce(sum(bytes), 0) FROM document")?,
            changes: count("SELECT count(*) FROM history")?,
            held: count("SELECT count(*) FROM hold")?,
        })
    }
}

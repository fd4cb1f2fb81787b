//! New fields for a group: its records follow, or those that can't are named and nothing changes.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::code::CustomerCode;
use super::database::Customer;
use super::field::Fields;
use super::record::{BadField, Record};
use super::upkeep::UpkeepError;
use super::value::Value;
use super::{DatabaseError, Group, flat_json};
use crate::access_log::{AccessLog, Action, Event, LogError, Outcome};
use crate::sealed::checkpoint::Progress;

/// Obstacles that are listed; the others are counted.
const LISTED: usize = 1_000;

/// A value that stands in the way of new fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Whose it is.
    pub code: CustomerCode,
    /// The field.
    pub field: String,
    /// What is wrong; never the value.
    pub reason: String,
}

/// What stands in the way of new fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Obstacles {
    /// The first of them, in order of entry.
    pub listed: Vec<Obstacle>,
    /// How many there are.
    pub total: u64,
    /// Of how many customers.
    pub customers: u64,
}

/// New fields could not be set; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// Records do not fit them.
    #[error("{}, so nothing was changed", counted(.0))]
    InTheWay(Obstacles),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The rewriting failed.
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
}

fn counted(obstacles: &Obstacles) -> String {
    let of = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let values = of(obstacles.total, "value", "values");
    let stand = if obstacles.total == 1 { "stands" } else { "stand" };
    format!("{values} of {} {stand} in the way", of(obstacles.customers, "customer", "customers"))
}

/// How the records are brought to new fields while the group is rewritten.
pub(super) struct Restating<'a> {
    old: &'a Fields,
    new: Fields,
    staff: &'a str,
    /// Seconds since 1970.
    at: i64,
    /// Records that got another stored form.
    pub changed: u64,
}

impl Group {
    /// Gives the group new fields. A value whose field has another kind is checked and stored anew, as an edit in
    /// the customer's history. Values of fields that are gone stay stored and are no longer shown. Says how many
    /// records changed.
    pub fn set_fields(
        self,
        fields: Fields,
        log: &AccessLog,
        now: Timestamp,
        progress: Progress<'_>,
    ) -> Result<u64, MigrationError> {
        // In their order: the first name is the one that tells two people apart.
        let indexed = |fields: &Fields| -> Vec<_> {
            fields.iter().map(|field| (field.name.clone(), field.kind.name(), field.searchable)).collect()
        };
        let reindex = indexed(self.fields()) != indexed(&fields);
        let obstacles = self.obstacles(&fields).map_err(|error| self.blame(error))?;
        if obstacles.total > 0 {
            self.log_obstacles(&obstacles, log)?;
            return Err(MigrationError::InTheWay(obstacles));
        }
        let Self { file, mut meta } = self;
        let old = std::mem::replace(&mut meta.fields, fields);
        let mut restating = Restating {
            new: meta.fields.asking_newly(&old),
            old: &old,
            staff: &log.actor().staff,
            at: now.as_second(),
            changed: 0,
        };
        let begin = |connection: &Connection, meta: &super::Meta| meta.write(connection);
        Self { file, meta }.restage("fields", reindex, Some(&mut restating), log, progress, begin)?;
        Ok(restating.changed)
    }

    /// Reads every record that could stand in the way; keeps the first obstacles only.
    fn obstacles(&self, fields: &Fields) -> Result<Obstacles, DatabaseError> {
        let mut obstacles = Obstacles::default();
        let old = self.fields();
        let new = fields.asking_newly(old);
        let kept = |name: &str, kind| old.get(name).is_ok_and(|field| field.kind == kind);
        if new.iter().all(|field| !field.required && kept(&field.name, field.kind)) {
            return Ok(obstacles);
        }
        Customer::for_each(self.file.connection(), |customer| {
            let Err(bad) = customer.record.refitted(old, &new) else { return Ok(()) };
            obstacles.customers += 1;
            obstacles.total += bad.len() as u64;
            let room = LISTED - obstacles.listed.len();
            obstacles.listed.extend(bad.into_iter().take(room).map(|BadField { field, reason }| Obstacle {
                code: customer.code,
                field,
                reason: reason.to_string(),
            }));
            Ok(())
        })?;
        Ok(obstacles)
    }

    /// The list tells of the customers in it.
    fn log_obstacles(&self, obstacles: &Obstacles, log: &AccessLog) -> Result<(), LogError> {
        let mut codes: Vec<String> = obstacles.listed.iter().map(|row| row.code.to_string()).collect();
        codes.dedup();
        let mut event = Event::new(Action::Group, Outcome::Failure);
        event.group = Some(self.name().to_owned());
        event.customer = Some(codes.join(" "));
        event.detail = Some("fields: values stand in the way".to_owned());
        event.count = Some(obstacles.total);
        log.append(&event).map(drop)
    }
}

impl Restating<'_> {
    /// Brings one record to the new fields, and its history with it.
    pub fn restate(&mut self, connection: &Connection, customer: &mut Customer) -> Result<(), DatabaseError> {
        let record = customer
            .record
            .refitted(self.old, &self.new)
            .map_err(|_| DatabaseError::Damaged("a record that fitted the new fields does not"))?;
        let changes = Record::changes(&customer.record, &record);
        if changes.is_empty() {
            return Ok(());
        }
        let old =
            flat_json::write(changes.iter().map(|change| (change.field, change.old.map(Value::expose))));
        customer.version += 1;
        connection
            .prepare_cached(
                "INSERT INTO history(customer, version, at, staff, old) VALUES(?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![customer.id, customer.version, self.at, self.staff, old.as_str()])?;
        connection
            .prepare_cached("UPDATE customer SET version = ?2, updated = ?3, record = ?4 WHERE id = ?1")?
            .execute(params![customer.id, customer.version, self.at, record.to_json().as_str()])?;
        customer.record = record;
        self.changed += 1;
        Ok(())
    }
}

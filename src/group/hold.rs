//! Holds: customers who are not erased for now, as while a dispute lasts.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::code::CustomerCode;
use super::database::Customer;
use super::lookup::time;
use super::{DatabaseError, Group, NoSuchCustomer, blame};
use crate::access_log::{AccessLog, Action, Event, LogError, Makes, Outcome};
use crate::sealed::group_file::CommitError;

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// When it began.
    pub since: Timestamp,
    /// Who began it.
    pub staff: String,
    /// Why.
    pub reason: String,
}

impl Hold {
    /// That of a customer.
    pub(super) fn of(connection: &Connection, customer: i64) -> Result<Option<Self>, DatabaseError> {
        let sql = "SELECT since, staff, reason FROM hold WHERE customer = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found = connection.prepare_cached(sql)?.query_row([customer], row).optional()?;
        found.map(|(since, staff, reason)| Ok(Self { since: time(since)?, staff, reason })).transpose()
    }
}

/// A hold was not begun or ended; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Nobody has that code.
    #[error(transparent)]
    NoSuchCustomer(#[from] NoSuchCustomer),
    /// The customer is held already.
    #[error("customer {code} is held already, since {}: {}", hold.since.strftime("%Y-%m-%d"), hold.reason)]
    Twice {
        /// Who.
        code: CustomerCode,
        /// The hold.
        hold: Hold,
    },
    /// The customer is not held.
    #[error("customer {0} is not held")]
    NotHeld(CustomerCode),
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

impl Group {
    /// Holds a customer; durable when this returns. Needs an exclusively opened group.
    pub fn hold(
        &mut self,
        code: CustomerCode,
        reason: &str,
        log: &AccessLog,
        now: Timestamp,
    ) -> Result<(), HoldError> {
        let (customer, hold) = self.held(code)?;
        if let Some(hold) = hold {
            return Err(HoldError::Twice { code, hold });
        }
        let mut event = self.hold_event(code, "hold");
        event.reason = Some(reason.to_owned());
        let staff = log.actor().staff.clone();
        self.commit_hold(event, log, |connection| {
            let sql = "INSERT INTO hold(customer, since, staff, reason) VALUES(?1, ?2, ?3, ?4)";
            connection.execute(sql, params![customer.id, now.as_second(), staff, reason])
        })
    }

    /// Ends a customer's hold; durable when this returns. Needs an exclusively opened group.
    pub fn release(&mut self, code: CustomerCode, log: &AccessLog) -> Result<(), HoldError> {
        let (customer, hold) = self.held(code)?;
        hold.ok_or(HoldError::NotHeld(code))?;
        self.commit_hold(self.hold_event(code, "release"), log, |connection| {
            connection.execute("DELETE FROM hold WHERE customer = ?1", [customer.id])
        })
    }

    fn held(&self, code: CustomerCode) -> Result<(Customer, Option<Hold>), HoldError> {
        let customer = self.existing(code)??;
        let hold = Hold::of(self.file.connection(), customer.id).map_err(|error| self.blame(error))?;
        Ok((customer, hold))
    }

    fn hold_event(&self, code: CustomerCode, what: &str) -> Event {
        let mut event = Event::new(Action::Hold, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some(what.to_owned());
        event.making(Makes::Record(self.file.last_record().seq + 1))
    }

    fn commit_hold(
        &mut self,
        event: Event,
        log: &AccessLog,
        change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<(), HoldError> {
        let file = &mut self.file;
        let begun = file.change()?;
        if let Err(error) = change(begun.connection()) {
            drop(begun);
            return Err(blame(file, error).into());
        }
        log.around(&[event], |entry| Ok::<_, HoldError>(begun.commit(entry).map(drop)?))
    }
}

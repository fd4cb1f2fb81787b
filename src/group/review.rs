//! Review and retention: whose record is due to be looked at again, and what of it was kept for too long.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rusqlite::{Connection, params};

use super::code::CustomerCode;
use super::database::{self, Customer};
use super::erase::remove_tails;
use super::field::{Field, Fields};
use super::lookup::{Card, time};
use super::query::search_text;
use super::record::Record;
use super::view::{Reveal, Shown};
use super::{DatabaseError, Group, NoSuchCustomer, blame, flat_json};
use crate::access_log::{AccessLog, Action, Event, LogError, Makes, Outcome, Unlogged};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::DiskError;
use crate::sealed::group_file::{CommitError, StageError, Staging};

/// Codes that one entry of the access log lists: what a line of it has room for.
const CODES_AN_ENTRY: usize = 1_000;

/// How a customer stands towards review and retention. Days are those of UTC.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The customer's code.
    pub code: CustomerCode,
    /// What they are called by, masked where that is sensitive.
    pub name: Option<Shown>,
    /// The day from which on a review is due.
    pub due: Date,
    /// Whether it is due by now.
    pub overdue: bool,
    /// The fields whose values were kept for longer than they may be.
    pub outlived: Vec<String>,
    /// Whether the customer is held.
    pub held: bool,
    /// When they were reviewed last.
    pub reviewed: Option<Timestamp>,
}

impl Standing {
    /// Whether somebody has to do something about it.
    pub fn is_due(&self) -> bool {
        self.overdue || !self.outlived.is_empty()
    }
}

/// A review was not noted, or nothing was dropped; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Nobody has that code.
    #[error(transparent)]
    NoSuchCustomer(#[from] NoSuchCustomer),
    /// The customer is held.
    #[error("customer {0} is held, and nothing of theirs is dropped")]
    Held(CustomerCode),
    /// A required field is kept for as long as the customer.
    #[error("the field `{field}` of customer {code} is required: edit it, or erase the customer")]
    Required {
        /// Who.
        code: CustomerCode,
        /// The field.
        field: String,
    },
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The commit failed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The new files could not be written.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// What crashes had cut off can't be removed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is done, and an old file is left.
    #[error("the values are dropped, but a file that still holds them is left: {0}")]
    Left(#[source] DiskError),
}

impl From<rusqlite::Error> for ReviewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// So many months later; the last day there is where the calendar ends.
fn later(date: Date, months: u32) -> Date {
    date.saturating_add(i64::from(months).months())
}

/// What is known of all customers at once.
struct Known {
    held: HashSet<i64>,
    reviewed: HashMap<i64, i64>,
}

impl Known {
    fn read(connection: &Connection) -> Result<Self, DatabaseError> {
        let mut statement = connection.prepare("SELECT customer FROM hold")?;
        let held = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement = connection.prepare("SELECT customer, at FROM review")?;
        let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let reviewed = statement.query_map([], pair)?.collect::<Result<_, _>>()?;
        Ok(Self { held, reviewed })
    }
}

impl Group {
    /// How every customer stands, or only those of whom something is due; the most overdue first.
    pub fn review(&self, only_due: bool, now: Timestamp) -> Result<Unlogged<Vec<Standing>>, DatabaseError> {
        let standings = self.standings(only_due, now).map_err(|error| self.blame(error))?;
        let event = |part: &[Standing]| {
            let mut event = Event::new(Action::Review, Outcome::Success);
            event.group = Some(self.name().to_owned());
            let codes: Vec<String> = part.iter().map(|standing| standing.code.to_string()).collect();
            event.customer = (!codes.is_empty()).then(|| codes.join(" "));
            event.detail = Some(if only_due { "list due" } else { "list" }.to_owned());
            event.count = Some(part.len() as u64);
            event
        };
        let mut events: Vec<Event> = standings.chunks(CODES_AN_ENTRY).map(event).collect();
        if events.is_empty() {
            events.push(event(&[]));
        }
        Ok(Unlogged::new(standings, events))
    }

    fn standings(&self, only_due: bool, now: Timestamp) -> Result<Vec<Standing>, DatabaseError> {
        let connection = self.file.connection();
        let known = Known::read(connection)?;
        let today = day(now);
        let mut standings = Vec::new();
        Customer::for_each(connection, |customer| {
            let standing = self.standing(&customer, &known, today)?;
            if !only_due || standing.is_due() {
                standings.push(standing);
            }
            Ok(())
        })?;
        standings.sort_by_key(|standing| (standing.outlived.is_empty(), standing.due));
        Ok(standings)
    }

    fn standing(&self, customer: &Customer, known: &Known, today: Date) -> Result<Standing, DatabaseError> {
        let reviewed = known.reviewed.get(&customer.id).map(|at| time(*at)).transpose()?;
        let created = time(customer.created)?;
        let due = later(day(reviewed.unwrap_or(created)), self.fields().review_months());
        let view = customer.record.view(self.fields(), &Reveal::none());
        Ok(Standing {
            code: customer.code,
            name: view.entries().next().map(|(_, shown)| shown.clone()),
            due,
            overdue: due <= today,
            outlived: outlived(self.file.connection(), self.fields(), customer, today)?,
            held: known.held.contains(&customer.id),
            reviewed,
        })
    }

    /// Notes that a customer's record was reviewed; durable when this returns. Needs an exclusively opened group.
    pub fn reviewed(
        &mut self,
        code: CustomerCode,
        log: &AccessLog,
        now: Timestamp,
    ) -> Result<Date, ReviewError> {
        let customer = self.existing(code)??;
        let next = later(day(now), self.fields().review_months());
        let event = self.review_event(code, "done").making(Makes::Record(self.file.last_record().seq + 1));
        let staff = &log.actor().staff;
        let file = &mut self.file;
        let change = file.change()?;
        let noted = change.connection().execute(
            "INSERT OR REPLACE INTO review(customer, at, staff) VALUES(?1, ?2, ?3)",
            params![customer.id, now.as_second(), staff],
        );
        if let Err(error) = noted {
            drop(change);
            return Err(blame(file, error).into());
        }
        log.around(&[event], |entry| Ok::<_, ReviewError>(change.commit(entry).map(drop)?))?;
        Ok(next)
    }

    /// A customer as whoever reviews them sees them, sensitive values masked.
    pub fn to_review(&self, code: CustomerCode) -> Result<Unlogged<Card>, ReviewError> {
        let card = self.card(&self.existing(code)??, &Reveal::none())?;
        let mut event = self.review_event(code, "to review");
        event.action = Action::Lookup;
        event.count = Some(1);
        Ok(Unlogged::new(card, vec![event]))
    }

    fn review_event(&self, code: CustomerCode, what: &str) -> Event {
        let mut event = Event::new(Action::Review, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some(what.to_owned());
        event
    }

    /// Drops fields of a customer that were kept for too long: the values, and every earlier one of theirs, are
    /// gone from every byte of the group's files. The history keeps that, when and by whom. Needs an exclusively
    /// opened group.
    pub fn drop_fields(
        self,
        code: CustomerCode,
        names: &[String],
        log: &AccessLog,
        now: Timestamp,
        progress: Progress<'_>,
    ) -> Result<(), ReviewError> {
        let customer = self.existing(code)??;
        if let Some(field) = self.fields().iter().find(|field| field.required && names.contains(&field.name))
        {
            return Err(ReviewError::Required { code, field: field.name.clone() });
        }
        if Known::read(self.file.connection()).map_err(|error| self.blame(error))?.held.contains(&customer.id)
        {
            let event = Event { outcome: Outcome::Denied, ..self.review_event(code, "drop; held") };
            log.append(&event)?;
            return Err(ReviewError::Held(code));
        }
        let mut event = self.review_event(code, "drop");
        event.fields = names.to_vec();
        let event = event.making(Makes::Generation(self.file.head().generation + 1));
        let events = event.taking_in(&self.file.entries());
        let ledger = self.file.head().ledger;
        let Self { file, meta } = self;
        let mut stage = file.stage();
        // The same end: it makes the stage a base, in which nothing of what was before is left.
        stage.ends_ledger(ledger);
        let dropped = drop_values(
            &mut stage,
            &meta.fields,
            &customer,
            names,
            (&log.actor().staff, now.as_second()),
            progress,
        );
        dropped.map_err(|error| match error {
            ReviewError::Database(error) => ReviewError::Database(blame(stage.file(), error)),
            other => other,
        })?;
        let access = stage.file().access_handle();
        let left = log.around(&events, |entry| -> Result<_, ReviewError> {
            remove_tails(&*access.disk, &access.folder)?;
            Ok(stage.publish_and_remove(entry, progress)?)
        })?;
        left.map_err(ReviewError::Left)
    }
}

/// The fields of a customer whose values were stored longer ago than they may be kept.
fn outlived(
    connection: &Connection,
    fields: &Fields,
    customer: &Customer,
    today: Date,
) -> Result<Vec<String>, DatabaseError> {
    let over = |at: i64, months: u32| Ok::<_, DatabaseError>(later(day(time(at)?), months) <= today);
    let mut candidates: Vec<(&Field, u32)> = Vec::new();
    for (field, _) in customer.record.present(fields) {
        // What is younger than the customer can only be younger.
        if let Some(months) = field.keep_months
            && over(customer.created, months)?
        {
            candidates.push((field, months));
        }
    }
    if candidates.is_empty() || customer.version == 1 {
        return Ok(candidates.into_iter().map(|(field, _)| field.name.clone()).collect());
    }
    let changed = last_changes(connection, customer)?;
    let mut names = Vec::new();
    for (field, months) in candidates {
        if over(changed.get(&field.name).copied().unwrap_or(customer.created), months)? {
            names.push(field.name.clone());
        }
    }
    Ok(names)
}

/// When each field was changed last, in seconds since 1970.
fn last_changes(connection: &Connection, customer: &Customer) -> Result<HashMap<String, i64>, DatabaseError> {
    let sql = "SELECT at, old FROM history WHERE customer = ?1 ORDER BY version";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([customer.id])?;
    let mut changed = HashMap::new();
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        for (name, _) in old_values(&row.get::<_, String>(1)?)? {
            changed.insert(name, at);
        }
    }
    Ok(changed)
}

fn old_values(text: &str) -> Result<flat_json::Members, DatabaseError> {
    flat_json::read(text).map_err(|_| DatabaseError::Damaged("a stored history does not read"))
}

fn drop_values(
    stage: &mut Staging,
    fields: &Fields,
    customer: &Customer,
    names: &[String],
    (staff, at): (&str, i64),
    progress: Progress<'_>,
) -> Result<(), ReviewError> {
    let dropped: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let connection = stage.connection();
    connection.execute_batch("BEGIN")?;
    let mut record: Record = customer.record.clone();
    for name in &dropped {
        record.put((*name).to_owned(), None);
    }
    if search_text(fields, &customer.record) != search_text(fields, &record) {
        database::unindex_words(connection, fields, customer.id, &customer.record)?;
        database::index_words(connection, fields, customer.id, &record)?;
    }
    database::remove_keys(connection, fields, customer.id, &customer.record)?;
    let keys = super::duplicate::duplicate_keys(fields, &record).into_iter().map(|key| key.key);
    database::insert_keys(connection, keys, customer.id)?;
    let earlier: Vec<(i64, String)> = {
        let mut statement = connection.prepare("SELECT version, old FROM history WHERE customer = ?1")?;
        let rows = statement.query_map([customer.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (version, old) in earlier {
        let old = old_values(&old)?;
        // That it was changed stays; what it was does not.
        let kept = old.iter().map(|(name, value)| {
            let value = value.as_ref().filter(|_| !dropped.contains(name.as_str()));
            (name.as_str(), value.map(|value| value.as_str()))
        });
        connection.execute(
            "UPDATE history SET old = ?3 WHERE customer = ?1 AND version = ?2",
            params![customer.id, version, flat_json::write(kept).as_str()],
        )?;
    }
    let none = flat_json::write(dropped.iter().map(|name| (*name, None)));
    connection.execute(
        "INSERT INTO history(customer, version, at, staff, old) VALUES(?1, ?2, ?3, ?4, ?5)",
        params![customer.id, customer.version + 1, at, staff, none.as_str()],
    )?;
    connection.execute(
        "UPDATE customer SET version = ?2, updated = ?3, record = ?4 WHERE id = ?1",
        params![customer.id, customer.version + 1, at, record.to_json().as_str()],
    )?;
    connection.execute_batch("COMMIT")?;
    stage.settle(progress)?;
    stage.connection().execute_batch("INSERT INTO search(search) VALUES('optimize')")?;
    Ok(stage.settle(progress)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(later(date("2026-01-31"), 1), date("2026-02-28"));
        assert_eq!(later(date("2024-02-29"), 12), date("2025-02-28"));
        assert_eq!(later(date("9999-01-01"), 1_200), Date::MAX);
    }
}

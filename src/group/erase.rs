//! Erasing customers: from the database, its search index and history, the documents, and every byte of the
//! group's files. The codes alone stay, in the ledger.

use jiff::Timestamp;
use rusqlite::Connection;

use super::code::CustomerCode;
use super::database::{self, Customer, Meta};
use super::document::keep::SweepError;
use super::field::Fields;
use super::hold::Hold;
use super::lookup::Card;
use super::upkeep::{UpkeepError, rewrite};
use super::view::Reveal;
use super::vocabulary;
use super::{DatabaseError, Group, NoSuchCustomer, blame};
use crate::access_log::{AccessLog, Action, Event, LogError, Makes, Outcome, Unlogged};
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::group_file::{GroupFile, StageError, Staging};
use crate::sealed::ledger::{Ledger, LedgerError, UsedCodes};

/// Nobody was erased; the group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Nobody has that code.
    #[error(transparent)]
    NoSuchCustomer(#[from] NoSuchCustomer),
    /// A customer is held.
    #[error("customer {code} is held since {}: {}", hold.since.strftime("%Y-%m-%d"), hold.reason)]
    Held {
        /// Who.
        code: CustomerCode,
        /// Since when, by whom, why.
        hold: Hold,
    },
    /// What crashes had cut off can't be removed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The ledger is damaged or can't be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The new files could not be written.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// An older group could not be brought to this program's version first.
    #[error(transparent)]
    Upgrade(#[from] UpkeepError),
    /// What a crash left of documents can't be removed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// What was erased.
#[derive(Debug)]
pub struct Erased {
    /// How many documents went with the customers.
    pub documents: u64,
    /// How many torn tails, which may have held something of them, went from the group's `aside`.
    pub tails: u64,
    /// What of the old files could not be removed yet: they still hold what was erased.
    pub left: Result<(), DiskError>,
}

impl Group {
    /// A customer as whoever is to erase them sees them, sensitive values masked.
    pub fn to_erase(&self, code: CustomerCode) -> Result<Unlogged<Card>, EraseError> {
        let customer = self.erasable(code)?;
        let card = self.card(&customer, &Reveal::none())?;
        let mut event = Event::new(Action::Lookup, Outcome::Success);
        event.group = Some(self.name().to_owned());
        event.customer = Some(code.to_string());
        event.detail = Some("to erase".to_owned());
        event.count = Some(1);
        Ok(Unlogged::new(card, vec![event]))
    }

    fn erasable(&self, code: CustomerCode) -> Result<Customer, EraseError> {
        let customer = self.existing(code)??;
        match Hold::of(self.file.connection(), customer.id).map_err(|error| self.blame(error))? {
            Some(hold) => Err(EraseError::Held { code, hold }),
            None => Ok(customer),
        }
    }

    /// When the customer of that code was erased, if they were.
    pub fn erased_at(&self, code: CustomerCode) -> Result<Option<Timestamp>, LedgerError> {
        Ok(self.ledger()?.line_of(&code.to_string()).map(|line| line.at))
    }

    /// Codes of customers who were erased: nobody gets one of them again, or a restore would erase them too.
    pub(super) fn used_codes(&self) -> Result<UsedCodes, DatabaseError> {
        used_codes(&self.file)
    }

    pub(super) fn ledger(&self) -> Result<Ledger, LedgerError> {
        Ledger::read(&self.file.access().outside(), self.file.head().ledger)
    }

    /// Erases customers. When this returns, no file of the group holds anything of them, but for what
    /// [`Erased::left`] names. Needs an exclusively opened group.
    pub fn erase(
        self,
        codes: &[CustomerCode],
        reason: &str,
        log: &AccessLog,
        now: Timestamp,
        progress: Progress<'_>,
    ) -> Result<Erased, EraseError> {
        let customers: Vec<Customer> =
            codes.iter().map(|code| self.erasable(*code)).collect::<Result<_, _>>()?;
        // What an earlier removal, broken off, left of their documents has no row any more that would tell.
        self.sweep_documents()?;
        let ledger = self.ledger()?;
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        let (entries, roster) = (self.file.entries(), self.file.roster());
        let (access, generation) = (self.file.access_handle(), self.file.head().generation + 1);
        let Self { file, meta } = self;
        let mut stage = file.stage();
        let documents =
            delete(&mut stage, &meta.fields, &customers, progress).map_err(|error| match error {
                EraseError::Database(error) => EraseError::Database(blame(stage.file(), error)),
                other => other,
            })?;
        let mut event = Event::new(Action::Erase, Outcome::Success);
        event.group = Some(access.group.clone());
        event.customer = Some(codes.join(" "));
        event.reason = Some(reason.to_owned());
        event.count = Some(codes.len() as u64);
        let events = event.making(Makes::Generation(generation)).taking_in(&entries);
        let (tails, left) = log.around(&events, |entry| -> Result<_, EraseError> {
            stage.ends_ledger(ledger.append(&access, &codes, (roster, entry, now))?);
            // Before the head: nobody would remove them after a crash.
            let tails = remove_tails(&*access.disk, &access.folder)?;
            Ok((tails, stage.publish_and_remove(entry, progress)?))
        })?;
        Ok(Erased { documents, tails, left })
    }
}

/// Erases the customers of some codes in a stage, held or not, as far as there are any: they were erased before, and
/// a restore brought them back. Gives the codes that there were.
pub fn erase_again(
    stage: &mut Staging,
    codes: &[String],
    progress: Progress<'_>,
) -> Result<Vec<String>, EraseError> {
    let meta = Meta::read(stage.connection())?;
    let mut customers = Vec::new();
    for code in codes.iter().filter_map(|code| CustomerCode::parse(code).ok()) {
        customers.extend(Customer::by_code(stage.connection(), &code)?);
    }
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    if meta.version < database::VERSION {
        // Its words were made by other rules: they can be taken out only once they are made anew.
        rewrite(stage, &meta, true, None, progress, |connection, _| database::upgrade(connection))?;
    }
    delete(stage, &meta.fields, &customers, progress)?;
    Ok(customers.iter().map(|customer| customer.code.to_string()).collect())
}

/// See [`Group::used_codes`].
pub(super) fn used_codes(file: &GroupFile) -> Result<UsedCodes, DatabaseError> {
    let access = file.access();
    Ok(UsedCodes::read(&*access.disk, &access.folder)?)
}

/// Deletes customers from a stage, with all that is theirs. Gives how many documents leave.
fn delete(
    stage: &mut Staging,
    fields: &Fields,
    customers: &[Customer],
    progress: Progress<'_>,
) -> Result<u64, EraseError> {
    let connection = stage.connection();
    connection.execute_batch("BEGIN").map_err(DatabaseError::from)?;
    let mut documents = Vec::new();
    for customer in customers {
        documents.extend(delete_one(connection, fields, customer)?);
    }
    connection.execute_batch("COMMIT").map_err(DatabaseError::from)?;
    let count = documents.len() as u64;
    for file in documents {
        stage.leaves_document(file);
    }
    stage.settle(progress)?;
    // Only now are the words of nobody gone from the index: FTS5 keeps them, marked, until it merges.
    let optimized = stage.connection().execute_batch("INSERT INTO search(search) VALUES('optimize')");
    optimized.map_err(DatabaseError::from)?;
    stage.settle(progress)?;
    Ok(count)
}

fn delete_one(
    connection: &Connection,
    fields: &Fields,
    customer: &Customer,
) -> Result<Vec<String>, DatabaseError> {
    let id = customer.id;
    database::unindex_words(connection, fields, id, &customer.record)?;
    let mut statement = connection.prepare_cached("SELECT file FROM document WHERE customer = ?1")?;
    let documents = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    // Keys of earlier fields too, which `duplicate_keys` of today's would not find.
    for table in ["duplicate_key", "history", "document", "hold", "review"] {
        connection.execute(&format!("DELETE FROM {table} WHERE customer = ?1"), [id])?;
    }
    connection.execute("DELETE FROM customer WHERE id = ?1", [id])?;
    vocabulary::forget(connection, fields, &customer.record, None)?;
    Ok(documents)
}

/// Torn tails that were moved aside: what they hold can't be told apart, so all of them go.
pub(super) fn remove_tails(disk: &dyn Disk, group: &std::path::Path) -> Result<u64, DiskError> {
    let folder = &group.join("aside");
    let tails = match disk.list(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        listed => listed.at("list", folder)?,
    };
    for name in &tails {
        let path = folder.join(name);
        disk.remove_file(&path).at("remove", &path)?;
    }
    if !tails.is_empty() {
        disk.sync_dir(folder).at("flush", folder)?;
    }
    Ok(tails.len() as u64)
}

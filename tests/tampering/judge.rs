//! What everybody sees of an office: each reader opens all that they can, as a fresh program, and what they
//! are shown is held against what there was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use vault::access_log::reading::ReadError;
use vault::access_log::{Action, Event, LogError, Outcome};
use vault::cli::error::{CommandError, Kind};
use vault::group::{DatabaseError, Group, OpenError};
use vault::sealed::disk::Disk;
use vault::sealed::group_file::{GroupFile, OpenGroupError};
use vault::sealed::lock::Mode;
use vault::sealed::signed::Digest;
use vault::store::{Session, Store};

use crate::office::{LATER, Office, SHEET, WORK, layout, login, passphrase, state, surroundings};
use crate::simulated_disk::{Moment, SimulatedDisk};

/// Somebody, and what they open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// Themself.
    Unlock(&'static str),
    /// All rows of a group, which is verified as well.
    Group(&'static str, &'static str),
    /// The whole access log, which is verified first.
    Log(&'static str),
    /// With the recovery sheet, for an owner: all groups, of which this one is looked at.
    Recover(&'static str),
    /// A group, to change it: puts in order what crashes left.
    Writer(&'static str),
}

/// What a reader was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    text: Vec<String>,
    /// What they were told beside that.
    told: Vec<String>,
}

/// What a reader makes of a changed office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saw {
    /// What there was.
    Same,
    /// What there was, and that something was not in order.
    Told(String),
    /// What there was at an earlier moment.
    Older,
    /// An error: which kind and what it says.
    Error(Kind, String),
    /// Anything else: never right.
    Wrong(String),
}

/// Knows what everybody was shown at every moment.
pub struct Judge {
    now: BTreeMap<Reader, Shown>,
    before: BTreeMap<Reader, Vec<Vec<String>>>,
    /// Every line of the roster: the last one's hash tells all of them.
    lines: BTreeSet<String>,
}

impl Judge {
    pub fn of(office: &Office) -> Self {
        let worker = SimulatedDisk::new();
        let (last, earlier) = office.pictures.split_last().unwrap();
        let roster = crate::change::lines(&last.live.read(&layout().roster()));
        let lines = roster.iter().map(|line| Digest::of(line.strip_suffix(b"\n").unwrap()).to_string());
        let mut judge = Self { now: BTreeMap::new(), before: BTreeMap::new(), lines: lines.collect() };
        for reader in crate::kinds::all_readers() {
            let shown = reader.read(&worker.resumed(last.clone())).unwrap();
            assert_eq!(shown.told, [] as [String; 0], "{reader:?}");
            assert!(!shown.text.is_empty(), "{reader:?}");
            judge.now.insert(reader, shown);
            let before = earlier.iter().filter_map(|moment| {
                Some(reader.read(&without_notes(&worker.resumed(moment.clone()))).ok()?.text)
            });
            judge.before.insert(reader, before.collect());
        }
        judge
    }

    /// What `reader` makes of what is on that disk.
    pub fn saw(&self, reader: Reader, disk: &SimulatedDisk) -> Saw {
        let read = catch_unwind(AssertUnwindSafe(|| reader.read(disk)));
        match read {
            Err(panic) => Saw::Wrong(format!("a panic: {:?}", panic.downcast_ref::<String>())),
            Ok(Err(error)) => Saw::Error(error.kind(), error.message().to_owned()),
            Ok(Ok(shown)) if shown.text == self.now[&reader].text => match shown.told.first() {
                None => Saw::Same,
                Some(told) => Saw::Told(told.clone()),
            },
            Ok(Ok(shown)) if self.before[&reader].contains(&shown.text) => Saw::Older,
            Ok(Ok(shown)) if self.is_between(reader, &shown.text) => Saw::Older,
            Ok(Ok(shown)) => Saw::Wrong(format!("{:?}, not {:?}", shown.text, self.now[&reader].text)),
        }
    }
}

impl Judge {
    /// Between two pictures lines and entries were written.
    fn is_between(&self, reader: Reader, text: &[String]) -> bool {
        match reader {
            Reader::Log(_) => self.now[&reader].text.starts_with(text),
            Reader::Unlock(_) => self.lines.contains(&text[0]),
            _ => false,
        }
    }
}

/// The same disk in a machine that has never seen the store.
pub fn without_notes(disk: &SimulatedDisk) -> SimulatedDisk {
    if disk.exists(&state()).unwrap() {
        disk.remove_dir_all(&state()).unwrap();
    }
    disk.clone()
}

/// The same moment in a machine that has never seen the store.
pub fn unseen(moment: &Moment) -> Moment {
    without_notes(&SimulatedDisk::new().resumed(moment.clone())).now()
}

impl Reader {
    /// Opens and reads, as one command does.
    pub fn read(self, disk: &SimulatedDisk) -> Result<Shown, CommandError> {
        self.read_on(Arc::new(disk.clone()))
    }

    pub fn read_on(self, disk: Arc<dyn Disk>) -> Result<Shown, CommandError> {
        let at = Desk { disk };
        match self {
            Self::Unlock(person) => {
                let session = at.unlock(person)?;
                Ok(Shown { text: outline(&session), told: notices(&session) })
            }
            Self::Group(person, group) => {
                let session = at.unlock(person)?;
                let text = rows(&session, group)?;
                verify(&session, group)?;
                Ok(Shown { text, told: notices(&session) })
            }
            Self::Log(person) => at.log(person),
            Self::Recover(group) => at.recover(group),
            Self::Writer(group) => at.write(group),
        }
    }
}

/// A machine at which somebody sits down.
struct Desk {
    disk: Arc<dyn Disk>,
}

impl Desk {
    fn store(&self) -> Result<Store, CommandError> {
        Ok(Store::open(layout().root(), &surroundings(Arc::clone(&self.disk), LATER))?)
    }

    fn unlock(&self, person: &str) -> Result<Session, CommandError> {
        Ok(self.store()?.unlock(person, &passphrase(person))?)
    }

    /// As `vault log verify` does, and then `vault log show`.
    fn log(&self, person: &str) -> Result<Shown, CommandError> {
        let verifier = self.store()?.unlock_to_verify(person, &passphrase(person))?;
        let log = verifier.verify(&log_event(), Vec::new(), NonZeroUsize::MIN, &|_, _| ())?;
        if let Some(first) = log.found.findings.first.first() {
            return Err(CommandError::of(Kind::Damaged, first));
        }
        if let Some(error) = log.unlogged {
            return Err(error.into());
        }
        let mut told: Vec<String> = verifier.take_notices().iter().map(ToString::to_string).collect();
        told.extend(log.found.uncommitted.first.iter().map(|entry| format!("{entry:?}")));
        let session = self.unlock(person)?;
        told.extend(notices(&session));
        let reading = session.read_log(&log_event())?;
        let later: Timestamp = LATER.parse().unwrap();
        let mut text = Vec::new();
        reading.reader(NonZeroUsize::MIN).each(
            reading.extent(),
            &|_, _| (),
            |opened| {
                let own = opened.entry.time.parse::<Timestamp>().is_ok_and(|time| time < later);
                own.then(|| format!("{:?}", opened.entry))
            },
            |entry| {
                text.push(entry);
                Ok::<_, LogFailure>(())
            },
        )?;
        Ok(Shown { text, told })
    }

    fn recover(&self, group: &str) -> Result<Shown, CommandError> {
        let sheet = self.store()?.unlock_recovery(&passphrase(SHEET))?;
        sheet.recover(&"alice".parse().unwrap(), &login("alice"), &login(SHEET), WORK)?;
        let mut told: Vec<String> = sheet.take_notices().iter().map(ToString::to_string).collect();
        let session = self.unlock("alice")?;
        let mut text = rows(&session, group)?;
        verify(&session, group)?;
        // The intake key that each re-key adds is never the same.
        text.retain(|row| !row.starts_with("meta"));
        told.extend(notices(&session));
        Ok(Shown { text, told })
    }

    fn write(&self, group: &str) -> Result<Shown, CommandError> {
        let session = self.unlock("alice")?;
        session.finish_pending()?;
        let opened = open(&session, group, Mode::Exclusive)?;
        let mut told: Vec<String> = opened.notices().iter().map(|notice| format!("{notice:?}")).collect();
        drop(opened);
        told.extend(notices(&session));
        let text = rows(&session, group)?;
        verify(&session, group)?;
        Ok(Shown { text, told })
    }
}

/// What ends the reading of the log.
struct LogFailure(CommandError);

impl From<ReadError> for LogFailure {
    fn from(error: ReadError) -> Self {
        Self(error.into())
    }
}

impl From<LogError> for LogFailure {
    fn from(error: LogError) -> Self {
        Self(error.into())
    }
}

impl From<LogFailure> for CommandError {
    fn from(failure: LogFailure) -> Self {
        failure.0
    }
}

pub fn log_event() -> Event {
    let mut event = Event::new(Action::Log, Outcome::Success);
    event.detail = Some("verify".to_owned());
    event
}

/// Which roster holds, who they are, and what they may open.
fn outline(session: &Session) -> Vec<String> {
    let roster = session.roster();
    let rest = format!("{:?} {:?} {:?}", session.person(), session.groups(), roster.policy());
    vec![roster.mark().hash.to_string(), rest]
}

fn notices(session: &Session) -> Vec<String> {
    session.take_notices().iter().map(ToString::to_string).collect()
}

fn in_group(error: impl Into<CommandError>, group: &str) -> CommandError {
    error.into().in_group(group)
}

/// Opens a group as a command does: a key of which the roster as it is now knows nothing is damage.
fn open(session: &Session, group: &str, mode: Mode) -> Result<Group, CommandError> {
    session.refresh()?;
    match Group::open(session.access(group)?, mode) {
        Err(OpenError::Files(OpenGroupError::Rekeyed { path })) => {
            let what =
                format!("group {group}: {} claims a key that the roster does not know", path.display());
            Err(CommandError::new(Kind::Damaged, what))
        }
        opened => opened.map_err(|error| in_group(error, group)),
    }
}

fn verify(session: &Session, group: &str) -> Result<(), CommandError> {
    let opened = open(session, group, Mode::Shared)?;
    opened.verify(session.log(), &|_, _| ()).map_err(|error| in_group(error, group))?;
    Ok(())
}

/// Every row of every table.
fn rows(session: &Session, group: &str) -> Result<Vec<String>, CommandError> {
    drop(open(session, group, Mode::Shared)?);
    let file = GroupFile::open(session.access(group)?.into(), Mode::Shared)?;
    dump(&file).map_err(|error| match file.take_failure() {
        Some(failure) => in_group(failure, group),
        None => in_group(DatabaseError::from(error), group),
    })
}

fn dump(file: &GroupFile) -> rusqlite::Result<Vec<String>> {
    let connection = file.connection();
    let tables =
        "SELECT name FROM sqlite_schema WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1";
    let mut statement = connection.prepare(tables)?;
    let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut dumped = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut text = table.clone();
            // Their files' names and ids, which are the last columns but two, are others after each re-key.
            let told = |column: &usize| table != "document" || !(6..8).contains(column);
            for column in (0..columns).filter(told) {
                let value = row.get_ref(column)?;
                let _ = write!(text, "|{value:?}");
            }
            dumped.push(text);
        }
    }
    Ok(dumped)
}

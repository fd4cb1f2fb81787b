//! An entry: what a caller describes, what is sealed, and how it is opened again.

use std::io;

use data_encoding::{BASE64, HEXLOWER};
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Serialize};

use super::log::LogError;
use crate::sealed::age_file::OpenError;
use crate::sealed::identity::{Identity, Recipient};
use crate::sealed::signed::{
    self, Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, VerifyingKey,
};
use crate::surroundings::Random;

/// The version of the entry's format.
const VERSION: u32 = 1;
/// The longest line of the access log, newline included, in bytes.
pub const LINE_LIMIT: usize = 64 * 1024;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the commands'")]
pub enum Action {
    Unlock,
    Add,
    Lookup,
    Search,
    Edit,
    History,
    Erase,
    Hold,
    Review,
    Document,
    Import,
    Export,
    Disclose,
    Intake,
    Redact,
    Checkpoint,
    Verify,
    Group,
    Staff,
    Agreement,
    Passwd,
    Recover,
    Backup,
    Restore,
    Accept,
    Drill,
    Log,
    Policy,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Success,
    /// Tried, and failed.
    Failure,
    /// Not allowed.
    Denied,
}

/// What a person may do in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Manages people, groups, fields and policy, and does all that a clerk does.
    Owner,
    /// Works on the records of granted groups.
    Clerk,
    /// Reads the access log and no record.
    Auditor,
}

/// Their names are those of the columns: `lookup`, `denied`, `clerk`.
macro_rules! named_as_serialized {
    ($($kind:ty),*) => {$(
        impl std::fmt::Display for $kind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.serialize(formatter)
            }
        }
    )*};
}
named_as_serialized!(Action, Outcome, Role);

impl Action {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 28] = [
        Self::Unlock,
        Self::Add,
        Self::Lookup,
        Self::Search,
        Self::Edit,
        Self::History,
        Self::Erase,
        Self::Hold,
        Self::Review,
        Self::Document,
        Self::Import,
        Self::Export,
        Self::Disclose,
        Self::Intake,
        Self::Redact,
        Self::Checkpoint,
        Self::Verify,
        Self::Group,
        Self::Staff,
        Self::Agreement,
        Self::Passwd,
        Self::Recover,
        Self::Backup,
        Self::Restore,
        Self::Accept,
        Self::Drill,
        Self::Log,
        Self::Policy,
    ];
}

/// Text names no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no action of that name")]
pub struct NoSuchAction;

impl std::str::FromStr for Action {
    type Err = NoSuchAction;

    fn from_str(text: &str) -> Result<Self, NoSuchAction> {
        let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        Self::deserialize(name).map_err(|_| NoSuchAction)
    }
}

/// Who acts, in which session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person's name; of a failed unlock, the name that was claimed.
    pub staff: String,
    /// Their role.
    pub role: Role,
    /// Random, one for each unlock: see [`random_id`].
    pub session_id: String,
}

/// What a caller describes of one act. Names of fields, never their values; no search words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// In which group.
    pub group: Option<String>,
    /// To which customer: the code.
    pub customer: Option<String>,
    /// Which fields were shown or changed.
    pub fields: Vec<String>,
    /// Why, as the person said.
    pub reason: Option<String>,
    /// What else an auditor needs, in fixed words.
    pub detail: Option<String>,
    /// How many customers, rows or files.
    pub count: Option<u64>,
}

impl Event {
    /// An event of which nothing more is known.
    pub fn new(action: Action, outcome: Outcome) -> Self {
        Self {
            action,
            outcome,
            group: None,
            customer: None,
            fields: Vec::new(),
            reason: None,
            detail: None,
            count: None,
        }
    }
}

/// One entry, as sealed: the columns of the log in their order (the last, `hash`, is that of the
/// line and stands in [`Opened`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The format's version, 1.
    pub v: u32,
    /// Counted from 1.
    pub seq: u64,
    /// RFC 3339, UTC, as the machine's clock had it: recorded, not trusted.
    pub time: String,
    /// Random, one for each entry.
    pub event_id: String,
    /// Random, one for each unlock.
    pub session_id: String,
    /// The person's name; of an unsigned entry, the name that was claimed.
    pub staff: String,
    /// Their role.
    pub role: Role,
    /// What was done.
    pub action: Action,
    /// In which group.
    pub group: Option<String>,
    /// To which customer: the code.
    pub customer: Option<String>,
    /// Which fields were shown or changed.
    pub fields: Vec<String>,
    /// Why, as the person said.
    pub reason: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What else an auditor needs.
    pub detail: Option<String>,
    /// How many customers, rows or files.
    pub count: Option<u64>,
    /// The machine's name.
    pub host: String,
    /// The OS account.
    pub os_user: String,
    /// The program's version.
    pub version: String,
    /// SHA-256 of the previous line.
    pub prev: Digest,
    /// Whose signature follows, `alice.1`; absent when nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// True, and present, only when nobody signed: failed unlocks and nightly jobs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned: bool,
}

/// An entry that was opened and, unless it says that nobody signed it, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The columns.
    pub entry: Entry,
    /// SHA-256 of the line: the column `hash`.
    pub hash: Digest,
}

/// A line of the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The line is not one of the access log's.
    #[error("not a line of the access log")]
    Malformed,
    /// The sealed part does not open.
    #[error("the sealed entry does not open: {0}")]
    Sealed(#[from] OpenError),
    /// The sealed part is not an entry, or its signature does not fit.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Nobody of that name could have signed it.
    #[error("signed by {signer}, who is not in the roster")]
    UnknownSigner {
        /// The signer that the entry names.
        signer: String,
    },
    /// The entry was moved here from another place of the chain, or claims another signer's name.
    #[error("the sealed entry does not belong to this line")]
    Misplaced,
}

/// The line around a sealed entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub seq: u64,
    pub epoch: u32,
    pub prev: Digest,
    pub sealed: String,
}

impl Line {
    /// Parses a line without its newline. What is longer than any that is written is none: whoever seeks
    /// lines by their number, or the last one, would not find it.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        if line.len() >= LINE_LIMIT {
            return None;
        }
        serde_json::from_slice(line).ok()
    }

    /// What [`Entry::open`] does, of a line that was parsed.
    pub(super) fn open(
        &self,
        log_identity: &Identity,
        store: &StoreId,
        key_of: impl Fn(&str) -> Option<VerifyingKey>,
    ) -> Result<Entry, EntryError> {
        let sealed = BASE64.decode(self.sealed.as_bytes()).map_err(|_| EntryError::Malformed)?;
        let plaintext = log_identity.open(&sealed)?;
        let entry = match Unverified::<Entry>::parse(&plaintext) {
            Ok(unverified) => {
                let claimed = unverified.claimed();
                let signer = claimed.signer.clone().ok_or(EntryError::Misplaced)?;
                if claimed.unsigned || signer.rsplit_once('.').map(|(name, _)| name) != Some(&claimed.staff) {
                    return Err(EntryError::Misplaced);
                }
                let key = key_of(&signer).ok_or(EntryError::UnknownSigner { signer })?;
                unverified.verify(Purpose::Entry, store, &key)?
            }
            // Not signed: then it must say so itself.
            Err(error) => match serde_json::from_slice::<Entry>(&plaintext) {
                Ok(entry) if entry.unsigned && entry.signer.is_none() => entry,
                _ => return Err(error.into()),
            },
        };
        if entry.v != VERSION || entry.seq != self.seq || entry.prev != self.prev {
            return Err(EntryError::Misplaced);
        }
        Ok(entry)
    }
}

impl Entry {
    /// Fills in the columns for the entry after `before`.
    pub(super) fn of(event: &Event, actor: &Actor, before: Mark, place: Place<'_>) -> Self {
        Self {
            v: VERSION,
            seq: before.seq.saturating_add(1),
            time: place.time,
            event_id: place.event_id,
            session_id: actor.session_id.clone(),
            staff: actor.staff.clone(),
            role: actor.role,
            action: event.action,
            group: event.group.clone(),
            customer: event.customer.clone(),
            fields: event.fields.clone(),
            reason: event.reason.clone(),
            outcome: event.outcome,
            detail: event.detail.clone(),
            count: event.count,
            host: place.host.to_owned(),
            os_user: place.os_user.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            prev: before.hash,
            signer: None,
            unsigned: false,
        }
    }

    /// Signs (or marks as unsigned), seals, and wraps into a line with its newline.
    pub(super) fn seal(
        mut self,
        store: &StoreId,
        signed_by: Option<(&str, &SigningKey)>,
        epoch: u32,
        recipient: &Recipient,
    ) -> Result<Vec<u8>, LogError> {
        let plaintext = if let Some((signer, key)) = signed_by {
            self.signer = Some(signer.to_owned());
            signed::sign(&self, Purpose::Entry, store, key)?
        } else {
            self.unsigned = true;
            serde_json::to_vec(&self)?
        };
        let sealed = BASE64.encode(&recipient.seal(&plaintext)?);
        let mut line = serde_json::to_vec(&Line { seq: self.seq, epoch, prev: self.prev, sealed })?;
        line.push(b'\n');
        if line.len() > LINE_LIMIT {
            return Err(LogError::TooLong);
        }
        Ok(line)
    }

    /// Opens a line (without its newline) with the log's identity and checks that the entry belongs
    /// there and was signed by whom it names. `key_of` finds a signer's key; `alice.1` may sign only
    /// as `alice`. Whether the line hangs in the chain is the reader's to check.
    pub fn open(
        line: &[u8],
        log_identity: &Identity,
        store: &StoreId,
        key_of: impl Fn(&str) -> Option<VerifyingKey>,
    ) -> Result<Opened, EntryError> {
        let outer = Line::parse(line).ok_or(EntryError::Malformed)?;
        let entry = outer.open(log_identity, store, key_of)?;
        Ok(Opened { entry, hash: Digest::of(line) })
    }
}

/// The columns that come from the surroundings.
pub(super) struct Place<'a> {
    pub time: String,
    pub event_id: String,
    pub host: &'a str,
    pub os_user: &'a str,
}

/// 16 random bytes in hexadecimal: an event's or a session's id.
pub fn random_id(random: &dyn Random) -> io::Result<String> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(HEXLOWER.encode(&bytes))
}

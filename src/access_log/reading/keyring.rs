//! What opens entries and tells whether the person who signed one could have.

use std::collections::HashMap;

use super::Link;
use crate::access_log::entry::{Action, Entry, EntryError, Line, Opened, Outcome, Role};
use crate::access_log::log::TORN_LINE;
use crate::sealed::identity::Identity;
use crate::sealed::signed::{Digest, SignedError, StoreId, VerifyingKey};

/// An identity that may sign entries: those after one entry, up to another. The roster's lines that
/// brought it in and ended it name those two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signer {
    /// What its signatures are checked with.
    pub key: VerifyingKey,
    /// The person's role.
    pub role: Role,
    /// The entry after which it was in force; 0 from the first one on.
    pub after: u64,
    /// The last entry that it may sign, if it is over.
    pub until: Option<u64>,
}

/// What is wrong with an entry by itself, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// The line is not one of the access log's.
    #[error("is no line of an access log")]
    Malformed,
    /// The sealed part does not open.
    #[error("does not open: it was changed, or sealed to another key")]
    Sealed,
    /// What is sealed is no entry, or not as its signer signed it.
    #[error("was not signed as it stands by {signer}, whom it names")]
    Signature {
        /// Whom it names.
        signer: String,
    },
    /// The sealed part is no entry.
    #[error("holds something else than an entry")]
    NoEntry,
    /// Nobody of that name was ever enrolled.
    #[error("is signed by {signer}, whom the roster never knew")]
    UnknownSigner {
        /// Whom it names.
        signer: String,
    },
    /// The signer's log-in did not hold then.
    #[error("is signed by {signer}, who was not on the roster at that time")]
    NotEnrolled {
        /// Whom it names.
        signer: String,
    },
    /// The entry claims another role than the roster gave.
    #[error("says that {signer} was {claimed}, and the roster says otherwise")]
    Role {
        /// Whom it names.
        signer: String,
        /// What it claims.
        claimed: Role,
    },
    /// Nobody signed, and it is no refusal and no job's.
    #[error("tells of something done, and nobody signed it")]
    Unsigned,
    /// The sealed part belongs to another line.
    #[error("was moved here from another place")]
    Misplaced,
    /// Sealed to a key that was not in force.
    #[error("is sealed to a key of the log that was not in force then")]
    Epoch,
}

/// The log's identities, and who may have signed.
pub struct Keyring {
    store: StoreId,
    /// Newest first.
    identities: Vec<Identity>,
    signers: HashMap<String, Signer>,
    /// Of each key epoch, from the first on: the entry after which it was in force.
    epochs: Vec<u64>,
}

impl Keyring {
    /// `identities` are the log's, newest first, one for each of `epochs`, which stand oldest first.
    pub fn new(
        store: StoreId,
        identities: Vec<Identity>,
        signers: HashMap<String, Signer>,
        epochs: Vec<u64>,
    ) -> Self {
        Self { store, identities, signers, epochs }
    }

    /// Parses a line without its newline and opens its entry.
    pub(super) fn open(&self, line: &[u8]) -> (Option<Link>, Digest, Result<Opened, EntryFault>) {
        let hash = Digest::of(line);
        let Some(outer) = Line::parse(line) else { return (None, hash, Err(EntryFault::Malformed)) };
        let opened = self.open_parsed(&outer).map(|entry| Opened { entry, hash });
        (Some(Link { seq: outer.seq, prev: outer.prev }), hash, opened)
    }

    fn open_parsed(&self, line: &Line) -> Result<Entry, EntryFault> {
        let identity = self.identity(line.epoch).ok_or(EntryFault::Epoch)?;
        let key_of = |signer: &str| self.signers.get(signer).map(|signer| signer.key);
        let entry = line.open(identity, &self.store, key_of).map_err(|error| self.fault(error, line))?;
        if self.epoch_at(line.seq) != line.epoch {
            return Err(EntryFault::Epoch);
        }
        self.check_signer(&entry)?;
        Ok(entry)
    }

    /// The log's identity of an epoch.
    fn identity(&self, epoch: u32) -> Option<&Identity> {
        let from_newest = self.identities.len().checked_sub(usize::try_from(epoch).ok()?)?;
        self.identities.get(from_newest)
    }

    /// The epoch of the key to which entry `seq` must be sealed.
    fn epoch_at(&self, seq: u64) -> u32 {
        let begun = self.epochs.iter().filter(|after| **after < seq).count();
        u32::try_from(begun).unwrap_or(u32::MAX)
    }

    fn check_signer(&self, entry: &Entry) -> Result<(), EntryFault> {
        let Some(signer) = entry.signer.clone() else {
            return if may_be_unsigned(entry) { Ok(()) } else { Err(EntryFault::Unsigned) };
        };
        match self.signers.get(&signer) {
            None => Err(EntryFault::UnknownSigner { signer }),
            Some(known) if entry.seq <= known.after || known.until.is_some_and(|until| entry.seq > until) => {
                Err(EntryFault::NotEnrolled { signer })
            }
            Some(known) if known.role != entry.role => Err(EntryFault::Role { signer, claimed: entry.role }),
            Some(_) => Ok(()),
        }
    }

    fn fault(&self, error: EntryError, line: &Line) -> EntryFault {
        match error {
            EntryError::Malformed => EntryFault::Malformed,
            EntryError::Sealed(_) => EntryFault::Sealed,
            EntryError::UnknownSigner { signer } => EntryFault::UnknownSigner { signer },
            EntryError::Misplaced => EntryFault::Misplaced,
            EntryError::Signed(SignedError::Malformed(_)) => EntryFault::NoEntry,
            EntryError::Signed(SignedError::Signature) => {
                EntryFault::Signature { signer: self.claimed_signer(line).unwrap_or_default() }
            }
        }
    }

    /// Whom an entry names whose signature does not fit.
    fn claimed_signer(&self, line: &Line) -> Option<String> {
        let claimed = std::cell::RefCell::new(None);
        let note = |signer: &str| {
            *claimed.borrow_mut() = Some(signer.to_owned());
            None
        };
        // Asked again with a book that knows nobody, only to hear the name.
        let _ = line.open(self.identity(line.epoch)?, &self.store, note);
        claimed.into_inner()
    }
}

/// Refusals and failures, jobs without a person, and the torn line that whoever comes next moves aside, be
/// it somebody who is refused.
fn may_be_unsigned(entry: &Entry) -> bool {
    let mends = || entry.detail.as_deref().is_some_and(|detail| detail.starts_with(TORN_LINE));
    match entry.action {
        _ if entry.outcome != Outcome::Success => true,
        Action::Backup | Action::Restore => true,
        Action::Log => mends(),
        _ => false,
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keyring").field("signers", &self.signers.len()).finish_non_exhaustive()
    }
}

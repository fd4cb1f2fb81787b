//! The roster as it grows while somebody is unlocked: one for the whole session, which groups and the
//! access log ask as well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::roster::{Roster, RosterError};
use crate::access_log::{KeyError, KeyInForce, LogKeys, Standing};
use crate::sealed::access::Signers;
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::signed::{Mark, VerifyingKey};

/// A verified roster that is read on when somebody else may have added to it. Read without a lock,
/// because lines are only ever appended and a line half written counts as none.
pub(super) struct LiveRoster {
    disk: Arc<dyn Disk>,
    known: Mutex<Arc<Roster>>,
}

impl LiveRoster {
    pub fn new(disk: Arc<dyn Disk>, known: Roster) -> Self {
        Self { disk, known: Mutex::new(Arc::new(known)) }
    }

    /// The roster as it was read last.
    pub fn known(&self) -> Arc<Roster> {
        Arc::clone(&self.lock())
    }

    /// The roster as it is now. What is new in it is durable when this returns: whoever wrote it may
    /// have been killed before the flush, and what goes by it must not outlive it.
    pub fn read_on(&self) -> Result<Arc<Roster>, RosterError> {
        let mut known = self.lock();
        if let Some(now) = known.read_on(&*self.disk)? {
            now.flush(&*self.disk)?;
            *known = Arc::new(now);
        }
        Ok(Arc::clone(&known))
    }

    /// This session changed the roster.
    pub fn replace(&self, roster: Roster) {
        *self.lock() = Arc::new(roster);
    }

    /// Asks the roster that holds `mark`, if any does.
    fn at<T>(&self, mark: Mark, ask: impl Fn(&Roster) -> T) -> T {
        let known = self.known();
        if known.holds(mark) {
            return ask(&known);
        }
        // One that can't be read, or does not extend what is known, holds nothing more.
        ask(&self.read_on().unwrap_or(known))
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Roster>> {
        // A panic elsewhere leaves a whole roster.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signers for LiveRoster {
    fn key(&self, signer: &str, group: &str, roster: Mark) -> Option<VerifyingKey> {
        self.at(roster, |known| known.signer_key(signer, group, roster))
    }

    fn holds(&self, roster: Mark) -> bool {
        self.at(roster, |known| known.holds(roster))
    }

    fn make_durable(&self) -> Result<(), DiskError> {
        let known = self.known();
        known.flush(&*self.disk)?;
        // Read again as well: a roster that can't be read must not count as one without the line.
        match self.read_on() {
            Ok(_) => Ok(()),
            Err(RosterError::Disk(error)) => Err(error),
            Err(error) => Err(std::io::Error::other(error)).at("read", known.path()),
        }
    }
}

impl LogKeys for LiveRoster {
    fn in_force(&self, signer: Option<&str>) -> Result<Standing, KeyError> {
        let roster = self.read_on().map_err(|error| KeyError(Box::new(error)))?;
        let key = roster.log_key();
        let key = KeyInForce { epoch: key.epoch, recipient: key.recipient.clone() };
        Ok(Standing { key, may_sign: signer.is_none_or(|signer| roster.may_sign(signer)) })
    }
}

//! The roster as it grows while somebody is unlocked.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::roster::{Roster, RosterError};
use crate::sealed::access::Signers;
use crate::sealed::disk::{Disk, DiskError};
use crate::sealed::signed::{Mark, VerifyingKey};

/// A verified roster that is read again when a group names a line which it does not hold yet:
/// somebody else may have added it since this person was unlocked. Read without a lock, because lines
/// are only ever appended and a line half written counts as none.
pub(super) struct LiveRoster {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    known: Mutex<Roster>,
}

impl LiveRoster {
    pub(super) fn new(disk: Arc<dyn Disk>, path: PathBuf, known: Roster) -> Self {
        Self { disk, path, known: Mutex::new(known) }
    }

    /// Asks the roster that holds `mark`, if any does.
    fn at<T>(&self, mark: Mark, ask: impl Fn(&Roster) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.holds(mark)
            && let Ok(now) = Roster::read(&*self.disk, &self.path)
            && now.holds(known.mark())
        {
            *known = now;
        }
        ask(&known)
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
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.flush(&*self.disk)?;
        let read = Roster::read(&*self.disk, &self.path).and_then(|now| {
            now.check_seen(known.mark())?;
            Ok(now)
        });
        *known = read.map_err(|error| match error {
            RosterError::Disk(error) => error,
            other => DiskError { what: "read", path: self.path.clone(), source: io::Error::other(other) },
        })?;
        Ok(())
    }
}

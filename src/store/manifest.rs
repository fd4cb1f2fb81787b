//! Vouching for an exported file, and telling whether somebody who may did.

use std::path::Path;

use jiff::Unit;

use super::roster::{GoesOn, Member, Roster, RosterError};
use super::session::{Ended, Session};
use crate::access_log::export::manifest::{About, Manifest, ManifestError};
use crate::access_log::export::{Format, Written};
use crate::access_log::reading::Filter;
use crate::sealed::signed::{Mark, StoreId};

/// How errors name the roster that a manifest carries.
const PLACE: &str = "the manifest's roster";

/// A manifest that somebody signed who read the access log then, by the roster that it carries itself.
/// That this roster is an office's own is told by comparing the store's id.
#[derive(Debug, Clone)]
pub struct Vouched {
    manifest: Manifest,
    roster: Roster,
    signer: Member,
}

/// A manifest does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VouchedError {
    /// It is none, was changed, or contradicts itself.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The roster in it does not verify.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The roster in it is another store's.
    #[error("the manifest's roster is that of store {roster}, and the manifest names store {named}")]
    Store {
        /// Whose roster it is.
        roster: StoreId,
        /// Which store the manifest names.
        named: StoreId,
    },
    /// The roster in it ends elsewhere.
    #[error("the manifest's roster does not end with the line that the manifest names")]
    RosterEnd,
    /// Whom it names did not read the access log then.
    #[error("the manifest is signed by {by}, who was no owner or auditor then")]
    Signer {
        /// Whom it names.
        by: String,
    },
    /// It is another store's.
    #[error("the manifest is that of store {named}, and this is store {here}")]
    OtherStore {
        /// Which store the manifest names.
        named: StoreId,
        /// Which one it was held against.
        here: StoreId,
    },
    /// The store's roster lacks lines that the manifest has.
    #[error("the roster lacks lines that it had when the manifest was made: an older copy was put back")]
    OlderStore,
    /// The two rosters differ.
    #[error("the roster is not the one that it was when the manifest was made")]
    OtherRoster,
}

impl Vouched {
    /// Reads a manifest's file and verifies its roster from the first line on, and that whoever signed it
    /// was an owner or auditor as that roster stood.
    pub fn read(bytes: &[u8]) -> Result<Self, VouchedError> {
        let unverified = Manifest::parse(bytes)?;
        let claimed = unverified.claimed();
        let roster = Roster::from_text(Path::new(PLACE), &claimed.roster_text)?;
        if roster.store_id() != claimed.store {
            return Err(VouchedError::Store { roster: roster.store_id(), named: claimed.store });
        }
        if roster.mark() != claimed.roster {
            return Err(VouchedError::RosterEnd);
        }
        let readers = roster.log_readers();
        let signer =
            readers.into_iter().find(|member| !member.is_recovery() && member.signer_id() == claimed.by);
        let signer = signer.ok_or_else(|| VouchedError::Signer { by: claimed.by.clone() })?.clone();
        let manifest = Manifest::verify(unverified, &signer.key)?;
        Ok(Self { manifest, roster, signer })
    }

    /// What was signed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who signed.
    pub fn signer(&self) -> &Member {
        &self.signer
    }

    /// The first and the last entry that the manifest witnesses, which every later log must hold.
    pub fn witnesses(&self) -> [Mark; 2] {
        [self.manifest.range.first, self.manifest.range.last]
    }

    /// Whether anybody of that name was ever enrolled, as far as the manifest's roster goes.
    pub fn ever_knew(&self, name: &str) -> bool {
        self.roster.ever_knew(name)
    }

    /// Whether it is a manifest of the store of this roster, which must go on where the manifest's ended.
    /// Says whether a restored store was accepted since, which may lack what the manifest names.
    pub fn fits(&self, roster: &Roster) -> Result<GoesOn, VouchedError> {
        let (named, here) = (self.manifest.store, roster.store_id());
        if named != here {
            return Err(VouchedError::OtherStore { named, here });
        }
        roster.goes_on_from(&self.roster.known()).map_err(|_| {
            if self.roster.holds(roster.mark()) {
                VouchedError::OlderStore
            } else {
                VouchedError::OtherRoster
            }
        })
    }
}

/// A manifest can't be signed.
#[derive(Debug, thiserror::Error)]
pub enum VouchError {
    /// The session is over.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The roster can't be read.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The manifest can't be put into JSON.
    #[error("the manifest cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Session {
    /// The manifest's file for a file of that name, signed by this person as the roster stands now.
    pub fn vouch_for(
        &self,
        written: &Written,
        file: &str,
        format: Format,
        filter: &Filter,
    ) -> Result<Vec<u8>, VouchError> {
        self.refresh()?;
        let (roster, surroundings) = (self.roster(), self.surroundings());
        let now = surroundings.clock.now();
        let about = About {
            store: roster.store_id(),
            made: now.round(Unit::Millisecond).unwrap_or(now),
            by: self.signer_id(),
            file: file.to_owned(),
            format,
            filter: filter.clone(),
            roster: roster.mark(),
            roster_text: roster.text(&*surroundings.disk)?,
        };
        Ok(Manifest::new(about, written).sign(self.signing_key())?)
    }
}

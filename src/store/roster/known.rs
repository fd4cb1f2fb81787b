//! What somebody knew of a roster, and whether another one goes on from there: by more lines, or because an
//! owner accepted a restored store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::{Change, GivenUp, Line};
use super::{Member, Roster, RosterError};
use crate::access_log::Role;
use crate::sealed::signed::{Digest, Mark, VerifyingKey};

/// As much of a roster as it takes to tell whether another one goes on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The last line.
    pub roster: Mark,
    /// What the owners of then sign with; the recovery sheet is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<VerifyingKey>,
    /// The lines by which restored stores were accepted, of every history that was known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<Mark>,
}

impl Known {
    /// Nothing of any roster.
    pub const NOTHING: Self = Self { roster: Mark::NOTHING, owners: Vec::new(), accepts: Vec::new() };
}

/// A restored store that somebody accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The line.
    pub line: Mark,
    /// The line's entry in the access log.
    pub entry: Mark,
    /// When, by the signer's clock.
    pub at: Timestamp,
    /// Who: `alice.1`.
    pub by: String,
    /// What they sign with.
    key: VerifyingKey,
    /// The hash of the manifest from which the groups were.
    pub manifest: Digest,
    /// What was given up, as far as it was known.
    pub given_up: GivenUp,
}

/// How a roster goes on from what was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoesOn {
    /// By more lines, or none: nothing that was seen may be missing.
    Further,
    /// A restored store was accepted since: what was seen of groups, and of the access log after the
    /// restored snapshot, may be given up.
    Restored(Box<Accepted>),
}

impl Accepted {
    /// What an accepting line says; `None` of any other.
    pub(super) fn of(line: &Line, signer: &Member, at: Timestamp, hash: Digest) -> Option<Self> {
        let Change::Accept(change) = &line.change else { return None };
        Some(Self {
            line: Mark { seq: line.seq, hash },
            entry: line.entry?,
            at,
            by: line.signer.clone(),
            key: signer.key,
            manifest: change.manifest,
            given_up: change.given_up.clone(),
        })
    }
}

impl Roster {
    /// Restored stores that were accepted, oldest first.
    pub fn accepts(&self) -> &[Accepted] {
        &self.accepts
    }

    /// What there is to know of this roster.
    pub fn known(&self) -> Known {
        let owners = self.people().filter(|member| member.role == Role::Owner);
        Known {
            roster: self.mark(),
            owners: owners.map(|member| member.key).collect(),
            accepts: self.accepts.iter().map(|accepted| accepted.line).collect(),
        }
    }

    /// How this roster goes on from what was known, or that it does not: it was put back, cut or forged.
    ///
    /// A roster that lost lines goes on only by an accepting line that was not known, signed by somebody who
    /// was known as an owner: whoever was removed, and restores a store from before, stays out.
    pub fn goes_on_from(&self, known: &Known) -> Result<GoesOn, RosterError> {
        let mut news = self.accepts.iter().rev().filter(|accepted| !known.accepts.contains(&accepted.line));
        let extends = self.check_seen(known.roster);
        let restored = match &extends {
            Ok(()) => {
                news.find(|accepted| known.roster != Mark::NOTHING && accepted.line.seq > known.roster.seq)
            }
            Err(_) => news.find(|accepted| known.owners.contains(&accepted.key)),
        };
        match restored {
            Some(accepted) => Ok(GoesOn::Restored(Box::new(accepted.clone()))),
            None => extends.map(|()| GoesOn::Further),
        }
    }
}

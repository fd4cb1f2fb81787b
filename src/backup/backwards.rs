//! A snapshot never goes back behind the one before it on its medium: a store that was put back, cut or
//! exchanged is noticed by the medium that saw it last.

use std::path::PathBuf;

use super::manifest::Written;
use super::medium::Medium;
use crate::access_log::{LogError, find};
use crate::sealed::disk::Disk;
use crate::store::capture::{Capture, CapturedGroup};
use crate::store::restored::GroupAt;
use crate::store::roster::GoesOn;
use crate::store::{Layout, Name, Roster, RosterError};

/// The store does not go on from what the medium saw of it.
#[derive(Debug, thiserror::Error)]
pub enum Backwards {
    /// By its roster.
    #[error("the roster does not go on from the one in snapshot {snapshot}: {error}")]
    Roster {
        /// The medium's newest snapshot.
        snapshot: String,
        /// In which line.
        #[source]
        error: RosterError,
    },
    /// By its access log.
    #[error("the access log does not hold line {line}, which snapshot {snapshot} has")]
    Log {
        /// The medium's newest snapshot.
        snapshot: String,
        /// Where the log ended in it.
        line: u64,
    },
    /// By a group.
    #[error("group {group} is not as far as in snapshot {snapshot}: {gone}")]
    Group {
        /// The medium's newest snapshot.
        snapshot: String,
        /// The group.
        group: Name,
        /// What is missing.
        gone: Gone,
    },
}

/// What a group lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Gone {
    /// The whole group.
    #[error("it is gone")]
    Group,
    /// Whole files.
    #[error("generation {0} was seen")]
    Generation(u64),
    /// A record, or it is another one.
    #[error("record {0} was another, or is gone")]
    Record(u64),
}

/// It can't be told whether a store goes on from a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It does not.
    #[error(transparent)]
    Backwards(#[from] Backwards),
    /// The snapshot's roster can't be read.
    #[error("the newest snapshot on the medium, {}, is damaged: {error}", place.display())]
    Snapshot {
        /// The snapshot.
        place: PathBuf,
        /// What is wrong with it.
        #[source]
        error: RosterError,
    },
    /// The access log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// How a store goes on from a medium's newest snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// In the same line of snapshots.
    Same,
    /// In a new one: a restored store was accepted since.
    New,
}

/// How the captured store goes on from the snapshot, or that it does not.
pub fn compare(
    medium: &Medium,
    before: &Written,
    capture: &Capture,
    disk: &dyn Disk,
    layout: &Layout,
) -> Result<Line, CompareError> {
    let snapshot = || before.manifest.snapshot.to_string();
    let files = medium.snapshot_disk(before);
    let roster = Roster::read(&files, &Layout::new(files.root()).roster());
    let roster = roster.map_err(|error| CompareError::Snapshot { place: files.root().to_owned(), error })?;
    let goes_on = capture.roster.goes_on_from(&roster.known());
    match goes_on.map_err(|error| Backwards::Roster { snapshot: snapshot(), error })? {
        GoesOn::Restored(_) => return Ok(Line::New),
        GoesOn::Further => {}
    }
    let log = before.manifest.log;
    if find::hash_at(disk, &layout.access_log(), log.seq)? != Some(log.hash) {
        return Err(Backwards::Log { snapshot: snapshot(), line: log.seq }.into());
    }
    for group in &before.manifest.groups {
        let now = capture.groups.iter().find(|now| now.name == group.name);
        if let Err(gone) = group_goes_on(group, now) {
            return Err(Backwards::Group { snapshot: snapshot(), group: group.name.clone(), gone }.into());
        }
    }
    Ok(Line::Same)
}

fn group_goes_on(before: &GroupAt, now: Option<&CapturedGroup>) -> Result<(), Gone> {
    let now = now.ok_or(Gone::Group)?;
    if now.generation < before.generation || now.epoch < before.epoch {
        return Err(Gone::Generation(before.generation));
    }
    let holds = if now.generation == before.generation {
        now.chain.contains(&before.record)
    } else {
        now.record.seq >= before.record.seq
    };
    if holds { Ok(()) } else { Err(Gone::Record(before.record.seq)) }
}

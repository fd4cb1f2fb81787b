//! Errors of checking snapshots, restoring and drilling.

use super::{CommandError, Kind};
use crate::backup::manifest::ManifestFault;
use crate::backup::restore::RestoreError;
use crate::backup::shelf::NoSuchSnapshot;
use crate::backup::verify::SnapshotFault;
use crate::sealed::disk::is_full;
use crate::store::building::BuildError;

pub(in crate::cli) const LIST: &str = "`vault backup list DIR` lists the snapshots of a medium";
const ANOTHER: &str = "another snapshot or another medium may be whole: `vault backup verify DIR`";

impl From<NoSuchSnapshot> for CommandError {
    fn from(error: NoSuchSnapshot) -> Self {
        let kind = match &error {
            NoSuchSnapshot::Several { .. } => Kind::Usage,
            NoSuchSnapshot::Unusable { fault: ManifestFault::Damaged(_), .. } => Kind::Damaged,
            NoSuchSnapshot::Unusable { fault: ManifestFault::NewerFormat(_), .. } => Kind::Failed,
            _ => Kind::NotFound,
        };
        Self::of(kind, &error).hint(LIST)
    }
}

impl CommandError {
    /// Something is wrong with a snapshot.
    pub(in crate::cli) fn of_snapshot(snapshot: &str, fault: &SnapshotFault) -> Self {
        // That a medium can't be read says nothing about what is on it.
        let kind = if fault.is_unreadable() { Kind::Failed } else { Kind::Damaged };
        let said = Self::of(kind, fault);
        let message = format!("snapshot {snapshot}: {}", said.message());
        Self::new(kind, message)
    }
}

impl From<BuildError> for CommandError {
    fn from(error: BuildError) -> Self {
        match &error {
            BuildError::Exists { .. } => {
                Self::of(Kind::Failed, &error).hint("a restore makes a new folder and writes into no other")
            }
            BuildError::NoFolder { .. } => Self::of(Kind::Usage, &error),
            BuildError::Random(_) => Self::of(Kind::Failed, &error),
            BuildError::Disk(error) if is_full(&error.source) => {
                Self::of(Kind::Failed, error).hint("make room there, or restore to another disk")
            }
            BuildError::Disk(error) => Self::of(Kind::Failed, error),
        }
    }
}

impl From<RestoreError> for CommandError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Build(error) => error.into(),
            RestoreError::Snapshot { snapshot, fault } => Self::of_snapshot(&snapshot, &fault).hint(ANOTHER),
            RestoreError::Store(error) => error.into(),
            RestoreError::Log(error) => error.into(),
            RestoreError::Disk(error) => BuildError::Disk(error).into(),
        }
    }
}

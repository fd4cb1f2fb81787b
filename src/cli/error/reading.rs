//! Errors of reading the access log, and of what is exported from it.

use super::files::UPDATE;
use super::{CommandError, Kind};
use crate::access_log::export::{CheckError, ManifestError};
use crate::access_log::reading::ReadError;
use crate::store::manifest::VouchError;
use crate::store::{ReadLogError, RosterError, VerifyLogError, VouchedError};

const NOT_AS_EXPORTED: &str =
    "one of the two was changed, or they don't belong together: keep both, and ask for them once more";

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Fault { .. } => {
                Self::of(Kind::Damaged, &error).hint("`vault log verify` tells all that is wrong with it")
            }
            ReadError::Log(error) => error.into(),
        }
    }
}

impl From<ReadLogError> for CommandError {
    fn from(error: ReadLogError) -> Self {
        match error {
            ReadLogError::Key(error) => error.into(),
            ReadLogError::Ended(error) => error.into(),
            ReadLogError::Log(error) => error.into(),
        }
    }
}

impl From<VerifyLogError> for CommandError {
    fn from(error: VerifyLogError) -> Self {
        match error {
            VerifyLogError::Read(error) => error.into(),
            VerifyLogError::Lock(error) => error.into(),
            VerifyLogError::Disk(error) => error.into(),
        }
    }
}

impl From<VouchError> for CommandError {
    fn from(error: VouchError) -> Self {
        match error {
            VouchError::Ended(error) => error.into(),
            VouchError::Roster(error) => error.into(),
            VouchError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<VouchedError> for CommandError {
    fn from(error: VouchedError) -> Self {
        let newer = matches!(
            error,
            VouchedError::Manifest(ManifestError::NewerFormat { .. })
                | VouchedError::Roster(RosterError::NewerFormat { .. })
        );
        if newer {
            return Self::of(Kind::Failed, &error).hint(UPDATE);
        }
        Self::of(Kind::Damaged, &error).hint(NOT_AS_EXPORTED)
    }
}

impl From<CheckError> for CommandError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Read(_) => Self::of(Kind::Failed, &error),
            _ => Self::of(Kind::Damaged, &error).hint(NOT_AS_EXPORTED),
        }
    }
}

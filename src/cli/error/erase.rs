//! Errors of erasures, holds, reviews and the erasure ledger.

use super::{CommandError, Kind};
use crate::group::erase::EraseError;
use crate::group::hold::HoldError;
use crate::group::review::ReviewError;
use crate::sealed::ledger::LedgerError;

impl From<LedgerError> for CommandError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Damaged { .. } => Self::damaged(&error),
            LedgerError::Disk(error) => Self::file_of_store(&error),
            LedgerError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<EraseError> for CommandError {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::NoSuchCustomer(error) => Self::of(Kind::NotFound, &error),
            EraseError::Held { code, .. } => Self::of(Kind::Refused, &error)
                .hint(format!("once that is over, `vault hold {code} --release` ends the hold")),
            EraseError::Disk(error) => Self::file_of_store(&error),
            EraseError::Ledger(error) => error.into(),
            EraseError::Log(error) => error.into(),
            EraseError::Database(error) => error.into(),
            EraseError::Sweep(error) => error.into(),
            EraseError::Stage(error) => error.into(),
            EraseError::Upgrade(error) => error.into(),
        }
    }
}

impl From<HoldError> for CommandError {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::NoSuchCustomer(error) => Self::of(Kind::NotFound, &error),
            HoldError::Twice { .. } => {
                Self::of(Kind::Failed, &error).hint("release it first to give another reason")
            }
            HoldError::NotHeld(_) => Self::of(Kind::Failed, &error),
            HoldError::Log(error) => error.into(),
            HoldError::Database(error) => error.into(),
            HoldError::Commit(error) => error.into(),
        }
    }
}

impl From<ReviewError> for CommandError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::NoSuchCustomer(error) => Self::of(Kind::NotFound, &error),
            ReviewError::Held(_) => Self::of(Kind::Refused, &error),
            ReviewError::Required { .. } => Self::of(Kind::Failed, &error),
            ReviewError::Log(error) => error.into(),
            ReviewError::Database(error) => error.into(),
            ReviewError::Commit(error) => error.into(),
            ReviewError::Stage(error) => error.into(),
            ReviewError::Disk(error) => Self::file_of_store(&error),
            ReviewError::Left(_) => Self::of(Kind::Partly, &error)
                .hint("mend that, then run `vault checkpoint` of the group: it removes what is left"),
        }
    }
}

//! Errors of reading the access log.

use super::{CommandError, Kind};
use crate::access_log::reading::ReadError;
use crate::store::{ReadLogError, VerifyLogError};

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

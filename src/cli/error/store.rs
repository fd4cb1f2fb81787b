//! Errors of the store, its people and its groups.

use super::files::UPDATE;
use super::{CommandError, Kind};
use crate::store::roster::RosterError;
use crate::store::{
    GroupKeyError, InitError, InvalidName, NewGroupError, StatusError, StoreError, UnlockFailure, WhoError,
};

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::of(Kind::Failed, &error)
                .hint("`vault init` makes one; --store DIR or VAULT_STORE names another folder"),
            StoreError::NotAStore { .. } => {
                Self::of(Kind::Failed, &error).hint("--store DIR or VAULT_STORE names another folder")
            }
            StoreError::Roster(error) => error.into(),
            StoreError::Lock(error) => error.into(),
            StoreError::Disk(error) => error.into(),
        }
    }
}

impl From<RosterError> for CommandError {
    fn from(error: RosterError) -> Self {
        match error {
            RosterError::Disk(error) => error.into(),
            RosterError::NewerFormat { .. } => Self::of(Kind::Failed, &error).hint(UPDATE),
            RosterError::Damaged { .. } => Self::damaged(&error),
            RosterError::Moved { .. } => Self::of(Kind::Busy, &error).hint("try again"),
            RosterError::Refused(_) | RosterError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<WhoError> for CommandError {
    fn from(error: WhoError) -> Self {
        match error {
            WhoError::NoSuchPerson { .. } => {
                Self::of(Kind::NotFound, &error).hint("--as NAME or VAULT_AS says who you are")
            }
            WhoError::Unnamed { .. } => {
                Self::of(Kind::Usage, &error).hint("say who you are with --as NAME or VAULT_AS")
            }
        }
    }
}

impl From<UnlockFailure> for CommandError {
    fn from(error: UnlockFailure) -> Self {
        match error {
            UnlockFailure::NoSuchPerson { .. } => Self::of(Kind::NotFound, &error),
            UnlockFailure::WrongPassphrase => Self::of(Kind::NotAllowed, &error),
            UnlockFailure::IdentityMissing { .. }
            | UnlockFailure::Identity { .. }
            | UnlockFailure::OtherIdentity { .. } => Self::damaged(&error),
            UnlockFailure::Roster(error) => error.into(),
            UnlockFailure::Log(error) => error.into(),
            UnlockFailure::Lock(error) => error.into(),
            UnlockFailure::Disk(error) => error.into(),
            UnlockFailure::Random(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<GroupKeyError> for CommandError {
    fn from(error: GroupKeyError) -> Self {
        match error {
            GroupKeyError::UnknownGroup { .. } => Self::of(Kind::NotFound, &error),
            GroupKeyError::NoGrant { .. } => Self::of(Kind::NotAllowed, &error),
            GroupKeyError::Missing { .. }
            | GroupKeyError::Damaged { .. }
            | GroupKeyError::OtherKey { .. } => Self::damaged(&error),
            GroupKeyError::Disk(error) => error.into(),
        }
    }
}

impl From<NewGroupError> for CommandError {
    fn from(error: NewGroupError) -> Self {
        match error {
            NewGroupError::NotOwner { .. } => Self::of(Kind::NotAllowed, &error),
            NewGroupError::Head { .. } => Self::damaged(&error),
            NewGroupError::Roster(error) => error.into(),
            NewGroupError::Files(error) => error.into(),
            NewGroupError::Seal(error) => error.into(),
            NewGroupError::Log(error) => error.into(),
            NewGroupError::Lock(error) => error.into(),
            NewGroupError::Disk(error) => error.into(),
            NewGroupError::Exists { .. }
            | NewGroupError::NoPrefix
            | NewGroupError::InTheWay { .. }
            | NewGroupError::Random(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<InitError> for CommandError {
    fn from(error: InitError) -> Self {
        match error {
            InitError::Exists { .. } => Self::of(Kind::Failed, &error)
                .hint("--store DIR or VAULT_STORE names another folder; `vault status` shows what is there"),
            InitError::NoFolder { .. } | InitError::Reserved => Self::of(Kind::Usage, &error),
            InitError::Weak(_) | InitError::Recovery | InitError::Random(_) => Self::of(Kind::Failed, &error),
            InitError::Seal(error) => error.into(),
            InitError::Roster(error) => error.into(),
            InitError::Log(error) => error.into(),
            InitError::Disk(error) => error.into(),
        }
    }
}

impl From<StatusError> for CommandError {
    fn from(error: StatusError) -> Self {
        match error {
            StatusError::Disk(error) => error.into(),
            StatusError::Log(error) => error.into(),
        }
    }
}

impl From<InvalidName> for CommandError {
    fn from(error: InvalidName) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

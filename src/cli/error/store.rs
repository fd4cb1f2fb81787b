//! Errors of the store, its people and its groups.

use super::files::UPDATE;
use super::{CommandError, Kind};
use crate::group::document::RenewError;
use crate::store::roster::{Fault, RosterError};
use crate::store::{
    AcceptError, ChangeError, Ended, GroupKeyError, InitError, InvalidName, Name, NewGroupError,
    RestoredError, SettleError, StatusError, StoreError, Unfit, UnlockFailure, WhoError,
};

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::of(Kind::Failed, &error)
                .hint("`vault init` makes one; --store DIR or VAULT_STORE names another folder"),
            StoreError::NotAStore { .. } => {
                Self::of(Kind::Failed, &error).hint("--store DIR or VAULT_STORE names another folder")
            }
            StoreError::Restored { .. } => Self::of(Kind::Damaged, &error)
                .hint("an owner runs `vault backup accept`; until then nothing else opens it"),
            StoreError::NotRestored { .. } => Self::of(Kind::Failed, &error),
            StoreError::Mark(RestoredError::Disk(error)) => Self::file_of_store(&error),
            StoreError::Mark(RestoredError::Damaged { .. }) => {
                Self::damaged(&error).hint("restore once more, into another folder")
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
            RosterError::Disk(error) => Self::file_of_store(&error),
            RosterError::NewerFormat { .. } => Self::of(Kind::Failed, &error).hint(UPDATE),
            RosterError::Damaged { .. } => Self::damaged(&error),
            RosterError::Unconfirmed(_) => Self::of(Kind::Failed, &error)
                .hint("whether it holds is seen by `vault staff list` or `vault status`, after a restart of the machine"),
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
            UnlockFailure::Disk(error) => Self::file_of_store(&error),
            UnlockFailure::Random(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<GroupKeyError> for CommandError {
    fn from(error: GroupKeyError) -> Self {
        match error {
            GroupKeyError::UnknownGroup { .. } => Self::of(Kind::NotFound, &error),
            GroupKeyError::NoGrant { .. } => Self::of(Kind::NotAllowed, &error)
                .hint("an owner grants it with `vault staff grant NAME --group G`; auditors open no group"),
            GroupKeyError::NotALogReader { .. } => Self::of(Kind::NotAllowed, &error),
            GroupKeyError::Unfit(unfit) => unfit.into(),
            GroupKeyError::Note
            | GroupKeyError::Missing { .. }
            | GroupKeyError::Damaged { .. }
            | GroupKeyError::OtherKey { .. } => Self::damaged(&error),
            GroupKeyError::Disk(error) => Self::file_of_store(&error),
        }
    }
}

impl From<NewGroupError> for CommandError {
    fn from(error: NewGroupError) -> Self {
        match error {
            NewGroupError::NotOwner { .. } => Self::of(Kind::NotAllowed, &error),
            NewGroupError::Head { .. } => Self::damaged(&error),
            NewGroupError::Settle(error) => error.into(),
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

impl From<Unfit> for CommandError {
    fn from(error: Unfit) -> Self {
        let hint = match &error {
            Unfit::Agreement { .. } => "`vault agreement show` shows it, `vault agreement sign` signs it",
            Unfit::Expired { .. } => "an owner records a new one with `vault staff note`",
        };
        Self::of(Kind::Refused, &error).hint(hint)
    }
}

impl From<Ended> for CommandError {
    fn from(error: Ended) -> Self {
        match error {
            Ended::Identity { .. } => Self::of(Kind::NotAllowed, &error),
            Ended::Roster(error) => error.into(),
        }
    }
}

impl From<SettleError> for CommandError {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Head { .. } => Self::damaged(&error),
            SettleError::Roster(error) => error.into(),
            SettleError::Log(error) => error.into(),
            SettleError::Lock(error) => error.into(),
            SettleError::Disk(error) => error.into(),
        }
    }
}

impl From<ChangeError> for CommandError {
    fn from(error: ChangeError) -> Self {
        let in_group = |error: Self, group: &Name| error.in_group(group.as_str());
        match error {
            ChangeError::NotOwner { .. } => {
                Self::of(Kind::NotAllowed, &error).hint("`vault staff list` lists who is an owner")
            }
            ChangeError::NoSuchPerson { .. } => {
                Self::of(Kind::NotFound, &error).hint("`vault staff list` lists everybody")
            }
            ChangeError::Refused(fault) => of_fault(&fault),
            ChangeError::Renew { group, source } => match source.downcast::<RenewError>() {
                Ok(error) => in_group((*error).into(), &group),
                Err(source) => in_group(Self::of(Kind::Failed, &*source), &group),
            },
            ChangeError::Open { group, source } => in_group((*source).into(), &group),
            ChangeError::Reseal { group, source } => in_group((*source).into(), &group),
            ChangeError::Weak(_) | ChangeError::Random(_) => Self::of(Kind::Failed, &error),
            ChangeError::Ended(error) => error.into(),
            ChangeError::Key(error) => error.into(),
            ChangeError::Publish(error) => error.into(),
            ChangeError::Seal(error) => error.into(),
            ChangeError::Settle(error) => error.into(),
            ChangeError::Roster(error) => error.into(),
            ChangeError::Log(error) => error.into(),
            ChangeError::Lock(error) => error.into(),
            ChangeError::Disk(error) => error.into(),
        }
    }
}

/// A change that the roster would not have: what to do instead.
fn of_fault(fault: &Fault) -> CommandError {
    let error = |kind| CommandError::of(kind, fault);
    match fault {
        Fault::NoSuchPerson { .. } => error(Kind::NotFound).hint("`vault staff list` lists everybody"),
        Fault::NoSuchGroup { .. } => error(Kind::NotFound).hint("`vault group list` lists the groups"),
        Fault::PersonExists { .. } => error(Kind::Failed).hint("choose another name, or `vault staff reset` for a forgotten passphrase"),
        Fault::Reserved | Fault::FullName | Fault::Date => error(Kind::Usage),
        Fault::Signer { .. } => CommandError::new(Kind::NotAllowed, "your log-in was changed or removed meanwhile, or this is not yours to do")
            .hint("`vault staff list` lists who is an owner; unlock anew"),
        Fault::Oneself => error(Kind::Failed).hint("another owner has to remove you"),
        Fault::Grant => CommandError::new(Kind::Failed, "there is such a grant already, or no such grant")
            .hint("`vault staff show NAME` shows what somebody was granted"),
        Fault::Role { name } => CommandError::new(Kind::Failed, format!("the role of {name} does not go with this"))
            .hint("grants are for clerks: owners open every group, auditors none; only owners are recovered"),
        Fault::Agreement => CommandError::new(Kind::Failed, "there is nothing to sign: no agreement is set, it was set anew meanwhile, or it is signed already")
            .hint("`vault agreement status` tells which"),
        _ => error(Kind::Failed),
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

impl From<AcceptError> for CommandError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::NoOwnerAsSeen { .. } => {
                Self::damaged(&error).hint("an owner who is one still, with the log-in of today, accepts it")
            }
            AcceptError::NotThen { ref owners, .. } => {
                let others = match owners.as_slice() {
                    [] => "restore a newer snapshot, or one of when this log-in was an owner's".to_owned(),
                    owners => format!("one who can: {}", owners.join(", ")),
                };
                Self::of(Kind::NotAllowed, &error).hint(others)
            }
            AcceptError::Head(error) => error.into(),
            AcceptError::Epoch { .. } | AcceptError::Former { .. } => Self::damaged(&error),
            AcceptError::Change(error) => error.into(),
            AcceptError::Disk(error) => Self::file_of_store(&error),
        }
    }
}

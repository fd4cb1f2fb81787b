//! Errors of an open group: its records, import and upkeep.

use super::files::UPDATE;
use super::{CommandError, Kind};
use crate::group::bulk::BulkError;
use crate::group::change::ChangeError;
use crate::group::code::CodeError;
use crate::group::document::keep::SweepError;
use crate::group::document::{BadDocument, DocumentError, NameError, RenewError};
use crate::group::export::ExportError;
use crate::group::field::{FieldsError, UnknownField};
use crate::group::import::ImportError;
use crate::group::migration::MigrationError;
use crate::group::query::QueryError;
use crate::group::upkeep::{UpkeepError, VerifyError};
use crate::group::{DatabaseError, OpenError};

pub(in crate::cli) const MISTYPED: &str =
    "compare it with the document that it stands on: 0 and O, 1, I and L count as the same";

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Files(error) => error.into(),
            OpenError::Database(error) => error.into(),
            OpenError::Sweep(error) => error.into(),
        }
    }
}

impl From<DatabaseError> for CommandError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Volume(error) => error.into(),
            DatabaseError::Disk(error) => Self::file_of_store(&error),
            DatabaseError::Damaged(_) => Self::damaged(&error),
            DatabaseError::Newer { .. } => Self::of(Kind::Failed, &error).hint(UPDATE),
            DatabaseError::Sqlite(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<ChangeError> for CommandError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Fields(_) | ChangeError::Random(_) => Self::of(Kind::Failed, &error),
            ChangeError::Duplicate { .. } => {
                Self::of(Kind::Failed, &error).hint("if it is another customer, give --allow-duplicate")
            }
            ChangeError::NoSuchCustomer(error) => Self::of(Kind::NotFound, &error),
            ChangeError::ChangedMeanwhile(_) => Self::of(Kind::Busy, &error)
                .hint("nothing of yours was stored: look at the customer again, then edit"),
            ChangeError::Log(error) => error.into(),
            ChangeError::Database(error) => error.into(),
            ChangeError::Commit(error) => error.into(),
        }
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        let hint = error.hint();
        if let ImportError::UnknownField(error) = error {
            return error.into();
        }
        hint.into_iter().fold(Self::of(Kind::Failed, &error), Self::hint)
    }
}

impl From<ExportError> for CommandError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NoSuchCustomer(error) => Self::of(Kind::NotFound, &error),
            ExportError::Database(error) => error.into(),
            ExportError::Write(_) | ExportError::Stopped => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<BulkError> for CommandError {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Source(error) => error.into(),
            BulkError::BadRows(_) => Self::of(Kind::Failed, &error)
                .hint("mend the file, or leave the bad rows out with --skip-bad; rows like a customer's go in with --allow-duplicate"),
            BulkError::Random(_) => Self::of(Kind::Failed, &error),
            BulkError::Log(error) => error.into(),
            BulkError::Database(error) => error.into(),
            BulkError::Stage(error) => error.into(),
        }
    }
}

impl From<UpkeepError> for CommandError {
    fn from(error: UpkeepError) -> Self {
        match error {
            UpkeepError::Log(error) => error.into(),
            UpkeepError::Publish(error) => error.into(),
            UpkeepError::Stage(error) => error.into(),
            UpkeepError::Database(error) => error.into(),
            UpkeepError::Sweep(error) => error.into(),
        }
    }
}

impl From<MigrationError> for CommandError {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::InTheWay(_) => Self::of(Kind::Failed, &error)
                .hint("mend those with `vault edit CODE`, or leave the field's kind or `required` as it was"),
            MigrationError::Log(error) => error.into(),
            MigrationError::Database(error) => error.into(),
            MigrationError::Upkeep(error) => error.into(),
        }
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Disk(error) => Self::file_of_store(&error),
            VerifyError::Base | VerifyError::Entry { .. } | VerifyError::Database(_) => Self::damaged(&error),
            VerifyError::Ledger(error) => error.into(),
            VerifyError::Log(error) => error.into(),
            VerifyError::Unreadable(error) => error.into(),
            VerifyError::Document(error) => error.into(),
        }
    }
}

impl From<SweepError> for CommandError {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Database(error) => error.into(),
            SweepError::Disk(error) => error.into(),
        }
    }
}

impl From<NameError> for CommandError {
    fn from(error: NameError) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

impl From<DocumentError> for CommandError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Change(error) => error.into(),
            DocumentError::NoSuchDocument(code) => Self::of(Kind::NotFound, &error)
                .hint(format!("`vault document list {code}` lists what there is")),
            DocumentError::NameTaken(_) => Self::of(Kind::Failed, &error)
                .hint("give this one another with --name, or remove that one first: none is written over"),
            DocumentError::OnHold(_) => {
                Self::of(Kind::NotAllowed, &error).hint("`vault hold` says why, and lifts it")
            }
            DocumentError::Rekeyed => Self::of(Kind::Busy, &error).hint("nothing was stored: try again"),
            DocumentError::Source(_) | DocumentError::NotRemoved(_) => Self::of(Kind::Failed, &error),
            DocumentError::Empty | DocumentError::Changed => {
                Self::of(Kind::Failed, &error).hint("nothing was stored")
            }
            DocumentError::Seal(error) => error.into(),
            DocumentError::Bad(error) => error.into(),
        }
    }
}

impl From<BadDocument> for CommandError {
    fn from(error: BadDocument) -> Self {
        Self::of_document(&error, &error.fault)
    }
}

impl From<RenewError> for CommandError {
    fn from(error: RenewError) -> Self {
        match error {
            RenewError::Database(error) => error.into(),
            RenewError::Bad(error) => {
                let code = error.code;
                Self::from(error).hint(format!(
                    "no key was changed; if no backup has that document, `vault document remove {code} NAME` lets go of it"
                ))
            }
            RenewError::Seal(error) => error.into(),
            RenewError::Stage(error) => error.into(),
        }
    }
}

impl From<FieldsError> for CommandError {
    fn from(error: FieldsError) -> Self {
        Self::of(Kind::Failed, &error).hint("`vault group fields --help` shows how a fields file reads")
    }
}

impl From<UnknownField> for CommandError {
    fn from(error: UnknownField) -> Self {
        Self::of(Kind::Usage, &error).hint("`vault group fields GROUP` lists a group's fields")
    }
}

impl From<QueryError> for CommandError {
    fn from(error: QueryError) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

impl From<CodeError> for CommandError {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::NotACode => Self::of(Kind::Usage, &error).hint("`vault lookup` finds it by name"),
            CodeError::Mistyped => Self::of(Kind::NotFound, &error).hint(MISTYPED),
        }
    }
}

//! Errors of files: the disk, locks, the access log, a group's head, base and log.

use std::io;
use std::path::Path;

use super::{CommandError, Kind};
use crate::access_log::{KeyError, LogError};
use crate::sealed::age_file::{OpenError, SealError};
use crate::sealed::checkpoint::MergeError;
use crate::sealed::disk::{DiskError, is_foreign, is_full};
use crate::sealed::documents::{DocumentFault, SealDocumentError};
use crate::sealed::group_file::{CommitError, CreateError, OpenGroupError, PublishError, StageError};
use crate::sealed::head::HeadError;
use crate::sealed::lock::LockError;
use crate::sealed::log::{AppendError, LogError as GroupLogError};
use crate::sealed::vfs::ConnectError;
use crate::sealed::volume::VolumeError;
use crate::store::RosterError;

const KEEP_AS_IT_IS: &str =
    "nothing was changed; keep the store's folder as it is, and compare it with a backup";
const WAIT_LONGER: &str = "try again, or wait longer with --wait SECONDS";
const UNLOCK_AGAIN: &str = "unlock again; if that is refused, ask an owner for a new log-in";
const SHORTER: &str = "give a shorter reason, or name fewer fields";
const TRY_AGAIN: &str = "try again";
const MAKE_ROOM: &str = "the store is as it was: make room on that disk, then try again";
const MOUNT_WRITABLE: &str = "mount it so that it can be written, even to read: what is read is logged";
const GONE: &str = "is the disk with the store still there? if it is, look for the folder in a backup";
const FAILING: &str =
    "the disk may be failing: copy the store's folder to another disk, then look at the system's messages";
const RESTART: &str =
    "look at the system's messages for what the disk said; start the machine again before you go on";
const WRITABLE: &str =
    "your account must be able to write in the store's folder, even to read: what is read is logged";
pub(super) const UPDATE: &str = "a newer vault wrote it: use that version or a later one";

impl CommandError {
    /// Tampering or damage.
    pub(in crate::cli) fn damaged(error: &dyn std::error::Error) -> Self {
        Self::of(Kind::Damaged, error).hint(KEEP_AS_IT_IS)
    }

    /// A failure of input or output; a full disk is called that.
    fn io(kind: Kind, error: &dyn std::error::Error, cause: &io::Error) -> Self {
        let error = Self::of(kind, error);
        if !is_full(cause) {
            return error;
        }
        let said =
            if error.message.starts_with("nothing was stored") { "" } else { ", so nothing was stored" };
        let message = format!("the disk is full{said}: {}", error.message);
        Self { message, ..error }.hint(MAKE_ROOM)
    }

    /// A file that was to be written for the user, outside of the store.
    pub(in crate::cli) fn not_written(path: &Path, cause: &io::Error) -> Self {
        let message = format!("cannot write {}: {cause}", path.display());
        if !is_full(cause) {
            return Self::new(Kind::Failed, message);
        }
        Self::new(Kind::Failed, format!("the disk is full, so no file was written: {message}"))
            .hint("make room there, or name a file on another disk")
    }

    /// The access log can't be written.
    fn not_logged(error: &dyn std::error::Error, cause: Option<&io::Error>) -> Self {
        use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
        let error = Self::of(Kind::NotLogged, error);
        let (why, next) = match cause.map(io::Error::kind) {
            Some(_) if cause.is_some_and(is_full) => ("the disk is full: ", MAKE_ROOM),
            Some(ReadOnlyFilesystem) => ("the disk can only be read: ", MOUNT_WRITABLE),
            Some(PermissionDenied) => ("", WRITABLE),
            Some(NotFound) => ("its folder is gone: ", GONE),
            Some(_) => ("", FAILING),
            None => ("", TRY_AGAIN),
        };
        let message = format!(
            "the access log can't be written, so nothing is shown or changed: {why}{}",
            error.message
        );
        Self { message, ..error }.hint(next)
    }

    /// A file that belongs to the store and is gone, or is none, is damage.
    pub(super) fn file_of_store(error: &DiskError) -> Self {
        if is_foreign(&error.source) {
            return Self::damaged(error);
        }
        Self::io(Kind::Failed, error, &error.source)
    }

    /// A sealed file that did not open: unless the medium failed, somebody or something changed it.
    fn unsealed(error: &dyn std::error::Error, cause: &OpenError) -> Self {
        match cause {
            OpenError::Io(cause) => Self::io(Kind::Failed, error, cause),
            _ => Self::damaged(error),
        }
    }
}

impl CommandError {
    /// A document that is not what was added, unless the medium failed.
    pub(super) fn of_document(error: &dyn std::error::Error, fault: &DocumentFault) -> Self {
        match fault {
            DocumentFault::Disk(cause) if is_foreign(&cause.source) => Self::damaged(error),
            DocumentFault::Disk(cause) => Self::io(Kind::Failed, error, &cause.source),
            DocumentFault::Sealed { source, .. } => Self::unsealed(error, source),
            DocumentFault::Other(_) | DocumentFault::Contents(_) => Self::damaged(error),
        }
    }
}

impl From<SealDocumentError> for CommandError {
    fn from(error: SealDocumentError) -> Self {
        match error {
            SealDocumentError::Lock(error) => error.into(),
            SealDocumentError::Disk(error) => error.into(),
            SealDocumentError::Seal(error) => error.into(),
            SealDocumentError::Random(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<DiskError> for CommandError {
    fn from(error: DiskError) -> Self {
        Self::io(Kind::Failed, &error, &error.source)
    }
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Busy { .. } => Self::of(Kind::Busy, &error).hint(WAIT_LONGER),
            LockError::Disk(error) => {
                use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
                match error.source.kind() {
                    // Without the lock there is no entry either.
                    PermissionDenied | ReadOnlyFilesystem => Self::not_logged(&error, Some(&error.source)),
                    _ => Self::file_of_store(&error),
                }
            }
        }
    }
}

impl From<SealError> for CommandError {
    fn from(error: SealError) -> Self {
        match &error {
            SealError::Io(cause) => Self::io(Kind::Failed, &error, cause),
            SealError::Age(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<LogError> for CommandError {
    fn from(error: LogError) -> Self {
        let error = match error {
            LogError::Key(KeyError(source)) => match source.downcast::<RosterError>() {
                Ok(error) => return (*error).into(),
                Err(source) => LogError::Key(KeyError(source)),
            },
            error => error,
        };
        match &error {
            LogError::Damaged { .. } => Self::damaged(&error),
            LogError::LoginOver { .. } => Self::of(Kind::NotAllowed, &error).hint(UNLOCK_AGAIN),
            LogError::Lock(LockError::Busy { .. }) => Self::of(Kind::Busy, &error).hint(WAIT_LONGER),
            LogError::Unconfirmed(DiskError { source, .. }) if !is_full(source) => {
                Self { hints: vec![RESTART.to_owned()], ..Self::not_logged(&error, Some(source)) }
            }
            LogError::Lock(LockError::Disk(DiskError { source, .. }))
            | LogError::Disk(DiskError { source, .. })
            | LogError::Unconfirmed(DiskError { source, .. })
            | LogError::Seal(SealError::Io(source)) => Self::not_logged(&error, Some(source)),
            LogError::Failed => Self { hints: vec![RESTART.to_owned()], ..Self::not_logged(&error, None) },
            LogError::TooLong => Self { hints: Vec::new(), ..Self::not_logged(&error, None) }.hint(SHORTER),
            _ => Self::not_logged(&error, None),
        }
    }
}

impl From<HeadError> for CommandError {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::Disk(error) => Self::file_of_store(&error),
            HeadError::Damaged { .. } => Self::damaged(&error),
            HeadError::NewerFormat { .. } => Self::of(Kind::Failed, &error).hint(UPDATE),
        }
    }
}

impl From<GroupLogError> for CommandError {
    fn from(error: GroupLogError) -> Self {
        match error {
            GroupLogError::Disk(error) => Self::file_of_store(&error),
            GroupLogError::Damaged { .. } => Self::damaged(&error),
        }
    }
}

impl From<OpenGroupError> for CommandError {
    fn from(error: OpenGroupError) -> Self {
        match error {
            OpenGroupError::Lock(error) => error.into(),
            OpenGroupError::Disk(error) => Self::file_of_store(&error),
            OpenGroupError::Head(error) => error.into(),
            OpenGroupError::Log(error) => error.into(),
            OpenGroupError::Ledger(error) => error.into(),
            OpenGroupError::Base { ref source, .. } => Self::unsealed(&error, source),
            OpenGroupError::Rekeyed { .. } => Self::of(Kind::Busy, &error).hint(TRY_AGAIN),
            OpenGroupError::Forged(_) | OpenGroupError::Rollback { .. } | OpenGroupError::OtherBase(_) => {
                Self::damaged(&error)
            }
            OpenGroupError::Connect { ref source, .. } => match source {
                ConnectError::Sqlite(cause) if is_malformed(cause) => Self::damaged(&error),
                _ => Self::of(Kind::Failed, &error),
            },
        }
    }
}

fn is_malformed(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match &error {
            AppendError::NotStored(cause) if is_full(&cause.source) => {
                Self::io(Kind::Failed, cause, &cause.source)
            }
            AppendError::Seal(cause @ SealError::Io(source)) if is_full(source) => {
                Self::io(Kind::Failed, cause, source)
            }
            // They say by themselves whether something was stored.
            _ => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<VolumeError> for CommandError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::Base(ref cause) => Self::unsealed(&error, cause),
            VolumeError::Append(error) => error.into(),
            VolumeError::Refused(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<CommitError> for CommandError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Volume(error) => error.into(),
            CommitError::Sqlite(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<MergeError> for CommandError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Base(ref cause) => Self::unsealed(&error, cause),
            MergeError::Log(_) => Self::damaged(&error),
            MergeError::Seal(error) => error.into(),
        }
    }
}

impl From<PublishError> for CommandError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Disk(error) => error.into(),
            PublishError::Log(error) => Self::damaged(&error),
            PublishError::Merge(error) => error.into(),
            PublishError::Append(error) => error.into(),
            PublishError::Seal(error) => error.into(),
            PublishError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<StageError> for CommandError {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Publish(error) => error.into(),
            StageError::Open(error) => error.into(),
            StageError::Volume(error) => error.into(),
        }
    }
}

impl From<CreateError> for CommandError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Disk(error) => error.into(),
            CreateError::Seal(error) => error.into(),
            CreateError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: io::ErrorKind) -> DiskError {
        DiskError { what: "write", path: "/store/log".into(), source: kind.into() }
    }

    #[test]
    fn a_full_disk_is_called_that_wherever_it_shows() {
        let full = || failed(io::ErrorKind::StorageFull);
        let errors: [CommandError; 4] = [
            full().into(),
            AppendError::NotStored(full()).into(),
            SealError::Io(io::ErrorKind::StorageFull.into()).into(),
            LogError::Disk(full()).into(),
        ];
        for error in &errors {
            assert!(error.message.contains("the disk is full"), "{error:?}");
            assert_eq!(error.hints, [MAKE_ROOM]);
        }
        assert_eq!(errors.map(|error| error.kind.exit_code()), [1, 1, 1, 7]);
    }

    #[test]
    fn a_full_disk_is_told_once_and_a_store_that_cannot_be_written_is_explained() {
        let error = CommandError::from(AppendError::NotStored(failed(io::ErrorKind::StorageFull)));
        assert_eq!(error.message.matches("nothing was stored").count(), 1, "{error:?}");
        let refused = LockError::Disk(failed(io::ErrorKind::ReadOnlyFilesystem));
        assert_eq!(CommandError::from(refused).hints, [MOUNT_WRITABLE]);
    }

    #[test]
    fn an_access_log_that_is_held_is_busy_and_one_that_fails_stops_everything() {
        let busy = LockError::Busy { path: "/store/log/lock".into() };
        assert_eq!(CommandError::from(LogError::Lock(busy)).kind, Kind::Busy);
        let failed = CommandError::from(LogError::Disk(failed(io::ErrorKind::PermissionDenied)));
        assert_eq!(failed.kind, Kind::NotLogged);
        assert!(failed.message.ends_with("cannot write /store/log: permission denied"), "{failed:?}");
    }

    #[test]
    fn whatever_keeps_the_access_log_from_being_written_nothing_is_shown_and_the_next_step_is_said() {
        use io::ErrorKind::{
            NotFound, Other, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        let causes = [
            (StorageFull, MAKE_ROOM),
            (QuotaExceeded, MAKE_ROOM),
            (ReadOnlyFilesystem, MOUNT_WRITABLE),
            (PermissionDenied, WRITABLE),
            (NotFound, GONE),
            (Other, FAILING),
        ];
        let judge = |error: LogError, hint: &str| {
            let error = CommandError::from(error);
            assert_eq!((error.kind.exit_code(), &error.hints[..]), (7, &[hint.to_owned()][..]), "{error:?}");
            assert!(error.message.contains("so nothing is shown or changed"), "{error:?}");
        };
        for (kind, hint) in causes {
            judge(LogError::Disk(failed(kind)), hint);
            judge(LogError::Seal(SealError::Io(kind.into())), hint);
            judge(LogError::Unconfirmed(failed(kind)), if hint == MAKE_ROOM { hint } else { RESTART });
        }
        for kind in [ReadOnlyFilesystem, PermissionDenied] {
            judge(
                LogError::Lock(LockError::Disk(failed(kind))),
                causes[usize::from(kind == PermissionDenied) + 2].1,
            );
            assert_eq!(CommandError::from(LockError::Disk(failed(kind))).kind, Kind::NotLogged);
        }
        judge(LogError::Failed, RESTART);
        judge(LogError::TooLong, SHORTER);
    }

    #[test]
    fn whose_log_in_is_over_is_not_allowed_and_told_what_to_do() {
        let error = CommandError::from(LogError::LoginOver { person: "bob".to_owned() });
        assert_eq!((error.kind.exit_code(), &error.hints[..]), (3, &[UNLOCK_AGAIN.to_owned()][..]));
        assert_eq!(error.message, "the log-in of bob was changed or removed meanwhile");
    }

    #[test]
    fn a_file_that_is_gone_is_damage_and_a_medium_that_fails_is_not() {
        let kind = |kind| CommandError::from(HeadError::Disk(failed(kind))).kind;
        assert_eq!(kind(io::ErrorKind::NotFound), Kind::Damaged);
        // A folder, a pipe, and more bytes than it may have.
        assert_eq!(kind(io::ErrorKind::IsADirectory), Kind::Damaged);
        assert_eq!(kind(io::ErrorKind::InvalidData), Kind::Damaged);
        assert_eq!(kind(io::ErrorKind::FileTooLarge), Kind::Damaged);
        assert_eq!(kind(io::ErrorKind::PermissionDenied), Kind::Failed);
        let base = |cause| CommandError::from(VolumeError::Base(cause)).kind;
        assert_eq!(base(OpenError::Cut), Kind::Damaged);
        assert_eq!(base(OpenError::Io(io::ErrorKind::Other.into())), Kind::Failed);
    }
}

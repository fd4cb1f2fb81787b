//! Errors of backups: media, snapshots, this machine's notes of them.

use std::io::ErrorKind;

use super::files::UPDATE;
use super::{CommandError, Kind};
use crate::backup::backwards::CompareError;
use crate::backup::create::CreateError;
use crate::backup::enroll::EnrollError;
use crate::backup::known::KnownError;
use crate::backup::manifest::ManifestFault;
use crate::backup::medium::MediumError;
use crate::backup::objects::ObjectError;
use crate::backup::prune::PruneError;
use crate::sealed::disk::{DiskError, is_full};
use crate::store::MediaNotesError;
use crate::store::capture::CaptureError;

const ENROLL: &str = "is the medium mounted there? `vault backup enroll DIR` makes a new one the store's own";
const ENROLL_KNOWN: &str = "if it is the office's, `vault backup enroll DIR` makes this machine know it";
const ENROLL_COPY: &str = "if it is a copy, `vault backup enroll DIR` gives it an ID of its own; if it is not, find out who put it back";
const MOUNT: &str = "mount the medium and try again; --same-filesystem takes the folder all the same, but its disk fails with the store's";
const WAIT_LONGER: &str = "try again, or wait longer with --wait SECONDS";
const PRUNE: &str =
    "what was written is removed again; `vault backup prune` gives up old snapshots, or take another medium";
const WRITABLE: &str =
    "mount the medium so that this account can read it, and for `create` and `prune` write to it";
const PULLED: &str = "is the medium still there? earlier snapshots are as they were";
const OTHER_MEDIUM: &str = "the medium may be failing: take another one";
const WENT_BACK: &str = "nothing was written; somebody may have put an older store back: compare with other media before you go on";
const CARD: &str = "its snapshots are as they were; remove that file, then enroll the medium again";
const SNAPSHOT_DAMAGED: &str =
    "`vault backup verify DIR` tells what is damaged; take another medium for the time being";
const ANOTHER_STORE: &str = "take one of this store's media, or name the other store with --store DIR";

impl CommandError {
    /// A file operation on a medium failed.
    fn on_medium(error: &DiskError) -> Self {
        let said = Self::of(Kind::Failed, error);
        match error.source.kind() {
            _ if is_full(&error.source) => said.hint(PRUNE),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => said.hint(WRITABLE),
            _ => said.hint(PULLED),
        }
    }
}

impl From<MediumError> for CommandError {
    fn from(error: MediumError) -> Self {
        match &error {
            MediumError::Missing { .. } => {
                Self::of(Kind::Failed, &error).hint("mount the medium, and name its folder")
            }
            MediumError::NotEnrolled { .. } => Self::of(Kind::Failed, &error).hint(ENROLL),
            MediumError::OtherStore { .. } => Self::of(Kind::Damaged, &error).hint(ANOTHER_STORE),
            MediumError::Card { .. } => Self::of(Kind::Damaged, &error).hint(CARD),
            MediumError::NewerFormat { .. } => Self::of(Kind::Failed, &error).hint(UPDATE),
            MediumError::Busy { .. } => Self::of(Kind::Busy, &error).hint(WAIT_LONGER),
            MediumError::Disk(error) => Self::on_medium(error),
        }
    }
}

impl From<MediaNotesError> for CommandError {
    fn from(error: MediaNotesError) -> Self {
        match error {
            MediaNotesError::Unreadable { .. } => Self::of(Kind::Failed, &error)
                .hint("remove it, then make each medium known again with `vault backup enroll DIR`"),
            MediaNotesError::Disk(error) => error.into(),
            MediaNotesError::Lock(error) => error.into(),
        }
    }
}

impl From<KnownError> for CommandError {
    fn from(error: KnownError) -> Self {
        match error {
            KnownError::Unknown { .. } => Self::of(Kind::Failed, &error).hint(ENROLL_KNOWN),
            KnownError::Strange { .. } => Self::of(Kind::Damaged, &error).hint(ENROLL_COPY),
            KnownError::Notes(error) => error.into(),
        }
    }
}

impl From<CaptureError> for CommandError {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Lock(error) => error.into(),
            CaptureError::Roster(error) => error.into(),
            CaptureError::Log(error) => error.into(),
            CaptureError::Group { group, error } => Self::from(*error).in_group(group.as_str()),
            CaptureError::Disk(error) | CaptureError::Unflushed(error) => Self::file_of_store(&error),
        }
    }
}

impl From<CompareError> for CommandError {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Backwards(error) => Self::of(Kind::Damaged, &error).hint(WENT_BACK),
            CompareError::Snapshot { .. } => Self::of(Kind::Damaged, &error).hint(SNAPSHOT_DAMAGED),
            CompareError::Log(error) => error.into(),
        }
    }
}

impl From<ObjectError> for CommandError {
    fn from(error: ObjectError) -> Self {
        match &error {
            ObjectError::Source(error) => Self::file_of_store(error),
            ObjectError::Shorter { .. } => Self::damaged(&error),
            ObjectError::Medium(error) => Self::on_medium(error),
            ObjectError::ReadBack { .. } => Self::of(Kind::Damaged, &error).hint(OTHER_MEDIUM),
        }
    }
}

impl From<CreateError> for CommandError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Medium(error) => error.into(),
            CreateError::Known(error) => error.into(),
            CreateError::Compare(error) => error.into(),
            CreateError::Log(error) => error.into(),
            CreateError::Capture(error) => error.into(),
            CreateError::Object(error) => error.into(),
            CreateError::SameFilesystem { .. } => Self::of(Kind::Failed, &error).hint(MOUNT),
            CreateError::Base { .. } => Self::damaged(&error),
            CreateError::Unsteady { .. } => Self::of(Kind::Busy, &error).hint("try again"),
            CreateError::Full { .. } => Self::of(Kind::Failed, &error).hint(PRUNE),
            CreateError::Name { .. } => Self::of(Kind::Failed, &error)
                .hint("no vault command made it: move it out of the store, then try again"),
            CreateError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<EnrollError> for CommandError {
    fn from(error: EnrollError) -> Self {
        match error {
            EnrollError::Medium(error) => error.into(),
            EnrollError::Log(error) => error.into(),
            EnrollError::Notes(error) => error.into(),
            EnrollError::Random(_) | EnrollError::Json(_) => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<PruneError> for CommandError {
    fn from(error: PruneError) -> Self {
        match error {
            PruneError::Medium(error) => error.into(),
            PruneError::Known(error) => error.into(),
            PruneError::Log(error) => error.into(),
            PruneError::Notes(error) => error.into(),
            PruneError::Snapshot { fault: ManifestFault::NewerFormat(_), .. } => {
                Self::of(Kind::Failed, &error).hint(UPDATE)
            }
            PruneError::Snapshot { .. } => Self::of(Kind::Damaged, &error).hint(SNAPSHOT_DAMAGED),
        }
    }
}

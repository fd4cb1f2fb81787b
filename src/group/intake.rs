//! A group's intake: the recipient to which others seal records with stock age, and what opens them.

use std::io::{self, Read};
use std::sync::Arc;

use super::{DatabaseError, Group, database};
use crate::access_log::{Action, Event, Outcome, Unlogged};
use crate::sealed::age_file::{self, ARMOR_BEGIN, Dearmored, OpenError, SealedReader};
use crate::sealed::disk::DiskFile;
use crate::sealed::identity::{Identity, Recipient};

/// A sealed file can't be taken in. It is the sender's, and nothing of the store.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// None of the group's intake keys opens it.
    #[error("it is sealed to another key than this group's")]
    OtherKey,
    /// Sealed with a passphrase.
    #[error("it is sealed with a passphrase, not to this group's recipient")]
    Passphrase,
    /// Its end is missing.
    #[error("it is cut: its end is missing")]
    Cut,
    /// Something in it was changed.
    #[error("it is damaged")]
    Damaged,
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
}

impl IntakeError {
    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::OtherKey | Self::Passphrase => {
                "give the sender what `vault intake show GROUP` shows, and ask for the file sealed to that"
            }
            Self::Cut | Self::Damaged => {
                "nothing was imported: copy it again, or ask the sender for it again"
            }
            Self::Io(_) => return None,
        })
    }
}

impl From<OpenError> for IntakeError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoMatch => Self::OtherKey,
            OpenError::Cut => Self::Cut,
            OpenError::Io(error) => match error.kind() {
                io::ErrorKind::InvalidData => Self::Damaged,
                io::ErrorKind::UnexpectedEof => Self::Cut,
                _ => Self::Io(error),
            },
            OpenError::NotAge | OpenError::HeaderTooLong | OpenError::Header | OpenError::Payload { .. } => {
                Self::Damaged
            }
        }
    }
}

/// The keys that open what was sealed for a group, the newest first.
pub struct IntakeKeys(Vec<Identity>);

impl Group {
    /// The recipient of the newest intake key.
    pub fn intake(&self) -> Result<Unlogged<Recipient>, DatabaseError> {
        let keys = self.intake_keys()?;
        let newest = keys.0.first().ok_or(DatabaseError::Damaged("a row of table meta is missing"))?;
        let mut event = Event::new(Action::Intake, Outcome::Success);
        event.group = Some(self.name().to_owned());
        Ok(Unlogged::new(newest.recipient(), vec![event]))
    }

    /// All intake keys: a file may have been sealed before a re-key.
    pub fn intake_keys(&self) -> Result<IntakeKeys, DatabaseError> {
        let keys = database::intake_identities(self.file.connection());
        keys.map(IntakeKeys).map_err(|error| self.blame(error))
    }
}

/// What a sealed file holds, from its beginning to its end, in constant memory. That the file is whole was
/// authenticated when it was opened; each piece is before it is given out.
pub struct Opened {
    reader: SealedReader,
    position: u64,
}

impl Opened {
    /// Opens a file that was sealed by stock age, with or without armor.
    pub fn open(file: Arc<dyn DiskFile>, keys: &IntakeKeys) -> Result<Self, IntakeError> {
        let mut start = [0; ARMOR_BEGIN.len()];
        let count = file.read_at(&mut start, 0)?;
        let file =
            if start[..count] == *ARMOR_BEGIN { Arc::new(Dearmored::open(file)?) as Arc<_> } else { file };
        let reader = SealedReader::open_any(Arc::clone(&file), keys.0.iter().map(Identity::as_age), 1)
            .map_err(|error| match error {
                OpenError::NoMatch if age_file::is_passphrase_sealed(&*file).unwrap_or(false) => {
                    IntakeError::Passphrase
                }
                error => error.into(),
            })?;
        Ok(Self { reader, position: 0 })
    }

    /// How many bytes were sealed.
    pub fn length(&self) -> u64 {
        self.reader.length()
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self
            .reader
            .read_at(buffer, self.position)
            // Whoever imports finds it in there again.
            .map_err(|error| io::Error::other(IntakeError::from(error)))?;
        self.position += count as u64;
        Ok(count)
    }
}

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
    /// Its last piece does not authenticate as the last: cut off, or changed.
    #[error("it is cut: its end is missing or was changed")]
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

impl IntakeKeys {
    /// These keys.
    pub fn of(keys: Vec<Identity>) -> Self {
        Self(keys)
    }
}

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

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;
    use crate::sealed::disk::{Disk as _, RealDisk};

    /// Opens a file with these bytes and reads it to its end, in small pieces.
    fn read(bytes: &[u8], keys: &IntakeKeys) -> Result<Vec<u8>, IntakeError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let mut opened = Opened::open(Arc::from(RealDisk.open(&path).unwrap()), keys)?;
        let mut read = vec![0; 7];
        let mut all = Vec::new();
        loop {
            match opened.read(&mut read) {
                Ok(0) => return Ok(all),
                Ok(count) => all.extend_from_slice(&read[..count]),
                Err(error) => return Err(error.downcast::<IntakeError>().unwrap()),
            }
            read.resize(5_000, 0);
        }
    }

    fn armored(bytes: &[u8]) -> Vec<u8> {
        let text = BASE64.encode(bytes);
        let lines = text.as_bytes().chunks(64).map(|line| [line, b"\n"].concat());
        let lines: Vec<u8> = lines.flatten().collect();
        [ARMOR_BEGIN, b"\n", &lines, b"-----END AGE ENCRYPTED FILE-----\n"].concat()
    }

    /// Two keys, and 150,000 bytes sealed to the older one: three chunks.
    fn sealed() -> (IntakeKeys, Vec<u8>, Vec<u8>) {
        let keys = IntakeKeys(vec![Identity::generate(), Identity::generate()]);
        let rows: Vec<u8> =
            (0..150_000_u32).map(|place| place.to_le_bytes()[0] ^ place.to_le_bytes()[1]).collect();
        let sealed = keys.0[1].recipient().seal(&rows).unwrap();
        (keys, rows, sealed)
    }

    #[test]
    fn what_was_sealed_to_any_of_the_keys_opens_with_and_without_armor() {
        let (keys, rows, sealed) = sealed();
        assert_eq!(read(&sealed, &keys).unwrap(), rows);
        assert_eq!(read(&armored(&sealed), &keys).unwrap(), rows);
        let newest = keys.0[0].recipient().seal(b"").unwrap();
        assert_eq!(read(&newest, &keys).unwrap(), b"");
        let others = IntakeKeys(vec![Identity::generate()]);
        for foreign in [&sealed, &armored(&sealed)] {
            assert!(matches!(read(foreign, &others), Err(IntakeError::OtherKey)));
        }
    }

    #[test]
    fn a_file_that_was_cut_anywhere_gives_not_one_byte() {
        let (keys, _, sealed) = sealed();
        let armored = armored(&sealed);
        for whole in [&sealed, &armored] {
            let places = (0..whole.len() - 1).step_by(4_999).chain(whole.len() - 40..whole.len() - 1);
            for kept in places {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("file");
                std::fs::write(&path, &whole[..kept]).unwrap();
                let file = Arc::from(RealDisk.open(&path).unwrap());
                assert!(Opened::open(file, &keys).is_err(), "{kept} of {}", whole.len());
            }
        }
        assert!(matches!(read(&sealed[..sealed.len() - 9], &keys), Err(IntakeError::Cut)));
        assert!(matches!(read(&armored[..armored.len() - 9], &keys), Err(IntakeError::Cut)));
    }

    #[test]
    fn a_file_in_which_anything_was_changed_does_not_reach_its_end() {
        let (keys, _, sealed) = sealed();
        for whole in [&sealed, &armored(&sealed)] {
            for place in (0..whole.len()).step_by(3_001) {
                let mut changed = whole.clone();
                changed[place] ^= 1;
                assert!(read(&changed, &keys).is_err(), "{place} of {}", whole.len());
            }
        }
        let more = [&sealed[..], &sealed[..]].concat();
        assert!(read(&more, &keys).is_err(), "a file after the file");
        assert!(matches!(read(b"age-encryption.org/v1\n", &keys), Err(IntakeError::Damaged)));
    }

    #[test]
    fn what_opened_whole_and_changed_while_it_was_read_is_told() {
        let (keys, _, sealed) = sealed();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, &sealed).unwrap();
        let mut opened = Opened::open(Arc::from(RealDisk.open(&path).unwrap()), &keys).unwrap();
        let half = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        half.set_len(sealed.len() as u64 / 2).unwrap();
        let error = opened.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.downcast::<IntakeError>().is_ok());
    }
}

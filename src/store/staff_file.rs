//! Identity files: `staff/alice.1.age`, a person's age identity sealed with their passphrase. Opened
//! by stock age, the text serves stock age as an identity file.

use zeroize::Zeroizing;

use super::name::Name;
use crate::sealed::age_file::SealError;
use crate::sealed::identity::Identity;
use crate::sealed::passphrase::{self, Passphrase, UnlockError, WorkFactor};
use crate::sealed::signed::StoreId;

/// The longest identity file accepted, in bytes: a real one has about 500.
pub const LIMIT: u64 = 16 * 1024;

/// The comment that pins the store.
const PIN: &str = "# store: ";

/// An identity file does not give the identity it should.
#[derive(Debug, thiserror::Error)]
pub enum StaffFileError {
    /// It did not open.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// It opened, and is not an identity file.
    #[error("it holds no identity")]
    NotAnIdentity,
    /// It opened, and is pinned to another store.
    #[error("it belongs to another store")]
    OtherStore,
}

/// Seals an identity, with its owner's name and the store's id in comments.
pub fn seal(
    identity: &Identity,
    name: &Name,
    number: u32,
    store: &StoreId,
    passphrase: &Passphrase,
    work_factor: WorkFactor,
) -> Result<Vec<u8>, SealError> {
    let key = identity.to_text();
    let text =
        Zeroizing::new(format!("# vault identity of {name} ({number})\n{PIN}{store}\n{}\n", key.as_str()));
    passphrase::seal(passphrase, work_factor, text.as_bytes())
}

/// Opens an identity file and checks its pin.
pub fn open(
    sealed: &[u8],
    store: &StoreId,
    passphrase: &Passphrase,
    lowest: WorkFactor,
) -> Result<Identity, StaffFileError> {
    let plaintext = passphrase::open(passphrase, lowest, sealed)?;
    let text = std::str::from_utf8(&plaintext).map_err(|_| StaffFileError::NotAnIdentity)?;
    let identity = Identity::from_file_text(text).map_err(|_| StaffFileError::NotAnIdentity)?;
    let mut pins = text.lines().filter_map(|line| line.strip_prefix(PIN));
    let pinned = pins.next().is_some_and(|pin| pin.parse() == Ok(*store)) && pins.next().is_none();
    if pinned { Ok(identity) } else { Err(StaffFileError::OtherStore) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::signed::Digest;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn an_identity_file_opens_only_for_its_store_and_passphrase() {
        let cheap = WorkFactor::for_tests(2);
        let (identity, store) = (Identity::generate(), Digest::of(b"store"));
        let sealed =
            seal(&identity, &"alice".parse().unwrap(), 1, &store, &passphrase("right"), cheap).unwrap();
        let opened = open(&sealed, &store, &passphrase("right"), cheap).unwrap();
        assert_eq!(opened.recipient(), identity.recipient());
        assert!(matches!(
            open(&sealed, &store, &passphrase("wrong"), cheap),
            Err(StaffFileError::Unlock(UnlockError::WrongPassphrase))
        ));
        assert!(matches!(
            open(&sealed, &Digest::of(b"another"), &passphrase("right"), cheap),
            Err(StaffFileError::OtherStore)
        ));
        assert!(matches!(
            open(&sealed, &store, &passphrase("right"), WorkFactor::LOWEST),
            Err(StaffFileError::Unlock(UnlockError::WorkFactor { required: 2, .. }))
        ));
    }

    #[test]
    fn a_file_without_a_pin_or_with_two_belongs_to_no_store() {
        let cheap = WorkFactor::for_tests(2);
        let store = Digest::of(b"store");
        let key = Identity::generate().to_text();
        for pins in [String::new(), format!("{PIN}{store}\n{PIN}{store}\n")] {
            let text = format!("{pins}{}\n", key.as_str());
            let sealed = passphrase::seal(&passphrase("right"), cheap, text.as_bytes()).unwrap();
            assert!(matches!(
                open(&sealed, &store, &passphrase("right"), cheap),
                Err(StaffFileError::OtherStore)
            ));
        }
    }
}

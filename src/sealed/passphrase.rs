//! Passphrases, and identities sealed with one (age's scrypt, at an explicit work factor).

use std::fmt;

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::age_file::{self, OpenError, SealError};
use crate::machine::locked::Locked;

/// What a person typed at the terminal, in locked memory. No `Display`, no `Clone`, a redacted `Debug`;
/// wiped on drop.
pub struct Passphrase(Locked<[u8]>);

impl Passphrase {
    /// Takes the UTF-8 that was typed, exactly.
    #[allow(clippy::needless_pass_by_value, reason = "what was typed is wiped here")]
    pub fn new(typed: Zeroizing<String>) -> Self {
        Self(Locked::copy_of(typed.as_bytes()))
    }

    /// The typed text, for the strength gate and for comparing the repetition.
    pub fn expose(&self) -> &str {
        // What was put there was text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As the age crate wants it: a copy, wiped on drop.
    fn as_age(&self) -> SecretString {
        SecretString::from(self.expose().to_owned())
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(…)")
    }
}

/// The scrypt cost of a passphrase: N = 2^`log_n`, which takes 2^(`log_n` - 10) MiB of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// What `init` uses unless told otherwise: about a second and 256 MiB.
    pub const STANDARD: Self = Self(18);
    /// The cheapest that the program accepts anywhere.
    pub const LOWEST: Self = Self(17);
    /// The dearest that the program accepts anywhere: 1 GiB.
    pub const HIGHEST: Self = Self(20);

    /// A work factor between the lowest and the highest.
    pub fn new(log_n: u8) -> Option<Self> {
        (Self::LOWEST.0..=Self::HIGHEST.0).contains(&log_n).then_some(Self(log_n))
    }

    /// A work factor so low that it protects nothing: for tests, which can't wait. Nothing in the
    /// program calls it.
    pub const fn for_tests(log_n: u8) -> Self {
        Self(log_n)
    }

    /// log2 of scrypt's N.
    pub fn log_n(self) -> u8 {
        self.0
    }

    /// The memory that scrypt needs at this cost, in bytes (128 · r · N, r = 8).
    pub fn memory(self) -> u64 {
        1024 << self.0
    }
}

/// Seals bytes with a passphrase into a stock age file.
pub fn seal(
    passphrase: &Passphrase,
    work_factor: WorkFactor,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.as_age());
    recipient.set_work_factor(work_factor.log_n());
    age_file::seal_to(&recipient, plaintext)
}

/// The work factor that a passphrase-sealed file asks for.
pub fn work_factor_of(sealed: &[u8]) -> Result<WorkFactor, OpenError> {
    age_file::scrypt_work_factor(sealed).map(WorkFactor)
}

/// A passphrase-sealed file did not open.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The passphrase is not the one it was sealed with.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The header asks for a work factor outside what the program accepts.
    #[error("the file asks for scrypt work factor {required}, and {lowest} to {highest} are accepted")]
    WorkFactor {
        /// What the header says.
        required: u8,
        /// The lowest accepted.
        lowest: u8,
        /// The highest accepted.
        highest: u8,
    },
    /// The file is not a sound passphrase-sealed age file.
    #[error(transparent)]
    Damaged(#[from] OpenError),
}

/// Opens a passphrase-sealed age file whose work factor lies between `lowest` and
/// [`WorkFactor::HIGHEST`].
pub fn open(
    passphrase: &Passphrase,
    lowest: WorkFactor,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnlockError> {
    let required = age_file::scrypt_work_factor(sealed)?;
    if required < lowest.0 || required > WorkFactor::HIGHEST.0 {
        return Err(UnlockError::WorkFactor { required, lowest: lowest.0, highest: WorkFactor::HIGHEST.0 });
    }
    let mut identity = age::scrypt::Identity::new(passphrase.as_age());
    identity.set_max_work_factor(WorkFactor::HIGHEST.0);
    match age_file::open_with(&identity, sealed) {
        // scrypt's stanza is authenticated by the passphrase: a key that does not fit is a wrong
        // passphrase, or damage to that one stanza, which nobody can tell apart.
        Err(OpenError::NoMatch) => Err(UnlockError::WrongPassphrase),
        other => Ok(other?),
    }
}

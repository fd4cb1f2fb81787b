//! Identities: an age X25519 key and the Ed25519 signing key derived from it, so that one secret is
//! one file.

use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::age_file::{self, OpenError, SealError};
use super::signed::{SigningKey, VerifyingKey};
use crate::machine::locked::Locked;

/// The HKDF info string of the signing key.
const SIGN_INFO: &[u8] = b"vault/v1/sign";

/// An age X25519 identity, in locked memory. A redacted `Debug`, no `Display`.
#[derive(Clone)]
pub struct Identity {
    age: Locked<age::x25519::Identity>,
}

/// Text is not an age X25519 identity.
#[derive(Debug, thiserror::Error)]
#[error("not an age X25519 identity")]
pub struct InvalidIdentity;

impl Identity {
    /// A fresh identity from the operating system's randomness.
    pub fn generate() -> Self {
        Self { age: Locked::new(age::x25519::Identity::generate()) }
    }

    /// Reads an identity file as stock `age-keygen` writes it: comment lines, then the identity.
    /// Exactly one identity must be there.
    pub fn from_file_text(text: &str) -> Result<Self, InvalidIdentity> {
        let mut keys = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identity = keys.next().ok_or(InvalidIdentity)?;
        if keys.next().is_some() {
            return Err(InvalidIdentity);
        }
        let age = age::x25519::Identity::from_str(identity).map_err(|_| InvalidIdentity)?;
        Ok(Self { age: Locked::new(age) })
    }

    /// The identity's 74 ASCII characters, `AGE-SECRET-KEY-1…`.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.age.to_string().expose_secret().to_owned())
    }

    /// The recipient that others seal to.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.age.to_public())
    }

    /// The Ed25519 key: HKDF-SHA-256 of the 74 ASCII characters, empty salt, info `vault/v1/sign`.
    pub fn signing_key(&self) -> SigningKey {
        let text = self.to_text();
        let mut seed = Zeroizing::new([0; 32]);
        let derived = Hkdf::<Sha256>::new(None, text.as_bytes()).expand(SIGN_INFO, &mut *seed);
        debug_assert!(derived.is_ok(), "32 bytes are within HKDF's limit");
        SigningKey::from_seed(&seed)
    }

    /// The public half of [`Identity::signing_key`].
    pub fn verifying_key(&self) -> VerifyingKey {
        self.signing_key().verifying_key()
    }

    /// Opens a small age file sealed to this identity.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        age_file::open_with(self.as_age(), sealed)
    }

    /// As the age crate wants it.
    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        &*self.age
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity(of {})", self.recipient())
    }
}

/// An age X25519 recipient, `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    /// Seals a small piece of plaintext to this recipient.
    pub fn seal(&self, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        age_file::seal_to(&self.0, plaintext)
    }

    /// As the age crate wants it.
    pub(crate) fn as_age(&self) -> &dyn age::Recipient {
        &self.0
    }
}

/// Text is not an age X25519 recipient.
#[derive(Debug, thiserror::Error)]
#[error("not an age X25519 recipient")]
pub struct InvalidRecipient;

impl FromStr for Recipient {
    type Err = InvalidRecipient;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidRecipient)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl serde::Serialize for Recipient {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Recipient {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

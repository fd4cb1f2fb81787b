//! Signed JSON lines: the one form of everything in a store that somebody vouches for.
//!
//! A line is a JSON object whose last key is `"sig"`. The signature (Ed25519) covers
//! `vault/v1/<purpose>` ‖ store id (32 bytes) ‖ the line's exact bytes before `,"sig":`.

use std::fmt;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::machine::locked::Locked;

const SIG_KEY: &[u8] = b",\"sig\":\"";
const SIG_HEX: usize = 128;

/// A SHA-256 hash; hexadecimal in text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The zeroes that stand for *nothing before this*.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 of the parts, one after the other.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl From<Sha256> for Digest {
    fn from(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::str::FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        decode_hex(text).map(Self).ok_or(())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode_hex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// A place in a chain: a sequence number and the hash of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Counted from 0 (roster) or 1 (records, access log); 0 with [`Digest::ZERO`] is *nothing yet* there.
    pub seq: u64,
    /// The hash of that line or record.
    pub hash: Digest,
}

impl Mark {
    /// Before the first.
    pub const NOTHING: Self = Self { seq: 0, hash: Digest::ZERO };
}

/// A store's id: the SHA-256 of its genesis line.
pub type StoreId = Digest;

/// What a signature is for; a signature for one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A roster line.
    Roster,
    /// A group's head.
    Head,
    /// A record's header.
    Record,
    /// An access-log entry.
    Entry,
    /// A line of an erasure ledger.
    Ledger,
    /// A backup or export manifest.
    Manifest,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Roster => b"vault/v1/roster",
            Self::Head => b"vault/v1/head",
            Self::Record => b"vault/v1/record",
            Self::Entry => b"vault/v1/entry",
            Self::Ledger => b"vault/v1/ledger",
            Self::Manifest => b"vault/v1/manifest",
        }
    }
}

/// An Ed25519 signing key, in locked memory; wiped on drop.
pub struct SigningKey(Locked<ed25519_dalek::SigningKey>);

impl SigningKey {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Locked::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    fn sign(&self, purpose: Purpose, store: &StoreId, bytes: &[u8]) -> String {
        let signature = self.0.sign(&message(purpose, store, bytes));
        HEXLOWER.encode(&signature.to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey(of {})", self.verifying_key())
    }
}

/// An Ed25519 public key; hexadecimal in text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl fmt::Display for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for VerifyingKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifyingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode_hex(&text)
            .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not an Ed25519 public key"))
    }
}

fn message(purpose: Purpose, store: &StoreId, bytes: &[u8]) -> Vec<u8> {
    [purpose.label(), &store.0, bytes].concat()
}

/// A line is not what its signer wrote.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignedError {
    /// Not a JSON object of the expected keys that ends in `"sig"`.
    #[error("not a signed line of this kind: {0}")]
    Malformed(String),
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// Writes `value` as a signed line, without a newline.
pub fn sign<T: Serialize>(
    value: &T,
    purpose: Purpose,
    store: &StoreId,
    key: &SigningKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(value)?;
    line.pop();
    let signature = key.sign(purpose, store, &line);
    line.extend_from_slice(SIG_KEY);
    line.extend_from_slice(signature.as_bytes());
    line.extend_from_slice(b"\"}");
    Ok(line)
}

/// A parsed line whose signature was not checked yet. Becomes a `T` only through
/// [`Unverified::verify`].
#[derive(Debug, Clone)]
pub struct Unverified<T> {
    claimed: T,
    signed: Vec<u8>,
    signature: [u8; 64],
}

impl<T: DeserializeOwned> Unverified<T> {
    /// Parses a line (no newline). Unknown and repeated keys are refused where `T` does so.
    pub fn parse(line: &[u8]) -> Result<Self, SignedError> {
        let malformed = |why: &str| SignedError::Malformed(why.to_owned());
        let split = line
            .len()
            .checked_sub(SIG_KEY.len() + SIG_HEX + 2)
            .filter(|split| line[*split..].starts_with(SIG_KEY) && line.ends_with(b"\"}"))
            .ok_or_else(|| malformed("no signature at its end"))?;
        let hex = &line[split + SIG_KEY.len()..line.len() - 2];
        let signature = std::str::from_utf8(hex)
            .ok()
            .and_then(decode_hex)
            .ok_or_else(|| malformed("its signature is not hexadecimal"))?;
        let mut object = line[..split].to_vec();
        object.push(b'}');
        let claimed = serde_json::from_slice(&object).map_err(|error| malformed(&error.to_string()))?;
        object.pop();
        Ok(Self { claimed, signed: object, signature })
    }
}

impl<T> Unverified<T> {
    /// What the line claims, for finding the key to verify it with. Never to be acted upon.
    pub fn claimed(&self) -> &T {
        &self.claimed
    }

    /// Checks the signature.
    pub fn verify(self, purpose: Purpose, store: &StoreId, key: &VerifyingKey) -> Result<T, SignedError> {
        let signature = Signature::from_bytes(&self.signature);
        key.0
            .verify_strict(&message(purpose, store, &self.signed), &signature)
            .map_err(|_| SignedError::Signature)?;
        Ok(self.claimed)
    }
}

//! What a roster line says. Unknown and repeated keys are refused everywhere.

use serde::{Deserialize, Serialize};

use crate::sealed::identity::Recipient;
use crate::sealed::signed::{Digest, StoreId, VerifyingKey};
use crate::store::name::Name;

/// The version of the store's format.
pub(super) const VERSION: u32 = 1;

/// The characters of a code prefix: Crockford's Base32.
pub const PREFIX_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One line, without its signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub v: u32,
    /// Counted from 0, the genesis.
    pub seq: u64,
    /// SHA-256 of the line before.
    pub prev: Digest,
    /// RFC 3339, UTC, by the signer's clock.
    pub at: String,
    pub change: Change,
    /// Name and number of the signer's identity: `alice.1`.
    pub signer: String,
}

/// What a line changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// The store begins.
    Genesis(Box<Genesis>),
    /// A group is created.
    Group(GroupChange),
}

/// The beginning of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The first owner.
    pub owner: IdentityEntry,
    /// The recovery sheet, unless there is none.
    pub recovery: Option<IdentityEntry>,
    /// The access log's key.
    pub log: LogKey,
    /// What the owner decided.
    pub policy: Policy,
}

/// An identity as the roster names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityEntry {
    /// The person's name.
    pub name: Name,
    /// Which of the person's identities this is, from 1.
    pub number: u32,
    /// What is sealed to them.
    pub recipient: Recipient,
    /// What their signatures are checked with.
    pub key: VerifyingKey,
}

/// The access log's key of one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogKey {
    /// Counted from 1.
    pub epoch: u32,
    /// What entries are sealed to.
    pub recipient: Recipient,
}

/// What the store's owners decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What to do on a networked machine.
    pub network: Network,
}

/// What to do on a networked machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Refuse to unlock the store.
    Refuse,
    /// Say so and go on.
    Warn,
}

/// A new group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// Its name.
    pub name: Name,
    /// Two characters of [`PREFIX_ALPHABET`], no other group's.
    pub prefix: String,
    /// The key epoch: 1.
    pub epoch: u32,
    /// See [`commitment`].
    pub commitment: Digest,
}

/// Ties a group's key to the roster without naming it: whoever knew a group's recipient could seal
/// files to it. SHA-256 of
///
/// | bytes | what |
/// | --- | --- |
/// | 14 | `vault/v1/group` |
/// | 32 | the store's id |
/// | 1 | the length of the group's name |
/// | 1 to 32 | the group's name |
/// | 4 | the key epoch, big-endian |
/// | 62 | the recipient, `age1…` |
pub fn commitment(store: &StoreId, group: &Name, epoch: u32, recipient: &Recipient) -> Digest {
    let name = group.as_str().as_bytes();
    // A name has at most 32 bytes.
    let length = [u8::try_from(name.len()).unwrap_or(u8::MAX)];
    let recipient = recipient.to_string();
    Digest::of_parts(&[
        b"vault/v1/group",
        &store.0,
        &length,
        name,
        &epoch.to_be_bytes(),
        recipient.as_bytes(),
    ])
}

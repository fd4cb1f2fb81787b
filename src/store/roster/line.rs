//! What a roster line says. Unknown and repeated keys are refused everywhere.

use serde::{Deserialize, Serialize};

use super::policy::PolicyChange;
use crate::access_log::Role;
use crate::sealed::identity::Recipient;
use crate::sealed::signed::{Digest, Mark, StoreId, VerifyingKey};
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
    /// Its entry in the access log. The genesis has none: the log begins after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Mark>,
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
    /// A person is enrolled.
    Add(Box<AddChange>),
    /// A person, or the recovery sheet, gets a new identity.
    Identity(Box<IdentityChange>),
    /// The recovery sheet was used.
    Recover(Box<RecoverChange>),
    /// A clerk may open a group.
    Grant(GrantChange),
    /// A clerk may no longer open a group.
    Revoke(RevokeChange),
    /// A person leaves.
    Remove(RemoveChange),
    /// Groups get new keys, and nothing else changes.
    Rekey(Rekey),
    /// A screening or a training is recorded.
    Note(NoteChange),
    /// A new version of the agreement that everybody signs.
    Agreement(AgreementChange),
    /// Whoever signed the line agrees.
    Agree(AgreeChange),
    /// The owners decide otherwise.
    Policy(PolicyChange),
    /// A restored store becomes the office's again.
    Accept(Box<AcceptChange>),
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
    pub policy: PolicyChange,
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

/// A new person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddChange {
    /// Their identity; its number is one more than the highest that the name ever had.
    pub identity: IdentityEntry,
    /// What they may do.
    pub role: Role,
    /// How they are called in full.
    pub full_name: Option<String>,
    /// The groups that a clerk may open; of other roles none.
    pub groups: Vec<Name>,
}

/// A new identity of somebody who has one: their groups, and of an auditor or owner the access log, get
/// new keys in the same line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityChange {
    /// The identity; its number is the next.
    pub identity: IdentityEntry,
    /// The new keys.
    pub rekey: Rekey,
}

/// An owner's new identity and a new recovery sheet; signed by the old sheet's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoverChange {
    /// The owner's.
    pub owner: IdentityEntry,
    /// The new sheet's.
    pub recovery: IdentityEntry,
    /// New keys for every group and the access log.
    pub rekey: Rekey,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// The clerk.
    pub name: Name,
    /// The group.
    pub group: Name,
}

/// A grant's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeChange {
    /// The clerk.
    pub name: Name,
    /// The group.
    pub group: Name,
    /// The group's new key.
    pub rekey: Rekey,
}

/// A person's leaving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveChange {
    /// The person.
    pub name: Name,
    /// New keys for all that they could open.
    pub rekey: Rekey,
}

/// New keys. All of them hold from this line on, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rekey {
    /// Groups, by name.
    pub groups: Vec<NewEpoch>,
    /// The access log.
    pub log: Option<LogKey>,
}

/// A group's new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEpoch {
    /// The group.
    pub name: Name,
    /// The next key epoch.
    pub epoch: u32,
    /// See [`commitment`].
    pub commitment: Digest,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Whether the person may be trusted with records was looked into.
    Screening,
    /// The person was taught.
    Training,
}

impl std::fmt::Display for NoteKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Screening => "screening",
            Self::Training => "training",
        })
    }
}

/// A screening or training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteChange {
    /// Whose.
    pub name: Name,
    /// Of what kind.
    pub kind: NoteKind,
    /// The day of it.
    pub on: jiff::civil::Date,
    /// The last day on which it holds, if it ends.
    pub expires: Option<jiff::civil::Date>,
    /// What was found, in Base64 of an age file sealed to the access log's key in force: the roster can
    /// be read by whoever steals it.
    pub text: String,
}

/// A version of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementChange {
    /// Counted from 1.
    pub version: u32,
    /// The whole text.
    pub text: String,
}

/// A person's agreement; the line's signature is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreeChange {
    /// The version in force.
    pub version: u32,
    /// SHA-256 of its text.
    pub sha256: Digest,
}

/// A restored store's becoming the office's again: everything is re-keyed, and what was seen of the heads
/// that are given up counts no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptChange {
    /// The hash of the manifest from which the groups are.
    pub manifest: Digest,
    /// The medium's ID.
    pub medium: String,
    /// What is given up, as far as it is known.
    pub given_up: GivenUp,
    /// New keys for every group.
    pub rekey: Rekey,
}

/// Heads that are given up: the newest that the medium or the machine's seen notes knew of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenUp {
    /// The roster's end, if lines of it are given up.
    pub roster: Option<Mark>,
    /// The access log's end, if entries of it are given up.
    pub log: Option<Mark>,
    /// The groups of which records are given up, by name.
    pub groups: Vec<GivenUpGroup>,
}

/// A group's head that is given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenUpGroup {
    /// The group.
    pub name: Name,
    /// Its generation.
    pub generation: u64,
    /// The last record.
    pub record: Mark,
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

//! The roster: who may do what. Signed, append-only, chained lines; the first is the genesis, and
//! its SHA-256 is the store's id.

mod file;
mod line;

use std::path::PathBuf;

use jiff::Timestamp;

pub use self::file::{PreparedLine, RosterError};
pub use self::line::{
    Change, Genesis, GroupChange, IdentityEntry, LogKey, Network, PREFIX_ALPHABET, Policy, commitment,
};
use self::line::{Line, VERSION};
use super::name::{Name, RECOVERY};
use crate::access_log::Role;
use crate::sealed::identity::Recipient;
use crate::sealed::signed::{
    self, Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, VerifyingKey,
};

/// An identity that the roster knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person's name, or `recovery`.
    pub name: Name,
    /// Which of the person's identities this is, from 1.
    pub number: u32,
    /// What they may do.
    pub role: Role,
    /// What is sealed to them.
    pub recipient: Recipient,
    /// What their signatures are checked with.
    pub key: VerifyingKey,
    /// The sequence number of the line that made them active.
    since: u64,
}

impl Member {
    /// How lines, heads, records and entries name this identity as their signer: `alice.1`.
    pub fn signer_id(&self) -> String {
        format!("{}.{}", self.name, self.number)
    }

    /// Whether this is the recovery sheet's identity, which can only recover.
    pub fn is_recovery(&self) -> bool {
        self.name.as_str() == RECOVERY
    }
}

/// A group as the roster has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// The two characters that its customers' codes begin with.
    pub prefix: String,
    /// The key epoch in force.
    pub epoch: u32,
    /// What the key of that epoch must match: see [`commitment`].
    pub commitment: Digest,
    /// The sequence number of the line that created it.
    since: u64,
}

/// What is wrong with a roster line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a roster line, or its signature does not fit.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Its time is not RFC 3339.
    #[error("its time is not one")]
    Time,
    /// It does not continue the line before it.
    #[error("it does not continue the line before it")]
    Chain,
    /// The first line is no genesis, or a later one is.
    #[error("a genesis is the first line and no other")]
    Genesis,
    /// Whoever signed was not allowed to.
    #[error("{signer} was not allowed to sign it")]
    Signer {
        /// The signer that the line names.
        signer: String,
    },
    /// A person bears the recovery sheet's name, or the recovery sheet another.
    #[error("the name {RECOVERY} is the recovery sheet's alone")]
    Reserved,
    /// An identity's number or a key epoch does not begin with 1.
    #[error("identities and key epochs are counted from 1")]
    Count,
    /// There is a group of that name already.
    #[error("there is a group {name} already")]
    GroupExists {
        /// The group's name.
        name: Name,
    },
    /// A code prefix that is not two characters of the code alphabet, or is taken.
    #[error("the code prefix {prefix} is malformed or taken")]
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// It is shorter than it was seen.
    #[error("it is gone, and was seen before")]
    Shorter,
    /// It is not the line that was seen there.
    #[error("it is not the line that was seen before")]
    Rewritten,
    /// There is no line at all.
    #[error("it is missing")]
    Missing,
}

/// A verified roster.
#[derive(Debug, Clone)]
pub struct Roster {
    path: PathBuf,
    store: StoreId,
    /// The hash of each line.
    hashes: Vec<Digest>,
    members: Vec<Member>,
    groups: Vec<Group>,
    log: LogKey,
    policy: Policy,
    /// Bytes of the good lines.
    length: u64,
    /// Whether a torn line follows them.
    torn: bool,
}

impl Roster {
    /// The store's id.
    pub fn store_id(&self) -> StoreId {
        self.store
    }

    /// The last line.
    pub fn mark(&self) -> Mark {
        let seq = self.hashes.len().saturating_sub(1) as u64;
        Mark { seq, hash: self.hashes.last().copied().unwrap_or_default() }
    }

    /// The hash of line `seq`, counted from 0.
    pub fn hash_at(&self, seq: u64) -> Option<Digest> {
        usize::try_from(seq).ok().and_then(|seq| self.hashes.get(seq)).copied()
    }

    /// Whether the roster has this very line.
    pub fn holds(&self, mark: Mark) -> bool {
        self.hash_at(mark.seq) == Some(mark.hash)
    }

    /// The active people, without the recovery sheet.
    pub fn people(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !member.is_recovery())
    }

    /// An active person.
    pub fn person(&self, name: &str) -> Option<&Member> {
        self.people().find(|member| member.name.as_str() == name)
    }

    /// Those who can open a group, be it there or about to be created: owners and the recovery sheet.
    pub fn members(&self, _group: &str) -> Vec<&Member> {
        // Every role that exists so far belongs to every group.
        self.members.iter().filter(|member| member.role == Role::Owner).collect()
    }

    /// A group.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name.as_str() == name)
    }

    /// All groups, oldest first.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The access log's key in force.
    pub fn log_key(&self) -> &LogKey {
        &self.log
    }

    /// What the store's owners decided.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The key of whoever signed something in `group` while the roster ended at `at`: `None` unless
    /// the roster has that line and the signer held the grant there.
    pub fn signer_key(&self, signer: &str, group: &str, at: Mark) -> Option<VerifyingKey> {
        if !self.holds(at) || self.group(group)?.since > at.seq {
            return None;
        }
        let member = self.members(group).into_iter().find(|member| member.signer_id() == signer)?;
        (member.since <= at.seq && !member.is_recovery()).then_some(member.key)
    }

    /// The key of any identity that ever was in the roster: for the access log.
    pub fn key_of(&self, signer: &str) -> Option<VerifyingKey> {
        self.members.iter().find(|member| member.signer_id() == signer).map(|member| member.key)
    }

    /// The first line of a new store and so its id, signed by the owner that it names.
    pub fn genesis(
        genesis: Genesis,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<(StoreId, PreparedLine), RosterError> {
        let signer = format!("{}.{}", genesis.owner.name, genesis.owner.number);
        let line = Line::new(0, Digest::ZERO, now, Change::Genesis(Box::new(genesis)), signer);
        let bytes = signed::sign(&line, Purpose::Roster, &Digest::ZERO, key)?;
        Self::begin(PathBuf::new(), &bytes).map_err(RosterError::Refused)?;
        Ok((Digest::of(&bytes), PreparedLine::new(bytes, 0)))
    }

    /// Writes the next line in memory: its mark can be named before it is appended. The change is
    /// checked as a reader would check it.
    pub fn prepare(
        &self,
        change: Change,
        key: &SigningKey,
        signer: &str,
        now: Timestamp,
    ) -> Result<PreparedLine, RosterError> {
        let seq = self.hashes.len() as u64;
        let line = Line::new(seq, self.mark().hash, now, change, signer.to_owned());
        let bytes = signed::sign(&line, Purpose::Roster, &self.store, key)?;
        self.clone().extend(&bytes).map_err(RosterError::Refused)?;
        Ok(PreparedLine::new(bytes, seq))
    }

    /// A roster of its first line.
    fn begin(path: PathBuf, bytes: &[u8]) -> Result<Self, Fault> {
        let unverified = Unverified::<Line>::parse(bytes)?;
        let Change::Genesis(claimed) = &unverified.claimed().change else { return Err(Fault::Genesis) };
        let key = claimed.owner.key;
        let line = unverified.verify(Purpose::Roster, &Digest::ZERO, &key)?;
        line.check(0, Digest::ZERO)?;
        let Change::Genesis(genesis) = line.change else { return Err(Fault::Genesis) };
        let Genesis { owner, recovery, log, policy } = *genesis;
        let is_reserved = |entry: &IdentityEntry| entry.name.as_str() == RECOVERY;
        if is_reserved(&owner) || !recovery.as_ref().is_none_or(is_reserved) {
            return Err(Fault::Reserved);
        }
        if owner.number != 1 || recovery.as_ref().is_some_and(|entry| entry.number != 1) || log.epoch != 1 {
            return Err(Fault::Count);
        }
        let owner = Member::new(owner, Role::Owner, 0);
        if line.signer != owner.signer_id() {
            return Err(Fault::Signer { signer: line.signer });
        }
        let recovery = recovery.map(|entry| Member::new(entry, Role::Owner, 0));
        let hash = Digest::of(bytes);
        Ok(Self {
            path,
            store: hash,
            hashes: vec![hash],
            members: std::iter::once(owner).chain(recovery).collect(),
            groups: Vec::new(),
            log,
            policy,
            length: bytes.len() as u64 + 1,
            torn: false,
        })
    }

    /// Verifies one more line and takes it in.
    fn extend(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let unverified = Unverified::<Line>::parse(bytes)?;
        let signer = unverified.claimed().signer.clone();
        // An active owner as the roster stood before this line.
        let active = self.people().find(|member| member.signer_id() == signer && member.role == Role::Owner);
        let key = active.map(|member| member.key).ok_or(Fault::Signer { signer })?;
        let line = unverified.verify(Purpose::Roster, &self.store, &key)?;
        line.check(self.hashes.len() as u64, self.mark().hash)?;
        match line.change {
            Change::Genesis(_) => return Err(Fault::Genesis),
            Change::Group(change) => self.add_group(change, line.seq)?,
        }
        self.hashes.push(Digest::of(bytes));
        self.length += bytes.len() as u64 + 1;
        Ok(())
    }

    fn add_group(&mut self, change: GroupChange, since: u64) -> Result<(), Fault> {
        let GroupChange { name, prefix, epoch, commitment } = change;
        if self.group(name.as_str()).is_some() {
            return Err(Fault::GroupExists { name });
        }
        let taken = self.groups.iter().any(|group| group.prefix == prefix);
        if taken || prefix.len() != 2 || !prefix.bytes().all(|byte| PREFIX_ALPHABET.contains(&byte)) {
            return Err(Fault::Prefix { prefix });
        }
        if epoch != 1 {
            return Err(Fault::Count);
        }
        self.groups.push(Group { name, prefix, epoch, commitment, since });
        Ok(())
    }
}

impl Member {
    fn new(entry: IdentityEntry, role: Role, since: u64) -> Self {
        let IdentityEntry { name, number, recipient, key } = entry;
        Self { name, number, role, recipient, key, since }
    }
}

impl Line {
    fn new(seq: u64, prev: Digest, now: Timestamp, change: Change, signer: String) -> Self {
        Self { v: VERSION, seq, prev, at: format!("{now:.3}"), change, signer }
    }

    /// Whether the line continues a roster of `seq` lines that ends with `prev`.
    fn check(&self, seq: u64, prev: Digest) -> Result<(), Fault> {
        if self.v != VERSION || self.seq != seq || self.prev != prev {
            return Err(Fault::Chain);
        }
        self.at.parse::<Timestamp>().map(|_| ()).map_err(|_| Fault::Time)
    }
}

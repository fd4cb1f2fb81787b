//! The roster: who may do what. Signed, append-only, chained lines; the first is the genesis, and
//! its SHA-256 is the store's id.

mod file;
mod groups;
mod known;
mod line;
mod people;
mod policy;
mod rules;
mod signers;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use self::file::LIMIT;
pub use self::file::{PreparedLine, RosterError};
use self::groups::FormerKey;
pub use self::groups::Group;
pub use self::known::{Accepted, GoesOn, Known};
pub use self::line::{
    AcceptChange, AddChange, AgreeChange, AgreementChange, Change, Genesis, GivenUp, GivenUpGroup,
    GrantChange, GroupChange, IdentityChange, IdentityEntry, LogKey, NewEpoch, NoteChange, NoteKind,
    PREFIX_ALPHABET, RecoverChange, Rekey, RemoveChange, RevokeChange, commitment,
};
use self::line::{Line, VERSION};
pub use self::people::{Agreed, Member, Note, Person};
pub use self::policy::{Hours, InvalidHours, OfficeHours, Policy, PolicyChange, Strictness};
pub use self::rules::{AGREEMENT_LIMIT, is_full_name};
use super::name::{Name, RECOVERY};
use crate::access_log::Role;
use crate::sealed::signed::{
    self, Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, VerifyingKey,
};

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
    /// There is nobody of that name.
    #[error("there is nobody called {name}")]
    NoSuchPerson {
        /// The name.
        name: Name,
    },
    /// There is somebody of that name.
    #[error("there is somebody called {name} already")]
    PersonExists {
        /// The name.
        name: Name,
    },
    /// There is no group of that name.
    #[error("there is no group {name}")]
    NoSuchGroup {
        /// The group's name.
        name: Name,
    },
    /// The person's role does not go with the change.
    #[error("the role of {name} does not go with it")]
    Role {
        /// The person.
        name: Name,
    },
    /// A grant that is there already, that is not there, or that a role has no need of.
    #[error("the grants do not go with it")]
    Grant,
    /// What somebody loses is not re-keyed in the same line, or something else is, or not to the next epoch.
    #[error("it does not re-key exactly what it must")]
    Rekey,
    /// Nobody removes themself: what they sign would not be theirs to sign afterwards.
    #[error("nobody removes themself")]
    Oneself,
    /// An identity that somebody has or had.
    #[error("its identity is not a new one")]
    Reused,
    /// A full name that is empty, too long, or holds control characters.
    #[error("the full name is empty, too long, or holds control characters")]
    FullName,
    /// A note that expires before its day.
    #[error("it expires before its day")]
    Date,
    /// A text that is empty, too long, or not sealed as it should be.
    #[error("its text is empty, too long, or not sealed")]
    Text,
    /// Not the agreement in force, or agreed to already.
    #[error("it is not the agreement in force, or was agreed to already")]
    Agreement,
    /// The file would be longer than one that is read, or notes and agreements would take the room of
    /// removals and new keys.
    #[error("the roster has no room for it")]
    Full,
    /// A policy that decides nothing, or a number out of bounds.
    #[error("the policy decides nothing, or a number is out of bounds")]
    Policy,
    /// It names no entry of the access log.
    #[error("it names no entry of the access log")]
    Entry,
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

/// The agreement that everybody signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Counted from 1.
    pub version: u32,
    /// SHA-256 of the text.
    pub sha256: Digest,
    /// The whole text.
    pub text: String,
    /// When it was set.
    pub at: Timestamp,
}

/// A verified roster.
#[derive(Debug, Clone)]
pub struct Roster {
    path: PathBuf,
    store: StoreId,
    /// The hash of each line.
    hashes: Vec<Digest>,
    /// The access-log entry that each line names.
    entries: Vec<Option<Mark>>,
    people: Vec<Person>,
    groups: Vec<Group>,
    log: LogKey,
    /// The line since which each of the access log's keys is in force, oldest first.
    log_since: Vec<u64>,
    /// Restored stores that were accepted, oldest first.
    accepts: Vec<Accepted>,
    policy: Policy,
    agreement: Option<Agreement>,
    /// Bytes of the good lines, and their hash: what was verified once is not verified again.
    length: u64,
    content: Sha256,
    /// Whether a torn line follows them.
    torn: bool,
}

impl Roster {
    /// The store's id.
    pub fn store_id(&self) -> StoreId {
        self.store
    }

    /// Its file.
    pub(super) fn path(&self) -> &Path {
        &self.path
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

    /// Each line's number and the access-log entry that it names, for those that name one.
    pub fn entries(&self) -> impl Iterator<Item = (u64, Mark)> {
        (0..).zip(&self.entries).filter_map(|(seq, entry)| entry.map(|entry| (seq, entry)))
    }

    /// The people who are enrolled, without the recovery sheet, in the order in which they came.
    pub fn staff(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.is_active() && !person.member.is_recovery())
    }

    /// The identities in force of the people who are enrolled.
    pub fn people(&self) -> impl Iterator<Item = &Member> {
        self.staff().map(|person| &person.member)
    }

    /// The identity in force of somebody who is enrolled.
    pub fn person(&self, name: &str) -> Option<&Member> {
        self.people().find(|member| member.name.as_str() == name)
    }

    /// All that is known of somebody who is enrolled, or of the recovery sheet.
    pub fn active(&self, name: &Name) -> Option<&Person> {
        self.people.iter().find(|person| person.member.name == *name && person.is_active())
    }

    /// The recovery sheet's identity, if there is a sheet.
    pub fn recovery(&self) -> Option<&Member> {
        let mut members = self.people.iter().filter(|person| person.is_active()).map(|person| &person.member);
        members.find(|member| member.is_recovery())
    }

    /// Whether an identity is in force.
    pub fn is_active(&self, member: &Member) -> bool {
        self.active(&member.name).is_some_and(|person| person.member == *member)
    }

    /// Whether the identity of that name and number, `alice.1`, is in force.
    pub fn may_sign(&self, signer: &str) -> bool {
        let mut active = self.people.iter().filter(|person| person.is_active());
        active.any(|person| person.member.signer_id() == signer)
    }

    /// Those who can open a group, be it there or about to be created: owners, the recovery sheet, and
    /// the clerks to whom it was granted.
    pub fn members(&self, group: &str) -> Vec<&Member> {
        let now = self.mark().seq;
        let active = self.people.iter().filter(|person| person.is_active());
        active.filter(|person| person.may_open_at(group, now)).map(|person| &person.member).collect()
    }

    /// Those who can read the access log: owners, auditors, the recovery sheet.
    pub fn log_readers(&self) -> Vec<&Member> {
        let active = self.people.iter().filter(|person| person.is_active()).map(|person| &person.member);
        active.filter(|member| member.reads_log()).collect()
    }

    /// What a person can open: groups, by name, and whether the access log.
    pub fn opened_by(&self, person: &Person) -> (Vec<Name>, bool) {
        let now = self.mark().seq;
        let names = self.groups.iter().map(|group| &group.name);
        let mut groups: Vec<Name> =
            names.filter(|name| person.may_open_at(name.as_str(), now)).cloned().collect();
        groups.sort();
        (groups, person.member.reads_log())
    }

    /// The number of the next identity of that name.
    pub fn next_number(&self, name: &Name) -> u32 {
        let all = self.people.iter().flat_map(Person::identities).filter(|member| member.name == *name);
        all.map(|member| member.number).max().unwrap_or(0).saturating_add(1)
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

    /// The agreement in force.
    pub fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// The key of whoever signed something in `group` while the roster ended at `at`: `None` unless
    /// the roster has that line and the signer held the grant there.
    pub fn signer_key(&self, signer: &str, group: &str, at: Mark) -> Option<VerifyingKey> {
        if !self.holds(at) || self.group(group)?.since > at.seq {
            return None;
        }
        let entitled = self.people.iter().filter(|person| person.may_open_at(group, at.seq));
        entitled
            .flat_map(Person::identities)
            .find(|member| {
                !member.is_recovery() && member.span.holds_at(at.seq) && member.signer_id() == signer
            })
            .map(|member| member.key)
    }

    /// The key of any identity that ever was in the roster: for the access log.
    pub fn key_of(&self, signer: &str) -> Option<VerifyingKey> {
        let mut all = self.people.iter().flat_map(Person::identities);
        all.find(|member| member.signer_id() == signer).map(|member| member.key)
    }

    /// The first line of a new store and so its id, signed by the owner that it names.
    pub fn genesis(
        genesis: Genesis,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<(StoreId, PreparedLine), RosterError> {
        let signer = format!("{}.{}", genesis.owner.name, genesis.owner.number);
        let line = Line::new(0, Digest::ZERO, now, Change::Genesis(Box::new(genesis)), None, signer);
        let bytes = signed::sign(&line, Purpose::Roster, &Digest::ZERO, key)?;
        let after = Self::begin(PathBuf::new(), &bytes).map_err(RosterError::Refused)?;
        Ok((Digest::of(&bytes), PreparedLine::new(bytes, after)))
    }

    /// Writes the next line in memory: its mark can be named before it is appended. The change is
    /// checked as a reader would check it. `entry` is its place in the access log.
    pub fn prepare(
        &self,
        change: Change,
        entry: Option<Mark>,
        key: &SigningKey,
        signer: &str,
        now: Timestamp,
    ) -> Result<PreparedLine, RosterError> {
        let seq = self.hashes.len() as u64;
        let room = match change {
            Change::Note(_) | Change::Agreement(_) => LIMIT / 2,
            _ => LIMIT,
        };
        let line = Line::new(seq, self.mark().hash, now, change, entry, signer.to_owned());
        let bytes = signed::sign(&line, Purpose::Roster, &self.store, key)?;
        let mut after = self.clone();
        after.extend(&bytes).map_err(RosterError::Refused)?;
        if after.length > room {
            return Err(RosterError::Refused(Fault::Full));
        }
        Ok(PreparedLine::new(bytes, after))
    }

    /// A roster of its first line.
    fn begin(path: PathBuf, bytes: &[u8]) -> Result<Self, Fault> {
        let unverified = Unverified::<Line>::parse(bytes)?;
        let Change::Genesis(claimed) = &unverified.claimed().change else { return Err(Fault::Genesis) };
        let key = claimed.owner.key;
        let line = unverified.verify(Purpose::Roster, &Digest::ZERO, &key)?;
        let at = line.check(0, Digest::ZERO)?;
        let Change::Genesis(genesis) = line.change else { return Err(Fault::Genesis) };
        let Genesis { owner, recovery, log, policy: decided } = *genesis;
        let is_reserved = |entry: &IdentityEntry| entry.name.as_str() == RECOVERY;
        if is_reserved(&owner) || !recovery.as_ref().is_none_or(is_reserved) {
            return Err(Fault::Reserved);
        }
        if owner.number != 1 || recovery.as_ref().is_some_and(|entry| entry.number != 1) || log.epoch != 1 {
            return Err(Fault::Count);
        }
        if decided.network.is_none() || !decided.is_sound() {
            return Err(Fault::Policy);
        }
        let owner = Member::new(owner, Role::Owner, 0);
        if line.signer != owner.signer_id() || line.entry.is_some() {
            return Err(Fault::Signer { signer: line.signer });
        }
        let recovery = recovery.map(|entry| Member::new(entry, Role::Owner, 0));
        let mut policy = Policy::default();
        policy.take(&decided);
        let hash = Digest::of(bytes);
        Ok(Self {
            path,
            store: hash,
            hashes: vec![hash],
            entries: vec![None],
            people: std::iter::once(owner)
                .chain(recovery)
                .map(|member| Person::new(member, None, at))
                .collect(),
            groups: Vec::new(),
            log,
            log_since: vec![0],
            accepts: Vec::new(),
            policy,
            agreement: None,
            length: bytes.len() as u64 + 1,
            content: Sha256::new().chain_update(bytes).chain_update(b"\n"),
            torn: false,
        })
    }

    /// Verifies one more line and takes it in.
    fn extend(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let unverified = Unverified::<Line>::parse(bytes)?;
        let signer = unverified.claimed().signer.clone();
        // Active as the roster stood before this line.
        let active = self.people.iter().filter(|person| person.is_active()).map(|person| &person.member);
        let signer = active.into_iter().find(|member| member.signer_id() == signer).cloned();
        let signer = signer.ok_or_else(|| Fault::Signer { signer: unverified.claimed().signer.clone() })?;
        let line = unverified.verify(Purpose::Roster, &self.store, &signer.key)?;
        let at = line.check(self.hashes.len() as u64, self.mark().hash)?;
        let entry = line.entry;
        let accepted = Accepted::of(&line, &signer, at, Digest::of(bytes));
        self.apply(line, &signer, at)?;
        self.accepts.extend(accepted);
        self.hashes.push(Digest::of(bytes));
        self.entries.push(entry);
        self.content.update(bytes);
        self.content.update(b"\n");
        self.length += bytes.len() as u64 + 1;
        Ok(())
    }
}

impl Line {
    fn new(
        seq: u64,
        prev: Digest,
        now: Timestamp,
        change: Change,
        entry: Option<Mark>,
        signer: String,
    ) -> Self {
        Self { v: VERSION, seq, prev, at: format!("{now:.3}"), change, entry, signer }
    }

    /// When the line was made, if it continues a roster of `seq` lines that ends with `prev`.
    fn check(&self, seq: u64, prev: Digest) -> Result<Timestamp, Fault> {
        if self.v != VERSION || self.seq != seq || self.prev != prev {
            return Err(Fault::Chain);
        }
        self.at.parse::<Timestamp>().map_err(|_| Fault::Time)
    }
}

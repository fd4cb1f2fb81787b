//! A roster that grows line by line, without a store around it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use vault::access_log::Role;
use vault::sealed::disk::RealDisk;
use vault::sealed::identity::Identity;
use vault::sealed::signed::{Digest, Mark};
use vault::store::roster::{
    AcceptChange, AddChange, Change, Fault, Genesis, GivenUp, GivenUpGroup, GroupChange, IdentityEntry,
    LogKey, NewEpoch, PolicyChange, PreparedLine, Rekey, RemoveChange, Roster, RosterError, Strictness,
};

pub fn now() -> jiff::Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

/// An entry of the access log, as lines name one.
pub const ENTRY: Option<Mark> = Some(Mark { seq: 7, hash: Digest([7; 32]) });

pub struct Book {
    pub folder: tempfile::TempDir,
    pub roster: Roster,
    /// Every identity that was made, by `name.number`.
    keys: BTreeMap<String, Identity>,
    made: u64,
}

impl Book {
    /// The owner alice, the recovery sheet, and the groups `a`, `b` and `c`.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.jsonl");
        let mut keys = BTreeMap::new();
        let mut entry = |name: &str| {
            let identity = Identity::generate();
            let entry = entry_of(name, 1, &identity);
            keys.insert(format!("{name}.1"), identity);
            entry
        };
        let genesis = Genesis {
            owner: entry("alice"),
            recovery: Some(entry("recovery")),
            log: LogKey { epoch: 1, recipient: Identity::generate().recipient() },
            policy: PolicyChange { network: Some(Strictness::Refuse), ..PolicyChange::default() },
        };
        let (_, line) = Roster::genesis(genesis, &keys["alice.1"].signing_key(), now()).unwrap();
        fs::write(&path, line.bytes()).unwrap();
        let mut book = Self { folder, roster: Roster::read(&RealDisk, &path).unwrap(), keys, made: 0 };
        for name in ["a", "b", "c"] {
            book.make("alice.1", group(name, &format!("0{}", name.to_uppercase())));
        }
        book
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("roster.jsonl")
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// A new identity, remembered for signing with it.
    pub fn identity(&mut self, name: &str, number: u32) -> IdentityEntry {
        let identity = Identity::generate();
        let entry = entry_of(name, number, &identity);
        self.keys.insert(format!("{name}.{number}"), identity);
        entry
    }

    /// An identity that was made before.
    #[allow(dead_code, reason = "the format's vectors sign with it")]
    pub fn key(&self, signer: &str) -> &Identity {
        &self.keys[signer]
    }

    /// An entry of an identity that was made before.
    pub fn known(&self, name: &str, number: u32) -> IdentityEntry {
        entry_of(name, number, &self.keys[&format!("{name}.{number}")])
    }

    /// The line with that change, signed with the identity of that name, or with some other when there is
    /// none of it.
    pub fn prepare(&self, signer: &str, change: Change, entry: Option<Mark>) -> Result<PreparedLine, Fault> {
        let key = self.keys.get(signer).unwrap_or(&self.keys["alice.1"]).signing_key();
        match self.roster.prepare(change, entry, &key, signer, now()) {
            Ok(line) => Ok(line),
            Err(RosterError::Refused(fault)) => Err(fault),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Why that change is refused.
    pub fn fault(&self, signer: &str, change: Change) -> Option<Fault> {
        self.prepare(signer, change, ENTRY).err()
    }

    /// Appends a change; gives the line's number.
    pub fn make(&mut self, signer: &str, change: Change) -> u64 {
        let line = self.prepare(signer, change, ENTRY).unwrap();
        self.roster.append(&RealDisk, &line).unwrap();
        self.roster.mark().seq
    }

    pub fn add(&mut self, name: &str, role: Role, groups: &[&str]) -> u64 {
        let number = self.roster.next_number(&name.parse().unwrap());
        let identity = self.identity(name, number);
        self.make("alice.1", add(identity, role, groups))
    }

    pub fn remove(&mut self, name: &str) -> u64 {
        let rekey = self.all_of(name);
        self.make("alice.1", Change::Remove(RemoveChange { name: name.parse().unwrap(), rekey }))
    }

    /// The next keys of these groups, and of the log.
    pub fn rekey(&mut self, groups: &[&str], log: bool) -> Rekey {
        let next = |name: &&str| {
            self.made += 1;
            let epoch = self.roster.group(name).map_or(1, |group| group.epoch) + 1;
            let commitment = Digest::of(format!("{name} {epoch} {}", self.made).as_bytes());
            NewEpoch { name: name.parse().unwrap(), epoch, commitment }
        };
        let groups = groups.iter().map(next).collect();
        let epoch = self.roster.log_key().epoch + 1;
        Rekey { groups, log: log.then(|| LogKey { epoch, recipient: Identity::generate().recipient() }) }
    }

    /// New keys to all that somebody can open.
    pub fn all_of(&mut self, name: &str) -> Rekey {
        let person = self.roster.active(&name.parse().unwrap()).unwrap();
        let (groups, log) = self.roster.opened_by(person);
        let groups: Vec<&str> = groups.iter().map(vault::store::Name::as_str).collect();
        self.rekey(&groups, log)
    }

    /// A restored store is accepted: every group gets a new key.
    pub fn accepting(&mut self) -> Change {
        let mut names: Vec<String> =
            self.roster.groups().iter().map(|group| group.name.to_string()).collect();
        names.sort();
        let rekey = self.rekey(&names.iter().map(String::as_str).collect::<Vec<_>>(), false);
        let record = Mark { seq: 7, hash: Digest::of(b"record 7") };
        let given_up =
            names.first().map(|name| GivenUpGroup { name: name.parse().unwrap(), generation: 3, record });
        Change::Accept(Box::new(AcceptChange {
            manifest: Digest::of(b"a manifest"),
            medium: "5f".repeat(16),
            given_up: GivenUp { roster: None, log: None, groups: given_up.into_iter().collect() },
            rekey,
        }))
    }

    /// The hash of line `seq`, as heads and records name it.
    pub fn at(&self, seq: u64) -> Mark {
        Mark { seq, hash: self.roster.hash_at(seq).unwrap() }
    }
}

fn entry_of(name: &str, number: u32, identity: &Identity) -> IdentityEntry {
    let (recipient, key) = (identity.recipient(), identity.verifying_key());
    IdentityEntry { name: name.parse().unwrap(), number, recipient, key }
}

pub fn group(name: &str, prefix: &str) -> Change {
    Change::Group(GroupChange {
        name: name.parse().unwrap(),
        prefix: prefix.to_owned(),
        epoch: 1,
        commitment: Digest::of(name.as_bytes()),
    })
}

pub fn add(identity: IdentityEntry, role: Role, groups: &[&str]) -> Change {
    let groups = groups.iter().map(|group| group.parse().unwrap()).collect();
    Change::Add(Box::new(AddChange { identity, role, full_name: None, groups }))
}

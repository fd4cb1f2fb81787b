//! Who may have signed which entry of the access log. An entry has no place in the roster; the roster's
//! lines name entries, and that gives both one order.

use std::collections::HashMap;

use super::people::Person;
use super::{Member, Roster};
use crate::access_log::reading::{Keyring, Signer};
use crate::sealed::identity::Identity;

impl Roster {
    /// What opens and verifies the log's entries, with its `identities`, the newest first.
    pub(in crate::store) fn keyring(&self, identities: Vec<Identity>) -> Keyring {
        let members = self.people.iter().flat_map(Person::identities);
        let signers: HashMap<String, Signer> =
            members.map(|member| (member.signer_id(), self.signer(member))).collect();
        let epochs = self.log_since.iter().map(|line| self.entry_of(*line)).collect();
        Keyring::new(self.store_id(), identities, signers, epochs)
    }

    fn signer(&self, member: &Member) -> Signer {
        let (since, until) = member.span.ends();
        Signer {
            key: member.key,
            role: member.role,
            after: self.entry_of(since),
            until: until.map(|line| self.entry_of(line)),
        }
    }

    /// The number of the entry that a line names; 0 for the genesis, before which there is none.
    fn entry_of(&self, line: u64) -> u64 {
        let entry = usize::try_from(line).ok().and_then(|line| self.entries.get(line));
        entry.copied().flatten().map_or(0, |entry| entry.seq)
    }

    /// Whether anybody of that name was ever enrolled, or is.
    pub fn ever_knew(&self, name: &str) -> bool {
        self.people.iter().any(|person| person.member.name.as_str() == name)
    }
}

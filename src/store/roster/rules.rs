//! What each change must be to stand in the roster, and what it does there: who may sign it, and that
//! whoever loses something loses the key to it in the same line.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use jiff::Timestamp;

use super::line::{
    AcceptChange, AddChange, AgreeChange, AgreementChange, Change, GrantChange, GroupChange, IdentityChange,
    IdentityEntry, Line, NoteChange, RecoverChange, Rekey, RemoveChange, RevokeChange,
};
use super::people::{Agreed, Grant, Member, Note, Person, Span};
use super::{Agreement, Fault, FormerKey, Group, PREFIX_ALPHABET, Roster};
use crate::access_log::Role;
use crate::sealed::signed::Digest;
use crate::store::name::{Name, RECOVERY};

/// The longest full name, in characters.
const FULL_NAME: usize = 200;
/// The longest text of an agreement, in bytes.
pub const AGREEMENT_LIMIT: usize = 64 * 1024;
/// The longest sealed text of a note, in Base64.
const NOTE_LIMIT: usize = 16 * 1024;

/// Whether somebody can be called so in full: 1 to 200 characters of any script, none of which controls a
/// terminal.
pub fn is_full_name(text: &str) -> bool {
    (1..=FULL_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A line whose chain and signature were checked.
pub(super) struct Signed<'line> {
    pub signer: &'line Member,
    pub seq: u64,
    pub at: Timestamp,
}

impl Roster {
    /// Takes one change in, or refuses it.
    pub(super) fn apply(&mut self, line: Line, signer: &Member, at: Timestamp) -> Result<(), Fault> {
        let needs_entry = !matches!(line.change, Change::Genesis(_) | Change::Group(_));
        if needs_entry && line.entry.is_none() {
            return Err(Fault::Entry);
        }
        let by = Signed { signer, seq: line.seq, at };
        let by_owner = signer.role == Role::Owner && !signer.is_recovery();
        let allowed = match &line.change {
            Change::Genesis(_) => return Err(Fault::Genesis),
            Change::Identity(change) => by_owner || signer.name == change.identity.name,
            Change::Recover(_) => signer.is_recovery(),
            Change::Agree(_) => !signer.is_recovery(),
            _ => by_owner,
        };
        // The recovery sheet's identity makes a new one of itself only together with an owner's.
        let itself = matches!(&line.change, Change::Identity(_)) && signer.is_recovery();
        if !allowed || itself {
            return Err(Fault::Signer { signer: line.signer });
        }
        match line.change {
            Change::Genesis(_) => Err(Fault::Genesis),
            Change::Group(change) => self.create(change, &by),
            Change::Add(change) => self.add(*change, &by),
            Change::Identity(change) => self.renew(*change, &by),
            Change::Recover(change) => self.recover(*change, &by),
            Change::Grant(change) => self.grant(&change, &by),
            Change::Revoke(change) => self.revoke(&change, &by),
            Change::Remove(change) => self.remove(&change, &by),
            Change::Rekey(change) => {
                let nothing = change.groups.is_empty() && change.log.is_none();
                if nothing { Err(Fault::Rekey) } else { self.rekey(&change, by.seq) }
            }
            Change::Note(change) => self.note(change, &by),
            Change::Agreement(change) => self.set_agreement(change, &by),
            Change::Agree(change) => self.agree(&change, &by),
            Change::Accept(change) => self.accept(&change, &by),
            Change::Policy(change) => {
                if change.is_empty() || !change.is_sound() {
                    return Err(Fault::Policy);
                }
                self.policy.take(&change);
                Ok(())
            }
        }
    }

    fn create(&mut self, change: GroupChange, by: &Signed<'_>) -> Result<(), Fault> {
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
        let former = Vec::new();
        self.groups.push(Group { name, prefix, epoch, commitment, key_since: by.seq, former, since: by.seq });
        Ok(())
    }

    fn add(&mut self, change: AddChange, by: &Signed<'_>) -> Result<(), Fault> {
        let AddChange { identity, role, full_name, groups } = change;
        let name = identity.name.clone();
        if name.as_str() == RECOVERY {
            return Err(Fault::Reserved);
        }
        if self.active(&name).is_some() {
            return Err(Fault::PersonExists { name });
        }
        self.check_new(&identity)?;
        if !full_name.as_ref().is_none_or(|full_name| is_full_name(full_name)) {
            return Err(Fault::FullName);
        }
        let distinct: BTreeSet<&Name> = groups.iter().collect();
        if distinct.len() != groups.len() || (role != Role::Clerk && !groups.is_empty()) {
            return Err(Fault::Grant);
        }
        if let Some(group) = groups.iter().find(|group| self.group(group.as_str()).is_none()) {
            return Err(Fault::NoSuchGroup { name: group.clone() });
        }
        let mut person = Person::new(Member::new(identity, role, by.seq), full_name, by.at);
        person.grants = groups.into_iter().map(|group| Grant { group, span: Span::from(by.seq) }).collect();
        self.people.push(person);
        Ok(())
    }

    fn renew(&mut self, change: IdentityChange, by: &Signed<'_>) -> Result<(), Fault> {
        let IdentityChange { identity, rekey } = change;
        self.check_new(&identity)?;
        let first_sheet = identity.name.as_str() == RECOVERY && self.active(&identity.name).is_none();
        if first_sheet {
            // A store that was founded without a sheet gets its first: nobody loses anything.
            if rekey != Rekey::default() {
                return Err(Fault::Rekey);
            }
            self.people.push(Person::new(Member::new(identity, Role::Owner, by.seq), None, by.at));
            return Ok(());
        }
        self.check_lost(&self.person_of(&identity.name)?.clone(), &rekey)?;
        self.rekey(&rekey, by.seq)?;
        let person = self.active_mut(&identity.name)?;
        person.renew(identity, by.seq);
        Ok(())
    }

    fn recover(&mut self, change: RecoverChange, by: &Signed<'_>) -> Result<(), Fault> {
        let RecoverChange { owner, recovery, rekey } = change;
        self.check_new(&owner)?;
        self.check_new(&recovery)?;
        if owner.key == recovery.key || owner.recipient == recovery.recipient {
            return Err(Fault::Reused);
        }
        if owner.name.as_str() == RECOVERY || recovery.name.as_str() != RECOVERY {
            return Err(Fault::Reserved);
        }
        let person = self.person_of(&owner.name)?.clone();
        if person.member.role != Role::Owner {
            return Err(Fault::Role { name: owner.name });
        }
        self.check_lost(&person, &rekey)?;
        self.rekey(&rekey, by.seq)?;
        self.active_mut(&owner.name)?.renew(owner, by.seq);
        self.active_mut(&recovery.name)?.renew(recovery, by.seq);
        Ok(())
    }

    fn grant(&mut self, change: &GrantChange, by: &Signed<'_>) -> Result<(), Fault> {
        let GrantChange { name, group } = change;
        if self.group(group.as_str()).is_none() {
            return Err(Fault::NoSuchGroup { name: group.clone() });
        }
        let person = self.active_mut(name)?;
        if person.member.role != Role::Clerk {
            return Err(Fault::Role { name: name.clone() });
        }
        if person.granted().any(|granted| granted == group) {
            return Err(Fault::Grant);
        }
        person.grants.push(Grant { group: group.clone(), span: Span::from(by.seq) });
        Ok(())
    }

    fn revoke(&mut self, change: &RevokeChange, by: &Signed<'_>) -> Result<(), Fault> {
        let RevokeChange { name, group, rekey } = change;
        let exact = rekey.log.is_none() && matches!(rekey.groups.as_slice(), [only] if only.name == *group);
        if !exact {
            return Err(Fault::Rekey);
        }
        let person = self.active_mut(name)?;
        let grant = person.grants.iter_mut().find(|grant| grant.group == *group && grant.span.is_open());
        grant.ok_or(Fault::Grant)?.span.end(by.seq);
        self.rekey(rekey, by.seq)
    }

    fn remove(&mut self, change: &RemoveChange, by: &Signed<'_>) -> Result<(), Fault> {
        let RemoveChange { name, rekey } = change;
        if name.as_str() == RECOVERY {
            return Err(Fault::Reserved);
        }
        // Whoever signs is an owner, so one is always left.
        if *name == by.signer.name {
            return Err(Fault::Oneself);
        }
        self.check_lost(&self.person_of(name)?.clone(), rekey)?;
        self.rekey(rekey, by.seq)?;
        self.active_mut(name)?.leave(by.seq);
        Ok(())
    }

    /// All groups get new keys, so that no head of what is given up ever counts again. The access log goes
    /// on under its own.
    fn accept(&mut self, change: &AcceptChange, by: &Signed<'_>) -> Result<(), Fault> {
        let mut all: Vec<&Name> = self.groups.iter().map(|group| &group.name).collect();
        all.sort();
        let rekey = &change.rekey;
        if rekey.log.is_some() || !rekey.groups.iter().map(|new| &new.name).eq(all) {
            return Err(Fault::Rekey);
        }
        self.rekey(rekey, by.seq)
    }

    /// What somebody loses must be re-keyed in the same line: all of it, and nothing else.
    fn check_lost(&self, person: &Person, rekey: &Rekey) -> Result<(), Fault> {
        let (groups, log) = self.opened_by(person);
        let exact = rekey.groups.iter().map(|new| &new.name).eq(groups.iter()) && rekey.log.is_some() == log;
        if exact { Ok(()) } else { Err(Fault::Rekey) }
    }

    /// Every new key is the next of its group, and not the one before.
    fn rekey(&mut self, rekey: &Rekey, seq: u64) -> Result<(), Fault> {
        if !rekey.groups.is_sorted_by(|one, other| one.name < other.name) {
            return Err(Fault::Rekey);
        }
        for new in &rekey.groups {
            let group = self.groups.iter_mut().find(|group| group.name == new.name);
            let group = group.ok_or_else(|| Fault::NoSuchGroup { name: new.name.clone() })?;
            if Some(new.epoch) != group.epoch.checked_add(1) || new.commitment == group.commitment {
                return Err(Fault::Rekey);
            }
            group.former.push(FormerKey { commitment: group.commitment, since: group.key_since });
            (group.epoch, group.commitment, group.key_since) = (new.epoch, new.commitment, seq);
        }
        if let Some(log) = &rekey.log {
            if Some(log.epoch) != self.log.epoch.checked_add(1) || log.recipient == self.log.recipient {
                return Err(Fault::Rekey);
            }
            self.log = log.clone();
            self.log_since.push(seq);
        }
        Ok(())
    }

    fn note(&mut self, change: NoteChange, by: &Signed<'_>) -> Result<(), Fault> {
        let NoteChange { name, kind, on, expires, text } = change;
        if expires.is_some_and(|expires| expires < on) {
            return Err(Fault::Date);
        }
        let sealed = BASE64.decode(text.as_bytes()).ok().filter(|_| text.len() <= NOTE_LIMIT);
        let text = sealed.ok_or(Fault::Text)?;
        let epoch = self.log.epoch;
        let by = by.signer.signer_id();
        self.active_mut(&name)?.notes.push(Note { kind, on, expires, text, epoch, by });
        Ok(())
    }

    fn set_agreement(&mut self, change: AgreementChange, by: &Signed<'_>) -> Result<(), Fault> {
        let AgreementChange { version, text } = change;
        if version != self.agreement().map_or(0, |agreement| agreement.version) + 1 {
            return Err(Fault::Count);
        }
        if text.trim().is_empty() || text.len() > AGREEMENT_LIMIT {
            return Err(Fault::Text);
        }
        self.agreement = Some(Agreement { version, sha256: Digest::of(text.as_bytes()), text, at: by.at });
        Ok(())
    }

    fn agree(&mut self, change: &AgreeChange, by: &Signed<'_>) -> Result<(), Fault> {
        let agreement = self.agreement.as_ref().ok_or(Fault::Agreement)?;
        let this_one = change.version == agreement.version && change.sha256 == agreement.sha256;
        let agreed = Agreed { version: change.version, at: by.at };
        let person = self.active_mut(&by.signer.name)?;
        let again = person.agreed_to().is_some_and(|before| before.version == change.version);
        if !this_one || again {
            return Err(Fault::Agreement);
        }
        person.agreed.push(agreed);
        Ok(())
    }

    /// An identity has the next number of its name, and keys that nobody ever had.
    fn check_new(&self, entry: &IdentityEntry) -> Result<(), Fault> {
        if entry.number != self.next_number(&entry.name) {
            return Err(Fault::Count);
        }
        let mut known = self.people.iter().flat_map(Person::identities);
        if known.any(|member| member.key == entry.key || member.recipient == entry.recipient) {
            return Err(Fault::Reused);
        }
        Ok(())
    }

    fn person_of(&self, name: &Name) -> Result<&Person, Fault> {
        self.active(name).ok_or_else(|| Fault::NoSuchPerson { name: name.clone() })
    }

    fn active_mut(&mut self, name: &Name) -> Result<&mut Person, Fault> {
        let person = self.people.iter_mut().find(|person| person.member.name == *name && person.is_active());
        person.ok_or_else(|| Fault::NoSuchPerson { name: name.clone() })
    }
}

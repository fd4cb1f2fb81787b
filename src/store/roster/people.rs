//! The people of a roster: their identities, grants, notes and signatures, with the lines between
//! which each held.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Roster;
use super::line::{IdentityEntry, NoteKind};
use crate::access_log::Role;
use crate::sealed::identity::Recipient;
use crate::sealed::signed::{Mark, VerifyingKey};
use crate::store::name::{Name, RECOVERY};

/// The lines during which something held: from the one that made it to before the one that ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    since: u64,
    until: Option<u64>,
}

impl Span {
    pub fn from(since: u64) -> Self {
        Self { since, until: None }
    }

    /// Whether it held when line `seq` was the last.
    pub fn holds_at(self, seq: u64) -> bool {
        self.since <= seq && self.until.is_none_or(|until| seq < until)
    }

    /// The line that began it, and the one that ended it.
    pub fn ends(self) -> (u64, Option<u64>) {
        (self.since, self.until)
    }

    pub fn is_open(self) -> bool {
        self.until.is_none()
    }

    pub fn end(&mut self, seq: u64) {
        self.until.get_or_insert(seq);
    }
}

/// An identity that the roster knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person's name, or `recovery`.
    pub name: Name,
    /// Which of the identities of that name this is, from 1.
    pub number: u32,
    /// What they may do.
    pub role: Role,
    /// What is sealed to them.
    pub recipient: Recipient,
    /// What their signatures are checked with.
    pub key: VerifyingKey,
    pub(super) span: Span,
}

impl Member {
    pub(super) fn new(entry: IdentityEntry, role: Role, since: u64) -> Self {
        let IdentityEntry { name, number, recipient, key } = entry;
        Self { name, number, role, recipient, key, span: Span::from(since) }
    }

    /// How lines, heads, records and entries name this identity as their signer: `alice.1`.
    pub fn signer_id(&self) -> String {
        format!("{}.{}", self.name, self.number)
    }

    /// Whether this is the recovery sheet's identity, which can only recover.
    pub fn is_recovery(&self) -> bool {
        self.name.as_str() == RECOVERY
    }

    /// Whether they read the access log.
    pub fn reads_log(&self) -> bool {
        matches!(self.role, Role::Owner | Role::Auditor)
    }
}

/// A grant of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub group: Name,
    pub span: Span,
}

/// A screening or training, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The day of it.
    pub on: Date,
    /// The last day on which it holds, if it ends.
    pub expires: Option<Date>,
    /// Its text, sealed to the access log's key of [`Note::epoch`].
    pub text: Vec<u8>,
    /// The access log's key epoch when it was recorded.
    pub epoch: u32,
    /// Who recorded it: `alice.1`.
    pub by: String,
}

/// Somebody agreed to a version of the agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The version.
    pub version: u32,
    /// When, by their clock.
    pub at: Timestamp,
}

/// A person, from enrolment to removal; or the recovery sheet.
#[derive(Debug, Clone)]
pub struct Person {
    /// The identity in force, or the last one.
    pub member: Member,
    /// How they are called in full.
    pub full_name: Option<String>,
    /// What was recorded about them, oldest first.
    pub notes: Vec<Note>,
    /// What they agreed to, oldest first.
    pub agreed: Vec<Agreed>,
    /// When they were enrolled.
    pub enrolled: Timestamp,
    /// Earlier identities.
    pub(super) former: Vec<Member>,
    pub(super) grants: Vec<Grant>,
}

impl Person {
    pub(super) fn new(member: Member, full_name: Option<String>, enrolled: Timestamp) -> Self {
        Self {
            member,
            full_name,
            notes: Vec::new(),
            agreed: Vec::new(),
            enrolled,
            former: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// Whether they are still enrolled.
    pub fn is_active(&self) -> bool {
        self.member.span.is_open()
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &Member> {
        self.former.iter().chain([&self.member])
    }

    /// The groups that a clerk was granted.
    pub fn granted(&self) -> impl Iterator<Item = &Name> {
        self.grants.iter().filter(|grant| grant.span.is_open()).map(|grant| &grant.group)
    }

    /// Whether role or grant let them open `group` when line `seq` was the last.
    pub(super) fn may_open_at(&self, group: &str, seq: u64) -> bool {
        let granted =
            || self.grants.iter().any(|grant| grant.group.as_str() == group && grant.span.holds_at(seq));
        match self.member.role {
            Role::Owner => true,
            Role::Clerk => granted(),
            Role::Auditor => false,
        }
    }

    /// The latest day on which a note of that kind holds; `None` when there is no such note, or one
    /// that does not end.
    pub fn expiry(&self, kind: NoteKind) -> Option<Date> {
        let notes = || self.notes.iter().filter(|note| note.kind == kind);
        if notes().any(|note| note.expires.is_none()) {
            return None;
        }
        notes().filter_map(|note| note.expires).max()
    }

    /// The newest version that they agreed to.
    pub fn agreed_to(&self) -> Option<Agreed> {
        self.agreed.last().copied()
    }

    pub(super) fn renew(&mut self, entry: IdentityEntry, seq: u64) {
        let role = self.member.role;
        let mut old = std::mem::replace(&mut self.member, Member::new(entry, role, seq));
        old.span.end(seq);
        self.former.push(old);
    }

    pub(super) fn leave(&mut self, seq: u64) {
        self.member.span.end(seq);
        for grant in &mut self.grants {
            grant.span.end(seq);
        }
    }
}

impl Roster {
    /// When the store was founded, by the clock of then.
    pub fn founded(&self) -> Option<Timestamp> {
        self.people.first().map(|founder| founder.enrolled)
    }

    /// Whether somebody who is enrolled could open a group, or read the access log, when that line was the last:
    /// with the keys of then they still can. Of a line that this roster does not hold it is assumed.
    pub fn could_open_at(&self, person: &Person, line: Mark) -> bool {
        let groups = || self.groups.iter().any(|group| person.may_open_at(group.name.as_str(), line.seq));
        let enrolled = || person.identities().any(|identity| identity.span.holds_at(line.seq));
        !self.holds(line) || enrolled() && (person.member.reads_log() || groups())
    }
}

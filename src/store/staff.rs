//! What owners do about people: enrol, grant, revoke, reset, remove; screening and training; policy, the
//! agreement's text, new keys.

use data_encoding::BASE64;
use jiff::civil::Date;

use super::amend::{ChangeError, Plan, Rekeying};
use super::login::Login;
use super::name::{Name, RECOVERY};
use super::roster::{
    AddChange, AgreementChange, Change, GrantChange, IdentityChange, IdentityEntry, NoteChange, NoteKind,
    Person, PolicyChange, RemoveChange, RevokeChange, Roster,
};
use super::session::{GroupKeyError, Session};
use crate::access_log::{Action, Event, Outcome, Role};
use crate::sealed::identity::Identity;
use crate::sealed::signed::Digest;

/// A person to be enrolled.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// The name.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// How they are called in full.
    pub full_name: Option<String>,
    /// The groups that a clerk may open.
    pub groups: Vec<Name>,
}

/// A screening or training to be recorded.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Whose.
    pub name: Name,
    /// Of what kind.
    pub kind: NoteKind,
    /// The day of it.
    pub on: Date,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// What was found. Only owners and auditors can read it.
    pub text: String,
}

/// An event about somebody.
pub(super) fn about(action: Action, what: &str, name: &Name) -> Event {
    let mut event = Event::new(action, Outcome::Success);
    event.detail = Some(format!("{what} {name}"));
    event
}

pub(super) fn entry_of(identity: &Identity, name: &Name, number: u32) -> IdentityEntry {
    let (recipient, key) = (identity.recipient(), identity.verifying_key());
    IdentityEntry { name: name.clone(), number, recipient, key }
}

/// Somebody who is enrolled, or the recovery sheet.
pub(super) fn active<'roster>(roster: &'roster Roster, name: &Name) -> Result<&'roster Person, ChangeError> {
    roster.active(name).ok_or_else(|| ChangeError::NoSuchPerson { name: name.to_string() })
}

/// A change that re-keys nothing.
pub(super) const NO_REKEYING: Rekeying<'static> =
    Rekeying { renew: &|_, _, _| Ok(()), erase: &|_, _, _| Ok(Vec::new()), progress: &|_, _| () };

impl Session {
    /// Makes a change that re-keys nothing.
    fn change(&self, event: Event, change: Change) -> Result<(), ChangeError> {
        self.require_owner(&event)?;
        self.amend(self.settle_store()?, &Plan::of(event), NO_REKEYING, |_| change)
    }

    /// Enrols a person with an identity of their own. When this returns they can unlock.
    pub fn add_staff(&self, new: &NewStaff, login: &Login) -> Result<(), ChangeError> {
        let NewStaff { name, role, full_name, groups } = new.clone();
        let mut event = about(Action::Staff, "add", &name);
        event.detail = Some(format!("add {name}, {role}"));
        event.group = groups_named(&groups);
        self.require_owner(&event)?;
        self.seal_ahead(login, &name)?;
        let settled = self.settle_store()?;
        let number = settled.roster.next_number(&name);
        let identity = entry_of(&login.identity, &name, number);
        let change = Change::Add(Box::new(AddChange { identity, role, full_name, groups }));
        let plan = Plan { logins: vec![(login, name, number)], ..Plan::of(event) };
        self.amend(settled, &plan, NO_REKEYING, |_| change)
    }

    /// Lets a clerk open a group.
    pub fn grant(&self, name: &Name, group: &Name) -> Result<(), ChangeError> {
        let mut event = about(Action::Staff, "grant to", name);
        event.group = Some(group.to_string());
        self.change(event, Change::Grant(GrantChange { name: name.clone(), group: group.clone() }))
    }

    /// Takes a group from a clerk, and re-keys it.
    pub fn revoke(&self, name: &Name, group: &Name, work: Rekeying<'_>) -> Result<(), ChangeError> {
        let mut event = about(Action::Staff, "revoke from", name);
        event.group = Some(group.to_string());
        self.require_owner(&event)?;
        let settled = self.settle_store()?;
        if settled.roster.group(group.as_str()).is_none() {
            return Err(GroupKeyError::UnknownGroup { name: group.to_string() }.into());
        }
        let plan = Plan { groups: vec![group.clone()], ..Plan::of(event) };
        let (name, group) = (name.clone(), group.clone());
        self.amend(settled, &plan, work, |rekey| Change::Revoke(RevokeChange { name, group, rekey }))
    }

    /// Removes a person and re-keys all that they could open. Gives the groups, and whether the access
    /// log was among it.
    pub fn remove_staff(&self, name: &Name, work: Rekeying<'_>) -> Result<(Vec<Name>, bool), ChangeError> {
        let event = about(Action::Staff, "remove", name);
        self.require_owner(&event)?;
        let settled = self.settle_store()?;
        let (groups, log) = settled.roster.opened_by(active(&settled.roster, name)?);
        let plan = Plan { groups: groups.clone(), log, ..Plan::of(event) };
        let name = name.clone();
        self.amend(settled, &plan, work, |rekey| Change::Remove(RemoveChange { name, rekey }))?;
        Ok((groups, log))
    }

    /// Gives somebody who forgot their passphrase, or the recovery sheet, a new identity, with the same
    /// grants; all that they could open is re-keyed. Gives the groups, and whether the access log was
    /// among it.
    pub fn reset(
        &self,
        name: &Name,
        login: &Login,
        work: Rekeying<'_>,
    ) -> Result<(Vec<Name>, bool), ChangeError> {
        let event = about(Action::Staff, "reset", name);
        self.require_owner(&event)?;
        self.replace_identity(event, name, login, work)
    }

    /// The same for whoever may: an owner, or the person themself.
    pub(super) fn replace_identity(
        &self,
        event: Event,
        name: &Name,
        login: &Login,
        work: Rekeying<'_>,
    ) -> Result<(Vec<Name>, bool), ChangeError> {
        self.seal_ahead(login, name)?;
        let settled = self.settle_store()?;
        let roster = &settled.roster;
        // A store that was founded without a sheet can get one.
        let first_sheet = name.as_str() == RECOVERY && roster.recovery().is_none();
        let (groups, log) =
            if first_sheet { (Vec::new(), false) } else { roster.opened_by(active(roster, name)?) };
        let number = roster.next_number(name);
        let identity = entry_of(&login.identity, name, number);
        // A head is signed by somebody who is in force as of its line: of one's own identities the new one.
        let oneself = *name == self.person().name;
        let heads_by = oneself.then(|| (format!("{name}.{number}"), &login.identity));
        let logins = vec![(login, name.clone(), number)];
        let plan = Plan { groups: groups.clone(), log, logins, heads_by, ..Plan::of(event) };
        self.amend(settled, &plan, work, |rekey| {
            Change::Identity(Box::new(IdentityChange { identity, rekey }))
        })?;
        Ok((groups, log))
    }

    /// Gives a group a new key, sealed to today's members.
    pub fn rekey_group(&self, group: &Name, work: Rekeying<'_>) -> Result<(), ChangeError> {
        let mut event = Event::new(Action::Group, Outcome::Success);
        event.group = Some(group.to_string());
        event.detail = Some("rekey".to_owned());
        self.require_owner(&event)?;
        let settled = self.settle_store()?;
        if settled.roster.group(group.as_str()).is_none() {
            return Err(GroupKeyError::UnknownGroup { name: group.to_string() }.into());
        }
        self.amend(settled, &Plan { groups: vec![group.clone()], ..Plan::of(event) }, work, Change::Rekey)
    }

    /// Records a screening or training. Its text is sealed to those who read the access log.
    pub fn note_about(&self, note: &NewNote) -> Result<(), ChangeError> {
        let NewNote { name, kind, on, expires, text } = note;
        let mut event = about(Action::Staff, "note on", name);
        let end = expires.map_or(String::new(), |expires| format!(", expires {expires}"));
        event.detail = Some(format!("{kind} of {name} on {on}{end}"));
        self.require_owner(&event)?;
        let settled = self.settle_store()?;
        let sealed = settled.roster.log_key().recipient.seal(text.as_bytes())?;
        let change = NoteChange {
            name: name.clone(),
            kind: *kind,
            on: *on,
            expires: *expires,
            text: BASE64.encode(&sealed),
        };
        self.amend(settled, &Plan::of(event), NO_REKEYING, |_| Change::Note(change))
    }

    /// Decides otherwise.
    pub fn set_policy(&self, change: PolicyChange) -> Result<(), ChangeError> {
        let mut event = Event::new(Action::Policy, Outcome::Success);
        event.detail = Some(format!("set {}", change.in_words()));
        self.change(event, Change::Policy(change))
    }

    /// Sets a new version of the agreement, which everybody has to sign anew. Gives its number.
    pub fn set_agreement(&self, text: String) -> Result<u32, ChangeError> {
        let mut event = Event::new(Action::Agreement, Outcome::Success);
        self.require_owner(&Event { detail: Some("set".to_owned()), ..event.clone() })?;
        let settled = self.settle_store()?;
        let version = settled.roster.agreement().map_or(0, |agreement| agreement.version).saturating_add(1);
        event.detail = Some(format!("set version {version}, SHA-256 {}", Digest::of(text.as_bytes())));
        let change = Change::Agreement(AgreementChange { version, text });
        self.amend(settled, &Plan::of(event), NO_REKEYING, |_| change)?;
        Ok(version)
    }
}

/// Groups in the one column that an entry has for them.
fn groups_named(groups: &[Name]) -> Option<String> {
    let names: Vec<&str> = groups.iter().map(Name::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

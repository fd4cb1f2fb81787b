//! What people do about their own log-in: passphrase, identity, the agreement.

use super::amend::{ChangeError, Plan, Rekeying};
use super::fitness;
use super::login::{Login, seal_login};
use super::name::Name;
use super::roster::{AgreeChange, Change, Fault, Note};
use super::session::{Ended, GroupKeyError, Session};
use super::staff::{NO_REKEYING, about};
use super::unlock::UnlockFailure;
use crate::access_log::{Action, Event, Outcome};
use crate::sealed::disk;
use crate::sealed::passphrase::Passphrase;
use crate::sealed::signed::Digest;

impl Session {
    /// Keeps the same identity under another passphrase. Copies of the old file open with the old one.
    pub fn change_passphrase(&self, passphrase: Passphrase) -> Result<(), ChangeError> {
        let person = self.person();
        // Before the lock is taken: this is the slow part.
        let login = Login::keeping(self.identity().clone(), passphrase, self.work_factor());
        let sealed = seal_login(&login, &person.name, person.number, &self.store_id())?;
        let settled = self.settle_store()?;
        if !settled.roster.is_active(person) {
            // Its file is gone, and must not come back.
            return Err(Ended::Identity { person: person.name.clone() }.into());
        }
        let path = self.layout().identity(person.name.as_str(), person.number);
        let event = about(Action::Passwd, "passphrase of", &person.name);
        self.log().around(&[event], |_| Ok(disk::replace(&*self.surroundings().disk, &path, &sealed)?))
    }

    /// Gives oneself a new identity, and new keys to all that one can open. The session is over then:
    /// what it was unlocked with is not in force any more.
    pub fn new_identity(&self, login: &Login, work: Rekeying<'_>) -> Result<(Vec<Name>, bool), ChangeError> {
        let name = self.person().name.clone();
        self.replace_identity(about(Action::Passwd, "new key of", &name), &name, login, work)
    }

    /// Signs the agreement in force, if it is the one whose text was shown.
    pub fn agree(&self, version: u32, sha256: Digest) -> Result<(), ChangeError> {
        let mut event = Event::new(Action::Agreement, Outcome::Success);
        event.detail = Some(format!("sign version {version}, SHA-256 {sha256}"));
        let settled = self.settle_store()?;
        let Some(in_force) = settled.roster.agreement() else {
            return Err(ChangeError::Refused(Fault::Agreement));
        };
        if (in_force.version, in_force.sha256) != (version, sha256) {
            return Err(ChangeError::Refused(Fault::Agreement));
        }
        let change = Change::Agree(AgreeChange { version, sha256 });
        self.amend(settled, &Plan::of(event), NO_REKEYING, |_| change)
    }

    /// The text of a note about somebody; for those who read the access log.
    pub fn note_text(&self, note: &Note) -> Result<String, GroupKeyError> {
        let identities = self.log_identities()?;
        let epochs = identities.len();
        let place = usize::try_from(note.epoch).ok().and_then(|epoch| epochs.checked_sub(epoch));
        let identity = place.and_then(|place| identities.get(place));
        let opened = identity.and_then(|identity| identity.open(&note.text).ok());
        let text = opened.map(|text| String::from_utf8_lossy(&text).into_owned());
        text.ok_or(GroupKeyError::Note)
    }

    /// Logs that the policy only warned of what [`fitness`] found: once a session, as a shell finds it before
    /// each command.
    pub fn log_waived(&self, unfit: &fitness::Unfit) -> Result<(), UnlockFailure> {
        if self.waive(unfit) {
            let mut event = Event::new(Action::Policy, Outcome::Success);
            event.detail = Some(format!("{}; the policy only warns", unfit.in_log()));
            self.log().append(&event)?;
        }
        Ok(())
    }

    /// Logs that somebody was refused for what [`fitness`] found.
    pub fn log_unfit(&self, unfit: &fitness::Unfit) -> Result<(), UnlockFailure> {
        let mut event = Event::new(Action::Policy, Outcome::Denied);
        event.detail = Some(unfit.in_log().to_owned());
        self.log().append(&event)?;
        Ok(())
    }
}

//! The recovery sheet, opened: it can make an owner's new identity and a new sheet, and nothing else.

use std::sync::Arc;

use super::accept;
use super::amend::{ChangeError, Plan, Rekeying};
use super::login::Login;
use super::name::{Name, RECOVERY};
use super::restored::Restored;
use super::roster::{Change, Fault, RecoverChange, Roster};
use super::seen::Seen;
use super::session::{Notice, Session};
use super::staff::{about, active, entry_of};
use crate::access_log::{AccessLog, Action, Role};
use crate::sealed::passphrase::WorkFactor;

/// The recovery sheet's session.
#[derive(Debug)]
pub struct Recovery(Session);

impl Recovery {
    pub(super) fn new(session: Session) -> Self {
        Self(session)
    }

    /// The scrypt cost of the sheet, which the new passphrases get as well.
    pub fn work_factor(&self) -> WorkFactor {
        self.0.work_factor()
    }

    /// The access log, written in the sheet's name.
    pub fn log(&self) -> &AccessLog {
        self.0.log()
    }

    /// The roster as it was read or changed last.
    pub fn roster(&self) -> Arc<Roster> {
        self.0.roster()
    }

    /// What this machine has seen of the store with the sheet.
    pub fn seen(&self) -> &Seen {
        self.0.seen()
    }

    /// What should be told; each notice is given out once.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.0.take_notices()
    }

    /// Gives owner `name` a new identity and makes a new sheet. Every group and the access log get new
    /// keys: neither the forgotten passphrase nor the old sheet opens anything written from then on.
    pub fn recover(
        &self,
        name: &Name,
        owner: &Login,
        sheet: &Login,
        work: Rekeying<'_>,
    ) -> Result<(), ChangeError> {
        let recovery: Name =
            RECOVERY.parse().map_err(|_| ChangeError::NoSuchPerson { name: RECOVERY.to_owned() })?;
        self.0.seal_ahead(owner, name)?;
        self.0.seal_ahead(sheet, &recovery)?;
        let settled = self.0.settle_store()?;
        let disk = &*self.0.surroundings().disk;
        // Of a store that an owner is still to accept, groups may be sealed to keys of before.
        let opening = |name: &Name| {
            self.0.access_as_restored(name, &[]).map_err(|error| accept::key_error(error, name))
        };
        let is_restored = Restored::is_there(disk, self.0.layout())?;
        check_owner(&settled.roster, name)?;
        let (groups, log) = settled.roster.opened_by(active(&settled.roster, &recovery)?);
        let number = settled.roster.next_number(name);
        let sheet_number = settled.roster.next_number(&recovery);
        let plan = Plan {
            groups,
            log,
            heads_by: Some((format!("{name}.{number}"), &owner.identity)),
            logins: vec![(owner, name.clone(), number), (sheet, recovery.clone(), sheet_number)],
            opening: is_restored.then_some(&opening as _),
            ..Plan::of(about(Action::Recover, "new log-in and new sheet for", name))
        };
        let owner = entry_of(&owner.identity, name, number);
        let recovery = entry_of(&sheet.identity, &recovery, sheet_number);
        self.0.amend(settled, &plan, work, |rekey| {
            Change::Recover(Box::new(RecoverChange { owner, recovery, rekey }))
        })
    }
}

/// Only an owner is recovered: for others an owner makes a new log-in.
pub fn check_owner(roster: &Roster, name: &Name) -> Result<(), ChangeError> {
    let person = active(roster, name)?;
    if person.member.role == Role::Owner && !person.member.is_recovery() {
        return Ok(());
    }
    Err(ChangeError::Refused(Fault::Role { name: name.clone() }))
}

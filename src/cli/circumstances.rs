//! The machine at the moment of an unlock, held against the office's policy: is a network near, does the
//! kernel confine this process, is it outside office hours.

use super::Context;
use super::error::{CommandError, Kind};
use crate::access_log::{AccessLog, Action, Event, Outcome};
use crate::machine::network::{NetworkError, Networked, networked};
use crate::machine::sandbox::Calls;
use crate::store::{Member, Roster, Store, Strictness};

/// What about the machine the policy only warned of: an auditor is to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    networked: bool,
    unconfined: bool,
}

impl Circumstances {
    fn passed_over(self) -> impl Iterator<Item = &'static str> {
        let networked = self.networked.then_some("networked machine");
        networked.into_iter().chain(self.unconfined.then_some("process not confined"))
    }
}

impl Context {
    /// What the kernel tells of networks. A machine that can't be judged counts as networked.
    pub(super) fn network(&self) -> Option<String> {
        network_said(networked(&self.surroundings.system_root))
    }

    /// Holds the machine against the office's policy, before a passphrase is asked for.
    pub(super) fn heed_machine(&self, store: &Store, person: &Member) -> Result<Circumstances, CommandError> {
        let network = self.network();
        if let Some(network) = &network {
            self.heed_network(store, person, network)?;
        }
        self.heed_sandbox(store, person)?;
        Ok(self.circumstances(network.is_some()))
    }

    pub(super) fn circumstances(&self, networked: bool) -> Circumstances {
        Circumstances { networked, unconfined: self.confinement.calls != Calls::Refused }
    }

    /// Where the kernel can't keep this process from networks and other programs, the policy decides. That it
    /// can't confine files, as older kernels, is what `doctor` tells.
    pub(super) fn heed_sandbox(&self, store: &Store, person: &Member) -> Result<(), CommandError> {
        let Calls::Open(why) = &self.confinement.calls else { return Ok(()) };
        match store.roster().policy().sandbox {
            Strictness::Warn => {
                self.warn(unconfined(why).message());
                Ok(())
            }
            Strictness::Refuse => {
                self.log_refused(store, person, "process not confined");
                Err(unconfined(why)
                    .hint("or an owner decides otherwise, where it does: `vault policy set sandbox=warn`"))
            }
        }
    }

    pub(super) fn heed_network(
        &self,
        store: &Store,
        person: &Member,
        network: &str,
    ) -> Result<(), CommandError> {
        match store.roster().policy().network {
            Strictness::Warn => {
                self.warn(&format!("this machine is networked: {network}"));
                Ok(())
            }
            Strictness::Refuse => {
                self.log_refused(store, person, "networked machine");
                Err(refused_for_network(network))
            }
        }
    }
    /// What an auditor should know of the moment of an unlock.
    pub(super) fn log_circumstances(
        &self,
        log: &AccessLog,
        roster: &Roster,
        circumstances: Circumstances,
    ) -> Result<(), CommandError> {
        let mut event = Event::new(Action::Policy, Outcome::Success);
        for passed_over in circumstances.passed_over() {
            event.detail = Some(format!("{passed_over}; the policy only warns"));
            log.append(&event)?;
        }
        let hours = roster.policy().office_hours;
        if hours.0.is_some_and(|hours| !hours.include(&self.surroundings.local_now())) {
            event.detail = Some("outside office hours".to_owned());
            log.append(&event)?;
            self.warn(&format!("the office works {hours}; that somebody is here now is in the access log"));
        }
        Ok(())
    }

    /// Logs that somebody was refused before a passphrase was asked for. They are refused anyway.
    pub(super) fn log_refused(&self, store: &Store, person: &Member, detail: &'static str) {
        if let Err(error) = store.log_denied(person, detail) {
            self.warn(CommandError::from(error).message());
        }
    }
}

fn network_said(found: Result<Option<Networked>, NetworkError>) -> Option<String> {
    match found {
        Ok(network) => network.map(|network| network.to_string()),
        Err(error) => Some(CommandError::of(Kind::Refused, &error).message().to_owned()),
    }
}

/// The store is not to be unlocked on a networked machine.
pub(super) fn refused_for_network(network: &str) -> CommandError {
    CommandError::new(Kind::Refused, format!("this machine is networked: {network}"))
        .hint("take the store to a machine without a network")
        .hint("to try things out, `vault init --network warn` makes a store that only warns")
}

/// The store is not to be unlocked by a process that the kernel does not confine.
pub(super) fn unconfined(why: &str) -> CommandError {
    let message = format!("this process can't be kept from networks and other programs: {why}");
    CommandError::new(Kind::Refused, message)
        .hint("take the store to a machine whose Linux kernel filters system calls, as usual ones do")
}

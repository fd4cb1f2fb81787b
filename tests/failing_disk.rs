//! Every file operation of every command fails once: the command says so, nothing that was
//! acknowledged is lost, the store opens and works afterwards, and no flush is tried again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/simulated_disk.rs"]
mod simulated_disk;
#[path = "support/trial_office.rs"]
mod trial_office;

use std::collections::BTreeMap;
use std::sync::Arc;

use simulated_disk::chance::Chance;
use simulated_disk::fault::{Call, Failure, Fault, Then};
use simulated_disk::{Cut, SimulatedDisk};
use trial_office::{Command, Done, Model, TrialOffice, chain};
use vault::sealed::lock::Mode;

const FOLDER: &str = "/office";

/// One store and one command of which each call fails in turn.
struct Trial {
    office: TrialOffice,
    disk: SimulatedDisk,
    before: Model,
    command: Command,
}

impl Trial {
    fn of(customers: usize, command: Command) -> Self {
        Self::after(customers, &[], command)
    }

    /// After commands of which no call fails.
    fn after(customers: usize, commands: &[Command], command: Command) -> Self {
        let disk = SimulatedDisk::new();
        let (office, before) = TrialOffice::founded(Arc::new(disk.clone()), FOLDER, customers);
        let before = office.prepared(before, commands);
        Self { office, disk, before, command }
    }

    /// Every `step`th call from `first` on fails, in every way.
    fn sweep(&self, first: u64, step: usize) {
        let calls = self.calls();
        let mut failed: BTreeMap<Call, usize> = BTreeMap::new();
        for at in (first..calls).step_by(step) {
            for failure in [Failure::Broken, Failure::Full] {
                for then in [Then::Works, Then::Stays] {
                    let fault = Fault { at, failure, then };
                    match self.fail(fault) {
                        Ok(Some(call)) => *failed.entry(call).or_default() += 1,
                        Ok(None) => {}
                        Err(why) => panic!("{:?}, {fault:?}: {why}", self.command),
                    }
                }
            }
        }
        println!("{:?}: {calls} calls; failures by kind: {failed:?}", self.command);
        assert!(failed.len() > 5, "{failed:?}");
    }

    /// The same with every seventh call, as what re-keys takes long to check; with every one when
    /// `VAULT_CRASH_STATES` is set.
    fn sample(&self, first: u64) {
        let thorough = std::env::var_os("VAULT_CRASH_STATES").is_some();
        let (first, step) = if thorough { (0, 1) } else { (first, 7) };
        self.sweep(first, step);
    }

    /// The calls that the command takes when none fails.
    fn calls(&self) -> u64 {
        let disk = self.disk.resumed(self.disk.now());
        disk.plan(None);
        let done = self.office.on(Arc::new(disk.clone())).run(self.command, &self.before, &mut || ());
        assert!(done.failure.is_none() && done.acknowledged);
        disk.calls()
    }

    /// One fault. `None` when the call of that number can't fail so.
    fn fail(&self, fault: Fault) -> Result<Option<Call>, String> {
        let disk = self.disk.resumed(self.disk.now());
        let office = self.office.on(Arc::new(disk.clone()));
        disk.plan(Some(fault));
        let done = office.run(self.command, &self.before, &mut || ());
        let Some(call) = disk.failed_call() else { return Ok(None) };
        if let Some(violation) = disk.violations().first() {
            return Err(format!("{call:?}: {violation}"));
        }
        judge(&done, call, fault).map_err(|why| format!("{call:?}: {why}"))?;
        let models = if done.acknowledged { vec![&done.after] } else { vec![&self.before, &done.after] };
        let mut chance = Chance::new(fault.at);
        // A disk that stays broken is exchanged, or the machine started again; a full one gets room.
        let disk = if (fault.failure, fault.then) == (Failure::Broken, Then::Stays) {
            disk.restarted(disk.now().after_power_cut(Cut::Torn, &mut chance))
        } else {
            disk
        };
        disk.next_program();
        goes_on(&office.on(Arc::new(disk.clone())), &disk, &models, &mut chance)
            .map_err(|why| format!("{call:?}: {why}"))?;
        Ok(Some(call))
    }
}

/// A command whose call failed says so, unless it could do without.
fn judge(done: &Done, call: Call, fault: Fault) -> Result<(), String> {
    match &done.failure {
        Some(failure) => {
            let text = chain(&**failure);
            let names_it = text.contains(FOLDER) && text.contains("No space left");
            // A failed flush of the access log is told as such, whatever the reason.
            let flush = call == Call::Sync && text.contains("could not be flushed");
            let full = fault.failure == Failure::Full;
            if full && !names_it && !flush { Err(format!("says only: {text}")) } else { Ok(()) }
        }
        None if done.acknowledged => Ok(()),
        None => Err("neither answer nor error".to_owned()),
    }
}

/// The store holds one of `models`, takes another customer, and holds them after a power cut.
fn goes_on(
    office: &TrialOffice,
    disk: &SimulatedDisk,
    models: &[&Model],
    chance: &mut Chance,
) -> Result<(), String> {
    let mode = if chance.happens(50) { Mode::Shared } else { Mode::Exclusive };
    let found = office.which(models, mode).map_err(|failure| chain(&*failure))?;
    let done = office.run(Command::Add, models[found], &mut || ());
    if let Some(failure) = done.failure {
        return Err(format!("the next customer: {}", chain(&*failure)));
    }
    let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
    let held = office.on(Arc::new(later)).which(&[&done.after], Mode::Shared);
    held.map_err(|failure| format!("after the next power cut: {}", chain(&*failure)))?;
    Ok(())
}

#[test]
fn a_failing_call_during_add_loses_nothing() {
    Trial::of(2, Command::Add).sweep(0, 1);
}

#[test]
fn a_failing_call_during_edit_loses_nothing() {
    Trial::of(2, Command::Edit).sweep(0, 1);
}

#[test]
fn a_failing_call_during_a_fold_loses_nothing() {
    // What comes before is as in any other add.
    Trial::of(32, Command::Add).sweep(85, 1);
}

#[test]
fn a_failing_call_during_a_checkpoint_loses_nothing() {
    Trial::of(2, Command::Checkpoint).sweep(0, 1);
}

#[test]
fn a_failing_call_during_an_import_loses_nothing() {
    Trial::of(2, Command::ImportFew).sweep(0, 1);
}

#[test]
fn a_failing_call_during_an_import_that_makes_a_new_base_loses_nothing() {
    Trial::of(2, Command::ImportMany).sweep(0, 5);
}

#[test]
fn a_failing_call_during_the_creation_of_a_group_loses_nothing() {
    Trial::of(1, Command::CreateGroup).sweep(0, 1);
}

/// What the tests of people begin with: two groups, and a clerk who may open both.
const STAFFED: [Command; 3] = [Command::CreateGroup, Command::AddToAll, Command::AddStaff];

#[test]
fn a_failing_call_during_an_enrolment_loses_nothing() {
    Trial::after(1, &STAFFED[..2], Command::AddStaff).sample(3);
}

#[test]
fn a_failing_call_during_a_removal_that_rekeys_two_groups_loses_nothing() {
    Trial::after(1, &STAFFED, Command::RemoveStaff).sample(0);
}

#[test]
fn a_failing_call_during_a_rekey_loses_nothing() {
    Trial::after(1, &STAFFED, Command::Rekey).sample(1);
}

#[test]
fn a_failing_call_while_an_owner_gets_a_new_identity_loses_nothing() {
    Trial::after(1, &STAFFED, Command::NewIdentity).sample(2);
}

#[test]
fn a_failing_call_during_a_recovery_loses_nothing() {
    Trial::after(1, &STAFFED, Command::Recover).sample(4);
}

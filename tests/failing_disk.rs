//! Every file operation of every operation of the office fails once, in every way: the operation says so
//! clearly or does without, nothing that was acknowledged is lost, the store opens and works afterwards,
//! and no flush is tried again. Reading and writing less than was asked for, and being interrupted at that,
//! are no failures at all.
//!
//! How much is tried: `docs/reliability.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/dump.rs"]
mod dump;
#[path = "support/simulated_disk.rs"]
mod simulated_disk;
#[path = "support/sweep.rs"]
mod sweep;
#[path = "support/trial_office.rs"]
mod trial_office;

use std::collections::BTreeMap;
use std::sync::Arc;

use simulated_disk::chance::Chance;
use simulated_disk::fault::{Call, Failure, Fault, Then};
use simulated_disk::{Cut, SimulatedDisk};
use sweep::{Sweep, Tally, spread};
use trial_office::{Done, Model, Operation, TrialOffice, chain, for_each_operation};
use vault::sealed::lock::Mode;

const FOLDER: &str = "/office";
/// Faults of one operation that are tried with every `cargo test`.
const SHARE: usize = 50;

/// One store and one operation of which each call fails in turn.
struct Trial {
    office: TrialOffice,
    disk: SimulatedDisk,
    before: Model,
    operation: Operation,
}

impl Trial {
    fn of(operation: Operation) -> Self {
        let disk = SimulatedDisk::new();
        let (office, before) = TrialOffice::ready_for(operation, Arc::new(disk.clone()), FOLDER);
        Self { office, disk, before, operation }
    }

    /// The calls that the operation takes when none fails.
    fn calls(&self) -> Vec<Call> {
        let disk = self.disk.resumed(self.disk.now());
        disk.plan(None);
        let office = self.office.on(Arc::new(disk.clone()));
        let done = office.run(self.operation, &self.before, &mut |_| ());
        assert!(done.failure.is_none() && done.acknowledged);
        disk.calls()
    }

    /// Every call fails in every way that can befall it; in the ordinary run, as many of those faults as
    /// there is time for, evenly spread. Returns how many there were.
    fn sweep(&self) -> usize {
        let calls = self.calls();
        let faults: Vec<Fault> = (0..calls.len())
            .flat_map(|at| Failure::ALL.map(|failure| (at, failure)))
            .filter(|(at, failure)| failure.befalls(calls[*at]))
            .flat_map(|(at, failure)| [Then::Works, Then::Stays].map(|then| Fault { at, failure, then }))
            .collect();
        let count = Sweep::asked().pick(SHARE, SHARE * 3, faults.len());
        let mut failed: BTreeMap<(Failure, Call), usize> = BTreeMap::new();
        // A shifted beginning, so that another seed tries other faults.
        let shift = usize::try_from(sweep::seed()).unwrap() % (faults.len() / count).max(1);
        for place in spread(faults.len(), count.min(faults.len())) {
            let fault = faults[(place + shift).min(faults.len() - 1)];
            match self.fail(fault) {
                Ok(Some(call)) => *failed.entry((fault.failure, call)).or_default() += 1,
                Ok(None) => {}
                Err(why) => panic!("{:?}, {fault:?}: {why}", self.operation),
            }
        }
        println!("{:?}: {} calls, {} faults; {failed:?}", self.operation, calls.len(), faults.len());
        failed.values().sum()
    }

    /// One fault. `None` when the call of that number can't fail so.
    fn fail(&self, fault: Fault) -> Result<Option<Call>, String> {
        let disk = self.disk.resumed(self.disk.now());
        let office = self.office.on(Arc::new(disk.clone()));
        disk.plan(Some(fault));
        let done = office.run(self.operation, &self.before, &mut |_| ());
        let Some(call) = disk.failed_call() else { return Ok(None) };
        if let Some(violation) = disk.violations().first() {
            return Err(format!("{call:?}: {violation}"));
        }
        judge(&done, call, fault).map_err(|why| format!("{call:?}: {why}"))?;
        let models = if done.acknowledged { vec![&done.after] } else { vec![&self.before, &done.after] };
        let mut chance = Chance::new(sweep::seed() << 32 ^ fault.at as u64);
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

/// An operation of which a call failed says which file it concerned and what the system said, unless it
/// could do without that call.
fn judge(done: &Done, call: Call, fault: Fault) -> Result<(), String> {
    let attempt = matches!(call, Call::Read | Call::Write) && fault.then == Then::Works;
    match (&done.failure, fault.failure) {
        (Some(failure), Failure::Short) => Err(format!("half was refused: {}", chain(&**failure))),
        (Some(failure), Failure::Interrupted) if attempt => {
            Err(format!("an interruption was refused: {}", chain(&**failure)))
        }
        (Some(failure), kind) => {
            let text = chain(&**failure);
            let said = match kind {
                Failure::Broken => "Input/output error",
                // Of a medium it is said in words.
                Failure::Full if text.ends_with("/medium is full") => "is full",
                Failure::Full => "No space left",
                Failure::Interrupted => "Interrupted",
                Failure::Short | Failure::Nothing => "write zero",
            };
            // A failed flush of the access log is told as such, whatever the reason.
            let flush = call == Call::Sync && text.contains("could not be flushed");
            let clear = text.contains(FOLDER) && text.contains(said);
            if clear || flush { Ok(()) } else { Err(format!("says only: {text}")) }
        }
        (None, _) if done.acknowledged => Ok(()),
        (None, _) => Err("neither answer nor error".to_owned()),
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
    let audited = chance.happens(20);
    let found = if audited { office.which_audited(models, mode) } else { office.which(models, mode) };
    let found = found.map_err(|failure| chain(&*failure))?;
    let after = office.goes_on(models[found])?;
    let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
    let held = office.on(Arc::new(later)).which(&[&after], Mode::Shared);
    held.map_err(|failure| format!("after the next power cut: {}", chain(&*failure)))?;
    Ok(())
}

/// One call that failed while a group's head or log was read was once a finding: the log was called unsound,
/// and an entry said so for ever, because of a loose cable.
#[test]
fn a_disk_that_fails_is_no_finding_against_the_access_log() {
    let trial = Trial::of(Operation::VerifyLog);
    let mut failed = 0;
    for (at, call) in trial.calls().into_iter().enumerate() {
        if !matches!(call, Call::Open | Call::Read | Call::Ask) {
            continue;
        }
        let disk = trial.disk.resumed(trial.disk.now());
        disk.plan(Some(Fault { at, failure: Failure::Broken, then: Then::Works }));
        let office = trial.office.on(Arc::new(disk));
        if let Some(failure) = office.run(trial.operation, &trial.before, &mut |_| ()).failure {
            let text = chain(&*failure);
            assert!(text.contains("Input/output error"), "call {at}, {call:?}: {text}");
            failed += 1;
        }
    }
    assert!(failed > 20, "{failed}");
}

/// The folder's flush after a new identity file once failed, and `passwd` said so; the new passphrase worked all
/// the same, and a customer was added with it. Then a power cut brought the old file back, and with it a
/// passphrase that nobody had to remember any more.
#[test]
fn a_passphrase_that_let_somebody_in_goes_on_doing_so() {
    let trial = Trial::of(Operation::NewPassphrase);
    let flushes: Vec<usize> =
        (0..).zip(trial.calls()).filter(|(_, call)| *call == Call::SyncFolder).map(|(at, _)| at).collect();
    assert!(!flushes.is_empty());
    for at in flushes {
        let disk = trial.disk.resumed(trial.disk.now());
        let office = trial.office.on(Arc::new(disk.clone()));
        disk.plan(Some(Fault { at, failure: Failure::Broken, then: Then::Works }));
        let done = office.run(trial.operation, &trial.before, &mut |_| ());
        assert!(done.failure.is_some() && !done.acknowledged);
        disk.next_program();
        let in_force = office.in_force(&[trial.before.passphrase, done.after.passphrase]).unwrap();
        let model = if in_force == done.after.passphrase { &done.after } else { &trial.before };
        let added = office.run(Operation::Add, model, &mut |_| ());
        assert!(added.failure.is_none());
        let left = disk.now().after_power_cut(Cut::AllLost, &mut Chance::new(1));
        let later = office.on(Arc::new(disk.restarted(left)));
        let held = later.which(&[&added.after], Mode::Shared);
        held.unwrap_or_else(|failure| panic!("call {at}: {}", chain(&*failure)));
    }
}

/// Faults of this run.
static FAULTS: Tally = Tally::new();

fn count(faults: usize) {
    if let Some(all) = FAULTS.add(faults, Operation::ALL.len()) {
        println!("{all} faults in all, seed {}", sweep::seed());
        assert!(all >= Sweep::asked().pick(1_000, 3_000, 18_000), "only {all} faults");
    }
}

macro_rules! a_failing_call_loses_nothing_during {
    ($($operation:ident $test:ident,)*) => {
        /// A test for each operation of the list.
        mod a_failing_call_loses_nothing_during {
            $(#[test]
            fn $test() {
                super::count(super::Trial::of(super::Operation::$operation).sweep());
            })*
        }
    };
}
for_each_operation!(a_failing_call_loses_nothing_during);

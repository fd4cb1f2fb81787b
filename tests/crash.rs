//! Power cuts and kills between any two file operations of every command: what was acknowledged is
//! there, what was not is there wholly or not at all, and the store goes on.
//!
//! `VAULT_CRASH_STATES=100 cargo test --release --test crash -- --nocapture` tries a hundred times as
//! many states as the ordinary run.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/simulated_disk.rs"]
mod simulated_disk;
#[path = "support/trial_office.rs"]
mod trial_office;

use std::ops::Range;
use std::sync::Arc;

use simulated_disk::chance::Chance;
use simulated_disk::{Cut, Moment, SimulatedDisk};
use trial_office::{Command, Model, TrialOffice, chain};
use vault::sealed::lock::Mode;

const FOLDER: &str = "/office";

/// A command as it was recorded.
struct Step {
    /// The moment at which it began, and at which it had its answer.
    begun: usize,
    answered: usize,
    before: Model,
    after: Model,
}

/// Recorded commands on a disk, and every moment of them.
struct Recording {
    office: TrialOffice,
    disk: SimulatedDisk,
    film: Vec<Moment>,
    steps: Vec<Step>,
}

impl Recording {
    fn of(customers: usize, commands: &[Command]) -> Self {
        Self::after(customers, &[], commands)
    }

    /// Recorded after some that are not.
    fn after(customers: usize, before: &[Command], commands: &[Command]) -> Self {
        let disk = SimulatedDisk::new();
        let (office, model) = TrialOffice::founded(Arc::new(disk.clone()), FOLDER, customers);
        let mut model = office.prepared(model, before);
        disk.record();
        let mut steps = Vec::new();
        for command in commands {
            let begun = disk.recorded();
            let mut answered = None;
            let done = office.run(*command, &model, &mut || answered = Some(disk.recorded()));
            if let Some(failure) = done.failure {
                panic!("{command:?}: {}", chain(&*failure));
            }
            let after = done.after;
            steps.push(Step { begun, answered: answered.unwrap(), before: model, after: after.clone() });
            model = after;
        }
        assert_eq!(disk.violations(), [""; 0]);
        Self { office, film: disk.film(), disk, steps }
    }

    /// What the store may hold after a crash at moment `at`.
    fn allowed(&self, at: usize) -> Vec<&Model> {
        let step = self.steps.iter().rfind(|step| step.begun <= at).unwrap();
        if step.answered <= at { vec![&step.after] } else { vec![&step.before, &step.after] }
    }

    /// Crashes at every moment, `states` times each in different ways. Returns how many states that
    /// were.
    fn sweep(self, seed: u64, states: usize) -> usize {
        self.sweep_states(seed, |_| 0..states * factor())
    }

    /// Crashes once at every moment, each time in another way: what re-keys takes long to check.
    fn sample(self, seed: u64) -> usize {
        self.sweep_states(seed, |at| if factor() == 1 { at % 5..at % 5 + 1 } else { 0..factor() })
    }

    fn sweep_states(mut self, seed: u64, states: impl Fn(usize) -> Range<usize>) -> usize {
        let mut count = 0;
        let film = std::mem::take(&mut self.film);
        for (at, moment) in film.iter().enumerate() {
            for state in states(at) {
                let mut chance = Chance::new(seed ^ (at as u64) << 20 ^ (state as u64) << 40);
                // A kill alone once lost what came after it: the next program built on a head or on a
                // roster line that was not flushed yet, and a power cut took that away.
                let (cut, killed) = match state {
                    0 => (Cut::AllLost, false),
                    1 => (Cut::AllKept, false),
                    2 => (Cut::AllLost, true),
                    state => (Cut::Torn, state.is_multiple_of(4)),
                };
                let tried = if killed {
                    self.killed_then_cut(moment, at, cut, &mut chance)
                } else {
                    let disk = self.disk.restarted(moment.after_power_cut(cut, &mut chance));
                    self.goes_on(&disk, &self.allowed(at), &mut chance)
                };
                if let Err(failure) = tried {
                    panic!("seed {seed}, moment {at}, state {state}, {cut:?}: {failure}");
                }
                count += 1;
            }
        }
        println!("{count} crash states at {} moments", film.len());
        count
    }

    fn office(&self, disk: &SimulatedDisk) -> TrialOffice {
        self.office.on(Arc::new(disk.clone()))
    }

    /// The store holds one of `models`, takes another customer, and holds them after a power cut.
    fn goes_on(&self, disk: &SimulatedDisk, models: &[&Model], chance: &mut Chance) -> Result<(), String> {
        let office = self.office(disk);
        let mode = if chance.happens(50) { Mode::Shared } else { Mode::Exclusive };
        let found = office.which(models, mode).map_err(|failure| chain(&*failure))?;
        let done = office.run(Command::Add, models[found], &mut || ());
        if let Some(failure) = done.failure {
            return Err(format!("the next customer: {}", chain(&*failure)));
        }
        if chance.happens(35) {
            let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
            let office = self.office(&later);
            let held = office.which(&[&done.after], Mode::Shared);
            held.map_err(|failure| format!("after the next power cut: {}", chain(&*failure)))?;
        }
        no_violation(disk)
    }

    /// The program is killed, another one works on what it finds, and only then the power fails.
    fn killed_then_cut(
        &self,
        moment: &Moment,
        at: usize,
        cut: Cut,
        chance: &mut Chance,
    ) -> Result<(), String> {
        let disk = self.disk.resumed(moment.clone());
        let office = self.office(&disk);
        let allowed = self.allowed(at);
        let next = if chance.happens(40) { Command::Lookup } else { Command::Add };
        if chance.happens(50) {
            let looked = office.which(&allowed, Mode::Shared);
            looked.map_err(|failure| format!("killed: {}", chain(&*failure)))?;
        }
        let done = office.run(next, allowed[0], &mut || ());
        if let Some(failure) = done.failure {
            return Err(format!("killed, then {next:?}: {}", chain(&*failure)));
        }
        // Whichever of the models holds, the news comes on top.
        let news = Model::difference(allowed[0], &done.after);
        let mut later: Vec<Model> = allowed.into_iter().cloned().collect();
        for model in &mut later {
            model.take_in(&news);
        }
        no_violation(&disk)?;
        let again = disk.restarted(disk.now().after_power_cut(cut, chance));
        let models: Vec<_> = later.iter().collect();
        self.goes_on(&again, &models, chance)
            .map_err(|failure| format!("killed, then {next:?}, then cut: {failure}"))
    }
}

fn no_violation(disk: &SimulatedDisk) -> Result<(), String> {
    match disk.violations().first() {
        None => Ok(()),
        Some(violation) => Err(violation.clone()),
    }
}

/// How many times the ordinary run's states.
fn factor() -> usize {
    std::env::var("VAULT_CRASH_STATES").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn crash_during_add_or_edit() {
    Recording::of(3, &[Command::Add, Command::Edit, Command::Add]).sweep(1, 12);
}

#[test]
fn crash_during_fold() {
    Recording::of(31, &[Command::Add, Command::Add, Command::Add]).sweep(2, 6);
}

#[test]
fn crash_during_checkpoint() {
    Recording::of(4, &[Command::Checkpoint, Command::Add, Command::Checkpoint]).sweep(3, 8);
}

#[test]
fn crash_during_a_small_import() {
    Recording::of(2, &[Command::ImportFew, Command::Edit]).sweep(4, 12);
}

#[test]
fn crash_during_an_import_that_makes_a_new_base() {
    Recording::of(2, &[Command::ImportMany, Command::Add]).sweep(5, 4);
}

#[test]
fn crash_during_the_creation_of_a_group() {
    Recording::of(1, &[Command::CreateGroup, Command::Add]).sweep(6, 12);
}

/// What the tests of people begin with: two groups, and a clerk who may open both.
const STAFFED: [Command; 3] = [Command::CreateGroup, Command::AddToAll, Command::AddStaff];

#[test]
fn crash_during_an_enrolment() {
    Recording::after(1, &STAFFED[..2], &[Command::AddStaff, Command::Add]).sample(7);
}

#[test]
fn crash_during_a_removal_that_rekeys_two_groups() {
    Recording::after(1, &STAFFED, &[Command::RemoveStaff, Command::Add]).sample(8);
}

#[test]
fn crash_during_a_rekey() {
    Recording::after(1, &STAFFED, &[Command::Rekey, Command::Add, Command::Rekey]).sample(9);
}

#[test]
fn crash_while_an_owner_gets_a_new_identity() {
    Recording::after(1, &STAFFED, &[Command::NewIdentity, Command::Add]).sample(10);
}

#[test]
fn crash_during_a_recovery() {
    Recording::after(1, &STAFFED, &[Command::Recover, Command::Add]).sample(11);
}

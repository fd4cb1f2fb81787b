//! Power cuts and kills between any two file operations of every operation of the office: what was
//! acknowledged is there, what was not is there wholly or not at all, and the store goes on.
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
use simulated_disk::{Cut, Moment, SimulatedDisk};
use sweep::{Sweep, Tally, spread};
use trial_office::{Model, Operation, TrialOffice, chain, for_each_operation};
use vault::sealed::lock::Mode;
use vault::sealed::signed::Digest;

const FOLDER: &str = "/office";
/// Ways to crash at a moment that the full sweep tries.
const WAYS: usize = 12;

/// What a store held between two operations.
#[derive(Clone)]
struct Point {
    model: Model,
    /// Every row of every table of every group, hashed.
    dumps: BTreeMap<String, Digest>,
}

/// An operation as it was recorded.
struct Step {
    /// The moment at which it began, and at which it had its answer.
    begun: usize,
    answered: usize,
    before: Point,
    after: Point,
}

/// Recorded operations on a disk, and every moment of them.
struct Recording {
    office: TrialOffice,
    disk: SimulatedDisk,
    film: Vec<Moment>,
    steps: Vec<Step>,
}

impl Recording {
    /// `operation`, and the next customer.
    fn of(operation: Operation) -> Self {
        let disk = SimulatedDisk::new();
        let (office, model) = TrialOffice::ready_for(operation, Arc::new(disk.clone()), FOLDER);
        Self::from(office, disk, model, &[operation, Operation::Add])
    }

    /// Every operation, one after the other, on one store.
    fn of_all() -> Self {
        let disk = SimulatedDisk::new();
        let (office, model) = TrialOffice::founded(Arc::new(disk.clone()), FOLDER, 3);
        Self::from(office, disk, model, Operation::ALL)
    }

    fn from(office: TrialOffice, disk: SimulatedDisk, mut model: Model, operations: &[Operation]) -> Self {
        disk.record();
        let mut steps: Vec<Step> = Vec::new();
        for operation in operations {
            model = office.prepared_for(*operation, model);
            let before = Point::of(&office, &disk, &model);
            let (begun, mut answered) = (disk.recorded(), None);
            let done = office.run(*operation, &model, &mut |_| answered = Some(disk.recorded()));
            if let Some(failure) = done.failure {
                panic!("{operation:?}: {}", chain(&*failure));
            }
            model = done.after;
            let after = Point::of(&office, &disk, &model);
            steps.push(Step { begun, answered: answered.unwrap(), before, after });
        }
        assert_eq!(disk.violations(), [""; 0]);
        Self { office, film: disk.film(), disk, steps }
    }

    /// What the store may hold after a crash at moment `at`; nothing where what was recorded is no step.
    fn allowed(&self, at: usize) -> Vec<&Point> {
        let Some(place) = self.steps.iter().rposition(|step| step.begun <= at) else { return Vec::new() };
        let step = &self.steps[place];
        if at < step.answered {
            return vec![&step.before, &step.after];
        }
        // What the next step needed was done before it began.
        let next = self.steps.get(place + 1);
        if next.is_some_and(|next| next.before.model != step.after.model) {
            Vec::new()
        } else {
            vec![&step.after]
        }
    }

    /// Crashes at `count` moments that are spread evenly, at each in another way; at every moment in all
    /// ways, where it is the full sweep. Returns how many states that were.
    fn sweep(mut self, what: &str, seed: u64, count: usize, ways: usize) -> usize {
        let film = std::mem::take(&mut self.film);
        let (count, mut states) = (Sweep::asked().pick(count, count * 3, film.len() * ways), 0);
        for (number, at) in spread(film.len(), count).enumerate() {
            let allowed = self.allowed(at);
            if allowed.is_empty() {
                continue;
            }
            let way = (number + usize::try_from(seed).unwrap()) % WAYS;
            let mut chance = Chance::new(seed << 48 ^ (at as u64) << 20 ^ number as u64);
            if let Err(failure) = self.crash(&film[at], &allowed, way, &mut chance) {
                panic!("seed {}, moment {at} of {}, way {way}: {failure}", sweep::seed(), film.len());
            }
            states += 1;
        }
        println!("{what}: {states} crash states at {} moments", film.len());
        states
    }

    fn crash(
        &self,
        moment: &Moment,
        allowed: &[&Point],
        way: usize,
        chance: &mut Chance,
    ) -> Result<(), String> {
        // A kill alone once lost what came after it: the next program built on a head or on a roster line
        // that was not flushed yet, and a power cut took that away.
        let (cut, killed) = match way {
            0 => (Cut::AllLost, false),
            1 => (Cut::AllKept, false),
            2 => (Cut::AllLost, true),
            way => (Cut::Torn, way.is_multiple_of(4)),
        };
        if killed {
            return self.killed_then_cut(moment, allowed, cut, chance);
        }
        let disk = self.disk.restarted(moment.after_power_cut(cut, chance));
        let models: Vec<&Model> = allowed.iter().map(|point| &point.model).collect();
        let found = self.goes_on(&disk, &models, chance, |office, found| {
            let dumps = office.dumps(&models).map_err(|failure| chain(&*failure))?;
            if dumps == allowed[found].dumps { Ok(()) } else { Err("a group holds other rows".to_owned()) }
        });
        found.map_err(|failure| format!("{cut:?}: {failure}"))
    }

    fn office(&self, disk: &SimulatedDisk) -> TrialOffice {
        self.office.on(Arc::new(disk.clone()))
    }

    /// The store holds one of `models`, takes another customer, and holds them after a power cut.
    fn goes_on(
        &self,
        disk: &SimulatedDisk,
        models: &[&Model],
        chance: &mut Chance,
        look: impl FnOnce(&TrialOffice, usize) -> Result<(), String>,
    ) -> Result<(), String> {
        let office = self.office(disk);
        let mode = if chance.happens(50) { Mode::Shared } else { Mode::Exclusive };
        let audited = chance.happens(20);
        let found = if audited { office.which_audited(models, mode) } else { office.which(models, mode) };
        let found = found.map_err(|failure| chain(&*failure))?;
        look(&office, found)?;
        let after = office.goes_on(models[found])?;
        if chance.happens(35) {
            let later = disk.restarted(disk.now().after_power_cut(Cut::AllLost, chance));
            let office = self.office(&later);
            let held = office.which(&[&after], Mode::Shared);
            held.map_err(|failure| format!("after the next power cut: {}", chain(&*failure)))?;
        }
        no_violation(disk)
    }

    /// The program is killed, another one works on what it finds, and only then the power fails.
    fn killed_then_cut(
        &self,
        moment: &Moment,
        allowed: &[&Point],
        cut: Cut,
        chance: &mut Chance,
    ) -> Result<(), String> {
        let disk = self.disk.resumed(moment.clone());
        let office = self.office(&disk);
        let models: Vec<&Model> = allowed.iter().map(|point| &point.model).collect();
        let next = if chance.happens(40) { Operation::Lookup } else { Operation::Add };
        if chance.happens(50) {
            let looked = office.which(&models, Mode::Shared);
            looked.map_err(|failure| format!("killed: {}", chain(&*failure)))?;
        }
        let passphrases: Vec<u64> = models.iter().map(|model| model.passphrase).collect();
        let in_force = office.in_force(&passphrases).map_err(|failure| chain(&*failure))?;
        // The one with the fewest customers: they are there whichever holds.
        let customers = |model: &&&Model| model.groups[trial_office::RETAIL].cities.len();
        let model = models.iter().filter(|model| model.passphrase == in_force).min_by_key(customers).unwrap();
        let done = office.run(next, model, &mut |_| ());
        if let Some(failure) = done.failure {
            return Err(format!("killed, then {next:?}: {}", chain(&*failure)));
        }
        // Whichever of the models holds, the news comes on top; but whom a passphrase let in, it goes on
        // letting in.
        let news = Model::difference(model, &done.after);
        let same = |model: &&&Model| model.passphrase == in_force;
        let mut later: Vec<Model> = models.iter().filter(same).copied().cloned().collect();
        for model in &mut later {
            model.take_in(&news);
        }
        no_violation(&disk)?;
        let again = disk.restarted(disk.now().after_power_cut(cut, chance));
        let models: Vec<_> = later.iter().collect();
        self.goes_on(&again, &models, chance, |_, _| Ok(()))
            .map_err(|failure| format!("killed, then {next:?}, then {cut:?}: {failure}"))
    }
}

impl Point {
    /// The store as it is now, looked at on a copy, so that the looking is not recorded.
    fn of(office: &TrialOffice, disk: &SimulatedDisk, model: &Model) -> Self {
        let copy = office.on(Arc::new(disk.resumed(disk.now())));
        let dumps = copy.dumps(&[model]).unwrap_or_else(|failure| panic!("{}", chain(&*failure)));
        Self { model: model.clone(), dumps }
    }
}

fn no_violation(disk: &SimulatedDisk) -> Result<(), String> {
    match disk.violations().first() {
        None => Ok(()),
        Some(violation) => Err(violation.clone()),
    }
}

/// Crash states of this run.
static STATES: Tally = Tally::new();

fn count(states: usize) {
    if let Some(all) = STATES.add(states, Operation::ALL.len() + 1) {
        println!("{all} crash states of stores in all, seed {}", sweep::seed());
        assert!(all >= Sweep::asked().pick(2_000, 6_000, 15_000), "only {all} states");
    }
}

macro_rules! crash_during {
    ($($operation:ident $test:ident,)*) => {
        /// A test for each operation of the list.
        mod crash_during {
            use super::{Operation, Recording, count, sweep};

            $(#[test]
            fn $test() {
                let seed = sweep::seed() * 1_000 + Operation::$operation as u64;
                let what = stringify!($operation);
                count(Recording::of(Operation::$operation).sweep(what, seed, 80, super::WAYS));
            })*
        }
    };
}
for_each_operation!(crash_during);

/// What one operation leaves is what the next one finds: a re-key after a fold after an import.
#[test]
fn crash_during_all_operations_one_after_the_other() {
    count(Recording::of_all().sweep("all", sweep::seed() * 1_000 + 999, 100, 1));
}

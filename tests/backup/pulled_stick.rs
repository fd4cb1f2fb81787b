//! A stick that is pulled out at any moment: after every write of a night's work, of several nights, the medium is
//! cut off while the machine goes on, and plugged in again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use vault::sealed::lock::Mode;

use super::simulated_disk::chance::Chance;
use super::simulated_disk::{Cut, Moment, SimulatedDisk};
use super::sweep::{self, Sweep, spread};
use super::trial_office::{Model, Operation, TrialOffice, chain};

const FOLDER: &str = "/office";
const MEDIUM: &str = "/office/medium";
const CUTS: [Cut; 3] = [Cut::AllLost, Cut::AllKept, Cut::Torn];

/// Several nights: what a medium goes through.
const NIGHTS: [Operation; 9] = [
    Operation::EnrollMedium,
    Operation::BackUp,
    Operation::Add,
    Operation::Add,
    Operation::BackUpAgain,
    Operation::Checkpoint,
    Operation::BackUpAgain,
    Operation::PruneBackups,
    Operation::BackUpAgain,
];

/// One of them, as it was recorded.
struct Step {
    operation: Operation,
    /// The moment at which it had its answer.
    answered: usize,
    before: Model,
    after: Model,
    /// What may be there before it has its answer, beside these.
    between: Model,
}

/// Of what is given up, some may be gone and some not.
fn between(before: &Model, after: &Model) -> Model {
    let (old, new) = (&before.backups.whole, &after.backups.whole);
    let mut between = before.clone();
    between.backups.whole.retain(|name| new.contains(name));
    between.backups.perhaps = old.len() + new.len() - 2 * between.backups.whole.len();
    between
}

struct Nights {
    office: TrialOffice,
    disk: SimulatedDisk,
    film: Vec<Moment>,
    steps: Vec<Step>,
}

impl Nights {
    fn recorded() -> Self {
        let disk = SimulatedDisk::new();
        let (office, mut model) = TrialOffice::founded(Arc::new(disk.clone()), FOLDER, 2);
        disk.record();
        let mut steps = Vec::new();
        for operation in NIGHTS {
            let mut answered = None;
            let done = office.run(operation, &model, &mut |_| answered = Some(disk.recorded()));
            if let Some(failure) = done.failure {
                panic!("{operation:?}: {}", chain(&*failure));
            }
            let before = std::mem::replace(&mut model, done.after.clone());
            let between = between(&before, &done.after);
            steps.push(Step { operation, answered: answered.unwrap(), before, after: done.after, between });
        }
        assert_eq!(disk.violations(), [""; 0]);
        Self { office, film: disk.film(), disk, steps }
    }

    /// What may be there after a cut at moment `at`, and what was under way.
    fn allowed(&self, at: usize) -> (Operation, Vec<&Model>) {
        let step = self.steps.iter().find(|step| at < step.answered);
        let last = self.steps.last().unwrap();
        step.map_or((last.operation, vec![&last.after]), |step| {
            (step.operation, vec![&step.before, &step.after, &step.between])
        })
    }

    fn office(&self, disk: &SimulatedDisk) -> TrialOffice {
        self.office.on(Arc::new(disk.clone()))
    }

    /// The medium is pulled out of a machine that goes on, and plugged in again.
    fn pull(&self, moment: &Moment, cut: Cut, chance: &mut Chance) -> SimulatedDisk {
        self.disk.restarted(moment.after_pull(Path::new(MEDIUM), cut, chance))
    }

    /// What is on the medium fits, the store and the medium go on, and another pull takes nothing.
    fn goes_on(&self, disk: &SimulatedDisk, models: &[&Model], chance: &mut Chance) -> Result<(), String> {
        let office = self.office(disk);
        let found = office.which(models, Mode::Shared).map_err(|failure| chain(&*failure))?;
        let after = office.goes_on(models[found])?;
        let later = self.office(&self.pull(&disk.now(), Cut::AllLost, chance));
        let held = later.which(&[&after], Mode::Shared);
        held.map_err(|failure| format!("after the next pull: {}", chain(&*failure)))?;
        match disk.violations().first() {
            None => Ok(()),
            Some(violation) => Err(violation.clone()),
        }
    }

    /// The program alone is killed, and `next` works with what it finds; only then the stick is pulled.
    fn killed_then_pulled(
        &self,
        moment: &Moment,
        models: &[&Model],
        next: Operation,
        chance: &mut Chance,
    ) -> Result<(), String> {
        let disk = self.disk.resumed(moment.clone());
        let office = self.office(&disk);
        let found = office.which(models, Mode::Shared).map_err(|failure| chain(&*failure))?;
        let done = office.run(next, models[found], &mut |_| ());
        if let Some(failure) = done.failure {
            return Err(chain(&*failure));
        }
        self.goes_on(&self.pull(&disk.now(), Cut::AllLost, chance), &[&done.after], chance)
    }
}

/// What a killed run had written and not flushed read as a whole snapshot to the next one, which gave others up for
/// it, and noted it; then the stick was pulled, and it had never been there.
#[test]
fn a_stick_pulled_at_any_moment_keeps_every_snapshot_and_takes_the_next() {
    let nights = Nights::recorded();
    let moments = nights.film.len();
    let asked = Sweep::asked();
    let (mut states, mut under_way) = (0, BTreeSet::new());
    for at in spread(moments, asked.pick(moments / 2, moments, moments)) {
        let (operation, models) = nights.allowed(at);
        under_way.insert(format!("{operation:?}"));
        let moment = &nights.film[at];
        let mut chance = Chance::new(sweep::seed() << 32 ^ at as u64);
        let torn = asked.pick(0, 0, 4);
        let cuts: Vec<Cut> = match asked {
            Sweep::Ordinary => vec![CUTS[at / 2 % 3]],
            _ => CUTS.into_iter().chain(std::iter::repeat_n(Cut::Torn, torn)).collect(),
        };
        for cut in cuts {
            let disk = nights.pull(moment, cut, &mut chance);
            if let Err(failure) = nights.goes_on(&disk, &models, &mut chance) {
                panic!("seed {}, moment {at} of {moments}, {operation:?}, {cut:?}: {failure}", sweep::seed());
            }
            states += 1;
        }
        let backed_up = models.iter().all(|model| !model.backups.whole.is_empty());
        let next = [Operation::BackUpAgain, Operation::PruneBackups, Operation::EnrollMedium][at % 3];
        if backed_up && (asked != Sweep::Ordinary || at % 4 < 2) {
            if let Err(failure) = nights.killed_then_pulled(moment, &models, next, &mut chance) {
                panic!(
                    "moment {at} of {moments}, {operation:?}, killed, then {next:?}, then pulled: {failure}"
                );
            }
            states += 1;
        }
    }
    println!("{states} states of a pulled stick at {moments} moments");
    assert_eq!(under_way.len(), 6, "{under_way:?}");
    assert!(states >= asked.pick(150, 800, 2_000), "only {states} states");
}

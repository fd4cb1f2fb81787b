//! Power cuts while a snapshot is restored, and while an owner accepts it: what is left is no store, a store that
//! waits for its owner, or one that is accepted, and each goes on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vault::backup::medium::Medium;
use vault::backup::restore::{RestoreError, restore};
use vault::backup::shelf::Shelf;
use vault::sealed::lock::Mode;
use vault::store::{Store, StoreError};

use super::simulated_disk::chance::Chance;
use super::simulated_disk::{Cut, Moment, SimulatedDisk};
use super::sweep::{self, Sweep, spread};
use super::trial_office::{Backups, Failure, Model, OWNER, Operation, TrialOffice, WORK, chain, passphrase};

const FOLDER: &str = "/office";
const NEW: &str = "/new";

/// A medium whose first snapshot is to be restored elsewhere: afterwards a customer and a clerk came, the group was
/// checkpointed and re-keyed, and another snapshot was made.
struct Burnt {
    disk: SimulatedDisk,
    office: TrialOffice,
    medium: PathBuf,
    /// What the accepted store must hold: groups of then, people and log of now, new keys.
    accepted: Model,
}

impl Burnt {
    fn office() -> Self {
        let disk = SimulatedDisk::new();
        let (office, model) = TrialOffice::founded(Arc::new(disk.clone()), FOLDER, 2);
        let needed = [
            Operation::CreateGroup,
            Operation::AddElsewhere,
            Operation::AddDocument,
            Operation::EnrollMedium,
        ];
        let then = office.prepared(model, &[&needed[..], &[Operation::BackUp]].concat());
        let since = [
            Operation::Add,
            Operation::Erase,
            Operation::Checkpoint,
            Operation::AddStaff,
            Operation::RekeyGroup,
            Operation::BackUpAgain,
        ];
        let mut accepted = office.prepared(then.clone(), &since);
        let mut groups = then.groups;
        for (name, held) in &mut groups {
            // Who was erased since is erased again.
            let now = accepted.groups.get(name).map(|now| now.cities.clone()).unwrap_or_default();
            held.cities.retain(|code, _| now.contains_key(code));
            held.documents.retain(|document, _| now.keys().any(|code| document.starts_with(code)));
        }
        accepted.groups = groups;
        for epoch in accepted.people.epochs.values_mut() {
            *epoch += 1;
        }
        accepted.backups = Backups::default();
        let medium = office.medium();
        let new = TrialOffice::at(Arc::new(disk.clone()), NEW);
        disk.create_dir_durable(NEW);
        Self { disk, office: new, medium, accepted }
    }

    fn on(&self, disk: &SimulatedDisk) -> TrialOffice {
        self.office.on(Arc::new(disk.clone()))
    }

    fn restore(&self, office: &TrialOffice) -> Result<(), RestoreError> {
        let stick = Medium::open_to_read(&self.medium, &office.surroundings).unwrap();
        let there = Shelf::read(&stick).unwrap();
        let first = &there.whole[0];
        restore(&stick, &there, first, office.layout.root(), &office.surroundings, &|_, _| ()).map(drop)
    }

    /// The store that was restored or accepted goes on, whatever it was stopped at.
    fn goes_on(&self, office: &TrialOffice) -> Result<(), String> {
        let text = |failure: Failure| chain(&*failure);
        match Store::open(office.layout.root(), &office.surroundings) {
            Err(StoreError::Restored { .. }) => accept(office).map_err(text)?,
            opened => drop(opened.map_err(|error| error.to_string())?),
        }
        let held = office.which_audited(&[&self.accepted], Mode::Exclusive);
        held.map_err(|failure| format!("once accepted: {}", chain(&*failure)))?;
        office.goes_on(&self.accepted).map(drop)
    }

    fn after(&self, moment: &Moment, cut: Cut, chance: &mut Chance) -> SimulatedDisk {
        self.disk.restarted(moment.after_power_cut(cut, chance))
    }
}

fn accept(office: &TrialOffice) -> Result<(), Failure> {
    let (store, mark) = Store::open_restored(office.layout.root(), &office.surroundings)?;
    let mut accepting = store.unlock_to_accept(mark, OWNER, &passphrase(0))?;
    accepting.check_owner()?;
    for number in accepting.former_log_ins()? {
        accepting.open_former(number, &passphrase(0))?;
    }
    accepting.check_groups()?;
    accepting.accept(WORK)?;
    Ok(())
}

/// Ways to stop at one moment.
fn cuts(at: usize) -> Vec<Cut> {
    match Sweep::asked() {
        Sweep::Ordinary => vec![[Cut::AllLost, Cut::Torn, Cut::AllKept][at % 3]],
        Sweep::Ci => vec![Cut::AllLost, Cut::AllKept, Cut::Torn],
        Sweep::Full => [Cut::AllLost, Cut::AllKept].into_iter().chain([Cut::Torn; 6]).collect(),
    }
}

#[test]
fn a_restore_that_is_cut_off_leaves_no_store_or_a_whole_marked_one() {
    let burnt = Burnt::office();
    burnt.disk.record();
    burnt.restore(&burnt.office).unwrap();
    let film = burnt.disk.film();
    let (mut none, mut whole) = (0, 0);
    let share = Sweep::asked().pick(film.len() / 3, film.len(), film.len());
    // With the last one the store has its name for good.
    for at in spread(film.len(), share).chain(std::iter::repeat_n(film.len() - 1, 3)) {
        let mut chance = Chance::new(sweep::seed() << 32 ^ at as u64);
        for cut in cuts(at) {
            let disk = burnt.after(&film[at], cut, &mut chance);
            let office = burnt.on(&disk);
            let there = disk.now().live.exists(office.layout.root()).unwrap();
            if there {
                whole += 1;
            } else {
                none += 1;
                if at % 5 == 0 {
                    burnt.restore(&office).unwrap_or_else(|error| panic!("moment {at}, {cut:?}: {error}"));
                }
            }
            if there || at % 5 == 0 {
                let marked = Store::open(office.layout.root(), &office.surroundings);
                assert!(matches!(marked, Err(StoreError::Restored { .. })), "moment {at}, {cut:?}");
                let went_on = burnt.goes_on(&office);
                went_on.unwrap_or_else(|failure| panic!("moment {at} of {}, {cut:?}: {failure}", film.len()));
            }
        }
    }
    println!("{none} times no store, {whole} times a whole one, of {} moments", film.len());
    assert!(none > 20 && whole > 2, "{none}, {whole}");
}

#[test]
fn an_accepting_that_is_cut_off_is_finished_or_done_again() {
    let burnt = Burnt::office();
    burnt.restore(&burnt.office).unwrap();
    burnt.disk.record();
    accept(&burnt.office).unwrap_or_else(|failure| panic!("{}", chain(&*failure)));
    assert_eq!(burnt.disk.violations(), [""; 0]);
    let film = burnt.disk.film();
    let share = Sweep::asked().pick(film.len() / 2, film.len(), film.len());
    let (mut again, mut done) = (0, 0);
    for at in spread(film.len(), share) {
        let mut chance = Chance::new(sweep::seed() << 32 ^ at as u64);
        let fails = |how: &str, why: String| -> ! { panic!("moment {at} of {}, {how}: {why}", film.len()) };
        for cut in cuts(at) {
            let disk = burnt.after(&film[at], cut, &mut chance);
            let office = burnt.on(&disk);
            match Store::open(office.layout.root(), &office.surroundings) {
                Err(StoreError::Restored { .. }) => again += 1,
                _ => done += 1,
            }
            if let Err(failure) = burnt.goes_on(&office) {
                fails(&format!("{cut:?}"), failure);
            }
        }
        // The program alone was killed; it is accepted, and what that was built on must not vanish.
        if at % 3 == 0 || Sweep::asked() != Sweep::Ordinary {
            let disk = burnt.disk.resumed(film[at].clone());
            let office = burnt.on(&disk);
            if let Err(StoreError::Restored { .. }) = Store::open(office.layout.root(), &office.surroundings)
            {
                if let Err(failure) = accept(&office) {
                    fails("killed", chain(&*failure));
                }
                let later = burnt.on(&burnt.after(&disk.now(), Cut::AllLost, &mut chance));
                if Store::open(later.layout.root(), &later.surroundings).is_err() {
                    fails("killed", "a power cut took the accepting away".to_owned());
                }
                if let Err(failure) = burnt.goes_on(&later) {
                    fails("killed, accepted, cut", failure);
                }
            }
        }
    }
    println!("{again} times to be accepted again, {done} times not, of {} moments", film.len());
    assert!(again > 20 && done > 2, "{again}, {done}");
}

/// A store that nobody has accepted holds nothing back from whoever looks for what is there.
#[test]
fn nothing_of_a_restore_that_was_cut_off_is_taken_for_a_store() {
    let burnt = Burnt::office();
    burnt.disk.record();
    burnt.restore(&burnt.office).unwrap();
    let film = burnt.disk.film();
    let moment = &film[film.len() / 2];
    let names = moment.live.names(moment.live.folder(Path::new(NEW)).unwrap());
    assert!(!names.is_empty() && names.iter().all(|name| name.starts_with(".store.new-")), "{names:?}");
}

//! Trying many changes on all cores, judging and counting what comes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use vault::cli::error::Kind;

use crate::change::{Change, Files};
use crate::judge::{Judge, Reader, Saw, unseen};
use crate::kinds;
use crate::office::Office;
pub use crate::share::Sweep as Share;
use crate::simulated_disk::{Moment, SimulatedDisk};

impl Share {
    /// Of `all`, every one in the full sweep, else every nth.
    pub fn of<T>(self, all: Vec<T>, ordinary: usize, ci: usize) -> Vec<T> {
        all.into_iter().step_by(self.pick(ordinary, ci, 1)).collect()
    }
}

/// Whether the machine has seen the store before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Machine {
    Known,
    New,
}

/// What came of a change, all readers taken together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Damage: exit 5, and the message names the place.
    Noticed,
    /// Refused for another reason: with which exit.
    Refused(u8),
    /// All reads as before, and somebody is told that something was not in order.
    Told,
    /// All reads as before.
    Unchanged,
    /// All reads as at an earlier moment.
    Older,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noticed => formatter.write_str("noticed (exit 5)"),
            Self::Refused(exit) => write!(formatter, "refused (exit {exit})"),
            Self::Told => formatter.write_str("unchanged and told"),
            Self::Unchanged => formatter.write_str("unchanged"),
            Self::Older => formatter.write_str("an earlier state"),
        }
    }
}

/// An office that is tampered with, over and over; made once.
pub struct Scene {
    pub office: Office,
    pub files: Files,
    /// An office of the same people and groups, with another store.
    pub other: Files,
    judge: Judge,
    known: Moment,
    new: Moment,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let office = Office::founded();
    let (known, new) = (office.now().clone(), unseen(office.now()));
    let (judge, files) = (Judge::of(&office), crate::change::files(&known));
    let other = crate::change::files(Office::founded().now());
    Scene { office, files, other, judge, known, new }
});

/// One sweep over the scene, and what came of it.
pub struct Bench {
    pub scene: &'static Scene,
    share: Share,
    tally: Mutex<Tally>,
    began: Instant,
}

impl Deref for Bench {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        self.scene
    }
}

/// How often what came of what.
type Tally = BTreeMap<(String, Machine, Outcome), usize>;

impl Bench {
    pub fn new() -> Self {
        let scene = LazyLock::force(&SCENE);
        Self { scene, share: Share::asked(), tally: Mutex::default(), began: Instant::now() }
    }

    pub fn moment(&self, machine: Machine) -> &Moment {
        match machine {
            Machine::Known => &self.known,
            Machine::New => &self.new,
        }
    }

    /// What comes of a change, by all who read what it changes.
    pub fn outcome(
        &self,
        change: &Change,
        machine: Machine,
        worker: &SimulatedDisk,
    ) -> Result<Outcome, String> {
        let mut readers: Vec<Reader> = Vec::new();
        for path in change.puts.keys() {
            readers.extend(
                kinds::readers(path)
                    .iter()
                    .filter(|reader| !readers.contains(reader))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        let mut seen = BTreeSet::new();
        for reader in readers {
            let disk = change.made(self.moment(machine), worker);
            let outcome = match self.judge.saw(reader, &disk) {
                Saw::Same => Outcome::Unchanged,
                Saw::Told(_) => Outcome::Told,
                Saw::Older => Outcome::Older,
                Saw::Error(Kind::Damaged, message) if names_a_place(&message) => Outcome::Noticed,
                Saw::Error(Kind::Damaged, message) => return Err(format!("no place is named: {message}")),
                Saw::Error(kind, message) if message.is_empty() => {
                    return Err(format!("nothing is said: {kind:?}"));
                }
                Saw::Error(kind, _) => Outcome::Refused(kind.exit_code()),
                Saw::Wrong(what) => return Err(format!("{reader:?} saw {what}")),
            };
            seen.insert(outcome);
            // In the full sweep one who notices has to do; else all others look as well, and see nothing wrong.
            if self.share == Share::Full && seen.contains(&Outcome::Noticed) {
                break;
            }
        }
        // Any notice counts; nobody may go by an earlier state if others are told that all is well.
        let first = |outcome: &Outcome| seen.contains(outcome).then(|| outcome.clone());
        let refused = seen.iter().find(|outcome| matches!(outcome, Outcome::Refused(_))).cloned();
        let found = first(&Outcome::Noticed).or(refused).or_else(|| first(&Outcome::Older));
        Ok(found.or_else(|| first(&Outcome::Told)).unwrap_or(Outcome::Unchanged))
    }

    /// Tries all `changes` and counts. `allows` says what else than exit 5 is right, and why is said where it
    /// is written.
    pub fn try_all(
        &self,
        changes: &[Change],
        machines: &[Machine],
        allows: impl Fn(&Change, Machine, &Outcome) -> bool + Sync,
    ) {
        let wrong = Mutex::new(Vec::new());
        in_parallel(changes.len(), |worker, number| {
            let change = &changes[number];
            for machine in machines {
                match self.outcome(change, *machine, worker) {
                    Ok(outcome) => {
                        if outcome != Outcome::Noticed && !allows(change, *machine, &outcome) {
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("{}: {} [{machine:?}]: {outcome}", change.kind, change.what));
                        }
                        self.count(change.kind, *machine, outcome, 1);
                    }
                    Err(what) => {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{}: {} [{machine:?}]: {what}", change.kind, change.what));
                    }
                }
            }
        });
        let wrong = wrong.into_inner().unwrap();
        let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
        assert!(wrong.is_empty(), "{} of {} changes:\n{}", wrong.len(), changes.len(), shown.join("\n"));
    }

    pub fn count(&self, kind: &str, machine: Machine, outcome: Outcome, times: usize) {
        *self.tally.lock().unwrap().entry((kind.to_owned(), machine, outcome)).or_default() += times;
    }

    /// How many changes were tried by now.
    pub fn counted(&self) -> usize {
        self.tally.lock().unwrap().values().sum()
    }

    /// Prints the counts and gives how many changes were tried.
    pub fn report(&self, title: &str) -> usize {
        let tally = self.tally.lock().unwrap();
        for ((kind, machine, outcome), times) in tally.iter() {
            println!("{title} | {kind} | {machine:?} | {outcome} | {times}");
        }
        let all = tally.values().sum();
        println!("{title}: {all} states in {:.1} s", self.began.elapsed().as_secs_f64());
        all
    }
}

/// Whether a message says where to look.
pub fn names_a_place(message: &str) -> bool {
    ["/office/", "entry ", "line ", "record ", "group ", ".jsonl"].iter().any(|place| message.contains(place))
}

/// Calls `work` for each number below `count`, on all cores, each with a disk of its own.
pub fn in_parallel(count: usize, work: impl Fn(&SimulatedDisk, usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let worker = SimulatedDisk::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    work(&worker, number);
                }
            });
        }
    });
}

/// `store/groups/retail/head`.
pub fn short(path: &Path) -> String {
    path.strip_prefix(crate::office::ROOT).unwrap().display().to_string()
}

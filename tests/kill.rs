//! Real kills: a child carries out an operation on a real disk and says when it has its answer; it is killed
//! at any moment of that (SIGKILL). What it answered is there afterwards, what it did not is there wholly or
//! not at all, and the store goes on.
//!
//! How much is tried: `docs/reliability.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/simulated_disk/chance.rs"]
mod chance;
#[path = "support/dump.rs"]
mod dump;
#[path = "support/sweep.rs"]
mod sweep;
#[path = "support/trial_office.rs"]
mod trial_office;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chance::Chance;
use serde::{Deserialize, Serialize};
use sweep::{Sweep, Tally};
use trial_office::{Model, Operation, TrialOffice, chain, for_each_operation};
use vault::sealed::disk::RealDisk;
use vault::sealed::lock::Mode;

/// That this process is a child; only this test sets it.
const CHILD: &str = "VAULT_KILL_TEST_CHILD";
/// The store's folder within a test's own.
const STORE: &str = "office";

/// What a child is to do, on its standard input.
#[derive(Serialize, Deserialize)]
struct Task {
    folder: String,
    operation: Operation,
    number: u64,
    before: Model,
}

/// What it says, on its standard error, a line each.
#[derive(Serialize, Deserialize)]
enum Word {
    /// It begins.
    Ready,
    /// It has its answer, and the store holds this.
    Answered(Model),
    /// It is through, its tidying included.
    Through,
    Failed(String),
}

/// Not a test of its own: what runs in the child.
#[test]
fn the_child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    // A line so short goes into the pipe whole or not at all.
    let say = |word: &Word| {
        let line = serde_json::to_string(word).unwrap() + "\n";
        assert!(line.len() < 4096, "{line}");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    };
    let mut task = String::new();
    std::io::stdin().read_to_string(&mut task).unwrap();
    let Task { folder, operation, number, before } = serde_json::from_str(&task).unwrap();
    let office = TrialOffice::at(Arc::new(RealDisk), &folder);
    say(&Word::Ready);
    let done = office.run_as(operation, number, &before, &mut |after| say(&Word::Answered(after.clone())));
    say(&done.failure.map_or(Word::Through, |failure| Word::Failed(chain(&*failure))));
}

/// A child at its task, as far as it has said.
struct Working {
    child: Child,
    words: BufReader<std::process::ChildStderr>,
}

impl Working {
    fn start(task: &Task) -> Self {
        Self::start_under(&[], task)
    }

    /// Started by another program, which is given its own arguments first.
    fn start_under(tracer: &[&str], task: &Task) -> Self {
        let this = std::env::current_exe().unwrap();
        let [words @ .., program] = &[tracer, &[this.to_str().unwrap()]].concat()[..] else { unreachable!() };
        let mut process = Process::new(words.first().unwrap_or(program));
        if let [_, arguments @ ..] = words {
            process.args(arguments).arg(program);
        }
        process.args(["--exact", "the_child", "--nocapture", "--quiet"]).env(CHILD, "1");
        process.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let words = BufReader::new(child.stderr.take().unwrap());
        child.stdin.take().unwrap().write_all(&serde_json::to_vec(task).unwrap()).unwrap();
        let mut working = Self { child, words };
        assert!(matches!(working.word(), Some(Word::Ready)));
        working
    }

    fn word(&mut self) -> Option<Word> {
        let mut line = String::new();
        self.words.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}")))
    }

    /// Kills it, and tells what it had answered by then.
    fn kill(mut self) -> Option<Model> {
        self.child.kill().unwrap();
        self.end().unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Lets it come to its end, and tells what it answered, or how it failed.
    fn end(mut self) -> Result<Option<Model>, String> {
        let (mut answer, mut failed) = (None, None);
        while let Some(word) = self.word() {
            match word {
                Word::Answered(after) => answer = Some(after),
                Word::Through | Word::Ready => {}
                Word::Failed(failure) => failed = Some(failure),
            }
        }
        self.child.wait().unwrap();
        failed.map_or(Ok(answer), Err)
    }
}

/// A store that was prepared once, and that each kill after which the operation has happened begins anew.
struct Stores {
    folder: tempfile::TempDir,
    operation: Operation,
    before: Model,
}

impl Stores {
    fn of(operation: Operation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prepared = folder.path().join("prepared").join(STORE);
        std::fs::create_dir_all(&prepared).unwrap();
        let (_, before) = TrialOffice::ready_for(operation, Arc::new(RealDisk), prepared.to_str().unwrap());
        let stores = Self { folder, operation, before };
        stores.begin_anew();
        stores
    }

    fn path(&self) -> String {
        self.folder.path().join(STORE).to_str().unwrap().to_owned()
    }

    fn begin_anew(&self) {
        let _ = std::fs::remove_dir_all(self.path());
        copy(&self.folder.path().join("prepared").join(STORE), Path::new(&self.path()));
    }

    fn task(&self) -> Task {
        static NUMBER: AtomicU64 = AtomicU64::new(1_000_000);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        Task { folder: self.path(), operation: self.operation, number, before: self.before.clone() }
    }

    /// How long the operation takes when nobody kills it, its tidying included.
    fn measured(&self) -> Duration {
        let working = Working::start(&self.task());
        let begun = Instant::now();
        assert!(working.end().unwrap().is_some());
        let whole = begun.elapsed();
        self.begin_anew();
        whole
    }

    /// Kills so many children. Returns how often the operation had happened, and how often it was answered.
    fn kill(&self, kills: usize, chance: &mut Chance) -> (usize, usize) {
        // A kill comes within so many microseconds; as many as let half of the operations happen, on
        // whatever else the machine has to do.
        let mut most = u64::try_from(self.measured().as_micros()).unwrap();
        let (mut happened, mut answered) = (0, 0);
        for kill in 0..kills {
            let task = self.task();
            let expected = TrialOffice::expected(self.operation, task.number, &self.before);
            let working = Working::start(&task);
            std::thread::sleep(Duration::from_micros(chance.number() % most));
            let answer = working.kill();
            let office = TrialOffice::at(Arc::new(RealDisk), &task.folder);
            let allowed = match &answer {
                Some(after) => vec![after],
                None => vec![&self.before, &expected],
            };
            // As the next who only looks finds it, and as the next who changes something.
            let mode = if chance.happens(50) { Mode::Shared } else { Mode::Exclusive };
            let found = if chance.happens(20) {
                office.which_audited(&allowed, mode)
            } else {
                office.which(&allowed, mode)
            };
            let found = found.unwrap_or_else(|failure| {
                let kept = self.folder.path().display();
                panic!(
                    "{:?}, kill {kill}, answered: {}, in {kept}: {}",
                    self.operation,
                    answer.is_some(),
                    chain(&*failure)
                )
            });
            let found = allowed[found];
            answered += usize::from(answer.is_some());
            most = if answer.is_some() { most * 7 / 8 } else { most * 9 / 8 };
            if *found != self.before || answer.is_some() {
                happened += 1;
                office.goes_on(found).unwrap_or_else(|failure| panic!("{failure}"));
            }
            // Where there is an agreement, whoever looks has to sign it first.
            if answer.is_some() || *found != self.before || self.before.people.agreement > 0 {
                self.begin_anew();
            }
        }
        (happened, answered)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Kills of this run.
static KILLS: Tally = Tally::new();
static ANSWERS: Tally = Tally::new();

fn sweep(operation: Operation) {
    let kills = Sweep::asked().pick(40, 40, 400);
    let stores = Stores::of(operation);
    let mut chance = Chance::new(sweep::seed() * 1_000 + operation as u64);
    let (happened, answered) = stores.kill(kills, &mut chance);
    println!("{operation:?}: {kills} kills; {happened} times it had happened, {answered} times answered");
    ANSWERS.add(answered, usize::MAX);
    if let Some(all) = KILLS.add(kills, Operation::ALL.len()) {
        let answers = ANSWERS.sum();
        println!("{all} kills in all, {answers} after the answer, none lost; seed {}", sweep::seed());
        assert!(all >= Sweep::asked().pick(1_000, 1_000, 10_000), "only {all} kills");
        assert!(answers > all / 5 && answers < all * 4 / 5, "{answers} of {all} came after the answer");
    }
}

macro_rules! a_kill_loses_nothing_during {
    ($($operation:ident $test:ident,)*) => {
        /// A test for each operation of the list.
        mod a_kill_loses_nothing_during {
            $(#[test]
            fn $test() {
                super::sweep(super::Operation::$operation);
            })*
        }
    };
}
for_each_operation!(a_kill_loses_nothing_during);

/// Where calls of the real disk can be made to fail.
fn strace_is_there() -> bool {
    let there = Process::new("strace").arg("--version").output().is_ok_and(|done| done.status.success());
    if !there {
        println!("SKIPPED: strace is not installed");
    }
    there
}

/// The standard library's `sync_data` and `sync_all` ask again when a signal interrupts them, and so did the
/// real disk once: the second answer is a yes even where the first flush has lost the bytes.
#[test]
fn a_flush_that_a_signal_interrupts_has_failed_and_is_not_asked_for_again() {
    if !strace_is_there() {
        return;
    }
    let stores = Stores::of(Operation::Checkpoint);
    let trace = stores.folder.path().join("trace");
    let mut failed = 0;
    let places =
        ["fsync", "fdatasync"].into_iter().flat_map(|kind| (1..=6).map(move |number| (kind, number)));
    for (kind, number) in places {
        let inject = format!("inject={kind}:error=EINTR:when={number}");
        let flushes = ["strace", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-e", &inject, "-o"];
        stores.begin_anew();
        let ended =
            Working::start_under(&[&flushes[..], &[trace.to_str().unwrap()]].concat(), &stores.task()).end();
        let traced = std::fs::read_to_string(&trace).unwrap();
        let Some((_, after)) = traced.split_once("EINTR") else { continue };
        let file = |line: &str| Some(line.split_once('<')?.1.split_once('>')?.0.to_owned());
        let interrupted = traced.lines().find(|line| line.contains("EINTR")).and_then(file).unwrap();
        let again = after.lines().skip(1).any(|line| file(line).as_ref() == Some(&interrupted));
        assert!(!again, "{interrupted} was flushed again:\n{traced}");
        let failure = ended.expect_err(&format!("{interrupted} was not flushed, and that is no failure"));
        assert!(failure.contains("Interrupted"), "{failure}");
        failed += 1;
    }
    assert!(failed > 5, "{failed}");
}

#[test]
fn a_signal_that_interrupts_reading_or_writing_is_no_failure() {
    if !strace_is_there() {
        return;
    }
    for operation in [Operation::Edit, Operation::Checkpoint, Operation::ImportMany] {
        let stores = Stores::of(operation);
        let trace = stores.folder.path().join("trace");
        // Not the first ones of a thread, with which the dynamic linker reads the program.
        let inject = "inject=pread64,pwrite64:error=EINTR:when=6+3";
        let strace = ["strace", "-f", "-qq", "-e", "trace=pread64,pwrite64", "-e", inject, "-o"];
        let ended =
            Working::start_under(&[&strace[..], &[trace.to_str().unwrap()]].concat(), &stores.task()).end();
        assert!(matches!(ended, Ok(Some(_))), "{operation:?}: {ended:?}");
        let interrupted = std::fs::read_to_string(&trace).unwrap().matches("EINTR").count();
        assert!(interrupted > 5, "{operation:?}: {interrupted}");
    }
}

//! Real kills: a child works on a real disk and says what it has acknowledged; it is killed at any
//! moment (SIGKILL), and every acknowledged customer is there afterwards.
//!
//! `VAULT_KILLS=10000 cargo test --release --test kill` kills ten thousand times.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/simulated_disk/chance.rs"]
mod chance;
#[path = "support/trial_office.rs"]
mod trial_office;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chance::Chance;
use trial_office::{Command, Model, RETAIL, TrialOffice, chain};
use vault::group::code::CustomerCode;
use vault::sealed::disk::RealDisk;
use vault::sealed::lock::Mode;

/// The child finds its folder here; only this test sets it.
const FOLDER: &str = "VAULT_KILL_TEST_FOLDER";
/// The clerk whom the child removes, if it is to do that.
const CLERK: &str = "VAULT_KILL_TEST_CLERK";
/// Kills in the ordinary run.
const KILLS: usize = 200;
/// Kills of one store: after that it would have grown large.
const KILLS_A_STORE: usize = 40;

/// What the child does, again and again: every kind of write, folds included, which come by
/// themselves.
const ROUND: [Command; 8] = [
    Command::Add,
    Command::Edit,
    Command::ImportFew,
    Command::Add,
    Command::Edit,
    Command::Add,
    Command::Checkpoint,
    Command::Edit,
];

/// Not a test of its own: what runs in the child.
#[test]
fn the_child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let office = TrialOffice::at(Arc::new(RealDisk), &folder);
    // A line so short goes into the pipe whole or not at all.
    let say = |line: String| std::io::stderr().write_all(line.as_bytes()).unwrap();
    say("ready\n".to_owned());
    if let Ok(clerk) = std::env::var(CLERK) {
        match office.remove_staff(&clerk) {
            Ok(()) => say("removed\n".to_owned()),
            Err(failure) => say(format!("failed {}\n", chain(&*failure))),
        }
        return;
    }
    let mut model = Model::default();
    model.groups.insert(RETAIL.to_owned(), trial_office::Held::default());
    let mut order = ROUND.into_iter().cycle();
    loop {
        let command = order.next().unwrap();
        if model.groups[RETAIL].cities.is_empty() && command != Command::Add {
            continue;
        }
        if command == Command::ImportFew {
            say("importing\n".to_owned());
        }
        let done = office.run(command, &model, &mut || ());
        if let Some(failure) = done.failure {
            say(format!("failed {command:?} {}\n", chain(&*failure)));
            return;
        }
        for (code, city) in &done.after.groups[RETAIL].cities {
            if model.groups[RETAIL].cities.get(code) != Some(city) {
                say(format!("kept {code} {city}\n"));
            }
        }
        if command == Command::ImportFew {
            say("imported\n".to_owned());
        }
        model = done.after;
    }
}

/// What children have acknowledged.
#[derive(Default)]
struct Kept {
    cities: BTreeMap<CustomerCode, String>,
    imported: u64,
    /// Whether an import was running when the child died.
    importing: bool,
}

impl Kept {
    fn take_in(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("kept", rest)) => {
                let (code, city) = rest.split_once(' ').unwrap();
                self.cities.insert(CustomerCode::parse(code).unwrap(), city.to_owned());
            }
            None if line == "importing" => self.importing = true,
            None if line == "imported" => {
                self.imported += 3;
                self.importing = false;
            }
            _ => panic!("{line}"),
        }
    }
}

fn child(folder: &str, removes: Option<&str>) -> Child {
    let mut process = Process::new(std::env::current_exe().unwrap());
    process.args(["--exact", "the_child", "--nocapture", "--quiet"]).env(FOLDER, folder);
    process.env_remove(CLERK).envs(removes.map(|clerk| (CLERK, clerk)));
    process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn what_was_acknowledged_outlives_every_kill() {
    let kills = std::env::var("VAULT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut chance = Chance::new(7);
    let (mut done, mut acknowledged) = (0, 0);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let (office, model) = TrialOffice::founded(Arc::new(RealDisk), path, 0);
        assert!(model.groups[RETAIL].cities.is_empty());
        let mut kept = Kept::default();
        for _ in 0..KILLS_A_STORE.min(kills - done) {
            let before = kept.cities.len();
            kill_once(path, &mut kept, &mut chance);
            check(&office, &mut kept);
            acknowledged += kept.cities.len() - before;
            done += 1;
        }
    }
    println!("{done} kills, {acknowledged} customers acknowledged, none lost");
    assert!(acknowledged > kills / 4, "only {acknowledged} were acknowledged");
}

/// Starts a child, kills it somewhere in its work, and takes in what it said.
fn kill_once(folder: &str, kept: &mut Kept, chance: &mut Chance) {
    let mut child = child(folder, None);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    std::thread::sleep(Duration::from_micros(chance.number() % 80_000));
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        kept.take_in(&line.unwrap());
    }
}

/// Every acknowledged customer is there. The child may have died between its commit and its answer,
/// so that there is one more, or another city; that counts as acknowledged from now on.
fn check(office: &TrialOffice, kept: &mut Kept) {
    let found = office.found(RETAIL, kept.cities.keys(), Mode::Exclusive);
    let (customers, cities) = found.unwrap_or_else(|failure| panic!("{}", chain(&*failure)));
    let mut changed = 0;
    for (code, city) in &mut kept.cities {
        let now = cities.get(code).unwrap_or_else(|| panic!("{code} is lost"));
        if now != city {
            changed += 1;
            now.clone_into(city);
        }
    }
    let known = kept.cities.len() as u64 + kept.imported;
    let more = customers.checked_sub(known).unwrap_or_else(|| panic!("{customers} of {known}"));
    assert!(changed <= 1 && changed + more <= 1 || kept.importing && more == 3, "{changed} {more}");
    kept.imported += more;
    kept.importing = false;
}

/// Five groups with records, of which each can be opened by a clerk; the child removes the clerk and is
/// killed somewhere in that. Then the clerk is wholly in, with every old key, or wholly out, and every key
/// is new; every record is there; and the next change leaves nothing of what is over.
#[test]
fn a_removal_that_is_killed_rekeys_everything_or_nothing() {
    let kills = std::env::var("VAULT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let setup = [&[Command::CreateGroup; 4][..], &[Command::AddToAll, Command::AddToAll]].concat();
    let mut chance = Chance::new(11);
    let (mut done, mut removed, mut said) = (0, 0, 0);
    let mut whole = Duration::from_millis(60);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let (office, model) = TrialOffice::founded(Arc::new(RealDisk), path, 1);
        let mut model = office.prepared(model, &setup);
        assert_eq!(model.groups.len(), 5);
        for _ in 0..KILLS_A_STORE.min(kills - done) {
            // Whoever was removed is followed by another.
            if model.people.staff.len() == 1 {
                model = office.prepared(model, &[Command::AddStaff]);
            }
            let clerk = model.people.clerk();
            let after = model.without(&clerk);
            let mut child = child(path, Some(&clerk));
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            assert_eq!(lines.next().unwrap().unwrap(), "ready");
            let begun = std::time::Instant::now();
            if done % KILLS_A_STORE == 0 {
                // The first of a store is let live, to know how long it takes.
                assert_eq!(lines.next().unwrap().unwrap(), "removed");
                whole = begun.elapsed();
            } else {
                let most = u64::try_from(whole.as_micros()).unwrap() * 11 / 10;
                std::thread::sleep(Duration::from_micros(chance.number() % most));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let acknowledged = done % KILLS_A_STORE == 0
                || lines.next().is_some_and(|line| match line.unwrap().as_str() {
                    "removed" => true,
                    other => panic!("{other}"),
                });
            let all = [&after, &model];
            let allowed = if acknowledged { &all[..1] } else { &all[..] };
            // As the next who only looks finds it, and as the next who changes something.
            let mode = if chance.happens(50) { Mode::Shared } else { Mode::Exclusive };
            let found = office.which(allowed, mode);
            let found = found.unwrap_or_else(|failure| panic!("{done}: {}", chain(&*failure)));
            let found = allowed[found];
            if mode == Mode::Shared {
                let again = office.which(&[found], Mode::Exclusive);
                again.unwrap_or_else(|failure| panic!("{done}, again: {}", chain(&*failure)));
            }
            removed += usize::from(found.people.staff.len() == 1);
            said += usize::from(acknowledged);
            model = found.clone();
            done += 1;
        }
    }
    println!("{done} kills during a removal: {removed} removed, {said} of them acknowledged");
    assert!(removed > kills / 20 && removed < kills, "{removed} of {kills}");
}

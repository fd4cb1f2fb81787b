//! The real program at a real terminal, killed (SIGKILL) while somebody types: what it had answered on the
//! screen is there afterwards.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use libtest_mimic::Trial;
use rustix::process::{Signal, kill_process};

use super::{Home, trial};
use crate::PATIENCE;
use crate::chance::Chance;
use crate::sweep::{self, Sweep};

const ANSWER: &str = "Added to private: ";
/// Within so many milliseconds of the shell's prompt a shell is killed.
const LONGEST: u64 = 500;

pub(super) fn all() -> Vec<Trial> {
    vec![trial("what_a_killed_shell_had_answered_is_there", || {
        let home = Home::new();
        let kills = Sweep::asked().pick(8, 40, 500);
        let mut chance = Chance::new(sweep::seed());
        let mut kept: Vec<(String, String)> = Vec::new();
        for kill in 0..kills {
            let before = kept.len();
            kept.extend(killed(&home, kill, Duration::from_millis(chance.number() % LONGEST)));
            let mut shell = home.shell("olga");
            for (code, name) in &kept[before..] {
                let shown = shell.shows(&format!("lookup {code}"));
                assert!(shown.contains(name), "kill {kill}: {name} ({code}) was answered: {shown}");
            }
            shell.leave();
        }
        let mut shell = home.shell("olga");
        for (code, name) in &kept {
            assert!(shell.shows(&format!("lookup {code}")).contains(name), "{name} ({code})");
        }
        shell.leave();
        home.olga(&["verify"]);
        home.olga(&["log", "verify"]);
        println!("{kills} kills of a shell, {} customers answered, none lost", kept.len());
        assert!(kept.len() > kills, "only {} customers were answered", kept.len());
    })]
}

/// Types customers and checkpoints into a shell until it is killed. Returns the customers that it answered.
fn killed(home: &Home, kill: usize, after: Duration) -> Vec<(String, String)> {
    let mut shell = home.shell("olga");
    let pid = shell.session.pid();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        kill_process(pid, Signal::KILL).unwrap();
    });
    let mut names = Vec::new();
    for number in 0.. {
        let name = format!("Anna{kill}x{number}");
        if number % 5 == 4 {
            shell.types("checkpoint private");
        } else {
            shell.types(&format!("add private --set name={name}"));
            names.push(name);
        }
        if shell.session.expect(&shell.prompt, PATIENCE).is_err() {
            break;
        }
    }
    killer.join().unwrap();
    let finished = shell.session.finish(PATIENCE).unwrap();
    assert_eq!(finished.status.signal(), Some(Signal::KILL.as_raw()), "{}", finished.terminal);
    let answers = finished.terminal.split(ANSWER).skip(1);
    // The last one may be cut off.
    let codes = answers.filter_map(|answer| Some(answer.split_once('\n')?.0.trim().to_owned()));
    codes.zip(names).collect()
}

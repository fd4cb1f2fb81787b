//! The shell at a real terminal, where a transcript does not reach: signals, and other processes at the
//! same store meanwhile.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::Trial;
use rustix::process::{Signal, kill_process};

use crate::PATIENCE;
use crate::support::player::MACHINE;
use crate::support::pty::{Finished, Session, Stream};

#[path = "kill_trials.rs"]
mod kill_trials;

const CLEARED: &str = "\x1b[H\x1b[2J\x1b[3J";
const OLGA: &str = "green otters juggle violins";
const BEA: &str = "purple badgers knit scarves";

/// A home with a store, its owner olga, the clerk bea and the group private, which bea may open.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.0.path().join("machine/sys/class/net/lo")).unwrap();
        let new = |name: &str, passphrase: &str| {
            [
                (format!("New passphrase for {name}: "), passphrase.to_owned()),
                ("Repeat new passphrase: ".to_owned(), passphrase.to_owned()),
            ]
        };
        home.done(&["init", "--no-recovery"], &new("olga", OLGA));
        let olgas = ("Passphrase for olga: ".to_owned(), OLGA.to_owned());
        home.done(&["group", "create", "private"], std::slice::from_ref(&olgas));
        let [first, second] = new("bea", BEA);
        let enrol = ["staff", "add", "bea", "--role", "clerk", "--group", "private"];
        home.done(&enrol, &[olgas, first, second]);
        home
    }

    fn start(&self, arguments: &[&str], milliseconds: u32) -> Session {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg0("vault").args(arguments).current_dir(self.0.path()).env_clear();
        command.env("HOME", self.0.path()).env("USER", "olga").env("TZ", "UTC").env("TERM", "xterm");
        command.env("NO_COLOR", "1").env(MACHINE, self.0.path().join("machine"));
        command.env(crate::support::program::MINUTE, milliseconds.to_string());
        Session::start(command, None, Stream::Terminal, Stream::Terminal).unwrap()
    }

    /// Runs a command that answers its prompts so, and ends well.
    fn done(&self, arguments: &[&str], answers: &[(String, String)]) {
        let mut session = self.start(arguments, 60_000);
        for (prompt, answer) in answers {
            session.expect(prompt, PATIENCE).unwrap();
            session.send(&format!("{answer}\r")).unwrap();
        }
        let finished = session.finish(PATIENCE).unwrap();
        assert_eq!(finished.status.code(), Some(0), "{arguments:?}: {}", finished.terminal);
    }

    fn olga(&self, arguments: &[&str]) {
        self.done(arguments, &[("Passphrase for olga: ".to_owned(), OLGA.to_owned())]);
    }

    /// A shell, unlocked and at its prompt.
    fn shell(&self, name: &str) -> Shell {
        self.shell_of(name, 60_000)
    }

    fn shell_of(&self, name: &str, milliseconds: u32) -> Shell {
        let passphrase = if name == "olga" { OLGA } else { BEA };
        let mut session = self.start(&["--as", name, "shell", "--idle", "1"], milliseconds);
        session.expect(&format!("Passphrase for {name}: "), PATIENCE).unwrap();
        session.send(&format!("{passphrase}\r")).unwrap();
        let mut shell = Shell { session, prompt: format!("{name}@vault> ") };
        shell.at_prompt();
        shell
    }

    fn lock_of_the_group(&self) -> PathBuf {
        self.0.path().join(".local/share/vault/groups/private/lock")
    }
}

struct Shell {
    session: Session,
    prompt: String,
}

impl Shell {
    fn at_prompt(&mut self) -> String {
        let prompt = self.prompt.clone();
        self.expect(&prompt)
    }

    fn expect(&mut self, text: &str) -> String {
        self.session.expect(text, PATIENCE).unwrap()
    }

    fn types(&mut self, line: &str) {
        self.session.send(&format!("{line}\r")).unwrap();
    }

    /// What a command shows up to the next prompt.
    fn shows(&mut self, line: &str) -> String {
        self.types(line);
        self.at_prompt()
    }

    fn ended(self) -> Finished {
        let finished = self.session.finish(PATIENCE).unwrap();
        assert!(finished.echo, "the modes are back: {finished:?}");
        finished
    }

    fn leave(mut self) {
        self.types("exit");
        assert_eq!(self.ended().status.code(), Some(0));
    }
}

fn trial(name: &'static str, check: fn()) -> Trial {
    Trial::test(format!("shell::{name}"), move || {
        check();
        Ok(())
    })
}

pub(crate) fn all() -> Vec<Trial> {
    [locking(), meanwhile(), kill_trials::all()].into_iter().flatten().collect()
}

fn locking() -> Vec<Trial> {
    vec![
        trial("a_hang_up_or_a_request_to_end_clears_the_screen", || {
            let home = Home::new();
            for (signal, code) in [(Signal::HUP, 129), (Signal::TERM, 143)] {
                for typed in ["half a line", "add private\rJan"] {
                    let mut shell = home.shell("olga");
                    shell.session.send(typed).unwrap();
                    shell.expect(&typed[typed.len() - 3..]);
                    kill_process(shell.session.pid(), signal).unwrap();
                    let finished = shell.ended();
                    assert_eq!(finished.status.code(), Some(code), "{}", finished.terminal);
                    let after = finished.terminal.split(CLEARED).last().unwrap();
                    assert!(finished.terminal.contains(CLEARED) && !after.contains("Jan"), "{after}");
                }
            }
        }),
        trial("a_locked_shell_remembers_no_line", || {
            let home = Home::new();
            let mut shell = home.shell("olga");
            shell.shows("lookup Lindqvist");
            shell.types("lock");
            shell.expect("Locked. Passphrase for olga: ");
            shell.types(OLGA);
            shell.at_prompt();
            shell.session.send("\x1b[A\x1b[A!").unwrap();
            shell.expect("!");
            shell.types("");
            let shown = shell.at_prompt();
            assert!(!shown.contains("Lindqvist"), "{shown}");
            shell.leave();
        }),
        trial("idle_time_locks_within_a_form_and_at_the_prompt", || {
            let home = Home::new();
            let mut shell = home.shell_of("olga", 1500);
            shell.types("add private");
            shell.expect("Name (required): ");
            shell.session.send("Jan").unwrap();
            shell.expect(CLEARED);
            shell.expect("vault: locked after 1 minute without a key\nLocked. Passphrase for olga: ");
            shell.types(OLGA);
            shell.at_prompt();
            shell.expect(CLEARED);
            shell.expect("Locked. Passphrase for olga: ");
            shell.session.send_ctrl_d().unwrap();
            assert_eq!(shell.ended().status.code(), Some(0));
        }),
    ]
}

/// With other processes at the same store.
fn meanwhile() -> Vec<Trial> {
    vec![
        trial("no_lock_is_held_between_commands", || {
            let home = Home::new();
            let mut shell = home.shell("olga");
            shell.shows("add private --set name=Anna");
            for lock in [home.lock_of_the_group(), home.0.path().join(".local/share/vault/lock")] {
                let lock = File::options().read(true).write(true).open(lock).unwrap();
                lock.try_lock().unwrap();
                lock.unlock().unwrap();
            }
            shell.leave();
        }),
        trial("ctrl_c_while_a_command_works_ends_the_shell_and_stores_nothing", || {
            let home = Home::new();
            let mut shell = home.shell("olga");
            shell.shows("add private --set name=Bo");
            let lock = File::options().read(true).write(true).open(home.lock_of_the_group()).unwrap();
            lock.lock().unwrap();
            shell.types("add private --set name=Anna");
            shell.expect("group private is in use by another command; waiting for it");
            shell.session.send_ctrl_c().unwrap();
            assert_eq!(shell.ended().status.signal(), Some(Signal::INT.as_raw()));
            lock.unlock().unwrap();
            let mut shell = home.shell("olga");
            assert!(shell.shows("lookup anna").contains("no customer found"));
            shell.leave();
        }),
        trial("another_terminals_changes_are_seen_by_the_next_command", || {
            let home = Home::new();
            let mut shell = home.shell("bea");
            assert!(shell.shows("add private --set name=Anna").contains("Added to private: "));
            home.olga(&["group", "rekey", "private"]);
            assert!(shell.shows("lookup anna").contains("Name     Anna"));
            home.olga(&["add", "private", "--set", "name=Annika"]);
            assert!(shell.shows("lookup annika").contains("Name     Annika"));
            home.olga(&["staff", "revoke", "bea", "--group", "private"]);
            let shown = shell.shows("lookup annika --group private");
            assert!(!shown.contains("Annika"), "{shown}");
            assert!(shell.shows("add private --set name=Bo").contains("bea has no grant for group private"));
            shell.leave();
        }),
        trial("who_is_removed_meanwhile_is_locked_out", || {
            let home = Home::new();
            let mut shell = home.shell("bea");
            let olgas = ("Passphrase for olga: ".to_owned(), OLGA.to_owned());
            home.done(
                &["staff", "remove", "bea"],
                &[olgas, ("Type bea to confirm: ".to_owned(), "bea".to_owned())],
            );
            shell.types("status");
            shell.expect(CLEARED);
            shell.expect("vault: locked: the log-in of bea was changed or removed meanwhile");
            let finished = shell.ended();
            assert_eq!(finished.status.code(), Some(3), "{}", finished.terminal);
            assert!(finished.terminal.contains("bea is not in this store any more"));
        }),
    ]
}

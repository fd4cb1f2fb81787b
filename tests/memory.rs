//! What a locked shell still has in its memory: no passphrase, no key, nothing of a record. And what keeps
//! that memory from the disk.
//!
//! This binary starts itself again, called `vault`, as the program with a cheap work factor and a pretended
//! machine. All secrets are made at run time and reach it through its terminal and its files: what is found
//! in its memory, it has read. Its kernel's buffers are not looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

#[path = "memory/office.rs"]
mod office;
#[path = "support/program.rs"]
mod program;
#[path = "support/pty.rs"]
mod pty;
#[path = "memory/scan.rs"]
mod scan;
#[path = "memory/secrets.rs"]
mod secrets;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use vault::machine::stack;

use office::{Office, Shell};
use scan::Sought;

/// How long a prompt or an end is waited for, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);
fn main() -> ExitCode {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.file_name().and_then(OsStr::to_str) == Some("vault") {
        return program::play();
    }
    let trial = |name: &str, check: fn()| {
        Trial::test(name, move || {
            check();
            Ok(())
        })
    };
    let trials = vec![
        trial("a_secret_is_recognised_in_every_encoding", scan::recognises_every_encoding),
        trial("a_locked_shell_holds_no_secret", a_locked_shell_holds_no_secret),
        trial("a_shell_that_locked_by_itself_holds_no_secret", a_shell_that_locked_by_itself_holds_no_secret),
        trial("a_command_leaves_no_record_behind", a_command_leaves_no_record_behind),
        trial("the_program_is_never_dumped_and_its_keys_are_locked", nothing_of_it_reaches_a_disk),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Whether the memory of a process that can't be dumped may be read here; says so if not.
fn may_look(office: &Office) -> bool {
    let shell = office.shell(60_000);
    let looked = scan::memory_of(shell.process());
    shell.leave();
    if let Err(error) = &looked {
        println!("SKIPPED: only root reads the memory of a process that can't be dumped ({error})");
    }
    looked.is_ok()
}

/// Everything that shows or takes a record, by somebody who is unlocked.
fn day_of_work(shell: &mut Shell, office: &Office) -> String {
    let record = &office.record;
    assert!(shell.shows("add private --from new.json").contains("Added to private: "));
    let shown = shell.shows(&format!("lookup {}", record.name));
    assert!(shown.contains(&record.name) && shown.contains(&record.city), "{shown}");
    let code = shown.split_whitespace().find(|word| word.len() == 12 && word.matches('-').count() == 2);
    let code = code.unwrap_or_else(|| panic!("no code in {shown}")).to_owned();
    let shown = shell.shows(&format!("lookup {code} --reveal iban --reason {}", record.reason));
    assert!(shown.replace(' ', "").contains(&record.iban), "{shown}");
    assert!(shell.shows(&format!("lookup {} {}", record.missed, record.name)).contains("no customer found"));
    shell.shows(&format!("edit {code} --from change.json"));
    let shown = shell.shows(&format!("history {code} --reveal iban,city --reason {} --json", record.reason));
    assert!(shown.contains(&record.city) && shown.contains(&record.moved_to), "{shown}");
    let shown = shell.shows("import private many.csv");
    assert!(shown.contains("300"), "{shown}");
    let shown = shell.shows("log show --json");
    assert!(shown.contains(&record.reason), "{shown}");
    shell.shows("log verify");
    shell.shows("checkpoint private");
    shell.shows("verify private");
    let shown = shell.shows(&format!("lookup {} --plain", record.imported));
    assert!(shown.contains(&record.imported), "{shown}");
    code
}

/// Opens the form that edits a customer and leaves it open; its first prompts show the record.
fn edit_half_done(shell: &mut Shell, office: &Office, code: &str) {
    shell.types(&format!("edit {code}"));
    shell.expect(&office.record.name);
}

fn a_locked_shell_holds_no_secret() {
    let office = Office::new();
    if !may_look(&office) {
        return;
    }
    let (keys, record) = (Sought::new(office.keys()), Sought::new(office.record.secrets()));
    let everything = Sought::new([office.keys(), office.record.secrets()].concat());
    let mut shell = office.shell(60_000);
    shell.finds(&keys).not_locked().none("in memory that is not locked, after unlocking");
    let code = day_of_work(&mut shell, &office);
    shell.finds(&keys).not_locked().none("in memory that is not locked, after a day of work");

    // The control: what is sought is found while it is in use.
    assert!(shell.finds(&keys).any("identity of olga: secret"), "an unlocked shell holds the keys");
    edit_half_done(&mut shell, &office, &code);
    assert!(shell.finds(&record).any("name"), "an open form holds the record");
    shell.interrupts();

    shell.locks();
    shell.finds(&everything).none("after lock");
    assert!(shell.deepest_stack() < stack::DEPTH + (256 << 10), "a stack of {}", shell.deepest_stack());

    // And it goes on working; a form that Ctrl-C ended leaves nothing either.
    shell.unlocks(&office);
    assert!(shell.shows(&format!("lookup {}", office.record.name)).contains(&office.record.moved_to));
    edit_half_done(&mut shell, &office, &code);
    shell.interrupts();
    shell.locks();
    shell.finds(&everything).none("after Ctrl-C and lock");
    shell.unlocks(&office);
    shell.leave();
}

fn a_shell_that_locked_by_itself_holds_no_secret() {
    let office = Office::new();
    if !may_look(&office) {
        return;
    }
    let everything = Sought::new([office.keys(), office.record.secrets()].concat());
    let mut shell = office.shell(4_000);
    shell.shows("add private --from new.json");
    let shown = shell.shows(&format!("lookup {} --plain", office.record.name));
    let code = shown.split("Code: ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    edit_half_done(&mut shell, &office, &code);
    shell.expect("vault: locked after 1 minute without a key");
    shell.expect("Locked. Passphrase for olga: ");
    shell.finds(&everything).none("after it locked by itself, within a form");
    shell.unlocks(&office);
    assert!(shell.finds(&everything).any("identity of olga: secret"));
    shell.expect("Locked. Passphrase for olga: ");
    shell.finds(&everything).none("after it locked by itself, at its prompt");
    shell.gives_up();
}

/// Only what was typed is there between two commands, in the history that the arrows bring back; the keys
/// of groups and of the log are not.
fn a_command_leaves_no_record_behind() {
    let office = Office::new();
    if !may_look(&office) {
        return;
    }
    let mut shell = office.shell(60_000);
    day_of_work(&mut shell, &office);
    let read = Sought::new([office.keys_of_commands(), office.record.never_typed()].concat());
    shell.finds(&read).none("between two commands");
    let typed = Sought::new(office.record.secrets());
    assert!(shell.finds(&typed).any("missed"), "the history holds the words that were typed");
    shell.leave();
}

fn nothing_of_it_reaches_a_disk() {
    let office = Office::of_an_ordinary_user();
    let shell = office.shell(60_000);
    let process = Path::new("/proc").join(shell.process().as_raw_nonzero().to_string());
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"], "{limits}");
    let status = fs::read_to_string(process.join("status")).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap().trim();
    assert_eq!(locked, format!("{} kB", vault::machine::locked::REGION / 1024));

    // What belongs to a process that can't be dumped is root's, unlike anybody else's.
    let mut sleeper = office.owned_by_its_user(Command::new("sleep").arg("60")).spawn().unwrap();
    let memory_of = |pid: u32| fs::metadata(format!("/proc/{pid}/mem")).unwrap().uid();
    let (other, its) =
        (memory_of(sleeper.id()), memory_of(shell.process().as_raw_nonzero().get().unsigned_abs()));
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert!(its == 0 && other != 0, "of user {its}, where another program's is of user {other}");
    shell.leave();
}

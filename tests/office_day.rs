//! The example `office-day` as a test: the real program at full work factor, with no entry point of a
//! test's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/pty.rs"]
mod pty;
#[path = "../examples/office-day/story.rs"]
mod story;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// The released program, asking for a new store's passphrase in a home of its own.
fn at_the_first_prompt() -> (tempfile::TempDir, pty::Session) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vault"));
    command.args(["init", "--owner", "olga", "--network", "warn"]).env("HOME", home.path());
    let mut session = pty::Session::start(command, None, pty::Stream::Pipe, pty::Stream::Pipe).unwrap();
    session.expect("New passphrase for olga: ", PATIENCE).unwrap();
    (home, session)
}

/// An arrow key in a passphrase once ended the command.
#[test]
fn a_stray_key_at_a_passphrase_is_asked_about_again() {
    let (_home, mut session) = at_the_first_prompt();
    session.send("\u{1b}[A\r").unwrap();
    session.expect("Once more.", PATIENCE).unwrap();
    // Between two prompts Ctrl-C is the signal that it always is.
    session.expect("New passphrase for olga: ", PATIENCE).unwrap();
    session.send_ctrl_c().unwrap();
    let finished = session.finish(PATIENCE).unwrap();
    assert_eq!((finished.status.code(), finished.echo), (Some(130), true));
}

/// What a test's own entry point does, the released program must do too: it is confined, alone in its
/// process, before anybody can type.
#[test]
fn the_released_program_is_confined_before_the_first_prompt() {
    let (_home, mut session) = at_the_first_prompt();
    let status = Path::new("/proc").join(session.pid().as_raw_nonzero().to_string()).join("status");
    let status = std::fs::read_to_string(status).unwrap();
    for line in ["Seccomp:\t2", "Seccomp_filters:\t2", "NoNewPrivs:\t1", "Threads:\t1"] {
        assert!(status.lines().any(|told| told == line), "{line} in {status}");
    }
    session.send_ctrl_c().unwrap();
    session.finish(PATIENCE).unwrap();
}

#[test]
fn an_offices_day_goes_as_it_is_told() {
    let mut told = Vec::new();
    let ended = story::tell(Path::new(env!("CARGO_BIN_EXE_vault")), &mut told);
    assert!(ended.is_ok(), "{}\n{ended:?}", String::from_utf8_lossy(&told));
}

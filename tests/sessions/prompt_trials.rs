//! The terminal room at a real terminal: this binary, called `prompts`, asks for a passphrase and
//! then a line.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::Trial;
use rustix::process::{Signal, kill_process};
use vault::cli::environment::Environment;
use vault::cli::error::CommandError;
use vault::cli::output::ColourChoice;
use vault::cli::terminal::{LINE_LIMIT, Terminal};

use crate::support::pty::{Finished, Session, Stream};

const PATIENCE: Duration = Duration::from_secs(20);

/// The `prompts` program.
pub(crate) fn ask() -> ExitCode {
    let asked = || {
        let terminal = Terminal::open()?;
        let passphrase = terminal.passphrase("Passphrase: ")?;
        if passphrase.expose() == "work" {
            terminal.show("Working\n")?;
            std::thread::sleep(PATIENCE);
        }
        if let Some(seconds) = passphrase.expose().strip_prefix("pause ") {
            terminal.show("Pausing\n")?;
            terminal.pause(Duration::from_secs(seconds.parse().unwrap()))?;
        }
        println!("{:?}", passphrase.expose());
        let line = terminal.line("Name: ")?;
        println!("{:?}", line.as_str());
        let note = terminal.note("Note: ")?;
        println!("{:?}", note.as_str());
        terminal.confirm_by_typing("olga")?;
        Ok::<(), CommandError>(())
    };
    match asked() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.report(ColourChoice::Never, &Environment::of_process())),
    }
}

fn program() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg0("prompts");
    command
}

/// At the passphrase's prompt.
fn at_passphrase() -> Session {
    let mut session = Session::start(program(), None, Stream::Pipe, Stream::Pipe).unwrap();
    session.expect("Passphrase: ", PATIENCE).unwrap();
    session
}

/// At the name's prompt.
fn at_name() -> Session {
    let mut session = at_passphrase();
    session.send("secret\r").unwrap();
    session.expect("Name: ", PATIENCE).unwrap();
    session
}

/// In a pause of so many seconds, with the echo off.
fn in_pause(seconds: u64) -> Session {
    let mut session = at_passphrase();
    session.send(&format!("pause {seconds}\r")).unwrap();
    session.expect("Pausing", PATIENCE).unwrap();
    await_no_echo(&session);
    session
}

fn await_no_echo(session: &Session) {
    for _ in 0..1000 {
        if !session.echo().unwrap() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!session.echo().unwrap());
}

fn ended(session: Session) -> Finished {
    let finished = session.finish(PATIENCE).unwrap();
    assert!(finished.echo, "the echo is back");
    finished
}

/// Sends a signal at a prompt and sees what the process makes of it.
fn ended_by(session: Session, signal: Signal) -> Finished {
    kill_process(session.pid(), signal).unwrap();
    ended(session)
}

fn trial(name: &'static str, check: fn()) -> Trial {
    Trial::test(format!("prompts::{name}"), move || {
        check();
        Ok(())
    })
}

#[allow(clippy::too_many_lines, reason = "a list")]
pub(crate) fn all() -> Vec<Trial> {
    vec![
        trial("a_passphrase_is_never_shown_and_a_line_is", || {
            let mut session = at_passphrase();
            assert!(!session.echo().unwrap());
            session.send("correct hörse\r").unwrap();
            session.expect("Name: ", PATIENCE).unwrap();
            assert!(session.echo().unwrap());
            session.send("Zoë\r").unwrap();
            session.expect("Note: ", PATIENCE).unwrap();
            session.send("one\rtwo\r\r").unwrap();
            session.expect("confirm: ", PATIENCE).unwrap();
            session.send("olga\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.stdout, "\"correct hörse\"\n\"Zoë\"\n\"one\\ntwo\"\n");
            assert_eq!(
                finished.terminal,
                "Passphrase: \nName: Zoë\nNote: one\ntwo\n\nType olga to confirm: olga\n"
            );
            assert_eq!((finished.status.code(), finished.stderr.as_str()), (Some(0), ""));
        }),
        trial("the_line_is_edited_by_the_usual_keys", || {
            let mut session = at_passphrase();
            session.send("wrong\u{15}sécrété\u{7f}\u{7f}t two\u{17}2\r").unwrap();
            session.expect("Name: ", PATIENCE).unwrap();
            session.send_ctrl_c().unwrap();
            assert_eq!(ended(session).stdout, "\"sécrét 2\"\n");
        }),
        trial("what_is_typed_ahead_or_pasted_is_kept", || {
            let mut session = at_passphrase();
            session.send("secret\rZoë\rone\r\rolga\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.status.code(), Some(0), "{finished:?}");
            assert_eq!(finished.stdout, "\"secret\"\n\"Zoë\"\n\"one\"\n");
        }),
        trial("ctrl_c_is_exit_130_at_any_prompt_and_in_the_middle_of_a_line", || {
            for (mut session, typed) in
                [(at_passphrase(), ""), (at_passphrase(), "half"), (at_name(), ""), (at_name(), "half")]
            {
                session.send(typed).unwrap();
                session.send_ctrl_c().unwrap();
                let finished = ended(session);
                assert_eq!(finished.status.code(), Some(130), "{finished:?}");
                assert_eq!(finished.stderr, "vault: error: interrupted\n");
                assert!(finished.terminal.ends_with('\n'));
            }
        }),
        trial("ctrl_d_ends_an_empty_prompt_with_a_clear_error", || {
            for mut session in [at_passphrase(), at_name()] {
                session.send_ctrl_d().unwrap();
                let finished = ended(session);
                assert_eq!(finished.status.code(), Some(1));
                assert_eq!(
                    finished.stderr,
                    "vault: error: the input ended at a prompt, so nothing was done\n"
                );
            }
        }),
        trial("ctrl_d_within_a_line_does_not_end_it", || {
            let mut session = at_passphrase();
            session.send("sec").unwrap();
            session.send_ctrl_d().unwrap();
            session.send("ret\r").unwrap();
            session.expect("Name: ", PATIENCE).unwrap();
            session.send_ctrl_c().unwrap();
            assert_eq!(ended(session).stdout, "\"secret\"\n");
        }),
        trial("ctrl_z_and_arrow_keys_stop_nothing_and_are_refused", || {
            for typed in ["na\u{1a}me\r", "name\u{1b}[D\r"] {
                let mut session = at_name();
                session.send(typed).unwrap();
                let finished = ended(session);
                assert_eq!(finished.status.code(), Some(1));
                assert!(finished.stderr.contains("control key"), "{finished:?}");
            }
        }),
        trial("a_line_as_long_as_allowed_is_read_whole_and_a_longer_one_refused", || {
            for (length, code) in [(LINE_LIMIT, 130), (LINE_LIMIT + 1, 1), (20_000, 1)] {
                let mut session = at_passphrase();
                session.send(&format!("{}\r", "x".repeat(length))).unwrap();
                if code == 130 {
                    session.expect("Name: ", PATIENCE).unwrap();
                    session.send_ctrl_c().unwrap();
                }
                let finished = ended(session);
                assert_eq!(finished.status.code(), Some(code), "{length}: {finished:?}");
                let read = if code == 130 { LINE_LIMIT + "\"\"\n".len() } else { 0 };
                assert_eq!(finished.stdout.len(), read);
            }
        }),
        trial("what_is_not_utf_8_is_refused", || {
            let mut session = at_passphrase();
            session.send_bytes(b"a\xff\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.status.code(), Some(1));
            assert!(finished.stderr.contains("UTF-8"));
        }),
        trial("another_word_does_not_confirm", || {
            let mut session = at_passphrase();
            session.send("secret\rZoë\r\rolag\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.status.code(), Some(1));
            assert_eq!(finished.stderr, "vault: error: olga was not typed, so nothing was done\n");
        }),
        trial("a_signal_at_a_prompt_ends_the_process_with_the_echo_restored", || {
            for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
                let finished = ended_by(at_passphrase(), signal);
                assert_eq!(finished.status.code(), Some(code), "{finished:?}");
                assert_eq!(finished.stdout, "");
            }
        }),
        trial("between_prompts_signals_and_ctrl_c_do_what_they_always_do", || {
            for signal in [Signal::TERM, Signal::INT] {
                let mut session = at_passphrase();
                session.send("work\r").unwrap();
                session.expect("Working", PATIENCE).unwrap();
                if signal == Signal::INT {
                    session.send_ctrl_c().unwrap();
                } else {
                    kill_process(session.pid(), signal).unwrap();
                }
                assert_eq!(ended(session).status.signal(), Some(signal.as_raw()));
            }
        }),
        trial("what_is_typed_in_a_pause_is_not_shown_and_answers_the_next_prompt", || {
            let mut session = in_pause(1);
            session.send("Zoë\r").unwrap();
            session.expect("Note: ", PATIENCE).unwrap();
            session.send_ctrl_c().unwrap();
            let finished = ended(session);
            assert_eq!(finished.stdout, "\"pause 1\"\n\"Zoë\"\n");
            assert!(!finished.terminal.contains("Zo"), "{finished:?}");
        }),
        trial("ctrl_c_and_signals_end_a_pause_with_the_echo_restored", || {
            let mut session = in_pause(3600);
            session.send("half").unwrap();
            session.send_ctrl_c().unwrap();
            let finished = ended(session);
            assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(130), ""), "{finished:?}");
            assert_eq!(finished.stderr, "vault: error: interrupted\n");
            assert_eq!(ended_by(in_pause(3600), Signal::TERM).status.code(), Some(143));
        }),
        trial("a_process_that_was_stopped_hides_again_what_is_typed", || {
            let mut session = at_passphrase();
            kill_process(session.pid(), Signal::STOP).unwrap();
            session.set_echo(true).unwrap();
            kill_process(session.pid(), Signal::CONT).unwrap();
            await_no_echo(&session);
            session.send_ctrl_c().unwrap();
            assert_eq!(ended(session).status.code(), Some(130));
        }),
        trial("without_a_terminal_nothing_is_asked_and_the_exit_is_6", || {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join("prompts");
            std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &link).unwrap();
            let output = Command::new("setsid").arg("--wait").arg(&link).output().unwrap();
            assert_eq!((output.status.code(), output.status.signal()), (Some(6), None));
            assert_eq!(output.stdout, b"");
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(said.starts_with("vault: error: no terminal to type at: "), "{said}");
            assert!(said.contains("\nvault: hint: "), "{said}");
        }),
    ]
}

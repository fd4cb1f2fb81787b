//! The command line at a real terminal: this binary, called `command-line`, reads commands as a shell
//! does and writes down what it read.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use libtest_mimic::Trial;
use rustix::process::{Signal, kill_process};
use vault::cli::environment::Environment;
use vault::cli::error::CommandError;
use vault::cli::output::ColourChoice;
use vault::cli::terminal::{History, LINE_LIMIT, PromptError, Screen, Terminal};

use crate::support::pty::{Finished, Session, Stream};

const PATIENCE: Duration = Duration::from_secs(20);
const PROMPT: &str = "olga> ";

/// The `command-line` program. Arguments: `plain`, `idle=MILLISECONDS`, and a prompt to wait at in
/// place of the command line.
pub(crate) fn ask() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match asked(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.report(ColourChoice::Never, &Environment::of_process())),
    }
}

fn asked(arguments: &[String]) -> Result<(), CommandError> {
    let terminal = Terminal::open()?;
    let mut screen = Screen::Full;
    for argument in arguments {
        match argument.as_str() {
            "plain" => screen = Screen::Plain,
            "passphrase" => println!("{:?}", terminal.passphrase("? ")?.expose()),
            "line" => println!("{:?}", terminal.line("? ")?.as_str()),
            "hidden" => println!("{:?}", terminal.hidden_line("? ")?.as_str()),
            "note" => println!("{:?}", terminal.note("? ")?.as_str()),
            "confirm" => terminal.confirm_by_typing("? ")?,
            idle => {
                let idle = idle.strip_prefix("idle=").unwrap_or_default().parse().unwrap();
                terminal.set_idle(Some(Duration::from_millis(idle)));
            }
        }
    }
    let mut history = History::default();
    loop {
        let line = match terminal.command_line(PROMPT, &mut history, screen) {
            Ok(line) => line,
            Err(PromptError::Interrupted) => {
                println!("interrupted");
                continue;
            }
            Err(PromptError::Idle { .. }) => {
                println!("idle");
                terminal.set_idle(None);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match line.as_str() {
            "exit" => return Ok(()),
            "unlock" => println!("{:?}", terminal.passphrase("Passphrase: ")?.expose()),
            "clear" => {
                terminal.clear(screen)?;
                terminal.show("Cleared.\n")?;
            }
            line => println!("{line:?}"),
        }
    }
}

fn started(arguments: &[&str]) -> Session {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg0("command-line").args(arguments);
    Session::start(command, None, Stream::Pipe, Stream::Pipe).unwrap()
}

/// At the first prompt of a command line.
fn at_prompt(arguments: &[&str]) -> Session {
    let mut session = started(arguments);
    session.expect(PROMPT, PATIENCE).unwrap();
    session
}

fn ended(session: Session) -> Finished {
    let finished = session.finish(PATIENCE).unwrap();
    assert!(finished.echo, "the modes are back: {finished:?}");
    finished
}

/// All that a command line reads of these keys.
fn read(keys: &str) -> Finished {
    let mut session = at_prompt(&[]);
    session.send(keys).unwrap();
    session.send("\rexit\r").unwrap();
    let finished = ended(session);
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    finished
}

fn trial(name: &'static str, check: fn()) -> Trial {
    Trial::test(format!("command_line::{name}"), move || {
        check();
        Ok(())
    })
}

pub(crate) fn all() -> Vec<Trial> {
    [editing(), ways_out(), idle(), plain()].into_iter().flatten().collect()
}

fn editing() -> Vec<Trial> {
    vec![
        trial("a_line_typed_to_its_end_is_plain_text_on_the_terminal", || {
            let finished = read("lookup Zoë");
            assert_eq!(finished.terminal, "olga> lookup Zoë\nolga> exit\n");
            assert_eq!(finished.stdout, "\"lookup Zoë\"\n");
        }),
        trial("keys_move_and_erase", || {
            assert_eq!(read("lokup\x1b[D\x1b[D\x1b[Do\x05!\x7f?").stdout, "\"lookup?\"\n");
            assert_eq!(read("one two\x1b[1;5D\x0b\x01>\x1b[F<").stdout, "\">one <\"\n");
            assert_eq!(read("e\u{301}x\x02\x7f東\x1b[3~").stdout, "\"東\"\n");
        }),
        trial("the_screen_shows_the_line_with_the_cursor_in_its_place", || {
            let mut session = at_prompt(&[]);
            session.send("ab東\x1b[D\x1b[D").unwrap();
            session.expect("ab東\rolga> ab東\x1b[K\rolga> ab\rolga> ab東\x1b[K\rolga> a", PATIENCE).unwrap();
            session.send("\x03exit\r").unwrap();
            ended(session);
        }),
        trial("an_escape_sequence_may_come_in_parts", || {
            let mut session = at_prompt(&[]);
            for part in ["ab", "\x1b", "[", "1;", "5", "D", "x\r"] {
                session.send(part).unwrap();
                std::thread::sleep(Duration::from_millis(30));
            }
            session.send("exit\r").unwrap();
            assert_eq!(ended(session).stdout, "\"xab\"\n");
        }),
        trial("unknown_keys_pastes_and_control_characters_leave_nothing", || {
            assert_eq!(read("a\x1b[15~\x1bOP\x16\x1a\u{9b}\u{202e}b").stdout, "\"ab\"\n");
            assert_eq!(read("\x1b[200~remove\rx\x1b[201~").stdout, "\"remove x\"\n");
        }),
        trial("the_history_gives_lines_back_and_the_unfinished_one_too", || {
            let finished = read("one\r two\rthree\rthree\rhalf\x1b[A\x1b[A\x1b[B\x1b[B!");
            assert_eq!(finished.stdout, "\"one\"\n\" two\"\n\"three\"\n\"three\"\n\"half!\"\n");
            assert_eq!(read("one\rtwo\r\x10\x10").stdout, "\"one\"\n\"two\"\n\"one\"\n");
        }),
        trial("a_line_longer_than_the_terminal_scrolls_and_never_wraps", || {
            let line = "0123456789".repeat(30);
            let finished = read(&format!("{line}\x01\x1b[C\x1b[C>\x05<"));
            assert_eq!(finished.stdout, format!("\"01>{}<\"\n", &line[2..]));
            for row in finished.terminal.replace("\x1b[K", "").split(['\r', '\n']) {
                assert!(row.len() < 80, "{} columns: {row}", row.len());
            }
            assert!(finished.terminal.contains("\rolga> 01>2345"), "{}", finished.terminal);
        }),
        trial("another_width_is_heeded_with_the_next_key", || {
            let mut session = at_prompt(&[]);
            session.send("some words that are longer than twenty columns").unwrap();
            session.expect("columns", PATIENCE).unwrap();
            session.set_columns(30).unwrap();
            session.send("!").unwrap();
            let drawn = session.expect("\x1b[K", PATIENCE).unwrap();
            assert!(drawn.starts_with("\rolga> ") && drawn.ends_with("columns!\x1b[K"), "{drawn}");
            assert!(drawn.len() < "\r".len() + 30 + "\x1b[K".len(), "{drawn}");
            session.send("\rexit\r").unwrap();
            assert_eq!(ended(session).stdout, "\"some words that are longer than twenty columns!\"\n");
        }),
        trial("ctrl_l_clears_the_screen_and_keeps_the_line", || {
            let finished = read("half\x0c line");
            assert_eq!(finished.stdout, "\"half line\"\n");
            assert!(finished.terminal.contains("half\x1b[H\x1b[2J\rolga> half\x1b[K line\n"));
        }),
        trial("lines_typed_ahead_are_kept_for_the_prompts_that_follow", || {
            let finished = read("one\runlock\rs3cret\rtwo");
            assert_eq!(finished.stdout, "\"one\"\n\"s3cret\"\n\"two\"\n");
        }),
        trial("the_screen_is_cleared_with_what_scrolled_off_it", || {
            let finished = read("clear");
            assert!(finished.terminal.contains("clear\n\x1b[H\x1b[2J\x1b[3JCleared.\n"));
        }),
    ]
}

fn ways_out() -> Vec<Trial> {
    vec![
        trial("ctrl_c_drops_the_line_and_the_next_begins_empty", || {
            let mut session = at_prompt(&[]);
            session.send("half\x03").unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("\x1b[A!\rexit\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.stdout, "interrupted\n\"!\"\n");
            assert_eq!(finished.terminal, "olga> half\nolga> !\nolga> exit\n");
        }),
        trial("ctrl_d_ends_an_empty_line_and_deletes_in_another", || {
            let mut session = at_prompt(&[]);
            session.send("ab\x01\x04\r\x04").unwrap();
            let finished = ended(session);
            assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), "\"b\"\n"));
        }),
        trial("a_signal_ends_it_with_the_modes_restored", || {
            for (signal, code) in [(Signal::HUP, 129), (Signal::TERM, 143)] {
                let mut session = at_prompt(&[]);
                session.send("half").unwrap();
                session.expect("half", PATIENCE).unwrap();
                kill_process(session.pid(), signal).unwrap();
                let finished = ended(session);
                assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(code), ""));
            }
        }),
        trial("an_interrupt_from_elsewhere_is_a_ctrl_c_once", || {
            let mut session = at_prompt(&[]);
            kill_process(session.pid(), Signal::INT).unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("one\rexit\r").unwrap();
            assert_eq!(ended(session).stdout, "interrupted\n\"one\"\n");
        }),
        trial("a_process_that_was_stopped_goes_on_with_its_line", || {
            let mut session = at_prompt(&[]);
            session.send("half").unwrap();
            session.expect("half", PATIENCE).unwrap();
            kill_process(session.pid(), Signal::STOP).unwrap();
            session.set_echo(true).unwrap();
            kill_process(session.pid(), Signal::CONT).unwrap();
            session.expect("\rolga> half\x1b[K", PATIENCE).unwrap();
            assert!(!session.echo().unwrap());
            session.send(" a line\rexit\r").unwrap();
            assert_eq!(ended(session).stdout, "\"half a line\"\n");
        }),
        trial("a_line_as_long_as_allowed_is_read_whole_and_a_longer_one_refused", || {
            for (length, code) in [(LINE_LIMIT, 0), (LINE_LIMIT + 1, 1), (20_000, 1)] {
                let mut session = at_prompt(&[]);
                session.send(&format!("{}\rexit\r", "x".repeat(length))).unwrap();
                let finished = ended(session);
                assert_eq!(finished.status.code(), Some(code), "{length}: {}", finished.stderr);
                assert_eq!(finished.stdout.len(), if code == 0 { LINE_LIMIT + "\"\"\n".len() } else { 0 });
            }
        }),
    ]
}

fn idle() -> Vec<Trial> {
    vec![
        trial("idle_time_ends_every_kind_of_prompt", || {
            for prompt in ["passphrase", "line", "hidden", "note", "confirm"] {
                let mut session = started(&["idle=300", prompt]);
                session.expect("? ", PATIENCE).unwrap();
                session.send("half").unwrap();
                let finished = ended(session);
                assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(6), ""), "{prompt}");
                assert!(finished.stderr.starts_with("vault: error: no key was pressed for "), "{prompt}");
                assert!(finished.terminal.ends_with('\n'), "{prompt}");
            }
        }),
        trial("what_was_typed_before_the_idle_time_is_forgotten", || {
            let mut session = at_prompt(&["idle=500"]);
            session.send("half").unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("new\rexit\r").unwrap();
            assert_eq!(ended(session).stdout, "idle\n\"new\"\n");
        }),
        trial("who_types_slowly_is_not_idle", || {
            let mut session = started(&["idle=2000", "line"]);
            session.expect("? ", PATIENCE).unwrap();
            for key in ["s", "l", "o", "w"] {
                std::thread::sleep(Duration::from_millis(700));
                session.send(key).unwrap();
            }
            session.send("\r").unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("exit\r").unwrap();
            assert_eq!(ended(session).stdout, "\"slow\"\n");
        }),
        trial("prompts_look_and_edit_as_always_while_idle_time_counts", || {
            let mut session = started(&["idle=60000", "passphrase", "line", "note"]);
            session.expect("? ", PATIENCE).unwrap();
            session.send("wrong\x15sécrét two\x172\r").unwrap();
            session.expect("? ", PATIENCE).unwrap();
            session.send("\x1b[DZoë東\x7f\x7f\x7fe\rone\rtwo\r\rexit\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.stdout, "\"sécrét 2\"\n\"Zoe\"\n\"one\\ntwo\"\n".replace("Zoe", "Ze"));
            let rubbed = "\x08 \x08".repeat(4);
            assert_eq!(finished.terminal, format!("? \n? Zoë東{rubbed}e\n? one\ntwo\n\nolga> exit\n"));
        }),
        trial("ctrl_c_ctrl_d_and_bytes_that_are_no_text_end_a_prompt_while_idle_time_counts", || {
            for (typed, code) in [(&b"half\x03"[..], 130), (b"\x04", 1), (b"a\xff\r", 1)] {
                for prompt in ["passphrase", "line"] {
                    let mut session = started(&["idle=60000", prompt]);
                    session.expect("? ", PATIENCE).unwrap();
                    session.send_bytes(typed).unwrap();
                    let finished = ended(session);
                    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(code), ""));
                }
            }
        }),
    ]
}

fn plain() -> Vec<Trial> {
    vec![trial("a_plain_screen_gets_no_escape_sequence", || {
        for arguments in [&["plain"][..], &["plain", "idle=60000"]] {
            let mut session = at_prompt(arguments);
            session.send("lookup ZoX\x7fë\r").unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("clear\r").unwrap();
            session.expect(PROMPT, PATIENCE).unwrap();
            session.send("exit\r").unwrap();
            let finished = ended(session);
            assert_eq!(finished.stdout, "\"lookup Zoë\"\n");
            let rubbed = "lookup ZoX\x08 \x08ë";
            let expected = format!("olga> {rubbed}\nolga> clear\nCleared.\nolga> exit\n");
            assert_eq!(finished.terminal, expected);
        }
    })]
}

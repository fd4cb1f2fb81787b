//! Plays a transcript: each command in a shell of its own, at a terminal of its own, in a home of
//! the transcript's own; compares all that comes out.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::pattern::{ExpectedLine, difference, matches, seen};
use super::pty::{Session, Stream};
use super::transcript::{self, Act, Expected, Line, Piece, Run, Values, filled, pieces};

pub use super::program::MACHINE;
/// The store and the seen notes: where a transcript's commands may write without saying so.
const OWN_FOLDERS: [&str; 2] = [".local/share/vault", ".local/state/vault"];

/// Plays the transcript `text`, waiting for a prompt or an end for so long. The error shows where it
/// went wrong, by line.
#[allow(dead_code, reason = "each user takes what it needs")]
pub fn play(text: &str, patience: Duration) -> Result<(), String> {
    let no_stage = |error| format!("no stage: {error}");
    let folder = tempfile::tempdir().map_err(no_stage)?;
    let vault = std::env::current_exe().map_err(no_stage)?;
    play_in(folder.path(), &vault, text, patience, Values::new()).map(drop)
}

/// Plays it in an empty folder of the caller's, where the program `vault` goes by that name, with some values
/// known beforehand; gives all values that were known in the end.
pub fn play_in(
    folder: &Path,
    vault: &Path,
    text: &str,
    patience: Duration,
    values: Values,
) -> Result<Values, String> {
    let acts = transcript::read(text)?;
    let mut stage =
        Stage::new(folder, vault, patience, values).map_err(|error| format!("no stage: {error}"))?;
    for act in acts {
        stage.act(act)?;
    }
    stage.no_strays()?;
    Ok(stage.values)
}

struct Stage {
    folder: PathBuf,
    patience: Duration,
    known: Vec<String>,
    values: Values,
    open: HashMap<String, Open>,
}

/// A command that has not ended.
struct Open {
    line: usize,
    command: String,
    session: Session,
    /// All that the terminal should show so far.
    terminal: Vec<ExpectedLine>,
    expected: Expected,
}

impl Stage {
    fn new(folder: &Path, vault: &Path, patience: Duration, values: Values) -> std::io::Result<Self> {
        for name in ["home", "bin", "machine"] {
            fs::create_dir(folder.join(name))?;
        }
        symlink(vault, folder.join("bin/vault"))?;
        symlink(std::env::current_exe()?, folder.join("bin/command-line"))?;
        // A machine that no network reaches.
        let loopback = folder.join("machine/sys/class/net/lo");
        fs::create_dir_all(&loopback)?;
        fs::write(loopback.join("carrier"), "1\n")?;
        Ok(Self { folder: folder.to_owned(), patience, known: Vec::new(), values, open: HashMap::new() })
    }

    fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Write { line, name, content } => self.write(&name, &content).map_err(at(line)),
            Act::Leave { line, name } => {
                if !self.home().join(&name).exists() {
                    return Err(format!("{line}: {name} is not there"));
                }
                self.known.push(name);
                Ok(())
            }
            Act::Run(run) => {
                let (terminal, left_open) = (run.terminal.clone(), run.left_open);
                if self.open.contains_key(&terminal) {
                    return Err(format!("{}: this terminal's command has not ended", run.line));
                }
                let expected = run.expected.clone();
                let open = self.start(run)?;
                self.go_on(terminal, open, &expected, left_open)
            }
            Act::GoOn { line, terminal, expected, left_open, .. } => {
                let mut open = self.open.remove(&terminal).ok_or(format!("{line}: no such terminal"))?;
                if !expected.terminal.is_empty() {
                    // The prompt that it was left at stands there once more, now with an answer.
                    open.terminal.pop();
                }
                self.go_on(terminal, open, &expected, left_open)
            }
        }
    }

    fn write(&mut self, name: &str, content: &str) -> Result<(), String> {
        let path = match name.strip_prefix('/') {
            Some(name) => self.folder.join("machine").join(name),
            None => self.home().join(name),
        };
        let content = filled(content, &self.values);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| format!("cannot write {name}: {error}"))?;
        self.known.push(name.to_owned());
        Ok(())
    }

    fn start(&self, run: Run) -> Result<Open, String> {
        let home = self.home();
        let mut command = Command::new("/bin/sh");
        let filled_command = filled(&run.command, &self.values);
        command.arg("-c").arg(&filled_command).current_dir(&home).env_clear();
        command.env("PATH", format!("{}/bin:/usr/local/bin:/usr/bin:/bin", self.folder.display()));
        command.env("HOME", &home).env("TMPDIR", &home).env(MACHINE, self.folder.join("machine"));
        command.env("XDG_DATA_HOME", home.join(".local/share"));
        command.env("XDG_STATE_HOME", home.join(".local/state"));
        command.env("USER", "olga").env("LOGNAME", "olga");
        command.env("EXAMPLES", concat!(env!("CARGO_MANIFEST_DIR"), "/examples"));
        command.env("TZ", "UTC").env("TERM", "xterm").env("NO_COLOR", "1").env("LANG", "C.UTF-8");
        let stream = if run.screen { Stream::Terminal } else { Stream::Pipe };
        let stdin = run.stdin.map(|text| filled(&text, &self.values).into_bytes());
        let session = Session::start(command, stdin, stream, stream)
            .map_err(|error| format!("{}: cannot start: {error}", run.line))?;
        Ok(Open {
            line: run.line,
            command: run.command,
            session,
            terminal: Vec::new(),
            expected: Expected::default(),
        })
    }

    /// Plays what the terminal should show, then waits for the end, or leaves the command open.
    fn go_on(
        &mut self,
        name: String,
        mut open: Open,
        expected: &Expected,
        left_open: bool,
    ) -> Result<(), String> {
        for line in &expected.terminal {
            self.show(&mut open, line)?;
        }
        open.expected.stdout.extend(expected.stdout.iter().cloned());
        open.expected.stderr.extend(expected.stderr.iter().cloned());
        open.expected.exit = expected.exit;
        if left_open {
            self.await_terminal(&mut open)?;
            self.open.insert(name, open);
            return Ok(());
        }
        self.finish(open)
    }

    /// Expects one line of the terminal, typing where it says so.
    fn show(&mut self, open: &mut Open, line: &Line) -> Result<(), String> {
        open.terminal.push((line.number, Vec::new()));
        let mut after_key = false;
        for piece in pieces(line)? {
            let typed = match &piece {
                Piece::Types { text, hidden, enter } => {
                    self.await_terminal(open)?;
                    let modes = open.session.echo().and_then(|echo| Ok((echo, open.session.sends_keys()?)));
                    let (echo, keys) = modes.map_err(|error| error.to_string())?;
                    // A program that gets keys echoes by itself: what it shows tells.
                    if echo == *hidden && (echo || !keys) {
                        let echoes = if echo { "echoes" } else { "does not echo" };
                        return Err(format!("{}: the terminal {echoes}", line.number));
                    }
                    Some(format!("{}{}", filled(text, &self.values), if *enter { "\r" } else { "" }))
                }
                Piece::Key { sends, .. } => {
                    // What keys in a row show between them is not looked at.
                    if !after_key {
                        self.await_terminal(open)?;
                    }
                    Some(sends.clone())
                }
                _ => None,
            };
            if !matches!(&piece, Piece::Text(text) if text.is_empty()) {
                after_key = matches!(piece, Piece::Key { .. });
            }
            if let Some(typed) = typed {
                open.session.send(&typed).map_err(|error| format!("{}: {error}", line.number))?;
            }
            if let Some((_, pieces)) = open.terminal.last_mut() {
                pieces.push(piece);
            }
        }
        Ok(())
    }

    /// Waits until the terminal shows all that was expected so far and nothing else.
    fn await_terminal(&mut self, open: &mut Open) -> Result<(), String> {
        let values = &mut self.values;
        let lines = &open.terminal;
        if open.session.wait_until(self.patience, |shown| matches(lines, &seen(shown), false, values)) {
            return Ok(());
        }
        let shown = seen(&open.session.shown());
        let number = lines.last().map_or(open.line, |(number, _)| *number);
        Err(format!(
            "{number}: `{}` does not get this far; terminal:\n{}",
            open.command,
            difference(lines, &shown, &self.values)
        ))
    }

    fn finish(&mut self, open: Open) -> Result<(), String> {
        let Open { line, command, session, terminal, expected } = open;
        let finished =
            session.finish(self.patience).map_err(|error| format!("{line}: `{command}` {error}"))?;
        let mut wrong = String::new();
        let parsed = |lines: &[Line]| {
            lines.iter().map(|line| Ok((line.number, pieces(line)?))).collect::<Result<Vec<_>, String>>()
        };
        let streams = [
            ("terminal", terminal, &seen(&finished.terminal)),
            ("stdout", parsed(&expected.stdout)?, &finished.stdout),
            ("stderr", parsed(&expected.stderr)?, &finished.stderr),
        ];
        for (name, lines, actual) in streams {
            if !matches(&lines, actual, true, &mut self.values) {
                let _ = write!(wrong, "{name}:\n{}", difference(&lines, actual, &self.values));
            }
        }
        if finished.status.code() != Some(expected.exit) {
            let ended = match (finished.status.code(), finished.status.signal()) {
                (Some(code), _) => format!("exit {code}"),
                (None, signal) => format!("death by signal {}", signal.unwrap_or(0)),
            };
            let _ = writeln!(wrong, "exit {} was expected, and it was {ended}", expected.exit);
        }
        if !finished.echo {
            wrong += "the terminal does not echo afterwards\n";
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("{line}: `{command}`\n{wrong}")) }
    }

    /// No file may lie in the home that the transcript does not name.
    fn no_strays(&self) -> Result<(), String> {
        let mut strays = Vec::new();
        self.strays_in(&self.home(), &mut strays).map_err(|error| error.to_string())?;
        if strays.is_empty() { Ok(()) } else { Err(format!("left behind: {}", strays.join(", "))) }
    }

    fn strays_in(&self, folder: &Path, strays: &mut Vec<String>) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(self.home()).unwrap_or(&path).display().to_string();
            let known = self.known.iter().any(|known| known.trim_end_matches('/') == name);
            if known || OWN_FOLDERS.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                self.strays_in(&path, strays)?;
            } else {
                strays.push(name);
            }
        }
        Ok(())
    }
}

fn at(line: usize) -> impl Fn(String) -> String {
    move |error| format!("{line}: {error}")
}

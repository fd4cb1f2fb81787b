//! The controlling terminal: the only code that touches `/dev/tty`, and the only way by which a
//! passphrase comes in.
//!
//! The modes are set here rather than by `rpassword`: that crate answers Ctrl-C by raising SIGINT
//! (death by signal, no destructors), leaves the echo off when another signal ends the process, and
//! edits the line itself, byte by byte. Here the kernel edits (backspace, ^U, ^W, UTF-8) outside of
//! a shell, signals are awaited beside the keyboard, and every way out passes the
//! destructor that restores the modes.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `typing` | the command line, and prompts while idle minutes count: key by key |
//! | `keys` | bytes into keys |
//! | `editor`, `history` | a line while it is typed, and the lines before |
//! | `drawing`, `cells` | how it is shown on one row |
//! | `modes`, `signals` | the terminal's modes, and signals at a prompt |

mod cells;
mod drawing;
pub mod editor;
mod history;
pub mod keys;
mod modes;
mod signals;
mod typing;

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::{ClockId, Timespec, clock_gettime};
use zeroize::Zeroizing;

pub use self::history::{HISTORY_LIMIT, History};
use self::modes::{CTRL_C, Echo, Keyboard, PromptModes};
pub use self::signals::HeldSignals;
use self::signals::Signals;
use super::text;
use crate::sealed::passphrase::Passphrase;

/// The longest line that can be typed, in bytes. The kernel keeps 4095 of a line and drops the rest
/// without a word; below that nothing is dropped.
pub const LINE_LIMIT: usize = 4094;

/// The longest note that can be typed, in bytes.
pub const NOTE_LIMIT: usize = 64 * 1024;

/// The longest sleep while idle minutes count: a machine that was suspended is noticed that soon.
const NAP: Duration = Duration::from_secs(2);

/// What the terminal's screen can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Move its cursor and clear itself.
    Full,
    /// Only show text: no escape sequence is written (`TERM=dumb`, `--plain`).
    Plain,
}

/// This process has no controlling terminal.
#[derive(Debug, thiserror::Error)]
#[error("no terminal to type at")]
pub struct NoTerminal(#[source] pub io::Error);

/// A prompt got no answer.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// A signal asked the process to end; the modes are restored.
    #[error("ended by signal {0}")]
    Terminated(i32),
    /// Ctrl-D on an empty line, or the terminal went away.
    #[error("the input ended at a prompt, so nothing was done")]
    End,
    /// The line was longer than [`LINE_LIMIT`], or the note than [`NOTE_LIMIT`].
    #[error("what was typed is longer than {limit} bytes, so nothing was done")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The line was no UTF-8.
    #[error("what was typed is not UTF-8, so nothing was done")]
    NotText,
    /// The line held a control character, as an arrow key sends it.
    #[error("a control key was typed (an arrow key?), so nothing was done")]
    ControlKey,
    /// Something else was typed than what confirms.
    #[error("{expected} was not typed, so nothing was done")]
    NotConfirmed {
        /// What would have confirmed.
        expected: String,
    },
    /// No key was pressed for as long as [`Terminal::set_idle`] allows. What was typed is forgotten.
    #[error("no key was pressed for {}, so nothing was done", in_words(*after))]
    Idle {
        /// How long.
        after: Duration,
    },
    /// The terminal failed.
    #[error("cannot use the terminal")]
    Io(#[from] io::Error),
}

impl From<rustix::io::Errno> for PromptError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

/// The controlling terminal, opened for prompts and messages.
#[derive(Debug)]
pub struct Terminal {
    tty: File,
    signals: &'static Signals,
    idle: Cell<Option<Duration>>,
    /// Once one prompt reads keys all do: what is typed ahead in that mode is one lump to the kernel's
    /// editing, however many lines it is.
    by_keys: Cell<bool>,
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// There is something to read.
    Typed,
    /// The process was stopped and goes on; the prompt's modes are set again.
    Continued,
}

/// As [`Terminal::hold_signals`], where nobody is asked anything.
pub fn hold_signals() -> io::Result<HeldSignals<'static>> {
    Ok(Signals::of_process()?.held())
}

impl Terminal {
    /// Opens `/dev/tty`, whatever stdin and stdout are.
    pub fn open() -> Result<Self, NoTerminal> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(NoTerminal)?;
        let signals = Signals::of_process().map_err(NoTerminal)?;
        Ok(Self { tty, signals, idle: Cell::new(None), by_keys: Cell::new(false) })
    }

    /// From now on a prompt of any kind at which no key is pressed for so long ends with
    /// [`PromptError::Idle`]. Time counts while the machine is suspended too.
    pub fn set_idle(&self, after: Option<Duration>) {
        self.idle.set(after);
        self.by_keys.set(after.is_some() || self.by_keys.get());
    }

    /// From now on, and as long as what is returned lives, Ctrl-C does not end the process: for work that
    /// leaves something to tidy up.
    pub fn hold_signals(&self) -> HeldSignals<'_> {
        self.signals.held()
    }

    /// Asks for a passphrase; nothing that is typed is shown.
    pub fn passphrase(&self, prompt: &str) -> Result<Passphrase, PromptError> {
        self.ask(prompt, Echo::Hidden).map(Passphrase::new)
    }

    /// Asks for a line and shows it as it is typed.
    pub fn line(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        self.ask(prompt, Echo::Shown)
    }

    /// Asks for a line and shows nothing of it: for sensitive fields.
    pub fn hidden_line(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        self.ask(prompt, Echo::Hidden)
    }

    /// Asks for lines up to an empty one; they are joined by newlines.
    pub fn note(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        let mut note = Zeroizing::new(String::new());
        let mut prompt = prompt;
        loop {
            let line = self.line(prompt)?;
            if line.is_empty() {
                return Ok(note);
            }
            if note.len() + line.len() >= NOTE_LIMIT {
                return Err(PromptError::TooLong { limit: NOTE_LIMIT });
            }
            if !note.is_empty() {
                note.push('\n');
            }
            note.push_str(&line);
            prompt = "";
        }
    }

    /// Asks to type `expected` (a code or a name) before something that can't be undone.
    pub fn confirm_by_typing(&self, expected: &str) -> Result<(), PromptError> {
        let typed = self.line(&format!("Type {expected} to confirm: "))?;
        if typed.trim() == expected {
            return Ok(());
        }
        Err(PromptError::NotConfirmed { expected: expected.to_owned() })
    }

    /// Shows text on the terminal and nowhere else; control characters but newlines are escaped.
    pub fn show(&self, message: &str) -> Result<(), PromptError> {
        self.write(&text::visible_lines(message))
    }

    /// As [`Terminal::show`], its lines broken between words where they don't fit.
    pub fn tell(&self, message: &str) -> Result<(), PromptError> {
        let visible = text::visible_lines(message);
        self.write(&text::wrapped(&visible, super::output::columns(&self.tty).into()))
    }

    fn write(&self, text: &str) -> Result<(), PromptError> {
        Ok((&self.tty).write_all(text.as_bytes())?)
    }

    /// Does nothing for so long. What is typed meanwhile is not shown and answers the next prompt;
    /// Ctrl-C and signals end the pause.
    pub fn pause(&self, wait: Duration) -> Result<(), PromptError> {
        let prompting = self.signals.prompting();
        let modes = PromptModes::set(&self.tty, Keyboard::Unread)?;
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.signals.ending().is_some() {
                break;
            }
            if self.signals.continued() {
                modes.set_again()?;
            }
            let left = Timespec::try_from(left).map_err(|_| rustix::io::Errno::INVAL)?;
            match poll(&mut [PollFd::from_borrowed_fd(self.signals.wake(), PollFlags::IN)], Some(&left)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        drop(modes);
        drop(prompting);
        self.signals.ending().map_or(Ok(()), |signal| Err(PromptError::of_signal(signal)))
    }

    fn ask(&self, prompt: &str, echo: Echo) -> Result<Zeroizing<String>, PromptError> {
        if self.by_keys.get() {
            return self.prompted(Keyboard::Keys, |modes| self.keyed_line(prompt, echo, modes));
        }
        self.prompted(Keyboard::Lines(echo), |modes| {
            self.show(prompt)?;
            self.typed_line(modes)
        })
    }

    /// Waits for an answer in the modes that it needs, with signals held back.
    fn prompted(
        &self,
        keyboard: Keyboard,
        answer: impl FnOnce(&PromptModes<'_>) -> Result<Zeroizing<String>, PromptError>,
    ) -> Result<Zeroizing<String>, PromptError> {
        let prompting = self.signals.prompting();
        let modes = PromptModes::set(&self.tty, keyboard)?;
        let answer = answer(&modes);
        if matches!(answer, Err(PromptError::Idle { .. })) {
            modes.forget_typed();
        }
        let mut newline = Ok(());
        if answer.is_err() || keyboard != Keyboard::Lines(Echo::Shown) {
            // No newline was echoed: what comes next must not stand behind the prompt.
            newline = self.show("\n");
        }
        drop(modes);
        drop(prompting);
        if let Some(signal) = self.signals.ending() {
            return Err(PromptError::of_signal(signal));
        }
        let answer = answer?;
        newline?;
        Ok(answer)
    }

    /// One line without its newline.
    fn typed_line(&self, modes: &PromptModes<'_>) -> Result<Zeroizing<String>, PromptError> {
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_LIMIT + 2));
        let mut chunk = Zeroizing::new([0; LINE_LIMIT + 2]);
        while line.last() != Some(&b'\n') {
            if self.wait(modes)? == Woken::Continued {
                continue;
            }
            let count = self.read(&mut chunk[..])?;
            line.extend_from_slice(&chunk[..count]);
            if line.contains(&CTRL_C) {
                return Err(PromptError::Interrupted);
            }
            // ^D in the middle of a line delivers what there is, again and again.
            if line.len() > LINE_LIMIT + 1 {
                return Err(PromptError::TooLong { limit: LINE_LIMIT });
            }
        }
        line.pop();
        let typed = std::str::from_utf8(&line).map_err(|_| PromptError::NotText)?;
        if typed.chars().any(|typed| typed.is_control() && typed != '\t') {
            return Err(PromptError::ControlKey);
        }
        Ok(Zeroizing::new(typed.to_owned()))
    }

    /// Reads what was typed; nothing when a signal came between.
    fn read(&self, into: &mut [u8]) -> Result<usize, PromptError> {
        match rustix::io::read(&self.tty, into) {
            // A terminal that went away reads as an error or as an end.
            Ok(0) | Err(rustix::io::Errno::IO) => Err(PromptError::End),
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until something can be read, the process was stopped and goes on, a signal ends it, or
    /// the idle time is over. Each wait has the idle time anew.
    fn wait(&self, modes: &PromptModes<'_>) -> Result<Woken, PromptError> {
        let since = now();
        loop {
            let left = self.idle.get().map(|after| after.saturating_sub(now().saturating_sub(since)));
            let nap = left.and_then(|left| Timespec::try_from(left.min(NAP)).ok());
            let mut sources = [
                PollFd::new(&self.tty, PollFlags::IN),
                PollFd::from_borrowed_fd(self.signals.wake(), PollFlags::IN),
            ];
            match poll(&mut sources, nap.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let typed = !sources[0].revents().is_empty();
            if let Some(signal) = self.signals.ending() {
                return Err(PromptError::of_signal(signal));
            }
            // Before the key: one that wakes a machine long suspended comes too late.
            if let Some(after) = self.idle.get().filter(|after| now().saturating_sub(since) >= *after) {
                return Err(PromptError::Idle { after });
            }
            if self.signals.continued() {
                // The shell put its own modes while this process was stopped.
                modes.set_again()?;
                return Ok(Woken::Continued);
            }
            if typed {
                return Ok(Woken::Typed);
            }
        }
    }
}

/// A clock that nobody sets and that goes on while the machine is suspended.
fn now() -> Duration {
    clock_gettime(ClockId::Boottime).try_into().unwrap_or_default()
}

/// `10 minutes`, `1 second`.
pub(in crate::cli) fn in_words(time: Duration) -> String {
    let (number, unit) = match time.as_secs() {
        seconds if seconds >= 60 && seconds % 60 == 0 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

impl PromptError {
    fn of_signal(signal: i32) -> Self {
        if signal == signals::INTERRUPT { Self::Interrupted } else { Self::Terminated(signal) }
    }
}

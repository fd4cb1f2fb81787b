//! The controlling terminal: the only code that touches `/dev/tty`, and the only way by which a
//! passphrase comes in.
//!
//! The modes are set here rather than by `rpassword`: that crate answers Ctrl-C by raising SIGINT
//! (death by signal, no destructors), leaves the echo off when another signal ends the process, and
//! edits the line itself, byte by byte. Here the kernel edits (backspace, ^U, ^W, UTF-8), signals
//! are awaited beside the keyboard, and every way out passes the destructor that restores the modes.

mod modes;
mod signals;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroizing;

use self::modes::{CTRL_C, Echo, PromptModes};
use self::signals::Signals;
use super::text;
use crate::sealed::passphrase::Passphrase;

/// The longest line that can be typed, in bytes. The kernel keeps 4095 of a line and drops the rest
/// without a word; below that nothing is dropped.
pub const LINE_LIMIT: usize = 4094;

/// The longest note that can be typed, in bytes.
pub const NOTE_LIMIT: usize = 64 * 1024;

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
    signals: Signals,
}

impl Terminal {
    /// Opens `/dev/tty`, whatever stdin and stdout are.
    pub fn open() -> Result<Self, NoTerminal> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(NoTerminal)?;
        let signals = Signals::register().map_err(NoTerminal)?;
        Ok(Self { tty, signals })
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
        Ok((&self.tty).write_all(text::visible_lines(message).as_bytes())?)
    }

    /// Does nothing for so long. What is typed meanwhile is not shown and answers the next prompt;
    /// Ctrl-C and signals end the pause.
    pub fn pause(&self, wait: Duration) -> Result<(), PromptError> {
        let prompting = self.signals.prompting();
        let modes = PromptModes::set_for_pause(&self.tty)?;
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
        let prompting = self.signals.prompting();
        let modes = PromptModes::set(&self.tty, echo)?;
        self.show(prompt)?;
        let answer = self.typed_line(&modes);
        if answer.is_err() || echo == Echo::Hidden {
            // No newline was echoed: what comes next must not stand behind the prompt.
            self.show("\n")?;
        }
        drop(modes);
        drop(prompting);
        match self.signals.ending() {
            Some(signal) => Err(PromptError::of_signal(signal)),
            None => answer,
        }
    }

    /// One line without its newline.
    fn typed_line(&self, modes: &PromptModes<'_>) -> Result<Zeroizing<String>, PromptError> {
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_LIMIT + 2));
        let mut chunk = Zeroizing::new([0; LINE_LIMIT + 2]);
        while line.last() != Some(&b'\n') {
            self.wait(modes)?;
            match rustix::io::read(&self.tty, &mut chunk[..]) {
                // A terminal that went away reads as an error or as an end.
                Ok(0) | Err(rustix::io::Errno::IO) => return Err(PromptError::End),
                Ok(count) => line.extend_from_slice(&chunk[..count]),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
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

    /// Waits until a line is there, or a signal that ends the process.
    fn wait(&self, modes: &PromptModes<'_>) -> Result<(), PromptError> {
        loop {
            let mut sources = [
                PollFd::new(&self.tty, PollFlags::IN),
                PollFd::from_borrowed_fd(self.signals.wake(), PollFlags::IN),
            ];
            match poll(&mut sources, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let typed = !sources[0].revents().is_empty();
            if let Some(signal) = self.signals.ending() {
                return Err(PromptError::of_signal(signal));
            }
            if self.signals.continued() {
                // The shell put its own modes while this process was stopped.
                modes.set_again()?;
            } else if typed {
                return Ok(());
            }
        }
    }
}

impl PromptError {
    fn of_signal(signal: i32) -> Self {
        if signal == signals::INTERRUPT { Self::Interrupted } else { Self::Terminated(signal) }
    }
}

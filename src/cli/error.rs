//! What a failed command says and how it exits: the only place that knows exit codes.
//!
//! | file | whose errors become a kind and a hint there |
//! | --- | --- |
//! | `files` | files, locks, the access log, a group's sealed files |
//! | `store` | the store, its people, its groups |
//! | `backup` | media and snapshots; `restore`: the way back |
//! | `backup` | media, snapshots |
//! | `group` | an open group: its records, import, upkeep |
//! | `erase` | erasures, holds, the erasure ledger |

mod backup;
mod erase;
mod files;
mod group;
mod reading;
mod restore;
mod store;

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;

pub(in crate::cli) use self::group::MISTYPED;
use super::environment::Environment;
use super::output::{ColourChoice, OutputError};
use super::terminal::{NoTerminal, PromptError};
use super::text;

/// Why a command did not end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Failed: the message says what, and what to do next.
    Failed,
    /// Wrong usage.
    Usage,
    /// Wrong passphrase, or the person's role or grant does not allow it.
    NotAllowed,
    /// No such customer, group or person.
    NotFound,
    /// Tampering or damage was found.
    Damaged,
    /// Refused by policy: networked machine, no terminal, nobody at the keyboard.
    Refused,
    /// Nobody pressed a key for the idle time of the shell that this happened in.
    Idle,
    /// The access log can't be written, so nothing was shown.
    NotLogged,
    /// Busy, or somebody changed the record meanwhile.
    Busy,
    /// Partly done, and what was not is listed.
    Partly,
    /// Ctrl-C at a prompt.
    Interrupted,
    /// A signal asked the process to end.
    Terminated(i32),
    /// Done, and what was found asks for something: it stands in the output, and there is no more to say.
    Advice,
    /// Nobody reads the output any more: no failure, and nothing to say.
    OutputClosed,
}

impl Kind {
    /// The exit code, as docs/commands.md lists them.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Failed | Self::Advice => 1,
            Self::Usage => 2,
            Self::NotAllowed => 3,
            Self::NotFound => 4,
            Self::Damaged => 5,
            Self::Refused | Self::Idle => 6,
            Self::NotLogged => 7,
            Self::Busy => 8,
            Self::Partly => 9,
            Self::Interrupted => 130,
            // As a shell reports it: 128 and the signal's number.
            Self::Terminated(signal) => 128 | u8::try_from(signal & 0x7f).unwrap_or(0),
        }
    }
}

/// A command that did not end well: what, and what to do next.
#[derive(Debug)]
pub struct CommandError {
    kind: Kind,
    message: String,
    hints: Vec<String>,
}

impl CommandError {
    /// An error in words of its own.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// An error of the library with its causes, joined by `: `.
    pub fn of(kind: Kind, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors quote their cause already.
            if !message.ends_with(&text) {
                let _ = write!(message, ": {text}");
            }
            cause = error.source();
        }
        Self::new(kind, message)
    }

    /// Adds a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says in which group it happened.
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.message = format!("group {group}: {}", self.message);
        self
    }

    /// Says in which file.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.message = format!("{}: {}", path.display(), self.message);
        self
    }

    /// What went wrong, without hints.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why it did not end well.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// `vault: error: …`, then a `vault: hint: …` for each next step; nothing when nobody reads, or when all
    /// was said.
    pub fn render(&self, decorated: bool) -> String {
        let mut lines = String::new();
        if matches!(self.kind, Kind::OutputClosed | Kind::Advice) {
            return lines;
        }
        let error = if decorated { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        let _ = writeln!(lines, "vault: {error} {}", text::visible(&self.message));
        for hint in &self.hints {
            let _ = writeln!(lines, "vault: hint: {}", text::visible(hint));
        }
        lines
    }

    /// Where several things were bad: each is said, and what is left is their sum, in words. Damage outweighs
    /// the rest.
    pub fn sum_of(
        mut bad: Vec<Self>,
        colour: ColourChoice,
        environment: &Environment,
        in_words: impl FnOnce(usize) -> String,
    ) -> Option<Self> {
        if bad.len() < 2 {
            return bad.pop();
        }
        for error in &bad {
            error.report(colour, environment);
        }
        let damaged = bad.iter().any(|error| error.kind == Kind::Damaged);
        let kind = if damaged { Kind::Damaged } else { Kind::Failed };
        Some(Self::new(kind, in_words(bad.len())))
    }

    /// Says it on stderr and gives the exit code. A stderr that is closed has nobody to tell.
    pub fn report(&self, colour: ColourChoice, environment: &Environment) -> u8 {
        let decorated = colour.decorates(io::stderr().is_terminal(), environment);
        super::output::tell(&self.render(decorated));
        self.kind.exit_code()
    }
}

impl From<NoTerminal> for CommandError {
    fn from(error: NoTerminal) -> Self {
        Self::of(Kind::Refused, &error)
            .hint("passphrases are typed at the controlling terminal and come in by no other way")
    }
}

impl From<PromptError> for CommandError {
    fn from(error: PromptError) -> Self {
        let kind = match error {
            PromptError::Interrupted => Kind::Interrupted,
            PromptError::Terminated(signal) => Kind::Terminated(signal),
            PromptError::Idle { .. } => Kind::Idle,
            _ => Kind::Failed,
        };
        Self::of(kind, &error)
    }
}

impl From<OutputError> for CommandError {
    fn from(error: OutputError) -> Self {
        let kind = if matches!(error, OutputError::Closed) { Kind::OutputClosed } else { Kind::Failed };
        Self::of(kind, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_joined_once_and_control_characters_escaped() {
        let source = io::Error::other("disk on fire\u{1b}[2J");
        let error = crate::sealed::disk::DiskError { what: "read", path: "/store/head".into(), source };
        let error = CommandError::of(Kind::Damaged, &error).hint("look\nthere");
        assert_eq!(
            error.render(false),
            "vault: error: cannot read /store/head: disk on fire\\u{1b}[2J\nvault: hint: look\\nthere\n"
        );
        let quoting = crate::sealed::age_file::OpenError::Io(io::Error::other("no"));
        assert_eq!(CommandError::of(Kind::Failed, &quoting).render(false), "vault: error: cannot read: no\n");
    }

    #[test]
    fn a_closed_pipe_ends_quietly_and_well() {
        let error = CommandError::from(OutputError::Closed);
        assert_eq!((error.render(true).as_str(), error.kind().exit_code()), ("", 0));
    }

    #[test]
    fn advice_stands_in_the_output_and_is_no_error_to_be_told() {
        let error = CommandError::new(Kind::Advice, "there is advice");
        assert_eq!((error.render(false).as_str(), error.kind().exit_code()), ("", 1));
    }

    #[test]
    fn every_way_out_of_a_prompt_has_its_exit_code() {
        let code = |error: PromptError| CommandError::from(error).kind().exit_code();
        assert_eq!(code(PromptError::Interrupted), 130);
        assert_eq!(code(PromptError::Terminated(15)), 143);
        assert_eq!(code(PromptError::End), 1);
        let idle = |seconds| PromptError::Idle { after: std::time::Duration::from_secs(seconds) };
        assert_eq!(code(idle(60)), 6);
        let said = |seconds| CommandError::from(idle(seconds)).message().to_owned();
        assert_eq!(said(60), "no key was pressed for 1 minute, so nothing was done");
        assert_eq!(said(600), "no key was pressed for 10 minutes, so nothing was done");
        assert_eq!(said(90), "no key was pressed for 90 seconds, so nothing was done");
        let none = CommandError::from(NoTerminal(io::Error::from_raw_os_error(6)));
        assert_eq!(none.kind().exit_code(), 6);
    }
}

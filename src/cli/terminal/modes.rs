//! The terminal's modes while a prompt waits.

use std::fs::File;
use std::io;

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// What Ctrl-C sends.
pub(super) const CTRL_C: u8 = 3;

/// Whether what is typed is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Shown,
    Hidden,
}

/// The prompt's modes; the ones before come back when it is dropped.
#[derive(Debug)]
pub(super) struct PromptModes<'tty> {
    tty: &'tty File,
    before: Termios,
    prompt: Termios,
}

impl<'tty> PromptModes<'tty> {
    /// The kernel edits the line, and Ctrl-C ends it as a newline does instead of raising SIGINT, so
    /// that it is read as an answer. Input typed ahead stays.
    pub(super) fn set(tty: &'tty File, echo: Echo) -> io::Result<Self> {
        let mut modes = Self::by_lines(tty)?;
        modes.prompt.local_modes.remove(LocalModes::ISIG);
        modes.prompt.local_modes.set(LocalModes::ECHO, echo == Echo::Shown);
        modes.prompt.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        modes.set_again()?;
        Ok(modes)
    }

    /// Nothing is read yet: what is typed is not shown and stays for the next prompt. Ctrl-C raises
    /// SIGINT; Ctrl-Z would leave the shell without its echo, and counts as a key.
    pub(super) fn set_for_pause(tty: &'tty File) -> io::Result<Self> {
        let mut modes = Self::by_lines(tty)?;
        modes.prompt.local_modes.insert(LocalModes::ISIG);
        modes.prompt.local_modes.remove(LocalModes::ECHO);
        modes.prompt.special_codes[SpecialCodeIndex::VSUSP] = 0;
        modes.set_again()?;
        Ok(modes)
    }

    /// Modes in which the kernel edits lines; not set yet.
    fn by_lines(tty: &'tty File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut prompt = before.clone();
        prompt.input_modes.insert(InputModes::ICRNL | InputModes::IUTF8);
        prompt.input_modes.remove(InputModes::INLCR | InputModes::IGNCR | InputModes::ISTRIP);
        prompt.local_modes.insert(LocalModes::ICANON | LocalModes::IEXTEN);
        prompt.local_modes.remove(LocalModes::ECHONL);
        Ok(Self { tty, before, prompt })
    }

    /// Sets the prompt's modes once more, after something else has changed them.
    pub(super) fn set_again(&self) -> io::Result<()> {
        Ok(tcsetattr(self.tty, OptionalActions::Now, &self.prompt)?)
    }
}

impl Drop for PromptModes<'_> {
    fn drop(&mut self) {
        // A terminal that went away has no modes to restore.
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

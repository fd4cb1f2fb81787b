//! The terminal's modes while a prompt waits.

use std::fs::File;
use std::io;

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcsetattr,
};

/// What Ctrl-C sends.
pub(super) const CTRL_C: u8 = 3;

/// Whether what is typed is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Shown,
    Hidden,
}

/// How what is typed comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyboard {
    /// The kernel edits, echoes and hands over whole lines.
    Lines(Echo),
    /// Every key at once, and the kernel shows nothing.
    Keys,
    /// Nothing is read yet: what is typed is not shown and stays for the next prompt. Ctrl-C raises
    /// SIGINT; Ctrl-Z would leave the shell without its echo, and counts as a key.
    Unread,
}

/// The prompt's modes; the ones before come back when it is dropped.
#[derive(Debug)]
pub(super) struct PromptModes<'tty> {
    tty: &'tty File,
    before: Termios,
    prompt: Termios,
}

impl<'tty> PromptModes<'tty> {
    /// Ctrl-C is read as an answer instead of raising SIGINT; where the kernel edits the line, it ends
    /// it as a newline does. Input typed ahead stays.
    pub(super) fn set(tty: &'tty File, keyboard: Keyboard) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut prompt = before.clone();
        prompt.input_modes.insert(InputModes::ICRNL | InputModes::IUTF8);
        prompt.input_modes.remove(InputModes::INLCR | InputModes::IGNCR | InputModes::ISTRIP);
        prompt.local_modes.remove(LocalModes::ISIG | LocalModes::ECHONL);
        match keyboard {
            Keyboard::Lines(echo) => {
                prompt.local_modes.insert(LocalModes::ICANON | LocalModes::IEXTEN);
                prompt.local_modes.set(LocalModes::ECHO, echo == Echo::Shown);
                prompt.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
            }
            Keyboard::Keys => {
                prompt.local_modes.remove(LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ECHO);
                prompt.special_codes[SpecialCodeIndex::VMIN] = 1;
                prompt.special_codes[SpecialCodeIndex::VTIME] = 0;
            }
            Keyboard::Unread => {
                prompt.local_modes.insert(LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
                prompt.local_modes.remove(LocalModes::ECHO);
                prompt.special_codes[SpecialCodeIndex::VSUSP] = 0;
            }
        }
        let modes = Self { tty, before, prompt };
        modes.set_again()?;
        Ok(modes)
    }

    /// Sets the prompt's modes once more, after something else has changed them.
    pub(super) fn set_again(&self) -> io::Result<()> {
        Ok(tcsetattr(self.tty, OptionalActions::Now, &self.prompt)?)
    }

    /// Drops what was typed and not yet read.
    pub(super) fn forget_typed(&self) {
        // A terminal that went away has nothing left to drop.
        let _ = tcflush(self.tty, QueueSelector::IFlush);
    }
}

impl Drop for PromptModes<'_> {
    fn drop(&mut self) {
        // A terminal that went away has no modes to restore.
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

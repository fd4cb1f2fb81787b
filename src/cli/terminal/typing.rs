//! Prompts at which every key comes in by itself: the command line, and all others while idle minutes
//! count. The kernel tells of a key only there; where it edits the line itself, a person who types
//! slowly looks like one who has left.

use zeroize::Zeroizing;

use super::drawing::Row;
use super::editor::Editor;
use super::history::History;
use super::keys::{Decoder, Key};
use super::modes::{Echo, Keyboard, PromptModes};
use super::{LINE_LIMIT, PromptError, Screen, Terminal, Woken, cells};
use crate::cli::text;

/// Takes back one column of what was echoed, as the kernel does: no escape sequence.
const RUB_OUT: &str = "\u{8} \u{8}";
/// The columns of a terminal that does not know how many it has.
const COLUMNS: usize = 80;

impl Terminal {
    /// Asks for a command, which goes into the history unless [`History::keep`] leaves it out. On a
    /// plain screen the line can be erased but not moved in, and the history can't be looked at.
    ///
    /// Ctrl-C, which drops the line, is [`PromptError::Interrupted`]; Ctrl-D on an empty line is
    /// [`PromptError::End`].
    pub fn command_line(
        &self,
        prompt: &str,
        history: &mut History,
        screen: Screen,
    ) -> Result<Zeroizing<String>, PromptError> {
        let line = match screen {
            Screen::Plain => self.line(prompt)?,
            Screen::Full => {
                self.by_keys.set(true);
                self.prompted(Keyboard::Keys, |modes| self.edited_line(prompt, history, modes))?
            }
        };
        history.keep(&line);
        Ok(line)
    }

    /// Clears the screen and what scrolled off it; a plain screen stays as it is.
    pub fn clear(&self, screen: Screen) -> Result<(), PromptError> {
        match screen {
            Screen::Plain => Ok(()),
            Screen::Full => self.write("\u{1b}[H\u{1b}[2J\u{1b}[3J"),
        }
    }

    fn edited_line(
        &self,
        prompt: &str,
        history: &History,
        modes: &PromptModes<'_>,
    ) -> Result<Zeroizing<String>, PromptError> {
        let mut editor = Editor::new();
        let mut decoder = Decoder::default();
        let mut row = Row::default().next(prompt, &editor, self.columns());
        self.show(prompt)?;
        loop {
            let key = self.key(&mut decoder, modes)?;
            match key {
                Some(Key::Enter) => return finished(editor, false),
                Some(Key::Interrupt) => return Err(PromptError::Interrupted),
                Some(Key::EndOfInput) if editor.text().is_empty() => return Err(PromptError::End),
                Some(key) => editor.press(key, history),
                None => {}
            }
            let next = row.next(prompt, &editor, self.columns());
            let drawn = match key {
                Some(Key::Clear) => {
                    self.write("\u{1b}[H\u{1b}[2J")?;
                    next.anew()
                }
                // Whoever had the terminal meanwhile has left something on the row.
                None => next.anew(),
                Some(_) => next.after(&row),
            };
            self.write(&drawn)?;
            row = next;
        }
    }

    /// A line at whose end alone is typed and erased, as the kernel has it.
    pub(super) fn keyed_line(
        &self,
        prompt: &str,
        echo: Echo,
        modes: &PromptModes<'_>,
    ) -> Result<Zeroizing<String>, PromptError> {
        let mut editor = Editor::new();
        let mut decoder = Decoder::default();
        self.show(prompt)?;
        loop {
            let before = cells::columns(editor.text());
            let end = editor.cursor();
            match self.key(&mut decoder, modes)? {
                Some(Key::Enter) => return finished(editor, decoder.saw_no_text()),
                Some(Key::Interrupt) => return Err(PromptError::Interrupted),
                Some(Key::EndOfInput) if editor.text().is_empty() => return Err(PromptError::End),
                Some(Key::Character(character)) => editor.insert(character),
                Some(Key::Backspace) => editor.backspace(),
                Some(Key::EraseToStart) => editor.erase_to_start(),
                Some(Key::EraseWord) => editor.erase_word(),
                Some(_) | None => {}
            }
            if echo == Echo::Hidden {
                continue;
            }
            if let Some(new) = editor.text().get(end..) {
                self.write(&text::visible(new))?;
            } else {
                self.write(&RUB_OUT.repeat(before.saturating_sub(cells::columns(editor.text()))))?;
            }
        }
    }

    /// The next key; none when the process was stopped meanwhile and goes on.
    fn key(&self, decoder: &mut Decoder, modes: &PromptModes<'_>) -> Result<Option<Key>, PromptError> {
        // One byte at a time: what is typed ahead of the next prompt stays with the kernel.
        let mut byte = Zeroizing::new([0]);
        loop {
            if self.wait(modes)? == Woken::Continued {
                return Ok(None);
            }
            if self.read(&mut byte[..])? == 1
                && let Some(key) = decoder.key(byte[0])
            {
                return Ok(Some(key));
            }
        }
    }

    fn columns(&self) -> usize {
        match rustix::termios::tcgetwinsize(&self.tty) {
            Ok(size) if size.ws_col > 0 => size.ws_col.into(),
            _ => COLUMNS,
        }
    }
}

/// What Enter hands over.
fn finished(editor: Editor, not_text: bool) -> Result<Zeroizing<String>, PromptError> {
    if not_text {
        return Err(PromptError::NotText);
    }
    if editor.text().len() > LINE_LIMIT {
        return Err(PromptError::TooLong { limit: LINE_LIMIT });
    }
    Ok(editor.into_text())
}

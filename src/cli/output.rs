//! Standard output: nothing but data, in the form that suits who reads it.

mod colour;
mod drawn;
mod progress;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

pub use self::colour::ColourChoice;
pub use self::progress::Progress;
use super::environment::Environment;
use super::text;
use crate::access_log::json_line;

/// The narrowest terminal that is drawn for, in columns.
const NARROWEST: u16 = 20;
/// Columns of a terminal that does not say how many it has.
const USUAL: u16 = 80;

/// The form that data takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON Lines, each with `"v": 1`.
    Json,
    /// Tab-separated text without headings, for other programs.
    Separated,
    /// One `label: value` a line: for screen readers and slow lines.
    Plain,
    /// Tables and cards for a terminal.
    Drawn {
        /// Columns of the terminal.
        width: u16,
        /// Whether headings stand out.
        decorated: bool,
    },
}

/// Standard output did not take the data.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Whoever read it went away, as `head` does.
    #[error("standard output was closed")]
    Closed,
    /// It failed otherwise.
    #[error("cannot write to standard output")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Io(error) }
    }
}

/// Where data goes, and in which form.
pub struct Output {
    form: Form,
    sink: Box<dyn Write>,
    /// Whether a plain record was written, so that the next begins after an empty line.
    begun: bool,
}

/// Standard output without the buffer that `std` has for it: what passes through that stays in it until
/// the process ends, records too.
struct Unkept;

impl Write for Unkept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The width of a terminal.
pub(super) fn columns(terminal: impl std::os::fd::AsFd) -> u16 {
    match rustix::termios::tcgetwinsize(terminal).map_or(0, |size| size.ws_col) {
        0 => USUAL,
        columns => columns.max(NARROWEST),
    }
}

/// Writes a message to stderr, its lines broken between words where that is a terminal. A stderr that
/// is closed has nobody to tell.
pub(super) fn tell(message: &str) {
    let stderr = io::stderr();
    let _ = if stderr.is_terminal() {
        let wrapped = text::wrapped(message, columns(&stderr).into());
        stderr.lock().write_all(wrapped.as_bytes())
    } else {
        stderr.lock().write_all(message.as_bytes())
    };
}

impl Output {
    /// The process's standard output.
    pub fn stdout(json: bool, plain: bool, colour: ColourChoice, environment: &Environment) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let form = match () {
            () if json => Form::Json,
            () if plain || (terminal && environment.dumb_terminal()) => Form::Plain,
            () if terminal => {
                let width = columns(&stdout);
                Form::Drawn { width, decorated: colour.decorates(terminal, environment) }
            }
            () => Form::Separated,
        };
        Self::new(form, Box::new(BufWriter::new(Unkept)))
    }

    /// Data in a given form to a given place.
    pub fn new(form: Form, sink: Box<dyn Write>) -> Self {
        Self { form, sink, begun: false }
    }

    /// The form that was chosen.
    pub fn form(&self) -> Form {
        self.form
    }

    /// One JSON line. What a terminal would act on is escaped the JSON way.
    pub fn object<T: Serialize>(&mut self, object: &T) -> Result<(), OutputError> {
        let line = json_line::of(object).map_err(io::Error::from)?;
        Ok(self.sink.write_all(line.as_bytes())?)
    }

    /// One line that stands alone, such as a new code.
    pub fn line(&mut self, line: &str) -> Result<(), OutputError> {
        let line = if self.form == Form::Separated { text::separated(line) } else { text::visible(line) };
        Ok(writeln!(self.sink, "{line}")?)
    }

    /// Text made by this program for other programs, unchanged: completions, manual pages.
    pub fn verbatim(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        Ok(self.sink.write_all(bytes)?)
    }

    /// Rows under headings, or nothing where there are none; in JSON a command writes its own objects.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<String>]) -> Result<(), OutputError> {
        match self.form {
            Form::Drawn { .. } if rows.is_empty() => Ok(()),
            Form::Drawn { width, decorated } => {
                let drawing = drawn::table(headings, rows, width, decorated);
                Ok(self.sink.write_all(drawing.as_bytes())?)
            }
            Form::Plain => {
                for row in rows {
                    self.labelled(headings.iter().copied().zip(row.iter().map(String::as_str)))?;
                }
                Ok(())
            }
            Form::Separated | Form::Json => {
                for row in rows {
                    self.separated(row.iter().map(String::as_str))?;
                }
                Ok(())
            }
        }
    }

    /// As [`Output::table`], but what does not fit goes on below itself: nothing is cut.
    pub fn listing(&mut self, headings: &[&str], rows: &[Vec<String>]) -> Result<(), OutputError> {
        let Form::Drawn { width, decorated } = self.form else { return self.table(headings, rows) };
        if rows.is_empty() {
            return Ok(());
        }
        let drawing = drawn::listing(headings, rows, width, decorated);
        Ok(self.sink.write_all(drawing.as_bytes())?)
    }

    /// One record's labels and values, under its title.
    pub fn card(&mut self, title: &str, lines: &[(&str, &str)]) -> Result<(), OutputError> {
        match self.form {
            Form::Drawn { width, decorated } => {
                let drawing = drawn::card(title, lines, width, decorated);
                Ok(self.sink.write_all(drawing.as_bytes())?)
            }
            Form::Plain => self.labelled(lines.iter().copied()),
            Form::Separated | Form::Json => {
                for (label, value) in lines {
                    self.separated([*label, *value].into_iter())?;
                }
                Ok(())
            }
        }
    }

    /// A text of several lines, which keeps them.
    pub fn text(&mut self, text: &str) -> Result<(), OutputError> {
        let visible = text::visible_lines(text);
        let end = if visible.ends_with('\n') { "" } else { "\n" };
        match self.form {
            Form::Drawn { width, .. } => {
                write!(self.sink, "{}{end}", text::wrapped(&visible, width.into()))?;
            }
            _ => write!(self.sink, "{visible}{end}")?,
        }
        Ok(())
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.sink.flush()?)
    }

    /// Hands on what is buffered; every command ends with it, so that a full disk is not missed.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.flush()
    }

    fn labelled<'text>(
        &mut self,
        lines: impl Iterator<Item = (&'text str, &'text str)>,
    ) -> Result<(), OutputError> {
        if self.begun {
            self.sink.write_all(b"\n")?;
        }
        self.begun = true;
        for (label, value) in lines {
            writeln!(self.sink, "{}: {}", text::visible(label), text::visible(value))?;
        }
        Ok(())
    }

    fn separated<'text>(&mut self, cells: impl Iterator<Item = &'text str>) -> Result<(), OutputError> {
        for (index, cell) in cells.enumerate() {
            let gap = if index == 0 { "" } else { "\t" };
            write!(self.sink, "{gap}{}", text::separated(cell))?;
        }
        Ok(self.sink.write_all(b"\n")?)
    }
}

#[cfg(test)]
mod tests;

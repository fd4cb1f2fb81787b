//! What is read and written, with what went wrong on the way in the words of a command.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::bar::Bar;
use crate::cli::error::{CommandError, Kind};
use crate::cli::out_file::OutFile;
use crate::cli::output::Output;
use crate::cli::terminal::{self, HeldSignals, PromptError};
use crate::surroundings::Random;

/// What went wrong, to be told instead of that reading or writing failed.
#[derive(Debug, Default)]
pub(super) struct Failure(RefCell<Option<CommandError>>);

impl Failure {
    /// What went wrong, if something did.
    pub fn take(&self) -> Option<CommandError> {
        self.0.take()
    }

    /// An error that stands for this one.
    pub fn keep(&self, error: CommandError) -> io::Error {
        self.0.replace(Some(error));
        io::ErrorKind::Other.into()
    }
}

/// The file that is made. Once it is begun, signals are held: it has to be tidied up.
pub(super) struct NewFile<'a> {
    target: &'a Path,
    random: &'a dyn Random,
    begun: Option<(OutFile, HeldSignals<'static>)>,
}

impl<'a> NewFile<'a> {
    pub fn new(target: &'a Path, random: &'a dyn Random) -> Self {
        Self { target, random, begun: None }
    }

    /// Begins the file, unless it is begun.
    pub fn begin(&mut self) -> Result<&mut OutFile, CommandError> {
        let begun = if let Some(begun) = self.begun.take() {
            begun
        } else {
            let held = terminal::hold_signals()
                .map_err(|error| CommandError::new(Kind::Failed, format!("cannot await signals: {error}")))?;
            (OutFile::begin(self.target, self.random)?, held)
        };
        Ok(&mut self.begun.insert(begun).0)
    }

    /// Why to end, if a signal came; once something can be read from a file.
    fn ending_before(&self, file: &File) -> io::Result<Option<PromptError>> {
        self.begun.as_ref().map_or(Ok(None), |(_, held)| held.ending_before(file))
    }

    /// Gives the file its name, when it is whole.
    pub fn finish(mut self) -> Result<(), CommandError> {
        self.begin()?;
        let Some((mut file, held)) = self.begun else { return Ok(()) };
        file.flush_to_disk()?;
        if let Some(ending) = held.ending() {
            return Err(ending.into());
        }
        OutFile::name(&mut [file])
    }
}

/// The file that is read. A signal ends it between two reads, or while nothing comes.
pub(super) struct Source<'a, 'f> {
    first: Cursor<Zeroizing<Vec<u8>>>,
    rest: BufReader<File>,
    bar: &'a Bar<'a>,
    done: u64,
    /// 0 where it is not known.
    total: u64,
    failed: &'a Failure,
    made: Option<&'a RefCell<NewFile<'f>>>,
}

impl<'a, 'f> Source<'a, 'f> {
    pub fn new(
        first: Zeroizing<Vec<u8>>,
        rest: File,
        total: u64,
        bar: &'a Bar<'a>,
        failed: &'a Failure,
    ) -> Self {
        let rest = BufReader::with_capacity(1 << 16, rest);
        Self { first: Cursor::new(first), rest, bar, done: 0, total, failed, made: None }
    }

    /// While that file is made, signals end the reading.
    pub fn ended_by(self, made: &'a RefCell<NewFile<'f>>) -> Self {
        Self { made: Some(made), ..self }
    }
}

impl BufRead for Source<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let begun = self.first.position() < self.first.get_ref().len() as u64;
        if begun {
            return self.first.fill_buf();
        }
        if self.rest.buffer().is_empty() {
            let ending = match self.made {
                Some(made) => made.borrow().ending_before(self.rest.get_ref())?,
                None => None,
            };
            if let Some(ending) = ending {
                return Err(self.failed.keep(ending.into()));
            }
            if self.total > 0 {
                self.bar.reached("reading", self.done.min(self.total), self.total);
            }
        }
        self.rest.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.done += count as u64;
        if self.first.position() < self.first.get_ref().len() as u64 {
            self.first.consume(count);
        } else {
            self.rest.consume(count);
        }
    }
}

impl Read for Source<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// What is written into the file that is made.
pub(super) struct Written<'a, 'f> {
    pub file: &'a RefCell<NewFile<'f>>,
    pub failed: &'a Failure,
}

impl Write for Written<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut made = self.file.borrow_mut();
        let file = made.begin().map_err(|error| self.failed.keep(error))?;
        file.write(bytes).map_err(|error| self.failed.keep(file.failed(&error)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output.
pub(super) struct StandardOutput<'a> {
    pub output: Output,
    pub failed: &'a Failure,
}

impl Write for StandardOutput<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.verbatim(bytes).map_err(|error| self.failed.keep(error.into()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush().map_err(|error| self.failed.keep(error.into()))
    }
}

/// What somebody can do about a file that is refused.
pub(super) fn next_step(file: &Path) -> &'static str {
    let ending = file.extension().map(OsStr::to_ascii_lowercase);
    match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("doc" | "rtf") => "save it as DOCX or ODT and redact that",
        Some("xls" | "ods") => "save it as XLSX and redact that",
        Some("docx" | "xlsx" | "odt") => {
            "take that out of it; pictures that show nobody can be kept with --keep-pictures"
        }
        Some("csv" | "tsv" | "txt" | "md" | "log" | "json" | "jsonl") => {
            "save it as UTF-8 (in Excel: CSV UTF-8)"
        }
        Some("pdf") => "redact the file that it was made from, and make a new PDF file of that",
        _ => "redact the text that it was made from, or say what it is with --format",
    }
}

//! `vault redact`

mod kinds;
mod report;
mod source;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::hash::RandomState;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use zeroize::Zeroizing;

use self::report::Telling;
use self::source::{Failure, NewFile, Source, StandardOutput, Written};
use super::Context;
use super::bar::Bar;
use super::error::{CommandError, Kind as ErrorKind};
use super::out_file::OutFile;
use super::output::Form;
use super::unlock::known_group;
use crate::group::kind::Kind as FieldKind;
use crate::redact::format::office::Keep;
use crate::redact::format::{Format, Stopped};
use crate::redact::kind::Kind;
use crate::redact::people::People;
use crate::redact::{Options, Redactor};
use crate::sealed::lock::Mode;

/// Standard input or output.
pub(super) const STANDARD: &str = "-";
/// So many bytes tell which format a file is in.
const FIRST: usize = 4 << 10;

/// Black out what identifies people, so that a paper can be filed or sent.
///
/// Reads plain text, Markdown, CSV, JSON, HTML, XML, e-mail, DOCX, XLSX and ODT, and gives the same back with numbers of
/// cards, accounts and people, e-mail addresses, phone numbers and dates of birth blacked out. PDF files, pictures and
/// whatever else can't be rewritten truly are refused. Without --group it needs no store and no passphrase.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "Examples:\n  vault redact letter.docx -o letter-redacted.docx\n  vault redact complaint.eml --group private -o for-the-lawyer.eml"
)]
pub struct RedactArgs {
    /// The file, or - for standard input.
    pub file: PathBuf,
    /// The file to make, or - for standard output [default: standard output].
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    pub output: Option<PathBuf>,
    /// Also put codes in place of the names, addresses and numbers of this group's customers.
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Look for these kinds alone: iban, card, email, ssn …
    #[arg(long, long_help = kinds::help(), value_name = "KIND", value_delimiter = ',', value_parser = kinds::named)]
    pub only: Vec<Kind>,
    /// Black out numbers without a label as well, if they are written with a kind's official separators.
    #[arg(long)]
    pub strict: bool,
    /// Write nothing: tell what would be blacked out and where, and exit 1 if there is something.
    #[arg(long)]
    pub check: bool,
    /// Leave so many of the last letters and digits of numbers to be seen.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true,
          value_parser = clap::value_parser!(u8).range(0..=4))]
    pub last: u8,
    /// Leave pictures in office files as they are, whatever they show.
    #[arg(long)]
    pub keep_pictures: bool,
    /// What the file is, whatever its name says: text, csv, json, jsonl, html, xml, email or office.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub format: Option<Format>,
    /// One JSON object for each finding.
    #[arg(long)]
    pub json: bool,
}

fn format(name: &str) -> Result<Format, String> {
    let known = Format::NAMES.iter().find(|(known, _)| *known == name);
    known.map(|(_, format)| *format).ok_or_else(|| {
        let names: Vec<&str> = Format::NAMES.iter().map(|(name, _)| *name).collect();
        format!("the formats are {}", names.join(", "))
    })
}

impl RedactArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.json && !self.check && self.target().is_none() {
            let message = "--json tells of a file: give it a name with -o, or use --check";
            return Err(CommandError::new(ErrorKind::Usage, message));
        }
        let opened = self.open()?;
        let format = self.look(&opened)?;
        if let Some(target) = self.target() {
            // Without a store there is no folder to keep out of.
            OutFile::check(target, &context.store_folder().unwrap_or_default())?;
        }
        if format == Format::Office && self.target().is_none() && !self.check {
            let message = "an office file is not for the terminal or a pipe";
            return Err(CommandError::new(ErrorKind::Usage, message).hint("name a file to make with -o"));
        }
        let options = Options {
            only: (!self.only.is_empty()).then(|| self.only.iter().copied().collect::<BTreeSet<_>>()),
            strict: self.strict,
            last: usize::from(self.last),
            people: self.people(context)?,
        };
        let redactor = Redacting { arguments: self, context, format, options }.run(opened)?;
        self.tell(context, &redactor)
    }

    /// The file to make, if it is one.
    fn target(&self) -> Option<&Path> {
        self.output.as_deref().filter(|output| output.as_os_str() != STANDARD)
    }

    fn is_standard(&self) -> bool {
        self.file.as_os_str() == STANDARD
    }

    /// The file as a message names it.
    fn named(&self) -> String {
        if self.is_standard() { "standard input".to_owned() } else { self.file.display().to_string() }
    }

    fn unreadable(&self, error: &io::Error) -> CommandError {
        CommandError::new(ErrorKind::Failed, format!("cannot read {}: {error}", self.named()))
    }

    fn open(&self) -> Result<Opened, CommandError> {
        let failed = |error: io::Error| self.unreadable(&error);
        // Not `io::stdin`, whose buffer keeps what passed through it until the process ends.
        let mut file = if self.is_standard() {
            File::from(rustix::stdio::stdin().try_clone_to_owned().map_err(failed)?)
        } else {
            File::open(&self.file).map_err(failed)?
        };
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            let message = format!("{} is a folder", self.named());
            return Err(CommandError::new(ErrorKind::Failed, message).hint("redact its files one by one"));
        }
        // A pipe gives less at once than is there.
        let mut first = Zeroizing::new(Vec::with_capacity(FIRST));
        (&mut file).take(FIRST as u64).read_to_end(&mut first).map_err(failed)?;
        Ok(Opened { first, file, length: metadata.len() })
    }

    /// Finds out which format it is in, before a passphrase is asked for.
    fn look(&self, opened: &Opened) -> Result<Format, CommandError> {
        let name = self.file.file_name().filter(|_| !self.is_standard()).map(|name| name.to_string_lossy());
        let found = Format::of(name.as_deref().filter(|_| self.format.is_none()), &opened.first);
        let found = found.map_err(|refused| self.failed(Stopped::Refused(refused)))?;
        Ok(self.format.unwrap_or(found))
    }

    /// The customers of the group, by what they are known by.
    fn people(&self, context: &Context) -> Result<Option<Arc<People>>, CommandError> {
        let Some(name) = &self.group else { return Ok(None) };
        let store = context.store()?;
        known_group(&store, name)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(name, Mode::Shared)?;
        let unlogged = group.everybody().map_err(|error| CommandError::from(error).in_group(name))?;
        let (everybody, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let mut people = People::new(RandomState::new());
        let bar = Bar::new(context);
        let (mut done, mut last, mut code_text) = (0, None, Arc::from(""));
        let read = everybody.each(|code, kind, value| {
            if last != Some(code) {
                done += 1;
                bar.reached("reading customers", done, everybody.count());
                code_text = Arc::from(code.to_string());
                last = Some(code);
            }
            match kind {
                FieldKind::Name => people.add_name(value, &code_text),
                FieldKind::Phone => people.add_phone(value, &code_text),
                FieldKind::Email => people.add_text(value, &code_text),
                _ => people.add_number(value, &code_text),
            }
        });
        read.map_err(|error| CommandError::from(error).in_group(name))?;
        Ok(Some(Arc::new(people)))
    }

    /// Why it was not rewritten.
    fn failed(&self, stopped: Stopped) -> CommandError {
        let name = self.named();
        let error = match stopped {
            Stopped::Io(error) => return self.unreadable(&error),
            Stopped::Refused(refused) => CommandError::new(ErrorKind::Failed, format!("{name}: {refused}"))
                .hint(source::next_step(&self.file)),
            Stopped::Remains { line } => {
                let message = format!("{name}: line {line} still identified somebody when it was read again");
                CommandError::new(ErrorKind::Failed, message)
                    .hint("look at that line, and file nothing of it")
            }
        };
        error.hint(match self.target() {
            _ if self.check => "a listing that stands before this is not the whole",
            None => "what was written before this is not the whole",
            Some(_) => "nothing was written",
        })
    }
}

/// A file whose beginning was looked at.
struct Opened {
    first: Zeroizing<Vec<u8>>,
    file: File,
    /// Bytes of it; 0 of what has no end yet.
    length: u64,
}

/// One run of the command, when all is known that it needs.
struct Redacting<'a> {
    arguments: &'a RedactArgs,
    context: &'a Context,
    format: Format,
    options: Options,
}

impl Redacting<'_> {
    /// Rewrites the file. A new one appears when it is whole, and nothing that identifies was found in it again.
    fn run(&self, opened: Opened) -> Result<Redactor, CommandError> {
        let bar = Bar::new(self.context);
        let failed = Failure::default();
        let Some(target) = self.arguments.target() else {
            let source = Source::new(opened.first, opened.file, opened.length, &bar, &failed);
            if self.arguments.check {
                return self.check(source, &failed);
            }
            let mut output = StandardOutput { output: self.context.output(false), failed: &failed };
            let redactor = self.rewrite(source, &mut output, &failed, self.redactor())?;
            output.output.finish()?;
            return Ok(redactor);
        };
        let random = &*self.context.surroundings.random;
        let file = RefCell::new(NewFile::new(target, random));
        if self.format.is_streamed() {
            file.borrow_mut().begin()?;
        }
        let source = Source::new(opened.first, opened.file, opened.length, &bar, &failed).ended_by(&file);
        let redactor =
            self.rewrite(source, &mut Written { file: &file, failed: &failed }, &failed, self.redactor())?;
        file.into_inner().finish()?;
        Ok(redactor)
    }

    /// Looks at the file, and writes nothing. A listing that is drawn waits for its longest row.
    fn check(&self, source: Source<'_, '_>, failed: &Failure) -> Result<Redactor, CommandError> {
        let output = self.context.output(self.arguments.json);
        if !self.format.is_streamed() || matches!(output.form(), Form::Drawn { .. }) {
            return self.rewrite(source, &mut io::sink(), failed, self.redactor());
        }
        let (told, findings) = mpsc::channel();
        let mut telling = Telling { findings, output, is_json: self.arguments.json, failed };
        let done = self.rewrite(source, &mut telling, failed, self.redactor().that_tells(told));
        telling.finish()?;
        done
    }

    fn redactor(&self) -> Redactor {
        let redactor = Redactor::new(self.options.clone());
        let counts = self.format.is_streamed() && !self.arguments.check && !self.arguments.json;
        if counts { redactor.that_counts() } else { redactor }
    }

    fn rewrite(
        &self,
        mut source: Source<'_, '_>,
        output: &mut dyn Write,
        failed: &Failure,
        mut redactor: Redactor,
    ) -> Result<Redactor, CommandError> {
        let keep = Keep { pictures: self.arguments.keep_pictures };
        let done = self.format.rewrite(&mut source, output, &mut redactor, keep);
        done.map_err(|stopped| failed.take().unwrap_or_else(|| self.arguments.failed(stopped)))?;
        Ok(redactor)
    }
}

//! `vault log export`

use std::cell::RefCell;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::super::bar::Bar;
use super::super::error::CommandError;
use super::super::out_file::OutFile;
use super::super::terminal::HeldSignals;
use super::super::unlock::Unlocked;
use super::filters::FilterArgs;
use super::{event, read, threads};
use crate::access_log::export::{Export, ExportError, Format, Written};
use crate::access_log::reading::Filter;
use crate::access_log::{Action, Event, Outcome};
use crate::store::LogReading;

/// Write entries into a file, with a signed manifest beside it.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Write entries into a file, with a signed manifest beside it.\n\nFILE.manifest.json says what is in FILE, which filters left out how many entries, and carries the roster, all signed by you: `vault log verify --export FILE` checks both on any machine, without the store. Every entry is verified before it is written; that you export is itself an entry.",
    after_help = "Examples:\n  vault log export --format csv -o audit.csv\n  vault log export --format jsonl --since 30d --staff bea -o bea.jsonl"
)]
pub struct ExportArgs {
    /// JSON Lines, or CSV for spreadsheets.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: FileFormat,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become a heading of the help")]
    pub filters: FilterArgs,
    /// The file to make; neither it nor its manifest may be there yet.
    #[arg(short = 'o', value_name = "FILE")]
    pub output: PathBuf,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs, reason = "access_log::export::Format describes them")]
pub enum FileFormat {
    Jsonl,
    Csv,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Jsonl => Self::Jsonl,
            FileFormat::Csv => Self::Csv,
        }
    }
}

/// Where the manifest of an exported file lies.
pub(in crate::cli) fn manifest_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".manifest.json");
    path.into()
}

impl ExportArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store_folder = context.store_folder()?;
        let manifest = manifest_of(&self.output);
        for path in [&self.output, &manifest] {
            OutFile::check(path, &store_folder)?;
        }
        let store = context.store()?;
        let filter = self.filters.filter(context, store.roster())?;
        let unlocked = context.unlock(store)?;
        let held = unlocked.terminal.hold_signals();
        let random = &*context.surroundings.random;
        let files = [OutFile::begin(&manifest, random)?, OutFile::begin(&self.output, random)?];
        let begun = event(&format!("export {}", Format::from(self.format)), &filter);
        let reading = read(&unlocked, &begun)?;
        let exporting =
            Exporting { arguments: self, context, unlocked: &unlocked, held: &held, filter: &filter };
        match exporting.export(&reading, files) {
            Ok(written) => {
                self.tell(context, &filter, &written);
                Ok(())
            }
            Err(error) => {
                // What went wrong is what the person must hear.
                let _ = unlocked.session.log().append(&Event { outcome: Outcome::Failure, ..begun });
                Err(error)
            }
        }
    }

    fn tell(&self, context: &Context, filter: &Filter, written: &Written) {
        let Written { range, entries, left_out, .. } = written;
        let file = self.output.display();
        let manifest = manifest_of(&self.output);
        let are = if *entries == 1 { "entry is" } else { "entries are" };
        context.say(&format!("{entries} {are} in {file}; {} vouches for them", manifest.display()));
        if !filter.is_empty() {
            let (first, last, words) = (range.first.seq, range.last.seq, filter.in_words());
            let were = if *left_out == 1 { "was" } else { "were" };
            context.say(&format!(
                "filtered ({words}): of entries {first} to {last}, {left_out} {were} left out"
            ));
        }
    }
}

/// One run of the command, after its own entry was written.
struct Exporting<'a> {
    arguments: &'a ExportArgs,
    context: &'a Context,
    unlocked: &'a Unlocked<'a>,
    held: &'a HeldSignals<'a>,
    filter: &'a Filter,
}

impl Exporting<'_> {
    /// Writes both files, then the entry with the file's SHA-256, and only then gives them their names:
    /// the manifest first, so that no file ever stands without one.
    fn export(&self, reading: &LogReading, mut files: [OutFile; 2]) -> Result<Written, CommandError> {
        let format = Format::from(self.arguments.format);
        let [manifest, file] = &mut files;
        let written = self.write(reading, file)?;
        file.flush_to_disk()?;
        let name = self.arguments.output.file_name().unwrap_or_default().to_string_lossy();
        let session = &self.unlocked.session;
        let signed = session.vouch_for(&written, &name, format, self.filter)?;
        manifest.write_all(&signed).map_err(|error| manifest.failed(&error))?;
        manifest.flush_to_disk()?;
        if let Some(ending) = self.held.ending() {
            return Err(ending.into());
        }
        let mut event = Event::new(Action::Log, Outcome::Success);
        event.customer.clone_from(&self.filter.customer);
        event.detail = Some(format!("exported {format}; SHA-256 {}", written.sha256));
        event.count = Some(written.entries);
        session.log().append(&event)?;
        OutFile::name(&mut files)?;
        Ok(written)
    }

    fn write(&self, reading: &LogReading, file: &mut OutFile) -> Result<Written, CommandError> {
        let bar = Bar::new(self.context);
        let ended = RefCell::new(None);
        let watch = |stage, done, total| {
            bar.reached(stage, done, total);
            match self.held.ending() {
                None => ControlFlow::Continue(()),
                ending => {
                    ended.replace(ending);
                    ControlFlow::Break(())
                }
            }
        };
        let export = Export {
            reader: reading.reader(threads()),
            extent: reading.extent(),
            head: reading.head(),
            format: self.arguments.format.into(),
            filter: self.filter,
        };
        export.write(&mut *file, &watch).map_err(|error| match (error, ended.take()) {
            (ExportError::Stopped, Some(ending)) => ending.into(),
            (ExportError::Write(error), _) => file.failed(&error),
            (ExportError::Read(error), _) => error.into(),
            (error @ (ExportError::Cut | ExportError::Stopped), _) => CommandError::damaged(&error),
        })
    }
}

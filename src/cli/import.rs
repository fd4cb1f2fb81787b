//! `vault import`

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::Context;
use super::bar::{Bar, Watched};
use super::error::{CommandError, Kind};
use super::unlock::{Unlocked, known_group};
use crate::group::Group;
use crate::group::bulk::{BadRow, BulkError, Imported, Options};
use crate::group::field::Fields;
use crate::group::import::{ImportError, Mapping as Columns, Source};
use crate::group::intake::Opened;
use crate::sealed::lock::Mode;

use super::values::Mapping;

/// Add customers from a CSV or JSON Lines file, all or none.
///
/// The file may be sealed with age to the recipient that `vault intake show` tells. Every bad row is listed with
/// its line, field and reason.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "Examples:\n  vault import private customers.csv --dry-run\n  vault import private intake.jsonl.age --map Surname=name --ignore Fax"
)]
pub struct ImportArgs {
    /// The group that the customers belong to.
    pub group: String,
    /// The file: CSV with a header, or JSON Lines; either may be sealed for the group.
    pub file: PathBuf,
    /// Which field a column becomes.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<Mapping>,
    /// A column to leave out.
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// Text that stands for an empty value, such as NULL.
    #[arg(long, value_name = "TEXT")]
    pub null: Option<String>,
    /// Check every row and store nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave bad rows out and list them, instead of importing nothing.
    #[arg(long)]
    pub skip_bad: bool,
    /// Import rows even if the group seems to have them already.
    #[arg(long)]
    pub allow_duplicate: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A file that was looked at.
struct Looked {
    file: File,
    /// Sealed with age: what is in it was not seen yet.
    sealed: bool,
}

#[derive(Serialize)]
struct JsonImported<'rows> {
    imported: u64,
    skipped: Vec<JsonBadRow<'rows>>,
}

#[derive(Serialize)]
struct JsonBadRow<'row> {
    line: u64,
    field: &'row str,
    reason: &'row str,
}

impl<'row> From<&'row BadRow> for JsonBadRow<'row> {
    fn from(bad: &'row BadRow) -> Self {
        Self { line: bad.line, field: &bad.field, reason: &bad.reason }
    }
}

impl ImportArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let file = self.open_file()?;
        let store = context.store()?;
        known_group(&store, &self.group)?;
        let unlocked = context.unlock(store)?;
        let group = unlocked.open(&self.group, Mode::Exclusive)?;
        let sealed = file.sealed;
        match self.import(context, &unlocked, group, file) {
            Ok(imported) => self.tell(context, &imported),
            Err(BulkError::BadRows(bad)) => {
                self.show(context, 0, &bad)?;
                Err(BulkError::BadRows(bad).into())
            }
            Err(BulkError::Source(error)) if sealed => Err(self.refused(error.within_sealed())),
            Err(BulkError::Source(error)) => Err(self.refused(error)),
            Err(error) => Err(CommandError::from(error).in_group(&self.group)),
        }
    }

    /// Opens the file, and looks whether it is a table at all, before a passphrase is asked for.
    fn open_file(&self) -> Result<Looked, CommandError> {
        let failed = |error: io::Error| self.refused(error.into());
        let mut file = File::open(&self.file).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            let path = self.file.display();
            return Err(CommandError::new(Kind::Failed, format!("{path} is not a file")));
        }
        let looked = Source::open(Box::new(&file), &Fields::standard(), &Columns::default()).map(drop);
        let sealed = matches!(looked, Err(ImportError::Sealed));
        match looked {
            Ok(())
            | Err(
                // What is in a sealed file can be said when the group is open, as can whether the columns fit.
                ImportError::Sealed
                | ImportError::NoHeader(_)
                | ImportError::ColumnTwice { .. }
                | ImportError::UnknownColumns { .. }
                | ImportError::FieldTwice { .. }
                | ImportError::NoColumnFor { .. }
                | ImportError::NoSuchColumn { .. }
                | ImportError::MappedTwice { .. }
                | ImportError::UnknownField(_),
            ) => {}
            Err(error) => return Err(self.refused(error)),
        }
        file.rewind().map_err(failed)?;
        Ok(Looked { file, sealed })
    }

    fn refused(&self, error: ImportError) -> CommandError {
        CommandError::from(error).in_file(&self.file)
    }

    fn import(
        &self,
        context: &Context,
        unlocked: &Unlocked<'_>,
        group: Group,
        looked: Looked,
    ) -> Result<Imported, BulkError> {
        let fields = group.fields().clone();
        let columns = Columns {
            map: self.map.iter().map(|pair| (pair.column.clone(), pair.field.clone())).collect(),
            ignore: self.ignore.clone(),
            null: self.null.clone(),
        };
        let options = Options {
            dry_run: self.dry_run,
            skip_bad: self.skip_bad,
            allow_duplicate: self.allow_duplicate,
            sealed: looked.sealed,
        };
        let bar = Bar::new(context);
        let (inner, total): (Box<dyn Read>, u64) = if looked.sealed {
            let file = context.surroundings.disk.open(&self.file).map_err(ImportError::from)?;
            let opened = Opened::open(Arc::from(file), &group.intake_keys()?).map_err(ImportError::from)?;
            let length = opened.length();
            (Box::new(opened), length)
        } else {
            let length = looked.file.metadata().map_err(ImportError::from)?.len();
            (Box::new(looked.file), length)
        };
        let watched = Watched { inner, bar: &bar, done: 0, total };
        let source = Source::open(Box::new(watched), &fields, &columns)?;
        let progress = |done, total| bar.reached("writing", done, total);
        let (random, now) = (&*context.surroundings.random, context.surroundings.clock.now());
        group.import(source, options, unlocked.session.log(), random, now, &progress)
    }

    /// What was not imported is data; how many were is said.
    fn tell(&self, context: &Context, imported: &Imported) -> Result<(), CommandError> {
        let Imported { imported, skipped } = imported;
        self.show(context, *imported, skipped)?;
        let done = if self.dry_run { "would be imported" } else { "imported" };
        let customers = if *imported == 1 { "customer" } else { "customers" };
        context.say(&format!("{imported} {customers} {done} into group {}", self.group));
        if skipped.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<u64> = skipped.iter().map(|row| row.line).collect();
        lines.dedup();
        let left_out = match lines.len() {
            1 => "1 bad row was left out".to_owned(),
            count => format!("{count} bad rows were left out"),
        };
        Err(CommandError::new(Kind::Partly, left_out))
    }

    fn show(&self, context: &Context, imported: u64, bad: &[BadRow]) -> Result<(), CommandError> {
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonImported { imported, skipped: bad.iter().map(JsonBadRow::from).collect() })?;
        } else if !bad.is_empty() {
            let row = |row: &BadRow| vec![row.line.to_string(), row.field.clone(), row.reason.clone()];
            output.listing(&["Line", "Field", "Reason"], &bad.iter().map(row).collect::<Vec<_>>())?;
        }
        Ok(output.finish()?)
    }
}

//! `vault document add`

use std::fs::File;
use std::io::Seek as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::miss;
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::{CommandError, Kind};
use crate::cli::unlock::{Unlocked, group_of_code};
use crate::group::code::CustomerCode;
use crate::group::document::{Document, DocumentError, DocumentName, NewDocument};
use crate::sealed::lock::Mode;

/// How often a group may be re-keyed while a document is sealed before the command gives up.
const TRIES: usize = 3;

/// Attach a copy of a file to a customer, sealed to the group.
///
/// The group is not held while the file is sealed, however large it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document add 4T-7K3M-Q9TD passport.pdf\n  vault document add 4T-7K3M-Q9TD scan0007.tif --name contract-2026.tif"
)]
pub struct AddArgs {
    /// The customer code.
    pub code: String,
    /// The file; it stays where it is.
    pub file: PathBuf,
    /// What to call it [default: the file's own name].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonAdded<'document> {
    code: String,
    document: i64,
    name: &'document str,
    #[serde(rename = "type")]
    kind: &'document str,
    bytes: u64,
    sha256: String,
}

impl AddArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let name = self.document_name()?;
        let source = Source::open(&self.file)?;
        let store = context.store()?;
        let group = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let document = self.add(context, &unlocked, (&group, code), &name, &source)?;
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonAdded {
                code: code.to_string(),
                document: document.number,
                name: &document.name,
                kind: &document.kind,
                bytes: document.bytes,
                sha256: document.sha256.to_string(),
            })?;
        } else {
            let (bytes, sha256) = (document.bytes.to_string(), document.sha256.to_string());
            let lines = [
                ("Name", document.name.as_str()),
                ("Type", &document.kind),
                ("Bytes", &bytes),
                ("SHA-256", &sha256),
            ];
            output.card(&code.to_string(), &lines)?;
        }
        Ok(output.finish()?)
    }

    fn document_name(&self) -> Result<DocumentName, CommandError> {
        let own = || self.file.file_name().and_then(|name| name.to_str());
        let name = self.name.as_deref().or_else(own).ok_or_else(|| {
            let message = format!("{} has no name that can be read", self.file.display());
            CommandError::new(Kind::Usage, message).hint("give the document one with --name")
        })?;
        Ok(name.parse::<DocumentName>()?)
    }

    fn add(
        &self,
        context: &Context,
        unlocked: &Unlocked<'_>,
        (group_name, code): (&str, CustomerCode),
        name: &DocumentName,
        source: &Source,
    ) -> Result<Document, CommandError> {
        let log = unlocked.session.log();
        let random = &*context.surroundings.random;
        let held = unlocked.terminal.hold_signals();
        let mut tries = 0;
        loop {
            let group = unlocked.open(group_name, Mode::Shared)?;
            miss(unlocked, group_name, group.may_attach(code, name, log))?;
            let documents = group.documents();
            // Others may work while a large file is sealed.
            drop(group);
            let bar = Bar::new(context);
            let sealed = NewDocument::seal(name.clone(), &documents, random, |piece, offset| {
                bar.reached("sealing", offset, source.bytes);
                if held.ending().is_some() {
                    return Err(DocumentError::Source(std::io::ErrorKind::Interrupted.into()));
                }
                source.read(piece, offset)
            });
            bar.clear();
            if let Some(ending) = held.ending() {
                return Err(ending.into());
            }
            let sealed = sealed.map_err(|error| self.blame_file(error))?;
            let mut group = unlocked.open(group_name, Mode::Exclusive)?;
            let now = context.surroundings.clock.now();
            let attached = group.attach(code, sealed, log, now);
            tries += 1;
            if matches!(attached, Err(DocumentError::Rekeyed)) && tries < TRIES {
                continue;
            }
            let document = miss(unlocked, group_name, attached)?;
            unlocked.tidy(group);
            return Ok(document);
        }
    }

    /// Says of which file it is that it can't be added.
    fn blame_file(&self, error: DocumentError) -> CommandError {
        let is_files =
            matches!(error, DocumentError::Source(_) | DocumentError::Empty | DocumentError::Changed);
        let error = CommandError::from(error);
        if is_files { error.in_file(&self.file) } else { error }
    }
}

/// The file that is to be added. It must stay as it is while it is read.
struct Source {
    file: File,
    bytes: u64,
    changed: (i64, i64),
}

impl Source {
    fn open(path: &Path) -> Result<Self, CommandError> {
        let failed = |error: std::io::Error| {
            CommandError::new(Kind::Failed, format!("cannot read {}: {error}", path.display()))
        };
        // Before it is opened: a pipe would be waited for.
        let is_file = path.metadata().map_err(failed)?.is_file();
        if !is_file {
            let message = format!("{} is not a file", path.display());
            return Err(CommandError::new(Kind::Failed, message));
        }
        let mut file = File::open(path).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.len() == 0 {
            let message = format!("{}: there is nothing in it", path.display());
            return Err(CommandError::new(Kind::Failed, message).hint("nothing was stored"));
        }
        Ok(Self { file, bytes: about.len(), changed: (about.mtime(), about.mtime_nsec()) })
    }

    fn read(&self, piece: &mut [u8], offset: u64) -> Result<usize, DocumentError> {
        let mut filled = 0;
        while filled < piece.len() {
            match self.file.read_at(&mut piece[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DocumentError::Source(error)),
            }
        }
        let end = offset + filled as u64;
        if end > self.bytes || (filled == 0 && (end < self.bytes || self.was_changed()?)) {
            return Err(DocumentError::Changed);
        }
        Ok(filled)
    }

    fn was_changed(&self) -> Result<bool, DocumentError> {
        let about = self.file.metadata().map_err(DocumentError::Source)?;
        Ok((about.mtime(), about.mtime_nsec()) != self.changed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_does_not_keep_still_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan");
        let changes: [fn(&File); 3] = [
            |mut file| file.write_all(b"more").unwrap(),
            |file| file.set_len(100).unwrap(),
            |file| {
                file.write_at(b"other", 0).unwrap();
                file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            },
        ];
        for change in changes {
            std::fs::write(&path, [7; 3000]).unwrap();
            let source = Source::open(&path).unwrap();
            let mut piece = [0; 1000];
            assert_eq!(source.read(&mut piece, 0).unwrap(), 1000);
            change(&File::options().append(true).open(&path).unwrap());
            let mut offset = 1000;
            let end = loop {
                match source.read(&mut piece, offset) {
                    Ok(0) => break Ok(()),
                    Ok(count) => offset += count as u64,
                    Err(error) => break Err(error),
                }
            };
            assert!(matches!(end, Err(DocumentError::Changed)), "{end:?}");
        }
    }
}

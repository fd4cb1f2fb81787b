//! `vault document get`

use std::io::Write as _;
use std::path::PathBuf;

use super::miss;
use crate::access_log::{Action, Event, Outcome};
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::CommandError;
use crate::cli::out_file::OutFile;
use crate::cli::unlock::group_of_code;
use crate::group::code::CustomerCode;
use crate::group::document::{BadDocument, DocumentName};
use crate::sealed::lock::Mode;

/// Write one of a customer's documents into a file, as it was added.
///
/// What is written is plain; the file is readable by your account alone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault document get 4T-7K3M-Q9TD passport.pdf -o passport.pdf\n  vault document get 4T-7K3M-Q9TD contract.pdf -o /media/stick/contract.pdf"
)]
pub struct GetArgs {
    /// The customer code.
    pub code: String,
    /// The document's name.
    pub name: String,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

impl GetArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let code = CustomerCode::parse(&self.code)?;
        let name: DocumentName = self.name.parse()?;
        OutFile::check(&self.output, &context.store_folder()?)?;
        let store = context.store()?;
        let group_name = group_of_code(&store, code)?;
        let unlocked = context.unlock(store)?;
        let held = unlocked.terminal.hold_signals();
        let mut file = OutFile::begin(&self.output, &*context.surroundings.random)?;
        let group = unlocked.open(&group_name, Mode::Shared)?;
        let unlogged = miss(&unlocked, &group_name, group.open_document(code, &name))?;
        // It stays readable: nobody is held up while a large one is written.
        drop(group);
        let (reading, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let (number, bytes) = (reading.document.number, reading.document.bytes);
        let bar = Bar::new(context);
        let written = reading.read(|piece, done| {
            bar.reached("writing", done, bytes);
            if let Some(ending) = held.ending() {
                return Err(Stopped(ending.into()));
            }
            file.write_all(piece).map_err(|error| Stopped(file.failed(&error)))
        });
        bar.clear();
        let named = written.map_err(|Stopped(error)| error).and_then(|()| {
            file.flush_to_disk()?;
            OutFile::name(&mut [file])
        });
        if named.is_err() {
            let mut event = Event::new(Action::Document, Outcome::Failure);
            event.group = Some(group_name);
            event.customer = Some(code.to_string());
            event.detail = Some(format!("get document {number}"));
            // What went wrong is what the person must hear.
            let _ = unlocked.session.log().append(&event);
        }
        named?;
        context.say(&format!("document {} of customer {code} is in {}", self.name, self.output.display()));
        Ok(())
    }
}

/// Why the file was not written.
struct Stopped(CommandError);

impl From<BadDocument> for Stopped {
    fn from(error: BadDocument) -> Self {
        Self(error.into())
    }
}

//! `vault export`

use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::Context;
use super::bar::Bar;
use super::error::{CommandError, Kind};
use super::out_file::{Hashed, OutFile};
use super::terminal::HeldSignals;
use super::unlock::{Unlocked, known_group};
use crate::access_log::{Action, Event, Outcome, Role};
use crate::group::code::CustomerCode;
use crate::group::export::{Export, ExportError};
use crate::sealed::age_file::SealingStream;
use crate::sealed::identity::Recipient;
use crate::sealed::lock::Mode;
use crate::sealed::signed::Digest;

/// Most recipients of one file: an entry of the access log names them all.
const MOST_RECIPIENTS: usize = 20;

/// Write a group's customers into a file that is sealed to whoever is to have them.
///
/// JSON Lines, one customer a line, which `vault import` of another store reads. Sensitive fields are in it, documents are not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault export private --to age1… -o private.jsonl.age --reason \"hand-over to the archive\"\n  vault export private --to age1… -o one.age --customer 4T-7K3M-Q9TD --reason \"file 7\""
)]
pub struct ExportArgs {
    /// The group.
    pub group: String,
    /// Whoever may open the file: an age recipient, age1…; may be given several times.
    #[arg(
        long,
        value_name = "RECIPIENT",
        required_unless_present = "plaintext",
        value_parser = super::values::recipient
    )]
    pub to: Vec<Recipient>,
    /// The file to make.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Only this customer; may be given several times.
    #[arg(long, value_name = "CODE")]
    pub customer: Vec<String>,
    /// Why; logged.
    #[arg(long, value_name = "TEXT", value_parser = super::values::reason)]
    pub reason: String,
    /// Seal nothing: whoever gets hold of the file reads it. For owners only.
    #[arg(long, conflicts_with = "to")]
    pub plaintext: bool,
}

impl ExportArgs {
    pub(in crate::cli) fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.to.len() > MOST_RECIPIENTS {
            let message = format!("at most {MOST_RECIPIENTS} recipients");
            return Err(CommandError::new(Kind::Usage, message));
        }
        let codes =
            self.customer.iter().map(|code| CustomerCode::parse(code)).collect::<Result<Vec<_>, _>>()?;
        OutFile::check(&self.output, &context.store_folder()?)?;
        let store = context.store()?;
        known_group(&store, &self.group)?;
        let unlocked = context.unlock(store)?;
        let begun = self.begun();
        if self.plaintext && unlocked.session.role() != Role::Owner {
            let event = Event { outcome: Outcome::Denied, ..begun };
            unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
            let person = &unlocked.session.person().name;
            let message = format!("{person} is no owner, who alone may export without sealing");
            return Err(CommandError::new(Kind::NotAllowed, message)
                .hint("seal it to whoever is to have it, with --to RECIPIENT"));
        }
        let held = unlocked.terminal.hold_signals();
        let group = unlocked.open(&self.group, Mode::Shared)?;
        let unlogged = match group.export(&codes, &begun) {
            Err(ExportError::NoSuchCustomer(missing)) => {
                let mut event = Event { outcome: Outcome::Failure, ..begun };
                event.customer = Some(missing.code.to_string());
                event.detail = Some("no such customer".to_owned());
                unlocked.tell_receipt(&unlocked.session.log().append(&event)?);
                return Err(ExportError::NoSuchCustomer(missing).into());
            }
            readied => readied.map_err(|error| CommandError::from(error).in_group(&self.group))?,
        };
        let file = OutFile::begin(&self.output, &*context.surroundings.random)?;
        let (export, receipt) = unlocked.session.log().release(unlogged)?;
        unlocked.tell_receipt(&receipt);
        let exporting = Exporting { arguments: self, context, unlocked: &unlocked, held: &held };
        match exporting.export(&export, file) {
            Ok(()) => {
                self.tell(context, export.count());
                Ok(())
            }
            Err(error) => {
                // What went wrong is what the person must hear.
                let event = Event { outcome: Outcome::Failure, group: Some(self.group.clone()), ..begun };
                let _ = unlocked.session.log().append(&event);
                Err(error)
            }
        }
    }

    fn begun(&self) -> Event {
        let mut event = Event::new(Action::Export, Outcome::Success);
        event.group = Some(self.group.clone());
        event.reason = Some(self.reason.clone());
        let to: Vec<String> = self.to.iter().map(ToString::to_string).collect();
        let sealed = format!("sealed to {}", to.join(" "));
        event.detail = Some(if self.plaintext { "plaintext".to_owned() } else { sealed });
        event
    }

    fn tell(&self, context: &Context, count: u64) {
        let customers =
            if count == 1 { "1 customer is".to_owned() } else { format!("{count} customers are") };
        let file = self.output.display();
        context.say(&format!("{customers} in {file}"));
        if self.plaintext {
            context.warn(&format!("nothing seals {file}: whoever gets hold of it reads it"));
        }
    }
}

/// One run of the command, after its own entry was written.
struct Exporting<'a> {
    arguments: &'a ExportArgs,
    context: &'a Context,
    unlocked: &'a Unlocked<'a>,
    held: &'a HeldSignals<'a>,
}

impl Exporting<'_> {
    /// Writes the file, then the entry with its SHA-256, and only then gives it its name.
    fn export(&self, export: &Export<'_>, mut file: OutFile) -> Result<(), CommandError> {
        let sha256 = self.write(export, &mut file)?;
        file.flush_to_disk()?;
        if let Some(ending) = self.held.ending() {
            return Err(ending.into());
        }
        let mut event = self.arguments.begun();
        event.detail = Some(format!("written; SHA-256 {sha256}"));
        event.count = Some(export.count());
        self.unlocked.session.log().append(&event)?;
        OutFile::name(&mut [file])
    }

    fn write(&self, export: &Export<'_>, file: &mut OutFile) -> Result<Digest, CommandError> {
        let bar = Bar::new(self.context);
        let ended = RefCell::new(None);
        let watch = |done, total| {
            bar.reached("writing", done, total);
            match self.held.ending() {
                None => ControlFlow::Continue(()),
                ending => {
                    ended.replace(ending);
                    ControlFlow::Break(())
                }
            }
        };
        let mut hashed = Hashed::new(file);
        let written = if self.arguments.plaintext {
            export.write(&mut hashed, &watch)
        } else {
            self.seal(export, &mut hashed, &watch)
        };
        let sha256 = hashed.sha256();
        match (written, ended.take()) {
            (Ok(()), _) => Ok(sha256),
            (Err(ExportError::Stopped), Some(ending)) => Err(ending.into()),
            (Err(ExportError::Write(error)), _) => Err(file.failed(&error)),
            (Err(error), _) => Err(CommandError::from(error).in_group(&self.arguments.group)),
        }
    }

    fn seal(
        &self,
        export: &Export<'_>,
        hashed: &mut Hashed<'_>,
        watch: &dyn Fn(u64, u64) -> ControlFlow<()>,
    ) -> Result<(), ExportError> {
        let mut sealing = SealingStream::begin(&self.arguments.to, hashed).map_err(io::Error::other)?;
        export.write(&mut sealing, watch)?;
        sealing.finish()?;
        Ok(())
    }
}

//! `vault backup verify`

use std::path::PathBuf;

use indicatif::HumanBytes;
use serde::Serialize;

use super::counted;
use crate::access_log::{Action, Event, Outcome};
use crate::backup::manifest::ManifestFault;
use crate::backup::medium::Medium;
use crate::backup::shelf::Shelf;
use crate::backup::verify::{Checked, VerifiedMedium, verify};
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::{CommandError, Kind};
use crate::cli::output::Form;
use crate::store::{MediaNotes, Store};

/// Check every byte, link and signature on a medium; asks no passphrase.
///
/// Each byte comes from the medium itself, not from what the machine remembers of it. Needs no store; where
/// there is the one that the snapshots are of, the result is noted and logged.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault backup verify /media/blue\n  \
                        vault backup verify /media/blue 2026-11-26T02-00-00Z")]
pub struct VerifyArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The snapshot's name, or how no other's begins [default: all of them].
    pub snapshot: Option<String>,
    /// One JSON object a snapshot.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonSnapshot<'checked> {
    snapshot: &'checked str,
    sound: bool,
    files: u64,
    bytes: u64,
    fault: Option<String>,
}

impl VerifyArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let medium = Medium::open_to_read(&self.dir, &context.surroundings)?;
        let snapshots = Shelf::read(&medium)?;
        let only = match &self.snapshot {
            Some(asked) => Some(snapshots.find(Some(asked))?.manifest.snapshot.clone()),
            None => None,
        };
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("reading", done, total);
        let verified = verify(&medium, &snapshots, only.as_ref(), &progress);
        bar.clear();
        note(context, &medium, &verified);
        self.show(context, &verified)?;

        let mut bad: Vec<CommandError> = Vec::new();
        for checked in &verified.snapshots {
            if let Err(fault) = &checked.found {
                bad.push(CommandError::of_snapshot(checked.name.as_str(), fault));
            }
        }
        for unusable in snapshots.unusable.iter().filter(|_| only.is_none()) {
            match &unusable.fault {
                ManifestFault::BrokenOff => {
                    context.say(&format!(
                        "snapshot {} was broken off while it was made, and is none",
                        unusable.name
                    ));
                }
                fault => {
                    let kind = match fault {
                        ManifestFault::NewerFormat(_) => Kind::Failed,
                        _ => Kind::Damaged,
                    };
                    let message = format!("snapshot {}: its manifest: {fault}", unusable.name);
                    bad.push(CommandError::new(kind, message));
                }
            }
        }
        all_told(context, &medium, &verified, bad)
    }

    fn show(&self, context: &Context, verified: &VerifiedMedium) -> Result<(), CommandError> {
        let mut output = context.output(self.json);
        let exact = output.form() == Form::Separated;
        let mut rows = Vec::new();
        for Checked { name, bytes, files, found, .. } in &verified.snapshots {
            if self.json {
                let fault = found
                    .as_ref()
                    .err()
                    .map(|fault| CommandError::of(Kind::Damaged, fault).message().to_owned());
                let (snapshot, sound) = (name.as_str(), found.is_ok());
                output.object(&JsonSnapshot { snapshot, sound, files: *files, bytes: *bytes, fault })?;
                continue;
            }
            let result = match found {
                Ok(_) => "ok",
                Err(fault) if fault.is_unreadable() => "not checked",
                Err(_) => "DAMAGED",
            };
            let size = if exact { bytes.to_string() } else { HumanBytes(*bytes).to_string() };
            rows.push(vec![name.to_string(), result.to_owned(), files.to_string(), size]);
        }
        if !rows.is_empty() {
            output.table(&["Snapshot", "Result", "Files", "Size"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

/// Notes the result where the store of these snapshots is. That it can't be noted is told, and changes
/// nothing about it.
fn note(context: &Context, medium: &Medium, verified: &VerifiedMedium) {
    let opened = context.store_folder().ok().map(|root| Store::open(&root, &context.surroundings));
    let Some(Ok(store)) = opened else { return };
    let card = medium.card();
    if store.store_id() != card.store {
        return;
    }
    let now = context.surroundings.clock.now();
    let changed = MediaNotes::change(&context.surroundings, store.store_id(), |notes| {
        // A medium that this machine does not know is not made known by that.
        let Some(known) = notes.media.iter_mut().find(|known| known.medium == card.medium) else {
            return;
        };
        for Checked { manifest, found, .. } in &verified.snapshots {
            let Some(snapshot) = known.snapshot_mut(*manifest) else { continue };
            match found {
                Ok(_) => (snapshot.checked, snapshot.bad) = (Some(now), false),
                Err(fault) if fault.is_unreadable() => {}
                Err(_) => snapshot.bad = true,
            }
        }
    });
    if let Err(error) = changed {
        context.warn(CommandError::from(error).message());
    }
    let sound = verified.snapshots.iter().all(|checked| checked.found.is_ok());
    let mut event = Event::new(Action::Backup, if sound { Outcome::Success } else { Outcome::Failure });
    event.detail = Some(format!("verify; medium {}", card.medium));
    event.count = Some(verified.snapshots.len() as u64);
    let logged = store.log_of_job().and_then(|log| log.append(&event));
    if let Err(error) = logged {
        context.warn(CommandError::from(error).message());
    }
}

/// Every bad snapshot is told.
fn all_told(
    context: &Context,
    medium: &Medium,
    verified: &VerifiedMedium,
    bad: Vec<CommandError>,
) -> Result<(), CommandError> {
    let label = &medium.card().label;
    let (colour, environment) = (context.everywhere.color, &context.environment);
    let in_words = |bad| format!("{label}: {} did not verify", counted(bad, "snapshot"));
    if let Some(error) = CommandError::sum_of(bad, colour, environment, in_words) {
        return Err(error);
    }
    let count = counted(verified.snapshots.len(), "snapshot");
    let signatures: u64 = verified.snapshots.iter().filter_map(|checked| checked.found.as_ref().ok()).sum();
    let (objects, bytes) = (verified.objects, HumanBytes(verified.bytes));
    context.say(&format!(
        "{label}: {count}; {objects} objects ({bytes}) read from the medium, {signatures} signatures hold"
    ));
    Ok(())
}

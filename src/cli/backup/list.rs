//! `vault backup list`

use std::path::PathBuf;

use indicatif::HumanBytes;
use serde::Serialize;

use crate::backup::list::{Listed, ListedSnapshot, list};
use crate::backup::manifest::ManifestFault;
use crate::cli::Context;
use crate::cli::customer::time;
use crate::cli::error::{CommandError, Kind};
use crate::cli::output::Form;

/// List a medium's snapshots, oldest first; asks no passphrase and needs no store.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault backup list /media/blue\n  vault backup list /media/blue --json")]
pub struct ListArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// One JSON object a snapshot.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonSnapshot<'listed> {
    snapshot: &'listed str,
    time: String,
    bytes: u64,
    verified: bool,
    checked: Option<String>,
    line: u32,
}

impl ListArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let (card, listed) = list(&self.dir, &context.surroundings)?;
        let mut output = context.output(self.json);
        let exact = output.form() == Form::Separated;
        let mut rows = Vec::new();
        for Listed { name, read } in &listed {
            let Ok(read) = read else { continue };
            if self.json {
                output.object(&JsonSnapshot {
                    snapshot: name.as_str(),
                    time: read.time.to_string(),
                    bytes: read.bytes,
                    verified: read.is_verified(),
                    checked: read.noted.as_ref().and_then(|noted| noted.checked).map(|at| at.to_string()),
                    line: read.line,
                })?;
            } else {
                let size = if exact { read.bytes.to_string() } else { HumanBytes(read.bytes).to_string() };
                rows.push(vec![name.to_string(), size, read.line.to_string(), verified(read)]);
            }
        }
        if !rows.is_empty() {
            output.table(&["Snapshot", "Size", "Line", "Verified"], &rows)?;
        } else if listed.is_empty() {
            context.say(&format!("there is no snapshot on {} yet", card.label));
        }
        output.flush()?;
        let mut damaged = None;
        for Listed { name, read } in &listed {
            match read {
                Ok(_) => {}
                Err(ManifestFault::BrokenOff) => {
                    context.say(&format!("snapshot {name} was broken off while it was made, and is none"));
                }
                Err(fault) => damaged = Some((name, fault)),
            }
        }
        output.finish()?;
        match damaged {
            None => Ok(()),
            Some((name, fault)) => {
                let kind =
                    if matches!(fault, ManifestFault::NewerFormat(_)) { Kind::Failed } else { Kind::Damaged };
                Err(CommandError::of(kind, fault).in_file(name.as_str().as_ref()))
            }
        }
    }
}

/// Whether and when a snapshot was found good, in words.
fn verified(read: &ListedSnapshot) -> String {
    match &read.noted {
        Some(noted) if noted.bad => "found damaged".to_owned(),
        Some(noted) if noted.checked.is_some() => noted.checked.map(time).unwrap_or_default(),
        Some(noted) if noted.read_back => "when it was made".to_owned(),
        _ => "not by this machine".to_owned(),
    }
}

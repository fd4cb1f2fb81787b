//! `vault backup create`

use std::path::PathBuf;

use indicatif::HumanBytes;
use serde::Serialize;

use super::counted;
use crate::backup::create::create_and_tell;
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::CommandError;
use crate::machine::limits;

/// Make a snapshot of the store on a medium; asks no passphrase.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Make a snapshot of the store on a medium; asks no passphrase.\n\nMade for a timer at night: it needs no terminal. The office may go on working. Only what the medium does not have is written, and read back from the medium itself. A store that went back behind the medium's newest snapshot is refused.",
    after_help = "Examples:\n  vault backup create /media/blue\n  vault --wait 300 backup create /media/blue --json"
)]
pub struct CreateArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Take a folder on the store's own file system: no protection against a disk that fails.
    #[arg(long)]
    pub same_filesystem: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct JsonCreated<'created> {
    snapshot: &'created str,
    new_bytes: u64,
    total_bytes: u64,
    verified: bool,
    medium: &'created str,
}

impl CreateArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        // A snapshot has every group's files open at once.
        limits::raise_open_files();
        let store = context.store()?;
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("copying", done, total);
        let created = create_and_tell(&store, &self.dir, self.same_filesystem, &progress);
        bar.clear();
        let created = created?;
        if let Some(error) = created.not_noted {
            context.warn(&format!(
                "the snapshot is made, and could not be noted on this machine: {}",
                CommandError::from(error).message()
            ));
        }
        if created.lost_pieces > 0 {
            let pieces = counted(usize::try_from(created.lost_pieces).unwrap_or(usize::MAX), "piece");
            context.warn(&format!(
                "{pieces} on {} had been damaged or lost; what the store still has of them is written anew. The \
                 medium may be failing: `vault backup verify` tells which older snapshots are hurt",
                created.label
            ));
        }
        let mut output = context.output(self.json);
        if self.json {
            output.object(&JsonCreated {
                snapshot: created.snapshot.as_str(),
                new_bytes: created.new_bytes,
                total_bytes: created.total_bytes,
                verified: true,
                medium: &created.label,
            })?;
        } else {
            let (new, total) = (HumanBytes(created.new_bytes), HumanBytes(created.total_bytes));
            output.line(&format!(
                "snapshot {} on {}: {new} written and read back, of {total}",
                created.snapshot, created.label
            ))?;
        }
        Ok(output.finish()?)
    }
}

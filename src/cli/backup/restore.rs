//! `vault backup restore`

use std::path::{Path, PathBuf};

use indicatif::HumanBytes;

use super::counted;
use crate::backup::medium::Medium;
use crate::backup::restore::restore;
use crate::backup::shelf::Shelf;
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::{CommandError, Kind};
use crate::cli::named::folder_of;
use crate::store::building::Building;

/// Restore a snapshot into a new folder, for an owner to accept; no passphrase.
///
/// The groups are those of the snapshot. People, rights and the access log never go back: they are those of
/// the medium's newest snapshot. Until `vault backup accept` nothing else opens the new store.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault backup restore /media/blue --into ~/.local/share/vault\n  \
                        vault backup restore /media/blue 2026-11-20T02-00-00Z --into /srv/vault-of-the-20th")]
pub struct RestoreArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The snapshot's name, or how no other's begins [default: the newest].
    pub snapshot: Option<String>,
    /// The new folder; there must be nothing of that name.
    #[arg(long, value_name = "NEWDIR")]
    pub into: PathBuf,
}

impl RestoreArgs {
    /// A store that lies on its own backup would be lost with it.
    fn refuse_medium(&self) -> Result<(), CommandError> {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        let (Some(medium), Some(beside)) = (real(&self.dir), real(folder_of(&self.into))) else {
            return Ok(());
        };
        if beside.starts_with(medium) {
            let message = format!("{} is on the medium itself", self.into.display());
            return Err(
                CommandError::new(Kind::Usage, message).hint("name a folder on the machine's own disk")
            );
        }
        Ok(())
    }

    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let medium = Medium::open_to_read(&self.dir, &context.surroundings)?;
        let snapshots = Shelf::read(&medium)?;
        let written = snapshots.find(self.snapshot.as_deref())?;
        self.refuse_medium()?;
        for left in Building::leftovers(&self.into, &*context.surroundings.disk) {
            context.warn(&format!("{} is what a broken-off restore left; remove it", left.display()));
        }
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("restoring", done, total);
        let restored = restore(&medium, &snapshots, written, &self.into, &context.surroundings, &progress);
        bar.clear();
        let restored = restored?;
        for (snapshot, fault) in &restored.passed_over {
            context.warn(&format!(
                "people and log could not be taken from snapshot {snapshot}, which is newer: {}",
                CommandError::of_snapshot(snapshot, fault).message()
            ));
        }
        let mark = &restored.mark;
        let (groups, size) = (counted(mark.newest.groups.len(), "group"), HumanBytes(restored.bytes));
        let (snapshot, into) = (&mark.from.snapshot, self.into.display());
        context.say(&format!("snapshot {snapshot} is restored to {into}: {groups}, {size}"));
        if mark.newest.snapshot != mark.from.snapshot {
            let newest = &mark.newest.snapshot;
            context.say(&format!("people, rights and the access log are of {newest}: they never go back"));
        }
        context.say(&format!("an owner accepts it with `vault --store {into} backup accept`"));
        Ok(())
    }
}

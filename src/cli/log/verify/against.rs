//! Earlier exports and backups as witnesses: manifests, folders of them, media.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::super::Context;
use super::super::super::error::{CommandError, Kind};
use super::super::verify_export::read_manifest;
use crate::access_log::verify::{Source, Witness};
use crate::backup::medium::{Medium, MediumLayout};
use crate::backup::shelf::Shelf;
use crate::store::roster::GoesOn;
use crate::store::seen::SeenGroup;
use crate::store::{Elsewhere, Layout, Roster, RosterError, Vouched, VouchedError};

/// How manifests are named.
const SUFFIX: &str = ".manifest.json";
/// For who names something else.
const HINT: &str = "`--against` names an export's manifest, a folder with some in it, or a backup medium";

/// The roster does not go on from what a snapshot holds of it.
#[derive(Debug, thiserror::Error)]
#[error("the roster does not go on from the one in snapshot {snapshot}, on {label}")]
struct RosterWentBack {
    snapshot: String,
    label: String,
    #[source]
    error: RosterError,
}

/// The first and last entry of each export that `paths` name, and the ends of each snapshot. What does not hold
/// is found before anybody types a passphrase.
pub(super) fn witnesses(
    context: &Context,
    paths: &[PathBuf],
    roster: &Roster,
) -> Result<Elsewhere, CommandError> {
    let mut found = Elsewhere::default();
    for path in paths {
        if MediumLayout::new(path).card().exists() {
            of_medium(context, path, roster, &mut found)?;
            continue;
        }
        let witnesses = &mut found.witnesses;
        if !path.is_dir() {
            let vouched = read_manifest(path, HINT)?;
            let goes_on = vouched.fits(roster).map_err(|error| unfit(error, path))?;
            witnesses.extend(ends(&vouched, &goes_on, path));
            continue;
        }
        let manifests = manifests_in(path)?;
        if manifests.is_empty() {
            let message = format!(
                "no export's manifest (*{SUFFIX}) lies in {}, and it is no backup medium",
                path.display()
            );
            return Err(CommandError::new(Kind::NotFound, message));
        }
        for manifest in manifests {
            let vouched = read_manifest(&manifest, HINT)?;
            match vouched.fits(roster) {
                // An auditor of several offices may keep them all in one place.
                Err(error @ VouchedError::OtherStore { .. }) => {
                    context.warn(&format!("{}: left out: {error}", manifest.display()));
                }
                fits => {
                    let goes_on = fits.map_err(|error| unfit(error, &manifest))?;
                    witnesses.extend(ends(&vouched, &goes_on, &manifest));
                }
            }
        }
    }
    Ok(found)
}

/// Every whole snapshot of a medium: where it saw the log and the groups end.
fn of_medium(
    context: &Context,
    folder: &Path,
    roster: &Roster,
    found: &mut Elsewhere,
) -> Result<(), CommandError> {
    let medium = Medium::open_to_read(folder, &context.surroundings)?;
    if medium.card().store != roster.store_id() {
        context.warn(&format!("{}: left out: it is a medium of another store", folder.display()));
        return Ok(());
    }
    let snapshots = Shelf::read(&medium)?;
    for written in &snapshots.whole {
        let (manifest, label) = (&written.manifest, medium.card().label.clone());
        let disk = medium.snapshot_disk(written);
        let then = Roster::read(&disk, &Layout::new(disk.root()).roster())?;
        let goes_on = roster.goes_on_from(&then.known());
        let before_restore = match goes_on {
            Ok(goes_on) => matches!(goes_on, GoesOn::Restored(_)),
            Err(error) => {
                let snapshot = manifest.snapshot.to_string();
                return Err(CommandError::damaged(&RosterWentBack { snapshot, label, error }));
            }
        };
        let source = Source::Snapshot(format!("{} on {label}", manifest.snapshot));
        let witness = Witness::of(source.clone(), manifest.log);
        found.witnesses.extend(witness.map(|witness| witness.before_restore(before_restore)));
        if !before_restore {
            let groups = manifest.groups.iter().map(|group| {
                let seen = SeenGroup { generation: group.generation, log: group.record };
                (group.name.to_string(), seen)
            });
            found.groups.push((source, groups.collect()));
        }
    }
    Ok(())
}

fn manifests_in(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::new(Kind::Failed, format!("cannot list {}: {error}", folder.display()))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn ends(vouched: &Vouched, goes_on: &GoesOn, path: &Path) -> impl Iterator<Item = Witness> {
    let source = Source::Export(path.display().to_string());
    let before = matches!(goes_on, GoesOn::Restored(_));
    let ends = vouched.witnesses().into_iter().filter_map(move |mark| Witness::of(source.clone(), mark));
    ends.map(move |end| end.before_restore(before))
}

/// A manifest of another store is a mistake; one whose roster this store's does not continue shows that
/// the store was put back or rewritten.
fn unfit(error: VouchedError, path: &Path) -> CommandError {
    match error {
        VouchedError::OtherStore { .. } => CommandError::of(Kind::Usage, &error).in_file(path),
        error => CommandError::from(error).in_file(path),
    }
}

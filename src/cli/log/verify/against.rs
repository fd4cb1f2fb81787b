//! Earlier exports as witnesses: their manifests, or whole folders of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::super::Context;
use super::super::super::error::{CommandError, Kind};
use super::super::verify_export::read_manifest;
use crate::access_log::verify::{Source, Witness};
use crate::store::roster::GoesOn;
use crate::store::{Roster, Vouched, VouchedError};

/// How manifests are named.
const SUFFIX: &str = ".manifest.json";
/// For who names something else.
const HINT: &str = "`--against` names an export's manifest, or a folder with some in it";

/// The first and last entry of each export that `paths` name. A manifest that does not hold is found
/// before anybody types a passphrase.
pub(super) fn witnesses(
    context: &Context,
    paths: &[PathBuf],
    roster: &Roster,
) -> Result<Vec<Witness>, CommandError> {
    let mut witnesses = Vec::new();
    for path in paths {
        if !path.is_dir() {
            let vouched = read_manifest(path, HINT)?;
            let goes_on = vouched.fits(roster).map_err(|error| unfit(error, path))?;
            witnesses.extend(ends(&vouched, &goes_on, path));
            continue;
        }
        let manifests = manifests_in(path)?;
        if manifests.is_empty() {
            let message = format!("no export's manifest (*{SUFFIX}) lies in {}", path.display());
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
    Ok(witnesses)
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

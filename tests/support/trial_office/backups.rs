//! A medium of the office's, and what lies on it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vault::backup::create::{CreateError, create};
use vault::backup::enroll::enroll;
use vault::backup::known::KnownError;
use vault::backup::manifest::ManifestFault;
use vault::backup::medium::{Medium, MediumError, MediumLayout};
use vault::backup::prune::{Keeps, prune};
use vault::backup::shelf::Shelf;
use vault::backup::verify::verify;

use super::deeds::Act;
use super::{Failure, Model, TrialOffice, chain};

/// What must be on the medium.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backups {
    /// That it is the office's own was answered.
    pub enrolled: bool,
    /// Snapshots that are there, whole, oldest first.
    pub whole: Vec<String>,
    /// How many more there may be: begun, or given up, and no answer yet.
    pub perhaps: usize,
}

impl Backups {
    /// How what was found differs from it; empty when it doesn't.
    pub fn missing(&self, found: Option<&BTreeSet<String>>) -> String {
        let none = BTreeSet::new();
        if self.enrolled && found.is_none() {
            return "the medium is enrolled no more".to_owned();
        }
        let found = found.unwrap_or(&none);
        if self.whole.iter().all(|name| found.contains(name))
            && found.len() <= self.whole.len() + self.perhaps
        {
            String::new()
        } else {
            format!("snapshots {found:?}, not {self:?}")
        }
    }
}

impl TrialOffice {
    /// Where the medium is mounted.
    pub fn medium(&self) -> PathBuf {
        self.layout.root().with_file_name("medium")
    }

    /// Whether anything was ever put on it.
    pub fn medium_is_begun(&self) -> bool {
        let folder = MediumLayout::new(&self.medium());
        self.surroundings.disk.exists(folder.root()).unwrap()
    }

    /// The snapshots on the medium, each of which verifies; `None` where it is not enrolled. What was broken
    /// off is recognised as such, and nothing is damaged.
    pub fn snapshots(&self) -> Result<Option<BTreeSet<String>>, Failure> {
        let stick = match Medium::open_to_read(&self.medium(), &self.surroundings) {
            Err(MediumError::NotEnrolled { .. } | MediumError::Missing { .. }) => return Ok(None),
            opened => opened?,
        };
        let there = Shelf::read(&stick)?;
        if let Some(bad) = there.unusable.iter().find(|bad| bad.fault != ManifestFault::BrokenOff) {
            return Err(format!("snapshot {}: {}", bad.name, bad.fault).into());
        }
        let verified = verify(&stick, &there, None, &|_, _| ());
        let names = verified.snapshots.into_iter().map(|checked| match checked.found {
            Ok(_) => Ok(checked.name.to_string()),
            Err(fault) => Err(format!("snapshot {}: {}", checked.name, chain(&fault)).into()),
        });
        names.collect::<Result<_, Failure>>().map(Some)
    }

    fn is_beside_the_store(&self, medium: &Path) -> Result<bool, Failure> {
        let disk = &*self.surroundings.disk;
        Ok(disk.filesystem(medium)? == disk.filesystem(self.layout.root())?)
    }
}

pub fn enrolled_medium(model: &mut Model, _: u64) {
    model.backups.enrolled = true;
}

pub fn enroll_medium(act: &mut Act<'_>) -> Result<(), Failure> {
    enroll(&act.office.store()?, &act.office.medium(), Some("blue"))?;
    Ok(())
}

pub fn perhaps_a_snapshot(model: &mut Model, _: u64) {
    model.backups.perhaps += 1;
}

/// A snapshot, as the timer's job makes it; somebody enrolls the medium before, where this machine lost what
/// it knew of it, or where enrolling was broken off.
pub fn back_up(act: &mut Act<'_>) -> Result<(), Failure> {
    let (store, medium) = (act.office.store()?, act.office.medium());
    let beside = act.office.is_beside_the_store(&medium)?;
    let created = match create(&store, &medium, beside) {
        Err(
            CreateError::Known(KnownError::Unknown { .. })
            | CreateError::Medium(MediumError::NotEnrolled { .. }),
        ) => {
            enroll(&store, &medium, Some("blue"))?;
            create(&store, &medium, beside)?
        }
        created => created?,
    };
    let backups = &mut act.after.backups;
    backups.enrolled = true;
    backups.whole.push(created.snapshot.to_string());
    backups.perhaps -= 1;
    Ok(())
}

pub fn only_the_newest_snapshot(model: &mut Model, _: u64) {
    let backups = &mut model.backups;
    let newest = backups.whole.pop();
    backups.perhaps += backups.whole.len();
    backups.whole = newest.into_iter().collect();
}

pub fn prune_snapshots(act: &mut Act<'_>) -> Result<(), Failure> {
    let keeps = Keeps { daily: 1, weekly: 0, monthly: 0 };
    let pruned = prune(&act.office.store()?, &act.office.medium(), keeps, false)?;
    let kept: Vec<String> = pruned.kept.iter().map(ToString::to_string).collect();
    // Of one that was made and not noted nobody knows that it is good, and an older one is kept with it.
    let newest = act.before.backups.whole.last();
    assert!(act.before.backups.perhaps > 0 || kept.last() == newest, "{kept:?}, {newest:?}");
    act.after.backups = Backups { whole: kept, perhaps: 0, enrolled: true };
    Ok(())
}

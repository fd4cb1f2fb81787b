//! Old snapshots are given up, and the pieces that no other snapshot needs.
//!
//! First the manifests go and the folder is flushed, then the objects: whatever stops it, each snapshot that
//! is left is whole, and objects that are left over go the next time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::known::{KnownError, known};
use super::manifest::{ManifestFault, SnapshotName, Written};
use super::medium::{Medium, MediumError};
use super::shelf::Shelf;
use crate::access_log::{Action, Event, LogError, Outcome};
use crate::sealed::disk::{Disk, DiskError, IoContext};
use crate::sealed::signed::Digest;
use crate::store::media::{NotedMedium, NotedSnapshot};
use crate::store::{MediaNotes, MediaNotesError, Store};

/// Of how many of the last days, weeks and months that have snapshots the newest is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// Days, by the machine's time zone.
    pub daily: u32,
    /// Weeks, which begin on Mondays.
    pub weekly: u32,
    /// Months.
    pub monthly: u32,
}

/// What was given up, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    /// What the office calls the medium.
    pub label: String,
    /// The snapshots that are left, oldest first.
    pub kept: Vec<SnapshotName>,
    /// Those that were given up, oldest first.
    pub removed: Vec<SnapshotName>,
    /// Those that had been broken off while they were made.
    pub broken_off: Vec<SnapshotName>,
    /// How many objects only they needed, or none did.
    pub objects: u64,
    /// The bytes of those.
    pub freed: u64,
}

/// Nothing more was removed.
#[derive(Debug, thiserror::Error)]
pub enum PruneError {
    /// The medium can't be used.
    #[error(transparent)]
    Medium(#[from] MediumError),
    /// It is not one that this machine knows.
    #[error(transparent)]
    Known(#[from] KnownError),
    /// What a snapshot needs can't be told, so nothing was removed.
    #[error("nothing was removed, because what snapshot {} needs can't be told: {fault}", path.display())]
    Snapshot {
        /// Its manifest.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        fault: ManifestFault,
    },
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It can't be noted on this machine.
    #[error(transparent)]
    Notes(#[from] MediaNotesError),
}

impl From<DiskError> for PruneError {
    fn from(error: DiskError) -> Self {
        Self::Medium(error.into())
    }
}

/// Gives up the snapshots of the medium at `folder` that need not be kept; a `dry_run` only tells which.
pub fn prune(store: &Store, folder: &Path, keeps: Keeps, dry_run: bool) -> Result<Pruned, PruneError> {
    let surroundings = store.surroundings();
    let medium = Medium::open_to_change(folder, surroundings)?;
    medium.must_be_of(store.store_id())?;
    let shelf = Shelf::read_to_change(&medium)?;
    let noted = known(store, &medium, &shelf)?;
    refuse_unreadable(&medium, &shelf, &noted)?;
    let kept = kept(&shelf.whole, &noted, keeps, &surroundings.time_zone);
    let plan = Plan::of(&medium, &shelf, &kept)?;
    if dry_run {
        return Ok(plan.pruned);
    }
    let mut event = Event::new(Action::Backup, Outcome::Success);
    event.detail = Some(format!("prune; medium {}", medium.card().medium));
    event.count = Some(plan.pruned.removed.len() as u64);
    store.log_of_job()?.around(&[event], |_| {
        plan.carry_out(&medium)?;
        let shelf = Shelf::read(&medium)?;
        let card = medium.card();
        MediaNotes::change(surroundings, store.store_id(), |notes| {
            shelf.note(notes.medium_mut(&card.medium, &card.label));
        })?;
        Ok(plan.pruned)
    })
}

/// A manifest that was broken off names nothing that is needed. One that was whole once is damaged.
fn refuse_unreadable(medium: &Medium, shelf: &Shelf, noted: &NotedMedium) -> Result<(), PruneError> {
    let was_whole = |name: &SnapshotName| noted.snapshots.iter().any(|one| one.snapshot == name.as_str());
    for bad in &shelf.unusable {
        if bad.fault != ManifestFault::BrokenOff || was_whole(&bad.name) {
            let (path, fault) = (medium.layout().manifest(&bad.name), bad.fault.clone());
            return Err(PruneError::Snapshot { path, fault });
        }
    }
    Ok(())
}

/// The numbers of the snapshots to be kept.
fn kept(whole: &[Written], noted: &NotedMedium, keeps: Keeps, zone: &TimeZone) -> BTreeSet<u64> {
    let points = whole.iter().map(|written| {
        let noted = noted.snapshots.iter().find(|noted| noted.manifest == written.hash);
        Point {
            number: written.manifest.number,
            time: written.manifest.time,
            checked: noted.is_some_and(|noted| noted.checked.is_some() && !noted.bad),
            verified: noted.is_some_and(NotedSnapshot::is_verified),
        }
    });
    choose(&points.collect::<Vec<_>>(), keeps, zone)
}

/// What it takes to choose.
#[derive(Debug, Clone, Copy)]
struct Point {
    number: u64,
    time: Timestamp,
    /// Every byte was checked, and good.
    checked: bool,
    /// At least what was written was read back.
    verified: bool,
}

/// `points` stand oldest first.
fn choose(points: &[Point], keeps: Keeps, zone: &TimeZone) -> BTreeSet<u64> {
    let mut kept = BTreeSet::new();
    let mut newest_of = |count: u32, key: &dyn Fn(&Point) -> (i16, i16)| {
        let periods: BTreeMap<_, u64> = points.iter().map(|point| (key(point), point.number)).collect();
        kept.extend(periods.into_values().rev().take(usize::try_from(count).unwrap_or(usize::MAX)));
    };
    let date = |point: &Point| point.time.to_zoned(zone.clone()).date();
    newest_of(keeps.daily, &|point| (date(point).year(), date(point).day_of_year()));
    newest_of(keeps.weekly, &|point| {
        let week = date(point).iso_week_date();
        (week.year(), i16::from(week.week()))
    });
    newest_of(keeps.monthly, &|point| (date(point).year(), i16::from(date(point).month())));
    kept.extend(points.last().map(|point| point.number));
    // Something that is known to be good is always left.
    for good in [|point: &Point| point.checked, |point: &Point| point.verified] {
        kept.extend(points.iter().rev().find(|point| good(point)).map(|point| point.number));
    }
    kept
}

/// What is to be removed.
struct Plan {
    pruned: Pruned,
    objects: Vec<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Plan {
    fn of(medium: &Medium, shelf: &Shelf, kept: &BTreeSet<u64>) -> Result<Self, DiskError> {
        let (keep, remove): (Vec<_>, Vec<_>) =
            shelf.whole.iter().partition(|written| kept.contains(&written.manifest.number));
        let names = |written: Vec<&Written>| -> Vec<SnapshotName> {
            written.into_iter().map(|written| written.manifest.snapshot.clone()).collect()
        };
        let needed: HashSet<Digest> = keep
            .iter()
            .flat_map(|written| &written.manifest.files)
            .flat_map(|file| file.pieces.iter().copied())
            .collect();
        let mut plan = Self {
            pruned: Pruned {
                label: medium.card().label.clone(),
                kept: names(keep),
                removed: names(remove),
                broken_off: shelf.unusable.iter().map(|bad| bad.name.clone()).collect(),
                ..Pruned::default()
            },
            objects: Vec::new(),
            folders: BTreeSet::new(),
        };
        let disk = &**medium.disk();
        let objects = medium.layout().objects();
        for folder in listed(disk, &objects)? {
            let folder = objects.join(folder);
            for name in listed(disk, &folder)? {
                // What is no object is not ours.
                let Ok(object) = name.parse::<Digest>() else { continue };
                let path = folder.join(&name);
                if needed.contains(&object) || path != medium.layout().object(object) {
                    continue;
                }
                plan.pruned.freed += disk.open(&path).and_then(|file| file.len()).at("read", &path)?;
                plan.pruned.objects += 1;
                plan.objects.push(path);
                plan.folders.insert(folder.clone());
            }
        }
        Ok(plan)
    }

    fn carry_out(&self, medium: &Medium) -> Result<(), DiskError> {
        let (disk, layout) = (&**medium.disk(), medium.layout());
        for name in self.pruned.removed.iter().chain(&self.pruned.broken_off) {
            let path = layout.manifest(name);
            disk.remove_file(&path).at("remove", &path)?;
        }
        let folder = layout.snapshots();
        disk.sync_dir(&folder).at("flush", &folder)?;
        for path in &self.objects {
            disk.remove_file(path).at("remove", path)?;
        }
        for folder in &self.folders {
            disk.sync_dir(folder).at("flush", folder)?;
        }
        Ok(())
    }
}

fn listed(disk: &dyn Disk, folder: &Path) -> Result<Vec<String>, DiskError> {
    match disk.list(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        listed => listed.at("list", folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is tried, what is to be kept, and which numbers stay.
    type Case = (&'static str, (u32, u32, u32), &'static [u64]);

    /// Snapshots by their times, without year and zone; `!` behind one that was checked.
    fn points(times: &[&str]) -> Vec<Point> {
        let point = |(time, number): (&&str, u64)| {
            let checked = time.ends_with('!');
            let time = format!("2026-{}:00Z", time.trim_end_matches('!')).parse().unwrap();
            Point { number, time, checked, verified: checked }
        };
        times.iter().zip(1..).map(point).collect()
    }

    fn kept(times: &[&str], (daily, weekly, monthly): (u32, u32, u32), zone: &TimeZone) -> Vec<u64> {
        choose(&points(times), Keeps { daily, weekly, monthly }, zone).into_iter().collect()
    }

    #[test]
    fn of_each_of_the_last_days_weeks_and_months_the_newest_is_kept() {
        // The 23rd is a Monday.
        let times = [
            "09-30T02:00",
            "10-15T02:00",
            "10-31T02:00",
            "11-08T02:00",
            "11-15T02:00",
            "11-21T02:00",
            "11-22T02:00",
            "11-23T02:00",
            "11-23T14:00",
            "11-25T02:00",
        ];
        let cases: [Case; 8] = [
            ("the newest is always kept", (0, 0, 0), &[10]),
            ("one day is that of the newest", (1, 0, 0), &[10]),
            ("days without a snapshot do not count", (3, 0, 0), &[7, 9, 10]),
            ("more days than there are", (90, 0, 0), &[1, 2, 3, 4, 5, 6, 7, 9, 10]),
            ("weeks end on Sundays", (0, 3, 0), &[5, 7, 10]),
            ("months", (0, 0, 2), &[3, 10]),
            ("all months", (0, 0, 12), &[1, 3, 10]),
            ("each for itself", (2, 2, 3), &[1, 3, 7, 9, 10]),
        ];
        for (case, keeps, expected) in cases {
            assert_eq!(kept(&times, keeps, &TimeZone::UTC), expected, "{case}");
        }
    }

    #[test]
    fn days_are_those_of_the_time_zone() {
        let times = ["11-22T22:30", "11-22T23:30", "11-23T01:00"];
        assert_eq!(kept(&times, (2, 0, 0), &TimeZone::UTC), [2, 3]);
        let stockholm = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(kept(&times, (2, 0, 0), &stockholm), [1, 3]);
    }

    #[test]
    fn the_last_one_that_was_checked_is_never_given_up() {
        assert_eq!(kept(&["11-01T02:00!", "11-02T02:00!", "11-03T02:00"], (1, 0, 0), &TimeZone::UTC), [2, 3]);
        assert_eq!(kept(&["11-01T02:00!", "11-02T02:00", "11-03T02:00"], (0, 0, 0), &TimeZone::UTC), [1, 3]);
    }

    #[test]
    fn a_clock_that_went_back_confuses_nothing() {
        let times = ["11-02T02:00", "11-03T02:00", "11-01T02:00"];
        assert_eq!(kept(&times, (1, 0, 0), &TimeZone::UTC), [2, 3]);
        assert_eq!(kept(&[], (1, 1, 1), &TimeZone::UTC), [0_u64; 0]);
    }
}

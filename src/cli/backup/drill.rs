//! `vault backup drill`

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::counted;
use crate::access_log::{Action, Event, Outcome};
use crate::backup::manifest::Written;
use crate::backup::medium::Medium;
use crate::backup::restore::restore_to_scratch;
use crate::backup::shelf::Shelf;
use crate::cli::Context;
use crate::cli::bar::Bar;
use crate::cli::error::{CommandError, Kind};
use crate::cli::unlock::{Unlocked, ask_passphrase};
use crate::group::Group;
use crate::sealed::disk::{Disk, IoContext};
use crate::sealed::lock::{Lock, Mode};
use crate::sealed::passphrase::Passphrase;
use crate::store::media::Done;
use crate::store::{Fit, MediaNotes, Name, Session, Store, UnlockFailure};
use crate::surroundings::Surroundings;

/// Prove that a snapshot restores: open, check and count what you may open.
///
/// The snapshot is put together aside, sealed as the store is, and removed again; nothing of the store is touched.
/// If your passphrase was changed since the snapshot, the one of then is asked for as well.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault backup drill /media/blue\n  \
                        vault backup drill /media/blue 2026-11-20T02-00-00Z --scratch /var/tmp/drill")]
pub struct DrillArgs {
    /// Where the medium is mounted.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The snapshot's name, or how no other's begins [default: the newest].
    pub snapshot: Option<String>,
    /// A new folder to put it together in; it is removed afterwards [default: beside the seen notes].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// One JSON object a group.
    #[arg(long)]
    pub json: bool,
}

/// A group of the snapshot, as it was found.
struct Tried {
    name: Name,
    found: Result<Counted, CommandError>,
}

/// What a good group was found to hold.
struct Counted {
    customers: u64,
    /// The customers in the store now, and how many records it has more; `None` if it can't be opened there, which
    /// is no fault of the snapshot.
    now: Option<(u64, i64)>,
}

#[derive(Serialize)]
struct JsonTried<'tried> {
    group: &'tried str,
    good: bool,
    customers: Option<u64>,
    customers_now: Option<u64>,
    records_since: Option<i64>,
    fault: Option<&'tried str>,
}

impl DrillArgs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        let store = context.store()?;
        let medium = Medium::open_to_read(&self.dir, &context.surroundings)?;
        medium.must_be_of(store.store_id())?;
        let snapshots = Shelf::read(&medium)?;
        let written = snapshots.find(self.snapshot.as_deref())?;
        let (unlocked, passphrase) = context.unlock_by_typing_now(store)?;
        let fit = unlocked.session.fit()?;
        let mut event = Event::new(Action::Drill, Outcome::Success);
        let about = format!("snapshot {}; medium {}", written.manifest.snapshot, medium.card().medium);
        event.detail = Some(about);
        unlocked.session.log().append(&event)?;

        let tried = self.try_it(context, &unlocked, &medium, written, &passphrase, &fit);
        let good = tried.as_ref().is_ok_and(|tried| tried.iter().all(|one| one.found.is_ok()));
        let outcome = if good { Outcome::Success } else { Outcome::Failure };
        let count = tried.as_ref().ok().map(|tried| tried.len() as u64);
        let over = event.detail.map(|about| format!("{about}; over"));
        unlocked.session.log().append(&Event { outcome, count, detail: over, ..event })?;
        // A snapshot too damaged to be put together was drilled as well, and is none to rely on.
        if tried.as_ref().map_or_else(|error| error.kind() == Kind::Damaged, |_| true) {
            note(context, &unlocked, &medium, written, good);
        }
        let tried = tried?;
        self.show(context, &tried)?;
        all_told(context, &medium, written, tried)
    }

    /// Puts the snapshot together, opens it, and tries every group that the person may open.
    fn try_it(
        &self,
        context: &Context,
        unlocked: &Unlocked<'_>,
        medium: &Medium,
        written: &Written,
        passphrase: &Passphrase,
        fit: &Fit,
    ) -> Result<Vec<Tried>, CommandError> {
        let scratch = Scratch::make(self.scratch.as_deref(), unlocked.session.surroundings(), written)?;
        let bar = Bar::new(context);
        let progress = |done, total| bar.reached("restoring", done, total);
        let surroundings = scratch.surroundings(&context.surroundings);
        let restored = restore_to_scratch(medium, written, &scratch.store(), &surroundings, &progress);
        bar.clear();
        let damaged = restored?;
        let copy = open_copy(unlocked, &scratch.store(), &surroundings, passphrase, written.manifest.time)?;
        let mut names: Vec<Name> = copy.groups().iter().map(|group| group.name.clone()).collect();
        names.retain(|name| unlocked.session.groups().iter().any(|group| group.name == *name));
        names.sort();
        if names.is_empty() {
            return Err(CommandError::new(
                Kind::NotAllowed,
                format!("there is no group that {} could open then and may open now", copy.person().name),
            )
            .hint("let an owner do it, who opens every group"));
        }
        let try_group = |name: Name| {
            let snapshot = written.manifest.snapshot.as_str();
            let found = match damaged.get(name.as_str()) {
                Some(fault) => Err(CommandError::of_snapshot(snapshot, fault)),
                None => try_group(context, unlocked, &copy, fit, &name),
            };
            Tried { found: found.map_err(|error| error.in_group(name.as_str())), name }
        };
        Ok(names.into_iter().map(try_group).collect())
    }

    fn show(&self, context: &Context, tried: &[Tried]) -> Result<(), CommandError> {
        let mut output = context.output(self.json);
        let mut rows = Vec::new();
        for Tried { name, found } in tried {
            let counts = found.as_ref().ok();
            let now = counts.and_then(|counted| counted.now);
            if self.json {
                output.object(&JsonTried {
                    group: name.as_str(),
                    good: found.is_ok(),
                    customers: counts.map(|counted| counted.customers),
                    customers_now: now.map(|(customers, _)| customers),
                    records_since: now.map(|(_, since)| since),
                    fault: found.as_ref().err().map(CommandError::message),
                })?;
                continue;
            }
            let text = |number: Option<String>| number.unwrap_or_default();
            rows.push(vec![
                name.to_string(),
                if found.is_ok() { "good" } else { "BAD" }.to_owned(),
                text(counts.map(|counted| counted.customers.to_string())),
                text(now.map(|(customers, _)| customers.to_string())),
                text(now.map(|(_, since)| since.to_string())),
            ]);
        }
        if !rows.is_empty() {
            output.table(&["Group", "Result", "Customers", "In the store now", "Changes since"], &rows)?;
        }
        Ok(output.finish()?)
    }
}

/// Unlocks the copy with the passphrase that was typed, or with the one of then.
fn open_copy(
    unlocked: &Unlocked<'_>,
    root: &Path,
    surroundings: &Surroundings,
    passphrase: &Passphrase,
    made: Timestamp,
) -> Result<Session, CommandError> {
    let name = unlocked.session.person().name.clone();
    let unlock = |passphrase: &Passphrase| -> Result<Result<Session, UnlockFailure>, CommandError> {
        Ok(Store::open(root, surroundings)?.unlock(name.as_str(), passphrase))
    };
    let opened = match unlock(passphrase)? {
        Err(UnlockFailure::WrongPassphrase) => {
            let day = made.strftime("%Y-%m-%d");
            unlocked.terminal.show(
                "Your passphrase was changed since that snapshot, which opens with the one of then.\n",
            )?;
            let then = ask_passphrase(&unlocked.terminal, &format!("Passphrase for {name} as of {day}: "))?;
            unlock(&then)?
        }
        opened => opened,
    };
    opened.map_err(|failure| match failure {
        UnlockFailure::NoSuchPerson { .. } => {
            let message = format!("{name} was not enrolled when that snapshot was made");
            CommandError::new(Kind::NotAllowed, message).hint("let somebody do it who was, best an owner")
        }
        failure => failure.into(),
    })
}

fn try_group(
    context: &Context,
    unlocked: &Unlocked<'_>,
    copy: &Session,
    fit: &Fit,
    name: &Name,
) -> Result<Counted, CommandError> {
    let group = Group::open(copy.access_in_copy(name.as_str(), fit)?, Mode::Shared)?;
    let bar = Bar::new(context);
    let progress = |done, total| bar.reached("checking", done, total);
    let customers = group.verify(copy.log(), &progress)?.customers;
    bar.clear();
    let now = || -> Result<(u64, i64), CommandError> {
        let now = unlocked.open(name.as_str(), Mode::Shared)?;
        let since = i128::from(now.last_record()) - i128::from(group.last_record());
        Ok((now.customers()?, i64::try_from(since).unwrap_or(i64::MAX)))
    };
    let now = match now() {
        Ok(counted) => {
            if counted.1 < 0 {
                context.warn(&format!(
                    "group {name}: the store is behind the snapshot: was an older one put back?"
                ));
            }
            Some(counted)
        }
        Err(error) => {
            let error = error.in_group(name.as_str());
            context.warn(&format!("in the store itself, not in the snapshot: {}", error.message()));
            None
        }
    };
    Ok(Counted { customers, now })
}

fn note(context: &Context, unlocked: &Unlocked<'_>, medium: &Medium, written: &Written, good: bool) {
    let card = medium.card();
    let changed = MediaNotes::change(&context.surroundings, unlocked.session.store_id(), |notes| {
        notes.drill = Some(Done {
            at: context.surroundings.clock.now(),
            medium: card.medium.clone(),
            label: card.label.clone(),
            snapshot: written.manifest.snapshot.to_string(),
            good,
        });
    });
    if let Err(error) = changed {
        context.warn(CommandError::from(error).message());
    }
}

/// Every bad group is told.
fn all_told(
    context: &Context,
    medium: &Medium,
    written: &Written,
    tried: Vec<Tried>,
) -> Result<(), CommandError> {
    let (snapshot, label) = (&written.manifest.snapshot, &medium.card().label);
    let total = tried.len();
    let bad: Vec<CommandError> = tried.into_iter().filter_map(|one| one.found.err()).collect();
    if bad.is_empty() {
        let groups = counted(total, "group");
        context
            .say(&format!("snapshot {snapshot} on {label} restores: {groups} opened, checked and counted"));
        return Ok(());
    }
    for error in &bad {
        error.report(context.everywhere.color, &context.environment);
    }
    let kind = match bad.len() {
        all if all < total => Kind::Partly,
        _ if bad.iter().any(|error| error.kind() == Kind::Damaged) => Kind::Damaged,
        _ => Kind::Failed,
    };
    let message =
        format!("of snapshot {snapshot}, {} of {} did not open whole", bad.len(), counted(total, "group"));
    Err(CommandError::new(kind, message).hint("take another medium, and drill that one today"))
}

/// Where a snapshot is put together to be tried; removed when dropped.
struct Scratch<'a> {
    disk: &'a dyn Disk,
    folder: PathBuf,
    _lock: Lock,
}

impl<'a> Scratch<'a> {
    fn make(
        asked: Option<&Path>,
        surroundings: &'a Surroundings,
        written: &Written,
    ) -> Result<Self, CommandError> {
        let disk = &*surroundings.disk;
        let folder = match asked {
            Some(folder) => folder.to_owned(),
            None => surroundings.state.join(written.manifest.store.to_string()).join("scratch"),
        };
        let found = |error| CommandError::of(Kind::Failed, &error);
        if asked.is_some() && disk.exists(&folder).at("look for", &folder).map_err(found)? {
            let message = format!("{} exists already", folder.display());
            return Err(CommandError::new(Kind::Failed, message)
                .hint("--scratch names a new folder, which is removed afterwards"));
        }
        disk.create_dir_all(&folder).at("create", &folder).map_err(found)?;
        let lock = Lock::acquire(disk, &folder, Mode::Exclusive, surroundings.patience)?;
        let scratch = Self { disk, folder, _lock: lock };
        // Of a drill that was killed.
        for left in [scratch.store(), scratch.folder.join("state")] {
            if disk.exists(&left).at("look for", &left).map_err(found)? {
                disk.remove_dir_all(&left).at("remove", &left).map_err(found)?;
            }
        }
        Ok(scratch)
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// With seen notes of its own: those of the store must not learn of a copy.
    fn surroundings(&self, of_store: &Surroundings) -> Surroundings {
        Surroundings { state: self.folder.join("state"), log_reserve: 0, ..of_store.clone() }
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        // What stays holds nothing in the clear, and goes with the next drill.
        let _ = self.disk.remove_dir_all(&self.folder);
    }
}

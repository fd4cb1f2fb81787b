//! What a change of the roster leaves between its steps when it is broken off, and how the next one puts
//! it in order.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::layout::Layout;
use super::name::Name;
use super::restored::{ACCEPTED, Restored};
use super::roster::{Roster, RosterError};
use super::session::{Notice, Session};
use crate::access_log::{Action, Event, LogError, Outcome};
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::head;
use crate::sealed::lock::{Lock, LockError, Mode};
use crate::sealed::signed::Mark;

/// The store can't be put in order, so nothing can be changed.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// A group of the roster has no usable head.
    #[error("the head of group {name} is missing or damaged: {}", path.display())]
    Head {
        /// The group.
        name: String,
        /// The head that should be there.
        path: PathBuf,
    },
    /// The roster can't be read or put in order.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Another command held the store for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A key file of a grant that never came to be: a change was broken off between the key and the roster's
/// line. Somebody may have copied it meanwhile, and no removal of theirs would re-key what it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrayKey {
    /// To whom it was sealed.
    pub name: String,
    /// The group, or the access log.
    pub group: Option<String>,
}

impl std::fmt::Display for StrayKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, group } = self;
        match group {
            Some(group) => write!(
                formatter,
                "a key of group {group} for {name}, whose grant was broken off, was found and removed; if somebody \
                 may have copied the store meanwhile, `vault group rekey {group}` makes it worthless"
            ),
            None => write!(
                formatter,
                "a key of the access log for {name}, whose enrolment was broken off, was found and removed"
            ),
        }
    }
}

/// The store's lock, held alone, and the roster as it stands under it.
pub(super) struct Settled {
    pub roster: Roster,
    _lock: Lock,
}

impl Session {
    /// Finishes or removes what a crash left between the steps of a change.
    pub fn finish_pending(&self) -> Result<(), SettleError> {
        self.settle_store().map(drop)
    }

    /// Takes the store's lock alone, reads the roster again, and puts in order what crashes left.
    pub(super) fn settle_store(&self) -> Result<Settled, SettleError> {
        let settled = self.settle_roster()?;
        let roster = &settled.roster;
        roster.goes_on_from(&self.seen().note().known())?;
        let (disk, layout) = (&*self.surroundings().disk, self.layout());
        settle_groups(disk, layout, roster)?;
        for stray in sweep(disk, layout, roster)? {
            let mut event = Event::new(Action::Staff, Outcome::Failure);
            event.group.clone_from(&stray.group);
            event.detail = Some(format!("key file of {} was never granted, and removed", stray.name));
            self.log().append(&event)?;
            self.notice(Notice::StrayKey(stray));
        }
        self.went_on(roster);
        Ok(settled)
    }

    /// Takes the store's lock alone and reads the roster again; a torn line of it is moved aside.
    pub(super) fn settle_roster(&self) -> Result<Settled, SettleError> {
        let (disk, layout) = (&*self.surroundings().disk, self.layout());
        let lock = Lock::acquire(disk, layout.root(), Mode::Exclusive, self.surroundings().patience)?;
        let mut roster = Roster::read(disk, &layout.roster())?;
        roster.check_seen(self.roster().mark())?;
        if let Some(path) = roster.settle(disk, &layout.aside())? {
            let mut event = Event::new(Action::Log, Outcome::Success);
            event.detail = Some("torn roster line moved to aside".to_owned());
            self.log().append(&event)?;
            self.notice(Notice::TornLine { path });
        }
        Ok(Settled { roster, _lock: lock })
    }
}

/// The one key of a head that names its roster line.
#[derive(Deserialize)]
struct NamedMark {
    roster: Mark,
}

/// The roster line that a `head.next` names; `None` when it names none.
pub(super) fn named_mark(disk: &dyn Disk, next: &Path) -> Result<Option<Mark>, DiskError> {
    if !disk.exists(next).at("look for", next)? {
        return Ok(None);
    }
    let bytes = disk::read_small(disk, next, head::LIMIT)?;
    Ok(serde_json::from_slice::<NamedMark>(&bytes).ok().map(|named| named.roster))
}

/// `head.next` becomes the head.
pub(super) fn publish(disk: &dyn Disk, layout: &Layout, group: &str) -> Result<(), DiskError> {
    let (next, folder) = (layout.next_head(group), layout.group(group));
    disk.rename(&next, &layout.head(group)).at("rename", &next)?;
    disk.sync_dir(&folder).at("flush", &folder)
}

/// Finishes every group whose `head.next` the roster holds; removes a stale `head.next`, and the
/// folder of a group that never came to be. The roster is on the disk already.
fn settle_groups(disk: &dyn Disk, layout: &Layout, roster: &Roster) -> Result<(), SettleError> {
    let groups = layout.groups();
    for name in disk.list(&groups).at("list", &groups)? {
        // What does not bear a group's name was not made by us.
        if name.parse::<Name>().is_err() {
            continue;
        }
        let (next, head) = (layout.next_head(&name), layout.head(&name));
        let has_head = disk.exists(&head).at("look for", &head)?;
        let has_next = disk.exists(&next).at("look for", &next)?;
        let holds = named_mark(disk, &next)?.is_some_and(|mark| roster.holds(mark));
        if holds && has_head {
            // Which of the two is in force is for whoever opens the group, and can verify them.
        } else if holds {
            publish(disk, layout, &name)?;
        } else if roster.group(&name).is_some() && !has_head {
            return Err(SettleError::Head { name, path: head });
        } else if has_next && has_head {
            disk.remove_file(&next).at("remove", &next)?;
            let folder = layout.group(&name);
            disk.sync_dir(&folder).at("flush", &folder)?;
        } else if !has_head {
            let folder = layout.group(&name);
            disk.remove_dir_all(&folder).at("remove", &folder)?;
            disk.sync_dir(&groups).at("flush", &groups)?;
        }
    }
    Ok(())
}

/// Removes the identity and key files of which the roster, which is on the disk, says that they are over:
/// of people who left, of identities and epochs that were replaced, and the key files of those who were
/// never granted the key. What is ahead of the roster is left: were the roster an older one put back, it
/// would be the only copy.
pub(super) fn sweep(disk: &dyn Disk, layout: &Layout, roster: &Roster) -> Result<Vec<StrayKey>, DiskError> {
    let mut strays = Vec::new();
    if Restored::is_there(disk, layout)? {
        // Its groups may be sealed to keys of epochs that the roster has left behind.
        return Ok(strays);
    }
    remove_where(disk, layout.root(), |name| name == ACCEPTED)?;
    remove_where(disk, &layout.staff(), |file| {
        // A new passphrase whose rename never came: who holds the store's lock writes none.
        if file.ends_with(".age.new") {
            return true;
        }
        let Some((name, number)) = file.strip_suffix(".age").and_then(|stem| stem.rsplit_once('.')) else {
            return false;
        };
        let (Ok(name), Ok(number)) = (name.parse::<Name>(), number.parse::<u32>()) else { return false };
        let in_force = roster.active(&name).map(|person| person.member.number);
        number < in_force.unwrap_or_else(|| roster.next_number(&name))
    })?;
    for group in roster.groups() {
        let name = group.name.as_str();
        let members: Vec<String> = roster.members(name).iter().map(|member| file_of(&member.name)).collect();
        for stray in sweep_keys(disk, &layout.keys(name), group.epoch, &members)? {
            strays.push(StrayKey { name: stray, group: Some(name.to_owned()) });
        }
    }
    let readers: Vec<String> = roster.log_readers().iter().map(|member| file_of(&member.name)).collect();
    for stray in sweep_keys(disk, &layout.access_log_keys(), roster.log_key().epoch, &readers)? {
        strays.push(StrayKey { name: stray, group: None });
    }
    Ok(strays)
}

fn file_of(name: &Name) -> String {
    format!("{name}.age")
}

/// Removes the epochs before `epoch`, and of that one all key files but `files`; tells whose these were.
fn sweep_keys(disk: &dyn Disk, keys: &Path, epoch: u32, files: &[String]) -> Result<Vec<String>, DiskError> {
    remove_where(disk, keys, |folder| folder.parse::<u32>().is_ok_and(|number| number < epoch))?;
    let strays = remove_where(disk, &keys.join(epoch.to_string()), |file| {
        let is_key = file.strip_suffix(".age").is_some_and(|name| name.parse::<Name>().is_ok());
        is_key && !files.iter().any(|known| known == file)
    })?;
    Ok(strays.iter().map(|file| file.trim_end_matches(".age").to_owned()).collect())
}

/// Removes what is `over` from a folder, and tells what it was; one that is not there holds nothing.
fn remove_where(
    disk: &dyn Disk,
    folder: &Path,
    over: impl Fn(&str) -> bool,
) -> Result<Vec<String>, DiskError> {
    let mut removed = Vec::new();
    if !disk.exists(folder).at("look for", folder)? {
        return Ok(removed);
    }
    for name in disk.list(folder).at("list", folder)?.iter().filter(|name| over(name)) {
        let path = folder.join(name);
        match super::node(disk, &path)? {
            super::Node::File => disk.remove_file(&path),
            super::Node::Folder(_) => disk.remove_dir_all(&path),
        }
        .at("remove", &path)?;
        removed.push(name.clone());
    }
    if !removed.is_empty() {
        disk.sync_dir(folder).at("flush", folder)?;
    }
    Ok(removed)
}

//! A change of the roster, whatever it is: key files and identity files first, groups re-keyed beside
//! the old files, then the one line that makes all of it hold, then the old files go.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::erased_again::{Again, EraseCodes};
use super::login::{Login, seal_login};
use super::name::Name;
use super::roster::{
    Change, Fault, LogKey, Member, NewEpoch, PreparedLine, Rekey, Roster, RosterError, commitment,
};
use super::session::{Ended, GroupKeyError, Notice, Session};
use super::settle::{SettleError, Settled, sweep};
use super::strength::Weak;
use crate::access_log::{Action, Event, LogError, Makes, Outcome, Role};
use crate::sealed::access::Access;
use crate::sealed::age_file::SealError;
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{self, Disk, DiskError, IoContext};
use crate::sealed::group_file::{
    Coming, GroupFile, Notice as Mended, OpenGroupError, PublishError, Resealed, StageError, Staging,
};
use crate::sealed::identity::{Identity, Recipient};
use crate::sealed::lock::{LockError, Mode};
use crate::sealed::signed::Mark;
use crate::surroundings::Random;

/// A change was not made; the store is as it was, unless it says that nobody can know.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Only owners may.
    #[error("{person} is no owner, and only owners do this")]
    NotOwner {
        /// Who tried.
        person: Name,
    },
    /// There is nobody of that name.
    #[error("there is nobody called {name} in this store")]
    NoSuchPerson {
        /// The name asked for.
        name: String,
    },
    /// A passphrase is too weak.
    #[error("the passphrase is too weak: {0}")]
    Weak(#[from] Weak),
    /// The roster would not have it.
    #[error("this can't be done: {0}")]
    Refused(#[source] Fault),
    /// The session is over.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// A key can't be had.
    #[error(transparent)]
    Key(#[from] GroupKeyError),
    /// A group can't be opened to be re-keyed.
    #[error("group {group}: {source}")]
    Open {
        /// The group.
        group: Name,
        /// Why.
        source: Box<OpenGroupError>,
    },
    /// A group can't be readied for its new key.
    #[error("group {group}: {source}")]
    Renew {
        /// The group.
        group: Name,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A group can't be sealed to its new key.
    #[error("group {group}: {source}")]
    Reseal {
        /// The group.
        group: Name,
        /// Why.
        source: Box<StageError>,
    },
    /// A coming head can't be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// An identity or a key could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness was to be had.
    #[error("no randomness for the change")]
    Random(#[source] io::Error),
    /// The store could not be put in order first.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The roster can't be changed.
    #[error(transparent)]
    Roster(RosterError),
    /// The access log can't be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Another command held something for too long.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<RosterError> for ChangeError {
    fn from(error: RosterError) -> Self {
        match error {
            RosterError::Refused(fault) => Self::Refused(fault),
            error => Self::Roster(error),
        }
    }
}

/// Readies a group for its new key, to whose recipient its files are to be sealed: a new intake identity,
/// and documents sealed again.
pub type RenewGroup<'a> =
    &'a dyn Fn(&mut Staging, &Recipient, &dyn Random) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// What re-keying needs of whoever knows groups and terminals.
#[derive(Clone, Copy)]
pub struct Rekeying<'a> {
    /// Readies a group for its new key.
    pub renew: RenewGroup<'a>,
    /// Erases customers again.
    pub erase: EraseCodes<'a>,
    /// Told how many bytes of how many are sealed.
    pub progress: Progress<'a>,
}

/// What a change is to do.
pub(super) struct Plan<'a> {
    /// Its entry in the access log.
    pub event: Event,
    /// The groups that get new keys, by name.
    pub groups: Vec<Name>,
    /// Whether the access log gets a new key.
    pub log: bool,
    /// Identity files to write.
    pub logins: Vec<(&'a Login, Name, u32)>,
    /// Who signs the new heads, if not the session's identity: one that the line itself brings in.
    pub heads_by: Option<(String, &'a Identity)>,
    /// What opens a group, if not its key in force.
    pub opening: Option<Opening<'a>>,
    /// Where ledgers in `restored/` end by which customers are to be erased again, by group.
    pub erased: BTreeMap<Name, Mark>,
}

/// Gives the access to a group that is to be re-keyed, by its name.
pub(super) type Opening<'a> = &'a dyn Fn(&Name) -> Result<Access, GroupKeyError>;

impl Plan<'_> {
    /// A change of the roster and of nothing else.
    pub fn of(event: Event) -> Self {
        let (groups, logins, erased) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { event, groups, log: false, logins, heads_by: None, opening: None, erased }
    }
}

/// New keys that nothing names yet.
struct NewKeys {
    groups: BTreeMap<Name, Identity>,
    log: Option<Identity>,
}

impl NewKeys {
    fn generate(groups: &[Name], log: bool) -> Self {
        let groups = groups.iter().map(|name| (name.clone(), Identity::generate())).collect();
        Self { groups, log: log.then(Identity::generate) }
    }

    /// How the roster line names them.
    fn named(&self, roster: &Roster) -> Rekey {
        let groups = self.groups.iter().map(|(name, identity)| {
            let epoch = roster.group(name.as_str()).map_or(0, |group| group.epoch).saturating_add(1);
            let commitment = commitment(&roster.store_id(), name, epoch, &identity.recipient());
            NewEpoch { name: name.clone(), epoch, commitment }
        });
        let log = self.log.as_ref().map(|identity| LogKey {
            epoch: roster.log_key().epoch.saturating_add(1),
            recipient: identity.recipient(),
        });
        Rekey { groups: groups.collect(), log }
    }
}

impl Session {
    /// Refuses, and logs, what only owners may do. The recovery sheet's identity is none.
    pub fn require_owner(&self, event: &Event) -> Result<(), ChangeError> {
        if self.role() == Role::Owner && !self.person().is_recovery() {
            return Ok(());
        }
        self.log().append(&Event { outcome: Outcome::Denied, ..event.clone() })?;
        Err(ChangeError::NotOwner { person: self.person().name.clone() })
    }

    /// Carries a change out under the store's lock: `line` makes the roster's change of the new keys.
    /// It holds, durably, when this returns without an error.
    pub(super) fn amend(
        &self,
        settled: Settled,
        plan: &Plan<'_>,
        work: Rekeying<'_>,
        line: impl FnOnce(Rekey) -> Change,
    ) -> Result<(), ChangeError> {
        let before = &settled.roster;
        let keys = NewKeys::generate(&plan.groups, plan.log);
        let rekey = keys.named(before);
        let change = line(rekey.clone());
        // Refused before the long work, and before anything is written about it.
        if let Err(error) = self.prepare(before, &change, Some(Mark::NOTHING)) {
            if matches!(error, ChangeError::Refused(Fault::Signer { .. })) {
                // Whose identity is over since they unlocked, or who never was entitled.
                self.log().append(&Event { outcome: Outcome::Denied, ..plan.event.clone() })?;
            }
            return Err(error);
        }
        let (mut resealed, erased) = self.reseal(before, &keys, plan, work)?;

        // Before the re-keys, which stand one behind the other.
        let mut events: Vec<Event> = erased.iter().flat_map(Again::events).collect();
        for (group, new) in resealed.iter().zip(&rekey.groups) {
            let mut event = Event::new(Action::Group, Outcome::Success);
            event.group = Some(group.group().to_owned());
            event.detail = Some(format!("rekey to epoch {}", new.epoch));
            let event = event.making(Makes::Generation(group.generation()));
            events.extend(event.taking_in(group.entries()));
        }
        events.push(plan.event.making(Makes::Roster(before.mark().seq + 1)));
        let after = self.log().around_alone(&events, |entry| {
            let prepared = self.prepare(before, &change, Some(entry))?;
            let written = self.write_all(before, &prepared, &keys, plan, &rekey, &mut resealed, entry);
            let appended = written.and_then(|()| self.append(before, &prepared));
            match appended {
                Ok(after) => Ok(after),
                Err(error) => {
                    if matches!(error, ChangeError::Roster(RosterError::Unconfirmed(_))) {
                        // The line may be there after all: the next to hold the store asks the roster.
                        std::mem::take(&mut resealed).into_iter().for_each(Resealed::leave);
                    } else {
                        std::mem::take(&mut resealed).into_iter().for_each(drop);
                        self.remove_written(before, plan, &rekey);
                    }
                    Err(error)
                }
            }
        })?;
        self.went_on(&after);
        self.clear_up(resealed, &after);
        for again in erased {
            self.notice(again.notice());
        }
        drop(settled);
        Ok(())
    }

    fn prepare(
        &self,
        before: &Roster,
        change: &Change,
        entry: Option<Mark>,
    ) -> Result<PreparedLine, ChangeError> {
        let now = self.surroundings().clock.now();
        Ok(before.prepare(change.clone(), entry, self.signing_key(), &self.signer_id(), now)?)
    }

    /// Seals every group to its new key, beside the files in force. All locks are had first, in the order
    /// of names.
    fn reseal(
        &self,
        before: &Roster,
        keys: &NewKeys,
        plan: &Plan<'_>,
        work: Rekeying<'_>,
    ) -> Result<(Vec<Resealed>, Vec<Again>), ChangeError> {
        let mut files = Vec::new();
        for (group, identity) in &keys.groups {
            let access = match plan.opening {
                Some(open) => open(group)?,
                None => self.access_to_rekey(before, group.as_str())?,
            };
            let opened = GroupFile::open(access.into(), Mode::Exclusive);
            let file =
                opened.map_err(|source| ChangeError::Open { group: group.clone(), source: source.into() })?;
            self.tell_mended(group, file.notices())?;
            files.push((group, identity, file));
        }
        let total: u64 = files.iter().map(|(_, _, file)| file.head().base.bytes).sum();
        let mut done = 0;
        let (mut resealed, mut erased) = (Vec::new(), Vec::new());
        for (group, identity, file) in files {
            let share = file.head().base.bytes;
            let mut stage = file.stage();
            if let Some(end) = plan.erased.get(group) {
                erased.extend(self.erase_again(group, *end, &mut stage, work)?);
            }
            (work.renew)(&mut stage, &identity.recipient(), &*self.surroundings().random)
                .map_err(|source| ChangeError::Renew { group: group.clone(), source })?;
            let progress = |now: u64, of: u64| (work.progress)(done + part(share, now, of), total);
            let sealed = stage.reseal(&identity.recipient(), &progress);
            resealed.push(
                sealed
                    .map_err(|source| ChangeError::Reseal { group: group.clone(), source: source.into() })?,
            );
            done += share;
        }
        Ok((resealed, erased))
    }

    /// Logs what opening a group mended, and keeps it to be said.
    fn tell_mended(&self, group: &Name, notices: &[Mended]) -> Result<(), ChangeError> {
        for Mended::MovedAside { path, .. } in notices {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let mut event = Event::new(Action::Log, Outcome::Success);
            event.group = Some(group.to_string());
            event.detail = Some(format!("torn record moved to aside/{file}"));
            self.log().append(&event)?;
            self.notice(Notice::TornRecord { group: group.clone(), path: path.clone() });
        }
        Ok(())
    }

    /// Everything that the coming line makes valid, fsynced.
    #[allow(clippy::too_many_arguments, reason = "one step of amend, which has them all")]
    fn write_all(
        &self,
        before: &Roster,
        prepared: &PreparedLine,
        keys: &NewKeys,
        plan: &Plan<'_>,
        rekey: &Rekey,
        resealed: &mut [Resealed],
        entry: Mark,
    ) -> Result<(), ChangeError> {
        self.write_logins(&plan.logins)?;
        self.write_keys(before, prepared.after(), keys)?;
        let own = (self.signer_id(), self.identity());
        let (signer, identity) =
            plan.heads_by.as_ref().map_or((&own.0, own.1), |(signer, key)| (signer, *key));
        let signing_key = identity.signing_key();
        for (group, new) in resealed.iter_mut().zip(&rekey.groups) {
            let roster = prepared.mark();
            group.announce(&Coming { epoch: new.epoch, roster, entry, signer, signing_key: &signing_key })?;
        }
        Ok(())
    }

    /// Derives the key of a coming log-in while no lock is held: it takes a second.
    pub(super) fn seal_ahead(&self, login: &Login, name: &Name) -> Result<(), ChangeError> {
        let number = self.roster().next_number(name);
        let sealed = seal_login(login, name, number, &self.store_id())?;
        // Once is enough: should the number have moved, it is sealed again under the lock.
        login.keep_ahead(name.clone(), number, sealed);
        Ok(())
    }

    fn write_logins(&self, logins: &[(&Login, Name, u32)]) -> Result<(), ChangeError> {
        let disk = &*self.surroundings().disk;
        for (login, name, number) in logins {
            let sealed = login.sealed(name, *number, &self.store_id())?;
            write_over(disk, &self.layout().identity(name.as_str(), *number), &sealed)?;
        }
        if !logins.is_empty() {
            let staff = self.layout().staff();
            disk.sync_dir(&staff).at("flush", &staff)?;
        }
        Ok(())
    }

    /// Writes the key files of whoever can open something that they could not open before.
    fn write_keys(&self, before: &Roster, after: &Roster, keys: &NewKeys) -> Result<(), ChangeError> {
        let layout = self.layout();
        for group in after.groups() {
            let name = group.name.as_str();
            let new = keys.groups.get(&group.name);
            let had = if new.is_some() { Vec::new() } else { before.members(name) };
            let fresh = not_among(after.members(name), &had);
            if fresh.is_empty() {
                continue;
            }
            let text = match new {
                Some(identity) => identity.to_text(),
                None => self.group_key_in(before, name)?.identity.to_text(),
            };
            let folder = layout.epoch(name, group.epoch);
            self.seal_to(&fresh, &text, &folder, new.is_some(), |member| {
                layout.key(name, group.epoch, member.name.as_str())
            })?;
        }
        let had = if keys.log.is_some() { Vec::new() } else { before.log_readers() };
        let fresh = not_among(after.log_readers(), &had);
        if fresh.is_empty() {
            return Ok(());
        }
        let known = self.log_identities_in(before)?;
        let lines: Vec<Zeroizing<String>> = keys.log.iter().chain(&known).map(Identity::to_text).collect();
        // Room for all of it at once: a growing text would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len() + 1).sum()));
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        let epoch = after.log_key().epoch;
        self.seal_to(&fresh, &text, &layout.access_log_epoch(epoch), keys.log.is_some(), |member| {
            layout.access_log_key(epoch, member.name.as_str())
        })
    }

    /// Seals a key to each of `members`; a `new` epoch's folder begins empty.
    fn seal_to(
        &self,
        members: &[&Member],
        text: &str,
        folder: &Path,
        new: bool,
        path: impl Fn(&Member) -> std::path::PathBuf,
    ) -> Result<(), ChangeError> {
        let disk = &*self.surroundings().disk;
        if new && disk.exists(folder).at("look for", folder)? {
            // Of a change that never came to be.
            disk.remove_dir_all(folder).at("remove", folder)?;
        }
        disk.create_dir_all(folder).at("create", folder)?;
        for member in members {
            write_over(disk, &path(member), &member.recipient.seal(text.as_bytes())?)?;
        }
        for folder in folder.ancestors().take(3) {
            disk.sync_dir(folder).at("flush", folder)?;
        }
        Ok(())
    }

    /// The commit point. The access log is locked: an identity that ends here signed its last entry
    /// before, and after a new key of the log no entry is sealed to the old one.
    fn append(&self, before: &Roster, prepared: &PreparedLine) -> Result<Roster, ChangeError> {
        let mut roster = before.clone();
        roster.append(&*self.surroundings().disk, prepared)?;
        Ok(roster)
    }

    /// Removes what was written for a change that did not happen, as far as it can be.
    fn remove_written(&self, before: &Roster, plan: &Plan<'_>, rekey: &Rekey) {
        let disk = &*self.surroundings().disk;
        let layout = self.layout();
        for (_, name, number) in &plan.logins {
            let _ = disk.remove_file(&layout.identity(name.as_str(), *number));
        }
        for new in &rekey.groups {
            let _ = disk.remove_dir_all(&layout.epoch(new.name.as_str(), new.epoch));
        }
        if let Some(log) = &rekey.log {
            let _ = disk.remove_dir_all(&layout.access_log_epoch(log.epoch));
        }
        // And the key files of grants that were not granted.
        let _ = sweep(disk, layout, before);
    }

    /// The change holds: the new heads take their places, and what is superseded goes. What fails here is
    /// done by the next to hold the store or the group.
    fn clear_up(&self, resealed: Vec<Resealed>, after: &Roster) {
        let mut failed: Vec<String> = Vec::new();
        for group in resealed {
            if let Err(error) = group.publish() {
                failed.push(error.to_string());
            }
        }
        if let Err(error) = sweep(&*self.surroundings().disk, self.layout(), after) {
            failed.push(error.to_string());
        }
        if !failed.is_empty() {
            self.notice(Notice::NotRemoved(failed.join("; ")));
        }
    }
}

/// `whole` × `done` / `total`, of bytes.
fn part(whole: u64, done: u64, total: u64) -> u64 {
    let share = u128::from(whole) * u128::from(done) / u128::from(total.max(1));
    u64::try_from(share).unwrap_or(whole)
}

/// Those of `members` whose identity is not among `had`.
fn not_among<'roster>(members: Vec<&'roster Member>, had: &[&Member]) -> Vec<&'roster Member> {
    members.into_iter().filter(|member| !had.contains(member)).collect()
}

/// Writes a file under a name that only a change that never came to be can have left taken.
fn write_over(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    if disk.exists(path).at("look for", path)? {
        disk.remove_file(path).at("remove", path)?;
    }
    disk::write_new(disk, path, bytes)
}

//! Founding a store: everything is built in a folder beside and renamed whole.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::building::{BuildError, Building};
use super::name::{Name, RECOVERY};
use super::roster::{Genesis, IdentityEntry, LogKey, PolicyChange, PreparedLine, RosterError, Strictness};
use super::seen::Seen;
use super::strength::{self, Weak};
use super::{Layout, Roster, Store, staff_file};
use crate::access_log::entry::random_id;
use crate::access_log::{
    AccessLog, Action, Actor, Author, Event, KeyInForce, LogError, LogPlace, Outcome, Receipt, Role, Witness,
};
use crate::sealed::age_file::SealError;
use crate::sealed::disk::{self, DiskError, IoContext};
use crate::sealed::identity::Identity;
use crate::sealed::passphrase::{Passphrase, WorkFactor};
use crate::sealed::signed::StoreId;
use crate::surroundings::Surroundings;

/// What a new store is to be.
#[derive(Debug)]
pub struct InitOptions {
    /// The first owner.
    pub owner: Name,
    /// The owner's passphrase.
    pub passphrase: Passphrase,
    /// The scrypt cost of passphrases.
    pub work_factor: WorkFactor,
    /// The recovery sheet's passphrase, unless there is to be none.
    pub recovery: Option<Passphrase>,
    /// What to do on a networked machine.
    pub network: Strictness,
}

/// A store was not founded, and nothing of it was left behind.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The path is taken.
    #[error("{} exists already", path.display())]
    Exists {
        /// The path asked for.
        path: PathBuf,
    },
    /// The path names no folder that could be made.
    #[error("{} cannot be a store's folder", path.display())]
    NoFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// The owner may not bear this name.
    #[error("the name {RECOVERY} is the recovery sheet's alone")]
    Reserved,
    /// A passphrase is too weak.
    #[error("the passphrase is too weak: {0}")]
    Weak(#[from] Weak),
    /// A recovery sheet was asked for and has no passphrase, or the other way round.
    #[error("a recovery sheet and its passphrase come together")]
    Recovery,
    /// No randomness was to be had.
    #[error("no randomness for the new store")]
    Random(#[source] io::Error),
    /// An identity could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The genesis line could not be made.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The first entry could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<BuildError> for InitError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Exists { path } => Self::Exists { path },
            BuildError::NoFolder { path } => Self::NoFolder { path },
            BuildError::Random(error) => Self::Random(error),
            BuildError::Disk(error) => Self::Disk(error),
        }
    }
}

/// A store that is about to be: its keys and its id exist, nothing is on the disk.
pub struct Founding {
    owner: Name,
    owner_identity: Identity,
    recovery_identity: Option<Identity>,
    log_identity: Identity,
    store: StoreId,
    genesis: PreparedLine,
    policy: PolicyChange,
    surroundings: Surroundings,
}

impl std::fmt::Debug for Founding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Founding").field("store", &self.store).finish_non_exhaustive()
    }
}

const NUMBER: u32 = 1;
const EPOCH: u32 = 1;

impl Founding {
    /// Makes the keys and the genesis line. `policy` says at least what to do on a networked machine. The
    /// recovery sheet can show the id before anything is written.
    pub fn new(
        owner: Name,
        with_recovery: bool,
        policy: PolicyChange,
        surroundings: &Surroundings,
    ) -> Result<Self, InitError> {
        let recovery_name: Name = RECOVERY.parse().map_err(|_| InitError::Reserved)?;
        if owner == recovery_name {
            return Err(InitError::Reserved);
        }
        let owner_identity = Identity::generate();
        let recovery_identity = with_recovery.then(Identity::generate);
        let log_identity = Identity::generate();
        let entry = |name: Name, identity: &Identity| IdentityEntry {
            name,
            number: NUMBER,
            recipient: identity.recipient(),
            key: identity.verifying_key(),
        };
        let genesis = Genesis {
            owner: entry(owner.clone(), &owner_identity),
            recovery: recovery_identity.as_ref().map(|identity| entry(recovery_name, identity)),
            log: LogKey { epoch: EPOCH, recipient: log_identity.recipient() },
            policy: policy.clone(),
        };
        let now = surroundings.clock.now();
        let (store, genesis) = Roster::genesis(genesis, &owner_identity.signing_key(), now)?;
        let surroundings = surroundings.clone();
        Ok(Self {
            owner,
            owner_identity,
            recovery_identity,
            log_identity,
            store,
            genesis,
            policy,
            surroundings,
        })
    }

    /// The new store's id.
    pub fn store_id(&self) -> StoreId {
        self.store
    }

    /// Builds the store at `root`, which must not exist. Both passphrases must pass
    /// [`strength::check`].
    pub fn create(
        self,
        root: &Path,
        passphrase: &Passphrase,
        recovery: Option<&Passphrase>,
        work_factor: WorkFactor,
    ) -> Result<StoreId, InitError> {
        strength::check(passphrase, &[self.owner.as_str()])?;
        recovery.map_or(Ok(()), |recovery| strength::check(recovery, &[]))?;
        let building = Building::begin(root, &self.surroundings)?;
        let receipt = self.build(&Layout::new(building.path()), passphrase, recovery, work_factor)?;
        building.publish()?;

        let seen = Seen::read(&self.surroundings, &self.store, &self.owner);
        seen.follow(self.genesis.after())?;
        Witness::saw(&seen, receipt.mark());
        Ok(self.store)
    }

    /// Writes everything.
    fn build(
        &self,
        layout: &Layout,
        passphrase: &Passphrase,
        recovery: Option<&Passphrase>,
        work_factor: WorkFactor,
    ) -> Result<Receipt, InitError> {
        let disk = &*self.surroundings.disk;
        for folder in [layout.staff(), layout.groups(), layout.access_log_epoch(EPOCH)] {
            disk.create_dir_all(&folder).at("create", &folder)?;
        }
        disk::write_new(disk, &layout.roster(), self.genesis.bytes())?;
        self.write_keys(layout, &self.owner, &self.owner_identity, passphrase, work_factor)?;
        match (&self.recovery_identity, recovery) {
            (Some(identity), Some(passphrase)) => {
                let name = RECOVERY.parse().map_err(|_| InitError::Reserved)?;
                self.write_keys(layout, &name, identity, passphrase, work_factor)?;
            }
            (None, None) => {}
            _ => return Err(InitError::Recovery),
        }
        let place = LogPlace {
            folder: layout.access_log(),
            store: self.store,
            keys: Arc::new(KeyInForce { epoch: EPOCH, recipient: self.log_identity.recipient() }),
        };
        let session_id = random_id(&*self.surroundings.random).map_err(InitError::Random)?;
        let actor = Actor { staff: self.owner.to_string(), role: Role::Owner, session_id };
        let signer = format!("{}.{NUMBER}", self.owner);
        let author = Author::signing(actor, signer, self.owner_identity.signing_key());
        let mut event = Event::new(Action::Staff, Outcome::Success);
        // An auditor is to see what was opened up from the start.
        let opened_up = self.policy.opened_up().map(|rule| format!("{rule}=warn"));
        let words: Vec<String> = std::iter::once("init".to_owned()).chain(opened_up).collect();
        event.detail = Some(words.join(", "));
        Ok(AccessLog::found(place, author, &self.surroundings).append(&event)?)
    }

    /// A person's identity file, and the access log's key sealed to them.
    fn write_keys(
        &self,
        layout: &Layout,
        name: &Name,
        identity: &Identity,
        passphrase: &Passphrase,
        work_factor: WorkFactor,
    ) -> Result<(), InitError> {
        let disk = &*self.surroundings.disk;
        let sealed = staff_file::seal(identity, name, NUMBER, &self.store, passphrase, work_factor)?;
        disk::write_new(disk, &layout.identity(name.as_str(), NUMBER), &sealed)?;
        let sealed = identity.recipient().seal(self.log_identity.to_text().as_bytes())?;
        Ok(disk::write_new(disk, &layout.access_log_key(EPOCH, name.as_str()), &sealed)?)
    }
}

impl Store {
    /// Founds a store at `root`, which must not exist.
    pub fn create(
        root: &Path,
        options: &InitOptions,
        surroundings: &Surroundings,
    ) -> Result<StoreId, InitError> {
        let InitOptions { owner, passphrase, work_factor, recovery, network } = options;
        let policy = PolicyChange { network: Some(*network), ..PolicyChange::default() };
        Founding::new(owner.clone(), recovery.is_some(), policy, surroundings)?.create(
            root,
            passphrase,
            recovery.as_ref(),
            *work_factor,
        )
    }
}

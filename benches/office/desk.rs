//! One clerk at one desk with one group: all that a command has after the passphrase was derived, and
//! nothing of the store around it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vault::access_log::{AccessLog, Action, Actor, Author, Event, KeyInForce, LogPlace, Outcome, Role};
use vault::group::Group;
use vault::group::code::GroupPrefix;
use vault::group::database::new_image;
use vault::group::field::Fields;
use vault::sealed::access::{Access, Signers};
use vault::sealed::disk::{Disk, DiskError};
use vault::sealed::group_file;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::WorkFactor;
use vault::sealed::signed::{Digest, Mark, StoreId, VerifyingKey};
use vault::store::{Name, Seen};
use vault::surroundings::{Clock, Random, Surroundings};

use crate::timed_disk::TimedDisk;

const GROUP: &str = "retail";
const SIGNER: &str = "dana.1";

/// Believes one signer.
struct OneSigner(VerifyingKey);

impl Signers for OneSigner {
    fn key(&self, signer: &str, _group: &str, _roster: Mark) -> Option<VerifyingKey> {
        (signer == SIGNER).then_some(self.0)
    }

    fn holds(&self, _roster: Mark) -> bool {
        true
    }

    fn make_durable(&self) -> Result<(), DiskError> {
        Ok(())
    }
}

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

/// Where all of one size's files lie, and who works there.
pub struct Desk {
    pub folder: PathBuf,
    pub disk: Arc<TimedDisk>,
    staff: Identity,
    group: Identity,
}

/// The log and the group as one command has them.
pub struct Visit {
    pub group: Group,
    pub log: AccessLog,
}

fn store() -> StoreId {
    Digest::of(b"office")
}

impl Desk {
    /// A new, empty group in `folder`.
    pub fn found(folder: &Path) -> Self {
        let (staff, group, log) = (Identity::generate(), Identity::generate(), Identity::generate());
        let keys = format!("{}\n{}\n{}\n", *staff.to_text(), *group.to_text(), log.recipient());
        fs::write(folder.join("keys"), keys).unwrap();
        let desk = Self::at(folder);
        desk.disk.create_dir_all(&desk.group_folder()).unwrap();
        desk.disk.create_dir_all(&desk.log_folder()).unwrap();
        let log = AccessLog::found(desk.log_place(), desk.author(), &desk.surroundings());
        let entry = log.append(&Event::new(Action::Group, Outcome::Success)).unwrap().mark();
        group_file::create(&desk.access(), &desk.empty_image(), entry).unwrap();
        drop(desk.visit(Mode::Exclusive));
        desk
    }

    /// The desk that was founded in `folder` before, perhaps by another process.
    pub fn at(folder: &Path) -> Self {
        let keys = fs::read_to_string(folder.join("keys")).unwrap();
        let mut keys = keys.lines().map(str::to_owned);
        let mut identity = || Identity::from_file_text(&keys.next().unwrap()).unwrap();
        let (staff, group) = (identity(), identity());
        let disk = Arc::new(TimedDisk::new(folder.join("group")));
        Self { folder: folder.to_owned(), disk, staff, group }
    }

    /// The database of a group without customers.
    pub fn empty_image(&self) -> Vec<u8> {
        let prefix = GroupPrefix::random(&SystemRandom).unwrap();
        new_image(&Fields::standard(), prefix, &self.group).unwrap().to_vec()
    }

    pub fn group_folder(&self) -> PathBuf {
        self.folder.join("group")
    }

    fn log_folder(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The group's identity, as the age crate has it.
    pub fn age_identity(&self) -> age::x25519::Identity {
        self.group.to_text().parse().unwrap()
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            disk: Arc::clone(&self.disk) as Arc<dyn Disk>,
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            host: "front-desk".into(),
            os_user: "office".into(),
            state: self.folder.join("state"),
            system_root: PathBuf::from("/"),
            lowest_work_factor: WorkFactor::LOWEST,
            work_factor: WorkFactor::STANDARD,
            patience: Duration::from_secs(5),
            log_reserve: vault::access_log::reserve::FULL,
            idle_minute: Duration::from_mins(1),
        }
    }

    fn author(&self) -> Author {
        let actor = Actor { staff: "dana".into(), role: Role::Clerk, session_id: "0".repeat(32) };
        Author::signing(actor, SIGNER.into(), self.staff.signing_key())
    }

    fn log_place(&self) -> LogPlace {
        let keys = fs::read_to_string(self.folder.join("keys")).unwrap();
        let recipient = keys.lines().nth(2).unwrap().parse().unwrap();
        LogPlace {
            folder: self.log_folder(),
            store: store(),
            keys: Arc::new(KeyInForce { epoch: 1, recipient }),
        }
    }

    fn seen(&self) -> Arc<Seen> {
        Arc::new(Seen::read(&self.surroundings(), &store(), &"dana".parse::<Name>().unwrap()))
    }

    fn access_seen(&self, seen: &Arc<Seen>) -> Access {
        Access {
            disk: Arc::clone(&self.disk) as Arc<dyn Disk>,
            folder: self.group_folder(),
            store: store(),
            group: GROUP.to_owned(),
            epoch: 1,
            since: 0,
            identity: self.group.clone(),
            signer: SIGNER.to_owned(),
            signing_key: Arc::new(self.staff.signing_key()),
            roster: Mark { seq: 1, hash: Digest::of(b"roster") },
            signers: Arc::new(OneSigner(self.staff.verifying_key())),
            witness: Arc::clone(seen) as Arc<dyn vault::sealed::access::Witness>,
            patience: Duration::from_secs(5),
        }
    }

    pub fn access(&self) -> Access {
        self.access_seen(&self.seen())
    }

    /// Opens log and group as every command does: the seen note is read, the access log must extend it.
    pub fn visit(&self, mode: Mode) -> Visit {
        let seen = self.seen();
        let witness = Arc::clone(&seen) as Arc<dyn vault::access_log::Witness>;
        let log =
            AccessLog::open(self.log_place(), self.author(), seen.note().log, witness, &self.surroundings());
        let group = Group::open(self.access_seen(&seen), mode).unwrap();
        Visit { group, log }
    }
}

//! An office with customers in several groups, for stories of people and keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vault::access_log::entry::Opened;
use vault::access_log::{Action, Outcome, Role};
use vault::group::code::CustomerCode;
use vault::group::erase::erase_again;
use vault::group::field::Fields;
use vault::group::lookup::{self, Options};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::upkeep::renew;
use vault::group::view::Reveal;
use vault::group::{DatabaseError, Group, database};
use vault::sealed::disk::{Disk as _, RealDisk};
use vault::sealed::group_file::GroupFile;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::passphrase::WorkFactor;
use vault::sealed::record;
use vault::store::{Login, Name, NewStaff, Rekeying, Session};

use super::office::{Office, passphrase};

pub const BOB: &str = "saddle-orbit-lemon-twenty-quarry";
pub const CAROL: &str = "walnut-ferry-copper-ninety-lagoon";
pub const NEW: &str = "timber-velvet-acorn-forty-glacier";
pub const GROUPS: [&str; 3] = ["clinic", "retail", "trade"];

pub fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub fn login(text: &str) -> Login {
    Login::new(passphrase(text), WorkFactor::for_tests(2))
}

pub const WORK: Rekeying<'static> = Rekeying {
    renew: &|stage, recipient, random| Ok(renew(stage, recipient, random, &|_, _| ())?),
    erase: &|stage, codes, progress| Ok(erase_again(stage, codes, progress)?),
    progress: &|_, _| (),
};

#[derive(Debug)]
struct CreateError;

impl From<vault::store::NewGroupError> for CreateError {
    fn from(_: vault::store::NewGroupError) -> Self {
        Self
    }
}

impl From<DatabaseError> for CreateError {
    fn from(_: DatabaseError) -> Self {
        Self
    }
}

pub fn create(session: &Session, group: &str) {
    let image = |prefix: &str| -> Result<_, CreateError> {
        Ok(database::new_image(&Fields::standard(), prefix.parse().unwrap(), &Identity::generate())?)
    };
    session.create_group(&name(group), image).unwrap();
}

pub fn open(session: &Session, group: &str, mode: Mode) -> Group {
    Group::open(session.access(group).unwrap(), mode).unwrap()
}

pub fn add(session: &Session, group: &str, customer: &str) -> CustomerCode {
    let mut opened = open(session, group, Mode::Exclusive);
    let record = Record::check(opened.fields(), [("name", customer)]).unwrap();
    let surroundings = session.surroundings();
    opened.add(&record, false, session.log(), &*surroundings.random, surroundings.clock.now()).unwrap()
}

pub fn enrol(by: &Session, person: &str, text: &str, role: Role, groups: &[&str]) {
    let new = NewStaff {
        name: name(person),
        role,
        full_name: None,
        groups: groups.iter().map(|group| name(group)).collect(),
    };
    by.add_staff(&new, &login(text)).unwrap();
}

/// Three groups, each with a customer in the base and one in the log; alice is unlocked.
pub struct Shop {
    pub office: Office,
    pub alice: Session,
    codes: BTreeMap<&'static str, Vec<CustomerCode>>,
}

impl Shop {
    pub fn new() -> Self {
        let office = Office::founded();
        let alice = office.unlocked();
        let mut codes = BTreeMap::new();
        for group in GROUPS {
            create(&alice, group);
            let first = add(&alice, group, "In the base");
            open(&alice, group, Mode::Exclusive).checkpoint(alice.log(), &|_, _| ()).unwrap();
            codes.insert(group, vec![first, add(&alice, group, "In the log")]);
        }
        Self { office, alice, codes }
    }

    pub fn unlock(&self, person: &str, text: &str) -> Session {
        self.office.open().unlock(person, &passphrase(text)).unwrap()
    }

    /// Adds one more customer to a group.
    pub fn add(&mut self, by: &Session, group: &'static str) {
        let code = add(by, group, &format!("By {}", by.signer_id()));
        self.codes.get_mut(group).unwrap().push(code);
    }

    /// Every customer of a group is there for whoever may open it, and the files verify.
    pub fn check(&self, session: &Session, group: &str) {
        let opened = open(session, group, Mode::Shared);
        let options = Options { exact: false, reach: lookup::Reach::Words, limit: 9, reveal: Reveal::none() };
        for code in &self.codes[group] {
            let found = opened.find(&Query::Code(*code), &options).unwrap();
            let (answer, _) =
                session.log().release(lookup::answer(vec![found], 9, &Reveal::none(), None)).unwrap();
            assert_eq!(answer.cards.len(), 1, "{code}");
        }
        let verified = opened.verify(session.log(), &|_, _| ()).unwrap();
        assert_eq!(verified.customers, self.codes[group].len() as u64, "{group}");
    }

    /// The group has a new key: the old one opens none of its files, the old epoch's key files are gone,
    /// and everything is there for `session`.
    pub fn check_rekeyed(&self, session: &Session, group: &str, old: &Identity, epoch: u32) {
        let layout = self.office.layout();
        let key = session.group_key(group).unwrap();
        assert_eq!((key.epoch, key.identity.recipient() == old.recipient()), (epoch, false));
        self.check(session, group);
        for path in files(&layout.group(group)) {
            let bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|extension| extension == "age") {
                assert!(old.open(&bytes).is_err(), "{}", path.display());
            }
        }
        for record in sealed_records(&layout.group(group)) {
            assert!(old.open(&record).is_err());
        }
        assert_eq!(RealDisk.list(&layout.keys(group)).unwrap(), [epoch.to_string()]);
        assert!(!layout.next_head(group).exists());
        let expected: Vec<String> = (1..=epoch).map(|number| format!("intake.{number}")).collect();
        assert_eq!(intakes(session, group), expected);
    }

    /// What the access log says from entry `from` on, but for records and unlocking.
    pub fn told(&self, from: usize) -> Vec<String> {
        let all = entries(&self.office, &self.alice).split_off(from);
        let office = [Action::Staff, Action::Group, Action::Policy, Action::Agreement, Action::Passwd];
        let about_the_office = all.into_iter().filter(|opened| office.contains(&opened.entry.action));
        about_the_office
            .map(|Opened { entry, .. }| {
                let group = entry.group.map_or(String::new(), |group| format!(" [{group}]"));
                let outcome = if entry.outcome == Outcome::Success { "" } else { " (not done)" };
                format!("{} {}{group}{outcome}", entry.staff, entry.detail.unwrap_or_default())
            })
            .collect()
    }

    pub fn count(&self) -> usize {
        entries(&self.office, &self.alice).len()
    }
}

/// The group's numbered intake identities.
fn intakes(session: &Session, group: &str) -> Vec<String> {
    let file = GroupFile::open(session.access(group).unwrap().into(), Mode::Shared).unwrap();
    let mut statement =
        file.connection().prepare("SELECT key FROM meta WHERE key GLOB 'intake.*' ORDER BY key").unwrap();
    let keys = statement.query_map([], |row| row.get(0)).unwrap();
    keys.collect::<Result<_, _>>().unwrap()
}

/// Every entry, each opened with the log's identity of its epoch, from the key file of `reader`.
pub fn entries(office: &Office, reader: &Session) -> Vec<Opened> {
    reader.refresh().unwrap();
    office.entries_with(&reader.log_identities().unwrap())
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The age files of every record in a group's log.
pub fn sealed_records(group: &Path) -> Vec<Vec<u8>> {
    let logs = files(group)
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log.")));
    let mut sealed = Vec::new();
    for log in logs {
        let bytes = fs::read(log).unwrap();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let found = record::parse(rest).unwrap();
            let length = usize::try_from(found.header.claimed().bytes).unwrap();
            sealed.push(rest[found.length..found.length + length].to_vec());
            rest = &rest[found.length + length..];
        }
    }
    sealed
}

/// The files below the store that are sealed to somebody, without the store's path.
pub fn files_of(office: &Office, person: &str) -> Vec<String> {
    let all = files(&office.root).into_iter();
    let own = all.filter(|path| {
        let file = path.file_name().unwrap().to_string_lossy();
        file == format!("{person}.age") || file.starts_with(&format!("{person}."))
    });
    own.map(|path| path.strip_prefix(&office.root).unwrap().to_string_lossy().into_owned()).collect()
}

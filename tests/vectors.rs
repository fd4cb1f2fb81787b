//! Plays `tests/vectors/v1/`: what version 1 of the format says of one input each, frozen. The files
//! were made once by the ignored test in `vectors/generator.rs`; see `vectors/v1/README.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[allow(dead_code, reason = "shared with the tests of the store")]
#[path = "store/book.rs"]
mod book;
#[path = "vectors/generator.rs"]
mod generator;
#[allow(dead_code, reason = "shared with the tests of the store")]
#[path = "store/office.rs"]
mod office;
#[path = "support/retail.rs"]
mod retail;
#[path = "vectors/roster_changes.rs"]
mod roster_changes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use vault::access_log::{Entry, EntryError};
use vault::group::Group;
use vault::group::code::{CodeError, CustomerCode};
use vault::group::duplicate::duplicate_keys;
use vault::group::field::Fields;
use vault::group::folding::fold;
use vault::group::record::Record;
use vault::sealed::access::{Access, Seen, Signers, Witness};
use vault::sealed::disk::{Disk, DiskError, RealDisk};
use vault::sealed::group_file::GroupFile;
use vault::sealed::head::{BaseFile, Head, LogFile};
use vault::sealed::identity::{Identity, Recipient};
use vault::sealed::lock::Mode;
use vault::sealed::log::{self, LogError};
use vault::sealed::passphrase::{UnlockError, WorkFactor};
use vault::sealed::signed::{Digest, Mark, Purpose, SignedError, Unverified, VerifyingKey};
use vault::store::roster::{Fault, commitment};
use vault::store::staff_file::{self, StaffFileError};
use vault::store::{Roster, RosterError, Store};
use vault::surroundings::Surroundings;

/// `tests/vectors/v1`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/v1")
}

/// One vector: `key: value` lines, an empty line, the input.
struct Vector {
    header: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// What came out: values by name, or why it was refused.
type Outcome = Result<Values, String>;
type Values = Vec<(&'static str, String)>;

impl Vector {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let (header, body) = text.split_once("\n\n").unwrap();
        let header: BTreeMap<String, String> = header
            .lines()
            .map(|line| line.split_once(':').unwrap_or_else(|| panic!("{}: {line}", path.display())))
            .map(|(key, value)| (key.to_owned(), value.trim_start().to_owned()))
            .collect();
        let body = body.strip_suffix('\n').unwrap_or(body);
        let body = match header.get("body").map(String::as_str) {
            Some("base64") => BASE64.decode(body.replace('\n', "").as_bytes()).unwrap(),
            None => body.as_bytes().to_vec(),
            Some(other) => panic!("{}: body in {other}", path.display()),
        };
        Self { header, body }
    }

    fn get(&self, key: &str) -> &str {
        self.header.get(key).map_or("", String::as_str)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn digest(&self, key: &str) -> Digest {
        self.get(key).parse().unwrap()
    }

    fn identity(&self, key: &str) -> Identity {
        Identity::from_file_text(self.get(key)).unwrap()
    }

    fn signer(&self) -> VerifyingKey {
        serde_json::from_value(self.get("signer key").into()).unwrap()
    }

    fn play(&self, scratch: &Path) -> Outcome {
        match self.get("kind") {
            "customer code" => self.customer_code(),
            "signed line" => self.signed_line(),
            "identity" => self.signing_key(),
            "identity file" => self.identity_file(),
            "commitment" => Ok(self.commitment()),
            "roster" => self.roster(scratch),
            "log" => self.log(scratch),
            "entry" => self.entry(),
            "duplicate keys" => Ok(self.duplicate_keys()),
            "search words" => Ok(vec![("words", fold(self.text()).join(" "))]),
            "store" => Ok(self.store()),
            other => panic!("a vector of kind {other:?}"),
        }
    }

    fn customer_code(&self) -> Outcome {
        match CustomerCode::parse(self.text()) {
            Ok(code) => Ok(vec![("code", code.to_string())]),
            Err(CodeError::NotACode) => Err("not a code".to_owned()),
            Err(CodeError::Mistyped) => Err("mistyped".to_owned()),
        }
    }

    fn signed_line(&self) -> Outcome {
        let purpose = match self.get("purpose") {
            "head" => Purpose::Head,
            "record" => Purpose::Record,
            other => panic!("purpose {other:?}"),
        };
        Unverified::<Head>::parse(&self.body)
            .and_then(|line| line.verify(purpose, &self.digest("store"), &self.signer()))
            .map(|head| vec![("group", head.group)])
            .map_err(|error| signed(&error))
    }

    fn signing_key(&self) -> Outcome {
        let identity = Identity::from_file_text(self.text()).map_err(|_| "not an identity".to_owned())?;
        let key = identity.verifying_key().to_string();
        Ok(vec![("recipient", identity.recipient().to_string()), ("signer key", key)])
    }

    fn identity_file(&self) -> Outcome {
        let passphrase = office::passphrase(self.get("passphrase"));
        let lowest = WorkFactor::for_tests(2);
        match staff_file::open(&self.body, &self.digest("store"), &passphrase, lowest) {
            Ok(identity) => Ok(vec![("recipient", identity.recipient().to_string())]),
            Err(StaffFileError::Unlock(UnlockError::WrongPassphrase)) => Err("wrong passphrase".to_owned()),
            Err(StaffFileError::Unlock(UnlockError::WorkFactor { .. })) => Err("work factor".to_owned()),
            Err(StaffFileError::Unlock(UnlockError::Damaged(_))) => Err("damaged".to_owned()),
            Err(StaffFileError::NotAnIdentity) => Err("not an identity".to_owned()),
            Err(StaffFileError::OtherStore) => Err("other store".to_owned()),
        }
    }

    fn commitment(&self) -> Values {
        let recipient: Recipient = self.text().parse().unwrap();
        let (group, epoch) = (self.get("group").parse().unwrap(), self.get("epoch").parse().unwrap());
        vec![("commitment", commitment(&self.digest("store"), &group, epoch, &recipient).to_string())]
    }

    fn roster(&self, scratch: &Path) -> Outcome {
        let path = scratch.join("roster.jsonl");
        std::fs::write(&path, &self.body).unwrap();
        let fault = |line: u64, fault: &Fault| {
            let fault = match fault {
                Fault::Signed(error) => signed(error),
                Fault::Chain => "chain".to_owned(),
                Fault::Genesis => "genesis".to_owned(),
                Fault::Signer { .. } => "signer".to_owned(),
                Fault::GroupExists { .. } => "group exists".to_owned(),
                Fault::Entry => "entry".to_owned(),
                Fault::Rekey => "rekey".to_owned(),
                other => panic!("{other}"),
            };
            format!("{fault} in line {line}")
        };
        match Roster::read(&RealDisk, &path) {
            Ok(roster) => {
                let groups: Vec<&str> = roster.groups().iter().map(|group| group.name.as_str()).collect();
                let torn = if roster.is_torn() { "yes" } else { "no" };
                let store = roster.store_id().to_string();
                let mut values =
                    vec![("store", store), ("groups", groups.join(" ")), ("torn", torn.to_owned())];
                // The first vectors know of no people.
                if self.header.contains_key("people") {
                    values.extend(roster_changes::told(&roster));
                }
                Ok(values)
            }
            Err(RosterError::Damaged { line, fault: found, .. }) => Err(fault(line, &found)),
            Err(RosterError::NewerFormat { version, .. }) => Err(format!("newer format {version}")),
            Err(other) => panic!("{other}"),
        }
    }

    fn log(&self, scratch: &Path) -> Outcome {
        let path = scratch.join("log");
        std::fs::write(&path, &self.body).unwrap();
        let covered: Vec<&str> = self.get("covered").split(' ').collect();
        let [bytes, last, ends] = covered[..] else { panic!("covered: bytes, number, hash") };
        let log = LogFile {
            name: "log".to_owned(),
            bytes: bytes.parse().unwrap(),
            first: 1,
            last: last.parse().unwrap(),
            continues: Digest::ZERO,
            ends: ends.parse().unwrap(),
        };
        let seen = (!self.get("seen").is_empty()).then(|| {
            let (seq, hash) = self.get("seen").split_once(' ').unwrap();
            Mark { seq: seq.parse().unwrap(), hash: hash.parse().unwrap() }
        });
        let access = self.access(scratch);
        let head = head(&access, log);
        let file = RealDisk.open(&path).unwrap();
        match log::scan(&*file, &path, &head, &access, seen) {
            Ok(scan) => Ok(vec![
                ("records", scan.entries.len().to_string()),
                ("plaintext", String::from_utf8(scan.wal.to_vec()).unwrap()),
                ("torn", scan.torn.to_string()),
            ]),
            Err(LogError::Damaged { fault, at, .. }) => {
                Err(format!("{} at {at}", format!("{fault:?}").to_lowercase()))
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn access(&self, scratch: &Path) -> Access {
        let key = self.signer();
        Access {
            disk: Arc::new(RealDisk),
            folder: scratch.to_owned(),
            store: self.digest("store"),
            group: self.get("group").to_owned(),
            epoch: self.get("epoch").parse().unwrap(),
            since: 0,
            identity: self.identity("group identity"),
            signer: "alice.1".to_owned(),
            signing_key: Arc::new(Identity::generate().signing_key()),
            roster: Mark::NOTHING,
            signers: Arc::new(OneSigner(key)),
            witness: Arc::new(Nobody),
            patience: Duration::ZERO,
        }
    }

    fn entry(&self) -> Outcome {
        let (store, key) = (self.digest("store"), self.signer());
        let key_of = |signer: &str| (signer == "alice.1").then_some(key);
        match Entry::open(&self.body, &self.identity("log identity"), &store, key_of) {
            Ok(opened) => {
                let signed_by = opened.entry.signer.unwrap_or_else(|| "nobody".to_owned());
                let action = format!("{:?}", opened.entry.action).to_lowercase();
                Ok(vec![("signed by", signed_by), ("action", action), ("hash", opened.hash.to_string())])
            }
            Err(EntryError::Malformed) => Err("malformed".to_owned()),
            Err(EntryError::Sealed(_)) => Err("sealed".to_owned()),
            Err(EntryError::Signed(error)) => Err(signed(&error)),
            Err(EntryError::UnknownSigner { .. }) => Err("signer".to_owned()),
            Err(EntryError::Misplaced) => Err("misplaced".to_owned()),
        }
    }

    fn duplicate_keys(&self) -> Values {
        let record = Record::from_json(self.text()).unwrap();
        let keys = duplicate_keys(&Fields::standard(), &record);
        let keys: Vec<String> = keys.iter().map(|key| format!("{} {}", key.field, key.key)).collect();
        vec![("keys", keys.join(", "))]
    }

    /// A whole store, opened in a copy as the program opens it.
    fn store(&self) -> Values {
        let office = office::Office::empty();
        office::put_back(&folder().join(self.get("folder")), &office.root);
        let surroundings: &Surroundings = &office.surroundings;
        let store = Store::open(&office.root, surroundings).unwrap();
        let id = store.store_id().to_string();
        let session = store.unlock("alice", &office::passphrase(self.get("passphrase"))).unwrap();
        let access = || session.access("retail").unwrap();
        let verified =
            Group::open(access(), Mode::Shared).unwrap().verify(session.log(), &|_, _| ()).unwrap();
        let file = GroupFile::open(Arc::new(access()), Mode::Shared).unwrap();
        let mut statement =
            file.connection().prepare("SELECT code, record FROM customer ORDER BY id").unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            Ok(format!("{}|{}", row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        };
        let rows: Vec<String> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.join("\n"), self.text());
        assert_eq!(office.entries().len() as u64, self.get("entries").parse::<u64>().unwrap() + 1);
        let records = verified.records.to_string();
        vec![("store", id), ("customers", verified.customers.to_string()), ("records", records)]
    }
}

fn signed(error: &SignedError) -> String {
    match error {
        SignedError::Malformed(_) => "malformed".to_owned(),
        SignedError::Signature => "signature".to_owned(),
    }
}

/// A head that names nothing but a log.
pub fn head(access: &Access, log: LogFile) -> Head {
    Head {
        v: 1,
        store: access.store,
        group: access.group.clone(),
        generation: 1,
        epoch: access.epoch,
        base: BaseFile { name: "base.1.age".to_owned(), bytes: 0, sha256: Digest::ZERO, id: Digest::ZERO },
        log,
        ledger: Mark::NOTHING,
        roster: Mark::NOTHING,
        entry: Mark::NOTHING,
        signer: "alice.1".to_owned(),
    }
}

struct OneSigner(VerifyingKey);

impl Signers for OneSigner {
    fn key(&self, signer: &str, _group: &str, _roster: Mark) -> Option<VerifyingKey> {
        (signer == "alice.1").then_some(self.0)
    }

    fn holds(&self, _roster: Mark) -> bool {
        true
    }

    fn make_durable(&self) -> Result<(), DiskError> {
        Ok(())
    }
}

struct Nobody;

impl Witness for Nobody {
    fn seen(&self, _group: &str) -> Option<Seen> {
        None
    }

    fn note(&self, _group: &str, _seen: Seen) {}
}

fn paths() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "txt"));
    paths.sort();
    paths
}

#[test]
fn every_vector_of_version_1_still_holds() {
    let mut wrong = Vec::new();
    for path in paths() {
        let vector = Vector::read(&path);
        let scratch = tempfile::tempdir().unwrap();
        let outcome = vector.play(scratch.path());
        let is_right = match (&outcome, vector.get("expect")) {
            (Ok(values), "success") => values.iter().all(|(name, value)| vector.get(name) == value),
            (Err(why), "failure") => vector.get("why") == why,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{}: {outcome:?}", path.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_vector_was_lost() {
    let list = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let named: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once('`').map(|(name, _)| name))
        .collect();
    let there: Vec<String> =
        paths().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(there, named, "README.md lists every vector");
    assert!(there.len() > 50);
}

//! A restore of a time before an erasure erases again.

use std::fs;
use std::path::{Path, PathBuf};

use vault::access_log::{Action, Outcome};
use vault::backup::restore::RestoreError;
use vault::sealed::group_file::{OpenGroupError, documents_folder};
use vault::sealed::identity::Identity;
use vault::sealed::ledger::{self, LedgerError};
use vault::sealed::lock::Mode;
use vault::store::{AcceptError, ChangeError, Notice, Rekeying, Session, Store};

use super::canary::{CANARIES, canary, document, erase};
use super::every_byte;
use super::media::{backup, enrolled, shelf};
use super::office::{ALICE, Office, passphrase};
use super::restoring::{accept, elsewhere, is_sound, restored};
use super::shop::{Shop, WORK, add, entries, open};

/// A customer was in the first snapshot and erased before the second.
struct Erased {
    shop: Shop,
    blue: PathBuf,
    code: String,
    first: String,
    /// The group's key of then.
    key: Identity,
}

impl Erased {
    fn new() -> Self {
        let shop = Shop::new();
        let code = canary(&shop.alice, "retail");
        document(&shop.alice, "retail", code);
        let aside = shop.office.layout().group("retail").join("aside");
        fs::create_dir_all(&aside).unwrap();
        fs::write(aside.join("log.7.0.0011223344556677"), "Qxfolge, cut off").unwrap();
        let blue = enrolled(&shop.office, "blue");
        let first = backup(&shop.office, &blue).snapshot.to_string();
        shop.office.clock.set("2026-11-24T08:00:00Z");
        erase(&shop.alice, "retail", code).unwrap();
        add(&shop.alice, "retail", "Of the second");
        let key = shop.alice.group_key("retail").unwrap().identity;
        Self { shop, blue, code: code.to_string(), first, key }
    }

    fn back_up_and_restore(&self) -> Office {
        backup(&self.shop.office, &self.blue);
        self.restore()
    }

    fn restore(&self) -> Office {
        let new = elsewhere(&self.shop.office);
        restored(&new, &self.blue, Some(&self.first), &new.root).unwrap();
        new
    }

    fn is_gone(&self, new: &Office, alice: &Session) {
        let now = alice.group_key("retail").unwrap().identity;
        for word in CANARIES {
            let left = every_byte::holding(&new.root, &[&self.key, &now], word);
            assert_eq!(left, Vec::<PathBuf>::new(), "{word}");
        }
        let opened = open(alice, "retail", Mode::Shared);
        assert!(opened.erased_at(self.code.parse_code()).unwrap().is_some());
        assert_eq!(opened.verify(alice.log(), &|_, _| ()).unwrap().customers, 2);
    }
}

trait ParseCode {
    fn parse_code(&self) -> vault::group::code::CustomerCode;
}

impl ParseCode for String {
    fn parse_code(&self) -> vault::group::code::CustomerCode {
        vault::group::code::CustomerCode::parse(self).unwrap()
    }
}

fn try_accept(office: &Office, work: Rekeying<'_>) -> Result<Session, AcceptError> {
    let (store, mark) = Store::open_restored(&office.root, &office.surroundings).unwrap();
    store.unlock_to_accept(mark, "alice", &passphrase(ALICE)).unwrap().accept(work)
}

fn group(office: &Office) -> PathBuf {
    office.layout().group("retail")
}

#[test]
fn whoever_was_erased_after_the_snapshot_is_erased_again_from_every_byte() {
    let erased = Erased::new();
    let new = erased.back_up_and_restore();
    // They are there until an owner accepts, but for what nobody reads again.
    for word in CANARIES {
        assert!(!every_byte::holding(&group(&new), &[&erased.key], word).is_empty(), "{word}");
    }
    assert!(!group(&new).join("aside").exists());

    let alice = accept(&new, "alice", ALICE);
    erased.is_gone(&new, &alice);
    let documents = fs::read_dir(documents_folder(&group(&new))).unwrap();
    let names = documents.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains(".age")).count(), 0);
    assert_eq!(
        fs::read(group(&new).join(ledger::NAME)).unwrap(),
        fs::read(group(&erased.shop.office).join(ledger::NAME)).unwrap()
    );
    let told = alice.take_notices();
    assert!(told.iter().any(|notice| matches!(notice, Notice::ErasedAgain { count: 1, .. })), "{told:?}");
    let again: Vec<_> = entries(&new, &alice)
        .into_iter()
        .filter(|opened| opened.entry.action == Action::Erase && opened.entry.outcome == Outcome::Success)
        .map(|opened| (opened.entry.customer.unwrap_or_default(), opened.entry.detail.unwrap_or_default()))
        .collect();
    assert_eq!(again.len(), 2);
    assert_eq!(again[1], (erased.code.clone(), "again, after a restore".to_owned()));
    // And the office goes on: it erases, and its backups are sound.
    let later = add(&alice, "retail", "Later");
    erase(&alice, "retail", later).unwrap();
    vault::backup::enroll::enroll(&new.open(), &erased.blue, None).unwrap();
    backup(&new, &erased.blue);
    assert!(is_sound(&new, &erased.blue));
}

#[test]
fn an_accepting_that_is_broken_off_is_done_again() {
    let erased = Erased::new();
    let new = erased.back_up_and_restore();
    let broken = Rekeying { renew: &|_, _, _| Err("broken off".into()), ..WORK };
    assert!(matches!(try_accept(&new, broken), Err(AcceptError::Change(ChangeError::Renew { .. }))));
    let alice = accept(&new, "alice", ALICE);
    erased.is_gone(&new, &alice);
}

#[test]
fn a_ledger_that_is_missing_from_the_restored_store_is_damage() {
    let erased = Erased::new();
    let new = erased.back_up_and_restore();
    let path = new.layout().restored_ledger("retail");
    let sound = fs::read(&path).unwrap();
    for bytes in [None, Some(&sound[..sound.len() / 2])] {
        match bytes {
            None => fs::remove_file(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        let refused = try_accept(&new, WORK);
        assert!(matches!(
            refused,
            Err(AcceptError::Change(ChangeError::Open { source, .. }))
                if matches!(*source, OpenGroupError::Ledger(LedgerError::Damaged { .. }))
        ));
    }
    fs::write(&path, sound).unwrap();
    erased.is_gone(&new, &accept(&new, "alice", ALICE));
}

#[test]
fn lines_that_did_not_happen_are_neither_backed_up_nor_applied() {
    let erased = Erased::new();
    let path = group(&erased.shop.office).join(ledger::NAME);
    let one = fs::read(&path).unwrap();
    let head = fs::read(erased.shop.office.layout().head("retail")).unwrap();
    fs::write(&path, [&one[..], b"{\"half\":"].concat()).unwrap();
    let new = erased.back_up_and_restore();
    let newest = shelf(&erased.shop.office, &erased.blue).newest().unwrap().manifest.clone();
    assert_eq!(newest.file("groups/retail/erased.jsonl").unwrap().bytes, one.len() as u64);
    assert!(is_sound(&erased.shop.office, &erased.blue));
    assert_eq!(head, fs::read(erased.shop.office.layout().head("retail")).unwrap());
    erased.is_gone(&new, &accept(&new, "alice", ALICE));
}

#[test]
fn a_newest_snapshot_whose_ledger_is_damaged_is_passed_over_and_told() {
    let erased = Erased::new();
    backup(&erased.shop.office, &erased.blue);
    let newest = shelf(&erased.shop.office, &erased.blue).newest().unwrap().manifest.clone();
    let object = newest.file("groups/retail/erased.jsonl").unwrap().pieces[0];
    let object = vault::backup::medium::MediumLayout::new(Path::new(&erased.blue)).object(object);
    let mut bytes = fs::read(&object).unwrap();
    bytes[30] ^= 1;
    fs::write(&object, bytes).unwrap();
    assert!(!is_sound(&erased.shop.office, &erased.blue));
    let new = elsewhere(&erased.shop.office);
    let done: Result<_, RestoreError> = restored(&new, &erased.blue, Some(&erased.first), &new.root);
    let done = done.unwrap();
    assert_eq!((done.passed_over.len(), done.mark.erased.len()), (1, 0));
}

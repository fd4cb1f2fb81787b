//! Erasing: nothing of a customer is left in any byte of the group's files, and the code alone stays.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};

use vault::access_log::Action;
use vault::group::Group;
use vault::group::erase::EraseError;
use vault::group::hold::HoldError;
use vault::group::record::Record;
use vault::sealed::group_file::OpenGroupError;
use vault::sealed::ledger::{self, Fault, LedgerError};
use vault::sealed::lock::Mode;
use vault::store::outside::OutsideError;
use vault::surroundings::Random;

use super::canary::{CANARIES, canary, document, erase};
use super::every_byte;
use super::shop::{Shop, WORK, add, entries, name, open};

fn found(shop: &Shop, word: &str) -> Vec<PathBuf> {
    let key = shop.alice.group_key("retail").unwrap().identity;
    every_byte::holding(&shop.office.layout().group("retail"), &[&key], word)
}

#[test]
fn an_erased_customer_is_gone_from_every_byte_and_everybody_else_is_there() {
    let shop = Shop::new();
    let code = canary(&shop.alice, "retail");
    let file = document(&shop.alice, "retail", code);
    let aside = shop.office.layout().group("retail").join("aside");
    fs::create_dir_all(&aside).unwrap();
    fs::write(aside.join("log.7.0.0011223344556677"), "Qxfolge, cut off").unwrap();
    for word in CANARIES.iter().copied().chain([&code.to_string()[..]]) {
        assert!(!found(&shop, word).is_empty(), "{word} is looked for where it is");
    }

    let erased = erase(&shop.alice, "retail", code).unwrap();
    assert_eq!((erased.documents, erased.tails), (1, 1));
    erased.left.unwrap();
    for word in CANARIES {
        assert_eq!(found(&shop, word), Vec::<PathBuf>::new(), "{word}");
    }
    let ledger = shop.office.layout().group("retail").join(ledger::NAME);
    assert_eq!(found(&shop, &code.to_string()), [ledger]);
    assert!(!file.exists());
    shop.check(&shop.alice, "retail");
    let opened = open(&shop.alice, "retail", Mode::Shared);
    assert_eq!(opened.erased_at(code).unwrap(), Some(shop.alice.surroundings().clock.now()));
    let log = entries(&shop.office, &shop.alice);
    let entry = log.iter().find(|opened| opened.entry.action == Action::Erase).unwrap();
    assert_eq!(entry.entry.customer.as_deref(), Some(&code.to_string()[..]));
    assert_eq!(entry.entry.reason.as_deref(), Some("asked for"));
}

#[test]
fn the_ledger_goes_on_through_erasures_checkpoints_and_new_keys() {
    let shop = Shop::new();
    let (one, two) = (canary(&shop.alice, "retail"), add(&shop.alice, "retail", "Second"));
    erase(&shop.alice, "retail", one).unwrap();
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    erase(&shop.alice, "retail", two).unwrap();
    add(&shop.alice, "retail", "Later");
    open(&shop.alice, "retail", Mode::Exclusive).checkpoint(shop.alice.log(), &|_, _| ()).unwrap();
    let opened = open(&shop.alice, "retail", Mode::Shared);
    for code in [one, two] {
        assert!(opened.erased_at(code).unwrap().is_some());
    }
    opened.verify(shop.alice.log(), &|_, _| ()).unwrap();
    drop(opened);
    assert!(matches!(
        erase(&shop.alice, "retail", one),
        Err(EraseError::NoSuchCustomer(no)) if no.erased.is_some()
    ));
}

#[test]
fn what_stands_behind_the_ledgers_end_did_not_happen() {
    let shop = Shop::new();
    let (one, two) = (canary(&shop.alice, "retail"), add(&shop.alice, "retail", "Second"));
    let ledger = shop.office.layout().group("retail").join(ledger::NAME);
    let head = shop.office.layout().head("retail");
    let mut bytes = b"{\"half\":".to_vec();
    fs::write(&ledger, &bytes).unwrap();
    erase(&shop.alice, "retail", one).unwrap();
    assert_eq!(fs::read_to_string(&ledger).unwrap().lines().count(), 1);
    // An erasure whose head never came.
    let before = fs::read(&head).unwrap();
    erase(&shop.alice, "retail", two).unwrap();
    assert_ne!(before, fs::read(&head).unwrap());
    bytes.splice(0..0, fs::read(&ledger).unwrap());
    fs::write(&ledger, &bytes).unwrap();
    open(&shop.alice, "retail", Mode::Shared).verify(shop.alice.log(), &|_, _| ()).unwrap();
    let three = add(&shop.alice, "retail", "Third");
    erase(&shop.alice, "retail", three).unwrap();
    let text = fs::read_to_string(&ledger).unwrap();
    assert_eq!((text.lines().count(), text.contains("half")), (3, false));
}

#[test]
fn a_ledger_that_is_cut_or_altered_is_damage_to_whoever_needs_it() {
    let shop = Shop::new();
    let (one, two) = (canary(&shop.alice, "retail"), add(&shop.alice, "retail", "Second"));
    erase(&shop.alice, "retail", one).unwrap();
    let ledger = shop.office.layout().group("retail").join(ledger::NAME);
    let sound = fs::read(&ledger).unwrap();
    let flipped = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged = [Vec::new(), sound[..sound.len() - 1].to_vec(), flipped(20), flipped(sound.len() / 2)];
    for bytes in damaged {
        fs::write(&ledger, bytes).unwrap();
        // Reading and writing records needs no ledger.
        let opened = open(&shop.alice, "retail", Mode::Shared);
        assert!(matches!(opened.erased_at(one), Err(LedgerError::Damaged { line: 1, .. })));
        assert!(opened.verify(shop.alice.log(), &|_, _| ()).is_err());
        drop(opened);
        let refused = erase(&shop.alice, "retail", two);
        assert!(matches!(refused, Err(EraseError::Ledger(LedgerError::Damaged { .. }))));
        let outside =
            vault::store::outside::check(&shop.alice.surroundings().disk, &shop.office.layout(), &|_| None);
        assert!(matches!(
            outside,
            Err(OutsideError::Group { source, .. })
                if matches!(*source, OpenGroupError::Ledger(LedgerError::Damaged { .. }))
        ));
    }
    fs::remove_file(&ledger).unwrap();
    let gone = open(&shop.alice, "retail", Mode::Shared).erased_at(one);
    assert!(matches!(gone, Err(LedgerError::Damaged { fault: Fault::Cut(1), .. })));
}

#[test]
fn whoever_is_held_is_not_erased_until_they_are_released() {
    let shop = Shop::new();
    let code = canary(&shop.alice, "retail");
    let (log, now) = (shop.alice.log(), shop.alice.surroundings().clock.now());
    let exclusive = || -> Group { open(&shop.alice, "retail", Mode::Exclusive) };
    assert!(matches!(exclusive().release(code, log), Err(HoldError::NotHeld(_))));
    exclusive().hold(code, "court case", log, now).unwrap();
    assert!(matches!(exclusive().hold(code, "another", log, now), Err(HoldError::Twice { .. })));
    assert!(
        matches!(erase(&shop.alice, "retail", code), Err(EraseError::Held { hold, .. }) if hold.reason == "court case")
    );
    assert!(!found(&shop, "Xqzvorname").is_empty());
    exclusive().release(code, log).unwrap();
    erase(&shop.alice, "retail", code).unwrap();
    assert!(found(&shop, "court case").is_empty());
}

/// Draws the same twice, then otherwise.
struct Twice(AtomicU8);

impl Random for Twice {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let drawn = self.0.fetch_add(1, Ordering::SeqCst);
        bytes.fill(if drawn < 2 { 1 } else { drawn });
        Ok(())
    }
}

#[test]
fn the_code_of_somebody_who_was_erased_is_nobody_elses() {
    let shop = Shop::new();
    let random = Twice(AtomicU8::new(0));
    let now = shop.alice.surroundings().clock.now();
    let enter = |customer: &str| {
        let mut group = open(&shop.alice, "retail", Mode::Exclusive);
        let record = Record::check(group.fields(), [("name", customer)]).unwrap();
        group.add(&record, false, shop.alice.log(), &random, now).unwrap()
    };
    let first = enter("First");
    erase(&shop.alice, "retail", first).unwrap();
    assert_ne!(enter("Second"), first);
    assert_eq!(random.0.load(Ordering::SeqCst), 3, "the used code was drawn again");
}

/// A crash came between the head that erases and the removal of what it left behind.
#[test]
fn documents_that_a_broken_off_erasing_left_go_with_the_next_change() {
    let shop = Shop::new();
    let code = canary(&shop.alice, "retail");
    let file = document(&shop.alice, "retail", code);
    let folder = shop.office.layout().group("retail");
    let base = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let base = base.into_iter().find(|path| path.to_string_lossy().contains("/base.")).unwrap();
    let left = [&file, &base].map(|path| (path.clone(), fs::read(path).unwrap()));
    erase(&shop.alice, "retail", code).unwrap();
    for (path, bytes) in &left {
        fs::write(path, bytes).unwrap();
    }
    drop(open(&shop.alice, "retail", Mode::Exclusive));
    assert!(!file.exists() && !base.exists());
}

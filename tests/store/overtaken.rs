//! Sessions that were open while somebody else changed people and keys, and people who were removed and
//! still have what they copied: what goes on, and what nobody believes.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use vault::access_log::entry::Opened;
use vault::access_log::{Action, Event, LogError, Outcome, Role};
use vault::group::lookup::{self, Options};
use vault::group::query::Query;
use vault::group::view::Reveal;
use vault::group::{Group, OpenError};
use vault::sealed::group_file::OpenGroupError;
use vault::sealed::head::Head;
use vault::sealed::lock::Mode;
use vault::sealed::record::{self, Header};
use vault::sealed::signed::{self, Digest, Mark, Purpose, Unverified};
use vault::store::{ChangeError, Ended, GroupKeyError, Session};

use super::office::{ALICE, passphrase};
use super::shop::{BOB, CAROL, NEW, Shop, WORK, create, enrol, entries, login, name, open};

/// The roster's mark as a session knows it.
fn known(session: &Session) -> Mark {
    session.roster().mark()
}

#[test]
fn a_session_that_was_open_writes_its_next_entry_to_the_logs_new_key() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let (bob, carol) = (shop.unlock("bob", BOB), shop.unlock("carol", CAROL));
    let old = carol.log_identities().unwrap().remove(0);
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    let before = shop.office.sealed_entries().len();
    // Without having been told of anything.
    bob.log().append(&Event::new(Action::Verify, Outcome::Success)).unwrap();
    let sealed = shop.office.sealed_entries();
    assert_eq!(sealed.len(), before + 1);
    assert!(old.open(&sealed[before - 1]).is_ok() && old.open(&sealed[before]).is_err());
    let last = entries(&shop.office, &shop.alice).pop().unwrap().entry;
    assert_eq!((last.staff.as_str(), last.action), ("bob", Action::Verify));
}

#[test]
fn a_session_that_was_open_finds_the_groups_new_key() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let taken_before = bob.access("retail").unwrap();
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    let stale = Group::open(taken_before, Mode::Exclusive).map(drop);
    assert!(matches!(stale, Err(OpenError::Files(OpenGroupError::Rekeyed { .. }))), "{stale:?}");
    bob.refresh().unwrap();
    shop.check(&bob, "retail");
    shop.add(&bob, "retail");
    shop.check(&shop.alice, "retail");
}

#[test]
fn a_key_that_was_changed_while_somebody_typed_is_no_damage() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    let (bob, carol) = (shop.unlock("bob", BOB), shop.unlock("carol", CAROL));
    // Re-keyed, and taken away; neither session has read the roster on.
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    shop.add(&bob, "retail");
    shop.check(&carol, "retail");
    let bob = shop.unlock("bob", BOB);
    shop.alice.revoke(&name("bob"), &name("trade"), WORK).unwrap();
    assert!(matches!(bob.access("trade"), Err(GroupKeyError::NoGrant { .. })));
    // The access log's key as well.
    enrol(&shop.alice, "dan", NEW, Role::Auditor, &[]);
    let carol = shop.unlock("carol", CAROL);
    shop.alice.remove_staff(&name("dan"), WORK).unwrap();
    assert_eq!(carol.log_identities().unwrap().len(), 2);
}

#[test]
fn a_session_whose_grant_is_gone_is_refused_the_group_and_keeps_the_rest() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    let bob = shop.unlock("bob", BOB);
    let taken_before = bob.access("retail").unwrap();
    shop.alice.revoke(&name("bob"), &name("retail"), WORK).unwrap();
    for mode in [Mode::Shared, Mode::Exclusive] {
        let access =
            vault::sealed::access::Access { ..shop.unlock("alice", ALICE).access("retail").unwrap() };
        drop(access);
        let stale = bob.access("retail").map(|access| Group::open(access, mode).map(drop));
        assert!(!matches!(stale, Ok(Ok(()))), "{stale:?}");
    }
    let stale = Group::open(taken_before, Mode::Exclusive).map(drop);
    assert!(matches!(stale, Err(OpenError::Files(OpenGroupError::Rekeyed { .. }))), "{stale:?}");
    bob.refresh().unwrap();
    assert!(matches!(bob.access("retail"), Err(GroupKeyError::NoGrant { .. })));
    shop.check(&bob, "trade");
    shop.add(&bob, "trade");
    shop.check(&shop.alice, "trade");
    shop.check(&shop.alice, "retail");
}

fn is_refused<T>(tried: &Result<T, ChangeError>) -> bool {
    matches!(tried, Err(ChangeError::Key(_) | ChangeError::Log(LogError::LoginOver { .. })))
}

#[test]
fn the_session_of_somebody_removed_or_reset_has_ended() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    let (bob, carol) = (shop.unlock("bob", BOB), shop.unlock("carol", CAROL));
    shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
    assert!(matches!(bob.refresh(), Err(Ended::Identity { .. })));
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    // Before she is told, she changes nothing either: the roster is read again under the lock.
    let roster = fs::read(shop.office.layout().roster()).unwrap();
    let tried = carol.grant(&name("bob"), &name("clinic"));
    assert!(is_refused(&tried), "{tried:?}");
    let tried = carol.remove_staff(&name("alice"), WORK);
    assert!(is_refused(&tried), "{tried:?}");
    let tried = carol.rekey_group(&name("retail"), WORK);
    assert!(is_refused(&tried), "{tried:?}");
    assert_eq!(fs::read(shop.office.layout().roster()).unwrap(), roster);
    let logged = entries(&shop.office, &shop.alice);
    let denied = |opened: &&Opened| opened.entry.outcome == Outcome::Denied && opened.entry.staff == "carol";
    assert_eq!(logged.iter().filter(denied).count(), 3);
    assert!(matches!(carol.refresh(), Err(Ended::Identity { .. })));
    shop.check(&shop.office.unlocked(), "retail");
}

#[test]
fn a_session_whose_log_in_is_over_gets_nothing_and_leaves_an_entry_that_nobody_signed() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let group = open(&bob, "retail", Mode::Shared);
    let options = Options { exact: false, reach: lookup::Reach::Words, limit: 9, reveal: Reveal::none() };
    let found = group.find(&Query::parse("base").unwrap(), &options).unwrap();
    drop(group);
    // Read before, and not shown yet.
    let unlogged = lookup::answer(vec![found], 9, &Reveal::none(), None);
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    assert!(matches!(bob.log().release(unlogged).map(drop), Err(LogError::LoginOver { .. })));
    let last = entries(&shop.office, &shop.alice).pop().unwrap().entry;
    assert_eq!((last.staff.as_str(), last.action), ("bob", Action::Lookup));
    assert_eq!((last.outcome, last.unsigned), (Outcome::Denied, true));
    assert!(last.detail.unwrap().ends_with("log-in over"));
    shop.check(&shop.alice, "retail");
}

#[test]
fn nothing_is_signed_by_an_identity_after_the_entry_that_ends_it() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    for round in 0..3 {
        let bob = shop.unlock("bob", if round == 0 { BOB } else { NEW });
        let (signer, over) = (bob.signer_id(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(SeqCst) {
                    let _ = bob.log().append(&Event::new(Action::Verify, Outcome::Success));
                }
                let refused = bob.log().append(&Event::new(Action::Verify, Outcome::Success));
                assert!(matches!(refused, Err(LogError::LoginOver { .. })), "{refused:?}");
            });
            shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
            over.store(true, SeqCst);
        });
        let all = entries(&shop.office, &shop.alice);
        let (_, ended) = shop.alice.roster().entries().last().unwrap();
        let last = all.iter().rfind(|opened| opened.entry.signer.as_ref() == Some(&signer)).unwrap();
        assert!(last.entry.seq < ended.seq, "{} {}", last.entry.seq, ended.seq);
        assert_eq!(all[usize::try_from(ended.seq).unwrap() - 1].entry.staff, "alice");
    }
}

#[test]
fn a_passphrase_of_an_identity_that_is_over_is_not_changed() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
    let tried = bob.change_passphrase(passphrase(CAROL));
    assert!(matches!(tried, Err(ChangeError::Ended(Ended::Identity { .. }))), "{tried:?}");
    assert!(!shop.office.layout().identity("bob", 1).exists());
    assert!(shop.office.open().unlock("bob", &passphrase(CAROL)).is_err());
    assert!(shop.office.open().unlock("bob", &passphrase(NEW)).is_ok());
}

#[test]
fn another_owners_open_session_goes_on_through_every_change() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    let carol = shop.unlock("carol", CAROL);
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    create(&shop.alice, "later");
    shop.alice.revoke(&name("bob"), &name("retail"), WORK).unwrap();
    // Straight to a change, without a look at the roster first.
    carol.grant(&name("bob"), &name("later")).unwrap();
    carol.remove_staff(&name("bob"), WORK).unwrap();
    shop.add(&carol, "retail");
    shop.alice.refresh().unwrap();
    for group in ["clinic", "retail", "trade"] {
        shop.check(&shop.alice, group);
        shop.check(&carol, group);
    }
    assert_eq!(shop.alice.group_key("later").unwrap().epoch, 2);
}

/// What somebody removed can write into a group's folder: they have the disk, their old identity, the old
/// key, and a roster line of the time when they were in.
#[test]
fn what_somebody_removed_appends_is_no_record() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let (while_in, key) = (known(&bob), bob.group_key("retail").unwrap().identity);
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    let now = known(&shop.alice);
    let log = shop.office.layout().log("retail", 3);
    let whole = fs::read(&log).unwrap();
    let last = signed_head(&shop).log.ends;
    for epoch in [1, 2] {
        for roster in [while_in, now] {
            // Of the record of which all is right but who signed it, and when they might.
            let header = Header {
                v: 1,
                seq: 3,
                prev: last,
                group: "retail".to_owned(),
                epoch,
                roster,
                entry: Mark { seq: 1, hash: Digest::ZERO },
                signer: "bob.1".to_owned(),
                bytes: 0,
                sha256: Digest::ZERO,
            };
            let sealed = key.recipient().seal(b"a stretch of pages").unwrap();
            let forged = record::encode(header, &sealed, &shop.alice.store_id(), bob.signing_key()).unwrap();
            fs::write(&log, [&whole[..], &forged.bytes].concat()).unwrap();
            // Taken for the torn end of a commit, and moved aside by the next who writes.
            shop.check(&shop.office.unlocked(), "retail");
            drop(Group::open(shop.alice.access("retail").unwrap(), Mode::Exclusive).unwrap());
            assert_eq!(fs::read(&log).unwrap(), whole, "epoch {epoch}");
        }
    }
}

/// The head in force.
fn signed_head(shop: &Shop) -> Head {
    let bytes = fs::read(shop.office.layout().head("retail")).unwrap();
    let head = Unverified::<Head>::parse(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).unwrap();
    let key = shop.office.identity("alice", ALICE).verifying_key();
    head.verify(Purpose::Head, &shop.alice.store_id(), &key).unwrap()
}

/// A head names the roster line that its signer went by. Somebody removed can name one of the time when
/// they were in; but then the group had another key.
#[test]
fn a_head_that_somebody_removed_signs_is_forged() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let while_in = known(&bob);
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    let real = signed_head(&shop);
    for (file, generation) in [("head", 3), ("head", 9), ("head.next", 9)] {
        for epoch in [1, 2] {
            let head =
                Head { roster: while_in, epoch, generation, signer: "bob.1".to_owned(), ..real.clone() };
            let store = shop.alice.store_id();
            let line = signed::sign(&head, Purpose::Head, &store, bob.signing_key()).unwrap();
            let path = shop.office.layout().group("retail").join(file);
            let kept = fs::read(&path).ok();
            fs::write(&path, [&line[..], b"\n"].concat()).unwrap();
            let opened = Group::open(shop.alice.access("retail").unwrap(), Mode::Shared).map(drop);
            let forged = matches!(opened, Err(OpenError::Files(OpenGroupError::Forged(_))));
            assert!(forged, "{file} {generation} {epoch}: {opened:?}");
            match kept {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
        }
    }
    shop.check(&shop.alice, "retail");
}

//! A store that was restored from a snapshot, and becomes the office's again when an owner accepts it.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use vault::access_log::verify::Verification;
use vault::access_log::{Action, Event, Outcome, Role};
use vault::group::{Group, OpenError};
use vault::sealed::disk::RealDisk;
use vault::sealed::group_file::OpenGroupError;
use vault::sealed::head;
use vault::sealed::lock::Mode;
use vault::sealed::signed::{Digest, Mark};
use vault::store::restored::{GroupAt, SnapshotAt};
use vault::store::roster::Fault as RosterFault;
use vault::store::roster::{Roster, RosterError};
use vault::store::{
    AcceptError, Accepting, ChangeError, Layout, Losses, Notice, Restored, Session, Store, StoreError,
    UnlockFailure,
};

use crate::office::{ALICE, Fault, SHEET, passphrase, put_back};
use crate::shop::{BOB, CAROL, GROUPS, NEW, Shop, WORK, add, enrol, entries, login, name, open};

/// A copy of the store at rest, as a snapshot holds it.
struct Copy {
    folder: tempfile::TempDir,
    at: SnapshotAt,
}

impl Copy {
    fn of(shop: &Shop, by: &Session, snapshot: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for group in GROUPS {
            drop(open(by, group, Mode::Shared));
        }
        put_back(&shop.office.root, folder.path());
        let store = shop.office.open();
        let records: BTreeMap<String, Mark> =
            by.seen().note().groups.into_iter().map(|(name, seen)| (name, seen.log)).collect();
        let mut groups: Vec<GroupAt> = store
            .roster()
            .groups()
            .iter()
            .map(|group| GroupAt {
                name: group.name.clone(),
                generation: generation(&shop.office.layout(), group.name.as_str()),
                epoch: group.epoch,
                record: records[group.name.as_str()],
            })
            .collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        let at = SnapshotAt {
            snapshot: snapshot.to_owned(),
            manifest: Digest::of(snapshot.as_bytes()),
            time: shop.office.surroundings.clock.now(),
            roster: store.roster().mark(),
            log: store.log_head().unwrap(),
            groups,
        };
        Self { folder, at }
    }
}

fn generation(layout: &Layout, group: &str) -> u64 {
    head::read(&RealDisk, &layout.head(group)).unwrap().claimed().generation
}

/// Puts a store together as a restore does: people and log of the newest copy, groups of the one asked for.
fn restore(from: &Copy, newest: &Copy, root: &Path) {
    put_back(newest.folder.path(), root);
    let (layout, old) = (Layout::new(root), Layout::new(from.folder.path()));
    for group in &from.at.groups {
        let group = group.name.as_str();
        let epoch = |layout: &Layout| head::read(&RealDisk, &layout.head(group)).unwrap().claimed().epoch;
        let same = epoch(&layout) == epoch(&old);
        put_back(&old.group(group), &layout.group(group));
        if same {
            put_back(&Layout::new(newest.folder.path()).keys(group), &layout.keys(group));
        }
    }
    let store = Roster::read(&RealDisk, &old.roster()).unwrap().store_id();
    let mark = Restored::new(
        store,
        "5f".repeat(16),
        "blue".to_owned(),
        from.at.clone(),
        newest.at.clone(),
        Vec::new(),
    );
    mark.write(&RealDisk, &layout).unwrap();
    for file in fs::read_dir(old.staff()).unwrap() {
        let file = file.unwrap().file_name();
        if !layout.staff().join(&file).exists() {
            fs::create_dir_all(layout.restored_staff()).unwrap();
            fs::copy(old.staff().join(&file), layout.restored_staff().join(&file)).unwrap();
        }
    }
}

fn accepting(shop: &Shop, person: &str, text: &str) -> Result<Accepting, UnlockFailure> {
    let (store, mark) = Store::open_restored(&shop.office.root, &shop.office.surroundings).unwrap();
    store.unlock_to_accept(mark, person, &passphrase(text))
}

fn accept(shop: &Shop, person: &str, text: &str) -> Result<Session, AcceptError> {
    let accepting = accepting(shop, person, text).unwrap();
    accepting.check_owner()?;
    accepting.check_groups()?;
    accepting.accept(WORK)
}

fn verified(session: &Session) -> Verification {
    let event = Event::new(Action::Log, Outcome::Success);
    session.verify_log(&event, Vec::new(), NonZeroUsize::MIN, &|_, _| ()).unwrap().found
}

fn customers(session: &Session, group: &str) -> u64 {
    open(session, group, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers
}

#[test]
fn a_restored_store_is_nobodys_until_an_owner_accepts_it_and_then_works() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    add(&bob, "retail", "Kept");
    let copy = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    // The machine goes on, and loses its disk, but not what it remembers.
    add(&bob, "retail", "Lost");
    add(&bob, "retail", "Lost too");
    restore(&copy, &copy, &shop.office.root);

    let refused = Store::open(&shop.office.root, &shop.office.surroundings);
    assert!(matches!(refused, Err(StoreError::Restored { .. })));
    let clerk = accepting(&shop, "bob", BOB).unwrap();
    assert!(matches!(clerk.check_owner(), Err(AcceptError::Change(ChangeError::NotOwner { .. }))));

    let owner = accepting(&shop, "alice", ALICE).unwrap();
    let losses = owner.losses();
    assert_eq!(
        losses.groups.iter().map(|lost| (lost.name.as_str(), lost.known - lost.kept)).collect::<Vec<_>>(),
        [("retail", 2)]
    );
    assert_eq!((losses.lines, losses.entries > 0), (0, true));
    drop(owner);
    let alice = accept(&shop, "alice", ALICE).unwrap();

    for group in GROUPS {
        assert_eq!(customers(&alice, group), if group == "retail" { 3 } else { 2 }, "{group}");
        assert_eq!(alice.group_key(group).unwrap().epoch, 2, "{group} was re-keyed");
    }
    add(&alice, "retail", "Added after");
    // Whoever saw what was lost is told once, and works on.
    let bob = shop.unlock("bob", BOB);
    assert!(matches!(bob.take_notices().as_slice(), [Notice::Restored { .. }]));
    add(&bob, "retail", "By bob");
    assert!(shop.unlock("bob", BOB).take_notices().is_empty());
    assert_eq!(customers(&bob, "retail"), 5);

    let found = verified(&alice);
    assert!(found.is_sound(), "{:?}", found.findings);
    assert_eq!((found.given_up.count, found.uncommitted.count), (0, 0), "the lost entries are nowhere");
    let told: Vec<(Action, Outcome)> = entries(&shop.office, &alice)
        .iter()
        .map(|opened| (opened.entry.action, opened.entry.outcome))
        .collect();
    assert!(told.contains(&(Action::Accept, Outcome::Denied)), "the clerk's attempt");
    assert!(told.contains(&(Action::Accept, Outcome::Success)));
    assert!(!shop.office.layout().restored().exists());
}

#[test]
fn an_older_snapshot_goes_back_and_the_log_tells_what_was_given_up() {
    let shop = Shop::new();
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    add(&shop.alice, "retail", "Given up");
    open(&shop.alice, "retail", Mode::Exclusive).checkpoint(shop.alice.log(), &|_, _| ()).unwrap();
    add(&shop.alice, "retail", "Given up too");
    let newest = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    restore(&old, &newest, &shop.office.root);
    let owner = accepting(&shop, "alice", ALICE).unwrap();
    assert_eq!(owner.losses().groups.iter().map(|lost| lost.known - lost.kept).collect::<Vec<_>>(), [2]);
    assert_eq!((owner.losses().lines, owner.losses().entries), (0, 0), "they are all there");
    drop(owner);

    let alice = accept(&shop, "alice", ALICE).unwrap();
    assert_eq!(customers(&alice, "retail"), 2);
    for customer in ["One more", "And another", "And a third"] {
        add(&alice, "retail", customer);
    }
    open(&alice, "retail", Mode::Exclusive).checkpoint(alice.log(), &|_, _| ()).unwrap();
    add(&alice, "retail", "After a checkpoint");
    let found = verified(&alice);
    assert!(found.is_sound(), "{:?}", found.findings);
    // The checkpoint, which took one add in, and the other add.
    let given_up: Vec<Action> = found.given_up.first.iter().map(|entry| entry.action).collect();
    assert_eq!(given_up, [Action::Checkpoint, Action::Add]);
    assert_eq!(found.uncommitted.count, 0, "{:?}", found.uncommitted);
}

#[test]
fn whoever_was_removed_since_the_snapshot_stays_removed() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    let newest = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    restore(&old, &newest, &shop.office.root);
    let stays_out = accepting(&shop, "bob", BOB);
    assert!(matches!(stays_out, Err(UnlockFailure::NoSuchPerson { .. })));
    let alice = accept(&shop, "alice", ALICE).unwrap();
    // One more than the removal's: his old key is that of nothing.
    assert_eq!(alice.group_key("retail").unwrap().epoch, 3);
    assert_eq!(customers(&alice, "retail"), 2);
    let unlocked = shop.office.open().unlock("bob", &passphrase(BOB));
    assert!(matches!(unlocked, Err(UnlockFailure::NoSuchPerson { .. })));
    let files = crate::shop::files_of(&shop.office, "bob");
    assert!(files.is_empty(), "{files:?}");
}

#[test]
fn a_removed_owner_who_restores_an_old_store_cannot_crown_themself() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    drop(shop.unlock("carol", CAROL));
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    drop(shop.unlock("alice", ALICE));
    let store = shop.office.root.clone();

    // On the office's machine: its notes know who is an owner.
    shop.office.root = shop.office.folder.path().join("crowned");
    restore(&old, &old, &shop.office.root);
    let tried = accept(&shop, "carol", CAROL);
    assert!(matches!(tried, Err(AcceptError::NoOwnerAsSeen { .. })), "{tried:?}");
    assert!(matches!(
        Store::open(&shop.office.root, &shop.office.surroundings),
        Err(StoreError::Restored { .. })
    ));

    // On her own machine nobody knows better; but what she makes of it is not the office's.
    let notes = shop.office.surroundings.state.clone();
    shop.office.surroundings.state = shop.office.folder.path().join("her-own");
    accept(&shop, "carol", CAROL).unwrap();
    shop.office.surroundings.state = notes;
    let presented = shop.office.open().unlock("alice", &passphrase(ALICE));
    assert!(
        matches!(
            presented,
            Err(UnlockFailure::Roster(RosterError::Damaged { fault: RosterFault::Rewritten, .. }))
        ),
        "{presented:?}"
    );
    shop.office.root = store;
    assert!(shop.office.open().unlock("alice", &passphrase(ALICE)).is_ok(), "the office's own works on");
}

#[test]
fn an_old_store_that_an_owner_once_accepted_is_no_way_back() {
    let shop = Shop::new();
    let copy = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    restore(&copy, &copy, &shop.office.root);
    let alice = accept(&shop, "alice", ALICE).unwrap();
    let accepted = Copy::of(&shop, &alice, "2026-11-21T02-00-00Z");
    enrol(&alice, "bob", BOB, Role::Clerk, &["retail"]);
    // The accepted store as it was before, put back: its accepting line is known already.
    put_back(accepted.folder.path(), &shop.office.root);
    let unlocked = shop.office.open().unlock("alice", &passphrase(ALICE));
    assert!(matches!(unlocked, Err(UnlockFailure::Roster(RosterError::Damaged { .. }))), "{unlocked:?}");
}

#[test]
fn a_head_that_was_given_up_never_counts_again() {
    let shop = Shop::new();
    let copy = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    for customer in ["One", "Two"] {
        add(&shop.alice, "retail", customer);
        open(&shop.alice, "retail", Mode::Exclusive).checkpoint(shop.alice.log(), &|_, _| ()).unwrap();
    }
    let given_up = Copy::of(&shop, &shop.alice, "given up");
    restore(&copy, &given_up, &shop.office.root);
    let alice = accept(&shop, "alice", ALICE).unwrap();
    add(&alice, "retail", "After");
    let after = tempfile::tempdir().unwrap();
    put_back(&shop.office.root, after.path());
    let accepted = Layout::new(after.path());
    put_back(&Layout::new(given_up.folder.path()).group("retail"), &shop.office.layout().group("retail"));
    // With it, even the key files of then: the roster names another key.
    let alice = shop.unlock("alice", ALICE);
    assert!(alice.access("retail").is_err(), "no key file of the epoch in force");
    put_back(&accepted.keys("retail"), &shop.office.layout().keys("retail"));
    let opened = Group::open(alice.access("retail").unwrap(), Mode::Shared);
    assert!(matches!(opened, Err(OpenError::Files(OpenGroupError::Forged(_)))), "{:?}", opened.err());
}

#[test]
fn an_owner_whose_log_in_was_replaced_since_opens_the_one_of_then_as_well() {
    let shop = Shop::new();
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    shop.alice.new_identity(&login(NEW), WORK).unwrap();
    let alice = shop.unlock("alice", NEW);
    let newest = Copy::of(&shop, &alice, "2026-11-22T02-00-00Z");
    restore(&old, &newest, &shop.office.root);
    let mut owner = accepting(&shop, "alice", NEW).unwrap();
    assert!(matches!(owner.check_groups(), Err(AcceptError::NotThen { .. })));
    assert_eq!(owner.former_log_ins().unwrap(), [1]);
    assert!(!owner.open_former(1, &passphrase(NEW)).unwrap());
    assert!(owner.open_former(1, &passphrase(ALICE)).unwrap());
    owner.check_groups().unwrap();
    let alice = owner.accept(WORK).unwrap();
    assert_eq!(customers(&alice, "retail"), 2);
    let of_then = shop.office.open().unlock("alice", &passphrase(ALICE));
    assert!(matches!(of_then, Err(UnlockFailure::WrongPassphrase)), "the old log-in is over");
}

#[test]
fn an_owner_who_came_later_is_told_who_can() {
    let shop = Shop::new();
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    enrol(&shop.alice, "carol", CAROL, Role::Owner, &[]);
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    let newest = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    restore(&old, &newest, &shop.office.root);
    let refused = accept(&shop, "carol", CAROL).unwrap_err();
    let AcceptError::NotThen { group, owners, .. } = refused else { panic!("{refused}") };
    assert_eq!((group.as_str(), owners.as_slice()), ("retail", &["alice".to_owned()][..]));
    assert!(accept(&shop, "alice", ALICE).is_ok());
}

#[test]
fn accepting_is_done_again_wherever_it_was_broken_off() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    add(&shop.alice, "retail", "Given up");
    let newest = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    let notes = tempfile::tempdir().unwrap();
    put_back(&shop.office.surroundings.state, notes.path());
    let mut broken_off = 0;
    for number in 0.. {
        restore(&old, &newest, &shop.office.root);
        put_back(notes.path(), &shop.office.surroundings.state);
        let owner = accepting(&shop, "alice", ALICE).unwrap();
        shop.office.disk.set(Some(Fault::Change(number)));
        let done = owner.accept(WORK);
        let over = shop.office.disk.changes() <= number;
        shop.office.disk.set(None);
        let alice = match done {
            Ok(session) => session,
            Err(_) => match Store::open(&shop.office.root, &shop.office.surroundings) {
                Err(StoreError::Restored { .. }) => {
                    broken_off += 1;
                    accept(&shop, "alice", ALICE)
                        .unwrap_or_else(|error| panic!("after change {number}: {error}"))
                }
                store => store.unwrap().unlock("alice", &passphrase(ALICE)).unwrap(),
            },
        };
        for group in GROUPS {
            assert_eq!(customers(&alice, group), 2, "{group} after change {number}");
        }
        alice.finish_pending().unwrap();
        assert!(verified(&alice).is_sound());
        assert!(!shop.office.layout().restored().exists());
        if over {
            break;
        }
    }
    assert!(broken_off > 20, "{broken_off}");
}

#[test]
fn nothing_is_lost_where_the_newest_snapshot_is_all_there_was() {
    let shop = Shop::new();
    let copy = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    restore(&copy, &copy, &shop.office.root);
    assert_eq!(accepting(&shop, "alice", ALICE).unwrap().losses(), Losses::default());
}

#[test]
fn the_recovery_sheet_opens_the_way_where_every_owner_is_gone() {
    let shop = Shop::new();
    let old = Copy::of(&shop, &shop.alice, "2026-11-20T02-00-00Z");
    shop.alice.rekey_group(&name("retail"), WORK).unwrap();
    let newest = Copy::of(&shop, &shop.alice, "2026-11-22T02-00-00Z");
    restore(&old, &newest, &shop.office.root);
    // On another machine, which remembers nothing.
    fs::remove_dir_all(&shop.office.surroundings.state).unwrap();
    let store = Store::open_any(&shop.office.root, &shop.office.surroundings).unwrap();
    let sheet = store.unlock_recovery(&passphrase(SHEET)).unwrap();
    sheet.recover(&name("alice"), &login(NEW), &login(CAROL), WORK).unwrap();
    drop(sheet);
    let refused = Store::open(&shop.office.root, &shop.office.surroundings);
    assert!(matches!(refused, Err(StoreError::Restored { .. })), "an owner is still to accept it");
    let alice = accept(&shop, "alice", NEW).unwrap();
    for group in GROUPS {
        assert_eq!(customers(&alice, group), 2, "{group}");
    }
    assert!(verified(&alice).is_sound());
}

//! Appending to the access log, and what is noticed about it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use vault::access_log::{
    AccessLog, Action, Actor, Author, Damage, Entry, EntryError, Event, KeyError, KeyInForce, LogError,
    LogKeys, LogPlace, Outcome, Role, Standing, Unlogged, Witness,
};
use vault::sealed::identity::Identity;
use vault::sealed::signed::{Digest, Mark};

use crate::office::{ALICE, Fault, Office, entry, power_cuts, put_back};

struct Nobody;

impl Witness for Nobody {
    fn saw(&self, _: Mark) {}
}

/// Alice's log, with nothing seen before.
fn log(office: &Office, seen: Mark) -> AccessLog {
    let store = office.open();
    let key = store.roster().log_key().clone();
    let place = LogPlace {
        folder: office.layout().access_log(),
        store: store.store_id(),
        keys: Arc::new(KeyInForce { epoch: key.epoch, recipient: key.recipient }),
    };
    let actor = Actor { staff: "alice".into(), role: Role::Owner, session_id: "s".into() };
    let author = Author::signing(actor, "alice.1".into(), office.identity("alice", ALICE).signing_key());
    AccessLog::open(place, author, seen, Arc::new(Nobody), &office.surroundings)
}

fn lookup() -> Event {
    let mut event = Event::new(Action::Lookup, Outcome::Success);
    event.group = Some("retail".into());
    event.customer = Some("4T-7K3M-Q9TD".into());
    event.fields = vec!["iban".into()];
    event.reason = Some("refund".into());
    event.count = Some(1);
    event
}

fn damage(result: Result<impl std::fmt::Debug, LogError>) -> Damage {
    match result {
        Err(LogError::Damaged { damage, .. }) => damage,
        other => panic!("{other:?}"),
    }
}

/// The bytes of the one month's file.
fn month(office: &Office) -> Vec<u8> {
    fs::read(&office.months()[0]).unwrap()
}

fn rewrite(office: &Office, bytes: &[u8]) {
    fs::write(&office.months()[0], bytes).unwrap();
}

#[test]
fn an_entry_holds_what_was_described_and_the_receipt_names_its_line() {
    let office = Office::founded();
    let receipt = log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    let last = office.entries().pop().unwrap();
    assert_eq!(receipt.mark(), Mark { seq: 2, hash: last.hash });
    let Entry { group, customer, fields, reason, count, host, os_user, unsigned, .. } = last.entry;
    assert_eq!((group.as_deref(), customer.as_deref()), (Some("retail"), Some("4T-7K3M-Q9TD")));
    assert_eq!((fields, reason.as_deref(), count), (vec!["iban".to_owned()], Some("refund"), Some(1)));
    assert_eq!((host.as_str(), os_user.as_str(), unsigned), ("front-desk", "office", false));
    assert!(!String::from_utf8(month(&office)).unwrap().contains("retail"));
}

#[test]
fn a_value_comes_out_only_after_its_entries() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    let found = Unlogged::new(20, vec![lookup(), lookup()]).map(|number| number + 1);
    let (value, receipt) = log.release(found).unwrap();
    assert_eq!((value, receipt.mark().seq), (21, 3));
    assert!(matches!(log.release(Unlogged::new(1, Vec::new())), Err(LogError::NoEvent)));
    office.disk.set(Some(Fault::Change(0)));
    assert!(log.release(Unlogged::new(1, vec![lookup()])).is_err());
}

#[test]
fn a_new_month_gets_a_new_file_and_a_clock_that_goes_back_does_not() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    for time in
        ["2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z", "2027-02-01T00:00:00Z", "1999-01-01T00:00:00Z"]
    {
        office.clock.set(time);
        log.append(&lookup()).unwrap();
    }
    let names: Vec<_> = office.months().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["2026-11.jsonl", "2026-12.jsonl", "2027-02.jsonl"]);
    assert_eq!(office.entries()[4].entry.time, "1999-01-01T00:00:00.000Z");
}

#[test]
fn an_entry_opens_only_where_it_was_written_and_for_whom() {
    let office = Office::founded();
    log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    let (store, key) = (office.open(), office.log_identity());
    let text = String::from_utf8(month(&office)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let moved = lines[1].replace("\"seq\":2", "\"seq\":3");
    assert!(matches!(entry(moved.as_bytes(), &key, &store), Err(EntryError::Misplaced)));
    let sealed = |line: &str| line.split("\"sealed\":").nth(1).unwrap().to_owned();
    let swapped = lines[1].replace(&sealed(lines[1]), &sealed(lines[0]));
    assert!(matches!(entry(swapped.as_bytes(), &key, &store), Err(EntryError::Misplaced)));
    let stranger = Identity::generate();
    let opened = entry(lines[1].as_bytes(), &stranger, &store);
    assert!(matches!(opened, Err(EntryError::Sealed(_))));
    let unknown = Entry::open(lines[1].as_bytes(), &key, &store.store_id(), |_| None);
    assert!(matches!(unknown, Err(EntryError::UnknownSigner { .. })));
    let other_key =
        Entry::open(lines[1].as_bytes(), &key, &store.store_id(), |_| Some(stranger.verifying_key()));
    assert!(matches!(other_key, Err(EntryError::Signed(_))));
    let other_store =
        Entry::open(lines[1].as_bytes(), &key, &Digest::ZERO, |name| store.roster().key_of(name));
    assert!(matches!(other_store, Err(EntryError::Signed(_))));
}

#[test]
fn nobody_signs_under_anothers_name() {
    let office = Office::founded();
    let store = office.open();
    let place = LogPlace {
        folder: office.layout().access_log(),
        store: store.store_id(),
        keys: Arc::new(KeyInForce { epoch: 1, recipient: store.roster().log_key().recipient.clone() }),
    };
    let actor = Actor { staff: "bob".into(), role: Role::Clerk, session_id: "s".into() };
    let author = Author::signing(actor, "alice.1".into(), office.identity("alice", ALICE).signing_key());
    let log = AccessLog::open(place, author, Mark::NOTHING, Arc::new(Nobody), &office.surroundings);
    log.append(&lookup()).unwrap();
    let text = String::from_utf8(month(&office)).unwrap();
    let opened = entry(text.lines().last().unwrap().as_bytes(), &office.log_identity(), &store);
    assert!(matches!(opened, Err(EntryError::Misplaced)));
}

#[test]
fn a_torn_line_is_moved_aside_said_and_logged() {
    for torn in [&b"{\"seq\":2,\"ep"[..], b"\0\0\0\0", b"{\"seq\":2,\0\0\0\0\"}\n"] {
        let office = Office::founded();
        let whole = month(&office);
        rewrite(&office, &[&whole, torn].concat());
        assert_eq!(office.open().status().unwrap().log.seq, 1, "readers ignore it");
        let receipt = log(&office, Mark::NOTHING).append(&lookup()).unwrap();
        assert_eq!(fs::read(receipt.moved_aside().unwrap()).unwrap(), torn);
        let entries = office.entries();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[1].entry.action, Action::Log);
        assert!(entries[1].entry.detail.as_ref().unwrap().contains("2026-11.jsonl"));
        assert_eq!(receipt.mark().hash, entries[2].hash);
    }
}

#[test]
fn a_torn_first_line_of_a_month_is_moved_aside() {
    let office = Office::founded();
    let begun = office.layout().access_log().join("2026-12.jsonl");
    for torn in ["", "{\"seq\":2,"] {
        fs::write(&begun, torn).unwrap();
        let receipt = log(&office, Mark::NOTHING).append(&lookup()).unwrap();
        assert_eq!(receipt.moved_aside().is_some(), !torn.is_empty());
        // It is November still: the entry stands where those of November do.
        assert!(!begun.exists());
    }
}

#[test]
fn a_month_that_stayed_empty_breaks_no_chain() {
    let office = Office::founded();
    // The disk was full when November's first line was written, and nobody came before January.
    for (time, left_empty) in [("2026-12-31T00:00:00Z", true), ("2027-01-02T00:00:00Z", false)] {
        office.clock.set(time);
        if left_empty {
            fs::write(office.layout().access_log().join("2026-12.jsonl"), "").unwrap();
        } else {
            log(&office, Mark::NOTHING).append(&lookup()).unwrap();
        }
    }
    let receipt = log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    assert_eq!(receipt.mark().seq, 3);
    assert_eq!(office.entries().len(), 3);

    // A month that was emptied is another matter.
    fs::write(&office.months()[0], "").unwrap();
    fs::write(
        &office.months()[2],
        fs::read_to_string(&office.months()[2])
            .unwrap()
            .lines()
            .next()
            .map(|line| format!("{line}\n"))
            .unwrap(),
    )
    .unwrap();
    assert!(matches!(damage(log(&office, Mark::NOTHING).append(&lookup())), Damage::Chain { .. }));
}

#[test]
fn a_torn_line_that_was_seen_whole_is_damage() {
    let office = Office::founded();
    let seen = log(&office, Mark::NOTHING).append(&lookup()).unwrap().mark();
    let whole = month(&office);
    rewrite(&office, &whole[..whole.len() - 1]);
    assert_eq!(damage(log(&office, seen).append(&lookup())), Damage::Shorter { found: 1, seen: 2 });
    assert_eq!(month(&office).len(), whole.len() - 1, "nothing was touched");
}

#[test]
fn lines_dropped_from_the_end_or_rewritten_are_noticed_by_the_note() {
    let office = Office::founded();
    let copy = office.folder.path().join("copy");
    put_back(&office.layout().access_log(), &copy);
    let seen = log(&office, Mark::NOTHING).append(&lookup()).unwrap().mark();
    put_back(&copy, &office.layout().access_log());
    assert_eq!(damage(log(&office, seen).append(&lookup())), Damage::Shorter { found: 1, seen: 2 });
    for _ in 0..3 {
        log(&office, Mark::NOTHING).append(&lookup()).unwrap();
        assert_eq!(damage(log(&office, seen).append(&lookup())), Damage::Rewritten { seq: 2 });
    }
    fs::remove_file(&office.months()[0]).unwrap();
    assert_eq!(damage(log(&office, Mark::NOTHING).append(&lookup())), Damage::Gone);
}

#[test]
fn a_malformed_line_or_a_broken_link_at_the_end_is_damage() {
    let office = Office::founded();
    for _ in 0..2 {
        log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    }
    let whole = month(&office);
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let attempt = |bytes: &[u8]| {
        rewrite(&office, bytes);
        damage(log(&office, Mark::NOTHING).append(&lookup()))
    };
    assert_eq!(attempt(&[&whole[..], b"garbage\n"].concat()), Damage::Malformed { near: whole.len() as u64 });
    assert_eq!(attempt(&[&whole[..], b"\n"].concat()), Damage::Malformed { near: whole.len() as u64 });
    assert!(matches!(attempt(&[&whole[..], b"garbage\n{\"seq\""].concat()), Damage::Malformed { .. }));
    assert_eq!(attempt(format!("{}{}", lines[0], lines[2]).as_bytes()), Damage::Chain { seq: 3 });
    assert_eq!(attempt(format!("{}{}{}", lines[0], lines[2], lines[1]).as_bytes()), Damage::Chain { seq: 2 });
    assert_eq!(attempt(format!("{text}{}", lines[2]).as_bytes()), Damage::Chain { seq: 3 });
    assert_eq!(attempt(lines[2].as_bytes()), Damage::Chain { seq: 3 });
    let long = [&whole[..], &vec![b'x'; 70 * 1024]].concat();
    assert!(matches!(attempt(&long), Damage::Malformed { .. }));
    rewrite(&office, &whole);
    assert!(log(&office, Mark::NOTHING).append(&lookup()).is_ok());
}

#[test]
fn any_flipped_bit_near_the_end_is_noticed_at_once_or_leaves_a_hash_that_no_longer_fits() {
    let office = Office::founded();
    let receipt = log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    let whole = month(&office);
    let start = whole.len() - 200;
    for position in start..whole.len() {
        let mut edited = whole.clone();
        edited[position] ^= 1;
        rewrite(&office, &edited);
        assert!(log(&office, receipt.mark()).append(&lookup()).is_err(), "byte {position}");
    }
}

#[test]
fn a_line_that_was_seen_long_ago_is_found_again() {
    let office = Office::founded();
    let log_of = |seen| log(&office, seen);
    let mut long = lookup();
    long.reason = Some("because ".repeat(2_000));
    let writer = log_of(Mark::NOTHING);
    let mut marks = Vec::new();
    for _ in 0..60 {
        marks.push(writer.append(&long).unwrap().mark());
        marks.push(writer.append(&lookup()).unwrap().mark());
    }
    assert!(month(&office).len() > 1_000_000);
    office.clock.set("2026-12-03T00:00:00Z");
    marks.push(writer.append(&lookup()).unwrap().mark());
    for mark in marks {
        log_of(mark).append(&lookup()).unwrap();
        let forged = Mark { hash: Digest::of(b"forged"), ..mark };
        assert_eq!(damage(log_of(forged).append(&lookup())), Damage::Rewritten { seq: mark.seq });
    }
}

#[test]
fn an_entry_longer_than_a_line_is_refused() {
    let office = Office::founded();
    let mut event = lookup();
    event.reason = Some("x".repeat(60_000));
    assert!(matches!(log(&office, Mark::NOTHING).append(&event), Err(LogError::TooLong)));
    assert_eq!(office.entries().len(), 1);
}

#[test]
fn writers_side_by_side_make_one_chain() {
    let office = Office::founded();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let log = log(&office, Mark::NOTHING);
                for _ in 0..15 {
                    log.append(&lookup()).unwrap();
                }
            });
        }
    });
    assert_eq!(office.entries().len(), 61);
}

/// A roster that says by a flag whether the signer is in force.
struct Roster(KeyInForce, AtomicBool);

impl LogKeys for Roster {
    fn in_force(&self, _: Option<&str>) -> Result<Standing, KeyError> {
        Ok(Standing { key: self.0.clone(), may_sign: self.1.load(SeqCst) })
    }
}

#[test]
fn what_is_tried_while_a_log_in_is_ended_waits_and_is_then_refused() {
    let office = Office::founded();
    let store = office.open();
    let key = store.roster().log_key().clone();
    let roster =
        Arc::new(Roster(KeyInForce { epoch: key.epoch, recipient: key.recipient }, AtomicBool::new(true)));
    let place =
        LogPlace { folder: office.layout().access_log(), store: store.store_id(), keys: roster.clone() };
    let actor = Actor { staff: "alice".into(), role: Role::Owner, session_id: "s".into() };
    let author = Author::signing(actor, "alice.1".into(), office.identity("alice", ALICE).signing_key());
    let theirs = AccessLog::open(place, author, Mark::NOTHING, Arc::new(Nobody), &office.surroundings);
    theirs.append(&lookup()).unwrap();
    let owner = log(&office, Mark::NOTHING);
    let (result, before) = std::thread::scope(|scope| {
        let (tried, before) = owner
            .around_alone(&[Event::new(Action::Staff, Outcome::Success)], |mark| {
                let before = month(&office);
                let tried = scope.spawn(|| theirs.append(&lookup()));
                std::thread::sleep(std::time::Duration::from_millis(60));
                assert_eq!((mark.seq, month(&office) == before), (3, true), "nobody's entry comes between");
                roster.1.store(false, SeqCst);
                Ok::<_, LogError>((tried, before))
            })
            .unwrap();
        (tried.join().unwrap(), before)
    });
    assert!(matches!(result, Err(LogError::LoginOver { person }) if person == "alice"));
    assert!(month(&office).starts_with(&before));
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.seq, last.outcome, last.unsigned), (4, Outcome::Denied, true));
    assert_eq!(last.detail.as_deref(), Some("log-in over"));

    // Nothing is released or done; what was denied or failed stays that.
    assert!(matches!(
        theirs.release(Unlogged::new(1, vec![lookup(), lookup()])),
        Err(LogError::LoginOver { .. })
    ));
    let done = theirs.around(&[lookup()], |_| -> Result<(), LogError> { panic!("done all the same") });
    assert!(matches!(done, Err(LogError::LoginOver { .. })));
    let failed = Event { outcome: Outcome::Failure, detail: Some("record 7".into()), ..lookup() };
    assert!(matches!(theirs.append(&failed), Err(LogError::LoginOver { .. })));
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.seq, last.outcome, last.unsigned), (8, Outcome::Failure, true));
    assert_eq!(last.detail.as_deref(), Some("record 7; log-in over"));
}

#[test]
fn an_act_alone_that_fails_lets_go_and_says_so() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    let failed = log.around_alone(&[lookup()], |_| Err::<(), _>(LogError::TooLong));
    assert!(matches!(failed, Err(LogError::TooLong)));
    let entries = office.entries();
    let outcomes: Vec<_> = entries.iter().map(|opened| opened.entry.outcome).collect();
    assert_eq!(outcomes, [Outcome::Success, Outcome::Success, Outcome::Failure]);
}

#[test]
fn a_full_disk_leaves_a_log_that_goes_on() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    let before = month(&office);
    for number in 0..6 {
        office.disk.set(Some(Fault::Change(number)));
        let failed = log.append(&lookup());
        office.disk.set(None);
        if let Err(error) = failed {
            assert!(!matches!(error, LogError::Damaged { .. }), "{error}");
        }
    }
    assert!(month(&office).starts_with(&before));
    office.entries();

    // Half a line that could not be cut back either is torn, and moved aside by the next writer.
    let office = Office::founded();
    let log = self::log(&office, Mark::NOTHING);
    office.disk.set(Some(Fault::HalfWrites));
    assert!(matches!(log.append(&lookup()), Err(LogError::Disk(_))));
    office.disk.set(None);
    let receipt = log.append(&lookup()).unwrap();
    assert!(receipt.moved_aside().is_some());
    assert_eq!(office.entries().len(), 3);
}

#[test]
fn after_a_failed_flush_this_session_writes_nothing_more() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    log.append(&lookup()).unwrap();
    office.disk.set(Some(Fault::Flushes));
    assert!(matches!(log.append(&lookup()), Err(LogError::Unconfirmed(_))));
    office.disk.set(None);
    assert!(matches!(log.append(&lookup()), Err(LogError::Failed)));
    assert_eq!(office.entries().len(), 2);
    self::log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    assert_eq!(office.entries().len(), 3);
}

#[test]
fn an_entry_without_a_signature_counts_only_when_it_says_that_nobody_signed() {
    let office = Office::founded();
    let store = office.open();
    log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    let genuine = office.entries().pop().unwrap().entry;
    let forged = |claimed: &Entry| {
        let sealed = store.roster().log_key().recipient.seal(&serde_json::to_vec(claimed).unwrap()).unwrap();
        let sealed = data_encoding::BASE64.encode(&sealed);
        let line = serde_json::json!({ "seq": 2, "epoch": 1, "prev": claimed.prev, "sealed": sealed });
        entry(line.to_string().as_bytes(), &office.log_identity(), &store)
    };
    let stripped = Entry { signer: None, ..genuine.clone() };
    for claimed in [genuine.clone(), stripped.clone(), Entry { unsigned: true, ..genuine }] {
        assert!(matches!(forged(&claimed), Err(EntryError::Signed(_))), "{claimed:?}");
    }
    assert!(forged(&Entry { unsigned: true, ..stripped }).unwrap().entry.unsigned);
}

#[test]
fn whatever_a_power_cut_leaves_of_the_last_line_the_log_goes_on() {
    let office = Office::founded();
    let flushed = month(&office).len();
    log(&office, Mark::NOTHING).append(&lookup()).unwrap();
    let whole = month(&office);
    let states = power_cuts(&whole, flushed);
    assert!(states.len() > 1_000);
    for (number, state) in states.iter().enumerate() {
        rewrite(&office, state);
        let writer = log(&office, Mark { seq: 1, hash: Digest::of(&whole[..flushed - 1]) });
        let receipt = writer.append(&lookup()).unwrap();
        assert_eq!(receipt.moved_aside().is_some(), state.len() > flushed, "state {number}");
        assert!(month(&office).starts_with(&whole[..flushed]));
    }
    office.entries();
}

#[test]
fn an_act_that_fails_is_told_for_each_entry_that_named_what_it_was_to_make() {
    let office = Office::founded();
    let log = log(&office, Mark::NOTHING);
    let named = |detail: &str| Event { detail: Some(detail.to_owned()), ..lookup() };
    let events =
        [named("rekey to epoch 2, generation 3"), named("by the way"), named("remove bob; roster 4")];
    let failed: Result<(), LogError> = log.around(&events, |_| Err(LogError::TooLong));
    assert!(matches!(failed, Err(LogError::TooLong)));
    let failed: Result<(), LogError> = log.around(&events[1..2], |_| Err(LogError::TooLong));
    assert!(failed.is_err());
    let told = office.entries().into_iter().map(|opened| opened.entry);
    let told = told.filter(|entry| entry.outcome == Outcome::Failure).map(|entry| entry.detail.unwrap());
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["rekey to epoch 2, generation 3", "remove bob; roster 4", "by the way"]
    );
}

//! Verifying the whole access log: a sound one of a busy office, and everything that can be done to one.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use vault::access_log::paper::{self, PaperHead};
use vault::access_log::reading::{EntryFault, Fault};
use vault::access_log::verify::{Finding, Source, Verification, Witness};
use vault::access_log::{Action, Event, Outcome, Role};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::sealed::signed::{Digest, Mark};
use vault::store::{ReadLogError, VerifiedLog, VerifyLogError};

use super::office::{ALICE, Office, passphrase};
use super::shop::{BOB, CAROL, NEW, Shop, WORK, create, enrol, login, name, open};

pub const THREADS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

pub fn event() -> Event {
    let mut event = Event::new(Action::Log, Outcome::Success);
    event.detail = Some("verify".into());
    event
}

pub fn verified(shop: &Shop, witnesses: Vec<Witness>) -> VerifiedLog {
    verified_in(&shop.office, witnesses)
}

/// What `vault log verify` does in alice's hands.
pub fn verified_in(office: &Office, witnesses: Vec<Witness>) -> VerifiedLog {
    let verifier = office.open().unlock_to_verify("alice", &passphrase(ALICE)).unwrap();
    verifier.verify(&event(), witnesses, THREADS, &|_, _| ()).unwrap()
}

pub fn found(shop: &Shop) -> Verification {
    verified(shop, Vec::new()).found
}

/// The first thing that is wrong; something must be.
pub fn first(shop: &Shop) -> Finding {
    found(shop).findings.first.into_iter().next().unwrap()
}

pub fn chain(finding: Finding) -> Fault {
    match finding {
        Finding::Chain(fault) => fault,
        other => panic!("{other}"),
    }
}

/// A month's lines, each with its newline.
pub fn lines(path: &PathBuf) -> Vec<String> {
    fs::read_to_string(path).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

/// An office whose log has three months, of at least ten entries each.
fn three_months() -> Shop {
    let mut shop = Shop::new();
    for time in ["2026-12-03T09:00:00Z", "2027-01-04T09:00:00Z"] {
        shop.office.clock.set(time);
        let alice = shop.unlock("alice", ALICE);
        for _ in 0..5 {
            shop.add(&alice, "retail");
            shop.check(&alice, "clinic");
        }
    }
    shop
}

/// Changes the lines of one month and puts them back.
fn tamper(shop: &Shop, month: usize, change: impl FnOnce(&mut Vec<String>)) {
    let path = &shop.office.months()[month];
    let mut text = lines(path);
    change(&mut text);
    fs::write(path, text.concat()).unwrap();
}

/// The sequence number of a line.
fn seq(line: &str) -> u64 {
    line.strip_prefix("{\"seq\":").unwrap().split(',').next().unwrap().parse().unwrap()
}

/// A whole line sealed to the log's key, as anybody who has the store can make one.
fn forged(shop: &Shop, seq: u64, prev: &str, entry: &str) -> String {
    let key = shop.office.open().roster().log_key().clone();
    let sealed = key.recipient.seal(entry.as_bytes()).unwrap();
    let sealed = data_encoding::BASE64.encode(&sealed);
    format!("{{\"seq\":{seq},\"epoch\":{},\"prev\":\"{prev}\",\"sealed\":\"{sealed}\"}}\n", key.epoch)
}

fn hash(line: &str) -> Digest {
    Digest::of(line.trim_end().as_bytes())
}

#[test]
fn a_busy_offices_log_is_sound() {
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let bob = shop.unlock("bob", BOB);
    for _ in 0..40 {
        shop.add(&bob, "retail");
    }
    // Past 32 records the log is folded.
    assert!(open(&bob, "retail", Mode::Exclusive).tidy(bob.log()).unwrap().is_some());
    shop.add(&bob, "retail");
    shop.office.clock.set("2026-12-24T10:00:00Z");
    create(&shop.alice, "late");
    shop.alice.grant(&name("bob"), &name("clinic")).unwrap();
    shop.alice.revoke(&name("bob"), &name("retail"), WORK).unwrap();
    shop.alice.reset(&name("bob"), &login(NEW), WORK).unwrap();
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    let alice = shop.unlock("alice", ALICE);
    shop.add(&alice, "retail");
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.uncommitted.first, []);
    assert_eq!((found.clock.count, found.torn), (0, false));
    assert_eq!(found.entries, found.last.unwrap().mark.seq);
    let kinds: Vec<&str> = found.compared.iter().map(|compared| compared.kind).collect();
    assert_eq!(kinds, ["heads of groups", "records of groups", "roster lines", "seen notes of this machine"]);
}

#[test]
fn only_owners_and_auditors_verify_and_who_else_tries_is_logged() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.unlock("bob", BOB);
    let refused = bob.verify_log(&event(), Vec::new(), THREADS, &|_, _| ());
    assert!(matches!(refused, Err(VerifyLogError::Read(ReadLogError::Key(_)))), "{refused:?}");
    let last = shop.office.entries().pop().unwrap().entry;
    assert_eq!((last.staff.as_str(), last.action, last.outcome), ("bob", Action::Log, Outcome::Denied));
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let verified = shop.unlock("carol", CAROL).verify_log(&event(), Vec::new(), THREADS, &|_, _| ()).unwrap();
    assert!(verified.found.is_sound(), "{:#?}", verified.found.findings);
    // Her verifying is in it, before and after.
    let entries = shop.office.entries();
    let [before, after] = &entries[entries.len() - 2..] else { panic!() };
    assert_eq!(before.entry.detail.as_deref(), Some("verify"));
    assert_eq!(after.entry.detail.as_deref(), Some("verified"));
    assert_eq!(after.entry.count, Some(verified.found.entries));
}

#[test]
fn a_cut_log_is_noticed_by_what_names_a_later_entry() {
    let shop = three_months();
    // By this machine's note, which remembers the very last one.
    let last = seq(lines(&shop.office.months()[2]).last().unwrap());
    tamper(&shop, 2, |lines| lines.truncate(lines.len() - 3));
    let verified = verified(&shop, Vec::new());
    assert!(verified.unlogged.is_some());
    let expected = Finding::CutOff { last: last - 3, seen: last, from: Source::SeenNote("alice".into()) };
    assert_eq!(verified.found.findings.first, [expected]);
    // Without the note, by the records that were written since.
    fs::remove_dir_all(&shop.office.surroundings.state).unwrap();
    tamper(&shop, 2, |lines| lines.truncate(2));
    let finding = first(&shop);
    assert!(
        matches!(&finding, Finding::CutOff { from: Source::Record(group, _), .. } if group == "retail"),
        "{finding}"
    );
    assert!(finding.to_string().starts_with("the log was cut off: it ends with entry "), "{finding}");
}

#[test]
fn a_whole_month_that_is_gone_or_another_is_noticed() {
    let shop = three_months();
    let months = shop.office.months();
    let middle = fs::read(&months[1]).unwrap();
    let (from, to) = (seq(&lines(&months[1])[0]), seq(&lines(&months[2])[0]));
    fs::remove_file(&months[1]).unwrap();
    let gone = chain(first(&shop));
    assert_eq!(gone, Fault::Missing { after: from - 1, found: to, file: "2027-01.jsonl".into() });
    assert_eq!(
        gone.to_string(),
        format!(
            "entries {from} to {} are missing: entry {to} follows entry {} (2027-01.jsonl)",
            to - 1,
            from - 1
        )
    );
    // Another store's month of the same length, spliced in.
    let other = three_months();
    fs::write(&months[1], fs::read(&other.office.months()[1]).unwrap()).unwrap();
    let spliced = chain(first(&shop));
    let expected = Fault::Spliced { file: "2026-12.jsonl".into(), before: "2026-11.jsonl".into() };
    assert_eq!(spliced, expected);
    // Back under another month's name.
    fs::remove_file(&months[1]).unwrap();
    let renamed = months[1].with_file_name("2026-10.jsonl");
    fs::write(&renamed, &middle).unwrap();
    assert!(matches!(chain(first(&shop)), Fault::NoBeginning { .. }));
    fs::remove_file(&renamed).unwrap();
    fs::write(&months[1], &middle).unwrap();
    assert!(found(&shop).is_sound());
}

/// Cut by one byte, its last newline, a month before the newest once read as before: the full sweep of every
/// length found it.
#[test]
fn a_month_whose_last_newline_is_gone_is_noticed() {
    let shop = three_months();
    let month = &shop.office.months()[1];
    let whole = fs::read(month).unwrap();
    fs::write(month, whole.strip_suffix(b"\n").unwrap()).unwrap();
    let fault = chain(first(&shop));
    assert!(matches!(&fault, Fault::NoLine { file, .. } if file == "2026-12.jsonl"), "{fault}");
    fs::write(month, whole).unwrap();
    assert!(found(&shop).is_sound());
}

#[test]
fn a_month_renamed_to_one_that_keeps_the_order_is_noticed_by_its_times() {
    let shop = three_months();
    let months = shop.office.months();
    fs::rename(&months[0], months[0].with_file_name("2026-09.jsonl")).unwrap();
    let fault = chain(first(&shop));
    assert!(matches!(&fault, Fault::Month { seq: 1, file, .. } if file == "2026-09.jsonl"), "{fault}");
}

#[test]
fn a_removed_entry_is_missing() {
    let shop = three_months();
    tamper(&shop, 1, |lines| drop(lines.remove(3)));
    let fault = chain(first(&shop));
    let Fault::Missing { after, found, .. } = fault else { panic!("{fault}") };
    assert_eq!(found, after + 2);
    assert!(fault.to_string().starts_with(&format!("entry {} is missing: ", after + 1)), "{fault}");
}

#[test]
fn swapped_entries_are_out_of_order() {
    let shop = three_months();
    tamper(&shop, 1, |lines| lines.swap(3, 4));
    let found = found(&shop);
    assert_eq!(found.findings.count, 1, "{:#?}", found.findings);
    let fault = chain(found.findings.first[0].clone());
    assert!(matches!(fault, Fault::Order { seq, after, .. } if after == seq + 1), "{fault}");
}

#[test]
fn an_entry_that_stands_there_twice_is_told() {
    let shop = three_months();
    tamper(&shop, 1, |lines| lines.insert(4, lines[3].clone()));
    let found = found(&shop);
    assert_eq!(found.findings.count, 1, "{:#?}", found.findings);
    assert!(matches!(chain(found.findings.first[0].clone()), Fault::Twice { .. }));
}

#[test]
fn every_edit_of_a_line_is_noticed() {
    let office = Office::founded();
    for _ in 0..3 {
        office.unlocked();
    }
    let path = &office.months()[0];
    let sound = fs::read(path).unwrap();
    let text = lines(path);
    let begin = text[0].len();
    let (end, sealed) = (begin + text[1].len(), begin + text[1].find("sealed").unwrap());
    // All that stands outside of the seal, a sample of what is sealed, its last bytes (base64 that decodes
    // alike is another line too), and the newline.
    for at in (begin..sealed + 12).chain((sealed..end - 8).step_by(29)).chain(end - 8..end) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs::write(path, &bytes).unwrap();
        // No note either: the line alone must tell.
        fs::remove_dir_all(&office.surroundings.state).unwrap();
        let verified = verified_in(&office, Vec::new());
        assert!(!verified.found.is_sound(), "byte {at} of {:?}", text[1]);
    }
}

#[test]
fn an_entry_written_anew_is_noticed_by_the_one_after_it() {
    let shop = three_months();
    let path = &shop.office.months()[1];
    let text = lines(path);
    let (number, prev) = (seq(&text[3]), hash(&text[2]));
    // Sound in itself: somebody who was denied something, as nobody signs it.
    let entry = format!(
        r#"{{"v":1,"seq":{number},"time":"2026-12-03T09:00:00.000Z","event_id":"e","session_id":"s","staff":"alice","role":"owner","action":"unlock","group":null,"customer":null,"fields":[],"reason":null,"outcome":"denied","detail":null,"count":null,"host":"h","os_user":"o","version":"0","prev":"{prev}","unsigned":true}}"#
    );
    tamper(&shop, 1, |lines| lines[3] = forged(&shop, number, &prev.to_string(), &entry));
    let fault = chain(first(&shop));
    assert_eq!(fault, Fault::Changed { seq: number + 1, file: "2026-12.jsonl".into() });
    assert_eq!(
        fault.to_string(),
        format!(
            "entry {number} was changed or put there afterwards: entry {} continues another one (2026-12.jsonl)",
            number + 1
        )
    );
    // And one that tells of something done, which nobody may leave unsigned.
    let done = entry.replace("denied", "success");
    tamper(&shop, 1, |lines| lines[3] = forged(&shop, number, &prev.to_string(), &done));
    let fault = chain(first(&shop));
    assert!(matches!(fault, Fault::Entry { fault: EntryFault::Unsigned, .. }), "{fault}");
}

#[test]
fn an_invented_entry_at_the_end_has_no_good_signature() {
    let shop = three_months();
    let path = shop.office.months()[2].clone();
    let text = lines(&path);
    let last = text.last().unwrap();
    let (number, prev) = (seq(last) + 1, hash(last));
    let stranger = Identity::generate();
    let invented = |signer: &str, sig: &str| {
        let entry = format!(
            r#"{{"v":1,"seq":{number},"time":"2027-01-04T09:00:00.000Z","event_id":"e","session_id":"s","staff":"{}","role":"owner","action":"lookup","group":null,"customer":null,"fields":[],"reason":null,"outcome":"success","detail":null,"count":null,"host":"h","os_user":"o","version":"0","prev":"{prev}","signer":"{signer}","sig":"{sig}"}}"#,
            signer.split('.').next().unwrap()
        );
        forged(&shop, number, &prev.to_string(), &entry)
    };
    let sig = "0".repeat(128);
    for (signer, expected) in [
        ("alice.1", EntryFault::Signature { signer: "alice.1".into() }),
        ("mallory.1", EntryFault::UnknownSigner { signer: "mallory.1".into() }),
    ] {
        tamper(&shop, 2, |lines| lines.push(invented(signer, &sig)));
        let fault = chain(first(&shop));
        assert!(matches!(&fault, Fault::Entry { fault, .. } if *fault == expected), "{fault}");
        fs::write(&path, text.concat()).unwrap();
    }
    // Sealed to a key of one's own: it does not open.
    let other = data_encoding::BASE64.encode(&stranger.recipient().seal(b"{}").unwrap());
    let line = format!("{{\"seq\":{number},\"epoch\":1,\"prev\":\"{prev}\",\"sealed\":\"{other}\"}}\n");
    tamper(&shop, 2, |lines| lines.push(line));
    let fault = chain(first(&shop));
    assert!(matches!(fault, Fault::Entry { fault: EntryFault::Sealed, .. }), "{fault}");
}

/// Writes an entry in somebody's name past every rule of the program, as a doctored one would.
fn append_as(shop: &Shop, identity: &Identity, signer: &str, role: Role) {
    use vault::access_log::{AccessLog, Actor, Author, KeyInForce, LogPlace};
    struct Nobody;
    impl vault::access_log::Witness for Nobody {
        fn saw(&self, _: Mark) {}
    }
    let store = shop.office.open();
    let key = store.roster().log_key().clone();
    let place = LogPlace {
        folder: shop.office.layout().access_log(),
        store: store.store_id(),
        keys: Arc::new(KeyInForce { epoch: key.epoch, recipient: key.recipient }),
    };
    let staff = signer.split('.').next().unwrap().to_owned();
    let actor = Actor { staff, role, session_id: "s".into() };
    let author = Author::signing(actor, signer.to_owned(), identity.signing_key());
    let log = AccessLog::open(place, author, Mark::NOTHING, Arc::new(Nobody), &shop.office.surroundings);
    log.append(&Event::new(Action::Search, Outcome::Success)).unwrap();
}

#[test]
fn an_entry_by_somebody_who_had_left_is_told() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    let bob = shop.office.identity("bob", BOB);
    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    append_as(&shop, &bob, "bob.1", Role::Clerk);
    let fault = chain(first(&shop));
    assert!(
        matches!(&fault, Fault::Entry { fault: EntryFault::NotEnrolled { signer }, .. } if signer == "bob.1"),
        "{fault}"
    );
}

#[test]
fn an_entry_that_claims_another_role_is_told() {
    let shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    append_as(&shop, &shop.office.identity("bob", BOB), "bob.1", Role::Auditor);
    let fault = chain(first(&shop));
    assert!(matches!(&fault, Fault::Entry { fault: EntryFault::Role { .. }, .. }), "{fault}");
}

#[test]
fn a_clock_that_goes_back_is_told_and_no_damage() {
    let mut shop = three_months();
    shop.office.clock.set("2026-12-20T00:00:00Z");
    let alice = shop.unlock("alice", ALICE);
    shop.add(&alice, "retail");
    shop.office.clock.set("2027-01-05T00:00:00Z");
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.clock.count, 1);
    assert_eq!(found.clock.first[0].time, "2026-12-20T00:00:00.000Z");
}

#[test]
fn paper_and_earlier_heads_are_held_against_the_log() {
    let shop = three_months();
    let head = shop.office.open().log_head().unwrap();
    let witness = |text: &str| Witness::on_paper(text.parse::<PaperHead>().unwrap());
    for text in [paper::in_words(head), paper::in_digits(head)] {
        let found = verified(&shop, vec![witness(&text)]).found;
        assert!(found.is_sound(), "{:#?}", found.findings);
        assert_eq!(found.newest_elsewhere, Some((head.seq, Source::Paper)));
    }
    let other = Mark { hash: Digest::of(b"another log"), ..head };
    let rewritten = verified(&shop, vec![witness(&paper::in_words(other))]).found;
    assert_eq!(rewritten.findings.first, [Finding::Rewritten { seq: head.seq, from: Source::Paper }]);
    let beyond = Mark { seq: head.seq + 1_000, hash: Digest::of(b"later") };
    let cut = verified(&shop, vec![witness(&paper::in_words(beyond))]).found;
    assert!(matches!(cut.findings.first[..], [Finding::CutOff { from: Source::Paper, .. }]));
}

#[test]
fn a_torn_line_that_somebody_moved_aside_who_was_refused_is_no_damage() {
    let shop = Shop::new();
    let path = &shop.office.months()[0];
    let mut bytes = fs::read(path).unwrap();
    bytes.extend_from_slice(b"{\"seq\":99,\"epo");
    fs::write(path, bytes).unwrap();
    assert!(shop.office.open().unlock("alice", &passphrase("not hers")).is_err());
    let found = found(&shop);
    assert!(found.is_sound(), "{:#?}", found.findings);
    assert_eq!(found.unsigned, 2, "the torn line's and the refusal's");
}

#[test]
fn a_torn_line_at_the_end_is_told_when_nobody_can_move_it_aside() {
    let shop = Shop::new();
    let path = &shop.office.months()[0];
    let sound = fs::read(path).unwrap();
    // Cut back past what was seen, so that nothing can be written.
    let end = sound.len() - 40;
    fs::write(path, &sound[..end]).unwrap();
    let verified = verified(&shop, Vec::new());
    assert!(verified.unlogged.is_some() && verified.found.torn && !verified.found.is_sound());
}

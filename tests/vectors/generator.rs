//! Made the vectors of version 1, once: `cargo test --test vectors -- --ignored make_the_vectors`.
//! Vectors that are there stay as they are; a new one is added by adding it here. One list, and so one
//! long file.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use vault::access_log::{AccessLog, Action, Actor, Author, Event, LogPlace, Outcome, Role};
use vault::group::change::Edit;
use vault::group::code::CustomerCode;
use vault::group::duplicate::duplicate_keys;
use vault::group::field::Fields;
use vault::group::folding::fold;
use vault::group::record::Record;
use vault::sealed::head::{Head, LogFile};
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{self, WorkFactor};
use vault::sealed::record::{self, Header};
use vault::sealed::signed::{Digest, Mark, Purpose, SigningKey, sign};
use vault::store::roster::{Change, GroupChange, commitment};
use vault::store::{Roster, staff_file};

use crate::office::{ALICE, Office, passphrase};
use crate::{folder, head, retail};

/// Keys that protect nothing: they are published here.
const KEYS: [&str; 4] = [
    "AGE-SECRET-KEY-15SS0KYE80R92WLMDD9RAJ7D2R874NLHJLKTA8K67DAPATNMQ0VGSLFPG2D",
    "AGE-SECRET-KEY-1E36ER5KUTWDF85HV52DDCCA9PJKRJLJEHM5Q80U8TUJYZ0RZWYRQ850CVZ",
    "AGE-SECRET-KEY-1JRYTGGXQZC5386MV0L9TH58R4CSVE9N3U8JKTZKPFWWJ5FM82F8SY26AJU",
    "AGE-SECRET-KEY-14HLRFJHRV3K7YMKMJA2EM9AUYU8ACEPK03F2Q879E82S76PKH46S4F6LRV",
];
const ALICES: &str = KEYS[0];
const GROUPS: &str = KEYS[1];
const LOGS: &str = KEYS[2];
const MALLORYS: &str = KEYS[3];

fn key(text: &str) -> Identity {
    Identity::from_file_text(text).unwrap()
}

fn store() -> Digest {
    Digest::of(b"a store")
}

/// Writes a vector, unless it is there already.
pub fn put(name: &str, what: &str, header: &[(&str, &str)], body: &[u8]) {
    let path = folder().join(format!("{name}.txt"));
    if path.exists() {
        return;
    }
    let mut text = format!("what: {what}\n");
    for (key, value) in header {
        text.push_str(format!("{key}: {value}").trim_end());
        text.push('\n');
    }
    match std::str::from_utf8(body) {
        Ok(body) if !body.ends_with('\n') && !body.contains('\0') => writeln!(text, "\n{body}").unwrap(),
        _ => {
            text.push_str("body: base64\n\n");
            for line in BASE64.encode(body).as_bytes().chunks(96) {
                writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
            }
        }
    }
    std::fs::write(path, text).unwrap();
}

#[test]
#[ignore = "makes the vectors, which are frozen"]
fn make_the_vectors() {
    customer_codes();
    signed_lines();
    keys_and_commitments();
    rosters();
    crate::roster_changes::make();
    logs();
    entries();
    records();
    whole_store();
}

fn customer_codes() {
    let kind = ("kind", "customer code");
    let good = [
        ("as-printed", "a customer code as it is printed", "4T-7K3M-Q9TD"),
        ("typed", "typed in small letters and without dashes", "4t7k3mq9td"),
        ("look-alikes", "O is 0, I and L are 1", "O1-OILI-OOOV"),
        ("spaces", "spaces are no part of it", "4T 7K3M Q9TD"),
    ];
    for (name, what, typed) in good {
        // The look-alikes need a code that holds 0 and 1 and checks.
        let typed = if name == "look-alikes" { look_alike() } else { typed.to_owned() };
        let code = CustomerCode::parse(&typed).unwrap().to_string();
        put(&format!("code-{name}"), what, &[kind, ("expect", "success"), ("code", &code)], typed.as_bytes());
    }
    let bad = [
        ("wrong-character", "one wrong character", "4T-7K3M-Q9TE", "mistyped"),
        ("swapped", "two neighbours swapped", "4T-7K3M-QT9D", "mistyped"),
        ("swapped-check", "the check character swapped with its neighbour", "4T-7K3M-Q9DT", "mistyped"),
        ("with-u", "U is no symbol", "4T-7K3M-U9TD", "mistyped"),
        ("short", "a character is missing", "4T-7K3M-Q9T", "not a code"),
        ("long", "a character too many", "4T-7K3M-Q9TDD", "not a code"),
        ("foreign", "a character of another script", "4T-7K3M-Q9TÐ", "not a code"),
    ];
    for (name, what, typed, why) in bad {
        put(&format!("code-{name}"), what, &[kind, ("expect", "failure"), ("why", why)], typed.as_bytes());
    }
}

/// The first code `01-011…` that checks, written with look-alikes.
fn look_alike() -> String {
    let symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let checks = symbols.chars().map(|check| format!("OI-OLIO-OLO{check}"));
    checks.into_iter().find(|typed| CustomerCode::parse(typed).is_ok()).unwrap()
}

fn a_head() -> Head {
    let log = LogFile {
        name: "log.1".to_owned(),
        bytes: 0,
        first: 1,
        last: 0,
        continues: Digest::ZERO,
        ends: Digest::ZERO,
    };
    let scratch = vault::sealed::access::Access {
        disk: Arc::new(vault::sealed::disk::RealDisk),
        folder: std::path::PathBuf::new(),
        store: store(),
        group: "retail".to_owned(),
        epoch: 1,
        since: 0,
        identity: key(GROUPS),
        signer: "alice.1".to_owned(),
        signing_key: Arc::new(key(ALICES).signing_key()),
        roster: Mark::NOTHING,
        signers: Arc::new(crate::OneSigner(key(ALICES).verifying_key())),
        witness: Arc::new(crate::Nobody),
        patience: std::time::Duration::ZERO,
    };
    head(&scratch, log)
}

fn signed_lines() {
    let alice = key(ALICES);
    let line = sign(&a_head(), Purpose::Head, &store(), &alice.signing_key()).unwrap();
    let text = String::from_utf8(line.clone()).unwrap();
    let (id, signer, other) =
        (store().to_string(), alice.verifying_key().to_string(), Digest::of(b"another store").to_string());
    let mallory = key(MALLORYS).verifying_key().to_string();
    let vector = |name: &str, what: &str, changed: (&str, &str), why: &str, body: &[u8]| {
        let mut header = vec![("kind", "signed line")];
        for (key, value) in [("purpose", "head"), ("store", &*id), ("signer key", &*signer)] {
            header.push((key, if changed.0 == key { changed.1 } else { value }));
        }
        header.push(("expect", if why.is_empty() { "success" } else { "failure" }));
        header.push(if why.is_empty() { ("group", "retail") } else { ("why", why) });
        put(&format!("line-{name}"), what, &header, body);
    };
    let nothing = ("", "");
    vector("good", "a signed line as its signer wrote it", nothing, "", &line);
    vector("other-store", "a line that was signed for another store", ("store", &other), "signature", &line);
    vector("other-purpose", "a head's line taken for a record's", ("purpose", "record"), "signature", &line);
    vector("other-signer", "a line that somebody else signed", ("signer key", &mallory), "signature", &line);
    let changed = text.replace("\"retail\"", "\"retain\"");
    vector("changed", "one letter of the line was changed", nothing, "signature", changed.as_bytes());
    let spaced = text.replacen("{\"v\":1", "{ \"v\":1", 1);
    vector("respaced", "the same object, spaced otherwise", nothing, "signature", spaced.as_bytes());
    let repeated = text.replacen("{\"v\":1", "{\"v\":1,\"v\":1", 1);
    vector("repeated-key", "a key stands twice", nothing, "malformed", repeated.as_bytes());
    let unknown = text.replacen("{\"v\":1", "{\"v\":1,\"w\":1", 1);
    vector("unknown-key", "a key that version 1 does not have", nothing, "malformed", unknown.as_bytes());
    let missing = text.replacen("\"epoch\":1,", "", 1);
    vector("missing-key", "a key is missing", nothing, "malformed", missing.as_bytes());
    vector("cut", "the line's last character is missing", nothing, "malformed", &line[..line.len() - 1]);
    let upper = text[..text.len() - 130].to_owned() + &text[text.len() - 130..].to_uppercase();
    vector("upper-case", "the signature in capital digits", nothing, "malformed", upper.as_bytes());
    let place = text.find(",\"sig\"").unwrap();
    let unsigned = text[..place].to_owned() + "}";
    vector("unsigned", "the signature was taken away", nothing, "malformed", unsigned.as_bytes());
    let behind = text[..text.len() - 1].to_owned() + ",\"w\":1}";
    vector("key-behind", "a key after the signature", nothing, "malformed", behind.as_bytes());
}

fn keys_and_commitments() {
    for (name, text) in [("alice", ALICES), ("group", GROUPS)] {
        let identity = key(text);
        let (recipient, signer) = (identity.recipient().to_string(), identity.verifying_key().to_string());
        let header = [
            ("kind", "identity"),
            ("expect", "success"),
            ("recipient", recipient.as_str()),
            ("signer key", &signer),
        ];
        let what = "an identity, its recipient, and the Ed25519 key derived from it";
        put(&format!("identity-{name}"), what, &header, text.as_bytes());
        let id = store().to_string();
        let commitment =
            commitment(&store(), &"retail".parse().unwrap(), 1, &identity.recipient()).to_string();
        let header = [
            ("kind", "commitment"),
            ("store", id.as_str()),
            ("group", "retail"),
            ("epoch", "1"),
            ("expect", "success"),
            ("commitment", &commitment),
        ];
        put(
            &format!("commitment-{name}"),
            "what ties a group's key to the roster",
            &header,
            recipient.as_bytes(),
        );
    }
    let two = format!("{ALICES}\n{GROUPS}");
    let header = [("kind", "identity"), ("expect", "failure"), ("why", "not an identity")];
    put("identity-two", "two identities in one file", &header, two.as_bytes());

    let cheap = WorkFactor::for_tests(2);
    let alice = key(ALICES);
    let sealed =
        staff_file::seal(&alice, &"alice".parse().unwrap(), 1, &store(), &passphrase(ALICE), cheap).unwrap();
    let (id, other) = (store().to_string(), Digest::of(b"another store").to_string());
    let recipient = alice.recipient().to_string();
    let file = |name: &str, what: &str, words: &str, id: &str, outcome: [(&str, &str); 2], body: &[u8]| {
        let header =
            [("kind", "identity file"), ("passphrase", words), ("store", id), outcome[0], outcome[1]];
        put(&format!("identity-file-{name}"), what, &header, body);
    };
    let failure = |why| [("expect", "failure"), ("why", why)];
    let success = [("expect", "success"), ("recipient", recipient.as_str())];
    file("good", "a person's identity file, at a work factor for tests", ALICE, &id, success, &sealed);
    let wrong = "violet-harbour-engine-sixteen";
    file("wrong-passphrase", "another passphrase", wrong, &id, failure("wrong passphrase"), &sealed);
    file("other-store", "the file of another store", ALICE, &other, failure("other store"), &sealed);
    let mut flipped = sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    file("flipped", "the last bit is flipped", ALICE, &id, failure("damaged"), &flipped);
    let cheapest = passphrase::seal(&passphrase(ALICE), WorkFactor::for_tests(1), b"x").unwrap();
    let what = "a work factor lower than the lowest accepted (2 in this test, 17 in the program)";
    file("too-cheap", what, ALICE, &id, failure("work factor"), &cheapest);
}

fn rosters() {
    let office = Office::founded();
    let genesis = std::fs::read_to_string(office.layout().roster()).unwrap();
    let alice = office.identity("alice", ALICE).signing_key();
    let roster = office.open().roster().clone();
    let id = roster.store_id().to_string();
    let group = |roster: &Roster, name: &str, prefix: &str, key: &SigningKey, signer: &str| {
        let change = GroupChange {
            name: name.parse().unwrap(),
            prefix: prefix.to_owned(),
            epoch: 1,
            commitment: Digest::of(name.as_bytes()),
        };
        let now = office.surroundings.clock.now();
        roster
            .prepare(Change::Group(change), None, key, signer, now)
            .map(|line| String::from_utf8(line.bytes().to_vec()).unwrap())
    };
    let retail = group(&roster, "retail", "4T", &alice, "alice.1").unwrap();
    let longer = tempfile::tempdir().unwrap();
    let path = longer.path().join("roster.jsonl");
    std::fs::write(&path, format!("{genesis}{retail}")).unwrap();
    let roster = Roster::read(&vault::sealed::disk::RealDisk, &path).unwrap();
    let trade = group(&roster, "trade", "9Z", &alice, "alice.1").unwrap();
    let vector = |name: &str, what: &str, outcome: &[(&str, &str)], body: String| {
        let header = [&[("kind", "roster")], outcome].concat();
        put(&format!("roster-{name}"), what, &header, body.as_bytes());
    };
    let success =
        |groups, torn| [("expect", "success"), ("store", id.as_str()), ("groups", groups), ("torn", torn)];
    let failure = |why| [("expect", "failure"), ("why", why)];
    let all = format!("{genesis}{retail}{trade}");
    vector("good", "a genesis and two groups", &success("retail trade", "no"), all.clone());
    let torn = all[..all.len() - 40].to_owned();
    vector("torn", "a last line that a power cut tore", &success("retail", "yes"), torn);
    let whole = all[..all.len() - 1].to_owned();
    vector(
        "torn-newline",
        "a last line of which only the newline is missing",
        &success("retail", "yes"),
        whole,
    );
    let changed = all.replace("\"trade\"", "\"trads\"");
    vector("changed", "the last line was changed", &failure("signature in line 3"), changed);
    let gone = format!("{genesis}{trade}");
    vector("gap", "the second line is missing", &failure("chain in line 2"), gone);
    let swapped = format!("{genesis}{trade}{retail}");
    vector("swapped", "two lines are swapped", &failure("chain in line 2"), swapped);
    let repeated = format!("{genesis}{retail}{retail}");
    vector("repeated", "a line stands twice", &failure("chain in line 3"), repeated);
    vector("headless", "the genesis is missing", &failure("genesis in line 1"), retail.clone());
    let mallory = retail.replace("\"alice.1\"", "\"mallory.1\"");
    vector(
        "unknown-signer",
        "signed by nobody the roster knows",
        &failure("signer in line 2"),
        genesis.clone() + &mallory,
    );
    let torn_first = genesis[..genesis.len() - 40].to_owned() + "\n" + &retail;
    vector("cut-genesis", "the genesis is cut", &failure("malformed in line 1"), torn_first);
    let newer = genesis.clone() + "{\"v\":2,\"anything\":true}\n";
    vector("newer", "a line of a later version", &failure("newer format 2"), newer);
}

/// Two records of a log.
struct Records {
    first: Vec<u8>,
    second: Vec<u8>,
    marks: [Mark; 2],
}

fn a_log(group: &str, epoch: u32, signer: &SigningKey) -> Records {
    let mut before = Mark::NOTHING;
    let mut encoded = ["first stretch,", "second stretch"].into_iter().map(|text| {
        let sealed = key(GROUPS).recipient().seal(text.as_bytes()).unwrap();
        let header = Header {
            v: 1,
            seq: before.seq + 1,
            prev: before.hash,
            group: group.to_owned(),
            epoch,
            roster: Mark::NOTHING,
            entry: Mark { seq: before.seq + 10, hash: Digest::of(text.as_bytes()) },
            signer: "alice.1".to_owned(),
            bytes: 0,
            sha256: Digest::ZERO,
        };
        let encoded = record::encode(header, &sealed, &store(), signer).unwrap();
        before = encoded.mark;
        encoded
    });
    let (first, second) = (encoded.next().unwrap(), encoded.next().unwrap());
    Records { first: first.bytes, second: second.bytes, marks: [first.mark, second.mark] }
}

fn logs() {
    let alice = key(ALICES).signing_key();
    let Records { first, second, marks } = a_log("retail", 1, &alice);
    let (id, signer) = (store().to_string(), alice.verifying_key().to_string());
    let ends = |mark: Mark, bytes: usize| format!("{bytes} {} {}", mark.seq, mark.hash);
    let (none, one) = (ends(Mark::NOTHING, 0), ends(marks[0], first.len()));
    let both = ends(marks[1], first.len() + second.len());
    let vector = |name: &str, what: &str, covered: &str, outcome: &[(&str, String)], body: &[u8]| {
        let header = [
            ("kind", "log"),
            ("store", &*id),
            ("group", "retail"),
            ("epoch", "1"),
            ("group identity", GROUPS),
            ("signer key", &*signer),
            ("covered", covered),
        ];
        let outcome: Vec<(&str, &str)> = outcome.iter().map(|(key, value)| (*key, value.as_str())).collect();
        put(&format!("log-{name}"), what, &[&header, &*outcome].concat(), body);
    };
    let all = [&*first, &*second].concat();
    let success = |records: &str, plaintext: &str, torn: &str| {
        [("expect", "success"), ("records", records), ("plaintext", plaintext), ("torn", torn)].map(owned)
    };
    let failure = |why: &str| [("expect", "failure"), ("why", why)].map(owned);
    let whole = success("2", "first stretch,second stretch", "0");
    let at_second = |fault: &str| format!("{fault} at {}", first.len());
    let flip = |at: usize| {
        let mut flipped = all.clone();
        flipped[at] ^= 1;
        flipped
    };
    let last = all.len() - 1;
    vector("good", "two records after the head", &none, &whole, &all);
    vector("covered", "two records that the head covers", &both, &whole, &all);
    vector("half-covered", "the head covers the first record", &one, &whole, &all);
    vector("empty", "a log without records", &none, &success("0", "", "0"), b"");
    let torn_length = (second.len() - 30).to_string();
    let torn = success("1", "first stretch,", torn_length.as_str());
    vector("torn", "a power cut tore the last record", &none, &torn, &all[..all.len() - 30]);
    let second_length = second.len().to_string();
    let flipped = success("1", "first stretch,", second_length.as_str());
    let what = "a flipped last bit: without a seen note it can't be told from a power cut";
    vector("flipped-tail", what, &none, &flipped, &flip(last));
    let mut zeroes = first.clone();
    zeroes.resize(all.len(), 0);
    vector("zero-tail", "zeroes where the last record was being written", &none, &flipped, &zeroes);
    vector(
        "flipped",
        "a flipped last bit that the head covers",
        &both,
        &failure(&at_second("contents")),
        &flip(last),
    );
    let missing = all.len() - 30;
    vector(
        "cut",
        "bytes missing that the head covers",
        &both,
        &failure(&format!("cut at {missing}")),
        &all[..missing],
    );
    let what = "a damaged record with a good one after it";
    vector("hole", what, &none, &failure("hole at 0"), &flip(first.len() - 1));
    vector("mark", "a damaged mark with a good record after it", &none, &failure("hole at 0"), &flip(3));
    let entry = first.windows(8).position(|part| part == b"\"seq\":10").unwrap();
    let what = "a flipped bit in a covered header";
    vector("header", what, &both, &failure("signature at 0"), &flip(entry + 7));
    let swapped = [&*second, &*first].concat();
    vector("swapped", "two covered records are swapped", &both, &failure("misplaced at 0"), &swapped);
    let repeated = [&*first, &*first, &*second].concat();
    let covered = ends(marks[1], repeated.len());
    vector(
        "repeated",
        "a covered record stands twice",
        &covered,
        &failure(&at_second("misplaced")),
        &repeated,
    );
    let dropped = ends(marks[1], second.len());
    vector("dropped", "the first covered record is missing", &dropped, &failure("misplaced at 0"), &second);
    let foreign = |name: &str, what: &str, why: &str, other: &Records| {
        let covered = ends(other.marks[0], other.first.len());
        vector(name, what, &covered, &failure(why), &other.first);
    };
    foreign("other-group", "a record of another group", "misplaced at 0", &a_log("trade", 1, &alice));
    foreign("other-epoch", "a record of another key epoch", "misplaced at 0", &a_log("retail", 2, &alice));
    let mallory = key(MALLORYS).signing_key();
    foreign(
        "other-signer",
        "a record that somebody else signed",
        "signature at 0",
        &a_log("retail", 1, &mallory),
    );
    let chain = ends(Mark { seq: 2, hash: marks[0].hash }, all.len());
    let what = "the chain ends with another record than the head says";
    vector("other-end", what, &chain, &failure(&format!("chain at {}", all.len())), &all);
    let seen = ("seen", format!("2 {}", marks[1].hash));
    let outcome = [&[seen], &failure(&at_second("seen"))[..]].concat();
    vector("shorter-than-seen", "a record that this machine has seen is missing", &none, &outcome, &first);
}

fn owned<'a>((key, value): (&'a str, &str)) -> (&'a str, String) {
    (key, value.to_owned())
}

fn entries() {
    let office = Office::empty();
    let alice = key(ALICES);
    let write = |folder: &Path, author: Author| {
        std::fs::create_dir_all(folder).unwrap();
        let place = LogPlace {
            folder: folder.to_owned(),
            store: store(),
            keys: Arc::new(vault::access_log::KeyInForce { epoch: 1, recipient: key(LOGS).recipient() }),
        };
        let log = AccessLog::found(place, author, &office.surroundings);
        let mut event = Event::new(Action::Lookup, Outcome::Success);
        event.group = Some("retail".to_owned());
        event.customer = Some("4T-7K3M-Q9TD".to_owned());
        log.append(&event).unwrap();
        std::fs::read_to_string(folder.join("2026-11.jsonl")).unwrap().trim_end().to_owned()
    };
    let actor = || Actor { staff: "alice".to_owned(), role: Role::Clerk, session_id: "0".repeat(32) };
    let root = office.folder.path();
    let by_alice =
        write(&root.join("a"), Author::signing(actor(), "alice.1".to_owned(), alice.signing_key()));
    let unsigned = write(&root.join("b"), Author::unsigned(actor()));
    let mallory = key(MALLORYS).signing_key();
    let forged = write(&root.join("c"), Author::signing(actor(), "alice.1".to_owned(), mallory));
    let stranger = key(MALLORYS).signing_key();
    let stranger = write(&root.join("d"), Author::signing(actor(), "alice.2".to_owned(), stranger));
    let bob = Actor { staff: "bob".to_owned(), ..actor() };
    let other = write(&root.join("e"), Author::signing(bob, "alice.1".to_owned(), alice.signing_key()));
    let (id, signer) = (store().to_string(), alice.verifying_key().to_string());
    let vector = |name: &str, what: &str, outcome: &[(&str, &str)], line: &str| {
        let header = [("kind", "entry"), ("store", &*id), ("signer key", &*signer), ("log identity", LOGS)];
        put(&format!("entry-{name}"), what, &[&header, outcome].concat(), line.as_bytes());
    };
    let good = |by, hash| [("expect", "success"), ("signed by", by), ("action", "lookup"), ("hash", hash)];
    let failure = |why| [("expect", "failure"), ("why", why)];
    let hash = Digest::of(by_alice.as_bytes()).to_string();
    vector("signed", "a line of the access log; its signer is alice.1", &good("alice.1", &hash), &by_alice);
    let hash = Digest::of(unsigned.as_bytes()).to_string();
    vector("unsigned", "an entry that says that nobody signed it", &good("nobody", &hash), &unsigned);
    vector("forged", "signed with another key than alice.1 has", &failure("signature"), &forged);
    vector(
        "unknown-signer",
        "signed by an identity that is not in the roster",
        &failure("signer"),
        &stranger,
    );
    vector("other-name", "alice.1 signs what bob is said to have done", &failure("misplaced"), &other);
    let moved = by_alice.replacen("\"seq\":1", "\"seq\":2", 1);
    vector("moved", "the sealed entry stands in another line's place", &failure("misplaced"), &moved);
    let mut damaged = by_alice.clone().into_bytes();
    let at = damaged.len() - 10;
    damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
    vector(
        "damaged",
        "the sealed entry is damaged",
        &failure("sealed"),
        std::str::from_utf8(&damaged).unwrap(),
    );
    let unknown = by_alice.replacen("{\"seq\":1", "{\"w\":1,\"seq\":1", 1);
    vector("unknown-key", "a key that version 1 does not have", &failure("malformed"), &unknown);
}

fn records() {
    let given = [
        ("email", "an e-mail address in capitals", r#"{"name":"N","email":"Maria@Example.ORG"}"#),
        (
            "phone",
            "a phone number with punctuation and an extension",
            r#"{"name":"N","phone":"+49 (30) 0074321 ext 5"}"#,
        ),
        ("phone-00", "the same with 00 for +", r#"{"name":"N","phone":"0049-30-0074321"}"#),
        ("phone-short", "a number of less than six digits has no key", r#"{"name":"N","phone":"112"}"#),
        ("iban", "an IBAN as stored", r#"{"name":"N","iban":"DE89370400440532013000"}"#),
        ("card", "a card as stored", r#"{"name":"N","card":"4111111111111111"}"#),
        ("national-id", "a personal number with a dash", r#"{"name":"N","national_id":"840109-1234a"}"#),
        ("person", "name and date of birth", r#"{"name":"ANDERS, María","birth_date":"1984-01-09"}"#),
        ("name", "a name alone has no key", r#"{"name":"Maria Anders"}"#),
        (
            "all",
            "several keys, in the order of the fields",
            r#"{"name":"A","email":"a@b.org","phone":"+4930123456","birth_date":"1984-01-09","card":"4111111111111111"}"#,
        ),
    ];
    for (name, what, body) in given {
        let keys = duplicate_keys(&Fields::standard(), &Record::from_json(body).unwrap());
        let keys: Vec<String> = keys.iter().map(|key| format!("{} {}", key.field, key.key)).collect();
        let header = [("kind", "duplicate keys"), ("expect", "success"), ("keys", &*keys.join(", "))];
        put(&format!("duplicate-{name}"), what, &header, body.as_bytes());
    }
    let words = [
        ("accents", "case and accents", "Frédérique CITEAUX Łódź Đorđe Ærøskøbing Straße"),
        ("punctuation", "punctuation parts words", "C/ Moralzarzal, 86 (5ª) L'Aquila—Oslo"),
        ("scripts", "other scripts", "Ελλάς Чайковский हिन्दी 東京 ｔｏｋｙｏ ﬁn"),
        ("invisible", "characters that only tell how to draw", "O\u{ad}slo Ber\u{200d}lin \u{feff}Paris"),
        ("turkish", "dotted and dotless i", "ISPARTA ısı İzmir"),
    ];
    for (name, what, text) in words {
        let header = [("kind", "search words"), ("expect", "success"), ("words", &*fold(text).join(" "))];
        put(&format!("words-{name}"), what, &header, text.as_bytes());
    }
}

/// A store of one owner and one group, with records that are in the base and some that are in the log.
fn whole_store() {
    let target = folder().join("store");
    if target.exists() {
        return;
    }
    let (office, session) = retail::office();
    let (ana, mut first) = retail::add(&session, &[("name", "Ana Trujillo"), ("email", "ana@example.org")]);
    let (_, second) = retail::add(&session, &[("name", "Łukasz Ærø"), ("birth_date", "1984-01-09")]);
    assert!(retail::group(&session).checkpoint(session.log(), &|_, _| ()).unwrap());
    let edit = Edit { set: vec![("city", "México D.F.")], ..Edit::default() };
    let now = session.surroundings().clock.now();
    retail::group(&session).edit(ana, &edit, false, session.log(), now).unwrap();
    first = first.replace("\"}", "\",\"city\":\"México D.F.\"}");
    let (_, third) = retail::add(&session, &[("name", "Maria Anders"), ("phone", "030-0074321")]);
    let (id, entries) = (session.store_id().to_string(), office.entries().len().to_string());
    drop(session);
    crate::office::put_back(&office.root, &target);
    for lock in ["lock", "turn"] {
        for folder in ["", "log", "groups/retail"] {
            std::fs::remove_file(target.join(folder).join(lock)).unwrap();
        }
    }
    let header = [
        ("kind", "store"),
        ("folder", "store"),
        ("passphrase", ALICE),
        ("expect", "success"),
        ("store", &*id),
        ("customers", "3"),
        ("records", "2"),
        ("entries", &*entries),
    ];
    let what = "the store in the folder `store`: who is in its group `retail`, as code|record";
    put("store", what, &header, [first, second, third].join("\n").as_bytes());
}

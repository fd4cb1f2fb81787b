//! What is sealed into a line of the access log: the input is the plaintext, and is sealed here.

use std::sync::LazyLock;

use data_encoding::BASE64;
use vault::access_log::Entry;
use vault::access_log::naming::{Makes, for_people, taken_in};
use vault::access_log::reading::{COLUMNS, Row};
use vault::access_log::{json_line, json_line::is_unsafe};
use vault::sealed::identity::Identity;
use vault::sealed::signed::{Digest, VerifyingKey};

use crate::engine::random::Random;
use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict};
use crate::support::{Pen, identity, is_signed, object, sha256};

pub const TARGET: Target = Target {
    name: "entry",
    longest: 16 * 1024,
    words: &[
        "\"unsigned\":true",
        ",\"signer\":\"alice.1\"",
        ",\"signer\":null",
        "\"staff\":\"bob\"",
        "alice.1",
        "alice.2",
        "\"detail\":\"",
        "record 12",
        "records 3 to 9",
        "roster line 4",
        "null",
        "[]",
        "{}",
        "[\"",
        ",",
        ":",
        "\\u0000",
        "\\ud800",
        "success",
        "failure",
        "denied",
        "lookup",
        "owner",
    ],
    seeds,
    mend: Some(mend),
    check,
};

pub struct Log {
    pub identity: Identity,
    pub store: Digest,
    pub alice: VerifyingKey,
    pub pen: Pen,
}

pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let vector = Vector::named("entry-signed");
    let alice = identity(std::str::from_utf8(&Vector::named("identity-alice").body).unwrap());
    let log = Log {
        identity: identity(vector.get("log identity")),
        store: vector.get("store").parse().unwrap(),
        alice: alice.verifying_key(),
        pen: Pen::of(&alice),
    };
    assert_eq!(log.pen.key(), vector.get("signer key"));
    log
});

/// The plaintexts of the vectors' lines.
fn seeds() -> Vec<Vec<u8>> {
    let sealed = Vector::of_kind("entry").into_iter().filter_map(|vector| {
        let line: serde_json::Value = serde_json::from_slice(&vector.body).ok()?;
        BASE64.decode(line["sealed"].as_str()?.as_bytes()).ok()
    });
    sealed.filter_map(|sealed| LOG.identity.open(&sealed).ok()).map(|plaintext| plaintext.to_vec()).collect()
}

fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    if random.once_in(4) { input.to_vec() } else { LOG.pen.sign(input, "entry", &LOG.store) }
}

fn check(input: &[u8]) -> Verdict {
    // The line's outside says what the inside says, where that says anything.
    let said = object(input).unwrap_or_default();
    let seq = said.get("seq").and_then(serde_json::Value::as_u64).unwrap_or(1);
    let prev = said.get("prev").and_then(|prev| prev.as_str()?.parse().ok()).unwrap_or(Digest::ZERO);
    let sealed = BASE64.encode(&LOG.identity.recipient().seal(input).unwrap());
    let line = format!(r#"{{"seq":{seq},"epoch":1,"prev":"{prev}","sealed":"{sealed}"}}"#);
    let key_of = |signer: &str| (signer == "alice.1").then_some(LOG.alice);
    let opened = match Entry::open(line.as_bytes(), &LOG.identity, &LOG.store, key_of) {
        Ok(opened) => opened,
        Err(error) => return Verdict::refused(&error),
    };
    let entry = &opened.entry;
    assert_eq!((entry.v, entry.seq, entry.prev, opened.hash), (1, seq, prev, sha256(line.as_bytes())));
    if entry.unsigned {
        assert_eq!(entry.signer, None, "nobody signs an unsigned entry");
    } else {
        assert_eq!((entry.signer.as_deref(), entry.staff.as_str()), (Some("alice.1"), "alice"));
        assert!(is_signed(input, "entry", &LOG.store, &LOG.alice), "taken, and not signed");
    }
    if let Some(detail) = &entry.detail {
        let _ = (Makes::of(detail).count(), taken_in(detail).count(), for_people(detail));
    }
    let unsigned = entry.unsigned;
    let row = Row::from(opened);
    assert_eq!(row.cells().len(), COLUMNS.len());
    assert!(row.is_unsigned() || !unsigned, "an auditor sees that nobody signed it");
    let json = json_line::of(&row).unwrap();
    assert!(!json.trim_end_matches('\n').contains(is_unsafe), "{json:?}");
    Verdict::Taken
}

//! A group's log: its records' headers, their chain and its tail, read with the group's key and without.
//! The input is the head that names the log, and behind its line the log.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;
use vault::sealed::access::{Access, Seen, Signers, Witness};
use vault::sealed::disk::{Disk as _, DiskError};
use vault::sealed::group_file::outline;
use vault::sealed::head::Head;
use vault::sealed::log::{self, LogError};
use vault::sealed::record::{self, MARK};
use vault::sealed::signed::{Digest, Mark, Purpose, Unverified, VerifyingKey};

use super::entry::LOG;
use crate::engine::random::Random;
use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict};
use crate::support::{Shelf, hex, identity, is_signed, object, sha256};

pub const TARGET: Target = Target {
    name: "group_log",
    longest: 32 * 1024,
    words: &[
        "\u{89}VLTREC\n",
        "\"seq\":",
        "\"prev\":\"",
        "\"bytes\":",
        "\"epoch\":2",
        "\"group\":\"trade\"",
        "\"signer\":\"bob.1\"",
        "\"v\":2",
        "\"roster\":{\"seq\":",
        "age-encryption.org/v1\n",
        "\n",
        "\0\0\0\0\0\0\0\0",
        "18446744073709551615",
        "\"last\":",
        "\"first\":",
        "\"bytes\":18446744073709551615",
    ],
    seeds,
    mend: Some(mend),
    check,
};

pub struct OneSigner(pub VerifyingKey);

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

static GROUP: LazyLock<vault::sealed::identity::Identity> =
    LazyLock::new(|| identity(Vector::named("log-good").get("group identity")));

/// The vectors' logs behind heads that say of them what the vectors say; and one whose records are counted
/// from the last number there is.
fn seeds() -> Vec<Vec<u8>> {
    let vectors = Vector::of_kind("log").into_iter().filter_map(|vector| {
        let mut covered = vector.get("covered").split(' ');
        let (bytes, last) = (covered.next()?.parse().ok()?, covered.next()?.parse().ok()?);
        Some([head(bytes, 1, last, covered.next()?.parse().ok()?), vector.body].concat())
    });
    let log = Vector::named("log-good").body;
    let counted_out = mended(&[head(0, u64::MAX, u64::MAX - 1, Digest::ZERO), log].concat(), |_| true);
    vectors.chain([counted_out]).collect()
}

/// The line of a head that names a log.
fn head(bytes: u64, first: u64, last: u64, ends: Digest) -> Vec<u8> {
    let zero = json!({ "seq": 0, "hash": hex(Digest::ZERO) });
    let head = json!({
        "v": 1, "store": hex(LOG.store), "group": "retail", "generation": 1, "epoch": 1,
        "base": { "name": "base.1.age", "bytes": 0, "sha256": hex(Digest::ZERO), "id": hex(Digest::ZERO) },
        "log": {
            "name": "log.1", "bytes": bytes, "first": first, "last": last,
            "continues": hex(Digest::ZERO), "ends": hex(ends),
        },
        "ledger": zero, "roster": zero, "entry": zero, "signer": "alice.1",
    });
    [LOG.pen.sign(&serde_json::to_vec(&head).unwrap(), "head", &LOG.store), b"\n".to_vec()].concat()
}

fn parts(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |newline| newline + 1);
    input.split_at(end)
}

/// Where records begin, and the log's end.
fn marks(log: &[u8]) -> Vec<usize> {
    let places = log.windows(MARK.len()).enumerate().filter(|(_, bytes)| bytes == MARK);
    places.map(|(at, _)| at).chain([log.len()]).collect()
}

/// As a rule the headers are numbered, chained and fitted to what they stand before.
fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    mended(input, |_| !random.once_in(8))
}

/// Signs head and headers. Those that `fit` picks by their place are numbered, chained and fitted.
fn mended(input: &[u8], mut fit: impl FnMut(usize) -> bool) -> Vec<u8> {
    let (head, log) = parts(input);
    let mut mended = LOG.pen.sign(head.strip_suffix(b"\n").unwrap_or(head), "head", &LOG.store);
    mended.push(b'\n');
    let marks = marks(log);
    mended.extend_from_slice(&log[..marks[0]]);
    let said = object(head).unwrap_or_default();
    let mut prev =
        said.get("log").and_then(|log| log["continues"].as_str()?.parse().ok()).unwrap_or(Digest::ZERO);
    let mut seq = said.get("log").and_then(|log| log["first"].as_u64()).unwrap_or(1);
    for (place, ends) in marks.windows(2).enumerate() {
        let record = &log[ends[0] + MARK.len()..ends[1]];
        let (line, sealed) = parts(record);
        mended.extend_from_slice(MARK);
        let Some(mut header) = object(line.strip_suffix(b"\n").unwrap_or(line)) else {
            mended.extend_from_slice(record);
            continue;
        };
        if fit(place) {
            header.insert("seq".to_owned(), seq.into());
            header.insert("prev".to_owned(), hex(prev));
            header.insert("bytes".to_owned(), sealed.len().into());
            header.insert("sha256".to_owned(), hex(sha256(sealed)));
        }
        let line = LOG.pen.sign(&serde_json::to_vec(&header).unwrap(), "record", &LOG.store);
        (seq, prev) = (seq.wrapping_add(1), sha256(&line));
        mended.extend_from_slice(&line);
        mended.push(b'\n');
        mended.extend_from_slice(sealed);
    }
    mended
}

fn access(shelf: Arc<Shelf>) -> Access {
    Access {
        disk: shelf,
        folder: "/group".into(),
        store: LOG.store,
        group: "retail".to_owned(),
        epoch: 1,
        since: 0,
        identity: GROUP.clone(),
        signer: "alice.1".to_owned(),
        signing_key: Arc::new(GROUP.signing_key()),
        roster: Mark::NOTHING,
        signers: Arc::new(OneSigner(LOG.alice)),
        witness: Arc::new(Nobody),
        patience: Duration::ZERO,
    }
}

fn check(input: &[u8]) -> Verdict {
    let (line, log) = parts(input);
    let unverified = Unverified::<Head>::parse(line.strip_suffix(b"\n").unwrap_or(line));
    let head = match unverified.and_then(|head| head.verify(Purpose::Head, &LOG.store, &LOG.alice)) {
        Ok(head) => head,
        Err(error) => return Verdict::refused(&error),
    };
    let path = format!("/group/{}", head.log.name);
    let shelf = Arc::new(Shelf::of([("/group/head", line), (path.as_str(), log)]));
    let access = access(Arc::clone(&shelf));
    let outside = outline(&access.outside(), Duration::ZERO);
    let Ok(file) = shelf.open(Path::new(&path)) else { return Verdict::refused(&"the log is the head") };
    let scan = match log::scan(&*file, Path::new(&path), &head, &access, None) {
        Ok(scan) => scan,
        Err(LogError::Damaged { at, fault, .. }) => {
            assert!(at <= log.len() as u64, "{fault} at {at}, behind the end");
            return Verdict::refused(&fault);
        }
        Err(error) => panic!("memory has no {error}"),
    };
    assert_eq!(scan.end + scan.torn, log.len() as u64);
    assert!(scan.end >= head.log.bytes && scan.wal.len() <= log.len());
    // What was read, once more in words of its own: each record signed, whole, and hung onto the one before.
    let (mut at, mut last) = (0, Mark { seq: head.log.first.saturating_sub(1), hash: head.log.continues });
    for (seq, entry) in &scan.entries {
        let found = record::parse(&log[at..]).expect("a record that was read");
        let line = &log[at + MARK.len()..at + found.length - 1];
        assert!(is_signed(line, "record", &LOG.store, &LOG.alice), "taken, and not signed");
        let header = found.header.claimed();
        assert_eq!((header.seq, header.prev, header.entry), (*seq, last.hash, *entry));
        assert_eq!((header.seq, header.group.as_str(), header.epoch), (last.seq + 1, "retail", 1));
        let end = at + found.length + usize::try_from(header.bytes).unwrap();
        assert_eq!(header.sha256, sha256(&log[at + found.length..end]));
        last = Mark { seq: header.seq, hash: sha256(line) };
        at = end;
    }
    assert_eq!((at as u64, last), (scan.end, scan.mark));
    if let Ok(outside) = outside {
        // Without the key a damaged seal is not seen; otherwise the two say the same.
        let named = outside.records.iter().map(|named| (named.record, named.entry));
        assert!(named.take(scan.entries.len()).eq(scan.entries.iter().copied()));
    }
    Verdict::Taken
}

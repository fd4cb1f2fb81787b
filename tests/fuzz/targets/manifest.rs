//! The manifest of an export, which carries its own roster: read as `log verify --export` reads it.

use std::sync::LazyLock;

use serde_json::{Value, json};
use vault::access_log::reading::Row;
use vault::access_log::{Action, Outcome, Role};
use vault::sealed::signed::Digest;
use vault::store::Vouched;

use super::roster::mended;
use crate::engine::random::Random;
use crate::engine::seeds::Vector;
use crate::engine::{Target, Verdict};
use crate::support::{Pen, hex, is_signed, lines, object, sha256};

pub const TARGET: Target = Target {
    name: "manifest",
    longest: 64 * 1024,
    words: &[
        "\"v\":2",
        "\"kind\":\"backup\"",
        "\"by\":\"bob.1\"",
        "\"by\":\"recovery.1\"",
        "\"filtered\":true",
        "\"limit\":0",
        "\"limit\":1",
        "\"staff\":\"alice\"",
        "\"since\":\"2026-11-22T08:00:00Z\"",
        "\"roster_text\":\"",
        "\\n",
        "\"left_out\":",
        "\"entries\":",
        "\"range\":{",
        "null",
        "\n",
        "csv",
        "18446744073709551615",
    ],
    seeds: || vec![signed(&export("jsonl"), "jsonl"), signed(&export("csv"), "csv")],
    mend: Some(mend),
    check,
};

/// A roster that the pens signed.
static ROSTER: LazyLock<String> =
    LazyLock::new(|| String::from_utf8(mended(&Vector::named("roster-add").body)).unwrap());

fn store() -> Digest {
    sha256(lines(ROSTER.as_bytes())[0])
}

/// Five entries of the access log, chained as far as anybody sees.
fn rows() -> Vec<Row> {
    let hash = |seq: u64| if seq == 0 { Digest::ZERO } else { sha256(&seq.to_le_bytes()) };
    let row = |seq| Row {
        seq,
        time: format!("2026-11-2{seq}T08:30:00.000Z"),
        event_id: format!("{seq:032x}"),
        session_id: "ab".repeat(16),
        staff: if seq % 2 == 0 { "alice" } else { "bob" }.to_owned(),
        role: Role::Owner,
        action: Action::Lookup,
        group: Some("a".to_owned()),
        customer: (seq > 2).then(|| "4T-7K3M-Q9TD".to_owned()),
        fields: vec!["name".to_owned(), "iban".to_owned()],
        reason: Some("=refund, \"118\"\nand more".to_owned()),
        outcome: if seq == 3 { Outcome::Denied } else { Outcome::Success },
        detail: (seq == 3).then(|| "unsigned; networked machine".to_owned()),
        count: Some(1),
        host: "office".to_owned(),
        os_user: "clerk".to_owned(),
        version: "0.1.0".to_owned(),
        prev: hash(seq - 1),
        hash: hash(seq),
    };
    (1..=5).map(row).collect()
}

/// An exported file.
pub fn export(format: &str) -> Vec<u8> {
    let rows = rows();
    if format == "jsonl" {
        return rows
            .iter()
            .flat_map(|row| vault::access_log::json_line::of(row).unwrap().into_bytes())
            .collect();
    }
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(vault::access_log::reading::COLUMNS).unwrap();
    for row in rows {
        let cells = row.cells();
        let cells = cells.iter().map(|cell| vault::access_log::export::neutralised(cell).into_owned());
        writer.write_record(cells).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Its manifest, before it is signed.
pub fn manifest(file: &[u8], format: &str) -> Value {
    let lines = lines(ROSTER.as_bytes());
    let rows = rows();
    let mark = |row: &Row| json!({ "seq": row.seq, "hash": hex(row.hash) });
    json!({
        "v": 1, "kind": "access-log export", "store": hex(store()), "made": "2026-11-25T08:00:00Z", "by": "alice.1",
        "file": format!("log.{format}"), "format": format, "bytes": file.len(), "sha256": hex(sha256(file)),
        "filter": { "since": null, "until": null, "staff": null, "customer": null, "action": null, "limit": null },
        "filtered": false, "range": { "first": mark(&rows[0]), "last": mark(&rows[4]) },
        "entries": 5, "unsigned": 1, "left_out": 0,
        "roster": { "seq": lines.len() - 1, "hash": hex(sha256(lines[lines.len() - 1])) }, "roster_text": *ROSTER,
    })
}

fn signed(file: &[u8], format: &str) -> Vec<u8> {
    sign(&serde_json::to_vec(&manifest(file, format)).unwrap(), "alice.1", &store())
}

fn sign(line: &[u8], signer: &str, store: &Digest) -> Vec<u8> {
    [Pen::called(signer).sign(line, "manifest", store), b"\n".to_vec()].concat()
}

/// Signs; as a rule with the roster mended too, and named as the manifest must name it.
fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    let line = input.strip_suffix(b"\n").unwrap_or(input);
    let Some(mut said) = object(line) else { return sign(line, "alice.1", &store()) };
    let roster = said.get("roster_text").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !random.once_in(4) && roster != *ROSTER {
        let roster = mended(roster.as_bytes());
        let lines = lines(&roster);
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            said.insert("store".to_owned(), hex(sha256(first)));
            said.insert("roster".to_owned(), json!({ "seq": lines.len() - 1, "hash": hex(sha256(last)) }));
        }
        said.insert("roster_text".to_owned(), String::from_utf8_lossy(&roster).into_owned().into());
    }
    let by = said.get("by").and_then(Value::as_str).unwrap_or("alice.1").to_owned();
    let store = said.get("store").and_then(|store| store.as_str()?.parse().ok()).unwrap_or_else(store);
    sign(&serde_json::to_vec(&said).unwrap(), &by, &store)
}

fn check(input: &[u8]) -> Verdict {
    let vouched = match Vouched::read(input) {
        Ok(vouched) => vouched,
        Err(error) => return Verdict::refused(&error),
    };
    let (manifest, signer) = (vouched.manifest(), vouched.signer());
    let line = input.strip_suffix(b"\n").expect("a manifest is a line");
    assert!(is_signed(line, "manifest", &manifest.store, &signer.key), "taken, and not signed");
    assert_eq!(signer.signer_id(), manifest.by);
    assert!(matches!(signer.role, Role::Owner | Role::Auditor), "{:?} does not read the log", signer.role);
    assert!(vouched.ever_knew(signer.name.as_str()));
    assert_eq!(manifest.store, sha256(lines(manifest.roster_text.as_bytes())[0]));
    let [first, last] = vouched.witnesses();
    assert!(1 <= first.seq && first.seq <= last.seq, "{first:?} to {last:?}");
    assert_eq!(manifest.entries + manifest.left_out, last.seq - first.seq + 1);
    assert!(manifest.unsigned <= manifest.entries);
    assert_eq!(manifest.filtered, !manifest.filter.is_empty());
    Verdict::Taken
}

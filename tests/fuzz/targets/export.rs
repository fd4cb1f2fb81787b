//! An exported file held against its manifest. The input is the file; the manifest is made for it, so that
//! its rows are judged, not only its hash. What begins with `seq,` is CSV.

use std::cell::Cell;

use vault::access_log::export::{CheckError, Manifest, check::check as check_file};
use vault::access_log::reading::Row;

use super::manifest::{export, manifest};
use crate::engine::{Target, Verdict};

pub const TARGET: Target = Target {
    name: "export",
    longest: 64 * 1024,
    words: &[
        "\r\n",
        "\n",
        "\"",
        "\"\"",
        ",",
        "'=",
        "'",
        "=",
        "unsigned; ",
        "unsigned",
        "{\"v\":1,",
        "null",
        "[]",
        "\\u202e",
        "\\n",
        "alice",
        "bob",
        "mallory",
        "\u{202e}",
        "seq,time",
    ],
    seeds: || vec![export("jsonl"), export("csv")],
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let format = if input.starts_with(b"seq,") { "csv" } else { "jsonl" };
    let manifest: Manifest = serde_json::from_value(manifest(input, format)).expect("it is a manifest");
    let told = Cell::new(0);
    let known = |name: &str| ["alice", "bob"].contains(&name);
    let result = check_file(&manifest, &known, input, &|done, _| told.set(done));
    assert!(told.get() <= input.len() as u64, "{} bytes of {}", told.get(), input.len());
    match result {
        Ok(()) => {
            let rows = if format == "csv" { csv_rows(input) } else { json_rows(input) };
            assert_eq!(rows, manifest.entries, "as many rows as the manifest says");
            Verdict::Taken
        }
        Err(CheckError::Row(fault)) => {
            let ends = input.split(|byte| *byte == b'\n').count() as u64 - 1;
            assert!((1..=ends + 1).contains(&fault.line), "line {} of {ends}", fault.line);
            Verdict::refused(&fault)
        }
        Err(error @ (CheckError::Entries { .. } | CheckError::Unsigned { .. })) => Verdict::refused(&error),
        Err(error) => panic!("the manifest has the file's length and hash: {error}"),
    }
}

fn json_rows(input: &[u8]) -> u64 {
    let rows = input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let line = [b"{", line.strip_prefix(b"{\"v\":1,").expect("a row names its version")].concat();
        serde_json::from_slice::<Row>(&line).expect("a row that was taken is one")
    });
    rows.count() as u64
}

fn csv_rows(input: &[u8]) -> u64 {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(input);
    reader.records().collect::<Result<Vec<_>, _>>().expect("rows that were taken are rows").len() as u64
}

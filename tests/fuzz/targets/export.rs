//! An exported file held against its manifest. The input is the file; the manifest has been signed for it,
//! so that its rows are judged, not only its hash. What begins with `seq,` is CSV.

use vault::access_log::export::{CheckError, check::check as check_file};
use vault::access_log::reading::Row;
use vault::store::Vouched;

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
    let vouched = Vouched::read(&manifest(input, format)).expect("the manifest is sound");
    let mut told = 0;
    let progress = std::cell::Cell::new(0);
    let known = |name: &str| vouched.ever_knew(name);
    let result = check_file(vouched.manifest(), &known, input, &|done, _| progress.set(done));
    told += progress.get();
    assert!(told <= input.len() as u64, "{told} bytes of {}", input.len());
    match result {
        Ok(()) => {
            let rows = if format == "csv" { csv_rows(input) } else { json_rows(input) };
            assert_eq!(rows, vouched.manifest().entries, "as many rows as the manifest says");
            Verdict::Taken
        }
        Err(CheckError::Row(fault)) => {
            let ends = input.iter().filter(|byte| **byte == b'\n').count() as u64;
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
    reader.records().map(|row| row.expect("a row that was taken is one")).count() as u64
}

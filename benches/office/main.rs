//! An office's day at 1,000, 100,000 and 1,000,000 customers, beside plain SQLite on the same rows in
//! the same run. `cargo bench` runs all three sizes, `cargo bench -- 1k 100k` those named;
//! `staff` is a store of many people and groups, `log` an access log of a million entries, `backup` the nightly backup of a
//! group of 440 MB, `document` a document of 500 MB, `redact` a text of 1 GB. Prints the tables of `docs/performance.md`.
//!
//! An own harness: most figures are of whole files, measured once or by the thousand with growing
//! logs, and memory needs processes of their own; a sampling harness fits none of that.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark stops where something fails"
)]

use std::fs::File;
use std::io::BufWriter;
use std::time::Instant;

mod access_log;
mod adds;
mod backup;
mod counting_disk;
#[path = "../customers.rs"]
mod customers;
mod desk;
mod document;
mod errand;
mod forgiving;
mod lookups;
#[path = "../papers.rs"]
mod papers;
mod plain;
mod redact;
mod staff;
mod table;
mod timed_disk;
mod upkeep;

use desk::Desk;
use table::{Amount, Table, mib, ratio};

const SEED: u64 = 2026;
const SIZES: [(&str, u64); 3] = [("1k", 1_000), ("100k", 100_000), ("1M", 1_000_000)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if errand::run(&arguments) {
        return;
    }
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !named("staff")
        && !named("log")
        && !named("backup")
        && !named("document")
        && !named("redact")
        && !SIZES.iter().any(|(name, _)| named(name));
    if all || named("staff") {
        staff::measure();
    }
    if all || named("log") {
        access_log::measure();
    }
    if all || named("backup") {
        backup::measure();
    }
    if all || named("document") {
        document::measure();
    }
    if all || named("redact") {
        redact::measure();
    }
    for (name, customers) in SIZES {
        if all || named(name) {
            measure(name, customers);
        }
    }
}

fn measure(name: &str, customers: u64) {
    let start = Instant::now();
    eprintln!("{name}:");
    // Below target/, not in a temporary folder, which may be in memory and flush nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let desk = Desk::found(folder.path());
    let mut csv = BufWriter::new(File::create(folder.path().join("customers.csv")).unwrap());
    customers::csv(customers, SEED, &mut csv).unwrap();
    drop(csv);

    let mut table = Table::new(customers == 1_000_000);
    measure_import(&desk, &mut table);
    upkeep::merge(&desk);
    let base = upkeep::base_length(&desk);
    lookups::measure(&desk, customers, &mut table);
    forgiving::measure(&desk, customers, &mut table);
    adds::measure(&desk, customers, &mut table);
    upkeep::measure(&desk, customers, &mut table);
    table.print(&format!("{name} customers, a base of {}", Amount::Bytes(base)));
    eprintln!("{name} took {:.0} s", start.elapsed().as_secs_f64());
}

fn measure_import(desk: &Desk, table: &mut Table) {
    let plain = errand::import_plainly(desk);
    let sealed = errand::import(desk);
    let inserting = plain.whole.saturating_sub(plain.reading);
    let note = format!(
        "{} × without reading the CSV on either side",
        in_figures(sealed.whole.saturating_sub(plain.reading), inserting)
    );
    let is = ratio(sealed.whole, plain.whole);
    table.put("import, against plain SQLite from the same CSV", Some(Amount::Ratio(2.0)), is, &note, None);
    table.put(
        "import, time",
        None,
        Amount::Time(sealed.whole),
        &format!("reading and checking the CSV takes {}", Amount::Time(plain.reading)),
        Some(Amount::Time(plain.whole)),
    );
    let memory = Amount::Bytes(plain.memory);
    table.put("import, peak memory", Some(mib(512)), Amount::Bytes(sealed.memory), "", Some(memory));
}

fn in_figures(one: std::time::Duration, other: std::time::Duration) -> String {
    format!("{:.2}", one.as_secs_f64() / other.as_secs_f64())
}

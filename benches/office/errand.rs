//! What is done in a process of its own, so that its peak memory is its own: this binary runs itself
//! again.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use vault::group::bulk::Options;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::query::Query;
use vault::sealed::lock::Mode;

use crate::desk::{Desk, SystemRandom};
use crate::lookups::look_up;
use crate::plain::{Codes, Plain, Row};
use crate::{access_log, backup, document, redact};

/// The first argument of a process that runs an errand.
pub const ERRAND: &str = "--errand";

/// What an errand took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub whole: Duration,
    /// The part spent on reading and checking rows, where it is told apart.
    pub reading: Duration,
    /// Peak resident memory of the process, in bytes.
    pub memory: u64,
}

/// Runs this binary again for one errand.
fn send(desk: &Desk, errand: &str, with: &str) -> Cost {
    at_with(&desk.folder, errand, with)
}

/// The same in a folder that is no desk's.
pub fn at(folder: &Path, errand: &str) -> Cost {
    at_with(folder, errand, "")
}

fn at_with(folder: &Path, errand: &str, with: &str) -> Cost {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([ERRAND, errand])
        .arg(folder)
        .arg(with)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    let (Some(whole), Some(reading), Some(memory)) = (numbers.next(), numbers.next(), numbers.next()) else {
        panic!("{errand}: {}", String::from_utf8_lossy(&output.stderr));
    };
    Cost { whole: Duration::from_micros(whole), reading: Duration::from_micros(reading), memory }
}

/// Imports the desk's CSV file into the group.
pub fn import(desk: &Desk) -> Cost {
    send(desk, "import", "")
}

/// Imports it into plain SQLite.
pub fn import_plainly(desk: &Desk) -> Cost {
    send(desk, "import-plainly", "")
}

/// Looks up once in an already open process.
pub fn lookup(desk: &Desk, query: &str) -> Cost {
    send(desk, "lookup", query)
}

/// Verifies the group.
pub fn verify(desk: &Desk) -> Cost {
    send(desk, "verify", "")
}

/// The errand that the arguments ask for, if they do.
pub fn run(arguments: &[String]) -> bool {
    let [first, errand, folder, with] = arguments else { return false };
    if first != ERRAND {
        return false;
    }
    if errand.starts_with("log-") {
        let start = Instant::now();
        access_log::run(Path::new(folder), errand);
        println!("{} 0 {}", start.elapsed().as_micros(), peak_memory());
        return true;
    }
    if errand.starts_with(backup::ERRAND) {
        let start = Instant::now();
        backup::run(Path::new(folder), errand);
        println!("{} 0 {}", start.elapsed().as_micros(), peak_memory());
        return true;
    }
    if errand.starts_with(document::ERRAND) {
        let start = Instant::now();
        document::run(Path::new(folder), errand);
        println!("{} 0 {}", start.elapsed().as_micros(), peak_memory());
        return true;
    }
    if errand.starts_with(redact::ERRAND) {
        let start = Instant::now();
        redact::run(Path::new(folder), errand);
        println!("{} 0 {}", start.elapsed().as_micros(), peak_memory());
        return true;
    }
    let desk = Desk::at(Path::new(folder));
    let start = Instant::now();
    let reading = match errand.as_str() {
        "import" => run_import(&desk),
        "import-plainly" => run_plain_import(&desk),
        "verify" => {
            let visit = desk.visit(Mode::Shared);
            visit.group.verify(&visit.log, &|_, _| ()).unwrap();
            Duration::ZERO
        }
        _ => {
            look_up(&desk, &Query::parse(with).unwrap());
            Duration::ZERO
        }
    };
    println!("{} {} {}", start.elapsed().as_micros(), reading.as_micros(), peak_memory());
    true
}

pub fn customers(desk: &Desk) -> File {
    File::open(desk.folder.join("customers.csv")).unwrap()
}

fn run_import(desk: &Desk) -> Duration {
    let visit = desk.visit(Mode::Exclusive);
    let fields = visit.group.fields().clone();
    let source = Source::open(Box::new(customers(desk)), &fields, &Mapping::default()).unwrap();
    let options = Options { allow_duplicate: true, ..Options::default() };
    visit.group.import(source, options, &visit.log, &SystemRandom, Timestamp::now(), &|_, _| ()).unwrap();
    Duration::ZERO
}

fn run_plain_import(desk: &Desk) -> Duration {
    let fields = Fields::standard();
    let mut codes = Codes::of(desk.visit(Mode::Shared).group.prefix());
    let source = Source::open(Box::new(customers(desk)), &fields, &Mapping::default()).unwrap();
    let mut import = Plain::at(desk).import(desk);
    let mut reading = Duration::ZERO;
    let mut begun = Instant::now();
    for row in source {
        let row = Row::of(&fields, codes.draw(), &row.unwrap().outcome.unwrap());
        reading += begun.elapsed();
        import.store(&row);
        begun = Instant::now();
    }
    import.finish();
    reading
}

/// The process's peak resident memory in bytes, as Linux tells it.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib << 10)
}

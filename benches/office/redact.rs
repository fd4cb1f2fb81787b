//! Redaction of a text of 1 GB on one core, as `vault redact` does it, from a file to nowhere.

use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::Path;

use vault::redact::format::Format;
use vault::redact::format::office::Keep;
use vault::redact::{Options, Redactor};

use crate::errand;
use crate::papers::{self, Dice};
use crate::table::{Amount, Many, Table, mib};

/// Bytes of the text.
const BYTES: usize = 1_000_000_000;
/// Bytes of it that are made; then they come again.
const MADE: usize = 20_000_000;
const ROUNDS: usize = 3;
/// Bytes a second.
const WANTED: f64 = 100e6;
/// The first argument of errands of this file begins so.
pub const ERRAND: &str = "redact-";

/// Makes a text of so many bytes.
type Maker = fn(&mut Dice, usize) -> String;

/// The figures.
pub fn measure() {
    eprintln!("redact:");
    let mut table = Table::new(true);
    let texts: [(&str, Maker, usize); 2] =
        [("plain text", papers::prose, BYTES), ("papers full of numbers", papers::plain_text, BYTES / 10)];
    for (name, make, bytes) in texts {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let made = make(&mut Dice::new(crate::SEED), MADE);
        let bytes = write(&folder.path().join("text"), &made, bytes);
        let costs: Vec<_> = (0..ROUNDS).map(|_| errand::at(folder.path(), "redact-text")).collect();
        let whole = Many::of(costs.iter().map(|cost| cost.whole).collect()).median();
        let memory = costs.iter().map(|cost| cost.memory).max().unwrap();
        #[allow(clippy::cast_precision_loss, reason = "two digits are shown")]
        let (speed, density) = {
            let chains =
                made.split(|sign: char| !sign.is_ascii_digit()).filter(|run| !run.is_empty()).count();
            (bytes as f64 / whole.as_secs_f64(), made.len() / chains.max(1))
        };
        let note =
            format!("{:.0} MB/s; a number every {density} bytes; {}", speed / 1e6, Amount::Time(whole));
        if name == "plain text" {
            table.put_least("plain text, share of 100 MB/s", 1.0, speed / WANTED, &note);
        } else {
            table.put_least(&format!("{name}, share of 100 MB/s"), 0.0, speed / WANTED, &note);
        }
        table.put(&format!("{name}, peak memory"), Some(mib(64)), Amount::Bytes(memory), "", None);
    }
    table.print("redaction of 1 GB of plain text");
}

/// Writes a text again and again, until there are so many bytes. Gives how many there are.
fn write(path: &Path, made: &str, bytes: usize) -> usize {
    let mut file = File::create(path).unwrap();
    let times = bytes.div_ceil(made.len());
    for _ in 0..times {
        file.write_all(made.as_bytes()).unwrap();
    }
    file.sync_all().unwrap();
    times * made.len()
}

/// What an errand in a process of its own does.
pub fn run(folder: &Path, _errand: &str) {
    let mut source = BufReader::with_capacity(1 << 16, File::open(folder.join("text")).unwrap());
    let mut redactor = Redactor::new(Options::default()).that_counts();
    Format::Text.rewrite(&mut source, &mut io::sink(), &mut redactor, Keep::default()).unwrap();
    assert!(redactor.counts().values().sum::<u64>() > 1_000);
}

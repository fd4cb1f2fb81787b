//! The months' files of the access log: where the chain ends, told from the last lines alone, against the
//! whole of it read line by line. Lines of `====` part the months.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};
use vault::access_log::LogError;
use vault::access_log::entry::LINE_LIMIT;
use vault::access_log::log;
use vault::access_log::reading::{Extent, Keyring, Reader, Walked};
use vault::sealed::signed::{Digest, Mark};

use crate::engine::random::Random;
use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, hex, lines, sha256};

pub const TARGET: Target = Target {
    name: "log_month",
    longest: 256 * 1024,
    words: &[
        "\n====\n",
        "\n",
        "\0",
        "\0\0\0\0\n",
        "\"seq\":",
        "\"prev\":\"",
        "{",
        "}",
        "}\n",
        "==",
        "\"sealed\":\"\"",
    ],
    seeds: months,
    mend: Some(mend),
    check,
};

const FOLDER: &str = "/log";
const NAMES: [&str; 4] =
    ["/log/2026-09.jsonl", "/log/2026-10.jsonl", "/log/2026-11.jsonl", "/log/2026-12.jsonl"];
const PART: &[u8] = b"====\n";

/// The log of the store in the vectors, the same in two months, and shortened entries. In the last, one is
/// longer than a line may be: it was once read, and found by nobody who sought it by its number.
fn months() -> Vec<Vec<u8>> {
    let whole = seeds::of_store("log/2026-11.jsonl");
    let all = lines(&whole);
    let short: Vec<Vec<u8>> = (1..=7)
        .map(|seq| {
            format!(r#"{{"seq":{seq},"epoch":1,"prev":"","sealed":"{}"}}"#, "QUFB".repeat(seq)).into_bytes()
        })
        .collect();
    let (first, second) = all.split_at(all.len() / 2);
    let halves = [first.join(&b'\n'), b"\n====\n".to_vec(), second.join(&b'\n'), b"\n".to_vec()].concat();
    let short =
        [short[..3].join(&b'\n'), b"\n====\n====\n".to_vec(), short[3..].join(&b'\n'), b"\n".to_vec()]
            .concat();
    let text = String::from_utf8(short.clone()).unwrap();
    let long = text.replacen("QUFBQUFB", &"QUFB".repeat(LINE_LIMIT / 4), 1).into_bytes();
    vec![whole, halves, mended(&short), mended(&long)]
}

fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    if random.once_in(4) { input.to_vec() } else { mended(input) }
}

/// Numbers the lines anew and chains them.
fn mended(input: &[u8]) -> Vec<u8> {
    let (mut seq, mut prev) = (0_u64, Digest::ZERO);
    let mut chained = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let object =
            line.strip_suffix(b"\n").and_then(|line| serde_json::from_slice::<Map<String, Value>>(line).ok());
        let Some(mut object) = object else {
            chained.extend_from_slice(line);
            continue;
        };
        seq += 1;
        object.insert("seq".to_owned(), seq.into());
        object.insert("prev".to_owned(), hex(prev));
        let line = serde_json::to_vec(&object).unwrap();
        prev = sha256(&line);
        chained.extend_from_slice(&line);
        chained.push(b'\n');
    }
    chained
}

/// The files, by the lines that part them.
fn files(input: &[u8]) -> Vec<Vec<u8>> {
    let mut files = vec![Vec::new()];
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        if line == PART && files.len() < NAMES.len() {
            files.push(Vec::new());
        } else {
            files.last_mut().unwrap().extend_from_slice(line);
        }
    }
    files
}

fn check(input: &[u8]) -> Verdict {
    let files = files(input);
    let shelf = Shelf::of(NAMES.iter().copied().zip(files.iter().map(Vec::as_slice)));
    let folder = Path::new(FOLDER);
    let end = log::head(&shelf, folder);
    let extent = Extent::whole(&shelf, folder, Duration::ZERO).expect("a damaged log is taken as it stands");
    let keyring = Keyring::new(Digest::ZERO, Vec::new(), HashMap::new(), Vec::new());
    let reader = Reader { disk: &shelf, folder, keyring: &keyring, threads: NonZeroUsize::MIN };
    let mut walked = Vec::new();
    let take = |line: Walked<()>| {
        walked.push(line);
        Ok::<_, LogError>(())
    };
    reader.walk(&extent, &|_, _| (), |_| (), take).expect("every line is handed out, whatever it is");
    // The chain, line by line, in words of its own.
    let mut chain = Some(Mark::NOTHING);
    for line in &walked {
        assert!(line.entry.is_err(), "nothing opens without a key");
        chain = chain.and_then(|before| {
            let link = line.link.filter(|link| link.prev == before.hash && link.seq == before.seq + 1)?;
            Some(Mark { seq: link.seq, hash: line.hash })
        });
    }
    let bytes: usize = files.iter().map(Vec::len).sum();
    assert!(extent.bytes() <= bytes as u64 && walked.len() <= bytes);
    let end = match end {
        Ok(end) => end,
        Err(LogError::Damaged { damage, .. }) => {
            // The tail is strict where lines end: only a log that is whole to its last byte must be taken.
            let whole = files.iter().filter(|file| !file.is_empty()).all(|file| file.ends_with(b"\n"));
            let short = files.iter().flat_map(|file| lines(file)).all(|line| line.len() < LINE_LIMIT);
            assert!(chain.is_none() || !whole || !short, "{damage}, and every line continues the one before");
            return Verdict::refused(&damage);
        }
        Err(error) => panic!("{error}"),
    };
    let Some(last) = chain else {
        // Damage further up: the end is still one of the lines.
        assert!(
            end == Mark::NOTHING || walked.iter().any(|line| line.hash == end.hash),
            "{end:?} is no line"
        );
        return Verdict::refused(&"a chain that is broken further up");
    };
    assert_eq!(end, last, "the end told from the last lines is the chain's");
    // What is found by its number is the line of that number.
    for line in walked.iter().filter(|line| line.entry.is_err()).take(8) {
        let link = line.link.unwrap();
        let from = extent.clone().from(&shelf, folder, link.seq).expect("a good chain is searched");
        let before = extent.clone().before(&shelf, folder, link.seq).expect("a good chain is searched");
        assert_eq!(from.bytes() + before.bytes(), extent.bytes(), "line {} parts the log", link.seq);
    }
    Verdict::Taken
}

//! Files of customers: CSV and JSON Lines, told apart by their beginnings.

use std::io::{self, Read};

use vault::group::field::Fields;
use vault::group::flat_json;
use vault::group::import::{ImportError, Mapping, Source};
use vault::group::query::search_text;
use vault::group::record::Record;

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "import",
    longest: 64 * 1024,
    words: &[
        ",",
        ";",
        "\t",
        "\"",
        "\"\"",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\u{feff}",
        "name",
        "email",
        "phone",
        "birth_date",
        "iban",
        "card",
        "notes",
        "Customer No",
        "n/a",
        "sep=;",
        "{\"name\":\"",
        "\"}",
        "{",
        "[",
        "null",
        "ana@example.org",
        "1984-01-09",
        "DE89370400440532013000",
        "4111111111111111",
        "PK\u{3}\u{4}",
        "age-encryption.org/v1",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

/// A file that comes in drops.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = buffer.len().min(1 + self.0.len() % 3);
        self.0.read(&mut buffer[..few])
    }
}

/// What became of each row, and how it ended.
type Outcome = (Vec<(u64, Result<Record, String>)>, Option<String>);

fn rows<'a>(reader: impl Read + 'a, fields: &'a Fields, mapping: &Mapping) -> Result<Outcome, ImportError> {
    let mut source = Source::open(Box::new(reader), fields, mapping)?;
    let mut rows = Vec::new();
    for row in source.by_ref() {
        match row {
            Ok(row) => {
                let outcome = row.outcome.map_err(|bad| {
                    assert!(!bad.is_empty(), "a bad row says what is bad");
                    format!("{bad:?}")
                });
                rows.push((row.line, outcome));
            }
            Err(error) => {
                assert!(source.next().is_none(), "nothing follows an error");
                return Ok((rows, Some(error.to_string())));
            }
        }
    }
    Ok((rows, None))
}

fn check(input: &[u8]) -> Verdict {
    let fields = Fields::standard();
    let mapping = Mapping {
        map: Vec::new(),
        ignore: if input.windows(11).any(|bytes| bytes == b"Customer No") {
            vec!["Customer No".to_owned()]
        } else {
            Vec::new()
        },
        null: Some("n/a".to_owned()),
    };
    let outcome = rows(input, &fields, &mapping);
    let in_drops = rows(Drops(input), &fields, &mapping);
    let (all, end) = match (outcome, in_drops) {
        (Ok(outcome), Ok(in_drops)) => {
            assert_eq!(outcome, in_drops, "however the file comes in");
            outcome
        }
        (Err(error), Err(in_drops)) => {
            assert_eq!(error.to_string(), in_drops.to_string(), "however the file comes in");
            return Verdict::refused(&error);
        }
        (outcome, in_drops) => panic!("{:?}, and in drops {:?}", outcome.err(), in_drops.err()),
    };
    let ends = input.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    assert!(all.len() as u64 <= ends + 1, "{} rows on {} lines", all.len(), ends + 1);
    let mut before = 0;
    for (line, outcome) in &all {
        assert!((1..=ends + 1).contains(line), "line {line} of {}", ends + 1);
        assert!(before <= *line, "line {line} after line {before}");
        before = *line;
        if let Ok(record) = outcome {
            sound(record, &fields);
        }
    }
    match end {
        Some(words) => Verdict::Refused(words),
        None if all.iter().any(|(_, outcome)| outcome.is_err()) => Verdict::refused(&"bad rows"),
        None => Verdict::Taken,
    }
}

/// A record that was taken is stored, read, and would be taken again as it is.
fn sound(record: &Record, fields: &Fields) {
    let json = record.to_json();
    assert_eq!(&Record::from_json(&json).expect("what is stored is read"), record);
    let members = flat_json::read(&json).expect("what is stored is flat");
    let given = members
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_ref().map_or("", |value| value.as_str())));
    assert_eq!(Record::check(fields, given).as_ref(), Ok(record), "a stored value is one that may be typed");
    assert!(record.names().any(|name| name == "name"), "`name` is required");
    let _ = search_text(fields, record);
}

//! What an entry says it makes and takes in, in fixed words at the end of its detail: so that whoever
//! walks the log can pair each success with what came of it.
//!
//! `record 7`, `fields; record 7`, `fold, generation 7; records 3=17 4=19`, `remove bob; roster 12`.

use std::fmt;

use super::entry::Event;
use crate::sealed::signed::Mark;

/// Records that one entry of the access log lists; an entry has to fit its line.
const RECORDS_AN_ENTRY: usize = 1_000;

/// What an act makes, which names its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Makes {
    /// A record of the group, by its sequence number.
    Record(u64),
    /// A generation of the group's files, by the number in its head.
    Generation(u64),
    /// A line of the roster, by its sequence number: the genesis has 0.
    Roster(u64),
}

impl fmt::Display for Makes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(number) => write!(formatter, "record {number}"),
            Self::Generation(number) => write!(formatter, "generation {number}"),
            Self::Roster(number) => write!(formatter, "roster {number}"),
        }
    }
}

impl Makes {
    /// What an entry of that detail makes, in the order in which it says so. Words that only resemble
    /// ours, such as a person called `record`, make nothing.
    pub fn of(detail: &str) -> impl Iterator<Item = Self> {
        detail.split("; ").flat_map(|clause| {
            // A comma stands before what a clause adds; a record or a roster line has a clause of its own.
            clause.split(", ").filter_map(move |part| match Self::parse(part)? {
                generation @ Self::Generation(_) => Some(generation),
                other => (part == clause).then_some(other),
            })
        })
    }

    fn parse(part: &str) -> Option<Self> {
        let (what, number) = part.split_once(' ')?;
        let number = canonical(number)?;
        match what {
            "record" => Some(Self::Record(number)),
            "generation" => Some(Self::Generation(number)),
            "roster" => Some(Self::Roster(number)),
            _ => None,
        }
    }
}

/// The records that an entry of that detail takes in, each with the entry that it named.
pub fn taken_in(detail: &str) -> impl Iterator<Item = (u64, u64)> {
    let lists = detail.split("; ").filter_map(|clause| clause.strip_prefix("records "));
    lists.flat_map(|list| list.split(' ')).filter_map(|pair| {
        let (record, entry) = pair.split_once('=')?;
        Some((canonical(record)?, canonical(entry)?))
    })
}

/// That detail without what it says for verifiers only: what the entry makes and takes in. The rest is
/// what people read. `None` where nothing is left.
pub fn for_people(detail: &str) -> Option<String> {
    let mut clauses = Vec::new();
    for clause in detail.split("; ") {
        if taken_in(clause).next().is_some() {
            continue;
        }
        // As `Makes::of` reads it: a generation stands behind a comma too, the others by themselves.
        let kept: Vec<&str> = match Makes::parse(clause) {
            Some(_) => Vec::new(),
            None => clause
                .split(", ")
                .filter(|part| !matches!(Makes::parse(part), Some(Makes::Generation(_))))
                .collect(),
        };
        if !kept.is_empty() {
            clauses.push(kept.join(", "));
        }
    }
    (!clauses.is_empty()).then(|| clauses.join("; "))
}

/// A number as `Display` writes it, and not otherwise.
fn canonical(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|number: &u64| number.to_string() == digits)
}

impl Event {
    /// This event, which says what it makes.
    #[must_use]
    pub fn making(&self, made: Makes) -> Self {
        let detail = match (&self.detail, made) {
            (None, _) => made.to_string(),
            (Some(before), Makes::Generation(_)) => format!("{before}, {made}"),
            (Some(before), _) => format!("{before}; {made}"),
        };
        Self { detail: Some(detail), ..self.clone() }
    }

    /// This event with each record (of `entries`, record → entry) and the entry that it named:
    /// `…; records 3=17 4=19`. Where there are many, in several events one after the other, the last of
    /// which stands for the act.
    pub fn taking_in(&self, entries: &[(u64, Mark)]) -> Vec<Self> {
        use fmt::Write as _;
        let parts = entries.chunks(RECORDS_AN_ENTRY);
        let count = parts.len();
        let detail = self.detail.as_deref().unwrap_or_default();
        let mut events: Vec<Self> = parts
            .enumerate()
            .map(|(number, part)| {
                let mut text = detail.to_owned();
                // Writing to memory can't fail.
                if count > 1 {
                    let _ = write!(text, ", part {} of {count}", number + 1);
                }
                text.push_str("; records");
                for (record, entry) in part {
                    let _ = write!(text, " {record}={}", entry.seq);
                }
                Self { detail: Some(text), ..self.clone() }
            })
            .collect();
        if events.is_empty() {
            events.push(self.clone());
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::{Action, Outcome};
    use crate::sealed::signed::Digest;

    fn event(detail: Option<&str>) -> Event {
        Event { detail: detail.map(str::to_owned), ..Event::new(Action::Checkpoint, Outcome::Success) }
    }

    fn entries(records: u64) -> Vec<(u64, Mark)> {
        (1..=records).map(|record| (record, Mark { seq: record + 10, hash: Digest::ZERO })).collect()
    }

    fn details(records: u64) -> Vec<String> {
        let events = event(Some("fold")).making(Makes::Generation(7)).taking_in(&entries(records));
        events.into_iter().map(|event| event.detail.unwrap()).collect()
    }

    fn made(detail: &str) -> Vec<Makes> {
        Makes::of(detail).collect()
    }

    #[test]
    fn records_are_listed_with_their_entries_and_many_in_several_events() {
        assert_eq!(details(0), ["fold, generation 7"]);
        assert_eq!(details(2), ["fold, generation 7; records 1=11 2=12"]);
        let parts = details(1_001);
        assert!(parts[0].starts_with("fold, generation 7, part 1 of 2; records 1=11 2=12 "));
        assert_eq!(parts[1], "fold, generation 7, part 2 of 2; records 1001=1011");
    }

    #[test]
    fn what_an_event_says_that_it_makes_and_takes_in_is_read_back() {
        for made in [Makes::Record(0), Makes::Generation(7), Makes::Roster(u64::MAX)] {
            for before in [None, Some("fold"), Some("add bob, clerk"), Some("create, generation 1")] {
                let written = event(before).making(made);
                let last = Makes::of(written.detail.as_deref().unwrap()).last();
                assert_eq!(last, Some(made), "{:?}", written.detail);
            }
        }
        for records in [0, 1, 1_000, 2_345] {
            let details = details(records);
            assert!(details.iter().all(|detail| made(detail) == [Makes::Generation(7)]));
            let read: Vec<_> = details.iter().flat_map(|detail| taken_in(detail)).collect();
            let expected: Vec<_> =
                entries(records).iter().map(|(record, entry)| (*record, entry.seq)).collect();
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn an_entry_may_make_several_things() {
        let created = event(Some("create")).making(Makes::Generation(1)).making(Makes::Roster(4));
        assert_eq!(created.detail.as_deref(), Some("create, generation 1; roster 4"));
        assert_eq!(made("create, generation 1; roster 4"), [Makes::Generation(1), Makes::Roster(4)]);
        let rekeyed = "rekey to epoch 2, generation 3; records 2=9";
        assert_eq!(made(rekeyed), [Makes::Generation(3)]);
        assert_eq!(taken_in(rekeyed).collect::<Vec<_>>(), [(2, 9)]);
        assert_eq!(made("record 7; unchanged iban phone"), [Makes::Record(7)]);
        assert_eq!(made("record 7; log-in over"), [Makes::Record(7)]);
    }

    #[test]
    fn people_read_a_detail_without_what_is_for_verifiers() {
        let read = [
            ("create, generation 1; roster 1", Some("create")),
            ("fold, generation 7; records 3=17 4=19", Some("fold")),
            ("fold, generation 7, part 2 of 2; records 1001=1011", Some("fold, part 2 of 2")),
            ("rekey to epoch 2, generation 3; records 2=9", Some("rekey to epoch 2")),
            ("add bea, clerk; roster 2", Some("add bea, clerk")),
            ("fields; record 7", Some("fields")),
            ("record 7; unchanged iban phone", Some("unchanged iban phone")),
            ("record 7", None),
            ("generation 3", None),
            // What only resembles it stays.
            ("records 7", Some("records 7")),
            ("reset roster", Some("reset roster")),
            ("unsigned; wrong passphrase", Some("unsigned; wrong passphrase")),
            ("add x, roster 9", Some("add x, roster 9")),
            ("record 07", Some("record 07")),
            ("init", Some("init")),
        ];
        for (detail, expected) in read {
            assert_eq!(for_people(detail).as_deref(), expected, "{detail}");
        }
    }

    #[test]
    fn what_only_resembles_our_words_makes_nothing() {
        let details = [
            "",
            "record",
            "record x",
            "record 07",
            "record +7",
            "torn record moved to aside/log.2-1-1",
            "reset roster",
            "add record 7",
            "add x, roster 9",
            "unchanged record 7",
            "records 7",
            "set version 3, SHA-256 abc",
            "record 18446744073709551616",
        ];
        for detail in details {
            assert_eq!(made(detail), [], "{detail}");
            assert_eq!(taken_in(detail).count(), 0, "{detail}");
        }
        assert_eq!(taken_in("fold; records 1 2= =3 4=x 05=6").count(), 0);
    }
}

//! The newest entries that somebody wants, found from the log's end; and the months that `--since` skips.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::access_log::entry::Opened;
use vault::access_log::reading::{Extent, Fault, Filter, ReadError, Row};
use vault::access_log::{Action, Event, Outcome};
use vault::store::{LogReading, Session};

use crate::office::Office;

const THREADS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

fn event(action: Action) -> Event {
    Event::new(action, Outcome::Success)
}

fn append(session: &Session, action: Action, count: usize) {
    for _ in 0..count {
        session.log().append(&event(action)).unwrap();
    }
}

/// An entry so long that a few of them make a block.
fn append_long(session: &Session, action: Action) {
    let mut event = event(action);
    event.reason = Some("because ".repeat(4_000));
    session.log().append(&event).unwrap();
}

fn read(session: &Session) -> LogReading {
    session.read_log(&event(Action::Log)).unwrap()
}

/// The numbers of the newest `limit` entries of an action, and how many entries were opened for it.
fn newest_in(reading: &LogReading, extent: &Extent, action: Option<Action>, limit: u64) -> (Vec<u64>, u64) {
    let opened = AtomicU64::new(0);
    let filter = Filter { action, ..Filter::default() };
    let work = |entry: Opened| {
        opened.fetch_add(1, Ordering::SeqCst);
        filter.lets_through(&entry.entry).then_some(entry.entry.seq)
    };
    let found = reading.reader(THREADS).newest(extent, limit, &|_, _| (), work).unwrap();
    (found, opened.into_inner())
}

fn newest(reading: &LogReading, action: Option<Action>, limit: u64) -> Vec<u64> {
    newest_in(reading, reading.extent(), action, limit).0
}

/// The same, of the whole log read from its beginning.
fn slowly(reading: &LogReading, action: Option<Action>, limit: u64) -> Vec<u64> {
    let mut found = Vec::new();
    let work = |opened: Opened| Some(Row::from(opened));
    reading
        .reader(THREADS)
        .each::<_, ReadError>(reading.extent(), &|_, _| (), work, |row| {
            if action.is_none_or(|action| action == row.action) {
                found.push(row.seq);
            }
            Ok(())
        })
        .unwrap();
    let skipped = found.len().saturating_sub(usize::try_from(limit).unwrap());
    found.split_off(skipped)
}

/// A log of three months, with long entries between short ones, so that blocks end anywhere.
fn three_months(office: &Office) -> Session {
    let session = office.unlocked();
    append(&session, Action::Drill, 1);
    append(&session, Action::Lookup, 30);
    for time in ["2026-12-03T09:00:00Z", "2027-01-04T09:00:00Z"] {
        office.clock.set(time);
        append_long(&session, Action::Edit);
        append(&session, Action::Lookup, 100);
        for _ in 0..8 {
            append_long(&session, Action::Edit);
        }
        append(&session, Action::Lookup, 40);
    }
    session
}

#[test]
fn the_newest_are_those_that_a_reading_from_the_beginning_ends_with() {
    let office = Office::founded();
    let session = three_months(&office);
    let reading = read(&session);
    let all = reading.head().seq;
    let actions = [None, Some(Action::Edit), Some(Action::Lookup), Some(Action::Drill), Some(Action::Backup)];
    for action in actions {
        for limit in [1, 2, 9, 41, 140, 150, 151, all - 1, all, all + 1, 1_000_000] {
            assert_eq!(
                newest(&reading, action, limit),
                slowly(&reading, action, limit),
                "the newest {limit} {action:?}"
            );
        }
    }
}

#[test]
fn the_last_few_are_found_without_reading_the_rest() {
    let office = Office::founded();
    let session = three_months(&office);
    let reading = read(&session);
    let (found, opened) = newest_in(&reading, reading.extent(), None, 20);
    assert_eq!(found.len(), 20);
    assert!(opened < reading.head().seq / 2, "{opened} of {} were opened", reading.head().seq);
}

#[test]
fn of_a_log_of_one_entry_the_newest_is_that_one() {
    let office = Office::founded();
    let reading = read(&office.unlocked());
    let first = reading.part(1, 2).unwrap();
    for limit in [1, 2, 50] {
        assert_eq!(newest_in(&reading, &first, None, limit).0, [1]);
    }
    assert_eq!(newest_in(&reading, &first, Some(Action::Edit), 5).0, [0_u64; 0]);
    assert_eq!(newest_in(&reading, &first, None, 0), (vec![], 0));
    let nothing = first.since("9999-01-01T00:00:00Z".parse().unwrap());
    assert!(nothing.is_empty());
    assert_eq!(newest_in(&reading, &nothing, None, 5), (vec![], 0));
}

#[test]
fn a_part_of_the_log_gives_none_of_what_stands_outside_of_it() {
    let office = Office::founded();
    let session = three_months(&office);
    let reading = read(&session);
    for (first, end) in [(2, 20), (25, 60), (33, 34), (30, 250), (200, 1_000_000)] {
        let part = reading.part(first, end).unwrap();
        let last = (end - 1).min(reading.head().seq);
        let expected: Vec<u64> = (first..=last).collect();
        assert_eq!(newest_in(&reading, &part, None, 10_000).0, expected);
    }
}

#[test]
fn a_fault_is_found_wherever_blocks_and_months_meet() {
    let office = Office::founded();
    let session = three_months(&office);
    let work = |opened: Opened| Some(opened.entry.seq);
    let path = &office.months()[1];
    let whole = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for gone in [0, 1, 40, 100, 104, 108, 110, lines.len() - 1] {
        let mut short = lines.clone();
        short.remove(gone);
        fs::write(path, short.concat()).unwrap();
        let reading = read(&session);
        let found = reading.reader(THREADS).newest(reading.extent(), 1_000_000, &|_, _| (), work);
        let missing = matches!(found, Err(ReadError::Fault { fault: Fault::Missing { .. }, .. }));
        assert!(missing, "line {gone}: {found:?}");
        fs::write(path, &whole).unwrap();
    }
    let sound = read(&session);
    assert_eq!(newest(&sound, None, 1_000_000).len() as u64, sound.head().seq);
}

#[test]
fn since_skips_the_months_before_and_no_entry_of_then_or_later() {
    let office = Office::founded();
    let session = three_months(&office);
    // The clock goes back: what is written now stands in January's file, and says November.
    office.clock.set("2026-11-25T09:00:00Z");
    append(&session, Action::Review, 3);
    let reading = read(&session);
    for since in
        ["2026-11-01T00:00:00Z", "2026-11-23T00:00:00Z", "2026-12-03T09:00:00Z", "2027-01-01T00:00:00Z"]
    {
        let filter = Filter { since: Some(since.parse().unwrap()), ..Filter::default() };
        let of = |extent: &Extent| {
            let work = |opened: Opened| filter.lets_through(&opened.entry).then_some(opened.entry.seq);
            reading.reader(THREADS).newest(extent, 1_000_000, &|_, _| (), work).unwrap()
        };
        let skipping = reading.extent().clone().since(filter.since.unwrap());
        assert_eq!(of(&skipping), of(reading.extent()), "since {since}");
        assert!(!of(&skipping).is_empty());
    }
    let bytes = |since: &str| reading.extent().clone().since(since.parse().unwrap()).bytes();
    assert_eq!(bytes("2026-11-30T23:59:59Z"), reading.extent().bytes());
    assert!(bytes("2026-12-01T00:00:00Z") < reading.extent().bytes());
    assert!(bytes("2027-01-01T00:00:00Z") < bytes("2026-12-01T00:00:00Z"));
    assert_eq!(bytes("2027-02-01T00:00:00Z"), 0);

    // A clock that ran ahead: its file stays the newest, and later entries of now stand in it.
    office.clock.set("2031-01-01T00:00:00Z");
    append(&session, Action::Review, 1);
    office.clock.set("2027-01-05T09:00:00Z");
    append(&session, Action::Hold, 2);
    let reading = read(&session);
    let extent = reading.extent().clone().since("2027-01-05T00:00:00Z".parse().unwrap());
    assert_eq!(newest_in(&reading, &extent, Some(Action::Hold), 10).0.len(), 2);
}

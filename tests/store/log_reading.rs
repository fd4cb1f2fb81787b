//! Reading the access log: in its order whatever the number of threads, from anywhere, and never past what
//! is wrong with it.

use std::fs;
use std::num::NonZeroUsize;

use vault::access_log::reading::{Extent, ReadError, Row};
use vault::access_log::{Action, Event, Outcome};
use vault::store::LogReading;

use super::office::Office;

/// More than a block of lines, over two months.
const ENTRIES: u64 = 700;

fn event(detail: &str) -> Event {
    let mut event = Event::new(Action::Log, Outcome::Success);
    event.detail = Some(detail.to_owned());
    event
}

fn busy() -> Office {
    let office = Office::founded();
    let session = office.unlocked();
    for number in 0..ENTRIES {
        if number == ENTRIES / 2 {
            office.clock.set("2026-12-01T00:00:00Z");
        }
        let mut event = Event::new(Action::Search, Outcome::Success);
        event.count = Some(number);
        session.log().append(&event).unwrap();
    }
    office
}

fn rows(reading: &LogReading, extent: &Extent, threads: usize) -> Result<Vec<Row>, ReadError> {
    let reader = reading.reader(NonZeroUsize::new(threads).unwrap());
    let mut rows = Vec::new();
    reader.each(
        extent,
        &|_, _| (),
        |opened| Some(Row::from(opened)),
        |row| {
            rows.push(row);
            Ok::<_, ReadError>(())
        },
    )?;
    Ok(rows)
}

#[test]
fn entries_come_in_their_order_however_many_threads_open_them() {
    let office = busy();
    let reading = office.unlocked().read_log(&event("show")).unwrap();
    assert!(reading.extent().bytes() > 600_000);
    let alone = rows(&reading, reading.extent(), 1).unwrap();
    let seqs: Vec<u64> = alone.iter().map(|row| row.seq).collect();
    // The last one tells of this reading.
    assert_eq!(seqs, (1..=reading.head().seq).collect::<Vec<_>>());
    assert_eq!(alone.last().unwrap().detail.as_deref(), Some("show"));
    assert_eq!(alone.last().unwrap().hash, reading.head().hash);
    for threads in [2, 3, 8] {
        assert_eq!(rows(&reading, reading.extent(), threads).unwrap(), alone);
    }
    for (first, end) in [(1, 2), (5, 300), (350, 352), (353, 353), (600, ENTRIES + 9)] {
        let part = rows(&reading, &reading.part(first, end).unwrap(), 2).unwrap();
        let expected =
            alone.iter().filter(|row| (first..end).contains(&row.seq)).cloned().collect::<Vec<_>>();
        assert_eq!(part, expected, "{first}..{end}");
    }
}

#[test]
fn what_was_written_since_is_not_read() {
    let office = busy();
    let session = office.unlocked();
    let reading = session.read_log(&event("show")).unwrap();
    session.log().append(&event("later")).unwrap();
    let last = rows(&reading, reading.extent(), 2).unwrap().pop().unwrap();
    assert_eq!(last.detail.as_deref(), Some("show"));
}

#[test]
fn reading_ends_at_the_first_entry_that_is_not_sound() {
    let office = busy();
    let path = &office.months()[0];
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let without = [&lines[..99], &lines[100..]].concat().concat();
    fs::write(path, without).unwrap();
    let reading = office.unlocked().read_log(&event("show")).unwrap();
    let mut given = 0;
    let reader = reading.reader(NonZeroUsize::new(2).unwrap());
    let read = reader.each(reading.extent(), &|_, _| (), Some, |_| {
        given += 1;
        Ok::<_, ReadError>(())
    });
    let Err(ReadError::Fault { fault, .. }) = read else { panic!("{read:?}") };
    assert_eq!(given, 99);
    assert!(fault.to_string().starts_with("entry 100 is missing: entry 101 follows entry 99"), "{fault}");
}

#[test]
fn a_log_that_cannot_be_written_is_not_read() {
    let office = Office::founded();
    let session = office.unlocked();
    office.disk.set(Some(super::office::Fault::Change(0)));
    let refused = session.read_log(&event("show"));
    assert!(matches!(refused, Err(vault::store::ReadLogError::Log(_))), "{refused:?}");
}

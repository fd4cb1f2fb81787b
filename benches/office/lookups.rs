//! Looking customers up, each time by a fresh opening.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use vault::group::lookup::{Options, answer};
use vault::group::query::Query;
use vault::group::view::Reveal;
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;

use crate::customers::customer;
use crate::desk::Desk;
use crate::plain::Plain;
use crate::table::{Amount, Many, Table, mib, ms};
use crate::{SEED, errand};

const QUERIES: u64 = 200;
/// Hits shown unless the person asks for more.
const LIMIT: u32 = 20;

/// What somebody types to find the customer of that number, if that is possible.
type Typed = fn(u64) -> Option<String>;

/// Times of one lookup.
pub struct Lookup {
    /// Until the customers are found.
    pub found: Duration,
    /// Until they may be shown: the access log's entry is on the disk.
    pub shown: Duration,
}

/// Opens the group and looks up, up to the released answer.
pub fn look_up(desk: &Desk, query: &Query) -> Lookup {
    let options = Options {
        exact: false,
        reach: vault::group::lookup::Reach::Words,
        limit: LIMIT as usize,
        reveal: Reveal::none(),
    };
    let start = Instant::now();
    let visit = desk.visit(Mode::Shared);
    let hits = visit.group.find(query, &options).unwrap();
    let found = start.elapsed();
    let answer = answer(vec![hits], LIMIT as usize, &options.reveal, None);
    let (answer, _) = visit.log.release(answer).unwrap();
    assert!(!answer.cards.is_empty(), "every query asks for somebody who is there");
    Lookup { found, shown: start.elapsed() }
}

/// `count` customers' numbers, spread over the group.
pub fn sample(customers: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |place| (place * 7_919 + 13) * 104_729 % customers)
}

pub fn value(index: u64, field: &str) -> Option<String> {
    customer(index, SEED).into_iter().find(|(name, _)| *name == field).map(|(_, value)| value)
}

fn words(index: u64) -> (String, String) {
    let name = value(index, "name").unwrap();
    let (first, last) = name.split_once(' ').unwrap();
    (first.to_owned(), last.to_owned())
}

/// The customer codes of some customers.
pub fn codes(desk: &Desk, customers: u64, count: u64) -> Vec<String> {
    let file = GroupFile::open(Arc::new(desk.access()), Mode::Shared).unwrap();
    codes_in(file.connection(), customers, count)
}

fn codes_in(connection: &Connection, customers: u64, count: u64) -> Vec<String> {
    let mut statement = connection.prepare("SELECT code FROM customer WHERE id = ?1").unwrap();
    let mut code = |index: u64| statement.query_row([index.cast_signed() + 1], |row| row.get(0)).unwrap();
    sample(customers, count).map(&mut code).collect()
}

fn times(each: impl Iterator<Item = Duration>) -> Many<Duration> {
    Many::of(each.collect())
}

/// All lookup figures of a group with an empty log.
pub fn measure(desk: &Desk, customers: u64, table: &mut Table) {
    let plain = Plain::at(desk);
    let codes = codes(desk, customers, QUERIES);
    let memory = codes.iter().take(5).map(|code| errand::lookup(desk, code).memory);
    let memory = Many::of(memory.collect());

    let looked: Vec<Lookup> = codes.iter().map(|code| look_up(desk, &Query::parse(code).unwrap())).collect();
    let plainly = times(codes_in(&plain.open(), customers, QUERIES).iter().map(|code| {
        let start = Instant::now();
        plain.by_code(code);
        start.elapsed()
    }));
    put(table, "by code", 3, &looked, &plainly);

    let kinds: [(&str, Typed); 5] = [
        ("by first name and beginning of last name", |index| {
            let (first, last) = words(index);
            Some(format!("{first} {}", last.chars().take(3).collect::<String>()))
        }),
        ("by first and last name", |index| {
            let (first, last) = words(index);
            Some(format!("{first} {last}"))
        }),
        ("by one rare word (of the e-mail address)", |index| {
            let address = value(index, "email")?;
            Some(address.split_once('@')?.0.rsplit_once('.')?.1.to_owned())
        }),
        ("by one first name alone", |index| Some(words(index).0)),
        ("by one letter, the worst", |index| words(index).0.chars().next().map(String::from)),
    ];
    for (kind, text) in kinds {
        let queries = sample(customers, QUERIES).filter_map(text);
        let queries: Vec<Query> = queries.map(|text| Query::parse(&text).unwrap()).collect();
        let looked: Vec<Lookup> = queries.iter().map(|query| look_up(desk, query)).collect();
        let plainly = times(queries.iter().map(|query| {
            let (Query::Words(words) | Query::CodeOrWords(_, words)) = query else { panic!("a code") };
            let start = Instant::now();
            plain.by_words(&words.fts_expression(), LIMIT);
            start.elapsed()
        }));
        put(table, kind, 8, &looked, &plainly);
    }
    table.put("peak memory of a lookup, log empty", Some(mib(16)), Amount::Bytes(memory.max()), "", None);
}

fn put(table: &mut Table, kind: &str, bound: u64, looked: &[Lookup], plainly: &Many<Duration>) {
    let found = times(looked.iter().map(|lookup| lookup.found));
    let shown = times(looked.iter().map(|lookup| lookup.shown));
    let note = format!(
        "max {}; {} with the access log's entry on the disk",
        Amount::Time(found.max()),
        Amount::Time(shown.median())
    );
    table.put(
        &format!("open + lookup {kind}, median"),
        Some(ms(bound)),
        Amount::Time(found.median()),
        &note,
        Some(Amount::Time(plainly.median())),
    );
}

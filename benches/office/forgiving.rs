//! Finding customers in spite of a typing mistake, and the check for customers who are there already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vault::group::change::ChangeError;
use vault::group::lookup::{Options, Reach, answer};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::view::Reveal;
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;

use crate::customers::customer;
use crate::desk::{Desk, SystemRandom};
use crate::lookups::{sample, value};
use crate::table::{Amount, Many, Table, ms};
use crate::{SEED, upkeep};

const QUERIES: u64 = 200;
const LIMIT: usize = 20;
/// Words that an office of a million has in its names and streets, more than our generator makes.
const WORDS: u64 = 300_000;

/// One letter of a word becomes another, in its middle.
fn mistyped(word: &str) -> String {
    let place = word.chars().count() / 2;
    let swap = |(index, letter): (usize, char)| match letter {
        'q' if index == place => 'x',
        _ if index == place => 'q',
        letter => letter,
    };
    word.chars().enumerate().map(swap).collect()
}

/// A word of letters that no customer has, the same for a number.
fn made_up(number: u64) -> String {
    let syllables = [
        "ka", "ber", "lin", "mo", "sta", "vi", "dor", "hel", "ny", "gra", "ul", "fen", "to", "ris", "sa",
        "wen",
    ];
    let mut rest = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..5)
        .map(|_| {
            let syllable = syllables[usize::try_from(rest >> 60).unwrap()];
            rest = rest.rotate_left(4).wrapping_mul(31).wrapping_add(number);
            syllable
        })
        .collect()
}

/// Gives the group as many distinct words as a real one has.
fn fill_vocabulary(desk: &Desk) {
    let mut words: Vec<String> = (0..WORDS).map(made_up).collect();
    words.sort();
    words.dedup();
    let mut file = GroupFile::open(Arc::new(desk.access()), Mode::Exclusive).unwrap();
    let entry = file.head().entry;
    let change = file.change().unwrap();
    for word in &words {
        let backwards: String = word.chars().rev().collect();
        for (table, word) in [("word", word), ("word_backwards", &backwards)] {
            let sql = format!("INSERT OR IGNORE INTO {table}(word) VALUES(?1)");
            change.connection().prepare_cached(&sql).unwrap().execute([word]).unwrap();
        }
    }
    change.commit(entry).unwrap();
    drop(file);
    upkeep::merge(desk);
}

/// As `vault lookup` does it: what was typed, then its parts, then what is close. Says whether anybody was found.
fn look_up(desk: &Desk, query: &Query) -> (Duration, bool) {
    let start = Instant::now();
    for reach in Reach::ALL {
        let visit = desk.visit(Mode::Shared);
        let options = Options { exact: false, reach, limit: LIMIT, reveal: Reveal::none() };
        let hits = visit.group.find(query, &options).unwrap();
        if !hits.is_empty() {
            let found = start.elapsed();
            visit.log.release(answer(vec![hits], LIMIT, &options.reveal, None)).unwrap();
            return (found, true);
        }
    }
    (start.elapsed(), false)
}

/// A field's words with a mistake in the longest of them.
fn with_a_mistake(field: &'static str) -> impl Fn(u64) -> Option<String> {
    move |index| {
        let text = value(index, field)?;
        let words: Vec<&str> = text.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).collect();
        let longest = words.iter().max_by_key(|word| word.chars().count())?;
        let typed = |word: &&str| if word == longest { mistyped(word) } else { (*word).to_owned() };
        Some(words.iter().map(typed).collect::<Vec<_>>().join(" "))
    }
}

pub fn measure(desk: &Desk, customers: u64, table: &mut Table) {
    fill_vocabulary(desk);
    let fields = ["name", "street"];
    for field in fields {
        let typed = sample(customers, QUERIES).filter_map(with_a_mistake(field));
        let looked: Vec<(Duration, bool)> =
            typed.map(|text| look_up(desk, &Query::parse(&text).unwrap())).collect();
        let found = looked.iter().filter(|(_, found)| *found).count();
        assert!(found * 10 > looked.len() * 9, "{found} of {} were found", looked.len());
        let times = Many::of(looked.into_iter().map(|(time, _)| time).collect());
        table.put(
            &format!("forgiving search: a {field} with a typing mistake, three openings, median"),
            Some(ms(60)),
            Amount::Time(times.median()),
            &format!("max {}; {found} of {QUERIES} found", Amount::Time(times.max())),
            None,
        );
    }
    let times = sample(customers, QUERIES).map(|index| refused(desk, index)).collect();
    let times = Many::of(times);
    table.put(
        "duplicate check on add, with the refusal's entry on the disk, median",
        Some(ms(5)),
        Amount::Time(times.median()),
        &format!("max {}", Amount::Time(times.max())),
        None,
    );
}

/// Adding somebody who is there, in a group that was just opened.
fn refused(desk: &Desk, index: u64) -> Duration {
    let mut visit = desk.visit(Mode::Exclusive);
    let given = customer(index, SEED);
    let given = given.iter().map(|(name, value)| (*name, value.as_str()));
    let record = Record::check(visit.group.fields(), given).unwrap();
    let now = jiff::Timestamp::now();
    let start = Instant::now();
    let added = visit.group.add(&record, false, &visit.log, &SystemRandom, now);
    let took = start.elapsed();
    assert!(matches!(added, Err(ChangeError::Duplicate { .. })));
    took
}

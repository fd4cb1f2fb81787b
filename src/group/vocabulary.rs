//! The distinct words of names and streets, forwards and backwards: among them are sought those that end with
//! what was typed, and those that are one typing mistake away from it. A word leaves with the last customer who
//! has it.

use std::cell::Cell;
use std::collections::BTreeSet;

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::DatabaseError;
use super::database::Customer;
use super::field::Fields;
use super::folding::{fold, unspaced};
use super::kind::Kind;
use super::query::{Words, searchable};
use super::record::Record;

/// The shortest word that is kept, and for which others are offered, in characters.
const SHORTEST: usize = 3;
/// The longest, in characters: beyond it nobody types by heart.
const LONGEST: usize = 40;
/// Words looked at for one query: what bounds a search for halves of short words.
const LOOKED_AT: u32 = 100_000;
/// Words offered instead of one that was typed.
const OFFERED: usize = 32;
/// Words that end with one that was typed: more than a town has streets of one kind.
const ENDING: usize = 200;
/// Comes after every character that follows a beginning.
const LAST: char = char::MAX;

/// The words of a record that are kept: of letters alone, from names and texts that `lookup` searches; of
/// scripts without spaces those of names.
fn words(fields: &Fields, record: &Record) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (kind, text) in searchable(fields, record) {
        if !matches!(kind, Kind::Name | Kind::Text) {
            continue;
        }
        for word in fold(text) {
            let word = match unspaced(&word) {
                Some(_) if kind != Kind::Name => continue,
                Some(run) => run.into_iter().collect(),
                None => word,
            };
            let length = word.chars().count();
            if (SHORTEST..=LONGEST).contains(&length) && word.chars().all(char::is_alphabetic) {
                found.insert(word);
            }
        }
    }
    found
}

/// Words to be kept, gathered from many records and stored once, in order.
#[derive(Default)]
pub(super) struct Gathered(BTreeSet<String>);

impl Gathered {
    pub fn gather(&mut self, fields: &Fields, record: &Record) {
        for word in words(fields, record) {
            if !self.0.contains(&word) {
                self.0.insert(word);
            }
        }
    }

    /// Stores all of them, within the caller's transaction.
    pub fn store(self, connection: &Connection) -> Result<(), DatabaseError> {
        let backwards: BTreeSet<String> = self.0.iter().map(|word| reversed(word)).collect();
        for (table, words) in [("word", &self.0), ("word_backwards", &backwards)] {
            let mut statement =
                connection.prepare_cached(&format!("INSERT OR IGNORE INTO {table}(word) VALUES(?1)"))?;
            for word in words {
                statement.execute([word])?;
            }
        }
        Ok(())
    }
}

/// Keeps the words of a record.
pub(super) fn learn(connection: &Connection, fields: &Fields, record: &Record) -> Result<(), DatabaseError> {
    let mut gathered = Gathered::default();
    gathered.gather(fields, record);
    gathered.store(connection)
}

/// Forgets the words of a record that nobody has any more. To be called when the record, and its words in the
/// search index, are gone; `but` is what has come in its place.
pub(super) fn forget(
    connection: &Connection,
    fields: &Fields,
    record: &Record,
    but: Option<&Record>,
) -> Result<(), DatabaseError> {
    let kept = but.map(|record| words(fields, record)).unwrap_or_default();
    for word in words(fields, record) {
        if kept.contains(&word) || somebody_has(connection, fields, &word)? {
            continue;
        }
        connection.prepare_cached("DELETE FROM word WHERE word = ?1")?.execute([&word])?;
        connection
            .prepare_cached("DELETE FROM word_backwards WHERE word = ?1")?
            .execute([reversed(&word)])?;
    }
    Ok(())
}

/// Forgets every word.
pub(super) fn forget_all(connection: &Connection) -> Result<(), DatabaseError> {
    Ok(connection.execute_batch("DELETE FROM word; DELETE FROM word_backwards;")?)
}

fn somebody_has(connection: &Connection, fields: &Fields, word: &str) -> Result<bool, DatabaseError> {
    let Ok(query) = Words::parse(word) else { return Ok(false) };
    let mut statement = connection.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
    let mut rows = statement.query([query.exact_fts_expression()])?;
    while let Some(row) = rows.next()? {
        // The index may have it from another field, or, in pairs, from two others.
        let customer = Customer::by_id(connection, row.get(0)?)?;
        if customer.is_some_and(|customer| words(fields, &customer.record).contains(word)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reversed(word: &str) -> String {
    word.chars().rev().collect()
}

/// One query's search among the words. What it looks at is bounded for all words of the query together.
pub(super) struct Seeking<'a> {
    connection: &'a Connection,
    /// Words that may still be looked at.
    left: Cell<u32>,
    cut: Cell<bool>,
}

impl<'a> Seeking<'a> {
    pub fn new(connection: &'a Connection) -> Self {
        Self { connection, left: Cell::new(LOOKED_AT), cut: Cell::new(false) }
    }

    /// Whether there were more words than were looked at, or than are offered.
    pub fn was_cut(&self) -> bool {
        self.cut.get()
    }

    fn beginning_with(
        &self,
        table: &str,
        beginning: &str,
        mut visit: impl FnMut(&str),
    ) -> Result<(), DatabaseError> {
        let sql = format!("SELECT word FROM {table} WHERE word >= ?1 AND word < ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([beginning, &format!("{beginning}{LAST}")])?;
        while let Some(row) = rows.next()? {
            let Some(left) = self.left.get().checked_sub(1) else {
                self.cut.set(true);
                return Ok(());
            };
            self.left.set(left);
            visit(row.get_ref(0)?.as_str().map_err(|_| DatabaseError::Damaged("a word does not read"))?);
        }
        Ok(())
    }

    /// Kept words that end with a folded word: `storgatan` for `gatan`.
    pub fn ending_with(&self, word: &str) -> Result<Vec<String>, DatabaseError> {
        let mut found = Vec::new();
        if word.chars().count() >= SHORTEST {
            self.beginning_with("word_backwards", &reversed(word), |kept| {
                if found.len() < ENDING {
                    found.push(reversed(kept));
                } else {
                    self.cut.set(true);
                }
            })?;
        }
        Ok(found)
    }

    /// Kept words that are one typing mistake away from a folded word: a letter too many, too few, another one, or
    /// two neighbours that changed places. One half of the word is right then, unless the two stood where the halves
    /// meet.
    pub fn close_to(&self, word: &str) -> Result<Vec<String>, DatabaseError> {
        let typed: Vec<char> = match unspaced(word) {
            Some(run) => run,
            None => word.chars().collect(),
        };
        if !(SHORTEST..=LONGEST).contains(&typed.len()) {
            return Ok(Vec::new());
        }
        let mut found = BTreeSet::new();
        let mut offer = |kept: &str, backwards: bool| {
            let kept: Zeroizing<String> =
                Zeroizing::new(if backwards { reversed(kept) } else { kept.to_owned() });
            if is_one_mistake(&typed, &kept.chars().collect::<Vec<_>>()) {
                if found.len() < OFFERED {
                    found.insert(kept.as_str().to_owned());
                } else {
                    self.cut.set(true);
                }
            }
        };
        let half = typed.len() / 2;
        let (first, second): (String, String) =
            (typed[..half].iter().collect(), typed[half..].iter().rev().collect());
        self.beginning_with("word", &first, |kept| offer(kept, false))?;
        self.beginning_with("word_backwards", &second, |kept| offer(kept, true))?;
        let mut swapped = typed.clone();
        swapped.swap(half - 1, half);
        let swapped: String = swapped.iter().collect();
        let is_kept = "SELECT EXISTS(SELECT 1 FROM word WHERE word = ?1)";
        if self.connection.prepare_cached(is_kept)?.query_row([&swapped], |row| row.get(0))? {
            offer(&swapped, false);
        }
        Ok(found.into_iter().collect())
    }
}

/// Whether exactly one insertion, deletion, substitution or swap of neighbours lies between two words.
fn is_one_mistake(one: &[char], other: &[char]) -> bool {
    if one.len().abs_diff(other.len()) > 1 || one == other {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(left, right)| left == right).count();
    let (rest, other_rest) = (&one[same..], &other[same..]);
    match (rest, other_rest) {
        ([a, b, tail @ ..], [c, d, other_tail @ ..])
            if one.len() == other.len() && a == d && b == c && tail == other_tail =>
        {
            true
        }
        _ if one.len() == other.len() => rest[1..] == other_rest[1..],
        _ if one.len() > other.len() => rest[1..] == *other_rest,
        _ => *rest == other_rest[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::database::upgrade;

    fn database(names: &[&str]) -> (Connection, Fields) {
        let connection = crate::sealed::sqlite_memory::open_in_memory().unwrap();
        upgrade(&connection).unwrap();
        let fields = Fields::standard();
        for name in names {
            learn(&connection, &fields, &Record::check(&fields, [("name", *name)]).unwrap()).unwrap();
        }
        (connection, fields)
    }

    #[test]
    fn one_mistake_of_each_kind_in_any_script_is_forgiven_and_two_are_not() {
        let (connection, _) = database(&[
            "Anna Lindqvist",
            "Чайковский",
            "Παπαδόπουλος",
            "王小明",
            "김민수",
            "محمد الفارسي",
            "Łukasz",
        ]);
        let close = |word: &str| Seeking::new(&connection).close_to(&fold(word).concat()).unwrap();
        for (typed, meant) in [
            ("lindqist", "lindqvist"),
            ("lindqvisst", "lindqvist"),
            ("lindkvist", "lindqvist"),
            ("lnidqvist", "lindqvist"),
            ("lindvqist", "lindqvist"),
            ("kindqvist", "lindqvist"),
            ("annna", "anna"),
            ("nna", "anna"),
            ("чаиковскй", "чаиковскии"),
            ("παπαδοπουλσο", "παπαδοπουλοσ"),
            ("王小朋", "王小明"),
            ("김민서", "김민수"),
            ("الفارصي", "الفارسي"),
            ("lucasz", "lukasz"),
        ] {
            assert_eq!(close(typed), [meant], "{typed}");
        }
        for far in ["lindvist", "lindqvust", "lindquist"].iter().filter(|word| !is_close(word)) {
            assert!(close(far).is_empty(), "{far}");
        }
        for none in ["lindqvist", "lndqvst", "an", "x", &"a".repeat(1_000)] {
            assert!(close(none).is_empty(), "{none}");
        }
    }

    fn is_close(word: &str) -> bool {
        let chars = |word: &str| word.chars().collect::<Vec<_>>();
        is_one_mistake(&chars(word), &chars("lindqvist"))
    }

    #[test]
    fn a_swap_where_the_halves_meet_is_found() {
        let (connection, _) = database(&["abcdef"]);
        assert_eq!(Seeking::new(&connection).close_to("abdcef").unwrap(), ["abcdef"]);
    }

    #[test]
    fn the_second_half_of_a_compound_finds_the_whole() {
        let (connection, _) = database(&["Storgatan", "Kungsgatan", "Strandvägen"]);
        let ending = |word| Seeking::new(&connection).ending_with(word).unwrap();
        assert_eq!(ending("gatan"), ["storgatan", "kungsgatan"]);
        assert!(ending("an").is_empty());
    }

    /// The end of the 33rd street was once left out without a word.
    #[test]
    fn what_is_not_looked_at_is_told() {
        let (connection, _) = database(&[]);
        let letters = || 'a'..='z';
        for (one, two) in letters().flat_map(|one| letters().map(move |two| (one, two))).take(ENDING + 1) {
            let street = format!("natag{one}{two}");
            connection.execute("INSERT INTO word_backwards(word) VALUES(?1)", [street]).unwrap();
        }
        let seeking = Seeking::new(&connection);
        assert_eq!(seeking.ending_with("gatan").unwrap().len(), ENDING);
        assert!(seeking.was_cut());
        let seeking = Seeking { left: Cell::new(10), ..Seeking::new(&connection) };
        assert_eq!(seeking.ending_with("gatan").unwrap().len(), 10);
        assert!(seeking.was_cut() && seeking.ending_with("gatan").unwrap().is_empty());
        let seeking = Seeking::new(&connection);
        seeking.close_to("gatanna").unwrap();
        assert!(!seeking.was_cut());
    }

    #[test]
    fn only_words_of_letters_from_names_and_texts_are_kept() {
        let fields = Fields::standard();
        let given = [
            ("name", "Bo 王小明 Ek3 Anna"),
            ("street", "中山北路 Storgatan 12"),
            ("email", "secret@example.org"),
            ("notes", "hidden"),
        ];
        let kept = words(&fields, &Record::check(&fields, given).unwrap());
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), ["anna", "storgatan", "王小明"]);
    }
}

//! What was typed to look a customer up, and what the index holds to be found by it.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use zeroize::Zeroizing;

use super::code::{CodeError, CustomerCode};
use super::field::Fields;
use super::folding::{exact_words, fold, fold_into, push_pairs, unspaced};
use super::kind::{Kind, subscriber_number};
use super::phone;
use super::record::Record;

/// Most words of a query.
const WORDS_LIMIT: usize = 32;
/// Longest query, in characters.
const QUERY_LIMIT: usize = 1_000;
/// What was typed to look a customer up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// A customer code.
    Code(CustomerCode),
    /// Written as a code is, dashes and all, but its check character does not fit.
    Mistyped,
    /// A code written otherwise, that may as well be a word or a phone number: the code is tried first.
    CodeOrWords(CustomerCode, Words),
    /// Words.
    Words(Words),
}

/// Nothing to search for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Not a letter or digit.
    #[error("nothing to search for: type a customer code, or words with letters or digits")]
    Empty,
    /// Too long.
    #[error("too much to search for: {WORDS_LIMIT} words and {QUERY_LIMIT} characters at most")]
    TooLong,
}

/// Words to search for; at least one. The `Debug` output holds none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    folded: Vec<Term>,
    /// Accents kept, only case folded.
    exact: Vec<Term>,
    mistyped_code: bool,
}

/// A word, the pairs of characters of an unspaced script, or pieces of digits that may be one phone number.
#[derive(Clone, PartialEq, Eq)]
struct Term {
    /// All of these.
    pieces: Vec<String>,
    /// Or one of these, as a beginning where the others are.
    instead: Vec<String>,
    /// Or one of these, and nothing longer.
    whole: Vec<String>,
    /// The word as it was typed, where it is one.
    word: Option<String>,
}

impl Query {
    /// Tells a customer code from words.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        let dashed = is_written_as_a_code(text);
        let only_digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        Ok(match CustomerCode::parse(text) {
            Ok(code) if dashed => Self::Code(code),
            // No word and no name is written so, but a phone number may be.
            Err(CodeError::Mistyped) if dashed && !only_digits => Self::Mistyped,
            Ok(code) => Self::CodeOrWords(code, Words::parse(text)?),
            Err(_) => Self::Words(Words::parse(text)?),
        })
    }
}

fn is_written_as_a_code(text: &str) -> bool {
    text.len() == 12
        && text.bytes().enumerate().all(|(place, byte)| match place {
            2 | 7 => byte == b'-',
            _ => byte.is_ascii_alphanumeric(),
        })
}

impl Words {
    /// Folds what was typed.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().count() > QUERY_LIMIT {
            return Err(QueryError::TooLong);
        }
        let text = &*phone::without_trunk(text);
        let folded = fold(text);
        match folded.len() {
            0 => return Err(QueryError::Empty),
            1..=WORDS_LIMIT => {}
            _ => return Err(QueryError::TooLong),
        }
        let has = |class: fn(&u8) -> bool| text.as_bytes().iter().any(class);
        let mistyped_code = CustomerCode::parse(text) == Err(CodeError::Mistyped)
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic);
        let folded = terms(&folded, &phone::after_a_plus(text, |part| fold(part).len()));
        let exact = terms(&exact_words(text), &phone::after_a_plus(text, |part| exact_words(part).len()));
        Ok(Self { folded, exact, mistyped_code })
    }

    /// Whether the words may be a mistyped customer code: worth saying when nothing is found.
    pub fn may_be_a_mistyped_code(&self) -> bool {
        self.mistyped_code
    }

    /// The expression for FTS5's `MATCH` over [`search_text`]: all words in any order, each as a prefix. Every
    /// word is quoted and made of letters and digits only, so nothing typed is syntax.
    pub fn fts_expression(&self) -> String {
        self.expression(" *", |_| Vec::new())
    }

    /// The same with whole words but the last, where that is another expression: it costs less.
    pub fn whole_words_first(&self) -> Option<String> {
        let end = self.folded.len() - 1;
        let terms = self.folded.iter().enumerate();
        let terms = terms.map(|(place, term)| term.expression(if place == end { " *" } else { "" }, &[]));
        (end > 0).then(|| terms.collect::<Vec<_>>().join(" AND "))
    }

    /// The same for whole words; what it finds is to be filtered by [`Words::matches_exactly`].
    pub fn exact_fts_expression(&self) -> String {
        self.expression("", |_| Vec::new())
    }

    /// The same as [`Words::fts_expression`] where each word may be another one instead: whole words that
    /// `alternatives` knows. `None` where it knows none.
    pub fn expression_with<E>(
        &self,
        mut alternatives: impl FnMut(&str) -> Result<Vec<String>, E>,
    ) -> Result<Option<String>, E> {
        let mut known = Vec::new();
        for term in &self.folded {
            known.push(term.word.as_deref().map_or(Ok(Vec::new()), &mut alternatives)?);
        }
        if known.iter().all(Vec::is_empty) {
            return Ok(None);
        }
        let mut known = known.into_iter();
        Ok(Some(self.expression(" *", |_| known.next().unwrap_or_default())))
    }

    fn expression(&self, suffix: &str, mut more: impl FnMut(&Term) -> Vec<String>) -> String {
        let terms = self.folded.iter().map(|term| {
            let more = more(term);
            term.expression(suffix, &more)
        });
        terms.collect::<Vec<_>>().join(" AND ")
    }

    /// Whether a record's searchable fields hold all of the words as they were typed: accents count,
    /// case does not.
    pub fn matches_exactly(&self, fields: &Fields, record: &Record) -> bool {
        let mut present = HashSet::new();
        for (kind, text) in searchable(fields, record) {
            present.extend(exact_words(text));
            present.extend(phone_digits(kind, text).map(|digits| digits.to_string()));
        }
        self.exact.iter().all(|term| {
            term.word.as_ref().is_some_and(|word| present.contains(word))
                || term.pieces.iter().all(|piece| present.contains(piece))
                || term.instead.iter().any(|word| present.contains(word))
        })
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Words({})", self.folded.len())
    }
}

impl Term {
    fn of_word(word: &str) -> Self {
        let pieces = match unspaced(word) {
            Some(run) if run.len() > 1 => run.windows(2).map(|pair| pair.iter().collect()).collect(),
            Some(run) => vec![run.into_iter().collect()],
            None => vec![word.to_owned()],
        };
        Self { pieces, instead: Vec::new(), whole: Vec::new(), word: Some(word.to_owned()) }
    }

    fn expression(&self, suffix: &str, more: &[String]) -> String {
        let all = |words: &[String], suffix: &str| {
            format!("\"{}\"{suffix}", words.join(&format!("\"{suffix} AND \"")))
        };
        let pieces = all(&self.pieces, suffix);
        // An end of a number is one however whole the words must be.
        let instead = self.instead.iter().map(|word| {
            let end = if word.starts_with(phone::BACKWARDS) { " *" } else { suffix };
            format!("\"{word}\"{end}")
        });
        let whole = self.whole.iter().map(|word| format!("\"{word}\""));
        let more = more.iter().map(|word| format!("({})", all(&Self::of_word(word).pieces, "")));
        let either: Vec<String> = instead.chain(whole).chain(more).collect();
        match either.as_slice() {
            [] if self.pieces.len() > 1 => format!("({pieces})"),
            [] => pieces,
            either if self.pieces.len() > 1 => format!("(({pieces}) OR {})", either.join(" OR ")),
            either => format!("({pieces} OR {})", either.join(" OR ")),
        }
    }
}

/// The terms of a query. Neighbouring pieces of digits are put together, so that a phone number is found
/// however either side has spelt it; `plus` are the places of words before which a `+` stands.
fn terms(words: &[String], plus: &BTreeSet<usize>) -> Vec<Term> {
    let is_digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let mut terms = Vec::new();
    let mut at = 0;
    while let Some(first) = words.get(at) {
        let begun = at;
        at += 1;
        while is_digits(first) && !plus.contains(&at) && words.get(at).is_some_and(is_digits) {
            at += 1;
        }
        let run = &words[begun..at];
        let joined = run.concat();
        if is_digits(first) && joined.len() >= phone::DIGITS {
            let sought = phone::sought(&joined, plus.contains(&begun));
            let joined = (run.len() > 1).then_some(joined);
            let instead = joined.into_iter().chain(sought.end).collect();
            let whole = sought.whole.into_iter().collect();
            terms.push(Term { pieces: run.to_vec(), instead, whole, word: None });
        } else if is_digits(first) {
            terms.extend(run.iter().map(|word| {
                let end = (word.len() >= phone::END_DIGITS).then(|| phone::backwards(word));
                let instead = end.into_iter().collect();
                Term { pieces: vec![word.clone()], instead, whole: Vec::new(), word: None }
            }));
        } else {
            terms.push(Term::of_word(first));
        }
    }
    terms
}

/// The folded words of a record's searchable fields, a space between them: what the index holds.
pub fn search_text(fields: &Fields, record: &Record) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(256));
    for (kind, text) in searchable(fields, record) {
        push_words(text, &mut words);
        if let Some(digits) = phone_digits(kind, text) {
            push_words(&digits, &mut words);
        }
        if let (Kind::Phone, Some(backwards)) = (kind, phone::indexed(text)) {
            words.push(' ');
            words.push_str(&backwards);
        }
    }
    words
}

/// Appends the words of a text, those of unspaced scripts in pairs of characters.
fn push_words(text: &str, words: &mut String) {
    let mut folded = Zeroizing::new(String::with_capacity(text.len()));
    fold_into(text, &mut folded);
    for word in folded.split_ascii_whitespace() {
        if let Some(run) = unspaced(word) {
            push_pairs(&run, words);
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
}

pub(super) fn searchable<'a>(
    fields: &'a Fields,
    record: &'a Record,
) -> impl Iterator<Item = (Kind, &'a str)> {
    let present = record.present(fields).filter(|(field, _)| field.searchable);
    present.map(|(field, value)| (field.kind, value.expose()))
}

/// A phone number's digits without what stands between them; nothing if nothing does.
fn phone_digits(kind: Kind, text: &str) -> Option<Zeroizing<String>> {
    let number = subscriber_number(text);
    if kind != Kind::Phone || number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Zeroizing::new(number.chars().filter(char::is_ascii_digit).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(given: &[(&str, &str)]) -> Record {
        let unnamed = given.iter().all(|(field, _)| *field != "name");
        let named = given.iter().copied().chain(unnamed.then_some(("name", "N")));
        Record::check(&Fields::standard(), named).unwrap()
    }

    fn expression(text: &str) -> String {
        Words::parse(text).unwrap().fts_expression()
    }

    /// As FTS5 would match, over expressions without phone numbers.
    fn text_of(given: &[(&str, &str)]) -> String {
        search_text(&Fields::standard(), &record(given)).to_string()
    }

    #[test]
    fn all_words_are_sought_each_as_a_prefix_and_nothing_typed_is_syntax() {
        assert_eq!(expression("  Ana  Truj "), "\"ana\" * AND \"truj\" *");
        let syntax = "\"near\" * AND \"a\" * AND \"b\" * AND \"or\" * AND \"c\" *";
        assert_eq!(expression("NEAR(a b) OR \"c\"*"), syntax);
        assert_eq!(Words::parse("Ana Truj").unwrap().exact_fts_expression(), "\"ana\" AND \"truj\"");
    }

    /// Whether SQLite finds a record by what was typed.
    fn finds(given: &[(&str, &str)], typed: &str) -> bool {
        let connection = crate::sealed::sqlite_memory::open_in_memory().unwrap();
        let table = "CREATE VIRTUAL TABLE search USING fts5(
            words, content='', columnsize=0, detail=none, tokenize='ascii', prefix='1 2 3')";
        connection.execute_batch(table).unwrap();
        let text = search_text(&Fields::standard(), &record(given));
        connection.execute("INSERT INTO search(rowid, words) VALUES(1, ?1)", [text.as_str()]).unwrap();
        let sql = "SELECT count(*) FROM search WHERE search MATCH ?1";
        connection.query_row(sql, [expression(typed)], |row| row.get::<_, i64>(0)).unwrap() == 1
    }

    #[test]
    fn a_phone_number_is_found_in_any_spelling() {
        let spellings =
            ["+46 8 123 456 78", "0046 8 12345678", "08-123 456 78", "(08) 12 34 56 78 ext. 5", "0812345678"];
        for stored in spellings {
            for typed in spellings.map(|typed| typed.split(" ext").next().unwrap_or_default()) {
                assert!(finds(&[("phone", stored)], typed), "{stored} by {typed}");
            }
            for part in ["123 456 78", "345678", "5678"] {
                assert!(finds(&[("phone", stored)], part), "{stored} by {part}");
            }
            for other in ["08-123 456 79", "+47 8 123 456 79", "112", "99 345678"] {
                assert!(!finds(&[("phone", stored)], other), "{stored} by {other}");
            }
        }
    }

    /// `+` once counted only at the beginning of a query, and what stood behind a country's code, and perhaps behind the
    /// area's, was sought as the end of anybody's number.
    #[test]
    fn a_countrys_code_is_known_anywhere_and_finds_nobody_elses_number() {
        let anna = [("name", "Anna"), ("phone", "08-123 456")];
        for typed in [
            "anna +46 8 123 456",
            "(+46) 8 123 456",
            "+46 (0)8 123 456",
            "0046 8 123456 anna",
            "+46 08 123456",
        ] {
            assert!(finds(&anna, typed), "{typed}");
        }
        for other in ["040-123 456", "+49 40 123456", "123 456", "+45 8 123 456"] {
            assert!(!finds(&[("phone", other)], "+46 8 123 456"), "{other}");
        }
        assert!(finds(&[("phone", "+39 06 1234567")], "06 1234567"));
        assert!(finds(&[("phone", "06 1234567")], "+39 06 1234567"));
        assert!(finds(&[("phone", "+46 (0)8 123 456")], "+46 8 123 456"));
        assert!(finds(&[("phone", "+46 8 123 456"), ("name", "Bo")], "bo 123 456 +46"));
    }

    #[test]
    fn the_beginning_of_any_word_finds_in_any_order_and_script() {
        let cases = [
            (("name", "Frédérique Citeaux"), "cit fre"),
            (("street", "Keskuskatu 45 B"), "45 kesk"),
            (("name", "Пётр Чайковский"), "чайк петр"),
            (("name", "Ελένη Παπαδοπούλου"), "παπαδ ΕΛΕΝΗ"),
            (("name", "王小明"), "小明"),
            (("name", "王小明"), "王"),
            (("street", "中山北路二段12号"), "北路 12"),
            (("name", "タナカ ハナコ"), "はなこ"),
            (("name", "김민수"), "민수"),
            (("name", "مُحَمَّد الفارسي"), "محمد"),
            (("street", "شارع ١٢٣"), "123 شارع"),
        ];
        for ((field, text), typed) in cases {
            assert!(finds(&[(field, text)], typed), "{text} by {typed}");
        }
        assert!(!finds(&[("name", "王小明")], "王明"));
        assert!(!finds(&[("name", "Anna Lindqvist")], "anna berg"));
    }

    #[test]
    fn only_searchable_fields_are_in_the_index() {
        let text = text_of(&[("notes", "likes tea"), ("card", "4111111111111111"), ("city", "Århus")]);
        assert_eq!(text, "n arhus");
    }

    #[test]
    fn exact_words_are_whole_and_accents_count() {
        let record = record(&[("city", "Ārhus Île-de-France"), ("phone", "030-0074321")]);
        let matches = |text: &str| Words::parse(text).unwrap().matches_exactly(&Fields::standard(), &record);
        for hit in
            ["ārhus", "A\u{304}RHUS n", "île", "france ÎLE", "0300074321", "030 0074321", "030 007 4321"]
        {
            assert!(matches(hit), "{hit}");
        }
        for miss in ["arhus", "ārhu", "ile", "ārhus x"] {
            assert!(!matches(miss), "{miss}");
        }
    }

    #[test]
    fn a_code_is_told_from_words_and_from_a_mistyped_code() {
        let code = CustomerCode::parse("4T-7K3M-Q9TD").unwrap();
        assert_eq!(Query::parse(" 4t-7k3m-q9td "), Ok(Query::Code(code)));
        assert!(matches!(Query::parse("4T7K3MQ9TD"), Ok(Query::CodeOrWords(found, _)) if found == code));
        assert!(matches!(Query::parse("4T 7K3M Q9TD"), Ok(Query::CodeOrWords(found, _)) if found == code));
        assert_eq!(Query::parse("4T-7K3M-Q9TE"), Ok(Query::Mistyped));
        assert_eq!(Query::parse("4T-7K3M-U9TE"), Ok(Query::Mistyped));
        for words in ["Ana Trujillo", "03-0007-4321", "Copenhagen", "4T-7K3M-Q9T", "4T-7K3M-Q9T!"] {
            assert!(matches!(Query::parse(words), Ok(Query::Words(_))), "{words}");
        }
        let Ok(Query::Words(words)) = Query::parse("4t7k3mq9te") else { panic!("words") };
        assert!(words.may_be_a_mistyped_code());
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(Query::parse(" -*- "), Err(QueryError::Empty));
        assert_eq!(Query::parse(&"a ".repeat(33)), Err(QueryError::TooLong));
        assert_eq!(Query::parse(&"a".repeat(1_001)), Err(QueryError::TooLong));
    }

    #[test]
    fn debug_output_holds_no_words() {
        assert_eq!(format!("{:?}", Query::parse("Ana Trujillo").unwrap()), "Words(Words(2))");
    }
}

//! What was typed to look a customer up, and the folding that makes accents and case not matter.
//!
//! Words are folded here, on the way into the index and on the way to it, and not by SQLite: FTS5's
//! `ascii` tokenizer then sees exactly our words, in every version of SQLite.

use std::collections::HashSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};
use zeroize::Zeroizing;

use super::code::{CodeError, CustomerCode};
use super::field::Fields;
use super::kind::{Kind, subscriber_number};
use super::record::Record;

/// Most words of a query.
const WORDS_LIMIT: usize = 32;
/// Longest query, in characters.
const QUERY_LIMIT: usize = 1_000;
/// So many digits typed in several pieces may be one phone number.
const PHONE_DIGITS: usize = 6;

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

/// A word, or pieces of digits that may be one phone number.
#[derive(Clone, PartialEq, Eq)]
struct Term {
    pieces: Vec<String>,
    joined: Option<String>,
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
        Ok(Self { folded: terms(&folded), exact: terms(&exact_words(text)), mistyped_code })
    }

    /// Whether the words may be a mistyped customer code: worth saying when nothing is found.
    pub fn may_be_a_mistyped_code(&self) -> bool {
        self.mistyped_code
    }

    /// The expression for FTS5's `MATCH` over [`search_text`]: all words in any order, the last one as
    /// a prefix. Every word is quoted and made of letters and digits only, so nothing typed is syntax.
    pub fn fts_expression(&self) -> String {
        self.expression(" *")
    }

    /// The same for whole words; what it finds is to be filtered by [`Words::matches_exactly`].
    pub fn exact_fts_expression(&self) -> String {
        self.expression("")
    }

    fn expression(&self, last: &str) -> String {
        let end = self.folded.len() - 1;
        let terms = self.folded.iter().enumerate();
        let terms = terms.map(|(place, term)| term.expression(if place == end { last } else { "" }));
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
            term.pieces.iter().all(|piece| present.contains(piece))
                || term.joined.as_ref().is_some_and(|joined| present.contains(joined))
        })
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Words({})", self.folded.len())
    }
}

impl Term {
    fn expression(&self, suffix: &str) -> String {
        let pieces = format!("\"{}\"{suffix}", self.pieces.join("\" AND \""));
        match &self.joined {
            Some(joined) => format!("({pieces} OR \"{joined}\"{suffix})"),
            None => pieces,
        }
    }
}

/// Puts neighbouring pieces of digits together, so that a phone number is found however either side
/// has spaced it.
fn terms(words: &[String]) -> Vec<Term> {
    let is_digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let mut terms = Vec::new();
    for run in words.chunk_by(|left, right| is_digits(left) && is_digits(right)) {
        let joined = run.concat();
        if run.len() > 1 && joined.len() >= PHONE_DIGITS {
            terms.push(Term { pieces: run.to_vec(), joined: Some(joined) });
        } else {
            terms.extend(run.iter().map(|word| Term { pieces: vec![word.clone()], joined: None }));
        }
    }
    terms
}

/// The folded words of a record's searchable fields, a space between them: what the index holds.
pub fn search_text(fields: &Fields, record: &Record) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(256));
    for (kind, text) in searchable(fields, record) {
        fold_into(text, &mut words);
        if let Some(digits) = phone_digits(kind, text) {
            fold_into(&digits, &mut words);
        }
    }
    words
}

fn searchable<'a>(fields: &'a Fields, record: &'a Record) -> impl Iterator<Item = (Kind, &'a str)> {
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

/// The words of a text without case and accents: letters and digits only, so that FTS5's `ascii`
/// tokenizer leaves each as it is. Folding a folded word changes nothing.
pub fn fold(text: &str) -> Vec<String> {
    let mut words = Zeroizing::new(String::with_capacity(text.len()));
    fold_into(text, &mut words);
    words.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Appends folded words, each after a space but the first.
fn fold_into(text: &str, words: &mut String) {
    let mut between = true;
    for character in text.chars() {
        if character.is_ascii() {
            push_folded(character.to_ascii_lowercase(), &mut between, words);
        } else {
            decompose_compatible(character, |part| {
                for lower in part.to_lowercase() {
                    push_folded(lower, &mut between, words);
                }
            });
        }
    }
}

fn push_folded(character: char, between: &mut bool, words: &mut String) {
    if is_dropped(character) {
        return;
    }
    if !character.is_alphanumeric() {
        *between = true;
        return;
    }
    if std::mem::take(between) && !words.is_empty() {
        words.push(' ');
    }
    match character {
        'ß' => words.push_str("ss"),
        'æ' => words.push_str("ae"),
        'œ' => words.push_str("oe"),
        'þ' => words.push_str("th"),
        'ø' => words.push('o'),
        'ł' => words.push('l'),
        'đ' | 'ð' => words.push('d'),
        'ħ' => words.push('h'),
        'ı' => words.push('i'),
        'ŧ' => words.push('t'),
        'ŋ' => words.push('n'),
        'ς' => words.push('σ'),
        other => words.push(other),
    }
}

/// Accents, and characters that only tell how to draw their neighbours. Vowel signs of scripts that
/// write vowels as marks are letters and stay.
fn is_dropped(character: char) -> bool {
    !character.is_ascii()
        && (canonical_combining_class(character) != 0
            || (is_combining_mark(character) && !character.is_alphanumeric())
            || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
}

/// The words of a text in Unicode's form NFC and lower case.
fn exact_words(text: &str) -> Vec<String> {
    let composed: Zeroizing<String> = Zeroizing::new(text.nfc().flat_map(char::to_lowercase).collect());
    composed
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(given: &[(&str, &str)]) -> Record {
        let named = given.iter().copied().chain([("name", "N")]);
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
    fn words_are_folded_without_case_and_accents() {
        let cases = [
            ("Frédérique CITEAUX", "frederique citeaux"),
            ("Straße Øresund Łódź Đorđe", "strasse oresund lodz dorde"),
            ("Þór Æsir Œuvre ısı İzmir", "thor aesir oeuvre isi izmir"),
            ("C/ Moralzarzal, 86 (5ª)", "c moralzarzal 86 5a"),
            ("L'Aquila—\u{feff}O\u{ad}slo", "l aquila oslo"),
            ("Ελλάς ΕΛΛΆΣ", "ελλασ ελλασ"),
            ("Чайковский Ёлка", "чаиковскии елка"),
            ("ﬁn Ｔｏｋｙｏ", "fin tokyo"),
            ("\"; DROP -- \u{0}", "drop"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text).join(" "), folded, "{text}");
        }
        assert_eq!(fold("हिन्दी").len(), 1);
        assert!(fold(" -\u{301}\u{fe0f} ").is_empty());
    }

    #[test]
    fn all_words_are_sought_and_the_last_one_as_a_prefix() {
        assert_eq!(expression("  Ana  Truj "), "\"ana\" AND \"truj\" *");
        assert_eq!(expression("NEAR(a b) OR \"c\"*"), "\"near\" AND \"a\" AND \"b\" AND \"or\" AND \"c\" *");
        assert_eq!(Words::parse("Ana Truj").unwrap().exact_fts_expression(), "\"ana\" AND \"truj\"");
    }

    #[test]
    fn a_phone_number_is_found_however_it_is_spaced() {
        assert_eq!(text_of(&[("phone", "030-0074321 ext. 5")]), "n 030 0074321 ext 5 0300074321");
        assert_eq!(text_of(&[("phone", "0300074321")]), "n 0300074321");
        let spaced = expression("030-007 4321");
        assert_eq!(spaced, "(\"030\" AND \"007\" AND \"4321\" * OR \"0300074321\" *)");
        assert_eq!(expression("anders 030 0074"), "\"anders\" AND (\"030\" AND \"0074\" * OR \"0300074\" *)");
        assert_eq!(expression("Keskuskatu 45 2"), "\"keskuskatu\" AND \"45\" AND \"2\" *");
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

//! Customers who are known: their names, addresses and numbers, each with the code that is put in its place.
//!
//! What is kept is a hash of each, so that a million of them fit into memory and none is in it in the clear.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use super::folding::fold_into;
use super::labels::is_unspaced;

/// Words of the longest name that is sought.
const WORDS: usize = 8;
/// Between two words of a name stands no more, in bytes: `, ` or a line's end.
const BETWEEN: usize = 16;
/// A name of one word has so many letters.
const ONE_WORD: usize = 3;
/// Fewer digits of a phone number are anybody's.
const PHONE: usize = 6;
/// However it is dialled, the last digits of a phone number are the same.
const PHONE_END: usize = 8;
/// Fewer letters and digits of a number are anybody's.
const NUMBER: usize = 6;
/// What is written as an apostrophe.
const APOSTROPHES: &str = "'\u{2019}\u{2018}\u{2bc}\u{b4}`";

/// Whose something is: nobody's alone, if two have it.
type Whose = Option<Arc<str>>;

/// Customers by what they are known by.
pub struct People {
    known: HashMap<u64, Whose>,
    /// Drawn anew each time: hashes of phone numbers could be tried out otherwise.
    hashing: RandomState,
}

impl std::fmt::Debug for People {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "People({})", self.known.len())
    }
}

/// What a key is of, so that a name is no number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Name,
    Text,
    Phone,
    Number,
    Code,
}

impl People {
    /// Nobody. `hashing` is drawn by the caller.
    pub fn new(hashing: RandomState) -> Self {
        Self { known: HashMap::new(), hashing }
    }

    fn key(&self, of: Of, text: &str) -> u64 {
        self.hashing.hash_one((of, text))
    }

    /// Whether it is a code that was put in place of something.
    pub(super) fn is_code(&self, text: &str) -> bool {
        self.whose(Of::Code, text).is_some()
    }

    fn insert(&mut self, of: Of, text: &str, code: &Arc<str>) {
        let key = self.key(of, text);
        let whose = self.known.entry(key).or_insert_with(|| Some(Arc::clone(code)));
        if whose.as_ref().is_some_and(|known| known != code) {
            *whose = None;
        }
    }

    /// A name: whole, with its last word first, and without the words between its first and its last.
    pub fn add_name(&mut self, name: &str, code: &Arc<str>) {
        self.insert(Of::Code, code, code);
        if !name.contains(char::is_alphabetic) {
            return;
        }
        self.insert_name(name, code);
        if let Some(spelt) = without_points(name) {
            self.insert_name(&spelt, code);
        }
    }

    fn insert_name(&mut self, name: &str, code: &Arc<str>) {
        // "O'Brien" is one word.
        let mut parts = Vec::<Zeroizing<String>>::new();
        for word in words(name) {
            match parts.last_mut().filter(|_| word.is_joined) {
                Some(last) => last.push_str(&word.folded),
                None => parts.push(word.folded),
            }
        }
        let joined = |words: &[&str]| Zeroizing::new(words.join(" "));
        let all: Vec<&str> = parts.iter().map(|word| word.as_str()).collect();
        match all.as_slice() {
            [] => {}
            [one] if one.chars().count() < ONE_WORD && !one.chars().any(is_unspaced) => {}
            [first, .., last] if all.len() <= WORDS => {
                self.insert(Of::Name, &joined(&all), code);
                let turned: Vec<&str> =
                    std::iter::once(*last).chain(all.iter().copied().take(all.len() - 1)).collect();
                self.insert(Of::Name, &joined(&turned), code);
                self.insert(Of::Name, &joined(&[first, last]), code);
            }
            long => self.insert(Of::Name, &joined(long.get(..WORDS).unwrap_or(long)), code),
        }
    }

    /// An address of mail, or another text that is the same in any case.
    pub fn add_text(&mut self, text: &str, code: &Arc<str>) {
        self.insert(Of::Text, &Zeroizing::new(text.to_lowercase()), code);
    }

    /// A phone number in any spelling.
    pub fn add_phone(&mut self, number: &str, code: &Arc<str>) {
        if let Some(end) = phone_end(number) {
            self.insert(Of::Phone, &end, code);
        }
    }

    /// An account's, a card's or a personal number in any spelling.
    pub fn add_number(&mut self, number: &str, code: &Arc<str>) {
        let compact = compact(number);
        if compact.len() >= NUMBER {
            self.insert(Of::Number, &compact, code);
        }
    }

    fn whose(&self, of: Of, text: &str) -> Option<Whose> {
        self.known.get(&self.key(of, text)).cloned()
    }

    /// Whose address or number it is, if it is one person's.
    pub(super) fn of_text(&self, text: &str) -> Option<Arc<str>> {
        let lower = Zeroizing::new(text.to_lowercase());
        self.whose(Of::Text, &lower).or_else(|| self.whose(Of::Number, &compact(text))).flatten()
    }

    /// Whose phone number it is, if it is one person's.
    pub(super) fn of_phone(&self, number: &str) -> Option<Arc<str>> {
        self.whose(Of::Phone, &phone_end(number)?).flatten()
    }

    /// Whether letters and digits are somebody's number, and whose.
    pub(super) fn of_number(&self, compact: &str) -> Option<Whose> {
        if let Some(whose) = self.whose(Of::Number, compact) {
            return Some(whose);
        }
        let is_phone = compact.len() >= PHONE && compact.bytes().all(|byte| byte.is_ascii_digit());
        self.whose(Of::Phone, &phone_end(compact).filter(|_| is_phone)?)
    }

    /// Whether a text is a name from its beginning to its end, and whose.
    pub(super) fn of_name(&self, text: &str) -> Option<Whose> {
        let text = text.trim();
        let (range, whose) = self.named_in(text).pop()?;
        (range == (0..text.len())).then_some(whose)
    }

    /// The names in a text, and whose they are.
    pub(super) fn named_in(&self, text: &str) -> Vec<(Range<usize>, Whose)> {
        let words = words(text);
        let mut found = Vec::new();
        let mut first = 0;
        while let Some(begin) = words.get(first) {
            let mut joined = Zeroizing::new(String::with_capacity(64));
            // The same with "ue" for "ü", once a word has such a letter.
            let mut spelt = None::<Zeroizing<String>>;
            let mut longest = None;
            for (number, word) in words.iter().enumerate().skip(first).take(WORDS) {
                let before = number.checked_sub(1).filter(|_| number > first).and_then(|at| words.get(at));
                if before.is_some_and(|before| !belong_together(text, before.place.end, word.place.start)) {
                    break;
                }
                if word.spelt.is_some() && spelt.is_none() {
                    spelt = Some(joined.clone());
                }
                for (joined, own) in [
                    (Some(&mut joined), &word.folded),
                    (spelt.as_mut(), word.spelt.as_ref().unwrap_or(&word.folded)),
                ] {
                    let Some(joined) = joined else { continue };
                    if number > first && !word.is_joined {
                        joined.push(' ');
                    }
                    joined.push_str(own);
                }
                let named = |joined: &Zeroizing<String>| self.named(joined);
                if let Some(whose) = named(&joined).or_else(|| spelt.as_ref().and_then(named)) {
                    let own = text.get(begin.place.start..word.place.end).unwrap_or_default();
                    // A word that is somebody's name and is written small is a word.
                    if number > first || !own.chars().next().is_some_and(char::is_lowercase) {
                        longest = Some((number, begin.place.start..word.place.end, whose));
                    }
                }
            }
            first = match longest {
                Some((last, range, whose)) => {
                    found.push((range, whose));
                    last + 1
                }
                None => first + 1,
            };
        }
        found
    }

    fn named(&self, joined: &str) -> Option<Whose> {
        // "Anna Lindqvists": whose it is.
        let genitive = || joined.strip_suffix('s').and_then(|name| self.whose(Of::Name, name));
        self.whose(Of::Name, joined).or_else(genitive)
    }
}

/// Whether what stands between two words may stand within a name: no empty line.
fn belong_together(text: &str, end: usize, start: usize) -> bool {
    let between = text.get(end..start).unwrap_or_default();
    let is_of_name =
        |c: char| c.is_whitespace() || ",.-_>\u{2010}\u{2011}".contains(c) || APOSTROPHES.contains(c);
    between.len() <= BETWEEN && between.chars().all(is_of_name) && between.matches('\n').count() < 2
}

/// A word of a text.
struct Word {
    place: Range<usize>,
    folded: Zeroizing<String>,
    /// With "ue" for "ü", where it has such letters.
    spelt: Option<Zeroizing<String>>,
    /// Whether an apostrophe alone joins it to the word before: `O'Brien`.
    is_joined: bool,
}

/// The words of a text. In scripts without spaces every character is one.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::<Word>::new();
    let mut start = None;
    let is_of_word = |c: char| {
        c.is_alphanumeric()
            || is_combining_mark(c)
            || "\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}".contains(c)
    };
    let mut end_word = |from: Option<usize>, to: usize| {
        let Some(from) = from else { return };
        let own = text.get(from..to).unwrap_or_default();
        let before = words.last().and_then(|last| text.get(last.place.end..from)).unwrap_or_default();
        let mut between = before.chars();
        let is_joined = between.next().is_some_and(|c| APOSTROPHES.contains(c)) && between.next().is_none();
        let spelt = without_points(own).map(|spelt| folded(&spelt));
        // "Anna Lindqvist's" is no longer name.
        let is_joined = is_joined && !own.eq_ignore_ascii_case("s");
        words.push(Word { place: from..to, folded: folded(own), spelt, is_joined });
    };
    for (at, character) in text.char_indices() {
        if is_unspaced(character) && is_of_word(character) {
            end_word(start.take(), at);
            end_word(Some(at), at + character.len_utf8());
        } else if is_of_word(character) {
            start = start.or(Some(at));
        } else {
            end_word(start.take(), at);
        }
    }
    end_word(start, text.len());
    words
}

fn folded(text: &str) -> Zeroizing<String> {
    let mut folded = Zeroizing::new(String::with_capacity(text.len()));
    fold_into(text, &mut folded);
    folded
}

/// A name as it is written where there are no letters with points and rings: `Mueller`, `Aase`, `Oestergaard`.
fn without_points(text: &str) -> Option<Zeroizing<String>> {
    if text.is_ascii() {
        return None;
    }
    let mut spelt = Zeroizing::new(String::with_capacity(text.len() + 8));
    let mut changed = false;
    for character in text.nfc() {
        let letters = match character {
            'ä' | 'Ä' => "ae",
            'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
            'ü' | 'Ü' => "ue",
            'å' | 'Å' => "aa",
            _ => {
                spelt.push(character);
                continue;
            }
        };
        spelt.push_str(letters);
        changed = true;
    }
    changed.then_some(spelt)
}

fn compact(number: &str) -> Zeroizing<String> {
    Zeroizing::new(
        number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect(),
    )
}

fn phone_end(number: &str) -> Option<Zeroizing<String>> {
    let digits: Zeroizing<String> = Zeroizing::new(number.chars().filter(char::is_ascii_digit).collect());
    let digits = digits.trim_start_matches('0');
    let end = digits.get(digits.len().saturating_sub(PHONE_END)..)?;
    (end.len() >= PHONE).then(|| Zeroizing::new(end.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Options, Piece, Redactor};

    fn people() -> People {
        let mut people = People::new(RandomState::new());
        let anna: Arc<str> = "1A-ANNA".into();
        people.add_name("Anna Maria Lindqvist", &anna);
        people.add_text("Anna@Example.org", &anna);
        people.add_phone("+46 8 123 456 78", &anna);
        people.add_number("DE89370400440532013000", &anna);
        let bo: Arc<str> = "1A-BO".into();
        people.add_name("Bo Ek", &bo);
        people.add_name("Acme", &bo);
        people.add_name("Hotel 21", &bo);
        people.add_name("李小龙", &bo);
        people.add_number("943 476 5870", &bo);
        people.add_name("Bo Ek", &"1A-OTHER".into());
        people
    }

    fn redacted(text: &str) -> String {
        redacted_of(people(), text)
    }

    fn named(known: &str, text: &str) -> String {
        let mut people = People::new(RandomState::new());
        people.add_name(known, &"1A-KNOWN".into());
        redacted_of(people, text)
    }

    fn redacted_of(people: People, text: &str) -> String {
        let mut pieces = [Piece::new(text, 1, 1)];
        let people = Some(Arc::new(people));
        Redactor::new(Options { people, ..Options::default() }).passage(&mut pieces, "", None);
        pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn a_name_is_known_in_any_case_order_and_without_its_middle() {
        for text in
            ["anna maria lindqvist", "LINDQVIST, Anna Maria", "Anna Lindqvist", "Anna\nMaria Lindqvist"]
        {
            let left = redacted(&format!("Dear {text}, hello"));
            assert_eq!(left.replace('\n', ""), "Dear 1A-ANNA, hello", "{text}");
        }
        assert_eq!(redacted("Anna met Maria Lindqvist"), "Anna met Maria Lindqvist");
        assert_eq!(redacted("给李小龙的信"), "给1A-BO的信");
    }

    #[test]
    fn a_name_is_known_with_and_without_its_apostrophe() {
        for known in ["Sean O'Brien", "Sean OBrien", "Sean O\u{2019}Brien"] {
            for text in ["Sean O'Brien", "OBrien, Sean", "SEAN O\u{2019}BRIEN", "Sean O`Brien"] {
                assert_eq!(named(known, &format!("to {text}.")), "to 1A-KNOWN.", "{known}, {text}");
            }
        }
        assert_eq!(named("Anna Martin", "le chien d'Anna Martin"), "le chien d'1A-KNOWN");
        assert_eq!(named("Anna Martin", "Anna Martin's dog"), "1A-KNOWN's dog");
    }

    #[test]
    fn a_name_is_known_without_points_and_rings_and_with_letters_for_them() {
        for (known, text) in [
            ("Jörg Müller", "Joerg Mueller"),
            ("Joerg Mueller", "JÖRG MÜLLER"),
            ("Jo\u{308}rg Müller", "Jorg Muller"),
            ("Åse Østergård", "Aase Oestergaard"),
            ("Aase Oestergaard", "Østergård, Åse"),
        ] {
            assert_eq!(named(known, &format!("to {text}.")), "to 1A-KNOWN.", "{known}, {text}");
        }
        assert_eq!(named("Michal Novak", "Michael Novak"), "Michael Novak");
    }

    #[test]
    fn what_an_empty_line_parts_is_no_name() {
        assert_eq!(named("Anna Martin", "Anna\nMartin"), "1A-KNOWN\n");
        let apart = "Yours, Anna\n\nMartin will call";
        assert_eq!(named("Anna Martin", apart), apart);
    }

    #[test]
    fn a_name_of_two_customers_is_blacked_out() {
        assert_eq!(redacted("for Bo Ek only"), "for [customer ████] only");
    }

    #[test]
    fn a_name_of_one_word_is_written_large() {
        assert_eq!(redacted("Acme is the acme"), "1A-BO is the acme");
        assert_eq!(redacted("at Hotel 21, room 21"), "at 1A-BO, room 21");
    }

    #[test]
    fn addresses_phones_and_numbers_become_the_code_in_any_spelling() {
        for text in ["ANNA@example.org", "08-123 456 78", "0046 8 12345678", "de89 3704 0044 0532 0130 00"] {
            assert_eq!(redacted(&format!("see {text}.")), "see 1A-ANNA.", "{text}");
        }
        assert_eq!(redacted("Storgatan 12 08-123 456 78"), "Storgatan 12 1A-ANNA");
        assert_eq!(redacted("Anna Lindqvists brev"), "1A-ANNA brev");
        assert_eq!(redacted("ID number 1A-ANNA"), "ID number 1A-ANNA");
        assert_eq!(redacted("file 943-476-5870 of"), "file 1A-BO of");
        assert_eq!(redacted("other@example.org"), "[e-mail ████]");
    }
}

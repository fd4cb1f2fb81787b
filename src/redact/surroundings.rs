//! What stands around a place in a text: the words before and behind, the line, the heading from outside.

use std::ops::Range;

use memchr::{memchr, memrchr};

use super::folding::{BLACK, blacked_out};
use super::labels::{self, Label, Labels, Said};

/// So far before a number its label may stand, in bytes.
pub(super) const BEFORE: usize = 120;
/// So far above a column of numbers its heading may stand, in bytes.
pub(super) const ABOVE: usize = 1_000;
/// So far behind a number its label may stand, in bytes.
const BEHIND: usize = 90;
/// A line in which a number stands alone is no longer, in bytes.
const LINE: usize = 200;
/// A line begins no further before a place, or begins anywhere, in bytes.
const AT_ONCE: usize = 1 << 10;
/// Labels are sought in so much of a line behind a place at once, in bytes.
const AHEAD: usize = 1 << 10;

/// A text, and what is said about it from outside.
pub(super) struct Surroundings<'a> {
    text: &'a str,
    labels: &'a Labels,
    /// What the heading says; nothing if there is none.
    heading: Option<Said>,
    near: Near,
}

/// A line that was looked at, or as much of it as was near, and what of the line before is not another number's.
#[derive(Default)]
struct Near {
    /// From where on labels are known; where the line begins, or what of it was looked at; and where that ends.
    start: usize,
    line: usize,
    end: usize,
    /// The labels that begin between `start` and `known`.
    labels: Vec<Label>,
    known: usize,
    /// The first letter of the line, that was not blacked out.
    letter: Option<usize>,
    /// What the last line with words above says, where that was asked.
    above: Option<Said>,
}

impl<'a> Surroundings<'a> {
    pub fn new(text: &'a str, heading: &str, labels: &'a Labels) -> Self {
        let heading = heading.trim();
        let heading = (!heading.is_empty()).then(|| {
            let words = parted(heading);
            let said = labels.all_of(&words);
            // A key is written in any case: `sin`, `nhs`.
            let said = if said.any == 0 { labels.all_of(&words.to_uppercase()) } else { said };
            // All of a heading is about its column.
            Said { nearest: if said.any == 0 { said.nearest } else { said.any }, ..said }
        });
        Self { text, labels, heading, near: Near::default() }
    }

    /// Looks at the line around a place, unless that was done.
    fn look(&mut self, place: usize) {
        let near = &self.near;
        let reaches_back = (near.line + BEFORE <= place && near.start + BEFORE <= place)
            || near.start < near.line
            || near.line == 0 && near.start == 0;
        let is_in = near.end > 0
            && (near.line..near.end).contains(&place)
            && near.end >= (place + BEHIND).min(self.text.len());
        let line_ends = self.text.as_bytes().get(near.end) == Some(&b'\n') || near.end == self.text.len();
        if near.end > 0 && reaches_back && (near.line..=near.end).contains(&place) && (is_in || line_ends) {
            return;
        }
        let back = self.slice(place.saturating_sub(AT_ONCE), place);
        let line = place - back.len() + memrchr(b'\n', back.as_bytes()).map_or(0, |end| end + 1);
        let line = line.max(self.text.ceil_char_boundary(place.saturating_sub(BEFORE * 2)));
        // Labels stand no further before it, or before any number that follows.
        let reach = self.text.ceil_char_boundary(place.saturating_sub(BEFORE));
        let begins_line = line > 0 && self.text.as_bytes().get(line - 1) == Some(&b'\n');
        let start = if reach > line {
            reach
        } else if begins_line {
            // What a number of the line before did not take.
            let last = self.slice(line.saturating_sub(BEFORE), line - 1);
            let taken = |c: char| c == '\n' || c == BLACK || c.is_ascii_digit();
            line - 1 - last.rsplit(taken).next().unwrap_or_default().len()
        } else {
            line
        };
        let ahead = self.slice(place, place.saturating_add(AHEAD));
        let end = place + memchr(b'\n', ahead.as_bytes()).unwrap_or(ahead.len());
        self.near.labels.clear();
        let letter = letter_in(self.text.get(line..end).unwrap_or_default()).map(|letter| line + letter);
        (self.near.start, self.near.line, self.near.end) = (start, line, end);
        (self.near.known, self.near.letter, self.near.above) = (start, letter, None);
    }

    /// The labels that begin in the part that was looked at, and before a place in it.
    fn labels_to(&mut self, place: usize) -> &[Label] {
        let to = self.text.floor_char_boundary(place.min(self.near.end));
        if to > self.near.known {
            self.labels.find(self.text, self.near.known..to, &mut self.near.labels);
            self.near.known = to;
        }
        &self.near.labels
    }

    /// Whether a letter stands in the line before a place, but for what was blacked out.
    fn has_words_before(&self, place: usize) -> bool {
        self.near.letter.is_some_and(|letter| letter < place)
    }

    /// What the words before a place say: in its line; where a line break parts the label from the number, in the line
    /// before; above a column of numbers; or in the heading.
    pub fn before(&mut self, place: usize) -> Said {
        self.look(place);
        let from = place.saturating_sub(BEFORE);
        if !self.has_words_before(place) {
            let above = match self.near.above {
                Some(known) => known,
                None => self.above(self.near.line),
            };
            self.near.above = Some(above);
            return self.or_heading(above);
        }
        let (text, line) = (self.text, self.near.line);
        let labels = self.labels_to(place);
        let said = labels::before(text, labels, from.max(line), place);
        if said.any != 0 {
            return said;
        }
        let both = labels::before(text, labels, from, place);
        self.or_heading(if both.any == 0 { said } else { both })
    }

    /// What the last line with words says above a place, if all lines between have numbers alone.
    fn above(&self, place: usize) -> Said {
        let lines = self.slice(place.saturating_sub(ABOVE), place.saturating_sub(1));
        let words = lines.rsplit('\n').find(|line| letter_in(line).is_some());
        words.map_or_else(Said::default, |line| {
            let from = self.text.len().min(line.len().saturating_sub(BEFORE));
            self.labels.all_of(line.get(line.ceil_char_boundary(from)..).unwrap_or_default())
        })
    }

    /// What the words say between a place and the number before it: a date of birth has its label to itself.
    pub fn directly_before(&mut self, place: usize) -> Said {
        self.look(place);
        if !self.has_words_before(place) {
            return self.before(place);
        }
        let near = self.slice(self.near.start.max(place.saturating_sub(BEFORE)), place);
        let between = near.rsplit(|c: char| c.is_ascii_digit() || c == BLACK).next().unwrap_or_default();
        if letter_in(between).is_none() {
            return self.before(place);
        }
        let said = labels::before(self.text, self.labels_to(place), place - between.len(), place);
        self.or_heading(said)
    }

    fn or_heading(&self, said: Said) -> Said {
        if said.any == 0 { self.heading.unwrap_or(said) } else { said }
    }

    /// What the words behind a place say, up to the line's end or the next digit.
    pub fn behind(&mut self, place: usize) -> Said {
        self.look(place);
        let near = self.slice(place, place.saturating_add(BEHIND));
        let end = near.find(|c: char| c == '\n' || c == BLACK || c.is_ascii_digit()).unwrap_or(near.len());
        labels::behind(self.labels_to(place + end), place, place + end)
    }

    /// Whether nothing else is written in its line, and no heading says that it is something else.
    pub fn is_alone(&self, range: &Range<usize>) -> bool {
        if self.heading.is_some() {
            return false;
        }
        let before = self.slice(range.start.saturating_sub(LINE), range.start);
        let behind = self.slice(range.end, range.end.saturating_add(LINE));
        let line = memrchr(b'\n', before.as_bytes()).map_or(0, |end| end + 1);
        let before = before.get(line..).unwrap_or_default();
        let line = memchr(b'\n', behind.as_bytes()).unwrap_or(behind.len());
        let behind = behind.get(..line).unwrap_or_default();
        before.len() < LINE - 4
            && behind.len() < LINE - 4
            && !before.contains(char::is_alphanumeric)
            && !behind.contains(char::is_alphanumeric)
    }

    /// Whether a sign of a currency stands beside it that is not the next number's.
    pub fn is_amount(&self, range: &Range<usize>) -> bool {
        const SIGNS: [char; 6] = ['$', '€', '£', '¥', '₴', '%'];
        let before = self.slice(range.start.saturating_sub(8), range.start).trim_end_matches([' ', '\u{a0}']);
        let behind = self.slice(range.end, range.end.saturating_add(8)).trim_start_matches([' ', '\u{a0}']);
        let next = behind.strip_prefix(SIGNS);
        before.ends_with(SIGNS)
            || next.is_some_and(|next| !next.trim_start().starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Whether a sign that parts no words joins it to a number or a code: `0.1234567890`, `1+4123456789`, `#123`.
    pub fn is_tight(&self, range: &Range<usize>) -> bool {
        const JOINTS: &[u8] = b"-./:#+@%";
        let bytes = self.text.as_bytes();
        let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied();
        let is_joint = |sign: Option<u8>| sign.is_some_and(|sign| JOINTS.contains(&sign));
        let has_digit = |run: &mut dyn Iterator<Item = &u8>| {
            run.take_while(|byte| byte.is_ascii_alphanumeric()).take(LINE).any(u8::is_ascii_digit)
        };
        let before = range.start.checked_sub(1);
        let mut left = bytes.get(..before.unwrap_or(0)).unwrap_or_default().iter().rev();
        let mut right = bytes.get(range.end.saturating_add(1)..).unwrap_or_default().iter();
        (is_joint(byte(before)) && has_digit(&mut left))
            || (is_joint(byte(Some(range.end))) && has_digit(&mut right))
            || byte(before).is_some_and(|sign| b"#+@".contains(&sign))
    }

    /// A part of the text, without a character that it would cut.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        let from = self.text.ceil_char_boundary(from);
        let to = self.text.floor_char_boundary(to.min(self.text.len()));
        self.text.get(from..to).unwrap_or_default()
    }
}

/// Whether the line around a place has no words left but those within what was blacked out.
pub(super) fn is_without_words(text: &str, place: usize) -> bool {
    let start = text.floor_char_boundary(place.saturating_sub(AT_ONCE));
    let end = text.floor_char_boundary(place.saturating_add(AHEAD).min(text.len()));
    let (before, behind) = (text.get(start..place), text.get(place..end));
    let (before, behind) = (before.unwrap_or_default(), behind.unwrap_or_default());
    let line = place - memrchr(b'\n', before.as_bytes()).map_or(before.len(), |end| before.len() - end - 1);
    let end = place + memchr(b'\n', behind.as_bytes()).unwrap_or(behind.len());
    letter_in(text.get(line..end).unwrap_or_default()).is_none()
}

/// The first letter of a text that is not within what was blacked out.
fn letter_in(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let letter = from + text.get(from..)?.find(char::is_alphabetic)?;
        let black = text.get(from..letter)?.rfind('[').map(|open| from + open);
        let end = black.and_then(|open| blacked_out(text, open)).filter(|end| *end > letter);
        match end {
            Some(end) => from = end,
            None => return Some(letter),
        }
    }
}

/// A key's words: `customerSsn` as `customer Ssn`.
fn parted(heading: &str) -> String {
    let mut words = String::with_capacity(heading.len() + 8);
    let mut before = ' ';
    for character in heading.chars() {
        if before.is_lowercase() && character.is_uppercase() {
            words.push(' ');
        }
        words.push(character);
        before = character;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_blacked_out_has_no_letters() {
        assert_eq!(letter_in("12 [SSN ████] 3"), None);
        assert_eq!(letter_in("12 [SSN ████] a"), Some(22));
        assert_eq!(letter_in("[see] 1"), Some(1));
        assert_eq!(letter_in(""), None);
    }
}

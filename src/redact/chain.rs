//! Chains: groups of letters and digits that single separators link, among which numbers are sought.

use std::ops::{Range, RangeInclusive};

use super::labels::is_unspaced;

/// Several spaces, or a tab.
pub(super) const WIDE: u8 = b'\t';
/// So many signs part two groups at most.
const GAP: usize = 3;
/// So many signs of Markdown stand before or behind what parts two groups at most: `***` and a `` ` ``.
const MARKS: usize = 4;
/// A number that stands directly behind a word has so many digits at least.
const GLUED: usize = 7;
/// As one directly before a word.
const GLUED_BEFORE: usize = 12;
/// Letters alone join a chain only so many at a time: `AB 12 34 56 C`, `RCC MNL 83S18 D969H`.
const LETTERS: usize = 3;
/// As capitals before the first digit, as of a codice fiscale.
const CAPITALS: usize = 6;
/// So many groups of letters before the first digit.
const LEADING: usize = 3;

/// Letters and digits of ASCII with nothing between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub start: usize,
    pub end: usize,
    /// How many digits are in it.
    pub digits: usize,
    /// A word stands before its first digit without a space.
    pub is_glued: bool,
}

/// Groups and what links them; kept from chain to chain, so that nothing is allocated for most.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub groups: Vec<Group>,
    /// Behind each group but the last: `-` for every dash, ` ` for every space.
    pub separators: Vec<u8>,
    /// Digits of all groups.
    pub digits: usize,
}

/// What separates groups, and how many bytes it has.
pub(super) fn separator(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [byte @ (b' ' | b'-' | b'.' | b'/' | b':' | b'+'), ..] => Some((*byte, 1)),
        [b'\t', ..] => Some((WIDE, 1)),
        // No-break space, soft hyphen, middle dot.
        [0xc2, 0xa0 | 0xad | 0xb7, ..] => Some((b' ', 2)),
        // Spaces of all widths, those without, and marks of direction.
        [0xe2, 0x80, 0x80..=0x8f | 0xa8 | 0xaa..=0xaf, ..]
        | [0xe2, 0x81, 0x9f..=0xa9, ..]
        | [0xe3, 0x80, 0x80, ..]
        | [0xef, 0xbb, 0xbf, ..] => Some((b' ', 3)),
        [0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..] | [0xef, 0xbc, 0x8d, ..] => Some((b'-', 3)),
        _ => None,
    }
}

/// What parts two groups, with the signs that Markdown has for emphasis and code before or behind it; a stroke below
/// alone, as `4111_1111` or `4111\_1111`, is as a space.
fn gap(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        [b'_', next, ..] | [b'\\', b'_', next, ..] if next.is_ascii_alphanumeric() => {
            return Some((b' ', if bytes.first() == Some(&b'_') { 1 } else { 2 }));
        }
        _ => {}
    }
    let before = marks(bytes);
    let (joined, length) = plain_gap(bytes.get(before..)?)?;
    let length = before + length;
    Some((joined, length + marks(bytes.get(length..)?)))
}

/// How many signs of emphasis and code stand there.
fn marks(bytes: &[u8]) -> usize {
    bytes.iter().take(MARKS).take_while(|byte| matches!(byte, b'*' | b'_' | b'`')).count()
}

/// What parts two groups, as one separator: spaces around a dash or a stroke are none, several are a wide one.
fn plain_gap(bytes: &[u8]) -> Option<(u8, usize)> {
    let (mut joined, mut length) = separator(bytes)?;
    for _ in 1..GAP {
        let Some((next, more)) = bytes.get(length..).and_then(separator) else { break };
        joined = match (joined, next) {
            (b' ' | WIDE, b' ' | WIDE) => WIDE,
            (b' ', sign @ (b'-' | b'/')) | (sign @ (b'-' | b'/'), b' ') => sign,
            _ => return None,
        };
        length += more;
    }
    Some((joined, length))
}

/// The separator that ends before a place.
fn separator_before(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    (1..=3).find_map(|length| {
        let rest = bytes.get(at.checked_sub(length)?..at)?;
        separator(rest).filter(|(_, found)| *found == length)
    })
}

/// Whether a letter that is none of ASCII stands on that side: then what looks like a group is a part of a word.
fn touches_a_word(text: &str, start: usize, end: usize) -> bool {
    let is_letter = |c: char| !c.is_ascii() && c.is_alphabetic() && !is_unspaced(c) && !"ºª".contains(c);
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let behind = text.get(end..).and_then(|behind| behind.chars().next());
    before.is_some_and(is_letter) || behind.is_some_and(is_letter)
}

fn group_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len())
}

/// A group from one place to another, unless it is a part of a word in other letters. Of one that a word touches, as
/// where a space is missing, the digits alone.
fn group(text: &str, start: usize, end: usize) -> Option<Group> {
    let own = text.as_bytes().get(start..end)?;
    let digits = own.iter().filter(|byte| byte.is_ascii_digit()).count();
    let before = own.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let behind = own.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    // "DE89370400440532013000" is one whole.
    let is_iban = before == 2 && own.len() >= 15;
    if before >= 2 && !is_iban && digits >= GLUED && digits == own.len() - before {
        return Some(Group { start: start + before, end, digits, is_glued: true });
    }
    if behind >= 2 && digits >= GLUED_BEFORE && digits == own.len() - behind {
        return Some(Group { start, end: end - behind, digits, is_glued: true });
    }
    let touches = touches_a_word(text, start, end);
    let is_glued = touches && digits >= GLUED && digits == own.len();
    (is_glued || !touches).then_some(Group { start, end, digits, is_glued })
}

impl Chain {
    /// Takes up the chain around the digit at a place, no earlier than `from`. Gives where it ends.
    pub fn take_up(&mut self, text: &str, at: usize, from: usize) -> usize {
        let bytes = text.as_bytes();
        self.groups.clear();
        self.separators.clear();
        self.digits = 0;
        let before = bytes.get(from..at).unwrap_or_default();
        let start = at - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let mut end = group_end(bytes, at);
        let Some(first) = group(text, start, end) else { return end };
        self.push(first);
        if !first.is_glued {
            self.take_letters_before(text, from);
        }
        while let Some((separator, length)) = bytes.get(end..).and_then(gap) {
            let start = end + length;
            let next = group_end(bytes, start);
            let Some(group) = group(text, start, next).filter(|_| next > start) else { break };
            if group.is_glued || (group.digits == 0 && next - start > LETTERS) {
                break;
            }
            self.separators.push(separator);
            self.push(group);
            end = next;
        }
        end
    }

    /// Where groups stand, from the first to the last of them.
    pub fn range(&self, groups: RangeInclusive<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.groups.get(*groups.start())?, self.groups.get(*groups.end())?);
        Some(first.start..last.end)
    }

    /// Where the whole chain stands.
    pub fn whole(&self) -> Range<usize> {
        let start = self.groups.first().map_or(0, |group| group.start);
        start..self.groups.last().map_or(0, |group| group.end)
    }

    /// Whether a group of digits as long as the first or the last stands before or behind them: of `9400 1124 0711 3745`
    /// no three are a number.
    pub fn goes_on(&self, first: usize, last: usize) -> bool {
        let alike = |inside: usize, outside: Option<usize>| {
            let outside = outside.and_then(|number| self.groups.get(number));
            self.groups.get(inside).zip(outside).is_some_and(|(inside, outside)| {
                inside.end - inside.start == outside.end - outside.start
                    && outside.digits == outside.end - outside.start
            })
        };
        alike(first, first.checked_sub(1)) || alike(last, last.checked_add(1))
    }

    fn push(&mut self, group: Group) {
        self.digits += group.digits;
        self.groups.push(group);
    }

    fn take_letters_before(&mut self, text: &str, from: usize) {
        let bytes = text.as_bytes();
        for _ in 0..LEADING {
            let Some(first) = self.groups.first().copied() else { return };
            let Some((separator, length)) = separator_before(bytes, first.start) else { return };
            let end = first.start - length;
            let Some(before) = bytes.get(from..end) else { return };
            let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
            let whole = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let own = before.get(end - letters - from..).unwrap_or_default();
            let most = if own.iter().all(u8::is_ascii_uppercase) { CAPITALS } else { LETTERS };
            if letters == 0 || letters > most || whole > letters {
                return;
            }
            let Some(group) = group(text, end - letters, end) else { return };
            self.groups.insert(0, group);
            self.separators.insert(0, separator);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
    use super::*;

    fn chain(text: &str) -> (Vec<String>, String) {
        let mut chain = Chain::default();
        let at = text.find(|c: char| c.is_ascii_digit()).unwrap();
        chain.take_up(text, at, 0);
        let groups = chain.groups.iter().map(|group| text[group.start..group.end].to_owned()).collect();
        (groups, String::from_utf8(chain.separators).unwrap())
    }

    #[test]
    fn single_separators_link_groups() {
        assert_eq!(
            chain("no: 811228-9874, 12"),
            (vec!["811228".to_owned(), "9874".to_owned()], "-".to_owned())
        );
        assert_eq!(chain("811228\u{2013}9874\u{a0}A").1, "- ");
        assert_eq!(chain("12  34 - 56").1, "\t-");
        assert_eq!(chain("12    34").0, ["12"]);
    }

    #[test]
    fn signs_of_markdown_part_no_number() {
        for text in ["4111 1111** 1111 1111", "*4111* *1111* `1111` **1111**", "4111_1111\\_1111·1111"] {
            assert_eq!(
                chain(text),
                (["4111", "1111", "1111", "1111"].map(str::to_owned).to_vec(), "   ".to_owned())
            );
        }
        for text in ["4111 * 1111", "4111*1111", "4111**1111"] {
            assert_eq!(chain(text).0, ["4111"], "{text}");
        }
    }

    #[test]
    fn a_few_letters_belong_to_it_and_words_do_not() {
        assert_eq!(chain("number AB 12 34 56 C of them").0, ["AB", "12", "34", "56", "C", "of"]);
        assert_eq!(chain("X-2482300-W").0, ["X", "2482300", "W"]);
    }

    #[test]
    fn a_part_of_a_word_is_no_group_but_scripts_without_spaces_are_no_words() {
        assert!(chain("é123456").0.is_empty());
        assert_eq!(chain("号码520323197806058856是").0, ["520323197806058856"]);
        assert_eq!(chain("is199003052397.").0, ["199003052397"]);
        assert_eq!(chain("SSN536904399").0, ["536904399"]);
        assert_eq!(chain("4111111111111111EUR").0, ["4111111111111111"]);
        assert_eq!(chain("nº12345678Z").0, ["12345678Z"]);
        assert_eq!(chain("картка4111111111111111").0, ["4111111111111111"]);
        assert_eq!(chain("DE89370400440532013000").0, ["DE89370400440532013000"]);
        assert_eq!(chain("AB8001015009087CD").0, ["AB8001015009087CD"]);
    }
}

//! How pages write text: character references, white space, `%20` in addresses.

use std::ops::Range;

use html5gum::{Token, Tokenizer};
use zeroize::Zeroizing;

use crate::redact::format::segments::{Cursor, Passage};

/// The longest name of a character reference is shorter.
const REFERENCE: usize = 40;

/// Which character references a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum References {
    Without,
    InText,
    /// In the value of an attribute, where a reference without semicolon may be none.
    InAttribute,
}

/// Where a text stands, which says how it is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub references: References,
    /// Whether line breaks and runs of spaces are shown as one space.
    pub collapses: bool,
    /// Whether it is an address.
    pub address: bool,
    /// Whether it is a script, in which characters may be written as `\x34`.
    pub escapes: bool,
}

impl Reading {
    /// As it stands.
    pub(super) const PLAIN: Self =
        Self { references: References::Without, collapses: false, address: false, escapes: false };
}

/// Adds a range of the source to a passage; what is not written as it reads becomes a segment of its own.
pub(super) fn push(
    passage: &mut Passage,
    source: &str,
    range: Range<usize>,
    reading: Reading,
    cursor: &mut Cursor<'_>,
) {
    let mut at = range.start;
    let mut plain = at;
    let mut in_query = false;
    while let Some(rest) = source.get(at..range.end) {
        let Some(found) = rest.find(|character| is_special(character, reading)) else { break };
        at += found;
        let rest = rest.get(found..).unwrap_or_default();
        let special = match rest.as_bytes().first() {
            Some(b'&') => reference(rest, reading.references == References::InAttribute),
            Some(b'%') => escaped(rest),
            Some(b'\\') => script_escape(rest),
            Some(b'?') => {
                // In the others a plus is a plus.
                in_query = !source.get(range.clone()).unwrap_or_default().starts_with("mailto:");
                None
            }
            Some(b'+') => in_query.then(|| (1, " ".to_owned())),
            _ => space(rest),
        };
        let Some((length, text)) = special else {
            at += 1;
            continue;
        };
        passage.push(plain..at, source.get(plain..at).unwrap_or_default(), cursor);
        passage.push(at..at + length, &Zeroizing::new(text), cursor);
        at += length;
        plain = at;
    }
    passage.push(plain..range.end, source.get(plain..range.end).unwrap_or_default(), cursor);
}

/// Digits in braces, at most.
const BRACED: usize = 8;

fn is_special(character: char, reading: Reading) -> bool {
    match character {
        '&' => reading.references != References::Without,
        ' ' | '\n' | '\r' | '\t' | '\x0c' => reading.collapses,
        '%' | '?' | '+' => reading.address,
        '\\' => reading.escapes,
        _ => false,
    }
}

/// A run of white space that is not one space anyway.
fn space(text: &str) -> Option<(usize, String)> {
    let length =
        text.find(|character| !matches!(character, ' ' | '\n' | '\r' | '\t' | '\x0c')).unwrap_or(text.len());
    (text.get(..length) != Some(" ")).then(|| (length, " ".to_owned()))
}

/// A character that is written as `%C3%A9`.
fn escaped(text: &str) -> Option<(usize, String)> {
    let byte = |place: usize| {
        let digits = text.get(3 * place..3 * place + 3)?.strip_prefix('%')?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes = (0..4).map_while(byte).collect::<Vec<_>>();
    let lengths = 1..=bytes.len();
    let character = lengths.into_iter().find_map(|length| std::str::from_utf8(bytes.get(..length)?).ok())?;
    Some((3 * character.len(), character.to_owned()))
}

/// A character that a script writes as `\x34`, `\u0034` or `\u{34}`; a backslash that is written so that it is one.
fn script_escape(text: &str) -> Option<(usize, String)> {
    let rest = text.get(1..)?;
    if rest.starts_with('\\') {
        return Some((2, "\\".to_owned()));
    }
    let (before, digits) = match (rest.get(..1)?, rest.as_bytes().get(1)) {
        ("x", _) => (2, rest.get(1..3)?),
        ("u", Some(b'{')) => {
            let end = rest.bytes().skip(2).take(BRACED + 1).position(|byte| byte == b'}')?;
            (3, rest.get(2..2 + end)?)
        }
        ("u", _) => (2, rest.get(1..5)?),
        _ => return None,
    };
    let is_number =
        (1..=BRACED).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    let character = char::from_u32(code).filter(|character| !character.is_control())?;
    Some((before + digits.len() + usize::from(before == 3), character.to_string()))
}

/// A character reference, with the letters and digits that follow where the semicolon is left out.
fn reference(text: &str, attribute: bool) -> Option<(usize, String)> {
    let rest = text.get(1..)?;
    let name = rest
        .find(|character: char| character != '#' && !character.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let closed = rest.as_bytes().get(name) == Some(&b';');
    let length = 1 + name + usize::from(closed);
    let raw = text.get(..length).filter(|_| (1..=REFERENCE).contains(&name))?;
    let decoded = match raw {
        "&amp;" => "&".to_owned(),
        "&lt;" => "<".to_owned(),
        "&gt;" => ">".to_owned(),
        "&quot;" => "\"".to_owned(),
        "&apos;" => "'".to_owned(),
        "&nbsp;" => "\u{a0}".to_owned(),
        _ if attribute => in_attribute(raw, text.as_bytes().get(length) == Some(&b'='))?,
        _ => in_text(raw),
    };
    (decoded != raw).then_some((length, decoded))
}

fn in_text(raw: &str) -> String {
    let mut text = String::new();
    for token in Tokenizer::new(raw) {
        let Ok(Token::String(part)) = token else { continue };
        text.push_str(&String::from_utf8_lossy(&part));
    }
    text
}

fn in_attribute(raw: &str, equals: bool) -> Option<String> {
    let tag = format!("<a b=\"{raw}{}\">", if equals { "=" } else { "" });
    let tag = Tokenizer::new(tag.as_str()).find_map(|token| match token {
        Ok(Token::StartTag(tag)) => Some(tag),
        _ => None,
    })?;
    let value = tag.attributes.get(&b"b"[..])?;
    let text = String::from_utf8_lossy(value).into_owned();
    Some(text.strip_suffix(if equals { "=" } else { "" })?.to_owned())
}

/// Text as it is written between tags and in quotes.
pub(super) fn encoded(text: &str, quote: Option<char>) -> Zeroizing<String> {
    let mut written = Zeroizing::new(String::with_capacity(text.len() + 16));
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' if quote.is_none() => written.push_str("&gt;"),
            '"' if quote == Some('"') => written.push_str("&quot;"),
            '\'' if quote == Some('\'') => written.push_str("&#39;"),
            _ => written.push(character),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str, reading: Reading) -> String {
        let mut passage = Passage::default();
        push(&mut passage, source, 0..source.len(), reading, &mut Cursor::new(source, 1));
        passage.text().to_string()
    }

    #[test]
    fn references_are_read_as_browsers_do() {
        let reading = Reading { references: References::InText, ..Reading::PLAIN };
        assert_eq!(
            read("&#52;&#x31;&eacute;&notit;&ampx&AMP;&nope;&#;& &", reading),
            "41é¬it;&x&&nope;&#;& &"
        );
        let reading = Reading { references: References::InAttribute, ..reading };
        assert_eq!(read("?a=1&copy=2&#52;&eacute;&amp;&copy", reading), "?a=1&copy=24é&©");
    }

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(read(" a \n\t b\u{a0}c", Reading { collapses: true, ..Reading::PLAIN }), " a b\u{a0}c");
    }

    #[test]
    fn escapes_of_scripts_are_read() {
        let reading = Reading { escapes: true, ..Reading::PLAIN };
        assert_eq!(read(r"\x34\u0031\u{31}\n\\x34\x3\u{\ud83d\", reading), r"411\n\x34\x3\u{\ud83d\");
    }

    #[test]
    fn addresses_are_decoded() {
        let reading = Reading { address: true, ..Reading::PLAIN };
        assert_eq!(read("tel:+49%20%C3%A9?a+b%%4%zz%FF%34", reading), "tel:+49 é?a b%%4%zz%FF4");
    }
}

//! Text of header fields: folded lines and encoded words, as RFC 2047 has them.

use data_encoding::{BASE64, BASE64_NOPAD};
use zeroize::Zeroizing;

use super::{charset, transfer};
use crate::redact::format::segments::{Cursor, Passage};

/// The longest line, as RFC 2047 has it.
const LINE: usize = 76;
/// How many bytes of text one encoded word holds, so that it fits into a line.
const WORD: usize = 42;

/// An encoded word.
struct Word<'a> {
    length: usize,
    charset: &'a str,
    bytes: Zeroizing<Vec<u8>>,
}

/// Takes a field's text from `begin` on apart. Line breaks are no part of it.
pub(super) fn read(text: &str, begin: usize, cursor: &mut Cursor<'_>) -> Result<Passage, &'static str> {
    let mut passage = Passage::default();
    let (mut at, mut plain) = (begin, begin);
    while let Some(rest) = text.get(at..)
        && let Some(found) = rest.find(['\r', '\n', '='])
    {
        at += found;
        let rest = rest.get(found..).unwrap_or_default();
        if rest.starts_with(['\r', '\n']) {
            passage.push(plain..at, text.get(plain..at).unwrap_or_default(), cursor);
            at += 1;
            plain = at;
        } else if let Some(first) = word(rest)? {
            passage.push(plain..at, text.get(plain..at).unwrap_or_default(), cursor);
            at = run(text, at, first, &mut passage, cursor)?;
            plain = at;
        } else {
            at += 1;
        }
    }
    passage.push(plain..text.len(), text.get(plain..).unwrap_or_default(), cursor);
    Ok(passage)
}

/// Encoded words with nothing but white space between them, which is left out. A character may be split over two of
/// the same character set. Gives where they end.
fn run<'a>(
    text: &'a str,
    begin: usize,
    first: Word<'a>,
    passage: &mut Passage,
    cursor: &mut Cursor<'_>,
) -> Result<usize, &'static str> {
    let (mut begin, mut end, mut last) = (begin, begin + first.length, first);
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let next = rest.trim_start();
        let space = rest.len() - next.len();
        match word(next)? {
            Some(next) if next.charset.eq_ignore_ascii_case(last.charset) => {
                last.bytes.extend_from_slice(&next.bytes);
                end += space + next.length;
            }
            other => {
                let decoded = charset::decoded(&last.bytes, Some(last.charset))?;
                passage.push(begin..end, &decoded, cursor);
                let Some(other) = other else { return Ok(end) };
                begin = end + space;
                end = begin + other.length;
                last = other;
            }
        }
    }
}

/// The encoded word that a text begins with: `=?utf-8?B?…?=`.
fn word(text: &str) -> Result<Option<Word<'_>>, &'static str> {
    let Some(rest) = text.strip_prefix("=?") else { return Ok(None) };
    let mut parts = rest.splitn(3, '?');
    let (Some(charset), Some(encoding), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Some(end) = rest.find("?=") else { return Ok(None) };
    let encoded = rest.get(..end).unwrap_or_default();
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + end + 2;
    if charset.contains(char::is_whitespace) || encoded.contains(['\r', '\n']) {
        return Ok(None);
    }
    // A language may follow a star.
    let charset = charset.split('*').next().unwrap_or_default();
    let bytes = match encoding {
        "B" | "b" => {
            let digits = encoded.trim().trim_end_matches('=');
            let decoded = BASE64_NOPAD.decode(digits.as_bytes());
            Zeroizing::new(decoded.map_err(|_| "an encoded word is no base64")?)
        }
        "Q" | "q" => transfer::quoted(encoded.replace('_', " ").as_bytes()),
        _ => return Ok(None),
    };
    Ok(Some(Word { length, charset, bytes }))
}

/// What follows a field's colon, folded; the words that are no plain ASCII are encoded. `used` is the length of the name
/// with its colon.
pub(super) fn written(text: &str, used: usize, line_end: &str) -> Zeroizing<String> {
    let mut written = Zeroizing::new(String::new());
    let mut column = used;
    let mut place = |item: &str| {
        if column + 1 + item.len() > LINE && column > 1 {
            written.push_str(line_end);
            column = 0;
        }
        written.push(' ');
        written.push_str(item);
        column += 1 + item.len();
    };
    let mut encoded = Zeroizing::new(String::new());
    let mut spaces = String::new();
    for word in text.split([' ', '\t']) {
        let is_plain = word.bytes().all(|byte| byte.is_ascii_graphic()) && !word.contains("=?");
        if word.is_empty() {
            spaces.push(' ');
        } else if is_plain {
            encode(&std::mem::take(&mut *encoded), &mut place);
            place(&Zeroizing::new(std::mem::take(&mut spaces) + word));
        } else {
            // White space between two encoded words would be lost, so it is in one of them.
            if !encoded.is_empty() {
                encoded.push(' ');
            }
            encoded.push_str(&std::mem::take(&mut spaces));
            encoded.push_str(word);
        }
    }
    encode(&encoded, &mut place);
    written
}

/// What is put in place of a part of a field that keeps the rest as it is: encoded whole, where the part was; else only
/// what is no plain ASCII, with the bracket before it.
pub(super) fn put(text: &str, was_encoded: bool, line_end: &str) -> Zeroizing<String> {
    let mut written = Zeroizing::new(String::new());
    let mut rest = text;
    while let Some((plain, black, after)) = blacked_out(rest).filter(|_| !was_encoded) {
        written.push_str(plain);
        push_encoded(black, line_end, &mut written);
        rest = after;
    }
    if was_encoded {
        push_encoded(rest, line_end, &mut written);
    } else {
        written.push_str(rest);
    }
    written
}

/// Appends encoded words, each in a line of its own but the first.
fn push_encoded(text: &str, line_end: &str, written: &mut String) {
    let mut is_first = true;
    encode(text, &mut |word: &str| {
        if !std::mem::take(&mut is_first) {
            written.push_str(line_end);
            written.push(' ');
        }
        written.push_str(word);
    });
}

/// The first `[card ████]` of a text, with what stands before it and behind it.
fn blacked_out(text: &str) -> Option<(&str, &str, &str)> {
    let black = text.find('█')?;
    let begin = text.get(..black)?.rfind('[')?;
    let end = black + text.get(black..)?.find(']')? + 1;
    Some((text.get(..begin)?, text.get(begin..end)?, text.get(end..)?))
}

fn encode(text: &str, place: &mut impl FnMut(&str)) {
    let mut rest = text;
    while !rest.is_empty() {
        let end = (0..=rest.len().min(WORD)).rev().find(|end| rest.is_char_boundary(*end));
        let (now, later) = rest.split_at(end.filter(|end| *end > 0).unwrap_or(rest.len()));
        place(&format!("=?utf-8?B?{}?=", BASE64.encode(now.as_bytes())));
        rest = later;
    }
}

//! How JSON writes text: escapes.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::redact::format::segments::{Cursor, Passage};

/// What is wrong with a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It ends with the source.
    Open,
    /// It has a control character at that byte, as a line break is.
    Control(usize),
    /// It has an escape that JSON does not know at that byte.
    Escape(usize),
}

/// Reads what stands between quotes from `begin` on, the escapes as segments of their own; gives the range.
pub(super) fn read(
    source: &str,
    begin: usize,
    cursor: &mut Cursor<'_>,
) -> Result<(Range<usize>, Passage), Bad> {
    let mut passage = Passage::default();
    let mut at = begin;
    loop {
        let rest = source.get(at..).ok_or(Bad::Open)?;
        let plain =
            rest.find(|character| matches!(character, '"' | '\\' | '\0'..='\x1f')).ok_or(Bad::Open)?;
        passage.push(at..at + plain, rest.get(..plain).unwrap_or_default(), cursor);
        at += plain;
        match source.as_bytes().get(at) {
            Some(b'"') => return Ok((begin..at, passage)),
            Some(b'\\') => {
                let (length, character) = escape(source.get(at..).unwrap_or_default())
                    .map_err(|open| if open { Bad::Open } else { Bad::Escape(at) })?;
                passage.push(at..at + length, character.encode_utf8(&mut [0; 4]), cursor);
                at += length;
            }
            _ => return Err(Bad::Control(at)),
        }
    }
}

/// The length of an escape and what it says; whether the source ends in it, if it is none. Half a surrogate pair says
/// nothing that can be read, which is U+FFFD.
fn escape(text: &str) -> Result<(usize, char), bool> {
    let character = match text.as_bytes().get(1).ok_or(true)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\x08',
        b'f' => '\x0c',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = unit(text, 0)?;
            return Ok(match (first, text.get(6..8)) {
                (0xd800..0xdc00, Some("\\u")) => match unit(text, 6)? {
                    second @ 0xdc00..0xe000 => {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        (12, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
                    }
                    _ => (6, char::REPLACEMENT_CHARACTER),
                },
                _ => (6, char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)),
            });
        }
        _ => return Err(false),
    };
    Ok((2, character))
}

/// The four hexadecimal digits of a `\u` that stands there.
fn unit(text: &str, at: usize) -> Result<u32, bool> {
    let digits = text.as_bytes().get(at + 2..at + 6).ok_or(true)?;
    digits.iter().try_fold(0, |unit, digit| {
        char::from(*digit).to_digit(16).map(|digit| unit * 16 + digit).ok_or(false)
    })
}

/// Text as it stands between quotes.
pub(super) fn encoded(text: &str) -> Zeroizing<String> {
    // A text has nothing that could not be written as JSON.
    let quoted = Zeroizing::new(serde_json::to_string(text).unwrap_or_default());
    Zeroizing::new(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned())
}

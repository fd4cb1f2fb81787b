//! Files that are read line by line: text of any size, in little memory.

use std::io::{self, BufRead, Read as _};

use memchr::memchr;

use super::Refused;
use crate::redact::bytes::line_breaks;

/// The longest line or row, in bytes.
pub(super) const LONGEST: usize = 16 << 20;

/// Why a file that is read line by line was not rewritten to its end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The file is refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It could not be read, or what was rewritten could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was blacked out was found again in the output, which is held back from there on.
    #[error("line {line} still identifies somebody")]
    Remains {
        /// From 1.
        line: u64,
    },
}

/// Appends the next line with its end to `line`. Whether there is more to read after it.
pub(super) fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<Line, io::Error> {
    // One byte more than fits tells a line that fits exactly from one that is too long.
    let room = (LONGEST + 1).saturating_sub(line.len());
    let read = input.take(room as u64).read_until(b'\n', line)?;
    Ok(match read {
        0 if room > 0 => Line::End,
        _ if line.len() > LONGEST => Line::TooLong,
        _ => Line::Read,
    })
}

/// What [`read_line`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, which may be the last.
    Read,
    /// The file's end.
    End,
    /// A line that is longer than [`LONGEST`], with what was there before.
    TooLong,
}

/// What went wrong in memory, where nothing is read and nothing can't be written.
pub(super) fn in_memory(stopped: Stopped, format: &'static str) -> Refused {
    match stopped {
        Stopped::Refused(refused) => refused,
        Stopped::Io(_) | Stopped::Remains { .. } => {
            Refused::Damaged { format, why: "it could not be read to its end".to_owned() }
        }
    }
}

/// The text of bytes that are all UTF-8 and hold no zero byte, which would be UTF-16 or no text at all.
pub(super) fn text<'a>(bytes: &'a [u8], format: &'static str, first_line: u64) -> Result<&'a str, Refused> {
    readable(bytes, true).map_err(|(before, what)| {
        let line = first_line + line_breaks(before.as_bytes());
        Refused::Damaged { format, why: format!("line {line} has {what}") }
    })
}

/// What of bytes is text: all but a character that is not read to its end, where more is to come. What is none is told with
/// the text before it.
pub(super) fn readable(bytes: &[u8], is_last: bool) -> Result<&str, (&str, &'static str)> {
    let (text, whole) = match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let is_cut = error.error_len().is_none() && !is_last;
            (simdutf8::basic::from_utf8(valid).unwrap_or_default(), is_cut)
        }
    };
    match memchr(0, text.as_bytes()) {
        None if whole => Ok(text),
        None => Err((text, "bytes that are no UTF-8")),
        Some(zero) => {
            Err((text.get(..zero).unwrap_or_default(), "a zero byte, so it is no text, or text in UTF-16"))
        }
    }
}

//! E-mail: headers and parts, each in its own encoding.

mod body;
mod charset;
mod entity;
mod field;
mod multipart;
mod parameters;
#[cfg(test)]
mod tests;
mod transfer;
mod words;

use std::ops::Range;

use super::segments::Edits;
use super::{Refused, Rewritten};
use crate::redact::Redactor;
use crate::redact::bytes::line_breaks;

/// How its format is named.
const MAIL: &str = "e-mail";
/// How deep parts and messages may lie in each other.
const DEPTH: usize = 10;

/// Rewrites a message with all its parts.
pub fn rewrite(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    let mut mail = Mail { source, redactor, edits: Edits::default(), counted: (0, 1) };
    mail.message(0..source.len(), "part", 0)?;
    Ok(mail.edits.apply(source))
}

fn damaged(line: u64, what: &str) -> Refused {
    Refused::Damaged { format: MAIL, why: format!("line {line}: {what}") }
}

/// A message on the way through its parts.
struct Mail<'a> {
    source: &'a [u8],
    redactor: &'a mut Redactor,
    edits: Edits,
    /// A byte, and the line that it is in.
    counted: (usize, u64),
}

impl<'a> Mail<'a> {
    /// The line of a byte.
    fn line(&mut self, at: usize) -> u64 {
        if at < self.counted.0 {
            self.counted = (0, 1);
        }
        let passed = self.source.get(self.counted.0..at).unwrap_or_default();
        self.counted = (at, self.counted.1 + line_breaks(passed));
        self.counted.1
    }

    fn bytes(&self, range: Range<usize>) -> &'a [u8] {
        self.source.get(range).unwrap_or_default()
    }

    /// A message that must have headers.
    fn message(&mut self, range: Range<usize>, path: &str, depth: usize) -> Result<(), Refused> {
        let line = self.line(range.start);
        if self.bytes(range.clone()).first().is_none_or(u8::is_ascii_whitespace) {
            return Err(damaged(line, "a header is missing"));
        }
        self.entity(range, path, depth, "text/plain")
    }
}

/// The lines of a range of the source, each with its line end.
fn lines(source: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let rest = source.get(at..range.end).filter(|rest| !rest.is_empty())?;
        let begin = at;
        at += rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |found| found + 1);
        Some(begin..at)
    })
}

/// How lines end there.
fn line_end(bytes: &[u8]) -> &'static str {
    let first = bytes.iter().position(|byte| *byte == b'\n');
    let is_short = first.is_some_and(|at| at == 0 || bytes.get(at - 1) != Some(&b'\r'));
    if is_short { "\n" } else { "\r\n" }
}

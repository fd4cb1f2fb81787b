//! JSON, one document or one a line: its strings, keys and numbers.

mod number;
mod scan;
mod string;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};

use zeroize::Zeroizing;

use super::segments::Origin;
use super::stream::{Line, Stopped, read_line, text};
use super::{Refused, Rewritten};
use crate::redact::Redactor;
use scan::Scan;

/// How its format is named.
const JSON: &str = "JSON";

/// Rewrites JSON in memory: one document, or several, each of which begins a line.
pub fn rewrite(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    rewrite_part(source, redactor, Origin::FILE)
}

/// Rewrites JSON that is a part of another file.
pub(super) fn rewrite_part(source: &[u8], redactor: &mut Redactor, origin: Origin<'_>) -> Rewritten {
    let source = text(source, JSON, origin.line)?;
    Scan::new(source, redactor, origin).rewrite()
}

/// Rewrites JSON Lines of any size, one document a line: `output` is given one line after the other. What it got is
/// nothing to keep if the file is refused after all.
pub fn rewrite_lines(
    input: &mut dyn BufRead,
    output: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    redactor: &mut Redactor,
) -> Result<(), Stopped> {
    let mut line = Zeroizing::new(Vec::new());
    let mut number = 1;
    loop {
        match read_line(input, &mut line)? {
            Line::End => return Ok(()),
            Line::TooLong => {
                let why = format!("line {number} is longer than 16 MiB");
                return Err(Refused::Damaged { format: JSON, why }.into());
            }
            Line::Read => {}
        }
        output(&rewrite_part(&line, redactor, Origin { part: None, line: number })?)?;
        line.clear();
        number += 1;
    }
}

//! Parts between boundaries.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{MAIL, Mail, damaged, lines};
use crate::redact::Piece;
use crate::redact::format::segments::lost_breaks;
use crate::redact::format::{Refused, stream};

/// What a line is among parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    Between,
    Last,
}

impl Mail<'_> {
    /// Rewrites the parts of a body; `kind` is `mixed` or the like.
    pub(super) fn multipart(
        &mut self,
        body: Range<usize>,
        kind: &str,
        boundary: Option<&str>,
        path: &str,
        depth: usize,
    ) -> Result<(), Refused> {
        let line = self.line(body.start);
        match kind {
            "signed" => return Err(Refused::Format { what: "a signed message".to_owned() }),
            "encrypted" => return Err(Refused::Format { what: "an encrypted message".to_owned() }),
            _ => {}
        }
        let boundary = boundary.filter(|boundary| !boundary.is_empty());
        let boundary = boundary.ok_or_else(|| damaged(line, "parts without a boundary"))?.to_owned();
        let mut parts = Vec::new();
        let mut begin = body.start;
        let mut last = None;
        for line in lines(self.source, body.clone()) {
            let Some(met) = boundary_of(self.bytes(line.clone()), boundary.as_bytes()) else { continue };
            parts.push(begin..line.start);
            begin = line.end;
            if met == Boundary::Last {
                last = Some(line.end..body.end);
                break;
            }
        }
        let epilogue =
            last.ok_or_else(|| damaged(line, "parts begin there whose last boundary is missing"))?;
        let default = if kind == "digest" { "message/rfc822" } else { "text/plain" };
        for (number, part) in parts.into_iter().enumerate() {
            if number == 0 {
                self.around(part)?;
            } else {
                let part = part.start..self.before_break(part.clone());
                let path = if path == "part" { format!("part {number}") } else { format!("{path}.{number}") };
                self.entity(part, &path, depth + 1, default)?;
            }
        }
        self.around(epilogue)
    }

    /// The line break before a boundary belongs to the boundary.
    fn before_break(&self, part: Range<usize>) -> usize {
        let bytes = self.bytes(part.clone());
        let short = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        part.start + short.strip_suffix(b"\r").unwrap_or(short).len()
    }

    /// Text before the first boundary or after the last, which readers do not show.
    fn around(&mut self, range: Range<usize>) -> Result<(), Refused> {
        let line = self.line(range.start);
        let source = self.source;
        let text = stream::text(source.get(range.clone()).unwrap_or_default(), MAIL, line)?;
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut pieces = [Piece::new(text, line, 1)];
        self.redactor.passage(&mut pieces, "", None);
        let [piece] = pieces;
        if piece.changed {
            let mut written = Zeroizing::new(piece.text.to_string());
            written.push_str(&lost_breaks(text, &piece.text));
            self.edits.put(range, written);
        }
        Ok(())
    }
}

fn boundary_of(line: &[u8], boundary: &[u8]) -> Option<Boundary> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(Boundary::Between),
        b"--" => Some(Boundary::Last),
        _ => None,
    }
}

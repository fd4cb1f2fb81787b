//! Text as a source keeps it, in segments: what each says, where it stands, and what is put in its place.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::redact::kind::CUSTOMER;
use crate::redact::{Piece, Place, Redactor};

/// The longest label, in characters.
const LABEL: usize = 200;
/// The longest part of a name that stands in two cells, in bytes.
const NAME: usize = 200;

/// Where a source stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The part of the file that it is, as a finding names it.
    pub part: Option<&'a str>,
    /// The number of its first line.
    pub line: u64,
}

impl Origin<'_> {
    /// The whole file.
    pub(super) const FILE: Self = Origin { part: None, line: 1 };
}

/// Counts lines and columns on the way through a source.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    source: &'a str,
    first: u64,
    at: usize,
    line: u64,
    column: u64,
}

impl<'a> Cursor<'a> {
    /// At the beginning, which is in that line. A byte order mark is in no column.
    pub(super) fn new(source: &'a str, line: u64) -> Self {
        let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { source, first: line, at, line, column: 1 }
    }

    /// The line and the column of a byte, both from 1.
    pub(super) fn place(&mut self, at: usize) -> (u64, u64) {
        if at < self.at {
            *self = Self::new(self.source, self.first);
        }
        let passed = self.source.get(self.at..at).unwrap_or_default();
        match passed.rsplit_once('\n') {
            None => self.column += passed.chars().count() as u64,
            Some((lines, last)) => {
                self.line += 1 + lines.matches('\n').count() as u64;
                self.column = 1 + last.chars().count() as u64;
            }
        }
        self.at = self.at.max(at);
        (self.line, self.column)
    }
}

/// What is put in place of parts of a source. All else stays byte for byte.
#[derive(Debug, Default)]
pub(super) struct Edits {
    edits: Vec<(Range<usize>, Zeroizing<String>)>,
}

impl Edits {
    pub(super) fn put(&mut self, range: Range<usize>, text: Zeroizing<String>) {
        self.edits.push((range, text));
    }

    /// The source with all that was put.
    pub(super) fn apply(mut self, source: &[u8]) -> Zeroizing<Vec<u8>> {
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut written = Zeroizing::new(Vec::with_capacity(source.len() + 16 * self.edits.len()));
        let mut at = 0;
        for (range, text) in &self.edits {
            written.extend_from_slice(source.get(at..range.start).unwrap_or_default());
            written.extend_from_slice(text.as_bytes());
            at = at.max(range.end);
        }
        written.extend_from_slice(source.get(at..).unwrap_or_default());
        written
    }
}

/// A segment after redaction.
#[derive(Debug)]
pub(super) struct Segment {
    /// Where it stands in the source.
    pub range: Range<usize>,
    /// What it says now, decoded.
    pub text: Zeroizing<String>,
    /// Whether that is something else than before.
    pub changed: bool,
}

/// Segments that are read as one text.
#[derive(Debug, Default)]
pub(super) struct Passage {
    pieces: Vec<Piece>,
    ranges: Vec<Range<usize>>,
}

impl Passage {
    /// Adds a segment of the source that says `text`.
    pub(super) fn push(&mut self, range: Range<usize>, text: &str, cursor: &mut Cursor<'_>) {
        if !text.is_empty() {
            let (line, column) = cursor.place(range.start);
            self.pieces.push(Piece::new(text, line, column));
            self.ranges.push(range);
        }
    }

    /// What it says.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.pieces.iter().map(|piece| piece.text.as_str()).collect())
    }

    /// Whether there is nothing in it but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.pieces.iter().all(|piece| piece.text.trim().is_empty())
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.ranges.clear();
    }

    /// Hands it to the redactor and gives its segments back; it is empty then.
    pub(super) fn redact(
        &mut self,
        redactor: &mut Redactor,
        label: &str,
        part: Option<&str>,
    ) -> impl Iterator<Item = Segment> {
        let (mut pieces, ranges) = (std::mem::take(&mut self.pieces), std::mem::take(&mut self.ranges));
        if !pieces.is_empty() {
            redactor.passage(&mut pieces, label, part);
        }
        pieces.into_iter().zip(ranges).map(|(piece, range)| Segment {
            range,
            text: piece.text,
            changed: piece.changed,
        })
    }

    /// Hands it to the redactor and puts what was changed into `edits`, encoded. A line break that went with what was
    /// found is put back, so that all that follows stays in its line.
    pub(super) fn rewrite(
        &mut self,
        source: &str,
        (redactor, label, part): (&mut Redactor, &str, Option<&str>),
        edits: &mut Edits,
        encode: impl Fn(&str) -> Zeroizing<String>,
    ) {
        for segment in self.redact(redactor, label, part) {
            if segment.changed && !segment.range.is_empty() {
                let raw = source.get(segment.range.clone()).unwrap_or_default();
                let mut text = encode(&segment.text);
                let breaks = lost_breaks(raw, &text);
                text.push_str(&breaks);
                edits.put(segment.range, text);
            }
        }
    }
}

/// A cell or a value in which nothing was found, and which may be a part of a name.
#[derive(Debug)]
pub(super) struct NamePart {
    pub range: Range<usize>,
    /// What it says.
    pub said: Zeroizing<String>,
    pub line: u64,
    pub column: u64,
}

/// What is put in place of both, if they are together a customer's name who is known: first name and last.
pub(super) fn name_of_two(
    redactor: &mut Redactor,
    parts: [&NamePart; 2],
    part: Option<&str>,
) -> Option<Zeroizing<String>> {
    let options = redactor.options();
    let people = options.people.as_ref().filter(|_| options.wants(CUSTOMER))?;
    let [first, last] = parts.map(|own| own.said.trim());
    if [first, last].iter().any(|own| own.is_empty() || own.len() > NAME) {
        return None;
    }
    let whose = people.of_name(&Zeroizing::new(format!("{first} {last}")))?;
    let shown = whose.map_or_else(|| format!("[{} ████]", CUSTOMER.shown), |code| code.to_string());
    for own in parts {
        let (line, column) = (own.line, own.column);
        redactor.found(CUSTOMER, || Place { part: part.map(str::to_owned), line, column });
    }
    Some(Zeroizing::new(shown))
}

/// As much of a text as a label is made of.
pub(super) fn as_label(text: &str) -> Zeroizing<String> {
    if is_blacked_out(text) {
        return Zeroizing::default();
    }
    Zeroizing::new(text.trim().chars().take(LABEL).collect())
}

/// Whether something in a text was blacked out. `[card ████]` is no label of what is beside it: else a result that is
/// read again would have labels that the source had not.
pub(super) fn is_blacked_out(text: &str) -> bool {
    text.contains('█')
}

/// The line breaks that `raw` has and `text` has no more.
pub(super) fn lost_breaks(raw: &str, text: &str) -> String {
    let lost = raw.matches('\n').count().saturating_sub(text.matches('\n').count());
    if raw.contains("\r\n") { "\r\n".repeat(lost) } else { "\n".repeat(lost) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_counts_characters_and_lines() {
        let mut cursor = Cursor::new("\u{feff}é4\nab", 7);
        assert_eq!(cursor.place(3), (7, 1));
        assert_eq!(cursor.place(5), (7, 2));
        assert_eq!(cursor.place(8), (8, 2));
        assert_eq!(cursor.place(3), (7, 1), "and back");
    }

    #[test]
    fn line_breaks_that_went_are_put_back() {
        assert_eq!(lost_breaks("1\r\n2\r\n3", "[a]\r\n"), "\r\n");
        assert_eq!(lost_breaks("1\n2", "[a]\n"), "");
    }
}

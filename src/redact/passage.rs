//! A passage: pieces that are read as one text, and what is put in place of what was found in it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::mpsc::Sender;

use zeroize::Zeroizing;

use super::bytes::line_breaks;
use super::kind::Kind;
use super::options::Options;
use super::rounds::{Rounds, is_break};
use super::scan::scan;

/// So often a passage is read again for what came near its label.
const PASSES: usize = 8;

/// A text that the source keeps in one place: a line, a cell, a string, a run of a paragraph.
#[derive(Debug)]
pub struct Piece {
    /// What it says, decoded. What the redactor leaves here is to be encoded again.
    pub text: Zeroizing<String>,
    /// Whether the redactor changed it: what it did not change is to stay as it was, byte by byte.
    pub changed: bool,
    /// Where it begins, from 1: a line of a text, or a paragraph or a row of an office file.
    pub line: u64,
    /// The character in that line, from 1; of a cell, the number of its column.
    pub column: u64,
    /// Whether it is a cell, in which characters are not counted.
    pub is_cell: bool,
}

impl Piece {
    /// A piece that begins there.
    pub fn new(text: &str, line: u64, column: u64) -> Self {
        Self { text: Zeroizing::new(text.to_owned()), changed: false, line, column, is_cell: false }
    }

    /// A cell of a sheet.
    pub fn cell(text: &str, row: u64, column: u64) -> Self {
        Self { is_cell: true, ..Self::new(text, row, column) }
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The part of a file that has parts: `word/header1.xml`, a sheet's name.
    pub part: Option<String>,
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
}

/// Something that identifies. Says what and where, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub place: Place,
}

/// Finds and blacks out; keeps what it found.
#[derive(Debug)]
pub struct Redactor {
    options: Options,
    findings: Vec<Finding>,
    counts: BTreeMap<Kind, u64>,
    /// Whether findings are kept, and not only counted.
    keeps: bool,
    /// Who is told each finding at once, in place of its being kept.
    told: Option<Sender<Finding>>,
    remains: bool,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Redactor {
    /// One that seeks what the options say.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            findings: Vec::new(),
            counts: BTreeMap::new(),
            keeps: true,
            told: None,
            remains: false,
        }
    }

    /// Blacks out what identifies in pieces that are read as one text, nothing between them. `label` is what says what
    /// it is from outside: a column's heading, a JSON key, the cell to the left; empty where nothing does.
    pub fn passage(&mut self, pieces: &mut [Piece], label: &str, part: Option<&str>) {
        let whole = |pieces: &[Piece]| {
            Zeroizing::new(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>())
        };
        let text = whole(pieces);
        let mut hits = scan(&text, label, &self.options);
        if hits.is_empty() {
            return;
        }
        let places = Places::of(pieces);
        let mut rounds = Rounds::default();
        let mut now = text.clone();
        for _ in 0..=PASSES {
            let replacements: Vec<_> = hits
                .iter()
                .map(|hit| {
                    let own = now.get(hit.range.clone()).unwrap_or_default();
                    (hit.range.clone(), self.options.replacement(hit, own))
                })
                .collect();
            rounds.take(hits.iter().zip(&replacements).map(|(hit, (_, replacement))| {
                let own = now.get(hit.range.clone()).unwrap_or_default();
                (hit, replacement.len() + own.chars().filter(|c| is_break(*c)).count())
            }));
            replace(pieces, &replacements);
            now = whole(pieces);
            hits = scan(&now, label, &self.options);
            if hits.is_empty() {
                break;
            }
        }
        let mut counted = places.counted(&text);
        for (at, kind) in rounds.found() {
            self.found(kind, || counted.at(at, part));
        }
        if hits.is_empty() {
            return;
        }
        // Nothing of it may leave.
        for piece in pieces {
            let black = piece.text.chars().map(|c| if c.is_alphanumeric() { '█' } else { c }).collect();
            piece.text = Zeroizing::new(black);
            piece.changed = true;
        }
        self.remains = true;
    }

    /// Keeps no findings from now on: of a text without end they have no end.
    #[must_use]
    pub fn that_counts(mut self) -> Self {
        self.keeps = false;
        self
    }

    /// Sends its findings on from now on, and keeps none.
    #[must_use]
    pub fn that_tells(mut self, told: Sender<Finding>) -> Self {
        self.told = Some(told);
        self
    }

    /// How many of each kind were found by now.
    pub fn counts(&self) -> &BTreeMap<Kind, u64> {
        &self.counts
    }

    /// How many were found by now, kept or not.
    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(super) fn found(&mut self, kind: Kind, place: impl FnOnce() -> Place) {
        *self.counts.entry(kind).or_default() += 1;
        if let Some(told) = &self.told {
            // Whoever no longer listens does not want to know.
            let _ = told.send(Finding { kind, place: place() });
        } else if self.keeps {
            self.findings.push(Finding { kind, place: place() });
        }
    }

    /// Takes back what was found since there were so many findings.
    pub(super) fn take_since(&mut self, first: usize) -> Vec<Finding> {
        let taken = self.findings.split_off(first.min(self.findings.len()));
        for finding in &taken {
            if let Some(count) = self.counts.get_mut(&finding.kind) {
                *count = count.saturating_sub(1);
            }
        }
        self.counts.retain(|_, count| *count > 0);
        taken
    }

    /// What is sought.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether something was left in a passage after all rounds: what is written of it must not leave.
    pub fn remains(&self) -> bool {
        self.remains
    }

    /// What was found by now, in the order in which it was read.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Where pieces begin in the text that they are together, and in their source.
pub(super) struct Places {
    begins: Vec<Begin>,
}

/// A place in a text, and in its source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begin {
    at: usize,
    pub line: u64,
    column: u64,
    is_cell: bool,
}

impl Begin {
    /// Of a text that begins there.
    pub fn of(line: u64, column: u64) -> Self {
        Self { at: 0, line, column, is_cell: false }
    }

    /// Goes on to where what was read ends. Characters of a cell are not counted.
    pub fn go_on(&mut self, read: &str) {
        if self.is_cell {
            return;
        }
        match read.rsplit_once('\n') {
            None => self.column += read.chars().count() as u64,
            Some((lines, last)) => {
                self.line += 1 + line_breaks(lines.as_bytes());
                self.column = 1 + last.chars().count() as u64;
            }
        }
    }
}

impl Places {
    pub fn of(pieces: &[Piece]) -> Self {
        let mut at = 0;
        let begins = pieces.iter().map(|piece| {
            let begin = Begin { at, line: piece.line, column: piece.column, is_cell: piece.is_cell };
            at += piece.text.len();
            begin
        });
        Self { begins: begins.collect() }
    }

    /// Of a text that is one piece.
    pub fn from(begin: Begin) -> Self {
        Self { begins: vec![Begin { at: 0, ..begin }] }
    }

    /// Counts lines and columns in the text.
    pub fn counted(self, text: &str) -> Counted<'_> {
        let first = self.begins.first().copied();
        let now = first.unwrap_or(Begin::of(1, 1));
        Counted { text, begins: self.begins, number: 0, now }
    }
}

/// Tells lines and columns of places that are asked for from the first to the last.
pub(super) struct Counted<'a> {
    text: &'a str,
    begins: Vec<Begin>,
    /// The piece to which it was counted, and the place in it.
    number: usize,
    now: Begin,
}

impl Counted<'_> {
    pub fn at(&mut self, at: usize, part: Option<&str>) -> Place {
        let number = self.begins.partition_point(|begin| begin.at <= at).saturating_sub(1);
        if let Some(begin) = self.begins.get(number).filter(|_| number > self.number) {
            (self.number, self.now) = (number, *begin);
        }
        self.now.go_on(self.text.get(self.now.at..at).unwrap_or_default());
        self.now.at = at.max(self.now.at);
        Place { part: part.map(str::to_owned), line: self.now.line, column: self.now.column }
    }
}

/// Puts texts in place of ranges of the whole text, given from the first to the last: each in the piece in which it
/// begins; what of it stands in the pieces that follow goes, but for line breaks.
fn replace(pieces: &mut [Piece], replacements: &[(Range<usize>, Zeroizing<String>)]) {
    let mut begin = 0;
    for piece in pieces {
        let end = begin + piece.text.len();
        let first = replacements.partition_point(|(range, _)| range.end <= begin);
        let own = replacements.get(first..).unwrap_or_default();
        let own = own.iter().take_while(|(range, _)| range.start < end);
        let mut text = Zeroizing::new(String::with_capacity(piece.text.len() + 64));
        let mut kept = 0;
        let mut changed = false;
        for (range, replacement) in own {
            let (from, to) = (range.start.max(begin) - begin, range.end.min(end) - begin);
            text.push_str(piece.text.get(kept..from).unwrap_or_default());
            if range.start >= begin {
                text.push_str(replacement);
            }
            text.extend(piece.text.get(from..to).unwrap_or_default().chars().filter(|c| is_break(*c)));
            kept = to;
            changed = true;
        }
        if changed {
            text.push_str(piece.text.get(kept..).unwrap_or_default());
            piece.text = text;
            piece.changed = true;
        }
        begin = end;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
    use super::*;

    #[test]
    fn what_stands_in_several_pieces_is_put_into_the_first_of_them() {
        let mut pieces =
            [Piece::new("pay 4111 11", 3, 5), Piece::new("11 1111", 3, 20), Piece::new(" 1111 now", 3, 30)];
        let mut redactor = Redactor::default();
        redactor.passage(&mut pieces, "", Some("body"));
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["pay [card ████]", "", " now"]);
        assert!(pieces.iter().all(|piece| piece.changed));
        let place = Place { part: Some("body".to_owned()), line: 3, column: 9 };
        assert_eq!(redactor.findings(), [Finding { kind: Kind::named("card").unwrap(), place }]);
    }

    #[test]
    fn lines_and_columns_are_told_and_lines_stay() {
        let text = "ö\nSE45 5000 0000\n0583 9825 7466 and x@example.org\nnothing\n";
        let mut pieces = [Piece::new(text, 1, 1)];
        let mut redactor = Redactor::default();
        redactor.passage(&mut pieces, "", None);
        assert_eq!(pieces[0].text.as_str(), "ö\n[IBAN ████]\n and [e-mail ████]\nnothing\n");
        let places: Vec<_> =
            redactor.findings().iter().map(|found| (found.place.line, found.place.column)).collect();
        assert_eq!(places, [(2, 1), (3, 20)]);
    }

    #[test]
    fn a_place_in_an_empty_piece_is_that_of_the_next() {
        let mut pieces = [Piece::new("", 1, 1), Piece::new("", 2, 1), Piece::new("x@example.org", 3, 7)];
        let mut redactor = Redactor::default();
        redactor.passage(&mut pieces, "", None);
        assert_eq!(redactor.findings()[0].place, Place { part: None, line: 3, column: 7 });
    }

    /// The number stands too far from its label until what is between them is blacked out.
    #[test]
    fn what_a_second_round_finds_is_told_by_its_place_in_the_source() {
        let between = "anna.karin.lindstrom.of.the.north@mail.example.org ".repeat(3);
        let mut pieces = [Piece::new(&format!("SSN {between}"), 1, 1), Piece::new("536904399", 2, 7)];
        let mut redactor = Redactor::default();
        redactor.passage(&mut pieces, "", None);
        let found = redactor.findings().iter().map(|found| (found.place.line, found.place.column));
        assert_eq!(found.collect::<Vec<_>>(), [(1, 5), (1, 56), (1, 107), (2, 7)]);
    }

    #[test]
    fn the_last_digits_stay_where_that_is_asked_for() {
        let mut pieces = [Piece::new("4111 1111 1111 1111, x@example.org", 1, 1)];
        Redactor::new(Options { last: 4, ..Options::default() }).passage(&mut pieces, "", None);
        assert_eq!(pieces[0].text.as_str(), "[card ████1111], [e-mail ████]");
    }
}

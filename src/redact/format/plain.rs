//! Plain text of any size in little memory: window by window, each scanned again before it leaves.

use std::io::{Read, Write};
use std::ops::Range;

use zeroize::Zeroizing;

use super::stream::{Stopped, in_memory, readable};
use super::table::Table;
use super::{Refused, Rewritten};
use crate::redact::bytes::line_breaks;
use crate::redact::passage::{Begin, Places};
use crate::redact::rounds::Rounds;
use crate::redact::scan::{Hit, apart, chosen, scan, scan_within};
use crate::redact::surroundings::{ABOVE, BEFORE, is_without_words};
use crate::redact::{Options, Redactor};

const TEXT: &str = "text";

/// Read at once, in bytes.
const WINDOW: usize = 256 << 10;
/// What is read beyond what is written, in bytes: no number, no label and no line that matters is longer.
const BEYOND: usize = 2 << 10;
/// What was written already and is looked at again for labels, in bytes.
const LEAD: usize = 1 << 10;
/// Hardly a number that a label may tell of is longer, in bytes.
const NUMBER: usize = 64;
/// Of a number that is further from what was blacked out the words in its line are those that they were, in bytes.
const CONTEXT: usize = BEFORE + NUMBER;
/// So often a window is redacted again for what came near its label.
const PASSES: usize = 8;

/// Rewrites a text in memory.
pub(super) fn rewrite(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    let mut written = Zeroizing::new(Vec::with_capacity(source.len()));
    rewrite_text(&mut &*source, &mut *written, redactor).map_err(|stopped| in_memory(stopped, TEXT))?;
    Ok(written)
}

/// Rewrites a text from a reader to a writer. Lines stay where they are.
pub(super) fn rewrite_text(
    mut input: impl Read,
    output: &mut dyn Write,
    redactor: &mut Redactor,
) -> Result<(), Stopped> {
    let bytes = Zeroizing::new(Vec::with_capacity(LEAD + WINDOW + BEYOND + 64));
    let mut streamed = Streamed { redactor, bytes, lead: 0, next: Begin::of(1, 1), table: Table::default() };
    loop {
        let room = (streamed.lead + WINDOW + BEYOND).saturating_sub(streamed.bytes.len()).max(1);
        let read = (&mut input).take(room as u64).read_to_end(&mut streamed.bytes)?;
        let is_last = read < room;
        streamed.window(is_last, output)?;
        if is_last && streamed.bytes.len() == streamed.lead {
            return Ok(());
        }
    }
}

/// Where a window ends: behind a line, or, in a line that is longer than all that is read, anywhere.
fn end_of_window(text: &str) -> usize {
    let most = text.floor_char_boundary(text.len().saturating_sub(BEYOND));
    let lines = text.get(..most).unwrap_or_default();
    lines.rfind('\n').map_or(most, |line| line + 1)
}

struct Streamed<'a> {
    redactor: &'a mut Redactor,
    /// The end of what was written, and what was read and not written.
    bytes: Zeroizing<Vec<u8>>,
    /// How much of it was written.
    lead: usize,
    /// Where what comes next begins in the source.
    next: Begin,
    /// The table in which it stands, or none.
    table: Table,
}

impl Streamed<'_> {
    /// Redacts and writes what was read, but for its end or what begins before that and goes on.
    fn window(&mut self, is_last: bool, output: &mut dyn Write) -> Result<(), Stopped> {
        let text = readable(&self.bytes, is_last).map_err(|(before, what)| {
            let line = self.next.line + line_breaks(before.get(self.lead..).unwrap_or_default().as_bytes());
            Refused::Damaged { format: TEXT, why: format!("line {line} has {what}") }
        })?;
        let from = self.lead;
        let to =
            if is_last { text.len() } else { from + end_of_window(text.get(from..).unwrap_or_default()) };
        let (end, left) = cleaned(text, from, to, self.next, (&mut self.table, &mut *self.redactor))?;
        let read = text.get(from..end).unwrap_or_default();
        let written =
            left.as_deref().map_or(text.get(..end), |left| left.get(..left.len() + end - text.len()));
        let written = written.unwrap_or_default();
        output.write_all(written.get(from..).unwrap_or_default().as_bytes())?;
        let lead = written.floor_char_boundary(written.len().saturating_sub(LEAD));
        let lead = written.get(lead..).unwrap_or_default();
        let lead = Zeroizing::new(lead.to_owned());
        self.next.go_on(read);
        self.lead = lead.len();
        self.bytes.splice(..end, lead.bytes());
        Ok(())
    }
}

/// Redacts a window's text between two places, or up to where no number goes over its end. Gives where that is, and the
/// whole text then; nothing if it is as it was.
fn cleaned(
    text: &str,
    from: usize,
    to: usize,
    begin: Begin,
    (table, redactor): (&mut Table, &mut Redactor),
) -> Result<(usize, Option<Zeroizing<String>>), Stopped> {
    let found = scan(text, "", redactor.options());
    let reaches_beyond = |hit: &&Hit| hit.range.start < to && hit.range.end > to;
    let reaching = found.iter().find(reaches_beyond);
    let mut end = reaching.map_or(to, |hit| before_line(text, from, &hit.range, &found));
    let mut tries = 0..PASSES;
    loop {
        let (mut table_then, mut hits) = (table.clone(), found.clone());
        let told = table_then.hits(text, from..end, redactor.options());
        if !told.is_empty() {
            hits.extend(told);
            hits = chosen(hits);
        }
        let range = match redacted(text, within(hits, from..end), from..end, begin, redactor)? {
            Redacted::Whole(left) => {
                *table = table_then;
                return Ok((end, left));
            }
            Redacted::Reaches(range) => range,
        };
        end = match tries.next() {
            Some(0) => before_line(text, from, &range, &found),
            // Another such number goes over that line's beginning.
            Some(_) => before(from, &range),
            None => {
                let passed = text.get(from..range.start).unwrap_or_default();
                return Err(Stopped::Remains { line: begin.line + line_breaks(passed.as_bytes()) });
            }
        };
    }
}

/// Where a window ends so that what would reach beyond its end is read again with all of its line. No other hit is cut.
fn before_line(text: &str, from: usize, hit: &Range<usize>, found: &[Hit]) -> usize {
    let before_it = text.get(from..hit.start).unwrap_or_default();
    let line = before_it.rfind('\n').map(|end| from + end + 1);
    let is_whole = |line: &usize| !found.iter().any(|hit| hit.range.start < *line && hit.range.end > *line);
    line.filter(is_whole).unwrap_or_else(|| before(from, hit))
}

/// The same, directly before it; behind it, if it begins with the window.
fn before(from: usize, hit: &Range<usize>) -> usize {
    if hit.start > from { hit.start } else { hit.end }
}

/// A part of a text after redaction.
enum Redacted {
    /// The text with what was found in the part blacked out; nothing if it is as it was.
    Whole(Option<Zeroizing<String>>),
    /// What came near its label begins in the part and ends behind it, in the text as it was.
    Reaches(Range<usize>),
}

/// A text with what was hit in a part of it blacked out, and what is found again then.
fn redacted(
    text: &str,
    mut hits: Vec<Hit>,
    part: Range<usize>,
    begin: Begin,
    redactor: &mut Redactor,
) -> Result<Redacted, Stopped> {
    if hits.is_empty() {
        return Ok(Redacted::Whole(None));
    }
    let options = redactor.options();
    let beyond = text.len() - part.end;
    let mut rounds = Rounds::default();
    let mut left = rounds.replaced(text, &hits, options);
    for round in 0.. {
        let put = joined(rounds.put());
        hits = put.iter().flat_map(|put| around(&left, put, options)).collect();
        let end = left.len() - beyond;
        hits = apart(within(hits, part.start..left.len()));
        hits.retain(|hit| hit.range.start < end);
        if let Some(last) = hits.last().filter(|hit| hit.range.end > end) {
            let begin = rounds.at_first(last.range.start).max(part.start);
            return Ok(Redacted::Reaches(begin..part.end + (last.range.end - end)));
        }
        let Some(first) = hits.first() else { break };
        if round == PASSES {
            let before = left.get(part.start..first.range.start).unwrap_or_default();
            return Err(Stopped::Remains { line: begin.line + line_breaks(before.as_bytes()) });
        }
        left = rounds.replaced(&left, &hits, options);
    }
    let mut places = Places::from(begin).counted(text.get(part.start..).unwrap_or_default());
    for (at, kind) in rounds.found() {
        redactor.found(kind, || places.at(at - part.start, None));
    }
    Ok(Redacted::Whole(Some(left)))
}

/// Ranges that are near each other as one.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + CONTEXT * 2 => last.end = range.end,
            _ => joined.push(range),
        }
    }
    joined
}

/// What is found around what was put into a text.
fn around(text: &str, put: &Range<usize>, options: &Options) -> Vec<Hit> {
    // A line without words no longer parts a column of numbers from the words above it.
    let further = if is_without_words(text, put.start) { ABOVE } else { 0 };
    let reach = |before: usize, behind: usize| {
        let end = text.floor_char_boundary(put.end.saturating_add(behind).min(text.len()));
        text.ceil_char_boundary(put.start.saturating_sub(before))..end
    };
    let near = reach(CONTEXT, CONTEXT + further);
    // A number that is in it begins no further before it.
    let sought = reach(CONTEXT + NUMBER, CONTEXT + NUMBER + further);
    let seen = reach(CONTEXT * 2 + further, CONTEXT * 2 + further);
    let sought = sought.start - seen.start..sought.end - seen.start;
    let mut hits = scan_within(text.get(seen.clone()).unwrap_or_default(), "", options, sought);
    hits.retain_mut(|hit| {
        hit.range = hit.range.start + seen.start..hit.range.end + seen.start;
        hit.range.start < near.end && hit.range.end > near.start
    });
    hits
}

/// Hits that are cut to a range: what begins in what was written goes as far as it can.
fn within(mut hits: Vec<Hit>, range: Range<usize>) -> Vec<Hit> {
    hits.retain_mut(|hit| {
        hit.range = hit.range.start.max(range.start)..hit.range.end.min(range.end);
        hit.range.start < hit.range.end
    });
    hits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
    use super::*;

    fn rewritten(text: &[u8]) -> (Result<(), Stopped>, String, Vec<(u64, u64)>) {
        let mut redactor = Redactor::default();
        let mut output = Vec::new();
        let done = rewrite_text(&mut &*text, &mut output, &mut redactor);
        let places = redactor.findings().iter().map(|found| (found.place.line, found.place.column)).collect();
        (done, String::from_utf8(output).unwrap(), places)
    }

    #[test]
    fn a_text_of_many_windows_is_as_one() {
        let filler = "A line of nothing but words, åäö.\n".repeat(9_000);
        let text = format!("{filler}card 4111 1111 1111 1111 was\n{filler}SSN:\n536904399\n{filler}");
        let (done, output, places) = rewritten(text.as_bytes());
        assert!(done.is_ok());
        assert_eq!(output, format!("{filler}card [card ████] was\n{filler}SSN:\n[SSN ████]\n{filler}"));
        assert_eq!(places, [(9_001, 6), (18_003, 1)]);
    }

    /// Wherever a window ends, a number across its end is found.
    #[test]
    fn a_number_across_the_end_of_a_window_is_found_in_a_line_without_end() {
        for shift in (0..60).chain([WINDOW, WINDOW - BEYOND]) {
            let before = "x ".repeat((WINDOW - 30) / 2) + &"y".repeat(shift);
            let text = format!("{before} DE89 3704 0044 0532 0130 00 {}", " z".repeat(5_000));
            let (done, output, places) = rewritten(text.as_bytes());
            assert!(done.is_ok());
            assert!(output.contains("[IBAN ████]") && !output.contains("3704"), "{shift}");
            assert_eq!(places, [(1, before.len() as u64 + 2)]);
        }
    }

    /// It stands too far from its label until the addresses between are gone; its rest was left in the next window.
    #[test]
    fn what_a_later_round_finds_across_the_end_of_a_window_is_found_whole() {
        let between = "anna.karin.lindstrom.of.the.north@mail.example.org ".repeat(3);
        for shift in 0..12 {
            let before = "x ".repeat((WINDOW - between.len() - 16) / 2) + &"y".repeat(shift);
            let text = format!("{before} SSN {between}536904399 {}", "z ".repeat(5_000));
            let (done, output, places) = rewritten(text.as_bytes());
            assert!(done.is_ok());
            assert!(output.contains(" [SSN ████] z") && !output.contains("4399"), "{shift}");
            assert_eq!(places.len(), 4);
        }
    }

    /// Half of the card was left, where the line's beginning was taken for the window's end.
    #[test]
    fn no_number_is_cut_where_a_window_ends_before_a_line() {
        let lines = "1111 1111 and 4111 1111\n".repeat(16_000);
        let (done, output, places) = rewritten(format!("4111 1111\n{lines}1111 1111\n").as_bytes());
        assert!(done.is_ok());
        assert_eq!(output, format!("[card ████]\n{}\n", " and [card ████]\n".repeat(16_000)));
        assert_eq!(places.len(), 16_001);
        // One that is found late, and goes over the window's end, in the line in which a card ends.
        let between = "anna.karin.lindstrom.of.the.north@mail.example.org ".repeat(3);
        let filler = "lorem ipsum\n".repeat((WINDOW - 300) / 12);
        let text = format!(
            "{filler}4111 1111\n1111 1111 on page 7 of the IBAN {between}DE89 3704 0044\n0532 0130 99 {}\n",
            "z ".repeat(4_000)
        );
        let (done, output, _) = rewritten(text.as_bytes());
        assert!(done.is_ok());
        assert!(
            output.contains("\n[card ████]\n on page 7 of the IBAN [e-mail"),
            "{}",
            &output[filler.len()..]
        );
        assert!(!output.contains("0532"));
    }

    /// It was refused: each line's beginning was as bad an end as the one before.
    #[test]
    fn numbers_that_are_found_late_may_go_over_every_line() {
        let between = "anna.karin.lindstrom.of.the.north@mail.example.org ".repeat(3);
        let unit = format!("0532 0130 99, page 7, IBAN {between}DE89 3704 0044\n");
        let (done, output, _) = rewritten(format!("x\n{}0532 0130 99 end\n", unit.repeat(1_600)).as_bytes());
        assert!(done.is_ok());
        assert!(!output.contains("3704"));
        assert_eq!(output.matches("0532").count(), 1, "the first, before which no number begins");
    }

    /// Once the address is gone, the heading stands above all of the column.
    #[test]
    fn a_line_that_lost_its_words_parts_no_column_from_its_heading() {
        let column = "1.50\n".repeat(45);
        let (done, output, places) =
            rewritten(format!("SSN\nanna@example.org\n{column}536904399\n").as_bytes());
        assert!(done.is_ok());
        assert_eq!(output, format!("SSN\n[e-mail ████]\n{column}[SSN ████]\n"));
        assert_eq!(places, [(2, 1), (48, 1)]);
    }

    #[test]
    fn a_tables_heading_counts_in_every_window() {
        let rows = "| Jane | 536904399 |\n".repeat(30_000);
        let (done, output, places) = rewritten(format!("| Name | SSN |\n|---|---|\n{rows}").as_bytes());
        assert!(done.is_ok());
        assert!(!output.contains("536904399"));
        assert_eq!(places.len(), 30_000);
        assert_eq!(places.last(), Some(&(30_002, 10)));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        for bytes in [&b"one\ntwo \xff\n"[..], b"one\ntw\0o", b"one\n\xc3"] {
            assert!(rewritten(bytes).0.unwrap_err().to_string().contains("line 2 has"));
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let (done, output, _) = rewritten(b"");
        assert!(done.is_ok() && output.is_empty());
    }
}

//! Plain text of any size in little memory: window by window, each scanned again before it leaves.

use std::io::{Read, Write};
use std::ops::Range;

use zeroize::{Zeroize as _, Zeroizing};

use super::stream::{Stopped, in_memory};
use super::{Refused, Rewritten};
use crate::redact::passage::{Places, replaced};
use crate::redact::scan::{Hit, scan};
use crate::redact::{Options, Piece, Redactor};

const TEXT: &str = "text";

/// Read at once, in bytes.
const WINDOW: usize = 256 << 10;
/// What is read beyond what is written, in bytes: no number, no label and no line that matters is longer.
const BEYOND: usize = 2 << 10;
/// What was written already and is looked at again for labels, in bytes.
const LEAD: usize = 1 << 10;
/// So far from what was blacked out a label may stand that speaks of something else now, in bytes.
const CONTEXT: usize = 300;
/// So often a window is redacted again for what came near its label.
const PASSES: usize = 4;

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
    let mut streamed = Streamed { redactor, lead: Zeroizing::default(), line: 1, column: 1 };
    let mut bytes = Zeroizing::new(Vec::with_capacity(WINDOW + BEYOND + 64));
    loop {
        let room = (WINDOW + BEYOND).saturating_sub(bytes.len()).max(1);
        let read = (&mut input).take(room as u64).read_to_end(&mut bytes)?;
        let is_last = read < room;
        let text = streamed.text(&bytes, is_last)?;
        let to = if is_last { text.len() } else { end_of_window(text) };
        let taken = streamed.window(text, to, output)?;
        let left = bytes.len() - taken;
        bytes.copy_within(taken.., 0);
        if let Some(rest) = bytes.get_mut(left..) {
            rest.zeroize();
        }
        bytes.truncate(left);
        if is_last && left == 0 {
            return Ok(());
        }
    }
}

/// Where a window ends: behind a line, or, in a line that is longer than all that is read, anywhere.
fn end_of_window(text: &str) -> usize {
    let most = boundary(text, text.len().saturating_sub(BEYOND));
    let lines = text.get(..most).unwrap_or_default();
    lines.rfind('\n').map_or(most, |line| line + 1)
}

/// The last beginning of a character that is not behind a place.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default()
}

struct Streamed<'a> {
    redactor: &'a mut Redactor,
    /// The end of what was written.
    lead: Zeroizing<String>,
    /// Where what comes next begins in the source.
    line: u64,
    column: u64,
}

impl Streamed<'_> {
    /// What of these bytes is text: all but a character that is not read to its end.
    fn text<'b>(&self, bytes: &'b [u8], is_last: bool) -> Result<&'b str, Stopped> {
        let (text, whole) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, true),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let is_cut = error.error_len().is_none() && !is_last;
                (std::str::from_utf8(valid).unwrap_or_default(), is_cut)
            }
        };
        let zero = text.find('\0');
        if whole && zero.is_none() {
            return Ok(text);
        }
        let before = text.get(..zero.unwrap_or(text.len())).unwrap_or_default();
        let line = self.line + breaks(before);
        let what = if zero.is_some() {
            "a zero byte, so it is no text, or text in UTF-16"
        } else {
            "bytes that are no UTF-8"
        };
        Err(Refused::Damaged { format: TEXT, why: format!("line {line} has {what}") }.into())
    }

    /// Redacts and writes a text up to `to`, or to where something begins that goes on beyond. Gives how far.
    fn window(&mut self, text: &str, to: usize, output: &mut dyn Write) -> Result<usize, Stopped> {
        let mut whole = Zeroizing::new(String::with_capacity(self.lead.len() + text.len()));
        whole.push_str(&self.lead);
        whole.push_str(text);
        let from = self.lead.len();
        let mut hits = scan(&whole, "", self.redactor.options());
        let reaches_beyond = |hit: &&Hit| hit.range.start < from + to && hit.range.end > from + to;
        let end = match hits.iter().find(reaches_beyond) {
            Some(hit) if hit.range.start > from => hit.range.start,
            Some(hit) => hit.range.end,
            None => from + to,
        };
        let mut left = Zeroizing::new(whole.get(from..end).unwrap_or_default().to_owned());
        let beyond = whole.get(end..).unwrap_or_default();
        let pieces = [Piece::new(&left, self.line, self.column)];
        let mut places = Places::new(&pieces);
        for pass in 0.. {
            within(&mut hits, from..from + left.len());
            let Some(first) = hits.first() else { break };
            if pass == PASSES {
                let before = left.get(..first.range.start - from).unwrap_or_default();
                return Err(Stopped::Remains { line: self.line + breaks(before) });
            }
            for hit in &hits {
                self.redactor.found(hit.kind, || places.of(hit.range.start - from, None));
            }
            let options = self.redactor.options();
            let (text, put) = replaced(&left, from, &hits, options);
            left = text;
            let again = Zeroizing::new([self.lead.as_str(), &left, beyond].concat());
            hits = joined(put).iter().flat_map(|put| around(&again, put, options)).collect();
        }
        output.write_all(left.as_bytes())?;
        self.go_on(whole.get(from..end).unwrap_or_default(), &left);
        Ok(end - from)
    }

    fn go_on(&mut self, read: &str, written: &str) {
        self.line += breaks(read);
        let last = read.rsplit('\n').next().unwrap_or_default();
        self.column = last.chars().count() as u64 + if last.len() == read.len() { self.column } else { 1 };
        let mut lead = Zeroizing::new([self.lead.as_str(), written].concat());
        let start = boundary(&lead, lead.len().saturating_sub(LEAD));
        lead.drain(..start);
        self.lead = lead;
    }
}

/// Ranges that are near each other as one.
fn joined(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
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
    let start = text.ceil_char_boundary(put.start.saturating_sub(CONTEXT * 2));
    let end = text.floor_char_boundary((put.end + CONTEXT * 2).min(text.len()));
    let mut hits = scan(text.get(start..end).unwrap_or_default(), "", options);
    let near = put.start.saturating_sub(CONTEXT)..put.end + CONTEXT;
    hits.retain_mut(|hit| {
        hit.range = hit.range.start + start..hit.range.end + start;
        hit.range.start < near.end && hit.range.end > near.start
    });
    hits
}

/// Cuts hits to a range: what begins in what was written goes as far as it can.
fn within(hits: &mut Vec<Hit>, range: Range<usize>) {
    hits.retain_mut(|hit| {
        hit.range = hit.range.start.max(range.start)..hit.range.end.min(range.end);
        hit.range.start < hit.range.end
    });
}

fn breaks(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
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

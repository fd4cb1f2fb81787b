//! The way through JSON: what follows what, without recursion, however deep it is.

use zeroize::Zeroizing;

use super::string::Bad;
use super::{JSON, number, string};
use crate::redact::Redactor;
use crate::redact::format::segments::{Cursor, Edits, NamePart, Origin, Passage, as_label, name_of_two};
use crate::redact::format::{Refused, Rewritten};

/// How deep arrays and objects may lie in each other.
const DEPTH: usize = 1000;

/// Keys that say nothing of what the value is.
const GENERAL: [&str; 12] =
    ["", "value", "val", "v", "number", "num", "no", "nr", "text", "content", "answer", "data"];

/// What may stand next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A document, or the end.
    Document,
    Value,
    /// A value, or the array's end.
    FirstValue,
    Key,
    /// A key, or the object's end.
    FirstKey,
    Colon,
    /// A comma, or the end of what it is in.
    Comma,
}

/// An object or array that is not closed yet.
struct Inside {
    is_object: bool,
    /// What its values are called: the last key, or what the array itself is called.
    label: Zeroizing<String>,
    /// What the text before said, in an object.
    before: Zeroizing<String>,
    /// The text before, if it may be the first half of a name.
    name: Option<NamePart>,
}

pub(super) struct Scan<'a> {
    source: &'a str,
    at: usize,
    cursor: Cursor<'a>,
    redactor: &'a mut Redactor,
    part: Option<&'a str>,
    inside: Vec<Inside>,
    edits: Edits,
}

impl<'a> Scan<'a> {
    pub(super) fn new(source: &'a str, redactor: &'a mut Redactor, origin: Origin<'a>) -> Self {
        let cursor = Cursor::new(source, origin.line);
        let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { source, at, cursor, redactor, part: origin.part, inside: Vec::new(), edits: Edits::default() }
    }

    pub(super) fn rewrite(mut self) -> Rewritten {
        let mut next = Next::Document;
        let mut is_first = true;
        loop {
            let breaks = self.skip_space();
            let Some(byte) = self.peek() else {
                if next == Next::Document {
                    return Ok(self.edits.apply(self.source.as_bytes()));
                }
                return Err(self.damaged(self.at, "it is cut off"));
            };
            if next == Next::Document {
                if !breaks && !is_first {
                    return Err(self.damaged(self.at, "something follows the document's end"));
                }
                is_first = false;
            }
            next = self.step(next, byte)?;
        }
    }

    /// Reads what begins with `byte`; gives what may follow.
    pub(super) fn step(&mut self, next: Next, byte: u8) -> Result<Next, Refused> {
        match (next, byte) {
            (Next::Document | Next::Value | Next::FirstValue, b'{') => self.open(true),
            (Next::Document | Next::Value | Next::FirstValue, b'[') => self.open(false),
            (Next::FirstValue, b']') | (Next::FirstKey, b'}') => Ok(self.close()),
            (Next::Document | Next::Value | Next::FirstValue, b'"') => {
                self.text()?;
                Ok(self.after_value())
            }
            (Next::Document | Next::Value | Next::FirstValue, _) => {
                self.word()?;
                Ok(self.after_value())
            }
            (Next::Key | Next::FirstKey, b'"') => {
                let key = self.string("")?;
                if let Some(inside) = self.inside.last_mut() {
                    inside.label = as_label(&key);
                }
                Ok(Next::Colon)
            }
            (Next::Colon, b':') => {
                self.at += 1;
                Ok(Next::Value)
            }
            (Next::Comma, _) => match (byte, self.inside.last().is_some_and(|inside| inside.is_object)) {
                (b',', is_object) => {
                    self.at += 1;
                    Ok(if is_object { Next::Key } else { Next::Value })
                }
                (b'}', true) | (b']', false) => Ok(self.close()),
                _ => Err(self.damaged(self.at, "a comma or the end of an object or array is missing")),
            },
            (Next::Colon, _) => Err(self.damaged(self.at, "a colon is missing after a key")),
            (Next::Key | Next::FirstKey, _) => Err(self.damaged(self.at, "a key in quotes is missing")),
        }
    }

    fn open(&mut self, is_object: bool) -> Result<Next, Refused> {
        if self.inside.len() >= DEPTH {
            return Err(self.damaged(self.at, "objects and arrays lie in each other more than 1000 deep"));
        }
        let label = self.label();
        self.inside.push(Inside { is_object, label, before: Zeroizing::default(), name: None });
        self.at += 1;
        Ok(if is_object { Next::FirstKey } else { Next::FirstValue })
    }

    fn close(&mut self) -> Next {
        self.inside.pop();
        self.at += 1;
        self.after_value()
    }

    fn after_value(&self) -> Next {
        if self.inside.is_empty() { Next::Document } else { Next::Comma }
    }

    pub(super) fn label(&self) -> Zeroizing<String> {
        self.inside.last().map(|inside| inside.label.clone()).unwrap_or_default()
    }

    /// What says what a value is. Where its own key says nothing, what is around it does, and the text before:
    /// `{"ssn": {"value": …}}`, `{"name": "SSN", "value": …}`.
    fn labels(&self) -> Vec<Zeroizing<String>> {
        let own = self.label();
        let mut labels = vec![];
        if GENERAL.contains(&own.trim_start_matches(['#', '$', '_', '@']).to_lowercase().as_str()) {
            let inside = self.inside.iter().rev();
            labels.extend(inside.clone().nth(1).map(|outer| outer.label.clone()));
            labels.extend(inside.clone().next().map(|inside| inside.before.clone()));
            labels.retain(|label| !label.is_empty() && *label != own);
        }
        labels.insert(0, own);
        labels
    }

    /// Reads a string that is a value, and has it redacted by each of its labels until something is found.
    fn text(&mut self) -> Result<(), Refused> {
        let begin = self.at;
        let (line, column) = self.cursor.place(begin + 1);
        let cursor = self.cursor.clone();
        let first = self.redactor.count();
        let mut said = Zeroizing::default();
        for label in self.labels() {
            (self.at, self.cursor) = (begin, cursor.clone());
            said = self.string(&label)?;
            if self.redactor.count() > first {
                said = Zeroizing::default();
                break;
            }
        }
        let Some(inside) = self.inside.last_mut() else { return Ok(()) };
        inside.before = as_label(&said);
        let before = inside.name.take();
        let own = NamePart { range: begin + 1..self.at - 1, said, line, column };
        let put = before.as_ref().and_then(|before| name_of_two(self.redactor, [before, &own], self.part));
        match (put, before) {
            (Some(put), Some(before)) => {
                let put = string::encoded(&put);
                self.edits.put(before.range, put.clone());
                self.edits.put(own.range, put);
                inside.before = Zeroizing::default();
            }
            _ => inside.name = Some(own),
        }
        Ok(())
    }

    /// Reads a string and has it redacted; gives what it said.
    fn string(&mut self, label: &str) -> Result<Zeroizing<String>, Refused> {
        let (range, mut passage) =
            string::read(self.source, self.at + 1, &mut self.cursor).map_err(|bad| match bad {
                Bad::Open => self.damaged(self.at, "a string is cut off that begins there"),
                Bad::Control(at) => self.damaged(at, "a string has a line break or control character in it"),
                Bad::Escape(at) => self.damaged(at, "a string has an escape in it that JSON does not know"),
            })?;
        let said = passage.text();
        let from = (&mut *self.redactor, label, self.part);
        passage.rewrite(self.source, from, &mut self.edits, string::encoded);
        self.at = range.end + 1;
        Ok(said)
    }

    /// Reads a number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<(), Refused> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let ends = |character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character);
        let word = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
        if !matches!(word, "true" | "false" | "null") {
            if !number::is_valid(word) {
                return Err(self.damaged(self.at, "it is no value that JSON knows"));
            }
            let plain = number::plain(word).map(Zeroizing::new);
            // A reader of JSON makes the same number of both, so either may be what identifies. What is no integer is a
            // measure, whatever its many digits fit.
            let is_integer = plain.is_some() || !word.contains(['.', 'e', 'E']);
            let mut written = plain.iter().map(|plain| plain.as_str()).collect::<Vec<_>>();
            written.insert(0, word);
            for label in if is_integer { self.labels() } else { Vec::new() } {
                if written.iter().any(|text| self.number(text, word.len(), &label)) {
                    break;
                }
            }
        }
        self.at += word.len();
        Ok(())
    }

    /// Has a number redacted that stands here with that length; whether anything was found in it.
    fn number(&mut self, text: &str, length: usize, label: &str) -> bool {
        let mut passage = Passage::default();
        passage.push(self.at..self.at + length, text, &mut self.cursor);
        let mut found = false;
        for segment in passage.redact(self.redactor, label, self.part).filter(|segment| segment.changed) {
            found = true;
            // No number any more, so it becomes a string.
            let text = Zeroizing::new(format!("\"{}\"", &*string::encoded(&segment.text)));
            self.edits.put(segment.range, text);
        }
        found
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    /// Whether there was a line break in it.
    pub(super) fn skip_space(&mut self) -> bool {
        let mut breaks = false;
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            breaks |= byte == b'\n' || byte == b'\r';
            self.at += 1;
        }
        breaks
    }

    fn damaged(&mut self, at: usize, what: &str) -> Refused {
        let (line, column) = self.cursor.place(at);
        Refused::Damaged { format: JSON, why: format!("line {line}, column {column}: {what}") }
    }
}

//! The text of a part: its paragraphs and attributes, handed to the redactor, and what is changed by that.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::super::super::{Piece, Redactor};
use super::super::Refused;
use super::attributes::{self, Outcome};
use super::changes::Changes;
use super::closed::holds_text;
use super::edits::{Edits, Spot};
use super::frame::{Frame, Held, Unfinished};
use super::labels;
use super::links;
use super::names::{Family, Role, is_formula, role};
use super::number;
use super::revisions::{self, PLAIN, Readings};
use super::tables::Tables;
use super::xml::{Attribute, Step, Token, Walk, attribute, local};

/// The most spaces that one element stands for.
const SPACES: usize = 64;
/// The longest text that is left out for its element's sake, in bytes: places and counts are not longer.
const SILENT: usize = 11;
/// The most titles of content controls that are looked at in one paragraph.
const TITLES: usize = 16;
/// The longest paragraph that is looked at as the heading of the one behind it, in characters.
const HEADING: usize = 60;
/// The longest literal of a formula, in characters, with some to spare for quotes.
const LITERAL: usize = 120;

struct Element<'a> {
    name: &'a str,
    role: Role,
    begin: usize,
    /// What its attribute `name` says.
    label: Zeroizing<String>,
    has_frame: bool,
    /// Where its tag can be told to keep spaces.
    keep_at: Option<usize>,
    /// What follows from its attributes.
    outcome: Outcome,
    /// Whether its own text is no text for people.
    is_silent: bool,
}

/// A walk through the text of one part.
pub struct Pass<'a, 'r> {
    /// Its name, as findings tell it.
    pub part: &'a str,
    /// Its name in the package.
    pub package_part: &'a str,
    /// The parts that the package loses.
    pub dropped: &'a HashSet<String>,
    /// Whose names its elements are.
    pub family: Family,
    /// Who finds.
    pub redactor: &'r mut Redactor,
    /// What is changed by now.
    pub edits: Edits,
    /// Of paragraphs, or of rows.
    pub line: u64,
    elements: Vec<Element<'a>>,
    frames: Vec<Frame>,
    /// What the paragraph before said, if that is short enough to be a heading.
    before: Option<Rc<str>>,
    /// The tables that are open.
    pub tables: Tables,
    /// The changes that the part keeps.
    changes: Changes,
    /// A paragraph that the next one may belong to.
    unfinished: Option<Unfinished>,
}

/// Rewrites a part of which nothing but its text is to be known. None if nothing is changed.
pub fn rewrite(
    source: &str,
    part: &str,
    family: Family,
    dropped: &HashSet<String>,
    redactor: &mut Redactor,
) -> Result<Option<Zeroizing<Vec<u8>>>, Refused> {
    let mut pass = Pass::new(part, family, dropped, redactor);
    let mut walk = Walk::new(source, part);
    while let Some(step) = walk.next()? {
        pass.step(step)?;
    }
    Ok(pass.finish(source))
}

impl<'a, 'r> Pass<'a, 'r> {
    /// At the beginning of a part.
    pub fn new(
        part: &'a str,
        family: Family,
        dropped: &'a HashSet<String>,
        redactor: &'r mut Redactor,
    ) -> Self {
        Self {
            part,
            package_part: part,
            dropped,
            family,
            redactor,
            edits: Edits::default(),
            line: 0,
            elements: Vec::new(),
            frames: Vec::new(),
            before: None,
            tables: Tables::default(),
            changes: Changes::default(),
            unfinished: None,
        }
    }

    /// The part as it is to be written; none if nothing is changed.
    pub fn finish(mut self, source: &str) -> Option<Zeroizing<Vec<u8>>> {
        if let Some(paragraph) = self.unfinished.take() {
            self.settle_whole(paragraph.frame, &paragraph.labels);
        }
        for (frame, labels) in self.changes.rest() {
            self.settle_whole(frame, &labels);
        }
        (!self.edits.is_empty()).then(|| self.edits.apply(source))
    }

    /// Takes the next token.
    pub fn step(&mut self, step: Step<'a>) -> Result<(), Refused> {
        match step.token {
            Token::Open { name, attributes, empty } => self.open(name, &attributes, empty, step.range)?,
            Token::Close => self.close(step.range.end),
            Token::Text(text) => self.text(&text, step.range),
            Token::Aside(text) => {
                let mut pieces = [self.piece(text)];
                if self.passage(&mut pieces, "") {
                    self.edits.put(step.range, pieces[0].text.as_str());
                }
            }
        }
        Ok(())
    }

    /// A piece that begins a passage here.
    pub fn piece(&self, text: &str) -> Piece {
        Piece::new(text, self.line.max(1), 1)
    }

    /// Hands a passage to the redactor; says whether it changed something.
    pub fn passage(&mut self, pieces: &mut [Piece], label: &str) -> bool {
        if pieces.iter().all(|piece| piece.text.trim().is_empty()) {
            return false;
        }
        self.redactor.passage(pieces, label, Some(self.part));
        pieces.iter().any(|piece| piece.changed)
    }

    fn open(
        &mut self,
        name: &'a str,
        attributes: &[Attribute<'a>],
        empty: bool,
        range: Range<usize>,
    ) -> Result<(), Refused> {
        if matches!(local(name), "binData" | "binary-data" | "binaryData") {
            return Err(Refused::Format {
                what: format!("a picture or an object in it, within {},", self.package_part),
            });
        }
        self.tables.open(name, attributes);
        self.change(name, attributes);
        let role = role(self.family, name);
        let is_paragraph = role == Role::Paragraph;
        self.line += u64::from(is_paragraph);
        let outcome = attributes::redact(self, name, attributes)?;
        self.check_name(name)?;
        if local(name) == "alias" {
            self.title(attribute(attributes, "val").unwrap_or_default());
        }
        match role {
            Role::Character(text) => self.character(text, empty.then(|| range.clone())),
            Role::Spaces => {
                let count = attribute(attributes, "c").and_then(|count| count.parse().ok()).unwrap_or(1);
                self.character(&" ".repeat(SPACES.min(count)), empty.then(|| range.clone()));
            }
            Role::Paragraph | Role::Run | Role::Other => {}
        }
        // A run within a paragraph has no text of its own.
        let has_frame = !(role == Role::Run && self.frames.iter().any(|frame| frame.is_paragraph));
        if has_frame {
            self.frames.push(Frame::new(is_paragraph, self.line.max(1)));
        }
        let label = Zeroizing::new(attribute(attributes, "name").unwrap_or_default().to_owned());
        // A setting of LibreOffice tells what sort of value it is.
        let is_setting = local(name) == "config-item" && attribute(attributes, "type") != Some("string");
        let is_silent = is_setting || !holds_text(self.family, name);
        let begin = range.start;
        let keep_at = self.keep_at(name, attributes, begin);
        self.elements.push(Element { name, role, begin, label, has_frame, keep_at, outcome, is_silent });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(element) = self.elements.pop() else { return };
        let mut goes = element.outcome.goes;
        if element.has_frame
            && let Some(frame) = self.frames.pop()
        {
            let is_hit = self.settle(frame, &element);
            goes |= is_hit && attributes::goes_if_hit(self.package_part, element.name);
        }
        self.changes.close(element.name);
        if goes {
            self.edits.put(element.begin..end, "");
        }
        self.tables.close(element.name);
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        let readings = self.readings();
        let Some(element) = self.elements.last() else { return };
        if element.is_silent && text.len() <= SILENT {
            return;
        }
        let spot = Spot { range, keep_at: element.keep_at };
        let frame = match element.role {
            Role::Run if !element.has_frame => self.frames.iter_mut().rfind(|frame| frame.is_paragraph),
            _ => self.frames.last_mut(),
        };
        let Some(frame) = frame else { return };
        // A value may be shown in a way that is not known to be it: it goes whatever is shown.
        let shown = self.elements.iter_mut().rev().find_map(|element| element.outcome.shown.as_mut());
        match shown {
            Some(shown) => {
                frame.add(&std::mem::take(shown), Held::Text(spot), readings);
                if let Some(piece) = frame.pieces.last_mut() {
                    piece.changed = true;
                }
            }
            None => frame.add(text, Held::Text(spot), readings),
        }
    }

    /// The title of a content control says what is in it: of the paragraph that it is in, or of those in it.
    fn title(&mut self, title: &str) {
        let control = self.elements.iter_mut().rfind(|element| local(element.name) == "sdt");
        match self.frames.iter_mut().rfind(|frame| frame.is_paragraph) {
            Some(paragraph) if paragraph.titles.len() < TITLES => paragraph.titles.push(title.into()),
            Some(_) => {}
            None => {
                if let Some(control) = control {
                    control.label = Zeroizing::new(title.to_owned());
                }
            }
        }
    }

    /// In data of others the names of elements may be anything, and can't be changed truly.
    fn check_name(&mut self, name: &str) -> Result<(), Refused> {
        let mut pieces = [self.piece(name)];
        if self.family == Family::Data && self.passage(&mut pieces, "") {
            let what = format!("an element whose name identifies, in it, {},", self.package_part);
            return Err(Refused::Format { what });
        }
        Ok(())
    }

    fn character(&mut self, text: &str, range: Option<Range<usize>>) {
        let readings = self.readings();
        if let Some(frame) = self.frames.iter_mut().rfind(|frame| frame.is_paragraph) {
            frame.add(text, Held::Character(range), readings);
        }
    }

    /// In which readings of its paragraph stands what comes now.
    fn readings(&self) -> Readings {
        let around = revisions::readings(self.elements.iter().map(|element| element.name));
        // What fields are told stands in no revision.
        if around & PLAIN == 0 { around } else { around & self.changes.readings() }
    }

    /// A tag may tell of a change: that a paragraph's end was inserted or deleted, or what was deleted there.
    fn change(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        let Some(paragraph) = self.frames.iter_mut().rfind(|frame| frame.is_paragraph) else {
            // Between paragraphs nothing is cut in two.
            if name != "text:change" {
                self.changes.open(name, attributes);
            }
            return;
        };
        if let [.., outer, inner] = self.elements.as_slice()
            && (local(outer.name), local(inner.name)) == ("pPr", "rPr")
        {
            paragraph.mark &= revisions::readings(std::iter::once(name));
        }
        let Some((paragraphs, readings)) = self.changes.open(name, attributes) else { return };
        for (index, (deleted, labels)) in paragraphs.into_iter().enumerate() {
            if index > 0 {
                paragraph.take_mark(readings);
            }
            paragraph.take(deleted, labels, readings);
        }
    }

    /// Where a tag can be told to keep the spaces at its text's ends: those of others need not be, or may not.
    fn keep_at(&self, name: &str, attributes: &[Attribute<'_>], begin: usize) -> Option<usize> {
        let is_text = match name {
            "w:t" | "w:delText" => true,
            "t" => self.package_part.starts_with("xl/comments"),
            _ => false,
        };
        let is_told = attributes.iter().any(|attribute| attribute.name == "xml:space");
        (is_text && !is_told && self.family == Family::OpenXml).then_some(begin + 1 + name.len())
    }

    /// Redacts a passage that has ended; says whether it was changed.
    fn settle(&mut self, mut frame: Frame, element: &Element<'_>) -> bool {
        let labels = if frame.pieces.is_empty() { Vec::new() } else { self.labels(&frame, element) };
        if element.role == Role::Paragraph {
            self.settle_paragraph(frame, labels);
            return false;
        }
        if frame.pieces.is_empty() || frame.is_measure(element.role, self.family) {
            return false;
        }
        if !self.redact(&mut frame, &labels) {
            return false;
        }
        if is_formula(self.family, element.name) {
            make_literal(&mut frame.pieces);
        }
        self.write(&frame.pieces, &frame.held);
        true
    }

    /// The same for a paragraph, which may be a part of a longer one in some reading: it waits for the rest then.
    fn settle_paragraph(&mut self, mut frame: Frame, labels: Vec<Rc<str>>) {
        let is_within = self.frames.iter().any(|frame| frame.is_paragraph);
        if self.changes.is_deletion() && !is_within {
            self.changes.take(frame, labels);
            return;
        }
        frame.mark &= self.changes.readings();
        let place = (self.elements.len(), self.elements.last().map(|element| element.begin));
        let whole = match self.unfinished.take() {
            Some(mut first) if first.place == place => {
                first.join(frame, labels);
                first
            }
            // One in a text box or a table: the other goes on behind that.
            Some(first) if first.place.0 < place.0 => {
                self.unfinished = Some(first);
                return self.settle_whole(frame, &labels);
            }
            other => {
                if let Some(other) = other {
                    self.settle_whole(other.frame, &other.labels);
                }
                Unfinished::new(frame, labels, place)
            }
        };
        if whole.frame.mark == PLAIN {
            self.settle_whole(whole.frame, &whole.labels);
        } else {
            self.before = None;
            self.unfinished = Some(whole);
        }
    }

    /// Redacts a paragraph to which no other belongs any more, first as one, then each in it.
    fn settle_whole(&mut self, mut frame: Frame, labels: &[Rc<str>]) {
        let is_changed = self.redact(&mut frame, labels);
        let last = frame.members.last().map_or(0, |(range, _)| range.start);
        let last = if matches!(frame.held.get(last.saturating_sub(1)), Some(Held::Mark)) { last } else { 0 };
        let said = frame.pieces.get(last..).unwrap_or_default().iter().map(|piece| piece.text.as_str());
        let said = Zeroizing::new(said.collect::<String>());
        if !said.trim().is_empty() {
            // One that has its own value says nothing of the next.
            let heading = labels::label(&said).filter(|_| !said.contains('█'));
            self.before = heading.filter(|heading| heading.chars().count() <= HEADING);
        }
        if is_changed {
            self.write(&frame.pieces, &frame.held);
        }
    }

    /// Redacts a passage with each label; says whether it was changed.
    fn redact(&mut self, frame: &mut Frame, labels: &[Rc<str>]) -> bool {
        for label in labels {
            let _ = revisions::passage(self, &mut frame.pieces, &frame.readings, label)
                || self.otherwise(&mut frame.pieces, label);
        }
        for (range, labels) in std::mem::take(&mut frame.members) {
            let pieces = frame.pieces.get_mut(range.clone()).unwrap_or_default();
            let readings = frame.readings.get(range).unwrap_or_default();
            for label in &labels {
                revisions::passage(self, pieces, readings, label);
            }
        }
        frame.pieces.iter().any(|piece| piece.changed)
    }

    /// What says what a passage is: never none, one may be empty.
    fn labels(&mut self, frame: &Frame, element: &Element<'_>) -> Vec<Rc<str>> {
        let outer = self.elements.last().map(|outer| outer.label.as_str()).unwrap_or_default();
        match (element.role, self.family) {
            (Role::Paragraph, _) => {
                let mut labels = self.tables.labels(&frame.pieces);
                let around = self.elements.iter().filter(|element| local(element.name) == "sdt");
                let titles = around.map(|element| element.label.as_str()).filter(|title| !title.is_empty());
                labels.extend(titles.take(TITLES).map(Rc::from));
                labels.extend(frame.titles.iter().cloned());
                labels.extend(self.before.clone());
                labels.dedup();
                labels
            }
            (Role::Run, _) => vec!["".into()],
            (_, Family::Data) => vec![local(element.name).into()],
            _ if element.label.is_empty() => vec![outer.into()],
            _ => vec![element.label.as_str().into()],
        }
    }

    /// The same for a number that is written in another way than in plain digits, and an address.
    fn otherwise(&mut self, pieces: &mut [Piece], label: &str) -> bool {
        let [piece] = pieces else { return false };
        let plain = number::plain(&piece.text).map(Zeroizing::new).or_else(|| links::decoded(&piece.text));
        let Some(plain) = plain else { return false };
        let mut plain = [Piece::new(&plain, piece.line, piece.column)];
        let changed = self.passage(&mut plain, label);
        if changed {
            let [plain] = plain;
            *piece = plain;
        }
        changed
    }

    fn write(&mut self, pieces: &[Piece], held: &[Held]) {
        // What was put in place of a character goes to the text behind it.
        let mut carried = Zeroizing::new(String::new());
        for (piece, held) in pieces.iter().zip(held) {
            match held {
                Held::Character(range) if piece.changed => {
                    carried.push_str(&piece.text);
                    if let Some(range) = range {
                        self.edits.put(range.clone(), "");
                    }
                }
                Held::Text(spot) if piece.changed || !carried.is_empty() => {
                    let text = Zeroizing::new(format!("{}{}", carried.as_str(), piece.text.as_str()));
                    self.edits.put_text(spot, &text);
                    carried.clear();
                }
                Held::Character(_) | Held::Text(_) | Held::Mark => {}
            }
        }
    }
}

/// Makes a literal of a formula that was changed: as a formula it would no longer be valid.
fn make_literal(pieces: &mut [Piece]) {
    let whole = Zeroizing::new(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>());
    let mut rest = pieces.iter_mut();
    if let Some(first) = rest.next() {
        first.text = literal(&whole);
        first.changed = true;
    }
    for piece in rest {
        piece.text = Zeroizing::new(String::new());
        piece.changed = true;
    }
}

/// A text as a formula.
pub fn literal(text: &str) -> Zeroizing<String> {
    let short = if text.chars().count() > LITERAL { "[████]" } else { text };
    Zeroizing::new(format!("\"{}\"", short.replace('"', "\"\"")))
}

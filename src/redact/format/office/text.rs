//! The text of a part: its paragraphs and attributes, handed to the redactor, and what is changed by that.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::super::super::{Piece, Redactor};
use super::super::Refused;
use super::attributes::{self, Outcome};
use super::closed::holds_text;
use super::edits::{Edits, escaped};
use super::labels;
use super::links;
use super::names::{Family, Role, is_formula, role};
use super::number;
use super::revisions::{self, Readings};
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

/// Where a piece stands.
enum Held {
    /// A text.
    Text(Range<usize>),
    /// An element that stands for a character; its place if it is one tag and can be taken out.
    Character(Option<Range<usize>>),
}

/// Pieces of one passage, gathered until their element ends.
#[derive(Default)]
struct Frame {
    is_paragraph: bool,
    line: u64,
    /// Characters by now.
    length: u64,
    /// Titles of content controls in it.
    titles: Vec<Rc<str>>,
    pieces: Vec<Piece>,
    held: Vec<Held>,
    /// In which readings of the paragraph each stands.
    readings: Vec<Readings>,
}

struct Element<'a> {
    name: &'a str,
    role: Role,
    begin: usize,
    /// What its attribute `name` says.
    label: Zeroizing<String>,
    has_frame: bool,
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
        }
    }

    /// The part as it is to be written; none if nothing is changed.
    pub fn finish(self, source: &str) -> Option<Zeroizing<Vec<u8>>> {
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
            self.frames.push(Frame { is_paragraph, line: self.line.max(1), ..Frame::default() });
        }
        let label = Zeroizing::new(attribute(attributes, "name").unwrap_or_default().to_owned());
        // A setting of LibreOffice tells what sort of value it is.
        let is_setting = local(name) == "config-item" && attribute(attributes, "type") != Some("string");
        let is_silent = is_setting || !holds_text(self.family, name);
        let begin = range.start;
        self.elements.push(Element { name, role, begin, label, has_frame, outcome, is_silent });
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
        if goes {
            self.edits.put(element.begin..end, "");
        }
        self.tables.close(element.name);
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        let readings = revisions::readings(self.elements.iter().map(|element| element.name));
        let Some(element) = self.elements.last() else { return };
        if element.is_silent && text.len() <= SILENT {
            return;
        }
        let frame = match element.role {
            Role::Run if !element.has_frame => self.frames.iter_mut().rfind(|frame| frame.is_paragraph),
            _ => self.frames.last_mut(),
        };
        let Some(frame) = frame else { return };
        // A value may be shown in a way that is not known to be it: it goes whatever is shown.
        let shown = self.elements.iter_mut().rev().find_map(|element| element.outcome.shown.as_mut());
        match shown {
            Some(shown) => {
                frame.add(&std::mem::take(shown), Held::Text(range), readings);
                if let Some(piece) = frame.pieces.last_mut() {
                    piece.changed = true;
                }
            }
            None => frame.add(text, Held::Text(range), readings),
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
        let readings = revisions::readings(self.elements.iter().map(|element| element.name));
        if let Some(frame) = self.frames.iter_mut().rfind(|frame| frame.is_paragraph) {
            frame.add(text, Held::Character(range), readings);
        }
    }

    /// Redacts a passage that is whole; says whether it was changed.
    fn settle(&mut self, mut frame: Frame, element: &Element<'_>) -> bool {
        if frame.pieces.is_empty() || frame.is_measure(element, self.family) {
            return false;
        }
        let mut is_changed = frame.pieces.iter().any(|piece| piece.changed);
        for label in self.labels(&frame, element) {
            is_changed |= revisions::passage(self, &mut frame.pieces, &frame.readings, &label)
                || self.otherwise(&mut frame.pieces, &label);
        }
        if element.role == Role::Paragraph {
            let said =
                Zeroizing::new(frame.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>());
            if !said.trim().is_empty() {
                self.before = labels::label(&said).filter(|said| said.chars().count() <= HEADING);
            }
        }
        if !is_changed {
            return false;
        }
        if is_formula(self.family, element.name) {
            make_literal(&mut frame.pieces);
        }
        self.write(&frame.pieces, &frame.held);
        true
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
                Held::Text(range) if piece.changed || !carried.is_empty() => {
                    let text = Zeroizing::new(format!("{}{}", carried.as_str(), piece.text.as_str()));
                    self.edits.put(range.clone(), escaped(&text).as_str());
                    carried.clear();
                }
                Held::Character(_) | Held::Text(_) => {}
            }
        }
    }
}

impl Frame {
    /// Whether it is a number that is no integer and stands where no text for people does, as in a chart's values.
    fn is_measure(&self, element: &Element<'_>, family: Family) -> bool {
        let is_number = matches!(self.pieces.as_slice(), [piece] if number::is_fraction(&piece.text));
        is_number && element.role == Role::Other && family != Family::Data
    }

    fn add(&mut self, text: &str, held: Held, readings: Readings) {
        self.pieces.push(Piece::new(text, self.line, self.length + 1));
        self.length += text.chars().count() as u64;
        self.held.push(held);
        self.readings.push(readings);
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

//! Pieces of one passage, gathered until their element ends; and paragraphs that are one in some reading.

use std::mem::take;
use std::ops::Range;
use std::rc::Rc;

use super::super::super::Piece;
use super::edits::Spot;
use super::names::{Family, Role};
use super::number;
use super::revisions::{PLAIN, Readings};

/// Where a piece stands.
pub enum Held {
    /// A text.
    Text(Spot),
    /// An element that stands for a character; its place if it is one tag and can be taken out.
    Character(Option<Range<usize>>),
    /// The mark between two paragraphs, which some reading has not.
    Mark,
}

/// Pieces of one passage.
pub struct Frame {
    /// Whether it is a paragraph.
    pub is_paragraph: bool,
    /// Which one.
    pub line: u64,
    /// Characters by now.
    length: u64,
    /// Titles of content controls in it.
    pub titles: Vec<Rc<str>>,
    /// What it says.
    pub pieces: Vec<Piece>,
    /// Where each stands.
    pub held: Vec<Held>,
    /// In which readings of the paragraph each stands.
    pub readings: Vec<Readings>,
    /// In which readings its end is one.
    pub mark: Readings,
    /// Paragraphs within it, each with what says what it is.
    pub members: Vec<Member>,
}

/// A paragraph that is a part of a longer one in some reading: where, and what says what it is.
pub type Member = (Range<usize>, Vec<Rc<str>>);

impl Frame {
    /// One that begins in that line.
    pub fn new(is_paragraph: bool, line: u64) -> Self {
        Self {
            is_paragraph,
            line,
            length: 0,
            titles: Vec::new(),
            pieces: Vec::new(),
            held: Vec::new(),
            readings: Vec::new(),
            mark: PLAIN,
            members: Vec::new(),
        }
    }

    /// Whether it is a number that is no integer and stands where no text for people does, as in a chart's values.
    pub fn is_measure(&self, role: Role, family: Family) -> bool {
        let is_number = matches!(self.pieces.as_slice(), [piece] if number::is_fraction(&piece.text));
        is_number && role == Role::Other && family != Family::Data
    }

    /// Takes the next text.
    pub fn add(&mut self, text: &str, held: Held, readings: Readings) {
        self.pieces.push(Piece::new(text, self.line, self.length + 1));
        self.length += text.chars().count() as u64;
        self.held.push(held);
        self.readings.push(readings);
    }

    /// Takes a whole paragraph: of its text, what stands in these readings alone.
    pub fn take(&mut self, mut other: Self, labels: Vec<Rc<str>>, readings: Readings) {
        let begin = self.pieces.len();
        self.pieces.append(&mut other.pieces);
        self.held.append(&mut other.held);
        self.readings.extend(other.readings.iter().map(|own| own & readings));
        let own = take(&mut other.members);
        self.members.extend(own.into_iter().map(|(at, labels)| (at.start + begin..at.end + begin, labels)));
        self.members.push((begin..self.pieces.len(), labels));
    }

    /// Takes the mark between two paragraphs.
    pub fn take_mark(&mut self, readings: Readings) {
        self.pieces.push(Piece::new("\n", self.line, self.length + 1));
        self.held.push(Held::Mark);
        self.readings.push(readings);
    }
}

/// A paragraph of which the end is none in some reading: the next one belongs to it.
pub struct Unfinished {
    /// What it says by now.
    pub frame: Frame,
    /// What says what its first paragraph is.
    pub labels: Vec<Rc<str>>,
    /// How deep it stands, and where the element around it begins.
    pub place: (usize, Option<usize>),
}

impl Unfinished {
    /// Of one paragraph.
    pub fn new(frame: Frame, labels: Vec<Rc<str>>, place: (usize, Option<usize>)) -> Self {
        Self { frame, labels, place }
    }

    /// Takes the next paragraph.
    pub fn join(&mut self, next: Frame, labels: Vec<Rc<str>>) {
        if self.frame.members.is_empty() {
            self.frame.members.push((0..self.frame.pieces.len(), self.labels.clone()));
        }
        if self.labels.is_empty() {
            self.labels.clone_from(&labels);
        }
        self.frame.take_mark(self.frame.mark);
        self.frame.mark = next.mark;
        self.frame.line = next.line;
        self.frame.take(next, labels, Readings::MAX);
    }
}

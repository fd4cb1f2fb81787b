//! A sheet's cells: each with the heading of its column or the cell before it as its label.

use std::ops::Range;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::super::super::Piece;
use super::super::Refused;
use super::attributes;
use super::edits::{Spot, escaped};
use super::labels::{Labels, may_be_number};
use super::number;
use super::strings::{Uses, keep_at_of};
use super::text::{Pass, literal};
use super::workbook::{Shown, Workbook};
use super::xml::{Attribute, Token, Walk, attribute, local};

/// How much of a cell is looked at as a label of others, in characters.
const HEAD: usize = 300;

/// Which part of a cell a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Formula,
    Value,
    Inline,
    Other,
}

/// A cell as it is written.
struct Cell {
    row: u64,
    column: u64,
    kind: String,
    style: usize,
    /// Where its sort is told: the attribute's value, or where to put the attribute.
    kind_at: Result<Range<usize>, usize>,
    texts: Vec<(Place, Zeroizing<String>, Spot)>,
    /// A formula that is one tag: it is another cell's.
    shared_formula: Option<Range<usize>>,
}

/// Goes through a sheet's cells; everything else in it is handed to the pass.
pub struct Sheet<'b, 'u> {
    book: &'b Workbook,
    uses: &'u mut Uses,
    name: Rc<str>,
    labels: Labels,
    row: u64,
    column: u64,
}

impl<'b, 'u> Sheet<'b, 'u> {
    /// A sheet of that name.
    pub fn new(book: &'b Workbook, name: &str, uses: &'u mut Uses) -> Self {
        Self { book, uses, name: name.into(), labels: Labels::default(), row: 0, column: 0 }
    }

    /// Walks through it.
    pub fn walk<'a>(mut self, walk: &mut Walk<'a>, pass: &mut Pass<'a, '_>) -> Result<(), Refused> {
        while let Some(step) = walk.next()? {
            match &step.token {
                Token::Open { name, attributes, .. } if local(name) == "row" => {
                    let row = attribute(attributes, "r").and_then(|row| row.parse::<u32>().ok());
                    self.row = row.map_or(self.row + 1, u64::from);
                    self.column = 0;
                    self.labels.begin_row();
                    pass.line = self.row;
                }
                Token::Open { name, attributes, .. } if local(name) == "c" => {
                    attributes::redact(pass, name, attributes)?;
                    let cell = self.read(step.range.start + 1 + name.len(), attributes, walk, pass)?;
                    self.redact(&cell, pass);
                    continue;
                }
                _ => {}
            }
            pass.step(step)?;
        }
        Ok(())
    }

    /// Reads a cell to its end; its tag's name ends there.
    fn read<'a>(
        &mut self,
        name_end: usize,
        attributes: &[Attribute<'a>],
        walk: &mut Walk<'a>,
        pass: &mut Pass<'a, '_>,
    ) -> Result<Cell, Refused> {
        let told = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
        self.column = told("r").and_then(|place| column(&place.text)).unwrap_or(self.column + 1);
        let kind = told("t");
        let mut cell = Cell {
            row: self.row,
            column: self.column,
            kind: kind.map(|kind| kind.text.to_string()).unwrap_or_default(),
            style: told("s").and_then(|style| style.text.parse().ok()).unwrap_or(0),
            kind_at: kind.map(|kind| kind.value.clone()).ok_or(name_end),
            texts: Vec::new(),
            shared_formula: None,
        };
        let mut path: Vec<&str> = vec!["c"];
        let mut keep_at = None;
        while let Some(step) = walk.next()? {
            match step.token {
                Token::Open { name, attributes, empty } => {
                    attributes::redact(pass, name, &attributes)?;
                    path.push(local(name));
                    keep_at = keep_at_of(name, &attributes, step.range.start);
                    if empty && path == ["c", "f"] {
                        cell.shared_formula = Some(step.range);
                    }
                }
                Token::Close => {
                    path.pop();
                    if path.is_empty() {
                        break;
                    }
                }
                Token::Text(text) => {
                    let place = match path.as_slice() {
                        ["c", "f"] => Place::Formula,
                        ["c", "v"] => Place::Value,
                        ["c", "is", rest @ ..] if !rest.contains(&"rPh") => Place::Inline,
                        _ => Place::Other,
                    };
                    cell.texts.push((place, text, Spot { range: step.range, keep_at }));
                }
                Token::Aside(_) => pass.step(step)?,
            }
        }
        Ok(cell)
    }

    fn redact(&mut self, cell: &Cell, pass: &mut Pass<'_, '_>) {
        let value = cell.text(Place::Value);
        let mut shown = None;
        let mut result = None;
        let string = value.trim().parse().ok().filter(|_| cell.kind == "s");
        let string = string.and_then(|index: usize| self.book.strings.get(index).zip(string));
        let may_be_number = string.is_none_or(|(text, _)| may_be_number(text));
        let labels = self.labels.of(cell.column, may_be_number);
        match (cell.kind.as_str(), string) {
            ("s", Some((text, index))) => {
                self.uses.add(index, &labels, &self.name, cell.row, cell.column);
                shown = Some(head(text));
            }
            ("str" | "inlineStr", _) => {
                shown = Some(head(&format!("{}{}", value.as_str(), cell.text(Place::Inline).as_str())));
                result = cell.redact(Place::Value, &labels, pass);
            }
            _ => result = self.redact_number(cell, &value, &labels, pass),
        }
        cell.redact(Place::Inline, &labels, pass);
        cell.redact(Place::Other, &labels, pass);
        cell.redact_formula(&labels, result, pass);
        self.labels.add(cell.column, shown.map(Zeroizing::new));
    }

    /// Redacts a number in all the ways in which it may be meant; a hit makes a text of the cell.
    fn redact_number(
        &self,
        cell: &Cell,
        value: &str,
        labels: &[Rc<str>],
        pass: &mut Pass<'_, '_>,
    ) -> Option<Zeroizing<String>> {
        let plain = number::plain(value);
        let digits = plain.as_deref().unwrap_or(value);
        let style = self.book.styles.get(cell.style).unwrap_or(&Shown::Number);
        let special = match style {
            Shown::Number => None,
            Shown::Date => number::day(value, self.book.from_1904),
            Shown::Code(code) => number::masked(digits, code),
        };
        let redacted = labels.iter().find_map(|label| {
            // A day alone says nothing: only with a heading it may be a birth date.
            let special = special.as_deref().filter(|_| *style != Shown::Date || !label.is_empty());
            let written = (!number::is_fraction(value)).then_some(value);
            let mut ways = special.into_iter().chain(plain.as_deref()).chain(written);
            ways.find_map(|text| {
                let mut pieces = [Piece::cell(text, cell.row, cell.column)];
                let is_hit = pass.passage(&mut pieces, label);
                let [piece] = pieces;
                is_hit.then_some(piece.text)
            })
        })?;
        match &cell.kind_at {
            Ok(range) => pass.edits.put(range.clone(), "str"),
            Err(at) => pass.edits.put(*at..*at, " t=\"str\""),
        }
        let mut texts = cell.texts.iter().filter(|(place, ..)| *place == Place::Value);
        if let Some((.., spot)) = texts.next() {
            pass.edits.put_text(spot, &redacted);
        }
        for (.., spot) in texts {
            pass.edits.put(spot.range.clone(), "");
        }
        Some(redacted)
    }
}

impl Cell {
    /// What it says there.
    fn text(&self, place: Place) -> Zeroizing<String> {
        let texts = self.texts.iter().filter(|(other, ..)| *other == place);
        Zeroizing::new(texts.map(|(_, text, _)| text.as_str()).collect())
    }

    fn pieces(&self, place: Place) -> (Vec<Piece>, Vec<Spot>) {
        let texts = self.texts.iter().filter(|(other, ..)| *other == place);
        texts.map(|(_, text, spot)| (Piece::cell(text, self.row, self.column), spot.clone())).unzip()
    }

    /// Redacts a text with each label. What it says then, if it was changed.
    fn redact(&self, place: Place, labels: &[Rc<str>], pass: &mut Pass<'_, '_>) -> Option<Zeroizing<String>> {
        let (mut pieces, spots) = self.pieces(place);
        for label in labels {
            pass.passage(&mut pieces, label);
        }
        for (piece, spot) in pieces.iter().zip(&spots).filter(|(piece, _)| piece.changed) {
            pass.edits.put_text(spot, &piece.text);
        }
        let is_changed = pieces.iter().any(|piece| piece.changed);
        is_changed.then(|| Zeroizing::new(pieces.iter().map(|piece| piece.text.as_str()).collect()))
    }

    /// A formula that is a hit, or that would give one again, becomes a text. It stays a formula, so that the chain of
    /// calculation, which names its cell, stays valid.
    fn redact_formula(&self, labels: &[Rc<str>], result: Option<Zeroizing<String>>, pass: &mut Pass<'_, '_>) {
        let (mut pieces, spots) = self.pieces(Place::Formula);
        for label in labels {
            pass.passage(&mut pieces, label);
        }
        let is_hit = pieces.iter().any(|piece| piece.changed);
        let formula = Zeroizing::new(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>());
        let Some(text) = result.or_else(|| is_hit.then_some(formula)) else { return };
        let text = escaped(&literal(&text));
        if let Some((first, rest)) = spots.split_first() {
            pass.edits.put(first.range.clone(), text.as_str());
            for spot in rest {
                pass.edits.put(spot.range.clone(), "");
            }
        } else if let Some(range) = &self.shared_formula {
            pass.edits.put(range.clone(), format!("<f>{}</f>", text.as_str()));
        }
    }
}

/// What of a text may be a label: a long one may be shown by many cells.
fn head(text: &str) -> String {
    text.chars().take(HEAD).collect()
}

/// The column of a cell, from 1: 28 of `AB12`.
fn column(place: &str) -> Option<u64> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters
        .take(4)
        .fold(0, |column, letter| column * 26 + u64::from(letter.to_ascii_uppercase() - b'A' + 1));
    (column > 0).then_some(column)
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_are_counted_as_their_letters_say() {
        assert_eq!(column("A1"), Some(1));
        assert_eq!(column("Z9"), Some(26));
        assert_eq!(column("AB12"), Some(28));
        assert_eq!(column("xfd1048576"), Some(16384));
        assert_eq!(column("ZZZZZZZZZZZZZZZZZZ1"), Some(475_254));
        assert_eq!(column("12"), None);
    }
}

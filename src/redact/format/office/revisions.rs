//! Paragraphs that read in more than one way: before a revision and after it, and without what fields are told.

use zeroize::Zeroizing;

use super::super::super::Piece;
use super::links;
use super::text::Pass;
use super::xml::local;

/// In which readings of its paragraph a text stands, as bits.
pub type Readings = u8;
/// With all revisions rejected.
pub const BEFORE: Readings = 1;
/// With all revisions accepted.
pub const AFTER: Readings = 2;
/// What fields are told to do, which nobody sees.
const FIELDS: Readings = 4;
/// Where a text stands that nothing was done to.
pub const PLAIN: Readings = BEFORE | AFTER;

/// The longest paragraph that is redacted character by character, in characters; a longer one is run by run.
const LONGEST: usize = 1 << 18;

/// In which readings a text stands that is in elements of these names, from the outermost. What was inserted and
/// deleted again stands in none, but is read with everything else.
pub fn readings<'n>(elements: impl Iterator<Item = &'n str>) -> Readings {
    elements.fold(PLAIN, |readings, element| match local(element) {
        "del" | "moveFrom" => readings & !AFTER,
        "ins" | "moveTo" => readings & !BEFORE,
        "instrText" | "delInstrText" => FIELDS,
        _ => readings,
    })
}

/// Hands a paragraph to the redactor as it reads each time, and at last with all that is in it. Says whether something
/// was changed. What any reading has blacked out goes, also where another reading shares but a part of it.
pub fn passage(pass: &mut Pass<'_, '_>, pieces: &mut [Piece], readings: &[Readings], label: &str) -> bool {
    if readings.iter().all(|own| *own == PLAIN) {
        return pass.passage(pieces, label);
    }
    let first = pass.redactor.findings().len();
    let mut characters = characters(pieces, readings);
    let mut seen = Vec::new();
    for reading in [AFTER, BEFORE, FIELDS] {
        let stands =
            |character: &Character| readings.get(character.piece).is_some_and(|own| own & reading != 0);
        let chosen: Vec<usize> =
            characters.iter().enumerate().filter(|(_, one)| stands(one)).map(|(place, _)| place).collect();
        if seen.contains(&chosen) {
            continue;
        }
        let mut read: Vec<Piece> =
            chosen.iter().filter_map(|place| characters.get(*place)).map(|one| one.piece(pieces)).collect();
        pass.passage(&mut read, label);
        for (place, piece) in chosen.iter().zip(read).filter(|(_, piece)| piece.changed) {
            if let Some(character) = characters.get_mut(*place) {
                character.new.get_or_insert(piece.text);
            }
        }
        seen.push(chosen);
    }
    let mut changed = false;
    for own in characters.chunk_by(|one, other| one.piece == other.piece) {
        let piece = own.first().and_then(|one| pieces.get_mut(one.piece));
        if let Some(piece) = piece.filter(|_| own.iter().any(|one| one.new.is_some())) {
            let texts = own.iter().map(|one| one.new.as_deref().unwrap_or(&one.text).as_str());
            piece.text = Zeroizing::new(texts.collect());
            piece.changed = true;
            changed = true;
        }
    }
    changed |= pass.passage(pieces, label);
    tell_once(pass, first);
    changed
}

/// What two readings share was found twice.
fn tell_once(pass: &mut Pass<'_, '_>, first: usize) {
    let found = pass.redactor.take_since(first);
    for finding in found {
        let known = pass.redactor.findings().get(first..).unwrap_or_default();
        if !known.contains(&finding) {
            pass.redactor.found(finding.kind, || finding.place);
        }
    }
}

/// A character of a piece, or a whole one.
struct Character {
    piece: usize,
    /// How many stand before it in its piece.
    before: u64,
    text: Zeroizing<String>,
    /// What it says, where that is percent-encoded.
    read: Option<char>,
    /// What is put in its place.
    new: Option<Zeroizing<String>>,
}

impl Character {
    fn piece(&self, pieces: &[Piece]) -> Piece {
        let (line, column) = pieces.get(self.piece).map_or((1, 1), |piece| (piece.line, piece.column));
        let read = self.read.map(|read| Zeroizing::new(read.to_string()));
        Piece::new(read.as_ref().unwrap_or(&self.text), line, column + self.before)
    }
}

fn characters(pieces: &[Piece], readings: &[Readings]) -> Vec<Character> {
    let length: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    let mut characters = Vec::new();
    for (number, (piece, readings)) in pieces.iter().zip(readings).enumerate() {
        let mut rest = piece.text.as_str();
        let mut before = 0;
        while let Some(first) = rest.chars().next() {
            // Fields are told addresses.
            let encoded = (*readings == FIELDS).then(|| links::encoded_character(rest)).flatten();
            let (length, read) = match encoded {
                _ if length > LONGEST => (rest.len(), None),
                Some((length, read)) => (length, Some(read)),
                None => (first.len_utf8(), None),
            };
            let (text, after) = rest.split_at(length);
            let own = Zeroizing::new(text.to_owned());
            characters.push(Character { piece: number, before, text: own, read, new: None });
            before += text.chars().count() as u64;
            rest = after;
        }
    }
    characters
}

//! A workbook's shared strings: each is redacted as any of the cells that show it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::super::Piece;
use super::super::Refused;
use super::attributes;
use super::edits::Spot;
use super::text::Pass;
use super::xml::{Attribute, Token, Walk, local};

/// A cell that shows a string; of cells with the same label, the first.
struct Use {
    label: Rc<str>,
    sheet: Rc<str>,
    row: u64,
    column: u64,
}

/// Which cells show which strings.
#[derive(Default)]
pub struct Uses {
    uses: HashMap<usize, Vec<Use>>,
    seen: HashSet<(usize, Rc<str>)>,
}

impl Uses {
    /// A cell shows a string.
    pub fn add(&mut self, string: usize, labels: &[Rc<str>], sheet: &Rc<str>, row: u64, column: u64) {
        for label in labels {
            if self.seen.insert((string, label.clone())) {
                let (label, sheet) = (label.clone(), sheet.clone());
                self.uses.entry(string).or_default().push(Use { label, sheet, row, column });
            }
        }
    }

    /// Walks through the part that holds the strings.
    pub fn walk<'a>(&self, walk: &mut Walk<'a>, pass: &mut Pass<'a, '_>) -> Result<(), Refused> {
        let mut index = 0;
        while let Some(step) = walk.next()? {
            let is_string = matches!(&step.token, Token::Open { name, .. } if local(name) == "si");
            if is_string {
                pass.line += 1;
                let (text, phonetic) = read(walk, pass)?;
                for (mut pieces, spots) in [text, phonetic] {
                    self.redact(index, &mut pieces, pass);
                    for (piece, spot) in pieces.iter().zip(spots).filter(|(piece, _)| piece.changed) {
                        pass.edits.put_text(&spot, &piece.text);
                    }
                }
                index += 1;
            } else {
                pass.step(step)?;
            }
        }
        Ok(())
    }

    fn redact(&self, index: usize, pieces: &mut [Piece], pass: &mut Pass<'_, '_>) {
        if pieces.iter().all(|piece| piece.text.trim().is_empty()) {
            return;
        }
        let Some(uses) = self.uses.get(&index) else {
            pass.passage(pieces, "");
            return;
        };
        for shown in uses {
            for piece in &mut *pieces {
                (piece.line, piece.column) = (shown.row, shown.column);
            }
            pass.redactor.passage(pieces, &shown.label, Some(&shown.sheet));
        }
    }
}

/// Where a string's tag, which begins there, can be told to keep spaces.
pub fn keep_at_of(name: &str, attributes: &[Attribute<'_>], begin: usize) -> Option<usize> {
    let is_told = attributes.iter().any(|attribute| attribute.name == "xml:space");
    (local(name) == "t" && !is_told).then_some(begin + 1 + name.len())
}

/// Pieces and where they stand.
type Text = (Vec<Piece>, Vec<Spot>);

/// A string to its end: its text, and its phonetic guide.
fn read<'a>(walk: &mut Walk<'a>, pass: &mut Pass<'a, '_>) -> Result<(Text, Text), Refused> {
    let (mut text, mut phonetic) = (Text::default(), Text::default());
    let mut path = vec!["si"];
    let mut keep_at = None;
    while let Some(step) = walk.next()? {
        match step.token {
            Token::Open { name, attributes, .. } => {
                attributes::redact(pass, name, &attributes)?;
                path.push(local(name));
                keep_at = keep_at_of(name, &attributes, step.range.start);
            }
            Token::Close => {
                path.pop();
                if path.is_empty() {
                    break;
                }
            }
            Token::Text(said) => {
                let into = if path.contains(&"rPh") { &mut phonetic } else { &mut text };
                into.0.push(pass.piece(&said));
                into.1.push(Spot { range: step.range, keep_at });
            }
            Token::Aside(_) => pass.step(step)?,
        }
    }
    Ok((text, phonetic))
}

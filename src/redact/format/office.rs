//! Office files (DOCX, XLSX and ODT): taken apart, every text in them rewritten, put together again.
//!
//! Every part is rewritten as XML, or copied because it is known to hold no text, or the file is refused. In XML every
//! text and every attribute goes through the redactor, but for a closed list of what is no text for people.
//!
//! | file | what lives there |
//! | --- | --- |
//! | `package` | the ZIP archive, read with limits and written anew |
//! | `parts` | which format it is, and what is done with each part |
//! | `xml`, `edits` | XML with the place of everything in it, and changes that leave all else as it was |
//! | `names`, `closed` | what is a paragraph, and what is no text |
//! | `revisions`, `frame`, `changes` | paragraphs that read in more than one way, alone or as one with others |
//! | `text`, `attributes`, `links`, `tables` | passages of text, attributes, addresses, tables' cells |
//! | `workbook`, `sheet`, `labels`, `strings`, `number` | sheets: cells with their labels, shared strings, numbers |

mod attributes;
mod changes;
mod closed;
mod edits;
mod frame;
mod labels;
mod links;
mod names;
mod number;
mod package;
mod parts;
mod revisions;
mod sheet;
mod strings;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod workbook;
mod xml;

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use self::names::Family;
use self::package::Part;
use self::parts::{Kind, Treatment};
use self::sheet::Sheet;
use self::strings::Uses;
use self::text::Pass;
use self::workbook::Workbook;
use self::xml::{Walk, utf8};
use super::{Refused, Rewritten};
use crate::redact::{Piece, Redactor};

/// What stays in a file though it can't be rewritten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Pictures: they stay as they are, with whatever they show.
    pub pictures: bool,
}

/// How deep packages may be within packages: charts have workbooks.
const PACKAGES: usize = 1;
/// How a file begins that is kept in the older binary format, and one with a password.
const COMPOUND: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// A part's new bytes; none if it stays.
type New = Option<Zeroizing<Vec<u8>>>;

/// Rewrites an office file.
pub fn rewrite(source: &[u8], redactor: &mut Redactor, options: Keep) -> Rewritten {
    rewrite_at(source, redactor, options, 0)
}

/// Rewrites an office file that is as deep within others.
fn rewrite_at(source: &[u8], redactor: &mut Redactor, options: Keep, depth: usize) -> Rewritten {
    if source.starts_with(&COMPOUND) {
        let what = "an office file of the older formats, or one with a password".to_owned();
        return Err(Refused::Format { what });
    }
    let mut parts = package::read(source)?;
    let kind = parts::kind(&parts)?;
    parts::check(&parts, kind)?;
    check_names(&parts, redactor)?;
    let treatments =
        parts.iter().map(|part| parts::treatment(part, kind, options)).collect::<Result<Vec<_>, _>>()?;
    let names = parts.iter().zip(&treatments);
    let dropped = names
        .filter(|(_, treatment)| **treatment == Treatment::Dropped)
        .map(|(part, _)| part.name.clone())
        .collect::<HashSet<_>>();
    let mut package = Package { parts: &parts, dropped: &dropped, new: HashMap::new() };
    if kind == Kind::Xlsx {
        package.rewrite_sheets(redactor)?;
    }
    for (index, treatment) in treatments.iter().enumerate() {
        match (treatment, parts.get(index)) {
            (Treatment::Xml(family), _) => package.rewrite_part(index, *family, redactor)?,
            (Treatment::Package, Some(part)) if depth < PACKAGES => {
                let new = rewrite_at(&part.bytes, redactor, options, depth + 1)?;
                package.new.insert(index, Some(new));
            }
            (Treatment::Package, _) => {
                return Err(Refused::Format {
                    what: "an embedded object within an embedded object".to_owned(),
                });
            }
            (Treatment::Copied | Treatment::Dropped, _) => {}
        }
    }
    let new = package.new;
    for (index, bytes) in new {
        if let (Some(part), Some(bytes)) = (parts.get_mut(index), bytes) {
            part.bytes = bytes;
        }
    }
    parts.retain(|part| !dropped.contains(&part.name));
    package::write(&parts)
}

/// Parts refer to each other by their names: one that identifies can't be changed truly.
fn check_names(parts: &[Part], redactor: &mut Redactor) -> Result<(), Refused> {
    for part in parts {
        let mut pieces = [Piece::new(&part.name, 1, 1)];
        redactor.passage(&mut pieces, "", None);
        if pieces.iter().any(|piece| piece.changed) {
            return Err(Refused::Format { what: "a part whose name identifies, in it,".to_owned() });
        }
    }
    Ok(())
}

/// A package that is being rewritten.
struct Package<'p> {
    parts: &'p [Part],
    dropped: &'p HashSet<String>,
    /// What is done already, by the parts' places.
    new: HashMap<usize, New>,
}

impl<'p> Package<'p> {
    fn find(&self, name: &str) -> Option<(usize, &'p Part)> {
        self.parts.iter().enumerate().find(|(_, part)| part.name.eq_ignore_ascii_case(name))
    }

    fn rewrite_part(&mut self, index: usize, family: Family, redactor: &mut Redactor) -> Result<(), Refused> {
        let Some(part) = self.parts.get(index).filter(|_| !self.new.contains_key(&index)) else {
            return Ok(());
        };
        // LibreOffice leaves some parts empty.
        let new = if part.bytes.is_empty() {
            None
        } else {
            let source = utf8(&part.bytes, &part.name)?;
            text::rewrite(source, &part.name, family, self.dropped, redactor)?
        };
        self.new.insert(index, new);
        Ok(())
    }

    /// All sheets, and then the strings that they share.
    fn rewrite_sheets(&mut self, redactor: &mut Redactor) -> Result<(), Refused> {
        let book = Workbook::read(self.parts)?;
        let mut uses = Uses::default();
        for (name, sheet) in &book.sheets {
            let Some((index, part)) = self.find(name) else { continue };
            if self.new.contains_key(&index) {
                continue;
            }
            let source = utf8(&part.bytes, &part.name)?;
            // Findings tell the sheet, unless its own name is not to be told.
            let mut pieces = [Piece::new(sheet, 1, 1)];
            redactor.passage(&mut pieces, "", Some(&part.name));
            let sheet = if pieces.iter().any(|piece| piece.changed) { name } else { sheet };
            let mut pass = Pass::new(sheet, Family::OpenXml, self.dropped, redactor);
            pass.package_part = &part.name;
            Sheet::new(&book, sheet, &mut uses).walk(&mut Walk::new(source, &part.name), &mut pass)?;
            self.new.insert(index, pass.finish(source));
        }
        if let Some((index, part)) = book.strings_part.as_deref().and_then(|name| self.find(name)) {
            let source = utf8(&part.bytes, &part.name)?;
            let mut pass = Pass::new(&part.name, Family::OpenXml, self.dropped, redactor);
            uses.walk(&mut Walk::new(source, &part.name), &mut pass)?;
            self.new.insert(index, pass.finish(source));
        }
        Ok(())
    }
}

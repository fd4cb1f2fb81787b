//! Changes that a text in ODF keeps: what was deleted stands apart, at the beginning, and a tag where it was.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::frame::Frame;
use super::revisions::{AFTER, BEFORE, PLAIN, Readings};
use super::xml::{Attribute, attribute};

/// Paragraphs with what says what each is.
pub type Paragraphs = Vec<(Frame, Vec<Rc<str>>)>;

/// A change that is being told.
#[derive(Default)]
struct Region {
    id: String,
    is_insertion: bool,
    is_deletion: bool,
    paragraphs: Paragraphs,
}

/// The changes of a part.
#[derive(Default)]
pub struct Changes {
    region: Option<Region>,
    insertions: HashSet<String>,
    deletions: BTreeMap<String, (Paragraphs, Readings)>,
    /// Insertions that have begun and not ended.
    open: HashSet<String>,
}

impl Changes {
    /// A tag opens. What was deleted there, and in which readings it stands.
    pub fn open(&mut self, name: &str, attributes: &[Attribute<'_>]) -> Option<(Paragraphs, Readings)> {
        let told = |name| attribute(attributes, name).unwrap_or_default();
        match name {
            "text:changed-region" => {
                self.region = Some(Region { id: told("id").to_owned(), ..Region::default() });
            }
            "text:insertion" => self.region.iter_mut().for_each(|region| region.is_insertion = true),
            "text:deletion" => self.region.iter_mut().for_each(|region| region.is_deletion = true),
            "text:change-start" if self.insertions.contains(told("change-id")) => {
                self.open.insert(told("change-id").to_owned());
            }
            "text:change-end" => drop(self.open.remove(told("change-id"))),
            "text:change" => {
                let (paragraphs, readings) = self.deletions.remove(told("change-id"))?;
                return Some((paragraphs, readings & self.readings()));
            }
            _ => {}
        }
        None
    }

    /// An element ends.
    pub fn close(&mut self, name: &str) {
        if name != "text:changed-region" {
            return;
        }
        let Some(region) = self.region.take() else { return };
        if region.is_deletion {
            // What was inserted before it was deleted stands in neither.
            let readings = if region.is_insertion { 0 } else { BEFORE };
            self.deletions.insert(region.id, (region.paragraphs, readings));
        } else if region.is_insertion {
            self.insertions.insert(region.id);
        }
    }

    /// Whether what comes now was deleted.
    pub fn is_deletion(&self) -> bool {
        self.region.as_ref().is_some_and(|region| region.is_deletion)
    }

    /// A paragraph that was deleted.
    pub fn take(&mut self, frame: Frame, labels: Vec<Rc<str>>) {
        if let Some(region) = &mut self.region {
            region.paragraphs.push((frame, labels));
        }
    }

    /// In which readings stands what comes now.
    pub fn readings(&self) -> Readings {
        if self.open.is_empty() { PLAIN } else { AFTER }
    }

    /// What was deleted, and no tag tells where.
    pub fn rest(&mut self) -> Paragraphs {
        std::mem::take(&mut self.deletions).into_values().flat_map(|(paragraphs, _)| paragraphs).collect()
    }
}

//! What a page's `<label>` elements call its form fields, wherever they stand: around a field, before it or behind it.

use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

use super::tag::Tag;
use super::text::{self, Reading, References};
use super::token::{Dialect, Token, Tokens};
use crate::redact::format::segments::{Cursor, Passage, as_label};

/// As much of a label is kept as one may be made of, in bytes.
const SAID: usize = 1000;

/// The labels of a page.
#[derive(Default)]
pub(super) struct Fields {
    /// By the `id` of what they are for.
    named: HashMap<String, Zeroizing<String>>,
    /// By what they are around.
    around: Vec<(Range<usize>, Zeroizing<String>)>,
}

/// A label that is read.
struct Open {
    begin: usize,
    of: Option<String>,
    said: Zeroizing<String>,
}

impl Fields {
    pub(super) fn of(source: &str, dialect: Dialect) -> Self {
        let mut fields = Self::default();
        // Most pages have no forms.
        let has_label = || source.as_bytes().windows(6).any(|bytes| bytes.eq_ignore_ascii_case(b"<label"));
        if dialect == Dialect::Xml || !has_label() {
            return fields;
        }
        let mut open = None::<Open>;
        for token in Tokens::new(source, dialect) {
            match token {
                Token::Start(tag) if tag.name(source) == "label" => {
                    fields.close(open.take(), tag.name.start);
                    let of = tag.value(source, "for").map(str::to_owned);
                    open = Some(Open { begin: tag.end, of, said: Zeroizing::default() });
                }
                Token::End(tag) if tag.name(source) == "label" => fields.close(open.take(), tag.name.start),
                Token::Text(range) => {
                    if let Some(open) = open.as_mut().filter(|open| open.said.len() < SAID) {
                        let reading =
                            Reading { references: References::InText, collapses: true, ..Reading::PLAIN };
                        let mut passage = Passage::default();
                        let end = source.floor_char_boundary(range.end.min(range.start + SAID));
                        text::push(&mut passage, source, range.start..end, reading, &mut Cursor::new("", 1));
                        open.said.push_str(&passage.text());
                    }
                }
                _ => {}
            }
        }
        fields.close(open, source.len());
        fields
    }

    fn close(&mut self, open: Option<Open>, end: usize) {
        let Some(open) = open else { return };
        let said = as_label(&open.said);
        match open.of {
            _ if said.is_empty() => {}
            Some(of) => drop(self.named.entry(of).or_insert(said)),
            None => self.around.push((open.begin..end, said)),
        }
    }

    /// What the field of a tag is called; empty if no label says it.
    pub(super) fn label(&self, source: &str, tag: &Tag) -> &str {
        let named = tag.value(source, "id").and_then(|id| self.named.get(id));
        let after = self.around.partition_point(|(range, _)| range.start <= tag.name.start);
        let around = after.checked_sub(1).and_then(|last| self.around.get(last));
        let around = around.filter(|(range, _)| tag.name.start < range.end).map(|(_, said)| said);
        named.or(around).map_or("", |said| said.as_str())
    }
}

//! The way through a page: which text is read as one, and what says what it is.

use std::ops::Range;

use zeroize::Zeroizing;

use super::attribute::Names;
use super::fields::Fields;
use super::labels::Labels;
use super::tag::Tag;
use super::text::{self, Reading, References};
use super::token::{Dialect, Token, Tokens};
use super::{names, xml};
use crate::redact::Redactor;
use crate::redact::format::segments::{Cursor, Edits, Origin, Passage, as_label, lost_breaks};
use crate::redact::format::{Refused, Rewritten};

/// The longest text that is looked at as the heading of the one behind it, in characters.
const HEADING: usize = 60;

pub(super) struct Page<'a> {
    pub source: &'a str,
    pub dialect: Dialect,
    pub cursor: Cursor<'a>,
    pub redactor: &'a mut Redactor,
    pub part: Option<&'a str>,
    pub edits: Edits,
    pub fields: Fields,
    labels: Labels,
    /// The text that is read as one, by now.
    block: Passage,
    /// What of it is CDATA, which is written as it reads.
    plain: Vec<Range<usize>>,
    /// How many elements are open in which white space stays as it is.
    preformatted: usize,
    /// Whether a style or script of a picture is open, which is text there.
    in_code: bool,
    /// What the text before said, if that is short enough to be a heading.
    before: Zeroizing<String>,
    /// What the field is called whose contents come next.
    field: Names,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        source: &'a str,
        dialect: Dialect,
        redactor: &'a mut Redactor,
        origin: Origin<'a>,
    ) -> Self {
        Self {
            source,
            dialect,
            cursor: Cursor::new(source, origin.line),
            redactor,
            part: origin.part,
            edits: Edits::default(),
            fields: Fields::of(source, dialect),
            labels: Labels::default(),
            block: Passage::default(),
            plain: Vec::new(),
            preformatted: 0,
            in_code: false,
            before: Zeroizing::default(),
            field: Names::default(),
        }
    }

    pub(super) fn rewrite(mut self) -> Rewritten {
        for token in Tokens::new(self.source, self.dialect) {
            match token {
                Token::Text(range) | Token::Plain(range) if self.holds_data(&range) => {
                    return Err(super::attribute::data());
                }
                Token::Text(range) => {
                    let collapses = self.preformatted == 0;
                    let reading = Reading { references: References::InText, collapses, ..Reading::PLAIN };
                    text::push(&mut self.block, self.source, range, reading, &mut self.cursor);
                }
                Token::Plain(range) => {
                    text::push(&mut self.block, self.source, range.clone(), Reading::PLAIN, &mut self.cursor);
                    self.plain.push(range);
                }
                Token::Contents(range, references) => self.contents(range, references)?,
                Token::Aside(range, closed) => {
                    let mut fine = xml::check_entities(self.source, &range);
                    if self.dialect == Dialect::Xml {
                        fine = fine.and_then(|()| xml::check_aside(self.source, &range, closed));
                    }
                    fine.map_err(|bad| self.refused(bad, range.start))?;
                    self.alone(range, Reading::PLAIN, "", |text| Zeroizing::new(text.to_owned()));
                }
                Token::Start(tag) => self.start(&tag)?,
                Token::End(tag) => self.end(&tag)?,
            }
        }
        self.flush();
        if self.labels.is_in_element() {
            return Err(self.refused(xml::Bad::Cut, self.source.len()));
        }
        Ok(self.edits.apply(self.source.as_bytes()))
    }

    fn start(&mut self, tag: &Tag) -> Result<(), Refused> {
        let name = tag.name(self.source);
        self.split(&name);
        self.field = self.attributes(tag)?;
        if name == "br" {
            self.block.push(tag.end..tag.end, "\n", &mut self.cursor);
        }
        self.preformatted += usize::from(is_preformatted(&name));
        self.in_code = is_code(&name);
        self.labels.start(&name, self.column_span(tag));
        if self.dialect == Dialect::Xml {
            self.check_whole(tag)?;
            if !tag.closes_itself {
                self.labels.open(self.source.get(tag.name.clone()).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn end(&mut self, tag: &Tag) -> Result<(), Refused> {
        let name = tag.name(self.source);
        self.split(&name);
        // They do nothing, but what they say is there.
        self.attributes(tag)?;
        self.preformatted = self.preformatted.saturating_sub(usize::from(is_preformatted(&name)));
        self.in_code &= !is_code(&name);
        self.labels.end(&name);
        if self.dialect == Dialect::Xml {
            self.check_whole(tag)?;
            if !self.labels.close(self.source.get(tag.name.clone()).unwrap_or_default()) {
                return Err(self.refused(xml::Bad::OtherEnd, tag.name.start));
            }
        }
        Ok(())
    }

    fn check_whole(&mut self, tag: &Tag) -> Result<(), Refused> {
        if tag.is_whole { Ok(()) } else { Err(self.refused(xml::Bad::Cut, tag.name.start)) }
    }

    /// Whether a text that readers take addresses from has data in it, as styles have.
    fn holds_data(&self, range: &Range<usize>) -> bool {
        (self.in_code || self.dialect == Dialect::Xml)
            && super::attribute::holds_data(self.source.get(range.clone()).unwrap_or_default())
    }

    /// Ends the text before an element that has one of its own.
    fn split(&mut self, name: &str) {
        let splits = match self.dialect {
            Dialect::Html => names::is_block(name),
            Dialect::Xml => name != "br" && !names::is_inline(name),
        };
        if splits {
            self.flush();
        }
    }

    fn column_span(&self, tag: &Tag) -> Option<usize> {
        let is_span = |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case("colspan"));
        let attribute = tag.attributes.iter().find(|one| is_span(self.source.get(one.name.clone())))?;
        self.source.get(attribute.value.clone())?.trim().parse().ok()
    }

    /// Redacts what was collected as one text.
    fn flush(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        if self.block.is_blank() {
            return self.block.clear();
        }
        let said = self.block.text();
        let heading = std::mem::replace(&mut self.before, as_label(&said));
        let mut label = self.labels.label();
        if label.is_empty() && heading.chars().count() <= HEADING {
            label = heading;
        }
        self.labels.say(&said);
        for segment in self.block.redact(self.redactor, &label, self.part) {
            if !segment.changed || segment.range.is_empty() {
                continue;
            }
            let raw = self.source.get(segment.range.clone()).unwrap_or_default();
            let place = plain.partition_point(|range| range.end <= segment.range.start);
            let is_plain = plain.get(place).is_some_and(|range| range.start <= segment.range.start);
            let mut text = if is_plain { segment.text } else { text::encoded(&segment.text, None) };
            let breaks = lost_breaks(raw, &text);
            text.push_str(&breaks);
            self.edits.put(segment.range, text);
        }
    }

    /// What an element holds whose contents are no markup.
    fn contents(&mut self, range: Range<usize>, references: bool) -> Result<(), Refused> {
        let raw = self.source.get(range.clone()).unwrap_or_default();
        if !references && super::attribute::holds_data(raw) {
            return Err(super::attribute::data());
        }
        let names = std::mem::take(&mut self.field);
        let kind = if references { References::InText } else { References::Without };
        let reading = Reading { references: kind, escapes: self.in_code, ..Reading::PLAIN };
        let [own, label] = names;
        let label = if label.is_empty() { own } else { super::attribute::beside([own, label]) };
        self.alone(range, reading, &label, |text| {
            if references { text::encoded(text, None) } else { Zeroizing::new(text.to_owned()) }
        });
        Ok(())
    }

    /// Redacts a text that nothing else belongs to.
    pub(super) fn alone(
        &mut self,
        range: Range<usize>,
        reading: Reading,
        label: &str,
        encode: impl Fn(&str) -> Zeroizing<String>,
    ) {
        let mut passage = Passage::default();
        text::push(&mut passage, self.source, range, reading, &mut self.cursor);
        passage.rewrite(self.source, (&mut *self.redactor, label, self.part), &mut self.edits, encode);
    }

    fn refused(&mut self, bad: xml::Bad, at: usize) -> Refused {
        xml::refused(bad, self.cursor.place(at).0)
    }
}

fn is_code(name: &str) -> bool {
    matches!(name, "style" | "script")
}

fn is_preformatted(name: &str) -> bool {
    matches!(name, "pre" | "listing")
}

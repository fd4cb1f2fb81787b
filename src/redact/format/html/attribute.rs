//! The attributes of a tag.

use zeroize::Zeroizing;

use super::page::Page;
use super::tag::{Attribute, Tag};
use super::text::{self, Reading, References};
use super::token::Dialect;
use super::{labels, names};
use crate::redact::format::Refused;
use crate::redact::format::segments::{Cursor, Passage, lost_breaks};
use crate::redact::scan::BESIDE;

/// What says what an element's value is, the likeliest first.
const NAMES: [&str; 4] = ["name", "aria-label", "placeholder", "id"];
/// A name with fewer digits holds no number that identifies.
const DIGITS: usize = 6;

/// What a value may be called.
pub(super) type Names = [Zeroizing<String>; 2];

/// The longest that a data address says of its data, before the comma.
const MEDIA: usize = 300;

/// What a value is called, where each of its names may tell what it is.
pub(super) fn beside([own, label]: Names) -> Zeroizing<String> {
    if own == label { own } else { Zeroizing::new(format!("{}{BESIDE}{}", *own, *label)) }
}

/// That there is data in base64, which may be a picture.
pub(super) fn data() -> Refused {
    Refused::Format { what: "a picture inside the page".to_owned() }
}

/// Whether a text has an address in it that holds data in base64.
pub(super) fn holds_data(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_data = |colon: usize| {
        let scheme = colon.checked_sub(4).and_then(|begin| bytes.get(begin..colon)).unwrap_or_default();
        let rest = bytes.get(colon..bytes.len().min(colon + MEDIA)).unwrap_or_default();
        let media = rest.split(|byte| *byte == b',').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"data")
            && media.to_ascii_lowercase().trim_ascii_end().ends_with(b"base64")
    };
    text.match_indices(':').any(|(colon, _)| is_data(colon))
}

impl Page<'_> {
    /// Redacts a tag's attributes, each a text of its own; gives what its value is called: by its own name, and by the
    /// page's label for it.
    pub(super) fn attributes(&mut self, tag: &Tag) -> Result<Names, Refused> {
        self.name(tag.name.clone());
        let own = NAMES.iter().find_map(|name| tag.value(self.source, name)).unwrap_or_default();
        let label = self.fields.label(self.source, tag);
        let names = [own, label].map(|said| Zeroizing::new(said.to_owned()));
        for attribute in &tag.attributes {
            self.name(attribute.name.clone());
            if !attribute.value.is_empty() {
                self.value(attribute, &names)?;
            }
        }
        Ok(names)
    }

    fn attribute_name(&self, attribute: &Attribute) -> String {
        self.source.get(attribute.name.clone()).unwrap_or_default().to_ascii_lowercase()
    }

    /// A name may hold a number as well; what is put in its place is a name again, which says nothing.
    fn name(&mut self, range: std::ops::Range<usize>) {
        let name = self.source.get(range.clone()).unwrap_or_default();
        if name.bytes().filter(u8::is_ascii_digit).count() >= DIGITS {
            self.alone(range, Reading::PLAIN, "", |_| Zeroizing::new("_".to_owned()));
        }
    }

    fn value(&mut self, attribute: &Attribute, names: &Names) -> Result<(), Refused> {
        let name = self.attribute_name(attribute);
        let address = names::is_address(&name);
        let references =
            if self.dialect == Dialect::Html { References::InAttribute } else { References::InText };
        // Scripts that browsers run when something happens.
        let escapes = name.starts_with("on") && self.dialect == Dialect::Html;
        let reading = Reading { references, collapses: false, address, escapes };
        let mut passage = Passage::default();
        text::push(&mut passage, self.source, attribute.value.clone(), reading, &mut Cursor::new("", 1));
        let mut said = passage.text();
        // Browsers leave these out of an address.
        said.retain(|character| !matches!(character, '\t' | '\n' | '\r'));
        let is_picture =
            address && name != "href" && said.trim_start().to_ascii_lowercase().starts_with("data:");
        if is_picture || holds_data(&said) {
            return Err(data());
        }
        if name == "srcdoc" && self.dialect == Dialect::Html {
            return Err(Refused::Format { what: "a page inside the page".to_owned() });
        }
        let quote = attribute.quote;
        let label = beside(names.each_ref().map(|named| labels::of_attribute(&name, named, self.dialect)));
        self.cursor.place(attribute.value.start);
        let mut passage = Passage::default();
        text::push(&mut passage, self.source, attribute.value.clone(), reading, &mut self.cursor);
        if quote.is_some() {
            let from = (&mut *self.redactor, label.as_str(), self.part);
            passage.rewrite(self.source, from, &mut self.edits, |text| text::encoded(text, quote));
        } else {
            self.unquoted(attribute, &mut passage, &label);
        }
        Ok(())
    }

    /// What is put into a value without quotes may need them.
    fn unquoted(&mut self, attribute: &Attribute, passage: &mut Passage, label: &str) {
        let (mut written, mut changed) = (Zeroizing::new(String::from("\"")), false);
        for segment in passage.redact(self.redactor, label, self.part) {
            let raw = self.source.get(segment.range).unwrap_or_default();
            if segment.changed {
                changed = true;
                written.push_str(&text::encoded(&segment.text, Some('"')));
                written.push_str(&lost_breaks(raw, &segment.text));
            } else {
                written.push_str(&Zeroizing::new(raw.replace('"', "&quot;")));
            }
        }
        if changed {
            written.push('"');
            self.edits.put(attribute.value.clone(), written);
        }
    }
}

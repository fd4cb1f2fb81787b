//! XML, walked through with the place of everything in it, so that all that is not changed can stay byte by byte.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use zeroize::Zeroizing;

use super::super::Refused;
use super::package::damaged;

/// The most elements that may be nested.
const DEPTH: usize = 512;
/// What document types of OpenOffice.org are named by.
const OPEN_OFFICE: &str = " PUBLIC \"-//OpenOffice.org//DTD ";
/// The most attributes of a tag.
const ATTRIBUTES: usize = 1_000;

/// An attribute of a tag.
#[derive(Debug)]
pub struct Attribute<'a> {
    /// With its prefix.
    pub name: &'a str,
    /// What it says, decoded.
    pub text: Zeroizing<String>,
    /// Where its value stands, without the quotes.
    pub value: Range<usize>,
    /// Where it stands, from its name to its second quote.
    pub whole: Range<usize>,
}

/// What stands in a part.
#[derive(Debug)]
pub enum Token<'a> {
    /// A tag that opens an element; an empty element has a [`Token::Close`] behind it as well, of no length.
    Open {
        /// With its prefix.
        name: &'a str,
        /// In their order.
        attributes: Vec<Attribute<'a>>,
        /// Whether the element is this tag alone.
        empty: bool,
    },
    /// The end of an element.
    Close,
    /// Text, decoded.
    Text(Zeroizing<String>),
    /// What a comment or an instruction says, as it is written.
    Aside(&'a str),
}

/// A token and its place. Of a comment or an instruction: where what it says stands.
pub struct Step<'a> {
    /// What.
    pub token: Token<'a>,
    /// Where.
    pub range: Range<usize>,
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// What of these attributes has that name, regardless of its prefix.
pub fn attribute<'b>(attributes: &'b [Attribute<'_>], name: &str) -> Option<&'b str> {
    attributes.iter().find(|attribute| local(attribute.name) == name).map(|attribute| attribute.text.as_str())
}

/// Walks through a part.
pub struct Walk<'a> {
    part: &'a str,
    source: &'a str,
    reader: Reader<&'a [u8]>,
    /// How far the reader's own places are off: a byte order mark is not given to it.
    shift: usize,
    depth: usize,
    /// An event that was read, but not taken.
    held: Option<(Event<'a>, Range<usize>)>,
    /// The empty element whose end is still to be told.
    closing: Option<usize>,
    elements: usize,
}

impl<'a> Walk<'a> {
    /// Of a part, named so in what goes wrong.
    pub fn new(source: &'a str, part: &'a str) -> Self {
        let body = source.strip_prefix('\u{feff}').unwrap_or(source);
        let mut reader = Reader::from_str(body);
        reader.config_mut().check_comments = true;
        let shift = source.len() - body.len();
        Self { part, source, reader, shift, depth: 0, held: None, closing: None, elements: 0 }
    }

    /// The next token; none at the end of a part that is whole.
    pub fn next(&mut self) -> Result<Option<Step<'a>>, Refused> {
        if let Some(at) = self.closing.take() {
            return Ok(Some(Step { token: Token::Close, range: at..at }));
        }
        let (event, range) = self.event()?;
        let token = match event {
            Event::Start(_) => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(self.wrong("its elements are nested too deeply", range.start));
                }
                self.open(&range, false)?
            }
            Event::Empty(_) => {
                self.closing = Some(range.end);
                self.open(&range, true)?
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Token::Close
            }
            Event::Text(text) => return self.text(text.xml10_content().into_owned(), range).map(Some),
            Event::GeneralRef(reference) => {
                let character = self.character(&reference, range.start)?;
                return self.text(character.to_string(), range).map(Some);
            }
            Event::CData(_) if self.depth == 0 => {
                return Err(self.wrong("text outside of all elements", range.start));
            }
            Event::CData(text) => Token::Text(Zeroizing::new(text.xml10_content().into_owned())),
            Event::Comment(_) => return Ok(Some(self.aside(&range, "<!--", "-->"))),
            Event::PI(_) => return Ok(Some(self.aside(&range, "<?", "?>"))),
            Event::Decl(declaration) => {
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(|_| self.wrong("its first line", range.start))?;
                    if !["utf-8", "utf8", "us-ascii"].iter().any(|fit| encoding.eq_ignore_ascii_case(fit)) {
                        return Err(other_encoding(self.part));
                    }
                }
                return Ok(Some(Step { token: Token::Aside(""), range: range.start..range.start }));
            }
            Event::DocType(kind) if is_named_alone(&kind) => {
                return Ok(Some(self.aside(&range, "<!", ">")));
            }
            Event::DocType(_) => {
                return Err(Refused::Format { what: format!("a document type in it, {},", self.part) });
            }
            Event::Eof if self.depth > 0 || self.elements == 0 => {
                return Err(self.wrong("it ends too early", range.start));
            }
            Event::Eof => return Ok(None),
        };
        Ok(Some(Step { token, range }))
    }

    fn event(&mut self) -> Result<(Event<'a>, Range<usize>), Refused> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        let begin = self.place();
        match self.reader.read_event() {
            Ok(event) => Ok((event, begin..self.place())),
            Err(_) => Err(self.wrong("it is no valid XML", begin)),
        }
    }

    fn place(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).saturating_add(self.shift)
    }

    /// A text with the texts and references that follow it without a break.
    fn text(&mut self, text: String, mut range: Range<usize>) -> Result<Step<'a>, Refused> {
        let mut text = Zeroizing::new(text);
        loop {
            let (event, next) = self.event()?;
            match &event {
                Event::Text(more) => text.push_str(&more.xml10_content()),
                Event::GeneralRef(reference) => text.push(self.character(reference, next.start)?),
                _ => {
                    self.held = Some((event, next));
                    if self.depth == 0 && !text.trim().is_empty() {
                        return Err(self.wrong("text outside of all elements", range.start));
                    }
                    return Ok(Step { token: Token::Text(text), range });
                }
            }
            range.end = next.end;
        }
    }

    fn character(&self, reference: &BytesRef<'_>, at: usize) -> Result<char, Refused> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => Some(character),
            Ok(None) => predefined(reference),
            Err(_) => None,
        }
        .ok_or_else(|| self.wrong("an entity that XML itself does not have", at))
    }

    fn aside(&self, range: &Range<usize>, begin: &str, end: &str) -> Step<'a> {
        let whole = self.source.get(range.clone()).unwrap_or_default();
        let inner = whole.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end)).unwrap_or_default();
        let from = range.start + begin.len();
        Step { token: Token::Aside(inner), range: from..from + inner.len() }
    }

    /// Takes a tag apart by itself: the place of each attribute is needed.
    fn open(&mut self, range: &Range<usize>, empty: bool) -> Result<Token<'a>, Refused> {
        self.elements += 1;
        let wrong = || self.wrong("a tag that is no valid XML", range.start);
        let source: &'a str = self.source;
        let tag = source.get(range.clone()).unwrap_or_default();
        let end = if empty { "/>" } else { ">" };
        let inner = tag.strip_prefix('<').and_then(|rest| rest.strip_suffix(end)).ok_or_else(wrong)?;
        let space = |character: char| matches!(character, ' ' | '\t' | '\r' | '\n');
        let length = inner.find(space).unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(length);
        let inner_end = range.start + 1 + inner.len();
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(space);
            if attributes.len() > ATTRIBUTES {
                return Err(self.wrong("a tag with too many attributes", range.start));
            }
            if rest.is_empty() {
                return Ok(Token::Open { name, attributes, empty });
            }
            let begin = inner_end - rest.len();
            let (name, after) = rest.split_once('=').ok_or_else(wrong)?;
            let after = after.trim_start_matches(space);
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or_else(wrong)?;
            let (value, after) = after.get(1..).and_then(|text| text.split_once(quote)).ok_or_else(wrong)?;
            let value_end = inner_end - after.len() - 1;
            let text = decoded(value).ok_or_else(wrong)?;
            let value = value_end - value.len()..value_end;
            attributes.push(Attribute {
                name: name.trim_end_matches(space),
                text,
                value,
                whole: begin..value_end + 1,
            });
            rest = after;
        }
    }

    fn wrong(&self, what: &str, at: usize) -> Refused {
        let before = self.source.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + before.split(|byte| *byte == b'\n').skip(1).count();
        damaged(format!("{}, line {line}: {what}", self.part))
    }
}

/// The entities that every XML has.
fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// An attribute's value, its references resolved.
fn decoded(value: &str) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(value.len()));
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';')?;
        text.push_str(before);
        text.push(match BytesRef::new(name).resolve_char_ref() {
            Ok(Some(character)) => character,
            Ok(None) => predefined(name)?,
            Err(_) => return None,
        });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Whether a document type is but a name, as OpenOffice.org wrote it into each file: it declares nothing.
fn is_named_alone(kind: &str) -> bool {
    kind.contains(OPEN_OFFICE) && !kind.contains('[')
}

/// A part's text, if it is in UTF-8.
pub fn utf8<'a>(bytes: &'a [u8], part: &str) -> Result<&'a str, Refused> {
    // UTF-16 and UTF-32, with and without a mark.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(other_encoding(part));
    }
    std::str::from_utf8(bytes).map_err(|_| damaged(format!("{part} is no valid UTF-8")))
}

fn other_encoding(part: &str) -> Refused {
    Refused::Format { what: format!("text in another encoding than UTF-8 in it, {part},") }
}

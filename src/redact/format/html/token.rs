//! What a page consists of, byte by byte, as browsers take it apart: text, tags, comments.

use std::ops::Range;

use super::tag::{self, Tag};

/// Which rules a page is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Html,
    Xml,
}

/// A part of a page. Between them nothing is left out but what they begin and end with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text with character references.
    Text(Range<usize>),
    /// Text as it stands: a CDATA section.
    Plain(Range<usize>),
    /// All that an element holds whose contents are no markup; whether it has character references.
    Contents(Range<usize>, bool),
    Start(Tag),
    End(Tag),
    /// A comment, a doctype or an instruction, and whether it is closed.
    Aside(Range<usize>, bool),
}

/// Elements whose contents are text as it stands.
const RAW: [&str; 5] = ["style", "xmp", "iframe", "noembed", "noframes"];
/// Elements whose contents are text with character references.
const REFERENCES: [&str; 2] = ["title", "textarea"];
/// Elements in pictures and formulas whose contents are HTML again.
const HTML_AGAIN: [&str; 4] = ["foreignobject", "desc", "title", "annotation-xml"];

/// The most changes between HTML and pictures in each other.
const FOREIGN: usize = 100;

pub(super) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    dialect: Dialect,
    /// The raw element whose contents come next.
    raw: Option<String>,
    /// The open elements that change between HTML and pictures or formulas, and whether they change to the latter.
    foreign: Vec<(String, bool)>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str, dialect: Dialect) -> Self {
        let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { source, at, dialect, raw: None, foreign: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn is_foreign(&self) -> bool {
        self.dialect == Dialect::Xml || self.foreign.last().is_some_and(|(_, foreign)| *foreign)
    }

    /// Whether a name begins with that character.
    fn is_name(&self, character: char) -> bool {
        match self.dialect {
            Dialect::Html => character.is_ascii_alphabetic(),
            Dialect::Xml => character.is_alphabetic() || character == '_' || character == ':',
        }
    }

    /// Whether markup begins with `text`, which begins with `<`.
    fn begins(&self, text: &str) -> bool {
        match text.chars().nth(1) {
            Some('!' | '?') => true,
            // At the very end it is text.
            Some('/') => text.len() > 2,
            character => character.is_some_and(|character| self.is_name(character)),
        }
    }

    fn text_end(&self) -> usize {
        let mut from = self.at;
        while let Some(found) = self.source.get(from..).and_then(|rest| rest.find('<')) {
            if self.begins(self.source.get(from + found..).unwrap_or_default()) {
                return from + found;
            }
            from += found + 1;
        }
        self.source.len()
    }

    /// A comment or the like that begins here and ends before the first of `ends`.
    fn aside(&mut self, begin: usize, ends: &[&str]) -> Token {
        let from = self.at + begin;
        let rest = self.source.get(from..).unwrap_or_default();
        let mut found = None;
        let mut before = rest;
        for end in ends {
            // Each is looked for only before the others, so that no file is gone through again and again.
            if let Some(at) = before.find(end) {
                before = before.get(..at).unwrap_or_default();
                found = Some(end.len());
            }
        }
        let end = from + before.len();
        self.at = end + found.unwrap_or(0);
        Token::Aside(from..end, found.is_some())
    }

    fn markup(&mut self) -> Token {
        let rest = self.rest();
        let is_xml = self.dialect == Dialect::Xml;
        if let Some(comment) = rest.strip_prefix("<!--") {
            // HTML closes `<!-->` and `<!--->` at once.
            let at_once = ["->", ">"].iter().find(|end| comment.starts_with(**end)).filter(|_| !is_xml);
            return match at_once {
                Some(end) => {
                    self.at += 4 + end.len();
                    Token::Aside(self.at..self.at, true)
                }
                None => self.aside(4, if is_xml { &["-->"] } else { &["-->", "--!>"] }),
            };
        }
        if rest.starts_with("<![CDATA[") && self.is_foreign() {
            let Token::Aside(range, _) = self.aside(9, &["]]>"]) else {
                return Token::Text(self.at..self.at);
            };
            return Token::Plain(range);
        }
        if rest.starts_with("<?") {
            return self.aside(2, if is_xml { &["?>"] } else { &[">"] });
        }
        if rest.starts_with("<!") {
            return if is_xml { self.doctype() } else { self.aside(2, &[">"]) };
        }
        if let Some(end) = rest.strip_prefix("</") {
            if !end.starts_with(|character| self.is_name(character)) {
                return self.aside(2, &[">"]);
            }
            let tag = tag::read(self.source, self.at + 2);
            self.at = tag.end;
            self.close(&tag.name(self.source));
            return Token::End(tag);
        }
        let tag = tag::read(self.source, self.at + 1);
        self.at = tag.end;
        self.open(&tag);
        Token::Start(tag)
    }

    /// A doctype of XML, which may have declarations in brackets.
    fn doctype(&mut self) -> Token {
        let rest = self.rest();
        match rest.find(['[', '>']) {
            Some(at) if rest.as_bytes().get(at) == Some(&b'[') => {
                let Token::Aside(range, closed) = self.aside(2, &["]"]) else {
                    return Token::Text(self.at..self.at);
                };
                let Token::Aside(last, also) = self.aside(0, &[">"]) else {
                    return Token::Aside(range, closed);
                };
                Token::Aside(range.start..last.end, closed && also)
            }
            _ => self.aside(2, &[">"]),
        }
    }

    fn open(&mut self, tag: &Tag) {
        if self.dialect == Dialect::Xml {
            return;
        }
        let may_nest = !tag.closes_itself && self.foreign.len() < FOREIGN;
        let name = tag.name(self.source);
        if self.is_foreign() {
            if HTML_AGAIN.contains(&name.as_str()) {
                if may_nest {
                    self.foreign.push((name, false));
                }
                return;
            }
            if !super::names::ends_picture(&name) {
                return;
            }
            // An element of a page ends a picture that was left open.
            self.foreign.clear();
        }
        match name.as_str() {
            "svg" | "math" if may_nest => self.foreign.push((name, true)),
            "script" | "plaintext" => self.raw = Some(name),
            _ if RAW.contains(&name.as_str()) || REFERENCES.contains(&name.as_str()) => self.raw = Some(name),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(place) = self.foreign.iter().rposition(|(open, _)| open == name) {
            self.foreign.truncate(place);
        }
    }

    /// The contents of a raw element.
    fn contents(&mut self, name: &str) -> Token {
        let end = match name {
            "plaintext" => self.source.len(),
            "script" => self.script_end(),
            _ => self.raw_end(name, self.at),
        };
        let range = self.at..end;
        self.at = end;
        Token::Contents(range, REFERENCES.contains(&name))
    }

    /// Where `</name` is next, from a byte on.
    fn raw_end(&self, name: &str, mut from: usize) -> usize {
        while let Some(found) = self.source.get(from..).and_then(|rest| rest.find("</")) {
            from += found;
            if self.is_tag(from + 2, name) {
                return from;
            }
            from += 2;
        }
        self.source.len()
    }

    /// Whether a tag of that name has it there.
    fn is_tag(&self, at: usize, name: &str) -> bool {
        let bytes = self.source.as_bytes();
        let named =
            bytes.get(at..at + name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()));
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        named && bytes.get(at + name.len()).is_some_and(ends)
    }

    /// Where a script ends: in a comment in it, another script may be opened, whose end is not its own.
    fn script_end(&self) -> usize {
        let (mut in_comment, mut in_script, mut at) = (false, false, self.at);
        while let Some(found) = self.source.get(at..).and_then(|rest| rest.find(['<', '-'])) {
            at += found;
            let rest = self.source.get(at..).unwrap_or_default();
            if rest.starts_with("<!--") {
                in_comment = true;
                // The dashes that open a comment may close it.
                at += 2;
            } else if rest.starts_with("-->") {
                (in_comment, in_script) = (false, false);
                at += 3;
            } else if in_comment && !in_script && rest.starts_with('<') && self.is_tag(at + 1, "script") {
                in_script = true;
                at += 1;
            } else if rest.starts_with("</") && self.is_tag(at + 2, "script") {
                if !in_script {
                    return at;
                }
                in_script = false;
                at += 2;
            } else {
                at += 1;
            }
        }
        self.source.len()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(name) = self.raw.take() {
            return Some(self.contents(&name));
        }
        if self.at >= self.source.len() {
            return None;
        }
        let end = self.text_end();
        if end > self.at {
            let text = self.at..end;
            self.at = end;
            return Some(Token::Text(text));
        }
        Some(self.markup())
    }
}

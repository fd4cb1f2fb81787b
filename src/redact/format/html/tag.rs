//! A tag: its name and its attributes, as browsers read them, however broken.

use std::ops::Range;

/// A start or end tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub name: Range<usize>,
    /// All of them: browsers ignore the second of a name, but who reads the source does not.
    pub attributes: Vec<Attribute>,
    /// Whether it ends in `/>`.
    pub closes_itself: bool,
    /// Whether it ends in `>`, and not with the file.
    pub is_whole: bool,
    /// Where it ends, the `>` included.
    pub end: usize,
}

impl Tag {
    /// Its name in small letters.
    pub(super) fn name(&self, source: &str) -> String {
        source.get(self.name.clone()).unwrap_or_default().to_ascii_lowercase()
    }

    /// The value of its first attribute of that name, as it is written, unless it is empty.
    pub(super) fn value<'a>(&self, source: &'a str, name: &str) -> Option<&'a str> {
        let is_named =
            |one: &&Attribute| source.get(one.name.clone()).is_some_and(|own| own.eq_ignore_ascii_case(name));
        let found = self.attributes.iter().find(is_named);
        found.and_then(|one| source.get(one.value.clone())).filter(|value| !value.is_empty())
    }
}

/// An attribute of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub name: Range<usize>,
    /// Without its quotes; empty if it has none.
    pub value: Range<usize>,
    /// The quotes that it stands in.
    pub quote: Option<char>,
}

/// Reads a tag whose name begins at that byte.
pub(super) fn read(source: &str, at: usize) -> Tag {
    let mut reading = Reading { source, at };
    let mut tag =
        Tag { name: reading.until(|byte| is_space(byte) || byte == b'/' || byte == b'>'), ..Tag::default() };
    loop {
        let skipped = reading.until(|byte| !is_space(byte) && byte != b'/');
        match reading.peek() {
            None => break,
            Some(b'>') => {
                tag.closes_itself =
                    source.as_bytes().get(skipped).is_some_and(|skipped| skipped.ends_with(b"/"));
                tag.is_whole = true;
                reading.at += 1;
                break;
            }
            Some(_) => tag.attributes.push(reading.attribute()),
        }
    }
    tag.end = reading.at;
    tag
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

struct Reading<'a> {
    source: &'a str,
    at: usize,
}

impl Reading<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    /// Goes on to the first byte that ends it, or to the file's end. All that ends something here is ASCII.
    fn until(&mut self, ends: impl Fn(u8) -> bool) -> Range<usize> {
        let begin = self.at;
        let rest = self.source.as_bytes().get(begin..).unwrap_or_default();
        self.at = begin + rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len());
        begin..self.at
    }

    fn attribute(&mut self) -> Attribute {
        let begin = self.at;
        // An equals sign in the first place is a part of the name.
        self.at += usize::from(self.peek() == Some(b'='));
        self.until(|byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
        let name = begin..self.at;
        let after = self.at;
        self.until(|byte| !is_space(byte));
        if self.peek() != Some(b'=') {
            self.at = after;
            return Attribute { name, value: after..after, quote: None };
        }
        self.at += 1;
        self.until(|byte| !is_space(byte));
        if let Some(quote @ (b'"' | b'\'')) = self.peek() {
            self.at += 1;
            let value = self.until(|byte| byte == quote);
            self.at = (self.at + 1).min(self.source.len());
            return Attribute { name, value, quote: Some(char::from(quote)) };
        }
        let value = self.until(|byte| is_space(byte) || byte == b'>');
        Attribute { name, value, quote: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(source: &str) -> Vec<(&str, &str)> {
        let tag = read(source, 1);
        tag.attributes.iter().map(|one| (&source[one.name.clone()], &source[one.value.clone()])).collect()
    }

    #[test]
    fn attributes_are_read_as_browsers_do() {
        assert_eq!(
            attributes("<a b=c d = 'e f' G=\"h>\" i j=/ k/l=m =n=o b=p>"),
            [
                ("b", "c"),
                ("d", "e f"),
                ("G", "h>"),
                ("i", ""),
                ("j", "/"),
                ("k", ""),
                ("l", "m"),
                ("=n", "o"),
                ("b", "p")
            ]
        );
        assert_eq!(attributes("<a b='c"), [("b", "c")]);
        assert_eq!(attributes("<a b=>"), [("b", "")]);
        assert!(read("<a/>", 1).closes_itself && !read("<a b=/>", 1).closes_itself);
        assert!(!read("<a b", 1).is_whole && read("<a b>", 1).is_whole);
    }
}

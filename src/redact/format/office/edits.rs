//! Changes to a part: ranges of it and what stands there now. All other bytes stay.

use std::collections::HashSet;
use std::ops::Range;

use zeroize::Zeroizing;

/// Where a text stands.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The text itself.
    pub range: Range<usize>,
    /// Where its tag can be told to keep spaces at the text's ends; none where that is not needed.
    pub keep_at: Option<usize>,
}

/// What is to be changed in one part.
#[derive(Debug, Default)]
pub struct Edits {
    changes: Vec<(Range<usize>, Zeroizing<String>)>,
    /// Tags that are told already to keep spaces.
    kept: HashSet<usize>,
}

impl Edits {
    /// Puts `text`, which is XML already, in place of a range.
    pub fn put(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.changes.push((range, Zeroizing::new(text.into())));
    }

    /// Puts `text`, which is no XML yet, in place of a text. Spaces at its ends, which were within it before, stay.
    pub fn put_text(&mut self, spot: &Spot, text: &str) {
        self.put(spot.range.clone(), escaped(text).as_str());
        if let Some(at) = spot.keep_at
            && text.trim().len() < text.len()
            && self.kept.insert(at)
        {
            self.put(at..at, " xml:space=\"preserve\"");
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The part with its changes. Of changes that overlap, the one that begins first stands: it took what is within
    /// away.
    pub fn apply(mut self, source: &str) -> Zeroizing<Vec<u8>> {
        self.changes.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut result = Zeroizing::new(Vec::with_capacity(source.len()));
        let mut done = 0;
        for (range, text) in &self.changes {
            if range.start < done {
                continue;
            }
            let kept = source.as_bytes().get(done..range.start).unwrap_or_default();
            result.extend_from_slice(kept);
            result.extend_from_slice(text.as_bytes());
            done = done.max(range.end);
        }
        result.extend_from_slice(source.as_bytes().get(done..).unwrap_or_default());
        result
    }
}

/// A text as it is written between tags or, in double or single quotes, as an attribute's value.
pub fn escaped(text: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(String::with_capacity(text.len() + 8));
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&apos;"),
            // As they are, a reader would make spaces of them in an attribute, and a line break of the last.
            '\t' => result.push_str("&#9;"),
            '\n' => result.push_str("&#10;"),
            '\r' => result.push_str("&#13;"),
            _ => result.push(character),
        }
    }
    result
}

//! What is asked of XML beyond what is asked of a page, which browsers read however broken it is.

use std::ops::Range;

use crate::redact::format::Refused;

/// What is wrong with XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It ends in the middle.
    Cut,
    /// An end tag is not that of the element that is open.
    OtherEnd,
    /// It declares entities, so that what it says is not what is written.
    Entities,
    /// It is said to be in another encoding.
    Encoding,
}

pub(super) fn refused(bad: Bad, line: u64) -> Refused {
    let why = match bad {
        Bad::Entities => return Refused::Format { what: "XML that declares entities of its own".to_owned() },
        Bad::Cut => "something is open there that is never closed",
        Bad::OtherEnd => "an end tag is not that of the element that is open",
        Bad::Encoding => "it says that it is in another encoding than UTF-8",
    };
    Refused::Damaged { format: "XML", why: format!("line {line}: {why}") }
}

/// Looks at a doctype for entities, which readers of XML know and browsers do not.
pub(super) fn check_entities(source: &str, range: &Range<usize>) -> Result<(), Bad> {
    let before = source.get(..range.start).unwrap_or_default();
    let text = source.get(range.clone()).unwrap_or_default();
    let declares = before.ends_with("<!") && (text.starts_with("ENTITY") || text.contains("<!ENTITY"));
    if declares { Err(Bad::Entities) } else { Ok(()) }
}

/// Looks at a comment, a doctype or an instruction.
pub(super) fn check_aside(source: &str, range: &Range<usize>, closed: bool) -> Result<(), Bad> {
    let before = source.get(..range.start).unwrap_or_default();
    let text = source.get(range.clone()).unwrap_or_default();
    if !closed {
        return Err(Bad::Cut);
    }
    if before.ends_with("<?") && text.starts_with("xml") && text.contains("encoding") {
        let named = text.split("encoding").nth(1).unwrap_or_default();
        let named = named.trim_start_matches([' ', '\t', '\r', '\n', '=']);
        let quoted = named.split(['"', '\'']).nth(1).unwrap_or_default();
        if !["utf-8", "utf8", "us-ascii"].contains(&quoted.to_ascii_lowercase().as_str()) {
            return Err(Bad::Encoding);
        }
    }
    Ok(())
}

/// Whether a source is XML, and no page that is written as such.
pub(super) fn is_xml(source: &str) -> bool {
    let source = source.trim_start_matches('\u{feff}').trim_start();
    let begins = |text: &str, start: &str| {
        text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    let Some(end) = source.find("?>").filter(|_| source.starts_with("<?xml")) else { return false };
    let after = source.get(end + 2..).unwrap_or_default().trim_start();
    !begins(after, "<html") && !begins(after, "<!doctype html")
}

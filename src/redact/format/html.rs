//! HTML as browsers read it, and XML.

mod attribute;
mod fields;
mod labels;
mod names;
mod page;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod xml;

use super::segments::Origin;
use super::{Rewritten, stream};
use crate::redact::Redactor;
use page::Page;
use token::Dialect;

/// Rewrites a page, or XML that says in its first line that it is such.
pub fn rewrite(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    rewrite_part(source, redactor, Origin::FILE)
}

/// Rewrites XML, also a picture in SVG. It is refused if it is not well-formed.
pub fn rewrite_xml(source: &[u8], redactor: &mut Redactor) -> Rewritten {
    let source = stream::text(source, "XML", 1)?;
    Page::new(source, Dialect::Xml, redactor, Origin::FILE).rewrite()
}

/// Rewrites a page that is a part of another file.
pub(super) fn rewrite_part(source: &[u8], redactor: &mut Redactor, origin: Origin<'_>) -> Rewritten {
    let source = stream::text(source, "HTML", origin.line)?;
    let dialect = if xml::is_xml(source) { Dialect::Xml } else { Dialect::Html };
    Page::new(source, dialect, redactor, origin).rewrite()
}

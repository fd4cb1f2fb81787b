//! The header fields of a message or a part.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{Mail, damaged, line_end, lines, words};
use crate::redact::finders::email;
use crate::redact::format::segments::Cursor;
use crate::redact::format::{Refused, stream};

/// The longest field, in bytes.
const LONGEST: usize = 256 << 10;

/// Fields that machines write for machines: programs name messages by them and check them, and people do not read
/// them. What stands in them looks like addresses.
const MACHINES: [&str; 7] = [
    "Message-ID",
    "References",
    "In-Reply-To",
    "DKIM-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
];

/// Fields of addresses, which programs take apart. What is put into them has to be an address where one stood.
const ADDRESSES: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Return-Path",
    "Delivered-To",
];
/// An address that is nobody's (RFC 2606), and that is not taken for one when the message is read again.
const NOBODY: &str = "redacted@invalid";

/// A field, with its folded lines.
#[derive(Debug)]
pub(super) struct Field {
    /// All of it, the line end included.
    pub range: Range<usize>,
    /// Without the colon.
    pub name: Range<usize>,
    /// What follows the colon, without the last line end.
    pub value: Range<usize>,
}

/// Fields, and where they end.
pub(super) struct Fields {
    pub all: Vec<Field>,
    /// Where a further field would stand.
    pub end: usize,
    /// Where the body begins, behind the empty line.
    pub body: usize,
}

impl Mail<'_> {
    /// Reads the fields at the beginning of a range.
    pub(super) fn fields(&mut self, range: Range<usize>) -> Result<Fields, Refused> {
        let mut fields = Vec::<Field>::new();
        for line in lines(self.source, range.clone()) {
            let bytes = self.bytes(line.clone());
            if bytes == b"\n" || bytes == b"\r\n" {
                return Ok(Fields { all: fields, end: line.start, body: line.end });
            }
            if bytes.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                let number = self.line(line.start);
                let field = fields.last_mut().ok_or_else(|| damaged(number, "a header is missing"))?;
                field.range.end = line.end;
                if field.range.len() > LONGEST {
                    return Err(damaged(number, "a header is longer than 256 KiB"));
                }
                field.value.end = line.start + without_end(bytes);
                continue;
            }
            let colon = bytes.iter().position(|byte| *byte == b':').unwrap_or(0);
            let name = bytes.get(..colon).unwrap_or_default().trim_ascii_end();
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) || bytes.len() > LONGEST {
                return Err(damaged(self.line(line.start), "it is no header"));
            }
            let value = line.start + colon + 1..line.start + without_end(bytes);
            fields.push(Field { range: line.clone(), name: line.start..line.start + name.len(), value });
        }
        // Without a body.
        Ok(Fields { all: fields, end: range.end, body: range.end })
    }

    /// A field's name, as it is written.
    pub(super) fn name(&self, field: &Field) -> &str {
        std::str::from_utf8(self.source.get(field.name.clone()).unwrap_or_default()).unwrap_or_default()
    }

    /// A field's value as text, with its line.
    pub(super) fn value(&mut self, field: &Field) -> Result<(&str, u64), Refused> {
        let line = self.line(field.range.start);
        Ok((stream::text(self.source.get(field.value.clone()).unwrap_or_default(), super::MAIL, line)?, line))
    }

    /// Redacts a field that is read as one text.
    pub(super) fn redact_field(&mut self, field: &Field) -> Result<(), Refused> {
        if MACHINES.iter().any(|name| name.eq_ignore_ascii_case(self.name(field))) {
            return Ok(());
        }
        let line = self.line(field.range.start);
        let source = self.source;
        let whole = source.get(field.range.start..field.value.end).unwrap_or_default();
        let whole = stream::text(whole, super::MAIL, line)?;
        let name = self.name(field).to_owned();
        let begin = field.value.start - field.range.start;
        let mut cursor = Cursor::new(whole, line);
        let mut passage = words::read(whole, begin, &mut cursor).map_err(|what| damaged(line, what))?;
        let end = line_end(self.bytes(field.range.clone()));
        let has_addresses = ADDRESSES.iter().any(|own| own.eq_ignore_ascii_case(&name));
        let black = format!("[{} ████]", email::KIND.shown);
        let (mut text, mut changed) = (Zeroizing::new(String::new()), false);
        for segment in passage.redact(self.redactor, &name, None) {
            if has_addresses {
                // Commas and brackets that were in an encoded word stay in one, and the others stay outside.
                if segment.changed {
                    let raw = whole.get(segment.range.clone()).unwrap_or_default();
                    let said = Zeroizing::new(segment.text.replace(&black, NOBODY));
                    let range =
                        field.range.start + segment.range.start..field.range.start + segment.range.end;
                    self.edits.put(range, words::put(&said, raw.starts_with("=?"), end));
                }
                continue;
            }
            text.push_str(&segment.text);
            changed |= segment.changed;
        }
        if changed {
            let written = words::written(text.trim(), name.len() + 1, end);
            self.edits.put(field.value.clone(), written);
        }
        Ok(())
    }
}

/// The length of a line without its end.
fn without_end(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

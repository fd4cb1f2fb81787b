//! A message or a part of one: its fields, and what they say of its body.

use std::ops::Range;

use zeroize::Zeroizing;

use super::field::{Field, Fields};
use super::parameters::Parameters;
use super::transfer::Encoding;
use super::{DEPTH, MAIL, Mail, damaged, line_end};
use crate::redact::format::segments::Cursor;
use crate::redact::format::{Refused, stream};

/// The fields of an entity that say how its body is to be read.
#[derive(Default)]
pub(super) struct Manner {
    pub content: Option<(Field, Parameters)>,
    pub encoding: Option<(Field, Encoding)>,
    has_version: bool,
}

impl Manner {
    /// The body's type, in small letters.
    pub(super) fn media<'a>(&'a self, default: &'a str) -> &'a str {
        match self.content.as_ref().map_or("", |(_, content)| content.value.as_str()) {
            "" => default,
            "text" => "text/plain",
            media => media,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.content.as_ref().and_then(|(_, content)| content.get(name))
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.as_ref().map_or(Encoding::Seven, |(_, encoding)| *encoding)
    }
}

impl Mail<'_> {
    /// Rewrites a message or a part; `path` names it, `default` is what it is if it does not say.
    pub(super) fn entity(
        &mut self,
        range: Range<usize>,
        path: &str,
        depth: usize,
        default: &str,
    ) -> Result<(), Refused> {
        if depth > DEPTH {
            let line = self.line(range.start);
            return Err(damaged(line, "parts and messages lie in each other more than 10 deep"));
        }
        let Fields { all: fields, end, body } = self.fields(range.clone())?;
        let mut manner = Manner::default();
        for field in fields {
            self.field(field, &mut manner)?;
        }
        let media = manner.media(default).to_owned();
        let body = body..range.end;
        let recoded = match media.split_once('/') {
            Some(("multipart", kind)) => {
                self.check_composite(&manner, body.start)?;
                self.multipart(body, kind, manner.parameter("boundary"), path, depth)?;
                None
            }
            _ if media == "message/rfc822" => {
                self.check_composite(&manner, body.start)?;
                self.message(body, &format!("{path}.1"), depth + 1)?;
                None
            }
            _ => self.leaf(body, &media, &manner, path)?,
        };
        let is_message = range.start == 0;
        self.write_manner(manner, (recoded, is_message), &media, end);
        Ok(())
    }

    fn field(&mut self, field: Field, manner: &mut Manner) -> Result<(), Refused> {
        let line = self.line(field.range.start);
        let name = self.name(&field).to_ascii_lowercase();
        match name.as_str() {
            "content-type" if manner.content.is_some() => Err(damaged(line, "a second Content-Type")),
            "content-type" => {
                let content = self.parameters(&field)?;
                manner.content = Some((field, content));
                Ok(())
            }
            "content-disposition" => {
                let parameters = self.parameters(&field)?;
                self.write_parameters(&field, &parameters);
                Ok(())
            }
            "content-transfer-encoding" if manner.encoding.is_some() => {
                Err(damaged(line, "a second Content-Transfer-Encoding"))
            }
            "content-transfer-encoding" => {
                let encoding = Encoding::named(self.value(&field)?.0);
                let encoding = encoding.ok_or_else(|| damaged(line, "an encoding that is not known here"))?;
                manner.encoding = Some((field, encoding));
                Ok(())
            }
            _ => {
                manner.has_version |= name == "mime-version";
                self.redact_field(&field)
            }
        }
    }

    fn parameters(&mut self, field: &Field) -> Result<Parameters, Refused> {
        let line = self.line(field.range.start);
        let source = self.source;
        let whole = source.get(field.range.start..field.value.end).unwrap_or_default();
        let whole = stream::text(whole, MAIL, line)?;
        let begin = field.value.start - field.range.start;
        let mut parameters = Parameters::read(whole, begin).map_err(|what| damaged(line, what))?;
        let name = self.name(field).to_owned();
        parameters.redact(self.redactor, &name, &mut Cursor::new(whole, line), begin);
        Ok(parameters)
    }

    fn write_parameters(&mut self, field: &Field, parameters: &Parameters) {
        if parameters.changed {
            let end = line_end(self.bytes(field.range.clone()));
            let used = field.value.start - field.range.start;
            self.edits.put(field.value.clone(), parameters.written(used, end));
        }
    }

    /// What holds parts is not encoded itself.
    fn check_composite(&mut self, manner: &Manner, at: usize) -> Result<(), Refused> {
        if manner.encoding().is_none() {
            return Ok(());
        }
        Err(damaged(self.line(at), "something that holds other parts is encoded as a whole"))
    }

    /// Writes the fields that say how the body is to be read; `recoded` is its encoding if it was changed.
    fn write_manner(
        &mut self,
        manner: Manner,
        (recoded, is_message): (Option<Encoding>, bool),
        media: &str,
        end: usize,
    ) {
        let line_end = line_end(self.bytes(0..end));
        let mut added = Zeroizing::new(String::new());
        let is_text = media.starts_with("text/") && recoded.is_some();
        match manner.content {
            Some((field, mut content)) => {
                if is_text || (recoded.is_some() && content.get("charset").is_some()) {
                    content.set("charset", "utf-8");
                }
                self.write_parameters(&field, &content);
            }
            None if is_text => added.extend(["Content-Type: ", media, "; charset=utf-8", line_end]),
            None => {}
        }
        let Some(recoded) = recoded else { return };
        match manner.encoding {
            Some((_, known)) if known == recoded => {}
            Some((field, _)) => self.edits.put(field.value, Zeroizing::new(format!(" {}", recoded.name()))),
            None => {
                // Without a version, a message's fields say nothing of its body.
                if !manner.has_version && is_message {
                    added.extend(["MIME-Version: 1.0", line_end]);
                }
                added.extend(["Content-Transfer-Encoding: ", recoded.name(), line_end]);
            }
        }
        self.edits.put(end..end, added);
    }
}

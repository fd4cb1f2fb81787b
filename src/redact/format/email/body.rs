//! The body of a part that holds no others.

use std::ops::Range;

use zeroize::Zeroizing;

use super::entity::Manner;
use super::transfer::Encoding;
use super::{Mail, charset, damaged, line_end};
use crate::redact::format::segments::Origin;
use crate::redact::format::{Refused, Rewritten, csv, html, json};
use crate::redact::{Piece, Redactor};

/// The longest name of a type that is told.
const MEDIA: usize = 60;

impl Mail<'_> {
    /// Rewrites a body; gives its encoding if it was changed.
    pub(super) fn leaf(
        &mut self,
        body: Range<usize>,
        media: &str,
        manner: &Manner,
        path: &str,
    ) -> Result<Option<Encoding>, Refused> {
        let rewrite: fn(&[u8], &mut Redactor, Origin<'_>) -> Rewritten = match media {
            "text/plain" => plain,
            "text/html" => html::rewrite_part,
            "text/csv" => csv::rewrite_part,
            "application/json" => json::rewrite_part,
            other => return Err(attachment(other)),
        };
        let line = self.line(body.start);
        let raw = self.bytes(body.clone());
        let encoding = manner.encoding();
        let bytes = encoding.decode(raw).map_err(|what| damaged(line, what))?;
        let text =
            charset::decoded(&bytes, manner.parameter("charset")).map_err(|what| damaged(line, what))?;
        // Lines of what was decoded are counted from the part's beginning.
        let origin = if encoding.is_none() {
            Origin { part: None, line }
        } else {
            Origin { part: Some(path), line: 1 }
        };
        let rewritten = rewrite(text.as_bytes(), self.redactor, origin)?;
        if *rewritten == text.as_bytes() {
            return Ok(None);
        }
        let recoded = encoding.of_changed(&rewritten);
        let end = line_end(raw);
        let mut written = recoded.encode(&rewritten, end);
        if recoded == Encoding::Base64 && raw.ends_with(b"\n") {
            written.push_str(end);
        }
        self.edits.put(body, written);
        Ok(Some(recoded))
    }
}

/// That something is attached that can't be rewritten. A type is told only if it looks like one.
fn attachment(media: &str) -> Refused {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/.+-".contains(&byte);
    let is_media = media.len() <= MEDIA && media.bytes().all(fits) && media.contains('/');
    let media = if is_media { media } else { "of a type that is not known" };
    Refused::Format { what: format!("an attachment in it, {media},") }
}

/// Rewrites a text that is read as one.
fn plain(source: &[u8], redactor: &mut Redactor, origin: Origin<'_>) -> Rewritten {
    let text = crate::redact::format::stream::text(source, super::MAIL, origin.line)?;
    for line in text.lines() {
        if line.starts_with("-----BEGIN PGP ") {
            return Err(Refused::Format { what: "a text in it that is encrypted or signed".to_owned() });
        }
        if is_uuencoded(line) {
            return Err(Refused::Format { what: "an attachment in its text".to_owned() });
        }
    }
    if text.trim().is_empty() {
        return Ok(Zeroizing::new(source.to_vec()));
    }
    let lines = text.split_inclusive('\n').map(|line| line.split_at(quote_marks(line)));
    let mut pieces = (origin.line..)
        .zip(lines.clone())
        .map(|(line, (marks, said))| Piece::new(said, line, 1 + marks.len() as u64))
        .collect::<Vec<_>>();
    redactor.passage(&mut pieces, "", origin.part);
    let mut written = Zeroizing::new(Vec::with_capacity(source.len() + 64));
    for ((marks, said), piece) in lines.zip(&pieces) {
        written.extend_from_slice(marks.as_bytes());
        let end = line_break(said);
        let left = piece.text.strip_suffix(end).unwrap_or_else(|| piece.text.trim_end_matches('\n'));
        written.extend_from_slice(left.as_bytes());
        written.extend_from_slice(end.as_bytes());
    }
    Ok(written)
}

/// The line break that a line ends with, which stays when what it stands in is blacked out.
fn line_break(line: &str) -> &'static str {
    match (line.ends_with("\r\n"), line.ends_with('\n')) {
        (true, _) => "\r\n",
        (false, true) => "\n",
        (false, false) => "",
    }
}

/// How long the marks are with which a line is quoted from another message. They stand in the midst of what was wrapped,
/// and are not read with it.
fn quote_marks(line: &str) -> usize {
    if line.starts_with('>') { line.len() - line.trim_start_matches(['>', ' ']).len() } else { 0 }
}

/// Whether a file in uuencode begins there: `begin 644 name`.
fn is_uuencoded(line: &str) -> bool {
    let mode = line.strip_prefix("begin ").and_then(|rest| rest.split_once(' ')).map_or("", |(mode, _)| mode);
    mode.len() == 3 && mode.bytes().all(|digit| (b'0'..b'8').contains(&digit))
}

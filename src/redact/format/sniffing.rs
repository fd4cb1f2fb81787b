//! Which format a file is in, by its name and its first bytes; and what is refused from the outset.

use super::{Format, Refused};

/// How files begin that can't be rewritten truly.
const REFUSED: [(&[u8], &str); 26] = [
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"RIFF", "a picture, a sound or a film (RIFF)"),
    (b"\0\0\0\x18ftyp", "a picture or a film (ISO base media)"),
    (b"\0\0\0\x1cftyp", "a picture or a film (ISO base media)"),
    (b"\0\0\0\x20ftyp", "a picture or a film (ISO base media)"),
    (b"\0\0\0\x24ftyp", "a picture or a film (ISO base media)"),
    (b"8BPS", "a picture (PSD)"),
    (b"{\\rtf", "an RTF file"),
    (b"%!PS", "a PostScript file"),
    (b"\xd0\xcf\x11\xe0", "an office file of the older formats, or one with a password,"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"7z\xbc\xaf", "a packed file (7z)"),
    (b"Rar!", "a packed file (RAR)"),
    (b"BZh", "a packed file (bzip2)"),
    (b"\xfd7zXZ", "a packed file (xz)"),
    (b"\x28\xb5\x2f\xfd", "a packed file (zstd)"),
    (b"SQLite format 3", "a database"),
    (b"age-encryption.org/", "a sealed file (age)"),
    (b"-----BEGIN AGE", "a sealed file (age)"),
    (b"-----BEGIN PGP", "a sealed or signed file (PGP)"),
    (b"\x7fELF", "a program"),
];

/// Ends of names whose files are text that is coded in a way of its own.
const REFUSED_NAMES: [(&str, &str); 17] = [
    ("pdf", "a PDF file"),
    ("rtf", "an RTF file"),
    ("doc", "a Word file of the older format"),
    ("xls", "an Excel file of the older format"),
    ("ppt", "a PowerPoint file"),
    ("pptx", "a PowerPoint file"),
    ("odp", "a presentation"),
    ("ods", "an ODS sheet"),
    ("mbox", "a mailbox of several messages"),
    ("msg", "an Outlook message"),
    ("vcf", "a file of visiting cards"),
    ("ics", "a calendar"),
    ("emlx", "a message of Apple Mail"),
    ("p7m", "a sealed or signed message"),
    ("ldif", "a directory's entries"),
    ("fodt", "a flat OpenDocument file"),
    ("fods", "a flat OpenDocument file"),
];

const NAMES: [(&str, Format); 17] = [
    ("txt", Format::Text),
    ("md", Format::Text),
    ("markdown", Format::Text),
    ("log", Format::Text),
    ("csv", Format::Csv),
    ("tsv", Format::Csv),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("html", Format::Html),
    ("htm", Format::Html),
    ("xhtml", Format::Html),
    ("xml", Format::Xml),
    ("svg", Format::Xml),
    ("eml", Format::Email),
    ("mht", Format::Email),
    ("mhtml", Format::Email),
];

const OFFICE: [&str; 3] = ["docx", "xlsx", "odt"];

pub(super) fn format(name: Option<&str>, first: &[u8]) -> Result<Format, Refused> {
    let refused = |what: &str| Refused::Format { what: what.to_owned() };
    if let Some((_, what)) = REFUSED.iter().find(|(begin, _)| first.starts_with(begin)) {
        return Err(refused(what));
    }
    let ending = name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    let ending = ending.as_deref().unwrap_or_default();
    if let Some((_, what)) = REFUSED_NAMES.iter().find(|(known, _)| *known == ending) {
        return Err(refused(what));
    }
    if first.starts_with(b"PK") {
        return Ok(Format::Office);
    }
    if OFFICE.contains(&ending) {
        let why = "it does not begin as one".to_owned();
        return Err(Refused::Damaged { format: "office", why });
    }
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err(refused("text in UTF-16: save it as UTF-8; as it is, it"));
    }
    let head = head_of(first);
    if matches!(ending, "" | "txt") || !NAMES.iter().any(|(known, _)| *known == ending) {
        if head.starts_with("from ") && head.contains("\nreceived:") {
            return Err(refused("a mailbox of several messages"));
        }
        if is_message(&head) {
            return Ok(Format::Email);
        }
    }
    if let Some((_, format)) = NAMES.iter().find(|(known, _)| *known == ending) {
        return Ok(*format);
    }
    Ok(by_content(&head))
}

/// How a file begins, in lower case.
fn head_of(first: &[u8]) -> String {
    let text = String::from_utf8_lossy(first);
    text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase()
}

/// Whether it begins as a message does, whatever its name: its parts may be coded, and must not pass as text.
fn is_message(head: &str) -> bool {
    const FIELDS: [&str; 7] = [
        "mime-version:",
        "received:",
        "message-id:",
        "return-path:",
        "content-type:",
        "dkim-signature:",
        "subject:",
    ];
    let lines = || head.lines().take_while(|line| !line.is_empty());
    let is_field = |line: &str| {
        line.starts_with([' ', '\t'])
            || line.split_once(':').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
    };
    let count = lines().filter(|line| FIELDS.iter().any(|field| line.starts_with(field))).count();
    count >= 2 && lines().take(3).all(is_field)
}

/// What a file without a telling name is.
fn by_content(begin: &str) -> Format {
    if begin.starts_with("<!doctype html") || begin.starts_with("<html") {
        Format::Html
    } else if begin.starts_with("<?xml") || begin.starts_with("<svg") {
        Format::Xml
    } else if begin.starts_with("{\"") || begin.starts_with("[{\"") {
        Format::Json
    } else {
        Format::Text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
    use super::*;

    #[test]
    fn what_a_file_is_shows_in_its_beginning_and_its_name() {
        for (name, first, expected) in [
            (Some("a.TXT"), &b"hello"[..], Format::Text),
            (Some("a.csv"), b"a;b", Format::Csv),
            (Some("letter.docx"), b"PK\x03\x04", Format::Office),
            (None, b"PK\x03\x04", Format::Office),
            (None, b"\xef\xbb\xbf <!DOCTYPE html>", Format::Html),
            (None, b"<?xml version='1.0'?>", Format::Xml),
            (Some("unknown.zzz"), b"words", Format::Text),
            (Some("a.eml"), b"From: x", Format::Email),
            (None, b"", Format::Text),
            (Some("1700000000.M1P2.host:2,S"), b"Return-Path: <a@b>\nReceived: x\n\ny", Format::Email),
            (Some("mail.txt"), b"Subject: x\nMIME-Version: 1.0\n\n", Format::Email),
            (None, b"Subject: what we said\nand did", Format::Text),
            (None, b" {\"a\": 1}", Format::Json),
        ] {
            assert_eq!(format(name, first).unwrap(), expected, "{name:?}");
        }
    }

    #[test]
    fn what_cant_be_rewritten_truly_is_refused_by_whatever_name() {
        for (name, first) in [
            (Some("a.txt"), &b"%PDF-1.7"[..]),
            (Some("a.docx"), b"\xd0\xcf\x11\xe0\xa1\xb1"),
            (Some("a.docx"), b"hello"),
            (None, b"\xff\xd8\xff\xe0"),
            (Some("notes.txt"), b"\xff\xfeh\0"),
            (Some("x.ods"), b"PK\x03\x04"),
            (Some("cards.vcf"), b"BEGIN:VCARD"),
        ] {
            assert!(format(name, first).is_err(), "{name:?}");
        }
    }
}

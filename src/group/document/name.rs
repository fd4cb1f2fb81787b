//! What a document may be called, and what it is.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in bytes: what a file system takes.
const LONGEST: usize = 255;

/// A document's name: what any file system takes, and what a terminal shows as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentName(String);

/// Text is no name for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing in it, or nothing but dots or spaces.
    #[error("a document's name needs a letter or digit")]
    Empty,
    /// It is too long.
    #[error("a document's name has {LONGEST} bytes at most")]
    TooLong,
    /// It would lead into a folder.
    #[error("a document's name has no `/`")]
    Slash,
    /// A terminal would act on it, or show it otherwise than it is.
    #[error("a document's name has no control characters")]
    Control,
}

impl std::str::FromStr for DocumentName {
    type Err = NameError;

    /// Accented letters are composed, so that however they were typed they are the same.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let name: String = text.nfc().collect();
        let reorders = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if name.contains('/') {
            return Err(NameError::Slash);
        }
        if name.chars().any(|letter| letter.is_control() || reorders(letter)) {
            return Err(NameError::Control);
        }
        if name.len() > LONGEST {
            return Err(NameError::TooLong);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(NameError::Empty);
        }
        Ok(Self(name))
    }
}

impl DocumentName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How files of a kind begin, and the kind.
const BEGINNINGS: [(&[u8], &str); 15] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"{\\rtf", "application/rtf"),
    (b"age-encryption.org/", "application/age"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"<?xml", "application/xml"),
];

/// Kinds that a name alone tells, of files that begin as the third says, or are text.
const ENDINGS: [(&str, &str, &str); 19] = [
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/zip"),
    ("odt", "application/vnd.oasis.opendocument.text", "application/zip"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet", "application/zip"),
    ("odp", "application/vnd.oasis.opendocument.presentation", "application/zip"),
    ("doc", "application/msword", "application/x-ole-storage"),
    ("xls", "application/vnd.ms-excel", "application/x-ole-storage"),
    ("ppt", "application/vnd.ms-powerpoint", "application/x-ole-storage"),
    ("msg", "application/vnd.ms-outlook", "application/x-ole-storage"),
    ("svg", "image/svg+xml", "application/xml"),
    ("svg", "image/svg+xml", "text/plain"),
    ("csv", "text/csv", "text/plain"),
    ("json", "application/json", "text/plain"),
    ("html", "text/html", "text/plain"),
    ("htm", "text/html", "text/plain"),
    ("md", "text/markdown", "text/plain"),
    ("eml", "message/rfc822", "text/plain"),
    ("ics", "text/calendar", "text/plain"),
];

/// How much of a document's beginning [`media_type`] looks at, in bytes.
pub(super) const LOOKED_AT: usize = 512;

/// What a document is: by how it begins, and by its name's ending where that fits.
pub(super) fn media_type(name: &DocumentName, beginning: &[u8]) -> &'static str {
    let riff = |kind: &[u8]| beginning.starts_with(b"RIFF") && beginning.get(8..12) == Some(kind);
    let iso = |kinds: &[&[u8]]| {
        beginning.get(4..8) == Some(b"ftyp") && beginning.get(8..12).is_some_and(|kind| kinds.contains(&kind))
    };
    let begins = match BEGINNINGS.iter().find(|(begin, _)| beginning.starts_with(begin)) {
        Some((_, kind)) => kind,
        None if riff(b"WEBP") => "image/webp",
        None if riff(b"WAVE") => "audio/wav",
        None if iso(&[b"heic", b"heix", b"mif1"]) => "image/heic",
        None if iso(&[b"avif"]) => "image/avif",
        None if beginning.get(4..8) == Some(b"ftyp") => "video/mp4",
        None if is_text(beginning) => "text/plain",
        None => "application/octet-stream",
    };
    let ending = name.as_str().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let told = ENDINGS.iter().find(|(end, _, begin)| ending.as_deref() == Some(end) && *begin == begins);
    told.map_or(begins, |(_, kind, _)| kind)
}

/// UTF-8, perhaps cut within a letter, without control characters but white space.
fn is_text(beginning: &[u8]) -> bool {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && beginning.len() >= LOOKED_AT => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DocumentName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_what_every_file_system_takes_and_every_terminal_shows() {
        for (text, fault) in [
            ("", NameError::Empty),
            (".", NameError::Empty),
            ("..", NameError::Empty),
            (" ", NameError::Empty),
            ("a/b", NameError::Slash),
            ("/etc/passwd", NameError::Slash),
            ("a\nb", NameError::Control),
            ("a\u{1b}[2Jb", NameError::Control),
            ("a\0b", NameError::Control),
            ("scan\u{202e}fdp.exe", NameError::Control),
            (&"é".repeat(128), NameError::TooLong),
        ] {
            assert_eq!(text.parse::<DocumentName>(), Err(fault), "{text:?}");
        }
        for text in ["passport.pdf", "1", "Vertrag (2).pdf", "旅券.pdf", "جواز.pdf", &"é".repeat(127)]
        {
            assert_eq!(name(text).as_str(), text);
        }
        assert_eq!(name("re\u{301}sume\u{301}.pdf"), name("résumé.pdf"));
    }

    #[test]
    fn what_a_document_is_its_beginning_says_and_its_ending_only_where_it_fits() {
        for (called, beginning, kind) in [
            ("a.pdf", &b"%PDF-1.7\n"[..], "application/pdf"),
            ("a.docx", b"%PDF-1.7\n", "application/pdf"),
            (
                "a.docx",
                b"PK\x03\x04\x14",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            ("a.zip", b"PK\x03\x04\x14", "application/zip"),
            ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            ("scan.tif", b"II*\0\x08\0\0\0", "image/tiff"),
            ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
            ("a.heic", b"\0\0\0\x18ftypheic", "image/heic"),
            ("a.csv", b"name,city\n", "text/csv"),
            ("a.txt", "Zażółć".as_bytes(), "text/plain"),
            ("a.txt", b"\0\0\0\0", "application/octet-stream"),
            ("a.pdf", b"", "application/octet-stream"),
            ("a", b"PK", "text/plain"),
        ] {
            assert_eq!(media_type(&name(called), beginning), kind, "{called} {beginning:?}");
        }
        let cut = "é".repeat(300).into_bytes();
        assert_eq!(media_type(&name("x"), &cut[1..][..0]), "application/octet-stream");
        assert_eq!(media_type(&name("x"), &[b"a", &cut[..LOOKED_AT - 1]].concat()), "text/plain");
    }
}

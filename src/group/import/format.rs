//! What a file is, told from its beginning.

use std::io::{Cursor, Read};

use super::{COLUMNS_LIMIT, Encoding, Foreign, ImportError, NoHeader, ROW_LIMIT};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A form that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-, semicolon- or tab-separated values.
    Csv {
        /// What separates them.
        delimiter: u8,
    },
    /// One JSON object a line.
    JsonLines,
}

/// Recognises a file by its first line; gives back a reader of all of it but the byte order mark.
pub(super) fn recognise<'a>(
    mut reader: Box<dyn Read + 'a>,
) -> Result<(Format, Box<dyn Read + 'a>), ImportError> {
    let mut beginning = Vec::new();
    while first_line(&beginning).is_none() && beginning.len() <= ROW_LIMIT {
        if reader.by_ref().take(1 << 16).read_to_end(&mut beginning)? == 0 {
            break;
        }
    }
    refuse_foreign(&beginning)?;
    let skipped = if beginning.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let text = &beginning[skipped..];
    let whole_line = first_line(&beginning);
    let format = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if whole_line.is_none() && beginning.len() > ROW_LIMIT => {
            return Err(ImportError::RowTooLong { line: 1 });
        }
        None => return Err(ImportError::Empty),
        Some(b'{') => Format::JsonLines,
        Some(b'[') => return Err(ImportError::Foreign(Foreign::JsonArray)),
        Some(_) => {
            csv_format(whole_line.unwrap_or(text), beginning.len() > ROW_LIMIT && whole_line.is_none())?
        }
    };
    let mut rest = Cursor::new(beginning);
    rest.set_position(skipped as u64);
    Ok((format, Box::new(Read::chain(rest, reader))))
}

fn refuse_foreign(beginning: &[u8]) -> Result<(), ImportError> {
    let signatures: [(&[u8], ImportError); 9] = [
        (b"PK\x03\x04", ImportError::Foreign(Foreign::Spreadsheet)),
        (b"\xD0\xCF\x11\xE0", ImportError::Foreign(Foreign::Spreadsheet)),
        (b"%PDF", ImportError::Foreign(Foreign::Pdf)),
        (b"\x1F\x8B", ImportError::Foreign(Foreign::Compressed)),
        (b"SQLite format 3\0", ImportError::Foreign(Foreign::Database)),
        (b"age-encryption.org/", ImportError::Sealed),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", ImportError::Sealed),
        (b"\xFF\xFE", ImportError::Encoding { line: 1, looks_like: Encoding::Utf16 }),
        (b"\xFE\xFF", ImportError::Encoding { line: 1, looks_like: Encoding::Utf16 }),
    ];
    match signatures.into_iter().find(|(signature, _)| beginning.starts_with(signature)) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// The first line that is not empty, a line break in quotes being none; `None` if it does not end here.
fn first_line(beginning: &[u8]) -> Option<&[u8]> {
    let from = beginning.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut quoted = false;
    let end = beginning[from..].iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b'\r' | b'\n')
    })?;
    Some(&beginning[from..from + end])
}

/// The delimiter is the most frequent of the three outside quotes.
fn csv_format(header: &[u8], endless: bool) -> Result<Format, ImportError> {
    if header.len() <= 5 && header.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep=")) {
        return Err(ImportError::NoHeader(NoHeader::Separator));
    }
    let count = |delimiter: u8| {
        let mut quoted = false;
        let outside = header.iter().filter(|byte| {
            quoted ^= **byte == b'"';
            !quoted && **byte == delimiter
        });
        outside.count()
    };
    let (delimiters, delimiter) =
        b"\t;,".iter().map(|delimiter| (count(*delimiter), *delimiter)).max().unwrap_or((0, b','));
    if delimiters >= COLUMNS_LIMIT {
        return Err(ImportError::TooManyColumns { count: delimiters + 1 });
    }
    if endless {
        return Err(ImportError::RowTooLong { line: 1 });
    }
    Ok(Format::Csv { delimiter: if delimiters == 0 { b',' } else { delimiter } })
}

//! Content-Transfer-Encodings: how bytes are written in lines of ASCII.

use data_encoding::{BASE64, HEXUPPER};
use zeroize::Zeroizing;

/// The longest line of quoted-printable and base64.
const LINE: usize = 76;
/// The longest line of a message, as RFC 5322 has it.
const LONGEST: usize = 998;

/// How a part is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not, and all ASCII.
    Seven,
    /// Not.
    Eight,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "" | "7bit" => Self::Seven,
            "8bit" | "binary" => Self::Eight,
            "quoted-printable" => Self::QuotedPrintable,
            "base64" => Self::Base64,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Seven => "7bit",
            Self::Eight => "8bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Whether lines are in the source as they read.
    pub(super) fn is_none(self) -> bool {
        matches!(self, Self::Seven | Self::Eight)
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        match self {
            Self::Seven | Self::Eight => Ok(Zeroizing::new(bytes.to_vec())),
            Self::QuotedPrintable => Ok(quoted(bytes)),
            Self::Base64 => {
                let digits =
                    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>();
                let digits = Zeroizing::new(digits);
                let decoded = BASE64.decode(&digits).map_err(|_| "a part is no base64, or is cut off")?;
                Ok(Zeroizing::new(decoded))
            }
        }
    }

    /// How a changed part is encoded: as it was if that can hold all characters.
    pub(super) fn of_changed(self, text: &[u8]) -> Self {
        let is_long = text.split(|byte| *byte == b'\n').any(|line| line.len() > LONGEST);
        match self {
            Self::Seven => Self::QuotedPrintable,
            Self::Eight if is_long => Self::QuotedPrintable,
            other => other,
        }
    }

    pub(super) fn encode(self, text: &[u8], line_end: &str) -> Zeroizing<String> {
        match self {
            Self::Seven | Self::Eight => Zeroizing::new(String::from_utf8_lossy(text).into_owned()),
            Self::QuotedPrintable => quote(text, line_end),
            Self::Base64 => {
                let digits = Zeroizing::new(BASE64.encode(text));
                let lines = digits.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line));
                Zeroizing::new(lines.collect::<Vec<_>>().join(line_end))
            }
        }
    }
}

/// Decodes quoted-printable. What is no escape stands for itself.
pub(super) fn quoted(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) };
        let (text, end) = line.split_at(line.len() - end);
        // White space at a line's end came on the way, unless nothing follows, as in an encoded word.
        let text = if end.is_empty() { text } else { text.trim_ascii_end() };
        let (text, is_soft) = match text.strip_suffix(b"=") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut rest = text;
        while let Some((first, others)) = rest.split_first() {
            let escaped = (*first == b'=').then(|| others.get(..2).and_then(hexadecimal)).flatten();
            decoded.push(escaped.unwrap_or(*first));
            rest = if escaped.is_some() { others.get(2..).unwrap_or_default() } else { others };
        }
        if !is_soft {
            decoded.extend_from_slice(end);
        }
    }
    decoded
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    match digits {
        [high, low] => u8::try_from(value(*high)? * 16 + value(*low)?).ok(),
        _ => None,
    }
}

fn quote(text: &[u8], line_end: &str) -> Zeroizing<String> {
    let mut written = Zeroizing::new(String::with_capacity(text.len() + text.len() / 8));
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let ends = line.ends_with(b"\n");
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").filter(|_| ends).unwrap_or(line);
        let mut column = 0;
        for (place, byte) in line.iter().enumerate() {
            let is_space = matches!(byte, b' ' | b'\t');
            let is_plain = (byte.is_ascii_graphic() && *byte != b'=') || (is_space && place + 1 < line.len());
            let length = if is_plain { 1 } else { 3 };
            // The soft break's own sign has its place in the line.
            if column + length > LINE - 1 {
                written.push('=');
                written.push_str(line_end);
                column = 0;
            }
            if is_plain {
                written.push(char::from(*byte));
            } else {
                written.push('=');
                written.push_str(&HEXUPPER.encode(&[*byte]));
            }
            column += length;
        }
        if ends {
            written.push_str(line_end);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_printable_is_read_as_it_is_found() {
        assert_eq!(quoted(b"a=3D=\r\nb =C3=A9 \t\r\n=zz=4\nc=")[..], *"a=b é\r\n=zz=4\nc".as_bytes());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in "[a-z= é\t\r\n█]{0,300}") {
            let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
            for encoding in [Encoding::QuotedPrintable, Encoding::Base64] {
                let written = encoding.encode(text.as_bytes(), "\r\n");
                prop_assert!(written.is_ascii() && written.lines().all(|line| line.len() <= 76));
                prop_assert_eq!(&encoding.decode(written.as_bytes()).unwrap()[..], text.as_bytes());
            }
        }
    }
}

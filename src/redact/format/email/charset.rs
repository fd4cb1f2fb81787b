//! Character sets of parts and encoded words.

use mail_parser::decoders::charsets::map::charset_decoder;
use zeroize::Zeroizing;

/// How the names of the character sets begin that are decoded, besides UTF-8: one byte a character, or UTF-16 and UTF-7.
const KNOWN: [&str; 19] = [
    "iso-8859-",
    "iso8859-",
    "iso_8859-",
    "latin",
    "l1",
    "windows-125",
    "windows-874",
    "cp125",
    "koi8",
    "macintosh",
    "ibm850",
    "cp850",
    "ibm866",
    "cp866",
    "tis-620",
    "utf-16",
    "utf-7",
    "ibm819",
    "cp819",
];

/// Text of bytes in a character set. Where none is named, or ASCII, it is UTF-8 if it reads as such.
pub(super) fn decoded(bytes: &[u8], charset: Option<&str>) -> Result<Zeroizing<String>, &'static str> {
    let charset = charset.map(|charset| charset.trim().to_ascii_lowercase());
    let text = match charset.as_deref() {
        None | Some("us-ascii" | "ascii" | "ansi_x3.4-1968" | "") => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => by_name("windows-1252", bytes)?,
        },
        Some("utf-8" | "utf8" | "unicode-1-1-utf-8") => std::str::from_utf8(bytes)
            .map_err(|_| "there is something that is said to be UTF-8 and is not")?
            .to_owned(),
        Some(name) if KNOWN.iter().any(|known| name.starts_with(known)) => by_name(name, bytes)?,
        Some(_) => return Err("there is text in a character set that is not known here"),
    };
    let text = Zeroizing::new(text);
    let unknown = text.contains(char::REPLACEMENT_CHARACTER)
        && !bytes.windows(3).any(|three| three == "\u{fffd}".as_bytes());
    if unknown || text.contains('\0') {
        return Err("there are bytes that are no text in the character set that is named");
    }
    Ok(text)
}

fn by_name(name: &str, bytes: &[u8]) -> Result<String, &'static str> {
    let decode =
        charset_decoder(name.as_bytes()).ok_or("there is text in a character set that is not known here")?;
    Ok(decode(bytes))
}

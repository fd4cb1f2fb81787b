//! JSON lines for other programs that do no harm where a person reads them: what could move a terminal's
//! cursor, change its colours or reorder what is read is escaped the JSON way.

use std::fmt::Write as _;

use serde::Serialize;

/// A JSON line: the format's version, then the object's own keys.
#[derive(Serialize)]
struct Versioned<'object, T> {
    v: u8,
    #[serde(flatten)]
    object: &'object T,
}

/// Control characters (C0, DEL, C1), line separators, and the marks that override the direction of
/// writing.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An object as a line of JSON that begins with `"v":1`, with its newline.
pub fn of<T: Serialize>(object: &T) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(&Versioned { v: 1, object })?;
    let mut line = String::with_capacity(json.len() + 1);
    // JSON leaves those beyond ASCII as they are; they stand within strings, and all are in the BMP.
    for run in json.split_inclusive(is_unsafe) {
        match run.chars().next_back().filter(|last| is_unsafe(*last)) {
            Some(last) => {
                line.push_str(&run[..run.len() - last.len_utf8()]);
                // Writing into a text never fails.
                let _ = write!(line, "\\u{:04x}", u32::from(last));
            }
            None => line.push_str(run),
        }
    }
    line.push('\n');
    Ok(line)
}

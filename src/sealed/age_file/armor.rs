//! An age file in armor: Base64 between two marks, as it travels by mail. Read at any place without being
//! undone first, because all its lines but the last are of one length.

use std::io;
use std::sync::Arc;

use data_encoding::BASE64;

use super::OpenError;
use crate::sealed::disk::DiskFile;

/// How a file in armor begins.
pub const ARMOR_BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOR_END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
/// Characters of every line but the last, and the bytes that they stand for.
const LINE: u64 = 64;
const LINE_BYTES: u64 = 48;
/// Most white space after the end mark, in bytes.
const TRAILING: u64 = 1024;
/// Lines that are undone at once: the armor of two age chunks.
const LINES_AT_ONCE: u64 = 2_800;

/// The age file within an armor, as a file of its own that can only be read.
pub struct Dearmored {
    file: Arc<dyn DiskFile>,
    /// Where the first line begins.
    begin: u64,
    /// Bytes of a line's end: 1, or 2 with a carriage return.
    line_end: u64,
    /// How many lines there are.
    lines: u64,
    /// Characters of the last one.
    last: u64,
    length: u64,
}

impl Dearmored {
    /// Finds both marks and the length of what stands between them.
    pub fn open(file: Arc<dyn DiskFile>) -> Result<Self, OpenError> {
        let mut start = [0; ARMOR_BEGIN.len() + 2];
        let count = file.read_at(&mut start, 0)?;
        let after = start[..count].strip_prefix(ARMOR_BEGIN).ok_or(OpenError::NotAge)?;
        let line_end = match after {
            [b'\n', ..] => 1,
            b"\r\n" => 2,
            b"" | b"\r" => return Err(OpenError::Cut),
            _ => return Err(OpenError::Header),
        };
        let begin = ARMOR_BEGIN.len() as u64 + line_end;
        let end = end_mark(&*file, begin)?;
        // The last line may be full, and never empty.
        let full = LINE + line_end;
        let lines = (end - begin).div_ceil(full);
        let last = (end - begin)
            .checked_sub(lines.saturating_sub(1) * full + line_end)
            .filter(|last| (1..=LINE).contains(last) && last.is_multiple_of(4))
            .ok_or(OpenError::Header)?;
        let mut armor = Self { file, begin, line_end, lines, last, length: 0 };
        let before = (lines - 1) * LINE_BYTES;
        armor.length = before + armor.undo(lines - 1, 1)?.len() as u64;
        Ok(armor)
    }

    /// The bytes that `count` lines from number `first` on stand for.
    fn undo(&self, first: u64, count: u64) -> io::Result<Vec<u8>> {
        let full = LINE + self.line_end;
        let count = count.min(LINES_AT_ONCE).min(self.lines - first);
        let ends = first + count == self.lines;
        let size = if ends { (count - 1) * full + self.last + self.line_end } else { count * full };
        let mut text = vec![0; usize::try_from(size).map_err(|_| damaged())?];
        if self.file.read_at(&mut text, self.begin + first * full)? < text.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        let mut rest = &text[..];
        while !rest.is_empty() {
            let is_last = ends && rest.len() as u64 == self.last + self.line_end;
            let length = if is_last { self.last } else { LINE };
            let line = rest.split_at(usize::try_from(length).map_err(|_| damaged())?);
            let line_end: &[u8] = if self.line_end == 1 { b"\n" } else { b"\r\n" };
            rest = line.1.strip_prefix(line_end).ok_or_else(damaged)?;
            let undone = BASE64.decode(line.0).map_err(|_| damaged())?;
            let padding = line.0.iter().rev().take_while(|byte| **byte == b'=').count();
            // Padding stands at the very end and nowhere else.
            if (padding > 0 && !is_last) || undone.len() + padding != line.0.len() / 4 * 3 {
                return Err(damaged());
            }
            bytes.extend_from_slice(&undone);
        }
        Ok(bytes)
    }
}

/// Where the line of the end mark begins.
fn end_mark(file: &dyn DiskFile, begin: u64) -> Result<u64, OpenError> {
    let length = file.len()?;
    let from = length.saturating_sub(TRAILING + ARMOR_END.len() as u64).max(begin);
    let mut tail = vec![0; usize::try_from(length.saturating_sub(from)).map_err(|_| OpenError::Cut)?];
    let count = file.read_at(&mut tail, from)?;
    let marked = tail[..count].trim_ascii_end();
    let before = marked.strip_suffix(ARMOR_END).ok_or(OpenError::Cut)?;
    Ok(from + before.len() as u64)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "damaged armor")
}

impl DiskFile for Dearmored {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let (line, within) = (offset / LINE_BYTES, usize::try_from(offset % LINE_BYTES).unwrap_or(0));
        let lines = (within as u64 + buffer.len() as u64).div_ceil(LINE_BYTES);
        let bytes = self.undo(line, lines)?;
        let given = bytes.get(within..).unwrap_or_default();
        let count = given.len().min(buffer.len());
        buffer[..count].copy_from_slice(&given[..count]);
        Ok(count)
    }

    fn write_once(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn set_len(&self, _length: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync_all(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::disk::{Disk, RealDisk};

    fn armored(bytes: &[u8], line_end: &str) -> String {
        let text = BASE64.encode(bytes);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let (begin, end) =
            (std::str::from_utf8(ARMOR_BEGIN).unwrap(), std::str::from_utf8(ARMOR_END).unwrap());
        [&[begin], &lines[..], &[end, ""]].concat().join(line_end)
    }

    fn open(text: &[u8]) -> Result<Dearmored, OpenError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("armor");
        std::fs::write(&path, text).unwrap();
        Dearmored::open(Arc::from(RealDisk.open(&path).unwrap()))
    }

    #[test]
    fn armor_reads_at_any_place_with_either_line_end() {
        let bytes: Vec<u8> =
            (0..700_000_u32).map(|place| place.to_le_bytes()[1] ^ place.to_le_bytes()[0]).collect();
        for length in [1, 2, 47, 48, 49, 96, 100, 700_000] {
            for line_end in ["\n", "\r\n"] {
                let text = armored(&bytes[..length], line_end) + " \n\n";
                let armor = open(text.as_bytes()).unwrap();
                assert_eq!(armor.len().unwrap(), length as u64);
                for from in [0, 1, length / 2, length - 1] {
                    let mut read = vec![0; length - from + 3];
                    assert_eq!(armor.read_at(&mut read, from as u64).unwrap(), length - from);
                    assert_eq!(&read[..length - from], &bytes[from..length]);
                }
                assert_eq!(armor.read_at(&mut [0; 9], length as u64).unwrap(), 0);
            }
        }
    }

    #[test]
    fn armor_that_is_cut_or_changed_is_refused_whatever_is_wrong() {
        let whole = armored(&[7; 100], "\n");
        for kept in ARMOR_BEGIN.len()..whole.len() - 1 {
            assert!(matches!(open(&whole.as_bytes()[..kept]), Err(OpenError::Cut)), "{kept}");
        }
        let body = ARMOR_BEGIN.len() + 1;
        for (place, byte) in [(body + 64, b'A'), (body + 20, b'='), (body + 20, b'\n'), (body + 20, b'-')] {
            let mut changed = whole.clone().into_bytes();
            changed[place] = byte;
            let read = open(&changed)
                .map_err(|error| error.to_string())
                .and_then(|armor| armor.read_at(&mut [0; 100], 0).map_err(|error| error.to_string()));
            assert!(read.is_err(), "{place}");
        }
        let empty = armored(&[], "\n").replace("\n\n", "\n");
        for wrong in [&empty, &whole.replace("-----\nBwcH", "----- \nBwcH"), &whole.replacen('\n', "\r\n", 1)]
        {
            assert!(open(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}

//! The chain of the log's lines, followed without any key: what whoever has a copy of it can check.

use std::path::Path;

use super::entry::{LINE_LIMIT, Line};
use super::log::LogError;
use super::tail::{self, Damage, damaged};
use crate::sealed::disk::{Disk, IoContext};
use crate::sealed::signed::{Digest, Mark};

/// Bytes read at once.
const BLOCK: usize = 1 << 20;

/// Follows the chain through all months, gives each line's mark to `each`, and the last one back. A torn line
/// at the very end is no part of it.
pub fn follow(disk: &dyn Disk, folder: &Path, mut each: impl FnMut(Mark)) -> Result<Mark, LogError> {
    let end = tail::read(disk, folder)?;
    let mut last = Mark::NOTHING;
    let mut block = vec![0; BLOCK];
    for path in tail::months(disk, folder)? {
        let file = disk.open(&path).at("open", &path)?;
        let is_newest = Some(&path) == end.newest.as_ref();
        let length = if is_newest { end.end } else { file.len().at("read", &path)? };
        let (mut at, mut rest) = (0, Vec::new());
        while at < length {
            let wanted = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
            let count = file.read_at(&mut block[..wanted], at).at("read", &path)?;
            if count == 0 {
                break;
            }
            at += count as u64;
            for piece in block[..count].split_inclusive(|byte| *byte == b'\n') {
                rest.extend_from_slice(piece);
                if let Some(line) = rest.strip_suffix(b"\n") {
                    last = next(&last, line, &path, at)?;
                    each(last);
                    rest.clear();
                } else if rest.len() > LINE_LIMIT {
                    return Err(damaged(&path, Damage::Malformed { near: at }));
                }
            }
        }
        if !rest.is_empty() {
            return Err(damaged(&path, Damage::Malformed { near: at }));
        }
    }
    if last == end.head { Ok(last) } else { Err(damaged(folder, Damage::Chain { seq: last.seq })) }
}

fn next(last: &Mark, line: &[u8], path: &Path, near: u64) -> Result<Mark, LogError> {
    let parsed = Line::parse(line).ok_or_else(|| damaged(path, Damage::Malformed { near }))?;
    if parsed.prev != last.hash || Some(parsed.seq) != last.seq.checked_add(1) {
        return Err(damaged(path, Damage::Chain { seq: parsed.seq }));
    }
    Ok(Mark { seq: parsed.seq, hash: Digest::of(line) })
}

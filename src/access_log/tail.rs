//! Where the chain ends: the last lines of the newest month's file, read without reading the rest.

use std::path::{Path, PathBuf};

use super::entry::{LINE_LIMIT, Line};
use super::line_file;
use super::log::LogError;
use crate::sealed::disk::{Disk, DiskFile, IoContext};
use crate::sealed::signed::{Digest, Mark};

/// What is wrong with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A line that no power cut explains.
    #[error("a line near byte {near} is not one of the access log's")]
    Malformed {
        /// Where that line begins, in bytes.
        near: u64,
    },
    /// A line does not continue the one before it.
    #[error("line {seq} does not continue the chain")]
    Chain {
        /// The line's sequence number.
        seq: u64,
    },
    /// The chain is shorter than this machine has seen it.
    #[error("it ends at line {found}, and line {seen} was seen before")]
    Shorter {
        /// The last line there.
        found: u64,
        /// The last line seen.
        seen: u64,
    },
    /// A line is not the one that this machine has seen.
    #[error("line {seq} is not the one that was seen before")]
    Rewritten {
        /// The line's sequence number.
        seq: u64,
    },
    /// There is no line at all in a store that has been used.
    #[error("all its lines are gone")]
    Gone,
}

/// The end of the chain.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The last good line.
    pub head: Mark,
    /// The newest month's file; `None` before the first line ever.
    pub newest: Option<PathBuf>,
    /// Where in it the next line goes, in bytes.
    pub end: u64,
    /// Whether a torn line stands there.
    pub torn: bool,
    /// The file of the head, when that is an older one: the newest is empty or torn from its start.
    pub older: Option<PathBuf>,
}

/// The months' files, oldest first.
pub(crate) fn months(disk: &dyn Disk, folder: &Path) -> Result<Vec<PathBuf>, LogError> {
    let names = disk.list(folder).at("list", folder)?;
    Ok(names.iter().filter(|name| is_month(name)).map(|name| folder.join(name)).collect())
}

/// `2026-11.jsonl`.
fn is_month(name: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_suffix(".jsonl")
        .and_then(|month| month.split_once('-'))
        .is_some_and(|(year, month)| digits(year, 4) && digits(month, 2))
}

/// Finds the end of the chain in `folder`.
pub(crate) fn read(disk: &dyn Disk, folder: &Path) -> Result<Tail, LogError> {
    let files = months(disk, folder)?;
    let Some((newest, earlier)) = files.split_last() else {
        return Ok(Tail { head: Mark::NOTHING, newest: None, end: 0, torn: false, older: None });
    };
    let end = FileEnd::read(disk, newest)?;
    let mut tail =
        Tail { head: Mark::NOTHING, newest: Some(newest.clone()), end: end.end, torn: end.torn, older: None };
    if let Some(before) = end.before {
        tail.head = end.continuing(&before, newest)?;
        return Ok(tail);
    }
    // At most one line here: it continues the previous month, or is the very first. A month whose
    // first line was never written is passed over: were it emptied, the link would not fit.
    let mut previous = None;
    for path in earlier.iter().rev() {
        let previous_end = FileEnd::read(disk, path)?;
        if previous_end.end > 0 || previous_end.torn {
            previous = Some((path, previous_end));
            break;
        }
    }
    let before = match &previous {
        None => Mark::NOTHING,
        Some((previous, previous_end)) => {
            match previous_end.last.as_ref() {
                // Only the newest file may end in a tear.
                Some((_, mark)) if !previous_end.torn => *mark,
                _ => return Err(damaged(previous, Damage::Malformed { near: previous_end.end })),
            }
        }
    };
    if end.last.is_some() {
        tail.head = end.continuing(&before, newest)?;
    } else {
        tail.head = before;
        tail.older = previous.map(|(path, _)| path.clone());
    }
    Ok(tail)
}

pub(crate) fn damaged(path: &Path, damage: Damage) -> LogError {
    LogError::Damaged { path: path.to_owned(), damage }
}

/// The last lines of one file.
struct FileEnd {
    last: Option<(Line, Mark)>,
    before: Option<Mark>,
    end: u64,
    torn: bool,
}

/// Enough for a torn line, two whole ones, and the rest of another.
const WINDOWS: [u64; 2] = [8 * 1024, 4 * LINE_LIMIT as u64];

impl FileEnd {
    fn read(disk: &dyn Disk, path: &Path) -> Result<Self, LogError> {
        let file = disk.open(path).at("open", path)?;
        let length = file.len().at("read", path)?;
        let [small, large] = WINDOWS;
        let start = length.saturating_sub(small);
        let window = read_range(&*file, path, start, length)?;
        let pieces = window.split(|byte| *byte == b'\n').count();
        // Half a line, three whole ones of which the last may be torn, and what follows them.
        if start == 0 || pieces > 4 {
            return Self::within(&window, start, path);
        }
        let start = length.saturating_sub(large);
        Self::within(&read_range(&*file, path, start, length)?, start, path)
    }

    fn within(window: &[u8], start: u64, path: &Path) -> Result<Self, LogError> {
        let malformed = |near: usize| damaged(path, Damage::Malformed { near: start + near as u64 });
        // Unless the window begins with the file, its first line may be half a line.
        let first = match start {
            0 => 0,
            _ => window.iter().position(|byte| *byte == b'\n').ok_or_else(|| malformed(0))? + 1,
        };
        let mut end = window.iter().rposition(|byte| *byte == b'\n').map_or(first, |newline| newline + 1);
        end = end.max(first);
        let mut torn = end < window.len();
        let mut last = line_before(window, first, end);
        if let Some((at, line)) = last
            && !torn
            && Line::parse(line).is_none()
            && line_file::is_torn(line, true)
        {
            (torn, end) = (true, at);
            last = line_before(window, first, end);
        }
        if window.len() - end > LINE_LIMIT {
            return Err(malformed(end));
        }
        let parsed = |(at, line): (usize, &[u8])| {
            let parsed = Line::parse(line).ok_or_else(|| malformed(at))?;
            let mark = Mark { seq: parsed.seq, hash: Digest::of(line) };
            Ok::<_, LogError>((at, parsed, mark))
        };
        let last = last.map(parsed).transpose()?;
        if last.is_none() && start > 0 {
            return Err(malformed(0));
        }
        let before = last
            .as_ref()
            .and_then(|(at, ..)| line_before(window, first, *at))
            .map(parsed)
            .transpose()?
            .map(|(_, _, mark)| mark);
        if before.is_none() && last.is_some() && start > 0 {
            return Err(malformed(0));
        }
        let last = last.map(|(_, line, mark)| (line, mark));
        Ok(Self { last, before, end: start + end as u64, torn })
    }

    /// The last line's mark, if it continues `before`.
    fn continuing(&self, before: &Mark, path: &Path) -> Result<Mark, LogError> {
        match &self.last {
            Some((line, mark)) if line.prev == before.hash && Some(line.seq) == before.seq.checked_add(1) => {
                Ok(*mark)
            }
            last => {
                let seq = last.as_ref().map_or(before.seq, |(line, _)| line.seq);
                Err(damaged(path, Damage::Chain { seq }))
            }
        }
    }
}

/// The line whose newline stands just before `end`, without it, and where it begins.
fn line_before(window: &[u8], first: usize, end: usize) -> Option<(usize, &[u8])> {
    if end <= first {
        return None;
    }
    let body = &window[first..end - 1];
    let at = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Some((first + at, &body[at..]))
}

pub(super) fn read_range(file: &dyn DiskFile, path: &Path, from: u64, to: u64) -> Result<Vec<u8>, LogError> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
    let count = file.read_at(&mut bytes, from).at("read", path)?;
    bytes.truncate(count);
    Ok(bytes)
}

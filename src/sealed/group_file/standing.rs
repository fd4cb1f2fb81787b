//! Where a group stands at one moment, with its files open: what a backup copies once nobody is held up any
//! more. No key is needed, and of the log only the headers' chain is followed.

use std::io::ErrorKind;

use super::{OpenGroupError, current_head};
use crate::sealed::access::Outside;
use crate::sealed::disk::{self, DiskFile, IoContext};
use crate::sealed::head::{self, Head};
use crate::sealed::ledger::Ledger;
use crate::sealed::lock::Mode;
use crate::sealed::log::{Fault, LogError};
use crate::sealed::record;
use crate::sealed::signed::{Digest, Mark};

/// A file of a group's folder, open.
pub struct OpenFile {
    /// Its name in the folder.
    pub name: String,
    /// The file.
    pub file: Box<dyn DiskFile>,
    /// How much of it counts, in bytes.
    pub bytes: u64,
    /// Its SHA-256 by the head, of a base.
    pub sha256: Option<Digest>,
}

/// Where a group stands.
pub struct Standing {
    /// The head in force.
    pub head: Head,
    /// The heads that lie there, by name: `head`, and a `head.next` that nobody renamed yet.
    pub heads: Vec<(&'static str, Vec<u8>)>,
    /// The base and the log that they name. Both stay readable when they are superseded and removed.
    pub files: Vec<OpenFile>,
    /// The chain of the log's whole records; first what its first record continues.
    pub chain: Vec<Mark>,
    /// The erasure ledger.
    pub ledger: Ledger,
}

/// Looks where a group stands. The caller holds the group's lock, shared.
pub fn standing(outside: &Outside<'_>) -> Result<Standing, OpenGroupError> {
    let disk = outside.disk;
    let head = current_head(outside, Mode::Shared)?.head;
    let mut heads = Vec::new();
    let mut files: Vec<OpenFile> = Vec::new();
    let mut chain = Vec::new();
    for name in ["head", "head.next"] {
        let path = outside.folder.join(name);
        let bytes = match disk::read_small(disk, &path, head::LIMIT) {
            Err(error) if error.source.kind() == ErrorKind::NotFound => continue,
            read => read?,
        };
        let parsed = head::parse(&bytes, &path);
        heads.push((name, bytes));
        // What a head that is not in force names may be gone already.
        let Ok(named) = parsed else { continue };
        let named = named.claimed();
        let in_force = *named == head;
        let (base, log) = (&named.base, &named.log);
        for (file, sha256) in [(&base.name, Some(base.sha256)), (&log.name, None)] {
            if files.iter().any(|known| known.name == *file) || !is_plain(file) {
                continue;
            }
            let path = outside.folder.join(file);
            let opened = match disk.open(&path).at("open", &path) {
                Err(error) if !in_force && error.source.kind() == ErrorKind::NotFound => continue,
                opened => opened?,
            };
            let mut bytes = opened.len().at("read", &path)?;
            if sha256.is_none() && in_force {
                (bytes, chain) = whole_records(&*opened, &head, bytes, &path)?;
            } else if sha256.is_some() && in_force && bytes != base.bytes {
                return Err(OpenGroupError::OtherBase(path));
            }
            files.push(OpenFile { name: file.clone(), file: opened, bytes, sha256 });
        }
    }
    let ledger = Ledger::read(outside, head.ledger)?;
    Ok(Standing { head, heads, files, chain, ledger })
}

/// A head whose signature is not checked must not name what lies elsewhere.
fn is_plain(name: &str) -> bool {
    (name.starts_with("base.") || name.starts_with("log."))
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// Where the last whole record ends, and the chain up to it. Of a tear behind the head's own records nothing
/// is kept.
fn whole_records(
    file: &dyn DiskFile,
    head: &Head,
    length: u64,
    path: &std::path::Path,
) -> Result<(u64, Vec<Mark>), OpenGroupError> {
    let log = &head.log;
    let mut last = Mark { seq: log.first.saturating_sub(1), hash: log.continues };
    let mut chain = vec![last];
    let mut at = 0;
    let mut line = vec![0; record::LINE_LIMIT];
    while at < length {
        let count = file.read_at(&mut line, at).at("read", path)?;
        let next = record::parse(&line[..count]).ok().and_then(|found| {
            let header = found.header.claimed();
            let begin = at.checked_add(found.length as u64)?;
            let end = begin.checked_add(header.bytes).filter(|end| *end <= length)?;
            let follows = header.prev == last.hash && Some(header.seq) == last.seq.checked_add(1);
            let mark = Mark { seq: header.seq, hash: found.hash };
            follows.then_some((begin, end, mark, header.sha256))
        });
        let Some((begin, end, mark, sha256)) = next else { break };
        // Only what comes last can have been torn: its header may be there and its contents not.
        if end == length && end > log.bytes {
            let bytes = usize::try_from(end - begin).unwrap_or(usize::MAX);
            let mut contents = vec![0; bytes];
            let count = file.read_at(&mut contents, begin).at("read", path)?;
            if count < bytes || Digest::of(&contents) != sha256 {
                break;
            }
        }
        (at, last) = (end, mark);
        chain.push(mark);
    }
    if at < log.bytes {
        let fault = if length < log.bytes { Fault::Cut } else { Fault::Header };
        return Err(LogError::Damaged { path: path.to_owned(), at, fault }.into());
    }
    Ok((at, chain))
}

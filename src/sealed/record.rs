//! A record of a group's log: a mark, one signed header line, and an age file whose plaintext is the
//! next stretch of SQLite's write-ahead log.

use serde::{Deserialize, Serialize};

use super::signed::{Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, sign};

/// Begins every record, so that a good record can be found after a damaged one. Not valid UTF-8.
pub const MARK: &[u8; 8] = b"\x89VLTREC\n";
/// The longest header line accepted, in bytes, its newline included.
pub const LINE_LIMIT: usize = 4096;

/// What a record says of itself, all of it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The format's version, 1.
    pub v: u32,
    /// Counted from 1 over the group's whole life.
    pub seq: u64,
    /// Hash of the record before (its header line).
    pub prev: Digest,
    /// The group's name.
    pub group: String,
    /// The key epoch that it is sealed under.
    pub epoch: u32,
    /// The roster that its signer went by.
    pub roster: Mark,
    /// Its entry in the access log.
    pub entry: Mark,
    /// `name.number` of the identity that signed.
    pub signer: String,
    /// Length of the age file that follows, in bytes.
    pub bytes: u64,
    /// SHA-256 of that age file.
    pub sha256: Digest,
}

/// A record as it is appended.
pub struct Encoded {
    /// Mark, header line, newline and age file.
    pub bytes: Vec<u8>,
    /// Its place in the chain.
    pub mark: Mark,
}

/// Signs `header` for `sealed` and joins the two.
pub fn encode(
    mut header: Header,
    sealed: &[u8],
    store: &StoreId,
    key: &SigningKey,
) -> Result<Encoded, serde_json::Error> {
    header.bytes = sealed.len() as u64;
    header.sha256 = Digest::of(sealed);
    let line = sign(&header, Purpose::Record, store, key)?;
    let mark = Mark { seq: header.seq, hash: Digest::of(&line) };
    let mut bytes = Vec::with_capacity(MARK.len() + line.len() + 1 + sealed.len());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(&line);
    bytes.push(b'\n');
    bytes.extend_from_slice(sealed);
    Ok(Encoded { bytes, mark })
}

/// A header line found in a log.
pub struct Found {
    /// The header, not verified yet.
    pub header: Unverified<Header>,
    /// The line's hash.
    pub hash: Digest,
    /// Mark and line and newline, in bytes: where the age file begins.
    pub length: usize,
}

/// Parses the mark and header line that `bytes` begin with.
pub fn parse(bytes: &[u8]) -> Result<Found, SignedError> {
    let malformed = |why: &str| SignedError::Malformed(why.to_owned());
    let rest = bytes.strip_prefix(MARK).ok_or_else(|| malformed("no record mark"))?;
    let window = &rest[..rest.len().min(LINE_LIMIT)];
    let end = window.iter().position(|byte| *byte == b'\n').ok_or_else(|| malformed("no end of its line"))?;
    let line = &window[..end];
    let header: Unverified<Header> = Unverified::parse(line)?;
    if header.claimed().v != 1 {
        return Err(malformed("another format version"));
    }
    Ok(Found { header, hash: Digest::of(line), length: MARK.len() + end + 1 })
}

//! What is said of an exported file, signed by whoever exported it. It carries the roster, so that nobody
//! needs the store to hold the file against it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Format, Range, Written};
use crate::access_log::reading::Filter;
use crate::sealed::signed::{
    self, Digest, Mark, Purpose, SignedError, SigningKey, StoreId, Unverified, VerifyingKey,
};

/// The longest manifest accepted, in bytes: a roster of 16 MiB, each of its characters escaped, and some.
pub const LIMIT: u64 = 33 * 1024 * 1024;
/// The version of the manifest's format.
const VERSION: u32 = 1;
/// What `kind` says.
const KIND: &str = "access-log export";

/// The manifest of an exported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version, 1.
    pub v: u32,
    /// `access-log export`: other things have manifests too.
    pub kind: String,
    /// The store's id.
    pub store: StoreId,
    /// When, by the clock of the machine that exported.
    pub made: Timestamp,
    /// Who exported and signs: `dana.1`.
    pub by: String,
    /// The file's name then.
    pub file: String,
    /// Its form.
    pub format: Format,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: Digest,
    /// Which entries were asked for.
    pub filter: Filter,
    /// Whether that is not simply all.
    pub filtered: bool,
    /// The entries that were looked at.
    pub range: Range,
    /// How many of them are in the file.
    pub entries: u64,
    /// How many of those nobody signed.
    pub unsigned: u64,
    /// How many of the range are not in the file.
    pub left_out: u64,
    /// The roster's end then.
    pub roster: Mark,
    /// The whole roster, as its file stood: the lines up to that end.
    pub roster_text: String,
}

/// A manifest is none, or does not agree with itself.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no signed line, or not as it was signed.
    #[error("the manifest was changed, or is none: {0}")]
    Signed(#[from] SignedError),
    /// A newer program made it.
    #[error("the manifest has format version {version}, and this program knows {VERSION}")]
    NewerFormat {
        /// Its version.
        version: u64,
    },
    /// It is the manifest of something else.
    #[error("it is no manifest of an export of the access log")]
    Kind,
    /// Its numbers don't agree.
    #[error("the manifest contradicts itself: {0}")]
    Contradiction(&'static str),
}

impl Manifest {
    /// The manifest of what was written.
    pub fn new(about: About, written: &Written) -> Self {
        let About { store, made, by, file, format, filter, roster, roster_text } = about;
        let Written { bytes, sha256, range, entries, unsigned, left_out } = *written;
        Self {
            v: VERSION,
            kind: KIND.to_owned(),
            store,
            made,
            by,
            file,
            format,
            bytes,
            sha256,
            filtered: !filter.is_empty(),
            filter,
            range,
            entries,
            unsigned,
            left_out,
            roster,
            roster_text,
        }
    }

    /// The manifest as its file's bytes.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = signed::sign(self, Purpose::Manifest, &self.store, key)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Parses a manifest's file. What it says is not verified yet: see [`Manifest::verify`].
    pub fn parse(bytes: &[u8]) -> Result<Unverified<Self>, ManifestError> {
        let malformed = |why: &str| SignedError::Malformed(why.to_owned());
        if bytes.len() as u64 > LIMIT {
            return Err(malformed("longer than any manifest").into());
        }
        let line = bytes.strip_suffix(b"\n").ok_or_else(|| malformed("no newline at its end"))?;
        // Other manifests, and those to come, have other keys.
        if let Ok(Outline { v, kind }) = serde_json::from_slice(line) {
            if kind.is_some_and(|kind| kind != KIND) {
                return Err(ManifestError::Kind);
            }
            if v > u64::from(VERSION) {
                return Err(ManifestError::NewerFormat { version: v });
            }
        }
        let unverified = Unverified::<Self>::parse(line)?;
        if unverified.claimed().v != VERSION {
            return Err(malformed("no format version of a manifest").into());
        }
        Ok(unverified)
    }

    /// Checks the signature and that the manifest agrees with itself. `key` is that of the identity which
    /// [`Manifest::by`] names.
    pub fn verify(unverified: Unverified<Self>, key: &VerifyingKey) -> Result<Self, ManifestError> {
        let store = unverified.claimed().store;
        let manifest = unverified.verify(Purpose::Manifest, &store, key)?;
        manifest.agrees()?;
        Ok(manifest)
    }

    fn agrees(&self) -> Result<(), ManifestError> {
        let contradiction = |what| Err(ManifestError::Contradiction(what));
        let Some(looked_at) = self.range.entries() else {
            return contradiction("its range ends before it begins");
        };
        if self.range.first.seq == 0 {
            return contradiction("its range begins before the first entry");
        }
        if self.entries.checked_add(self.left_out) != Some(looked_at) {
            return contradiction("entries in the file and entries left out do not make up the range");
        }
        if self.unsigned > self.entries {
            return contradiction("it counts more unsigned entries than entries");
        }
        if self.filtered == self.filter.is_empty() {
            return contradiction("whether it was filtered, and the filter");
        }
        if !self.filtered && self.left_out > 0 {
            return contradiction("it left entries out, and names no filter");
        }
        if self.filter.limit.is_some_and(|limit| self.entries > limit) {
            return contradiction("the file has more entries than its limit");
        }
        Ok(())
    }
}

/// What a manifest says besides what was written.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "Manifest describes each")]
pub struct About {
    pub store: StoreId,
    pub made: Timestamp,
    pub by: String,
    pub file: String,
    pub format: Format,
    pub filter: Filter,
    pub roster: Mark,
    pub roster_text: String,
}

/// The keys that every manifest has, whatever else is in it.
#[derive(Deserialize)]
struct Outline {
    v: u64,
    kind: Option<String>,
}

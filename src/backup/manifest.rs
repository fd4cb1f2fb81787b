//! A snapshot's manifest: two lines, JSON and its SHA-256. Written last, so a snapshot without a whole
//! manifest is one that was broken off.
//!
//! Nobody signs it: the nightly job has no key. What it names is signed and chained itself.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sealed::signed::{Digest, Mark, StoreId};
use crate::store::restored::GroupAt;

/// The version of the manifest's format.
pub const VERSION: u32 = 1;
/// The longest manifest accepted, in bytes: a million documents have about 150 MB of it.
pub const LIMIT: u64 = 256 << 20;
/// The longest pieces of files that are only appended to, in bytes: what did not grow is shared.
pub const APPENDED_PIECE: u64 = 1 << 20;
/// The longest pieces of the rest, in bytes.
pub const WHOLE_PIECE: u64 = 64 << 20;

/// A snapshot's name, its time in a form that every file system takes: `2026-11-26T02-00-00Z`, and `-2`
/// behind the second of one second.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotName(String);

/// Text is no snapshot's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot is named by its time, as 2026-11-26T02-00-00Z")]
pub struct NoSnapshotName;

impl SnapshotName {
    /// The name of the `copy`th snapshot, from 1, of that second.
    pub fn new(time: Timestamp, copy: u32) -> Self {
        let second = time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        Self(if copy > 1 { format!("{second}-{copy}") } else { second })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for SnapshotName {
    type Err = NoSnapshotName;

    fn from_str(text: &str) -> Result<Self, NoSnapshotName> {
        let (second, copy) = text.split_once('Z').ok_or(NoSnapshotName)?;
        let form = "dddd-dd-ddTdd-dd-dd";
        let fits = second.len() == form.len()
            && second.chars().zip(form.chars()).all(|(found, wanted)| match wanted {
                'd' => found.is_ascii_digit(),
                other => found == other,
            });
        let number = |digits: &str| {
            !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u32>().is_ok_and(|number| number > 1)
        };
        let copies = copy.is_empty() || copy.strip_prefix('-').is_some_and(number);
        if fits && copies { Ok(Self(text.to_owned())) } else { Err(NoSnapshotName) }
    }
}

impl Serialize for SnapshotName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SnapshotName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A file's place in the store, with `/` between its parts: at most eight of letters, digits, `.`, `_` and
/// `-`, none of which begins with a dot. So it stays within whatever folder it is put into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(String);

/// Text is no file's place in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no file of a store can be called so")]
pub struct NoStorePath;

impl StorePath {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for StorePath {
    type Err = NoStorePath;

    fn from_str(text: &str) -> Result<Self, NoStorePath> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let sound =
            |part: &str| (1..=255).contains(&part.len()) && !part.starts_with('.') && part.bytes().all(plain);
        let parts = text.split('/').count();
        if parts <= 8 && text.split('/').all(sound) { Ok(Self(text.to_owned())) } else { Err(NoStorePath) }
    }
}

impl Serialize for StorePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StorePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version, 1.
    pub v: u32,
    /// Whose it is.
    pub store: StoreId,
    /// On which medium it was made.
    pub medium: String,
    /// Its name, which is that of its file.
    pub snapshot: SnapshotName,
    /// Counted from 1 on each medium.
    pub number: u64,
    /// Counted from 1 on each medium: the next begins when a restored store was accepted.
    pub line: u32,
    /// When it was made, by the machine's clock.
    pub time: Timestamp,
    /// The hash of the medium's snapshot before; zeroes in its first.
    pub prev: Digest,
    /// The program's version.
    pub program: String,
    /// The roster's end.
    pub roster: Mark,
    /// The access log's end.
    pub log: Mark,
    /// Every group, by name.
    pub groups: Vec<GroupAt>,
    /// Every file, by path. Snapshots of one medium share what is the same in them: they have most of their
    /// files in common, and an office may have a hundred thousand documents.
    pub files: Vec<Arc<StoredFile>>,
}

/// A file of the store, in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Where it lies in the store.
    pub path: StorePath,
    /// Its length in bytes.
    pub bytes: u64,
    /// The length of each piece but the last, in bytes.
    pub piece: u64,
    /// The SHA-256 of each piece, which is its object's name. A file of no bytes has none.
    pub pieces: Vec<Digest>,
    /// SHA-256 of the whole, of a file in several pieces that is never appended to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

impl StoredFile {
    /// Each piece and its length in bytes.
    pub fn lengths(&self) -> impl Iterator<Item = (Digest, u64)> {
        let last = self.pieces.len().saturating_sub(1);
        let (bytes, piece) = (self.bytes, self.piece);
        self.pieces.iter().enumerate().map(move |(index, hash)| {
            let length = if index == last { bytes - piece * last as u64 } else { piece };
            (*hash, length)
        })
    }

    /// SHA-256 of the whole file, where that is known without reading it.
    pub fn whole(&self) -> Option<Digest> {
        match self.pieces.as_slice() {
            [only] => Some(*only),
            _ => self.sha256,
        }
    }

    fn is_sound(&self) -> bool {
        let counted = u64::try_from(self.pieces.len()).ok();
        (1..=WHOLE_PIECE).contains(&self.piece) && counted == Some(self.bytes.div_ceil(self.piece))
    }
}

/// A manifest is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// It ends before its end: writing it was broken off.
    #[error("it is not whole: the snapshot was broken off while it was made")]
    BrokenOff,
    /// A newer program wrote it.
    #[error("it has format version {0}; this program reads version {VERSION}")]
    NewerFormat(u64),
    /// It is whole, and not what a program wrote.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// A manifest as it lies on a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it says.
    pub manifest: Arc<Manifest>,
    /// Its hash: the SHA-256 of its first line.
    pub hash: Digest,
}

impl Manifest {
    /// Its file's bytes.
    pub fn encode(&self) -> Result<(Vec<u8>, Digest), serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        let hash = Digest::of(&bytes);
        bytes.extend_from_slice(format!("\n{hash}\n").as_bytes());
        Ok((bytes, hash))
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&GroupAt> {
        self.groups.iter().find(|group| group.name.as_str() == name)
    }

    /// The file at that place.
    pub fn file(&self, path: &str) -> Option<&StoredFile> {
        self.shared_file(path).map(|file| &**file)
    }

    fn shared_file(&self, path: &str) -> Option<&Arc<StoredFile>> {
        let place = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(place)
    }

    /// Keeps only one copy of each file that is the same in `other`.
    pub(super) fn share_files_with(&mut self, other: &Self) {
        for file in &mut self.files {
            if let Some(same) = other.shared_file(file.path.as_str()).filter(|known| *known == file) {
                *file = Arc::clone(same);
            }
        }
    }

    /// The bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add)
    }
}

impl Written {
    /// Reads a manifest's file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let damaged = |why: &str| ManifestFault::Damaged(why.to_owned());
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let (line, sum, end) = (lines.next(), lines.next(), lines.next());
        let (Some(line), Some(sum), Some(b"")) = (line, sum, end) else {
            return Err(ManifestFault::BrokenOff);
        };
        if lines.next().is_some() {
            return Err(damaged("it has more than two lines"));
        }
        let hash = Digest::of(line);
        if std::str::from_utf8(sum).ok().and_then(|sum| sum.parse::<Digest>().ok()) != Some(hash) {
            // What was flushed in part may have its end and holes before it.
            let torn = line.contains(&0) || sum.contains(&0);
            return Err(if torn { ManifestFault::BrokenOff } else { damaged("its SHA-256 does not fit") });
        }
        match serde_json::from_slice(line) {
            Ok(Version { v }) if v > u64::from(VERSION) => return Err(ManifestFault::NewerFormat(v)),
            _ => {}
        }
        let manifest: Manifest =
            serde_json::from_slice(line).map_err(|error| ManifestFault::Damaged(error.to_string()))?;
        let sorted = manifest.files.is_sorted_by(|one, other| one.path < other.path)
            && manifest.groups.is_sorted_by(|one, other| one.name < other.name);
        let sound = manifest.v == VERSION
            && manifest.number > 0
            && manifest.line > 0
            && manifest.files.iter().all(|file| file.is_sound());
        if !sorted || !sound {
            return Err(damaged("it contradicts itself"));
        }
        Ok(Self { manifest: Arc::new(manifest), hash })
    }

    /// Where errors say that something of this snapshot lies: beside its manifest, under its name.
    pub fn place(&self, snapshots: &Path) -> std::path::PathBuf {
        snapshots.join(self.manifest.snapshot.as_str())
    }
}

/// The one key that every version has.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

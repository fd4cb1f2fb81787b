//! What several targets need: files in memory, and a pen that signs as the format says, written apart from
//! the program so that the two are held against each other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use hkdf::Hkdf;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vault::sealed::disk::{Disk, DiskFile};
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::WorkFactor;
use vault::sealed::signed::{Digest, VerifyingKey};
use vault::surroundings::{Clock, Random, Surroundings};

/// A file in memory that only reads, and notes how far it was read.
#[derive(Clone, Default)]
pub struct Sheet {
    bytes: Arc<Vec<u8>>,
    furthest: Arc<AtomicU64>,
}

impl Sheet {
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: Arc::new(bytes.to_vec()), furthest: Arc::default() }
    }

    /// The end of what was read of it, in bytes.
    pub fn furthest(&self) -> u64 {
        self.furthest.load(Ordering::Relaxed)
    }
}

impl DiskFile for Sheet {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest =
            usize::try_from(offset).ok().and_then(|offset| self.bytes.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.furthest.fetch_max(offset.saturating_add(count as u64), Ordering::Relaxed);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn write_once(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn set_len(&self, _length: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A folder of such files.
#[derive(Default)]
pub struct Shelf(BTreeMap<PathBuf, Sheet>);

impl Shelf {
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (PathBuf::from(path), Sheet::new(bytes))).collect())
    }
}

impl Disk for Shelf {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let sheet = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(sheet.clone()))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let files = self.0.keys().filter(|file| file.parent() == Some(path));
        Ok(files.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned())).collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0.keys().any(|file| file.starts_with(path)))
    }

    fn open_lock(&self, _path: &Path) -> io::Result<File> {
        tempfile::tempfile()
    }

    fn filesystem(&self, _path: &Path) -> io::Result<u64> {
        Ok(0)
    }

    fn open_for_writing(&self, _path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn create_new(&self, _path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn create_dir_all(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn remove_file(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn remove_dir_all(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

impl Random for Standing {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        bytes.fill(7);
        Ok(())
    }
}

/// A machine that has these files and nothing else; its notes lie in `/state`.
pub fn machine(files: Shelf) -> Surroundings {
    Surroundings {
        disk: Arc::new(files),
        time_zone: TimeZone::UTC,
        clock: Arc::new(Standing),
        random: Arc::new(Standing),
        host: "office".to_owned(),
        os_user: "clerk".to_owned(),
        state: PathBuf::from("/state"),
        system_root: PathBuf::from("/"),
        lowest_work_factor: WorkFactor::for_tests(2),
        work_factor: WorkFactor::for_tests(2),
        patience: Duration::ZERO,
        log_reserve: 0,
        idle_minute: Duration::from_mins(1),
    }
}

/// Signs lines.
pub struct Pen(SigningKey);

impl Pen {
    /// That of an identity: HKDF-SHA-256 of its text.
    pub fn of(identity: &Identity) -> Self {
        let mut seed = [0; 32];
        Hkdf::<Sha256>::new(None, identity.to_text().as_bytes()).expand(b"vault/v1/sign", &mut seed).unwrap();
        Self(SigningKey::from_bytes(&seed))
    }

    /// One for a name and number, `alice.1`.
    pub fn called(signer: &str) -> Self {
        Self(SigningKey::from_bytes(&Digest::of(signer.as_bytes()).0))
    }

    /// The public half, as it stands in a roster.
    pub fn key(&self) -> String {
        HEXLOWER.encode(self.0.verifying_key().as_bytes())
    }

    /// Signs a JSON object, or something that ought to be one, in place of the signature that it has.
    pub fn sign(&self, line: &[u8], purpose: &str, store: &Digest) -> Vec<u8> {
        let object = unsigned(line);
        let signature = self.0.sign(&message(purpose, store, object));
        [object, b",\"sig\":\"", HEXLOWER.encode(&signature.to_bytes()).as_bytes(), b"\"}"].concat()
    }
}

/// A line up to its signature, or up to its last brace.
fn unsigned(line: &[u8]) -> &[u8] {
    let key = b",\"sig\":";
    match line.windows(key.len()).rposition(|piece| piece == key) {
        Some(at) => &line[..at],
        None => line.strip_suffix(b"}").unwrap_or(line),
    }
}

fn message(purpose: &str, store: &Digest, object: &[u8]) -> Vec<u8> {
    [b"vault/v1/", purpose.as_bytes(), &store.0, object].concat()
}

/// Whether that key signed that line for that purpose, by the format's own words.
pub fn is_signed(line: &[u8], purpose: &str, store: &Digest, key: &VerifyingKey) -> bool {
    let signature = || {
        let digits = line.strip_suffix(b"\"}")?.rsplit(|byte| *byte == b'"').next()?;
        Signature::from_slice(&HEXLOWER.decode(digits).ok()?).ok()
    };
    let bytes: [u8; 32] = HEXLOWER.decode(key.to_string().as_bytes()).unwrap().try_into().unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).unwrap();
    signature().is_some_and(|sig| key.verify_strict(&message(purpose, store, unsigned(line)), &sig).is_ok())
}

/// A line as a JSON object without its signature.
pub fn object(line: &[u8]) -> Option<serde_json::Map<String, Value>> {
    let whole = [unsigned(line), b"}"].concat();
    serde_json::from_slice::<Value>(&whole).ok()?.as_object().cloned()
}

/// Lines without their ends; what follows the last end counts as one unless it is empty.
pub fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

/// Puts hexadecimal zeroes, or a digest, under a key.
pub fn hex(digest: Digest) -> Value {
    Value::String(digest.to_string())
}

/// The identity in a vector.
pub fn identity(text: &str) -> Identity {
    Identity::from_file_text(text).unwrap()
}

/// Hash of some bytes, apart from the program's.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

//! age files: whole small ones, and large ones read at any place or written as a stream.
//!
//! The age crate is not trusted at its edges: the header is bounded before it is parsed (its parser
//! is quadratic), the length is authenticated at open, no seek goes past the end, and a reader that
//! failed once stays failed.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::stream::{StreamReader, StreamWriter};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::disk::DiskFile;
use super::signed::Digest;

/// The longest age header accepted, in bytes.
pub const HEADER_LIMIT: usize = 16 * 1024;
/// The plaintext of one age chunk, in bytes (age's specification).
pub const CHUNK: u64 = 64 * 1024;
const TAG: u64 = 16;
const SEALED_CHUNK: u64 = CHUNK + TAG;
const NONCE: usize = 16;
const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// The length of every line of a stanza's body but its last, which is shorter.
const COLUMNS: usize = 64;

/// An age file could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It does not begin as an age file does.
    #[error("not an age file")]
    NotAge,
    /// The header does not end within [`HEADER_LIMIT`].
    #[error("age header longer than {HEADER_LIMIT} bytes")]
    HeaderTooLong,
    /// The header is malformed, or its authentication code is wrong.
    #[error("damaged age header")]
    Header,
    /// The header is sound as far as can be told, and no key at hand opens it.
    #[error("sealed to another key")]
    NoMatch,
    /// A chunk of the payload does not authenticate.
    #[error("damaged age payload near byte {near}")]
    Payload {
        /// Plaintext offset of the chunk.
        near: u64,
    },
    /// The payload ends before its last chunk.
    #[error("cut age payload")]
    Cut,
    /// The file could not be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
}

/// Bytes could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// age refused the recipient.
    #[error("cannot seal: {0}")]
    Age(#[from] age::EncryptError),
    /// The destination failed.
    #[error("cannot write sealed data: {0}")]
    Io(#[from] io::Error),
}

/// Where the age header in `bytes` ends (the offset of the payload nonce).
///
/// Checks the header's outline as well, because the age crate lets a stanza pass without the short
/// line that must end it.
fn header_end(bytes: &[u8]) -> Result<usize, OpenError> {
    let window = &bytes[..bytes.len().min(HEADER_LIMIT)];
    if !window.starts_with(MAGIC) {
        return Err(OpenError::NotAge);
    }
    let too_long = || if bytes.len() >= HEADER_LIMIT { OpenError::HeaderTooLong } else { OpenError::Header };
    let mut at = MAGIC.len();
    // In a stanza whose body has not ended yet.
    let mut open = false;
    loop {
        let length = window[at..].iter().position(|byte| *byte == b'\n').ok_or_else(too_long)?;
        let line = &window[at..at + length];
        at += length + 1;
        if open {
            let is_body = length <= COLUMNS && !line.starts_with(b"-");
            open = if is_body { length == COLUMNS } else { return Err(OpenError::Header) };
        } else if line.starts_with(b"-> ") {
            open = true;
        } else if line.starts_with(b"--- ") {
            return Ok(at);
        } else {
            return Err(OpenError::Header);
        }
    }
}

/// The work factor (log2 N) that a passphrase-sealed file's header names.
pub fn scrypt_work_factor(sealed: &[u8]) -> Result<u8, OpenError> {
    let header = &sealed[..header_end(sealed)?];
    let line = header
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"-> scrypt "))
        .ok_or(OpenError::NoMatch)?;
    std::str::from_utf8(line)
        .ok()
        .and_then(|arguments| arguments.split(' ').nth(1))
        .filter(|factor| !factor.starts_with(['0', '+', '-']))
        .and_then(|factor| factor.parse().ok())
        .ok_or(OpenError::Header)
}

fn decrypt_error(error: age::DecryptError) -> OpenError {
    match error {
        age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => OpenError::NoMatch,
        age::DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => OpenError::Io(error),
        _ => OpenError::Header,
    }
}

/// Seals a small piece of plaintext.
pub fn seal_to(recipient: &dyn age::Recipient, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))?;
    let mut sealed = Vec::with_capacity(plaintext.len() + plaintext.len() / 4096 + 512);
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(plaintext)?;
    writer.finish()?;
    Ok(sealed)
}

/// Opens a small age file whole.
pub fn open_with(identity: &dyn age::Identity, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let header = header_end(sealed)?;
    let payload = (sealed.len() - header) as u64;
    let length = plaintext_length(payload.saturating_sub(NONCE as u64)).ok_or(OpenError::Cut)?;
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(decrypt_error)?;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(decrypt_error)?;
    let mut plaintext = Zeroizing::new(vec![0; usize::try_from(length).map_err(|_| OpenError::Cut)?]);
    // Read to the very end: the last chunk proves that nothing was cut off.
    reader.read_exact(&mut plaintext).map_err(|_| OpenError::Payload { near: 0 })?;
    match reader.read(&mut [0]) {
        Ok(0) => Ok(plaintext),
        _ => Err(OpenError::Payload { near: length }),
    }
}

/// The plaintext length of a payload of `sealed` bytes (nonce not counted), or `None` when no
/// payload has that length. An empty last chunk is valid only for an empty plaintext.
fn plaintext_length(sealed: u64) -> Option<u64> {
    let (full, rest) = (sealed / SEALED_CHUNK, sealed % SEALED_CHUNK);
    match rest {
        0 if full > 0 => Some(full * CHUNK),
        TAG if full == 0 => Some(0),
        rest if rest > TAG => Some(full * CHUNK + rest - TAG),
        _ => None,
    }
}

/// A sequential, seekable view of a [`DiskFile`], as the age crate wants it.
struct Cursor {
    file: Arc<dyn DiskFile>,
    position: u64,
    length: u64,
    /// While set, the file seems to end where it stands.
    ends_here: Arc<AtomicBool>,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ends_here.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let count = self.file.read_at(&mut buffer[..wanted], self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A large age file, read at any place. Chunks are authenticated one by one as they are read.
pub struct SealedReader {
    stream: StreamReader<BufReader<Cursor>>,
    ends_here: Arc<AtomicBool>,
    length: u64,
    id: Digest,
    cache: ChunkCache,
    failed: bool,
}

impl std::fmt::Debug for SealedReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SealedReader").field("length", &self.length).finish_non_exhaustive()
    }
}

impl SealedReader {
    /// Opens `file`, authenticates its header and its length, and keeps up to `cached` chunks.
    pub fn open(
        file: Arc<dyn DiskFile>,
        identity: &dyn age::Identity,
        cached: usize,
    ) -> Result<Self, OpenError> {
        let file_length = file.len()?;
        let mut start = vec![0; HEADER_LIMIT];
        let count = file.read_at(&mut start, 0)?;
        start.truncate(count);
        let header = header_end(&start)?;
        let payload = file_length.saturating_sub((header + NONCE) as u64);
        let length = plaintext_length(payload).ok_or(OpenError::Cut)?;
        let nonce_end = header + NONCE;
        let id = base_id(&start[..nonce_end.min(start.len())], file_length);
        let ends_here = Arc::new(AtomicBool::new(false));
        let cursor = Cursor { file, position: 0, length: file_length, ends_here: Arc::clone(&ends_here) };
        let decryptor =
            age::Decryptor::new_buffered(BufReader::with_capacity(4096, cursor)).map_err(decrypt_error)?;
        let mut stream = decryptor.decrypt(std::iter::once(identity)).map_err(decrypt_error)?;
        // `seek` to the end decrypts the last chunk as the last one: a cut file fails here.
        let authentic = stream.seek(SeekFrom::End(0)).map_err(|_| OpenError::Cut)?;
        if authentic != length {
            return Err(OpenError::Cut);
        }
        Ok(Self { stream, ends_here, length, id, cache: ChunkCache::new(cached), failed: false })
    }

    /// The plaintext's length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256 of the age header, the payload nonce and the file's length (8 bytes, little-endian):
    /// names these sealed bytes without reading them all.
    pub fn id(&self) -> Digest {
        self.id
    }

    /// Keeps up to `chunks` chunks from now on.
    pub fn set_cache(&mut self, chunks: usize) {
        self.cache.set_limit(chunks);
    }

    /// Reads at `offset`; fewer bytes than asked for mean the end.
    pub fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, OpenError> {
        let mut done = 0;
        while done < buffer.len() {
            let position = offset + done as u64;
            if position >= self.length {
                break;
            }
            let within = usize::try_from(position % CHUNK).unwrap_or(0);
            let chunk = self.chunk(position / CHUNK)?;
            let count = (chunk.len() - within).min(buffer.len() - done);
            buffer[done..done + count].copy_from_slice(&chunk[within..within + count]);
            done += count;
        }
        Ok(done)
    }

    fn chunk(&mut self, index: u64) -> Result<&[u8], OpenError> {
        if !self.cache.contains(index) {
            let start = index * CHUNK;
            if self.failed || start >= self.length {
                return Err(OpenError::Payload { near: start });
            }
            let mut chunk = self.cache.spare();
            chunk.resize(usize::try_from((self.length - start).min(CHUNK)).unwrap_or(0), 0);
            let is_last = start + chunk.len() as u64 == self.length;
            let read =
                self.stream.seek(SeekFrom::Start(start)).and_then(|_| self.stream.read_exact(&mut chunk));
            if read.is_err() || self.was_sealed_as_last() != Some(is_last) {
                self.failed = true;
                return Err(OpenError::Payload { near: start });
            }
            self.cache.insert(index, chunk);
        }
        self.cache.get(index).ok_or(OpenError::Payload { near: index * CHUNK })
    }

    /// Whether the chunk just read was sealed as the file's last one, which the age crate accepts at
    /// any place. At an end of the file it knows whether it has come too early.
    fn was_sealed_as_last(&mut self) -> Option<bool> {
        self.ends_here.store(true, Ordering::Relaxed);
        let beyond = self.stream.read(&mut [0]);
        self.ends_here.store(false, Ordering::Relaxed);
        match beyond {
            Ok(0) => Some(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(false),
            _ => None,
        }
    }
}

/// The id of a sealed file: see [`SealedReader::id`].
fn base_id(header_and_nonce: &[u8], file_length: u64) -> Digest {
    let mut hash = Sha256::new();
    hash.update(header_and_nonce);
    hash.update(file_length.to_le_bytes());
    Digest::from(hash)
}

/// Decrypted chunks, the least recently used leaving first; wiped when they go.
struct ChunkCache {
    limit: usize,
    clock: u64,
    chunks: HashMap<u64, (u64, Zeroizing<Vec<u8>>)>,
}

impl ChunkCache {
    fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), clock: 0, chunks: HashMap::new() }
    }

    fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    fn contains(&self, index: u64) -> bool {
        self.chunks.contains_key(&index)
    }

    fn get(&mut self, index: u64) -> Option<&[u8]> {
        self.clock += 1;
        let entry = self.chunks.get_mut(&index)?;
        entry.0 = self.clock;
        Some(&entry.1)
    }

    /// A buffer to fill: the evicted chunk's when the cache is full.
    fn spare(&mut self) -> Zeroizing<Vec<u8>> {
        if self.chunks.len() >= self.limit
            && let Some(oldest) =
                self.chunks.iter().min_by_key(|(_, (used, _))| *used).map(|(index, _)| *index)
            && let Some((_, chunk)) = self.chunks.remove(&oldest)
        {
            return chunk;
        }
        Zeroizing::new(Vec::new())
    }

    fn insert(&mut self, index: u64, chunk: Zeroizing<Vec<u8>>) {
        self.clock += 1;
        self.chunks.insert(index, (self.clock, chunk));
    }
}

/// What a finished [`SealedWriter`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The sealed file's length in bytes.
    pub bytes: u64,
    /// SHA-256 of the sealed file.
    pub sha256: Digest,
    /// See [`SealedReader::id`].
    pub id: Digest,
}

/// Seals a stream into a file, hashing the ciphertext as it goes. Not durable before its caller
/// fsyncs file and folder.
pub struct SealedWriter {
    stream: StreamWriter<HashingFile>,
}

struct HashingFile {
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    written: u64,
    hash: Sha256,
    start: Vec<u8>,
}

const WRITE_BUFFER: usize = 1 << 20;

impl HashingFile {
    fn drain(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.hash.update(&self.buffer);
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.start.len() < HEADER_LIMIT {
            let room = (HEADER_LIMIT - self.start.len()).min(bytes.len());
            self.start.extend_from_slice(&bytes[..room]);
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BUFFER {
            self.drain()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain()
    }
}

impl SealedWriter {
    /// Begins a sealed file in the empty `file`.
    pub fn create(file: Arc<dyn DiskFile>, recipient: &dyn age::Recipient) -> Result<Self, SealError> {
        let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))?;
        let sink =
            HashingFile { file, buffer: Vec::new(), written: 0, hash: Sha256::new(), start: Vec::new() };
        Ok(Self { stream: encryptor.wrap_output(sink)? })
    }

    /// Appends plaintext.
    pub fn write(&mut self, plaintext: &[u8]) -> Result<(), SealError> {
        Ok(self.stream.write_all(plaintext)?)
    }

    /// Writes the last chunk and fsyncs the file.
    pub fn finish(self) -> Result<Written, SealError> {
        let mut sink = self.stream.finish()?;
        sink.drain()?;
        sink.file.sync_all()?;
        let header = header_end(&sink.start).map_err(|error| io::Error::other(error.to_string()))?;
        let id = base_id(&sink.start[..header + NONCE], sink.written);
        Ok(Written { bytes: sink.written, sha256: Digest::from(sink.hash), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::disk::{Disk, RealDisk};
    use crate::sealed::identity::Identity;

    fn header(lines: &str) -> Result<usize, OpenError> {
        header_end(format!("age-encryption.org/v1\n{lines}\n--- mac\nnonce").as_bytes())
    }

    #[test]
    fn a_stanza_ends_with_a_short_line() {
        let full = "A".repeat(64);
        for sound in ["-> X a\nAAAA", "-> X a\n", &format!("-> X a\n{full}\nAA"), &format!("-> X\n{full}\n")]
        {
            assert!(header(sound).is_ok(), "{sound}");
        }
        for cut in
            ["-> X a", &format!("-> X a\n{full}"), &format!("-> X a\n{full}A\nAA"), "-> X a\n-> Y\nAA", "AA"]
        {
            assert!(matches!(header(cut), Err(OpenError::Header)), "{cut}");
        }
    }

    #[test]
    fn an_endless_header_is_refused_within_its_limit() {
        let endless = format!("age-encryption.org/v1\n{}", "-> X a\nAAAA\n".repeat(5_000));
        assert!(matches!(header_end(endless.as_bytes()), Err(OpenError::HeaderTooLong)));
        let one_line = format!("age-encryption.org/v1\n-> {}", "a".repeat(50_000));
        assert!(matches!(header_end(one_line.as_bytes()), Err(OpenError::HeaderTooLong)));
    }

    #[test]
    fn a_reader_reads_anywhere_and_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::generate();
        for length in [1, 65_536, 65_537, 131_072, 200_000_usize] {
            let plaintext: Vec<u8> = (0..length).map(|place| place.to_le_bytes()[0] ^ 0x5a).collect();
            let path = folder.path().join(length.to_string());
            std::fs::write(&path, identity.recipient().seal(&plaintext).unwrap()).unwrap();
            let file = Arc::from(RealDisk.open(&path).unwrap());
            let mut reader = SealedReader::open(file, identity.as_age(), 1).unwrap();
            for start in [length - 1, 0, length / 2, length / 3, 0, length / 2] {
                let mut piece = vec![0; 70_000.min(length - start)];
                assert_eq!(reader.read_at(&mut piece, start as u64).unwrap(), piece.len());
                assert_eq!(piece, plaintext[start..start + piece.len()]);
            }
        }
    }
}

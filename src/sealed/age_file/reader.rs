//! A large age file, read at any place.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::stream::StreamReader;
use zeroize::Zeroizing;

use super::{
    CHUNK, HEADER_LIMIT, NONCE, OpenError, base_id, decrypt_error, header_end, payload_error,
    plaintext_length,
};
use crate::sealed::disk::DiskFile;
use crate::sealed::signed::Digest;

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
        Self::open_any(file, std::iter::once(identity), cached)
    }

    /// The same with whichever of several identities opens it.
    pub fn open_any<'keys>(
        file: Arc<dyn DiskFile>,
        identities: impl Iterator<Item = &'keys dyn age::Identity>,
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
        let mut stream = decryptor.decrypt(identities).map_err(decrypt_error)?;
        // `seek` to the end decrypts the last chunk as the last one: a cut file fails here.
        let authentic =
            stream.seek(SeekFrom::End(0)).map_err(|error| match payload_error(error, length) {
                OpenError::Io(error) => OpenError::Io(error),
                _ => OpenError::Cut,
            })?;
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
            let sound = match read {
                Err(error) => Err(payload_error(error, start)),
                Ok(()) if self.was_sealed_as_last() == Some(is_last) => Ok(()),
                Ok(()) => Err(OpenError::Payload { near: start }),
            };
            if let Err(error) = sound {
                self.failed = true;
                return Err(error);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::disk::{Disk, RealDisk};
    use crate::sealed::identity::Identity;

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

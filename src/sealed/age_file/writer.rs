//! A large age file, written as a stream.

use std::io::{self, Write};
use std::sync::Arc;

use age::stream::StreamWriter;
use sha2::{Digest as _, Sha256};

use super::{HEADER_LIMIT, NONCE, SealError, base_id, header_end};
use crate::sealed::disk::DiskFile;
use crate::sealed::signed::Digest;

/// What a finished [`SealedWriter`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The sealed file's length in bytes.
    pub bytes: u64,
    /// SHA-256 of the sealed file.
    pub sha256: Digest,
    /// See [`super::SealedReader::id`].
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
    /// `None` where nobody asks for it.
    hash: Option<Sha256>,
    start: Vec<u8>,
}

const WRITE_BUFFER: usize = 1 << 20;

impl HashingFile {
    fn drain(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&self.buffer);
        }
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
        Self::begin(file, recipient, Some(Sha256::new()))
    }

    /// The same without hashing the ciphertext: [`Written::sha256`] is all zeroes.
    pub fn create_unhashed(
        file: Arc<dyn DiskFile>,
        recipient: &dyn age::Recipient,
    ) -> Result<Self, SealError> {
        Self::begin(file, recipient, None)
    }

    fn begin(
        file: Arc<dyn DiskFile>,
        recipient: &dyn age::Recipient,
        hash: Option<Sha256>,
    ) -> Result<Self, SealError> {
        let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))?;
        let sink = HashingFile { file, buffer: Vec::new(), written: 0, hash, start: Vec::new() };
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
        Ok(Written { bytes: sink.written, sha256: sink.hash.map_or(Digest::ZERO, Digest::from), id })
    }
}

//! age files: whole small ones, and large ones read at any place or written as a stream.
//!
//! The age crate is not trusted at its edges: the header is bounded before it is parsed (its parser
//! is quadratic), the length is authenticated at open, no seek goes past the end, and a reader that
//! failed once stays failed.

mod armor;
mod reader;
mod stream;
mod writer;

use std::io::{self, BufRead, BufReader, Read, Write as _};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::disk::DiskFile;
use super::signed::Digest;

pub use armor::{ARMOR_BEGIN, Dearmored};
pub use reader::SealedReader;
pub use stream::SealingStream;
pub use writer::{SealedWriter, Written};

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

/// Whether `file` is sealed with a passphrase.
pub fn is_passphrase_sealed(file: &dyn DiskFile) -> io::Result<bool> {
    let mut start = vec![0; HEADER_LIMIT];
    let count = file.read_at(&mut start, 0)?;
    Ok(scrypt_work_factor(&start[..count]).is_ok())
}

fn decrypt_error(error: age::DecryptError) -> OpenError {
    match error {
        age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => OpenError::NoMatch,
        age::DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => OpenError::Io(error),
        _ => OpenError::Header,
    }
}

/// Tells what does not authenticate from what can't be read: only the first is damage.
fn payload_error(error: io::Error, near: u64) -> OpenError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => OpenError::Payload { near },
        _ => OpenError::Io(error),
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
    let mut plaintext = Zeroizing::new(Vec::new());
    let header = header_end(sealed)?;
    open_whole(identity, sealed, sealed.len() as u64, header, &mut plaintext)?;
    Ok(plaintext)
}

/// Opens the age file of `length` bytes that begins at `offset` of `file`, appends its plaintext to
/// `plaintext` and returns the SHA-256 of its ciphertext. Never holds the ciphertext whole: a log is
/// opened by every command.
pub fn open_section(
    identity: &dyn age::Identity,
    file: &dyn DiskFile,
    offset: u64,
    length: u64,
    plaintext: &mut Zeroizing<Vec<u8>>,
) -> Result<Digest, OpenError> {
    let mut start = vec![0; usize::try_from(length).map_or(HEADER_LIMIT, |length| length.min(HEADER_LIMIT))];
    let count = file.read_at(&mut start, offset)?;
    let header = header_end(&start[..count])?;
    let mut section = Section { file, position: offset, end: offset + length, hash: Sha256::new() };
    open_whole(identity, BufReader::with_capacity(4096, &mut section), length, header, plaintext)?;
    Ok(Digest::from(section.hash))
}

/// A stretch of a file, hashed as it is read.
struct Section<'a> {
    file: &'a dyn DiskFile,
    position: u64,
    end: u64,
    hash: Sha256,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let count = self.file.read_at(&mut buffer[..wanted], self.position)?;
        self.hash.update(&buffer[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

/// Appends the plaintext of an age file of `length` bytes whose header ends at `header`. What an error
/// leaves in `plaintext` is to be thrown away.
fn open_whole(
    identity: &dyn age::Identity,
    sealed: impl BufRead,
    length: u64,
    header: usize,
    plaintext: &mut Zeroizing<Vec<u8>>,
) -> Result<(), OpenError> {
    let length = plaintext_length(length.saturating_sub((header + NONCE) as u64)).ok_or(OpenError::Cut)?;
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(decrypt_error)?;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(decrypt_error)?;
    let begin = plaintext.len();
    plaintext.resize(begin + usize::try_from(length).map_err(|_| OpenError::Cut)?, 0);
    // Read to the very end: the last chunk proves that nothing was cut off.
    reader.read_exact(&mut plaintext[begin..]).map_err(|error| payload_error(error, 0))?;
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(OpenError::Payload { near: length }),
        Err(error) => Err(payload_error(error, length)),
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

/// The id of a sealed file: see [`SealedReader::id`].
fn base_id(header_and_nonce: &[u8], file_length: u64) -> Digest {
    let mut hash = Sha256::new();
    hash.update(header_and_nonce);
    hash.update(file_length.to_le_bytes());
    Digest::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! Documents: each an age file of its own under a random name in the group's `documents/`, sealed and opened as
//! a stream. A document never changes under its name; which of them count, the group's rows say.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::access::Access;
use super::age_file::{OpenError, SealError, SealedReader, SealedWriter, Written};
use super::disk::{Disk, DiskError, DiskFile, IoContext};
use super::group_file::documents_folder;
use super::identity::{Identity, Recipient};
use super::lock::{Lock, LockError, Mode};
use super::signed::Digest;
use crate::machine::stack;

/// Bytes that are read, sealed and hashed at once.
const PIECE: usize = 256 << 10;
/// Pieces under way: one is sealed while others are hashed.
const PIECES: usize = 4;
/// Ends the names of documents that are not whole yet.
const UNFINISHED: &str = ".new";
/// Ends the names of all others.
const SUFFIX: &str = ".age";

/// A document could not be sealed; nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum SealDocumentError {
    /// Its folder is held.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Its file can't be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// age refused.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness for a name.
    #[error("no randomness for a document's file name")]
    Random(#[source] io::Error),
}

/// A document's file is not what its row says.
#[derive(Debug, thiserror::Error)]
pub enum DocumentFault {
    /// It can't be read, or is gone.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It does not open.
    #[error("{} can't be opened", path.display())]
    Sealed {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// It is another sealed file.
    #[error("{} is not the file that was added", .0.display())]
    Other(PathBuf),
    /// It opens, and its contents are not those that were added.
    #[error("{} has other contents than were added", .0.display())]
    Contents(PathBuf),
}

/// Gives random bytes, for the names of files.
pub type RandomBytes<'a> = &'a dyn Fn(&mut [u8]) -> io::Result<()>;

/// Where a group's documents lie, and to whom they are sealed: all that sealing takes, so that the group itself
/// need not be held meanwhile.
#[derive(Clone)]
pub struct Documents {
    disk: Arc<dyn Disk>,
    group: PathBuf,
    recipient: Recipient,
    patience: Duration,
}

/// A document, sealed and durable, that no row names yet. Dropped it is removed, unless it is kept.
#[must_use = "dropped, it is removed"]
pub struct SealedDocument {
    documents: Documents,
    /// Its file's name.
    pub file: String,
    /// The id of its sealed bytes.
    pub sealed: Digest,
    /// The plaintext's length.
    pub bytes: u64,
    /// SHA-256 of the plaintext.
    pub sha256: Digest,
    kept: bool,
    // So that no sweep takes it for a leftover.
    lock: Option<Lock>,
}

/// A document that is open: it can be read to its end whatever becomes of its name.
pub struct OpenDocument {
    path: PathBuf,
    reader: SealedReader,
}

impl Documents {
    /// Those of the group that `access` opens.
    pub fn of(access: &Access) -> Self {
        Self {
            disk: Arc::clone(&access.disk),
            group: access.folder.clone(),
            recipient: access.identity.recipient(),
            patience: access.patience,
        }
    }

    /// The same, sealed to another key from now on.
    #[must_use]
    pub fn sealed_to(&self, recipient: &Recipient) -> Self {
        Self { recipient: recipient.clone(), ..self.clone() }
    }

    /// To whom they are sealed.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn folder(&self) -> PathBuf {
        documents_folder(&self.group)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder().join(file)
    }

    fn make_folder(&self) -> Result<(), DiskError> {
        let folder = self.folder();
        if self.disk.exists(&folder).at("look for", &folder)? {
            return Ok(());
        }
        self.disk.create_dir_all(&folder).at("create", &folder)
    }

    /// Makes the names of documents durable that [`Documents::seal_unflushed`] sealed.
    pub fn flush(&self) -> Result<(), DiskError> {
        self.flush_folder()?;
        // Whoever made the folder may have been killed before this.
        self.disk.sync_dir(&self.group).at("flush", &self.group)
    }

    fn flush_folder(&self) -> Result<(), DiskError> {
        let folder = self.folder();
        self.disk.sync_dir(&folder).at("flush", &folder)
    }

    /// Seals what `source` gives, while nobody holds the group; durable with its name when this returns. `source`
    /// fills a buffer from an offset on; 0 bytes are the end.
    pub fn seal<E: From<SealDocumentError>>(
        &self,
        random: RandomBytes<'_>,
        source: impl FnMut(&mut [u8], u64) -> Result<usize, E>,
    ) -> Result<SealedDocument, E> {
        self.make_folder().map_err(SealDocumentError::from)?;
        let lock = Lock::acquire(&*self.disk, &self.folder(), Mode::Shared, self.patience)
            .map_err(SealDocumentError::from)?;
        let mut sealed = self.seal_unflushed(random, source)?;
        sealed.lock = Some(lock);
        self.flush().map_err(SealDocumentError::from)?;
        Ok(sealed)
    }

    /// The same by whoever holds the group alone; the folder is theirs to flush.
    pub fn seal_unflushed<E: From<SealDocumentError>>(
        &self,
        random: RandomBytes<'_>,
        source: impl FnMut(&mut [u8], u64) -> Result<usize, E>,
    ) -> Result<SealedDocument, E> {
        self.make_folder().map_err(SealDocumentError::from)?;
        let mut bytes = [0; 16];
        random(&mut bytes).map_err(SealDocumentError::Random)?;
        let file = format!("{}{SUFFIX}", HEXLOWER.encode(&bytes));
        let unfinished = self.path(&format!("{file}{UNFINISHED}"));
        let open: Arc<dyn DiskFile> = self
            .disk
            .create_new(&unfinished)
            .at("create", &unfinished)
            .map_err(SealDocumentError::from)?
            .into();
        let written = self.write(open, &unfinished, source).and_then(|written| {
            let path = self.path(&file);
            self.disk
                .rename(&unfinished, &path)
                .at("rename", &unfinished)
                .map_err(SealDocumentError::from)?;
            Ok(written)
        });
        let (written, bytes, sha256) = written.inspect_err(|_| {
            // A full disk gets its room back; what stays is removed by the next sweep.
            let _ = self.disk.remove_file(&unfinished);
        })?;
        Ok(SealedDocument {
            documents: self.clone(),
            file,
            sealed: written.id,
            bytes,
            sha256,
            kept: false,
            lock: None,
        })
    }

    fn write<E: From<SealDocumentError>>(
        &self,
        file: Arc<dyn DiskFile>,
        path: &Path,
        source: impl FnMut(&mut [u8], u64) -> Result<usize, E>,
    ) -> Result<(Written, u64, Digest), E> {
        let failed = |error: SealError| match error {
            SealError::Io(source) => {
                SealDocumentError::Disk(DiskError { what: "write", path: path.to_owned(), source })
            }
            other @ SealError::Age(_) => other.into(),
        };
        let mut writer = SealedWriter::create_unhashed(file, self.recipient.as_age()).map_err(failed)?;
        let (bytes, sha256) =
            hashed(source, |piece| writer.write(piece).map_err(|error| E::from(failed(error))))?;
        Ok((writer.finish().map_err(failed)?, bytes, sha256))
    }

    /// Opens a document whose sealed bytes have that id.
    pub fn open(
        &self,
        file: &str,
        sealed: Digest,
        identity: &Identity,
    ) -> Result<OpenDocument, DocumentFault> {
        let path = self.path(file);
        let open: Arc<dyn DiskFile> = self.disk.open(&path).at("open", &path)?.into();
        match SealedReader::open(open, identity.as_age(), 1) {
            Ok(reader) if reader.id() == sealed => Ok(OpenDocument { path, reader }),
            Ok(_) => Err(DocumentFault::Other(path)),
            Err(source) => Err(DocumentFault::Sealed { path, source }),
        }
    }

    /// Removes a document, durably; one that is gone already is no error.
    pub fn remove(&self, file: &str) -> Result<(), DiskError> {
        self.unlink(file)?;
        match self.flush_folder() {
            Err(error) if error.source.kind() == ErrorKind::NotFound => Ok(()),
            flushed => flushed,
        }
    }

    fn unlink(&self, file: &str) -> Result<(), DiskError> {
        let path = self.path(file);
        match self.disk.remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.at("remove", &path),
        }
    }

    /// The documents that lie there, whole ones and others.
    pub fn there(&self) -> Result<Vec<String>, DiskError> {
        let folder = self.folder();
        let mut names = match self.disk.list(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            listed => listed.at("list", &folder)?,
        };
        names.retain(|name| name.strip_suffix(UNFINISHED).unwrap_or(name).ends_with(SUFFIX));
        Ok(names)
    }

    /// Removes what lies there and is not named by `rows`: what a crash left. Who calls it holds the group
    /// alone. Nothing is removed while somebody seals a document that no row names yet.
    pub fn sweep(&self, rows: &HashSet<String>) -> Result<u64, DiskError> {
        let mut strays = self.there()?;
        strays.retain(|name| !rows.contains(name));
        if strays.is_empty() {
            return Ok(0);
        }
        let _lock = match Lock::acquire(&*self.disk, &self.folder(), Mode::Exclusive, Duration::ZERO) {
            Err(LockError::Busy { .. }) => return Ok(0),
            Err(LockError::Disk(error)) => return Err(error),
            Ok(lock) => lock,
        };
        for stray in &strays {
            self.unlink(stray)?;
        }
        self.flush_folder()?;
        Ok(strays.len() as u64)
    }
}

impl SealedDocument {
    /// To whom it is sealed.
    pub fn recipient(&self) -> &Recipient {
        &self.documents.recipient
    }

    /// A row names it, or may: it stays.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for SealedDocument {
    fn drop(&mut self) {
        if !self.kept {
            // What stays is removed by the next sweep.
            let _ = self.documents.remove(&self.file);
        }
    }
}

impl OpenDocument {
    /// Reads it to its end into `drain`; its contents must be those.
    pub fn read<E: From<DocumentFault>>(
        mut self,
        (bytes, sha256): (u64, Digest),
        drain: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.reader.length() != bytes {
            return Err(DocumentFault::Contents(self.path).into());
        }
        let found = hashed(|piece, offset| Ok(self.fill(piece, offset)?), drain)?;
        if found == (bytes, sha256) { Ok(()) } else { Err(DocumentFault::Contents(self.path).into()) }
    }

    /// Fills `piece` from `offset` on.
    pub fn fill(&mut self, piece: &mut [u8], offset: u64) -> Result<usize, DocumentFault> {
        let sealed = |source| DocumentFault::Sealed { path: self.path.clone(), source };
        self.reader.read_at(piece, offset).map_err(sealed)
    }

    /// Its path, for what is told of it.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Hands pieces from `fill` to `drain`; a second thread hashes them meanwhile. How many bytes there were, and
/// their SHA-256.
fn hashed<E>(
    mut fill: impl FnMut(&mut [u8], u64) -> Result<usize, E>,
    mut drain: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(u64, Digest), E> {
    thread::scope(|scope| {
        let (piece_in, pieces) = sync_channel::<(Zeroizing<Vec<u8>>, usize)>(PIECES);
        let (spent_in, spent) = sync_channel::<Zeroizing<Vec<u8>>>(PIECES);
        let hashing = move || {
            let mut hash = Sha256::new();
            for (piece, length) in pieces {
                hash.update(&piece[..length]);
                // Nobody waits for it when the other side has ended.
                let _ = spent_in.send(piece);
            }
            Digest::from(hash)
        };
        let hasher = scope.spawn(|| stack::wiped_after(hashing));
        let (mut made, mut bytes) = (0, 0);
        loop {
            let used = if made < PIECES { spent.try_recv().ok() } else { spent.recv().ok() };
            let mut piece = used.unwrap_or_else(|| {
                made += 1;
                Zeroizing::new(vec![0; PIECE])
            });
            let length = fill(&mut piece, bytes)?;
            if length == 0 {
                break;
            }
            drain(&piece[..length])?;
            bytes += length as u64;
            if piece_in.send((piece, length)).is_err() {
                break;
            }
        }
        drop(piece_in);
        match hasher.join() {
            Ok(sha256) => Ok((bytes, sha256)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

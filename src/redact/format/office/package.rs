//! The package of an office file: a ZIP archive, read with limits against bombs and written anew.

use std::collections::HashSet;
use std::io::{Cursor, Read, Write};

use zeroize::Zeroizing;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::super::{Refused, Rewritten};

/// The most entries that are read.
const ENTRIES: usize = 10_000;
/// The most that is unpacked, in MiB.
const UNPACKED: u64 = 512;
/// The most that a part may grow when it is unpacked: Deflate itself can't do more than about 1,030. Repetitive
/// sheets reach some 100.
const RATIO: u64 = 500;
const SAME_NAME: &str = "two of its entries have the same name";
/// Below this a part may grow as it likes.
const SMALL: u64 = 1 << 20;

/// An entry of the archive.
pub struct Part {
    /// Its name, with `/` between folders.
    pub name: String,
    /// What it holds, unpacked.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether it is stored as it is, as an ODF package's `mimetype` must be.
    pub stored: bool,
}

impl Part {
    /// Whether it is a folder's entry.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// That the archive is broken, and where.
pub fn damaged(why: impl Into<String>) -> Refused {
    Refused::Damaged { format: "office", why: why.into() }
}

/// Unpacks all entries, in the order of the archive's directory.
pub fn read(source: &[u8]) -> Result<Vec<Part>, Refused> {
    let mut archive =
        ZipArchive::new(Cursor::new(source)).map_err(|error| broken("the archive's directory", &error))?;
    if archive.len() > ENTRIES {
        return Err(damaged(format!("it has more than {ENTRIES} entries")));
    }
    if archive.has_duplicate_names() {
        return Err(damaged(SAME_NAME));
    }
    if archive.offset() != 0 {
        return Err(damaged("something stands before the archive"));
    }
    let mut names = HashSet::new();
    let mut unpacked = 0;
    let mut parts = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let part = unpack(&mut archive, index, &mut unpacked)?;
        // Readers of office files compare names regardless of case.
        if !names.insert(part.name.to_lowercase()) {
            return Err(damaged(SAME_NAME));
        }
        parts.push(part);
    }
    // Programmes differ in what they write before each entry: only what stands in the directory counts. But no two
    // entries may share bytes.
    if archive.has_overlapping_entries().map_err(|error| broken("the archive's headers", &error))? {
        return Err(damaged("two of its entries overlap"));
    }
    Ok(parts)
}

fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    unpacked: &mut u64,
) -> Result<Part, Refused> {
    let at = || format!("entry {}", index + 1);
    let entry = archive.by_index_raw(index).map_err(|error| broken(&at(), &error))?;
    if entry.encrypted() {
        return Err(Refused::Format { what: "a file with a password".to_owned() });
    }
    if entry.is_symlink() {
        return Err(damaged(format!("{} is a link", at())));
    }
    let name = entry.name().map_err(|error| broken(&at(), &error))?.into_owned();
    let stored = match entry.compression() {
        CompressionMethod::Stored => true,
        CompressionMethod::Deflated => false,
        _ => return Err(damaged(format!("{} is packed in a way that office files do not use", at()))),
    };
    let packed = entry.compressed_size();
    drop(entry);
    if !fit_name(&name) {
        return Err(damaged(format!("{} has a name that leads out of the archive", at())));
    }
    // What the headers claim is not believed: the reading itself stops at the limit.
    let left = (UNPACKED << 20) - *unpacked;
    let most = left.min(packed.saturating_mul(RATIO).max(SMALL));
    let mut bytes = Zeroizing::new(Vec::new());
    let entry = archive.by_index(index).map_err(|error| broken(&at(), &error))?;
    entry
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(format!("{} can't be unpacked: {}", at(), error.kind())))?;
    let length = bytes.len() as u64;
    if length > left {
        return Err(Refused::TooLarge { limit: UNPACKED });
    }
    if length > most {
        return Err(damaged(format!("{} unpacks to more than {RATIO} times its size", at())));
    }
    *unpacked += length;
    let part = Part { name, bytes, stored };
    if part.is_folder() && length > 0 {
        return Err(damaged(format!("{} is a folder with data", at())));
    }
    Ok(part)
}

/// Whether a part's name is a plain path within the package.
fn fit_name(name: &str) -> bool {
    let path = name.strip_suffix('/').unwrap_or(name);
    !path.contains(['\\', '\0', ':']) && path.split('/').all(|step| !matches!(step, "" | "." | ".."))
}

/// Writes an archive of these parts, in this order, all with the same time.
pub fn write(parts: &[Part]) -> Rewritten {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts {
        let method = if part.stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options =
            SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::DEFAULT);
        let outcome = if part.is_folder() {
            writer.add_directory(part.name.as_str(), options)
        } else {
            writer
                .start_file(part.name.as_str(), options)
                .and_then(|()| writer.write_all(&part.bytes).map_err(ZipError::from))
        };
        outcome.map_err(|error| broken("what is written", &error))?;
    }
    let written = writer.finish().map_err(|error| broken("what is written", &error))?;
    Ok(Zeroizing::new(written.into_inner()))
}

/// The archive's own sentence may quote a name: only the sort of error is told.
fn broken(place: &str, error: &ZipError) -> Refused {
    let why = match error {
        ZipError::Io(error) => error.kind().to_string(),
        ZipError::UnsupportedArchive(why) => (*why).to_owned(),
        ZipError::CompressionMethodNotSupported(_) => {
            "packed in a way that office files do not use".to_owned()
        }
        _ => "not a valid ZIP archive".to_owned(),
    };
    damaged(format!("{place}: {why}"))
}

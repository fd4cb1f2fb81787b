//! The public test vectors of the age format (C2SP/CCTV) through our own open path: what is sealed
//! to an X25519 recipient or a passphrase opens, or is refused, as the vector says; what we do not
//! support (armor, post-quantum recipients) is refused, never misread. What opens is also read by seeking, at
//! every edge of a chunk and beside it.
//!
//! The vectors are in `$VAULT_TEST_DATA/age-vectors`; without it this test says that it skipped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use vault::sealed::age_file::{OpenError, SealedReader};
use vault::sealed::disk::{Disk, RealDisk};
use vault::sealed::identity::Identity;
use vault::sealed::passphrase::{self, Passphrase, UnlockError, WorkFactor};
use zeroize::Zeroizing;

/// One vector: a header of `key: value` lines, an empty line, an age file.
struct Vector {
    name: String,
    header: BTreeMap<String, Vec<String>>,
    sealed: Vec<u8>,
}

impl Vector {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let mut header: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in std::str::from_utf8(&bytes[..end]).unwrap().lines() {
            let (key, value) = line.split_once(": ").unwrap();
            header.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        let body = &bytes[end + 2..];
        let sealed = match header.get("compressed").map(|values| values[0].as_str()) {
            None => body.to_vec(),
            Some("zlib") => miniz_oxide::inflate::decompress_to_vec_zlib(body).unwrap(),
            Some(other) => panic!("{}: compressed with {other}", path.display()),
        };
        Self { name: path.file_name().unwrap().to_string_lossy().into_owned(), header, sealed }
    }

    fn all(&self, key: &str) -> &[String] {
        self.header.get(key).map_or(&[], Vec::as_slice)
    }

    fn one(&self, key: &str) -> &str {
        self.all(key).first().map_or("", String::as_str)
    }

    /// Whether the format, the recipients and the keys are those that we support.
    fn is_supported(&self) -> bool {
        let is_armored = self.one("armored") == "yes";
        let is_hybrid = self.all("identity").iter().any(|key| key.starts_with("AGE-SECRET-KEY-PQ-"))
            || self.sealed.windows(14).any(|part| part == b"-> mlkem768x25");
        !is_armored && !is_hybrid
    }
}

/// What came out: the plaintext's SHA-256, or why not.
type Outcome = Result<String, String>;

fn hash(plaintext: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(plaintext).into();
    data_encoding::HEXLOWER.encode(&digest)
}

/// The vector opened whole, with each of its keys until one fits.
fn opened_whole(vector: &Vector) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut outcome = Err("no key".to_owned());
    for key in vector.all("identity") {
        outcome = match Identity::from_file_text(key) {
            Ok(identity) => identity.open(&vector.sealed).map_err(named),
            Err(_) => Err("identity".to_owned()),
        };
        if outcome.is_ok() {
            return outcome;
        }
    }
    for words in vector.all("passphrase") {
        let words = Passphrase::new(Zeroizing::new(words.clone()));
        let lowest = WorkFactor::for_tests(1);
        outcome = match passphrase::open(&words, lowest, &vector.sealed) {
            Ok(text) => Ok(text),
            Err(UnlockError::WrongPassphrase) => Err("no match".to_owned()),
            Err(UnlockError::WorkFactor { .. }) => Err("header failure".to_owned()),
            Err(UnlockError::Damaged(error)) => Err(named(error)),
        };
        if outcome.is_ok() {
            return outcome;
        }
    }
    outcome
}

/// The vector read in pieces at places of our choosing, as a base is.
fn read_in_pieces(vector: &Vector, folder: &Path) -> Option<Outcome> {
    let [key] = vector.all("identity") else { return None };
    let identity: age::x25519::Identity = key.parse().ok()?;
    let path = folder.join(&vector.name);
    std::fs::write(&path, &vector.sealed).unwrap();
    let file = Arc::from(RealDisk.open(&path).unwrap());
    let mut reader = match SealedReader::open(file, &identity, 2) {
        Ok(reader) => reader,
        Err(error) => return Some(Err(named(error))),
    };
    let length = usize::try_from(reader.length()).unwrap();
    let mut plaintext = vec![0; length];
    // From the end to the beginning, so that every piece is sought.
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(50_000);
        match reader.read_at(&mut plaintext[start..end], start as u64) {
            Ok(count) => assert_eq!(count, end - start, "{}", vector.name),
            Err(error) => return Some(Err(named(error))),
        }
        end = start;
    }
    assert_eq!(reader.read_at(&mut [0; 10], length as u64).unwrap(), 0, "{}", vector.name);
    Some(Ok(hash(&plaintext)))
}

/// Bytes of plaintext that a chunk holds.
const CHUNK: usize = 64 * 1024;
/// A plaintext of more chunks is read from an edge to its end at a few edges only.
const FEW: usize = 4;

/// The keys and passphrases of a vector, as the age crate takes them.
fn keys(vector: &Vector) -> Vec<Box<dyn age::Identity>> {
    let identities = vector.all("identity").iter().filter_map(|key| {
        let identity: age::x25519::Identity = key.parse().ok()?;
        Some(Box::new(identity) as Box<dyn age::Identity>)
    });
    let passphrases = vector
        .all("passphrase")
        .iter()
        .map(|words| Box::new(age::scrypt::Identity::new(words.clone().into())) as Box<dyn age::Identity>);
    identities.chain(passphrases).collect()
}

/// Reads a vector that opens at every chunk's edge, one byte before it and one after: one byte, two, a chunk
/// and all the rest. Tells what was wrong, and counts the reads.
fn read_at_edges(vector: &Vector, plaintext: &[u8], folder: &Path, reads: &mut usize) -> Option<String> {
    let path = folder.join(&vector.name);
    std::fs::write(&path, &vector.sealed).unwrap();
    let open = |key: &dyn age::Identity, cached| {
        SealedReader::open(Arc::from(RealDisk.open(&path).unwrap()), key, cached)
    };
    let all = keys(vector);
    let Some(key) = all.iter().find(|key| open(&***key, 1).is_ok()) else {
        return Some(format!("{}: no key opens it to be sought in", vector.name));
    };
    let chunks = plaintext.len().div_ceil(CHUNK);
    let edges = (0..=chunks).map(|chunk| (chunk * CHUNK).min(plaintext.len())).chain([plaintext.len()]);
    let places = edges.flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1]);
    let mut places: Vec<usize> = places.collect();
    places.dedup();
    // From the beginning, and from the end; each time with another number of chunks kept.
    let backwards: Vec<usize> = places.iter().rev().copied().collect();
    for (places, cached) in [(places, 1), (backwards, 3)] {
        let mut reader = open(&**key, cached).unwrap();
        if reader.length() != plaintext.len() as u64 {
            return Some(format!("{}: {} bytes, not {}", vector.name, reader.length(), plaintext.len()));
        }
        for (number, place) in places.into_iter().enumerate() {
            let rest = plaintext.get(place..).unwrap_or(&[]);
            let mut wanted = vec![0, 1, 2, CHUNK];
            if chunks <= FEW || number % 256 == 1 {
                wanted.push(rest.len() + 1);
            }
            for wanted in wanted {
                let mut buffer = vec![0x55; wanted];
                *reads += 1;
                match reader.read_at(&mut buffer, place as u64) {
                    Ok(count) if count == wanted.min(rest.len()) && buffer[..count] == rest[..count] => {}
                    other => return Some(format!("{}: {wanted} bytes at {place}: {other:?}", vector.name)),
                }
            }
        }
    }
    None
}

#[allow(clippy::needless_pass_by_value, reason = "given to map_err")]
fn named(error: OpenError) -> String {
    match error {
        OpenError::NotAge | OpenError::HeaderTooLong | OpenError::Header => "header failure",
        OpenError::NoMatch => "no match",
        OpenError::Payload { .. } | OpenError::Cut => "payload failure",
        OpenError::Io(_) => "i/o",
    }
    .to_owned()
}

/// What is wrong with an outcome, if anything.
fn judge(vector: &Vector, outcome: &Outcome) -> Option<String> {
    let expected = vector.one("expect");
    let is_right = match outcome {
        Ok(payload) => expected == "success" && payload == vector.one("payload"),
        // Which check refuses a file first is ours to choose: what counts is that it is refused. A
        // sound file that merely fits no key at hand must be told from a damaged one.
        Err(why) => expected != "success" && (expected != "no match" || why == "no match"),
    };
    (!is_right).then(|| format!("{}: expected {expected}, and it was {outcome:?}", vector.name))
}

fn vectors() -> Option<Vec<Vector>> {
    let Some(data) = std::env::var_os("VAULT_TEST_DATA") else {
        println!("SKIPPED: the age vectors, because VAULT_TEST_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(data).join("age-vectors");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: the age vectors, because {} is not there", folder.display());
        return None;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    Some(paths.iter().map(|path| Vector::read(path)).collect())
}

#[test]
fn every_vector_opens_or_is_refused_as_it_says() {
    let Some(vectors) = vectors() else { return };
    assert!(vectors.len() >= 143, "only {} vectors", vectors.len());
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let [mut supported, mut in_pieces, mut at_edges, mut reads, mut refused] = [0; 5];
    for vector in &vectors {
        let opened = opened_whole(vector);
        let pieces = read_in_pieces(vector, folder.path());
        if !vector.is_supported() {
            refused += 1;
            if opened.is_ok() || pieces.is_some_and(|pieces| pieces.is_ok()) {
                wrong.push(format!("{}: not supported, and it opened", vector.name));
            }
            continue;
        }
        supported += 1;
        wrong.extend(judge(vector, &opened.as_ref().map(|text| hash(text)).map_err(Clone::clone)));
        if let Some(outcome) = pieces {
            in_pieces += 1;
            wrong.extend(judge(vector, &outcome).map(|wrong| format!("in pieces: {wrong}")));
        }
        if let Ok(plaintext) = opened {
            at_edges += 1;
            wrong.extend(read_at_edges(vector, &plaintext, folder.path(), &mut reads));
        }
    }
    println!(
        "{supported} vectors, {in_pieces} of them in pieces as well, {at_edges} sought in with {reads} reads at \
         chunk edges; {refused} not supported and refused; {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let to_open = |vector: &&Vector| vector.is_supported() && vector.one("expect") == "success";
    assert_eq!(at_edges, vectors.iter().filter(to_open).count());
    assert!(supported > 90 && in_pieces > 50 && at_edges > 10, "{supported}, {in_pieces}, {at_edges}");
}

//! age files read at any place, passphrases, locks, and parsers that meet arbitrary bytes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use vault::sealed::age_file::{CHUNK, HEADER_LIMIT, OpenError, SealedReader, SealedWriter};
use vault::sealed::disk::{Disk, DiskFile, RealDisk};
use vault::sealed::head::Head;
use vault::sealed::identity::Identity;
use vault::sealed::lock::{Lock, LockError, Mode};
use vault::sealed::passphrase::{self, Passphrase, UnlockError, WorkFactor};
use vault::sealed::signed::{Digest, Mark, Purpose, SignedError, Unverified, sign};
use vault::sealed::{record, wal};
use zeroize::Zeroizing;

/// A file in memory that can be told to fail.
struct Memory {
    bytes: Vec<u8>,
    fails: AtomicBool,
}

impl Memory {
    fn of(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { bytes, fails: AtomicBool::new(false) })
    }
}

impl DiskFile for Memory {
    fn read_once(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        let rest = self.bytes.get(usize::try_from(offset).unwrap()..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn write_once(&self, _: &[u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
}

fn age_identity(identity: &Identity) -> age::x25519::Identity {
    identity.to_text().parse().unwrap()
}

fn open(file: Arc<dyn DiskFile>, identity: &Identity, cached: usize) -> Result<SealedReader, OpenError> {
    SealedReader::open(file, &age_identity(identity), cached)
}

/// Bytes of which no two stretches are alike.
fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|place| u8::try_from((place * 31 + place / 251) % 256).unwrap()).collect()
}

const CHUNK_BYTES: usize = 64 * 1024;

#[test]
fn a_sealed_file_reads_alike_at_every_place_whatever_its_length() {
    let identity = Identity::generate();
    for length in
        [0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]
    {
        let plain = plaintext(length);
        let sealed = identity.recipient().seal(&plain).unwrap();
        assert_eq!(*identity.open(&sealed).unwrap(), plain);
        let mut reader = open(Memory::of(sealed), &identity, 2).unwrap();
        assert_eq!(reader.length(), length as u64);
        for (offset, wanted) in
            [(0, 10), (length, 5), (length + 70_000, 5), (length / 2, length), (0, length)]
        {
            let mut buffer = vec![0; wanted];
            let count = reader.read_at(&mut buffer, offset as u64).unwrap();
            let expected = &plain[offset.min(length)..(offset + wanted).min(length)];
            assert_eq!(&buffer[..count], expected, "length {length}, {wanted} at {offset}");
        }
        // Backwards, through a cache of two chunks.
        for chunk in (0..length.div_ceil(CHUNK_BYTES)).rev() {
            let mut byte = [0];
            assert_eq!(reader.read_at(&mut byte, chunk as u64 * CHUNK).unwrap(), 1);
            assert_eq!(byte[0], plain[chunk * CHUNK_BYTES]);
        }
    }
}

#[test]
fn a_cut_file_is_noticed_when_it_is_opened() {
    let identity = Identity::generate();
    let sealed = identity.recipient().seal(&plaintext(2 * CHUNK_BYTES + 100)).unwrap();
    let payload = sealed.len() - (2 * CHUNK_BYTES + 100) - 3 * 16;
    let chunk_ends = [payload + CHUNK_BYTES + 16, payload + 2 * (CHUNK_BYTES + 16)];
    for length in
        (0..sealed.len()).step_by(4099).chain(chunk_ends).chain([sealed.len() - 1, sealed.len() - 100])
    {
        let cut = sealed[..length].to_vec();
        assert!(open(Memory::of(cut.clone()), &identity, 2).is_err(), "cut at {length}");
        assert!(identity.open(&cut).is_err(), "cut at {length}");
    }
    let mut longer = sealed;
    longer.push(0);
    assert!(open(Memory::of(longer.clone()), &identity, 2).is_err());
    assert!(identity.open(&longer).is_err());
}

#[test]
fn a_damaged_chunk_is_named_and_the_reader_stays_failed() {
    let identity = Identity::generate();
    let mut sealed = identity.recipient().seal(&plaintext(4 * CHUNK_BYTES)).unwrap();
    let payload = sealed.len() - 4 * (CHUNK_BYTES + 16);
    sealed[payload + CHUNK_BYTES + 16 + 5] ^= 1;
    let mut reader = open(Memory::of(sealed), &identity, 8).unwrap();
    let mut byte = [0];
    assert_eq!(reader.read_at(&mut byte, 0).unwrap(), 1);
    assert!(matches!(reader.read_at(&mut byte, CHUNK), Err(OpenError::Payload { near: CHUNK })));
    assert!(reader.read_at(&mut byte, 3 * CHUNK).is_err(), "what was not read before stays shut");
    assert_eq!(reader.read_at(&mut byte, 0).unwrap(), 1, "what was read before is authentic");
}

#[test]
fn a_reader_is_not_used_again_after_its_disk_failed() {
    let identity = Identity::generate();
    let file = Memory::of(identity.recipient().seal(&plaintext(4 * CHUNK_BYTES)).unwrap());
    let mut reader = open(Arc::clone(&file) as Arc<dyn DiskFile>, &identity, 8).unwrap();
    file.fails.store(true, Ordering::SeqCst);
    assert!(reader.read_at(&mut [0], 0).is_err());
    file.fails.store(false, Ordering::SeqCst);
    assert!(reader.read_at(&mut [0], 0).is_err());
}

/// The age crate's own parser takes quadratic time in such a header.
#[test]
fn an_endless_header_is_refused_at_once() {
    let identity = Identity::generate();
    let mut sealed = b"age-encryption.org/v1\n".to_vec();
    while sealed.len() < 4 << 20 {
        sealed.extend_from_slice(b"-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\nAAAA\n");
    }
    let begun = Instant::now();
    assert!(matches!(identity.open(&sealed), Err(OpenError::HeaderTooLong)));
    assert!(matches!(open(Memory::of(sealed), &identity, 2), Err(OpenError::HeaderTooLong)));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert!(matches!(identity.open(b"SQLite format 3\0"), Err(OpenError::NotAge)));
}

#[test]
fn a_written_stream_is_an_age_file_with_the_hash_and_id_that_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::generate();
    for length in [0, CHUNK_BYTES, 3 * CHUNK_BYTES + 9] {
        let path = folder.path().join(format!("{length}.age"));
        let file: Arc<dyn DiskFile> = RealDisk.create_new(&path).unwrap().into();
        let recipient: age::x25519::Recipient = identity.recipient().to_string().parse().unwrap();
        let mut writer = SealedWriter::create(file, &recipient).unwrap();
        for piece in plaintext(length).chunks(10_007) {
            writer.write(piece).unwrap();
        }
        let written = writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((written.bytes, written.sha256), (bytes.len() as u64, Digest::of(&bytes)));
        assert_eq!(*identity.open(&bytes).unwrap(), plaintext(length));
        assert_eq!(open(Memory::of(bytes), &identity, 2).unwrap().id(), written.id);
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

#[test]
fn a_wrong_passphrase_is_told_from_a_work_factor_out_of_bounds() {
    let cheap = WorkFactor::for_tests(2);
    let sealed = passphrase::seal(&passphrase("åäö right"), cheap, b"secret").unwrap();
    assert_eq!(**passphrase::open(&passphrase("åäö right"), cheap, &sealed).unwrap(), *b"secret");
    let wrong = passphrase::open(&passphrase("wrong"), cheap, &sealed);
    assert!(matches!(wrong, Err(UnlockError::WrongPassphrase)));
    let refused = passphrase::open(&passphrase("åäö right"), WorkFactor::LOWEST, &sealed);
    assert!(matches!(refused, Err(UnlockError::WorkFactor { required: 2, lowest: 17, highest: 20 })));
    assert_eq!(WorkFactor::new(16), None);
    assert_eq!(WorkFactor::new(21), None);
    assert_eq!(format!("{:?}", passphrase("hush")), "Passphrase(…)");
}

#[test]
fn a_waiting_writer_holds_back_the_readers_that_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let second = Duration::from_secs(5);
    let reader = Lock::acquire(&RealDisk, &path, Mode::Shared, second).unwrap();
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || Lock::acquire(&RealDisk, &path, Mode::Exclusive, second).map(drop))
    };
    // Until the writer stands in the turnstile, another reader may still pass.
    let deadline = Instant::now() + second;
    loop {
        match Lock::acquire(&RealDisk, &path, Mode::Shared, Duration::from_millis(20)) {
            Err(LockError::Busy { .. }) => break,
            _ if Instant::now() > deadline => panic!("the writer never held the turnstile"),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    drop(reader);
    writer.join().unwrap().unwrap();
    Lock::acquire(&RealDisk, &path, Mode::Shared, second).unwrap();
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    v: u32,
    text: String,
    mark: Mark,
}

#[test]
fn a_signature_holds_for_one_purpose_one_store_one_key_and_these_very_bytes() {
    let (identity, other) = (Identity::generate(), Identity::generate());
    let (store, elsewhere) = (Digest::of(b"store"), Digest::of(b"elsewhere"));
    let sample = Sample { v: 1, text: "ü\",\"sig\":\"".into(), mark: Mark::NOTHING };
    let line = sign(&sample, Purpose::Head, &store, &identity.signing_key()).unwrap();
    let parsed = || Unverified::<Sample>::parse(&line).unwrap();
    let key = identity.verifying_key();
    assert_eq!(parsed().verify(Purpose::Head, &store, &key).unwrap(), sample);
    assert_eq!(parsed().verify(Purpose::Roster, &store, &key), Err(SignedError::Signature));
    assert_eq!(parsed().verify(Purpose::Head, &elsewhere, &key), Err(SignedError::Signature));
    assert_eq!(parsed().verify(Purpose::Head, &store, &other.verifying_key()), Err(SignedError::Signature));
    for place in 0..line.len() {
        let mut changed = line.clone();
        changed[place] ^= 1;
        let accepted =
            Unverified::<Sample>::parse(&changed).and_then(|line| line.verify(Purpose::Head, &store, &key));
        assert!(accepted.is_err(), "byte {place}");
    }
}

#[test]
fn unknown_and_repeated_keys_of_a_signed_line_are_refused() {
    let identity = Identity::generate();
    let signature = "0".repeat(128);
    for body in [
        r#"{"v":1,"text":"a","mark":{"seq":0,"hash":"H"},"more":1"#,
        r#"{"v":1,"v":1,"text":"a","mark":{"seq":0,"hash":"H"}"#,
        r#"{"v":1,"text":"a","mark":{"seq":0,"seq":0,"hash":"H"}"#,
    ] {
        let line = format!("{},\"sig\":\"{signature}\"}}", body.replace('H', &"0".repeat(64)));
        assert!(
            matches!(Unverified::<Sample>::parse(line.as_bytes()), Err(SignedError::Malformed(_))),
            "{body}"
        );
    }
    drop(identity);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_a_parser(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let _ = wal::pages(&bytes);
        let _ = wal::ends_in_commit(&bytes, 0);
        let _ = record::parse(&bytes);
        let _ = record::parse(&[record::MARK as &[u8], &bytes].concat());
        let _ = Unverified::<Head>::parse(&bytes);
        let identity = Identity::generate();
        prop_assert!(identity.open(&bytes).is_err());
        prop_assert!(identity.open(&[b"age-encryption.org/v1\n" as &[u8], &bytes].concat()).is_err());
        prop_assert!(open(Memory::of(bytes), &identity, 1).is_err());
    }

    #[test]
    fn random_reads_of_a_sealed_file_are_those_of_its_plaintext(
        length in 0usize..200_000,
        reads in proptest::collection::vec((0u64..220_000, 0usize..5000), 1..20),
    ) {
        let identity = Identity::generate();
        let plain = plaintext(length);
        let mut reader = open(Memory::of(identity.recipient().seal(&plain).unwrap()), &identity, 1).unwrap();
        for (offset, wanted) in reads {
            let mut buffer = vec![0; wanted];
            let count = reader.read_at(&mut buffer, offset).unwrap();
            let start = usize::try_from(offset).unwrap().min(length);
            prop_assert_eq!(&buffer[..count], &plain[start..(start + wanted).min(length)]);
        }
    }

    #[test]
    fn a_header_longer_than_the_limit_is_never_parsed(extra in 0usize..5000) {
        let filler = vec![b'a'; HEADER_LIMIT + extra];
        let identity = Identity::generate();
        let file = [b"age-encryption.org/v1\n-> x " as &[u8], &filler, b"\n--- abc\n"].concat();
        prop_assert!(matches!(identity.open(&file), Err(OpenError::HeaderTooLong)));
    }
}

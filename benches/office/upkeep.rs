//! Checkpoint, re-key and verification.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vault::group::upkeep::renew;
use vault::sealed::age_file::{SealedReader, SealedWriter};
use vault::sealed::disk::{Disk, DiskFile, RealDisk};
use vault::sealed::group_file::{Coming, GroupFile};
use vault::sealed::lock::Mode;

use crate::adds::add_one;
use crate::desk::{Desk, SystemRandom};
use crate::errand;
use crate::plain::Plain;
use crate::table::{Amount, Many, Table, ratio};

const ROUNDS: u64 = 3;
const PIECE: usize = 1 << 20;

/// Merges the log into the base, and says how long it took.
pub fn merge(desk: &Desk) -> Duration {
    let start = Instant::now();
    let visit = desk.visit(Mode::Exclusive);
    visit.group.checkpoint(&visit.log, &|_, _| ()).unwrap();
    start.elapsed()
}

/// Seals the group anew, as a re-key does, and says how long it took. To the same key: the desk has no
/// roster that could name another, and it takes as long.
fn reseal(desk: &Desk) -> Duration {
    let access = Arc::new(desk.access());
    let start = Instant::now();
    let mut stage = GroupFile::open(Arc::clone(&access), Mode::Exclusive).unwrap().stage();
    // The log has no entry for it; verification wants one that is there.
    let entry = stage.file().head().entry;
    renew(&mut stage, &access.identity.recipient(), &SystemRandom, &|_, _| ()).unwrap();
    let mut resealed = stage.reseal(&access.identity.recipient(), &|_, _| ()).unwrap();
    let coming = Coming {
        epoch: access.epoch,
        roster: access.roster,
        entry,
        signer: &access.signer,
        signing_key: &access.signing_key,
    };
    resealed.announce(&coming).unwrap();
    resealed.publish().unwrap();
    start.elapsed()
}

fn base(desk: &Desk) -> std::path::PathBuf {
    let files = std::fs::read_dir(desk.group_folder()).unwrap().map(Result::unwrap);
    let mut bases = files.filter(|file| file.file_name().to_string_lossy().starts_with("base."));
    bases.next().unwrap().path()
}

pub fn base_length(desk: &Desk) -> u64 {
    std::fs::metadata(base(desk)).unwrap().len()
}

/// Seals and hashes the database once, from memory, flushed as a base is.
fn seal_once(desk: &Desk, image: &[u8]) -> Duration {
    let path = desk.folder.join("sealed-once");
    let start = Instant::now();
    let file: Arc<dyn DiskFile> = RealDisk.create_new(&path).unwrap().into();
    let mut writer = SealedWriter::create(file, &desk.age_identity().to_public()).unwrap();
    for piece in image.chunks(PIECE) {
        writer.write(piece).unwrap();
    }
    writer.finish().unwrap();
    let time = start.elapsed();
    std::fs::remove_file(path).unwrap();
    time
}

/// The database itself.
fn image(desk: &Desk) -> Vec<u8> {
    let file = RealDisk.open(&base(desk)).unwrap().into();
    let mut reader = SealedReader::open(file, &desk.age_identity(), 1).unwrap();
    let mut image = vec![0; usize::try_from(reader.length()).unwrap()];
    reader.read_at(&mut image, 0).unwrap();
    image
}

pub fn measure(desk: &Desk, customers: u64, table: &mut Table) {
    let image = image(desk);
    let (mut merged, mut resealed, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        add_one(desk, customers + 10_000 + round);
        merged.push(merge(desk));
        add_one(desk, customers + 20_000 + round);
        resealed.push(reseal(desk));
        sealed.push(seal_once(desk, &image));
    }
    drop(image);
    let (merged, resealed, sealed) = (Many::of(merged), Many::of(resealed), Many::of(sealed));
    for (figure, wanted, took) in [("checkpoint", 2.0, &merged), ("re-key", 2.5, &resealed)] {
        table.put(
            &format!("{figure}, against sealing and hashing the file once"),
            Some(Amount::Ratio(wanted)),
            ratio(took.median(), sealed.median()),
            &format!("{} against {}", Amount::Time(took.median()), Amount::Time(sealed.median())),
            None,
        );
    }
    let verified = errand::verify(desk);
    let start = Instant::now();
    Plain::at(desk).integrity_check();
    let plainly = start.elapsed();
    table.put(
        "verify",
        None,
        Amount::Time(verified.whole),
        &format!("peak memory {}", Amount::Bytes(verified.memory)),
        Some(Amount::Time(plainly)),
    );
}

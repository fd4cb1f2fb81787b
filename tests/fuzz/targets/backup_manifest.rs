//! What a snapshot says of itself, on a medium that anybody may have had in their hands.

use std::path::Path;
use std::sync::Arc;

use vault::backup::manifest::{Manifest, ManifestFault, StoredFile, Written};
use vault::backup::medium::MediumLayout;
use vault::backup::snapshot_disk::SnapshotDisk;
use vault::sealed::disk::Disk;

use crate::engine::random::Random;
use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, sha256};

pub const TARGET: Target = Target {
    name: "backup_manifest",
    longest: 32 * 1024,
    words: &[
        "\"v\":1",
        "\"v\":2",
        "\"number\":",
        "\"line\":0",
        "\"path\":\"groups/retail/head\"",
        "\"path\":\"../../x\"",
        "\"pieces\":[]",
        "\"piece\":1",
        "\"piece\":67108864",
        "\"bytes\":0",
        "\"sha256\":\"",
        "\"snapshot\":\"2026-11-22T02-00-00Z-2\"",
        "\"files\":[",
        "\"groups\":[",
        "null",
        "18446744073709551615",
        "\n",
        "/",
    ],
    seeds: seeds::none,
    mend: Some(mend),
    check,
};

/// The second line is the hash of the first.
fn mend(input: &[u8], random: &mut Random) -> Vec<u8> {
    let line = input.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if random.below(8) == 0 {
        return input.to_vec();
    }
    [line, b"\n", sha256(line).to_string().as_bytes(), b"\n"].concat()
}

fn check(input: &[u8]) -> Verdict {
    let written = match Written::parse(input) {
        Ok(written) => written,
        Err(fault) => return Verdict::refused(&fault),
    };
    let manifest = &written.manifest;
    let (again, _) = manifest.encode().unwrap();
    assert_eq!(&Written::parse(&again).unwrap().manifest, manifest, "it is written as it is read");
    for cut in [0, input.len() / 2, input.len() - 1] {
        assert_eq!(Written::parse(&input[..cut]), Err(ManifestFault::BrokenOff), "cut at {cut}");
    }
    for file in &manifest.files {
        check_file(file);
    }
    walk(manifest);
    Verdict::Taken
}

fn check_file(file: &StoredFile) {
    let path = Path::new(file.path.as_str());
    let plain = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
    assert!(path.components().all(plain), "{} stays in the store", file.path);
    let mut sum = 0;
    for (_, length) in file.lengths() {
        assert!((1..=file.piece).contains(&length));
        sum += length;
    }
    assert_eq!(sum, file.bytes);
}

/// As a disk, it shows each of its files once, and reading what is not there is an error.
fn walk(manifest: &Manifest) {
    let root = Path::new("/snapshot");
    let layout = MediumLayout::new(Path::new("/medium"));
    let disk = SnapshotDisk::new(Arc::new(Shelf::default()), layout, root, Arc::new(manifest.clone()));
    for file in &manifest.files {
        let path = root.join(file.path.as_str());
        let name = path.file_name().unwrap().to_str().unwrap();
        let beside = disk.list(path.parent().unwrap()).unwrap_or_default();
        // A file that is also a folder is one of both.
        assert!(beside.is_empty() || beside.iter().filter(|other| *other == name).count() == 1, "{beside:?}");
        let opened = disk.open(&path).unwrap();
        assert_eq!(opened.len().unwrap(), file.bytes);
        let mut byte = [0];
        assert_eq!(opened.read_at(&mut byte, file.bytes).unwrap(), 0);
        assert_eq!(opened.read_at(&mut byte, u64::MAX - 1).unwrap(), 0);
        assert!(file.bytes == 0 || opened.read_at(&mut byte, file.bytes - 1).is_err());
    }
}

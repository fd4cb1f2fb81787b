//! A medium is verified by anybody, without a key: whatever was changed on it is found.

use std::fs;
use std::path::{Path, PathBuf};

use vault::access_log::Role;
use vault::backup::manifest::{Manifest, ManifestFault, Written};
use vault::backup::medium::{Medium, MediumLayout};
use vault::backup::shelf::Shelf;
use vault::backup::verify::{Checked, SnapshotFault, VerifiedMedium, verify};
use vault::sealed::lock::Mode;
use vault::sealed::signed::Digest;

use super::media::{backup, enrolled, objects, shelf};
use super::office::Office;
use super::shop::{BOB, Shop, add, enrol, open};

fn verified(office: &Office, medium: &Path) -> VerifiedMedium {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    verify(&opened, &Shelf::read(&opened).unwrap(), None, &|_, _| ())
}

fn faults(office: &Office, medium: &Path) -> Vec<String> {
    let found = verified(office, medium).snapshots.into_iter().filter_map(|checked| checked.found.err());
    found.map(|fault| fault.to_string()).collect()
}

fn manifest_path(medium: &Path, written: &Written) -> PathBuf {
    MediumLayout::new(medium).manifest(&written.manifest.snapshot)
}

/// A shop with three snapshots: at first, after two adds, and after a checkpoint and somebody's enrolment.
fn three_nights() -> (Shop, PathBuf) {
    let shop = Shop::new();
    let blue = enrolled(&shop.office, "blue");
    backup(&shop.office, &blue);
    shop.office.clock.set("2026-11-23T08:00:00Z");
    add(&shop.alice, "retail", "One");
    add(&shop.alice, "trade", "Two");
    backup(&shop.office, &blue);
    shop.office.clock.set("2026-11-24T08:00:00Z");
    open(&shop.alice, "retail", Mode::Exclusive).checkpoint(shop.alice.log(), &|_, _| ()).unwrap();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail"]);
    backup(&shop.office, &blue);
    (shop, blue)
}

#[test]
fn a_sound_medium_verifies_and_says_how_much_it_read() {
    let (shop, blue) = three_nights();
    let found = verified(&shop.office, &blue);
    let sound: Vec<bool> = found.snapshots.iter().map(|checked| checked.found.is_ok()).collect();
    assert_eq!(sound, [true; 3], "{:?}", faults(&shop.office, &blue));
    assert_eq!(found.objects, objects(&blue).len() as u64);
    let bytes: u64 = objects(&blue).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(found.bytes, bytes, "each object once");
    let signatures = |checked: &Checked| *checked.found.as_ref().unwrap();
    // Genesis and three groups, three heads, three records; then two records more; then a head took some in.
    assert_eq!(signatures(&found.snapshots[0]), 10);
    assert_eq!(signatures(&found.snapshots[1]), 12);
}

#[test]
fn one_snapshot_alone_can_be_asked_for() {
    let (shop, blue) = three_nights();
    let opened = Medium::open_to_read(&blue, &shop.office.surroundings).unwrap();
    let snapshots = Shelf::read(&opened).unwrap();
    let second = &snapshots.whole[1].manifest;
    let found = verify(&opened, &snapshots, Some(&second.snapshot), &|_, _| ());
    assert_eq!(found.snapshots.len(), 1);
    assert!(found.snapshots[0].found.is_ok() && found.bytes <= second.bytes());
}

#[test]
fn whatever_happens_to_an_object_is_found_and_named() {
    let (shop, blue) = three_nights();
    for path in objects(&blue) {
        let whole = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut changed: Vec<Option<Vec<u8>>> =
            vec![None, Some(Vec::new()), Some([&whole[..], b"x"].concat())];
        changed.push(Some(whole[..whole.len() - 1].to_vec()));
        for place in [0, whole.len() / 2, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            changed.push(Some(flipped));
        }
        for bytes in changed {
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let found = faults(&shop.office, &blue);
            assert!(
                !found.is_empty() && found.iter().all(|fault| fault.contains(&name)),
                "{name}: {found:?}"
            );
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(faults(&shop.office, &blue).is_empty());
}

#[test]
fn objects_that_changed_places_are_found() {
    let (shop, blue) = three_nights();
    let all = objects(&blue);
    for pair in all.windows(2) {
        let [one, other] = [fs::read(&pair[0]).unwrap(), fs::read(&pair[1]).unwrap()];
        fs::write(&pair[0], &other).unwrap();
        fs::write(&pair[1], &one).unwrap();
        assert!(!faults(&shop.office, &blue).is_empty());
        fs::write(&pair[0], &one).unwrap();
        fs::write(&pair[1], &other).unwrap();
    }
}

#[test]
fn a_manifest_cut_anywhere_was_broken_off_and_a_flipped_one_is_damaged() {
    let (shop, blue) = three_nights();
    let snapshots = shelf(&shop.office, &blue);
    let newest = snapshots.newest().unwrap();
    let path = manifest_path(&blue, newest);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        assert_eq!(Written::parse(&whole[..length]), Err(ManifestFault::BrokenOff), "{length}");
    }
    for place in 0..whole.len() {
        for bit in [0, 3, 6] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            assert!(Written::parse(&flipped).is_err(), "byte {place} bit {bit}");
        }
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let snapshots = shelf(&shop.office, &blue);
    assert_eq!(snapshots.whole.len(), 2, "the others are as they were");
    assert_eq!(snapshots.unusable[0].fault, ManifestFault::BrokenOff);
    assert!(faults(&shop.office, &blue).is_empty());
}

/// Writes a manifest anew, whole and with a fitting hash, as somebody who knows the format can.
pub fn forge(medium: &Path, written: &Written, change: impl FnOnce(&mut Manifest)) {
    let mut manifest = (*written.manifest).clone();
    change(&mut manifest);
    fs::write(manifest_path(medium, written), manifest.encode().unwrap().0).unwrap();
}

/// What somebody changes in a manifest.
type Change<'a> = Box<dyn Fn(&mut Manifest) + 'a>;

#[test]
fn a_manifest_that_somebody_wrote_anew_is_found() {
    let (shop, blue) = three_nights();
    let snapshots = shelf(&shop.office, &blue);
    let [first, second, third] = &snapshots.whole[..] else { panic!() };
    let cases: Vec<(&str, Change)> = vec![
        ("roster", Box::new(|manifest| manifest.roster = first.manifest.roster)),
        ("log", Box::new(|manifest| manifest.log = first.manifest.log)),
        ("a group's generation", Box::new(|manifest| manifest.groups[1].generation += 1)),
        (
            "a group's record",
            Box::new(|manifest| manifest.groups[1].record = first.manifest.groups[1].record),
        ),
        ("a group left out", Box::new(|manifest| drop(manifest.groups.remove(0)))),
        ("another previous one", Box::new(|manifest| manifest.prev = first.hash)),
        ("a number before", Box::new(|manifest| manifest.number = 1)),
        ("a line before", Box::new(|manifest| manifest.line = 0)),
        ("another store", Box::new(|manifest| manifest.store = Digest::of(b"another"))),
        (
            "a file left out",
            Box::new(|manifest| manifest.files.retain(|file| file.path.as_str() != "groups/retail/head")),
        ),
        ("an older group within", Box::new(|manifest| older(manifest, &first.manifest, "groups/trade/"))),
        ("an older roster", Box::new(|manifest| older(manifest, &first.manifest, "roster.jsonl"))),
        ("an older log", Box::new(|manifest| older(manifest, &first.manifest, "log/"))),
        (
            "an older everything",
            Box::new(|manifest| {
                *manifest = Manifest {
                    snapshot: manifest.snapshot.clone(),
                    number: manifest.number,
                    prev: manifest.prev,
                    ..(*first.manifest).clone()
                }
            }),
        ),
    ];
    for (what, change) in cases {
        let whole = fs::read(manifest_path(&blue, third)).unwrap();
        forge(&blue, third, |manifest| change(manifest));
        let snapshots = shelf(&shop.office, &blue);
        let unusable = snapshots.unusable.iter().any(|unusable| unusable.fault != ManifestFault::BrokenOff);
        assert!(unusable || !faults(&shop.office, &blue).is_empty(), "{what}");
        fs::write(manifest_path(&blue, third), whole).unwrap();
    }
    // In the middle as well: the next one names it.
    forge(&blue, second, |manifest| manifest.program = "another".to_owned());
    let found = verified(&shop.office, &blue).snapshots;
    assert!(matches!(found[2].found, Err(SnapshotFault::Chain { .. })), "{:?}", found[2]);
}

/// Puts files of an older snapshot in place of today's.
pub fn older(manifest: &mut Manifest, from: &Manifest, below: &str) {
    manifest.files.retain(|file| !file.path.as_str().starts_with(below));
    manifest.files.extend(from.files.iter().filter(|file| file.path.as_str().starts_with(below)).cloned());
    manifest.files.sort_by(|one, other| one.path.cmp(&other.path));
}

#[test]
fn no_path_in_a_manifest_leads_out_of_a_store() {
    let (shop, blue) = three_nights();
    let snapshots = shelf(&shop.office, &blue);
    let newest = snapshots.newest().unwrap();
    let text = String::from_utf8(newest.manifest.encode().unwrap().0).unwrap();
    let line = text.lines().next().unwrap();
    for path in
        ["../evil", "/etc/passwd", "a/../../b", ".hidden", "a//b", "", "a/b/c/d/e/f/g/h/i", "a\\\\b", "a b"]
    {
        let forged = line.replace("\"path\":\"roster.jsonl\"", &format!("\"path\":\"{path}\""));
        assert_ne!(forged, line);
        let bytes = format!("{forged}\n{}\n", Digest::of(forged.as_bytes()));
        assert!(matches!(Written::parse(bytes.as_bytes()), Err(ManifestFault::Damaged(_))), "{path}");
    }
}

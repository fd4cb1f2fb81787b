//! A medium in the hands of a test: a folder beside the store, on the store's own file system.

use std::path::{Path, PathBuf};

use vault::backup::create::{CreateError, Created, create};
use vault::backup::enroll::enroll;
use vault::backup::medium::{Medium, MediumLayout};
use vault::backup::shelf::Shelf;

use super::office::Office;

/// A medium that is enrolled.
pub fn enrolled(office: &Office, label: &str) -> PathBuf {
    let folder = office.folder.path().join(label);
    std::fs::create_dir_all(&folder).unwrap();
    enroll(&office.open(), &folder, None).unwrap();
    folder
}

/// A snapshot of the office's store on the medium.
pub fn backup(office: &Office, medium: &Path) -> Created {
    try_backup(office, medium).unwrap()
}

pub fn try_backup(office: &Office, medium: &Path) -> Result<Created, CreateError> {
    create(&office.open(), medium, true)
}

pub fn shelf(office: &Office, medium: &Path) -> Shelf {
    Shelf::read(&Medium::open_to_read(medium, &office.surroundings).unwrap()).unwrap()
}

/// The bytes of all objects on the medium.
pub fn object_bytes(medium: &Path) -> u64 {
    objects(medium).iter().map(|path| path.metadata().unwrap().len()).sum()
}

/// Every object on the medium, by name.
pub fn objects(medium: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(MediumLayout::new(medium).objects()).unwrap() {
        for object in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            found.push(object.unwrap().path());
        }
    }
    found.sort();
    found
}

/// Copies what a snapshot holds into a folder, as it was.
pub fn copy_out(office: &Office, medium: &Path, into: &Path) {
    let opened = Medium::open_to_read(medium, &office.surroundings).unwrap();
    let shelf = Shelf::read(&opened).unwrap();
    let newest = shelf.newest().unwrap();
    for file in &newest.manifest.files {
        let mut bytes = Vec::new();
        for (object, length) in file.lengths() {
            let piece = std::fs::read(opened.layout().object(object)).unwrap();
            assert_eq!((piece.len() as u64, vault::sealed::signed::Digest::of(&piece)), (length, object));
            bytes.extend(piece);
        }
        assert_eq!(bytes.len() as u64, file.bytes);
        let target = into.join(file.path.as_str());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}

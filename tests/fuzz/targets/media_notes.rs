//! A machine's notes of backups, which lie outside of the store.

use vault::sealed::signed::Digest;
use vault::store::{MediaNotes, MediaNotesError};

use crate::engine::{Target, Verdict, seeds};
use crate::support::{Shelf, machine};

pub const TARGET: Target = Target {
    name: "media_notes",
    longest: 16 * 1024,
    words: &[
        "\"v\":1",
        "\"media\":[",
        "\"newest\":null",
        "\"snapshots\":[",
        "\"roster\":{\"seq\":",
        "\"checked\":\"",
        "\"bad\":true",
        "\"read_back\":false",
        "\"backup\":",
        "\"drill\":null",
        "2026-11-22T08:00:00Z",
        "18446744073709551615",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let store = Digest::of(b"store");
    let path = format!("/state/{store}/media.notes.json");
    let notes = match MediaNotes::read(&machine(Shelf::of([(path.as_str(), input)])), store) {
        Ok(notes) => notes,
        Err(error @ MediaNotesError::Unreadable { .. }) => return Verdict::refused(&error),
        Err(error) => panic!("memory has no {error}"),
    };
    let written = serde_json::to_vec(&notes).unwrap();
    let again = MediaNotes::read(&machine(Shelf::of([(path.as_str(), written.as_slice())])), store);
    assert_eq!(again.unwrap(), notes, "notes are written as they are read");
    let mut more = notes.clone();
    more.medium_mut("another", "red");
    assert!(more.medium("another").is_some() && more.media.len() <= notes.media.len() + 1);
    for noted in notes.media.iter().flat_map(|medium| &medium.snapshots) {
        assert!(!noted.bad || !noted.is_verified());
    }
    Verdict::Taken
}

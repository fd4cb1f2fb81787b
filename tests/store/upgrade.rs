//! A group of an older program: read as it is, and brought to this one's version by whoever changes it first.

use std::path::Path;

use vault::access_log::Action;
use vault::group::Group;
use vault::group::lookup::{self, Options};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::view::Reveal;
use vault::sealed::lock::Mode;
use vault::store::Session;

use super::log_verify::verified_in;
use super::office::{Office, put_back};

/// The store of version 1 that every later program must open.
fn of_version_1() -> Office {
    let office = Office::empty();
    put_back(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/v1/store"), &office.root);
    office
}

fn open(session: &Session, mode: Mode) -> Group {
    Group::open(session.access("retail").unwrap(), mode).unwrap()
}

fn found(session: &Session, words: &str) -> usize {
    let options = Options { exact: false, reach: lookup::Reach::Words, limit: 20, reveal: Reveal::none() };
    let hits = open(session, Mode::Shared).find(&Query::parse(words).unwrap(), &options).unwrap();
    let unlogged = lookup::answer(vec![hits], 20, &Reveal::none(), None);
    session.log().release(unlogged).unwrap().0.cards.len()
}

fn findings(office: &Office) -> Vec<String> {
    verified_in(office, Vec::new()).found.findings.first.iter().map(ToString::to_string).collect()
}

#[test]
fn a_group_of_version_1_is_read_without_a_byte_of_it_being_changed() {
    let office = of_version_1();
    let session = office.unlocked();
    let base = office.layout().group("retail").join("base.2.age");
    let before = std::fs::read(&base).unwrap();
    assert!(open(&session, Mode::Shared).is_older());
    assert_eq!(found(&session, "trujillo ana"), 1);
    assert_eq!(open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers, 3);
    assert_eq!(std::fs::read(&base).unwrap(), before);
}

#[test]
fn whoever_changes_a_group_of_version_1_upgrades_it_first_and_that_is_logged() {
    let office = of_version_1();
    // The frozen store has entries of an older form, of which the verification tells.
    let before = findings(&office);
    let session = office.unlocked();
    open(&session, Mode::Exclusive).upgrade(session.log(), &|_, _| ()).unwrap();
    let mut group = open(&session, Mode::Exclusive);
    assert!(!group.is_older());
    let record = Record::check(group.fields(), [("name", "Berta Østby"), ("city", "Ålesund")]).unwrap();
    let surroundings = session.surroundings();
    group.add(&record, false, session.log(), &*surroundings.random, surroundings.clock.now()).unwrap();
    drop(group);
    for words in ["trujillo", "Berta Østby", "lukasz aero"] {
        assert_eq!(found(&session, words), 1, "{words}");
    }
    assert_eq!(open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers, 4);
    let entries = office.entries();
    let upgrade = entries.iter().rfind(|entry| entry.entry.action == Action::Group).unwrap();
    assert!(upgrade.entry.detail.as_deref().unwrap().starts_with("upgrade; record "));
    assert_eq!(findings(&office), before);
}

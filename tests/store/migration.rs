//! New fields for a group of many customers.

use std::fmt::Write as _;
use std::io::Cursor;

use vault::access_log::{Action, Outcome};
use vault::group::bulk::Options;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::migration::MigrationError;
use vault::group::view::Reveal;
use vault::sealed::lock::Mode;
use vault::store::Session;

use super::office::Office;
use super::shop::{create, entries, open};

/// More than a transaction holds.
const MANY: usize = 20_100;

fn import(session: &Session, rows: usize, street: &str) {
    let mut csv = String::from("name,street\n");
    for row in 0..rows {
        let _ = writeln!(csv, "Customer {row},{street}");
    }
    let group = open(session, "retail", Mode::Exclusive);
    let fields = group.fields().clone();
    let source = Source::open(Box::new(Cursor::new(csv)), &fields, &Mapping::default()).unwrap();
    let surroundings = session.surroundings();
    let (random, now) = (&*surroundings.random, surroundings.clock.now());
    group.import(source, Options::default(), session.log(), random, now, &|_, _| ()).unwrap();
}

fn set(session: &Session, street: &str) -> Result<u64, MigrationError> {
    let fields = format!(r#"{{"fields":[{{"name":"name","kind":"name"}},{{"name":"street",{street}}}]}}"#);
    let now = session.surroundings().clock.now();
    let group = open(session, "retail", Mode::Exclusive);
    group.set_fields(Fields::from_json(&fields).unwrap(), session.log(), now, &|_, _| ())
}

#[test]
fn every_record_follows_or_none_does() {
    let office = Office::founded();
    let session = office.unlocked();
    create(&session, "retail");
    import(&session, MANY, "gb82 west 1234 5698 7654 32");
    assert_eq!(set(&session, r#""kind":"iban","required":true"#).unwrap(), MANY as u64);
    let group = open(&session, "retail", Mode::Shared);
    assert_eq!(group.verify(session.log(), &|_, _| ()).unwrap().customers, MANY as u64);
    drop(group);

    // A thousand of those who stand in the way are named, all are counted, and nothing is written.
    let before = open(&session, "retail", Mode::Shared).last_record();
    let Err(MigrationError::InTheWay(obstacles)) = set(&session, r#""kind":"date""#) else {
        panic!("an IBAN became a date")
    };
    assert_eq!(
        (obstacles.listed.len(), obstacles.total, obstacles.customers),
        (1_000, MANY as u64, MANY as u64)
    );
    let group = open(&session, "retail", Mode::Shared);
    assert_eq!(group.last_record(), before);
    assert_eq!(group.fields().get("street").unwrap().kind.name(), "iban");

    // The codes that were named are in the log, and the owner's edit is in each history.
    let code = obstacles.listed[999].code;
    let told = entries(&office, &session)
        .into_iter()
        .rev()
        .find(|opened| opened.entry.action == Action::Group && opened.entry.outcome == Outcome::Failure);
    let told = told.unwrap().entry;
    assert_eq!((told.count, told.customer.unwrap().split(' ').count()), (Some(MANY as u64), 1_000));
    let reveal = Reveal::of(group.fields(), ["street"]).unwrap();
    let history = group.history(code, &reveal, Some("a look back")).unwrap();
    let (versions, _) = session.log().release(history).unwrap();
    assert_eq!((versions.len(), versions[1].staff.as_str(), versions[1].changes.len()), (2, "alice", 1));
    assert_eq!(versions[1].changes[0].new.as_ref().unwrap().text(), "GB82WEST12345698765432");
}

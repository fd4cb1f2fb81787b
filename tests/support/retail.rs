//! A store with a group `retail`, made through the library. Users declare `mod office` beside it.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "test support; each binary uses its own part"
)]

use vault::group::Group;
use vault::group::code::CustomerCode;
use vault::group::database;
use vault::group::field::Fields;
use vault::group::record::Record;
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::store::Session;

use crate::office::Office;

/// An office whose owner alice is unlocked and has made the group.
pub fn office() -> (Office, Session) {
    let office = Office::founded();
    let session = office.unlocked();
    let image = |prefix: &str| -> Result<_, Box<dyn std::error::Error>> {
        Ok(database::new_image(&Fields::standard(), prefix.parse()?, &Identity::generate())?)
    };
    session.create_group(&"retail".parse().unwrap(), image).unwrap();
    (office, session)
}

/// The group, open to be changed.
pub fn group(session: &Session) -> Group {
    Group::open(session.access("retail").unwrap(), Mode::Exclusive).unwrap()
}

/// Adds a customer; gives the row that is then in the database, as sqlite3 prints it.
pub fn add(session: &Session, given: &[(&str, &str)]) -> (CustomerCode, String) {
    let mut group = group(session);
    let record = Record::check(group.fields(), given.iter().copied()).unwrap();
    let random = &*session.surroundings().random;
    let now = session.surroundings().clock.now();
    let code = group.add(&record, false, session.log(), random, now).unwrap();
    (code, format!("{code}|{}", record.to_json().as_str()))
}

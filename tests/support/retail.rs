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
use vault::group::document::NewDocument;
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

/// Attaches a document.
pub fn attach(session: &Session, code: CustomerCode, name: &str, contents: &[u8]) {
    let mut group = group(session);
    let random = &*session.surroundings().random;
    let new = NewDocument::seal(name.parse().unwrap(), &group.documents(), random, |piece, offset| {
        let rest = &contents[usize::try_from(offset).unwrap()..];
        let count = rest.len().min(piece.len());
        piece[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    });
    group.attach(code, new.unwrap(), session.log(), session.surroundings().clock.now()).unwrap();
}

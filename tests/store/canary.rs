//! A customer of whom every word stands nowhere else, with a history and a document.

use std::fs;
use std::path::PathBuf;

use vault::access_log::{Action, Event, Makes, Outcome};
use vault::group::change::Edit;
use vault::group::code::CustomerCode;
use vault::group::erase::{EraseError, Erased};
use vault::group::record::Record;
use vault::sealed::group_file::{GroupFile, documents_folder};
use vault::sealed::lock::Mode;
use vault::store::Session;

use super::shop::open;

/// Words that stand nowhere else: of the record, of its history, of its document.
pub const CANARIES: [&str; 6] = ["Xqzvorname", "Jwkstadt", "Kvzaltort", "xqmail", "Zjdokument", "Qxfolge"];

pub fn canary(session: &Session, group: &str) -> CustomerCode {
    let surroundings = session.surroundings();
    let now = surroundings.clock.now();
    let mut opened = open(session, group, Mode::Exclusive);
    let given = [("name", "Xqzvorname Qxfolge"), ("city", "Kvzaltort"), ("email", "xqmail@example.org")];
    let record = Record::check(opened.fields(), given).unwrap();
    let code = opened.add(&record, false, session.log(), &*surroundings.random, now).unwrap();
    opened.checkpoint(session.log(), &|_, _| ()).unwrap();
    let edit = Edit { set: vec![("city", "Jwkstadt")], ..Edit::default() };
    open(session, group, Mode::Exclusive).edit(code, &edit, false, session.log(), now).unwrap();
    code
}

/// Gives the customer a document: a row, and a file sealed to the group. Gives the file's path.
pub fn document(session: &Session, group: &str, code: CustomerCode) -> PathBuf {
    let access = session.access(group).unwrap();
    let folder = documents_folder(&access.folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("1.age");
    fs::write(&path, access.identity.recipient().seal(b"Zjdokument, page 1").unwrap()).unwrap();
    let mut stage = GroupFile::open(access.into(), Mode::Exclusive).unwrap().stage();
    let sql = "INSERT INTO document(customer, name, type, bytes, sha256, file, sealed, added, staff)
               SELECT id, 'Zjdokument.pdf', 'application/pdf', 18, '', '1.age', '', 0, 'alice'
               FROM customer WHERE code = ?1";
    stage.connection().execute(sql, [code.to_string()]).unwrap();
    stage.brings_document("1.age".to_owned());
    let mut event = Event::new(Action::Document, Outcome::Success);
    event.group = Some(group.to_owned());
    let made = stage.record().unwrap();
    let entry = session.log().append(&event.making(Makes::Record(made))).unwrap();
    stage.publish(entry.mark(), &|_, _| ()).unwrap();
    path
}

pub fn erase(session: &Session, group: &str, code: CustomerCode) -> Result<Erased, EraseError> {
    let now = session.surroundings().clock.now();
    let opened = open(session, group, Mode::Exclusive);
    opened.erase(&[code], "asked for", session.log(), now, &|_, _| ())
}

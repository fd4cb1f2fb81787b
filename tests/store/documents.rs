//! Documents and keys: a re-key leaves none that the old key opens, whatever comes between; damage is named; what
//! a crash left is swept, and what is on its way is not.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use vault::access_log::{Action, Event, Outcome};
use vault::group::Group;
use vault::group::code::CustomerCode;
use vault::group::document::{BadDocument, DocumentError, DocumentName, NewDocument};
use vault::sealed::age_file::OpenError;
use vault::sealed::group_file::GroupFile;
use vault::sealed::lock::Mode;
use vault::store::Session;

use super::office::Office;
use super::retail;
use super::shop::WORK;

/// Longer than one piece of a stream.
fn scan() -> Vec<u8> {
    (0_u32..200_000).flat_map(u32::to_le_bytes).collect()
}

fn name(text: &str) -> DocumentName {
    text.parse().unwrap()
}

/// An office with a customer who has a document.
fn office() -> (Office, Session, CustomerCode) {
    let (office, session) = retail::office();
    let (code, _) = retail::add(&session, &[("name", "Ana Lund")]);
    retail::attach(&session, code, "scan.tif", &scan());
    (office, session, code)
}

fn files(office: &Office) -> Vec<PathBuf> {
    let folder = office.layout().group("retail").join("documents");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().contains(".age")).collect();
    files.sort();
    files
}

fn contents(session: &Session, code: CustomerCode) -> Result<Vec<u8>, DocumentError> {
    let group = Group::open(session.access("retail").unwrap(), Mode::Shared).unwrap();
    let (reading, _) = session.log().release(group.open_document(code, &name("scan.tif"))?).unwrap();
    drop(group);
    let mut contents = Vec::new();
    reading.read(|piece, _| {
        contents.extend_from_slice(piece);
        Ok::<_, BadDocument>(())
    })?;
    Ok(contents)
}

fn seal(session: &Session, group: &Group) -> NewDocument {
    let random = &*session.surroundings().random;
    let once = |piece: &mut [u8], offset| {
        piece[0] = b'x';
        Ok(usize::from(offset == 0))
    };
    NewDocument::seal(name("new.txt"), &group.documents(), random, once).unwrap()
}

#[test]
fn after_a_rekey_the_old_key_opens_no_document_and_the_new_one_all() {
    let (office, session, code) = office();
    let old = session.group_key("retail").unwrap().identity;
    let before = files(&office);
    assert!(old.open(&fs::read(&before[0]).unwrap()).is_ok());
    session.rekey_group(&"retail".parse().unwrap(), WORK).unwrap();
    let after = files(&office);
    assert_eq!((before.len(), after.len()), (1, 1));
    assert!(!before[0].exists());
    assert!(matches!(old.open(&fs::read(&after[0]).unwrap()), Err(OpenError::NoMatch)));
    assert_eq!(contents(&session, code).unwrap(), scan());
}

#[test]
fn a_document_that_was_sealed_before_a_rekey_is_not_taken() {
    let (office, session, code) = office();
    let group = retail::group(&session);
    let sealed = seal(&session, &group);
    drop(group);
    assert_eq!(files(&office).len(), 2);
    session.rekey_group(&"retail".parse().unwrap(), WORK).unwrap();
    let now = session.surroundings().clock.now();
    let refused = retail::group(&session).attach(code, sealed, session.log(), now);
    assert!(matches!(refused, Err(DocumentError::Rekeyed)), "{refused:?}");
    assert_eq!(files(&office).len(), 1);
}

#[test]
fn a_sweep_removes_what_no_row_names_but_nothing_that_is_on_its_way() {
    let (office, session, code) = office();
    let mut group = retail::group(&session);
    let sealed = seal(&session, &group);
    let folder = office.layout().group("retail").join("documents");
    let strays = [folder.join(format!("{:032x}.age", 7)), folder.join(format!("{:032x}.age.new", 8))];
    for stray in &strays {
        fs::write(stray, "cut").unwrap();
    }
    assert_eq!(group.sweep_documents().unwrap(), 0);
    let now = session.surroundings().clock.now();
    assert_eq!(group.attach(code, sealed, session.log(), now).unwrap().number, 2);
    assert_eq!(files(&office).len(), 2, "and swept with it");
    fs::write(&strays[0], "cut").unwrap();
    drop(seal(&session, &group));
    group.checkpoint(session.log(), &|_, _| ()).unwrap();
    assert_eq!(files(&office).len(), 2);
}

#[test]
fn a_number_is_never_given_again() {
    let (_office, session, code) = office();
    let mut group = retail::group(&session);
    assert_eq!(group.remove_document(code, &name("scan.tif"), session.log()).unwrap(), 1);
    let now = session.surroundings().clock.now();
    let sealed = seal(&session, &group);
    assert_eq!(group.attach(code, sealed, session.log(), now).unwrap().number, 2);
}

#[test]
fn a_damaged_document_stops_a_rekey_which_names_it_until_it_is_let_go() {
    let (office, session, code) = office();
    let path = files(&office).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(contents(&session, code), Err(DocumentError::Bad(BadDocument { number: 1, .. }))));
    let group = "retail".parse().unwrap();
    let refused = vault::cli::error::CommandError::from(session.rekey_group(&group, WORK).unwrap_err());
    assert!(refused.message().contains(&format!("document 1 of customer {code}")), "{refused:?}");
    assert_eq!(refused.kind().exit_code(), 5);
    assert_eq!(files(&office), [path]);
    retail::group(&session).remove_document(code, &name("scan.tif"), session.log()).unwrap();
    session.rekey_group(&group, WORK).unwrap();
    assert_eq!(files(&office), [] as [PathBuf; 0]);
}

/// Changes the group's rows by hand.
fn change(session: &Session, sql: &str) {
    let access = Arc::new(session.access("retail").unwrap());
    let mut file = GroupFile::open(access, Mode::Exclusive).unwrap();
    let change = file.change().unwrap();
    change.connection().execute_batch(sql).unwrap();
    let entry = session.log().append(&Event::new(Action::Group, Outcome::Success)).unwrap();
    change.commit(entry.mark()).unwrap();
}

#[test]
fn what_is_held_is_not_removed_and_the_refusal_is_logged() {
    let (office, session, code) = office();
    change(&session, "INSERT INTO hold SELECT id, 0, 'alice', 'a case' FROM customer");
    let refused = retail::group(&session).remove_document(code, &name("scan.tif"), session.log());
    assert!(matches!(refused, Err(DocumentError::OnHold(held)) if held == code), "{refused:?}");
    let entry = office.entries().pop().unwrap().entry;
    assert_eq!((entry.action, entry.outcome), (Action::Document, Outcome::Denied));
    assert_eq!(entry.detail.as_deref(), Some("remove document 1"));
    assert_eq!(contents(&session, code).unwrap(), scan());
}

#[test]
fn a_group_of_a_version_without_documents_is_rekeyed_and_read() {
    let (_office, session) = retail::office();
    retail::add(&session, &[("name", "Ana Lund")]);
    change(
        &session,
        "DROP TABLE document; DROP TABLE hold; DROP TABLE review; DROP TABLE word; DROP TABLE word_backwards;
         PRAGMA user_version = 1",
    );
    session.rekey_group(&"retail".parse().unwrap(), WORK).unwrap();
    let group = Group::open(session.access("retail").unwrap(), Mode::Shared).unwrap();
    assert!(group.is_older());
    assert_eq!(group.verify(session.log(), &|_, _| ()).unwrap().documents, 0);
}

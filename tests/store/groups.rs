//! Creating groups: the roster line is the commit point.

use std::fs;

use vault::access_log::{Action, Event, Outcome};
use vault::store::roster::commitment;
use vault::store::{GroupKeyError, Name, NewGroup, NewGroupError, Session, SettleError};

use crate::office::{Fault, Office, SHEET};

/// Writes what a group's own code would.
fn write_files(session: &Session, group: &NewGroup) {
    session.log().append(&Event::new(Action::Group, Outcome::Success)).unwrap();
    let dir = &group.key().dir;
    fs::write(dir.join("base.1.age"), "base").unwrap();
    fs::write(dir.join("log.1"), "").unwrap();
    let roster = serde_json::json!({ "generation": 1, "roster": group.roster_mark() });
    fs::write(dir.join("head.next"), roster.to_string()).unwrap();
}

pub fn created(office: &Office, name: &str) -> Session {
    let session = office.unlocked();
    let group = session.prepare_group(&name.parse().unwrap()).unwrap();
    write_files(&session, &group);
    session.commit_group(group).unwrap();
    session
}

#[test]
fn a_group_that_was_committed_is_there_and_its_key_opens() {
    let office = Office::founded();
    let session = created(&office, "retail");
    let key = session.group_key("retail").unwrap();
    assert_eq!((key.epoch, key.dir.clone()), (1, office.layout().group("retail")));
    assert!(office.layout().head("retail").exists() && !office.layout().next_head("retail").exists());
    let later = office.unlocked();
    assert_eq!(later.groups().len(), 1);
    assert_eq!(later.group_key("retail").unwrap().identity.recipient(), key.identity.recipient());
    let status = office.open().status().unwrap();
    assert_eq!(status.groups[0].0.as_str(), "retail");
    assert!(status.groups[0].1 > 4);
}

#[test]
fn the_recovery_sheet_opens_every_group() {
    let office = Office::founded();
    let session = created(&office, "retail");
    let sealed = fs::read(office.layout().key("retail", 1, "recovery")).unwrap();
    let text = office.identity("recovery", SHEET).open(&sealed).unwrap();
    let key = session.group_key("retail").unwrap().identity.to_text();
    assert_eq!(std::str::from_utf8(&text).unwrap(), key.as_str());
}

#[test]
fn a_groups_recipient_is_nowhere_in_the_clear() {
    let office = Office::founded();
    let session = created(&office, "retail");
    let key = session.group_key("retail").unwrap();
    let recipient = key.identity.recipient().to_string();
    assert!(!fs::read_to_string(office.layout().roster()).unwrap().contains(&recipient));
}

#[test]
fn a_commitment_binds_store_group_epoch_and_key() {
    let office = Office::founded();
    let key = created(&office, "retail").group_key("retail").unwrap();
    let (store, recipient) = (office.open().store_id(), key.identity.recipient());
    let other: Name = "retai".parse().unwrap();
    let right = commitment(&store, &key.name, 1, &recipient);
    assert_ne!(right, commitment(&store, &other, 1, &recipient));
    assert_ne!(right, commitment(&store, &key.name, 2, &recipient));
    assert_ne!(right, commitment(&right, &key.name, 1, &recipient));
    assert_eq!(right, office.open().roster().group("retail").unwrap().commitment);
}

#[test]
fn a_key_file_of_another_group_is_noticed() {
    let office = Office::founded();
    created(&office, "retail");
    let session = created(&office, "trade");
    let layout = office.layout();
    fs::copy(layout.key("trade", 1, "alice"), layout.key("retail", 1, "alice")).unwrap();
    assert!(matches!(session.group_key("retail"), Err(GroupKeyError::OtherKey { .. })));
    fs::write(layout.key("retail", 1, "alice"), "age-encryption.org/v1\n").unwrap();
    assert!(matches!(session.group_key("retail"), Err(GroupKeyError::Damaged { .. })));
    fs::remove_file(layout.key("retail", 1, "alice")).unwrap();
    assert!(matches!(session.group_key("retail"), Err(GroupKeyError::Missing { .. })));
    assert!(matches!(session.group_key("nowhere"), Err(GroupKeyError::UnknownGroup { .. })));
}

#[test]
fn a_group_cannot_be_created_twice() {
    let office = Office::founded();
    let session = created(&office, "retail");
    let again = session.prepare_group(&"retail".parse().unwrap());
    assert!(matches!(again, Err(NewGroupError::Exists { name }) if name.as_str() == "retail"));
}

#[test]
fn a_group_that_was_given_up_leaves_nothing_after_the_next_change() {
    let office = Office::founded();
    let session = office.unlocked();
    let group = session.prepare_group(&"retail".parse().unwrap()).unwrap();
    write_files(&session, &group);
    drop(group);
    assert!(office.layout().group("retail").exists());
    session.finish_pending().unwrap();
    assert!(!office.layout().group("retail").exists());
    created(&office, "retail");
}

#[test]
fn a_head_that_names_another_line_commits_nothing() {
    let office = Office::founded();
    let session = office.unlocked();
    let group = session.prepare_group(&"retail".parse().unwrap()).unwrap();
    write_files(&session, &group);
    let wrong = serde_json::json!({ "roster": session.roster().mark() });
    fs::write(office.layout().next_head("retail"), wrong.to_string()).unwrap();
    assert!(matches!(session.commit_group(group), Err(NewGroupError::Head { .. })));
    assert_eq!(office.open().roster().groups().len(), 0);
}

#[test]
fn a_creation_that_fails_anywhere_happened_whole_or_not_at_all() {
    let mut outcomes = [0, 0];
    for number in 0.. {
        let office = Office::founded();
        let session = office.unlocked();
        let group = session.prepare_group(&"retail".parse().unwrap()).unwrap();
        write_files(&session, &group);
        office.disk.set(Some(Fault::Change(number)));
        let answer = session.commit_group(group);
        office.disk.set(None);
        drop(session);
        let session = office.unlocked();
        let is_there = session.roster().group("retail").is_some();
        assert!(is_there || answer.is_err(), "acknowledged and lost at {number}");
        session.finish_pending().unwrap();
        assert_eq!(office.layout().head("retail").exists(), is_there);
        assert_eq!(office.layout().group("retail").exists(), is_there);
        assert_eq!(session.group_key("retail").is_ok(), is_there);
        outcomes[usize::from(is_there)] += 1;
        if number > 40 {
            break;
        }
    }
    assert!(outcomes[0] > 5 && outcomes[1] > 5, "{outcomes:?}");
}

#[test]
fn a_head_that_was_not_renamed_is_finished_and_a_stale_one_removed() {
    let office = Office::founded();
    let session = created(&office, "retail");
    let (head, next) = (office.layout().head("retail"), office.layout().next_head("retail"));
    fs::rename(&head, &next).unwrap();
    session.finish_pending().unwrap();
    assert!(head.exists() && !next.exists());
    let stale = serde_json::json!({ "roster": { "seq": 9, "hash": "0".repeat(64) } });
    fs::write(&next, stale.to_string()).unwrap();
    session.finish_pending().unwrap();
    assert!(head.exists() && !next.exists());
    fs::remove_file(&head).unwrap();
    assert!(matches!(session.finish_pending(), Err(SettleError::Head { .. })));
    assert!(office.layout().base("retail", 1).exists());
}

#[test]
fn prefixes_differ() {
    let office = Office::founded();
    for number in 0..20 {
        created(&office, &format!("group-{number}"));
    }
    let store = office.open();
    let mut prefixes: Vec<_> = store.roster().groups().iter().map(|group| group.prefix.clone()).collect();
    prefixes.sort();
    prefixes.dedup();
    assert_eq!(prefixes.len(), 20);
}

#[test]
fn a_torn_roster_line_is_ignored_by_readers_and_moved_aside_by_the_next_writer() {
    let office = Office::founded();
    let path = office.layout().roster();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":1,\"pr");
    fs::write(&path, &bytes).unwrap();
    let session = office.unlocked();
    assert!(session.roster().is_torn());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let group = session.prepare_group(&"retail".parse().unwrap()).unwrap();
    write_files(&session, &group);
    session.commit_group(group).unwrap();
    assert_eq!(session.take_notices().len(), 1);
    assert_eq!(fs::read_dir(office.layout().aside()).unwrap().count(), 1);
    assert!(office.entries().iter().any(|opened| opened.entry.action == Action::Log));
    assert!(!office.open().roster().is_torn());
    assert_eq!(office.open().roster().groups().len(), 1);
}

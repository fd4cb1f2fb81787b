//! A group's files: what was committed stays, whatever happens to SQLite, to the log or to its tail.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "support/sealed_group.rs"]
mod sealed_group;

use std::sync::Arc;

use rusqlite::Connection;
use sealed_group::{Office, entry};
use vault::sealed::disk::{Disk as _, RealDisk};
use vault::sealed::group_file::{GroupFile, Notice, OpenGroupError, Tidying};
use vault::sealed::head::encode;
use vault::sealed::lock::{LockError, Mode};
use vault::sealed::log::{self, Fault, LogError};
use vault::sealed::record::{self, Header};

const SCHEMA: &str = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);";

fn office() -> (tempfile::TempDir, Office) {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::new(&folder.path().join("retail"), 1024, SCHEMA);
    (folder, office)
}

fn rows(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT b FROM t ORDER BY a").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn log_path(office: &Office) -> std::path::PathBuf {
    let head = office.read().head().clone();
    office.folder.join(head.log.name)
}

#[test]
fn a_committed_change_is_there_after_reopening() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'Åsa')");
    office.commit("INSERT INTO t VALUES(2, 'Bo'); UPDATE t SET b = 'Åsa B' WHERE a = 1");
    assert_eq!(rows(office.read().connection()), ["Åsa B", "Bo"]);
    assert_eq!(office.write().last_record().seq, 2);
}

#[test]
fn a_change_that_is_dropped_leaves_no_byte() {
    let (_folder, office) = office();
    let path = log_path(&office);
    let mut file = office.write();
    let change = file.change().unwrap();
    change.connection().execute_batch("INSERT INTO t VALUES(1, 'gone')").unwrap();
    drop(change);
    drop(file);
    assert_eq!(std::fs::metadata(path).unwrap().len(), 0);
    assert!(rows(office.read().connection()).is_empty());
}

#[test]
fn a_fold_keeps_every_row_and_every_link_of_the_chain() {
    let (_folder, office) = office();
    for row in 1..=40 {
        office.commit(&format!(
            "INSERT INTO t VALUES({row}, 'row {row}'); UPDATE t SET b = b || '.' WHERE a = 1"
        ));
    }
    let before = rows(office.read().connection());
    let file = office.write();
    assert_eq!(file.due(), Some(Tidying::Fold));
    assert_eq!(file.entries().len(), 40);
    file.tidy(Tidying::Fold, entry(99), &|_, _| ()).unwrap();
    let file = office.write();
    assert_eq!(rows(file.connection()), before);
    assert_eq!(file.entries(), [(41, entry(99))]);
    drop(file);
    office.commit("INSERT INTO t VALUES(41, 'after')");
    assert_eq!(rows(office.read().connection()).len(), 41);
    assert_eq!(office.write().last_record().seq, 42);
}

#[test]
fn a_checkpoint_empties_the_log_into_a_new_base() {
    let (_folder, office) = office();
    for row in 1..=5 {
        office.commit(&format!("INSERT INTO t VALUES({row}, hex(randomblob(3000)))"));
    }
    let before = rows(office.read().connection());
    office.write().tidy(Tidying::Checkpoint, entry(99), &|_, _| ()).unwrap();
    assert_eq!(std::fs::metadata(log_path(&office)).unwrap().len(), 0);
    assert_eq!(rows(office.read().connection()), before);
    let names: Vec<_> = std::fs::read_dir(&office.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("base.") || name.starts_with("log."))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    office.commit("DELETE FROM t");
    office.write().tidy(Tidying::Checkpoint, entry(100), &|_, _| ()).unwrap();
    let check: String =
        office.read().connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_stage_is_published_whole_as_one_record_or_as_a_base() {
    let (_folder, office) = office();
    for (rows_each, is_record) in [(3, true), (9000, false)] {
        let mut stage = office.write().stage();
        for _ in 0..3 {
            stage
                .connection()
                .execute_batch(&format!(
                    "BEGIN; WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {rows_each})
                     INSERT INTO t(b) SELECT hex(randomblob(100)) FROM n; COMMIT"
                ))
                .unwrap();
            stage.settle(&|_, _| ()).unwrap();
        }
        assert_eq!(stage.record().is_some(), is_record);
        let before = rows(stage.connection());
        stage.publish(entry(7), &|_, _| ()).unwrap();
        assert_eq!(rows(office.read().connection()), before);
    }
    let stage = office.write().stage();
    stage.connection().execute_batch("DELETE FROM t").unwrap();
    drop(stage);
    assert_eq!(rows(office.read().connection()).len(), 27_009);
}

#[test]
fn a_commit_without_an_access_log_entry_is_refused() {
    let (_folder, office) = office();
    let file = office.write();
    let refused = file.connection().execute_batch("INSERT INTO t VALUES(1, 'unlogged')");
    assert!(refused.is_err());
    assert!(file.take_failure().unwrap().to_string().contains("without an access-log entry"));
    drop(file);
    assert!(rows(office.read().connection()).is_empty());
}

#[test]
fn a_reader_cannot_write() {
    let (_folder, office) = office();
    let file = office.read();
    assert!(file.connection().execute_batch("INSERT INTO t VALUES(1, 'no')").is_err());
    drop(file);
    assert!(rows(office.read().connection()).is_empty());
}

/// SQLite with `synchronous=OFF` and a truncating checkpoint once lost a committed row, and a
/// reader's close once deleted the log.
#[test]
fn no_pragma_makes_sqlite_lose_a_committed_row() {
    for mode in [Mode::Shared, Mode::Exclusive] {
        let (_folder, office) = office();
        office.commit("INSERT INTO t VALUES(1, 'kept')");
        let path = log_path(&office);
        let before = std::fs::read(&path).unwrap();
        for attempt in [
            "PRAGMA wal_checkpoint(TRUNCATE)",
            "PRAGMA synchronous=OFF; PRAGMA wal_checkpoint(TRUNCATE)",
            "PRAGMA synchronous=OFF; PRAGMA wal_checkpoint(RESTART)",
            "PRAGMA journal_mode=DELETE",
            "PRAGMA journal_mode=OFF",
            "PRAGMA wal_autocheckpoint=1; INSERT INTO t VALUES(2, 'no')",
            "VACUUM",
            "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema",
        ] {
            let file = GroupFile::open(Arc::new(office.access()), mode).unwrap();
            // Whether SQLite complains or not, nothing may change.
            let _ = file.connection().execute_batch(attempt);
            let _ = file
                .connection()
                .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
            drop(file);
            assert_eq!(std::fs::read(&path).unwrap(), before, "{attempt} as {mode:?}");
            assert_eq!(rows(office.read().connection()), ["kept"], "{attempt} as {mode:?}");
        }
    }
}

#[test]
fn nothing_but_the_database_and_its_log_can_be_opened() {
    let (folder, office) = office();
    let outside = folder.path().join("outside.db");
    let file = office.write();
    for attempt in [
        format!("ATTACH '{}' AS other", outside.display()),
        format!("ATTACH 'file:{}?vfs=vault' AS other", outside.display()),
        "ATTACH 'group-0' AS other; CREATE TABLE other.x(y)".to_owned(),
        format!("VACUUM INTO '{}'", outside.display()),
    ] {
        assert!(file.connection().execute_batch(&attempt).is_err(), "{attempt}");
    }
    // A sort far larger than the cache must stay in memory.
    let sorted: i64 = file
        .connection()
        .query_row(
            "WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 200000)
             SELECT count(*) FROM (SELECT hex(randomblob(20)) AS h FROM n ORDER BY h)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(sorted, 200_000);
    assert!(!outside.exists());
}

#[test]
fn a_log_cut_anywhere_in_its_unseen_tail_opens_without_that_record() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'kept')");
    let path = log_path(&office);
    let kept = std::fs::metadata(&path).unwrap().len();
    office.commit("INSERT INTO t VALUES(2, 'torn')");
    let whole = std::fs::read(&path).unwrap();
    for length in (kept..whole.len() as u64).step_by(37) {
        std::fs::write(&path, &whole[..usize::try_from(length).unwrap()]).unwrap();
        office.notes.0.lock().unwrap().clear();
        assert_eq!(rows(office.read().connection()), ["kept"], "cut at {length}");
        // A reader never mends.
        assert_eq!(std::fs::metadata(&path).unwrap().len(), length);
    }
    office.notes.0.lock().unwrap().clear();
    let file = office.write();
    let [Notice::MovedAside { path: aside, bytes }] = file.notices() else { panic!("no notice") };
    assert_eq!(std::fs::metadata(aside).unwrap().len(), *bytes);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), kept);
    drop(file);
    office.commit("INSERT INTO t VALUES(2, 'again')");
    assert_eq!(rows(office.read().connection()), ["kept", "again"]);
}

fn damage(office: &Office) -> Fault {
    match GroupFile::open(Arc::new(office.access()), Mode::Exclusive) {
        Err(OpenGroupError::Log(LogError::Damaged { fault, .. })) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opened"),
    }
}

#[test]
fn a_cut_below_a_seen_note_is_damage() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'seen')");
    std::fs::write(log_path(&office), b"").unwrap();
    assert_eq!(damage(&office), Fault::Seen);
}

#[test]
fn a_bad_record_before_a_good_one_is_damage_even_unseen() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'one')");
    office.commit("INSERT INTO t VALUES(2, 'two')");
    office.notes.0.lock().unwrap().clear();
    let path = log_path(&office);
    let mut bytes = std::fs::read(&path).unwrap();
    for at in [3, 40, 700, 1500] {
        bytes[at] ^= 4;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(damage(&office), Fault::Hole, "byte {at}");
        bytes[at] ^= 4;
    }
}

#[test]
fn an_older_head_put_back_is_noticed() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'one')");
    let head = office.folder.join("head");
    let old = std::fs::read(&head).unwrap();
    office.write().tidy(Tidying::Checkpoint, entry(9), &|_, _| ()).unwrap();
    std::fs::write(&head, old).unwrap();
    assert!(matches!(
        GroupFile::open(Arc::new(office.access()), Mode::Shared),
        Err(OpenGroupError::Rollback { found: 1, seen: 2, .. })
    ));
}

#[test]
fn readers_share_and_a_writer_waits_its_turn() {
    let (_folder, office) = office();
    let one = office.read();
    let two = office.read();
    assert!(matches!(
        GroupFile::open(Arc::new(office.access()), Mode::Exclusive),
        Err(OpenGroupError::Lock(LockError::Busy { .. }))
    ));
    drop((one, two));
    let writer = office.write();
    assert!(matches!(
        GroupFile::open(Arc::new(office.access()), Mode::Shared),
        Err(OpenGroupError::Lock(LockError::Busy { .. }))
    ));
    drop(writer);
    office.read();
}

#[test]
fn more_bytes_than_a_record_has_are_no_torn_tail() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'kept')");
    let log = std::fs::OpenOptions::new().write(true).open(log_path(&office)).unwrap();
    // Holes: they take no room.
    log.set_len(1 << 43).unwrap();
    assert_eq!(damage(&office), Fault::Tail);
}

#[test]
fn an_older_head_under_the_coming_ones_name_replaces_nothing() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'kept')");
    let older = std::fs::read(office.folder.join("head")).unwrap();
    office.write().tidy(Tidying::Checkpoint, entry(99), &|_, _| ()).unwrap();
    std::fs::write(office.folder.join("head.next"), older).unwrap();
    assert_eq!(rows(office.read().connection()), ["kept"]);
    assert_eq!(rows(office.write().connection()), ["kept"]);
    assert!(!office.folder.join("head.next").exists());
}

/// SQLite deletes the log of a database without pages; such a base is none of ours.
#[test]
fn a_base_without_a_page_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::from_image(&folder.path().join("retail"), &[]);
    for mode in [Mode::Shared, Mode::Exclusive] {
        assert!(matches!(
            GroupFile::open(Arc::new(office.access()), mode),
            Err(OpenGroupError::OtherBase(path)) if path.ends_with("base.1.age")
        ));
    }
}

/// A fuzzer signed a head whose log begins with the last number there is, as anybody who may change the
/// group could have: the program counted on from there, and panicked at everybody who opened the group,
/// instead of saying that the head is none of its own.
#[test]
fn numbers_from_which_nobody_can_count_on_are_refused() {
    let (_folder, office) = office();
    office.commit("INSERT INTO t VALUES(1, 'Åsa')");
    let sound = office.read().head().clone();
    let key = office.staff.signing_key();
    let mut heads = [sound.clone(), sound.clone(), sound];
    heads[0].generation = u64::MAX;
    heads[1].log.first = u64::MAX;
    heads[2].log.last = u64::MAX;
    for head in heads {
        std::fs::write(office.folder.join("head"), encode(&head, &key).unwrap()).unwrap();
        for mode in [Mode::Shared, Mode::Exclusive] {
            let opened = GroupFile::open(Arc::new(office.access()), mode);
            assert!(matches!(opened, Err(OpenGroupError::Forged(_))), "{head:?}: {:?}", opened.err());
        }
    }
}

#[test]
fn a_record_with_such_a_number_is_refused() {
    let (folder, office) = office();
    let (access, mut head) = (office.access(), office.read().head().clone());
    (head.log.first, head.log.last) = (u64::MAX, u64::MAX - 1);
    let sealed = office.group.recipient().seal(b"frames").unwrap();
    let mut log = Vec::new();
    let mut prev = head.log.continues;
    for seq in [u64::MAX, 0] {
        let header = Header {
            v: 1,
            seq,
            prev,
            group: access.group.clone(),
            epoch: 1,
            roster: access.roster,
            entry: entry(1),
            signer: access.signer.clone(),
            bytes: 0,
            sha256: prev,
        };
        let encoded = record::encode(header, &sealed, &access.store, &access.signing_key).unwrap();
        prev = encoded.mark.hash;
        log.extend(encoded.bytes);
    }
    let path = folder.path().join("log");
    std::fs::write(&path, &log).unwrap();
    let file = RealDisk.open(&path).unwrap();
    let scan = log::scan(&*file, &path, &head, &access, None).unwrap();
    assert_eq!((scan.end, scan.torn), (0, log.len() as u64), "no record of this group");
}

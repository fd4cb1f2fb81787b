//! What `docs/format.md` promises: stock `age` and `sqlite3` recover a group without this program. The
//! scripts are taken from that page and run with the real tools, the passphrase typed at a terminal.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[allow(dead_code, reason = "shared with the tests of the store")]
#[path = "store/office.rs"]
mod office;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/retail.rs"]
mod retail;
#[allow(dead_code, reason = "shared with the tests of the store")]
#[path = "store/shop.rs"]
mod shop;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use office::{ALICE, Office};
use pty::{Finished, Stream};
use retail::{add, group};
use shop::{BOB, CAROL, Shop, WORK, enrol, files, name, sealed_records};
use vault::access_log::{Action, Event, Outcome, Role};
use vault::backup::create::create;
use vault::backup::enroll::enroll;
use vault::backup::manifest::APPENDED_PIECE;
use vault::group::change::Edit;
use vault::sealed::group_file::Tidying;

const PATIENCE: Duration = Duration::from_mins(1);

/// The fenced block of `docs/format.md` after its mark.
fn script(name: &str) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/format.md")).unwrap();
    let (_, after) = page.split_once(&format!("<!-- {name} -->\n```sh\n")).unwrap();
    after.split_once("\n```\n").unwrap().0.to_owned() + "\n"
}

/// Whether the tools are here; says so when they are not.
fn tools() -> bool {
    let missing: Vec<&str> = ["age", "sqlite3"]
        .into_iter()
        .filter(|tool| Command::new(tool).arg("--version").output().is_err())
        .collect();
    if !missing.is_empty() {
        println!(
            "SKIPPED: recovery with the stock tools, because {} is not installed",
            missing.join(" and ")
        );
    }
    missing.is_empty()
}

/// Runs one of the page's scripts at a terminal where alice's passphrase is typed when asked for.
fn run(office: &Office, name: &str, arguments: &[&Path], asks: bool) -> Finished {
    let path = office.folder.path().join(name);
    std::fs::write(&path, script(name)).unwrap();
    let mut command = Command::new("sh");
    command.arg(path).args(arguments).current_dir(office.folder.path());
    let mut session = pty::Session::start(command, None, Stream::Pipe, Stream::Pipe).unwrap();
    if asks {
        session.expect("passphrase", PATIENCE).unwrap();
        session.send(&format!("{ALICE}\r")).unwrap();
    }
    let finished = session.finish(PATIENCE).unwrap();
    assert!(finished.status.success(), "{name} failed: {}\n{}", finished.terminal, finished.stderr);
    finished
}

/// The customers that the stock tools find, with the folder that they were recovered into.
fn recovered(office: &Office, name: &str) -> (Vec<String>, PathBuf) {
    let out = office.folder.path().join(name);
    let arguments = [office.root.as_path(), Path::new("alice.1"), Path::new("retail"), &out];
    let finished = run(office, "recover.sh", &arguments, true);
    assert!(finished.stdout.ends_with("ok\n"), "{}", finished.stdout);
    let rows = query(&out, "SELECT code, record FROM customer ORDER BY id");
    (rows, out)
}

fn query(out: &Path, statement: &str) -> Vec<String> {
    let output = Command::new("sqlite3").arg(out.join("retail.db")).arg(statement).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn stock_tools_recover_a_group_in_every_state() {
    if !tools() {
        return;
    }
    let (office, session) = retail::office();
    assert!(recovered(&office, "empty").0.is_empty());

    let mut rows = Vec::new();
    let (ana, row) = add(&session, &[("name", "Ana Trujillo"), ("email", "ana@example.org")]);
    rows.push(row);
    rows.push(add(&session, &[("name", "Łukasz “O'Neil” \\ Ærø"), ("birth_date", "1984-01-09")]).1);
    let (found, out) = recovered(&office, "records");
    assert_eq!(found, rows);
    let words = "SELECT code FROM search JOIN customer ON id = search.rowid WHERE search MATCH 'tru*'";
    assert_eq!(query(&out, words), [ana.to_string()]);

    let edit = Edit { set: vec![("city", "México D.F.")], ..Edit::default() };
    let now = session.surroundings().clock.now();
    group(&session).edit(ana, &edit, false, session.log(), now).unwrap();
    rows[0] = rows[0].replace("\"}", "\",\"city\":\"México D.F.\"}");
    let (found, out) = recovered(&office, "edited");
    assert_eq!(found, rows);
    assert_eq!(query(&out, "SELECT version, staff, old FROM history"), ["2|alice|{\"city\":null}"]);

    for number in 0..40 {
        rows.push(add(&session, &[("name", &format!("Customer {number}"))]).1);
    }
    assert_eq!(group(&session).tidy(session.log()).unwrap(), Some(Tidying::Fold));
    rows.push(add(&session, &[("name", "After the fold")]).1);
    assert_eq!(recovered(&office, "folded").0, rows);

    assert!(group(&session).checkpoint(session.log(), &|_, _| ()).unwrap());
    assert_eq!(recovered(&office, "checkpointed").0, rows);
    rows.push(add(&session, &[("name", "After the checkpoint")]).1);
    assert_eq!(recovered(&office, "both").0, rows);
}

#[test]
fn stock_tools_recover_all_but_a_torn_record() {
    if !tools() {
        return;
    }
    let (office, session) = retail::office();
    let row = add(&session, &[("name", "Ana Trujillo")]).1;
    add(&session, &[("name", "Cut off")]);
    let log = office.layout().log("retail", 1);
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 100]).unwrap();
    assert_eq!(recovered(&office, "torn").0, [row]);
}

/// Whether there is all that reading a medium takes.
fn tools_for_media() -> bool {
    let there = tools() && Command::new("jq").arg("--version").output().is_ok();
    if !there {
        println!("SKIPPED: recovery from a medium, because jq or another tool is not installed");
    }
    there
}

/// Alice's customers come back from a medium with `jq`, `sha256sum` and `cat`, and then as from any store.
#[test]
fn stock_tools_recover_a_group_from_a_backup_medium() {
    if !tools_for_media() {
        return;
    }
    let (mut office, session) = retail::office();
    // More than one piece of an append-only file.
    for number in 0..40 {
        let notes = format!("{number}: {}", "much to tell. ".repeat(1400));
        add(&session, &[("name", &format!("Customer {number}")), ("notes", &notes)]);
    }
    assert!(std::fs::metadata(office.layout().log("retail", 1)).unwrap().len() > APPENDED_PIECE);
    let rows = recovered(&office, "before").0;
    drop(session);
    let medium = office.folder.path().join("medium");
    std::fs::create_dir(&medium).unwrap();
    let store = office.open();
    enroll(&store, &medium, Some("blue")).unwrap();
    let made = create(&store, &medium, true).unwrap();

    let copy = office.folder.path().join("copy");
    let arguments = [medium.as_path(), Path::new(made.snapshot.as_str()), &copy];
    run(&office, "from-medium.sh", &arguments, false);
    // The newest entries of the live log are about the backup itself.
    for place in ["roster.jsonl", "staff/alice.1.age", "groups/retail/head", "groups/retail/log.1"] {
        assert_eq!(std::fs::read(copy.join(place)).unwrap(), std::fs::read(office.root.join(place)).unwrap());
    }
    office.root = copy;
    assert_eq!(recovered(&office, "after").0, rows);
}

/// A piece that is not what its name says is not taken.
#[test]
fn stock_tools_notice_a_changed_piece() {
    if !tools_for_media() {
        return;
    }
    let (office, session) = retail::office();
    add(&session, &[("name", "Ana Trujillo")]);
    let medium = office.folder.path().join("medium");
    std::fs::create_dir(&medium).unwrap();
    let store = office.open();
    enroll(&store, &medium, Some("blue")).unwrap();
    let made = create(&store, &medium, true).unwrap();
    let object = files(&medium.join("vault-backup/objects")).swap_remove(0);
    let mut bytes = std::fs::read(&object).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&object, bytes).unwrap();

    let script_file = office.folder.path().join("from-medium.sh");
    std::fs::write(&script_file, script("from-medium.sh")).unwrap();
    let mut command = Command::new("sh");
    command.arg(script_file).arg(&medium).arg(made.snapshot.as_str()).arg(office.folder.path().join("copy"));
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is damaged"));
}

#[test]
fn stock_tools_read_the_access_log() {
    if !tools() {
        return;
    }
    let (office, session) = retail::office();
    let (code, _) = add(&session, &[("name", "Ana Trujillo")]);
    let (_, out) = recovered(&office, "log");
    let finished = run(&office, "access-log.sh", &[&office.root, Path::new("alice"), &out], false);
    let lines: Vec<serde_json::Value> =
        finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let actions: Vec<&str> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["staff", "unlock", "group", "add"]);
    assert_eq!(lines[3]["customer"], code.to_string());
    assert_eq!(lines.len(), office.entries().len());
}

/// A person's identity, taken out of a store with stock age, the passphrase typed at a terminal.
fn take_identity(store: &Path, identity: &str, passphrase: &str, out: &Path) {
    let mut command = Command::new("age");
    command.args(["-d", "-o"]).arg(out).arg(store.join("staff").join(format!("{identity}.age")));
    let mut session = pty::Session::start(command, None, Stream::Pipe, Stream::Pipe).unwrap();
    session.expect("passphrase", PATIENCE).unwrap();
    session.send(&format!("{passphrase}\r")).unwrap();
    assert!(session.finish(PATIENCE).unwrap().status.success());
}

/// What stock age makes of `sealed` with any of the keys; `None` when none opens it.
fn age(keys: &[PathBuf], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new("age");
    command.arg("-d");
    for key in keys {
        command.arg("-i").arg(key);
    }
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().unwrap();
    // It may have read enough to refuse before all is written.
    let _ = child.stdin.take().unwrap().write_all(sealed);
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

/// Everything in a store that is sealed to keys, by name: age files, the records of logs.
fn sealed_things(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut things = Vec::new();
    for path in files(root) {
        let relative = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "age") && !relative.starts_with("staff/") {
            things.push((relative, std::fs::read(&path).unwrap()));
        }
    }
    for folder in std::fs::read_dir(root.join("groups")).unwrap() {
        let folder = folder.unwrap();
        for (number, sealed) in sealed_records(&folder.path()).into_iter().enumerate() {
            things.push((format!("{} record {number}", folder.file_name().to_string_lossy()), sealed));
        }
    }
    things
}

/// The keys that somebody can open belong to whoever copied them; what is written after the removal is
/// sealed to others. The copy made before opens for ever: nothing can change that.
#[test]
fn whoever_was_removed_opens_nothing_that_is_written_afterwards() {
    if !tools() {
        return;
    }
    let mut shop = Shop::new();
    enrol(&shop.alice, "bob", BOB, Role::Clerk, &["retail", "trade"]);
    enrol(&shop.alice, "carol", CAROL, Role::Auditor, &[]);
    let bob = shop.unlock("bob", BOB);
    shop.add(&bob, "retail");
    let root = shop.office.root.clone();
    let folder = shop.office.folder.path().to_owned();
    let copy = folder.join("copy");
    office::put_back(&root, &copy);

    // What stock age takes out of the copy.
    let file = |name: &str| folder.join(name);
    take_identity(&copy, "bob.1", BOB, &file("bob.key"));
    take_identity(&copy, "carol.1", CAROL, &file("carol.key"));
    let mut keys = vec![file("bob.key"), file("carol.key")];
    let wanted = [
        ("groups/retail/keys/1/bob.age", "retail.key"),
        ("groups/trade/keys/1/bob.age", "trade.key"),
        ("log/keys/1/carol.age", "log.key"),
    ];
    for (sealed, key) in wanted {
        let text = age(&keys[..2], &std::fs::read(copy.join(sealed)).unwrap()).unwrap();
        std::fs::write(file(key), text).unwrap();
        keys.push(file(key));
    }

    shop.alice.remove_staff(&name("bob"), WORK).unwrap();
    shop.alice.remove_staff(&name("carol"), WORK).unwrap();
    let until = shop.office.sealed_entries().len();
    let alice = shop.office.unlocked();
    for group in ["clinic", "retail", "trade"] {
        shop.add(&alice, group);
        shop.check(&alice, group);
    }
    alice.log().append(&Event::new(Action::Verify, Outcome::Success)).unwrap();

    let things = sealed_things(&root);
    assert!(things.len() > 12, "{}", things.len());
    for (what, sealed) in &things {
        assert!(age(&keys, sealed).is_none(), "{what} opens with what was copied");
    }
    let entries = shop.office.sealed_entries();
    assert!(entries.len() > until + 5);
    for (number, sealed) in entries.iter().enumerate().skip(until) {
        assert!(age(&keys, sealed).is_none(), "entry {} opens with what was copied", number + 1);
    }
    // The entry of the removal is the last that the auditor reads.
    assert!(age(&keys, &entries[until - 1]).is_some());

    let opens = |what: &str| {
        let things = sealed_things(&copy);
        let all: Vec<_> = things.iter().filter(|(name, _)| name.starts_with(what)).collect();
        assert!(!all.is_empty());
        all.iter().filter(|(_, sealed)| age(&keys, sealed).is_some()).count()
    };
    assert_eq!(
        ["groups/retail/base", "retail record", "groups/trade/base", "trade record"].map(opens),
        [1, 2, 1, 1]
    );
    assert_eq!(["groups/clinic/base", "clinic record"].map(opens), [0, 0]);
}

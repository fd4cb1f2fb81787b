//! Files that were exported from the access log, and their manifests: what is in them, and what is noticed
//! when somebody changed one.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use vault::access_log::export::{Export, ExportError, Format, Manifest, Written, check, restored};
use vault::access_log::reading::{COLUMNS, Filter, ReadError};
use vault::access_log::{Action, Event, Outcome, Role};
use vault::sealed::signed::Digest;
use vault::store::{Session, Vouched, VouchedError};

use crate::office::{Office, passphrase, put_back};
use crate::shop::{BOB, CAROL, enrol};

const FORMATS: [Format; 2] = [Format::Jsonl, Format::Csv];
const FORMULA: &str = "=HYPERLINK(\"http://x\";\"now\"),\u{202e}\r\nsecond line";

fn looked_up(reason: &str) -> Event {
    let mut event = Event::new(Action::Lookup, Outcome::Success);
    event.group = Some("retail".into());
    event.customer = Some("4T-7K3M-Q9TD".into());
    event.fields = vec!["iban".into(), "phone".into()];
    event.reason = Some(reason.into());
    event.count = Some(1);
    event
}

/// An office with a few entries, one of them signed by nobody; alice is its owner.
fn office() -> (Office, Session) {
    let office = Office::founded();
    let alice = office.unlocked();
    for reason in ["refund", FORMULA, "'quoted", ""] {
        alice.log().append(&looked_up(reason)).unwrap();
    }
    assert!(office.open().unlock("alice", &passphrase("wrong-one-this-is")).is_err());
    (office, alice)
}

fn write<W: Write>(
    session: &Session,
    format: Format,
    filter: &Filter,
    sink: W,
    watch: &dyn Fn(&'static str, u64, u64) -> ControlFlow<()>,
) -> Result<Written, ExportError> {
    let mut event = Event::new(Action::Log, Outcome::Success);
    event.detail = Some(format!("export {format}"));
    let reading = session.read_log(&event).unwrap();
    let reader = reading.reader(NonZeroUsize::new(2).unwrap());
    Export { reader, extent: reading.extent(), head: reading.head(), format, filter }.write(sink, watch)
}

/// The file, and its manifest.
fn exported(session: &Session, format: Format, filter: &Filter) -> (Vec<u8>, Vec<u8>) {
    let mut file = Vec::new();
    let written = write(session, format, filter, &mut file, &|_, _, _| ControlFlow::Continue(())).unwrap();
    let manifest = session.vouch_for(&written, "audit", format, filter).unwrap();
    (file, manifest)
}

fn verdict(file: &[u8], manifest: &[u8]) -> Result<Manifest, String> {
    let vouched = Vouched::read(manifest).map_err(|error| error.to_string())?;
    let known = |name: &str| vouched.ever_knew(name);
    check::check(vouched.manifest(), &known, file, &|_, _| ()).map_err(|error| error.to_string())?;
    Ok(vouched.manifest().clone())
}

#[test]
fn every_entry_is_there_with_all_its_columns_and_both_files_hold() {
    let (office, alice) = office();
    for format in FORMATS {
        let (file, manifest) = exported(&alice, format, &Filter::default());
        let entries = office.entries();
        let said = verdict(&file, &manifest).unwrap();
        assert_eq!((said.entries, said.left_out, said.unsigned), (entries.len() as u64, 0, 1));
        assert_eq!((said.range.first.seq, said.range.first.hash), (1, entries[0].hash));
        assert_eq!((said.range.last.seq, said.filtered), (entries.len() as u64, false));
        assert_eq!((said.by.as_str(), said.sha256), ("alice.1", Digest::of(&file)));
        let text = String::from_utf8(file).unwrap();
        assert!(format == Format::Csv || !text.contains('\u{202e}'), "no line reorders what is read");
        let reasons: Vec<String> = match format {
            Format::Jsonl => text.lines().map(reason_of_json).collect(),
            Format::Csv => reasons_of_csv(&text),
        };
        let expected: Vec<String> =
            entries.iter().map(|opened| opened.entry.reason.clone().unwrap_or_default()).collect();
        assert_eq!(reasons, expected, "{format}");
    }
}

fn reason_of_json(line: &str) -> String {
    let object: serde_json::Value = serde_json::from_str(line).unwrap();
    let places: Vec<usize> =
        COLUMNS.iter().map(|column| line.find(&format!("\"{column}\":")).unwrap()).collect();
    assert!(line.starts_with("{\"v\":1,\"seq\":") && places.is_sorted(), "{line}");
    assert_eq!(object.as_object().unwrap().len(), COLUMNS.len() + 1);
    object["reason"].as_str().unwrap_or_default().to_owned()
}

fn reasons_of_csv(text: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
    let cells: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(text.matches("\r\n").count(), cells.len() + 2, "one within a cell");
    let dangerous = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    assert!(!cells.iter().flatten().any(dangerous));
    cells.iter().map(|row| restored(&row[10]).to_owned()).collect()
}

#[test]
fn what_a_filter_leaves_out_is_counted_and_signed() {
    let (_office, alice) = office();
    for format in FORMATS {
        let filter = Filter { action: Some(Action::Lookup), limit: Some(3), ..Filter::default() };
        let (file, manifest) = exported(&alice, format, &filter);
        let said = verdict(&file, &manifest).unwrap();
        assert_eq!((said.entries, said.filtered, &said.filter), (3, true, &filter));
        assert_eq!(said.range.entries(), Some(said.entries + said.left_out));
        let text = String::from_utf8(file).unwrap();
        assert!(text.contains("quoted") && !text.contains(",refund,") && !text.contains("\"refund\""));
        let nobody = Filter { staff: Some("nobody".into()), ..Filter::default() };
        let (file, manifest) = exported(&alice, format, &nobody);
        assert_eq!(verdict(&file, &manifest).unwrap().entries, 0);
    }
}

#[test]
fn no_byte_of_either_file_can_be_changed_unnoticed() {
    let (_office, alice) = office();
    let filter = Filter { limit: Some(3), ..Filter::default() };
    for format in FORMATS {
        let (file, manifest) = exported(&alice, format, &filter);
        for place in 0..file.len() {
            for bit in [0x01, 0x80] {
                let mut changed = file.clone();
                changed[place] ^= bit;
                assert!(verdict(&changed, &manifest).is_err(), "byte {place} of the file");
            }
        }
        for length in 0..file.len() {
            assert!(verdict(&file[..length], &manifest).is_err(), "cut to {length}");
        }
        for place in 0..manifest.len() {
            let mut changed = manifest.clone();
            changed[place] ^= 0x01;
            assert!(Vouched::read(&changed).is_err(), "byte {place} of the manifest");
        }
        for length in (0..manifest.len()).step_by(7) {
            assert!(Vouched::read(&manifest[..length]).is_err(), "cut to {length}");
        }
    }
}

#[test]
fn a_changed_file_is_told_with_the_place() {
    let (_office, alice) = office();
    let (file, manifest) = exported(&alice, Format::Jsonl, &Filter::default());
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let said = |lines: &[&[u8]]| verdict(&lines.concat(), &manifest).unwrap_err();
    let dropped = [&lines[..2], &lines[3..]].concat();
    assert!(said(&dropped).contains("(line 3: entries are missing: entry 4 follows entry 2)"));
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    assert!(said(&swapped).contains("SHA-256") && said(&swapped).contains("(line 3: entries are missing"));
    let doubled = [&lines[..3], &lines[2..]].concat();
    assert!(said(&doubled).contains("(line 4: entry 3 stands there twice)"));
    let text = String::from_utf8(file.clone()).unwrap();
    let edited = text.replacen("\"staff\":\"alice\"", "\"staff\":\"carol\"", 1);
    assert!(
        verdict(edited.as_bytes(), &manifest).unwrap_err().contains("line 1: entry 1 is signed by carol")
    );
    for other in [text.replace('\n', "\r\n"), text.trim_end().to_owned(), format!("{text}\n")] {
        assert!(verdict(other.as_bytes(), &manifest).unwrap_err().contains("no row of an export"));
    }
    let (other, _) = exported(&alice, Format::Jsonl, &Filter::default());
    assert!(verdict(&other, &manifest).unwrap_err().starts_with("this is not the file"));
    assert!(verdict(b"", &manifest).unwrap_err().contains("it has 0 bytes"));
}

/// Signs another manifest for another file: what an exporter who is not honest can do.
fn resigned(
    by: &Session,
    manifest: &[u8],
    file: &[u8],
    change: impl FnOnce(&mut Manifest),
) -> Result<Manifest, String> {
    let mut other = Vouched::read(manifest).unwrap().manifest().clone();
    (other.bytes, other.sha256) = (file.len() as u64, Digest::of(file));
    change(&mut other);
    verdict(file, &other.sign(by.signing_key()).unwrap())
}

#[test]
fn a_manifest_that_is_signed_and_wrong_is_noticed_as_well() {
    let (_office, alice) = office();
    let (file, manifest) = exported(&alice, Format::Jsonl, &Filter::default());
    let text = String::from_utf8(file.clone()).unwrap();
    let wrong = |text: &str, change: &dyn Fn(&mut Manifest)| {
        resigned(&alice, &manifest, text.as_bytes(), change).unwrap_err()
    };
    let as_it_is = |_: &mut Manifest| ();
    assert!(resigned(&alice, &manifest, &file, as_it_is).is_ok());

    let edited = text.replacen("\"reason\":\"refund\"", "\"reason\":\"audit\"", 1);
    assert!(resigned(&alice, &manifest, edited.as_bytes(), as_it_is).is_ok(), "that is the signer's word");
    let hash = |line: usize| {
        let object: serde_json::Value = serde_json::from_str(text.lines().nth(line).unwrap()).unwrap();
        object["hash"].as_str().unwrap().to_owned()
    };
    let rehashed =
        text.replacen(&format!("\"hash\":\"{}\"", hash(2)), &format!("\"hash\":\"{}\"", hash(1)), 1);
    assert!(wrong(&rehashed, &as_it_is).contains("line 4: entry 4 does not continue"));
    let first = text.replacen(&hash(0), &hash(1), 1);
    assert!(wrong(&first, &as_it_is).contains("line 1: entry 1 is not the one with which the range"));
    let unknown = text.replacen("\"staff\":\"alice\"", "\"staff\":\"eve\"", 1);
    assert!(wrong(&unknown, &as_it_is).contains("entry 1 is signed by eve"));
    let keys = text.replacen("\"os_user\"", "\"os-user\"", 1);
    assert!(wrong(&keys, &as_it_is).contains("line 1: this is no row"));

    let filtered = |staff: &str| Filter { staff: Some(staff.to_owned()), ..Filter::default() };
    let other_filter = wrong(&text, &|other| (other.filter, other.filtered) = (filtered("bob"), true));
    assert!(other_filter.contains("line 1: entry 1 is none that the filter lets through"), "{other_filter}");
    assert!(
        wrong(&text, &|other| other.unsigned = 0).contains("it says 0 unsigned entries, and there are 1")
    );
    let short: String = text.split_inclusive('\n').take(3).collect();
    assert!(wrong(&short, &as_it_is).contains("and there are 3"));
    for (change, said) in [
        ((|other| other.left_out = 1) as fn(&mut Manifest), "do not make up the range"),
        (|other| (other.entries, other.left_out) = (1, other.entries - 1), "names no filter"),
        (|other| other.filtered = true, "whether it was filtered"),
        (|other| other.range.first.seq = 0, "before the first entry"),
        (|other| other.range.last.seq = 0, "ends before it begins"),
        (|other| other.unsigned = other.entries + 1, "more unsigned"),
        (|other| (other.filter.limit, other.filtered) = (Some(1), true), "than its limit"),
    ] {
        let found = wrong(&text, &change);
        assert!(found.contains("contradicts itself") && found.contains(said), "{found}");
    }
    assert!(wrong(&text, &|other| other.v = 2).contains("format version 2"));
    assert!(wrong(&text, &|other| other.kind = "backup".into()).contains("no manifest of an export"));
}

#[test]
fn only_who_read_the_log_then_vouches_for_an_export() {
    let (_office, alice) = office();
    let (_file, manifest) = exported(&alice, Format::Csv, &Filter::default());
    let (other_office, olga) = office();
    enrol(&olga, "bob", BOB, Role::Clerk, &[]);
    enrol(&olga, "carol", CAROL, Role::Auditor, &[]);
    let unlock = |name: &str, text: &str| other_office.open().unlock(name, &passphrase(text)).unwrap();
    let (bob, carol) = (unlock("bob", BOB), unlock("carol", CAROL));
    let (file, hers) = exported(&carol, Format::Csv, &Filter::default());
    assert_eq!(verdict(&file, &hers).unwrap().by, "carol.1");

    let signed_by = |by: &Session, change: &dyn Fn(&mut Manifest)| {
        let mut other = Vouched::read(&hers).unwrap().manifest().clone();
        change(&mut other);
        Vouched::read(&other.sign(by.signing_key()).unwrap()).unwrap_err()
    };
    let by = |name: &'static str| move |other: &mut Manifest| other.by = name.to_owned();
    for name in ["bob.1", "eve.1", "carol.2", "recovery.1"] {
        assert!(matches!(signed_by(&bob, &by(name)), VouchedError::Signer { .. }), "{name}");
    }
    assert!(matches!(signed_by(&bob, &by("carol.1")), VouchedError::Manifest(_)), "not her key");
    let own = Vouched::read(&manifest).unwrap().manifest().clone();
    let store = own.store;
    assert!(matches!(signed_by(&carol, &|other| other.store = store), VouchedError::Store { .. }));
    let cut = |other: &mut Manifest| {
        let kept = other.roster_text.trim_end().rfind('\n').unwrap() + 1;
        other.roster_text.truncate(kept);
    };
    assert!(matches!(
        signed_by(&olga, &|other| {
            cut(other);
            other.by = "alice.1".into()
        }),
        VouchedError::RosterEnd
    ));
    let torn = |other: &mut Manifest| other.roster_text.push_str("{\"v\":1");
    assert!(matches!(signed_by(&carol, &torn), VouchedError::Roster(_)));
    let forged =
        |other: &mut Manifest| other.roster_text = other.roster_text.replace("\"auditor\"", "\"owner\"");
    assert!(matches!(signed_by(&carol, &forged), VouchedError::Roster(_)));
}

#[test]
fn a_manifest_is_a_witness_against_its_own_store_alone() {
    let (office, alice) = office();
    let kept = tempfile::tempdir().unwrap();
    put_back(&office.root, kept.path());
    enrol(&alice, "carol", CAROL, Role::Auditor, &[]);
    let (_, manifest) = exported(&alice, Format::Jsonl, &Filter::default());
    let vouched = Vouched::read(&manifest).unwrap();
    let head = office.entries().last().map(|opened| opened.hash);
    assert_eq!(vouched.witnesses().last().map(|mark| mark.hash), head);
    assert!(vouched.fits(office.open().roster()).is_ok());
    enrol(&alice, "bob", BOB, Role::Clerk, &[]);
    assert!(vouched.fits(office.open().roster()).is_ok(), "the roster went on");
    let (other, _) = self::office();
    assert!(matches!(vouched.fits(other.open().roster()), Err(VouchedError::OtherStore { .. })));
    put_back(kept.path(), &office.root);
    assert!(matches!(vouched.fits(office.open().roster()), Err(VouchedError::OlderStore)));
    let again = office.open().unlock("alice", &passphrase(crate::office::ALICE));
    // The seen note notices the older store too; without one, the manifest alone does.
    assert!(again.is_err());
    std::fs::remove_dir_all(&office.surroundings.state).unwrap();
    enrol(&office.unlocked(), "eve", BOB, Role::Clerk, &[]);
    assert!(matches!(vouched.fits(office.open().roster()), Err(VouchedError::OtherRoster)));
}

/// A file on a disk that is full after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_export_ends_where_the_disk_is_full_where_it_is_asked_to_and_where_the_log_is_damaged() {
    let (office, alice) = office();
    let all = Filter::default();
    let on = |_: &'static str, _, _| ControlFlow::Continue(());
    let full = write(&alice, Format::Csv, &all, Full(1_000), &on).unwrap_err();
    assert!(matches!(full, ExportError::Write(error) if error.kind() == io::ErrorKind::StorageFull));
    let stopped = write(&alice, Format::Csv, &all, io::sink(), &|_, _, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(ExportError::Stopped)));
    let month = &office.months()[0];
    let text = std::fs::read_to_string(month).unwrap();
    let without: String = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(place, _)| *place != 2)
        .map(|(_, line)| line)
        .collect();
    std::fs::write(month, without).unwrap();
    let damaged = write(&alice, Format::Csv, &all, io::sink(), &on).unwrap_err();
    assert!(matches!(damaged, ExportError::Read(ReadError::Fault { .. })), "{damaged:?}");
}

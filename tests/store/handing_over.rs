//! What leaves a group: customers for another office, and all of one customer.

use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, MAIN_DB};
use vault::access_log::{Action, Event, Outcome};
use vault::group::bulk::Options;
use vault::group::code::CustomerCode;
use vault::group::export::ExportError;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::intake::Opened;
use vault::group::lookup;
use vault::group::query::Query;
use vault::group::view::Reveal;
use vault::group::{Group, database};
use vault::sealed::age_file::SealingStream;
use vault::sealed::identity::{Identity, Recipient};
use vault::sealed::lock::Mode;
use vault::store::Session;

use super::office::Office;
use super::retail;

/// A group whose database was filled by hand: of one customer it has all that a table can hold.
fn filled(session: &Session, fill: impl Fn(&Connection, &str)) -> (Group, CustomerCode) {
    let mut customer = None;
    let made =
        session.create_group(&"filled".parse().unwrap(), |prefix| -> Result<_, Box<dyn std::error::Error>> {
            let code = CustomerCode::random(prefix.parse()?, &*session.surroundings().random)?;
            let mut image = database::new_image(&Fields::standard(), prefix.parse()?, &Identity::generate())?;
            // In memory there is no write-ahead log.
            image[18..20].fill(1);
            let mut connection = Connection::open_in_memory()?;
            connection.deserialize_read_exact(MAIN_DB, &image[..], image.len(), false)?;
            fill(&connection, &code.to_string());
            let mut image = connection.serialize(MAIN_DB)?.to_vec();
            image[18..20].fill(2);
            customer = Some(code);
            Ok(image.into())
        });
    made.unwrap();
    (Group::open(session.access("filled").unwrap(), Mode::Shared).unwrap(), customer.unwrap())
}

#[test]
fn a_disclosure_has_documents_hold_review_and_every_old_value() {
    let (_office, session) = retail::office();
    let (group, code) = filled(&session, |connection, code| {
        let hash = "ab".repeat(32);
        connection
            .execute_batch(&format!(
                r#"INSERT INTO customer VALUES(7, '{code}', 3, 60, 'bea', 180,
                       '{{"name":"Ana","iban":"DE89370400440532013000","shoe_size":"41"}}');
                   INSERT INTO history VALUES(7, 2, 120, 'bea', '{{"name":"Anna","shoe_size":"40"}}');
                   INSERT INTO history VALUES(7, 3, 180, 'olga', '{{"iban":null,"name":"An"}}');
                   INSERT INTO document VALUES(1, 7, 'passport.pdf', 'application/pdf', 500, '{hash}',
                       '{hash}.age', '{hash}', 240, 'bea');
                   INSERT INTO document VALUES(2, 8, 'another.pdf', 'application/pdf', 9, '{hash}',
                       '{hash}.age', '{hash}', 240, 'bea');
                   INSERT INTO hold VALUES(7, 300, 'olga', 'in court');
                   INSERT INTO review VALUES(7, 360, 'bea');"#
            ))
            .unwrap();
    });
    let unlogged = group.disclose(code, "asked for").unwrap();
    let (told, _) = session.log().release(unlogged).unwrap();
    let values: Vec<_> =
        told.values.iter().map(|(about, value)| (about.field.as_str(), value.expose(), about.gone)).collect();
    assert_eq!(
        values,
        [("name", "Ana", false), ("iban", "DE89370400440532013000", false), ("shoe_size", "41", true)]
    );
    let changes: Vec<_> = told
        .changes
        .iter()
        .flat_map(|changed| {
            changed.values.iter().map(|(about, old, new)| {
                let text = |value: &Option<vault::group::value::Value>| {
                    value.as_ref().map(|value| value.expose().to_owned())
                };
                (changed.staff.as_str(), about.field.as_str(), text(old), text(new))
            })
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        changes,
        [
            ("bea", "name", text("Anna"), text("An")),
            ("bea", "shoe_size", text("40"), text("41")),
            ("olga", "name", text("An"), text("Ana")),
            ("olga", "iban", None, text("DE89370400440532013000")),
        ]
    );
    let documents: Vec<_> =
        told.documents.iter().map(|document| (document.name.as_str(), document.bytes)).collect();
    assert_eq!(documents, [("passport.pdf", 500)]);
    let hold = told.hold.unwrap();
    assert_eq!((hold.at.as_second(), hold.staff, hold.reason), (300, "olga".to_owned(), text("in court")));
    let review = told.review.unwrap();
    assert_eq!((review.at.as_second(), review.staff, review.reason), (360, "bea".to_owned(), None));
}

/// Seals an export of `codes` into a file of the office's folder.
fn export(office: &Office, session: &Session, codes: &[CustomerCode], to: &Recipient) -> std::path::PathBuf {
    let group = Group::open(session.access("retail").unwrap(), Mode::Shared).unwrap();
    let begun = Event::new(Action::Export, Outcome::Success);
    let (export, _) = session.log().release(group.export(codes, &begun).unwrap()).unwrap();
    let path = office.folder.path().join("out.age");
    let file = std::fs::File::create(&path).unwrap();
    let mut sealing = SealingStream::begin(std::slice::from_ref(to), file).unwrap();
    export.write(&mut sealing, &|_, _| ControlFlow::Continue(())).unwrap();
    sealing.finish().unwrap();
    path
}

#[test]
fn what_one_office_exports_another_imports_and_the_customers_are_alike() {
    let (office, session) = retail::office();
    let given = [("name", "Ana"), ("iban", "DE89370400440532013000"), ("notes", "two\nlines\t\"x\"")];
    let (ana, _) = retail::add(&session, &given);
    // More than are read at once.
    let rows: Vec<String> = (0..700).map(|number| format!("{{\"name\":\"Number {number}\"}}\n")).collect();
    let rows = rows.concat();
    let group = retail::group(&session);
    let fields = group.fields().clone();
    let source = Source::open(Box::new(rows.as_bytes()), &fields, &Mapping::default()).unwrap();
    let surroundings = session.surroundings();
    let (random, now) = (&*surroundings.random, surroundings.clock.now());
    group.import(source, Options::default(), session.log(), random, now, &|_, _| ()).unwrap();
    let (_other, theirs) = retail::office();
    for (codes, expected) in [(&[ana, ana][..], 1), (&[], 701)] {
        let group = retail::group(&theirs);
        let keys = group.intake_keys().unwrap();
        let (recipient, _) = theirs.log().release(group.intake().unwrap()).unwrap();
        let path = export(&office, &session, codes, &recipient);
        let opened = Opened::open(Arc::from(theirs.surroundings().disk.open(&path).unwrap()), &keys).unwrap();
        let fields = group.fields().clone();
        let mapping = Mapping { ignore: vec!["customer_code".to_owned()], ..Mapping::default() };
        let source = Source::open(Box::new(opened), &fields, &mapping).unwrap();
        let options =
            Options { sealed: true, dry_run: codes.is_empty(), allow_duplicate: true, ..Options::default() };
        let surroundings = theirs.surroundings();
        let (random, now) = (&*surroundings.random, surroundings.clock.now());
        let imported = group.import(source, options, theirs.log(), random, now, &|_, _| ()).unwrap();
        assert_eq!((imported.imported, imported.skipped), (expected, Vec::new()));
    }
    let query = Query::parse("ana").unwrap();
    let options =
        lookup::Options { exact: true, reach: lookup::Reach::Words, limit: 2, reveal: Reveal::none() };
    let hits = retail::group(&theirs).find(&query, &options).unwrap();
    let (answer, _) = theirs.log().release(lookup::answer(vec![hits], 2, &Reveal::none(), None)).unwrap();
    let [card] = answer.cards.as_slice() else { panic!("{} of that name", answer.cards.len()) };
    assert_ne!(card.code, ana);
    assert_eq!(card.view.get("notes").unwrap().text(), given[2].1);
}

#[test]
fn a_code_that_is_nobodys_and_a_watcher_who_stops_end_an_export() {
    let (_office, session) = retail::office();
    let (ana, _) = retail::add(&session, &[("name", "Ana")]);
    let nobody = CustomerCode::random(ana.prefix(), &*session.surroundings().random).unwrap();
    let group = retail::group(&session);
    let begun = Event::new(Action::Export, Outcome::Success);
    assert!(
        matches!(group.export(&[ana, nobody], &begun), Err(ExportError::NoSuchCustomer(none)) if none.code == nobody)
    );
    let (export, _) = session.log().release(group.export(&[], &begun).unwrap()).unwrap();
    let stopped = export.write(&mut Vec::new(), &|_, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(ExportError::Stopped)));
}

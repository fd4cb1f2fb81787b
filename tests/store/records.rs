//! Customers in a group: added, found, edited, imported, and every step of it in the access log.

use std::fmt::Write as _;
use std::io::Cursor;

use vault::access_log::{Action, Outcome};
use vault::group::bulk::{BulkError, Imported, Options as ImportOptions};
use vault::group::change::{ChangeError, Edit};
use vault::group::code::CustomerCode;
use vault::group::field::Fields;
use vault::group::import::{Mapping, Source};
use vault::group::lookup::{self, Answer, Options};
use vault::group::query::Query;
use vault::group::record::Record;
use vault::group::view::Reveal;
use vault::group::{DatabaseError, Group, database};
use vault::sealed::identity::Identity;
use vault::sealed::lock::Mode;
use vault::store::{NewGroupError, Session};

use super::office::Office;

#[derive(Debug)]
struct CreateError;

impl From<NewGroupError> for CreateError {
    fn from(_: NewGroupError) -> Self {
        Self
    }
}

impl From<DatabaseError> for CreateError {
    fn from(_: DatabaseError) -> Self {
        Self
    }
}

/// A store with one group, and its owner.
fn shop() -> (Office, Session) {
    let office = Office::founded();
    let session = office.unlocked();
    session
        .create_group::<CreateError>(&"retail".parse().unwrap(), |prefix| {
            Ok(database::new_image(&Fields::standard(), prefix.parse().unwrap(), &Identity::generate())?)
        })
        .unwrap();
    (office, session)
}

fn open(session: &Session, mode: Mode) -> Group {
    Group::open(session.access("retail").unwrap(), mode).unwrap()
}

fn add(session: &Session, given: &[(&str, &str)]) -> Result<CustomerCode, ChangeError> {
    let mut group = open(session, Mode::Exclusive);
    let record = Record::check(group.fields(), given.iter().copied()).unwrap();
    let surroundings = session.surroundings();
    group.add(&record, false, session.log(), &*surroundings.random, surroundings.clock.now())
}

#[allow(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn edit(session: &Session, code: CustomerCode, edit: Edit<'_>) -> Result<Vec<String>, ChangeError> {
    let now = session.surroundings().clock.now();
    let edited = open(session, Mode::Exclusive).edit(code, &edit, false, session.log(), now)?;
    Ok(edited.fields)
}

fn look_up(session: &Session, query: &str, options: &Options) -> Answer {
    let group = open(session, Mode::Shared);
    let found = group.find(&Query::parse(query).unwrap(), options).unwrap();
    let unlogged = lookup::answer(vec![found], options.limit, &options.reveal, None);
    session.log().release(unlogged).unwrap().0
}

fn plain() -> Options {
    Options { exact: false, reach: lookup::Reach::Words, limit: 20, reveal: Reveal::none() }
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.cards.iter().map(|card| card.view.get("name").unwrap().text()).collect()
}

fn import(session: &Session, csv: &str, options: ImportOptions) -> Result<Imported, BulkError> {
    let group = open(session, Mode::Exclusive);
    let fields = group.fields().clone();
    let source = Source::open(Box::new(Cursor::new(csv.to_owned())), &fields, &Mapping::default()).unwrap();
    let surroundings = session.surroundings();
    let (random, now) = (&*surroundings.random, surroundings.clock.now());
    group.import(source, options, session.log(), random, now, &|_, _| ())
}

#[test]
fn a_customer_is_found_by_code_and_by_words_in_any_order_case_and_accent() {
    let (_office, session) = shop();
    let code =
        add(&session, &[("name", "Åsa Lindqvist"), ("city", "Luleå"), ("phone", "0920-12 34 56")]).unwrap();
    add(&session, &[("name", "Bo Lind"), ("city", "Oslo")]).unwrap();
    for query in
        [&code.to_string() as &str, "LINDQVIST asa", "lulea lindq", "asa luleå", "092012", "0920 123456"]
    {
        assert_eq!(names(&look_up(&session, query, &plain())), ["Åsa Lindqvist"], "{query}");
    }
    assert_eq!(names(&look_up(&session, "lind", &plain())), ["Bo Lind", "Åsa Lindqvist"]);
    let exact = Options { exact: true, ..plain() };
    assert_eq!(names(&look_up(&session, "lind", &exact)), ["Bo Lind"]);
    assert!(names(&look_up(&session, "lulea", &exact)).is_empty());
    assert_eq!(names(&look_up(&session, "luleå", &exact)), ["Åsa Lindqvist"]);
    assert!(look_up(&session, "nobody", &plain()).cards.is_empty());
    let few = look_up(&session, "lind", &Options { limit: 1, ..plain() });
    assert_eq!((few.cards.len(), few.more), (1, true));
}

#[test]
fn an_edit_moves_the_search_words_and_leaves_the_old_values_in_the_history() {
    let (office, session) = shop();
    let code =
        add(&session, &[("name", "Ana Trujillo"), ("city", "Madrid"), ("card", "4111111111111111")]).unwrap();
    office.clock.set("2026-11-23T09:00:00Z");
    let changed =
        edit(&session, code, Edit { set: vec![("city", "Sevilla")], unset: vec!["card"], seen: Some(1) })
            .unwrap();
    assert_eq!(changed, ["city", "card"]);
    assert!(look_up(&session, "ana madrid", &plain()).cards.is_empty());
    assert_eq!(look_up(&session, "ana sevilla", &plain()).cards[0].version, 2);
    let stale = edit(&session, code, Edit { set: vec![("city", "Cadiz")], unset: vec![], seen: Some(1) });
    assert!(matches!(stale, Err(ChangeError::ChangedMeanwhile(other)) if other == code));
    assert!(
        edit(&session, code, Edit { set: vec![("city", "Sevilla")], ..Edit::default() }).unwrap().is_empty()
    );
    edit(&session, code, Edit { set: vec![("email", "ana@example.org")], ..Edit::default() }).unwrap();

    let group = open(&session, Mode::Shared);
    let reveal = Reveal::of(group.fields(), ["city"]).unwrap();
    let unlogged = group.history(code, &reveal, Some("a look back")).unwrap();
    let (versions, _) = session.log().release(unlogged).unwrap();
    let told: Vec<Vec<String>> = versions
        .iter()
        .map(|version| {
            let text = |shown: &Option<vault::group::view::Shown>| {
                shown.as_ref().map_or("-".to_owned(), |shown| shown.text().to_owned())
            };
            let all = version.changes.iter();
            all.map(|change| format!("{}: {} > {}", change.field.name, text(&change.old), text(&change.new)))
                .collect()
        })
        .collect();
    assert_eq!(
        told,
        [
            vec![],
            vec!["city: Madrid > Sevilla".to_owned(), "card: •••• > -".to_owned()],
            vec!["email: - > ••••".to_owned()],
        ]
    );
    assert_eq!(versions[1].at.to_string(), "2026-11-23T09:00:00Z");
    assert_eq!(versions[1].staff, "alice");
}

#[test]
fn a_second_customer_with_the_same_address_is_refused_and_the_refusal_is_logged() {
    let (office, session) = shop();
    let first = add(&session, &[("name", "Ana"), ("email", "ana@example.org")]).unwrap();
    let second = add(&session, &[("name", "Another"), ("email", "ANA@example.org")]);
    let Err(ChangeError::Duplicate { field, code }) = second else { panic!("it was added") };
    assert_eq!((field.as_str(), code), ("email", first));
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome), (Action::Add, Outcome::Denied));
    // Whoever edits the one that has it already is not told off.
    edit(&session, first, Edit { set: vec![("city", "Bern")], ..Edit::default() }).unwrap();
    let other = add(&session, &[("name", "Other")]).unwrap();
    let taken = edit(&session, other, Edit { set: vec![("email", "ana@example.org")], ..Edit::default() });
    assert!(matches!(taken, Err(ChangeError::Duplicate { .. })));
}

#[test]
fn every_read_and_every_change_is_in_the_access_log_by_code_and_never_by_value() {
    let (office, session) = shop();
    let code = add(&session, &[("name", "Ana Canary"), ("card", "4111111111111111")]).unwrap();
    let reveal = Reveal::of(&Fields::standard(), ["card"]).unwrap();
    let card = look_up(&session, &code.to_string(), &Options { reveal, ..plain() });
    assert_eq!(card.cards[0].view.get("card").unwrap().text(), "4111111111111111");
    look_up(&session, "canary", &plain());
    let entries = office.entries();
    let told: Vec<String> = entries
        .iter()
        .map(|opened| {
            format!("{:?} {:?} {:?}", opened.entry.action, opened.entry.customer, opened.entry.fields)
        })
        .collect();
    let of_code = format!("{:?}", Some(code.to_string()));
    assert_eq!(told[told.len() - 3], format!("Add {of_code} [\"name\", \"card\"]"));
    assert_eq!(told[told.len() - 2], format!("Lookup {of_code} [\"card\"]"));
    assert_eq!(told[told.len() - 1], format!("Lookup {of_code} []"));
    let all = serde_json::to_string(&entries.iter().map(|opened| &opened.entry).collect::<Vec<_>>()).unwrap();
    // More digits of the card than any hash of these entries has by chance.
    assert!(!all.to_lowercase().contains("canary") && !all.contains("41111111"));
    // The record names its entry, and the entry its record.
    let added = &entries[entries.len() - 3];
    assert_eq!(added.entry.detail.as_deref(), Some("record 1"));
    assert!(open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).is_ok());
}

#[test]
fn an_import_is_all_or_nothing_and_lists_every_bad_row() {
    let (office, session) = shop();
    add(&session, &[("name", "Known"), ("email", "known@example.org")]).unwrap();
    let bad = "name,email,birth_date\nAna,ana@example.org,1984-01-09\nBo,bo@example.org,9.1.84\n\
               Cy,ana@example.org,\nDi,known@example.org,\n,e@example.org,\n";
    let Err(BulkError::BadRows(rows)) = import(&session, bad, ImportOptions::default()) else {
        panic!("imported")
    };
    let told: Vec<String> = rows.iter().map(|row| format!("{} {}", row.line, row.field)).collect();
    assert_eq!(told, ["3 birth_date", "4 email", "5 email", "6 name"]);
    assert_eq!(rows[1].reason, "is the same as on line 2");
    assert!(look_up(&session, "ana", &plain()).cards.is_empty());

    let dry =
        import(&session, bad, ImportOptions { dry_run: true, skip_bad: true, ..Default::default() }).unwrap();
    assert_eq!((dry.imported, dry.skipped.len()), (1, 4));
    assert!(look_up(&session, "ana", &plain()).cards.is_empty());

    let entries = office.entries().len();
    let some = import(&session, bad, ImportOptions { skip_bad: true, ..Default::default() }).unwrap();
    assert_eq!((some.imported, some.skipped.len()), (1, 4));
    assert_eq!(names(&look_up(&session, "ana", &plain())), ["Ana"]);
    // The entry before it is about the customer who was there already.
    let entry = &office.entries()[entries + 1].entry;
    assert_eq!(
        (entry.action, entry.count, entry.detail.as_deref()),
        (Action::Import, Some(1), Some("record 2"))
    );
    // What was imported can be edited, doubled and verified like the rest.
    assert!(matches!(
        add(&session, &[("name", "X"), ("email", "ana@example.org")]),
        Err(ChangeError::Duplicate { .. })
    ));
    open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap();
}

#[test]
fn a_large_import_becomes_a_new_base_and_is_as_good_as_single_adds() {
    let (_office, session) = shop();
    let mut csv = String::from("name,email,city,notes\n");
    for row in 0..12_000 {
        let notes = "n".repeat(200);
        writeln!(csv, "Customer {row},c{row}@example.org,City {},{notes}", row % 100).unwrap();
    }
    let done = import(&session, &csv, ImportOptions::default()).unwrap();
    assert_eq!(done.imported, 12_000);
    let group = open(&session, Mode::Exclusive);
    let verified = group.verify(session.log(), &|_, _| ()).unwrap();
    assert_eq!((verified.customers, verified.records), (12_000, 0));
    drop(group);
    assert_eq!(names(&look_up(&session, "customer 11999", &plain())), ["Customer 11999"]);
    assert!(matches!(
        add(&session, &[("name", "X"), ("email", "c5@example.org")]),
        Err(ChangeError::Duplicate { .. })
    ));
    add(&session, &[("name", "Last One")]).unwrap();
    assert_eq!(open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers, 12_001);
}

#[test]
fn new_fields_make_the_search_words_anew() {
    let (_office, session) = shop();
    add(&session, &[("name", "Ana"), ("country", "Chile")]).unwrap();
    assert!(look_up(&session, "chile", &plain()).cards.is_empty());
    let text = r#"{"fields":[{"name":"name","kind":"name","required":true},
        {"name":"country","kind":"country","searchable":true},{"name":"loyalty","kind":"text"}]}"#;
    let group = open(&session, Mode::Exclusive);
    let now = session.surroundings().clock.now();
    group.set_fields(Fields::from_json(text).unwrap(), session.log(), now, &|_, _| ()).unwrap();
    assert_eq!(names(&look_up(&session, "chile", &plain())), ["Ana"]);
    add(&session, &[("name", "Bo"), ("loyalty", "gold")]).unwrap();
    assert_eq!(names(&look_up(&session, "gold", &plain())), ["Bo"]);
    open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap();
}

/// Two people were unlocked when the owner created another group; the later record names the longer
/// roster, and the other person's session must believe it, and never name the shorter one again.
#[test]
fn a_roster_that_grew_while_somebody_was_unlocked_is_believed() {
    let (office, early) = shop();
    let late = office.unlocked();
    late.create_group::<CreateError>(&"clinic".parse().unwrap(), |prefix| {
        Ok(database::new_image(&Fields::standard(), prefix.parse().unwrap(), &Identity::generate())?)
    })
    .unwrap();
    add(&late, &[("name", "From the later session")]).unwrap();
    add(&early, &[("name", "From the earlier session")]).unwrap();
    let fresh = office.unlocked();
    assert_eq!(look_up(&fresh, "session", &plain()).cards.len(), 2);
}

#[test]
fn folds_happen_by_themselves_and_lose_nothing() {
    let (office, session) = shop();
    let mut folds = 0;
    for number in 0..70 {
        let mut group = open(&session, Mode::Exclusive);
        let name = format!("Customer {number}");
        let record = Record::check(group.fields(), [("name", name.as_str())]).unwrap();
        let surroundings = session.surroundings();
        group.add(&record, false, session.log(), &*surroundings.random, surroundings.clock.now()).unwrap();
        folds += u32::from(group.tidy(session.log()).unwrap().is_some());
    }
    assert_eq!(folds, 2);
    assert_eq!(look_up(&session, "customer", &Options { limit: 100, ..plain() }).cards.len(), 70);
    open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap();
    // The entry of a fold says which entry each folded record had.
    let fold = office.entries().into_iter().find(|opened| opened.entry.action == Action::Checkpoint).unwrap();
    let detail = fold.entry.detail.unwrap();
    assert!(detail.starts_with("fold, generation 2; records 1="), "{detail}");
}

#[test]
fn an_edit_that_changes_nothing_is_logged_for_what_it_tells() {
    let (office, session) = shop();
    let code = add(&session, &[("name", "Ana Trujillo"), ("city", "Madrid")]).unwrap();
    let guess = Edit { set: vec![("city", "Madrid")], unset: vec!["phone"], seen: None };
    assert!(edit(&session, code, guess).unwrap().is_empty());
    let last = office.entries().pop().unwrap().entry;
    assert_eq!((last.action, last.outcome), (Action::Edit, Outcome::Success));
    assert_eq!(
        (last.customer, last.fields),
        (Some(code.to_string()), vec!["city".to_owned(), "phone".to_owned()])
    );
    assert_eq!(last.detail.as_deref(), Some("nothing changed"));
}

#[test]
fn whom_an_import_found_to_be_there_is_logged_before_it_is_told() {
    let (office, session) = shop();
    let code = add(&session, &[("name", "Ana Trujillo"), ("email", "ana@example.org")]).unwrap();
    let probe = "name,email\nX,ana@example.org\n";
    let dry = ImportOptions { dry_run: true, skip_bad: true, ..ImportOptions::default() };
    for options in [dry, ImportOptions::default()] {
        let before = office.entries().len();
        let _ = import(&session, probe, options);
        let entries = office.entries();
        let last = &entries.last().unwrap().entry;
        assert_eq!(entries.len(), before + 1);
        assert_eq!((last.action, last.outcome), (Action::Import, Outcome::Denied));
        assert_eq!((last.customer.as_deref(), last.count), (Some(code.to_string().as_str()), Some(1)));
        assert_eq!(last.detail.as_deref(), Some("duplicate"));
    }
}

#[test]
fn the_order_of_fields_decides_whose_name_tells_two_people_apart() {
    let (_office, session) = shop();
    let order = |one: &str, other: &str| {
        let text = format!(
            r#"{{"fields":[{{"name":"{one}","kind":"name"}},{{"name":"{other}","kind":"name"}},
            {{"name":"birth_date","kind":"date"}}]}}"#
        );
        let group = open(&session, Mode::Exclusive);
        let now = session.surroundings().clock.now();
        group.set_fields(Fields::from_json(&text).unwrap(), session.log(), now, &|_, _| ()).unwrap();
    };
    order("name", "born_as");
    add(&session, &[("name", "Ana"), ("born_as", "Zed"), ("birth_date", "1984-01-09")]).unwrap();
    order("born_as", "name");
    let same = add(&session, &[("born_as", "Zed"), ("birth_date", "1984-01-09")]);
    assert!(matches!(same, Err(ChangeError::Duplicate { .. })));
}

/// A log that could not be folded for thousands of records once had an entry too long for its line,
/// and then could never be folded again.
#[test]
fn a_log_of_thousands_of_records_can_still_be_checkpointed() {
    let (office, session) = shop();
    let mut group = open(&session, Mode::Exclusive);
    let surroundings = session.surroundings();
    for number in 0..2_100 {
        let name = format!("N{number}");
        let record = Record::check(group.fields(), [("name", name.as_str())]).unwrap();
        group.add(&record, false, session.log(), &*surroundings.random, surroundings.clock.now()).unwrap();
    }
    let before = office.entries().len();
    group.checkpoint(session.log(), &|_, _| ()).unwrap();
    let parts: Vec<String> =
        office.entries().split_off(before).into_iter().filter_map(|e| e.entry.detail).collect();
    assert_eq!(parts.len(), 3);
    assert!(parts[0].starts_with("checkpoint, generation 2, part 1 of 3; records 1="), "{}", &parts[0][..40]);
    assert!(
        parts[2].starts_with("checkpoint, generation 2, part 3 of 3; records 2001="),
        "{}",
        &parts[2][..40]
    );
    assert_eq!(open(&session, Mode::Shared).verify(session.log(), &|_, _| ()).unwrap().customers, 2_100);
}

#[test]
fn a_value_guessed_beside_a_real_change_is_told_in_the_log() {
    let (office, session) = shop();
    let code = add(&session, &[("name", "Ana"), ("city", "Bern")]).unwrap();
    edit(&session, code, Edit { set: vec![("city", "Bern"), ("country", "Chile")], ..Edit::default() })
        .unwrap();
    let entry = office.entries().pop().unwrap().entry;
    assert_eq!(entry.fields, ["country"]);
    assert_eq!(entry.detail.as_deref(), Some("record 2; unchanged city"));
}

//! What a report makes of entries.

use jiff::tz::TimeZone;

use super::*;
use crate::access_log::entry::Entry;
use crate::sealed::signed::Digest;

/// An entry as `Fact::of` gets it: the rest is filled in by each test.
fn entry(seq: u64, time: &str, staff: &str, action: Action) -> Entry {
    Entry {
        v: 1,
        seq,
        time: time.to_owned(),
        event_id: String::new(),
        session_id: String::new(),
        staff: staff.to_owned(),
        role: Role::Clerk,
        action,
        group: None,
        customer: None,
        fields: Vec::new(),
        reason: None,
        outcome: Outcome::Success,
        detail: None,
        count: None,
        host: "front-desk".to_owned(),
        os_user: "office".to_owned(),
        version: "1".to_owned(),
        prev: Digest::ZERO,
        signer: Some(format!("{staff}.1")),
        unsigned: false,
    }
}

fn lookup(seq: u64, time: &str, staff: &str, code: &str) -> Entry {
    let mut entry = entry(seq, time, staff, Action::Lookup);
    entry.customer = Some(code.to_owned());
    entry.count = Some(1);
    entry
}

fn report_in(zone: TimeZone, filter: &Filter, entries: Vec<Entry>) -> Report {
    // A shop that opens in the evening and closes after midnight.
    let is_outside = |at: &jiff::Zoned| (2..18).contains(&at.hour());
    let calendar = Calendar { zone, is_outside: Some(&is_outside) };
    let mut report = Report::about(filter);
    for entry in entries.into_iter().filter(|entry| filter.lets_through(entry)) {
        report.take(Fact::of(entry, &calendar));
    }
    report
}

fn report(filter: &Filter, entries: Vec<Entry>) -> Report {
    report_in(TimeZone::UTC, filter, entries)
}

fn spans(outside: &Outside) -> Vec<String> {
    outside
        .spans
        .iter()
        .map(|span| format!("{}-{}", span.from.strftime("%H:%M"), span.to.strftime("%H:%M")))
        .collect()
}

#[test]
fn days_and_hours_are_those_of_the_office_not_of_greenwich() {
    let entries =
        || vec![lookup(1, "2026-11-23T23:30:00Z", "bea", "A"), lookup(2, "2026-11-24T00:20:00Z", "bea", "A")];
    let at_home = report(&Filter::default(), entries());
    let dates: Vec<i8> = at_home.person_days().map(|(_, date, _)| date.day()).collect();
    assert_eq!((dates, at_home.outside().len()), (vec![23, 24], 0), "a night on which the shop is open");
    let east = report_in(TimeZone::fixed(jiff::tz::offset(9)), &Filter::default(), entries());
    let outside = east.outside();
    assert_eq!(outside.len(), 1);
    assert_eq!((outside[0].1.day(), spans(outside[0].2)), (24, vec!["08:30-09:20".to_owned()]));
}

#[test]
fn a_day_outside_is_told_in_stretches_from_when_to_when() {
    let at = |seq, time: &str| lookup(seq, &format!("2026-11-24T{time}:00Z"), "bea", "A");
    let mut edit = entry(6, "2026-11-24T13:10:00Z", "bea", Action::Edit);
    edit.fields = vec!["city".to_owned()];
    let mut reveal = at(7, "13:20");
    reveal.fields = vec!["iban".to_owned()];
    let mut denied = entry(8, "2026-11-24T13:30:00Z", "bea", Action::Group);
    denied.outcome = Outcome::Denied;
    // Entry 5 was written while the clock was wrong.
    let entries = vec![
        at(1, "06:50"),
        at(2, "07:30"),
        at(3, "13:00"),
        at(4, "20:00"),
        at(5, "06:40"),
        edit,
        reveal,
        denied,
    ];
    let report = report(&Filter::default(), entries);
    let outside = report.outside();
    let (_, _, day) = outside[0];
    assert_eq!(spans(day), ["06:40-07:30", "13:00-13:30"]);
    assert_eq!((day.entries, day.shown, day.changes, day.reveals, day.refused), (7, 5, 1, 1, 1));
    assert_eq!(report.people["bea"].totals.outside, 7);
}

#[test]
fn records_shown_are_what_answers_showed() {
    let mut search = entry(1, "2026-11-24T19:00:00Z", "bea", Action::Search);
    search.customer = Some("A B C".to_owned());
    search.count = Some(3);
    let mut none = entry(2, "2026-11-24T19:01:00Z", "bea", Action::Search);
    none.count = Some(0);
    let mut history = entry(3, "2026-11-24T19:02:00Z", "bea", Action::History);
    history.customer = Some("A".to_owned());
    history.count = Some(40);
    let mut denied = lookup(4, "2026-11-24T19:03:00Z", "bea", "D");
    denied.outcome = Outcome::Denied;
    let mut export = entry(5, "2026-11-24T19:04:00Z", "bea", Action::Export);
    export.count = Some(91);
    let add = entry(6, "2026-11-24T19:05:00Z", "bea", Action::Add);
    let report = report(&Filter::default(), vec![search, none, history, denied, export, add]);
    let bea = &report.people["bea"];
    assert_eq!(bea.totals.shown, 3 + 1 + 91);
    assert_eq!(
        (bea.totals.searches, bea.totals.exports, bea.totals.denied, bea.totals.changes),
        (2, 1, 1, 1)
    );
    let (_, _, day) = report.person_days().next().unwrap();
    assert_eq!((day.shown, day.customers), (95, 3));
    assert_eq!((report.refused.total, report.exports.total, report.readings.total), (1, 1, 0));
}

#[test]
fn looks_at_one_customer_are_told_by_person_with_what_they_revealed_and_why() {
    let filter = Filter { customer: Some("A".to_owned()), ..Filter::default() };
    let mut entries = Vec::new();
    for seq in 1..=9 {
        let mut look = lookup(seq, &format!("2026-11-24T19:0{seq}:00Z"), "bea", "A");
        look.fields = vec!["iban".to_owned()];
        look.reason = Some(format!("reason {}", seq / 2));
        entries.push(look);
    }
    let mut list = entry(10, "2026-11-24T19:10:00Z", "ann", Action::Search);
    list.customer = Some("B A".to_owned());
    list.count = Some(2);
    entries.push(list);
    entries.push(lookup(11, "2026-11-24T19:11:00Z", "ann", "B"));
    let report = report(&filter, entries);
    let seen = report.of_customer.as_ref().unwrap();
    let (bea, ann) = (&seen["bea"], &seen["ann"]);
    assert_eq!((bea.opened, bea.listed, ann.opened, ann.listed), (9, 0, 0, 1));
    let (begin, end) = bea.ends.unwrap();
    assert_eq!((begin.seq, end.seq), (1, 9));
    assert_eq!(bea.revealed.most_first(), [("iban", 9)]);
    let quoted = [("reason 4".to_owned(), 2), ("reason 3".to_owned(), 2), ("reason 2".to_owned(), 2)];
    assert_eq!((bea.reasons.quoted(), bea.reasons.more()), (&quoted[..], 3));
    assert!(report.of_person.is_none());
}

#[test]
fn what_one_person_opened_is_told_by_customer_the_most_first() {
    let filter = Filter { staff: Some("bea".to_owned()), ..Filter::default() };
    let mut entries: Vec<Entry> = (1..=5)
        .map(|seq| lookup(seq, "2026-11-24T19:00:00Z", "bea", if seq < 4 { "B" } else { "A" }))
        .collect();
    entries.push(lookup(6, "2026-11-24T19:00:00Z", "ann", "C"));
    let report = report(&filter, entries);
    let opened = report.of_person.as_ref().unwrap();
    let codes: Vec<_> = opened.most_first().iter().map(|(code, seen)| (*code, seen.times())).collect();
    assert_eq!(codes, [("B", 3), ("A", 2)]);
}

#[test]
fn what_a_report_keeps_does_not_grow_with_the_log() {
    let filter = Filter { staff: Some("bea".to_owned()), ..Filter::default() };
    let mut report = Report::about(&filter);
    let calendar = Calendar { zone: TimeZone::UTC, is_outside: None };
    let begin: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for seq in 1..=30_000_u32 {
        let at = begin + jiff::SignedDuration::from_mins(i64::from(seq) * 10);
        let mut look = lookup(seq.into(), &at.to_string(), "bea", &format!("C{seq}"));
        look.reason = Some(format!("reason {seq}"));
        report.take(Fact::of(look, &calendar));
        let mut claim = entry(seq.into(), &at.to_string(), &format!("nobody-{seq}"), Action::Unlock);
        (claim.outcome, claim.unsigned) = (Outcome::Denied, true);
        report.take(Fact::of(claim, &calendar));
    }
    assert_eq!((report.taken, report.people.len()), (60_000, MOST_PEOPLE + 1));
    assert_eq!((report.refused.iter().count() as u64, report.refused.more()), (20, 29_980));
    let opened = report.of_person.as_ref().unwrap();
    assert_eq!(opened.len(), MOST_CUSTOMERS);
    assert_eq!(opened.more.as_ref().map(Seen::times), Some(20_000));
    assert_eq!((report.days.len(), report.days.cut), (62, true));
    assert_eq!(report.outside().len(), 0, "no hours are known");
}

#[test]
fn a_time_that_does_not_read_belongs_to_no_day_and_is_counted() {
    let report = report(&Filter::default(), vec![lookup(1, "soon", "bea", "A")]);
    assert_eq!((report.undated, report.taken, report.person_days().count()), (1, 1, 0));
    assert_eq!(report.people["bea"].totals.shown, 1);
}

#[test]
fn jobs_at_night_are_nobodys_night_work_and_claims_change_no_role() {
    let mut job = entry(1, "2026-11-24T03:00:00Z", "backup", Action::Backup);
    (job.unsigned, job.signer) = (true, None);
    let mut claim = entry(3, "2026-11-24T19:00:00Z", "bea", Action::Unlock);
    (claim.unsigned, claim.role, claim.outcome) = (true, Role::Owner, Outcome::Denied);
    let mut end = entry(4, "2026-11-24T19:00:00Z", "bea", Action::Unlock);
    end.detail = Some("shell locked: idle".to_owned());
    let unlock = entry(2, "2026-11-24T19:00:00Z", "bea", Action::Unlock);
    let report = report(&Filter::default(), vec![job, unlock, claim, end]);
    assert!(report.outside().is_empty());
    let bea = &report.people["bea"];
    assert_eq!((bea.role, bea.totals.unlocks, bea.totals.failed_unlocks), (Role::Clerk, 1, 1));
}

#[test]
fn readings_of_the_log_are_told_apart_from_its_mending() {
    let read = |seq, detail: &str| {
        let mut read = entry(seq, "2026-11-24T19:00:00Z", "dana", Action::Log);
        read.detail = Some(detail.to_owned());
        read
    };
    let entries = vec![
        read(1, "show; since 2026-11-01T00:00:00Z"),
        read(2, "verify"),
        read(3, "torn record moved to aside/log.2"),
        read(4, "report"),
    ];
    let report = report(&Filter::default(), entries);
    let numbers: Vec<u64> = report.readings.iter().map(|act| act.point.seq).collect();
    assert_eq!((numbers, report.people["dana"].totals.readings), (vec![4, 2, 1], 3));
}

#[test]
fn what_left_the_store_counts_once_though_it_has_two_entries() {
    let calendar = Calendar { zone: TimeZone::UTC, is_outside: None };
    for action in [Action::Export, Action::Disclose] {
        let told = |detail: Option<&str>| {
            let mut entry = entry(1, "2026-11-23T09:30:00Z", "bea", action);
            entry.count = Some(93);
            entry.detail = detail.map(str::to_owned);
            let fact = Fact::of(entry, &calendar);
            (fact.shown(), fact.is_export())
        };
        assert_eq!(told(Some("sealed to age1x")), (93, true));
        assert_eq!(told(None), (93, true));
        assert_eq!(told(Some("written; SHA-256 00")), (0, false));
    }
}

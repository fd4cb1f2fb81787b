//! The page is whole and inert, whatever the log holds.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::super::page::About;
use super::super::{Hours, Page};
use super::*;
use crate::access_log::reading::Filter;
use crate::access_log::report::Fact;
use crate::access_log::{Action, Outcome, Role};
use crate::sealed::signed::{Digest, Mark};

const SHUT: &str = "mon-fri,08:00-18:00";

fn fact(seq: u64, at: &str, staff: &str) -> Fact {
    let hours: crate::store::roster::OfficeHours = SHUT.parse().unwrap();
    let zoned = at.parse::<jiff::Timestamp>().unwrap().to_zoned(TimeZone::UTC);
    Fact {
        seq,
        outside: !hours.include(&zoned),
        at: Some(zoned.datetime()),
        staff: staff.to_owned(),
        role: Role::Clerk,
        action: Action::Lookup,
        outcome: Outcome::Success,
        group: Some("private".to_owned()),
        customer: Some("4T-7K3M-Q9TD".to_owned()),
        fields: vec!["iban".to_owned()],
        reason: Some("refund".to_owned()),
        detail: None,
        count: Some(1),
        host: "front-desk".to_owned(),
        unsigned: false,
    }
}

fn document_of(filter: &Filter, facts: Vec<Fact>) -> String {
    let mut report = Report::about(filter);
    for fact in facts {
        report.take(fact);
    }
    let hours = Hours { hours: SHUT.parse().ok(), tried: false };
    let head = Mark { seq: 9, hash: Digest::ZERO };
    let about = About { filter, hours: &hours, id: "0123456789abcdef01", head, zone: Some("UTC") };
    document(&Page::of(&report, &about), &report)
}

/// Both tables that depend on a filter are asked for.
fn narrowed() -> Filter {
    Filter { customer: Some("4T-7K3M-Q9TD".to_owned()), staff: Some("bea".to_owned()), ..Filter::default() }
}

/// A week of two people; bea comes back at night.
fn week() -> Vec<Fact> {
    let mut facts = Vec::new();
    for day in 16..=20_u64 {
        facts.push(fact(day, &format!("2026-11-{day}T10:00:00Z"), "bea"));
        facts.push(fact(day, &format!("2026-11-{day}T11:00:00Z"), "ann"));
    }
    let mut night = fact(30, "2026-11-20T23:30:00Z", "bea");
    night.count = Some(40);
    facts.push(night);
    facts
}

/// The tags of a document, each opened one closed in its turn; nothing but tags between `<` and `>`.
fn check_balance(html: &str) {
    const VOID: [&str; 1] = ["meta"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(place) = rest.find(['<', '>']) {
        assert!(rest[place..].starts_with('<'), "a bracket by itself: {}", &rest[place..]);
        let end = place + rest[place..].find('>').unwrap();
        let tag = &rest[place + 1..end];
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{tag}");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_page_stands_by_itself_and_runs_nothing() {
    let html = document_of(&Filter::default(), week());
    check_balance(&html);
    // `http-equiv` is how a page says its policy; it is the only place with those letters.
    let html = html.replacen("http-equiv", "", 1);
    for foreign in ["http", "<script", "javascript", "onload", "src=", "href", "@import"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("content=\"default-src 'none'; style-src 'sha256-"));
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = BASE64.encode(&Digest::of(style.as_bytes()).0);
    assert!(html.contains(&format!("'sha256-{hash}'")), "the policy lets this style in, and no other");
    assert!(!html.contains("style="), "no element has a style of its own");
    assert_eq!(document_of(&Filter::default(), week()).replacen("http-equiv", "", 1), html);
}

#[test]
fn a_day_at_night_is_hatched_numbered_and_told() {
    let html = document_of(&Filter::default(), week());
    assert!(html.contains("<title id=\"d4t\">2026-11-20 Fri</title>"), "{html}");
    assert!(html.contains("10 h: 1; 11 h: 1; 23 h: 40 outside office hours</desc>"));
    assert!(html.contains("<figcaption>2026-11-20 Fri: 42 records, 40 outside hours</figcaption>"));
    assert!(html.contains("2026-11-20: 41 unusually many</desc>"));
    assert!(html.contains("<figcaption>bea: 45 records, 1 unusual day</figcaption>"));
    assert!(html.contains(">41</text>") && html.contains("<rect class=\"out\""));
    assert!(html.contains("▲ unusual"));
}

#[test]
fn a_page_about_nothing_is_a_page() {
    for filter in [Filter::default(), narrowed()] {
        let html = document_of(&filter, Vec::new());
        check_balance(&html);
        assert!(html.contains("Too little to compare"));
    }
}

#[test]
fn markup_in_a_reason_or_a_machines_name_is_only_text() {
    let mut look = fact(1, "2026-11-20T10:00:00Z", "bea");
    look.reason = Some("<script>alert('x')</script>".to_owned());
    let mut refused = fact(2, "2026-11-20T10:00:00Z", "bea");
    refused.outcome = Outcome::Denied;
    refused.host = "\"><img src=x onerror=alert(1)>\u{202e}\u{1b}[2J".to_owned();
    let html = document_of(&narrowed(), vec![look, refused]);
    check_balance(&html);
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains(['\u{202e}', '\u{1b}']));
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert!(html.contains(r"&gt;\u{202e}\u{1b}[2J</td>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_columns_hold_the_page_stays_whole(
        staff in any::<String>(),
        customer in any::<Option<String>>(),
        field in any::<String>(),
        texts in proptest::array::uniform4(any::<Option<String>>()),
        numbers in any::<(u64, Option<u64>, bool, u8)>(),
        second in -377_705_116_800_i64..253_402_000_000,
    ) {
        let (seq, count, unsigned, kind) = numbers;
        let [group, reason, detail, host] = texts;
        let at = jiff::Timestamp::from_second(second).unwrap();
        let mut fact = fact(seq, &at.to_string(), &staff);
        fact.action = Action::ALL[usize::from(kind) % Action::ALL.len()];
        fact.outcome = [Outcome::Success, Outcome::Failure, Outcome::Denied][usize::from(kind) % 3];
        (fact.customer, fact.fields, fact.group) = (customer, vec![field], group);
        (fact.reason, fact.detail, fact.host) = (reason, detail, host.unwrap_or_default());
        (fact.count, fact.unsigned) = (count, unsigned);
        let mut facts = week();
        facts.push(fact);
        check_balance(&document_of(&narrowed(), facts.clone()));
        check_balance(&document_of(&Filter::default(), facts));
    }
}

//! The decision about each number, as a reader of papers would tell it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use super::*;

fn found(text: &str) -> Vec<(&'static str, &str)> {
    scan(text, "", &Options::default()).into_iter().map(|hit| (hit.kind.id, &text[hit.range])).collect()
}

fn strictly(text: &str) -> usize {
    scan(text, "", &Options { strict: true, ..Options::default() }).len()
}

#[test]
fn a_number_that_fits_by_a_rare_chance_is_found_wherever_it_stands() {
    assert_eq!(
        found("paid from DE89 3704 0044 0532 0130 00 today"),
        [("iban", "DE89 3704 0044 0532 0130 00")]
    );
    assert_eq!(found("order for 19811228-9874 left"), [("personnummer", "19811228-9874")]);
    assert_eq!(found("his 131052-308T is old"), [("hetu", "131052-308T")]);
}

#[test]
fn a_label_tells_even_of_a_number_that_is_mistyped() {
    assert_eq!(found("My SSN is 536904399."), [("ssn", "536904399")]);
    assert_eq!(found("Personnummer: 811228-9873"), [("personnummer", "811228-9873")]);
    assert_eq!(found("card 4111 1111 1111 1112 was used"), [("card", "4111 1111 1111 1112")]);
    assert_eq!(found("IBAN DE88 3704 0044 0532 0130 00 please"), [("iban", "DE88 3704 0044 0532 0130 00")]);
}

#[test]
fn a_number_without_a_label_that_many_numbers_look_like_stays() {
    for text in [
        "Invoice 4111111111111111 is open",
        "order 943476587 of 2026-11-27 12:30:05",
        "timestamp 1700000000",
        "ISBN 978-91-7000-150-5",
        "uuid 550e8400-e29b-41d4-a716-446655440000",
        "we sold 943 476 5870 of them",
        "0.9434765870 percent",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_number_alone_in_its_line_has_nothing_that_says_that_it_is_something_else() {
    assert_eq!(found("Hello,\n943 476 5870\nBye"), [("nhs", "943 476 5870")]);
}

#[test]
fn strictly_official_separators_are_enough() {
    assert_eq!(found("we met 943 476 5870 there").len(), 0);
    assert_eq!(strictly("we met 943 476 5870 there"), 1);
    assert_eq!(strictly("we met 9434765870 there"), 0);
}

#[test]
fn the_nearest_label_counts() {
    assert_eq!(found("SSN 536-90-4399, parcel 123456789"), [("ssn", "536-90-4399")]);
    assert_eq!(found("Order 123456789 for SSN 536904399"), [("ssn", "536904399")]);
}

#[test]
fn a_label_may_stand_in_the_line_before_or_behind() {
    assert_eq!(found("Social security number:\n  536904399\n"), [("ssn", "536904399")]);
    assert_eq!(found("536904399 is her SSN"), [("ssn", "536904399")]);
}

#[test]
fn a_heading_is_a_label() {
    let ssn = |heading: &str| scan("536904399", heading, &Options::default()).len();
    assert_eq!((ssn("ssn"), ssn("customerSsn"), ssn("client_ssn"), ssn("amount"), ssn("")), (1, 1, 1, 0, 0));
}

#[test]
fn phones_addresses_and_birth_dates_are_found() {
    assert_eq!(
        found("ring +46 8 123 456 78 or tel. 08-123 456"),
        [("phone", "+46 8 123 456 78"), ("phone", "08-123 456")]
    );
    assert_eq!(found("a <b.c@example.org>"), [("email", "b.c@example.org")]);
    assert_eq!(found("born on 12 March 1980 in Lund on 1 May 2026"), [("birth-date", "12 March 1980")]);
    assert_eq!(found("we met on 12 March 1980"), []);
}

/// Speed is held by the benchmark; this holds that time does not grow with the square of a line's length.
#[test]
fn a_long_line_of_numbers_is_read_in_time_that_grows_with_its_length() {
    let line = "12 34 56 ".repeat(50_000);
    assert!(scan(&line, "", &Options::default()).len() < 50_000);
}

/// "19771210 4962" has a personnummer's check digit, by chance.
#[test]
fn what_fits_within_a_mistyped_number_leaves_none_of_it() {
    assert_eq!(found("Resident ID: 320502 19771210 4962."), [("resident-id", "320502 19771210 4962")]);
}

/// Three of a card's four groups are written as an Aadhaar is.
#[test]
fn a_label_does_not_cut_a_number_that_goes_on() {
    assert_eq!(found("Aadhaar 4111 1111 1111 1111"), [("card", "4111 1111 1111 1111")]);
}

#[test]
fn words_far_before_a_number_in_its_line_are_not_above_it() {
    let line = format!("order{}811228-9874", " ".repeat(130));
    assert_eq!(found(&line), [("personnummer", "811228-9874")]);
}

/// The black box is cut where labels are sought from.
#[test]
fn what_was_blacked_out_is_no_label_where_it_is_cut_either() {
    for shift in 0..60 {
        let line = format!("[phone ████]{}; 536904399 (SSN)", ";".repeat(80 + shift));
        assert_eq!(found(&line), [("ssn", "536904399")], "{shift}");
    }
}

#[test]
fn what_any_of_several_headings_tells_of_is_found() {
    let found = |text: &str, label: &str, only: Option<&str>| {
        let only = only.map(|id| std::iter::once(Kind::named(id).unwrap()).collect());
        let hits = scan(text, label, &Options { only, ..Options::default() });
        hits.into_iter().map(|hit| (hit.kind.id, text[hit.range].to_owned())).collect::<Vec<_>>()
    };
    let one = |kind, value: &str| vec![(kind, value.to_owned())];
    assert_eq!(found("536904399", "Order\u{1f}SSN", None), one("ssn", "536904399"));
    assert_eq!(found("943 476 5919", "x\u{1f}", None), one("nhs", "943 476 5919"), "as without one");
    assert_eq!(found("943 476 5919", "x\u{1f}y", None), []);
    assert_eq!(found("1234567", "account\u{1f}National ID", Some("id-number")), one("id-number", "1234567"));
    // Each of them tells of a part.
    assert_eq!(found("536904399 12 34", "tel\u{1f}SSN", None), one("ssn", "536904399 12 34"));
}

#[test]
fn hits_that_overlap_are_one() {
    let hit = scan("x@example.org", "", &Options::default()).remove(0);
    let hits = [(3..9, 1), (20..30, 1), (1..5, 2), (20..30, 1), (9..12, 1)];
    let hits = hits.map(|(range, score)| Hit { range, score, ..hit.clone() });
    let ranges: Vec<_> = apart(hits.to_vec()).into_iter().map(|hit| (hit.range, hit.score)).collect();
    assert_eq!(ranges, [(1..9, 2), (9..12, 1), (20..30, 1)]);
}

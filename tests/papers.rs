//! The papers that tests and benchmarks read: their check digits against numbers that authorities publish, and what
//! they promise of themselves.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use vault::identifier::{iban, luhn, national};

#[path = "../benches/papers.rs"]
mod papers;

use papers::{Dice, KINDS, business_line, complete, labelled, labelled_as, number, plain_text};

/// Numbers that authorities and standards give as examples, or that their forms show: what stands before the check
/// digits, and the whole.
const PUBLISHED: [(&str, &str, &str); 52] = [
    ("card", "7992739871", "79927398713"),
    ("card", "411111111111111", "4111111111111111"),
    ("card", "37828224631000", "378282246310005"),
    ("card", "550000555555555", "5500005555555559"),
    ("iban", "GBWEST12345698765432", "GB82WEST12345698765432"),
    ("iban", "DE370400440532013000", "DE89370400440532013000"),
    ("iban", "NO86011117947", "NO9386011117947"),
    ("iban", "BE539007547034", "BE68539007547034"),
    ("routing", "02100002", "021000021"),
    ("routing", "01100001", "011000015"),
    ("routing", "12210515", "122105155"),
    ("personnummer", "811228987", "8112289874"),
    ("personnummer", "670919953", "6709199530"),
    ("dni", "12345678", "12345678Z"),
    ("dni", "54362315", "54362315K"),
    ("dni", "X1234567", "X1234567L"),
    ("dni", "X2482300", "X2482300W"),
    ("rnokpp", "175901377", "1759013776"),
    ("nhs", "943476587", "9434765870"),
    ("nhs", "943476591", "9434765919"),
    ("sin", "04645428", "046454286"),
    ("sin", "12345678", "123456782"),
    ("hetu", "131052-308", "131052-308T"),
    ("fodselsnummer", "151086950", "15108695088"),
    ("pesel", "4405140135", "44051401359"),
    ("bsn", "11122233", "111222333"),
    ("bsn", "12345678", "123456782"),
    ("rijksregisternummer", "850730033", "85073003328"),
    ("rijksregisternummer", "170730033.", "17073003384"),
    ("nir", "2550814168025", "255081416802538"),
    ("nir", "1841276451089", "184127645108946"),
    ("idnr", "3657426180", "36574261809"),
    ("idnr", "8609574271", "86095742719"),
    ("codice-fiscale", "RCCMNL83S18D969", "RCCMNL83S18D969H"),
    ("nif", "50196484", "501964843"),
    ("cnp", "163061512345", "1630615123457"),
    ("rodne-cislo", "710319274", "7103192745"),
    ("egn", "752316926", "7523169263"),
    ("egn", "803205603", "8032056031"),
    ("pps", "6433435", "6433435F"),
    ("pps", "6433435A", "6433435OA"),
    ("aadhaar", "23412341234", "234123412346"),
    ("aadhaar", "23", "236"),
    ("kimlik", "172917160", "17291716060"),
    ("kimlik", "100000001", "10000000146"),
    ("sa-id", "800101500908", "8001015009087"),
    ("sa-id", "750330504408", "7503305044089"),
    ("rrn", "971013901990", "9710139019902"),
    ("resident-id", "11010519491231002", "11010519491231002X"),
    ("resident-id", "44052418800101001", "440524188001010014"),
    ("gtin", "978030640615", "9780306406157"),
    ("s10", "47312482", "473124829"),
];

/// Whose numbers have no check digit.
const UNCHECKED: [&str; 4] = ["ssn", "itin", "nik", "nino"];

#[test]
fn published_numbers_get_the_check_digits_that_they_have() {
    for (kind, body, whole) in PUBLISHED {
        assert_eq!(complete(kind, body).as_deref(), Some(whole), "{kind}");
    }
    assert_eq!(complete("isbn10", "030640615").as_deref(), Some("0306406152"));
    assert_eq!(complete("isbn10", "080442957").as_deref(), Some("080442957X"));
}

#[test]
fn every_kind_with_check_digits_is_held_against_a_published_number() {
    let uncounted = ["cpr", "email", "phone", "birth-date"];
    for kind in KINDS.iter().filter(|kind| !UNCHECKED.contains(kind) && !uncounted.contains(kind)) {
        assert!(PUBLISHED.iter().any(|(published, _, _)| published == kind), "{kind}");
    }
}

#[test]
fn every_kind_has_a_row_on_the_page_about_redaction() {
    let page = include_str!("../docs/redaction.md");
    for kind in KINDS {
        assert!(page.contains(&format!("\n| `{kind}` | ")), "{kind}");
    }
}

#[test]
fn a_body_that_would_need_a_ten_is_not_given_out() {
    // The sums are 12 and 10: what is left of them modulo eleven asks for a ten.
    assert_eq!(complete("nhs", "000000006"), None);
    assert_eq!(complete("bsn", "00000005"), None);
}

#[test]
fn a_line_says_where_its_value_stands() {
    let mut rng = Dice::new(1);
    for _ in 0..20_000 {
        let found = labelled(&mut rng);
        let value = found.line.get(found.value.clone()).unwrap();
        assert!(!value.is_empty() && value.trim() == value, "{found:?}");
        assert!(!found.line.contains(['{', '}', '\n']), "{found:?}");
        assert!(found.line.len() > value.len() + 2, "{found:?}");
    }
}

#[test]
fn every_kind_has_many_lines_and_spellings() {
    for kind in KINDS {
        let mut rng = Dice::new(2);
        let lines: BTreeSet<String> = (0..500).map(|_| labelled_as(&mut rng, kind).line).collect();
        assert!(lines.len() > 490, "{kind}: {}", lines.len());
        let mut shapes = BTreeMap::<String, usize>::new();
        for _ in 0..500 {
            let found = labelled_as(&mut rng, kind);
            let shape = found.line[found.value].replace(|sign: char| sign.is_ascii_digit(), "#");
            *shapes.entry(shape).or_default() += 1;
        }
        assert!(shapes.len() >= 2, "{kind}: {shapes:?}");
    }
}

#[test]
fn about_one_value_of_ten_has_a_wrong_digit() {
    let mut rng = Dice::new(3);
    let mut wrong = 0;
    for _ in 0..10_000 {
        let found = labelled_as(&mut rng, "pesel");
        let bare: String = found.line[found.value].chars().filter(char::is_ascii_digit).collect();
        wrong += u32::from(complete("pesel", &bare[..10]).as_deref() != Some(&bare));
    }
    // No weight has a divisor in common with ten: every wrong digit shows.
    assert!((900..1_100).contains(&wrong), "{wrong}");
}

#[test]
fn numbers_come_whole_and_without_an_empty_one() {
    let mut rng = Dice::new(4);
    let lengths = |kind: &str| match kind {
        "card" => 15..=16,
        "iban" => 15..=29,
        "personnummer" => 10..=12,
        "pps" => 8..=9,
        "rnokpp" | "nhs" | "cpr" | "egn" | "rodne-cislo" => 10..=10,
        "hetu" | "fodselsnummer" | "pesel" | "rijksregisternummer" | "idnr" | "kimlik" => 11..=11,
        "aadhaar" => 12..=12,
        "cnp" | "sa-id" | "rrn" => 13..=13,
        "nir" => 15..=15,
        "nik" | "codice-fiscale" => 16..=16,
        "resident-id" => 18..=18,
        _ => 9..=9,
    };
    for kind in KINDS.iter().filter(|kind| !["email", "phone", "birth-date"].contains(kind)) {
        for _ in 0..500 {
            let number = number(&mut rng, kind);
            // A Finn's sign for the century counts.
            let counted =
                number.chars().filter(|sign| *kind == "hetu" || sign.is_ascii_alphanumeric()).count();
            assert!(lengths(kind).contains(&counted), "{kind} {number}");
        }
    }
}

#[test]
fn the_programs_rules_take_the_numbers_that_are_made_here() {
    #[rustfmt::skip]
    const COUNTRIES: [(&str, &str); 24] = [
        ("ssn", "US"), ("itin", "US"), ("personnummer", "SE"), ("dni", "ES"), ("nik", "ID"), ("rnokpp", "UA"),
        ("nino", "GB"), ("nhs", "GB"), ("sin", "CA"), ("hetu", "FI"), ("fodselsnummer", "NO"), ("cpr", "DK"),
        ("pesel", "PL"), ("bsn", "NL"), ("rijksregisternummer", "BE"), ("nir", "FR"), ("idnr", "DE"),
        ("codice-fiscale", "IT"), ("nif", "PT"), ("cnp", "RO"), ("rodne-cislo", "CZ"), ("egn", "BG"), ("pps", "IE"),
        ("kimlik", "TR"),
    ];
    let mut rng = Dice::new(8);
    for _ in 0..1_000 {
        for (kind, country) in COUNTRIES {
            let made = number(&mut rng, kind);
            assert_eq!(national::check(country, &made), Ok(()), "{kind} {made}");
        }
        let card = number(&mut rng, "card").replace([' ', '-'], "");
        assert!(luhn::fits(&card), "{card}");
        let account = number(&mut rng, "iban").replace(' ', "");
        assert!(iban::fits(&account), "{account}");
    }
}

#[test]
fn business_lines_hold_few_numbers_and_no_address_of_mail() {
    let mut rng = Dice::new(5);
    let lines: Vec<String> = (0..20_000).map(|_| business_line(&mut rng)).collect();
    let runs =
        |line: &str| line.split(|sign: char| !sign.is_ascii_digit()).filter(|run| run.len() > 3).count();
    let few = lines.iter().filter(|line| runs(line) <= 2).count();
    assert!(few * 100 / lines.len() >= 80, "{few}");
    assert!(lines.iter().any(|line| runs(line) == 0));
    for line in &lines {
        assert!(!line.is_empty() && !line.contains(['@', '\n']) || line.contains(" @ "), "{line}");
    }
    let distinct: BTreeSet<&String> = lines.iter().collect();
    assert!(distinct.len() * 10 > lines.len() * 6, "{}", distinct.len());
}

#[test]
fn a_text_is_the_same_for_a_seed_and_as_long_as_was_asked_for() {
    let text = plain_text(&mut Dice::new(6), 100_000);
    assert!((100_000..104_000).contains(&text.len()), "{}", text.len());
    assert_eq!(text, plain_text(&mut Dice::new(6), 100_000));
    assert_ne!(text, plain_text(&mut Dice::new(7), 100_000));
    assert!(text.matches("\n\n").count() > 100);
}

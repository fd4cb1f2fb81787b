//! `docs/redaction.md` tells of each kind what the detectors do: its spellings, its class, and the chance of a false hit.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use super::ALL;
use crate::redact::detector::{Detector, Strength};
use crate::redact::kind::Kind;
use crate::redact::options::Options;
use crate::redact::scan::scan;

const PAGE: &str = include_str!("../../../docs/redaction.md");

/// A kind's row in the page.
struct Row {
    id: &'static str,
    written: &'static str,
    chance: &'static str,
    class: &'static str,
}

fn rows() -> Vec<Row> {
    let cells = |line: &'static str| line.split('|').map(str::trim).collect::<Vec<_>>();
    let row = |cells: Vec<&'static str>| match cells.as_slice() {
        ["", id, written, _rule, _source, chance, class, ..] => {
            Some(Row { id: id.trim_matches('`'), written, chance, class })
        }
        _ => None,
    };
    PAGE.lines().filter(|line| line.starts_with("| `")).filter_map(|line| row(cells(line))).collect()
}

fn of_kind(id: &str) -> Vec<&'static Detector> {
    ALL.iter().copied().filter(|detector| detector.kind.id == id).collect()
}

fn is_mark(mark: u8) -> bool {
    matches!(mark, b'9' | b'A' | b'*')
}

/// The class cell that detectors' strengths come to: without separators, and with them where that differs.
fn class(detectors: &[&Detector]) -> String {
    let told = |separated: bool| {
        let mut strengths: Vec<Strength> = detectors
            .iter()
            .flat_map(|detector| detector.spellings)
            .filter(|(spelling, _)| spelling.bytes().all(is_mark) != separated)
            .map(|(_, strength)| *strength)
            .collect();
        strengths.sort();
        strengths.dedup();
        let name = |strength: &Strength| match strength {
            Strength::Shape => "label only",
            Strength::Weak => "weak",
            Strength::Medium => "medium",
            Strength::Strong => "strong",
        };
        strengths.iter().map(name).collect::<Vec<_>>().join("/")
    };
    match (told(false), told(true)) {
        (bare, separated) if separated.is_empty() || separated == bare => bare,
        (bare, separated) => format!("{bare}; with separators {separated}"),
    }
}

#[test]
fn the_page_has_a_row_for_every_kind_and_no_other() {
    let rows = rows();
    for detector in ALL.iter() {
        assert!(rows.iter().any(|row| row.id == detector.kind.id), "{} has no row", detector.kind.id);
    }
    for (number, row) in rows.iter().enumerate() {
        assert!(Kind::named(row.id).is_some(), "{} is no kind", row.id);
        assert!(rows.iter().skip(number + 1).all(|other| other.id != row.id), "{} has two rows", row.id);
    }
}

#[test]
fn the_page_tells_the_class_that_each_spelling_has() {
    for row in rows() {
        let detectors = of_kind(row.id);
        if !detectors.is_empty() {
            assert_eq!(row.class, class(&detectors), "{}", row.id);
        }
    }
}

#[test]
fn what_the_page_shows_as_written_is_a_number_of_that_kind() {
    for row in rows() {
        let kind = Kind::named(row.id).unwrap();
        let examples: Vec<&str> = row.written.split('`').skip(1).step_by(2).collect();
        assert!(!examples.is_empty(), "{} shows none", row.id);
        for example in examples {
            assert!(kind.is_valid(example), "{} is no {}", example, row.id);
        }
    }
}

/// What the page says of a chance: the kind, which of its detectors, if not all, the places of a number (`9` a digit,
/// `A` a letter, `*` either), and the words of the page.
const CHANCES: &[(&str, Option<usize>, &str, &str)] = &[
    ("card", None, "9999999999999999", "3.1 %: 1 in 33"),
    ("routing", None, "999999999", "3.7 %: 1 in 27"),
    ("ssn", None, "999999999", "89 %"),
    ("itin", None, "999999999", "4.4 %: 1 in 23"),
    ("sin", None, "999999999", "8 %: 1 in 12"),
    ("personnummer", None, "9999999999", "0.73 %: 1 in 137"),
    ("personnummer", None, "999999999999", "0.022 %: 1 in 4,600"),
    ("hetu", None, "999999999*", "0.1 %: 1 in 980"),
    ("fodselsnummer", Some(0), "99999999999", "0.06 %: 1 in 1,660"),
    ("fodselsnummer", Some(1), "99999999999", "0.2 %: 1 in 510"),
    ("cpr", None, "9999999999", "3.65 %: 1 in 27"),
    ("nino", None, "AA999999A", "8.5 %: 1 in 12"),
    ("nhs", None, "9999999999", "9.1 %"),
    ("pps", None, "9999999A", "3.8 %"),
    ("bsn", None, "999999999", "9.1 %"),
    ("rijksregisternummer", None, "99999999999", "0.083 %: 1 in 1,200"),
    ("nir", None, "999999999999999", "0.51 %: 1 in 196"),
    ("idnr", None, "99999999999", "0.34 %: 1 in 290"),
    ("dni", None, "99999999A", "3.8 %"),
    ("dni", None, "A9999999A", "0.9 %: 1 in 113"),
    ("nif", None, "999999999", "9 %: 1 in 11"),
    ("codice-fiscale", None, "AAAAAA99A99A999A", "1.1 %: 1 in 92"),
    ("pesel", None, "99999999999", "1.1 %: 1 in 91"),
    ("rodne-cislo", None, "9999999999", "1.5 %: 1 in 68"),
    ("rodne-cislo", None, "999999999", "5.4 %: 1 in 18"),
    ("cnp", None, "9999999999999", "0.17 %: 1 in 590"),
    ("egn", None, "9999999999", "1.1 %: 1 in 91"),
    ("rnokpp", None, "9999999999", "10 %"),
    ("kimlik", None, "99999999999", "0.9 %: 1 in 111"),
    ("nik", None, "9999999999999999", "6.4 %: 1 in 16"),
    ("aadhaar", None, "999999999999", "8 %: 1 in 12"),
    ("sa-id", None, "9999999999999", "0.11 %: 1 in 910"),
    ("rrn", Some(0), "9999999999999", "0.5 %: 1 in 200"),
    ("rrn", Some(1), "9999999999999", "3 %: 1 in 33"),
    ("resident-id", None, "999999999999999999", "0.0029 %: 1 in 35,000"),
    ("at-svnr", None, "9999999999", "0.38 %: 1 in 265"),
    ("bis", None, "99999999999", "0.17 %: 1 in 600"),
    ("ahv", None, "9999999999999", "0.01 %: 1 in 10,000"),
    ("versicherungsnummer", None, "99999999A999", "1.2 %: 1 in 84"),
    ("isikukood", None, "99999999999", "0.29 %: 1 in 342"),
    ("asmens-kodas", None, "99999999999", "1.3 %: 1 in 77"),
    ("personas-kods", Some(0), "99999999999", "0.11 %: 1 in 910"),
    ("personas-kods", Some(1), "99999999999", "8 %: 1 in 12"),
    ("amka", None, "99999999999", "0.37 %: 1 in 274"),
    ("afm", None, "999999999", "10 %"),
    ("oib", None, "99999999999", "10 %"),
    ("adoazonosito", None, "9999999999", "0.91 %: 1 in 110"),
    ("taj", None, "999999999", "10 %"),
    ("kennitala", Some(0), "9999999999", "2.2 %: 1 in 46"),
    ("kennitala", Some(1), "9999999999", "20 %"),
    ("matricule", None, "9999999999999", "0.041 %: 1 in 2,400"),
    ("emso", None, "9999999999999", "0.33 %: 1 in 301"),
    ("lnc", None, "9999999999", "10 %"),
    ("cpf", None, "99999999999", "1 %: 1 in 100"),
    ("numero-fiscal", None, "9999999999999", "0.04 %: 1 in 2,500"),
    ("cartao-de-cidadao", None, "999999999AA9", "10 %"),
];
/// Random numbers that are tried of each, at most, and numbers that fit after which no more are.
const TRIES: u32 = 1_000_000;
const ENOUGH: u32 = 2_000;
/// Signs that one random number of 64 bits is enough for.
const SIGNS: usize = 8;

/// `SplitMix64` (Steele, Lea, Flood 2014): the same for a seed.
fn roll(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Fills the places of a number with random signs.
fn fill(number: &mut String, shape: &str, state: &mut u64) {
    number.clear();
    for marks in shape.as_bytes().chunks(SIGNS) {
        let mut random = roll(state);
        for mark in marks {
            let (first, signs) = match mark {
                b'9' => (0, 10),
                b'A' => (10, 26),
                _ => (0, 36),
            };
            let sign = first + u32::try_from(random % signs).unwrap();
            random /= signs;
            number.push(char::from_digit(sign, 36).unwrap().to_ascii_uppercase());
        }
    }
}

/// The share of random numbers that fit one of the rules, from and to: three times the standard error on each side.
fn measured(rules: &[&Detector], shape: &str) -> (f64, f64) {
    let (mut state, mut tried, mut fitting) = (7, 0, 0);
    let mut number = String::new();
    while tried < TRIES && fitting < ENOUGH {
        fill(&mut number, shape, &mut state);
        tried += 1;
        fitting += u32::from(rules.iter().any(|detector| (detector.fits)(&number)));
    }
    let (tried, fitting) = (f64::from(tried), f64::from(fitting));
    let part = fitting / tried;
    let error = 3.0 * (part * (1.0 - part) / tried).sqrt();
    (part - error, part + error)
}

/// The shares that figures such as `0.73 %: 1 in 137` stand for, from and to: half of the last digit on each side, of
/// round numbers half of the last digit that is not 0.
fn figures(told: &str) -> Vec<(f64, f64)> {
    let mut figures = Vec::new();
    if let Some((percent, _)) = told.split_once(" %") {
        let decimals = percent.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let half = 0.5 / 10_f64.powi(i32::try_from(decimals).unwrap());
        let percent: f64 = percent.parse().unwrap();
        figures.push(((percent - half) / 100.0, (percent + half) / 100.0));
    }
    if let Some((_, one_in)) = told.split_once("1 in ") {
        let one_in = one_in.replace(',', "");
        let zeroes = one_in.len() - one_in.trim_end_matches('0').len();
        let half = 0.5 * 10_f64.powi(i32::try_from(zeroes).unwrap());
        let one_in: f64 = one_in.parse().unwrap();
        figures.push((1.0 / (one_in + half), 1.0 / (one_in - half)));
    }
    figures
}

#[test]
fn the_page_tells_the_chance_that_random_numbers_have() {
    let rows = rows();
    let mut wrong = Vec::new();
    for (id, number, shape, told) in CHANCES {
        let row = rows.iter().find(|row| row.id == *id).unwrap();
        assert!(row.chance.contains(told), "{id}: the page does not say {told}, but {}", row.chance);
        let mut rules = of_kind(id);
        if let Some(number) = number {
            rules = vec![rules[*number]];
        }
        let (least, most) = measured(&rules, shape);
        for (from, to) in figures(told) {
            if most < from || to < least {
                let (least, most) = (least * 100.0, most * 100.0);
                wrong.push(format!("{id} {shape}: {told}, but it is {least:.4} to {most:.4} %"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for detector in ALL.iter() {
        assert!(
            CHANCES.iter().any(|(id, ..)| *id == detector.kind.id),
            "{} is not measured",
            detector.kind.id
        );
    }
}

fn found(text: &str) -> Vec<&'static str> {
    scan(text, "", &Options::default()).into_iter().map(|hit| hit.kind.id).collect()
}

#[test]
fn a_number_that_a_hospital_gives_for_a_time_is_blacked_out_and_is_no_national_one() {
    let hetu = Kind::named("hetu").unwrap();
    assert!(hetu.is_valid("131052-308T") && !hetu.is_valid("010594Y9021"));
    assert_eq!(found("she was 010594Y9021 at the ward until then"), ["hetu"]);
    assert_eq!(found("tilapäinen henkilötunnus 010594Y9022"), ["hetu"], "mistyped");
    let fodselsnummer = Kind::named("fodselsnummer").unwrap();
    assert!(fodselsnummer.is_valid("15108695088") && !fodselsnummer.is_valid("81234567055"));
    assert_eq!(found("she was 81234567055 at the ward until then"), ["fodselsnummer"]);
    assert_eq!(found("and 01417067074 at the first one"), ["fodselsnummer"]);
}

#[test]
fn a_code_drawn_at_random_is_told_by_its_dash_or_by_a_label() {
    assert_eq!(found("we know that 391234-56789 moved"), ["personas-kods"]);
    assert_eq!(found("we know that 39123456789 moved"), [""; 0]);
    assert_eq!(found("personas kods 39123456789"), ["personas-kods"]);
    assert_eq!(found("invoice 391234-56789 is open"), [""; 0]);
}

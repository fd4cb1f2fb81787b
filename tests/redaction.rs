//! Redaction against what others test: the published cases of `VAULT_TEST_DATA`, by kind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test that can't go on has failed"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use vault::redact::kind::Kind;
use vault::redact::{Options, Piece, Redactor};

#[path = "../benches/papers.rs"]
mod papers;

/// Labelled values that are sought.
const LABELLED: u32 = 20_000;
/// Lines of business text.
const BUSINESS: usize = 10_000;
/// Lines that are printed of what went wrong.
const SHOWN: usize = 100;

/// The cases' names of the kinds that the program promises; the others are reported, not counted.
const COUNTED: [(&str, &str); 36] = [
    ("CREDIT_CARD", "card"),
    ("IBAN", "iban"),
    ("US_SSN", "ssn"),
    ("US_ITIN", "itin"),
    ("US_RTN", "routing"),
    ("SE_PERSONNUMMER", "personnummer"),
    ("ES_DNI", "dni"),
    ("ES_NIE", "dni"),
    ("ES_NIF", "dni"),
    ("ES_DNI_NIE", "dni"),
    ("ID_NIK", "nik"),
    ("UA_RNOKPP", "rnokpp"),
    ("UK_NINO", "nino"),
    ("UK_NHS", "nhs"),
    ("CA_SIN", "sin"),
    ("FI_HETU", "hetu"),
    ("NO_FNR", "fodselsnummer"),
    ("DK_CPR", "cpr"),
    ("PL_PESEL", "pesel"),
    ("NL_BSN", "bsn"),
    ("BE_NN", "rijksregisternummer"),
    ("BE_BIS", "bis"),
    ("FR_NIR", "nir"),
    ("DE_IDNR", "idnr"),
    ("IT_CF", "codice-fiscale"),
    ("PT_NIF", "nif"),
    ("RO_CNP", "cnp"),
    ("CZ_RC", "rodne-cislo"),
    ("BG_EGN", "egn"),
    ("IE_PPS", "pps"),
    ("IN_AADHAAR", "aadhaar"),
    ("TR_TCKIMLIK", "kimlik"),
    ("ZA_IDNR", "sa-id"),
    ("KR_RRN", "rrn"),
    ("CN_RIC", "resident-id"),
    ("EMAIL_ADDRESS", "email"),
];
/// Kinds that are found as well.
const REPORTED: [(&str, &str); 10] = [
    ("AT_VNR", "at-svnr"),
    ("BR_CPF", "cpf"),
    ("CH_AHV", "ahv"),
    ("DE_SOCIAL_SECURITY", "versicherungsnummer"),
    ("EE_IK", "isikukood"),
    ("GR_AMKA", "amka"),
    ("HR_OIB", "oib"),
    ("IS_KENNITALA", "kennitala"),
    ("PT_CC", "cartao-de-cidadao"),
    ("SI_EMSO", "emso"),
];

/// Cases of which the program says the other thing, and why.
const DISPUTED: [(&str, &str, &str); 11] = [
    (
        "CREDIT_CARD",
        "my credit card number is 4012-8888-8888-1882",
        "the check digit is wrong and a label stands before it: a typing mistake still identifies",
    ),
    ("UK_NINO", "nino: nt 99 88 77 a", "no such prefix is given out and a label stands before it: likewise"),
    (
        "CA_SIN",
        "000000000",
        "what slips have where nobody's number is known (CRA, RC4120); others test the sum alone",
    ),
    ("CA_SIN", "744 797 853", "the sum is right and the spelling is the official one"),
    ("CZ_RC", "530121000", "orders of 000 were given out (NZIS, Struktura rodného čísla)"),
    ("CZ_RC", "960121999", "of 1896; 991231123, of 1899, is right for others"),
    ("DE_IDNR", "12345678903", "no digit stands in it twice (BZSt, Prüfziffernberechnung)"),
    ("ES_DNI_NIE", "12345678-Z", "the letter is right; 54362315-K, written so, is right for others"),
    (
        "ES_DNI_NIE",
        "1234567L",
        "the letter is right; 1111111-G and 54237A, without zeroes, are right for others",
    ),
    ("NO_FNR", "18103970861", "of 2039: the century's table has it, and no clock is asked"),
    ("PL_PESEL", "06566860643", "the 68th day of a month"),
];

struct Case {
    entity: String,
    text: String,
    should_match: bool,
    is_value: bool,
}

fn cases() -> Option<Vec<Case>> {
    let Some(folder) = std::env::var_os("VAULT_TEST_DATA") else {
        eprintln!("SKIPPED: VAULT_TEST_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("redaction/cases.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let case = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap().to_owned();
        Case {
            entity: field("entity"),
            text: field("text"),
            should_match: value["should_match"].as_bool().unwrap(),
            is_value: field("kind") == "value",
        }
    };
    Some(text.lines().map(case).collect())
}

/// Whether the program says of a case what others say: of a value whether it is valid, of a text whether one of the
/// kind is found in it.
fn agrees(kind: Kind, case: &Case) -> bool {
    let matches = if case.is_value {
        kind.is_valid(&case.text)
    } else {
        let only = Some([kind].into());
        let mut redactor = Redactor::new(Options { only, ..Options::default() });
        redactor.passage(&mut [Piece::new(&case.text, 1, 1)], "", None);
        !redactor.findings().is_empty()
    };
    matches == case.should_match
}

#[test]
fn the_program_agrees_with_what_others_test() {
    let Some(cases) = cases() else { return };
    let (mut agreed, mut counted) = (0, 0);
    let mut disagreements = Vec::new();
    for (entity, id) in COUNTED {
        let kind = Kind::named(id).unwrap();
        for case in cases.iter().filter(|case| case.entity == entity) {
            counted += 1;
            if agrees(kind, case) {
                agreed += 1;
            } else {
                disagreements.push((entity, case.text.as_str()));
            }
        }
    }
    println!("{agreed} of {counted} cases: {:.2} %", f64::from(agreed) * 100.0 / f64::from(counted));
    assert!(counted > 500, "{counted}");
    let mut known: Vec<_> = DISPUTED.iter().map(|(entity, text, _)| (*entity, *text)).collect();
    known.sort_unstable();
    disagreements.sort_unstable();
    assert_eq!(disagreements, known);
}

/// A detector must not hide another: what is to be found by one is found when all are sought.
#[test]
fn what_one_detector_finds_is_blacked_out_when_all_are_sought() {
    let Some(cases) = cases() else { return };
    for (entity, id) in COUNTED {
        let kind = Kind::named(id).unwrap();
        for case in cases.iter().filter(|case| case.entity == entity && !case.is_value && case.should_match) {
            if agrees(kind, case) {
                let mut redactor = Redactor::default();
                redactor.passage(&mut [Piece::new(&case.text, 1, 1)], "", None);
                assert!(!redactor.findings().is_empty(), "{entity} {}", case.text);
            }
        }
    }
}

#[test]
fn other_kinds_are_reported() {
    let Some(cases) = cases() else { return };
    let mut all: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for case in &cases {
        let kind = REPORTED.iter().find(|(entity, _)| *entity == case.entity);
        if let Some((entity, id)) = kind {
            let (agreed, counted) = all.entry(*entity).or_default();
            *counted += 1;
            *agreed += u32::from(agrees(Kind::named(id).unwrap(), case));
        }
    }
    for (entity, (agreed, counted)) in all {
        println!("{entity}: {agreed} of {counted}");
    }
}

/// Labelled values inside sentences, from the project's own generator: a value is found if all of it is blacked out.
#[test]
fn labelled_values_in_sentences_are_found() {
    let mut dice = papers::Dice::new(8);
    let mut by_kind: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut missed = Vec::new();
    for _ in 0..LABELLED {
        let labelled = papers::labelled(&mut dice);
        let value: String =
            labelled.line[labelled.value.clone()].chars().filter(char::is_ascii_alphanumeric).collect();
        let mut pieces = [Piece::new(&labelled.line, 1, 1)];
        Redactor::default().passage(&mut pieces, "", None);
        let left: String = pieces[0].text.chars().filter(char::is_ascii_alphanumeric).collect();
        let found =
            !left.contains(&value) && is_gone(&pieces[0].text, &labelled.line[labelled.value.clone()]);
        let (all, of_them) = by_kind.entry(labelled.kind).or_default();
        *all += 1;
        *of_them += u32::from(found);
        if !found {
            missed.push(format!("{}: {} => {}", labelled.kind, labelled.line, pieces[0].text.as_str()));
        }
    }
    let found: u32 = by_kind.values().map(|(_, found)| found).sum();
    for (kind, (all, found)) in &by_kind {
        println!("{kind}: {found} of {all}");
    }
    for line in missed.iter().take(SHOWN) {
        println!("missed {line}");
    }
    println!("recall: {found} of {LABELLED}: {:.2} %", f64::from(found) * 100.0 / f64::from(LABELLED));
    assert!(found * 100 >= LABELLED * 98, "{found} of {LABELLED}");
    for (kind, (all, found)) in by_kind {
        assert!(found * 100 >= all * 95, "{kind}: {found} of {all}");
    }
}

/// Whether none of a value's longer parts is left.
fn is_gone(left: &str, value: &str) -> bool {
    let parts = value.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 3);
    parts.into_iter().all(|part| !left.contains(part) || part.chars().all(char::is_alphabetic))
}

/// Lines of business text without personal numbers, from the same generator: nearly all stay as they are.
#[test]
fn business_text_without_personal_numbers_stays() {
    let mut dice = papers::Dice::new(9);
    let mut changed = Vec::new();
    let text: String = (0..BUSINESS).map(|_| papers::business_line(&mut dice) + "\n").collect();
    let mut pieces = [Piece::new(&text, 1, 1)];
    let mut redactor = Redactor::default();
    redactor.passage(&mut pieces, "", None);
    let lines: std::collections::BTreeSet<u64> =
        redactor.findings().iter().map(|found| found.place.line).collect();
    for finding in redactor.findings() {
        let line = text.lines().nth(usize::try_from(finding.place.line).unwrap() - 1).unwrap();
        changed.push(format!("{:?}: {line}", finding.kind));
    }
    for line in changed.iter().take(SHOWN) {
        println!("changed {line}");
    }
    println!(
        "changed: {} of {BUSINESS} lines: {:.2} %",
        lines.len(),
        lines.len() as f64 * 100.0 / BUSINESS as f64
    );
    assert!(lines.len() * 100 <= BUSINESS * 2, "{}", lines.len());
}

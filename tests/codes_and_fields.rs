//! Properties of customer codes, fields, records, queries and imports.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use vault::group::code::{CodeError, CustomerCode, GroupPrefix};
use vault::group::duplicate::duplicate_keys;
use vault::group::field::Fields;
use vault::group::folding::fold;
use vault::group::import::{Mapping, Source};
use vault::group::kind::Kind;
use vault::group::query::{Query, Words, search_text};
use vault::group::record::Record;
use vault::surroundings::Random;

#[path = "../benches/customers.rs"]
mod customers;

/// Bytes that follow from a seed.
struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        for byte in bytes {
            let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            *byte = (state.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 56) as u8;
        }
        Ok(())
    }
}

fn code_of(seed: u64) -> CustomerCode {
    let random = Seeded(AtomicU64::new(seed));
    CustomerCode::random(GroupPrefix::random(&random).unwrap(), &random).unwrap()
}

const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

proptest! {
    #[test]
    fn a_code_reads_back_however_it_is_typed(seed: u64) {
        let code = code_of(seed);
        let text = code.to_string();
        let plain = text.replace('-', "");
        let look_alike = plain.replace('0', "o").replace('1', "l").to_lowercase();
        for typed in [&text, &plain, &look_alike, &format!(" {} ", text.replace('-', " "))] {
            prop_assert_eq!(CustomerCode::parse(typed), Ok(code));
        }
        prop_assert_eq!(code.prefix().to_string(), &plain[..2]);
        prop_assert_eq!(Query::parse(&text), Ok(Query::Code(code)));
    }

    #[test]
    fn every_wrong_character_of_a_code_is_noticed(seed: u64) {
        let plain: Vec<char> = code_of(seed).to_string().replace('-', "").chars().collect();
        for place in 0..plain.len() {
            for symbol in SYMBOLS.chars().chain(['U']).filter(|symbol| *symbol != plain[place]) {
                let mut wrong = plain.clone();
                wrong[place] = symbol;
                let wrong = String::from_iter(wrong);
                prop_assert_eq!(CustomerCode::parse(&wrong), Err(CodeError::Mistyped), "{}", wrong);
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_in_a_code_is_noticed(seed: u64) {
        let plain: Vec<char> = code_of(seed).to_string().replace('-', "").chars().collect();
        for place in 1..plain.len() {
            let mut swapped = plain.clone();
            swapped.swap(place - 1, place);
            if swapped != plain {
                let swapped = String::from_iter(swapped);
                prop_assert_eq!(CustomerCode::parse(&swapped), Err(CodeError::Mistyped), "{}", swapped);
            }
        }
    }

    #[test]
    fn no_text_upsets_codes_and_queries(text: String) {
        let _ = CustomerCode::parse(&text);
        let _ = Query::parse(&text);
    }

    #[test]
    fn an_fts_expression_holds_nothing_but_quoted_words(text in "\\PC*|[\"*()^:+{}\\- a-zA-Z0-9\u{0}-\u{20}]*") {
        let Ok(words) = Words::parse(&text) else { return Ok(()) };
        for expression in [words.fts_expression(), words.exact_fts_expression()] {
            for (place, piece) in expression.split('"').enumerate() {
                if place % 2 == 1 {
                    let word = piece.strip_prefix('\u{2190}').unwrap_or(piece);
                    prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric));
                } else {
                    let rest = [" AND ", " OR ", " *", "(", ")"].iter().fold(piece.to_owned(), |rest, syntax| rest.replace(syntax, ""));
                    prop_assert!(rest.is_empty(), "{:?}", piece);
                }
            }
        }
    }

    #[test]
    fn folding_a_folded_word_changes_nothing(text: String) {
        for word in fold(&text) {
            prop_assert_eq!(fold(&word), [word.clone()]);
            prop_assert!(word.chars().all(|c| !c.is_ascii_uppercase()));
        }
    }

    #[test]
    fn a_stored_form_is_accepted_as_it_is(raw: String) {
        for kind in Kind::ALL {
            if let Ok(Some(value)) = kind.check(&raw) {
                let again = kind.check(value.expose()).unwrap().unwrap();
                prop_assert_eq!(again.expose(), value.expose());
            }
        }
    }

    #[test]
    fn a_record_reads_back_from_storage(name in "\\PC{0,40}", notes: String) {
        if let Ok(record) = Record::check(&Fields::standard(), [("name", &*name), ("notes", &*notes)]) {
            prop_assert_eq!(Record::from_json(&record.to_json()).unwrap(), record);
        }
    }

    #[test]
    fn no_text_upsets_the_fields_file_and_stored_records(text: String) {
        let _ = Fields::from_json(&text);
        let _ = Record::from_json(&text);
    }

    #[test]
    fn no_file_upsets_the_import(bytes: Vec<u8>, beginning in 0..4_usize) {
        let beginning = [&b""[..], b"name,notes\n", b"{\"name\":\"Ana\"}\n{", b"name;city\n\"Ana"][beginning];
        let file = [beginning, &bytes].concat();
        let fields = Fields::standard();
        if let Ok(rows) = Source::open(Box::new(&*file), &fields, &Mapping::default()) {
            let count = rows.count();
            prop_assert!(count <= file.len());
        }
    }

    #[test]
    fn a_written_table_reads_back(cells in prop::collection::vec(("[a-zß-ÿ,;\"'\t]{1,9}", "[^\0\r]{0,20}"), 1..9)) {
        let fields = Fields::from_json(
            r#"{"fields":[{"name":"note","kind":"note","required":true},{"name":"more","kind":"note"}]}"#,
        ).unwrap();
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(["note", "more"]).unwrap();
        for (note, more) in &cells {
            file.write_record([note, more]).unwrap();
        }
        let file = file.into_inner().unwrap();
        let rows = Source::open(Box::new(&*file), &fields, &Mapping::default()).unwrap();
        let mut line = 2;
        for (row, (note, more)) in rows.zip(&cells) {
            let row = row.unwrap();
            prop_assert_eq!(row.line, line);
            line += 1 + (note.matches('\n').count() + more.matches('\n').count()) as u64;
            let expected = Record::check(&fields, [("note", &**note), ("more", &**more)]);
            prop_assert_eq!(row.outcome, expected);
        }
    }
}

#[test]
fn generated_customers_are_valid_distinct_and_of_the_size_they_promise() {
    let fields = Fields::standard();
    let (mut keys, mut bytes, mut repeated) = (std::collections::HashSet::new(), 0, 0);
    for index in 0..20_000 {
        let values = customers::customer(index, 7);
        bytes += values.iter().map(|(_, value)| value.len()).sum::<usize>();
        let record = Record::check(&fields, values.iter().map(|(name, value)| (*name, value.as_str())));
        let record = record.unwrap_or_else(|bad| panic!("{bad:?} in {values:?}"));
        assert!(!search_text(&fields, &record).is_empty());
        for key in duplicate_keys(&fields, &record) {
            let fresh = keys.insert(key.key);
            assert!(fresh || key.field == "name", "{} of {values:?}", key.field);
            repeated += usize::from(!fresh);
        }
    }
    assert!((200..=250).contains(&(bytes / 20_000)), "{} bytes a customer", bytes / 20_000);
    assert!(repeated < 20, "{repeated} share name and date of birth");
    assert_eq!(customers::customer(3, 7), customers::customer(3, 7));
    assert_ne!(customers::customer(3, 7), customers::customer(3, 8));
}

#[test]
fn generated_customers_import() {
    let mut file = Vec::new();
    customers::csv(500, 7, &mut file).unwrap();
    let fields = Fields::standard();
    let rows = Source::open(Box::new(&*file), &fields, &Mapping::default()).unwrap();
    let records: Vec<_> = rows.map(|row| row.unwrap().outcome.unwrap()).collect();
    assert_eq!(records.len(), 500);
}

/// A real file of customers all over the world, wherever `VAULT_TEST_DATA` says that test data are.
#[test]
fn customers_of_a_real_shop_import() {
    let Some(data) = std::env::var_os("VAULT_TEST_DATA") else {
        println!("SKIPPED: a real shop's customers, because VAULT_TEST_DATA is not set");
        return;
    };
    let file = std::fs::File::open(std::path::Path::new(&data).join("customers/northwind.csv")).unwrap();
    let pair = |column: &str, field: &str| (column.to_owned(), field.to_owned());
    let mapping = Mapping {
        map: vec![
            pair("CompanyName", "name"),
            pair("Address", "street"),
            pair("PostalCode", "postcode"),
            pair("ContactName", "notes"),
        ],
        ignore: ["CustomerID", "ContactTitle", "Region", "Fax"].map(str::to_owned).to_vec(),
        null: Some("NULL".to_owned()),
    };
    let fields = Fields::standard();
    let rows = Source::open(Box::new(file), &fields, &mapping).unwrap();
    let bad: Vec<_> = rows.filter_map(|row| row.unwrap().outcome.err()).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

//! Imports of files as offices have them, good and bad.

use std::io::Cursor;

use super::*;
use crate::group::duplicate::duplicate_keys;

fn mapping(map: &[(&str, &str)], ignore: &[&str], null: Option<&str>) -> Mapping {
    Mapping {
        map: map.iter().map(|(column, field)| ((*column).to_owned(), (*field).to_owned())).collect(),
        ignore: ignore.iter().map(|column| (*column).to_owned()).collect(),
        null: null.map(str::to_owned),
    }
}

fn open<'a>(bytes: &'a [u8], fields: &'a Fields, mapping: &Mapping) -> Result<Source<'a>, ImportError> {
    Source::open(Box::new(bytes), fields, mapping)
}

/// One line a row: its line and record, or what is wrong with it.
fn rows_with(bytes: &[u8], mapping: &Mapping) -> Result<Vec<String>, ImportError> {
    let fields = Fields::standard();
    let rows = open(bytes, &fields, mapping)?;
    rows.map(|row| {
        let Row { line, outcome } = row?;
        let text = outcome.map_or_else(
            |bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            |record| record.to_json().to_string(),
        );
        Ok(format!("{line} {text}"))
    })
    .collect()
}

fn rows(text: &str) -> Vec<String> {
    rows_with(text.as_bytes(), &Mapping::default()).unwrap()
}

fn refusal(bytes: &[u8], mapping: &Mapping) -> String {
    rows_with(bytes, mapping).unwrap_err().to_string()
}

fn refused(bytes: &[u8]) -> String {
    refusal(bytes, &Mapping::default())
}

#[test]
fn each_delimiter_is_recognised_and_columns_are_found_by_name_and_label() {
    let expected = [r#"2 {"name":"Ana","email":"a@b.c","birth_date":"1984-01-09"}"#];
    assert_eq!(rows("Name,E-mail,Date of birth\nAna,a@b.c,1984-01-09\n"), expected);
    assert_eq!(rows("\u{feff}NAME;email;birthDate\r\nAna;a@b.c;1984-01-09\r\n"), expected);
    assert_eq!(rows("name\tE_Mail\tBirth Date\nAna\ta@b.c\t1984-01-09"), expected);
    assert_eq!(rows("name\nAna"), [r#"2 {"name":"Ana"}"#]);
}

#[test]
fn quoted_cells_may_hold_delimiters_quotes_and_line_breaks() {
    let text = "name,notes\n\"Trujillo, Ana\",\"one\r\ntwo \"\"three\"\"\"\n\n\nBo,\n";
    let expected = [r#"2 {"name":"Trujillo, Ana","notes":"one\ntwo \"three\""}"#, r#"6 {"name":"Bo"}"#];
    assert_eq!(rows(text), expected);
    assert_eq!(rows(&text.replace("\r\n", "\n").replace('\n', "\r\n")), expected);
}

#[test]
fn every_bad_row_is_listed_with_line_field_and_reason() {
    let text = "name,email,birth_date\nAna,a@b.c\n,a b,03/04/2026\nBo,,\nCy,,,\n";
    assert_eq!(
        rows(text),
        [
            "2 -: has 2 cells, the header has 3",
            "3 email: not an e-mail address, which is written like name@example.org; birth_date: not a \
             date, which is written YYYY-MM-DD, as 2026-04-03; name: is required",
            r#"4 {"name":"Bo"}"#,
            "5 -: has 4 cells, the header has 3",
        ]
    );
}

#[test]
fn the_line_that_excel_puts_first_is_named() {
    for text in ["sep=;\nname;city\nAna;Lund\n", "SEP=,\r\nname,city\r\nAna,Lund\r\n"] {
        let error = rows_with(text.as_bytes(), &Mapping::default()).unwrap_err();
        assert_eq!(error.to_string(), "the first row is no header: it is the line `sep=` that Excel writes");
        assert_eq!(error.hint(), Some("remove that line; the separator is found without it"));
    }
}

#[test]
fn a_quote_that_is_never_closed_is_a_bad_row_and_not_a_long_note() {
    let text = "name,notes\nAna,\"likes tea\nBo,x\nCy,y\n";
    assert_eq!(rows(text), ["2 -: a quoted cell begins here and never ends"]);
    let endless = format!("name,notes\nAna,\"{}", "x\n".repeat(1 << 20));
    let error = rows_with(endless.as_bytes(), &Mapping::default()).unwrap_err();
    assert!(matches!(error, ImportError::RowTooLong { line: 2 }), "{error}");
    assert_eq!(error.hint(), Some("a closing quote may be missing"));
}

#[test]
fn a_zero_byte_ends_no_file() {
    assert!(refused(b"name\nAna\n\0\nBo\n").starts_with("line 3 is not UTF-8 text"));
    assert!(refused(b"name\nAna\n\0").starts_with("line 3 is not UTF-8 text"));
}

#[test]
fn line_ends_are_joined_wherever_they_are_cut() {
    let text = format!("name,city\r\n{}", "Ana,B\r\n".repeat(100_000));
    let fields = Fields::standard();
    let mut line = 1;
    for row in open(text.as_bytes(), &fields, &Mapping::default()).unwrap() {
        let row = row.unwrap();
        line += 1;
        assert_eq!(row.line, line);
        assert_eq!(row.outcome.unwrap().to_json().as_str(), r#"{"name":"Ana","city":"B"}"#);
    }
    assert_eq!(line, 100_001);
}

#[test]
fn cells_of_the_null_text_hold_no_value() {
    let null = mapping(&[], &[], Some("NULL"));
    let csv = rows_with(b"name,city,phone\nAna,NULL, NULL \nNULL,Bern,\n", &null).unwrap();
    assert_eq!(csv, [r#"2 {"name":"Ana"}"#, "3 name: is required"]);
    let json = rows_with(br#"{"name":"Ana","city":"NULL"}"#, &null).unwrap();
    assert_eq!(json, [r#"1 {"name":"Ana"}"#]);
}

#[test]
fn columns_are_mapped_and_ignored_as_told() {
    let told = mapping(&[("Company Name", "name"), ("fax", "phone")], &["customer-id"], None);
    let csv = rows_with(b"CustomerID,CompanyName,Fax\n1,Ana,030 12\n", &told).unwrap();
    let json = rows_with(br#"{"customerId":1,"companyName":"Ana","fax":"030 12"}"#, &told).unwrap();
    assert_eq!(csv, [r#"2 {"name":"Ana","phone":"030 12"}"#]);
    assert_eq!(json, [r#"1 {"name":"Ana","phone":"030 12"}"#]);
}

#[test]
fn a_header_that_does_not_fit_the_fields_is_refused() {
    let unknown = rows_with(b"name,Fax,Region\nAna,,\n", &Mapping::default()).unwrap_err();
    assert_eq!(unknown.to_string(), "columns that are no field of the group: Fax, Region");
    assert!(unknown.hint().unwrap().contains("--ignore COLUMN"));
    assert_eq!(
        refused(b"name,zip,postcode\n"),
        r#"two columns fill the field `postcode`: "zip" and "postcode""#
    );
    assert_eq!(refused(b"name,city,City\n"), r#"the column "City" is there twice"#);
    assert_eq!(refused(b"city,phone\n"), "no column fills the field `name`, which is required");
    let header = b"name,city\n";
    assert_eq!(refusal(header, &mapping(&[("town", "city")], &[], None)), r#"the file has no column "town""#);
    assert_eq!(
        refusal(header, &mapping(&[("city", "ctiy")], &[], None)),
        r#"there is no field "ctiy"; did you mean `city`?"#
    );
    let both = mapping(&[("city", "city")], &["City"], None);
    assert_eq!(refusal(header, &both), r#"the column "City" is mapped or ignored twice"#);
}

#[test]
fn a_missing_header_is_noticed_and_no_customer_is_named() {
    for (text, why) in [
        ("Ana Trujillo,ana@example.org,Bern\n", "its cell 2 looks like a value"),
        ("Ana Trujillo,,Bern\n", "its cell 2 is empty"),
        ("Ana Trujillo,1984-01-09\n", "its cell 2 looks like a value"),
        ("Ana Trujillo,Bern\n", "none of its 2 cells names a field of the group"),
    ] {
        assert_eq!(refused(text.as_bytes()), format!("the first row is no header: {why}"));
    }
}

#[test]
fn a_million_columns_are_refused_at_once() {
    let message = refused("a,".repeat(1_000_000).as_bytes());
    assert!(message.starts_with("the header has 5") && message.ends_with("1000 are allowed"), "{message}");
    let short = format!("{}\nAna", vec!["a"; 1_001].join(","));
    assert_eq!(refused(short.as_bytes()), "the header has 1001 columns or more; 1000 are allowed");
}

#[test]
fn an_endless_line_is_refused_in_bounded_memory() {
    let fields = Fields::standard();
    let endless = || Box::new(io::repeat(b'x'));
    let error = Source::open(endless(), &fields, &Mapping::default()).err().unwrap();
    assert!(matches!(error, ImportError::RowTooLong { line: 1 }));
    for beginning in ["name\nAna\n", "{\"name\":\"Ana\"}\n"] {
        let reader = Cursor::new(beginning).chain(endless());
        let mut source = Source::open(Box::new(reader), &fields, &Mapping::default()).unwrap();
        assert!(source.next().unwrap().unwrap().outcome.is_ok());
        assert!(matches!(source.next(), Some(Err(ImportError::RowTooLong { .. }))));
        assert!(source.next().is_none());
    }
}

#[test]
fn a_wrong_encoding_is_named_with_its_line() {
    let latin = b"name,city\nAna,Bern\nBo,K\xF6ln\n";
    assert_eq!(refused(latin), "line 3 is not UTF-8 text: it looks like Windows-1252 or Latin-1");
    assert!(refused(b"{\"name\":\"K\xF6ln\"}").starts_with("line 1 is not UTF-8"));
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for text in ["\u{feff}name,city\nAna,Bern\n", "name,city\nAna,Bern\n", "{\"name\":\"Ana\"}"] {
        assert_eq!(refused(&utf16(text)), "line 1 is not UTF-8 text: it looks like UTF-16");
    }
    let error = rows_with(latin, &Mapping::default()).unwrap_err();
    assert!(error.hint().unwrap().contains("iconv -f WINDOWS-1252"));
}

#[test]
fn other_files_are_recognised() {
    for (bytes, message) in [
        (&b"PK\x03\x04rest"[..], "the file is a spreadsheet or zip archive, not CSV or JSON Lines"),
        (b"%PDF-1.7", "the file is a PDF, not CSV or JSON Lines"),
        (b"[{\"name\":1}]", "the file is a JSON array, not CSV or JSON Lines"),
        (b"SQLite format 3\0", "the file is an SQLite database, not CSV or JSON Lines"),
        (b"age-encryption.org/v1\n", "the file is sealed with age"),
        (b"", "the file is empty"),
        (b"\xEF\xBB\xBF \r\n\n", "the file is empty"),
    ] {
        assert_eq!(refused(bytes), message);
    }
}

#[test]
fn json_lines_are_read_and_every_bad_one_is_listed() {
    let text = "\n{\"name\":\"Ana\",\"postcode\":12209,\"city\":null}\r\n{\"name\":\"Bo\",\"tags\":[1]}\n\
                {\"name\":\n{\"name\":\"Cy\",\"emial\":\"x\"}\n{\"city\":\"Bern\",\"City\":\"Bern\"}";
    let listed = rows(text);
    assert_eq!(listed[0], r#"2 {"name":"Ana","postcode":"12209"}"#);
    assert!(listed[1].starts_with("3 -: not one flat JSON object"), "{}", listed[1]);
    assert_eq!(listed[2], "4 -: not JSON from column 8 on");
    assert_eq!(listed[3], "5 emial: the group has no such field; did you mean `email`?");
    assert_eq!(listed[4], "6 city: is given twice; name: is required");
}

#[test]
fn the_example_imports_without_mapping_and_its_bad_twin_has_24_uneven_rows() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let read = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
    let good = rows_with(&read("customers.csv"), &Mapping::default()).unwrap();
    assert_eq!(good.iter().filter(|row| row.contains(" {")).count(), 91, "{good:#?}");
    let bad = rows_with(&read("customers-bad.csv"), &mapping(&[], &[], Some("NULL"))).unwrap();
    let uneven = bad.iter().filter(|row| row.ends_with("has 9 cells, the header has 8")).count();
    assert_eq!((bad.len(), uneven), (91, 24), "{bad:#?}");
    assert_eq!(bad.iter().filter(|row| row.contains(" {")).count(), 67);
    refuse_duplicates(&read("customers.csv"), &Mapping::default());
}

#[test]
fn real_customers_import_without_false_duplicates() {
    let Some(folder) = std::env::var_os("VAULT_TEST_DATA").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: VAULT_TEST_DATA is not set, so no real customers were imported");
        return;
    };
    let map = [("CompanyName", "name"), ("Address", "street")];
    let told = mapping(&map, &["CustomerID", "ContactName", "ContactTitle", "Region", "Fax"], Some("NULL"));
    let good = std::fs::read(folder.join("customers/northwind.csv")).unwrap();
    refuse_duplicates(&good, &told);
    let bad = std::fs::read(folder.join("customers/northwind-unquoted.csv")).unwrap();
    let bad = rows_with(&bad, &told).unwrap();
    let uneven = bad.iter().filter(|row| row.ends_with("has 12 cells, the header has 11")).count();
    assert_eq!((bad.len(), uneven), (91, 24));
}

/// 91 customers, and none has a key of another.
fn refuse_duplicates(bytes: &[u8], mapping: &Mapping) {
    let fields = Fields::standard();
    let mut keys = std::collections::BTreeSet::new();
    let mut count = 0;
    for row in open(bytes, &fields, mapping).unwrap() {
        let record = row.unwrap().outcome.unwrap();
        let fresh = duplicate_keys(&fields, &record).into_iter().all(|key| keys.insert(key.key));
        assert!(fresh, "{}", *record.to_json());
        count += 1;
    }
    assert_eq!(count, 91);
}

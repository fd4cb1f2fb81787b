//! Stories of CSV files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use proptest::prelude::*;

use super::*;

fn rewritten(source: &str) -> (String, Vec<(u64, u64)>) {
    let mut redactor = Redactor::default();
    let written = rewrite(source.as_bytes(), &mut redactor).unwrap();
    let places =
        redactor.findings().iter().map(|finding| (finding.place.line, finding.place.column)).collect();
    (String::from_utf8(written.to_vec()).unwrap(), places)
}

fn is(source: &str, wanted: &str, places: &[(u64, u64)]) {
    assert_eq!(rewritten(source), (wanted.to_owned(), places.to_vec()), "{source}");
}

fn refused(source: &[u8]) -> String {
    rewrite(source, &mut Redactor::default()).unwrap_err().to_string()
}

/// The headings that a table's columns have for the redactor.
fn headings(source: &str) -> Vec<String> {
    let mut table = Table::new(source.as_bytes(), Origin::FILE);
    let mut redactor = Redactor::default();
    for line in source.split_inclusive('\n') {
        table.rewrite(line, &mut redactor);
    }
    table.headings.unwrap_or_default().iter().map(|heading| heading.to_string()).collect()
}

#[test]
fn a_number_in_a_cell_is_blacked_out() {
    is("name,card\r\nJane,4111 1111 1111 1111\r\n", "name,card\r\nJane,[card ████]\r\n", &[(2, 6)]);
    is("\u{feff}card;é\n4111111111111111;é", "\u{feff}card;é\n[card ████];é", &[(2, 1)]);
}

#[test]
fn any_usual_separator_is_found_out() {
    for separator in [",", ";", "\t", "|"] {
        let source = format!("a{separator}b\n1{separator}2\n3{separator}4111111111111111\n");
        is(&source, &source.replace("4111111111111111", "[card ████]"), &[(3, 3)]);
    }
    for (source, separator) in [
        ("a;b\n1,5;2,5\n", b';'),
        ("name,note\n\"x;y;z\",1\n\"a;b;c\",2\n", b','),
        ("Customers of May\na;b;c\n1;2;3\n", b';'),
        ("one column\n1\n", b','),
        ("a|b,c\n1|2\n", b'|'),
        ("", b','),
    ] {
        assert_eq!(dialect::guessed(source.as_bytes()), separator, "{source}");
    }
}

#[test]
fn a_separator_may_be_named_in_the_first_line() {
    is("sep=|\na|b\n4111|1111\n", "sep=|\na|b\n4111|1111\n", &[]);
    assert_eq!(headings("sep=;\nssn;card\n1;2\n"), ["ssn", "card"]);
    assert_eq!(dialect::named(b"\xef\xbb\xbfsep=;\r\nx"), Some(b';'));
}

#[test]
fn cells_are_not_read_together() {
    is("a,b\n41111111,11111111\n", "a,b\n41111111,11111111\n", &[]);
    is("a,b\n4111 1111,\n1111 1111,\n", "a,b\n4111 1111,\n1111 1111,\n", &[]);
    is("a\r4111\r1111 1111 1111\r", "a\r4111\r1111 1111 1111\r", &[]);
}

#[test]
fn quotes_stay_quotes() {
    is("a,b\n\"x \"\"y\"\" 4111111111111111, z\",1\n", "a,b\n\"x \"\"y\"\" [card ████], z\",1\n", &[(2, 10)]);
    is("a,b\n\"say \"\"4111111111111111\"\"\",1", "a,b\n\"say \"\"[card ████]\"\"\",1", &[(2, 8)]);
    is(
        "a,b\n\"41\"11111111111111,=\"4111111111111111\"\n",
        "a,b\n\"[card ████]\",=\"[card ████]\"\n",
        &[(2, 2), (2, 22)],
    );
}

#[test]
fn a_cell_over_lines_keeps_its_lines() {
    is(
        "a,b\n\"one\ntwo 4111111111111111\nthree\",4111111111111111\n",
        "a,b\n\"one\ntwo [card ████]\nthree\",[card ████]\n",
        &[(3, 5), (4, 8)],
    );
}

#[test]
fn headings_are_labels_unless_they_are_values() {
    assert_eq!(headings("ssn, Card No \nx,y\n"), ["ssn", "Card No"]);
    assert_eq!(headings("\"SSN\",b\n"), ["SSN", "b"]);
    assert!(headings("Jane,4111111111111111\nx,y\n").is_empty());
    assert!(headings("Jane,536904399\nx,y\n").is_empty());
    assert!(headings("Jane,[card ████]\nx,y\n").is_empty(), "nor in a result");
    is("a\n1,2,4111111111111111\n", "a\n1,2,[card ████]\n", &[(2, 5)]);
}

#[test]
fn a_quote_that_is_never_closed_is_refused() {
    let why = refused(b"a,b\n1,2\n3,\"x\ny\n");
    assert!(why.contains("opened in line 3"), "{why}");
}

#[test]
fn what_is_no_utf8_text_is_refused() {
    assert!(refused(b"a,b\nM\xfcller,1\n").contains("line 2"));
    assert!(refused(b"4\x001\x001\x00\n").contains("UTF-16"));
}

#[test]
fn a_row_without_end_is_refused() {
    let mut source = b"a,b\n".to_vec();
    source.resize(17 << 20, b'x');
    assert!(refused(&source).contains("line 2 is longer than 16 MiB"));
}

#[test]
fn a_large_file_is_read_row_by_row() {
    let mut redactor = Redactor::default();
    let source = "name,card\n".to_owned() + &"x,4111111111111111\n".repeat(20_000);
    let (mut rows, mut longest) = (0, 0);
    let mut output = |bytes: &[u8]| {
        (rows, longest) = (rows + 1, longest.max(bytes.len()));
        Ok(())
    };
    rewrite_rows(&mut source.as_bytes(), &mut output, &mut redactor).unwrap();
    assert_eq!((rows, redactor.findings().len()), (20_001, 20_000));
    assert!(longest < 50);
}

/// Rows of cells. Of letters they have x, z and é alone: a heading of two others may say that a column holds purchase
/// orders (`Po`), and then a number stays.
fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        "[ -@\\[-`{-~xzé\n\r]{0,8}",
        "[xz]{0,6}",
        Just("4111 1111 1111 1111".to_owned()),
        Just("x\n4111111111111111\"".to_owned())
    ];
    prop::collection::vec(prop::collection::vec(cell, 2..5), 1..6)
}

fn parsed(text: &[u8], separator: u8) -> Vec<Vec<String>> {
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

proptest! {
    #[test]
    fn any_table_keeps_its_rows_and_cells(rows in cells(), separator in prop::sample::select(&b",;\t|"[..])) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(separator).flexible(true).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let body = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let source = format!("sep={}\n{body}", char::from(separator));
        let (written, places) = rewritten(&source);
        let again = rewritten(&written);
        prop_assert_eq!(&again, &(written.clone(), vec![]), "once is enough");
        prop_assert!(!places.is_empty() || written == source, "nothing found, nothing changed");
        prop_assert_eq!(written.matches('\n').count(), source.matches('\n').count());
        let after = parsed(written.split_once('\n').unwrap().1.as_bytes(), separator);
        let before = parsed(body.as_bytes(), separator);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
            prop_assert_eq!(&before.replace("4111 1111 1111 1111", "[card ████]").replace("4111111111111111", "[card ████]"), after);
        }
    }

    #[test]
    fn any_text_is_rewritten_or_refused(source in "[a1\",;\n\r é]{0,60}") {
        if let Ok(written) = rewrite(source.as_bytes(), &mut Redactor::default()) {
            prop_assert_eq!(&written[..], source.as_bytes());
        }
    }
}

#[test]
fn a_title_over_the_headings_hides_no_label() {
    is(
        "Customers of 2024;;\n\nName;SSN;Note\nJane;536904399;x\n",
        "Customers of 2024;;\n\nName;SSN;Note\nJane;[SSN ████];x\n",
        &[(4, 6)],
    );
    is("SSN\n536904399\n219099999\n", "SSN\n[SSN ████]\n[SSN ████]\n", &[(2, 1), (3, 1)]);
}

#[test]
fn in_a_form_the_cell_before_says_what_a_value_is() {
    is("Field,Value\nSSN,536904399\n", "Field,Value\nSSN,[SSN ████]\n", &[(2, 5)]);
    is("SSN,536904399\nOrder,536904399\n", "SSN,[SSN ████]\nOrder,536904399\n", &[(1, 5)]);
}

#[test]
fn a_customers_name_over_two_cells_goes_whole() {
    let mut people = crate::redact::people::People::new(std::hash::RandomState::new());
    people.add_name("Anna Maria Lindqvist", &"1A-ANNA".into());
    people.add_name("Bo Ek", &"1A-BO".into());
    people.add_name("Bo Ek", &"1A-OTHER".into());
    let options = crate::redact::Options { people: Some(people.into()), ..Default::default() };
    let mut redactor = Redactor::new(options);
    let source =
        b"first name,last name,town\nAnna,Lindqvist,Bo\n\"Ek\",Bo,Lindqvist\nBo,Anna Maria,Lindqvist\n";
    let written = rewrite(source, &mut redactor).unwrap();
    assert_eq!(
        std::str::from_utf8(&written).unwrap(),
        "first name,last name,town\n1A-ANNA,1A-ANNA,Bo\n\"[customer ████]\",[customer ████],Lindqvist\nBo,1A-ANNA,1A-ANNA\n"
    );
    let places: Vec<_> =
        redactor.findings().iter().map(|found| (found.place.line, found.place.column)).collect();
    assert_eq!(places, [(2, 1), (2, 6), (3, 2), (3, 6), (4, 4), (4, 15)]);
}

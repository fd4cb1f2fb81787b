//! Stories of JSON files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use proptest::prelude::*;
use serde_json::Value;

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

#[test]
fn a_number_in_a_string_is_blacked_out() {
    is("{\n  \"é\": \"é 4111 1111 1111 1111 x\"\n}\n", "{\n  \"é\": \"é [card ████] x\"\n}\n", &[(2, 11)]);
}

#[test]
fn a_number_becomes_a_string() {
    is("{\"card\":4111111111111111}", "{\"card\":\"[card ████]\"}", &[(1, 9)]);
    is("[-4111111111111111 , 5]", "[\"-[card ████]\" , 5]", &[(1, 3)]);
    is("[4111111111111111.0]", "[\"[card ████].0\"]", &[(1, 2)]);
    is("[4.111111111111111e15,1.5]", "[\"[card ████]\",1.5]", &[(1, 2)]);
}

#[test]
fn what_is_no_integer_is_a_measure() {
    for source in
        ["[728.4111111111111111]", "[4111111111111111.5, -0.4111111111111111, 4.1111111111111111e-3]"]
    {
        is(source, source, &[]);
    }
}

#[test]
fn a_key_is_read_too() {
    is("{\"4111111111111111\": [1]}", "{\"[card ████]\": [1]}", &[(1, 3)]);
}

#[test]
fn escapes_are_read_and_what_is_beside_stays() {
    is(
        r#"["\u00e9 \/ 41\u0031\u00311111 1111 1111\n\"\ud83d\ude00\" \ud800"]"#,
        "[\"\\u00e9 \\/ [card ████]\\n\\\"\\ud83d\\ude00\\\" \\ud800\"]",
        &[(1, 13)],
    );
    is(r#"["a\n\n4111111111111111"]"#, r#"["a\n\n[card ████]"]"#, &[(1, 8)]);
}

#[test]
fn values_are_not_read_together() {
    let source = r#"{"a":["4111","1111","1111","1111"],"b":[4111,1111,1111,1111]}"#;
    is(source, source, &[]);
}

#[test]
fn values_are_called_as_their_key() {
    let mut redactor = Redactor::default();
    let mut scan = Scan::new(r#"{"cardNo":[[{"a":1}, 2"#, &mut redactor, Origin::FILE);
    let mut labels = Vec::new();
    let mut next = scan::Next::Document;
    while let Some(byte) = {
        scan.skip_space();
        scan.peek()
    } {
        labels.push(scan.label().to_string());
        next = scan.step(next, byte).unwrap();
    }
    assert_eq!(labels.last().unwrap(), "cardNo");
    assert!(labels.contains(&"a".to_owned()));
}

#[test]
fn several_documents_have_a_line_each() {
    is("{\"a\":1}\n\n[4111111111111111]\r\n\"x\"", "{\"a\":1}\n\n[\"[card ████]\"]\r\n\"x\"", &[(3, 2)]);
    is("", "", &[]);
    is("\u{feff}[]\n", "\u{feff}[]\n", &[]);
    assert!(refused(b"{} {}").contains("column 4"));
}

#[test]
fn json_lines_are_read_line_by_line() {
    let source = "{\"a\":\"4111111111111111\"}\n".repeat(1000);
    let (mut redactor, mut written, mut longest) = (Redactor::default(), Vec::new(), 0);
    let mut output = |bytes: &[u8]| {
        longest = longest.max(bytes.len());
        written.extend_from_slice(bytes);
        Ok(())
    };
    rewrite_lines(&mut source.as_bytes(), &mut output, &mut redactor).unwrap();
    assert!(longest < 50);
    assert_eq!(written, source.replace("4111111111111111", "[card ████]").into_bytes());
    assert_eq!(redactor.findings().last().unwrap().place.line, 1000);
    let cut = rewrite_lines(&mut &b"{}\n{\"a\":\n1}\n"[..], &mut |_| Ok(()), &mut redactor).unwrap_err();
    assert!(cut.to_string().contains("line 3, column 1: it is cut off"), "{cut}");
}

#[test]
fn a_cut_or_broken_file_is_refused_with_its_line() {
    for (source, why) in [
        ("{\n\"a\": [1,\n", "line 3, column 1: it is cut off"),
        ("{\n\"a\": \"41", "line 2, column 6: a string is cut off"),
        ("[\"a\nb\"]", "line 1, column 4: a string has a line break"),
        ("[\"\\x\"]", "an escape"),
        ("[\"\\u12", "cut off"),
        ("[\"\\u12g4\"]", "an escape"),
        ("[1,]", "no value"),
        ("{\"a\":1,}", "a key in quotes is missing"),
        ("{\"a\" 1}", "a colon is missing"),
        ("[1 2]", "a comma"),
        ("[1}", "a comma"),
        ("[01]", "no value"),
        ("[nul]", "no value"),
        ("]", "no value"),
        ("// x", "no value"),
    ] {
        assert!(refused(source.as_bytes()).contains(why), "{source}: {}", refused(source.as_bytes()));
    }
    assert!(refused(b"[\n\"\xff\"]").contains("line 2"));
    assert!(refused(b"[\x001\x00]\x00").contains("UTF-16"));
}

#[test]
fn depth_is_bounded() {
    assert!(refused("[".repeat(1_000_000).as_bytes()).contains("1000 deep"));
    let deep = "[".repeat(900) + &"]".repeat(900);
    is(&deep, &deep, &[]);
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,8}",
        "[\"\\\\\n\t/é]{0,6}",
        Just("4111 1111 1111 1111".to_owned()),
        "x\n4111111111111111\""
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::from(4_111_111_111_111_111_u64)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_redacted_once_and_stays_json(value in values(), pretty: bool) {
        let source = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let (written, places) = rewritten(&source);
        let again = rewritten(&written);
        prop_assert_eq!(again, (written.clone(), vec![]), "once is enough");
        prop_assert!(!places.is_empty() || written == source, "nothing found, nothing changed");
        prop_assert_eq!(written.matches('\n').count(), source.matches('\n').count());
        prop_assert!(serde_json::from_str::<Value>(&written).is_ok());
        prop_assert!(!written.contains("4111111111111111"));
    }

    #[test]
    fn what_is_accepted_is_what_other_readers_accept(source in r#"[\[\]{}:,"\\a1e.\- ]{0,14}"#) {
        let accepted = rewrite(source.as_bytes(), &mut Redactor::default()).is_ok();
        let known = serde_json::from_str::<serde::de::IgnoredAny>(&source).is_ok();
        prop_assert!(source.trim().is_empty() || accepted == known, "{}", source);
    }
}

#[test]
fn where_a_key_says_nothing_what_is_around_it_does() {
    for (source, wanted) in [
        (r#"{"ssn":{"value":"536904399"}}"#, r#"{"ssn":{"value":"[SSN ████]"}}"#),
        (r#"{"ssn":[{"number":536904399}]}"#, r#"{"ssn":[{"number":"[SSN ████]"}]}"#),
        (r#"{"name":"SSN","value":"536904399"}"#, r#"{"name":"SSN","value":"[SSN ████]"}"#),
        (r#"{"name":"SSN","value":536904399}"#, r#"{"name":"SSN","value":"[SSN ████]"}"#),
    ] {
        assert_eq!(rewritten(source).0, wanted);
        assert_eq!(rewritten(wanted).0, wanted);
    }
    for source in [r#"{"ssn":{"orders":"536904399"}}"#, r#"{"name":"Order","value":"536904399"}"#] {
        assert_eq!(rewritten(source).0, source);
    }
}

#[test]
fn a_customers_name_over_two_keys_goes_whole() {
    let mut people = crate::redact::people::People::new(std::hash::RandomState::new());
    people.add_name("Anna Lindqvist", &"1A-ANNA".into());
    let options = crate::redact::Options { people: Some(people.into()), ..Default::default() };
    let mut redactor = Redactor::new(options);
    let source = r#"[{"first_name": "Anna", "last_name": "Lindqvist"}, {"a": "Anna"}, {"b": "Lindqvist"}]"#;
    let written = rewrite(source.as_bytes(), &mut redactor).unwrap();
    assert_eq!(
        std::str::from_utf8(&written).unwrap(),
        r#"[{"first_name": "1A-ANNA", "last_name": "1A-ANNA"}, {"a": "Anna"}, {"b": "Lindqvist"}]"#
    );
}

/// What is only counted is blacked out once as well, by the first label that tells what it is.
#[test]
fn what_is_counted_and_not_kept_is_blacked_out_once() {
    let mut redactor = Redactor::default().that_counts();
    let written = rewrite(br#"{"email": {"value": "x@example.org"}}"#, &mut redactor).unwrap();
    assert_eq!(std::str::from_utf8(&written).unwrap(), r#"{"email": {"value": "[e-mail ████]"}}"#);
}

//! A group's fields, as an owner's file describes them.

use vault::group::field::Fields;

use crate::engine::{Target, Verdict};

pub const TARGET: Target = Target {
    name: "fields",
    longest: 32 * 1024,
    words: &[
        "{\"fields\":[",
        "]}",
        "{\"name\":\"",
        "\"kind\":\"",
        "\"label\":\"",
        "\"required\":true",
        "\"sensitive\":true",
        "\"searchable\":false",
        "\"purpose\":\"",
        "\"keep_months\":",
        "text",
        "name",
        "email",
        "phone",
        "date",
        "country",
        "iban",
        "card",
        "national_id",
        "note",
        "null",
        ",",
        "\"",
        "\\u0000",
        "\\u202e",
        "1200",
        "1201",
    ],
    seeds: || vec![serde_json::to_vec(&Fields::standard()).unwrap()],
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let fields = match Fields::from_json(text) {
        Ok(fields) => fields,
        Err(error) => return Verdict::refused(&error),
    };
    assert!(fields.len() >= 1);
    for field in &fields {
        assert_eq!(
            fields.get(&field.name).map(|found| &found.name),
            Ok(&field.name),
            "every field is found by its name"
        );
        assert!(!field.label.trim().is_empty());
    }
    // Stored as they are taken, and taken as they are stored.
    let stored = serde_json::to_string(&fields).unwrap();
    let again = Fields::from_json(&stored).expect("what is stored is read");
    assert_eq!(again, fields);
    assert_eq!(serde_json::to_string(&again).unwrap(), stored);
    Verdict::Taken
}

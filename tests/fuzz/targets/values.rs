//! Small values: names, days and moments, office hours, assignments, and what fields hold.

use vault::cli::log::filters::moment;
use vault::cli::values::{Assignment, Mapping, day, full_name, note, reason};
use vault::group::code::GroupPrefix;
use vault::group::kind::Kind;
use vault::sealed::signed::Digest;
use vault::store::Name;
use vault::store::roster::{Hours, PolicyChange};

use crate::engine::{Target, Verdict, seeds};

pub const TARGET: Target = Target {
    name: "values",
    longest: 4 * 1024,
    words: &[
        "2026-11-24",
        "2028-02-29",
        "9999-12-31",
        "T08:30:00Z",
        "+01:00",
        "[UTC]",
        "7d",
        "36525d",
        "mon-fri,",
        "08:00-18:00",
        "24:00",
        "any",
        "refuse",
        "warn",
        "{\"network\":\"",
        "\"idle_minutes\":",
        "\"office_hours\":\"",
        "=",
        "@",
        "ext 12",
        "+49 30",
        "DE89",
        "4111 1111 1111 1111",
        "\u{a0}",
        "\u{2028}",
        "e\u{301}",
        "\t",
        "\u{feff}",
    ],
    seeds: seeds::none,
    mend: None,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(input) else { return Verdict::refused(&"no text") };
    let mut taken = Vec::new();
    if let Ok(name) = text.parse::<Name>() {
        // It becomes a file's name.
        assert!(!name.as_str().contains(['/', '.', '\0']) && name.as_str() == text);
        taken.push("name");
    }
    if let Ok(day) = day(text) {
        assert_eq!(day.to_string(), text);
        taken.push("day");
    }
    if moment(text).is_ok() {
        taken.push("moment");
    }
    if let Ok(hours) = text.parse::<Hours>() {
        assert_eq!(hours.to_string().parse(), Ok(hours), "hours are read as they are written");
        taken.push("hours");
    }
    if let Ok(prefix) = text.parse::<GroupPrefix>() {
        assert_eq!(prefix.to_string().parse(), Ok(prefix));
        taken.push("prefix");
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
        taken.push("digest");
    }
    if let Ok(change) = serde_json::from_str::<PolicyChange>(text) {
        let again: PolicyChange = serde_json::from_str(&serde_json::to_string(&change).unwrap()).unwrap();
        assert_eq!((again.in_words(), &again), (change.in_words(), &change));
        taken.push(if change.is_sound() { "policy" } else { "unsound policy" });
    }
    if let Ok(set) = text.parse::<Assignment>() {
        assert_eq!(format!("{}={}", set.field, set.value), text);
        taken.push("assignment");
    }
    if let Ok(map) = text.parse::<Mapping>() {
        assert_eq!(format!("{}={}", map.column, map.field), text);
        taken.push("mapping");
    }
    let told = [reason(text).ok(), note(text).ok(), full_name(text).ok()];
    for said in told.iter().flatten() {
        assert!(!said.is_empty() && said.trim() == said && text.contains(said.as_str()));
    }
    for kind in Kind::ALL {
        if let Ok(Some(value)) = kind.check(text) {
            let again = kind.check(value.expose()).expect("a stored value is one that may be typed").unwrap();
            assert_eq!(again.expose(), value.expose(), "{kind}");
            hidden(kind, &kind.mask(&value), value.expose());
            taken.push(kind.name());
        }
    }
    if taken.is_empty() { Verdict::refused(&"none") } else { Verdict::TakenAs(taken.join(" ")) }
}

/// A mask shows no more than the last four characters of a card or an account.
fn hidden(kind: Kind, mask: &str, value: &str) {
    let shown: String = mask.chars().filter(|character| *character != '•').collect();
    let last = value.get(value.len().saturating_sub(4)..).unwrap_or_default();
    let may = matches!(kind, Kind::Card | Kind::Iban);
    assert!(shown.is_empty() || (may && shown == last), "{kind} is shown as {mask}");
}

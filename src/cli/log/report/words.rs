//! How a report says things, on a terminal and on a page alike.

use jiff::civil::{Date, DateTime};

use crate::access_log::report::{Act, Fields, Outside, Point, Reasons};

/// `2026-11-24 22:10`, by the report's time zone.
pub(super) fn time(at: Option<DateTime>) -> String {
    at.map_or_else(|| "(unreadable)".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// `entry 12, 2026-11-24 22:10`.
pub(super) fn point(point: Point) -> String {
    format!("entry {}, {}", point.seq, time(point.at))
}

/// `2026-11-24 Tue`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%Y-%m-%d %a").to_string()
}

/// `06:50–07:10, 22:10–23:40`.
pub(super) fn spans(outside: &Outside) -> String {
    let time = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    let spans = outside.spans.iter().map(|span| match (time(span.from), time(span.to)) {
        (from, to) if from == to => from,
        (from, to) => format!("{from}–{to}"),
    });
    spans.collect::<Vec<_>>().join(", ")
}

/// `iban ×6, phone`.
pub(super) fn fields(fields: &Fields) -> String {
    let named = fields.most_first();
    let mut words: Vec<String> = named.iter().map(|(name, times)| often(name, *times)).collect();
    words.extend((fields.more > 0).then(|| often("others", fields.more)));
    words.join(", ")
}

/// `“ring back” ×5, “refund 118”, and 4 more`.
pub(super) fn reasons(reasons: &Reasons) -> String {
    let mut words: Vec<String> =
        reasons.quoted().iter().map(|(reason, times)| often(&format!("“{reason}”"), *times)).collect();
    words.extend((reasons.more() > 0).then(|| format!("and {} more", reasons.more())));
    words.join(", ")
}

fn often(what: &str, times: u64) -> String {
    if times == 1 { what.to_owned() } else { format!("{what} ×{times}") }
}

/// Who did it, or only claimed to be.
pub(super) fn who(act: &Act) -> String {
    if act.claimed { format!("{} (claimed)", act.staff) } else { act.staff.clone() }
}

/// The codes if they are few, else how many.
pub(super) fn customers(codes: Option<&String>) -> String {
    const FEW: usize = 2;
    let codes = codes.map(String::as_str).unwrap_or_default();
    match codes.split(' ').count() {
        many if many > FEW => format!("{many} customers"),
        _ => codes.to_owned(),
    }
}

/// `1 entry`, `2 entries`.
pub(super) fn counted(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}

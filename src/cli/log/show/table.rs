//! The table of entries: what an auditor reads at a glance; the whole of them is in the other forms.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::access_log::Outcome;
use crate::access_log::reading::Row;

/// Headings and rows. A day's first entry stands below the day, so that times stay short; the zone of the
/// times stands in their heading.
pub(super) fn rows(entries: &[Row], zone: &TimeZone) -> ([String; 6], Vec<Vec<String>>) {
    let mut zones: Vec<String> = Vec::new();
    let mut day = None;
    let mut rows = Vec::new();
    for entry in entries {
        let at = entry.time.parse::<Timestamp>().ok().map(|at| at.to_zoned(zone.clone()));
        if let Some(at) = &at {
            let name = at.strftime("%Z").to_string();
            if !zones.contains(&name) {
                zones.push(name);
            }
            if day.replace(at.date()) != Some(at.date()) {
                rows.push(vec![String::new(), at.date().to_string()]);
            }
        }
        rows.push(row(entry, at.as_ref()));
    }
    let time = if zones.is_empty() { "Time".to_owned() } else { format!("Time {}", zones.join("/")) };
    let [number, who, what, place, more] = ["No.", "Who", "What", "Where", "Details"].map(str::to_owned);
    rows.iter_mut().for_each(|row| row.resize(6, String::new()));
    ([number, time, who, what, place, more], rows)
}

fn row(entry: &Row, at: Option<&Zoned>) -> Vec<String> {
    // What can't be read is shown as it stands.
    let time = at.map_or_else(|| entry.time.clone(), |at| at.strftime("%H:%M:%S").to_string());
    let what = match entry.outcome {
        Outcome::Success => entry.action.to_string(),
        // In capitals: it must stand out without colour.
        outcome => format!("{} {}", entry.action, outcome.to_string().to_uppercase()),
    };
    let place: Vec<&str> = entry.group.iter().chain(&entry.customer).map(String::as_str).collect();
    vec![entry.seq.to_string(), time, entry.staff.clone(), what, place.join(" "), details(entry)]
}

/// Fields, reason, detail and count, as far as there are any.
fn details(entry: &Row) -> String {
    let codes = entry.customer.iter().flat_map(|codes| codes.split(' ')).count() as u64;
    // One code and one customer: that says nothing new.
    let count = entry.count.filter(|count| *count == 0 || *count != codes);
    let parts = [
        (!entry.fields.is_empty()).then(|| entry.fields.join(", ")),
        entry.reason.as_ref().map(|reason| format!("\"{reason}\"")),
        entry.detail.clone(),
        count.map(|count| format!("count {count}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

//! The table of entries: what an auditor reads at a glance; the whole of them is in the other forms.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::access_log::naming::for_people;
use crate::access_log::reading::Row;
use crate::access_log::{Action, Outcome};

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
    let [number, who, what, customer, details] =
        ["No.", "Who", "What", "Customer", "Details"].map(str::to_owned);
    for row in &mut rows {
        row.resize(6, String::new());
    }
    ([number, time, who, what, customer, details], rows)
}

fn row(entry: &Row, at: Option<&Zoned>) -> Vec<String> {
    // What can't be read is shown as it stands.
    let time = at.map_or_else(|| entry.time.clone(), |at| at.strftime("%H:%M:%S").to_string());
    let what = match entry.outcome {
        Outcome::Success => entry.action.to_string(),
        // In capitals: it must stand out without colour.
        outcome => format!("{} {}", entry.action, outcome.to_string().to_uppercase()),
    };
    let codes: Vec<&str> = entry.customer.iter().flat_map(|codes| codes.split(' ')).collect();
    // Of many, the details have the room.
    let customer = match codes.as_slice() {
        [] => String::new(),
        [code] => (*code).to_owned(),
        codes => format!("{} codes", codes.len()),
    };
    vec![entry.seq.to_string(), time, entry.staff.clone(), what, customer, details(entry, &codes)]
}

/// The group, then codes, fields, reason, detail and count, as far as there are any. What the detail says
/// for verifiers is left out.
fn details(entry: &Row, codes: &[&str]) -> String {
    // So many customers as there are codes: that says nothing new. Of the log's readers it counts entries.
    let counts_codes = |count: u64| count > 0 && count == codes.len() as u64 && entry.action != Action::Log;
    let count = entry.count.filter(|count| !counts_codes(*count));
    let parts = [
        (codes.len() > 1).then(|| codes.join(" ")),
        (!entry.fields.is_empty()).then(|| entry.fields.join(", ")),
        entry.reason.as_ref().map(|reason| format!("\"{reason}\"")),
        entry.detail.as_deref().and_then(for_people),
        count.map(|count| format!("count {count}")),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    match &entry.group {
        Some(group) if parts.is_empty() => group.clone(),
        Some(group) => format!("{group}: {parts}"),
        None => parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::Role;
    use crate::sealed::signed::Digest;

    fn entry(seq: u64, time: &str) -> Row {
        Row {
            seq,
            time: time.to_owned(),
            event_id: String::new(),
            session_id: String::new(),
            staff: "bea".to_owned(),
            role: Role::Clerk,
            action: Action::Lookup,
            group: None,
            customer: None,
            fields: Vec::new(),
            reason: None,
            outcome: Outcome::Success,
            detail: None,
            count: None,
            host: String::new(),
            os_user: String::new(),
            version: String::new(),
            prev: Digest::ZERO,
            hash: Digest::ZERO,
        }
    }

    #[test]
    fn each_day_is_named_once_and_a_clock_that_goes_back_names_it_again() {
        let times =
            ["2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T02:00:00Z", "2026-10-24T08:00:00Z"];
        let entries: Vec<Row> = times.iter().zip(1..).map(|(time, seq)| entry(seq, time)).collect();
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let (headings, rows) = rows(&entries, &zone);
        // In summer time and after it.
        assert_eq!(headings[1], "Time CEST/CET");
        let times: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
        let days = ["2026-10-24", "23:59:59", "2026-10-25", "00:00:00", "03:00:00", "2026-10-24", "10:00:00"];
        assert_eq!(times, days);
        assert!(rows.iter().all(|row| row.len() == headings.len()));
    }

    #[test]
    fn a_time_that_does_not_read_is_shown_as_it_stands() {
        let (headings, rows) = rows(&[entry(1, "yesterday")], &TimeZone::UTC);
        assert_eq!((headings[1].as_str(), rows[0][1].as_str()), ("Time", "yesterday"));
    }

    #[test]
    fn what_is_no_success_stands_out_and_details_say_the_rest() {
        let shown = |change: &dyn Fn(&mut Row)| {
            let mut entry = entry(7, "2026-11-24T08:00:00Z");
            change(&mut entry);
            rows(&[entry], &TimeZone::UTC).1.remove(1)[3..].join(" | ")
        };
        assert_eq!(shown(&|_| ()), "lookup |  | ");
        assert_eq!(shown(&|entry| entry.outcome = Outcome::Denied), "lookup DENIED |  | ");
        assert_eq!(shown(&|entry| entry.outcome = Outcome::Failure), "lookup FAILURE |  | ");
        assert_eq!(shown(&|entry| entry.count = Some(0)), "lookup |  | count 0");
        let read = shown(&|entry| {
            entry.action = Action::Log;
            entry.customer = Some("4T-7K3M-Q9TD".to_owned());
            entry.detail = Some("shown".to_owned());
            entry.count = Some(1);
        });
        assert_eq!(read, "log | 4T-7K3M-Q9TD | shown; count 1");
        let revealed = shown(&|entry| {
            entry.group = Some("retail".to_owned());
            entry.customer = Some("4T-7K3M-Q9TD".to_owned());
            entry.fields = vec!["card".to_owned(), "iban".to_owned()];
            entry.reason = Some("refund 118".to_owned());
            entry.count = Some(1);
        });
        assert_eq!(revealed, "lookup | 4T-7K3M-Q9TD | retail: card, iban; \"refund 118\"");
        let two = shown(&|entry| {
            entry.group = Some("retail".to_owned());
            entry.customer = Some("4T-7K3M-Q9TD 4T-0000-0000".to_owned());
            entry.count = Some(2);
        });
        assert_eq!(two, "lookup | 2 codes | retail: 4T-7K3M-Q9TD 4T-0000-0000");
        assert_eq!(shown(&|entry| entry.group = Some("retail".to_owned())), "lookup |  | retail");
        let made = shown(&|entry| {
            entry.group = Some("retail".to_owned());
            entry.detail = Some("create, generation 1; roster 1".to_owned());
        });
        assert_eq!(made, "lookup |  | retail: create");
    }
}

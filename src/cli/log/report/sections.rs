//! The page's questions and their answers.

use super::page::{About, Section, Shape};
use super::{Hours, words};
use crate::access_log::report::unusual::{self, Comparison, LEAST, TIMES};
use crate::access_log::report::{Act, MOST_CUSTOMERS, Newest, OTHERS, Report, Seen};

/// The longest table of customers, or of days.
const ROWS: usize = 20;
/// Of person-days so many are listed though they are usual; unusual ones up to [`ROWS`].
const USUAL_ROWS: usize = 8;

fn ends(seen: &Seen) -> [String; 2] {
    seen.ends.map_or_else(Default::default, |(first, last)| [words::time(first.at), words::time(last.at)])
}

fn of_seen(name: &str, seen: &Seen) -> Vec<String> {
    let [first, last] = ends(seen);
    let numbers = [seen.opened, seen.listed, seen.changed].map(|number| number.to_string());
    let mut row = vec![name.to_owned()];
    row.extend(numbers);
    row.extend([first, last, seen.refused.to_string()]);
    row.extend([words::fields(&seen.revealed), words::reasons(&seen.reasons)]);
    row
}

/// Who looked at the filter's customer.
pub(super) fn of_customer(report: &Report, about: &About<'_>) -> Option<Section> {
    let (seen, code) = (report.of_customer.as_ref()?, about.filter.customer.as_ref()?);
    let headings =
        ["Who", "Opened", "In lists", "Changed", "First", "Last", "Refused", "Revealed", "Reasons"];
    let mut people: Vec<_> = seen.iter().collect();
    people.sort_by(|(one, seen), (other, other_seen)| {
        let most = |seen: &Seen| (seen.opened, seen.listed, seen.changed, seen.refused);
        most(other_seen).cmp(&most(seen)).then(one.cmp(other))
    });
    let (more, rows) = (people.len().saturating_sub(ROWS) as u64, people.into_iter().take(ROWS));
    Some(
        Section::new("of-customer", format!("Who looked at {code}"), &headings, Shape::Cards)
            .rows(rows.map(|(name, seen)| of_seen(name, seen)))
            .more(more, "")
            .or("nobody"),
    )
}

/// Whom the filter's person saw.
pub(super) fn of_person(report: &Report, about: &About<'_>) -> Option<Section> {
    let (seen, name) = (report.of_person.as_ref()?, about.filter.staff.as_ref()?);
    let headings =
        ["Customer", "Opened", "Listed", "Changed", "First", "Last", "Refused", "Revealed", "Reasons"];
    let all = seen.most_first();
    let more = seen.len().saturating_sub(ROWS) as u64;
    let rows = all.into_iter().take(ROWS).map(|(code, seen)| of_seen(code, seen));
    let section = Section::new("of-person", format!("Whom {name} saw"), &headings, Shape::Halves(6))
        .rows(rows)
        .more(more, "")
        .or("no customer");
    Some(match &seen.more {
        Some(rest) => {
            let note = format!(
                "Customers after the first {MOST_CUSTOMERS} are counted together: shown {} times.",
                rest.times()
            );
            section.note(note)
        }
        None => section,
    })
}

/// The rule of [`unusual`], and what it says.
pub(super) fn unusual(report: &Report) -> Section {
    let compared = report.unusual();
    let rule = format!(
        "A person's day is unusual with {LEAST} records shown or more, if that is more than {TIMES} times the \
         median of all other days in this report on which any were shown to anybody. A record that is shown \
         twice counts twice."
    );
    let headings = ["Who", "Day", "Shown", "Customers", "Others' median", "Mark"];
    let row = |day: &unusual::PersonDay<'_>| {
        let median = day.median_of_others().unwrap_or_else(|| "-".to_owned());
        let mark = if day.is_unusual() { "▲ unusual" } else { "" };
        let numbers = [day.shown.to_string(), day.customers.to_string()];
        let [shown, customers] = numbers;
        vec![day.person.to_owned(), words::day(day.date), shown, customers, median, mark.to_owned()]
    };
    let found = compared.unusual().count();
    let listed = found.clamp(USUAL_ROWS, ROWS);
    let more = compared.days.len().saturating_sub(listed) as u64;
    let hidden = found.saturating_sub(listed);
    let which =
        if hidden > 0 { format!(", {hidden} of them unusual") } else { " with fewer records".to_owned() };
    Section::new("shown", "Who read unusually many", &headings, Shape::Columns(6))
        .note(format!("{rule} {}", verdict(&compared, found)))
        .rows(compared.days.iter().take(listed).map(row))
        .more(more, &which)
}

fn verdict(compared: &Comparison<'_>, found: usize) -> String {
    match (compared.is_possible(), found) {
        (false, _) => format!(
            "Too little to compare: it takes {} such days, and there {}.",
            unusual::OTHERS + 1,
            match compared.days.len() {
                0 => "is none".to_owned(),
                1 => "is 1".to_owned(),
                several => format!("are {several}"),
            }
        ),
        (true, 0) => "No day is.".to_owned(),
        (true, 1) => "One day is.".to_owned(),
        (true, several) => format!("{several} days are."),
    }
}

/// What happened while the office was closed.
pub(super) fn outside(report: &Report, hours: &Hours) -> Section {
    let headings = ["Who", "Day", "From–to", "Shown", "Reveals", "Changes", "Refused", "Entries"];
    let section = Section::new("outside", "Outside office hours", &headings, Shape::Columns(7));
    if hours.hours.is_none() {
        return section.or(
            "no office hours are set: `vault policy set office_hours=mon-fri,08:00-18:00` sets them, and --hours tries some",
        );
    }
    let outside = report.outside();
    let more = outside.len().saturating_sub(ROWS) as u64;
    let rows = outside.into_iter().take(ROWS).map(|(name, date, day)| {
        let numbers = [day.shown, day.reveals, day.changes, day.refused, day.entries];
        let mut row = vec![name.to_owned(), words::day(date), words::spans(day)];
        row.extend(numbers.map(|number| number.to_string()));
        row
    });
    section.rows(rows).more(more, ", all older").or("nothing")
}

/// An overview.
pub(super) fn people(report: &Report) -> Section {
    let headings = [
        "Who",
        "Role",
        "Unlocks",
        "Searches",
        "Shown",
        "Reveals",
        "Changes",
        "Exports",
        "Wrong unlocks",
        "Denied",
        "Failed",
        "Log read",
        "Outside hours",
        "Entries",
    ];
    let more = report.people.len().saturating_sub(ROWS) as u64;
    let rows = report.people.iter().take(ROWS).map(|(name, person)| {
        let totals = &person.totals;
        let numbers = [
            totals.unlocks,
            totals.searches,
            totals.shown,
            totals.reveals,
            totals.changes,
            totals.exports,
            totals.failed_unlocks,
            totals.denied,
            totals.failed,
            totals.readings,
            totals.outside,
            totals.entries,
        ];
        let mut row = vec![name.clone(), person.role.to_string()];
        row.extend(numbers.map(|number| number.to_string()));
        row
    });
    let section =
        Section::new("person", "Each person", &headings, Shape::Halves(8)).rows(rows).more(more, "");
    if report.people.contains_key(OTHERS) {
        return section
            .note(format!("{OTHERS}: names that came after so many that they are not told apart."));
    }
    section.or("nobody")
}

/// What was not allowed, or failed.
pub(super) fn refused(report: &Report) -> Section {
    let headings = ["Time", "Who", "Action", "Outcome", "About", "Detail", "Machine"];
    let row = |act: &Act| {
        let about = match words::customers(act.customer.as_ref()) {
            none if none.is_empty() => act.group.clone().unwrap_or_default(),
            customers => customers,
        };
        let detail = act.detail.clone().unwrap_or_default();
        let (action, outcome) = (act.action.to_string(), act.outcome.to_string());
        vec![words::time(act.point.at), words::who(act), action, outcome, about, detail, act.host.clone()]
    };
    listed("refused", "Denied and failed", &headings, &report.refused, row).or("nothing")
}

/// What left the store.
pub(super) fn exports(report: &Report) -> Section {
    let headings = ["Time", "Who", "Action", "Group", "About", "Records", "Reason", "Detail", "Machine"];
    let row = |act: &Act| {
        let group = act.group.clone().unwrap_or_default();
        let count = act.count.map(|count| count.to_string()).unwrap_or_default();
        let (reason, detail) =
            (act.reason.clone().unwrap_or_default(), act.detail.clone().unwrap_or_default());
        let about = words::customers(act.customer.as_ref());
        let (time, action) = (words::time(act.point.at), act.action.to_string());
        vec![time, words::who(act), action, group, about, count, reason, detail, act.host.clone()]
    };
    let section =
        listed("export", "Exports of customers' records", &headings, &report.exports, row).or("none");
    Section { shape: Shape::Columns(7), ..section }
}

/// Who read the log itself.
pub(super) fn readings(report: &Report) -> Section {
    let headings = ["Time", "Who", "What", "Machine"];
    let row = |act: &Act| {
        let what = act.detail.clone().unwrap_or_default();
        vec![words::time(act.point.at), words::who(act), what, act.host.clone()]
    };
    let section =
        listed("reading", "Readings of the access log", &headings, &report.readings, row).or("none");
    Section { shape: Shape::Columns(3), ..section }
}

fn listed(
    key: &'static str,
    title: &str,
    headings: &[&'static str],
    acts: &Newest<Act>,
    row: impl Fn(&Act) -> Vec<String>,
) -> Section {
    let shape = Shape::Columns(headings.len() - 1);
    Section::new(key, title, headings, shape).rows(acts.iter().map(row)).more(acts.more(), ", all older")
}

//! One plot a day and one a person, as small SVG drawings in the page.
//!
//! What is unusual or outside of the office's hours is hatched, has its number written above it and stands
//! in the drawing's description as well: colour alone says nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::civil::Date;

use super::super::words;
use super::Html;
use crate::access_log::report::{HOURS, Hour, Report};

/// People with a plot.
const MOST_PEOPLE: usize = 40;
/// The longest range of days that a person's plot has: the newest.
const MOST_DAYS: i32 = 366;
/// The plot's own units: the bars' width and height, and what stands around them.
const WIDTH: u32 = 240;
const HEIGHT: u32 = 50;
const LEFT: u32 = 4;
const TOP: u32 = 12;
/// So many of a description's numbers are told one by one.
const TOLD: usize = 31;

/// A bar, from the left.
struct Bar {
    /// Where, and how wide, in tenths of the plot's units.
    at: u32,
    width: u32,
    plain: u64,
    /// Hatched, on top of it.
    marked: u64,
    /// Where it is told.
    name: String,
}

pub(super) fn draw(html: &mut Html, report: &Report) {
    let pattern = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V4\"/></pattern></defs></svg>\n";
    html.raw(pattern);
    days(html, report);
    people(html, report);
}

fn days(html: &mut Html, report: &Report) {
    html.line("h2", "", "Day by day");
    let total = |hour: &Hour| hour.inside + hour.outside;
    let most = report.days.iter().flat_map(|(_, hours)| hours.iter().map(total)).max().unwrap_or(0);
    let shown = report.days.iter().filter(|(_, hours)| hours.iter().any(|hour| total(hour) > 0));
    let mut note = format!(
        "Records shown in each hour, 0 to 23, one plot a day on which any were; all on one scale up to {most}. \
         Hatched, with a number: outside office hours."
    );
    if report.days.cut {
        let _ = write!(note, " Only the newest {} days with entries have a plot.", report.days.len());
    }
    html.line("p", "", &note);
    let width = 10 * WIDTH / u32::try_from(HOURS).unwrap_or(1);
    for (number, (date, hours)) in shown.enumerate() {
        let bars = (0_u32..).zip(hours).map(|(hour, count)| Bar {
            at: hour * width,
            width: width - 20,
            plain: count.inside,
            marked: count.outside,
            name: format!("{hour} h"),
        });
        let axis: Vec<(u32, String)> =
            (0..24).step_by(6).map(|hour| (hour * width, hour.to_string())).collect();
        let all: u64 = hours.iter().map(total).sum();
        let outside: u64 = hours.iter().map(|hour| hour.outside).sum();
        let title = words::day(date);
        let caption = match outside {
            0 => format!("{title}: {}", words::counted(all, "record", "records")),
            _ => format!("{title}: {}, {outside} outside hours", words::counted(all, "record", "records")),
        };
        let plot = Plot { id: format!("d{number}"), title, caption, marked: "outside office hours", most };
        plot.draw(html, &bars.collect::<Vec<_>>(), &axis);
    }
}

fn people(html: &mut Html, report: &Report) {
    html.line("h2", "", "Person by person");
    let compared = report.unusual();
    let unusual: BTreeSet<(&str, Date)> = compared.unusual().map(|day| (day.person, day.date)).collect();
    let dates = || compared.days.iter().map(|day| day.date);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else { return };
    let span = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days());
    let cut = span(first, last) >= MOST_DAYS;
    let first =
        if cut { last.checked_sub(jiff::ToSpan::days(MOST_DAYS - 1)).unwrap_or(first) } else { first };
    let range = u32::try_from(span(first, last)).unwrap_or(0) + 1;
    let most = compared.days.iter().filter(|day| day.date >= first).map(|day| day.shown).max().unwrap_or(0);
    let mut people: Vec<(&str, u64)> =
        report.people.iter().map(|(name, person)| (name.as_str(), person.totals.shown)).collect();
    people.retain(|(_, shown)| *shown > 0);
    people.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
    let mut note = format!(
        "Records shown on each day from {first} to {last}; all on one scale up to {most}. Hatched, with a \
         number: unusually many, by the rule above."
    );
    if cut {
        let _ = write!(note, " Only the newest {MOST_DAYS} days of the range are drawn.");
    }
    if people.len() > MOST_PEOPLE {
        let _ = write!(note, " Only the {MOST_PEOPLE} people with the most records have a plot.");
        people.truncate(MOST_PEOPLE);
    }
    html.line("p", "", &note);
    let step = (10 * WIDTH / range).min(100);
    for (number, (name, shown)) in people.into_iter().enumerate() {
        let days = report.people.get(name).into_iter().flat_map(|person| &person.days);
        let days = days.filter(|(date, day)| **date >= first && day.shown > 0);
        let mut marked = 0_u64;
        let bars: Vec<Bar> = days
            .map(|(date, day)| {
                let is_unusual = unusual.contains(&(name, *date));
                marked += u64::from(is_unusual);
                let (plain, marked) = if is_unusual { (0, day.shown) } else { (day.shown, 0) };
                let at = u32::try_from(span(first, *date)).unwrap_or(0) * step;
                Bar { at, width: (step * 4 / 5).max(4), plain, marked, name: date.to_string() }
            })
            .collect();
        let mut axis = vec![(0, first.to_string())];
        if range > 1 {
            // Far enough from the first for both to be read.
            axis.push((((range - 1) * step).max(10 * WIDTH / 5), last.to_string()));
        }
        let days = words::counted(marked, "unusual day", "unusual days");
        let records = words::counted(shown, "record", "records");
        let caption =
            if marked > 0 { format!("{name}: {records}, {days}") } else { format!("{name}: {records}") };
        let plot = Plot {
            id: format!("p{number}"),
            title: name.to_owned(),
            caption,
            marked: "unusually many",
            most,
        };
        plot.draw(html, &bars, &axis);
    }
}

struct Plot {
    id: String,
    title: String,
    caption: String,
    /// What hatching means.
    marked: &'static str,
    /// The number that a bar of full height stands for.
    most: u64,
}

/// Tenths of a unit, as SVG writes them.
fn tenths(number: u32) -> String {
    if number.is_multiple_of(10) {
        (number / 10).to_string()
    } else {
        format!("{}.{}", number / 10, number % 10)
    }
}

impl Plot {
    fn height(&self, count: u64) -> u32 {
        let whole = u128::from(10 * HEIGHT) * u128::from(count) / u128::from(self.most.max(1));
        let height = u32::try_from(whole).unwrap_or(10 * HEIGHT);
        // One record among thousands is still to be seen.
        if count > 0 { height.max(8) } else { 0 }
    }

    fn draw(&self, html: &mut Html, bars: &[Bar], axis: &[(u32, String)]) {
        let Self { id, title, caption, .. } = self;
        let (width, height) = (WIDTH + 2 * LEFT, TOP + HEIGHT + 12);
        html.open("figure", "");
        html.open(
            "svg",
            &format!("role=\"img\" aria-labelledby=\"{id}t {id}d\" viewBox=\"0 0 {width} {height}\""),
        );
        html.line("title", &format!("id=\"{id}t\""), title);
        html.line("desc", &format!("id=\"{id}d\""), &self.told(bars));
        for bar in bars {
            self.bar(html, bar);
        }
        let floor = TOP + HEIGHT;
        html.raw(&format!("<path class=\"axis\" d=\"M{LEFT} {floor}H{}\"/>\n", LEFT + WIDTH));
        for (at, label) in axis {
            let x = tenths(10 * LEFT + at);
            html.line("text", &format!("x=\"{x}\" y=\"{}\"", floor + 9), label);
        }
        html.close("svg");
        html.line("figcaption", "", caption);
        html.close("figure");
    }

    fn bar(&self, html: &mut Html, bar: &Bar) {
        let (x, width) = (tenths(10 * LEFT + bar.at), tenths(bar.width));
        let mut floor = 10 * (TOP + HEIGHT);
        for (class, count) in [("in", bar.plain), ("out", bar.marked)] {
            let height = self.height(count).min(floor);
            if count > 0 {
                floor -= height;
                let (y, height) = (tenths(floor), tenths(height));
                html.raw(&format!(
                    "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
                ));
            }
        }
        if bar.marked > 0 {
            let y = tenths(floor.saturating_sub(15));
            html.line("text", &format!("x=\"{x}\" y=\"{y}\""), &bar.marked.to_string());
        }
    }

    /// The same in words.
    fn told(&self, bars: &[Bar]) -> String {
        let told = bars.iter().filter(|bar| bar.plain + bar.marked > 0);
        let mut words: Vec<String> = told
            .map(|bar| match (bar.plain, bar.marked) {
                (plain, 0) => format!("{}: {plain}", bar.name),
                (0, marked) => format!("{}: {marked} {}", bar.name, self.marked),
                (plain, marked) => format!("{}: {plain} and {marked} {}", bar.name, self.marked),
            })
            .collect();
        let more = words.len().saturating_sub(TOLD);
        words.truncate(TOLD);
        words.extend((more > 0).then(|| format!("and {more} more")));
        format!("Records shown. {}", words.join("; "))
    }
}

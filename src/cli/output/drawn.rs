//! Tables and cards drawn for a terminal of a given width.

use comfy_table::{ContentArrangement, LineStyle, Row, Table, TableStyle, presets};

use super::super::text;

/// A rule below the headings, and no other lines.
const HEADING_RULE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// A table of one line a row; cells that don't fit are cut with `…`.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>], width: u16, decorated: bool) -> String {
    let mut table = empty(width);
    // Cutting happens in the first line only, so that a table stays a line a row.
    table.set_truncation_indicator("…").load_style(HEADING_RULE);
    table.set_header(one_line(headings.iter().copied()));
    for row in rows {
        table.add_row(one_line(row.iter().map(String::as_str)));
    }
    lines(&table, "", decorated)
}

/// A title, then a label and its value a line; long values go on below themselves.
pub(super) fn card(title: &str, values: &[(&str, &str)], width: u16, decorated: bool) -> String {
    let mut table = empty(width.saturating_sub(1));
    table.load_style(presets::NOTHING);
    for (label, value) in values {
        table.add_row([text::visible(label), text::visible_lines(value)]);
    }
    let mut card = emphasised(&text::visible(title), decorated);
    card.push('\n');
    card.push_str(&lines(&table, " ", false));
    card
}

fn empty(width: u16) -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

fn one_line<'text>(cells: impl Iterator<Item = &'text str>) -> Row {
    let mut row = Row::from(cells.map(text::visible).collect::<Vec<_>>());
    row.max_height(1);
    row
}

/// The drawing's lines without trailing blanks, the first one emphasised.
fn lines(table: &Table, indent: &str, decorated: bool) -> String {
    let mut drawing = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = format!("{indent}{}", line.trim_end());
        drawing.push_str(&emphasised(&line, decorated && index == 0));
        drawing.push('\n');
    }
    drawing
}

fn emphasised(line: &str, decorated: bool) -> String {
    if decorated { format!("\u{1b}[1m{line}\u{1b}[0m") } else { line.to_owned() }
}

//! Tables and cards drawn for a terminal of a given width.

use std::borrow::Cow;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::text;

/// A rule below the headings, and no other lines.
const HEADING_RULE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Columns on both sides of a cell's text.
const PADDING: usize = 2;
/// The narrowest that a column becomes before the first one, which names the row, gives way.
const NARROW: usize = 4;

/// A table of one line a row; cells that don't fit are cut with `…`.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>], width: u16, decorated: bool) -> String {
    let headings: Vec<Cow<'_, str>> = headings.iter().map(|heading| text::visible(heading)).collect();
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| text::visible(cell)).collect()).collect();
    let room = usize::from(width).saturating_sub(PADDING * headings.len());
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    fit(&mut widths, room);
    let cut_row = |row: &[Cow<'_, str>]| -> Vec<String> {
        row.iter().zip(&widths).map(|(cell, width)| cut(cell, *width)).collect()
    };
    let mut table = Table::new();
    table.load_style(HEADING_RULE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(cut_row(&headings));
    for row in &rows {
        table.add_row(cut_row(row));
    }
    lines(&table, "", decorated)
}

/// A table whose cells go on below themselves where they don't fit.
pub(super) fn listing(headings: &[&str], rows: &[Vec<String>], width: u16, decorated: bool) -> String {
    let mut table = Table::new();
    table.load_style(HEADING_RULE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(headings.iter().map(|heading| text::visible(heading)));
    for row in rows {
        table.add_row(row.iter().map(|cell| text::visible(cell)));
    }
    lines(&table, "", decorated)
}

/// Narrows the widest columns until all fit.
fn fit(widths: &mut [usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let others = widths.iter().enumerate().skip(1).filter(|(_, width)| **width > NARROW);
        let widest = others.max_by_key(|(_, width)| **width).map_or(0, |(index, _)| index);
        if widths[widest] <= 1 {
            return;
        }
        widths[widest] -= 1;
    }
}

fn cut(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut kept = String::new();
    for character in cell.chars() {
        // One column is the mark's.
        if kept.width() + character.width().unwrap_or(0) >= width {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

/// A title, then a label and its value a line; long values go on below themselves.
pub(super) fn card(title: &str, values: &[(&str, &str)], width: u16, decorated: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width.saturating_sub(1));
    for (label, value) in values {
        table.add_row([text::visible(label), text::visible_lines(value)]);
    }
    let mut card = emphasised(&text::visible(title), decorated);
    card.push('\n');
    card.push_str(&lines(&table, " ", false));
    card
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

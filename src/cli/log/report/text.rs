//! The page on a terminal, or for other programs.

use super::super::super::output::{Form, Output, OutputError};
use super::page::{Page, Section, Shape};

/// Tables under headings for a terminal. For other programs a line a row, which begins with what it is
/// about (`scope`, `shown`, `outside`, `person`, `refused`, …; `note` for a sentence), and has all columns.
pub(super) fn write(output: &mut Output, page: &Page) -> Result<(), OutputError> {
    if matches!(output.form(), Form::Drawn { .. }) { draw(output, page) } else { list(output, page) }
}

fn draw(output: &mut Output, page: &Page) -> Result<(), OutputError> {
    let scope: Vec<(&str, &str)> = page.scope.iter().map(|(label, value)| (*label, value.as_str())).collect();
    output.card("The access log, reported", &scope)?;
    for section in &page.sections {
        output.text("\n")?;
        output.card(&section.title, &[])?;
        if let Some(note) = &section.note {
            output.text(note)?;
        }
        if !section.rows.is_empty() {
            draw_rows(output, section)?;
        }
        if let Some(end) = &section.end {
            output.text(end)?;
        }
    }
    Ok(())
}

fn draw_rows(output: &mut Output, section: &Section) -> Result<(), OutputError> {
    let Section { headings, rows, .. } = section;
    let part = |cells: &[String], columns: &[usize]| -> Vec<String> {
        columns.iter().filter_map(|column| cells.get(*column)).cloned().collect()
    };
    let mut table = |columns: &[usize], rows: &[&Vec<String>]| {
        let named: Vec<&str> = columns.iter().filter_map(|column| headings.get(*column)).copied().collect();
        let rows: Vec<_> = rows.iter().map(|row| part(row, columns)).collect();
        output.listing(&named, &rows)
    };
    let all: Vec<&Vec<String>> = rows.iter().collect();
    match section.shape {
        Shape::Columns(shown) => table(&(0..shown).collect::<Vec<_>>(), &all),
        Shape::Halves(first) => {
            table(&(0..first).collect::<Vec<_>>(), &all)?;
            let columns: Vec<usize> = std::iter::once(0).chain(first..headings.len()).collect();
            let says = |row: &&Vec<String>| row.iter().skip(first).any(|cell| !is_nothing(cell));
            let telling: Vec<&Vec<String>> = all.into_iter().filter(says).collect();
            if telling.is_empty() { Ok(()) } else { table(&columns, &telling) }
        }
        Shape::Cards => rows.iter().try_for_each(|row| {
            let lines = headings.iter().copied().zip(row.iter().map(String::as_str)).skip(1);
            let lines: Vec<(&str, &str)> = lines.filter(|(_, value)| !is_nothing(value)).collect();
            output.card(row.first().map_or("", String::as_str), &lines)
        }),
    }
}

fn is_nothing(cell: &str) -> bool {
    matches!(cell, "" | "0")
}

fn list(output: &mut Output, page: &Page) -> Result<(), OutputError> {
    let plain = output.form() == Form::Plain;
    let mut row = |key: &str, headings: &[&str], cells: &[String]| {
        let headings: Vec<&str> = std::iter::once("About").chain(headings.iter().copied()).collect();
        let cells = std::iter::once(key.to_owned()).chain(cells.iter().cloned()).collect();
        output.table(&headings, &[cells])
    };
    if plain {
        let (labels, values): (Vec<&str>, Vec<String>) = page.scope.iter().cloned().unzip();
        row("scope", &labels, &values)?;
    } else {
        for (label, value) in &page.scope {
            row("scope", &["", ""], &[(*label).to_owned(), value.clone()])?;
        }
    }
    for section in &page.sections {
        let sentences = [&section.note, &section.end];
        for sentence in sentences.into_iter().flatten() {
            row("note", &["Section", "Note"], &[section.key.to_owned(), sentence.clone()])?;
        }
        for cells in &section.rows {
            row(section.key, &section.headings, cells)?;
        }
    }
    Ok(())
}

//! Expected lines against what really came out.

use std::fmt::Write;

use super::transcript::{Piece, Values, filled};

/// A line of the transcript, by its number, in pieces.
pub type ExpectedLine = (usize, Vec<Piece>);

/// What clears the screen and all that scrolled off it.
const CLEARED: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";
/// What clears the rest of a row: a command line that was drawn anew has it.
const REST_CLEARED: &str = "\u{1b}[K";

/// What a person sees of what was written: of a row that a command line drew anew, its last state.
pub fn seen(written: &str) -> String {
    let row = |row: &str| if row.contains(REST_CLEARED) { last_state(row) } else { row.to_owned() };
    written.split('\n').map(row).collect::<Vec<_>>().join("\n")
}

fn last_state(row: &str) -> String {
    let begins = row.rfind("\u{1b}[2J").map_or(0, |place| place + 4);
    let begins = row.rfind(CLEARED).map_or(begins, |place| begins.max(place + CLEARED.len()));
    let (before, mut rest) = row.split_at(begins);
    let mut cells: Vec<char> = Vec::new();
    let mut cursor = 0;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(REST_CLEARED) {
            cells.truncate(cursor);
            rest = after;
            continue;
        }
        rest = &rest[character.len_utf8()..];
        if character == '\r' {
            cursor = 0;
        } else {
            if let Some(cell) = cells.get_mut(cursor) {
                *cell = character;
            } else {
                cells.push(character);
            }
            cursor += 1;
        }
    }
    before.chars().chain(cells).collect()
}

/// Whether `actual` is what the lines say; values seen for the first time are kept. Unless it is
/// `whole`, the last line may not have ended yet.
pub fn matches(lines: &[ExpectedLine], actual: &str, whole: bool, values: &mut Values) -> bool {
    let Ok((pattern, names)) = pattern(lines, whole, values) else { return false };
    let Some(found) = pattern.captures(actual) else { return false };
    if names.is_empty() {
        return true;
    }
    let mut seen = values.clone();
    for (index, name) in names.iter().enumerate() {
        seen.insert(name.clone(), found[index + 1].to_owned());
    }
    // A name that stands twice means the same both times.
    let agrees = pattern_agrees(lines, actual, whole, &seen);
    if agrees {
        *values = seen;
    }
    agrees
}

fn pattern_agrees(lines: &[ExpectedLine], actual: &str, whole: bool, seen: &Values) -> bool {
    pattern(lines, whole, seen).is_ok_and(|(pattern, _)| pattern.is_match(actual))
}

/// The lines as a regular expression, and the names of its groups.
fn pattern(
    lines: &[ExpectedLine],
    whole: bool,
    values: &Values,
) -> Result<(regex::Regex, Vec<String>), regex::Error> {
    let mut names = Vec::new();
    let mut pattern = String::from(r"\A");
    for (index, (_, pieces)) in lines.iter().enumerate() {
        for piece in pieces {
            match piece {
                Piece::Text(text) => pattern += &regex::escape(text),
                Piece::Any => pattern += "[^\n]*",
                Piece::AnyLines => pattern += "(?:[^\n]*\n)*?",
                Piece::Value(name) => match values.get(name) {
                    Some(value) => pattern += &regex::escape(value),
                    None if names.contains(name) => pattern += "[^\n]+?",
                    None => {
                        pattern += "([^\n]+?)";
                        names.push(name.clone());
                    }
                },
                Piece::Types { text, hidden: false, .. } => pattern += &regex::escape(&filled(text, values)),
                Piece::Key { name, .. } if name == "ctrl-c" => pattern += r"(?:\^C)?",
                Piece::Types { hidden: true, .. } | Piece::Key { .. } => {}
                Piece::Cleared => pattern += &regex::escape(CLEARED),
            }
        }
        let any_lines = pieces.last() == Some(&Piece::AnyLines);
        if !any_lines && (whole || index + 1 < lines.len()) {
            pattern += "\n";
        }
    }
    // Editors cut the blank at the end of a prompt.
    pattern += if whole { r"\z" } else { r" *\z" };
    Ok((regex::Regex::new(&pattern)?, names))
}

/// Expected lines against actual ones; what agrees at both ends is left out.
pub fn difference(lines: &[ExpectedLine], actual: &str, values: &Values) -> String {
    let actual: Vec<&str> = actual.lines().collect();
    let agrees =
        |line: &ExpectedLine, actual: &str| pattern_agrees(std::slice::from_ref(line), actual, false, values);
    let same = lines.iter().zip(&actual).take_while(|(line, actual)| agrees(line, actual)).count();
    let left = lines[same..].iter().rev().zip(actual[same..].iter().rev());
    let same_after = left.take_while(|(line, actual)| agrees(line, actual)).count();
    let mut difference = String::new();
    for (number, pieces) in &lines[same..lines.len() - same_after] {
        let _ = writeln!(difference, "  -{number:>4} | {}", written(pieces, values));
    }
    for line in &actual[same..actual.len() - same_after] {
        let _ = writeln!(difference, "  +     | {line}");
    }
    difference
}

/// An expected line as a person would write it.
fn written(pieces: &[Piece], values: &Values) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Any => "[..]".to_owned(),
            Piece::AnyLines => "...".to_owned(),
            Piece::Value(name) => values.get(name).cloned().unwrap_or_else(|| format!("⟨{name}⟩")),
            Piece::Types { text, hidden, enter } => {
                let how = match (hidden, enter) {
                    (true, _) => "hidden",
                    (false, true) => "types",
                    (false, false) => "keys",
                };
                format!("⟨{how}: {text}⟩")
            }
            Piece::Key { name, .. } => format!("⟨{name}⟩"),
            Piece::Cleared => "⟨cleared⟩".to_owned(),
        })
        .collect()
}

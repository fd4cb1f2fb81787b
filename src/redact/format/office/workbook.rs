//! A workbook: the names of its sheets, its strings, and how its cells show numbers.

use std::collections::HashMap;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::super::Refused;
use super::links::{relationships_of, resolved};
use super::package::Part;
use super::xml::{Token, Walk, attribute, local, utf8};

/// How a cell shows a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As a number.
    Number,
    /// As a date.
    Date,
    /// Through a code of its own, which may be a mask.
    Code(Rc<str>),
}

/// What of a workbook is to be known to read its sheets.
#[derive(Debug, Default)]
pub struct Workbook {
    /// Parts that are sheets, with the sheets' names, in the workbook's order.
    pub sheets: Vec<(String, String)>,
    /// The part of the shared strings.
    pub strings_part: Option<String>,
    /// The shared strings.
    pub strings: Vec<Zeroizing<String>>,
    /// How cells show numbers, by their style.
    pub styles: Vec<Shown>,
    /// Whether days are counted from 1904.
    pub from_1904: bool,
}

impl Workbook {
    /// Reads it from a package's parts.
    pub fn read(parts: &[Part]) -> Result<Self, Refused> {
        let mut book = Self::default();
        let text = |name: &str| {
            let part = parts.iter().find(|part| part.name.eq_ignore_ascii_case(name));
            part.map(|part| utf8(&part.bytes, &part.name).map(|text| (text, part.name.as_str()))).transpose()
        };
        let Some((types, types_name)) = text("[Content_Types].xml")? else { return Ok(book) };
        let mut main = None;
        each(types, types_name, |name, told| {
            if name == "Override" && told("ContentType").ends_with(".main+xml") {
                main = Some(told("PartName").trim_start_matches('/').to_owned());
            }
        })?;
        let main = main.unwrap_or_else(|| "xl/workbook.xml".to_owned());
        let relationships = relationships_of(&main);
        let mut sheets = HashMap::new();
        let mut styles = None;
        if let Some((source, name)) = text(&relationships)? {
            each(source, name, |element, told| {
                let target = resolved(&relationships, &told("Target"));
                match told("Type").rsplit('/').next() {
                    _ if element != "Relationship" => {}
                    Some("worksheet") => drop(sheets.insert(told("Id"), target)),
                    Some("sharedStrings") => book.strings_part = Some(target),
                    Some("styles") => styles = Some(target),
                    _ => {}
                }
            })?;
        }
        if let Some((source, name)) = text(&main)? {
            each(source, name, |element, told| match element {
                "workbookPr" => book.from_1904 = ["1", "true"].contains(&told("date1904").as_str()),
                "sheet" => {
                    if let Some(part) = sheets.get(&told("id")) {
                        book.sheets.push((part.clone(), told("name")));
                    }
                }
                _ => {}
            })?;
        }
        if let Some((source, name)) = styles.map_or(Ok(None), |styles| text(&styles))? {
            book.styles = read_styles(source, name)?;
        }
        if let Some((source, name)) = book.strings_part.as_deref().map_or(Ok(None), text)? {
            book.strings = read_strings(source, name)?;
        }
        Ok(book)
    }
}

/// Hands each element's name, without its prefix, and its attributes to `take`.
fn each(
    source: &str,
    part: &str,
    mut take: impl FnMut(&str, &dyn Fn(&str) -> String),
) -> Result<(), Refused> {
    let mut walk = Walk::new(source, part);
    while let Some(step) = walk.next()? {
        if let Token::Open { name, attributes, .. } = step.token {
            take(local(name), &|told| attribute(&attributes, told).unwrap_or_default().to_owned());
        }
    }
    Ok(())
}

fn read_styles(source: &str, part: &str) -> Result<Vec<Shown>, Refused> {
    let mut codes = HashMap::new();
    let mut styles = Vec::new();
    let mut within = false;
    each(source, part, |element, told| match element {
        "numFmt" => drop(codes.insert(told("numFmtId"), told("formatCode"))),
        "cellXfs" => within = true,
        "cellStyles" | "dxfs" | "cellStyleXfs" | "tableStyles" => within = false,
        "xf" if within => styles.push(told("numFmtId")),
        _ => {}
    })?;
    let shown = |id: &String| match (codes.get(id), id.parse::<u32>()) {
        (Some(code), _) if is_date(code) => Shown::Date,
        (Some(code), _) => Shown::Code(code.as_str().into()),
        (None, Ok(14..=17 | 22 | 27..=36 | 50..=58)) => Shown::Date,
        _ => Shown::Number,
    };
    Ok(styles.iter().map(shown).collect())
}

/// Whether a code for numbers shows days or years: `dd\.mm\.yyyy`, and not `[Red]0.00" days"`.
fn is_date(code: &str) -> bool {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => drop(characters.by_ref().find(|end| *end == '"')),
            '[' => drop(characters.by_ref().find(|end| *end == ']')),
            '\\' | '_' | '*' => drop(characters.next()),
            'd' | 'D' | 'y' | 'Y' => return true,
            _ => {}
        }
    }
    false
}

/// The texts of the shared strings, without their phonetic guides.
fn read_strings(source: &str, part: &str) -> Result<Vec<Zeroizing<String>>, Refused> {
    let mut strings = Vec::new();
    let mut path = Vec::new();
    let mut walk = Walk::new(source, part);
    while let Some(step) = walk.next()? {
        match step.token {
            Token::Open { name, .. } => {
                if local(name) == "si" {
                    strings.push(Zeroizing::new(String::new()));
                }
                path.push(local(name));
            }
            Token::Close => drop(path.pop()),
            Token::Text(text) if path.last() == Some(&"t") && !path.contains(&"rPh") => {
                if let Some(string) = strings.last_mut() {
                    string.push_str(&text);
                }
            }
            Token::Text(_) | Token::Aside(_) => {}
        }
    }
    Ok(strings)
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn codes_for_dates_are_told_from_others() {
        for code in ["dd\\.mm\\.yyyy", "yyyy-mm-dd", "[$-409]d-mmm-yy;@", "D/M/Y"] {
            assert!(is_date(code), "{code}");
        }
        for code in ["0.00", "[Red]0.00", "0\" days\"", "000\\-00\\-0000", "General", "h:mm", "\\d0"] {
            assert!(!is_date(code), "{code}");
        }
    }
}

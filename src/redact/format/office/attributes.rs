//! Attributes: every value that may be text for people goes through the redactor.

use zeroize::Zeroizing;

use super::super::Refused;
use super::closed::is_text;
use super::edits::escaped;
use super::links;
use super::names::Family;
use super::number;
use super::text::Pass;
use super::xml::{self, Attribute, local};

/// The longest name of a sheet.
const SHEET_NAME: usize = 31;

/// What follows for the element.
#[derive(Default)]
pub struct Outcome {
    /// It is to go as a whole.
    pub goes: bool,
    /// Its value was redacted: this is what it is to show, however it showed the value.
    pub shown: Option<Zeroizing<String>>,
}

/// Redacts a tag's attributes.
pub fn redact(
    pass: &mut Pass<'_, '_>,
    element: &str,
    attributes: &[Attribute<'_>],
) -> Result<Outcome, Refused> {
    if local(element) == "encryption-data" {
        return Err(Refused::Format { what: "a file with a password".to_owned() });
    }
    // VML keeps a packed copy of a shape in an attribute; programmes make it anew.
    for copy in attributes.iter().filter(|attribute| local(attribute.name) == "gfxdata") {
        pass.edits.put(copy.whole.clone(), "");
    }
    let mut outcome = Outcome { goes: refers_to_dropped(pass, element, attributes), shown: None };
    let family = pass.family;
    for attribute in attributes.iter().filter(|attribute| is_text(family, element, attribute.name)) {
        let Some(redacted) = redacted(pass, element, attribute, attributes) else { continue };
        outcome.goes |= goes_if_hit(pass.package_part, element);
        if is_number_of_pivot(pass.package_part, element, attribute.name) {
            return Err(Refused::Format {
                what: format!("a number to redact in a pivot table, {},", pass.package_part),
            });
        }
        if family == Family::OpenDocument
            && local(attribute.name).ends_with("value")
            && let Some(kind) = attributes.iter().find(|other| other.name == "office:value-type")
        {
            as_string(pass, attribute, kind, attributes, &redacted);
            outcome.shown = Some(redacted);
            continue;
        }
        let redacted = match (element, attribute.name) {
            (_, "sheet") => sheet_name(&redacted, ""),
            // Two names that were told apart by what is blacked out would be the same.
            (element, "name") if local(element) == "sheet" => {
                sheet_name(&redacted, xml::attribute(attributes, "sheetId").unwrap_or_default())
            }
            _ => redacted,
        };
        pass.edits.put(attribute.value.clone(), escaped(&redacted).as_str());
    }
    Ok(outcome)
}

/// Whether an element tells of a part that is dropped. A sheet's page setup loses its printer's settings alone.
fn refers_to_dropped(pass: &mut Pass<'_, '_>, element: &str, attributes: &[Attribute<'_>]) -> bool {
    let told = |name| xml::attribute(attributes, name).unwrap_or_default();
    match local(element) {
        "Relationship" => pass.dropped.contains(&links::resolved(pass.package_part, told("Target"))),
        "Override" => told("PartName").strip_prefix('/').is_some_and(|name| pass.dropped.contains(name)),
        "file-entry" => pass.dropped.contains(told("full-path")),
        "printerSettings" => pass.family == Family::OpenXml && !pass.dropped.is_empty(),
        "pageSetup" if !pass.dropped.is_empty() => {
            let settings = attributes.iter().find(|other| other.name != "id" && local(other.name) == "id");
            if let Some(settings) = settings {
                pass.edits.put(settings.whole.clone(), "");
            }
            false
        }
        _ => false,
    }
}

/// Whether an element can't be kept with anything in it changed: a defined name is an identifier and a reference,
/// a value kept of another workbook has a sort that is told elsewhere.
pub fn goes_if_hit(part: &str, element: &str) -> bool {
    local(element) == "definedName" || (local(element) == "v" && part.starts_with("xl/externalLinks/"))
}

/// What the value is to be; none if it stays.
fn redacted(
    pass: &mut Pass<'_, '_>,
    element: &str,
    attribute: &Attribute<'_>,
    attributes: &[Attribute<'_>],
) -> Option<Zeroizing<String>> {
    if attribute.text.is_empty() || (pass.family != Family::Data && number::is_fraction(&attribute.text)) {
        return None;
    }
    let name = local(attribute.name);
    let labels = match (name, attributes.iter().find(|other| local(other.name) == "name")) {
        _ if element == "table:table-cell" => pass.tables.labels(&[]),
        ("name", _) | (_, None) => vec!["".into()],
        (_, Some(label)) => vec![label.text.as_str().into()],
    };
    let mut try_as = |text: &str| {
        labels.iter().find_map(|label| {
            let mut pieces = [pass.piece(text)];
            let changed = pass.passage(&mut pieces, label);
            let [piece] = pieces;
            changed.then_some(piece.text)
        })
    };
    if !links::is_address(name) {
        return try_as(&attribute.text).or_else(|| try_as(&number::plain(&attribute.text)?));
    }
    // What is percent-encoded may stand beside what is not: both are read.
    let text = links::decoded(&attribute.text).and_then(|text| try_as(&text));
    let text = text.map(|text| links::encoded(&text.replace('%', "%25")));
    let raw = text.as_deref().unwrap_or(&attribute.text);
    try_as(raw).map(|text| links::encoded(&text)).or(text)
}

/// A cell's or a field's number or date that was redacted is a string from now on, without a formula.
fn as_string(
    pass: &mut Pass<'_, '_>,
    value: &Attribute<'_>,
    kind: &Attribute<'_>,
    attributes: &[Attribute<'_>],
    redacted: &str,
) {
    let text = escaped(redacted);
    if value.name == "office:string-value" {
        pass.edits.put(value.value.clone(), text.as_str());
    } else {
        pass.edits.put(value.whole.clone(), format!("office:string-value=\"{}\"", text.as_str()));
        pass.edits.put(kind.value.clone(), "string");
    }
    for other in attributes {
        match other.name {
            "calcext:value-type" => pass.edits.put(other.value.clone(), "string"),
            "table:formula" => pass.edits.put(other.whole.clone(), ""),
            _ => {}
        }
    }
}

/// A sheet's name has no brackets, and not more characters than that; its number ends it.
fn sheet_name(text: &str, number: &str) -> Zeroizing<String> {
    let fit = |character| match character {
        '[' => '(',
        ']' => ')',
        other => other,
    };
    let end = number.chars().take(SHEET_NAME / 2).filter(char::is_ascii_digit).collect::<String>();
    let end = if end.is_empty() { end } else { format!(" {end}") };
    let name = text.chars().map(fit).take(SHEET_NAME - end.len()).collect::<String>();
    Zeroizing::new(format!("{name}{end}"))
}

/// In a pivot table's cache the sort of a value is told in several places that must agree.
fn is_number_of_pivot(part: &str, element: &str, attribute: &str) -> bool {
    part.starts_with("xl/pivotCache/")
        && (matches!(local(element), "n" | "d") || matches!(attribute, "minValue" | "maxValue"))
}

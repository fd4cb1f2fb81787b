//! What a package is by its parts, and what is done with each of them.

use super::super::Refused;
use super::Keep;
use super::names::Family;
use super::package::{Part, damaged};

/// What a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text in Office Open XML.
    Docx,
    /// A workbook in Office Open XML.
    Xlsx,
    /// A text in ODF.
    Odt,
}

/// What is done with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Rewritten as XML.
    Xml(Family),
    /// Copied: it is known to hold no text.
    Copied,
    /// Rewritten as a package: a chart's own workbook.
    Package,
    /// Left out, with what refers to it.
    Dropped,
}

/// Pictures, by the ends of their names.
const PICTURES: [&str; 20] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "emf", "wmf", "emz", "wmz",
    "svg", "svgz", "webp", "ico", "wdp", "pict",
];
/// Fonts: glyphs alone.
const FONTS: [&str; 4] = ["odttf", "ttf", "otf", "fntdata"];

fn refused(what: impl Into<String>) -> Refused {
    Refused::Format { what: what.into() }
}

/// Which format a package is in.
pub fn kind(parts: &[Part]) -> Result<Kind, Refused> {
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    if let Some(mimetype) = part("mimetype") {
        return match mimetype.bytes.trim_ascii_end() {
            b"application/vnd.oasis.opendocument.text"
            | b"application/vnd.oasis.opendocument.text-template" => Ok(Kind::Odt),
            _ => Err(refused("an OpenDocument file other than a text")),
        };
    }
    let types = part("[Content_Types].xml").ok_or_else(|| refused("an archive that is no office file"))?;
    let has = |text: &str| types.bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // `…wordprocessingml.template.main+xml` is a template's.
    match () {
        () if has("macroEnabled") => Err(refused("an office file with macros")),
        () if has("wordprocessingml.document.main+xml") || has("wordprocessingml.template.main+xml") => {
            Ok(Kind::Docx)
        }
        () if has("spreadsheetml.sheet.main+xml") || has("spreadsheetml.template.main+xml") => Ok(Kind::Xlsx),
        () if has("presentationml") => Err(refused("a presentation")),
        () => Err(refused("an office file of an unknown sort")),
    }
}

/// What is done with a part of such a package; refused where nothing can be.
pub fn treatment(part: &Part, kind: Kind, keep: Keep) -> Result<Treatment, Refused> {
    let name = part.name.as_str();
    let lower = name.to_lowercase();
    let end = lower.rsplit_once('.').map(|(_, end)| end).filter(|end| !end.contains('/')).unwrap_or_default();
    let in_it = |what: &str| Err(refused(format!("{what} in it, {name},")));
    if part.is_folder() {
        return Ok(Treatment::Copied);
    }
    if lower.starts_with("docprops/thumbnail.") || lower.starts_with("thumbnails/") {
        return Ok(Treatment::Dropped);
    }
    if lower.starts_with("_xmlsignatures/") || lower.ends_with("signatures.xml") {
        return in_it("a signature");
    }
    let is_macro = ["basic/", "scripts/", "dialogs/"].iter().any(|folder| lower.starts_with(folder));
    if is_macro || lower.contains("vbaproject") || lower.contains("vbadata") || lower.contains("macrosheets/")
    {
        return in_it("a macro");
    }
    if PICTURES.contains(&end) || lower.starts_with("pictures/") || lower.starts_with("objectreplacements/") {
        return if keep.pictures { Ok(Treatment::Copied) } else { in_it("a picture") };
    }
    if FONTS.contains(&end) {
        return Ok(Treatment::Copied);
    }
    match (kind, end) {
        (Kind::Docx | Kind::Xlsx, "docx" | "xlsx") if lower.contains("/embeddings/") => {
            Ok(Treatment::Package)
        }
        _ if lower.contains("embeddings/") || lower.contains("activex") => in_it("an embedded object"),
        (Kind::Docx | Kind::Xlsx, "bin") if lower.contains("/printersettings") => Ok(Treatment::Dropped),
        (Kind::Docx | Kind::Xlsx, "xml") if is_data(&lower) => Ok(Treatment::Xml(Family::Data)),
        (Kind::Docx | Kind::Xlsx, "xml" | "rels" | "vml") => Ok(Treatment::Xml(Family::OpenXml)),
        (Kind::Odt, "xml" | "rdf") => Ok(Treatment::Xml(Family::OpenDocument)),
        (Kind::Odt, "") if lower == "mimetype" => Ok(Treatment::Copied),
        (Kind::Odt, "") if lower == "layout-cache" => Ok(Treatment::Dropped),
        _ => Err(refused(format!("{name} in it"))),
    }
}

/// Whether a part is data of others that the document carries.
fn is_data(lower: &str) -> bool {
    lower.starts_with("customxml/item") && !lower.starts_with("customxml/itemprops")
}

/// A package must hold its main part; an ODF package its type first and as it is.
pub fn check(parts: &[Part], kind: Kind) -> Result<(), Refused> {
    if kind == Kind::Odt {
        let first = parts.first().is_some_and(|part| part.name == "mimetype" && part.stored);
        let has = |name: &str| parts.iter().any(|part| part.name == name);
        if !(first && has("content.xml") && has("META-INF/manifest.xml")) {
            return Err(damaged("a part that every OpenDocument file has is missing or not in its place"));
        }
    }
    Ok(())
}

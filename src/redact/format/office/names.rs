//! Names of elements: which text is read as one.

use super::xml::local;

/// What an element's own text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A paragraph: all text of its runs is read as one.
    Paragraph,
    /// Text of the paragraph around it.
    Run,
    /// A character of the paragraph around it.
    Character(&'static str),
    /// Spaces, as many as its attribute `c` says.
    Spaces,
    /// Neither: its text is read by itself.
    Other,
}

/// The families of XML in office files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Office Open XML: DOCX and XLSX.
    OpenXml,
    /// ODF: ODT.
    OpenDocument,
    /// Data of others that a document carries, in names of their own.
    Data,
}

/// Of an element, by its name. Prefixes are a producer's own choice and are not looked at.
pub fn role(family: Family, name: &str) -> Role {
    match family {
        Family::OpenXml => match local(name) {
            // Paragraphs of documents and drawings, strings of sheets, comments; `div` is a text box's in VML.
            "p" | "si" | "is" | "rPh" | "text" | "div" => Role::Paragraph,
            "t" | "delText" | "instrText" | "delInstrText" | "font" | "span" => Role::Run,
            "tab" | "ptab" => Role::Character("\t"),
            "br" | "cr" => Role::Character("\n"),
            "noBreakHyphen" => Role::Character("-"),
            _ => Role::Other,
        },
        Family::OpenDocument => match name {
            "text:p" | "text:h" => Role::Paragraph,
            "text:s" => Role::Spaces,
            "text:tab" => Role::Character("\t"),
            "text:line-break" => Role::Character("\n"),
            // What has paragraphs or numbers of its own.
            "text:note"
            | "text:note-citation"
            | "text:note-body"
            | "text:ruby-text"
            | "text:bookmark"
            | "text:tracked-changes" => Role::Other,
            _ if name.starts_with("text:") => Role::Run,
            _ => Role::Other,
        },
        Family::Data => Role::Other,
    }
}

/// Whether the text of an element is a formula, which is valid only as one.
pub fn is_formula(family: Family, element: &str) -> bool {
    let names = ["f", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula"];
    family == Family::OpenXml && names.contains(&local(element))
}

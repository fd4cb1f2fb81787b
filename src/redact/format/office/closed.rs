//! The closed list: attributes and elements of which the value is no text for people.
//!
//! Each of them would no longer be valid, or no longer be found from elsewhere, with another value; and its digits,
//! which are often many, mean nothing to anybody. Everything that is not listed goes through the redactor.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::names::Family;
use super::xml::local;

type Names = LazyLock<HashSet<&'static str>>;

/// Attributes, without their prefixes.
static ATTRIBUTES: Names = LazyLock::new(|| {
    [IDENTITIES, PACKAGE, GEOMETRY, COLOURS, CHECKSUMS]
        .into_iter()
        .flat_map(str::split_ascii_whitespace)
        .collect()
});

/// Identities and what refers to them, and programmes' versions.
const IDENTITIES: &str = "
    id embed link pict cs dm lo qs paraId paraIdParent textId durableId dateUtc uid guid uri spid shapeid ShapeID
    idx modelId presId presParId presOf srcId destId parTransId sibTransId cxnId personId parentId providerId
    uidLastSave calcId rupBuild documentId anchorId editId creationId rsid paragraph-rsid rsidR rsidRPr
    rsidRDefault rsidP rsidDel rsidSect rsidTr numFmtId fontId fillId borderId xfId cacheId codeName
    itemID storeItemID tplc continue-list change-id refreshedDate s cm vm ph";

/// What a package needs to be read.
const PACKAGE: &str = "
    Id Type ContentType Extension PartName TargetMode Requires Ignorable media-type full-path schemaLocation
    version AppVersion progId ProgID namespaceuri";

/// Places and sizes.
const GEOMETRY: &str = "
    x y z cx cy cz x1 x2 y1 y2 l r t b w h wR hR dx dy left right top bottom header footer width height
    distT distB distL distR relativeHeight z-index lIns rIns tIns bIns marL marR indent rot lat lon rev sz pos ang
    stAng swAng dist dir blurRad fmla adj adjustments wrapcoords connectlocs coordsize coordorigin path limo points glue-points
    text-areas viewBox enhanced-path d transform ht dyDescent defaultColWidth defaultRowHeight spans sqref ref
    topLeftCell activeCell count uniqueCount spinCount xWindow yWindow windowWidth windowHeight horizontalDpi verticalDpi position
    stroke-width min-width min-height rel-width rel-height tint character-count non-whitespace-character-count
    word-count";

/// Colours, and what tells fonts apart.
const COLOURS: &str = "
    rgb lastClr color fill fillcolor strokecolor background-color usb0 usb1 usb2 usb3 csb0 csb1 panose panose-1";

/// Checksums, and keys of protection.
const CHECKSUMS: &str = "
    password hashValue saltValue hash salt algorithmName workbookPassword checksum protection-key
    storeItemChecksum";

/// Elements of which the attribute `val`, which nearly every element of Office Open XML has, is no text.
static MEASURES: Names = LazyLock::new(|| {
    "nsid tmpl rsid rsidRoot panose1 axId crossAx uniqueId id docId color srgbClr sysClr sz szCs numId
    abstractNumId compatSetting cnfStyle creationId divId rowId colId"
        .split_ascii_whitespace()
        .collect()
});

/// Elements of which the own text is no text for people.
static TEXTS: Names = LazyLock::new(|| {
    "posOffset pctWidth pctHeight colOff rowOff col row Anchor Pages Words Characters CharactersWithSpaces Lines
    Paragraphs TotalTime AppVersion revision editing-cycles editing-duration DocSecurity"
        .split_ascii_whitespace()
        .collect()
});

/// Whether the value of an attribute may be text for people. In data of others (custom XML), names mean anything.
pub fn is_text(family: Family, element: &str, attribute: &str) -> bool {
    if attribute == "xmlns" || attribute.starts_with("xmlns:") || attribute.starts_with("xml:") {
        return false;
    }
    let name = local(attribute);
    let is_measure = name == "val" && MEASURES.contains(local(element));
    family == Family::Data || !(ATTRIBUTES.contains(name) || is_measure)
}

/// Whether the own text of an element may be text for people.
pub fn holds_text(family: Family, element: &str) -> bool {
    family == Family::Data || !TEXTS.contains(local(element))
}

//! What elements and attributes are for, by their names.

/// Elements that begin and end a text of their own.
const BLOCKS: [&str; 85] = [
    "address",
    "applet",
    "article",
    "aside",
    "audio",
    "blockquote",
    "body",
    "button",
    "canvas",
    "caption",
    "center",
    "col",
    "colgroup",
    "datalist",
    "dd",
    "desc",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "foreignobject",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "img",
    "input",
    "legend",
    "li",
    "link",
    "listing",
    "main",
    "marquee",
    "menu",
    "meta",
    "meter",
    "nav",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "search",
    "section",
    "select",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "text",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "video",
    "xmp",
    "math",
];

/// Whether text on both sides of the element's tags is not read as one.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// Elements that are never in a picture or formula.
const PAGE_ONLY: [&str; 44] = [
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];

/// Whether the element ends a picture or formula that was left open.
pub(super) fn ends_picture(name: &str) -> bool {
    PAGE_ONLY.contains(&name)
}

/// Elements that are within a text, where XML is a page or a picture: in all else each element has a text of its own.
const INLINE: [&str; 34] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tspan", "tt", "u", "var", "wbr",
];

/// Whether the element is within a text, in XML.
pub(super) fn is_inline(name: &str) -> bool {
    INLINE.contains(&name)
}

/// Whether the value of the attribute is an address, in which characters may be written as `%20`.
pub(super) fn is_address(name: &str) -> bool {
    matches!(
        name,
        "href"
            | "xlink:href"
            | "src"
            | "srcset"
            | "action"
            | "formaction"
            | "cite"
            | "poster"
            | "data"
            | "ping"
            | "background"
            | "longdesc"
            | "manifest"
            | "icon"
            | "usemap"
            | "url"
    )
}

/// Whether the value of the attribute is what the element's `name` is the name of.
pub(super) fn is_named(name: &str) -> bool {
    matches!(name, "value" | "content" | "placeholder")
}

//! The page for a browser: one file without scripts, without anything from elsewhere. Every text is
//! escaped, since reasons and machines' names are anybody's.

mod plots;

use data_encoding::BASE64;

use super::super::super::text;
use super::page::{Page, Section};
use crate::access_log::report::Report;
use crate::sealed::signed::Digest;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--rule:#767676;--bar:#2b6cb0;--mark:#b45309}
@media screen and (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#161616;--rule:#8f8f8f;--bar:#63a4e8;--mark:#f0a030}}
@page{size:A4;margin:15mm}
body{font:15px/1.45 sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:1rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.15rem .7rem .15rem 0;border-bottom:1px solid var(--rule);unicode-bidi:isolate;overflow-wrap:anywhere}
thead th{white-space:nowrap}
figure{display:inline-block;margin:.4rem 1rem .4rem 0;break-inside:avoid}
figure svg{display:block;width:22rem;max-width:100%}
figcaption{font-size:.85rem}
tr,h2{break-inside:avoid}
h2{break-after:avoid}
text{font:7px sans-serif;fill:var(--ink)}
.in{fill:var(--bar)}
.out{fill:url(#hatch);stroke:var(--mark);stroke-width:.8}
.axis{stroke:var(--rule);stroke-width:.5}
.hatch{stroke:var(--mark);stroke-width:1.4}
@media print{body{font-size:9pt;margin:0;padding:0;max-width:none}.in,.out{print-color-adjust:exact}}
";

/// The whole file.
pub(super) fn document(page: &Page, report: &Report) -> String {
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n");
    html.open("html", "lang=\"en\"");
    html.open("head", "");
    html.raw("<meta charset=\"utf-8\">\n");
    html.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy()));
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    html.line("title", "", "Access log report");
    html.raw(&format!("<style>{STYLE}</style>\n"));
    html.close("head");
    html.open("body", "");
    html.line("h1", "", "The access log, reported");
    scope(&mut html, page);
    for section in &page.sections {
        answer(&mut html, section);
    }
    plots::draw(&mut html, report);
    html.close("body");
    html.close("html");
    html.text
}

/// What the browser may fetch and run: nothing. Of styles, only the page's own, by its hash.
fn policy() -> String {
    let style = BASE64.encode(&Digest::of(STYLE.as_bytes()).0);
    format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'")
}

fn scope(html: &mut Html, page: &Page) {
    html.open("table", "");
    html.open("tbody", "");
    for (label, value) in &page.scope {
        html.open("tr", "");
        html.line("th", "scope=\"row\"", label);
        html.line("td", "", value);
        html.close("tr");
    }
    html.close("tbody");
    html.close("table");
}

fn answer(html: &mut Html, section: &Section) {
    html.line("h2", "", &section.title);
    if let Some(note) = &section.note {
        html.line("p", "", note);
    }
    if !section.rows.is_empty() {
        html.open("table", "");
        html.open("thead", "");
        html.open("tr", "");
        for heading in &section.headings {
            html.line("th", "scope=\"col\"", heading);
        }
        html.close("tr");
        html.close("thead");
        html.open("tbody", "");
        for row in &section.rows {
            html.open("tr", "");
            for cell in row {
                html.line("td", "", cell);
            }
            html.close("tr");
        }
        html.close("tbody");
        html.close("table");
    }
    if let Some(end) = &section.end {
        html.line("p", "", end);
    }
}

/// A document as it grows. Text gets in by [`Html::line`] alone, which escapes it.
#[derive(Default)]
struct Html {
    text: String,
}

impl Html {
    /// Markup of this program's own making.
    fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    fn open(&mut self, tag: &str, attributes: &str) {
        let gap = if attributes.is_empty() { "" } else { " " };
        self.raw(&format!("<{tag}{gap}{attributes}>\n"));
    }

    fn close(&mut self, tag: &str) {
        self.raw(&format!("</{tag}>\n"));
    }

    /// An element with nothing but text in it.
    fn line(&mut self, tag: &str, attributes: &str, text: &str) {
        let gap = if attributes.is_empty() { "" } else { " " };
        self.raw(&format!("<{tag}{gap}{attributes}>{}</{tag}>\n", escaped(text)));
    }
}

/// Text that is nothing but text in a browser: no markup, and nothing that reorders what is read.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text::visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;

//! Paragraphs with revisions and fields, which read in more than one way.

use super::*;

fn run(text: &str) -> String {
    format!("<w:r><w:t>{text}</w:t></w:r>")
}

fn inserted(text: &str) -> String {
    format!("<w:ins w:author='A'>{}</w:ins>", run(text))
}

fn deleted(text: &str) -> String {
    format!("<w:del w:author='A'><w:r><w:delText>{text}</w:delText></w:r></w:del>")
}

/// How many were found in such a paragraph, and what is left of it without tags.
fn left(runs: &[String]) -> (usize, String) {
    left_of(&[format!("<w:p>{}</w:p>", runs.concat())])
}

/// The same of paragraphs.
fn left_of(paragraphs: &[String]) -> (usize, String) {
    let (found, result) = redacted(&docx_of(&paragraphs.concat(), &[]));
    let document = part_of(&result, "word/document.xml");
    let (_, body) = document.split_once("<w:body>").unwrap();
    let texts = body.split('<').filter_map(|piece| piece.split_once('>'));
    (found.len(), texts.map(|(_, text)| text).collect())
}

#[test]
fn a_digit_that_was_corrected_hides_neither_number() {
    assert_eq!(
        left(&[run("card 4111 1111 1111 11"), deleted("12"), inserted("11"), run(" now")]),
        (1, "card [card ████] now".to_owned())
    );
    assert_eq!(
        left(&[run("SSN: 536-90-43"), deleted("98"), inserted("99")]),
        (1, "SSN: [SSN ████]".to_owned())
    );
    assert_eq!(
        left(&[run("card "), deleted("4111 1111 1111 1111"), inserted("5500 0000 0000 0004")]),
        (2, "card [card ████][card ████]".to_owned())
    );
    assert_eq!(
        left(&[run("to "), deleted("a@example.org"), inserted("b@example.org"), run(" today")]),
        (2, "to [e-mail ████][e-mail ████] today".to_owned())
    );
}

#[test]
fn what_was_inserted_and_deleted_again_is_read() {
    let twice = format!("<w:ins w:author='A'>{}</w:ins>", deleted("4111 1111 1111 1111"));
    assert_eq!(left(&[run("card "), twice, run(" x")]), (1, "card [card ████] x".to_owned()));
}

#[test]
fn what_a_field_is_told_stands_between_nothing() {
    let field = |shown: &str| {
        let character = |kind: &str| format!("<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>");
        let told = "<w:r><w:instrText> REF b1 </w:instrText></w:r>".to_owned();
        [character("begin"), told, character("separate"), run(shown), character("end")].concat()
    };
    assert_eq!(
        left(&[run("card 4111 1111 "), field("1111 1111"), run(" x")]),
        (1, "card [card ████] REF b1  x".to_owned())
    );
    assert_eq!(left(&[run("to "), field("a@example.org")]), (1, "to  REF b1 [e-mail ████]".to_owned()));
}

#[test]
fn an_address_that_a_field_is_told_is_read_as_it_reads() {
    let told = "<w:r><w:instrText> HYPERLINK \"mailto:%C3%A5@b.se?subject=card%204111%201111%201111%201111%20now\" </w:instrText></w:r>";
    let (found, text) = left(&[told.to_owned(), run("write")]);
    assert_eq!(found, 2);
    assert_eq!(text, " HYPERLINK &quot;mailto:[e-mail ████]?subject=card%20[card ████]%20now&quot; write");
}

/// A paragraph of which the end was `inserted` or `deleted`: `ins` or `del`.
fn paragraph(end: &str, text: &str) -> String {
    let mark = if end.is_empty() { String::new() } else { format!("<w:{end} w:author='A'/>") };
    format!("<w:p><w:pPr><w:rPr>{mark}<w:b/></w:rPr></w:pPr>{}</w:p>", run(text))
}

#[test]
fn paragraphs_that_a_revision_joins_are_read_as_one() {
    for end in ["ins", "del", "moveFrom", "moveTo"] {
        let halves = [paragraph(end, "card 4111 1111"), paragraph("", "1111 1111 now")];
        assert_eq!(left_of(&halves), (1, "card [card ████] now".to_owned()), "{end}");
    }
    let thirds = ["4111", "", "11111111", "1111 now"];
    let thirds = thirds.map(|text| paragraph(if text.ends_with("now") { "" } else { "del" }, text));
    assert_eq!(left_of(&thirds), (1, "[card ████] now".to_owned()));
    // Its label stands in the paragraph before, which is one with it.
    let labelled = [paragraph("del", "SSN: 536-"), paragraph("", "90-4399")];
    assert_eq!(left_of(&labelled), (1, "SSN: [SSN ████]".to_owned()));
}

#[test]
fn paragraphs_that_a_revision_joins_are_each_read_alone_as_well() {
    let own = [paragraph("del", "4111 1111 1111 1111"), paragraph("", " and SSN: 536-90-4399")];
    assert_eq!(left_of(&own), (2, "[card ████] and SSN: [SSN ████]".to_owned()));
    // Of the last of a part nothing comes behind.
    assert_eq!(left_of(&[paragraph("del", "4111 1111 1111 1111")]), (1, "[card ████]".to_owned()));
}

#[test]
fn a_table_and_a_text_box_are_not_joined_with_what_is_around_them() {
    let boxed =
        format!("<w:p><w:r><w:txbxContent>{}</w:txbxContent></w:r></w:p>", paragraph("del", "5500 0000"));
    let cell = format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", paragraph("", "0000 0004"));
    assert_eq!(left_of(&[boxed, cell]), (0, "5500 00000000 0004".to_owned()));
    let around = [
        paragraph("del", "4111 1111"),
        format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", paragraph("", "x")),
        paragraph("", "1111 1111"),
    ];
    assert_eq!(left_of(&around).0, 1);
}

//! Texts in Office Open XML.

use super::*;

/// What the body is after it was redacted.
fn body(source: &str) -> String {
    let (found, result) = redacted(&docx_of(source, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    let document = part_of(&result, "word/document.xml");
    let (_, body) = document.split_once("<w:body>").unwrap();
    body.strip_suffix("</w:body></w:document>").unwrap().to_owned()
}

/// Such a part, besides a document that says nothing.
fn other(name: &str, source: &str) -> String {
    let (found, result) = redacted(&docx_of("<w:p/>", &[(name, source.as_bytes())]));
    assert_eq!(found.len(), 1, "{found:?}");
    part_of(&result, name)
}

#[test]
fn text_split_over_runs_is_found() {
    assert_eq!(
        body(
            r#"<w:p w:rsidR="00AB12CD"><w:r><w:t xml:space="preserve">Card 41</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t>11 1111</w:t></w:r><w:hyperlink r:id="rId4"><w:r><w:t> 1111 1111 &amp; more</w:t></w:r></w:hyperlink></w:p>"#
        ),
        r#"<w:p w:rsidR="00AB12CD"><w:r><w:t xml:space="preserve">Card [card ████]</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t></w:t></w:r><w:hyperlink r:id="rId4"><w:r><w:t xml:space="preserve"> &amp; more</w:t></w:r></w:hyperlink></w:p>"#
    );
}

#[test]
fn it_may_be_split_anywhere() {
    for first in 0..=CARD.len() {
        for second in first..=CARD.len() {
            let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
            let runs = [run(&CARD[..first]), run(&CARD[first..second]), run(&CARD[second..])].concat();
            let source = format!("<w:p>{}{runs}{}</w:p>", run("Card "), run("."));
            assert_eq!(
                body(&source).replace("<w:r><w:t></w:t></w:r>", ""),
                "<w:p><w:r><w:t>Card </w:t></w:r><w:r><w:t>[card ████]</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>"
            );
        }
    }
}

#[test]
fn revisions_are_read_with_what_is_around_them() {
    assert_eq!(
        body(
            "<w:p><w:ins w:author='A'><w:r><w:t>4111 1111</w:t></w:r></w:ins><w:del><w:r><w:delText> 1111 1111</w:delText></w:r></w:del></w:p>"
        ),
        "<w:p><w:ins w:author='A'><w:r><w:t>[card ████]</w:t></w:r></w:ins><w:del><w:r><w:delText></w:delText></w:r></w:del></w:p>"
    );
}

#[test]
fn paragraphs_are_not_read_as_one() {
    let body = "<w:p><w:r><w:t>4111 1111</w:t></w:r></w:p><w:p><w:r><w:t>1111 1111</w:t></w:r></w:p>";
    assert_untouched(&docx_of(body, &[]));
}

#[test]
fn hyphens_that_are_elements_go_with_what_they_join() {
    assert_eq!(
        body(
            "<w:p><w:r><w:t>4111</w:t><w:noBreakHyphen/><w:t>1111</w:t><w:noBreakHyphen/><w:t>11111111.</w:t></w:r></w:p>"
        ),
        "<w:p><w:r><w:t>[card ████]</w:t><w:t></w:t><w:t>.</w:t></w:r></w:p>"
    );
}

#[test]
fn a_text_box_within_a_paragraph_is_read_by_itself() {
    assert_eq!(
        body(
            "<w:p><w:r><w:t>41</w:t><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>4111111111111111</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict><w:t>22</w:t></w:r></w:p>"
        ),
        "<w:p><w:r><w:t>41</w:t><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>[card ████]</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict><w:t>22</w:t></w:r></w:p>"
    );
}

#[test]
fn entities_and_cdata_hide_nothing() {
    assert_eq!(
        body(
            "<w:p><w:r><w:t>&#52;111 1111</w:t><w:t><![CDATA[ 1111 1111]]></w:t><w:t>&lt;x&gt;</w:t></w:r></w:p>"
        ),
        "<w:p><w:r><w:t>[card ████]</w:t><w:t></w:t><w:t>&lt;x&gt;</w:t></w:r></w:p>"
    );
    assert_eq!(body("<w:p><!-- 4111111111111111 --></w:p>"), "<w:p><!-- [card ████] --></w:p>");
    assert_eq!(body("<w:p><?x 4111111111111111?></w:p>"), "<w:p><?x [card ████]?></w:p>");
}

#[test]
fn fields_and_alternative_texts_are_text() {
    assert_eq!(
        body("<w:p><w:r><w:instrText> TITLE 4111111111111111 </w:instrText></w:r></w:p>"),
        "<w:p><w:r><w:instrText> TITLE [card ████] </w:instrText></w:r></w:p>"
    );
    assert_eq!(
        body(
            r#"<w:p><w:drawing><wp:docPr id="1" name="x" descr='Card 4111111111111111'/></w:drawing></w:p>"#
        ),
        r#"<w:p><w:drawing><wp:docPr id="1" name="x" descr='Card [card ████]'/></w:drawing></w:p>"#
    );
    assert_eq!(
        body(r#"<w:sdt><w:sdtPr><w:tag w:val="4111111111111111"/><w:id w:val="-4111"/></w:sdtPr></w:sdt>"#),
        r#"<w:sdt><w:sdtPr><w:tag w:val="[card ████]"/><w:id w:val="-4111"/></w:sdtPr></w:sdt>"#
    );
}

#[test]
fn drawings_and_formulas_are_text() {
    for name in ["a", "m"] {
        assert_eq!(
            body(&format!(
                "<a:p><a:r><{name}:t>41111111</{name}:t></a:r><a:r><a:t>11111111</a:t></a:r></a:p>"
            )),
            format!("<a:p><a:r><{name}:t>[card ████]</{name}:t></a:r><a:r><a:t></a:t></a:r></a:p>")
        );
    }
}

#[test]
fn a_prefix_is_a_producers_own_choice() {
    assert_eq!(
        other("word/header9.xml", "<hdr xmlns='x'><p><r><t>41111111</t></r><r><t>11111111</t></r></p></hdr>"),
        "<hdr xmlns='x'><p><r><t>[card ████]</t></r><r><t></t></r></p></hdr>"
    );
}

#[test]
fn headers_footers_notes_and_comments_are_rewritten() {
    for name in ["header1", "footer2", "footnotes", "endnotes", "glossary/document", "diagrams/data1"] {
        let name = format!("word/{name}.xml");
        let result = other(&name, "<w:x><w:p><w:r><w:t>4111111111111111</w:t></w:r></w:p></w:x>");
        assert_eq!(result, "<w:x><w:p><w:r><w:t>[card ████]</w:t></w:r></w:p></w:x>");
    }
    let comment = "<w:comments><w:comment w:id='0' w:author='4111111111111111' w:initials='A'/></w:comments>";
    assert_eq!(other("word/comments.xml", comment), comment.replace(CARD, "[card ████]"));
}

#[test]
fn properties_and_data_are_rewritten() {
    for (name, source) in [
        ("docProps/core.xml", "<c:p><dc:title>Card 4111111111111111</dc:title></c:p>"),
        ("docProps/app.xml", "<P><Company>4111111111111111</Company><Words>12</Words></P>"),
        (
            "docProps/custom.xml",
            "<P><property name='Card'><vt:lpwstr>4111111111111111</vt:lpwstr></property></P>",
        ),
        ("docProps/app.xml", "<P><HyperlinkBase>x?a=4111111111111111</HyperlinkBase></P>"),
        ("docProps/custom.xml", "<P><property name='4111111111111111'/></P>"),
        ("customXml/item1.xml", "<customer id='4111111111111111'/>"),
        ("customXml/item1.xml", "<customer><row>4111111111111111</row></customer>"),
        ("word/settings.xml", "<s><w:docVar w:name='n' w:val='4111111111111111'/></s>"),
        ("word/people.xml", "<s><w15:person w15:author='4111111111111111'/></s>"),
    ] {
        assert_eq!(other(name, source), source.replace(CARD, "[card ████]"), "{name}");
    }
}

#[test]
fn identities_and_geometry_stay_whatever_their_digits_are() {
    let source = docx_of(
        r#"<w:p w14:paraId="4111111111111111"><wp:anchor relativeHeight="4111111111111111"><wp:extent cx="4111111111111111"/><wp:posOffset>41111111111</wp:posOffset></wp:anchor></w:p>"#,
        &[],
    );
    assert_untouched(&source);
}

#[test]
fn links_addresses_are_read_without_their_encoding() {
    let source = |target: &str| {
        format!(
            "<Relationships><Relationship Id='rId4' Type='x/hyperlink' Target='{target}' TargetMode='External'/></Relationships>"
        )
    };
    for (target, wanted) in [
        ("tel:4111111111111111", "tel:%5Bcard%20%E2%96%88%E2%96%88%E2%96%88%E2%96%88%5D"),
        (
            "mailto:a@b.c?subject=%34111%201111%201111%201111%25",
            "mailto:a@b.c?subject=%5Bcard%20%E2%96%88%E2%96%88%E2%96%88%E2%96%88%5D%25",
        ),
    ] {
        assert_eq!(other("word/_rels/document.xml.rels", &source(target)), source(wanted));
    }
}

#[test]
fn addresses_in_texts_are_read_without_their_encoding() {
    assert_eq!(
        other("docProps/app.xml", "<P><HyperlinkBase>a?%34111%201111%201111%201111</HyperlinkBase></P>"),
        "<P><HyperlinkBase>a?[card ████]</HyperlinkBase></P>"
    );
}

#[test]
fn what_is_found_is_told_by_part_paragraph_and_character() {
    let source =
        docx_of("<w:p/><w:p><w:r><w:t>Card</w:t></w:r><w:r><w:t> 4111111111111111</w:t></w:r></w:p>", &[]);
    assert_eq!(redacted(&source).0, ["word/document.xml!2:6"]);
}

#[test]
fn the_preview_of_the_first_page_goes_with_what_names_it() {
    let source = docx_of("<w:p/>", &[("docProps/thumbnail.jpeg", b"\xff\xd8")]);
    let (_, result) = redacted(&source);
    for (name, text) in parts_of(&result) {
        assert!(!name.contains("thumbnail") && !text.contains("thumbnail"), "{name}: {text}");
    }
    assert!(part_of(&result, "_rels/.rels").contains("word/document.xml"));
}

#[test]
fn what_has_nothing_to_find_stays_byte_for_byte() {
    let odd = "\u{feff}<?xml version='1.0'?>\r\n<x  a = \"1\"\tb='&#x41;' ><!-- c --><y/>\r\n<z ></z >&apos;<![CDATA[<]]></x>\n";
    let source = docx_of("<w:p/>", &[("word/x.xml", odd.as_bytes()), ("word/fonts/font1.odttf", b"\0\x01")]);
    let (found, result) = redacted(&source);
    assert!(found.is_empty());
    assert_eq!(part_of(&result, "word/x.xml"), odd);
    assert_eq!(part_of(&result, "word/fonts/font1.odttf"), "\0\x01");
}

#[test]
fn the_rest_of_a_part_with_a_hit_stays_byte_for_byte() {
    let odd = "\u{feff}<?xml version='1.0'?>\r\n<w:x  a = \"1\"\tb='&#x41;' ><y/>\r\n<w:t >4111111111111111</w:t >&apos;</w:x>\n";
    assert_eq!(other("word/x.xml", odd), odd.replace(CARD, "[card ████]"));
}

#[test]
fn cells_of_tables_are_rewritten() {
    let cell = |text: &str| {
        format!(
            "<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"
        )
    };
    let source = format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl>", cell("Card"), cell(CARD));
    assert_eq!(body(&source), source.replace(CARD, "[card ████]"));
}

#[test]
fn a_packed_copy_of_a_shape_goes() {
    let (_, result) = redacted(&docx_of("<w:p><v:shape id='a' o:gfxdata='UEsDBA' style='b'/></w:p>", &[]));
    assert!(part_of(&result, "word/document.xml").contains("<v:shape id='a'  style='b'/>"));
}

#[test]
fn a_charts_workbook_is_rewritten_within_the_text() {
    let name = "word/embeddings/Microsoft_Excel_Sheet1.xlsx";
    let row = "<row><c><v>4111111111111111</v></c></row>";
    let inner = xlsx::xlsx_of(row, &[], &[]);
    let (found, result) = redacted(&docx_of("<w:p/>", &[(name, &inner)]));
    assert_eq!(found, ["Customers!1:1"]);
    let parts = package::read(&result).unwrap();
    let workbook = parts.iter().find(|part| part.name == name).unwrap();
    assert!(
        part_of(&workbook.bytes, "xl/worksheets/sheet1.xml").contains("<c t=\"str\"><v>[card ████]</v></c>")
    );
    let deeper = xlsx::xlsx_of(row, &[], &[("xl/embeddings/a.xlsx", &inner)]);
    assert!(refusal(&docx_of("<w:p/>", &[(name, &deeper)])).contains("within an embedded object"));
    assert!(refusal(&docx_of("<w:p/>", &[(name, b"PK")])).contains("not a valid ZIP archive"));
}

#[test]
fn an_element_whose_name_identifies_is_refused() {
    let source = docx_of("<w:p/>", &[("customXml/item1.xml", b"<a><card-4111111111111111/></a>")]);
    assert!(refusal(&source).starts_with("an element whose name identifies, in it, customXml/item1.xml,"));
}

#[test]
fn a_paragraph_is_the_heading_of_the_one_behind_it() {
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    for source in [
        [paragraph("SSN:"), paragraph("536904399")].concat(),
        [paragraph("SSN"), paragraph(" "), "<w:p/>".to_owned(), paragraph("536904399")].concat(),
    ] {
        assert_eq!(body(&source), source.replace("536904399", "[SSN ████]"));
    }
    let far = [paragraph("SSN"), paragraph("of none"), paragraph("536904399")].concat();
    assert_untouched(&docx_of(&far, &[]));
}

#[test]
fn a_list_item_with_its_own_value_is_no_heading_of_the_next() {
    let item = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let source = [item("phone +46 70 123 45 67"), item("Invoice 2026-0417")].concat();
    assert_eq!(body(&source), source.replace("+46 70 123 45 67", "[phone ████]"));
}

#[test]
fn spaces_that_come_to_an_end_of_their_run_stay() {
    assert_eq!(
        body(
            "<w:p><w:r><w:t>my card 4111 1111 11</w:t></w:r><w:r><w:t>11 1111 was charged.</w:t></w:r></w:p>"
        ),
        "<w:p><w:r><w:t>my card [card ████]</w:t></w:r><w:r><w:t xml:space=\"preserve\"> was charged.</w:t></w:r></w:p>"
    );
    // Once, where a comment stands in the midst of a text.
    assert_eq!(
        body("<w:p><w:r><w:t>4111 1111<!-- --> 1111<!-- --> 1111 paid</w:t></w:r></w:p>")
            .matches("xml:space")
            .count(),
        1
    );
    // A drawing's text keeps them as it is, and may not have the attribute.
    assert_eq!(
        body("<a:p><a:r><a:t>4111 1111</a:t></a:r><a:r><a:t> 1111 1111 paid</a:t></a:r></a:p>"),
        "<a:p><a:r><a:t>[card ████]</a:t></a:r><a:r><a:t> paid</a:t></a:r></a:p>"
    );
}

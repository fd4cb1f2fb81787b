//! Texts in ODF.

use super::*;

/// A text with this body, and with these parts besides.
fn odt_of(body: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let content =
        format!("<office:document-content><office:text>{body}</office:text></office:document-content>");
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
        ("Configurations2/accelerator/current.xml", b""),
        (
            "META-INF/manifest.xml",
            br#"<manifest:manifest><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="Thumbnails/thumbnail.png" manifest:media-type="image/png"/></manifest:manifest>"#,
        ),
    ];
    parts.extend(more);
    package_of(&parts)
}

fn body(source: &str) -> String {
    let (found, result) = redacted(&odt_of(source, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    let content = part_of(&result, "content.xml");
    let (_, body) = content.split_once("<office:text>").unwrap();
    body.strip_suffix("</office:text></office:document-content>").unwrap().to_owned()
}

#[test]
fn text_split_over_spans_and_spaces_is_found() {
    assert_eq!(
        body(
            r#"<text:p>Card 41<text:span text:style-name="T1">11<text:s/>1111<text:a xlink:href="x"> 1111</text:a></text:span> 1111 here</text:p>"#
        ),
        r#"<text:p>Card [card ████]<text:span text:style-name="T1"><text:a xlink:href="x"></text:a></text:span> here</text:p>"#
    );
    assert_eq!(
        body("<text:h>4111<text:bookmark text:name='x'/>111111111111</text:h>"),
        "<text:h>[card ████]<text:bookmark text:name='x'/></text:h>"
    );
    let apart = odt_of("<text:p>41111111</text:p><text:p>11111111</text:p>", &[]);
    assert_untouched(&apart);
}

#[test]
fn annotations_notes_and_revisions_are_read_by_themselves() {
    for source in [
        "<text:p>41<office:annotation office:name='x'><dc:creator>B</dc:creator><text:p>4111111111111111</text:p></office:annotation>22</text:p>",
        "<text:p>41<office:annotation><dc:creator>4111111111111111</dc:creator></office:annotation>22</text:p>",
        "<text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>4111111111111111</text:p></text:note-body></text:note></text:p>",
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>4111111111111111</text:p></text:deletion></text:changed-region></text:tracked-changes>",
        "<text:p><draw:frame draw:name='x'><svg:title>4111111111111111</svg:title></draw:frame></text:p>",
        "<text:p><draw:frame draw:name='4111111111111111'/></text:p>",
        "<text:p><text:user-field-get text:name='x'>4111111111111111</text:user-field-get></text:p>",
    ] {
        assert_eq!(body(source), source.replace(CARD, "[card ████]"));
    }
    assert_eq!(
        body(
            "<text:p>41111111<text:note><text:note-citation>1</text:note-citation></text:note>11111111</text:p>"
        ),
        "<text:p>[card ████]<text:note><text:note-citation>1</text:note-citation></text:note></text:p>"
    );
}

#[test]
fn a_number_in_a_table_becomes_a_text() {
    let source = r#"<table:table-cell table:formula="of:=1" office:value-type="float" office:value="4.111111111111111E+15"><text:p>4,1E15</text:p></table:table-cell>"#;
    assert_eq!(
        body(source),
        r#"<table:table-cell  office:value-type="string" office:string-value="[card ████]"><text:p>[card ████]</text:p></table:table-cell>"#
    );
    // However it is shown, and over how many spans.
    let source = r#"<text:p>It is <text:expression office:value-type="float" office:value="4111111111111111">4.111.111<text:span>.111.111.111,00</text:span></text:expression>.</text:p>"#;
    assert_eq!(
        body(source),
        r#"<text:p>It is <text:expression office:value-type="string" office:string-value="[card ████]">[card ████]<text:span></text:span></text:expression>.</text:p>"#
    );
}

#[test]
fn styles_properties_and_settings_are_rewritten() {
    for (name, source) in [
        ("styles.xml", "<s><style:header><text:p>4111111111111111</text:p></style:header></s>"),
        ("meta.xml", "<m><dc:title>4111111111111111</dc:title></m>"),
        ("meta.xml", "<m><meta:user-defined meta:name='Card'>4111111111111111</meta:user-defined></m>"),
        (
            "settings.xml",
            "<s><config:config-item config:name='P' config:type='string'>4111111111111111</config:config-item></s>",
        ),
        ("Object 1/content.xml", "<m><math:mtext>4111111111111111</math:mtext></m>"),
    ] {
        let (found, result) = redacted(&odt_of("<text:p/>", &[(name, source.as_bytes())]));
        assert_eq!(found.len(), 1);
        assert_eq!(part_of(&result, name), source.replace(CARD, "[card ████]"));
    }
    let setting =
        "<s><config:config-item config:name='Rsid' config:type='int'>41111111111</config:config-item></s>";
    let source = odt_of("<text:p/>", &[("settings.xml", setting.as_bytes())]);
    assert_untouched(&source);
}

#[test]
fn the_type_stays_first_and_as_it_is() {
    let (_, result) = redacted(&odt_of("<text:p>4111111111111111</text:p>", &[]));
    assert_eq!(&result[30..][..47], b"mimetypeapplication/vnd.oasis.opendocument.text");
    let late =
        package_of(&[("content.xml", b"<x/>"), ("mimetype", b"application/vnd.oasis.opendocument.text")]);
    assert!(refusal(&late).contains("not in its place"));
}

#[test]
fn the_preview_goes_with_what_names_it() {
    let source = odt_of("<text:p/>", &[("Thumbnails/thumbnail.png", b"\x89PNG"), ("layout-cache", b"\0")]);
    let (_, result) = redacted(&source);
    let names = parts_of(&result).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let wanted =
        ["mimetype", "content.xml", "Configurations2/accelerator/current.xml", "META-INF/manifest.xml"];
    assert_eq!(names, wanted);
    assert!(!part_of(&result, "META-INF/manifest.xml").contains("Thumbnails"));
    assert!(part_of(&result, "META-INF/manifest.xml").contains("content.xml"));
}

#[test]
fn pictures_macros_signatures_and_passwords_are_refused() {
    for (name, source, sentence) in [
        ("Pictures/1.png", "x", "a picture in it, Pictures/1.png, can't be rewritten truly"),
        ("ObjectReplacements/Object 1", "x", "a picture in it, ObjectReplacements/Object 1, can't be"),
        ("Object 1", "x", "Object 1 in it can't be rewritten truly"),
        ("Basic/Standard/Module1.xml", "<x/>", "a macro in it, Basic/Standard/Module1.xml,"),
        ("META-INF/documentsignatures.xml", "<x/>", "a signature in it, META-INF/documentsignatures.xml,"),
        ("meta.xml", "<x><manifest:encryption-data/></x>", "a file with a password can't be rewritten truly"),
        ("meta.xml", "<x><office:binary-data>iVBO</office:binary-data></x>", "a picture or an object in it"),
    ] {
        let refusal = refusal(&odt_of("<text:p/>", &[(name, source.as_bytes())]));
        assert!(refusal.starts_with(sentence), "{refusal}");
    }
}

#[test]
fn a_file_of_openoffice_names_its_document_type() {
    let manifest = |kind: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE manifest:manifest {kind}>\n<manifest:manifest/>"
        )
    };
    let source = |kind: &str| {
        package_of(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", b"<x><text:p>4111111111111111</text:p></x>"),
            ("META-INF/manifest.xml", manifest(kind).as_bytes()),
        ])
    };
    let named = "PUBLIC \"-//OpenOffice.org//DTD Manifest 1.0//EN\" \"Manifest.dtd\"";
    let (found, result) = redacted(&source(named));
    assert_eq!(found.len(), 1);
    assert_eq!(part_of(&result, "META-INF/manifest.xml"), manifest(named));
    for declaring in [format!("{named} [<!ENTITY a '4'>]"), "SYSTEM \"x.dtd\"".to_owned()] {
        assert!(refusal(&source(&declaring)).starts_with("a document type in it, META-INF/manifest.xml,"));
    }
}

#[test]
fn an_address_hides_nothing_that_is_half_encoded() {
    let link = |address: &str| format!("<text:p><text:a xlink:href='{address}'>x</text:a></text:p>");
    for number in ["4111%201111%201111%201111", "4111 1111 1111 1111"] {
        let (found, result) =
            redacted(&odt_of(&link(&format!("mailto:anna@example.org?subject={number}%20or")), &[]));
        assert!(!found.is_empty());
        let content = part_of(&result, "content.xml");
        let black = "%E2%96%88".repeat(4);
        let whole = format!("mailto:%5Be-mail%20{black}%5D?subject=%5Bcard%20{black}%5D%20or");
        assert!(content.contains(&whole), "{content}");
        assert!(redacted(&result).0.is_empty());
    }
}

/// A change that the text keeps, as `deletion` or `insertion`, with what was deleted.
fn region(id: &str, kind: &str, text: &str) -> String {
    format!(
        "<text:changed-region xml:id='{id}' text:id='{id}'><text:{kind}><office:change-info><dc:creator>B</dc:creator></office:change-info>{text}</text:{kind}></text:changed-region>"
    )
}

/// What is left of a text with these changes: what was deleted, and the text.
fn changed(regions: &[String], text: &str) -> (usize, String) {
    let source = format!("<text:tracked-changes>{}</text:tracked-changes>{text}", regions.concat());
    let (found, result) = redacted(&odt_of(&source, &[]));
    let content = part_of(&result, "content.xml");
    let texts = content.replace("<dc:creator>B</dc:creator>", "");
    let texts = texts.replace("</text:tracked-changes>", "<x>|");
    let texts = texts.split('<').filter_map(|piece| piece.split_once('>'));
    (found.len(), texts.map(|(_, text)| text).collect())
}

#[test]
fn a_deletion_is_read_where_it_was() {
    let gone = |text: &str| [region("c1", "deletion", &format!("<text:p>{text}</text:p>"))];
    assert_eq!(
        changed(
            &gone("11 1111"),
            "<text:p>card 4111 1111 11<text:change text:change-id='c1'/> left</text:p>"
        ),
        (1, "|card [card ████] left".to_owned())
    );
    // Without it, the text reads as another number.
    assert_eq!(
        changed(&gone("x"), "<text:p>4111 1111 <text:change text:change-id='c1'/>1111 1111</text:p>"),
        (1, "x|[card ████]".to_owned())
    );
    // What no tag leads to is read by itself, and so is what was deleted whole.
    assert_eq!(changed(&gone("4111 1111 1111 1111"), "<text:p>x</text:p>"), (1, "[card ████]|x".to_owned()));
    assert_eq!(
        changed(&gone("SSN: 536-90-4399"), "<text:p>a <text:change text:change-id='c1'/> b</text:p>"),
        (1, "SSN: [SSN ████]|a  b".to_owned())
    );
}

#[test]
fn a_deletion_over_paragraphs_is_read_where_it_was() {
    let gone = [region("c1", "deletion", "<text:p>1111</text:p><text:p>11</text:p>")];
    assert_eq!(
        changed(&gone, "<text:p>card 4111 1111 <text:change text:change-id='c1'/>11 end</text:p>"),
        (1, "|card [card ████] end".to_owned())
    );
}

#[test]
fn a_digit_that_was_corrected_hides_neither_number() {
    let regions = [region("c1", "deletion", "<text:p>98</text:p>"), region("c2", "insertion", "")];
    let text = "<text:p>SSN: 536-90-43<text:change text:change-id='c1'/><text:change-start text:change-id='c2'/>99<text:change-end text:change-id='c2'/> now</text:p>";
    assert_eq!(changed(&regions, text), (1, "|SSN: [SSN ████] now".to_owned()));
}

#[test]
fn paragraphs_that_an_insertion_parts_are_read_as_one() {
    let regions = [region("c1", "insertion", "")];
    let text = "<text:p>card 4111 1111 <text:change-start text:change-id='c1'/>new</text:p><text:p>words<text:change-end text:change-id='c1'/>1111 1111 now</text:p>";
    assert_eq!(changed(&regions, text), (1, "|card [card ████]newwords now".to_owned()));
}

//! Workbooks in Office Open XML.

use super::*;

/// A workbook with one sheet, `Customers`, of these rows, and these shared strings.
pub fn xlsx_of(rows: &str, strings: &[&str], more: &[(&str, &[u8])]) -> Vec<u8> {
    let types = r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let book = r#"<workbook><sheets><sheet name="Customers" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let relationships = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="x/styles" Target="/xl/styles.xml"/></Relationships>"#;
    let styles = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000\-0000\-0000\-0000"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
    let sheet = format!(
        r#"<worksheet><sheetData>{rows}</sheetData><pageSetup orientation="portrait" r:id="rId1"/></worksheet>"#
    );
    let strings = format!("<sst>{}</sst>", strings.concat());
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relationships.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ];
    for (name, bytes) in more {
        parts.retain(|(other, _)| other != name);
        parts.push((name, bytes));
    }
    package_of(&parts)
}

/// What was found, and the rows after that.
fn rows(source: &str, strings: &[&str]) -> (Vec<String>, String) {
    let (found, result) = redacted(&xlsx_of(source, strings, &[]));
    let sheet = part_of(&result, "xl/worksheets/sheet1.xml");
    let (_, rest) = sheet.split_once("<sheetData>").unwrap();
    (found, rest.split_once("</sheetData>").unwrap().0.to_owned())
}

#[test]
fn a_number_that_is_a_hit_becomes_a_text() {
    let (found, result) = rows(r#"<row r="3"><c r="B3" s="1"><v>4111111111111111</v></c></row>"#, &[]);
    assert_eq!(found, ["Customers!3:2"]);
    assert_eq!(result, r#"<row r="3"><c t="str" r="B3" s="1"><v>[card ████]</v></c></row>"#);
}

#[test]
fn scientific_notation_hides_nothing() {
    for number in ["4.111111111111111E15", "4.111111111111111E+15", "4111111111111111.0"] {
        let (_, result) = rows(&format!(r#"<row><c t="n"><v>{number}</v></c></row>"#), &[]);
        assert_eq!(result, r#"<row><c t="str"><v>[card ████]</v></c></row>"#);
    }
}

#[test]
fn a_cell_of_another_sort_hides_nothing() {
    for kind in ["s", "b", "e", "d", "inlineStr", "x"] {
        let (found, result) = rows(&format!(r#"<row><c t="{kind}"><v>4111111111111111</v></c></row>"#), &[]);
        assert_eq!(found.len(), 1, "{kind}");
        assert!(result.contains("<v>[card ████]</v>"), "{result}");
    }
    let (found, _) = rows(
        r#"<row><c t="n"><is><t>4111111111111111</t></is><extLst note="4111111111111111"/></c></row>"#,
        &[],
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn a_sheet_whose_name_is_a_hit_is_told_by_its_part() {
    let book =
        br#"<workbook><sheets><sheet name="4111111111111111" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let row = r#"<row r="2"><c r="A2"><v>4111111111111111</v></c></row>"#;
    let (found, _) = redacted(&xlsx_of(row, &[], &[("xl/workbook.xml", book)]));
    let sheet = "xl/worksheets/sheet1.xml";
    assert_eq!(found, [format!("{sheet}!1:1"), format!("{sheet}!2:1"), "xl/workbook.xml!1:1".to_owned()]);
}

#[test]
fn a_mask_is_read_as_it_shows() {
    let (found, result) = rows(r#"<row r="1"><c r="A1" s="2"><v>4111111111111111</v></c></row>"#, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(result, r#"<row r="1"><c t="str" r="A1" s="2"><v>[card ████]</v></c></row>"#);
}

#[test]
fn shared_strings_are_rewritten_over_their_runs() {
    let strings = [
        "<si><t>Name</t></si>",
        "<si><r><t>Card 4111 1111</t></r><r><rPr/><t xml:space=\"preserve\"> 1111 1111</t></r><rPh sb=\"0\"><t>x</t></rPh></si>",
        "<si><t>4111111111111111</t></si>",
    ];
    let source = xlsx_of(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>"#,
        &strings,
        &[],
    );
    let (found, result) = redacted(&source);
    // The last is shown by no cell.
    assert_eq!(found, ["Customers!2:6", "xl/sharedStrings.xml!3:1"]);
    assert_eq!(
        part_of(&result, "xl/sharedStrings.xml"),
        "<sst><si><t>Name</t></si><si><r><t>Card [card ████]</t></r><r><rPr/><t xml:space=\"preserve\"></t></r><rPh sb=\"0\"><t>x</t></rPh></si><si><t>[card ████]</t></si></sst>"
    );
    let sheet = "xl/worksheets/sheet1.xml";
    assert_eq!(part_of(&result, sheet), part_of(&source, sheet));
}

#[test]
fn inline_strings_are_rewritten() {
    let (found, result) =
        rows(r#"<row><c t="inlineStr"><is><r><t>41111111</t></r><r><t>11111111</t></r></is></c></row>"#, &[]);
    assert_eq!(found, ["Customers!1:1"]);
    assert_eq!(result, r#"<row><c t="inlineStr"><is><r><t>[card ████]</t></r><r><t></t></r></is></c></row>"#);
}

#[test]
fn a_formula_that_gives_a_hit_becomes_a_text_and_stays_a_formula() {
    let (found, result) = rows(
        r#"<row><c r="A1"><f>411111111111*10000+1111</f><v>4111111111111111</v></c><c r="B1" t="str"><f>"4111"&amp;X</f><v>4111111111111111</v></c><c><f t="shared" si="0"/><v>4111111111111111</v></c><c><f>4111111111111111*0</f><v>0</v></c><c><f>1+1</f><v>2</v></c></row>"#,
        &[],
    );
    assert_eq!(found.len(), 4);
    assert_eq!(
        result,
        r#"<row><c t="str" r="A1"><f>&quot;[card ████]&quot;</f><v>[card ████]</v></c><c r="B1" t="str"><f>&quot;[card ████]&quot;</f><v>[card ████]</v></c><c t="str"><f>&quot;[card ████]&quot;</f><v>[card ████]</v></c><c><f>&quot;[card ████]*0&quot;</f><v>0</v></c><c><f>1+1</f><v>2</v></c></row>"#
    );
}

#[test]
fn names_of_sheets_stay_names_and_defined_names_go() {
    let book = br#"<workbook><sheets><sheet name="Card 4111111111111111" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="a">'Card 4111111111111111'!$A$1</definedName><definedName name="card_4111111111111111">1</definedName><definedName name="b">Sheet!$A$1</definedName></definedNames></workbook>"#;
    let (found, result) = redacted(&xlsx_of("", &[], &[("xl/workbook.xml", book)]));
    assert_eq!(found.len(), 4);
    assert_eq!(
        part_of(&result, "xl/workbook.xml"),
        r#"<workbook><sheets><sheet name="Card (card ████) 1" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="b">Sheet!$A$1</definedName></definedNames></workbook>"#
    );
}

#[test]
fn everything_around_the_cells_is_rewritten() {
    for (name, source) in [
        ("xl/comments1.xml", "<c><authors><author>4111111111111111</author></authors></c>"),
        (
            "xl/comments1.xml",
            "<c><comment ref='A1'><text><r><t>4111111111111111</t></r></text></comment></c>",
        ),
        (
            "xl/threadedComments/threadedComment1.xml",
            "<T><threadedComment ref='A1'><text>4111111111111111</text></threadedComment></T>",
        ),
        ("xl/persons/person.xml", "<p><person displayName='4111111111111111' id='{1}'/></p>"),
        ("xl/tables/table1.xml", "<t><tableColumn id='1' name='4111111111111111'/></t>"),
        ("xl/connections.xml", "<c><connection name='4111111111111111'/></c>"),
        (
            "xl/pivotCache/pivotCacheDefinition1.xml",
            "<p><cacheField name='x'><sharedItems><s v='4111111111111111'/></sharedItems></cacheField></p>",
        ),
        (
            "xl/worksheets/sheet2.xml",
            "<w><headerFooter><oddHeader>&amp;LCard 4111111111111111</oddHeader></headerFooter></w>",
        ),
        ("xl/worksheets/sheet2.xml", "<w><dataValidation prompt='4111111111111111' sqref='A1'/></w>"),
        ("xl/charts/chart1.xml", "<c:s><c:pt idx='0'><c:v>4111111111111111</c:v></c:pt></c:s>"),
        (
            "xl/drawings/vmlDrawing1.vml",
            "<xml><v:shape><v:textbox><div><font>4111111111111111</font></div></v:textbox></v:shape></xml>",
        ),
    ] {
        let (found, result) = redacted(&xlsx_of("", &[], &[(name, source.as_bytes())]));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(part_of(&result, name), source.replace(CARD, "[card ████]"), "{name}");
    }
}

#[test]
fn values_of_other_workbooks_go() {
    let name = "xl/externalLinks/externalLink1.xml";
    let source = b"<e><cell r='A1'><v>4.111111111111111E15</v></cell><cell r='A2'><v>1</v></cell></e>";
    let (found, result) = redacted(&xlsx_of("", &[], &[(name, source)]));
    assert_eq!(found.len(), 1);
    assert_eq!(part_of(&result, name), "<e><cell r='A1'></cell><cell r='A2'><v>1</v></cell></e>");
}

#[test]
fn a_number_to_redact_in_a_pivot_table_is_refused() {
    let source = b"<p><sharedItems containsNumber='1'><n v='4.111111111111111E15'/></sharedItems></p>";
    let refusal = refusal(&xlsx_of("", &[], &[("xl/pivotCache/pivotCacheDefinition1.xml", source)]));
    assert!(refusal.starts_with("a number to redact in a pivot table,"), "{refusal}");
}

#[test]
fn a_printers_settings_go_with_what_names_them() {
    let relationships = b"<R><Relationship Id='rId1' Type='x/printerSettings' Target='../printerSettings/printerSettings1.bin'/><Relationship Id='rId2' Type='x/comments' Target='../comments1.xml'/></R>";
    let (_, result) = redacted(&xlsx_of(
        "",
        &[],
        &[
            ("xl/worksheets/_rels/sheet1.xml.rels", relationships),
            ("xl/printerSettings/printerSettings1.bin", b"\0"),
        ],
    ));
    assert!(!parts_of(&result).iter().any(|(name, _)| name.contains("printerSettings")));
    assert_eq!(
        part_of(&result, "xl/worksheets/_rels/sheet1.xml.rels"),
        "<R><Relationship Id='rId2' Type='x/comments' Target='../comments1.xml'/></R>"
    );
    assert!(part_of(&result, "xl/worksheets/sheet1.xml").contains(r#"<pageSetup orientation="portrait" />"#));
}

#[test]
fn places_beyond_all_sheets_do_no_harm() {
    for row in ["18446744073709551615", "4294967295", "-1", "x"] {
        let row =
            format!(r#"<row r="{row}"><c r="ZZZZZZZZZ{row}"><v>4111111111111111</v></c><c/></row><row/>"#);
        assert_eq!(rows(&row.repeat(2), &[]).0.len(), 2);
    }
}

#[test]
fn a_number_with_a_fraction_is_a_measure_whatever_its_digits_fit() {
    let cells =
        "<row r='1'><c r='A1'><v>728.4111111111111111</v></c><c r='B1'><v>4111111111111111.5</v></c></row>";
    assert_untouched(&xlsx_of(cells, &[], &[]));
}

/// Excel writes it for printers that tell nothing of theirs; it fits a rule, and with anything else in its place the
/// sheet would no longer be valid.
#[test]
fn a_printers_resolution_stays() {
    let sheet =
        "<worksheet><sheetData/><pageSetup horizontalDpi='4294967293' verticalDpi='4294967293'/></worksheet>";
    assert_untouched(&xlsx_of("", &[], &[("xl/worksheets/sheet1.xml", sheet.as_bytes())]));
}

#[test]
fn spaces_that_come_to_an_end_of_a_string_stay() {
    let strings = ["<si><r><t>4111 1111 11</t></r><r><rPr><b/></rPr><t>11 1111 paid</t></r></si>"];
    let cells = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><r><t>4111 1111 11</t></r><r><t>11 1111 paid</t></r></is></c></row>"#;
    let (_, result) = redacted(&xlsx_of(cells, &strings, &[]));
    for (part, begin) in [("xl/sharedStrings.xml", "<rPr><b/></rPr>"), ("xl/worksheets/sheet1.xml", "<r>")] {
        let wanted = format!("{begin}<t xml:space=\"preserve\"> paid</t>");
        assert!(part_of(&result, part).contains(&wanted), "{part}");
    }
}

#[test]
fn a_second_table_in_a_sheet_has_headings_of_its_own() {
    let source = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>120.5</v></c></row><row r="5"><c r="B5" t="s"><v>3</v></c></row><row r="6"><c r="B6"><v>536904399</v></c></row><row r="7"><c r="B7"><v>536904398</v></c></row>"#;
    let strings = ["Item", "Price", "Chair", "SSN"].map(|text| format!("<si><t>{text}</t></si>"));
    let (found, _) = rows(source, &strings.each_ref().map(String::as_str));
    assert_eq!(found, ["Customers!6:2", "Customers!7:2"]);
}

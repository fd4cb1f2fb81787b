//! Stories of pages and of XML.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod browsers;
mod tables;

use super::*;
use crate::redact::format::Refused;

fn rewritten(source: &str) -> (String, Vec<(u64, u64)>) {
    let mut redactor = Redactor::default();
    let written = rewrite(source.as_bytes(), &mut redactor).unwrap();
    let places =
        redactor.findings().iter().map(|finding| (finding.place.line, finding.place.column)).collect();
    let written = String::from_utf8(written.to_vec()).unwrap();
    let mut again = Redactor::default();
    assert_eq!(rewrite(written.as_bytes(), &mut again).unwrap()[..], *written.as_bytes(), "once is enough");
    assert!(again.findings().is_empty(), "once is enough");
    (written, places)
}

fn is(source: &str, wanted: &str, places: &[(u64, u64)]) {
    assert_eq!(rewritten(source), (wanted.to_owned(), places.to_vec()), "{source}");
}

fn stays(source: &str) {
    is(source, source, &[]);
}

fn refused(source: &[u8]) -> String {
    rewrite(source, &mut Redactor::default()).unwrap_err().to_string()
}

#[test]
fn text_split_over_inline_tags_is_found() {
    is("<p>4111<b> 1111</b> <i>1111</i> 1111 x</p>", "<p>[card ████]<b></b><i></i> x</p>", &[(1, 4)]);
    is("<p>41<!-- x -->11<x-y>1111</x-y>11111111", "<p>[card ████]<!-- x --><x-y></x-y>", &[(1, 4)]);
}

#[test]
fn references_are_read() {
    is(
        "<p>é &#52;111&nbsp;&amp; &#52;&#x31;11 1111 1111 1111 &eacute;",
        "<p>é &#52;111&nbsp;&amp; [card ████] &eacute;",
        &[(1, 26)],
    );
}

#[test]
fn blocks_are_not_read_together() {
    stays("<p>4111 1111<p>1111 1111");
    stays("<td>4111 1111 <td>1111 1111");
    // As a line that is wrapped.
    is("4111 1111<br>1111 1111", "[card ████]<br>", &[(1, 1)]);
    stays("<select><option>4111 1111 <option>1111 1111</select>");
}

#[test]
fn line_breaks_in_a_text_are_spaces_and_stay() {
    is(
        "<p>\n  Card 4111 1111\n  1111\r\n  1111 of\n  4111111111111111</p>",
        "<p>\n  Card [card ████]\n\r\n of\n  [card ████]</p>",
        &[(2, 8), (5, 3)],
    );
    is("<pre>4111 1111\n1111 1111</pre>", "<pre>[card ████]\n</pre>", &[(1, 6)]);
}

#[test]
fn attributes_are_read() {
    is(
        "<a title=\"x 4111111111111111\" href='?c=4111+1111%201111%201111&amp;d' data-c=4111111111111111>",
        "<a title=\"x [card ████]\" href='?c=[card ████]&amp;d' data-c=\"[card ████]\">",
        &[(1, 13), (1, 40), (1, 78)],
    );
    is("<input value=4111&#49;11111111111/>", "<input value=\"[card ████]/\">", &[(1, 14)]);
    is("<input value=1 value='4111111111111111'>", "<input value=1 value='[card ████]'>", &[(1, 23)]);
    is("<x card-4111111111111111>", "<x _>", &[(1, 9)]);
    is("<p 'x title=\"4111111111111111", "<p 'x title=\"[card ████]", &[(1, 14)]);
    is("</p title='4111111111111111'>", "</p title='[card ████]'>", &[(1, 12)]);
    stays("<i a='41111111' b='11111111'>");
}

#[test]
fn what_is_not_shown_is_read_too() {
    is("<!-- 4111111111111111 -->", "<!-- [card ████] -->", &[(1, 6)]);
    is("<!-- 4111111111111111", "<!-- [card ████]", &[(1, 6)]);
    is("<!4111111111111111>", "<![card ████]>", &[(1, 3)]);
    is("<script>a('4111111111111111')</script>", "<script>a('[card ████]')</script>", &[(1, 12)]);
    is("<style>\n/* 4111111111111111 */</style>", "<style>\n/* [card ████] */</style>", &[(2, 4)]);
    is("<title>4111&#49;11111111111</title>", "<title>[card ████]</title>", &[(1, 8)]);
    is("<textarea name=c>4111111111111111", "<textarea name=c>[card ████]", &[(1, 18)]);
    is("<template><p>4111111111111111</template>", "<template><p>[card ████]</template>", &[(1, 14)]);
    is("<noscript>4111<b>111111111111</noscript>", "<noscript>[card ████]<b></noscript>", &[(1, 11)]);
}

#[test]
fn escapes_of_scripts_are_read() {
    is(
        r"<script>a('\x34\u0031\u{31}1111111111111 \x41', '\\x')</script>",
        r"<script>a('[card ████] \x41', '\\x')</script>",
        &[(1, 12)],
    );
    is(r#"<a onclick="f('\x34111111111111111')">"#, r#"<a onclick="f('[card ████]')">"#, &[(1, 16)]);
}

#[test]
fn a_field_is_called_as_its_label_says() {
    let labelled = |field: &str, places: &[(u64, u64)]| {
        is(field, &field.replace("536904399", "[SSN ████]"), places);
    };
    labelled("<label for=f7>S<b>S</b>N</label><input id=f7 name=x value='536904399'>", &[(1, 60)]);
    labelled("<input id=f7 name=x value='536904399'><label for='f7'>SSN</label>", &[(1, 28)]);
    labelled("<LABEL>SSN <input name=x value='536904399'></LABEL>", &[(1, 33)]);
    labelled("<label>SSN <textarea name=x>536904399</textarea></label>", &[(1, 29)]);
    // Both names tell, each of something.
    is(
        "<label for=f>SSN</label><input id=f name=tel value='08-123 456 78, 536904399'>",
        "<label for=f>SSN</label><input id=f name=tel value='[phone ████], [SSN ████]'>",
        &[(1, 53), (1, 68)],
    );
    is(
        "<label>SSN <textarea name=tel>08-123 456 78, 536904399</textarea></label>",
        "<label>SSN <textarea name=tel>[phone ████], [SSN ████]</textarea></label>",
        &[(1, 31), (1, 46)],
    );
    // Neither hides what the other, or none, tells.
    let told = |field: &str, value: &str, shown: &str| {
        assert_eq!(rewritten(&field.replace('#', value)).0, field.replace('#', shown));
    };
    for field in [
        "<input name=code value='#'>",
        "<meta name='version' content='#'>",
        "<label>Invoice <textarea>#</textarea></label>",
        "<label for=f>Details</label><input id=f name=code value='#'>",
    ] {
        told(field, "4111111111111111", "[card ████]");
    }
    for field in ["<input name=x value='#'>", "<label>Number <textarea>#</textarea></label>"] {
        told(field, "943 476 5919", "[NHS number ████]");
    }
    told("<input name=notes id=g value='# is her SSN'><label for=g>Order</label>", "536904399", "[SSN ████]");
    told("<label for=f>National ID</label><input id=f name=account value='#'>", "1234567", "[account ████]");
    told("<label for=f>SSN</label><input id=f name=tel value='#'>", "536904399 12 34", "[SSN ████]");
    // Another field's.
    stays("<label for=f8>SSN</label><input id=f7 name=x value='536904399'>");
    stays("<label>SSN <input name=y></label><input name=x value='536904399'>");
    stays("<label for=f7>Order</label><input id=f7 name=x value='536904399'>");
}

#[test]
fn text_of_a_picture_is_text() {
    is(
        "<svg><text>4111<tspan>111111111111</text></svg>",
        "<svg><text>[card ████]<tspan></text></svg>",
        &[(1, 12)],
    );
    is("<svg><title>4111<b>111111111111</title>", "<svg><title>[card ████]<b></title>", &[(1, 13)]);
    is(
        "<svg><text>1</text><title>4111<b>111111111111</title><style>4111<b>111111111111</style></svg>",
        "<svg><text>1</text><title>[card ████]<b></title><style>[card ████]<b></style></svg>",
        &[(1, 27), (1, 61)],
    );
    // A page's element ends the picture, so that a script is one again.
    is(
        "<svg><p><script>'<b>' + '4111111111111111'</script>",
        "<svg><p><script>'<b>' + '[card ████]'</script>",
        &[(1, 26)],
    );
    is("<svg><![CDATA[< 4111111111111111]]></svg>", "<svg><![CDATA[< [card ████]]]></svg>", &[(1, 17)]);
}

#[test]
fn pictures_and_pages_inside_are_refused() {
    for source in [
        "<img src=\"data:image/png;base64,AAAA\">",
        "<img src=data:image/svg+xml,%3Csvg%3E>",
        "<a href='da&#116;a:text/plain;charset=utf-8;BASE64,AAAA'>",
        "<p style=\"background: url(data:image/png;base64,AAAA)\">",
        "<style>p { background: url('data:image/gif;base64,AAAA') }</style>",
        "<svg><style>p { background: url('data:image/gif;base64,AAAA') }</style></svg>",
        "<?xml version='1.0'?><svg><style><![CDATA[p { background: url(data:image/gif;base64,AAAA) }]]></style></svg>",
        "<image xlink:href=\"\n data:;base64,AA\"/>",
    ] {
        let refused = rewrite(source.as_bytes(), &mut Redactor::default()).unwrap_err();
        assert!(
            matches!(&refused, Refused::Format { what } if what == "a picture inside the page"),
            "{source}"
        );
    }
    assert!(refused(b"<iframe srcdoc='<p>x'></iframe>").contains("a page inside the page"));
    stays("<p>data:image/png;base64,AA <script>var a = {data: 1, b: 'base64'}</script>");
}

#[test]
fn a_page_without_hits_stays_byte_for_byte() {
    stays(
        "\u{feff}<!DOCTYPE html>\r\n<HTML lang = en><p CLASS=a  b>a &lt; b < c &copy &x; </P ><br/><>< / a></></ x>\t<",
    );
}

#[test]
fn what_is_no_utf8_text_is_refused() {
    assert!(refused(b"<p>\nM\xfcller").contains("line 2"));
    assert!(refused(b"<\x00p\x00>\x00").contains("UTF-16"));
}

#[test]
fn xml_is_read_by_its_own_rules() {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let xml = |source: &str, wanted: &str, places: &[(u64, u64)]| {
        is(&format!("{head}{source}"), &format!("{head}{wanted}"), places);
    };
    xml("<a><y>4111 1111</y><x>1111 1111</x></a>", "<a><y>4111 1111</y><x>1111 1111</x></a>", &[]);
    xml(
        "<a><title>4111<b> 1111</b>11111111</title></a>",
        "<a><title>[card ████]<b></b></title></a>",
        &[(2, 11)],
    );
    xml("<é><![CDATA[<x>4111]]>111111111111</é>", "<é><![CDATA[<x>[card ████]]]></é>", &[(2, 16)]);
    xml("<a b='4111111111111111'/>", "<a b='[card ████]'/>", &[(2, 7)]);
    xml("<a><?php 4111111111111111 > ?></a>", "<a><?php [card ████] > ?></a>", &[(2, 10)]);
    xml("<!DOCTYPE a [<!ELEMENT a (b)>]><a/>", "<!DOCTYPE a [<!ELEMENT a (b)>]><a/>", &[]);
}

#[test]
fn xml_that_is_not_whole_is_refused() {
    for (source, why) in [
        ("<?xml version='1.0'?>\n<a><b>x", "never closed"),
        ("<?xml version='1.0'?>\n<a><b>x</a>", "line 2: an end tag"),
        ("<?xml version='1.0'?>\n<a", "line 2: something is open"),
        ("<?xml version='1.0'?>\n<a/><!-- x", "line 2: something is open"),
        ("<?xml version='1.0'?><a/></a>", "an end tag"),
        ("<?xml version='1.0' encoding='UTF-7'?><a/>", "another encoding"),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x '4111'>]><a>&x;</a>", "declares entities"),
        ("<?xml version='1.0'?><!DOCTYPE a [<!-- ] --><!ENTITY x '4111'>]><a>&x;</a>", "declares entities"),
    ] {
        assert!(refused(source.as_bytes()).contains(why), "{source}: {}", refused(source.as_bytes()));
    }
    let mut redactor = Redactor::default();
    assert!(rewrite_xml(b"<svg><text>4111111111111111</text>", &mut redactor).is_err());
    assert!(rewrite_xml(b"<svg><text>4111111111111111</text></svg>", &mut redactor).is_ok());
}

#[test]
fn a_text_is_the_heading_of_the_one_behind_it() {
    is("<h3>SSN</h3>\n<p>536904399</p>", "<h3>SSN</h3>\n<p>[SSN ████]</p>", &[(2, 4)]);
    is("<h3>Order</h3><p>536904399</p>", "<h3>Order</h3><p>536904399</p>", &[]);
}

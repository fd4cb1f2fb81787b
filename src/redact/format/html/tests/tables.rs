//! Stories of what says what a text is.

use crate::redact::format::html::labels::{Labels, of_attribute};
use crate::redact::format::html::token::{Dialect, Token, Tokens};

/// The texts of a page, each with its label, where each is within one token.
fn labelled(source: &str) -> Vec<(String, String)> {
    let mut labels = Labels::default();
    let mut texts = Vec::new();
    for token in Tokens::new(source, Dialect::Html) {
        match token {
            Token::Text(range) => {
                let text = &source[range];
                texts.push((labels.label().to_string(), text.trim().to_owned()));
                labels.say(text);
            }
            Token::Start(tag) => labels.start(&tag.name(source), (tag.attributes.len() == 1).then_some(2)),
            Token::End(tag) => labels.end(&tag.name(source)),
            _ => {}
        }
    }
    texts
}

fn are(source: &str, wanted: &[(&str, &str)]) {
    let texts = labelled(source);
    let texts = texts.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect::<Vec<_>>();
    assert_eq!(texts, wanted, "{source}");
}

#[test]
fn a_cell_is_called_as_its_column() {
    are(
        "<table><tr><th>Name<th>Card</tr><tr><td>x<td>1<tr><td>y</td><td>2</td></tr></table>z",
        &[("", "Name"), ("", "Card"), ("Name", "x"), ("Card", "1"), ("Name", "y"), ("Card", "2"), ("", "z")],
    );
    are(
        "<table><th colspan=2>A<th>B<tr><td>1<td>2<td>3",
        &[("", "A"), ("", "B"), ("A", "1"), ("A", "2"), ("B", "3")],
    );
}

#[test]
fn a_cell_is_called_as_its_row_or_the_cell_before() {
    are(
        "<table><tr><th>SSN<td>1<td>x<tr><th>Card<td>2",
        &[("", "SSN"), ("SSN", "1"), ("SSN", "x"), ("", "Card"), ("Card", "2")],
    );
    are(
        "<table><tr><td>SSN<td>536904399<td>x<tr><td>Card<td>2",
        &[("", "SSN"), ("SSN", "536904399"), ("", "x"), ("", "Card"), ("Card", "2")],
    );
}

#[test]
fn what_was_blacked_out_is_no_label() {
    are(
        "<table><tr><th>[card ████]<td>1<tr><td>2<td>3<dl><dt>[card ████]<dd>4",
        &[("", "[card ████]"), ("", "1"), ("", "2"), ("", "3"), ("", "[card ████]"), ("", "4")],
    );
}

#[test]
fn a_table_in_a_table_has_its_own_columns() {
    are(
        "<table><th>A<tr><td><table><th>B<tr><td>1</table>2",
        &[("", "A"), ("", "B"), ("B", "1"), ("A", "2")],
    );
}

#[test]
fn a_definition_is_called_as_its_term() {
    are(
        "<dl><dt>SSN<dd>1<dd>2<dt>Card</dt><dd>3</dl>4",
        &[("", "SSN"), ("SSN", "1"), ("SSN", "2"), ("", "Card"), ("Card", "3"), ("", "4")],
    );
}

#[test]
fn a_value_is_called_as_its_field() {
    for (name, label) in [("value", "ssn"), ("data-card-no", "card-no"), ("class", "")] {
        assert_eq!(*of_attribute(name, "ssn", Dialect::Html), label);
    }
    assert_eq!(*of_attribute("x:ssn", "", Dialect::Xml), "ssn");
}

#[test]
fn an_element_of_xml_is_a_label() {
    let mut labels = Labels::default();
    labels.open("c:customer");
    labels.open("c:ssn");
    assert_eq!(*labels.label(), "ssn");
    assert!(labels.close("c:ssn") && !labels.close("c:other") && !labels.is_in_element());
}

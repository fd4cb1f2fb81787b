//! Pages are taken apart as another reader of the browsers' rules does it.

use html5gum::{DefaultEmitter, Token as Known, Tokenizer};
use proptest::prelude::*;

use super::rewritten;
use crate::redact::format::html::text::{self, Reading, References};
use crate::redact::format::html::token::{Dialect, Token, Tokens};
use crate::redact::format::segments::{Cursor, Passage};

fn decoded(source: &str, range: std::ops::Range<usize>, references: References) -> String {
    let (mut passage, reading) = (Passage::default(), Reading { references, ..Reading::PLAIN });
    text::push(&mut passage, source, range, reading, &mut Cursor::new(source, 1));
    passage.text().to_string()
}

/// Tags and the text between them, one after the other.
fn ours(source: &str) -> String {
    let mut whole = String::new();
    let mut add = |text: String| whole.push_str(&text);
    for token in Tokens::new(source, Dialect::Html) {
        match token {
            Token::Text(range) => add(decoded(source, range, References::InText)),
            Token::Contents(range, references) => {
                let kind = if references { References::InText } else { References::Without };
                add(decoded(source, range, kind));
            }
            Token::Start(tag) if tag.is_whole => {
                let mut attributes = std::collections::BTreeMap::new();
                for one in &tag.attributes {
                    let value = decoded(source, one.value.clone(), References::InAttribute);
                    attributes.entry(source[one.name.clone()].to_ascii_lowercase()).or_insert(value);
                }
                add(format!("⟨{} {attributes:?} {}⟩", tag.name(source), tag.closes_itself));
            }
            Token::End(tag) if tag.is_whole => add(format!("⟨/{}⟩", tag.name(source))),
            _ => {}
        }
    }
    whole
}

fn known(source: &str) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut whole = String::new();
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(source, emitter) {
        match token.unwrap() {
            Known::String(part) => whole.push_str(&text(&part)),
            Known::StartTag(tag) => {
                let attributes = tag
                    .attributes
                    .iter()
                    .map(|(name, value)| (text(name), text(value)))
                    .collect::<std::collections::BTreeMap<_, _>>();
                whole.extend([format!("⟨{} {attributes:?} {}⟩", text(&tag.name), tag.self_closing)]);
            }
            Known::EndTag(tag) => whole.extend([format!("⟨/{}⟩", text(&tag.name))]),
            _ => {}
        }
    }
    whole
}

const PARTS: [&str; 44] = [
    "<a ",
    "<b>",
    "</b>",
    "</a ",
    "<",
    "</",
    ">",
    "/",
    "/>",
    "=",
    "'",
    "\"",
    " ",
    "\n",
    "x",
    "Y",
    "4",
    "é",
    "b=",
    "<!--",
    "-->",
    "--!>",
    "-",
    "--",
    "<script>",
    "</script>",
    "</SCRIPT ",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea ",
    "<xmp>",
    "</xmp/",
    "<!",
    "<?",
    "<!doctype html>",
    "&amp",
    "&#52",
    ";",
    "&",
    "&eacute",
    "&notin",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_page_is_taken_apart_as_browsers_do(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..14)) {
        let source = parts.concat();
        prop_assert_eq!(ours(&source), known(&source), "{}", source);
    }

    #[test]
    fn any_page_is_rewritten_once(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..14), at in 0..14_usize) {
        let mut parts = parts;
        parts.insert(at.min(parts.len()), " 4111111111111111 ");
        let source = parts.concat();
        let (written, _) = rewritten(&source);
        prop_assert!(!written.contains("4111111111111111"), "{source}");
        prop_assert_eq!(written.matches('\n').count(), source.matches('\n').count());
    }
}

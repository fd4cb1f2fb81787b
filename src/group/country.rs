//! Countries: ISO 3166 codes, English names, usual short forms, and names in the country's own languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::field::edit_distance;

/// One country a line, tab-separated: code of two letters, of three, English name, other names. Codes and English
/// names from ISO 3166-1, own names from Unicode's CLDR 47.
const TABLE: &str = include_str!("country/countries.tsv");
/// Longest text that a near name is sought for, in characters.
const NEAR_LIMIT: usize = 60;

/// Every spelling, as [`key`] writes it, with its line.
static SPELLINGS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut spellings = HashMap::new();
    for line in TABLE.lines() {
        for name in line.split('\t') {
            spellings.entry(key(name)).or_insert(line);
        }
    }
    spellings
});

/// The ISO 3166 code of two letters of the country that a text names.
pub fn code(text: &str) -> Option<&'static str> {
    SPELLINGS.get(&key(text)).and_then(|line| line.split('\t').next())
}

/// The English name of the country of that code.
pub fn english(code: &str) -> Option<&'static str> {
    SPELLINGS.get(&key(code)).and_then(|line| line.split('\t').nth(2))
}

/// The English name of the country that a mistyped text is at most two letters from.
pub fn closest(text: &str) -> Option<&'static str> {
    let wanted = key(text);
    let length = wanted.chars().count();
    // Every code is near another one.
    if !(4..=NEAR_LIMIT).contains(&length) {
        return None;
    }
    let near =
        SPELLINGS.iter().filter(|(name, _)| name.chars().count().abs_diff(length) <= 2 && name.len() > 3);
    near.map(|(name, line)| (edit_distance(&wanted, name), name, line))
        .filter(|(distance, ..)| *distance <= 2 && distance * 3 <= length)
        .min()
        .and_then(|(.., line)| line.split('\t').nth(2))
}

/// A name without case, accents, spaces, points and a leading article.
fn key(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let name = lower.strip_prefix("the ").unwrap_or(&lower);
    name.nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_codes_names_short_forms_and_its_own_name() {
        for (text, expected) in [
            ("se", "SE"),
            ("SWE", "SE"),
            ("Sweden", "SE"),
            ("SVERIGE", "SE"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("Great Britain", "GB"),
            ("USA", "US"),
            ("United States of America", "US"),
            ("Holland", "NL"),
            ("the Netherlands", "NL"),
            ("Österreich", "AT"),
            ("osterreich", "AT"),
            ("Ελλάδα", "GR"),
            ("Україна", "UA"),
            ("Россия", "RU"),
            ("日本", "JP"),
            ("中国", "CN"),
            ("مصر", "EG"),
            ("Côte d'Ivoire", "CI"),
            ("Côte d’Ivoire", "CI"),
            ("Czech Republic", "CZ"),
            ("Česko", "CZ"),
            ("Türkiye", "TR"),
            ("Turkey", "TR"),
            ("Viet Nam", "VN"),
            ("Venezuela", "VE"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        for wrong in ["", "X", "Atlantis", "XX", "12209", "Berlin"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mistyped_country_finds_the_one_that_was_meant() {
        for (typed, meant) in [
            ("Swedden", "Sweden"),
            ("Germnay", "Germany"),
            ("Deutschlnd", "Germany"),
            ("Untied Kingdom", "United Kingdom"),
        ] {
            assert_eq!(closest(typed), Some(meant), "{typed}");
        }
        for nobody in ["Atlantis", "XX", "Nowhere at all", "", "\u{301}"] {
            assert_eq!(closest(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.lines().count(), 250);
        for line in TABLE.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(cells.len() >= 3 && cells[0].len() == 2 && cells[1].len() == 3, "{line}");
            assert!(cells.iter().all(|cell| !key(cell).is_empty() && code(cell) == Some(cells[0])), "{line}");
        }
        assert_eq!(english("GB"), Some("United Kingdom"));
    }
}

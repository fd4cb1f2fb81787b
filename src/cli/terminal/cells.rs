//! Where a character that a person sees begins and ends, and how many columns it takes: a cursor
//! never stands between a letter and the accents that are drawn upon it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

use crate::cli::text;

/// The boundary after the one at `at`; the end is its own.
pub(super) fn next(text: &str, at: usize) -> usize {
    let mut characters = text[at..].char_indices().skip(1);
    characters.find(|(_, character)| !is_joined(*character)).map_or(text.len(), |(place, _)| at + place)
}

/// The boundary before the one at `at`; the beginning is its own.
pub(super) fn previous(text: &str, at: usize) -> usize {
    let mut characters = text[..at].char_indices().rev();
    characters.find(|(_, character)| !is_joined(*character)).map_or(0, |(place, _)| place)
}

/// `at`, or the next boundary if it is none.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    if text[at..].starts_with(is_joined) && at > 0 { next(text, at) } else { at }
}

/// The columns that text takes at most when it is shown. Terminals differ on joined emoji, so the
/// larger of two counts is taken: a line may scroll early, and never wraps.
pub(super) fn columns(text: &str) -> usize {
    let mut from = 0;
    let mut columns = 0;
    while from < text.len() {
        let to = next(text, from);
        let cell = text::visible(&text[from..to]);
        columns += cell.width().max(cell.chars().filter_map(UnicodeWidthChar::width).sum());
        from = to;
    }
    columns
}

fn is_joined(character: char) -> bool {
    character.width() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_belongs_to_its_letter() {
        let text = "ae\u{301}\u{323}b";
        assert_eq!([next(text, 0), next(text, 1), next(text, 6), next(text, 7)], [1, 6, 7, 7]);
        assert_eq!(
            [previous(text, 7), previous(text, 6), previous(text, 1), previous(text, 0)],
            [6, 1, 0, 0]
        );
        assert_eq!([boundary(text, 2), boundary(text, 1)], [6, 1]);
    }

    #[test]
    fn columns_are_counted_as_terminals_show_them_and_never_too_few() {
        assert_eq!([columns("Zoë"), columns("e\u{301}"), columns("東京"), columns("🙂")], [3, 1, 4, 2]);
        assert_eq!(columns("❤\u{fe0f}"), 2);
        assert!(columns("👩\u{200d}🚀") >= 2);
        assert_eq!(columns("a\tb"), 4, "a tab is shown as two characters");
    }
}

//! Stored text on its way to a terminal: what could move the cursor, change the colours or reorder
//! what is read becomes visible instead.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

pub use crate::access_log::json_line::is_unsafe;

/// Text as one line fit for a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// As [`visible`], with newlines kept.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| is_unsafe(character) && character != '\n')
}

/// As a field of tab-separated text: the backslash is escaped as well, so that it can be undone.
pub fn separated(text: &str) -> Cow<'_, str> {
    escaped(text, |character| is_unsafe(character) || character == '\\')
}

/// Breaks lines at spaces so that none is wider than `width` columns; a word that is wider stays whole.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            let columns = shown_width(word.trim_end());
            if used > 0 && used + columns > width {
                wrapped.truncate(wrapped.trim_end_matches(' ').len());
                wrapped.push('\n');
                used = 0;
            }
            wrapped.push_str(word);
            used += shown_width(word.trim_end_matches('\n'));
        }
    }
    wrapped
}

/// The columns of text whose only escape sequences are our own colours (`ESC [ … m`).
fn shown_width(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let before = parts.next().unwrap_or_default().width();
    before + parts.map(|part| part.split_once('m').map_or(part, |(_, shown)| shown).width()).sum::<usize>()
}

fn escaped(text: &str, is_unsafe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            // `\t`, `\n`, `\\` for the usual ones, `\u{1b}` for the rest.
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        let text = "Zoë Łukasiewicz, 東京, ‎עברית‎, 🙂";
        assert_eq!(visible(text), text);
        assert_eq!(separated(text), text);
    }

    #[test]
    fn nothing_that_drives_a_terminal_gets_through() {
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}c\u{7f}\r"), r"a\u{1b}[2Jb\u{9b}c\u{7f}\r");
        assert_eq!(visible("tab\tand\nline"), r"tab\tand\nline");
        assert_eq!(visible("\u{202e}gpj.exe\u{2066}"), r"\u{202e}gpj.exe\u{2066}");
        assert_eq!(visible_lines("one\ntwo\u{7}"), "one\ntwo\\u{7}");
    }

    #[test]
    fn a_message_is_broken_between_words_and_never_within_one() {
        assert_eq!(wrapped("vault: hint: only warns of it\n", 18), "vault: hint: only\nwarns of it\n");
        assert_eq!(wrapped("a/very/long/path is\nthere\n", 8), "a/very/long/path\nis\nthere\n");
        assert_eq!(wrapped("\u{1b}[1;31mno:\u{1b}[0m a b\n", 7), "\u{1b}[1;31mno:\u{1b}[0m a b\n");
        assert_eq!(wrapped("東京 大阪\n", 9), "東京 大阪\n");
        assert_eq!(wrapped("東京 大阪\n", 8), "東京\n大阪\n");
    }

    #[test]
    fn separated_text_can_be_undone() {
        assert_eq!(separated("a\\n\n\t"), r"a\\n\n\t");
        assert_eq!(visible(r"a\n"), r"a\n");
    }
}

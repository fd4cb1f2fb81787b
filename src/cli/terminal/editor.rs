//! A line while it is typed: its text, the cursor, and where in the history it stands. Every key is a
//! method; nothing here knows a terminal.

use zeroize::Zeroizing;

use super::cells;
use super::history::History;
use super::keys::Key;
use crate::cli::text;

/// What is typed beyond so many bytes is dropped. It is more than any prompt takes, so that the line
/// is refused as too long rather than cut.
const ROOM: usize = 8 * 1024;

/// A line and its cursor.
pub struct Editor {
    text: Zeroizing<String>,
    /// In bytes; always a boundary between characters as they are seen.
    cursor: usize,
    /// How many steps back in the history; 0 is the line that is being typed.
    back: usize,
    /// That line, while an older one is looked at.
    unfinished: Zeroizing<String>,
}

impl Editor {
    /// An empty line.
    #[allow(clippy::new_without_default, reason = "every line is begun on purpose")]
    pub fn new() -> Self {
        // Room from the beginning: a line that grows leaves no copies.
        let room = || Zeroizing::new(String::with_capacity(ROOM));
        Self { text: room(), cursor: 0, back: 0, unfinished: room() }
    }

    /// What is typed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor stands, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn into_text(self) -> Zeroizing<String> {
        self.text
    }

    /// Does what a key stands for. Keys that end a line, or that are the screen's, do nothing here.
    pub fn press(&mut self, key: Key, history: &History) {
        match key {
            Key::Character('\t') => self.insert(' '),
            Key::Character(character) if text::is_unsafe(character) => {}
            Key::Character(character) => self.insert(character),
            Key::Left => self.left(),
            Key::Right => self.right(),
            Key::WordLeft => self.word_left(),
            Key::WordRight => self.word_right(),
            Key::Home => self.home(),
            Key::End => self.end(),
            Key::Backspace => self.backspace(),
            Key::Delete | Key::EndOfInput => self.delete(),
            Key::EraseToStart => self.erase_to_start(),
            Key::EraseToEnd => self.erase_to_end(),
            Key::EraseWord => self.erase_word(),
            Key::Older => self.older(history),
            Key::Newer => self.newer(history),
            Key::Clear | Key::Enter | Key::Interrupt => {}
        }
    }

    /// A character at the cursor.
    pub(super) fn insert(&mut self, character: char) {
        if self.text.len() + character.len_utf8() <= ROOM {
            self.text.insert(self.cursor, character);
            self.cursor = cells::boundary(&self.text, self.cursor + character.len_utf8());
        }
    }

    pub(super) fn left(&mut self) {
        self.cursor = cells::previous(&self.text, self.cursor);
    }

    pub(super) fn right(&mut self) {
        self.cursor = cells::next(&self.text, self.cursor);
    }

    pub(super) fn home(&mut self) {
        self.cursor = 0;
    }

    pub(super) fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// To the beginning of the word of letters and digits, or of the one before.
    pub(super) fn word_left(&mut self) {
        self.cursor = self.word_before(char::is_alphanumeric);
    }

    /// Behind the word of letters and digits, or behind the next.
    pub(super) fn word_right(&mut self) {
        let mut in_word = false;
        while self.cursor < self.text.len() {
            let belongs = self.text[self.cursor..].starts_with(char::is_alphanumeric);
            if in_word && !belongs {
                break;
            }
            in_word = belongs;
            self.right();
        }
    }

    /// Deletes the character before the cursor.
    pub(super) fn backspace(&mut self) {
        self.erase_back_to(cells::previous(&self.text, self.cursor));
    }

    /// Deletes the character under the cursor.
    pub(super) fn delete(&mut self) {
        let to = cells::next(&self.text, self.cursor);
        self.text.drain(self.cursor..to);
        self.settle();
    }

    /// Deletes all before the cursor.
    pub(super) fn erase_to_start(&mut self) {
        self.erase_back_to(0);
    }

    /// Deletes all from the cursor on.
    pub(super) fn erase_to_end(&mut self) {
        self.text.truncate(self.cursor);
    }

    /// Deletes back to the last blank before a word.
    pub(super) fn erase_word(&mut self) {
        self.erase_back_to(self.word_before(|character| !character.is_whitespace()));
    }

    /// The line before in the history.
    pub(super) fn older(&mut self, history: &History) {
        if self.back < history.len() {
            self.step_to(self.back + 1, history);
        }
    }

    /// The line after; behind the newest, what was being typed.
    pub(super) fn newer(&mut self, history: &History) {
        if self.back > 0 {
            self.step_to(self.back - 1, history);
        }
    }

    fn step_to(&mut self, back: usize, history: &History) {
        if self.back == 0 {
            self.unfinished.clear();
            self.unfinished.push_str(&self.text);
        }
        let line =
            if back == 0 { Some(self.unfinished.as_str()) } else { history.line(history.len() - back) };
        self.text.clear();
        self.text.push_str(line.unwrap_or_default());
        self.back = back;
        self.end();
    }

    /// Where the word before the cursor begins, of such characters.
    fn word_before(&self, of: impl Fn(char) -> bool) -> usize {
        let mut place = self.cursor;
        let mut in_word = false;
        while place > 0 {
            let before = cells::previous(&self.text, place);
            let belongs = self.text[before..].starts_with(&of);
            if in_word && !belongs {
                break;
            }
            in_word = belongs;
            place = before;
        }
        place
    }

    fn erase_back_to(&mut self, from: usize) {
        self.text.drain(from..self.cursor);
        self.cursor = from;
        self.settle();
    }

    /// What was drawn upon the line's first character may now join another.
    fn settle(&mut self) {
        self.cursor = cells::boundary(&self.text, self.cursor);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Editor {
        let mut editor = Editor::new();
        text.chars().for_each(|character| editor.insert(character));
        editor
    }

    fn state(editor: &Editor) -> (&str, usize) {
        (editor.text(), editor.cursor())
    }

    #[test]
    fn characters_go_in_where_the_cursor_stands() {
        let mut editor = typed("Zo");
        editor.left();
        editor.insert('ë');
        assert_eq!(state(&editor), ("Zëo", 3));
        editor.home();
        editor.insert('>');
        editor.end();
        editor.insert('<');
        assert_eq!(editor.into_text().as_str(), ">Zëo<");
    }

    #[test]
    fn an_accent_moves_and_goes_with_its_letter() {
        let mut editor = typed("ae\u{301}b");
        editor.left();
        editor.left();
        assert_eq!(editor.cursor(), 1);
        editor.right();
        assert_eq!(editor.cursor(), 4);
        editor.backspace();
        assert_eq!(state(&editor), ("ab", 1));
        editor.delete();
        assert_eq!(state(&editor), ("a", 1));
    }

    #[test]
    fn the_ends_of_the_line_are_ends() {
        let mut editor = typed("");
        editor.left();
        editor.right();
        editor.backspace();
        editor.delete();
        editor.word_left();
        editor.word_right();
        editor.erase_word();
        assert_eq!(state(&editor), ("", 0));
    }

    #[test]
    fn words_are_letters_and_digits_when_moving() {
        let mut editor = typed("lookup --group private  Zoë");
        let mut places = Vec::new();
        while editor.cursor() > 0 {
            editor.word_left();
            places.push(editor.cursor());
        }
        assert_eq!(places, [24, 15, 9, 0]);
        places.clear();
        while editor.cursor() < editor.text().len() {
            editor.word_right();
            places.push(editor.cursor());
        }
        assert_eq!(places, [6, 14, 22, 28]);
    }

    #[test]
    fn erasing_goes_to_the_blank_the_start_or_the_end() {
        let mut editor = typed("lookup --group  ");
        editor.erase_word();
        assert_eq!(state(&editor), ("lookup ", 7));
        editor.word_left();
        editor.right();
        editor.erase_to_start();
        assert_eq!(state(&editor), ("ookup ", 0));
        editor.right();
        editor.erase_to_end();
        assert_eq!(state(&editor), ("o", 1));
    }

    #[test]
    fn the_unfinished_line_comes_back_behind_the_newest() {
        let mut history = History::default();
        history.keep("one");
        history.keep("two");
        let mut editor = typed("half");
        let mut seen = Vec::new();
        for _ in 0..3 {
            editor.older(&history);
            seen.push(editor.text().to_owned());
        }
        editor.insert('!');
        for _ in 0..3 {
            editor.newer(&history);
            seen.push(editor.text().to_owned());
        }
        assert_eq!(seen, ["two", "one", "one", "two", "half", "half"]);
        assert_eq!(editor.cursor(), 4);
    }

    #[test]
    fn what_is_typed_beyond_all_bounds_is_dropped() {
        assert_eq!(typed(&"x".repeat(ROOM + 7)).text().len(), ROOM);
    }

    proptest! {
        #[test]
        fn the_cursor_always_stands_between_characters_as_they_are_seen(
            keys in prop::collection::vec((0_u8..14, prop::sample::select(vec!['a', ' ', 'ë', '\u{301}', '東', '\u{200d}', '🙂'])), 0..80)
        ) {
            let mut history = History::default();
            history.keep("e\u{301} 東");
            let mut editor = Editor::new();
            for (key, character) in keys {
                match key {
                    0 => editor.left(),
                    1 => editor.right(),
                    2 => editor.word_left(),
                    3 => editor.word_right(),
                    4 => editor.home(),
                    5 => editor.backspace(),
                    6 => editor.delete(),
                    7 => editor.erase_word(),
                    8 => editor.older(&history),
                    9 => editor.newer(&history),
                    10 => editor.erase_to_start(),
                    11 => editor.erase_to_end(),
                    _ => editor.insert(character),
                }
                prop_assert!(editor.text().is_char_boundary(editor.cursor()));
                prop_assert_eq!(cells::boundary(editor.text(), editor.cursor()), editor.cursor());
            }
        }
    }
}

//! How a command line is shown: always on one row of the terminal, of which a long line shows a part.

use zeroize::Zeroizing;

use super::cells;
use super::editor::Editor;
use crate::cli::text;

/// The columns that the line has at least; in a narrower terminal the prompt gives way.
const LEAST: usize = 12;

/// What the row shows.
#[derive(Default)]
pub(super) struct Row {
    /// The prompt and the visible part of the line.
    shown: Zeroizing<String>,
    /// Where in it the cursor stands, in bytes.
    cursor: usize,
    /// Where in the line the visible part begins, in bytes.
    first: usize,
    /// The terminal's columns when it was drawn.
    columns: usize,
}

impl Row {
    /// The row after this one, for a terminal of so many columns.
    pub(super) fn next(&self, prompt: &str, editor: &Editor, columns: usize) -> Self {
        let prompt = text::visible(prompt);
        // The last column stays free, so that the cursor never hangs behind it.
        let free = columns.saturating_sub(1);
        let (prompt, room) = match free.checked_sub(cells::columns(&prompt)) {
            Some(room) if room >= LEAST => (prompt.as_ref(), room),
            _ => ("", free),
        };
        let (line, cursor) = (editor.text(), editor.cursor());
        let first = first_visible(line, cursor, room, self.first);
        let mut end = first;
        let mut used = 0;
        while end < line.len() {
            let next = cells::next(line, end);
            used += cells::columns(&line[end..next]);
            if used > room {
                break;
            }
            end = next;
        }
        let before = prompt.len() + (cursor - first);
        let mut shown = Zeroizing::new(String::with_capacity(prompt.len() + (end - first)));
        shown.push_str(prompt);
        shown.push_str(&line[first..end]);
        Self { shown, cursor: before, first, columns }
    }

    /// What turns the row `before` into this one. At the line's end that is what was typed, alone.
    pub(super) fn after(&self, before: &Self) -> Zeroizing<String> {
        let at_end = |row: &Self| row.cursor == row.shown.len();
        if before.columns == self.columns && before.shown == self.shown && before.cursor == self.cursor {
            return Zeroizing::default();
        }
        let grown = self.shown.strip_prefix(before.shown.as_str());
        match grown.filter(|_| before.columns == self.columns && at_end(before) && at_end(self)) {
            Some(new) => Zeroizing::new(new.to_owned()),
            None => self.anew(),
        }
    }

    /// What draws it whatever the row showed. The cursor is put in its place by writing what stands
    /// before it once more: the terminal knows best how wide that is.
    pub(super) fn anew(&self) -> Zeroizing<String> {
        let mut drawn = Zeroizing::new(String::with_capacity(2 * self.shown.len() + 8));
        drawn.push('\r');
        drawn.push_str(&self.shown);
        drawn.push_str("\u{1b}[K");
        if self.cursor < self.shown.len() {
            drawn.push('\r');
            drawn.push_str(&self.shown[..self.cursor]);
        }
        drawn
    }
}

/// Where the visible part begins, so that the cursor is in it; as before if that goes.
fn first_visible(line: &str, cursor: usize, room: usize, first: usize) -> usize {
    if cells::columns(line) <= room {
        return 0;
    }
    let was = if line.is_char_boundary(first) { cells::boundary(line, first) } else { 0 };
    if was <= cursor && cells::columns(&line[was..cursor]) <= room {
        return was;
    }
    // A third of the row is shown on the side that the cursor came from, so that not every key scrolls.
    let kept = if was > cursor { room / 3 } else { room - room / 3 };
    let mut place = cursor;
    while place > 0 {
        let previous = cells::previous(line, place);
        if cells::columns(&line[previous..cursor]) > kept {
            break;
        }
        place = previous;
    }
    place
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

    /// A row of 30 columns.
    fn row(before: &Row, editor: &Editor) -> Row {
        before.next("> ", editor, 30)
    }

    #[test]
    fn what_is_typed_at_the_end_is_drawn_alone() {
        let mut editor = typed("look");
        let before = row(&Row::default(), &editor);
        editor.insert('ë');
        assert_eq!(row(&before, &editor).after(&before).as_str(), "ë");
        assert_eq!(row(&before, &typed("look")).after(&before).as_str(), "");
    }

    #[test]
    fn all_else_draws_the_row_anew_and_puts_the_cursor_back() {
        let mut editor = typed("look");
        let before = row(&Row::default(), &editor);
        editor.left();
        let after = row(&before, &editor);
        assert_eq!(after.after(&before).as_str(), "\r> look\u{1b}[K\r> loo");
        editor.backspace();
        assert_eq!(row(&after, &editor).after(&after).as_str(), "\r> lok\u{1b}[K\r> lo");
    }

    #[test]
    fn a_terminal_of_another_width_is_drawn_anew() {
        let mut editor = typed("look");
        let before = row(&Row::default(), &editor);
        editor.insert('s');
        assert_eq!(before.next("> ", &editor, 40).after(&before).as_str(), "\r> looks\u{1b}[K");
    }

    #[test]
    fn a_long_line_scrolls_and_comes_back() {
        let mut editor = typed("abcdefghijklmnopqrstuvwxyz0123456789");
        let scrolled = row(&Row::default(), &editor);
        assert_eq!(scrolled.shown.as_str(), "> stuvwxyz0123456789");
        editor.home();
        let home = row(&scrolled, &editor);
        assert_eq!((home.shown.as_str(), home.cursor), ("> abcdefghijklmnopqrstuvwxyz0", 2));
        let short = row(&scrolled, &typed("abc"));
        assert_eq!(short.shown.as_str(), "> abc");
    }

    #[test]
    fn a_prompt_gives_way_in_a_narrow_terminal() {
        let narrow = Row::default().next("olga@office> ", &typed("lookup"), 20);
        assert_eq!(narrow.shown.as_str(), "lookup");
    }

    #[test]
    fn a_prompt_cannot_drive_the_terminal() {
        let row = Row::default().next("a\u{1b}[2J> ", &typed(""), 80);
        assert_eq!(row.shown.as_str(), "a\\u{1b}[2J> ");
    }

    proptest! {
        #[test]
        fn a_row_never_wraps_and_always_holds_the_cursor(
            line in "[a 東e\u{301}🙂\u{200d}]{0,60}",
            moves in prop::collection::vec(0_u8..5, 0..40),
            widths in prop::collection::vec(0_usize..50, 1..4),
        ) {
            let mut editor = typed(&line);
            let mut before = Row::default();
            for (step, key) in moves.into_iter().enumerate() {
                match key {
                    0 => editor.home(),
                    1 => editor.end(),
                    2 => editor.word_left(),
                    3 => editor.backspace(),
                    _ => editor.insert('x'),
                }
                let columns = widths[step % widths.len()];
                let row = before.next("東> ", &editor, columns);
                prop_assert!(cells::columns(&row.shown) <= columns.saturating_sub(1));
                prop_assert!(row.shown.is_char_boundary(row.cursor));
                before = row;
            }
        }
    }
}

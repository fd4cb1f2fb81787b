//! The lines that were typed before, in memory only.

use std::collections::VecDeque;

use zeroize::Zeroizing;

/// How many lines are kept; the oldest go first.
pub const HISTORY_LIMIT: usize = 500;

/// The lines of one session's command line, oldest first. They are wiped when they go.
#[derive(Default)]
pub struct History {
    lines: VecDeque<Zeroizing<String>>,
}

impl History {
    /// Keeps a line: not an empty one, not the same twice running, and none that begins with a blank,
    /// which is how a person leaves one out.
    pub fn keep(&mut self, line: &str) {
        let repeated = self.lines.back().is_some_and(|last| last.as_str() == line);
        if line.is_empty() || line.starts_with(char::is_whitespace) || repeated {
            return;
        }
        if self.lines.len() == HISTORY_LIMIT {
            self.lines.pop_front();
        }
        self.lines.push_back(Zeroizing::new(line.to_owned()));
    }

    /// Takes a line out if it is the newest: for one that turned out to be nobody's business.
    pub fn forget(&mut self, line: &str) {
        if self.lines.back().is_some_and(|last| last.as_str() == line) {
            self.lines.pop_back();
        }
    }

    /// Wipes all lines.
    pub fn wipe(&mut self) {
        self.lines.clear();
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line at `place`, counted from the oldest.
    pub(super) fn line(&self, place: usize) -> Option<&str> {
        self.lines.get(place).map(|line| line.as_str())
    }
}

/// What was typed is nobody's business in a message either.
impl std::fmt::Debug for History {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "History({} lines)", self.lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_empty_and_indented_lines_are_not_kept() {
        let mut history = History::default();
        for line in ["one", "one", "", " secret", "two", "one"] {
            history.keep(line);
        }
        assert_eq!(
            [history.line(0), history.line(1), history.line(2)],
            [Some("one"), Some("two"), Some("one")]
        );
        assert_eq!(history.len(), 3);
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let mut history = History::default();
        for number in 0..=HISTORY_LIMIT {
            history.keep(&number.to_string());
        }
        assert_eq!((history.len(), history.line(0)), (HISTORY_LIMIT, Some("1")));
    }

    #[test]
    fn a_line_is_forgotten_only_while_it_is_the_newest() {
        let mut history = History::default();
        history.keep("one");
        history.keep("two");
        history.forget("one");
        assert_eq!(history.len(), 2);
        history.forget("two");
        assert_eq!(history.line(0), Some("one"));
        history.wipe();
        assert!(history.is_empty());
        assert_eq!(format!("{history:?}"), "History(0 lines)");
    }
}

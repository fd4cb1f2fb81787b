//! Rounds: a text is read again after what was found in it was replaced, since what was too far from its label may be
//! near it then. What any round finds is told by where it stood at first.

use std::ops::Range;

use zeroize::Zeroizing;

use super::kind::Kind;
use super::options::Options;
use super::scan::Hit;

/// Replaced: where it stood, and where what was put in its place stands.
#[derive(Debug)]
struct Edit {
    was: Range<usize>,
    put: Range<usize>,
}

/// What was found and replaced in one text, round by round.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    found: Vec<(usize, Kind)>,
    edits: Vec<Vec<Edit>>,
}

impl Rounds {
    /// Takes up a round: its hits, each with how long what was put in its place is.
    pub fn take<'h>(&mut self, hits: impl Iterator<Item = (&'h Hit, usize)>) {
        let mut edits = Vec::new();
        let (mut was, mut put) = (0, 0);
        for (hit, length) in hits {
            self.found.push((self.at_first(hit.range.start), hit.kind));
            put += hit.range.start - was;
            edits.push(Edit { was: hit.range.clone(), put: put..put + length });
            (was, put) = (hit.range.end, put + length);
        }
        self.edits.push(edits);
    }

    /// Where a place of the text as it is now was before the first round.
    pub fn at_first(&self, at: usize) -> usize {
        self.edits.iter().rev().fold(at, |at, edits| {
            let behind = edits.partition_point(|edit| edit.put.start <= at);
            match behind.checked_sub(1).and_then(|last| edits.get(last)) {
                None => at,
                Some(edit) if at < edit.put.end => edit.was.start,
                Some(edit) => at - edit.put.end + edit.was.end,
            }
        })
    }

    /// Where what the last round put into the text stands.
    pub fn put(&self) -> impl Iterator<Item = Range<usize>> {
        self.edits.last().into_iter().flatten().map(|edit| edit.put.clone())
    }

    /// Everything that was found, by where it stood at first.
    pub fn found(mut self) -> Vec<(usize, Kind)> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found
    }

    /// A text with what was hit in it blacked out. Lines stay lines.
    pub fn replaced(&mut self, text: &str, hits: &[Hit], options: &Options) -> Zeroizing<String> {
        let mut left = Zeroizing::new(String::with_capacity(text.len() + hits.len() * 32));
        let mut lengths = Vec::with_capacity(hits.len());
        let mut kept = 0;
        for hit in hits {
            left.push_str(text.get(kept..hit.range.start).unwrap_or_default());
            let begin = left.len();
            let own = text.get(hit.range.clone()).unwrap_or_default();
            left.push_str(&options.replacement(hit, own));
            left.extend(own.chars().filter(|c| is_break(*c)));
            lengths.push(left.len() - begin);
            kept = hit.range.end;
        }
        left.push_str(text.get(kept..).unwrap_or_default());
        self.take(hits.iter().zip(lengths));
        left
    }
}

/// Whether it breaks a line: what is blacked out over a line's end keeps it.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
    use super::*;
    use crate::redact::scan::scan;

    #[test]
    fn what_any_round_finds_is_told_by_where_it_stood_at_first() {
        let text = "4111 1111 1111 1111, SE45 5000 0000\n0583 9825 7466, anna@example.org";
        let options = Options::default();
        let mut rounds = Rounds::default();
        let (cards, others) =
            scan(text, "", &options).into_iter().partition::<Vec<_>, _>(|hit| hit.kind.id == "card");
        assert_eq!((cards.len(), others.len()), (1, 2));
        let first = rounds.replaced(text, &cards, &options);
        assert_eq!(first.as_str(), "[card ████], SE45 5000 0000\n0583 9825 7466, anna@example.org");
        let second = rounds.replaced(&first, &scan(&first, "", &options), &options);
        assert_eq!(second.as_str(), "[card ████], [IBAN ████]\n, [e-mail ████]");
        let mut third = cards[0].clone();
        third.range = 0..second.len();
        assert_eq!(
            rounds.put().map(|put| &second[put]).collect::<Vec<_>>(),
            ["[IBAN ████]\n", "[e-mail ████]"]
        );
        rounds.take([(&third, 1)].into_iter());
        let found: Vec<_> = rounds.found().into_iter().map(|(at, kind)| (at, kind.id)).collect();
        assert_eq!(found, [(0, "card"), (0, "card"), (21, "iban"), (52, "email")]);
    }
}

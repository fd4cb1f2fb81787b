//! Labels: the words near a number that tell what it is, or that it is something else.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};

use super::folding::{Folding, Words, first_three, fold_into, is_spaced_letter, is_unseen};
use super::words::{self, SOMETHING_ELSE};

/// Which detectors a label speaks of: one bit each, in their order, and those of [`super::words`].
pub(super) type Meaning = u128;

/// An inflected word may be so much longer than the label: `henkilötunnukseni`, `номером`.
const INFLECTION: usize = 4;
/// Labels so long have a plural however they are written.
const PLURAL: usize = 5;
/// Shorter labels stand for themselves alone.
const INFLECTED: usize = 10;
/// What says that a number is something else stands so near, in bytes.
const NEAR: usize = 32;

/// What the words near a place say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// What the label says that is nearest.
    pub nearest: Meaning,
    /// What any label says that names a kind.
    pub any: Meaning,
}

/// A label in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub start: usize,
    pub end: usize,
    pub meaning: Meaning,
}

/// All labels, to be sought at once.
pub(super) struct Labels {
    /// Read from where a word begins until no label goes on: most words end it with their second letter.
    automaton: Option<(NFA, StateID)>,
    begun: Begun,
    kinds: Vec<Kind>,
}

/// With which three bytes labels begin, roughly: most words begin with none of these, and are told from labels so.
struct Begun(Box<[bool]>);

impl Begun {
    /// Bits of each byte that count.
    const BITS: u32 = 5;

    fn of<'l>(labels: impl Iterator<Item = &'l str>) -> Self {
        let mut begun = vec![false; 1 << (3 * Self::BITS)];
        for label in labels {
            let bytes = label.as_bytes();
            // What is shorter may go on in any way.
            let any = 1 << (Self::BITS * 3_u32.saturating_sub(bytes.len().try_into().unwrap_or(3)));
            let first = Self::place([0, 1, 2].map(|at| bytes.get(at).copied().unwrap_or(0)));
            begun.iter_mut().skip(first).take(any).for_each(|one| *one = true);
        }
        Self(begun.into_boxed_slice())
    }

    fn place(three: [u8; 3]) -> usize {
        three
            .iter()
            .fold(0, |place, byte| (place << Self::BITS) | usize::from(byte & ((1 << Self::BITS) - 1)))
    }

    fn has(&self, three: [u8; 3]) -> bool {
        self.0.get(Self::place(three)).copied().unwrap_or(true)
    }
}

/// What a folded label stands for.
#[derive(Default)]
struct Kind {
    /// However it is written.
    meaning: Meaning,
    /// Written just so.
    exact: Vec<(&'static str, Meaning)>,
    length: usize,
}

impl Kind {
    /// What it means where it is written so.
    fn meaning_of(&self, own: &str) -> Meaning {
        let is_own = |exact: &str| own.chars().filter(|c| *c != '.').eq(exact.chars().filter(|c| *c != '.'));
        let exact = self.exact.iter().filter(|(exact, _)| is_own(exact));
        exact.fold(self.meaning, |meaning, (_, more)| meaning | more)
    }

    /// "SSNs" is a plural, "Spis" is a word.
    fn has_plural(&self, own: &str) -> bool {
        self.length >= PLURAL || !own.contains(char::is_lowercase)
    }
}

pub(super) static LABELS: LazyLock<Labels> = LazyLock::new(|| Labels::of(words::all()));

impl Labels {
    fn of(all: impl Iterator<Item = (&'static str, Meaning)>) -> Self {
        let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
        for (label, meaning) in all {
            let mut folded = String::new();
            fold_into(label, &mut folded);
            let length = folded.len();
            let kind = kinds.entry(folded).or_default();
            kind.length = length;
            if label.chars().any(char::is_uppercase) {
                kind.exact.push((label, meaning));
            } else {
                kind.meaning |= meaning;
            }
        }
        // A table of ours, small and without a limit to reach: a failure leaves nothing to be found, which tests tell.
        let automaton =
            NFA::builder().match_kind(MatchKind::Standard).build(kinds.keys()).ok().and_then(|automaton| {
                let start = automaton.start_state(Anchored::Yes).ok()?;
                Some((automaton, start))
            });
        let begun = Begun::of(kinds.keys().map(String::as_str));
        Self { automaton, begun, kinds: kinds.into_values().collect() }
    }

    /// Appends the labels that begin in a part of a text and stand as words, by where they begin.
    pub fn find(&self, text: &str, part: Range<usize>, found: &mut Vec<Label>) {
        for start in Words::within(text, part) {
            if first_three(text, start).is_some_and(|three| !self.begun.has(three)) {
                continue;
            }
            self.each_from(text, start, |end, kind| {
                let own = text.get(start..end).unwrap_or_default();
                if ends_a_word(text, start..end, kind) {
                    let meaning = kind.meaning_of(own);
                    if meaning != 0 {
                        found.push(Label { start, end, meaning });
                    }
                }
            });
        }
    }

    /// Hands over where each label ends that begins at a place of a text.
    fn each_from(&self, text: &str, start: usize, mut found: impl FnMut(usize, &Kind)) {
        let Some((automaton, first)) = &self.automaton else { return };
        let (mut state, mut length) = (*first, 0);
        let mut folding = Folding::from(text, start);
        loop {
            let before = length;
            if let Some(byte) = folding.next_plain() {
                state = automaton.next_state(Anchored::Yes, state, byte);
                length += 1;
            } else if !folding.next(&mut |byte| {
                state = automaton.next_state(Anchored::Yes, state, byte);
                length += 1;
            }) {
                return;
            }
            if !automaton.is_special(state) {
                continue;
            }
            if automaton.is_dead(state) {
                return;
            }
            let matches = if automaton.is_match(state) { automaton.match_len(state) } else { 0 };
            for number in (0..matches).filter(|_| length > before) {
                let kind = self.kinds.get(automaton.match_pattern(state, number).as_usize());
                // Others end here as well, and begin behind the place.
                if let Some(kind) = kind.filter(|kind| kind.length == length) {
                    found(folding.place(), kind);
                }
            }
        }
    }

    /// What the words of a short text say; the last of them is the nearest.
    pub fn all_of(&self, text: &str) -> Said {
        let mut found = Vec::new();
        self.find(text, 0..text.len(), &mut found);
        before(text, &found, 0, text.len())
    }
}

/// What labels say that end between two places: the last of them is the nearest, and of two the longer.
pub(super) fn before(text: &str, labels: &[Label], from: usize, place: usize) -> Said {
    let mut said = Said::default();
    let mut best = (0, 0);
    for label in labels.iter().filter(|label| label.start >= from && label.end <= place) {
        if label.meaning == SOMETHING_ELSE {
            // An order, a page, a case: near, and without a number of its own.
            let between = text.as_bytes().get(label.end..place).unwrap_or_default();
            if between.len() > NEAR || between.iter().any(u8::is_ascii_digit) {
                continue;
            }
        }
        said.any |= label.meaning & !SOMETHING_ELSE;
        let rank = (label.end, label.end - label.start);
        if rank > best {
            best = rank;
            said.nearest = label.meaning;
        } else if rank == best {
            said.nearest |= label.meaning;
        }
    }
    said
}

/// What labels say that begin between two places: the first of them is the nearest, and of two the longer.
pub(super) fn behind(labels: &[Label], place: usize, to: usize) -> Said {
    let mut said = Said::default();
    let mut best = (usize::MAX, 0);
    for label in labels.iter().filter(|label| label.start >= place && label.end <= to) {
        said.any |= label.meaning & !SOMETHING_ELSE;
        let length = label.end - label.start;
        if label.start < best.0 || (label.start == best.0 && length > best.1) {
            best = (label.start, length);
            said.nearest = label.meaning;
        } else if (label.start, length) == best {
            said.nearest |= label.meaning;
        }
    }
    said
}

/// Whether a label ends with its word, or is a long word's beginning with an ending of grammar behind it.
fn ends_a_word(text: &str, label: Range<usize>, kind: &Kind) -> bool {
    let (Some(own), Some(behind)) = (text.get(label.clone()), text.get(label.end..)) else { return false };
    let mut behind = behind.chars().filter(|c| !is_unseen(*c)).peekable();
    let last = own.chars().rev().find(|c| !is_unseen(*c));
    if !behind.peek().copied().is_some_and(is_spaced_letter) || !last.is_some_and(is_spaced_letter) {
        return true;
    }
    let mut ending = behind.take_while(|c| c.is_alphabetic()).take(INFLECTION + 1);
    let (first, others) = (ending.next(), ending.count());
    (others == 0 && matches!(first, Some('s' | 'S')) && kind.has_plural(own))
        || (kind.length >= INFLECTED && others < INFLECTION)
}

/// Scripts that put no spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(u32::from(character),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1100..=0x11ff | 0x1780..=0x17ff | 0x2e80..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        let all = [
            ("iban", 1),
            ("order", SOMETHING_ELSE),
            ("SIN", 4),
            ("henkilötunnukse", 8),
            ("身份证", 16),
            ("iban no", 32),
        ];
        Labels::of(all.into_iter())
    }

    fn said(text: &str) -> Said {
        labels().all_of(text)
    }

    #[test]
    fn the_nearest_label_counts_and_of_two_the_longer() {
        assert_eq!(said("iban for order "), Said { nearest: SOMETHING_ELSE, any: 1 });
        assert_eq!(said("iban (order 7): ").nearest, 1);
        assert_eq!(said("order, IBAN no: "), Said { nearest: 32, any: 33 });
        let mut found = Vec::new();
        labels().find("4111111 is her iban, order no", 7..24, &mut found);
        assert_eq!(behind(&found, 7, 100), Said { nearest: 1, any: 1 });
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_label_is_a_word_and_may_be_inflected() {
        assert_eq!(said("reborder ibanez ").any, 0);
        assert_eq!(said("IBANs: ").nearest, 1);
        assert_eq!(said("Henkilötunnukseni on ").nearest, 8);
        assert_eq!(said("他的身份证号码是").nearest, 16);
        assert_eq!(said("customer_iban=").nearest, 1);
        assert_eq!(said("I.B.A.N.  no ").nearest, 32);
    }

    #[test]
    fn a_label_in_capitals_counts_in_capitals_alone() {
        assert_eq!(said("my SIN is ").nearest, 4);
        assert_eq!(said("my S.I.N. is ").nearest, 4);
        assert_eq!(said("sin número ").nearest, 0);
    }

    #[test]
    fn what_was_blacked_out_is_no_label() {
        assert_eq!(said("a [iban ████] b [iban ████1111] c").any, 0);
    }
}
